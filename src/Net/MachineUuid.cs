using System;
using System.Buffers.Binary;
using Aglet.Wire;

namespace Aglet.Net;

/// <summary>
/// A machine's SMBIOS UUID, held in the order in which it is written: <c>00112233-4455-…</c> is 0x0011223344556677….
/// </summary>
internal readonly record struct MachineUuid(UInt128 Value) : IUtf8SpanFormattable
{
    /// <summary>
    /// All zeros or all ones: firmware that knows no UUID sends one of these, and it identifies nobody.
    /// </summary>
    public bool IsNone => Value == UInt128.Zero || Value == UInt128.MaxValue;

    /// <summary>
    /// Reads the 16 bytes of option 97. PC firmware sends SMBIOS order, in which the first three fields are little-endian.
    /// </summary>
    public static MachineUuid ReadSmbios(ReadOnlySpan<byte> bytes)
    {
        Span<byte> ordered = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(ordered, BinaryPrimitives.ReadUInt32LittleEndian(bytes));
        BinaryPrimitives.WriteUInt16BigEndian(ordered[4..], BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]));
        BinaryPrimitives.WriteUInt16BigEndian(ordered[6..], BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]));
        bytes[8..16].CopyTo(ordered[8..]);
        return new(BinaryPrimitives.ReadUInt128BigEndian(ordered));
    }

    /// <summary>Reads <c>8-4-4-4-12</c> hexadecimal digits in either case.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out MachineUuid uuid)
    {
        uuid = default;
        if (text.Length != 36) return false;
        UInt128 value = 0;
        for (int i = 0; i < 36; i++)
        {
            if (i is 8 or 13 or 18 or 23)
            {
                if (text[i] != '-') return false;
                continue;
            }

            int digit = AsciiText.HexValue(text[i]);
            if (digit < 0) return false;
            value = (value << 4) | (uint)digit;
        }

        uuid = new(value);
        return true;
    }

    /// <summary>Lower case, as PXELINUX asks for it.</summary>
    public bool TryFormat(
        Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        WireWriter writer = new(utf8Destination);
        for (int nibble = 0; nibble < 32; nibble++)
        {
            if (nibble is 8 or 12 or 16 or 20) writer.U8((byte)'-');
            writer.U8(AsciiText.HexDigit((int)((Value >> (124 - (nibble * 4))) & 15)));
        }

        bytesWritten = writer.Overflow ? 0 : writer.Length;
        return !writer.Overflow;
    }

    public override string ToString()
    {
        Span<byte> text = stackalloc byte[36];
        TryFormat(text, out int written, default, null);
        return System.Text.Encoding.ASCII.GetString(text[..written]);
    }
}
