using System;
using Aglet.Boot;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;
using Aglet.Tree;
using Aglet.Wire;

namespace Aglet.Http;

/// <summary>
/// The HTTP service: a listener and its connections. It moves bytes between the sockets and the machines and keeps the
/// deadlines; who gets in is decided by <see cref="HttpAcceptor"/>, what is answered by <see cref="HttpResponder"/>.
/// </summary>
internal sealed class HttpEndpoint
{
    /// <summary>Connections accepted in one turn.</summary>
    private const int AcceptsPerTurn = 64;

    private readonly IKernel _kernel;
    private readonly BootPlanner _planner;
    private readonly OpenFiles _files;
    private readonly HttpLog _log;
    private readonly HttpResponder _responder;
    private readonly HttpTransmitter _transmitter;
    private readonly HttpFileMemory _memory;
    private readonly HttpConnectionTable _connections;
    private readonly HttpAcceptor _acceptor;
    private readonly byte[] _date = new byte[HttpDate.Bytes];
    private readonly Counters<HttpReject> _rejects = new();
    private readonly Counters<HttpOutcome> _outcomes = new();
    private BootCatalog _catalog;
    private long _dateSecond = -1;
    private long _share = Limits.HttpBytesPerTurn;
    private bool _isDraining;

    public HttpEndpoint(
        IKernel kernel,
        SocketTable sockets,
        Log log,
        BootPlanner planner,
        OpenFiles files,
        int connections = Limits.HttpConnections)
    {
        _kernel = kernel;
        _files = files;
        _planner = planner;
        _catalog = planner.Catalog;
        _log = new HttpLog(log, planner);
        _responder = new HttpResponder(planner);
        _memory = new HttpFileMemory(kernel);
        HttpOutboxes outboxes = new();
        _transmitter = new HttpTransmitter(kernel, outboxes, _memory);
        _connections = new HttpConnectionTable(
            sockets, files, outboxes, HttpAcceptor.CapacityFor(connections, kernel.HandleLimit));
        _acceptor = new HttpAcceptor(kernel, sockets, files, _connections, _log, _rejects);
    }

    /// <summary>Refusals so far, by reason.</summary>
    public Counters<HttpReject> Rejects => _rejects;

    /// <summary>What became of the requests so far.</summary>
    public Counters<HttpOutcome> Outcomes => _outcomes;

    /// <summary>Bytes of contents that the kernel took so far, heads not counted.</summary>
    public long BytesSent { get; private set; }

    /// <summary>Connections open now.</summary>
    public int ConnectionCount => _connections.Count;

    public Instant NextDeadline => Instant.Min(_connections.NextDeadline, _acceptor.AcceptAgain);

    /// <summary>True when nothing is open any more after <see cref="BeginDrain"/>.</summary>
    public bool IsDrained => _isDraining && _connections.Count == 0;

    /// <summary>Opens a listener: one for each interface that is served.</summary>
    /// <param name="local">The address of the interface, or any; and the port.</param>
    /// <param name="interfaceIndex">Only this interface; 0 for all.</param>
    public SysResult Start(in IpEndpoint local, int interfaceIndex) => _acceptor.Listen(local, interfaceIndex);

    /// <summary>A turn begins: no connection gets more of it than its share.</summary>
    /// <param name="events">How many sockets are ready, of which all may be ours.</param>
    public void OnTurnStart(int events)
    {
        _share = Math.Max(Limits.HttpShareBytesMin, Limits.HttpBytesPerTurn / Math.Max(1, events));
        OnReload();
    }

    /// <summary>The configuration and the tree may be new: what was remembered of the old ones goes.</summary>
    public void OnReload()
    {
        if (ReferenceEquals(_catalog, _planner.Catalog)) return;
        _catalog = _planner.Catalog;
        _memory.Clear();
        _responder.Take(_catalog);
    }

    public void OnReady(Instant now, SocketEntry entry, SocketToken token, Readiness readiness)
    {
        _ = token;
        RefreshDate();
        long budget = _share;
        if (entry.Owner == SocketOwner.HttpListener) Accept(now, entry.Handle, ref budget);
        else Serve(now, entry.Index, readiness, ref budget);
    }

    public void OnDeadline(Instant now)
    {
        RefreshDate();
        _acceptor.OnDeadline(now);
        while (_connections.TryPopDue(now, out int slot)) Expire(now, slot);
    }

    public void OnTurnEnd(Instant now) => _log.OnTurnEnd(now);

    /// <summary>Takes no new connection or request; the answers under way are finished.</summary>
    public void BeginDrain()
    {
        if (_isDraining) return;
        _isDraining = true;
        _acceptor.CloseListeners();
        for (int slot = 0; slot < _connections.Capacity; slot++)
        {
            if (_connections[slot].Phase is HttpPhase.Idle or HttpPhase.Receiving) _connections.Close(slot);
        }
    }

    /// <summary>Takes no new connection at these addresses; those that are open go on.</summary>
    public void CloseListeners() => _acceptor.CloseListeners();

    /// <summary>Lets in who waits, and answers at once what has come with them, as far as the turn's share goes.</summary>
    private void Accept(Instant now, int listener, ref long budget)
    {
        for (int i = 0; i < AcceptsPerTurn && !_isDraining; i++)
        {
            HttpArrival arrival = _acceptor.Accept(now, listener, _date, out int slot);
            if (arrival == HttpArrival.Nobody) return;
            if (arrival == HttpArrival.Admitted && budget > 0) Serve(now, slot, Readiness.Readable, ref budget);
        }
    }

    /// <summary>One turn of a connection: one receive, and answers up to its share.</summary>
    private void Serve(Instant now, int slot, Readiness readiness, ref long budget)
    {
        HttpConnection connection = _connections[slot];
        if (connection.Phase == HttpPhase.Lingering)
        {
            Discard(slot);
            return;
        }

        if (connection.Phase == HttpPhase.Sending)
        {
            if (!Settle(now, slot, Continue(slot, ref budget))) return;
        }
        else if ((readiness & (Readiness.Readable | Readiness.Failed)) != 0 && !Receive(slot))
        {
            return;
        }

        bool isStarved = false;
        while (connection.Phase is HttpPhase.Idle or HttpPhase.Receiving)
        {
            isStarved = budget <= 0;
            if (isStarved) break;
            HttpReject reject = connection.Take(now, out HttpRequest request);
            if (reject == HttpReject.Incomplete) break;
            budget -= Limits.HttpAnswerCostBytes;
            if (!Settle(now, slot, Answer(now, slot, reject, request, ref budget))) return;
        }

        if (connection.Outbox >= 0)
        {
            connection.BeginFlush(now);
            if (!Settle(now, slot, Continue(slot, ref budget))) return;
        }

        _ = _connections.Await(slot, isStarved ? Readiness.Writable : Readiness.Readable);
    }

    /// <summary>Reads once. False when the connection is gone.</summary>
    private bool Receive(int slot)
    {
        HttpConnection connection = _connections[slot];
        SysResult received = _kernel.Receive(_connections.Of(slot).Socket, connection.ReceiveRoom());
        if (received.WouldBlock) return true;
        if (received.IsError || received.Count == 0)
        {
            _connections.Close(slot);
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
        int remembered = -1;
        if (response is { HasContent: true, Content.File: { } file })
        {
            reject = Reach(now, slot, file, response, out remembered);
            if (reject != HttpReject.None) response = response.Refused(reject);
        }

        ref HttpSlot own = ref _connections.Of(slot);
        connection.Begin(now, response);
        HttpProgress progress = _transmitter.Start(connection, own.Socket, own.File, remembered, _date, ref budget);
        // What the socket did not take of a file in memory is read from the file: the memory may be in other use by then.
        bool needsFile = progress == HttpProgress.Waiting && remembered >= 0 && connection.BodyRemaining > 0;
        if (needsFile && own.Open(now, _files, response.Content.File!.Value) != HttpReject.None) progress = HttpProgress.Broken;
        if (connection.Response.Reject != HttpReject.None) _rejects.Add(connection.Response.Reject);
        return progress;
    }

    /// <summary>Finds a small file in memory or brings it there; opens any other one.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="slot">The connection.</param>
    /// <param name="file">The file.</param>
    /// <param name="response">The answer that it is for.</param>
    /// <param name="remembered">Where it is in memory; -1 when it is not.</param>
    private HttpReject Reach(Instant now, int slot, in BootFile file, in HttpResponse response, out int remembered)
    {
        remembered = -1;
        bool isSmall = response.ContentBytes > 0 && response.Parts == 0 && HttpFileMemory.Takes(file);
        if (isSmall && _memory.TryFind(now, file, out remembered)) return HttpReject.None;
        ref HttpSlot own = ref _connections.Of(slot);
        HttpReject reject = own.Open(now, _files, file);
        if (reject != HttpReject.None || !isSmall) return reject;
        if (!_memory.TryLoad(now, response.Content, own.File, out remembered))
        {
            own.DistrustFile(_files);
            reject = HttpReject.FileUnreadable;
        }

        own.CloseFile(_files);
        return reject;
    }

    private HttpProgress Continue(int slot, ref long budget)
    {
        ref HttpSlot own = ref _connections.Of(slot);
        return _transmitter.Continue(_connections[slot], own.Socket, own.File, ref budget);
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
                _connections.Of(slot).CloseFile(_files);
                if (connection.Response.Status != HttpStatus.None) Finish(now, connection);
                connection.OnSent(now, mayPersist: !_isDraining);
                if (connection.Phase == HttpPhase.Lingering) _ = _kernel.Shutdown(_connections.Of(slot).Socket);
                return true;
            case HttpProgress.Waiting:
                _ = _connections.Await(slot, Readiness.Writable);
                return false;
            case HttpProgress.PeerGone:
                _outcomes.Add(HttpOutcome.Stopped);
                _log.Stopped(now, connection);
                _connections.Close(slot);
                return false;
            default:
                _outcomes.Add(HttpOutcome.Broken);
                _connections.Of(slot).DistrustFile(_files);
                _log.Broken(now, connection);
                _connections.Close(slot);
                return false;
        }
    }

    private void Finish(Instant now, HttpConnection connection)
    {
        _outcomes.Add(connection.Response.Outcome);
        BytesSent += connection.Response.ContentBytes;
        _log.Finished(now, connection);
    }

    /// <summary>Throws away what comes after our last answer, until the peer closes too.</summary>
    private void Discard(int slot)
    {
        SysResult received = _kernel.Receive(_connections.Of(slot).Socket, _connections[slot].ReceiveRoom());
        if (received.WouldBlock) return;
        if (received.IsError || received.Count == 0) _connections.Close(slot);
    }

    private void Expire(Instant now, int slot)
    {
        HttpConnection connection = _connections[slot];
        switch (connection.Phase)
        {
            case HttpPhase.Receiving:
                long budget = _share;
                HttpProgress told = Answer(now, slot, HttpReject.HeadTimeout, default, ref budget);
                if (Settle(now, slot, told)) _ = _connections.Await(slot, Readiness.Readable);
                break;
            case HttpPhase.Sending:
                Push(now, slot);
                break;
            default:
                _connections.Close(slot);
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
        HttpProgress progress = Continue(slot, ref budget);
        if (progress == HttpProgress.Waiting && !connection.OnDeadline(now)) progress = HttpProgress.PeerGone;
        if (Settle(now, slot, progress))
        {
            // Writable comes at once, and with it the turn of a request that waits in the buffer.
            _ = _connections.Await(
                slot, connection.Phase == HttpPhase.Lingering ? Readiness.Readable : Readiness.Writable);
        }
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
