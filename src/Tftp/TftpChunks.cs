using System;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Time;
using Aglet.Tree;

namespace Aglet.Tftp;

/// <summary>
/// The pieces of files that small flights are made from: one call reads what many blocks need, and machines that fetch
/// the same file at the same time need it once. A table of fixed size; a piece gives way to one with an equal place.
/// </summary>
internal sealed class TftpChunks(IKernel kernel)
{
    /// <summary>
    /// What was read longer ago is read again: a file that is written to without a reload must not be mixed of old and
    /// new for ever.
    /// </summary>
    private static readonly Duration _age = Duration.FromSeconds(1);

    private readonly byte[] _bytes = new byte[Limits.TftpChunks * Limits.TftpChunkBytes];
    private readonly Chunk[] _chunks = new Chunk[Limits.TftpChunks];

    /// <summary>Copies bytes of a file, which has them when it is as long as it was.</summary>
    public TftpBodyFault Read(Instant now, ref TftpBody body, Span<byte> target, long offset)
    {
        while (!target.IsEmpty)
        {
            long number = offset / Limits.TftpChunkBytes;
            int start = (int)(offset % Limits.TftpChunkBytes);
            int count = Math.Min(target.Length, Limits.TftpChunkBytes - start);
            int place = PlaceOf(body.Content.Tag, number);
            ref Chunk chunk = ref _chunks[place];
            bool isThere = chunk.Number == number && now - chunk.ReadAt < _age
                && chunk.File is { } file && file.Equals(body.Content.File!.Value);

            // It was read for this transfer and gave way to another's: with so many files at once it would again.
            if (!isThere && body.ChunkRead == number + 1) return ReadAlone(body, target, offset);
            if (!isThere)
            {
                TftpBodyFault fault = Fill(now, ref chunk, place, body, number);
                if (fault != TftpBodyFault.None) return fault;
            }

            body.ChunkRead = number + 1;
            _bytes.AsSpan((place * Limits.TftpChunkBytes) + start, count).CopyTo(target);
            target = target[count..];
            offset += count;
        }

        return TftpBodyFault.None;
    }

    private TftpBodyFault Fill(Instant now, ref Chunk chunk, int place, in TftpBody body, long number)
    {
        long begin = number * Limits.TftpChunkBytes;
        int length = (int)Math.Min(Limits.TftpChunkBytes, body.Content.Length - begin);
        chunk = default;
        TftpBodyFault fault = ReadAlone(body, _bytes.AsSpan(place * Limits.TftpChunkBytes, length), begin);
        if (fault == TftpBodyFault.None) chunk = new() { File = body.Content.File, Number = number, ReadAt = now };
        return fault;
    }

    private TftpBodyFault ReadAlone(in TftpBody body, Span<byte> target, long offset)
    {
        SysResult read = kernel.ReadAt(body.File, target, offset);
        if (read.IsError) return TftpBodyFault.FileUnreadable;
        return read.Value == target.Length ? TftpBodyFault.None : TftpBodyFault.FileShrank;
    }

    private static int PlaceOf(ulong tag, long number) =>
        (int)(Fnv.Mix(unchecked(tag + (ulong)number)) & (Limits.TftpChunks - 1));

    private struct Chunk
    {
        /// <summary>Null for a place that is free.</summary>
        public BootFile? File;

        /// <summary>Which piece of the file, counted from 0.</summary>
        public long Number;
        public Instant ReadAt;
    }
}
