using System;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tests.Simulation;

/// <summary>Ends the server's wait once a second, so that a scenario can look whether all is done.</summary>
internal sealed class SimTicker(SimKernel kernel) : SimHost(HardwareAddress.Read([2, 0, 0, 0, 0, 9]))
{
    public override bool IsListening(ushort port) => false;

    public override void OnDatagram(in IpEndpoint source, in IpEndpoint destination, ReadOnlySpan<byte> payload)
    {
    }

    public override void OnTimer()
    {
        kernel.Interrupt();
        Begin();
    }

    public void Begin() => SetTimer(Duration.FromSeconds(1));
}
