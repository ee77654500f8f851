using System;
using Aglet.Boot;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Time;

namespace Aglet.Tftp;

/// <summary>What a transfer sends, and how it is cut.</summary>
internal struct TftpBody
{
    /// <summary>What was found.</summary>
    public Content Content;

    /// <summary>The open file; -1 for a document.</summary>
    public int File;

    public TftpMode Mode;

    /// <summary>File bytes in a whole block.</summary>
    public int BlockBytes;

    /// <summary>The piece of the file that was read last for this transfer, counted from 1; 0: none.</summary>
    public long ChunkRead;

    /// <summary>After block 65535 comes 1.</summary>
    public bool RollsOverToOne;

    /// <summary>Netascii: the place behind the last acknowledged block.</summary>
    public TftpNetascii Acknowledged;

    /// <summary>Netascii: the place behind the last block that was made.</summary>
    public TftpNetascii Made;
}

/// <summary>Why no bytes could be had.</summary>
internal enum TftpBodyFault : byte
{
    None,

    /// <summary>The file is shorter than when the tree was indexed.</summary>
    FileShrank,
    FileUnreadable,

    /// <summary>The document came out with another length than was promised.</summary>
    DocumentChanged,
}

/// <summary>
/// Makes the datagrams of a flight: nothing of them is kept, a resend is made again. The bytes of a large flight are read
/// straight to their places between the headers; those of small ones come from pieces that are read once for many.
/// </summary>
/// <remarks>
/// <code>
///  | 00 03 block 1 | blksize bytes || 00 03 block 2 | blksize bytes || ... || 00 03 block n | the rest |
/// </code>
/// </remarks>
internal sealed class TftpWindow(IKernel kernel)
{
    /// <summary>Room for the longest flight.</summary>
    public const int BytesMax = Limits.TftpWindowBlocksMax * (TftpPacket.HeaderBytes + Limits.TftpBlockBytesMax);

    private readonly TftpChunks _chunks = new(kernel);
    private readonly byte[] _skipped = new byte[Limits.TftpBlockBytesMax];
    private readonly byte[] _document = new byte[Limits.DocumentBytes];
    private readonly byte[] _text = new byte[Limits.TftpBlockBytesMax];
    private BootDocument _rendered;
    private int _renderedBytes;

    /// <summary>Makes the datagrams of some blocks: each of header and block, only the last may be shorter.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="body">What is sent.</param>
    /// <param name="acknowledged">Blocks that are never asked for again.</param>
    /// <param name="first">The first block to make, counted from 1.</param>
    /// <param name="count">How many; fewer are made when netascii ends earlier.</param>
    /// <param name="target">Room for them.</param>
    /// <param name="length">Bytes that were made.</param>
    /// <param name="lastBlock">The number of the last block of all, or <see cref="TftpTransfer.LastBlockUnknown"/>.</param>
    public TftpBodyFault Make(
        Instant now,
        ref TftpBody body,
        long acknowledged,
        long first,
        int count,
        Span<byte> target,
        out int length,
        out long lastBlock)
    {
        lastBlock = TftpTransfer.LastBlockUnknown;
        length = 0;
        if (body.File < 0 && !TryRender(body)) return TftpBodyFault.DocumentChanged;
        if (body.Mode == TftpMode.Netascii)
        {
            return MakeText(ref body, acknowledged, first, count, target, out length, out lastBlock);
        }

        lastBlock = TftpTransfer.LastBlockOf(body.Content.Length, body.BlockBytes);
        int stride = TftpPacket.HeaderBytes + body.BlockBytes;
        long offset = (first - 1) * body.BlockBytes;
        int bytes = (int)Math.Min((long)count * body.BlockBytes, body.Content.Length - offset);
        Check.That(count > 0 && offset >= 0 && bytes >= 0 && count * stride <= target.Length);
        length = (count * TftpPacket.HeaderBytes) + bytes;
        TftpBodyFault fault = bytes == 0 ? TftpBodyFault.None : Fill(now, ref body, target, bytes, offset);
        for (int i = 0; i < count; i++)
        {
            TftpPacket.WriteDataHeader(target[(i * stride)..], first + i, body.RollsOverToOne);
        }

        return fault;
    }

    /// <summary>
    /// Puts file bytes between the headers. An empty last block has none, and its header is no part of this.
    /// </summary>
    private TftpBodyFault Fill(Instant now, ref TftpBody body, Span<byte> target, int bytes, long offset)
    {
        int blocks = (bytes + body.BlockBytes - 1) / body.BlockBytes;
        if (body.File >= 0 && bytes > Limits.TftpChunkBytes)
        {
            Span<byte> stripes = target[..((blocks * TftpPacket.HeaderBytes) + bytes)];
            SysResult read = kernel.ReadStripes(
                body.File, stripes, TftpPacket.HeaderBytes, body.BlockBytes, offset);
            if (read.IsError) return TftpBodyFault.FileUnreadable;
            return read.Value == bytes ? TftpBodyFault.None : TftpBodyFault.FileShrank;
        }

        TftpBodyFault fault = TftpBodyFault.None;
        while (bytes > 0 && fault == TftpBodyFault.None)
        {
            Span<byte> block = target.Slice(TftpPacket.HeaderBytes, Math.Min(body.BlockBytes, bytes));
            if (body.File >= 0) fault = _chunks.Read(now, ref body, block, offset);
            else _document.AsSpan((int)offset, block.Length).CopyTo(block);
            target = target[(TftpPacket.HeaderBytes + block.Length)..];
            offset += block.Length;
            bytes -= block.Length;
        }

        return fault;
    }

    private TftpBodyFault MakeText(
        ref TftpBody body,
        long acknowledged,
        long first,
        int count,
        Span<byte> target,
        out int length,
        out long lastBlock)
    {
        lastBlock = TftpTransfer.LastBlockUnknown;

        // After a whole flight the place is known; behind a gap it is found by translating once more from the last one.
        if (body.Made.Block == acknowledged) body.Acknowledged = body.Made;
        TftpBodyFault fault = Skip(ref body.Acknowledged, body, acknowledged);
        TftpNetascii place = body.Made.Block == first - 1 ? body.Made : body.Acknowledged;
        if (fault == TftpBodyFault.None) fault = Skip(ref place, body, first - 1);
        int stride = TftpPacket.HeaderBytes + body.BlockBytes;
        int at = 0;
        for (int i = 0; i < count && fault == TftpBodyFault.None; i++)
        {
            TftpPacket.WriteDataHeader(target[at..], first + i, body.RollsOverToOne);
            fault = TranslateBlock(
                ref place, body, target.Slice(at + TftpPacket.HeaderBytes, body.BlockBytes), out int written);
            at += TftpPacket.HeaderBytes + written;
            if (written == body.BlockBytes) continue;
            lastBlock = first + i;
            break;
        }

        Check.That(at <= count * stride);
        body.Made = place;
        length = at;
        return fault;
    }

    /// <summary>Goes on to the place behind a block, without keeping what is translated.</summary>
    private TftpBodyFault Skip(ref TftpNetascii place, in TftpBody body, long block)
    {
        TftpBodyFault fault = TftpBodyFault.None;
        while (place.Block < block && fault == TftpBodyFault.None)
        {
            fault = TranslateBlock(ref place, body, _skipped.AsSpan(0, body.BlockBytes), out _);
        }

        return fault;
    }

    private TftpBodyFault TranslateBlock(
        ref TftpNetascii place, in TftpBody body, Span<byte> block, out int written)
    {
        written = 0;
        while (true)
        {
            // Pairs may leave no room for all that is read here; the rest is then read again.
            int wanted = (int)Math.Min(block.Length - written, body.Content.Length - place.Offset);
            ReadOnlySpan<byte> source = default;
            if (wanted > 0 && body.File < 0) source = _document.AsSpan((int)place.Offset, wanted);
            if (wanted > 0 && body.File >= 0)
            {
                SysResult read = kernel.ReadAt(body.File, _text.AsSpan(0, wanted), place.Offset);
                if (read.IsError) return TftpBodyFault.FileUnreadable;
                if (read.Value != wanted) return TftpBodyFault.FileShrank;
                source = _text.AsSpan(0, wanted);
            }

            int made = place.Translate(source, block[written..]);
            written += made;
            if (written == block.Length || (made == 0 && source.IsEmpty)) break;
        }

        place.Block++;
        return TftpBodyFault.None;
    }

    /// <summary>
    /// A document is a pure function of its name, so that the one rendered last need not be rendered again.
    /// </summary>
    private bool TryRender(in TftpBody body)
    {
        if (_rendered != body.Content.Document || _rendered.Kind == DocumentKind.None)
        {
            _rendered = body.Content.Document;
            _renderedBytes = BootPlanner.Render(_rendered, _document);
        }

        return _renderedBytes == body.Content.Length;
    }
}
