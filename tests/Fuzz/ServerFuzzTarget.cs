using System;
using System.Collections.Generic;
using Aglet.Config;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Server;
using Aglet.Tests.Simulation;
using Aglet.Tests.Simulation.Scenarios;
using Aglet.Time;

namespace Aglet.Tests.Fuzz;

/// <summary>
/// The whole server, to one port of which each input is sent. It goes on serving, allocates nothing, and has nothing open
/// when its peers have been silent for a while.
/// </summary>
internal sealed class ServerFuzzTarget : FuzzTarget
{
    /// <summary>Port 80 means a connection.</summary>
    public const ushort Http = 80;

    /// <summary>Inputs before allocations count.</summary>
    private const int WarmUp = 2000;

    private static readonly IpEndpoint _server = new(new Ipv4Address(0x0A00_0001), 0);

    private readonly SimKernel _kernel = new(new SimNetwork(1, FaultRates.None), "10.0.0.1/20");
    private readonly NetbootServer _netboot;
    private readonly AllocationMeter _meter;
    private readonly Peer _peer;
    private readonly ushort _port;
    private readonly int _sockets;
    private long _inputs;

    public ServerFuzzTarget(string name, IReadOnlyList<byte[]> corpus, ushort port, DhcpMode mode)
        : base(name, corpus)
    {
        Share = port == Http ? 20 : 5;
        AcceptsCorpus = false;
        _port = port;
        _ = new BootWorld(_kernel, mode, 40);
        _netboot = new NetbootServer(
            _kernel, BootWorld.Read(_kernel), new Log(_kernel, json: true, LogLevel.Debug), [_kernel.Interface()]);
        foreach (string problem in _netboot.Start()) throw new FuzzException(problem);
        _sockets = _netboot.OpenSockets;
        _meter = new AllocationMeter(_kernel);
        _peer = new Peer(_kernel);
        _kernel.Network.Attach(_peer);
        _kernel.Network.Claim(_peer, new(0x0A00_0F00));
    }

    public override bool Try(ReadOnlySpan<byte> input)
    {
        if (input.Length > 1472) input = input[..1472];
        long before = _peer.Heard;
        if (_port == Http) Converse(input);
        else _kernel.Network.Send(_peer, _port == 4011 ? (ushort)4011 : (ushort)68, _server with { Port = _port }, input);
        _peer.WakeAfter(Duration.FromMilliseconds(5));
        while (!_peer.IsAwake) Turn();
        if (_kernel.Network.Violations.Count > 0) throw new FuzzException(_kernel.Network.Violations[0]);
        return _peer.Heard > before;
    }

    public override void Finish()
    {
        _peer.WakeAfter(Duration.FromSeconds(300));
        while (!_peer.IsAwake) Turn();
        if (_netboot.OpenSockets != _sockets) throw new FuzzException($"{_netboot.OpenSockets - _sockets} sockets are left open");
        if (_kernel.Open(SimHandleKind.File) != 0) throw new FuzzException("files are left open");
        if (_kernel.Open(SimHandleKind.Stream) != 0) throw new FuzzException("connections are left open");
    }

    private void Converse(ReadOnlySpan<byte> input)
    {
        SimStream stream = _kernel.Network.Connect(_peer, _server with { Port = Http });
        stream.Send(input);
        stream.Finish();
    }

    private void Turn()
    {
        _meter.Start();
        _netboot.Turn();
        long bytes = _meter.Stop();
        if (bytes > 0 && _inputs > WarmUp) throw new FuzzException($"the server allocated {bytes} bytes");
        _inputs++;
    }

    /// <summary>Hears everything and breaks off what it is sent.</summary>
    private sealed class Peer(SimKernel kernel) : SimHost(HardwareAddress.Read([2, 0, 0, 0, 0, 7]))
    {
        public long Heard { get; private set; }

        public bool IsAwake { get; private set; }

        public void WakeAfter(Duration wait)
        {
            IsAwake = false;
            SetTimer(wait);
        }

        public override bool IsListening(ushort port) => true;

        public override void OnTimer()
        {
            IsAwake = true;
            kernel.Interrupt();
        }

        public override void OnDatagram(in IpEndpoint source, in IpEndpoint destination, ReadOnlySpan<byte> payload)
        {
            Heard++;
            bool isTransfer = source.Port > 1024 && source.Port != 4011 && payload.Length >= 4 && payload[1] is 3 or 6;
            if (isTransfer) Network.Send(this, destination.Port, source, [0, 5, 0, 0, (byte)'x', 0]);
        }

        public override void OnStreamBytes(SimStream stream, ReadOnlySpan<byte> bytes) => Heard++;

        public override void OnStreamEnd(SimStream stream) => stream.Finish();
    }
}
