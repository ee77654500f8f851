using System;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Dhcp;

/// <summary>
/// The sockets of DHCP on one link: port 67, port 4011, and raw frames for clients without an address. Every message
/// is answered in the turn in which it came, and what a turn leaves in a socket the kernel reports again.
/// </summary>
internal sealed class DhcpEndpoint
{
    /// <summary>Asked of the kernel, so that a hall of machines switched on at once is not dropped.</summary>
    private const int ReceiveBufferBytes = 1 << 20;

    private readonly IKernel _kernel;
    private readonly SocketTable _sockets;
    private readonly BootPlanner _planner;
    private readonly Log _log;
    private readonly byte[] _received = new byte[Limits.DhcpDatagramBytes];
    private readonly byte[] _frame = new byte[UdpFrame.HeaderBytes + Limits.DhcpReplyBytesMax];
    private DhcpNetwork _network;
    private LeaseTable _leases;
    private DhcpServer _server;
    private DhcpEvents _events;
    private SocketToken _serverToken;
    private SocketToken _bootServerToken;
    private int _serverSocket = -1;
    private int _bootServerSocket = -1;
    private int _packetSocket = -1;

    /// <param name="kernel">The seam.</param>
    /// <param name="sockets">Where the sockets are entered.</param>
    /// <param name="log">Where events are told.</param>
    /// <param name="planner">Who decides what a machine gets.</param>
    /// <param name="settings">Mode server or proxy, checked by <see cref="DhcpNetwork.ProblemOf"/>.</param>
    /// <param name="link">The interface, with its address.</param>
    public DhcpEndpoint(
        IKernel kernel, SocketTable sockets, Log log, BootPlanner planner, Settings settings, in NetworkInterface link)
    {
        Check.That(settings.DhcpMode != DhcpMode.Off);
        _kernel = kernel;
        _sockets = sockets;
        _planner = planner;
        _log = log;
        _network = new(settings, link);
        _leases = new(_network, settings.Machines);
        _server = new(_network, _leases);
        _events = new(log, planner, _network);
    }

    /// <summary>Datagrams that were no DHCP messages, by reason.</summary>
    public Counters<DhcpReject> Rejects { get; } = new();

    /// <summary>Messages by what became of them.</summary>
    public Counters<DhcpVerdict> Verdicts { get; } = new();

    /// <summary>Every address with its owner.</summary>
    public LeaseTable Leases => _leases;

    /// <summary>The port that <see cref="Start"/> failed at.</summary>
    public ushort FailedPort { get; private set; }

    public Instant NextDeadline => Instant.Min(_leases.NextDeadline, _events.NextDeadline);

    /// <summary>Nothing outlives the turn it began in.</summary>
    public bool IsDrained => _serverSocket < 0 && _bootServerSocket < 0;

    /// <summary>Opens ports 67 and 4011. Without raw frames (no privilege) broadcasts do.</summary>
    public SysResult Start()
    {
        FailedPort = DhcpRoute.ServerPort;
        SysResult opened = Open(DhcpRoute.ServerPort, SocketOwner.DhcpServer, out _serverSocket, out _serverToken);
        if (opened.IsError) return opened;
        FailedPort = DhcpRoute.BootServerPort;
        opened = Open(DhcpRoute.BootServerPort, SocketOwner.DhcpProxy, out _bootServerSocket, out _bootServerToken);
        if (opened.IsError)
        {
            BeginDrain();
            return opened;
        }

        FailedPort = 0;
        if (_network.Mode != DhcpMode.Server) return SysResult.Ok();
        SysResult packet = _kernel.OpenPacket(_network.Link.Index);
        if (packet.IsError) _events.OnNoPacketSocket(packet.Errno);
        else _packetSocket = packet.Count;
        return SysResult.Ok();
    }

    /// <summary>Takes new settings of the same mode and link; leases that still make sense live on.</summary>
    public void Replace(Settings settings)
    {
        Check.That(settings.DhcpMode == _network.Mode);
        LeaseTable old = _leases;
        _network = new(settings, _network.Link);
        _leases = new(_network, settings.Machines);
        _leases.TakeOver(old);
        _server = new(_network, _leases);
        _events = new(_log, _planner, _network);
    }

    public void OnReady(Instant now, SocketEntry entry, SocketToken token, Readiness readiness)
    {
        _ = token;
        _ = readiness;
        for (int i = 0; i < Limits.DatagramsPerSocket; i++)
        {
            SysResult received = _kernel.ReceiveFrom(entry.Handle, _received, out DatagramInfo info);
            if (received.WouldBlock) return;
            if (received.IsError)
            {
                if (received.Errno != Errno.MessageTooLong) return;
                _events.OnReject(now, DhcpReject.TooLong, info.Peer, Rejects.Add(DhcpReject.TooLong));
                continue;
            }

            DhcpReject reject = DhcpMessage.Parse(_received.AsSpan(0, received.Count), out DhcpMessage message);
            if (reject != DhcpReject.None) _events.OnReject(now, reject, info.Peer, Rejects.Add(reject));
            else if (message.Operation != DhcpMessage.BootRequest) Verdicts.Add(DhcpVerdict.NotAMessageForServers);
            else if (entry.Owner == SocketOwner.DhcpProxy) OnBootServerMessage(now, message, info);
            else OnMessage(now, message, info);
        }
    }

    public void OnDeadline(Instant now)
    {
        _leases.Expire(now);
        _events.OnDeadline(now);
    }

    /// <summary>Closes the sockets: there is nothing to finish.</summary>
    public void BeginDrain()
    {
        if (_serverSocket >= 0) _sockets.Close(_serverToken);
        if (_bootServerSocket >= 0) _sockets.Close(_bootServerToken);
        if (_packetSocket >= 0) _kernel.Close(_packetSocket);
        _serverSocket = _bootServerSocket = _packetSocket = -1;
    }

    private SysResult Open(ushort port, SocketOwner owner, out int socket, out SocketToken token)
    {
        token = default;
        socket = -1;
        IpEndpoint local = new(Ipv4Address.Any, port);

        // Beside the network's own DHCP server, which may run on this very host; two that give addresses must not.
        SysResult opened = _kernel.OpenUdp(new(local, _network.Link.Index, Broadcast: true, ReceiveBufferBytes)
        {
            IsShared = _network.Mode == DhcpMode.Proxy,
        });
        if (opened.IsError) return opened;
        SysResult added = _sockets.Add(opened.Count, owner, 0, Readiness.Readable, out token);
        if (!added.IsError) socket = opened.Count;
        return added;
    }

    /// <summary>Port 67: who it is, what it may have, what it is told.</summary>
    private void OnMessage(Instant now, in DhcpMessage message, in DatagramInfo info)
    {
        bool isProxy = _network.Mode == DhcpMode.Proxy;
        BootClient client = DhcpClientReader.Read(message, isProxy);
        BootOffer offer = _planner.Offer(now, client, _network.Server);

        // A relay unicasts to us what its client broadcast.
        bool isBroadcast = info.IsBroadcast || !message.RelayAddress.IsAny;
        DhcpDecision decision = isProxy
            ? DhcpProxy.OnMessage(_network, message, client, offer)
            : _server.OnMessage(now, message, offer, isBroadcast);
        DhcpMessageType type = DhcpVerdicts.ReplyOf(decision.Verdict);
        Ipv4Address given = isProxy || decision.Verdict == DhcpVerdict.Informed ? default : decision.Address;
        DhcpRoute route = DhcpRoute.For(message, type, decision.ClientAddress, given, info.Peer);
        BootReplyForm form = isProxy ? BootReplyForm.ProxyOffer : BootReplyForm.WithAddress;
        Answer(now, message, client, offer, decision, form, route, _serverSocket);
    }

    /// <summary>Port 4011: the boot server's, in either mode. The answer goes back to where the question came from.</summary>
    private void OnBootServerMessage(Instant now, in DhcpMessage message, in DatagramInfo info)
    {
        BootClient client = DhcpClientReader.Read(message, _network.Mode == DhcpMode.Proxy);
        BootOffer offer = _planner.Offer(now, client, _network.Server);
        DhcpDecision decision = DhcpProxy.OnBootServerMessage(message, info, client, offer);
        DhcpRoute route = DhcpRoute.ToSource(info.Peer);
        Answer(now, message, client, offer, decision, BootReplyForm.BootServer, route, _bootServerSocket);
    }

    private void Answer(
        Instant now,
        in DhcpMessage message,
        in BootClient client,
        in BootOffer offer,
        in DhcpDecision decision,
        BootReplyForm form,
        in DhcpRoute route,
        int socket)
    {
        Verdicts.Add(decision.Verdict);
        if (DhcpVerdicts.ReplyOf(decision.Verdict) != DhcpMessageType.None)
        {
            Span<byte> room = stackalloc byte[7];
            DhcpReply reply = DhcpReply.For(message, client, offer, decision, form, _network, room);
            Span<byte> target = _frame.AsSpan(UdpFrame.HeaderBytes);
            if (!DhcpReplyWriter.TryWrite(message, reply, _network, target, out int length))
            {
                _events.OnReplyTooLong(now, client.HardwareAddress);
                return;
            }

            Send(now, route, message, length, socket);
        }

        _events.OnDecision(now, message, client, offer, decision);
        if (DhcpVerdicts.TellsAddress(decision.Verdict, client.IsRaspberryPi) && !decision.Address.IsAny
            && !_leases.IsOthers(LeaseKey.Of(message), decision.Address))
        {
            // What an INFORM or port 4011 claims is not believed against our own leases: answer files depend on it.
            _planner.Bind(client.HardwareAddress, decision.Address);
        }
    }

    private void Send(Instant now, in DhcpRoute route, in DhcpMessage message, int length, int socket)
    {
        if (route.Kind == DhcpRouteKind.HardwareAddress)
        {
            if (SendFrame(route, message.HardwareAddress, length)) return;
            SendDatagram(now, DhcpRoute.ToAll, length, socket);
            return;
        }

        SendDatagram(now, route, length, socket);
    }

    private void SendDatagram(Instant now, in DhcpRoute route, int length, int socket)
    {
        ReadOnlySpan<byte> datagram = _frame.AsSpan(UdpFrame.HeaderBytes, length);
        SysResult sent = _kernel.SendTo(socket, datagram, route.Peer, _network.Server, _network.Link.Index);
        if (sent.IsError) _events.OnSendFailed(now, route, sent.Errno);
    }

    private bool SendFrame(in DhcpRoute route, HardwareAddress destination, int length)
    {
        if (_packetSocket < 0 || _network.Link.HardwareAddress.Length != 6) return false;
        Span<byte> frame = _frame.AsSpan(0, UdpFrame.HeaderBytes + length);
        UdpFrame.WriteHeaders(
            frame, destination, _network.Link.HardwareAddress, _network.Server, DhcpRoute.ServerPort,
            route.Peer.Address.Ipv4, route.Peer.Port);
        return !_kernel.SendFrame(_packetSocket, _network.Link.Index, frame).IsError;
    }
}
