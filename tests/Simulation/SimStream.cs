using System;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tests.Simulation;

/// <summary>One direction of a connection: bytes in flight and bytes that arrived share one ring.</summary>
internal sealed class SimPipe(int capacity)
{
    private readonly byte[] _ring = new byte[capacity];
    private int _head;

    public int Capacity => _ring.Length;

    /// <summary>Bytes that the receiver may read.</summary>
    public int Arrived { get; private set; }

    /// <summary>Bytes that were sent and did not arrive yet.</summary>
    public int InFlight { get; private set; }

    public int Free => _ring.Length - Arrived - InFlight;

    /// <summary>The sender sends no more.</summary>
    public bool IsEnded { get; set; }

    /// <summary>The receiver knows that.</summary>
    public bool HasEndArrived { get; set; }

    /// <summary>Bytes arrive in order, so nothing arrives before this.</summary>
    public Instant LastArrival { get; set; }

    /// <summary>Takes what fits and returns how much that was.</summary>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(bytes.Length, Free);
        int tail = (_head + Arrived + InFlight) % _ring.Length;
        int first = Math.Min(count, _ring.Length - tail);
        bytes[..first].CopyTo(_ring.AsSpan(tail));
        bytes[first..count].CopyTo(_ring);
        InFlight += count;
        return count;
    }

    public void Arrive(int count)
    {
        InFlight -= count;
        Arrived += count;
    }

    /// <summary>Arrived bytes that lie in one piece; there may be more behind them.</summary>
    public ReadOnlySpan<byte> Peek() => _ring.AsSpan(_head, Math.Min(Arrived, _ring.Length - _head));

    public void Consume(int count)
    {
        _head = (_head + count) % _ring.Length;
        Arrived -= count;
    }
}

/// <summary>A TCP connection between a host and the server, as reliable as TCP: late, but whole and in order.</summary>
internal sealed class SimStream(SimNetwork network, SimHost host, IpEndpoint hostEndpoint, IpEndpoint serverEndpoint)
{
    /// <summary>The server has not accepted it yet.</summary>
    public const int NotAccepted = -1;

    /// <summary>The server closed its handle.</summary>
    public const int Closed = -2;

    public SimHost Host { get; } = host;

    public IpEndpoint HostEndpoint { get; } = hostEndpoint;

    public IpEndpoint ServerEndpoint { get; } = serverEndpoint;

    public SimPipe ToHost { get; } = new(32 * 1024);

    public SimPipe ToServer { get; } = new(8 * 1024);

    /// <summary>The server's handle, <see cref="NotAccepted"/> or <see cref="Closed"/>.</summary>
    public int Handle { get; set; } = NotAccepted;

    /// <summary>A reset reached the server; its next call says so.</summary>
    public bool IsResetAtServer { get; set; }

    /// <summary>A reset reached the host, or the host gave up: nothing of it matters to the host any more.</summary>
    public bool IsDeadAtHost { get; set; }

    /// <summary>The host was told that the server sends no more.</summary>
    public bool IsEndToldToHost { get; set; }

    /// <summary>The host does not read: what arrives stays and fills the window.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>The next in the listener's queue.</summary>
    public SimStream? Next { get; set; }

    /// <summary>The host sends what fits; <see cref="SimHost.OnStreamSpace"/> follows when it was not all.</summary>
    public int Send(ReadOnlySpan<byte> bytes)
    {
        if (IsDeadAtHost || ToServer.IsEnded) return 0;
        int count = ToServer.Write(bytes);
        if (count > 0) network.ScheduleBytes(this, count, toServer: true);
        return count;
    }

    /// <summary>The host sends no more but goes on reading.</summary>
    public void Finish()
    {
        if (IsDeadAtHost || ToServer.IsEnded) return;
        ToServer.IsEnded = true;
        network.ScheduleEnd(this, toServer: true);
    }

    /// <summary>The host breaks the connection.</summary>
    public void Reset()
    {
        if (IsDeadAtHost) return;
        IsDeadAtHost = true;
        network.ScheduleReset(this, toServer: true);
    }

    /// <summary>The host stops reading.</summary>
    public void Pause() => IsPaused = true;

    /// <summary>The host reads what has arrived and goes on.</summary>
    public void Resume()
    {
        IsPaused = false;
        network.DeliverToHost(this);
    }
}
