using System;
using System.Buffers.Binary;
using Aglet.Wire;

namespace Aglet.Net;

/// <summary>
/// Some Ethernet addresses, as people write them: a whole one, or bytes with <c>*</c> for any. A last <c>*</c> stands for
/// all that follow: <c>52:54:00:*</c> are the cards of one maker, <c>*</c> is everybody.
/// </summary>
/// <param name="Value">The six bytes, first highest; zero where any will do.</param>
/// <param name="Mask">All ones where a byte matters.</param>
internal readonly record struct HardwarePattern(ulong Value, ulong Mask)
{
    /// <summary>One address and no other.</summary>
    public bool IsExact => Mask == 0xFFFF_FFFF_FFFF;

    /// <summary>True for an address of six bytes that is meant; any address, of whatever length, for <c>*</c>.</summary>
    public bool Matches(HardwareAddress address)
    {
        if (Mask == 0) return !address.IsNone;
        if (address.Length != 6) return false;
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        address.Write(bytes[2..]);
        return (BinaryPrimitives.ReadUInt64BigEndian(bytes) & Mask) == Value;
    }

    /// <summary>Reads a pattern with colons or dashes, or a whole address without any.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out HardwarePattern pattern)
    {
        pattern = default;
        if (HardwareAddress.TryParse(text, out HardwareAddress whole))
        {
            Span<byte> bytes = stackalloc byte[8];
            bytes.Clear();
            whole.Write(bytes[2..]);
            pattern = new(BinaryPrimitives.ReadUInt64BigEndian(bytes), 0xFFFF_FFFF_FFFF);
            return true;
        }

        ulong value = 0;
        ulong mask = 0;
        byte separator = 0;
        for (int index = 0; index < 6; index++)
        {
            bool isAny = text is [(byte)'*', ..];
            int length = isAny ? 1 : 2;
            if (text.Length < length) return false;
            int high = isAny ? 0 : AsciiText.HexValue(text[0]);
            int low = isAny ? 0 : AsciiText.HexValue(text[1]);
            if (high < 0 || low < 0) return false;
            int shift = 40 - (index * 8);
            value |= (ulong)((high << 4) | low) << shift;
            mask |= isAny ? 0 : 0xFFUL << shift;
            text = text[length..];
            if (text.IsEmpty)
            {
                if (!isAny && index < 5) return false;
                pattern = new(value, mask);
                return true;
            }

            if (text[0] is not (byte)':' and not (byte)'-' || (separator != 0 && separator != text[0])) return false;
            separator = text[0];
            text = text[1..];
        }

        return false;
    }
}
