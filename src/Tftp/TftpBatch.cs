using System;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;

namespace Aglet.Tftp;

/// <summary>Single datagrams of many transfers that leave by one socket with one call.</summary>
internal sealed class TftpBatch
{
    private readonly byte[] _bytes = new byte[Limits.DatagramsPerCall * (TftpPacket.HeaderBytes + Limits.TftpBlockBytesMax)];
    private readonly OutgoingDatagram[] _datagrams = new OutgoingDatagram[Limits.DatagramsPerCall];
    private readonly int[] _slots = new int[Limits.DatagramsPerCall];
    private int _length;

    public int Count { get; private set; }

    public bool IsFull => Count == _datagrams.Length;

    /// <summary>Room for the next datagram; there is always enough for one when the batch is not full.</summary>
    public Span<byte> Room => _bytes.AsSpan(_length);

    /// <summary>Bytes of all datagrams.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Those from one on.</summary>
    public ReadOnlySpan<OutgoingDatagram> From(int index) => _datagrams.AsSpan(index, Count - index);

    /// <summary>Whose a datagram is.</summary>
    public int SlotOf(int index) => _slots[index];

    public int LengthOf(int index) => _datagrams[index].Length;

    /// <summary>Takes in what was written to <see cref="Room"/>.</summary>
    public void Add(int slot, int length, in IpEndpoint peer)
    {
        _datagrams[Count] = new(_length, length, peer);
        _slots[Count++] = slot;
        _length += length;
    }

    public void Clear()
    {
        Count = 0;
        _length = 0;
    }
}
