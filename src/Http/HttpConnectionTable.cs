using System;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;
using Aglet.Tree;

namespace Aglet.Http;

/// <summary>
/// Every connection slot, all made at start: the machine, the kernel's side of it, its deadline; and how many of them each
/// address holds.
/// </summary>
internal sealed class HttpConnectionTable
{
    private readonly SocketTable _sockets;
    private readonly OpenFiles _files;
    private readonly HttpOutboxes _outboxes;
    private readonly HttpConnection[] _connections;
    private readonly HttpSlot[] _slots;
    private readonly DeadlineHeap _deadlines;
    private readonly SlotIndex _byAddress;
    private readonly int[] _free;
    private int _freeCount;

    public HttpConnectionTable(SocketTable sockets, OpenFiles files, HttpOutboxes outboxes, int slots)
    {
        _sockets = sockets;
        _files = files;
        _outboxes = outboxes;
        _connections = new HttpConnection[slots];
        _slots = new HttpSlot[slots];
        _deadlines = new DeadlineHeap(slots);
        _byAddress = new SlotIndex(slots);
        _free = new int[slots];

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

    /// <summary>When <see cref="TryPopDue"/> has something to say.</summary>
    public Instant NextDeadline => _deadlines.Next;

    public HttpConnection this[int slot] => _connections[slot];

    /// <summary>The kernel's side of a connection.</summary>
    public ref HttpSlot Of(int slot) => ref _slots[slot];

    /// <summary>Takes a slot for a new connection and watches its socket. There must be a free slot.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="socket">The new socket; it is closed when it cannot be watched.</param>
    /// <param name="peer">Who connected.</param>
    /// <param name="local">To which address of ours.</param>
    /// <param name="slot">The slot.</param>
    public SysResult Open(Instant now, int socket, in IpEndpoint peer, in IpEndpoint local, out int slot)
    {
        Check.That(_freeCount > 0);
        slot = _free[_freeCount - 1];
        SysResult added = _sockets.Add(
            socket, SocketOwner.HttpConnection, slot, Readiness.Readable, out SocketToken token);
        if (added.IsError) return added;
        _freeCount--;
        _connections[slot].Open(now, peer, local);
        _byAddress.Add(HashOf(peer.Address), slot);
        _slots[slot] = new HttpSlot
        {
            Socket = socket,
            Token = token,
            Interest = Readiness.Readable,
            Armed = Instant.Never,
        };
        Arm(slot);
        return added;
    }

    public void Close(int slot)
    {
        HttpConnection connection = _connections[slot];
        _slots[slot].CloseFile(_files);
        _deadlines.Clear(slot);
        _sockets.Close(_slots[slot].Token);
        _byAddress.Remove(HashOf(connection.Peer.Address), slot);
        if (connection.Outbox >= 0) _outboxes.Release(connection.Outbox);
        connection.Close();
        _free[_freeCount++] = slot;
    }

    /// <summary>Waits for a socket to become ready. False when it cannot be watched, and is closed.</summary>
    public bool Await(int slot, Readiness interest)
    {
        ref HttpSlot own = ref _slots[slot];
        if (own.Interest != interest)
        {
            own.Interest = interest;
            if (_sockets.Watch(own.Token, interest).IsError)
            {
                Close(slot);
                return false;
            }
        }

        Arm(slot);
        return true;
    }

    /// <summary>
    /// Puts a deadline into the heap when it is earlier than the one there; a later one is looked at when that comes.
    /// </summary>
    public void Arm(int slot)
    {
        Instant deadline = _connections[slot].Deadline;
        if (deadline >= _slots[slot].Armed) return;
        _slots[slot].Armed = deadline;
        _deadlines.Set(slot, deadline);
    }

    /// <summary>The next connection whose time is up.</summary>
    public bool TryPopDue(Instant now, out int slot)
    {
        while (_deadlines.TryPopDue(now, out slot))
        {
            _slots[slot].Armed = Instant.Never;
            if (_connections[slot].Deadline <= now) return true;
            Arm(slot);
        }

        return false;
    }

    /// <summary>Connections that an address holds.</summary>
    public int CountOf(IpAddress address)
    {
        int count = 0;
        for (int slot = _byAddress.First(HashOf(address)); slot >= 0; slot = _byAddress.Next(slot))
        {
            if (_connections[slot].Peer.Address == address) count++;
        }

        return count;
    }

    /// <summary>
    /// Closes the connection that can best be spared: lingering, else idle, the one that ends first. False for none.
    /// </summary>
    /// <param name="only">Only those of this address; null for all.</param>
    public bool TrySpare(IpAddress? only)
    {
        int spare = -1;
        for (int slot = 0; slot < _connections.Length; slot++)
        {
            HttpConnection candidate = _connections[slot];
            if (candidate.Phase is not HttpPhase.Idle and not HttpPhase.Lingering) continue;
            if (only is { } address && candidate.Peer.Address != address) continue;
            if (spare < 0 || candidate.Deadline < _connections[spare].Deadline) spare = slot;
        }

        if (spare < 0) return false;
        Close(spare);
        return true;
    }

    private static ulong HashOf(IpAddress address) =>
        Fnv.Mix(unchecked((ulong)address.Value ^ (ulong)(address.Value >> 64)));
}
