using System;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>Makes a path fit for the log: what may be a token is left out of it.</summary>
internal static class SecretPath
{
    /// <summary>Longest path that is looked at; of a longer one the rest is left out.</summary>
    private const int PathBytesMax = 1024;

    /// <summary>A path as it may be logged: itself, or decoded with dots in the place of each token.</summary>
    /// <remarks>
    /// A token is 32 hexadecimal digits between slashes once percent-encoding is undone, so that is what is looked for,
    /// whatever stands around it: also in a path that is refused. It is looked for below <c>_/</c> only, since files of the
    /// tree may have such names.
    /// </remarks>
    /// <param name="path">As a peer wrote it, or normalised.</param>
    /// <param name="room">Where it may be put together; what does not fit is cut.</param>
    public static ReadOnlySpan<byte> Mask(ReadOnlySpan<byte> path, Span<byte> room)
    {
        Span<byte> decoded = stackalloc byte[PathBytesMax];
        int length = 0;
        bool isOurs = false;
        for (int i = 0; i < path.Length && length < decoded.Length; i++)
        {
            int high = path[i] == '%' && i + 2 < path.Length ? AsciiText.HexValue(path[i + 1]) : -1;
            int low = high >= 0 ? AsciiText.HexValue(path[i + 2]) : -1;
            if (low >= 0) i += 2;
            byte b = low >= 0 ? (byte)((high << 4) | low) : path[i];
            isOurs |= b is (byte)'/' or (byte)'\\' && length > 0 && decoded[length - 1] == '_';
            decoded[length++] = b;
        }

        if (!isOurs) return path.Length > room.Length ? path[..room.Length] : path;
        WireWriter masked = new(room);
        for (int i = 0; i < length;)
        {
            int end = i;
            while (end < length && AsciiText.HexValue(decoded[end]) >= 0) end++;
            bool isCut = end == decoded.Length && end > i;
            if (end - i >= BootToken.TextBytes || isCut) masked.Bytes("..."u8);
            else masked.Bytes(decoded[i..Math.Min(end, i + masked.Remaining)]);
            if (end < length && masked.Remaining > 0) masked.U8(decoded[end]);
            i = end + 1;
        }

        return room[..masked.Length];
    }
}
