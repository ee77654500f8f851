using System;
using System.Collections.Generic;
using Aglet.Core;
using Aglet.Http;

namespace Aglet.Tests.Fuzz;

/// <summary>
/// HTTP request heads, with everything that is read of one which was accepted. A head that comes in pieces is read as
/// one that comes whole.
/// </summary>
internal sealed class HttpFuzzTarget(IReadOnlyList<byte[]> corpus) : FuzzTarget("http", corpus)
{
    private readonly byte[] _room = new byte[Limits.PathBytes];
    private Prng _prng = new(17);

    public override bool Try(ReadOnlySpan<byte> input)
    {
        int scanned = 0;
        HttpReject whole = HttpRequest.Parse(input, ref scanned, out HttpRequest request);
        CheckPieces(input, whole);
        if (whole != HttpReject.None) return false;
        if (request.HeadBytes < 1 || request.HeadBytes > input.Length) throw new FuzzException($"a head of {request.HeadBytes} bytes");
        HttpReject reject = HttpTarget.Parse(request.Target, request.Method, _room, out HttpTarget target);
        if (reject == HttpReject.None && target.Key.Length > Limits.PathBytes) throw new FuzzException("a long key");
        foreach (long size in (ReadOnlySpan<long>)[0, 1, 64, long.MaxValue])
        {
            CheckRanges(request.Range, size);
        }

        _ = HttpDate.TryParse(request.IfModifiedSince, 1_750_000_000, out _);
        _ = HttpDate.TryParse(request.IfUnmodifiedSince, 1_750_000_000, out _);
        _ = HttpDate.TryParse(request.IfRange, 1_750_000_000, out _);
        return true;
    }

    /// <summary>Every range is within the content and no two of them touch.</summary>
    private static void CheckRanges(ReadOnlySpan<byte> value, long size)
    {
        Span<HttpRange> ranges = stackalloc HttpRange[HttpRange.CountMax];
        HttpRangeOutcome outcome = HttpRange.Parse(value, size, ranges, out int count);
        if (outcome != HttpRangeOutcome.Partial) return;
        if (count == 0) throw new FuzzException("a partial answer of nothing");
        for (int i = 0; i < count; i++)
        {
            HttpRange range = ranges[i];
            bool isInside = range.Start >= 0 && range.Length > 0 && range.Start <= size - range.Length;
            if (!isInside) throw new FuzzException($"{range} of {size} bytes");
            foreach (HttpRange other in ranges[..i])
            {
                bool isApart = range.Start > other.Start + other.Length || other.Start > range.Start + range.Length;
                if (!isApart) throw new FuzzException($"{range} and {other} touch");
            }
        }
    }

    private void CheckPieces(ReadOnlySpan<byte> input, HttpReject whole)
    {
        int scanned = 0;
        int length = input.Length == 0 ? 0 : _prng.Below(input.Length);
        HttpReject piece = HttpRequest.Parse(input[..length], ref scanned, out _);
        if (piece != HttpReject.Incomplete)
        {
            if (piece != whole) throw new FuzzException($"{length} bytes give {piece}, all of them {whole}");
            return;
        }

        HttpReject rest = HttpRequest.Parse(input, ref scanned, out _);
        if (rest != whole) throw new FuzzException($"in two pieces, {length} first: {rest}, whole: {whole}");
    }
}
