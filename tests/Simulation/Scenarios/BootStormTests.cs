using Aglet.Config;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Simulation.Scenarios;

/// <summary>
/// Thousands of machines boot from the whole server. What each storm proves is in <see cref="BootStorm"/>: every byte is
/// right, no address is held twice, nothing is left open, and the server allocates nothing once it is warm.
/// </summary>
public sealed class BootStormTests
{
    [Fact]
    public void TwoThousandMachinesBootThroughLossReorderingAndDuplication() =>
        Finish(new() { Seed = 1, Clients = 2000, Rates = FaultRates.Lossy });

    [Fact]
    public void ThousandMachinesBootBesideAnotherDhcpServer() =>
        Finish(new() { Seed = 2, Clients = 1000, Rates = FaultRates.Lossy, Mode = DhcpMode.Proxy });

    /// <summary>All that comes to port 67 is heard and answered as frames.</summary>
    [Fact]
    public void MachinesBootWhileAnotherProgramHoldsThePort() => Finish(new()
    {
        Seed = 9,
        Clients = 500,
        Rates = FaultRates.Rough,
        Mode = DhcpMode.Proxy,
        IsPortTaken = true,
    });

    /// <summary>EAGAIN, EINTR, ENOBUFS, EMFILE, short reads and writes, and a server that is late by 20 ms at times.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void MachinesBootFromAKernelThatRefuses(ulong seed) =>
        Finish(new() { Seed = seed, Clients = 500, Rates = FaultRates.Rough });

    /// <summary>The power comes back: everybody asks within one second.</summary>
    [Fact]
    public void ThousandMachinesBootAtTheSameMoment() =>
        Finish(new() { Seed = 6, Clients = 1000, Rates = FaultRates.Lossy, PowerOnWithin = Duration.FromSeconds(1) });

    [Fact]
    public void SeedGivesTheSameStorm()
    {
        BootStormPlan plan = new() { Seed = 7, Clients = 100, Rates = FaultRates.Rough };
        Assert.Equal(BootStorm.Run(plan), BootStorm.Run(plan));
        Assert.NotEqual(BootStorm.Run(plan), BootStorm.Run(plan with { Seed = 8 }));
    }

    private static void Finish(BootStormPlan plan)
    {
        BootStormReport report = BootStorm.Run(plan);
        Assert.Equal(plan.Clients, report.Clients);
        Assert.True(report.Boots >= plan.Clients);

        // Every machine has at least its kernel and initrd compared.
        Assert.True(report.VerifiedBytes > plan.Clients * 188_000L);
        Assert.Equal(0, report.ServerBytes);
    }
}
