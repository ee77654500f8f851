using System;
using Aglet.Dhcp;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tests.Simulation;

/// <summary>Our own DHCP client as a machine of the simulated network.</summary>
internal sealed class SimApplianceClient(HardwareAddress hardwareAddress, ulong chance) : SimHost(hardwareAddress)
{
    private readonly DhcpClient _client = new(hardwareAddress, "appliance", chance);
    private readonly byte[] _message = new byte[1024];

    public bool IsBound => _client.IsBound;

    public Ipv4Address Leased => _client.Lease.Address.Address;

    /// <summary>Times that it came to an address, a new one or the same.</summary>
    public int Bindings { get; private set; }

    public override bool IsListening(ushort port) => port == 68;

    public void Begin(Instant at) => SetTimer(at);

    public void PlugIn() => Do(_client.OnLinkUp(Now));

    public override void OnDatagram(in IpEndpoint source, in IpEndpoint destination, ReadOnlySpan<byte> payload)
    {
        if (DhcpMessage.Parse(payload, out DhcpMessage message) == DhcpReject.None) Do(_client.OnMessage(Now, message));
    }

    public override void OnTimer() =>
        Do(_client.Deadline == Instant.Never && !_client.IsBound ? _client.Start(Now, default) : _client.OnDeadline(Now));

    private void Do(DhcpClientStep step)
    {
        if ((step & DhcpClientStep.Unbind) != 0) Network.Release(this);
        if ((step & DhcpClientStep.Bind) != 0)
        {
            Network.Claim(this, Leased);
            Bindings++;
        }

        bool isUnicast = (step & DhcpClientStep.Unicast) != 0;
        if ((isUnicast || (step & DhcpClientStep.Broadcast) != 0) && _client.TryWrite(Now, _message, out int written))
        {
            Ipv4Address to = isUnicast ? _client.Lease.Server : Ipv4Address.Broadcast;
            Network.Send(this, 68, new(to, 67), _message.AsSpan(0, written));
        }

        // What others are told before we began is no reason not to begin.
        if (_client.Deadline != Instant.Never) SetTimer(_client.Deadline);
    }
}
