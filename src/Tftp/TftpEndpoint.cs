using System;
using Aglet.Boot;
using Aglet.Config;
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
    /// <summary>Asked of the kernel for port 69, so that a room full of machines may ask in the same instant.</summary>
    private const int ListenerBufferBytes = 1 << 20;

    private const ushort WellKnownPort = 69;

    /// <summary>Largest block over IPv6, whose header is 20 bytes longer.</summary>
    private const int BlockBytesMaxIpv6 = Limits.TftpBlockBytesMax - 20;

    private readonly IKernel _kernel;
    private readonly SocketTable _sockets;
    private readonly BootPlanner _planner;
    private readonly OpenFiles _files;
    private readonly TftpReport _report;
    private readonly TftpPorts _ports;
    private readonly TftpSilence _silence;
    private readonly TftpTransfers _transfers;
    private readonly TftpReceiver _receiver;
    private readonly bool _isSinglePort;
    private readonly ushort _port;
    private bool _isDraining;
    private bool _isReaddressed;
    private readonly byte[] _key = new byte[Limits.PathBytes];
    private readonly Listener[] _listeners = new Listener[Limits.Interfaces];
    private int _listenerCount;

    /// <summary>Takes everything that it will ever need.</summary>
    /// <param name="kernel">The seam.</param>
    /// <param name="sockets">Where its sockets live.</param>
    /// <param name="log">Where its lines go.</param>
    /// <param name="planner">What paths name.</param>
    /// <param name="files">The open files of the tree.</param>
    /// <param name="setting">How the configuration wants it; what may change without a restart is the planner's to say.</param>
    /// <param name="transfers">Transfers at once.</param>
    /// <param name="port">Where it listens: 69 but in tests.</param>
    public TftpEndpoint(
        IKernel kernel,
        SocketTable sockets,
        Log log,
        BootPlanner planner,
        OpenFiles files,
        TftpSetting? setting = null,
        int transfers = Limits.TftpTransfers,
        ushort port = WellKnownPort)
    {
        _kernel = kernel;
        _sockets = sockets;
        _planner = planner;
        _files = files;
        _report = new(log, planner);
        setting ??= TftpSetting.Default;
        _isSinglePort = setting.IsSinglePort;
        _port = port;
        _ports = new(kernel, sockets, files, setting, port);
        _silence = new(_report);
        _transfers = new(kernel, _ports, _report, _silence, files, transfers);
        _receiver = new(kernel);
    }

    /// <summary>When <see cref="OnDeadline"/> is due.</summary>
    public Instant NextDeadline => Instant.Min(_transfers.NextDeadline, _report.NextDeadline);

    /// <summary>True when the last transfer has ended after <see cref="BeginDrain"/>.</summary>
    public bool IsDrained => _isDraining && _transfers.Count == 0 && _ports.Count == 0;

    /// <summary>Transfers running now.</summary>
    public int ActiveTransfers => _transfers.Count;

    /// <summary>Sockets that the transfers share.</summary>
    public int SharedSockets => _ports.Count;

    /// <summary>Bytes of DATA sent since the start, headers and resends included.</summary>
    public ulong BytesSent => _transfers.BytesSent;

    /// <summary>Datagrams that were refused, by reason.</summary>
    public Counters<TftpReject> Rejects => _report.Rejects;

    /// <summary>Requests, by what became of them.</summary>
    public Counters<TftpOutcome> Outcomes => _report.Outcomes;

    /// <summary>Opens a listening socket: one for each interface that is served.</summary>
    /// <remarks>
    /// It hears every address of the interface, and each is answered from itself. Where another program has the port at
    /// one of them (at 127.0.0.1, say), only the first is ours.
    /// </remarks>
    /// <param name="address">The interface's first address, or any.</param>
    /// <param name="interfaceIndex">The only interface to serve; 0 for all, and then that address alone.</param>
    /// <param name="blockBytesMax">Largest block, for a link whose frames are smaller than Ethernet's.</param>
    public SysResult Start(IpAddress address, int interfaceIndex, int blockBytesMax = Limits.TftpBlockBytesMax)
    {
        Check.That(blockBytesMax is >= 512 and <= Limits.TftpBlockBytesMax);
        SysResult socket = Open(interfaceIndex == 0 ? address : Ipv4Address.Any, interfaceIndex);
        if (socket.Errno == Errno.AddressInUse && interfaceIndex != 0) socket = Open(address, interfaceIndex);
        if (socket.IsError) return socket;
        SysResult added = _sockets.Add(
            socket.Count, SocketOwner.TftpListener, _listenerCount, Readiness.Readable, out SocketToken token);
        if (added.IsError) return added;
        _listeners[_listenerCount++] = new(token, blockBytesMax);

        // Now, while we may: soon the right to ports below 1024 is given up.
        if (_isSinglePort) _ = _ports.TryTake(address, 0, blockBytesMax, out _);
        return added;
    }

    /// <summary>Takes no new request; the running transfers go on.</summary>
    public void BeginDrain()
    {
        CloseListeners();
        _isDraining = true;
        CloseWhenDrained();
    }

    /// <summary>
    /// The addresses change: <see cref="Start"/> opens the new ones. The sockets of transfers go when none needs them.
    /// </summary>
    public void CloseListeners()
    {
        while (_listenerCount > 0) _sockets.Close(_listeners[--_listenerCount].Token);
        _isReaddressed = true;
        CloseWhenDrained();
    }

    /// <summary>A socket of ours is ready.</summary>
    public void OnReady(Instant now, SocketEntry entry, SocketToken token, Readiness readiness)
    {
        _ = token;
        if (entry.Owner == SocketOwner.TftpListener)
        {
            OnListener(now, entry.Handle, ref _listeners[entry.Index]);
            return;
        }

        if ((readiness & Readiness.Failed) != 0) _transfers.TakeErrors(now, entry.Index);
        if ((readiness & Readiness.Writable) != 0) _ports.SetBlocked(entry.Index, false);
        if ((readiness & Readiness.Readable) != 0) OnPort(now, entry.Index);
    }

    /// <summary>Handles deadlines up to now, then sends what this turn made ready; both bounded, the rest stays due.</summary>
    public void OnDeadline(Instant now)
    {
        _transfers.OnDeadline(now);
        _report.OnDeadline(now);
        CloseWhenDrained();
    }

    private SysResult Open(IpAddress address, int interfaceIndex) => _kernel.OpenUdp(
        new UdpOptions(new(address, _port), interfaceIndex, ReceiveBufferBytes: ListenerBufferBytes)
        {
            // In single-port mode the transfers of each address have a socket there, too.
            IsShared = _isSinglePort,
        });

    private void CloseWhenDrained()
    {
        if ((!_isDraining && !_isReaddressed) || _transfers.Count > 0) return;
        _ports.CloseAll();
        _isReaddressed = false;
    }

    private void OnListener(Instant now, int socket, ref Listener listener)
    {
        int left = Limits.DatagramsPerSocket;
        while (left > 0)
        {
            SysResult received = _receiver.Receive(socket, left, ref listener.Expected, out int asked);
            if (received.IsError) return;
            for (int i = 0; i < received.Count; i++)
            {
                if (!_receiver.TryGet(i, out ReadOnlySpan<byte> datagram, out DatagramInfo info)) continue;
                OnRequest(now, socket, datagram, info, listener.BlockBytesMax);
            }

            if (received.Count < asked) return;
            left -= received.Count;
        }
    }

    private void OnPort(Instant now, int port)
    {
        int left = Limits.TftpDatagramsPerTurn;
        while (left > 0)
        {
            ref TftpPort own = ref _ports[port];
            SysResult received = _receiver.Receive(own.Handle, left, ref own.Expected, out int asked);
            if (received.IsPeerGone)
            {
                // What the network said of any peer comes with whatever call is next.
                _transfers.TakeErrors(now, port);
                left--;
                continue;
            }

            if (received.IsError) return;
            for (int i = 0; i < received.Count; i++)
            {
                if (!_receiver.TryGet(i, out ReadOnlySpan<byte> datagram, out DatagramInfo info)) continue;
                if (_isSinglePort && TftpPacket.IsRequest(datagram))
                {
                    info = info with { Local = own.Local };
                    if (!_isDraining) OnRequest(now, own.Handle, datagram, info, own.BlockBytesMax);
                }
                else
                {
                    _transfers.OnDatagram(now, port, datagram, info);
                }
            }

            if (received.Count < asked) return;
            left -= received.Count;
        }
    }

    /// <summary>A datagram came where requests are expected.</summary>
    /// <remarks>A broadcast one is ignored (RFC 1123 §4.2.3.4), and nobody can be answered at port 0.</remarks>
    private void OnRequest(
        Instant now, int socket, ReadOnlySpan<byte> datagram, in DatagramInfo info, int blockBytesMax)
    {
        if (info.IsBroadcast || info.Peer.Port == 0) return;
        TftpReject reject = TftpRequest.Parse(datagram, out TftpRequest request);
        if (reject == TftpReject.None) OnRequest(now, socket, request, Fnv.Hash(datagram), info, blockBytesMax);
        else OnReject(now, socket, reject, info);
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
            TftpGrant grant = _silence.Limit(now, info.Peer.Address, _planner.TftpGrantOf(info.Peer.Address));
            if (_transfers.TryBegin(now, info, request, hash, content, file, path, blockBytesMax, grant)) return;
            if (file >= 0) _files.Release(file);
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
        BootPathReject reject = BootPath.Normalize(TftpRequest.WithoutMode(request.Filename), _key, out int length);
        if (reject != BootPathReject.None) return TftpRefusal.For(reject);
        path = _key.AsSpan(0, length);
        Asker asker = new(info.Peer.Address, info.Local, FileProtocol.Tftp);
        switch (_planner.Find(now, path, asker, out content))
        {
            case ContentStatus.Missing: return TftpRefusal.Missing;
            case ContentStatus.Forbidden: return TftpRefusal.Forbidden;
        }

        if (content.File is not { } bootFile) return TftpRefusal.None;
        return TftpRefusal.For(_files.Open(now, bootFile, out file));
    }

    /// <summary>A socket at port 69.</summary>
    private struct Listener(SocketToken token, int blockBytesMax)
    {
        /// <summary>The socket.</summary>
        public readonly SocketToken Token = token;

        /// <summary>Largest block that its link carries.</summary>
        public readonly int BlockBytesMax = blockBytesMax;

        /// <summary>Datagrams to ask for with a call.</summary>
        public int Expected = TftpReceiver.ExpectedMin;
    }
}
