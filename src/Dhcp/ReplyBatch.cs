using System;
using Aglet.Core;
using Aglet.Net;

namespace Aglet.Dhcp;

/// <summary>How a reply leaves.</summary>
/// <param name="Origin">What is answered.</param>
/// <param name="Route">Where to.</param>
/// <param name="Client">The client's hardware address.</param>
internal readonly record struct ReplyPath(DhcpOrigin Origin, DhcpRoute Route, HardwareAddress Client);

/// <summary>
/// The replies of one turn: they wait until the journal has what they acknowledge, and leave together. Each has room for
/// the headers of a raw frame before it.
/// </summary>
internal sealed class ReplyBatch
{
    private const int SlotBytes = UdpFrame.HeaderBytes + Limits.DhcpReplyBytesMax;

    private readonly byte[] _bytes = new byte[Limits.DhcpReplies * SlotBytes];
    private readonly int[] _lengths = new int[Limits.DhcpReplies];
    private readonly ReplyPath[] _paths = new ReplyPath[Limits.DhcpReplies];

    public int Count { get; private set; }

    public bool IsFull => Count == Limits.DhcpReplies;

    /// <summary>Room for the next reply: its frame's headers, then the message.</summary>
    public Span<byte> Next => _bytes.AsSpan(Count * SlotBytes, SlotBytes);

    /// <summary>Adds the reply that was written into <see cref="Next"/>.</summary>
    public void Add(in ReplyPath path, int length)
    {
        _paths[Count] = path;
        _lengths[Count] = length;
        Count++;
    }

    /// <summary>The bytes of all.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Where a frame begins in <see cref="Bytes"/>.</summary>
    public static int StartOf(int index) => index * SlotBytes;

    public ref readonly ReplyPath PathOf(int index) => ref _paths[index];

    /// <summary>Headers and message.</summary>
    public Span<byte> FrameOf(int index) => _bytes.AsSpan(StartOf(index), UdpFrame.HeaderBytes + _lengths[index]);

    public void Clear() => Count = 0;
}
