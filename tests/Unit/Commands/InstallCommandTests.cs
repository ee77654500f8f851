using System;
using System.Text;
using Aglet.Boot;
using Aglet.Journal;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Commands;

/// <summary>What an operator sees of installs, and how he has one done again, beside a server that runs.</summary>
public sealed class InstallCommandTests
{
    private static readonly string _rack = CommandWorld.Rack
        .Replace("\"tree\": \"/t\",", "\"tree\": \"/t\", \"state\": \"/s\",", StringComparison.Ordinal)
        .Replace("\"image\": \"debian\", \"vars\"", "\"image\": \"debian\", \"once\": true, \"vars\"", StringComparison.Ordinal);

    [Fact]
    public void BeforeTheFirstServerAllIsArmed()
    {
        CommandWorld world = World();
        Assert.Equal(0, world.Machines());
        Assert.Equal(
            "NAME   HARDWARE ADDRESS   IMAGE   INSTALL  SINCE  LAST SEEN\n"
            + "node1  52:54:00:00:00:01  debian  armed\n"
            + "node2  52:54:00:00:00:02  disk\n"
            + "2 machines\n",
            world.Output);
    }

    [Fact]
    public void WhatTheJournalSaysIsListedWhileTheServerRuns()
    {
        CommandWorld world = World();
        InstallTable table = Server(world, out StateJournal journal);
        int node1 = table.Touch(new InstallKey("node1"u8.ToArray()));
        table.SetInstalling(node1, world.Kernel.Now(), "debian"u8.ToArray());
        table.SetFailed(node1, world.Kernel.Now());
        table.SetInstalling(node1, world.Kernel.Now(), "debian"u8.ToArray());
        int member = table.Touch(new InstallKey(HardwareAddress.Read([2, 0, 0, 0, 0, 7])));
        table.SetInstalling(member, world.Kernel.Now(), "debian"u8.ToArray());
        table.SetInstalled(member, world.Kernel.Now(), InstallProof.Seen);
        journal.Commit(world.Kernel.Now());
        Assert.Equal(0, world.Machines());
        Assert.Contains("node1  52:54:00:00:00:01  debian  installing, 1 failed  ", world.Output, StringComparison.Ordinal);
        Assert.Contains("       02:00:00:00:00:07  debian  installed (seen)      ", world.Output, StringComparison.Ordinal);
        Assert.EndsWith("3 machines\n", world.Output, StringComparison.Ordinal);
        Assert.Equal(0, world.Machines("--json"));
        Assert.Contains("{ \"name\": \"node2\", \"hardwareAddress\": \"52:54:00:00:00:02\", \"image\": \"disk\" }", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AgainIsSeenAtOnceAndTheServerTakesIt()
    {
        CommandWorld world = World();
        InstallTable table = Server(world, out StateJournal journal);
        int node1 = table.Touch(new InstallKey("node1"u8.ToArray()));
        table.SetInstalled(node1, world.Kernel.Now(), InstallProof.Reported);
        journal.Commit(world.Kernel.Now());
        world.Machines();
        Assert.Contains("debian  installed  ", world.Output, StringComparison.Ordinal);
        Assert.Equal(0, world.Again("NODE1"));
        Assert.Equal("NODE1 is installed at its next network boot\n", world.Output);
        world.Machines();
        Assert.Contains("debian  armed again", world.Output, StringComparison.Ordinal);
        Assert.True(new AgainRequests(world.Kernel, "/s").TryRead(new InstallKey("node1"u8.ToArray()), out UInt128 first));
        Assert.Equal(0, world.Again("52:54:00:00:00:01"));
        Assert.True(new AgainRequests(world.Kernel, "/s").TryRead(new InstallKey("node1"u8.ToArray()), out UInt128 second));
        Assert.NotEqual(first, second);
    }

    [Theory]
    [InlineData("node3", "aglet: node3: no machine has this name; did you mean node1?\n")]
    [InlineData("node2", "aglet: node2 has no \"once\": true, so each network boot installs it already\n")]
    [InlineData("02:00:00:00:00:09", "aglet: 02:00:00:00:00:09: no machine has this MAC, and no group has \"once\": true\n")]
    public void AgainNamesItsMistakes(string name, string expected)
    {
        CommandWorld world = World();
        Assert.Equal(2, world.Again(name));
        Assert.EndsWith(expected, world.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutStateThereIsNothingToDo()
    {
        CommandWorld world = new(_rack.Replace("\"state\": \"/s\",", "", StringComparison.Ordinal));
        Assert.Equal(2, world.Again("node1"));
        Assert.Contains("has no \"state\": the server remembers installs in memory only", world.Errors, StringComparison.Ordinal);
        Assert.Equal(2, world.Again());
        Assert.Equal(0, world.Machines());
    }

    [Fact]
    public void CheckWarnsOfWhatIsForgottenOrNeverReported()
    {
        CommandWorld world = new(_rack.Replace("\"state\": \"/s\",", "", StringComparison.Ordinal));
        world.Check();
        Assert.Contains("warning: \"once\" without \"state\"", world.Output, StringComparison.Ordinal);
        Assert.Contains("does not fetch {{ done_url }}", world.Output, StringComparison.Ordinal);
        world = World();
        world.Put("/e/a.cfg", "d-i host {{ name }}\nwget {{ done_url }}");
        world.Check();
        Assert.DoesNotContain("once", world.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("done_url", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void ExplainSaysWhatARealBootOrAnInstalledMachineGets()
    {
        CommandWorld world = World();
        world.Put("/e/a.cfg", "wget {{ done_url }}\n");
        string token = "0123456789abcdef0123456789abcdef";
        string[] node1 = ["--mac", "52:54:00:00:00:01", "--arch", "x64-uefi"];
        world.Explain([.. node1, "--answer", "--token", token]);
        Assert.Equal($"wget http://10.0.0.1/_/done/{token}\n", world.Output);
        world.Explain(node1);
        Assert.Contains("stands for the one-time token", world.Output, StringComparison.Ordinal);
        world.Explain([.. node1, "--installed"]);
        Assert.Contains("node1 boots its local disk", world.Output, StringComparison.Ordinal);
        Assert.Equal(2, world.Explain([.. node1, "--token", "x"]));
    }

    private static CommandWorld World()
    {
        CommandWorld world = new(_rack);
        world.Put("/s/keep", "");
        return world;
    }

    private static InstallTable Server(CommandWorld world, out StateJournal journal)
    {
        InstallTable table = new(2);
        journal = StateJournal.Open(world.Kernel, new Log(world.Kernel), "/s", out _)!;
        _ = new InstallJournal(journal, table);
        Assert.True(journal.TryReplay(world.Kernel.Now(), out _));
        return table;
    }
}
