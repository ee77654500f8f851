using System;

namespace Aglet.Tftp;

/// <summary>
/// Where the translation to netascii stands: which byte of the file comes next, and whether the second half of a pair
/// is still to be written. The default is a file's beginning. A copy of it is a place to begin again from.
/// </summary>
/// <remarks>
/// RFC 1350 §1 and RFC 764: a line feed becomes CR LF, a carriage return CR NUL. A pair may be cut by a block's end, so
/// the length of a block says nothing about the file's bytes in it.
/// </remarks>
internal struct TftpNetascii
{
    /// <summary>The second half of a pair, plus one; 0: none.</summary>
    private byte _pending;

    /// <summary>Blocks that lie before this place.</summary>
    public long Block { get; set; }

    /// <summary>The file's bytes that lie before this place.</summary>
    public long Offset { get; private set; }

    /// <summary>Translates until the source or the room is used up.</summary>
    /// <returns>Bytes written.</returns>
    public int Translate(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int read = 0;
        int written = 0;
        while (written < target.Length)
        {
            if (_pending != 0)
            {
                target[written++] = (byte)(_pending - 1);
                _pending = 0;
                continue;
            }

            if (read == source.Length) break;
            byte value = source[read++];
            if (value == '\n') _pending = (byte)'\n' + 1;
            if (value == '\r') _pending = 0 + 1;
            target[written++] = _pending == 0 ? value : (byte)'\r';
        }

        Offset += read;
        return written;
    }
}
