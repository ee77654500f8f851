using System;
using System.Text;
using Aglet.Commands;
using Aglet.Tests.Unit.Journals;
using Xunit;

namespace Aglet.Tests.Unit.Commands;

public sealed class LeasesCommandTests
{
    private const string Config = """
        {
          "network": { "interface": "eth0", "address": "10.0.0.1/24" },
          "dhcp": { "mode": "server", "pool": "10.0.0.100-10.0.0.200" }, "state": "/var/lib/aglet",
          "machines": [{ "name": "node1", "mac": "52:54:00:00:00:01", "image": "disk" }],
          "images": { "disk": { "local": true } }
        }
        """;

    [Fact]
    public void TheServerIsListedWhileItRuns()
    {
        JournalWorld world = World(Config);
        string first = world.Bind(1).ToString();
        string second = world.Bind(2).ToString();
        world.Pass(100);
        world.Turn(() => Assert.True(world.Table.TryRelease(JournalWorld.KeyOf(2), world.Table.AddressOf(world.Table.Find(JournalWorld.KeyOf(2))))));
        string text = Run(world, 0);
        Assert.Equal(
            $"""
            ADDRESS     HARDWARE ADDRESS   STATE  UNTIL                 MACHINE  CLIENT ID
            {second}  52:54:00:00:00:02  idle
            {first}  52:54:00:00:00:01  bound  2025-06-15T16:14:11Z  node1
            2 leases

            """,
            text);
        Assert.Contains(
            $$"""{ "address": "{{first}}", "hardwareAddress": "52:54:00:00:00:01", "state": "bound", "until": "2025-06-15T16:14:11Z", "machine": "node1" }""",
            Run(world, 0, "--json"),
            StringComparison.Ordinal);
        world.Pass(5000);
        Assert.DoesNotContain("bound", Run(world, 0), StringComparison.Ordinal);
    }

    [Fact]
    public void AnEmptyListIsAList()
    {
        JournalWorld world = World(Config);
        Assert.EndsWith("0 leases\n", Run(world, 0), StringComparison.Ordinal);
        Assert.EndsWith("[]\n", Run(world, 0, "--json"), StringComparison.Ordinal);
    }

    [Fact]
    public void WhereNothingIsRememberedItSaysSo()
    {
        JournalWorld world = World(Config.Replace("\"state\": \"/var/lib/aglet\",", "", StringComparison.Ordinal));
        Run(world, 2);
        Assert.Contains("/e/aglet.json has no \"state\"", world.Log, StringComparison.Ordinal);
        world = World(Config.Replace("/var/lib/aglet", "/nowhere", StringComparison.Ordinal));
        Run(world, 1);
        Assert.Contains("aglet: /nowhere/journal cannot be read: no such file", world.Log, StringComparison.Ordinal);
    }

    private static JournalWorld World(string config)
    {
        JournalWorld world = new();
        world.Kernel.Files.Add("/e/aglet.json", Encoding.UTF8.GetBytes(config));
        return world.Start();
    }

    private static string Run(JournalWorld world, int exitCode, params string[] more)
    {
        int before = world.Kernel.Output.Length;
        Assert.Equal(exitCode, LeasesCommand.Run(["--config", "/e/aglet.json", .. more], world.Kernel));
        return Encoding.UTF8.GetString(world.Kernel.Output, before, world.Kernel.Output.Length - before);
    }
}
