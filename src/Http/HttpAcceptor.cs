using System;
using System.Collections.Generic;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;
using Aglet.Tree;
using Aglet.Wire;

namespace Aglet.Http;

/// <summary>What came of trying to accept.</summary>
internal enum HttpArrival : byte
{
    /// <summary>Nobody waits, or nobody can be let in for now.</summary>
    Nobody,

    /// <summary>One was let in.</summary>
    Admitted,

    /// <summary>One was turned away, or was gone already.</summary>
    NotAdmitted,
}

/// <summary>The listeners: lets connections in, sheds load, and rests when the kernel has no descriptors left.</summary>
internal sealed class HttpAcceptor(
    IKernel kernel,
    SocketTable sockets,
    OpenFiles files,
    HttpConnectionTable connections,
    HttpLog log,
    Counters<HttpReject> rejects)
{
    /// <summary>
    /// Connections that one address has for sure. Anaconda and dnf open many at once, and a class room may boot behind one
    /// NAT: so an address gets more than this as long as half of all slots are free.
    /// </summary>
    public const int ConnectionsPerAddress = 128;

    /// <summary>How long nothing is accepted when there are no descriptors left.</summary>
    private static readonly Duration _pause = Duration.FromMilliseconds(100);

    private readonly List<SocketToken> _listeners = [];

    /// <summary>When accepting goes on.</summary>
    public Instant AcceptAgain { get; private set; } = Instant.Never;

    /// <summary>
    /// Connections at once, at most: each may have a file open beside its socket, and half of the handles stay for
    /// everybody else.
    /// </summary>
    /// <param name="wanted">As many as are wanted.</param>
    /// <param name="handleLimit">Handles that the process may have.</param>
    public static int CapacityFor(int wanted, int handleLimit) => Math.Clamp(handleLimit / 4, 1, wanted);

    public SysResult Listen(in IpEndpoint local, int interfaceIndex)
    {
        SysResult opened = kernel.Listen(local, interfaceIndex);
        if (opened.IsError) return opened;
        SysResult added = sockets.Add(
            opened.Count, SocketOwner.HttpListener, 0, Readiness.Readable, out SocketToken listener);
        if (!added.IsError) _listeners.Add(listener);
        return added;
    }

    /// <summary>Accepts one connection.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="listener">The listener's handle.</param>
    /// <param name="date">For the head of a refusal.</param>
    /// <param name="slot">The slot of the one that was admitted.</param>
    public HttpArrival Accept(Instant now, int listener, ReadOnlySpan<byte> date, out int slot)
    {
        slot = -1;
        SysResult accepted = kernel.Accept(listener, out IpEndpoint peer, out IpEndpoint local);
        if (accepted.IsError)
        {
            if (accepted.WouldBlock) return HttpArrival.Nobody;
            if (accepted.IsOutOfResources && !files.TryCloseOne() && !connections.TrySpare(null)) Pause(now, accepted.Errno);
            return accepted.IsPeerGone ? HttpArrival.NotAdmitted : HttpArrival.Nobody;
        }

        if (IsCrowded(peer.Address) || (connections.Count == connections.Capacity && !connections.TrySpare(null)))
        {
            TurnAway(now, accepted.Count, peer, date);
            return HttpArrival.NotAdmitted;
        }

        if (!connections.Open(now, accepted.Count, peer, local, out slot).IsError) return HttpArrival.Admitted;
        rejects.Add(HttpReject.TooManyConnections);
        return HttpArrival.NotAdmitted;
    }

    public void OnDeadline(Instant now)
    {
        if (AcceptAgain > now) return;
        AcceptAgain = Instant.Never;
        foreach (SocketToken listener in _listeners) _ = sockets.Watch(listener, Readiness.Readable);
    }

    /// <summary>Takes no new connection at these addresses.</summary>
    public void CloseListeners()
    {
        AcceptAgain = Instant.Never;
        foreach (SocketToken listener in _listeners) sockets.Close(listener);
        _listeners.Clear();
    }

    private bool IsCrowded(IpAddress peer) =>
        connections.Count >= connections.Capacity / 2
        && connections.CountOf(peer) >= ConnectionsPerAddress
        && !connections.TrySpare(peer);

    private void Pause(Instant now, Errno errno)
    {
        AcceptAgain = now + _pause;
        foreach (SocketToken listener in _listeners) _ = sockets.Watch(listener, Readiness.None);
        log.CannotAccept(now, errno);
    }

    /// <summary>Says 503 as well as it can be said to one that gets no slot.</summary>
    private void TurnAway(Instant now, int socket, in IpEndpoint peer, ReadOnlySpan<byte> date)
    {
        rejects.Add(HttpReject.TooManyConnections);
        HttpResponse response = new HttpResponse { Status = HttpStatus.Ok }.Refused(HttpReject.TooManyConnections);
        Span<byte> text = stackalloc byte[512];
        WireWriter words = new(text);
        HttpRefusalText.Write(ref words, response, default);
        Span<byte> room = stackalloc byte[HttpResponse.HeadBytesMax + 512];
        WireWriter bytes = new(room);
        response.WriteHead(ref bytes, date, words.Length);
        bytes.Bytes(words.Written);

        // What the client already sent is read: closing over unread bytes would reset the connection and the 503.
        Span<byte> unread = stackalloc byte[2048];
        _ = kernel.Receive(socket, unread);
        _ = kernel.Send(socket, bytes.Written, more: false);
        _ = kernel.Shutdown(socket);
        kernel.Close(socket);
        log.TurnedAway(now, peer.Address);
    }
}
