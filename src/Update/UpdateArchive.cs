using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Kernel;

namespace Aglet.Update;

/// <summary>One file within an update.</summary>
/// <param name="Name">As the archive calls it.</param>
/// <param name="Offset">Where its bytes begin in the archive.</param>
/// <param name="Size">Bytes.</param>
internal readonly record struct UpdateEntry(string Name, long Offset, long Size);

/// <summary>
/// The table of an update: a tar archive (POSIX ustar) of plain files, so that anybody can make one and look into it with
/// tar, sha256sum and openssl.
/// </summary>
internal static class UpdateArchive
{
    private const int BlockBytes = 512;
    private const int EntriesMax = 80;

    /// <summary>Reads the headers; false when it is no such archive, and why in words.</summary>
    public static bool TryRead(IKernel kernel, int file, long size, List<UpdateEntry> entries, out string problem)
    {
        byte[] block = new byte[BlockBytes];
        problem = "it is no update: it is not a tar archive as `make image` writes one";
        for (long offset = 0; offset + BlockBytes <= size;)
        {
            SysResult read = kernel.ReadAt(file, block, offset);
            if (read.IsError || read.Count < BlockBytes) break;
            if (block.AsSpan().IndexOfAnyExcept((byte)0) < 0)
            {
                if (entries.Count > 0) problem = "";
                return entries.Count > 0;
            }

            if (!TryReadHeader(block, out string name, out long length)) return false;
            offset += BlockBytes;
            if (length > size - offset) break;
            entries.Add(new(name, offset, length));
            if (entries.Count > EntriesMax) return false;
            offset += (length + BlockBytes - 1) / BlockBytes * BlockBytes;
        }

        problem = "it is cut off: copy it again";
        return false;
    }

    /// <summary>A header of a plain file with a right checksum.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> block, out string name, out long size)
    {
        name = "";
        size = 0;
        if (!block.Slice(257, 5).SequenceEqual("ustar"u8) || block[156] is not ((byte)'0' or 0)) return false;
        long sum = 0;
        for (int i = 0; i < BlockBytes; i++) sum += i is >= 148 and < 156 ? ' ' : block[i];
        if (!TryReadOctal(block.Slice(148, 8), out long expected) || expected != sum) return false;
        ReadOnlySpan<byte> text = block[..100];
        int end = text.IndexOf((byte)0);
        if (end >= 0) text = text[..end];
        name = Encoding.Latin1.GetString(text);

        // `tar -c .` writes ./linux; folders are not expected.
        if (name.StartsWith("./", StringComparison.Ordinal)) name = name[2..];
        return name.Length > 0 && TryReadOctal(block.Slice(124, 12), out size);
    }

    private static bool TryReadOctal(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        int digits = 0;
        foreach (byte digit in field)
        {
            if (digit is (byte)' ' or 0)
            {
                if (digits > 0) break;
                continue;
            }

            if (digit is < (byte)'0' or > (byte)'7') return false;
            value = (value * 8) + (digit - '0');
            digits++;
        }

        return digits is > 0 and <= 12;
    }
}
