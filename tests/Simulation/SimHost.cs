using System;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tests.Simulation;

/// <summary>A machine on the simulated network, other than the server.</summary>
internal abstract class SimHost(HardwareAddress hardwareAddress, int interfaceIndex = SimKernel.FirstInterface)
{
    private Instant _scheduled = Instant.Never;
    private Instant _deadline = Instant.Never;

    public HardwareAddress HardwareAddress { get; } = hardwareAddress;

    /// <summary>The link that it is on, by the server's number for it.</summary>
    public int InterfaceIndex { get; } = interfaceIndex;

    /// <summary>The address that it answers ARP for; set through <see cref="SimNetwork.Claim"/>.</summary>
    public Ipv4Address Address { get; set; }

    /// <summary>The network that it is attached to.</summary>
    public SimNetwork Network { get; set; } = null!;

    /// <summary>Time of the call that is being handled.</summary>
    public Instant Now => Network.Now;

    /// <summary>True when a socket is open on the UDP port.</summary>
    public abstract bool IsListening(ushort port);

    /// <summary>A datagram came to a port that it listens on.</summary>
    public abstract void OnDatagram(in IpEndpoint source, in IpEndpoint destination, ReadOnlySpan<byte> payload);

    /// <summary>The deadline of <see cref="SetTimer"/> was reached.</summary>
    public abstract void OnTimer();

    /// <summary>The server's kernel took the connection (which the server itself may not have seen yet).</summary>
    public virtual void OnStreamOpen(SimStream stream)
    {
    }

    public virtual void OnStreamBytes(SimStream stream, ReadOnlySpan<byte> bytes)
    {
    }

    /// <summary>There is room again for what the host sends.</summary>
    public virtual void OnStreamSpace(SimStream stream)
    {
    }

    /// <summary>The server sends no more.</summary>
    public virtual void OnStreamEnd(SimStream stream)
    {
    }

    /// <summary>The server refused or broke the connection.</summary>
    public virtual void OnStreamReset(SimStream stream)
    {
    }

    /// <summary>Sets the one timer of the host; <see cref="Instant.Never"/> stops it.</summary>
    protected void SetTimer(Instant deadline)
    {
        _deadline = deadline;
        if (deadline >= _scheduled) return;
        _scheduled = deadline;
        Network.ScheduleTimer(this, deadline);
    }

    /// <summary>Sets the timer from now.</summary>
    protected void SetTimer(Duration wait) => SetTimer(Now + wait);

    /// <summary>The network calls this for each timer event; most are for deadlines that were moved since.</summary>
    public void OnTimerEvent()
    {
        if (Now < _scheduled) return;
        _scheduled = Instant.Never;
        if (_deadline == Instant.Never) return;
        if (_deadline > Now)
        {
            SetTimer(_deadline);
            return;
        }

        _deadline = Instant.Never;
        OnTimer();
    }
}
