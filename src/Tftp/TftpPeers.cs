using System;
using Aglet.Core;
using Aglet.Net;

namespace Aglet.Tftp;

/// <summary>
/// Which transfer an address and port has: a hash table over the transfers' slots, chained, of fixed size.
/// </summary>
internal sealed class TftpPeers
{
    private const int None = -1;
    private readonly int[] _heads;
    private readonly int[] _next;
    private readonly IpEndpoint[] _peers;

    public TftpPeers(int slots)
    {
        int size = 16;
        while (size < slots * 2) size *= 2;
        _heads = new int[size];
        _next = new int[slots];
        _peers = new IpEndpoint[slots];
        Array.Fill(_heads, None);
    }

    public bool TryFind(in IpEndpoint peer, out int slot)
    {
        slot = _heads[HeadOf(peer)];
        while (slot != None && _peers[slot] != peer) slot = _next[slot];
        return slot != None;
    }

    /// <summary>Notes the peer of a slot; it has no other slot.</summary>
    public void Add(in IpEndpoint peer, int slot)
    {
        int head = HeadOf(peer);
        _peers[slot] = peer;
        _next[slot] = _heads[head];
        _heads[head] = slot;
    }

    public void Remove(int slot)
    {
        ref int link = ref _heads[HeadOf(_peers[slot])];
        while (link != slot)
        {
            Check.That(link != None);
            link = ref _next[link];
        }

        link = _next[slot];
    }

    private int HeadOf(in IpEndpoint peer)
    {
        ulong low = unchecked((ulong)peer.Address.Value);
        ulong high = (ulong)(peer.Address.Value >> 64);
        ulong hash = Fnv.Mix(low ^ Fnv.Mix(unchecked(high + peer.Port)));
        return (int)(hash & (ulong)(_heads.Length - 1));
    }
}
