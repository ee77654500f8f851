using System;
using System.Buffers.Binary;
using Aglet.Core;
using Aglet.Wire;

namespace Aglet.Net;

/// <summary>A hardware address of 0 to 16 bytes (the <c>chaddr</c> field), Ethernet's six most of the time.</summary>
/// <remarks>Held as two numbers, first byte highest, so that it is compared and hashed without a heap.</remarks>
internal readonly record struct HardwareAddress : IUtf8SpanFormattable
{
    /// <summary>Every Ethernet card of the link.</summary>
    public static readonly HardwareAddress Broadcast = new(0xFFFF_FFFF_FFFF_0000, 0, 6);

    /// <summary>Six zeros: the target of a question for it.</summary>
    public static readonly HardwareAddress Zero = new(0, 0, 6);

    private readonly ulong _high;
    private readonly ulong _low;

    private HardwareAddress(ulong high, ulong low, byte length) => (_high, _low, Length) = (high, low, length);

    /// <summary>Bytes in use; 0 for no address.</summary>
    public byte Length { get; }

    /// <summary>True for no address at all and for 00:00:00:00:00:00, which identifies nobody.</summary>
    public bool IsNone => _high == 0 && _low == 0;

    /// <summary>A number to index tables with: the same for equal addresses, on every machine.</summary>
    public ulong Hash => Fnv.Mix(unchecked((_high * 31) + _low + Length));

    /// <summary>Up to 16 bytes.</summary>
    public static HardwareAddress Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 6)
        {
            // Ethernet's is read from every DHCP message, and more than once.
            ulong first = BinaryPrimitives.ReadUInt32BigEndian(bytes);
            return new((first << 32) | ((ulong)BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]) << 16), 0, 6);
        }

        Check.That(bytes.Length <= 16);
        Span<byte> padded = stackalloc byte[16];
        padded.Clear();
        bytes.CopyTo(padded);
        return new(
            BinaryPrimitives.ReadUInt64BigEndian(padded),
            BinaryPrimitives.ReadUInt64BigEndian(padded[8..]),
            (byte)bytes.Length);
    }

    /// <summary>
    /// Reads six bytes as people write them: <c>52:54:00:12:34:56</c>, with dashes, or without separators.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out HardwareAddress address)
    {
        address = default;
        int step = text.Length == 17 ? 3 : 2;
        if (text.Length is not 12 and not 17) return false;
        if (step == 3 && text[2] is not (byte)':' and not (byte)'-') return false;
        Span<byte> bytes = stackalloc byte[6];
        for (int i = 0; i < 6; i++)
        {
            int high = AsciiText.HexValue(text[i * step]);
            int low = AsciiText.HexValue(text[(i * step) + 1]);
            if (high < 0 || low < 0 || (step == 3 && i < 5 && text[(i * 3) + 2] != text[2])) return false;
            bytes[i] = (byte)((high << 4) | low);
        }

        address = Read(bytes);
        return true;
    }

    /// <summary>Writes <see cref="Length"/> bytes.</summary>
    public void Write(Span<byte> target)
    {
        Span<byte> padded = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(padded, _high);
        BinaryPrimitives.WriteUInt64BigEndian(padded[8..], _low);
        padded[..Length].CopyTo(target);
    }

    /// <summary>Lower-case hexadecimal with a separator: PXELINUX and GRUB want dashes, people colons.</summary>
    public bool TryFormat(Span<byte> target, out int written, byte separator)
    {
        written = 0;
        int needed = Length == 0 ? 0 : (Length * 3) - 1;
        if (target.Length < needed) return false;
        Span<byte> bytes = stackalloc byte[16];
        Write(bytes);
        for (int i = 0; i < Length; i++)
        {
            if (i > 0) target[written++] = separator;
            target[written++] = AsciiText.HexDigit(bytes[i] >> 4);
            target[written++] = AsciiText.HexDigit(bytes[i]);
        }

        return true;
    }

    public bool TryFormat(
        Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        TryFormat(utf8Destination, out bytesWritten, (byte)':');

    public override string ToString()
    {
        Span<byte> text = stackalloc byte[48];
        return TryFormat(text, out int written, (byte)':') ? System.Text.Encoding.ASCII.GetString(text[..written]) : "";
    }
}
