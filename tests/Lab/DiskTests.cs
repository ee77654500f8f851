using System;
using System.IO;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>The disk of <c>state</c> refuses: machines are served on, and nothing is lost that was said to be durable.</summary>
[Trait("Category", "Lab")]
public sealed class DiskTests
{
    private const string Refused = "state/journal cannot be written";
    private const string Caught = "state/journal is written again: all that is in memory is durable";

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    [Fact]
    public void FullDiskIsToldOnceAndMadeGoodWhenThereIsRoom() => LabSession.Run("disk-full", lab =>
    {
        string config = Configure(lab);
        using SmallDisk disk = new(lab, Path.Combine(lab.Folder, "state"));
        using RelayedCrowd crowd = NewCrowd(lab);
        using (LabProcess server = Start(lab, disk, config))
        {
            crowd.Boot(60, _limit);
            disk.Fill();
            BootUntilTold(crowd, server, "the disk is full; free some space");
            crowd.Boot(100, _limit);
            Assert.Equal(1, CountOf(Refused, server));
            disk.MakeRoom();
            Assert.True(server.WaitFor(Caught, _limit), server.Output);
            crowd.Boot(60, _limit);
            Kill(server);
        }

        // Also what was acknowledged while there was no room is there.
        crowd.Leases.CheckAgainstJournal("after a full disk", config, disk.Enter);
        Assert.True(crowd.Leases.Count >= 220);
    });

    /// <summary>The system makes a file system read-only when its disk fails; here it is done while no file is open for writing.</summary>
    [Fact]
    public void ReadOnlyDiskIsServedFromAndKeepsWhatItHas() => LabSession.Run("disk-read-only", lab =>
    {
        string config = Configure(lab);
        using SmallDisk disk = new(lab, Path.Combine(lab.Folder, "state"));
        using RelayedCrowd crowd = NewCrowd(lab);
        AcknowledgedLeases durable;
        using (LabProcess server = Start(lab, disk, config))
        {
            crowd.Boot(60, _limit);
            durable = crowd.Leases.Copy();
            disk.Fill();
            BootUntilTold(crowd, server, "the disk is full");
            disk.Remount("ro,size=1m");
            crowd.Boot(40, _limit);
            Kill(server);
        }

        // The log said that the rest would be forgotten.
        durable.CheckAgainstJournal("on a read-only disk", config, disk.Enter);
        crowd.Leases = durable.Copy();
        using (LabProcess server = Start(lab, disk, config))
        {
            Assert.True(server.WaitFor("the disk is read-only; see why (dmesg)", _limit), server.Output);
            crowd.Boot(60, _limit);
            Assert.Equal(1, CountOf(Refused, server));
            disk.Remount("rw");
            Assert.True(server.WaitFor(Caught, _limit), server.Output);
            crowd.Boot(40, _limit);
            Kill(server);
        }

        crowd.Leases.CheckAgainstJournal("after a read-only disk", config, disk.Enter);
        Assert.True(crowd.Leases.Count >= 160);
    });

    private static string Configure(LabSession lab)
    {
        Directory.CreateDirectory(lab.Tree);
        lab.GiveClientAddress();
        lab.OnClient(_limit, "ip", "address", "add", "10.50.0.5/16", "dev", "eth0").OrThrow("ip");
        lab.InServer("ip", "route", "add", "10.50.0.0/16", "dev", "eth0").OrThrow("ip");
        string config = Path.Combine(lab.Folder, "aglet.json");
        File.WriteAllText(config, """
            { "network": { "interface": "eth0" }, "tree": "tree", "state": "state",
              "dhcp": { "mode": "server", "pool": "10.0.0.20-10.0.0.250",
                        "subnets": [{ "subnet": "10.50.0.0/16", "pool": "10.50.1.0-10.50.250.255" }] } }
            """);
        return config;
    }

    /// <summary>More machines than boot here: each gets an address for the first time, which is a record.</summary>
    private static RelayedCrowd NewCrowd(LabSession lab) => new(lab, "10.50.0.5", machines: 50_000);

    private static LabProcess Start(LabSession lab, SmallDisk disk, string config)
    {
        LabProcess server = LabProcess.Start("aglet", space: null, Path.Combine(lab.Folder, "aglet.log"),
            [.. disk.Enter, Repository.Binary, "serve", "--config", config]);
        Assert.True(server.WaitFor("ready", _limit), server.Output);
        return server;
    }

    /// <summary>What is left of a page takes some records more.</summary>
    private static void BootUntilTold(RelayedCrowd crowd, LabProcess server, string text)
    {
        for (int i = 0; i < 20 && !server.WaitFor(text, TimeSpan.Zero); i++)
            crowd.Boot(20, _limit);
        Assert.True(server.WaitFor(text, TimeSpan.FromSeconds(5)), server.Output);
    }

    private static int CountOf(string text, LabProcess server) => server.Output.Split(text).Length - 1;

    private static void Kill(LabProcess server)
    {
        Assert.False(server.HasExited, server.Output);
        server.Signal(LabNative.SIGKILL);
        server.WaitForExit(_limit);
    }
}
