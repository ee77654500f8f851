using System;
using Aglet.Core;

namespace Aglet.Kernel;

/// <summary>What stands behind a slot of the socket table.</summary>
/// <param name="Handle">The kernel's handle.</param>
/// <param name="Owner">Which endpoint handles its events.</param>
/// <param name="Index">The endpoint's own number for it, such as a transfer or connection slot.</param>
internal readonly record struct SocketEntry(int Handle, SocketOwner Owner, int Index);

/// <summary>
/// Every open socket, in slots with generations. An event carries both, so that one that was queued for a socket
/// closed earlier in the same turn is recognised even when the slot is in use again.
/// </summary>
internal sealed class SocketTable
{
    private readonly IKernel _kernel;
    private readonly SocketEntry[] _entries;
    private readonly uint[] _generations;
    private readonly int[] _free;
    private int _freeCount;

    public SocketTable(IKernel kernel, int slots = Limits.Sockets)
    {
        _kernel = kernel;
        _entries = new SocketEntry[slots];
        _generations = new uint[slots];
        _free = new int[slots];

        // From 1: a token that was never set names no socket.
        Array.Fill(_generations, 1u);
        for (int slot = slots - 1; slot >= 0; slot--) _free[_freeCount++] = slot;
    }

    /// <summary>Sockets open now.</summary>
    public int Count => _entries.Length - _freeCount;

    /// <summary>
    /// Takes over an open handle and watches it. On failure (no slot: <see cref="Errno.TooManyFiles"/>) the handle is
    /// closed, so that the caller has nothing to undo.
    /// </summary>
    public SysResult Add(int handle, SocketOwner owner, int index, Readiness interest, out SocketToken token)
    {
        token = default;
        if (_freeCount == 0)
        {
            _kernel.Close(handle);
            return SysResult.Failed(Errno.TooManyFiles);
        }

        int slot = _free[_freeCount - 1];
        token = new(slot, _generations[slot]);
        SysResult watched = _kernel.Watch(handle, token, interest);
        if (watched.IsError)
        {
            _kernel.Close(handle);
            return watched;
        }

        _freeCount--;
        _entries[slot] = new(handle, owner, index);
        return SysResult.Ok(handle);
    }

    /// <summary>Finds what an event is for; false when the socket was closed since.</summary>
    public bool TryGet(SocketToken token, out SocketEntry entry)
    {
        entry = default;
        if (token.Slot < 0 || token.Slot >= _entries.Length || _generations[token.Slot] != token.Generation) return false;
        entry = _entries[token.Slot];
        return entry.Owner != SocketOwner.None;
    }

    /// <summary>Changes what a socket is watched for.</summary>
    public SysResult Watch(SocketToken token, Readiness interest)
    {
        Check.That(TryGet(token, out SocketEntry entry));
        return _kernel.Watch(entry.Handle, token, interest);
    }

    /// <summary>Closes the socket and frees its slot; every event still queued for it becomes stale.</summary>
    public void Close(SocketToken token)
    {
        Check.That(TryGet(token, out SocketEntry entry));
        _kernel.Close(entry.Handle);
        _entries[token.Slot] = default;
        _generations[token.Slot] = unchecked(_generations[token.Slot] + 1);
        _free[_freeCount++] = token.Slot;
    }
}
