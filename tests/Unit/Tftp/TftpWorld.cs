using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Tests.Simulation;
using Aglet.Tftp;
using Aglet.Time;
using Aglet.Tree;

namespace Aglet.Tests.Unit.Tftp;

/// <summary>The TFTP endpoint alone on the simulated kernel, with a loop as the server's.</summary>
internal sealed class TftpWorld
{
    private readonly ReadyEvent[] _ready = new ReadyEvent[Limits.EventsPerTurn];

    public TftpWorld(FaultRates rates, ulong seed = 1, int transfers = Limits.TftpTransfers, params (string Name, byte[] Bytes)[] files)
        : this(rates, seed, transfers, new BootPlanner(new BootCatalog(TreeOf(files))))
    {
        foreach ((string name, byte[] bytes) in files) Kernel.Files.Add("/boot/" + name, bytes);
    }

    public TftpWorld(
        FaultRates rates, ulong seed, int transfers, BootPlanner planner, TftpSetting? setting = null)
    {
        Kernel = new(seed, rates);
        Sockets = new(Kernel);
        Meter = new(Kernel);
        Files = new(Kernel);
        Endpoint = new(Kernel, Sockets, new Log(Kernel, least: LogLevel.Debug), planner, Files, setting, transfers);
        if (Endpoint.Start(Kernel.Interface().Address.Address, SimKernel.FirstInterface).IsError) throw new SimulationException("port 69 is taken");
    }

    public SimKernel Kernel { get; }

    public SocketTable Sockets { get; }

    public OpenFiles Files { get; }

    public TftpEndpoint Endpoint { get; }

    /// <summary>What the server allocated in <see cref="Run"/> so far.</summary>
    public AllocationMeter Meter { get; }

    /// <summary>Turns of the loop for a length of virtual time.</summary>
    public void Run(Duration length)
    {
        Instant until = Kernel.Now() + length;
        Meter.Start();
        while (Kernel.Now() < until) Turn(until);
        Meter.Stop();
    }

    public void Turn(Instant until)
    {
        int count = Kernel.Wait(_ready, Instant.Min(until, Endpoint.NextDeadline));
        Instant now = Kernel.Now();
        for (int i = 0; i < count; i++)
        {
            if (!Sockets.TryGet(_ready[i].Token, out SocketEntry entry)) continue;
            Endpoint.OnReady(now, entry, _ready[i].Token, _ready[i].Readiness);
        }

        Endpoint.OnDeadline(now);
    }

    /// <summary>A world with one file and a configuration of TFTP.</summary>
    public static TftpWorld With(TftpSetting setting, string name, byte[] bytes, FaultRates? rates = null)
    {
        (string, byte[])[] files = [(name, bytes)];
        Settings settings = new() { Tree = "", Unknown = UnknownPolicy.Ignore, Tftp = setting };
        TftpWorld world = new(
            rates ?? FaultRates.None with { Jitter = Duration.Zero },
            1,
            Limits.TftpTransfers,
            new BootPlanner(new BootCatalog(settings, TreeOf(files))),
            setting);
        world.Kernel.Files.Add("/boot/" + name, bytes);
        return world;
    }

    private static BootTree TreeOf((string Name, byte[] Bytes)[] files)
    {
        List<BootFile> tree = [];
        foreach ((string name, byte[] bytes) in files)
        {
            tree.Add(new()
            {
                Key = Encoding.UTF8.GetBytes(name),
                HostPath = Encoding.UTF8.GetBytes("/boot/" + name),
                Size = bytes.Length,
                ModifiedUnixSeconds = 1_700_000_000,
            });
        }

        return new BootTree(tree);
    }
}

/// <summary>A host that keeps what it gets and sends only what a test tells it to.</summary>
internal sealed class TftpProbe : SimHost
{
    private static readonly Ipv4Address _server = new(0x0A000001);

    public TftpProbe(TftpWorld world, byte number = 2)
        : base(HardwareAddress.Read([0x52, 0x54, 0, 0, 0, number]))
    {
        world.Kernel.Network.Attach(this);
        world.Kernel.Network.Claim(this, new(0x0A000000u + number));
    }

    /// <summary>What came and was not looked at yet.</summary>
    public Queue<(ushort From, byte[] Bytes)> Received { get; } = new();

    public override bool IsListening(ushort port) => true;

    public override void OnDatagram(in IpEndpoint source, in IpEndpoint destination, ReadOnlySpan<byte> payload) =>
        Received.Enqueue((source.Port, payload.ToArray()));

    public override void OnTimer()
    {
    }

    public void Send(ushort serverPort, byte[] bytes, ushort from = 2000) =>
        Network.Send(this, from, new(_server, serverPort), bytes);
}

/// <summary>A correct client of RFC 1350 and 7440: it fetches one file and keeps it.</summary>
internal sealed class TftpFetcher : SimHost
{
    private static readonly IpEndpoint _server = new(new Ipv4Address(0x0A000001), 69);
    private static readonly Duration _patience = Duration.FromSeconds(1);

    private readonly byte[] _request;
    private readonly byte[] _file;
    private ushort _port;
    private readonly bool _acknowledgesLast;
    private readonly byte[] _acknowledgment = [0, 4, 0, 0];
    private int _blockBytes;
    private int _window;
    private int _sinceAcknowledgment;
    private long _blocks;
    private ushort _serverPort;
    private int _gapAt = -1;

    public TftpFetcher(
        TftpWorld world, int number, byte[] request, int room, int window, int blockBytes, bool acknowledgesLast = true)
        : base(HardwareAddress.Read([0x52, 0x54, 0, 1, (byte)(number >> 8), unchecked((byte)number)]))
    {
        _request = request;
        _file = new byte[room];
        _port = (ushort)(1024 + number);
        _window = window;
        _blockBytes = blockBytes;
        _acknowledgesLast = acknowledgesLast;
        world.Kernel.Network.Attach(this);
        world.Kernel.Network.Claim(this, new((uint)(0x0A000000 + 10 + number)));
    }

    public bool IsDone { get; private set; }

    public byte? ErrorCode { get; private set; }

    public int Length { get; private set; }

    public ReadOnlySpan<byte> File => _file.AsSpan(0, Length);

    /// <summary>Begins, or begins anew from another port: a late datagram of the old transfer must not reach the new one.</summary>
    public void Begin()
    {
        _port++;
        IsDone = false;
        _serverPort = 0;
        _blocks = 0;
        _sinceAcknowledgment = 0;
        _gapAt = -1;
        Length = 0;
        Network.Send(this, _port, _server, _request);
        SetTimer(_patience);
    }

    /// <summary>Begins anew after an ERROR, as a person would switch the machine off and on.</summary>
    public void Restart()
    {
        ErrorCode = null;
        Begin();
    }

    public override bool IsListening(ushort port) => port == _port;

    public override void OnDatagram(in IpEndpoint source, in IpEndpoint destination, ReadOnlySpan<byte> payload)
    {
        if (TftpPacket.Parse(payload, out TftpPacket packet) != TftpReject.None) return;
        if (packet.Opcode == TftpOpcode.Error && (_serverPort == 0 || source.Port == _serverPort))
        {
            ErrorCode = (byte)packet.Number;
            SetTimer(Instant.Never);
            return;
        }

        if (_serverPort == 0) _serverPort = source.Port;
        if (source.Port != _serverPort) return;
        SetTimer(_patience);
        if (packet.Opcode == TftpOpcode.OptionAcknowledgment)
        {
            ReadOptions(packet);
            if (_blocks == 0) Acknowledge();
        }
        else if (packet.Opcode == TftpOpcode.Data)
        {
            OnData(packet);
        }
    }

    public override void OnTimer()
    {
        if (IsDone) return;
        if (_serverPort == 0) Network.Send(this, _port, _server, _request);
        else Acknowledge();
        SetTimer(_patience);
    }

    /// <summary>What the server agreed to may be less than what was asked.</summary>
    private void ReadOptions(in TftpPacket packet)
    {
        TftpOptions options = new(packet.Payload);
        while (options.TryTake(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value))
        {
            if (name.SequenceEqual("blksize"u8)) _blockBytes = int.Parse(value, null);
            if (name.SequenceEqual("windowsize"u8)) _window = int.Parse(value, null);
        }
    }

    private void OnData(in TftpPacket packet)
    {
        if (packet.Number != unchecked((ushort)(_blocks + 1)))
        {
            // A gap or an old block: the last one in order is acknowledged, once per gap.
            if (_gapAt != _blocks || _window == 1) Acknowledge();
            _gapAt = (int)_blocks;
            return;
        }

        if (IsDone) return;
        packet.Payload.CopyTo(_file.AsSpan(Length));
        Length += packet.Payload.Length;
        _blocks++;
        bool isLast = packet.Payload.Length < _blockBytes;
        if (isLast)
        {
            IsDone = true;
            SetTimer(Instant.Never);
        }

        if (++_sinceAcknowledgment >= _window || isLast) Acknowledge();
    }

    private void Acknowledge()
    {
        _sinceAcknowledgment = 0;
        if (IsDone && !_acknowledgesLast) return;
        _acknowledgment[2] = unchecked((byte)(_blocks >> 8));
        _acknowledgment[3] = unchecked((byte)_blocks);
        Network.Send(this, _port, new(_server.Address, _serverPort), _acknowledgment);
    }
}
