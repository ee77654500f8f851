using System;
using System.IO;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>The address of the served interface changes under a running daemon.</summary>
[Trait("Category", "Lab")]
public sealed class AddressChangeTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(40);

    private const string Config = """
        { "network": { "interface": "eth0" }, "tree": "tree", "dhcp": { "mode": "off" } }
        """;

    /// <summary>It gave up the right to open ports, so that it cannot go on at the new address; it says so, and is started again.</summary>
    [Fact]
    public void ADaemonWithoutRightsEndsSoThatItIsStartedAgain() => LabSession.Run("address-change", lab =>
    {
        lab.FillTree();
        string config = Path.Combine(lab.Folder, "change.json");
        File.WriteAllText(config, Config);
        using LabProcess server = LabProcess.Start("aglet", lab.Network.Server, Path.Combine(lab.Folder, "change.log"),
            [Repository.Binary, "serve", "--config", config]);
        Assert.True(server.WaitFor("ready:", _limit), server.Output);
        lab.InServer("ip", "address", "flush", "dev", "eth0").OrThrow("ip");
        lab.InServer("ip", "address", "add", "10.0.0.77/24", "dev", "eth0").OrThrow("ip");
        Assert.True(server.WaitFor("stopped", _limit), server.Output);
        Assert.Contains("the address of eth0 is 10.0.0.77/24 now", server.Output, StringComparison.Ordinal);
        Assert.Contains("can start it again with the right to open ports", server.Output, StringComparison.Ordinal);
        Assert.Equal(1, server.WaitForExit(_limit));
    });
}
