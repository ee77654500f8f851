using System;
using System.Globalization;
using System.IO;
using System.Threading;
using Xunit;
using Xunit.Abstractions;

namespace Aglet.Tests.Lab;

/// <summary>
/// The binary is killed in the middle of its work, again and again. AGLET_CRASHES says how often; <c>make test-crash</c>
/// does it 200 times.
/// </summary>
[Trait("Category", "Lab")]
public sealed class CrashTests(ITestOutputHelper output)
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    private readonly Random _random = new(20_260_101);

    private static int Crashes =>
        int.TryParse(Environment.GetEnvironmentVariable("AGLET_CRASHES"), CultureInfo.InvariantCulture, out int count) ? count : 20;

    /// <summary>Few machines, so that addresses go from hand to hand.</summary>
    [Fact]
    public void NoAcknowledgedLeaseIsLostWhenTheServerIsKilled() => LabSession.Run("crash", lab =>
    {
        string config = Configure(lab, """ "pool": "10.0.0.20-10.0.0.250" """);
        lab.GiveClientAddress();
        using RelayedCrowd crowd = new(lab, "10.0.0.5", machines: 180) { GivesBack = true };
        for (int crash = 0; crash < Crashes; crash++)
        {
            using LabProcess server = Start(lab, config);
            crowd.Boot(TimeSpan.FromMilliseconds(5 + _random.Next(100)));
            Kill(server);
            crowd.TakeTheRest();
            crowd.Leases.CheckAgainstJournal($"crash {crash}", config);
        }

        output.WriteLine($"{Crashes} kills, {crowd.Leases.Messages} acknowledgments, {crowd.Leases.Count} leases at the end");
        Assert.True(crowd.Leases.Messages > Crashes * 20, $"only {crowd.Leases.Messages} acknowledgments");
        Assert.True(crowd.Leases.Count > 90);
    });

    /// <summary>Kea's load, which does not wait for us: what counts is each ACK that was on the wire.</summary>
    [Fact]
    public void NoLeaseOfPerfdhcpIsLostWhenTheServerIsKilled() => LabSession.Run("crash-perfdhcp", lab =>
    {
        string config = Configure(lab, """
            "pool": "10.0.0.20-10.0.0.250",
            "subnets": [{ "subnet": "10.50.0.0/16", "pool": "10.50.1.0-10.50.250.255" }]
            """);
        lab.GiveClientAddress();
        lab.OnClient(_limit, "ip", "address", "add", "10.50.0.5/16", "dev", "eth0").OrThrow("ip");
        lab.InServer("ip", "route", "add", "10.50.0.0/16", "dev", "eth0").OrThrow("ip");
        AcknowledgedLeases leases = new();
        long seen = 0;
        using LabProcess load = LabProcess.Start("perfdhcp", lab.Network.Client, Path.Combine(lab.Folder, "perfdhcp.log"),
            ["perfdhcp", "-4", "-r", "400", "-R", "30000", "-p", "3600", "-l", "10.50.0.5", LabNetwork.ServerAddress]);
        for (int crash = 0; crash < Crashes; crash++)
        {
            using LabProcess server = Start(lab, config);
            Thread.Sleep(50 + _random.Next(100));
            Kill(server);
            foreach (CapturedPacket packet in lab.Capture.PacketsFrom(ref seen))
            {
                if (packet.IsDhcpReply && packet.DhcpOption(53) is [5])
                    leases.Add(packet.ClientMac, packet.YourAddressText);
            }

            leases.CheckAgainstJournal($"crash {crash}", config);
            Assert.False(load.HasExited, load.Output);
        }

        output.WriteLine($"{Crashes} kills, {leases.Messages} acknowledgments to perfdhcp, {leases.Count} leases at the end");
        Assert.True(leases.Messages > Crashes * 10, $"only {leases.Messages} acknowledgments");
    });

    [Fact]
    public void ASecondServerIsRefusedTheFolder() => LabSession.Run("crash-second", lab =>
    {
        Directory.CreateDirectory(lab.Tree);
        string folder = Directory.CreateDirectory(Path.Combine(lab.Folder, "state")).FullName;
        const string Off = """{ "network": { "interface": "eth0" }, "tree": "tree", "state": "state", "dhcp": { "mode": "off" } }""";
        ServedAppliance first = lab.Serve(Off);
        first.WaitFor("ready", _limit);
        LabResult second = LabProcess.Run(lab.Network.Server, _limit,
            [Repository.Binary, "serve", "--config", Path.Combine(lab.Folder, "aglet.json")]);
        Assert.Equal(1, second.ExitCode);
        Assert.Contains($"another aglet that runs has {folder}", second.Output, StringComparison.Ordinal);
    });

    private static string Configure(LabSession lab, string pool)
    {
        Directory.CreateDirectory(lab.Tree);
        Directory.CreateDirectory(Path.Combine(lab.Folder, "state"));
        string config = Path.Combine(lab.Folder, "aglet.json");
        File.WriteAllText(config, $$"""
            { "network": { "interface": "eth0" }, "tree": "tree", "state": "state",
              "dhcp": { "mode": "server", "lease": "1h", {{pool}} } }
            """);
        return config;
    }

    private static LabProcess Start(LabSession lab, string config)
    {
        LabProcess server = LabProcess.Start("aglet", lab.Network.Server, Path.Combine(lab.Folder, "aglet.log"),
            [Repository.Binary, "serve", "--config", config]);
        Assert.True(server.WaitFor("ready", _limit), server.Output);
        return server;
    }

    private static void Kill(LabProcess server)
    {
        Assert.False(server.HasExited, server.Output);
        server.Signal(LabNative.SIGKILL);
        server.WaitForExit(_limit);
    }
}
