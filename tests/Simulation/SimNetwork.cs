using System;
using System.Collections.Generic;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tests.Simulation;

/// <summary>
/// The simulated link and its clock. Datagrams are lost, doubled, held back and damaged as the rates say; connections
/// are only late. Everything follows from the seed.
/// </summary>
internal sealed class SimNetwork(ulong seed, FaultRates rates)
{
    /// <summary>A lost TCP segment is sent again after this (Linux' shortest time-out).</summary>
    private static readonly Duration _retransmission = Duration.FromMilliseconds(200);

    private readonly SimEventQueue _events = new();
    private readonly List<SimHost> _hosts = [];
    private readonly Dictionary<uint, SimHost> _byAddress = [];
    private readonly Dictionary<HardwareAddress, SimHost> _byHardware = [];
    private readonly Stack<SimPacket> _pool = new();
    private Prng _prng = new(seed ^ 0x6E65_7477_6F72_6B00);
    private ushort _hostPort = 20_000;

    public ulong Seed { get; } = seed;

    /// <summary>May be changed while the simulation runs: a storm begins, or ends so that everybody can finish.</summary>
    public FaultRates Rates { get; set; } = rates;

    /// <summary>Virtual time.</summary>
    public Instant Now { get; private set; } = new(1_000_000_000);

    /// <summary>The server's kernel, which attaches itself.</summary>
    public SimKernel Server { get; set; } = null!;

    /// <summary>What must never happen and did, in the order in which it happened.</summary>
    public List<string> Violations { get; } = [];

    /// <summary>Datagrams that reached somebody.</summary>
    public long Delivered { get; private set; }

    /// <summary>How often the server asked who has an address.</summary>
    public long ArpQuestions { get; private set; }

    /// <summary>Datagrams that the link lost.</summary>
    public long Lost { get; private set; }

    /// <summary>Called for each datagram that is sent, before its fate is decided; for traces.</summary>
    public Action<SimPacket, bool>? OnSent { get; set; }

    public void Attach(SimHost host)
    {
        host.Network = this;
        _hosts.Add(host);
        _byHardware.Add(host.HardwareAddress, host);
    }

    /// <summary>A host begins to use an address; two hosts with one address are a violation.</summary>
    public void Claim(SimHost host, Ipv4Address address)
    {
        Release(host);
        if (_byAddress.TryGetValue(address.Value, out SimHost? holder) && holder != host)
        {
            Violations.Add($"{address} is held by {holder.HardwareAddress} and was given to {host.HardwareAddress}");
        }

        if (Server.Owns(address)) Violations.Add($"the server's address was given to {host.HardwareAddress}");
        _byAddress[address.Value] = host;
        host.Address = address;
    }

    /// <summary>A host no longer uses its address.</summary>
    public void Release(SimHost host)
    {
        if (host.Address.IsAny) return;
        if (_byAddress.TryGetValue(host.Address.Value, out SimHost? holder) && holder == host)
        {
            _byAddress.Remove(host.Address.Value);
        }

        host.Address = Ipv4Address.Any;
    }

    /// <summary>A host sends a datagram from one of its ports.</summary>
    public void Send(SimHost host, ushort port, in IpEndpoint destination, ReadOnlySpan<byte> payload)
    {
        SimPacket packet = Rent();
        packet.SourceHardware = host.HardwareAddress;
        packet.DestinationHardware = default;
        packet.Source = new(host.Address, port);
        packet.Destination = destination;
        packet.InterfaceIndex = host.InterfaceIndex;
        packet.Fill(payload);
        SendPacket(packet, fromServer: false);
    }

    /// <summary>Puts a packet on the link; the packet belongs to the network from here on.</summary>
    public void SendPacket(SimPacket packet, bool fromServer)
    {
        OnSent?.Invoke(packet, fromServer);

        // Of a broadcast each receiver loses its own copy: that is decided on arrival.
        bool isBroadcast = IsBroadcast(packet.Destination.Address.Ipv4);
        if (!isBroadcast && _prng.Chance(Rates.Loss))
        {
            Lost++;
            Return(packet);
            return;
        }

        if (_prng.Chance(Rates.BitFlip) && packet.Length > 0)
        {
            packet.Payload[_prng.Below(packet.Length)] ^= (byte)(1 << _prng.Below(8));
        }

        if (_prng.Chance(Rates.Duplication))
        {
            SimPacket copy = Rent();
            copy.CopyFrom(packet);
            _events.Add(Now + Delay(), SimEventKind.Datagram, copy);
        }

        _events.Add(Now + Delay(), SimEventKind.Datagram, packet);
    }

    /// <summary>The server asks by ARP for the address that the packet is for; who has it answers, unless something is lost.</summary>
    public void SendArp(SimPacket packet)
    {
        ArpQuestions++;
        _events.Add(Now + Delay() + Delay(), SimEventKind.Arp, packet);
    }

    /// <summary>A host opens a connection to the server.</summary>
    public SimStream Connect(SimHost host, in IpEndpoint server)
    {
        _hostPort = _hostPort == 60_000 ? (ushort)20_000 : (ushort)(_hostPort + 1);
        SimStream stream = new(this, host, new(host.Address, _hostPort), server);
        _events.Add(Now + StreamDelay(), SimEventKind.StreamOpen, stream, 0, toServer: true);
        return stream;
    }

    public void ScheduleTimer(SimHost host, Instant at) =>
        _events.Add(at < Now ? Now : at, SimEventKind.Timer, host);

    public void ScheduleWritable(SimHandle handle, Instant at) => _events.Add(at, SimEventKind.Writable, handle);

    public void ScheduleBytes(SimStream stream, int count, bool toServer) =>
        Schedule(stream, SimEventKind.StreamBytes, count, toServer);

    public void ScheduleEnd(SimStream stream, bool toServer) =>
        Schedule(stream, SimEventKind.StreamEnd, 0, toServer);

    public void ScheduleReset(SimStream stream, bool toServer) =>
        Schedule(stream, SimEventKind.StreamReset, 0, toServer);

    /// <summary>The clock moves on by itself, as while the server computes.</summary>
    public void AdvanceTo(Instant at)
    {
        while (_events.Next <= at) Step();
        if (at > Now) Now = at;
    }

    /// <summary>The next event happens, when it is not after <paramref name="until"/>.</summary>
    public bool TryStep(Instant until)
    {
        if (_events.Count == 0 || _events.Next > until) return false;
        Step();
        return true;
    }

    public SimPacket Rent() => _pool.TryPop(out SimPacket? packet) ? packet : new SimPacket();

    public void Return(SimPacket packet)
    {
        packet.Next = null;
        packet.IsFrame = false;
        _pool.Push(packet);
    }

    /// <summary>Hands arrived bytes to the host, unless it does not read.</summary>
    public void DeliverToHost(SimStream stream)
    {
        SimPipe pipe = stream.ToHost;
        while (pipe.Arrived > 0 && !stream.IsPaused && !stream.IsDeadAtHost)
        {
            ReadOnlySpan<byte> bytes = pipe.Peek();
            stream.Host.OnStreamBytes(stream, bytes);
            pipe.Consume(bytes.Length);
        }

        if (stream.IsDeadAtHost) pipe.Consume(pipe.Arrived);
        Server.OnStreamChanged(stream);
        TellEnd(stream);
    }

    private void Step()
    {
        SimEvent happening = _events.Take();
        if (happening.At > Now) Now = happening.At;
        switch (happening.Kind)
        {
            case SimEventKind.Datagram:
                Arrive((SimPacket)happening.Subject);
                break;
            case SimEventKind.Arp:
                AnswerArp((SimPacket)happening.Subject);
                break;
            case SimEventKind.Timer:
                ((SimHost)happening.Subject).OnTimerEvent();
                break;
            case SimEventKind.Writable:
                Server.OnWritable((SimHandle)happening.Subject);
                break;
            case SimEventKind.StreamOpen:
                OpenStream((SimStream)happening.Subject, happening.ToServer);
                break;
            case SimEventKind.StreamBytes:
                ArriveBytes((SimStream)happening.Subject, happening.Count, happening.ToServer);
                break;
            case SimEventKind.StreamEnd:
                ArriveEnd((SimStream)happening.Subject, happening.ToServer);
                break;
            default:
                ArriveReset((SimStream)happening.Subject, happening.ToServer);
                break;
        }
    }

    private void Arrive(SimPacket packet)
    {
        Ipv4Address destination = packet.Destination.Address.Ipv4;
        if (IsBroadcast(destination))
        {
            ArriveEverywhere(packet);
        }
        else if (packet.DestinationHardware.Length > 0)
        {
            // A frame for one station: it takes the packet even when it has no address yet.
            if (_byHardware.TryGetValue(packet.DestinationHardware, out SimHost? station)) ArriveAt(station, packet);
        }
        else if (Server.Owns(destination))
        {
            Delivered++;
            Server.OnDatagram(packet);
        }
        else if (_byAddress.TryGetValue(destination.Value, out SimHost? host))
        {
            ArriveAt(host, packet);
        }

        Return(packet);
    }

    private void AnswerArp(SimPacket packet)
    {
        bool isHeld = _byAddress.TryGetValue(packet.Destination.Address.Ipv4.Value, out SimHost? holder);
        if (isHeld && holder!.InterfaceIndex == packet.InterfaceIndex && !_prng.Chance(Rates.Loss * 2))
        {
            SimFrame.WriteArpReply(packet, holder.HardwareAddress);
            Server.OnArp(packet);
        }

        Return(packet);
    }

    private void ArriveEverywhere(SimPacket packet)
    {
        if (!packet.SourceHardware.Equals(Server.HardwareAddressOf(packet.InterfaceIndex)))
        {
            if (_prng.Chance(Rates.Loss)) Lost++;
            else Server.OnDatagram(packet);
        }

        for (int i = 0; i < _hosts.Count; i++)
        {
            SimHost host = _hosts[i];
            if (!host.IsListening(packet.Destination.Port) || host.HardwareAddress.Equals(packet.SourceHardware)) continue;
            if (_prng.Chance(Rates.Loss)) Lost++;
            else ArriveAt(host, packet);
        }
    }

    private void ArriveAt(SimHost host, SimPacket packet)
    {
        if (host.InterfaceIndex != packet.InterfaceIndex || !host.IsListening(packet.Destination.Port)) return;
        Delivered++;
        host.OnDatagram(packet.Source, packet.Destination, packet.Payload);
    }

    private void OpenStream(SimStream stream, bool toServer)
    {
        if (!toServer)
        {
            if (!stream.IsDeadAtHost) stream.Host.OnStreamOpen(stream);
            return;
        }

        if (stream.IsDeadAtHost) return;
        switch (Server.OnConnect(stream))
        {
            case SimConnectResult.Accepted:
                _events.Add(Now + StreamDelay(), SimEventKind.StreamOpen, stream);
                break;
            case SimConnectResult.Refused:
                ScheduleReset(stream, toServer: false);
                break;
            default:
                // The queue is full: the request is dropped and comes again.
                _events.Add(Now + Duration.FromSeconds(1), SimEventKind.StreamOpen, stream, 0, toServer: true);
                break;
        }
    }

    private void ArriveBytes(SimStream stream, int count, bool toServer)
    {
        if (!toServer)
        {
            stream.ToHost.Arrive(count);
            DeliverToHost(stream);
            return;
        }

        stream.ToServer.Arrive(count);
        if (stream.Handle == SimStream.Closed && !stream.IsResetAtServer)
        {
            // Nobody reads any more: TCP answers with a reset.
            stream.IsResetAtServer = true;
            ScheduleReset(stream, toServer: false);
        }

        Server.OnStreamChanged(stream);
    }

    private void ArriveEnd(SimStream stream, bool toServer)
    {
        if (toServer)
        {
            stream.ToServer.HasEndArrived = true;
            Server.OnStreamChanged(stream);
            return;
        }

        stream.ToHost.HasEndArrived = true;
        TellEnd(stream);
    }

    private static void TellEnd(SimStream stream)
    {
        SimPipe pipe = stream.ToHost;
        if (!pipe.HasEndArrived || pipe.Arrived > 0 || stream.IsDeadAtHost || stream.IsEndToldToHost) return;
        stream.IsEndToldToHost = true;
        stream.Host.OnStreamEnd(stream);
    }

    private void ArriveReset(SimStream stream, bool toServer)
    {
        if (toServer)
        {
            stream.IsResetAtServer = true;
            Server.OnStreamChanged(stream);
            return;
        }

        if (stream.IsDeadAtHost) return;
        stream.IsDeadAtHost = true;
        stream.Host.OnStreamReset(stream);
    }

    private void Schedule(SimStream stream, SimEventKind kind, int count, bool toServer)
    {
        SimPipe pipe = toServer ? stream.ToServer : stream.ToHost;
        Instant at = Now + StreamDelay();
        if (at < pipe.LastArrival) at = pipe.LastArrival;
        pipe.LastArrival = at;
        _events.Add(at, kind, stream, count, toServer);
    }

    private Duration Delay()
    {
        Duration delay = Rates.Latency + Duration.FromNanoseconds(_prng.Below((int)Rates.Jitter.Nanoseconds + 1));
        if (_prng.Chance(Rates.Reordering))
        {
            delay += Duration.FromMicroseconds(_prng.Below((int)(Rates.ReorderingDelay.Nanoseconds / 1000) + 1));
        }

        return delay;
    }

    private Duration StreamDelay()
    {
        Duration delay = Delay();
        while (_prng.Chance(Rates.Loss)) delay += _retransmission;
        return delay;
    }

    private bool IsBroadcast(Ipv4Address address) =>
        address == Ipv4Address.Broadcast || Server.IsSubnetBroadcast(address);
}
