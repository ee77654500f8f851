using System;
using System.Linq;
using Aglet.Commands;
using Aglet.Kernel;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Commands;

public sealed class ServeCommandTests
{
    [Fact]
    public void TheServiceManagerIsToldWhatHappens()
    {
        CommandWorld world = new();
        Assert.Equal(0, Serve(world));
        Assert.StartsWith("READY=1\nSTATUS=10 files of 1 MB", world.Kernel.Notices[0], StringComparison.Ordinal);
        Assert.Matches("^RELOADING=1\nMONOTONIC_USEC=[0-9]+$", world.Kernel.Notices[1]);
        Assert.StartsWith("READY=1\n", world.Kernel.Notices[2], StringComparison.Ordinal);
        Assert.Equal("STOPPING=1", world.Kernel.Notices[^1]);
        Assert.DoesNotContain("WATCHDOG=1", world.Kernel.Notices);
    }

    /// <summary>The loop gives it itself, twice in the time.</summary>
    [Fact]
    public void ASignOfLifeIsGivenTwiceInTheManagersTime()
    {
        CommandWorld world = new();
        world.Kernel.WatchdogPeriod = Duration.FromSeconds(10);
        Instant start = world.Kernel.Now();
        Aglet.Server.ServiceWatch watch = new(world.Kernel);
        for (int second = 0; second <= 30; second++) watch.OnDeadline(start + Duration.FromSeconds(second));
        Assert.Equal(7, world.Kernel.Notices.Count(static notice => notice == "WATCHDOG=1"));
        Assert.Equal(start + Duration.FromSeconds(35), watch.NextDeadline);
    }

    [Fact]
    public void WithoutAWatchdogNothingIsEverDue() =>
        Assert.Equal(Instant.Never, new Aglet.Server.ServiceWatch(new CommandWorld().Kernel).NextDeadline);

    /// <summary>A server that stops takes no orders any more, and does not say that it is ready.</summary>
    [Fact]
    public void AStopOutdoesAReload()
    {
        CommandWorld world = new();
        world.Kernel.Raise(KernelSignal.Reload);
        world.Kernel.Raise(KernelSignal.Stop);
        Assert.Equal(0, ServeCommand.Run(["--config", "/e/aglet.json"], world.Kernel));
        Assert.Equal(2, world.Kernel.Notices.Count);
        Assert.Equal("STOPPING=1", world.Kernel.Notices[1]);
    }

    [Fact]
    public void RightsAreGivenUpOnceThePortsAreOpen()
    {
        CommandWorld world = new();
        world.Put("/etc/passwd", "aglet:x:997:996::/:\n");
        Assert.Equal(0, Serve(world, "--user", "aglet"));
        Assert.True(world.Kernel.IsUnprivileged);
        Assert.Equal(997u, world.Kernel.User);
        Assert.Contains("runs as user 997, without any capability", world.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void ARootThatNamesNobodyIsToldHow()
    {
        CommandWorld world = new();
        Assert.Equal(0, Serve(world));
        Assert.True(world.Kernel.IsUnprivileged);
        Assert.Contains("with --user NAME it gives up that, too", world.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void TheFirstProcessOfASystemKeepsItsRights()
    {
        CommandWorld world = new();
        world.Kernel.Raise(KernelSignal.Stop);
        Assert.Equal(0, ServeCommand.Run(["--config", "/e/aglet.json"], world.Kernel, keepsPrivileges: true));
        Assert.False(world.Kernel.IsUnprivileged);
    }

    [Fact]
    public void AnUnknownUserIsRefusedBeforeAnythingIsRead()
    {
        CommandWorld world = new();
        Assert.Equal(2, Serve(world, "--user", "nobody-of-this-name"));
        Assert.Contains("/etc/passwd has no user nobody-of-this-name", world.Errors, StringComparison.Ordinal);
        Assert.Empty(world.Kernel.Notices);
    }

    /// <summary>Serves through one reload to a stop.</summary>
    private static int Serve(CommandWorld world, params string[] options)
    {
        world.Kernel.OnNotice = () =>
        {
            int ready = world.Kernel.Notices.Count(static notice => notice.StartsWith("READY=1\n", StringComparison.Ordinal));
            if (world.Kernel.Notices.Count is 1 or 3) world.Kernel.Raise(ready == 1 ? KernelSignal.Reload : KernelSignal.Stop);
        };
        return ServeCommand.Run(["--config", "/e/aglet.json", .. options], world.Kernel);
    }
}
