using System;
using System.Collections.Generic;
using Aglet.Boot;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;
using Aglet.Wire;

namespace Aglet.Http;

/// <summary>
/// The HTTP service: a listener and its connections. It moves bytes between the sockets and the machines, keeps the
/// deadlines, and sheds load; what is answered is decided by <see cref="HttpResponder"/>.
/// </summary>
internal sealed class HttpEndpoint
{
    /// <summary>
    /// Connections of one address: Anaconda and dnf open many at once, and a site may boot behind one NAT.
    /// </summary>
    public const int ConnectionsPerAddress = 128;

    /// <summary>Connections accepted in one turn.</summary>
    private const int AcceptsPerTurn = 64;

    /// <summary>How long nothing is accepted when there are no descriptors left.</summary>
    private static readonly Duration _acceptPause = Duration.FromMilliseconds(100);

    private readonly IKernel _kernel;
    private readonly SocketTable _sockets;
    private readonly HttpLog _log;
    private readonly HttpResponder _responder;
    private readonly HttpTransmitter _transmitter;
    private readonly HttpConnectionTable _connections;
    private readonly HttpSlot[] _slots;
    private readonly DeadlineHeap _deadlines;
    private readonly byte[] _date = new byte[HttpDate.Bytes];
    private readonly Counters<HttpReject> _rejects = new();
    private long _dateSecond = -1;
    private long _share = Limits.HttpBytesPerTurn;
    private readonly List<SocketToken> _listeners = [];
    private Instant _acceptAgain = Instant.Never;
    private bool _isDraining;

    public HttpEndpoint(
        IKernel kernel, SocketTable sockets, Log log, BootPlanner planner, int connections = Limits.HttpConnections)
    {
        _kernel = kernel;
        _sockets = sockets;
        _log = new HttpLog(log, planner);
        _responder = new HttpResponder(planner);
        _transmitter = new HttpTransmitter(kernel);
        _connections = new HttpConnectionTable(connections);
        _slots = new HttpSlot[connections];
        _deadlines = new DeadlineHeap(connections);
    }

    /// <summary>Refusals so far, by reason.</summary>
    public Counters<HttpReject> Rejects => _rejects;

    /// <summary>Connections open now.</summary>
    public int ConnectionCount => _connections.Count;

    public Instant NextDeadline => Instant.Min(_deadlines.Next, _acceptAgain);

    /// <summary>True when nothing is open any more after <see cref="BeginDrain"/>.</summary>
    public bool IsDrained => _isDraining && _connections.Count == 0;

    /// <summary>Opens a listener: one for each interface that is served.</summary>
    /// <param name="local">The address of the interface, or any; and the port.</param>
    /// <param name="interfaceIndex">Only this interface; 0 for all.</param>
    public SysResult Start(in IpEndpoint local, int interfaceIndex)
    {
        SysResult opened = _kernel.Listen(local, interfaceIndex);
        if (opened.IsError) return opened;
        SysResult added = _sockets.Add(
            opened.Count, SocketOwner.HttpListener, 0, Readiness.Readable, out SocketToken listener);
        if (!added.IsError) _listeners.Add(listener);
        return added;
    }

    /// <summary>A turn begins: no connection gets more of it than its share.</summary>
    /// <param name="events">How many sockets are ready, of which all may be ours.</param>
    public void OnTurnStart(int events) =>
        _share = Math.Max(Limits.HttpShareBytesMin, Limits.HttpBytesPerTurn / Math.Max(1, events));

    public void OnReady(Instant now, SocketEntry entry, SocketToken token, Readiness readiness)
    {
        _ = token;
        RefreshDate();
        if (entry.Owner == SocketOwner.HttpListener) Accept(now, entry.Handle);
        else Serve(now, entry.Index, readiness);
    }

    public void OnDeadline(Instant now)
    {
        RefreshDate();
        if (_acceptAgain <= now) ResumeAccepting();
        while (_deadlines.TryPopDue(now, out int slot))
        {
            _slots[slot].Armed = Instant.Never;
            if (_connections[slot].Deadline <= now) Expire(now, slot);
            else Arm(slot);
        }
    }

    public void OnTurnEnd(Instant now) => _log.OnTurnEnd(now);

    /// <summary>Takes no new connection or request; the answers under way are finished.</summary>
    public void BeginDrain()
    {
        if (_isDraining) return;
        _isDraining = true;
        _acceptAgain = Instant.Never;
        foreach (SocketToken listener in _listeners) _sockets.Close(listener);
        _listeners.Clear();
        for (int slot = 0; slot < _slots.Length; slot++)
        {
            if (_connections[slot].Phase is HttpPhase.Idle or HttpPhase.Receiving) Close(slot);
        }
    }

    private void Accept(Instant now, int listener)
    {
        for (int i = 0; i < AcceptsPerTurn && !_isDraining; i++)
        {
            SysResult accepted = _kernel.Accept(listener, out IpEndpoint peer, out IpEndpoint local);
            if (accepted.IsError)
            {
                if (accepted.WouldBlock) return;
                if (accepted.IsOutOfResources && !TrySpare(null)) PauseAccepting(now, accepted.Errno);
                if (accepted.IsOutOfResources || !accepted.IsPeerGone) return;
                continue;
            }

            Admit(now, accepted.Count, peer, local);
        }
    }

    /// <summary>Gives a new connection a slot, at the cost of the oldest idle one when it must be.</summary>
    private void Admit(Instant now, int socket, in IpEndpoint peer, in IpEndpoint local)
    {
        bool isCrowded = _connections.CountOf(peer.Address) >= ConnectionsPerAddress && !TrySpare(peer.Address);
        bool isFull = _connections.Count == _connections.Capacity && !TrySpare(null);
        if (isCrowded || isFull)
        {
            TurnAway(now, socket, peer);
            return;
        }

        Check.That(_connections.TryOpen(now, peer, local, out int slot));
        SysResult added = _sockets.Add(
            socket, SocketOwner.HttpConnection, slot, Readiness.Readable, out SocketToken token);
        if (added.IsError)
        {
            _connections.Close(slot);
            _rejects.Add(HttpReject.TooManyConnections);
            return;
        }

        _slots[slot] = new HttpSlot
        {
            Socket = socket,
            Token = token,
            Interest = Readiness.Readable,
            Armed = Instant.Never,
        };
        Arm(slot);
    }

    private bool TrySpare(IpAddress? only)
    {
        int spare = _connections.FindSpare(only);
        if (spare < 0) return false;
        Close(spare);
        return true;
    }

    /// <summary>Says 503 as well as it can be said to one that gets no slot.</summary>
    private void TurnAway(Instant now, int socket, in IpEndpoint peer)
    {
        _rejects.Add(HttpReject.TooManyConnections);
        HttpResponse response = new HttpResponse { Status = HttpStatus.Ok }.Refused(HttpReject.TooManyConnections);
        Span<byte> text = stackalloc byte[HttpResponse.TextBytesMax];
        WireWriter words = new(text);
        response.WriteText(ref words, default);
        Span<byte> room = stackalloc byte[HttpResponse.HeadBytesMax + HttpResponse.TextBytesMax];
        WireWriter bytes = new(room);
        response.WriteHead(ref bytes, _date, words.Length);
        bytes.Bytes(words.Written);

        // What the client already sent is read: closing over unread bytes would reset the connection and the 503.
        Span<byte> unread = stackalloc byte[2048];
        _ = _kernel.Receive(socket, unread);
        _ = _kernel.Send(socket, bytes.Written, more: false);
        _ = _kernel.Shutdown(socket);
        _kernel.Close(socket);
        _log.TurnedAway(now, peer.Address);
    }

    private void PauseAccepting(Instant now, Errno errno)
    {
        _acceptAgain = now + _acceptPause;
        foreach (SocketToken listener in _listeners) _ = _sockets.Watch(listener, Readiness.None);
        _log.CannotAccept(now, errno);
    }

    private void ResumeAccepting()
    {
        _acceptAgain = Instant.Never;
        foreach (SocketToken listener in _listeners) _ = _sockets.Watch(listener, Readiness.Readable);
    }

    /// <summary>One turn of a connection: one receive, and answers up to its share.</summary>
    private void Serve(Instant now, int slot, Readiness readiness)
    {
        HttpConnection connection = _connections[slot];
        long budget = _share;
        if (connection.Phase == HttpPhase.Lingering)
        {
            Discard(slot);
            return;
        }

        if (connection.Phase == HttpPhase.Sending)
        {
            HttpProgress progress = _transmitter.Continue(connection, _slots[slot].Socket, _slots[slot].File, ref budget);
            if (!Settle(now, slot, progress)) return;
        }
        else if ((readiness & (Readiness.Readable | Readiness.Failed)) != 0 && !Receive(slot))
        {
            return;
        }

        while (connection.Phase is HttpPhase.Idle or HttpPhase.Receiving)
        {
            if (budget <= 0)
            {
                Await(slot, Readiness.Writable);
                return;
            }

            HttpReject reject = connection.Take(now, out HttpRequest request);
            if (reject == HttpReject.Incomplete) break;
            budget -= Limits.HttpAnswerCostBytes;
            if (!Settle(now, slot, Answer(now, slot, reject, request, ref budget))) return;
        }

        Await(slot, Readiness.Readable);
    }

    /// <summary>Reads once. False when the connection is gone.</summary>
    private bool Receive(int slot)
    {
        HttpConnection connection = _connections[slot];
        SysResult received = _kernel.Receive(_slots[slot].Socket, connection.ReceiveRoom());
        if (received.WouldBlock) return true;
        if (received.IsError || received.Count == 0)
        {
            Close(slot);
            return false;
        }

        connection.OnReceived(received.Count);
        return true;
    }

    private HttpProgress Answer(Instant now, int slot, HttpReject reject, in HttpRequest request, ref long budget)
    {
        HttpConnection connection = _connections[slot];
        HttpResponse response = _responder.Respond(
            now, _dateSecond, reject, request, connection.Peer.Address, connection.Local.Address);
        if (_isDraining) response = response with { Persists = false };
        if (response is { HasContent: true, Content.File: { } file })
        {
            reject = _slots[slot].Open(_kernel, file);
            if (reject != HttpReject.None) response = response.Refused(reject);
        }

        connection.Begin(now, response);
        HttpProgress progress = _transmitter.Start(connection, _slots[slot].Socket, _slots[slot].File, _date, ref budget);
        if (progress == HttpProgress.Unreadable)
        {
            _slots[slot].CloseFile(_kernel);
            connection.Begin(now, response.Refused(HttpReject.FileUnreadable));
            progress = _transmitter.Start(connection, _slots[slot].Socket, _slots[slot].File, _date, ref budget);
        }

        if (connection.Response.Reject != HttpReject.None) _rejects.Add(connection.Response.Reject);
        return progress;
    }

    /// <summary>
    /// Acts on how far sending came. True when the answer is finished and the connection is still there.
    /// </summary>
    private bool Settle(Instant now, int slot, HttpProgress progress)
    {
        HttpConnection connection = _connections[slot];
        switch (progress)
        {
            case HttpProgress.Done:
                _log.Finished(now, connection);
                connection.OnSent(now, mayPersist: !_isDraining);
                if (connection.Phase == HttpPhase.Lingering) _ = _kernel.Shutdown(_slots[slot].Socket);
                return true;
            case HttpProgress.Waiting:
                Await(slot, Readiness.Writable);
                return false;
            case HttpProgress.PeerGone:
                _log.Stopped(now, connection);
                Close(slot);
                return false;
            default:
                _log.Broken(now, connection);
                Close(slot);
                return false;
        }
    }

    /// <summary>Throws away what comes after our last answer, until the peer closes too.</summary>
    private void Discard(int slot)
    {
        SysResult received = _kernel.Receive(_slots[slot].Socket, _connections[slot].ReceiveRoom());
        if (received.WouldBlock) return;
        if (received.IsError || received.Count == 0) Close(slot);
    }

    private void Expire(Instant now, int slot)
    {
        HttpConnection connection = _connections[slot];
        switch (connection.Phase)
        {
            case HttpPhase.Receiving:
                long budget = _share;
                HttpProgress told = Answer(now, slot, HttpReject.HeadTimeout, default, ref budget);
                if (Settle(now, slot, told)) Await(slot, Readiness.Readable);
                break;
            case HttpPhase.Sending:
                Push(now, slot);
                break;
            default:
                Close(slot);
                break;
        }
    }

    /// <summary>
    /// Tries to send although the kernel did not say that it can be: it waits until a third of a large buffer is
    /// free, which over a slow link takes longer than any deadline. Closes what made no progress at all.
    /// </summary>
    private void Push(Instant now, int slot)
    {
        HttpConnection connection = _connections[slot];
        long budget = _share;
        HttpProgress progress = _transmitter.Continue(connection, _slots[slot].Socket, _slots[slot].File, ref budget);
        if (progress == HttpProgress.Waiting && !connection.OnDeadline(now)) progress = HttpProgress.PeerGone;
        if (Settle(now, slot, progress))
        {
            // Writable comes at once, and with it the turn of a request that waits in the buffer.
            Await(slot, connection.Phase == HttpPhase.Lingering ? Readiness.Readable : Readiness.Writable);
        }
    }

    private void Await(int slot, Readiness interest)
    {
        ref HttpSlot own = ref _slots[slot];
        if (own.Interest != interest)
        {
            own.Interest = interest;
            if (_sockets.Watch(own.Token, interest).IsError)
            {
                Close(slot);
                return;
            }
        }

        Arm(slot);
    }

    /// <summary>
    /// Puts a deadline into the heap when it is earlier than the one there; a later one is looked at when that comes.
    /// </summary>
    private void Arm(int slot)
    {
        Instant deadline = _connections[slot].Deadline;
        if (deadline >= _slots[slot].Armed) return;
        _slots[slot].Armed = deadline;
        _deadlines.Set(slot, deadline);
    }

    private void Close(int slot)
    {
        _slots[slot].CloseFile(_kernel);
        _deadlines.Clear(slot);
        _sockets.Close(_slots[slot].Token);
        _connections.Close(slot);
    }

    /// <summary>Dates have seconds: they are made once a second, not once an answer.</summary>
    private void RefreshDate()
    {
        long second = _kernel.UnixTimeSeconds();
        if (second == _dateSecond) return;
        _dateSecond = second;
        WireWriter date = new(_date);
        HttpDate.Write(second, ref date);
    }
}
