using System;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Http;

/// <summary>Every connection slot, all made at start, and how many of them each address holds.</summary>
internal sealed class HttpConnectionTable
{
    private readonly HttpConnection[] _connections;
    private readonly int[] _free;
    private readonly int[] _firstOfBucket;
    private readonly int[] _nextInBucket;
    private int _freeCount;

    public HttpConnectionTable(int slots)
    {
        _connections = new HttpConnection[slots];
        _free = new int[slots];
        _nextInBucket = new int[slots];
        int buckets = 16;
        while (buckets < slots) buckets *= 2;
        _firstOfBucket = new int[buckets];
        Array.Fill(_firstOfBucket, -1);

        // Not cleared, so that the pages of slots that are never used are never touched.
        byte[] received = GC.AllocateUninitializedArray<byte>(slots * Limits.HttpHeadBytes);
        byte[] unsent = GC.AllocateUninitializedArray<byte>(slots * HttpConnection.UnsentBytesMax);
        for (int slot = slots - 1; slot >= 0; slot--)
        {
            _connections[slot] = new HttpConnection(received, unsent, slot);
            _free[_freeCount++] = slot;
        }
    }

    /// <summary>Slots in use.</summary>
    public int Count => _connections.Length - _freeCount;

    public int Capacity => _connections.Length;

    public HttpConnection this[int slot] => _connections[slot];

    /// <summary>Takes a slot for a new connection; false when all are in use.</summary>
    public bool TryOpen(Instant now, in IpEndpoint peer, in IpEndpoint local, out int slot)
    {
        slot = -1;
        if (_freeCount == 0) return false;
        slot = _free[--_freeCount];
        _connections[slot].Open(now, peer, local);
        ref int first = ref _firstOfBucket[BucketOf(peer.Address)];
        _nextInBucket[slot] = first;
        first = slot;
        return true;
    }

    public void Close(int slot)
    {
        ref int link = ref _firstOfBucket[BucketOf(_connections[slot].Peer.Address)];
        while (link != slot) link = ref _nextInBucket[link];
        link = _nextInBucket[slot];
        _connections[slot].Close();
        _free[_freeCount++] = slot;
    }

    /// <summary>Connections that an address holds.</summary>
    public int CountOf(IpAddress address)
    {
        int count = 0;
        for (int slot = _firstOfBucket[BucketOf(address)]; slot >= 0; slot = _nextInBucket[slot])
        {
            if (_connections[slot].Peer.Address == address) count++;
        }

        return count;
    }

    /// <summary>
    /// The connection that can best be spared: lingering, else idle, the one that ends first; -1 for none.
    /// </summary>
    /// <param name="only">Only those of this address; null for all.</param>
    public int FindSpare(IpAddress? only)
    {
        int spare = -1;
        for (int slot = 0; slot < _connections.Length; slot++)
        {
            HttpConnection candidate = _connections[slot];
            if (candidate.Phase is not HttpPhase.Idle and not HttpPhase.Lingering) continue;
            if (only is { } address && candidate.Peer.Address != address) continue;
            if (spare < 0 || candidate.Deadline < _connections[spare].Deadline) spare = slot;
        }

        return spare;
    }

    private int BucketOf(IpAddress address)
    {
        ulong folded = unchecked((ulong)address.Value ^ (ulong)(address.Value >> 64));
        return (int)(Fnv.Mix(folded) & (ulong)(_firstOfBucket.Length - 1));
    }
}
