using System;
using System.Buffers.Binary;
using Aglet.Wire;

namespace Aglet.Net;

/// <summary>An IPv4 address in host order: 10.0.0.1 is 0x0A000001.</summary>
internal readonly record struct Ipv4Address(uint Value) : IUtf8SpanFormattable, IComparable<Ipv4Address>
{
    /// <summary>0.0.0.0: no address.</summary>
    public static readonly Ipv4Address Any = new(0);

    /// <summary>255.255.255.255: everybody on the link.</summary>
    public static readonly Ipv4Address Broadcast = new(uint.MaxValue);

    public bool IsAny => Value == 0;

    /// <summary>True for what a host can own: not 0/8, 127/8, multicast, reserved or broadcast.</summary>
    public bool IsUnicast => Value >> 24 is not 0 and not 127 and < 224;

    /// <summary>Reads four bytes in network order.</summary>
    public static Ipv4Address Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt32BigEndian(bytes));

    /// <summary>Reads <c>a.b.c.d</c>; four decimal numbers without leading zeros, nothing else.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out Ipv4Address address)
    {
        address = default;
        uint value = 0;
        for (int i = 0; i < 4; i++)
        {
            int end = i == 3 ? text.Length : text.IndexOf((byte)'.');
            if (end is < 1 or > 3 || (end > 1 && text[0] == '0')) return false;
            if (!AsciiText.TryParseDecimal(text[..end], 255, out ulong part)) return false;
            value = (value << 8) | (uint)part;
            text = i == 3 ? default : text[(end + 1)..];
        }

        address = new(value);
        return true;
    }

    /// <summary>Writes four bytes in network order.</summary>
    public void Write(Span<byte> target) => BinaryPrimitives.WriteUInt32BigEndian(target, Value);

    public int CompareTo(Ipv4Address other) => Value.CompareTo(other.Value);

    public bool TryFormat(
        Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        WireWriter writer = new(utf8Destination);
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            writer.Decimal((Value >> shift) & 255);
            if (shift > 0) writer.U8((byte)'.');
        }

        bytesWritten = writer.Overflow ? 0 : writer.Length;
        return !writer.Overflow;
    }

    public override string ToString() => $"{Value >> 24}.{(Value >> 16) & 255}.{(Value >> 8) & 255}.{Value & 255}";
}
