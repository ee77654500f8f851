using System;
using System.IO;
using System.Security.Cryptography;

namespace Aglet.Tests.Bench;

/// <summary>
/// What every file of the measured tree is made of: a pattern whose period is a prime, so that a byte which lies at a
/// wrong place is seen, and which is small enough to stay in the cache while everything received is compared with it.
/// </summary>
internal static class BenchContent
{
    /// <summary>A prime above 1 MiB: no block, page or segment size divides it.</summary>
    private const int Period = 1_048_583;

    /// <summary>The longest piece that may be compared at once.</summary>
    private const int PieceMax = 1 << 20;

    private static readonly byte[] _pattern = Make();

    public static void Write(string path, long length)
    {
        using FileStream file = new(path, FileMode.Create, FileAccess.Write);
        for (long at = 0; at < length;)
        {
            int piece = (int)Math.Min(PieceMax, length - at);
            file.Write(_pattern, (int)(at % Period), piece);
            at += piece;
        }
    }

    /// <summary>True when these are the bytes of a file from an offset on.</summary>
    public static bool Matches(long offset, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > PieceMax)
        {
            if (!Matches(offset, bytes[..PieceMax]))
                return false;
            offset += PieceMax;
            bytes = bytes[PieceMax..];
        }
        return _pattern.AsSpan((int)(offset % Period), bytes.Length).SequenceEqual(bytes);
    }

    private static byte[] Make()
    {
        // Hashes of a counter: no two pieces of the period are alike.
        byte[] pattern = new byte[Period + PieceMax];
        Span<byte> counter = stackalloc byte[8];
        Span<byte> hash = stackalloc byte[32];
        for (int at = 0; at < Period; at += hash.Length)
        {
            BitConverter.TryWriteBytes(counter, (long)at);
            SHA256.HashData(counter, hash);
            hash[..Math.Min(hash.Length, Period - at)].CopyTo(pattern.AsSpan(at));
        }
        pattern.AsSpan(0, PieceMax).CopyTo(pattern.AsSpan(Period));
        return pattern;
    }
}
