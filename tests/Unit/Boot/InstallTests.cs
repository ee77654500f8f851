using System;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;
using Xunit;
using static Aglet.Tests.Unit.Boot.BootFixture;

namespace Aglet.Tests.Unit.Boot;

/// <summary>Installed once, then its own disk: over restarts, failures and second thoughts.</summary>
public sealed class InstallTests
{
    [Fact]
    public void AMachineInstallsOnceAndThenBootsItsDisk()
    {
        InstallWorld world = new();
        Assert.Equal("boots debian-12", world.Offer(Node1, Address1));
        string token = world.Boot(Node1, Address1);
        Assert.Equal(ContentStatus.Found, world.Ask(token, Address1));
        Assert.Equal(InstallState.Installing, world.Entry().State);
        Assert.Equal(ContentStatus.Found, world.Done(token, Address1));
        Assert.Equal(ContentStatus.Found, world.Done(token, Address1)); // told twice
        world.Pass(60);
        Assert.Equal("boots its local disk", world.Offer(Node1, Address1));
        Assert.DoesNotContain("kernel", world.Script(Node1, Address1));
        Assert.Equal(ContentStatus.Found, world.Done(token, Address1));
        Assert.Equal((InstallState.Installed, InstallProof.Reported, "debian-12"),
            (world.Entry().State, world.Entry().Proof, Encoding.UTF8.GetString(world.Entry().Image)));
    }

    [Fact]
    public void OnlyTheMachineMayReportAndOnlyByHttp()
    {
        InstallWorld world = new();
        string token = world.Boot(Node1, Address1);
        world.Ask(token, Address1);
        world.Boot(Stranger, Address9);
        Assert.Equal(ContentStatus.Forbidden, world.Done(token, Address9));
        Assert.Equal(ContentStatus.Forbidden, world.Done(new string('1', 32), Address1));
        Assert.Equal(ContentStatus.Missing, world.Find($"_/done/{token}", new(Address1, OurAddress, FileProtocol.Tftp), out _));
        Assert.Equal(InstallState.Installing, world.Entry().State);
        Assert.Equal((1UL, 1UL), (world.Refused(AnswerRefusal.OtherMachine), world.Refused(AnswerRefusal.WrongToken)));
    }

    [Fact]
    public void AMachineThatFailsIsOfferedTheInstallAgain()
    {
        InstallWorld world = new();
        for (int failures = 1; failures <= 3; failures++)
        {
            world.Ask(world.Boot(Node1, Address1), Address1);
            world.Pass(600);
            Assert.Equal("boots debian-12", world.Offer(Node1, Address1));
            Assert.Equal((InstallState.Armed, failures), (world.Entry().State, world.Entry().Failures));
            world.Pass(600);
        }

        Assert.Contains("warning: 52:54:00:00:00:01: boots again without having reported", world.Kernel.LogText);
    }

    [Fact]
    public void ARestartInTheMiddleChangesNothing()
    {
        InstallWorld world = new();
        string token = world.Boot(Node1, Address1);
        world.Start(); // it has its script, and its kernel loads
        Assert.Equal(ContentStatus.Found, world.Ask(token, Address1));
        world.Start();
        Assert.Equal(ContentStatus.Found, world.Ask(token, Address1)); // Anaconda's second look
        world.PowerCut();
        Assert.Equal(InstallState.Installing, world.Entry().State);
        Assert.Equal(ContentStatus.Found, world.Done(token, Address1));
        world.PowerCut();
        Assert.Equal(InstallState.Installed, world.Entry().State);
        Assert.DoesNotContain("debian", world.Offer(Node1, Address1));
    }

    [Fact]
    public void ATokenGrowsOldOverARestartToo()
    {
        InstallWorld world = new();
        string token = world.Boot(Node1, Address1);
        world.Pass(InstallWatch.AnswerTime.WholeSeconds + 2);
        world.Start();
        Assert.Equal(ContentStatus.Forbidden, world.Ask(token, Address1));
        Assert.Equal(1UL, world.Refused(AnswerRefusal.Late));
    }

    [Fact]
    public void AgainArmsAMachineOnceWhileTheServerRuns()
    {
        InstallWorld world = new();
        string token = world.Boot(Node1, Address1);
        world.Ask(token, Address1);
        world.Done(token, Address1);
        AgainRequests again = new(world.Kernel, InstallWorld.Folder);
        Assert.False(again.Write(new InstallKey(Utf8("node1"))).IsError);
        world.Pass(100);
        Assert.Equal("boots debian-12", world.Offer(Node1, Address1));
        Assert.Equal(ContentStatus.Forbidden, world.Done(token, Address1)); // the old install's
        token = world.Boot(Node1, Address1);
        Assert.Equal(ContentStatus.Found, world.Ask(token, Address1));
        world.Done(token, Address1);
        world.Pass(100);
        Assert.DoesNotContain("debian", world.Offer(Node1, Address1)); // the request is still there, and counts no more
        world.PowerCut();
        world.Pass(100);
        Assert.DoesNotContain("debian", world.Offer(Node1, Address1));
    }

    /// <summary>Somebody arms a machine, and resets it at once: its last network boot went on to the disk just before.</summary>
    [Theory]
    [InlineData(nameof(BootStage.Firmware))]
    [InlineData(nameof(BootStage.Ipxe))]
    public void AgainCountsAtTheNextBootHoweverSoonThatIs(string stage)
    {
        BootStage rom = Enum.Parse<BootStage>(stage);
        InstallWorld world = new();
        string token = world.Boot(Node1, Address1);
        world.Ask(token, Address1);
        world.Done(token, Address1);
        world.Pass(5);
        Assert.DoesNotContain("debian", world.Offer(Node1, Address1, rom));
        world.Script(Node1, Address1);
        Assert.False(new AgainRequests(world.Kernel, InstallWorld.Folder).Write(new InstallKey(Utf8("node1"))).IsError);
        world.Pass(5);
        Assert.Equal("boots debian-12", world.Offer(Node1, Address1, rom));
        token = InstallWorld.TokenOf(world.Script(Node1, Address1));
        Assert.Equal(ContentStatus.Found, world.Ask(token, Address1));
    }

    [Fact]
    public void ASystemOfItsOwnIsSeen()
    {
        InstallWorld world = Installing(installer: 1);
        world.Pass(3600);
        world.Offer(Node1, Address1, BootStage.System, 2);
        Assert.Equal((InstallState.Installed, InstallProof.Seen), (world.Entry().State, world.Entry().Proof));
        world.Pass(100);
        Assert.DoesNotContain("debian", world.Offer(Node1, Address1));
    }

    [Theory]
    [InlineData(1, 3600, 1)] // the installer's own client: it renews, or stands at an error
    [InlineData(1, 300, 2)] // an installer's second stage
    [InlineData(0, 3600, 2)] // the installer was never heard, so nothing can be told apart
    public void AnInstallerIsNotTakenForASystem(ulong installer, int seconds, ulong system)
    {
        InstallWorld world = Installing(installer);
        world.Pass(seconds);
        world.Offer(Node1, Address1, BootStage.System, system);
        Assert.Equal(InstallState.Installing, world.Entry().State);
    }

    [Fact]
    public void ABootInBetweenMeansThatNothingWasSeen()
    {
        InstallWorld world = Installing(installer: 1);
        world.Pass(3600);
        world.Offer(Node1, Address1);
        world.Offer(Node1, Address1, BootStage.System, 2);
        Assert.Equal(InstallState.Armed, world.Entry().State);
    }

    [Fact]
    public void AMachineOfAGroupIsKnownByItsMac()
    {
        Settings settings = InstallWorld.Once with
        {
            Machines = [],
            Groups =
            [
                new()
                {
                    Name = "rack", IsOnce = true, Image = 0, HardwareAddresses = [Pattern("52:54:00:*")],
                },
            ],
        };
        InstallWorld world = new(settings);
        string token = world.Boot(Node1, Address9);
        Assert.Equal(ContentStatus.Found, world.Ask(token, Address9));
        Assert.Equal(ContentStatus.Found, world.Done(token, Address9));
        world.PowerCut();
        Assert.DoesNotContain("debian", world.Offer(Node1, Address9));
        Assert.Equal("boots debian-12", world.Offer(Node2, Address1));
    }

    [Fact]
    public void ADoneThatCannotBeDurableIsNotAcknowledged()
    {
        InstallWorld world = new();
        string token = world.Boot(Node1, Address1);
        world.Ask(token, Address1);
        world.Kernel.Disk.IsReadOnly = true;
        Assert.Equal(ContentStatus.Unavailable, world.Done(token, Address1));
    }

    [Fact]
    public void RecordsComeBackAsTheyWere()
    {
        InstallEntry entry = new()
        {
            Key = new(Utf8("node1")),
            HardwareAddress = Node1,
            Token = BootToken.StandIn,
            State = InstallState.Installed,
            Proof = InstallProof.Seen,
            Image = Utf8("debian-12"),
            Failures = 513,
            Again = (UInt128)7 << 100,
        };
        byte[] body = new byte[InstallRecord.BytesMax];
        int length = InstallRecord.Write(entry, 1234, 5678, body);
        Assert.True(InstallRecord.TryRead(body.AsSpan(0, length), out InstallEntry read, out long booted, out long since));
        Assert.Equal((1234L, 5678L), (booted, since));
        byte[] again = new byte[InstallRecord.BytesMax];
        Assert.Equal(length, InstallRecord.Write(read, booted, since, again));
        Assert.Equal(body, again);
        Assert.Equal((entry.Key, entry.HardwareAddress, entry.State), (read.Key, read.HardwareAddress, read.State));
        for (int prefix = 0; prefix < length; prefix++)
            Assert.False(InstallRecord.TryRead(body.AsSpan(0, prefix), out _, out _, out _));
        Assert.False(InstallRecord.TryRead(body.AsSpan(0, length + 1), out _, out _, out _));
    }

    [Fact]
    public void ADamagedRecordIsReadOrRefusedAndNeverFails()
    {
        InstallEntry entry = new() { Key = new(Node1), HardwareAddress = Node1, Image = Utf8("x") };
        byte[] body = new byte[InstallRecord.BytesMax];
        int length = InstallRecord.Write(entry, 1, 2, body);
        Prng prng = new(1);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] damaged = body[..length];
            for (int flips = 0; flips < 3; flips++) damaged[prng.Below(length)] = (byte)prng.Below(256);
            InstallRecord.TryRead(damaged, out _, out _, out _);
        }
    }

    [Fact]
    public void StrangersMakeRoomForEachOtherButNotForWhoIsInstalled()
    {
        InstallTable table = new(1, strangers: 4);
        int named = table.Touch(new InstallKey(Utf8("node1")));
        int installed = table.Touch(new InstallKey(Card(0)));
        table.SetInstalling(installed, default, []);
        for (int i = 1; i < 100; i++) Assert.True(table.Touch(new InstallKey(Card(i))) >= 0);
        Assert.Equal(5, table.Count);
        Assert.Equal((named, installed), (table.Find(new InstallKey(Utf8("node1"))), table.Find(new InstallKey(Card(0)))));
        Assert.True(table.Find(new InstallKey(Card(99))) >= 0);
        Assert.Equal(-1, table.Find(new InstallKey(Card(1))));
        for (int i = 96; i < 100; i++)
        {
            if (table.Find(new InstallKey(Card(i))) is int slot and >= 0) table.SetInstalling(slot, default, []);
        }

        Assert.Equal(-1, table.Touch(new InstallKey(Card(200))));
    }

    [Fact]
    public void AReloadWithMoreMachinesKeepsAllInstalls()
    {
        InstallTable table = new(1, strangers: 2);
        int slot = table.Touch(new InstallKey(Utf8("a")));
        BootToken token = BootToken.Make(new Simulation.SimKernel(1, Simulation.FaultRates.None));
        table.SetBoot(slot, Node1, token, default);
        table.Reserve(100);
        for (int i = 0; i < 100; i++) Assert.True(table.Touch(new InstallKey(Utf8($"n{i}"))) >= 0);
        Assert.Equal(slot, table.Find(token));
        Assert.Equal(slot, table.Find(new InstallKey(Utf8("a"))));
    }

    [Fact]
    public void AWholeInstallAllocatesNothing()
    {
        BootPlanner planner = new(Catalog(InstallWorld.Once), tokens: new TokenSource(new Simulation.SimKernel(1, Simulation.FaultRates.None)));
        byte[] script = Utf8("_/ipxe/52-54-00-00-00-01/boot.ipxe");
        byte[] done = Utf8($"_/done/{Token}");
        byte[] answer = Utf8(AnswerPath(Node1, "debian-12", "preseed.cfg"));
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 500; i++)
            {
                Instant now = At((round * 1_000_000) + (i * 1000));
                Asker asker = new(Address1, OurAddress, FileProtocol.Http);
                planner.Offer(now, Firmware(Node1, "x64-uefi"), OurAddress);
                planner.Bind(Node1, Address1);
                planner.Find(now, script, asker, out _);
                planner.Find(now, answer, asker, out _);
                planner.Find(now, done, asker, out _);
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (round == 2) Assert.Equal(0, allocated);
        }
    }

    private static InstallWorld Installing(ulong installer)
    {
        InstallWorld world = new();
        string token = world.Boot(Node1, Address1);
        if (installer != 0) world.Offer(Node1, Address1, BootStage.System, installer);
        Assert.Equal(ContentStatus.Found, world.Ask(token, Address1));
        return world;
    }

    private static HardwareAddress Card(int number) => HardwareAddress.Read([2, 0, 0, 0, 0, (byte)number]);

    private static HardwarePattern Pattern(string text)
    {
        Assert.True(HardwarePattern.TryParse(Utf8(text), out HardwarePattern pattern));
        return pattern;
    }
}
