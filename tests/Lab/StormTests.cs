using System.Globalization;
using System.IO;
using System.Text.RegularExpressions;
using Aglet.Tests.Bench;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>What <c>make bench ONLY=storm</c> measures, in miniature and without a clock: that all of it comes to its end.</summary>
[Trait("Category", "Lab")]
public sealed class StormTests
{
    /// <summary>
    /// Fifty machines at once over one link: DHCP, boot program, DHCP as iPXE, script, kernel, initrd, and each its own answer
    /// file. Meanwhile others get their offers, and the server collects no garbage.
    /// </summary>
    [Fact]
    public void FiftyMachinesBootAtOnceOverOneLink()
    {
        BenchFolder folder = new(Repository.NewFolder("storm"));
        StormDemand demand = new(50, 1_000_000, 2_000_000) { LimitSeconds = 300, AnswerMark = "({mac})" };
        using BenchNetwork network = new(pins: false);
        network.GiveClient("10.0.64.0/18");
        network.Shape(400_000_000);
        BenchServers servers = new(folder);
        using RunningServer running = new BenchHost(network, folder).StartTftp(servers.AgletStorm(demand));
        StormOutcome outcome = BenchNetwork.Inside(network.Client, -1, () => StormMachines.Run(demand));
        running.Stop();
        string log = File.ReadAllText(running.LogFile);
        Assert.Empty(outcome.Failures);
        Assert.Equal(demand.Machines, outcome.Finished);
        Assert.NotEmpty(outcome.OfferMilliseconds);

        // What is made once, whatever comes: its size does not depend on the number of machines.
        Match spent = Regex.Match(log, "since the start: 0 garbage collections, ([0-9]+) bytes allocated\n");
        Assert.True(spent.Success, "no such line, or a collection");
        Assert.InRange(int.Parse(spent.Groups[1].ValueSpan, CultureInfo.InvariantCulture), 0, 4096);
    }
}
