using System;
using Aglet.Wire;

namespace Aglet.Net;

/// <summary>
/// An IPv4 or IPv6 address; IPv4 is held in its mapped form (::ffff:a.b.c.d), so that one type serves both.
/// </summary>
internal readonly record struct IpAddress(UInt128 Value) : IUtf8SpanFormattable
{
    private static readonly UInt128 _mappedPrefix = new(0, 0x0000_FFFF_0000_0000);

    public IpAddress(Ipv4Address address) : this(_mappedPrefix | address.Value)
    {
    }

    public bool IsIpv4 => Value >> 32 == _mappedPrefix >> 32;

    /// <summary>The IPv4 address, or <see cref="Ipv4Address.Any"/> when this is IPv6.</summary>
    public Ipv4Address Ipv4 => IsIpv4 ? new((uint)(Value & uint.MaxValue)) : Ipv4Address.Any;

    public static implicit operator IpAddress(Ipv4Address address) => new(address);

    public bool TryFormat(
        Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        if (IsIpv4) return Ipv4.TryFormat(utf8Destination, out bytesWritten, format, provider);
        WireWriter writer = new(utf8Destination);
        for (int shift = 112; shift >= 0; shift -= 16)
        {
            int group = (int)((Value >> shift) & 0xFFFF);
            for (int nibble = 12; nibble >= 0; nibble -= 4) writer.U8(AsciiText.HexDigit(group >> nibble));
            if (shift > 0) writer.U8((byte)':');
        }

        bytesWritten = writer.Overflow ? 0 : writer.Length;
        return !writer.Overflow;
    }

    public override string ToString()
    {
        Span<byte> text = stackalloc byte[40];
        return TryFormat(text, out int written, default, null) ? System.Text.Encoding.ASCII.GetString(text[..written]) : "";
    }
}

/// <summary>An address and a UDP or TCP port: where a datagram comes from or goes to.</summary>
internal readonly record struct IpEndpoint(IpAddress Address, ushort Port) : IUtf8SpanFormattable
{
    public bool TryFormat(
        Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        bytesWritten = 0;
        if (!Address.TryFormat(utf8Destination, out int address, default, null)) return false;
        WireWriter writer = new(utf8Destination[address..]);
        writer.U8((byte)':');
        writer.Decimal(Port);
        bytesWritten = writer.Overflow ? 0 : address + writer.Length;
        return !writer.Overflow;
    }

    public override string ToString() => $"{Address}:{Port}";
}
