using System;

namespace Aglet.Tree;

/// <summary>Why a path from a peer cannot be a key.</summary>
internal enum BootPathReject : byte
{
    None,
    Empty,
    TooLong,

    /// <summary>
    /// A <c>..</c> segment. The index could not express it anyway; it is refused by name so that it is seen.
    /// </summary>
    ParentSegment,
    NulByte,

    /// <summary><c>C:</c>, as Windows loaders may ask.</summary>
    DriveLetter,
}

/// <summary>Makes a key of a path as clients write it.</summary>
/// <remarks>
/// Clients mix <c>/boot\BCD</c> (Windows), <c>//</c> (shim, GRUB), a leading slash or none (iPXE), and <c>::</c>
/// (PXELINUX's "from the root of the server").
/// </remarks>
internal static class BootPath
{
    /// <summary>Turns backslashes, drops leading and double slashes and <c>.</c> segments.</summary>
    /// <param name="raw">The path, percent-decoded already where the protocol encodes.</param>
    /// <param name="target">Room for the key; a key is never longer than the path.</param>
    /// <param name="length">Bytes of the key.</param>
    public static BootPathReject Normalize(ReadOnlySpan<byte> raw, Span<byte> target, out int length)
    {
        length = 0;
        if (raw.StartsWith("::"u8)) raw = raw[2..];
        if (raw.Length > target.Length) return BootPathReject.TooLong;
        if (raw.Contains((byte)0)) return BootPathReject.NulByte;
        if (raw.Length >= 2 && raw[1] == ':' && char.IsAsciiLetter((char)raw[0])) return BootPathReject.DriveLetter;
        int written = 0;
        while (!raw.IsEmpty)
        {
            int end = raw.IndexOfAny((byte)'/', (byte)'\\');
            ReadOnlySpan<byte> segment = end < 0 ? raw : raw[..end];
            raw = end < 0 ? default : raw[(end + 1)..];
            if (segment.IsEmpty || segment is [(byte)'.']) continue;
            if (segment.SequenceEqual(".."u8)) return BootPathReject.ParentSegment;
            if (written > 0) target[written++] = (byte)'/';
            segment.CopyTo(target[written..]);
            written += segment.Length;
        }

        length = written;
        return written == 0 ? BootPathReject.Empty : BootPathReject.None;
    }
}
