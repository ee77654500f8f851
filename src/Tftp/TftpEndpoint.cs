using System;
using System.Collections.Generic;
using Aglet.Boot;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;
using Aglet.Tree;

namespace Aglet.Tftp;

/// <summary>
/// The TFTP service: the socket at port 69, where requests come in, and the transfers that they become.
/// </summary>
internal sealed class TftpEndpoint
{
    /// <summary>Longest request (RFC 2347 says 512).</summary>
    private const int RequestBytes = 2048;

    /// <summary>Asked of the kernel for port 69, so that a room full of machines may ask in the same instant.</summary>
    private const int ListenerBufferBytes = 1 << 20;

    /// <summary>Largest block over IPv6, whose header is 20 bytes longer.</summary>
    private const int BlockBytesMaxIpv6 = Limits.TftpBlockBytesMax - 20;

    private readonly IKernel _kernel;
    private readonly SocketTable _sockets;
    private readonly BootPlanner _planner;
    private readonly TftpReport _report;
    private readonly TftpTransfers _transfers;
    private readonly byte[] _request = new byte[RequestBytes];
    private readonly byte[] _key = new byte[Limits.PathBytes];
    private readonly List<Listener> _listeners = [];

    /// <summary>Takes everything that it will ever need.</summary>
    /// <param name="kernel">The seam.</param>
    /// <param name="sockets">Where its sockets live.</param>
    /// <param name="log">Where its lines go.</param>
    /// <param name="planner">What paths name.</param>
    /// <param name="transfers">Transfers at once.</param>
    public TftpEndpoint(
        IKernel kernel,
        SocketTable sockets,
        Log log,
        BootPlanner planner,
        int transfers = Limits.TftpTransfers)
    {
        _kernel = kernel;
        _sockets = sockets;
        _planner = planner;
        _report = new(log, planner);
        _transfers = new(kernel, sockets, _report, transfers);
    }

    /// <summary>When <see cref="OnDeadline"/> is due.</summary>
    public Instant NextDeadline => _transfers.NextDeadline;

    /// <summary>True when the last transfer has ended after <see cref="BeginDrain"/>.</summary>
    public bool IsDrained => _listeners.Count == 0 && _transfers.Count == 0;

    /// <summary>Transfers running now.</summary>
    public int ActiveTransfers => _transfers.Count;

    /// <summary>Bytes of DATA sent since the start, headers and resends included.</summary>
    public ulong BytesSent => _transfers.BytesSent;

    /// <summary>Datagrams that were refused, by reason.</summary>
    public Counters<TftpReject> Rejects => _report.Rejects;

    /// <summary>Requests, by what became of them.</summary>
    public Counters<TftpOutcome> Outcomes => _report.Outcomes;

    /// <summary>Opens a listening socket: one for each interface that is served.</summary>
    /// <param name="local">Address (or any) and port: 69 but in tests.</param>
    /// <param name="interfaceIndex">The only interface to serve; 0 for all.</param>
    /// <param name="blockBytesMax">Largest block, for a link whose frames are smaller than Ethernet's.</param>
    public SysResult Start(in IpEndpoint local, int interfaceIndex, int blockBytesMax = Limits.TftpBlockBytesMax)
    {
        Check.That(blockBytesMax is >= 512 and <= Limits.TftpBlockBytesMax);
        SysResult socket = _kernel.OpenUdp(
            new UdpOptions(local, interfaceIndex, ReceiveBufferBytes: ListenerBufferBytes));
        if (socket.IsError) return socket;
        SysResult added = _sockets.Add(
            socket.Count, SocketOwner.TftpListener, _listeners.Count, Readiness.Readable, out SocketToken token);
        if (!added.IsError) _listeners.Add(new(token, blockBytesMax));
        return added;
    }

    /// <summary>Takes no new request; the running transfers go on.</summary>
    public void BeginDrain()
    {
        foreach (Listener listener in _listeners) _sockets.Close(listener.Token);
        _listeners.Clear();
    }

    /// <summary>A socket of ours is ready.</summary>
    public void OnReady(Instant now, SocketEntry entry, SocketToken token, Readiness readiness)
    {
        _ = readiness;
        if (entry.Owner == SocketOwner.TftpListener) OnListener(now, entry.Handle, _listeners[entry.Index].BlockBytesMax);
        else _transfers.OnReady(now, entry.Index, token);
    }

    /// <summary>Handles deadlines up to now, a bounded number; the rest stay due.</summary>
    public void OnDeadline(Instant now) => _transfers.OnDeadline(now);

    private void OnListener(Instant now, int socket, int blockBytesMax)
    {
        for (int i = 0; i < Limits.DatagramsPerSocket; i++)
        {
            SysResult received = _kernel.ReceiveFrom(socket, _request, out DatagramInfo info);
            if (received.Errno == Errno.MessageTooLong) continue;
            if (received.IsError) return;
            ReadOnlySpan<byte> datagram = _request.AsSpan(0, received.Count);
            TftpReject reject = TftpRequest.Parse(datagram, out TftpRequest request);
            if (reject == TftpReject.None) OnRequest(now, socket, request, Fnv.Hash(datagram), info, blockBytesMax);
            else OnReject(now, socket, reject, info);
        }
    }

    private void OnReject(Instant now, int socket, TftpReject reject, in DatagramInfo info)
    {
        ReadOnlySpan<byte> reason = TftpRefusal.ReasonOf(reject);
        if (TftpRefusal.TryCodeOf(reject, out TftpErrorCode code)) _transfers.SendError(socket, info, code, reason);
        _report.OnReject(now, info.Peer, reject, reason);
    }

    private void OnRequest(
        Instant now, int socket, in TftpRequest request, ulong hash, in DatagramInfo info, int blockBytesMax)
    {
        if (_transfers.TryOnRequest(now, info.Peer, hash)) return;
        TftpRefusal refusal = Open(now, request, info, out Content content, out int file, out ReadOnlySpan<byte> path);
        if (refusal.IsNone)
        {
            if (!info.Peer.Address.IsIpv4) blockBytesMax = Math.Min(blockBytesMax, BlockBytesMaxIpv6);
            if (_transfers.TryBegin(now, info, request, hash, content, file, path, blockBytesMax)) return;
            if (file >= 0) _kernel.Close(file);
            refusal = TftpRefusal.Busy;
        }

        if (!refusal.IsSilent) _transfers.SendError(socket, info, refusal.Code, refusal.Text);
        _report.OnRefusal(now, info.Peer, refusal.Outcome, path, refusal.Text);
    }

    /// <summary>Finds and opens what a request names.</summary>
    private TftpRefusal Open(
        Instant now,
        in TftpRequest request,
        in DatagramInfo info,
        out Content content,
        out int file,
        out ReadOnlySpan<byte> path)
    {
        content = default;
        file = -1;
        path = request.Filename;
        BootPathReject reject = BootPath.Normalize(request.Filename, _key, out int length);
        if (reject != BootPathReject.None) return TftpRefusal.For(reject);
        path = _key.AsSpan(0, length);
        Asker asker = new(info.Peer.Address, info.Local, FileProtocol.Tftp);
        switch (_planner.Find(now, path, asker, out content))
        {
            case ContentStatus.Missing: return TftpRefusal.Missing;
            case ContentStatus.Forbidden: return TftpRefusal.Forbidden;
        }

        if (content.File is not { } bootFile) return TftpRefusal.None;
        SysResult found = _kernel.GetStatus(bootFile.HostPath, out FileStatus status);
        if (!found.IsError && !bootFile.IsUnchanged(status)) return TftpRefusal.Changed;
        SysResult opened = _kernel.OpenFile(bootFile.HostPath);
        if (!opened.IsError) file = opened.Count;
        return TftpRefusal.For(opened);
    }

    /// <summary>A socket at port 69.</summary>
    /// <param name="Token">The socket.</param>
    /// <param name="BlockBytesMax">Largest block that its link carries.</param>
    private readonly record struct Listener(SocketToken Token, int BlockBytesMax);
}
