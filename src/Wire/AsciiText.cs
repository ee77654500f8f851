using System;

namespace Aglet.Wire;

/// <summary>ASCII as protocols use it: case-blind comparison, decimal and hexadecimal numbers.</summary>
internal static class AsciiText
{
    /// <summary>The lower-case form of an ASCII letter; every other byte as it is.</summary>
    public static byte ToLower(byte value) => value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | 0x20) : value;

    /// <summary>True when both are the same but for the case of ASCII letters.</summary>
    public static bool EqualsIgnoreCase(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length) return false;
        for (int i = 0; i < left.Length; i++)
        {
            if (ToLower(left[i]) != ToLower(right[i])) return false;
        }

        return true;
    }

    /// <summary>Reads a number of decimal digits only, at most <paramref name="max"/>.</summary>
    public static bool TryParseDecimal(ReadOnlySpan<byte> digits, ulong max, out ulong value)
    {
        value = 0;
        if (digits.IsEmpty || digits.Length > 20) return false;
        foreach (byte digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9') return false;
            uint next = (uint)(digit - '0');
            if (value > (ulong.MaxValue - next) / 10) return false;
            value = (value * 10) + next;
        }

        return value <= max;
    }

    /// <summary>Writes decimal digits into the end of <paramref name="room"/> (20 bytes) and returns them.</summary>
    public static ReadOnlySpan<byte> FormatDecimal(ulong value, Span<byte> room)
    {
        int at = room.Length;
        do
        {
            room[--at] = (byte)('0' + (value % 10));
            value /= 10;
        }
        while (value != 0);
        return room[at..];
    }

    /// <summary>The value of a hexadecimal digit, or -1.</summary>
    public static int HexValue(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => -1,
    };

    /// <summary>The lower-case hexadecimal digit of the low four bits.</summary>
    public static byte HexDigit(int value) => "0123456789abcdef"u8[value & 15];
}
