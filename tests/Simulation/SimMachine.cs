using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tests.Simulation;

/// <summary>A datagram in a port's queue.</summary>
internal sealed record SimDatagram(IpEndpoint Source, IpEndpoint Destination, byte[] Payload);

/// <summary>An open UDP port of a machine.</summary>
internal sealed class SimPort(ushort number)
{
    public ushort Number { get; } = number;

    public Queue<SimDatagram> Queue { get; } = new();
}

/// <summary>The machine's boot failed as a real one's does: it starts again from its firmware.</summary>
internal sealed class BootFailure(string message) : Exception(message);

/// <summary>The server did something that no client may be asked to bear: the simulation has failed.</summary>
internal sealed class ServerFault(string message) : Exception(message);

/// <summary>
/// A host whose software is one script, written as an async method: it waits with <see cref="Happening"/> and is woken
/// by its packets, its connection and its clock, always on the simulator's own thread.
/// </summary>
internal abstract class SimMachine : SimHost
{
    private readonly List<SimPort> _ports = [];
    private Action? _continuation;
    private bool _timedOut;
    private Prng _prng;
    private ushort _nextPort;

    protected SimMachine(HardwareAddress hardwareAddress, ulong seed, int interfaceIndex = SimKernel.FirstInterface)
        : base(hardwareAddress, interfaceIndex)
    {
        _prng = new(seed ^ hardwareAddress.Hash);
        _nextPort = (ushort)(1024 + _prng.Below(40_000));
    }

    /// <summary>The script's outcome; not completed while it runs.</summary>
    public Task Script { get; private set; } = Task.CompletedTask;

    /// <summary>The connection that the script uses now, and what came on it.</summary>
    public SimConnection? Connection { get; set; }

    /// <summary>Starts the script after a while.</summary>
    public void PowerOn(Duration after)
    {
        _continuation = () => Script = Run();
        SetTimer(after);
    }

    public uint Random() => (uint)(_prng.Next() & uint.MaxValue);

    public int RandomBelow(int bound) => _prng.Below(bound);

    /// <summary>Opens a port, or an unused one when the number is 0.</summary>
    public SimPort Open(ushort number = 0)
    {
        if (number == 0)
        {
            do
            {
                _nextPort = _nextPort > 60_000 ? (ushort)1024 : (ushort)(_nextPort + 1);
            }
            while (IsListening(_nextPort));
            number = _nextPort;
        }

        SimPort port = new(number);
        _ports.Add(port);
        return port;
    }

    public void Close(SimPort port) => _ports.Remove(port);

    public void Send(SimPort port, in IpEndpoint destination, ReadOnlySpan<byte> payload) =>
        Network.Send(this, port.Number, destination, payload);

    /// <summary>The next datagram of a port, or null when the deadline came first.</summary>
    public async Task<SimDatagram?> Receive(SimPort port, Instant deadline)
    {
        while (true)
        {
            if (port.Queue.TryDequeue(out SimDatagram? datagram)) return datagram;
            if (Now >= deadline || !await Happening(deadline)) return null;
        }
    }

    public async Task Sleep(Duration length)
    {
        Instant until = Now + length;
        while (Now < until) await Happening(until);
    }

    /// <summary>Waits until anything happens to this machine: true; or the deadline comes: false.</summary>
    public Awaitable Happening(Instant deadline) => new(this, deadline);

    public override bool IsListening(ushort port)
    {
        foreach (SimPort open in _ports)
        {
            if (open.Number == port) return true;
        }

        return false;
    }

    public override void OnDatagram(in IpEndpoint source, in IpEndpoint destination, ReadOnlySpan<byte> payload)
    {
        foreach (SimPort open in _ports)
        {
            if (open.Number != destination.Port) continue;
            open.Queue.Enqueue(new(source, destination, payload.ToArray()));
            Wake();
            return;
        }
    }

    public override void OnTimer()
    {
        _timedOut = true;
        Wake();
    }

    public override void OnStreamOpen(SimStream stream)
    {
        if (Connection?.Stream != stream) return;
        Connection.IsOpen = true;
        Wake();
    }

    public override void OnStreamBytes(SimStream stream, ReadOnlySpan<byte> bytes)
    {
        if (Connection?.Stream != stream) return;
        Connection.Received.AddRange(bytes);
        Wake();
    }

    public override void OnStreamEnd(SimStream stream)
    {
        stream.Finish();
        if (Connection?.Stream != stream) return;
        Connection.IsEnded = true;
        Wake();
    }

    public override void OnStreamReset(SimStream stream)
    {
        if (Connection?.Stream != stream) return;
        Connection.IsReset = true;
        Wake();
    }

    /// <summary>What the machine does from power on to its end.</summary>
    protected abstract Task Run();

    /// <summary>All ports closed, the address given up: a reboot.</summary>
    protected void Reset()
    {
        _ports.Clear();
        Connection?.Stream.Reset();
        Connection = null;
        Network.Release(this);
    }

    private void Wake()
    {
        Action? continuation = _continuation;
        _continuation = null;
        continuation?.Invoke();
    }

    /// <summary>The wait of a script; resumes it at once when something happens, without a scheduler.</summary>
    internal readonly struct Awaitable(SimMachine machine, Instant deadline) : INotifyCompletion
    {
        public bool IsCompleted => false;

        public Awaitable GetAwaiter() => this;

        public void OnCompleted(Action continuation)
        {
            machine._timedOut = false;
            machine._continuation = continuation;
            machine.SetTimer(deadline);
        }

        public bool GetResult() => !machine._timedOut;
    }
}

/// <summary>The client's end of a connection.</summary>
internal sealed class SimConnection(SimStream stream)
{
    public SimStream Stream { get; } = stream;

    public List<byte> Received { get; } = [];

    public bool IsOpen { get; set; }

    public bool IsEnded { get; set; }

    public bool IsReset { get; set; }
}
