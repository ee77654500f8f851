using Aglet.Core;

namespace Aglet.Tftp;

/// <summary>
/// Which of our ports the next transfer of a peer takes: another one each time that it comes from the same port of its
/// own. A table of fixed size: a peer may have one of a few places, and is forgotten for others that need them.
/// </summary>
internal sealed class TftpTurns
{
    private const int PlacesOfPeer = 4;
    private const int Sets = Limits.TftpTransfers;

    private readonly ulong[] _peers = new ulong[Sets * PlacesOfPeer];
    private readonly byte[] _turns = new byte[Sets * PlacesOfPeer];
    private int _next;

    /// <summary>The turn of a peer's new transfer: 0 for one that is not known.</summary>
    /// <param name="peer">Hash of its address and port.</param>
    public int Take(ulong peer)
    {
        if (TryFind(peer, out int place)) return _turns[place] = unchecked((byte)(_turns[place] + 1));
        _next = (_next + 1) % PlacesOfPeer;
        place = FirstOf(peer) + _next;
        _peers[place] = peer;
        _turns[place] = 0;
        return 0;
    }

    /// <summary>True for a peer that had a transfer: what it sends late is no stranger's.</summary>
    public bool Knows(ulong peer) => TryFind(peer, out _);

    private bool TryFind(ulong peer, out int place)
    {
        int first = FirstOf(peer);
        for (place = first; place < first + PlacesOfPeer; place++)
        {
            if (_peers[place] == peer) return true;
        }

        return false;
    }

    private static int FirstOf(ulong peer) => (int)((peer >> 32) % Sets) * PlacesOfPeer;
}
