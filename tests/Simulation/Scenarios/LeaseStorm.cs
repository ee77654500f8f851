using System;
using System.Collections.Generic;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Dhcp;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Tests.Unit.Dhcp;
using Aglet.Time;
using Aglet.Tree;

namespace Aglet.Tests.Simulation.Scenarios;

/// <summary>A client of the storm: what it is, and how far it is.</summary>
internal sealed class LeaseClient(HardwareAddress machine)
{
    public HardwareAddress Machine { get; } = machine;

    /// <summary>Option 61; empty to leave it out.</summary>
    public byte[] ClientId { get; init; } = [];

    /// <summary>The relay that it is behind; none for the link itself.</summary>
    public Ipv4Address Relay { get; init; }

    /// <summary>How many addresses it declines before it takes one.</summary>
    public int Declines { get; set; }

    /// <summary>What it does when it has an address: 0 keep, 1 renew, 2 give it back and ask again.</summary>
    public int Manner { get; init; }

    public uint TransactionId { get; set; }

    /// <summary>The offer that it asks for; none while it discovers.</summary>
    public SimDhcpReply? Offer { get; set; }

    public Ipv4Address Address { get; set; }

    public Ipv4Address Server { get; set; }

    public Instant Until { get; set; }

    /// <summary>How often it sent what it is waiting for an answer of.</summary>
    public int Tries { get; set; }

    public int Bindings { get; set; }

    /// <summary>Retransmissions for anything older are over.</summary>
    public int Step { get; set; }

    public Instant FirstAsked { get; set; }

    public Instant FirstBound { get; set; } = Instant.Never;
}

/// <summary>
/// DHCP endpoints under thousands of clients on a network that loses, doubles and reorders, with a clock that jumps. Checked
/// at each ACK: nobody else has the address. Checked in the tables as often as asked: every slot is in one state, belongs to
/// one owner at most, is found by both, and the free ones are counted right.
/// </summary>
internal sealed class LeaseStorm(ulong seed)
{
    private readonly List<(WireKernel Kernel, DhcpEndpoint Endpoint)> _servers = [];
    private readonly List<LeaseClient> _clients = [];
    private readonly Dictionary<(HardwareAddress, Ipv4Address), LeaseClient> _byMachine = [];
    private readonly Dictionary<Ipv4Address, LeaseClient> _holders = [];
    private readonly HashSet<Ipv4Address> _reserved = [];
    private readonly PriorityQueue<Happening, (long At, long Order)> _queue = new();
    private Prng _chance = new(seed);
    private Instant _now = new(1_000_000_000_000);
    private long _order;

    public int LossPerMillion { get; init; } = 100_000;

    /// <summary>Made-up machines that ask once each.</summary>
    public int FloodPerSecond { get; init; }

    /// <summary>Chance of a jump of the clock by up to two hours, at each event.</summary>
    public int JumpsPerMillion { get; init; }

    /// <summary>Events between two audits of the tables.</summary>
    public int AuditEvery { get; init; } = 1;

    /// <summary>Machines that have their address from elsewhere and answer ARP.</summary>
    public Dictionary<Ipv4Address, HardwareAddress> Squatters { get; } = [];

    public IReadOnlyList<LeaseClient> Clients => _clients;

    public Instant Now => _now;

    public long Events { get; private set; }

    public long Declined { get; private set; }

    public DhcpEndpoint Server(int index = 0) => _servers[index].Endpoint;

    public void AddServer(Settings settings, NetworkInterface link)
    {
        WireKernel kernel = new();
        BootPlanner planner = new(new BootCatalog(settings, new BootTree([])));
        DhcpEndpoint endpoint = new(kernel, new SocketTable(kernel), new Log(kernel, false, LogLevel.Error), planner, settings, [link]);
        if (endpoint.Start().IsError) throw new SimulationException("the server does not start");
        foreach (MachineSetting machine in settings.Machines) _reserved.Add(machine.Address);
        _servers.Add((kernel, endpoint));
    }

    public void Add(LeaseClient client, Duration after)
    {
        _clients.Add(client);
        _byMachine.Add((client.Machine, client.Relay), client);
        Schedule(after, new(client, client.Step, null, -1));
    }

    /// <summary>Runs until everybody has an address, or for a time at the longest; both without a flood's own end.</summary>
    public void Run(Duration longest)
    {
        Instant end = _now + longest;
        if (FloodPerSecond > 0) Schedule(default, new(null, 0, null, -1));
        while (_queue.TryDequeue(out Happening happening, out (long At, long Order) key) && key.At <= end.Nanoseconds)
        {
            if (key.At > _now.Nanoseconds) _now = new(key.At);
            if (_chance.Chance(JumpsPerMillion)) _now += Duration.FromSeconds(_chance.Below(7200));
            Expire();
            if (happening.Datagram is not null) Deliver(happening);
            else if (happening.Client is null) Flood();
            else if (happening.Step == happening.Client.Step) Act(happening.Client);
            if (++Events % AuditEvery == 0) Audit();
        }

        if (_now < end) _now = end;
        Expire();
        Audit();
    }

    private void Expire()
    {
        for (int i = 0; i < _servers.Count; i++)
        {
            while (_servers[i].Endpoint.NextDeadline <= _now)
            {
                _servers[i].Endpoint.OnDeadline(_now);
                _servers[i].Endpoint.OnTurnEnd(_now);
                Collect(i);
            }
        }
    }

    /// <summary>The client's timer: it sends what it is at, or what comes next.</summary>
    private void Act(LeaseClient client)
    {
        if (!client.Address.IsAny)
        {
            OnBoundTimer(client);
            return;
        }

        if (client.Offer is not null && client.Tries >= 3) Restart(client);
        if (client.Offer is null && client.Tries++ % 5 == 0)
        {
            client.TransactionId = (uint)(_chance.Next() & uint.MaxValue);
            if (client.FirstAsked == default) client.FirstAsked = _now;
        }
        else if (client.Offer is not null)
        {
            client.Tries++;
        }

        SimDhcpRequest request = Message(client, client.Offer is null ? (byte)1 : (byte)3);
        if (client.Offer is { } offer) request.With(50, offer.YourAddress).With(54, offer.ServerId);
        Send(client, request);
        Duration wait = Duration.FromMilliseconds((4000 << Math.Min(client.Tries - 1, 2)) + _chance.Below(500));
        Schedule(wait, new(client, client.Step, null, -1));
    }

    private void OnBoundTimer(LeaseClient client)
    {
        if (_now >= client.Until || client.Manner == 2)
        {
            if (_now < client.Until) Send(client, Message(client, 7, client.Address).With(54, client.Server));
            Leave(client);
            client.Step++;
            if (client.Manner == 2 && client.Bindings < 3) Schedule(Duration.FromSeconds(1), new(client, client.Step, null, -1));
            return;
        }

        Send(client, Message(client, 3, client.Address));
        Schedule(Duration.FromSeconds(600), new(client, client.Step, null, -1));
    }

    private void OnReply(LeaseClient client, SimDhcpReply reply)
    {
        if (reply.TransactionId != client.TransactionId) return;
        if (reply.Type == 2 && client.Offer is null && client.Address.IsAny)
        {
            client.Offer = reply;
            client.Tries = 0;
            client.Step++;
            Act(client);
        }
        else if (reply.Type == 6 && client.Offer is not null && client.Address.IsAny)
        {
            Restart(client);
            client.Step++;
            Schedule(Duration.FromSeconds(1), new(client, client.Step, null, -1));
        }
        else if (reply.Type == 5 && client.Offer?.YourAddress == reply.YourAddress && client.Address.IsAny)
        {
            Bind(client, reply);
        }
        else if (reply.Type == 5 && client.Address == reply.YourAddress)
        {
            client.Until = _now + Duration.FromSeconds(3500);
        }
    }

    private void Bind(LeaseClient client, SimDhcpReply reply)
    {
        Ipv4Address address = reply.YourAddress;
        if (_holders.TryGetValue(address, out LeaseClient? holder) && holder != client && holder.Until > _now)
        {
            throw new SimulationException($"seed {seed}: {address} of {holder.Machine} was given to {client.Machine}");
        }

        bool isSquatted = Squatters.ContainsKey(address);
        client.Step++;
        client.Offer = null;
        client.Tries = 0;
        if (isSquatted || client.Declines > 0)
        {
            if (!isSquatted) client.Declines--;
            Declined++;
            Send(client, Message(client, 4).With(50, address).With(54, reply.ServerId));
            Schedule(Duration.FromSeconds(10), new(client, client.Step, null, -1));
            return;
        }

        client.Address = address;
        client.Server = reply.ServerId;
        client.Bindings++;
        client.FirstBound = client.FirstBound == Instant.Never ? _now : client.FirstBound;

        // By its own clock, which began when it asked: never later than the server's.
        client.Until = _now + Duration.FromSeconds(3500);
        _holders[address] = client;
        if (client.Manner > 0) Schedule(Duration.FromSeconds(20 + _chance.Below(60)), new(client, client.Step, null, -1));
    }

    private void Leave(LeaseClient client)
    {
        if (_holders.TryGetValue(client.Address, out LeaseClient? holder) && holder == client) _holders.Remove(client.Address);
        client.Address = default;
        Restart(client);
    }

    private static void Restart(LeaseClient client)
    {
        client.Offer = null;
        client.Tries = 0;
    }

    private static SimDhcpRequest Message(LeaseClient client, byte type, Ipv4Address own = default)
    {
        SimDhcpRequest request = new(type, client.TransactionId, client.Machine) { Broadcast = true, ClientAddress = own };
        if (client.ClientId.Length > 0) request.With(61, client.ClientId);
        return request;
    }

    private void Send(LeaseClient client, SimDhcpRequest request)
    {
        byte[] datagram = request.ToBytes();
        client.Relay.Write(datagram.AsSpan(24));
        for (int i = 0; i < _servers.Count; i++) Transmit(new(client, 0, datagram, i));
    }

    /// <summary>Lost, doubled, held back, or on its way.</summary>
    private void Transmit(in Happening happening)
    {
        if (_chance.Chance(LossPerMillion)) return;
        Schedule(Delay(), happening);
        if (_chance.Chance(20_000)) Schedule(Delay(), happening);
    }

    private Duration Delay() => Duration.FromMicroseconds(100 + _chance.Below(_chance.Chance(50_000) ? 50_000 : 200));

    private void Deliver(in Happening happening)
    {
        if (happening.Server < 0)
        {
            OnReply(happening.Client!, SimDhcpReply.Parse(happening.Datagram!));
            return;
        }

        Receive(happening.Server, happening.Datagram!, happening.Client?.Relay ?? default);
    }

    private void Receive(int server, byte[] datagram, Ipv4Address relay)
    {
        (WireKernel kernel, DhcpEndpoint endpoint) = _servers[server];
        Ipv4Address own = Ipv4Address.Read(datagram.AsSpan(12, 4));
        bool isBroadcast = relay.IsAny && own.IsAny;
        kernel.Enqueue(datagram, new(relay.IsAny ? own : relay, relay.IsAny ? (ushort)68 : (ushort)67), isBroadcast ? Ipv4Address.Broadcast : own);
        endpoint.OnReady(_now, new(kernel.HandleOf(67), SocketOwner.DhcpServer, 0), default, Readiness.Readable);
        endpoint.OnTurnEnd(_now);
        Collect(server);
    }

    /// <summary>What the server sent: replies go on their way, ARP questions are answered by whom they concern.</summary>
    private void Collect(int server)
    {
        (WireKernel kernel, DhcpEndpoint endpoint) = _servers[server];
        foreach ((byte[] datagram, IpEndpoint _) in kernel.Sent)
        {
            Ipv4Address relay = Ipv4Address.Read(datagram.AsSpan(24, 4));
            if (_byMachine.TryGetValue((HardwareAddress.Read(datagram.AsSpan(28, 6)), relay), out LeaseClient? client))
                Transmit(new(client, 0, datagram, -1));
        }

        kernel.Sent.Clear();
        byte[][] frames = [.. kernel.Frames];
        kernel.Frames.Clear();
        foreach (byte[] frame in frames)
        {
            if (ArpPacket.Parse(frame, out ArpPacket probe) != ArpReject.None) continue;
            if (!Squatters.TryGetValue(probe.TargetAddress, out HardwareAddress squatter) || _chance.Chance(LossPerMillion)) continue;
            byte[] answer = (byte[])frame.Clone();
            answer[21] = 2;
            squatter.Write(answer.AsSpan(22));
            probe.TargetAddress.Write(answer.AsSpan(28));
            kernel.EnqueueFrame(answer);
            int socket = kernel.PacketHandles[PacketFilter.ArpReplies];
            endpoint.OnReady(_now, new(socket, SocketOwner.DhcpWatch, 0), default, Readiness.Readable);
            endpoint.OnTurnEnd(_now);
            Collect(server);
        }
    }

    private void Flood()
    {
        ulong random = _chance.Next();
        Span<byte> address = stackalloc byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(address, random);
        address[2] = 0x06;
        HardwareAddress machine = HardwareAddress.Read(address[2..]);
        Receive(0, new SimDhcpRequest(1, (uint)(random & uint.MaxValue), machine) { Broadcast = true }.ToBytes(), default);
        Schedule(Duration.FromMicroseconds(1_000_000 / FloodPerSecond), new(null, 0, null, -1));
    }

    private void Audit()
    {
        foreach ((WireKernel _, DhcpEndpoint endpoint) in _servers) Audit(endpoint.Leases);
    }

    private void Audit(LeaseTable table)
    {
        int free = 0;
        for (int slot = 0; slot < table.Count; slot++)
        {
            Ipv4Address address = table.AddressOf(slot);
            LeaseKey owner = table.OwnerOf(slot);
            LeaseState state = table.StateOf(slot);
            Expect(table.Find(address) == slot, $"{address} is not found at its place");
            Expect(owner.IsNone || table.Find(owner) == slot, $"{address} has an owner who is found elsewhere");
            bool mayBeOwned = state is LeaseState.Offered or LeaseState.Bound or LeaseState.Idle;
            Expect(owner.IsNone || mayBeOwned, $"{address} is {state} and has an owner");
            Expect(state != LeaseState.Offered || !owner.IsNone, $"{address} is offered to nobody");
            if (state == LeaseState.Free && !_reserved.Contains(address)) free++;
        }

        Expect(free == table.FreeCount, $"{free} addresses are free, {table.FreeCount} are counted");
    }

    private void Expect(bool isTrue, string otherwise)
    {
        if (!isTrue) throw new SimulationException($"seed {seed}, event {Events}: {otherwise}");
    }

    private void Schedule(Duration after, in Happening happening) =>
        _queue.Enqueue(happening, ((_now + after).Nanoseconds, _order++));

    /// <summary>A datagram that arrives at a server or, with server -1, at a client; without one a timer.</summary>
    private readonly record struct Happening(LeaseClient? Client, int Step, byte[]? Datagram, int Server);
}
