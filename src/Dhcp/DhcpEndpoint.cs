using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Dhcp;

/// <summary>
/// DHCP on all links: ports 67 and 4011 of each, and one table of leases. Every message is answered in the turn in which
/// it came, on the link where it was heard, and what a turn leaves in a socket the kernel reports again.
/// </summary>
internal sealed class DhcpEndpoint
{
    /// <summary>The longest wait for an offer: EDK2 collects offers for 4 s, a Raspberry Pi asks again after 1 s.</summary>
    private static readonly Duration _holdLimit = Duration.FromMilliseconds(500);

    private readonly IKernel _kernel;
    private readonly SocketTable _sockets;
    private readonly BootPlanner _planner;
    private readonly DhcpEvents _events;
    private NetworkInterface[] _interfaces;
    private DhcpLink[] _links;
    private readonly RateGuard _rates = new();
    private readonly OtherServers _others = new();
    private readonly AddressProbe _probe = new();
    private readonly HeldMessages _held = new();
    private readonly DhcpGuardEvents _guardEvents;
    private readonly byte[] _received = new byte[Limits.DhcpDatagramBytes];
    private readonly byte[] _intake = new byte[Limits.DatagramsPerCall * Limits.DhcpDatagramBytes];
    private readonly ReceivedDatagram[] _datagrams = new ReceivedDatagram[Limits.DatagramsPerCall];
    private readonly ReplyBatch _replies = new();
    private readonly ReplySender _sender;
    private DhcpNetworks _networks;
    private LeaseTable _leases;
    private DhcpServer _server;
    private readonly DhcpStyles _styles;
    private LeaseJournal? _journal;

    /// <param name="kernel">The seam.</param>
    /// <param name="sockets">Where the sockets are entered.</param>
    /// <param name="log">Where events are told.</param>
    /// <param name="planner">Who decides what a machine gets.</param>
    /// <param name="settings">Mode server or proxy, checked by <see cref="DhcpNetworks.ProblemOf"/>.</param>
    /// <param name="interfaces">The interfaces, with their addresses.</param>
    public DhcpEndpoint(
        IKernel kernel,
        SocketTable sockets,
        Log log,
        BootPlanner planner,
        Settings settings,
        IReadOnlyList<NetworkInterface> interfaces)
    {
        Check.That(settings.DhcpMode != DhcpMode.Off);
        _kernel = kernel;
        _sockets = sockets;
        _planner = planner;
        _styles = new(log, planner);
        _events = new(log, planner);
        _guardEvents = new(log, planner);
        _sender = new(kernel, _events);
        _interfaces = [.. interfaces];
        _links = new DhcpLink[_interfaces.Length];
        for (int i = 0; i < _links.Length; i++) _links[i] = new(_interfaces[i], i);
        _networks = new(settings, _interfaces);
        _leases = new(_networks, settings.Machines);
        _server = new(_networks, _leases);
    }

    /// <summary>Datagrams that were no DHCP messages, by reason.</summary>
    public Counters<DhcpReject> Rejects { get; } = new();

    /// <summary>Messages by what became of them.</summary>
    public Counters<DhcpVerdict> Verdicts { get; } = new();

    /// <summary>Every address with its owner.</summary>
    public LeaseTable Leases => _leases;

    /// <summary>The port that <see cref="Start"/> failed at.</summary>
    public ushort FailedPort { get; private set; }

    /// <summary>The other servers of the network, as far as they were heard of.</summary>
    public OtherServers Others => _others;

    /// <summary>What the network was asked, and who answered.</summary>
    public AddressProbe Probe => _probe;

    public Instant NextDeadline =>
        Instant.Min(Instant.Min(_leases.NextDeadline, _events.NextDeadline), _held.NextDeadline);

    /// <summary>Nothing outlives the turn it began in.</summary>
    public bool IsDrained => Array.TrueForAll(_links, static link => link.IsClosed);

    /// <summary>Frames that carried no datagram for a DHCP server, by reason.</summary>
    public Counters<UdpFrameReject> FrameRejects { get; } = new();

    /// <summary>Where leases outlive us. Before its records are replayed.</summary>
    public void Keep(LeaseJournal journal)
    {
        _journal = journal;
        journal.Use(_leases);
    }

    /// <summary>Opens ports 67 and 4011 on every link. Without raw frames (no privilege) broadcasts do.</summary>
    public SysResult Start()
    {
        TellLeases();
        foreach (DhcpLink link in _links)
        {
            SysResult opened = link.Open(_kernel, _sockets, _networks, out ushort failedPort);
            FailedPort = failedPort;
            if (opened.IsError)
            {
                BeginDrain();
                return opened;
            }

            link.OpenWatch(_kernel, _sockets, _networks.Mode == DhcpMode.Server);
            if (link.HearsFrames) _events.OnPacketIntake(link, _networks.Listen == DhcpListen.Packet);
            if (link.HearsFrames || _networks.Mode != DhcpMode.Server) continue;
            SysResult packet = link.OpenPacket(_kernel);
            if (packet.IsError) _events.OnNoPacketSocket(link.Interface.Name, packet.Errno);
        }

        return SysResult.Ok();
    }

    /// <summary>Who is known by a lease of an earlier life of ours may be in the middle of its boot.</summary>
    private void TellLeases()
    {
        for (int slot = 0; slot < _leases.Count; slot++)
        {
            LeaseBinding lease = _leases.DurableBinding(slot);
            if (lease.State == LeaseState.Bound) _planner.Bind(lease.Owner.Machine, lease.Address);
        }
    }

    /// <summary>Takes new settings of the same mode and links; leases that still make sense live on.</summary>
    public void Replace(Settings settings)
    {
        Check.That(settings.DhcpMode == _networks.Mode);
        LeaseTable old = _leases;
        _networks = new(settings, _interfaces);
        _leases = new(_networks, settings.Machines);
        _leases.TakeOver(old);
        _journal?.Use(_leases);
        _server = new(_networks, _leases);
        _probe.Clear();
    }

    /// <summary>Goes on at other addresses, or on other links; leases that still make sense live on.</summary>
    public SysResult Readdress(Settings settings, IReadOnlyList<NetworkInterface> interfaces)
    {
        BeginDrain();
        _interfaces = [.. interfaces];
        _links = new DhcpLink[_interfaces.Length];
        for (int i = 0; i < _links.Length; i++) _links[i] = new(_interfaces[i], i);
        Replace(settings);
        return Start();
    }

    public void OnReady(Instant now, SocketEntry entry, SocketToken token, Readiness readiness)
    {
        _ = token;
        _ = readiness;
        DhcpLink link = _links[entry.Index];
        if (entry.Owner is SocketOwner.DhcpServer or SocketOwner.DhcpProxy)
        {
            TakeDatagrams(now, link, entry);
            return;
        }

        for (int i = 0; i < Limits.DatagramsPerSocket; i++)
        {
            bool goesOn = entry.Owner == SocketOwner.DhcpWatch
                ? TryOverhear(now, link, entry.Handle)
                : TryTakeFrame(now, link, entry.Handle);
            if (!goesOn) return;
        }
    }

    public void OnDeadline(Instant now)
    {
        while (_held.TryTakeDue(now, _received, out HeldMessage held, out int length)) Resume(now, held, length);
        _leases.Expire(now);
        _events.OnDeadline(now);
    }

    /// <summary>Sends the replies of the turn. What they acknowledge is in the journal by now.</summary>
    public void OnTurnEnd(Instant now)
    {
        _sender.Send(now, _replies);
        _replies.Clear();
    }

    /// <summary>Closes the sockets: there is nothing to finish.</summary>
    public void BeginDrain()
    {
        foreach (DhcpLink link in _links) link.Close(_kernel, _sockets);
        _held.Clear();
    }

    /// <summary>The datagrams of a port that we hold, as many as one turn may take.</summary>
    private void TakeDatagrams(Instant now, DhcpLink link, in SocketEntry entry)
    {
        ushort port = entry.Owner == SocketOwner.DhcpServer ? DhcpRoute.ServerPort : DhcpRoute.BootServerPort;
        for (int taken = 0; taken < Limits.DhcpMessagesPerTurn; taken += _datagrams.Length)
        {
            SysResult received = _kernel.ReceiveMany(entry.Handle, _intake, _datagrams);
            for (int i = 0; i < received.Count; i++)
            {
                ref readonly ReceivedDatagram datagram = ref _datagrams[i];
                if (datagram.Result.IsError)
                    _events.OnReject(now, DhcpReject.TooLong, datagram.Info.Peer, Rejects.Add(DhcpReject.TooLong));
                else
                    OnDatagram(now, new(link, datagram.Info, port, default), IntakeOf(i, datagram.Result.Count));
            }

            if (received.IsError || received.Count < _datagrams.Length) return;
        }
    }

    private ReadOnlySpan<byte> IntakeOf(int index, int length) =>
        _intake.AsSpan(index * Limits.DhcpDatagramBytes, length);

    /// <summary>One frame for a port that another program holds; false when there is no more.</summary>
    private bool TryTakeFrame(Instant now, DhcpLink link, int socket)
    {
        SysResult received = _kernel.ReceiveFrame(socket, _received, out FrameInfo info);
        if (received.Errno == Errno.MessageTooLong)
        {
            _events.OnReject(now, DhcpReject.TooLong, default, Rejects.Add(DhcpReject.TooLong));
            return true;
        }

        if (received.IsError) return false;
        ReadOnlySpan<byte> frame = _received.AsSpan(0, received.Count);
        UdpFrameReject reject = UdpDatagram.Parse(frame, info.IsChecksumPending, out UdpDatagram datagram);
        if (reject != UdpFrameReject.None) FrameRejects.Add(reject);
        else if (DhcpArrival.TryRead(link, _networks, datagram, out DhcpArrival arrival))
            OnDatagram(now, arrival, datagram.Payload);
        return true;
    }

    private void OnDatagram(Instant now, in DhcpArrival arrival, ReadOnlySpan<byte> datagram)
    {
        DhcpReject reject = DhcpMessage.Parse(datagram, out DhcpMessage message);
        if (reject != DhcpReject.None) _events.OnReject(now, reject, arrival.Info.Peer, Rejects.Add(reject));
        else if (message.Operation != DhcpMessage.BootRequest) Verdicts.Add(DhcpVerdict.NotAMessageForServers);
        else if (arrival.Port == DhcpRoute.BootServerPort || DhcpProxy.IsBootServerDiscovery(message))
            OnBootServerMessage(now, message, arrival);
        else OnMessage(now, message, arrival, Instant.Never);
    }

    /// <summary>Port 67: who it is, what it may have, what it is told.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="message">What it says.</param>
    /// <param name="arrival">How it came.</param>
    /// <param name="since">When it came, if it was held; <see cref="Instant.Never"/> when it comes just now.</param>
    private void OnMessage(Instant now, in DhcpMessage message, in DhcpArrival arrival, Instant since)
    {
        DhcpOrigin origin = OriginOf(message, arrival);
        if (since == Instant.Never && !IsAdmitted(now, message, origin)) return;
        bool isProxy = _networks.Mode == DhcpMode.Proxy;
        BootClient client = ClientOf(message, origin);
        BootOffer offer = _planner.Offer(now, client, arrival.Link.Server);
        DhcpDecision decision = isProxy
            ? DhcpProxy.OnMessage(origin.Server, message, client, offer)
            : _server.OnMessage(now, message, offer, origin);
        if (decision.Verdict == DhcpVerdict.Offered && IsHeld(now, message, arrival, since, decision.Address)) return;
        if (message.Type == DhcpMessageType.Request) OnChosen(now, message);
        DhcpMessageType type = DhcpVerdicts.ReplyOf(decision.Verdict);
        Ipv4Address given = isProxy || decision.Verdict == DhcpVerdict.Informed ? default : decision.Address;
        DhcpRoute route = DhcpRoute.For(message, type, decision.ClientAddress, given, arrival.Info.Peer);
        BootReplyForm form = isProxy ? BootReplyForm.ProxyOffer : BootReplyForm.WithAddress;
        Answer(now, message, client, offer, decision, form, route, origin);
    }

    /// <summary>The boot server's part, in either mode. The answer goes back to where the question came from.</summary>
    private void OnBootServerMessage(Instant now, in DhcpMessage message, in DhcpArrival arrival)
    {
        DhcpOrigin origin = OriginOf(message, arrival);
        if (!IsAdmitted(now, message, origin)) return;
        BootClient client = ClientOf(message, origin);
        BootOffer offer = _planner.Offer(now, client, arrival.Link.Server);
        DhcpDecision decision = DhcpProxy.OnBootServerMessage(message, arrival.Info, client, offer);
        DhcpRoute route = DhcpRoute.ToSource(arrival.Info.Peer);
        Answer(now, message, client, offer, decision, BootReplyForm.BootServer, route, origin);
    }

    private BootClient ClientOf(in DhcpMessage message, in DhcpOrigin origin)
    {
        BootClient client = DhcpClientReader.Read(message, _networks.Mode == DhcpMode.Proxy);
        bool isOurs = _networks.Mode == DhcpMode.Server || message.RelayAddress.IsAny;
        return isOurs && origin.Network is { } network ? client with { Network = network.Prefix.Network } : client;
    }

    /// <summary>A relay unicasts to us what its client broadcast, unless it says otherwise.</summary>
    private DhcpOrigin OriginOf(in DhcpMessage message, in DhcpArrival arrival)
    {
        DhcpLink link = arrival.Link;
        RelayAgent relay = RelayAgent.Of(message);
        bool isBroadcast = message.RelayAddress.IsAny ? arrival.Info.IsBroadcast : !relay.IsUnicast;
        return new(link, _networks.Of(message, relay, link.Index, isBroadcast), relay, isBroadcast)
        {
            Port = arrival.Port,
            Station = arrival.Station,
        };
    }

    /// <summary>False for what is dropped before any work is done for it.</summary>
    private bool IsAdmitted(Instant now, in DhcpMessage message, in DhcpOrigin origin)
    {
        int network = origin.Network?.Index ?? 0;
        HardwareAddress machine = message.HardwareAddress;
        LeaseKey key = machine.IsNone ? LeaseKey.Of(message, network) : new(machine, 0, network);
        bool isKnown = _planner.Catalog.FindMachine(machine) is not null || _leases.IsKnown(key);
        RateVerdict rate = _rates.OnMessage(now, key.Hash, isKnown, out uint dropped);
        if (rate == RateVerdict.Pass) return true;
        Verdicts.Add(rate == RateVerdict.TooMany ? DhcpVerdict.TooMany : DhcpVerdict.TooOften);
        if (rate == RateVerdict.TooOftenToTell) _guardEvents.OnStorm(machine, dropped);
        return false;
    }

    /// <summary>
    /// True when an offer waits until the network was asked whether somebody has the address: at most
    /// <see cref="_holdLimit"/>, also when it has to be another one, and never for a client that had it before.
    /// </summary>
    /// <remarks>Behind a relay ARP does not reach; there the client itself finds out and declines.</remarks>
    private bool IsHeld(
        Instant now, in DhcpMessage message, in DhcpArrival arrival, Instant since, Ipv4Address address)
    {
        DhcpLink link = arrival.Link;
        bool isAsked = _planner.Catalog.Settings.IsProbing && link.ArpSocket >= 0 && message.RelayAddress.IsAny;
        HardwareAddress machine = message.HardwareAddress;
        if (!isAsked || machine.IsNone || !_leases.IsFresh(address)) return false;
        ProbeStep step = _probe.OnOffer(now, address, machine);
        if (step == ProbeStep.Offer || (step == ProbeStep.Ask && !link.TryProbe(_kernel, address))) return false;
        Instant came = since == Instant.Never ? now : since;
        Instant until = now + AddressProbe.WaitTime;
        return until - came <= _holdLimit
            && _held.TryHold(new(machine, address, came, until, arrival), message.Datagram);
    }

    private void Resume(Instant now, in HeldMessage held, int length)
    {
        DhcpReject reject = DhcpMessage.Parse(_received.AsSpan(0, length), out DhcpMessage message);
        Check.That(reject == DhcpReject.None);
        OnMessage(now, message, held.Arrival, held.Since);
    }

    /// <summary>An ARP answer, or what another server tells clients; false when there is no more.</summary>
    private bool TryOverhear(Instant now, DhcpLink link, int socket)
    {
        SysResult received = _kernel.ReceiveFrame(socket, _received, out FrameInfo info);
        if (received.IsError) return received.Errno == Errno.MessageTooLong;
        ReadOnlySpan<byte> frame = _received.AsSpan(0, received.Count);
        if (socket != link.ArpSocket) OnOthersReply(now, frame, info);
        else if (ArpPacket.Parse(frame, out ArpPacket packet) == ArpReject.None) OnArp(now, link, packet);
        return true;
    }

    private void OnArp(Instant now, DhcpLink link, in ArpPacket packet)
    {
        Ipv4Address address = packet.SenderAddress;
        if (!_probe.OnArp(now, packet, link.Interface.HardwareAddress)) return;
        if (_leases.TryQuarantine(now, address)) _guardEvents.OnConflict(address, packet.SenderHardware);
        while (_held.TryTake(address, _received, out HeldMessage held, out int length)) Resume(now, held, length);
    }

    private void OnOthersReply(Instant now, ReadOnlySpan<byte> frame, in FrameInfo info)
    {
        if (UdpDatagram.Parse(frame, info.IsChecksumPending, out UdpDatagram datagram) != UdpFrameReject.None) return;
        if (DhcpMessage.Parse(datagram.Payload, out DhcpMessage reply) != DhcpReject.None) return;
        if (_networks.IsOwn(reply.AddressOf(DhcpOption.ServerIdentifier))) return;
        Tell(_others.OnReply(now, reply, datagram.SourceHardware));
    }

    /// <summary>A REQUEST may name another server.</summary>
    private void OnChosen(Instant now, in DhcpMessage message)
    {
        Ipv4Address server = message.AddressOf(DhcpOption.ServerIdentifier);
        if (server.IsAny || _networks.IsOwn(server) || !message.RelayAddress.IsAny) return;
        Tell(_others.OnChosen(now, server, message.AddressOf(DhcpOption.RequestedAddress)));
    }

    private void Tell(int other)
    {
        if (other >= 0) _guardEvents.OnOtherServer(_others[other], _others.BootFileOf(other), _planner.Catalog.Settings);
    }

    [SkipLocalsInit]
    private void Answer(
        Instant now,
        in DhcpMessage message,
        in BootClient client,
        in BootOffer offer,
        in DhcpDecision decision,
        BootReplyForm form,
        in DhcpRoute route,
        in DhcpOrigin origin)
    {
        Verdicts.Add(decision.Verdict);
        if (DhcpVerdicts.IsAnswer(decision.Verdict) && origin.Network is { } network)
        {
            Span<byte> room = stackalloc byte[PxeVendorOptions.RoomBytes];
            OfferStyle style = _styles.Choose(now, client, offer, decision.Verdict, form);
            DhcpReply reply = DhcpReply.For(message, client, offer, decision, form, style, origin, room);
            Span<byte> target = _replies.Next[UdpFrame.HeaderBytes..];
            if (!DhcpReplyWriter.TryWrite(message, reply, network, target, out int length))
            {
                _events.OnReplyTooLong(now, client.HardwareAddress);
                return;
            }

            _replies.Add(new(origin, route, message.HardwareAddress), length);
            if (_replies.IsFull)
            {
                _journal?.Commit(now);
                OnTurnEnd(now);
            }
        }

        _events.OnDecision(now, message, client, offer, decision, origin.Network);
        if (DhcpVerdicts.TellsAddress(decision.Verdict, client.IsRaspberryPi) && !decision.Address.IsAny
            && !_leases.IsOthers(LeaseKey.Of(message, origin.Network?.Index ?? 0), decision.Address))
        {
            // What an INFORM or port 4011 claims is not believed against our own leases: answer files depend on it.
            _planner.Bind(client.HardwareAddress, decision.Address);
        }
    }
}
