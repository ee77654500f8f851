using System;
using Aglet.Wire;

namespace Aglet.Http;

/// <summary>What a Range field means for a content of known size.</summary>
internal enum HttpRangeOutcome : byte
{
    /// <summary>No range, or one that is to be ignored: the whole content with 200.</summary>
    Whole,

    /// <summary>206 with the range.</summary>
    Partial,

    /// <summary>416.</summary>
    Unsatisfiable,
}

/// <summary>One run of bytes of a content (RFC 9110 section 14).</summary>
/// <remarks>
/// Ranges that overlap or touch are answered as the one that they make, several others as multipart/byteranges, and more
/// than <see cref="CountMax"/> with the whole content, which section 14.2 allows. GRUB seeks with <c>bytes=N-</c> and
/// corrupts its data when it gets anything but 206.
/// </remarks>
/// <param name="Start">The first byte.</param>
/// <param name="Length">Bytes, at least one.</param>
internal readonly record struct HttpRange(long Start, long Length)
{
    /// <summary>Ranges of one answer.</summary>
    public const int CountMax = 16;

    private long End => Start + Length;

    /// <summary>Reads the field's value; bad syntax is ignored as section 14.2 says.</summary>
    /// <param name="value">The value.</param>
    /// <param name="size">Bytes of the content.</param>
    /// <param name="ranges">Takes the ranges, <see cref="CountMax"/>, in the order in which they were asked for.</param>
    /// <param name="count">How many there are; at least one when the outcome is partial.</param>
    public static HttpRangeOutcome Parse(ReadOnlySpan<byte> value, long size, Span<HttpRange> ranges, out int count)
    {
        count = 0;
        if (value.Length < 6 || !AsciiText.EqualsIgnoreCase(value[..6], "bytes="u8)) return HttpRangeOutcome.Whole;
        value = value[6..];
        bool isEmptySet = true;
        bool isWhole = false;
        while (!value.IsEmpty)
        {
            int comma = value.IndexOf((byte)',');
            ReadOnlySpan<byte> spec = (comma < 0 ? value : value[..comma]).Trim(" \t"u8);
            value = comma < 0 ? default : value[(comma + 1)..];
            if (spec.IsEmpty) continue;
            if (!TryParseSpec(spec, size, out long first, out long last)) return HttpRangeOutcome.Whole;
            isEmptySet = false;

            // A suffix of an empty content is satisfiable (section 14.1.2), but no Content-Range could say so.
            isWhole |= size == 0 && spec[0] == '-' && first == 0;
            if (first <= last) isWhole |= !TryAdd(new(first, last - first + 1), ranges, ref count);
        }

        if (isEmptySet || isWhole) return HttpRangeOutcome.Whole;
        return count == 0 ? HttpRangeOutcome.Unsatisfiable : HttpRangeOutcome.Partial;
    }

    /// <summary><c>Content-Range: bytes 0-99/1000</c> with its CRLF.</summary>
    public void WriteContentRange(ref WireWriter target, long size)
    {
        target.Bytes("Content-Range: bytes "u8);
        target.Decimal((ulong)Start);
        target.U8((byte)'-');
        target.Decimal((ulong)(End - 1));
        target.U8((byte)'/');
        target.Decimal((ulong)size);
        target.Bytes("\r\n"u8);
    }

    /// <summary>
    /// Adds a range, or makes one with those that it touches, in the place of the first of them. False when there is no room.
    /// </summary>
    private static bool TryAdd(HttpRange added, Span<HttpRange> ranges, ref int count)
    {
        int place = count;
        for (int i = count - 1; i >= 0; i--)
        {
            HttpRange other = ranges[i];
            if (added.Start > other.End || other.Start > added.End) continue;
            long start = Math.Min(added.Start, other.Start);
            added = new(start, Math.Max(added.End, other.End) - start);
            ranges[(i + 1)..count].CopyTo(ranges[i..]);
            count--;
            place = Math.Min(place, i);

            // What was grown may touch one that was passed over.
            i = count;
        }

        if (count == CountMax) return false;
        place = Math.Min(place, count);
        ranges[place..count].CopyTo(ranges[(place + 1)..]);
        ranges[place] = added;
        count++;
        return true;
    }

    /// <summary>
    /// Reads <c>a-b</c>, <c>a-</c> or <c>-n</c>, cut to the size; when nothing is left of it, the first byte lies
    /// behind the last.
    /// </summary>
    private static bool TryParseSpec(ReadOnlySpan<byte> spec, long size, out long first, out long last)
    {
        first = 0;
        last = size - 1;
        int dash = spec.IndexOf((byte)'-');
        if (dash < 0) return false;
        ReadOnlySpan<byte> left = spec[..dash];
        ReadOnlySpan<byte> right = spec[(dash + 1)..];
        if (left.IsEmpty)
        {
            if (!TryParsePosition(right, out long suffix)) return false;
            first = suffix == 0 ? long.MaxValue : size - Math.Min(suffix, size);
            return true;
        }

        if (!TryParsePosition(left, out first)) return false;
        if (right.IsEmpty) return true;
        if (!TryParsePosition(right, out long position) || position < first) return false;
        last = Math.Min(position, size - 1);
        return true;
    }

    /// <summary>A position of any number of digits: beyond what a file can have, all are alike.</summary>
    private static bool TryParsePosition(ReadOnlySpan<byte> digits, out long position)
    {
        position = 0;
        if (digits.IsEmpty || digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0) return false;
        position = AsciiText.TryParseDecimal(digits.TrimStart((byte)'0'), long.MaxValue - 1, out ulong value)
            ? (long)value
            : digits.TrimStart((byte)'0').IsEmpty ? 0 : long.MaxValue - 1;
        return true;
    }
}
