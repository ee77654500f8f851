using System.Collections.Generic;
using Aglet.Config;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Server;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Simulation.Scenarios;

/// <summary>Our own DHCP client against our own DHCP server, over good and bad networks.</summary>
public sealed class OwnAddressTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public void EveryClientComesToAnAddressOfItsOwnAndKeepsIt(ulong seed, bool isLossy)
    {
        SimKernel kernel = new(new SimNetwork(seed, FaultRates.None), "10.0.0.1/20");
        _ = new BootWorld(kernel, DhcpMode.Server, 3);
        Log log = new(kernel, json: false, LogLevel.Error);
        NetbootServer server = new(kernel, BootWorld.Read(kernel), log, [kernel.Interface()]);
        Assert.Empty(server.Start());
        SimTicker ticker = new(kernel);
        kernel.Network.Attach(ticker);
        ticker.Begin();
        List<SimApplianceClient> clients = [];
        for (byte number = 0; number < 40; number++)
        {
            SimApplianceClient client = new(HardwareAddress.Read([2, 1, 0, 0, 0, number]), (seed << 16) + number);
            clients.Add(client);
            kernel.Network.Attach(client);
            client.Begin(kernel.Network.Now + Duration.FromMilliseconds(number * 50));
        }

        if (isLossy) kernel.Network.Rates = FaultRates.Lossy;
        RunFor(kernel, server, Duration.FromSeconds(600));
        Assert.All(clients, client => Assert.True(client.IsBound));
        List<Ipv4Address> first = clients.ConvertAll(client => client.Leased);
        Assert.Equal(first.Count, new HashSet<Ipv4Address>(first).Count);

        // Six hours of leases of one hour, and a cable that is pulled now and then.
        for (int hour = 0; hour < 6; hour++)
        {
            RunFor(kernel, server, Duration.FromSeconds(3600));
            clients[hour].PlugIn();
        }

        RunFor(kernel, server, Duration.FromSeconds(600));
        Assert.All(clients, client => Assert.True(client.IsBound));
        Assert.Equal(first, clients.ConvertAll(client => client.Leased));
        Assert.Empty(kernel.Network.Violations);
    }

    private static void RunFor(SimKernel kernel, NetbootServer server, Duration length)
    {
        Instant end = kernel.Network.Now + length;
        while (kernel.Network.Now < end) server.Turn();
    }
}
