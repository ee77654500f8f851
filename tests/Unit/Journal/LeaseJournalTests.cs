using System;
using System.Collections.Generic;
using System.Linq;
using Aglet.Core;
using Aglet.Dhcp;
using Aglet.Journal;
using Aglet.Net;
using Aglet.Tests.Simulation;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Journals;

/// <summary>What leases remember over a crash: of what is written and what is not, and by which clock.</summary>
public sealed class LeaseJournalTests
{
    [Fact]
    public void ALeaseOutlivesTheServer()
    {
        JournalWorld world = new JournalWorld().Start();
        Ipv4Address address = world.Bind(1);
        world.Pass(600);
        world.Crash();
        LeaseBinding binding = Assert.Single(world.Bindings());
        Assert.Equal(address, binding.Address);
        Assert.Equal(JournalWorld.KeyOf(1), binding.Owner);
        Assert.Equal(LeaseState.Bound, binding.State);

        // The promise, and not more than an eighth longer.
        Assert.InRange((binding.Until - world.Now).WholeSeconds, 3000, 3000 + 450 + 1);
        Assert.Contains("/var/lib/aglet/journal: 2 records read, 1 are in force", world.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void OffersAndExpiryAreNotWritten()
    {
        JournalWorld world = new JournalWorld().Start();
        long length = world.Journal.Length;
        int syncs = world.Kernel.Disk.Syncs;
        world.Turn(() => world.Table.TryOffer(world.Now, JournalWorld.KeyOf(1), default, default, out _));
        world.Pass(61);
        world.Turn();
        Assert.Equal(length, world.Journal.Length);
        Assert.Equal(syncs, world.Kernel.Disk.Syncs);
        world.Bind(2);
        length = world.Journal.Length;
        world.Pass(3601);
        world.Turn();
        Assert.Equal(LeaseState.Idle, world.Bindings().Single().State);
        Assert.Equal(length, world.Journal.Length);

        // What ran out while nobody looked is its last owner's still.
        world.Pass(500);
        world.Crash();
        Assert.Equal((LeaseState.Idle, JournalWorld.KeyOf(2)), (world.Bindings().Single().State, world.Bindings().Single().Owner));
    }

    [Fact]
    public void ReleaseAndDeclineAreWritten()
    {
        JournalWorld world = new JournalWorld().Start();
        Ipv4Address released = world.Bind(1);
        Ipv4Address declined = world.Bind(2);
        world.Turn(() => Assert.True(world.Table.TryRelease(JournalWorld.KeyOf(1), released)));
        world.Turn(() => Assert.True(world.Table.TryDecline(world.Now, JournalWorld.KeyOf(2), declined)));
        world.Crash();
        Assert.Equal(LeaseState.Idle, world.Table.StateOf(world.Table.Find(released)));
        Assert.Equal(LeaseState.Declined, world.Table.StateOf(world.Table.Find(declined)));
        world.Pass(601);
        world.Crash();
        Assert.Equal(LeaseState.Free, world.Table.StateOf(world.Table.Find(declined)));
    }

    [Fact]
    public void OneBootIsOneWriteAndNoPromiseIsLongerThanItsRecord()
    {
        JournalWorld world = new JournalWorld().Start();
        Ipv4Address address = world.Bind(1);
        long length = world.Journal.Length;
        foreach (int stage in new[] { 10, 60, 300 })
        {
            // Firmware, iPXE, installer: minutes of a lease of an hour.
            world.Pass(stage);
            Assert.Equal(address, world.Bind(1));
        }

        Assert.Equal(length, world.Journal.Length);
        Instant promised = world.Now + Duration.FromSeconds(3600);
        world.Crash();
        Assert.True(world.Bindings().Single().Until >= promised);

        // The eighth is used up: this promise needs a record.
        world.Pass(100);
        length = world.Journal.Length;
        world.Bind(1);
        Assert.NotEqual(length, world.Journal.Length);
    }

    [Fact]
    public void EveryRandomLifeIsRememberedWholeOrUpToACommit()
    {
        for (ulong seed = 0; seed < 20; seed++) LiveAndDie(seed);
    }

    [Fact]
    public void EveryPrefixIsAPrefixOfTheState()
    {
        JournalWorld world = new JournalWorld().Start();
        List<(int Length, List<LeaseBinding> Bindings)> states = [((int)world.Journal.Length, world.Bindings())];
        Prng prng = new(7);
        for (int i = 0; i < 40; i++)
        {
            Live(world, ref prng, 12);
            states.Add(((int)world.Journal.Length, world.Bindings()));
        }

        byte[] whole = world.Bytes;
        Instant now = world.Now;
        for (int length = states[0].Length; length <= whole.Length; length++)
        {
            world.Put(whole[..length]);
            world.Start();
            Assert.Equal(now, world.Now);
            List<LeaseBinding> expected = states.Last(state => state.Length <= length).Bindings;
            AssertSame(expected, world.Bindings());
            Assert.True(world.Journal.Length <= length);
            Assert.Equal(world.Journal.Length, world.File.Size); // the tail is cut off
        }
    }

    [Fact]
    public void DamageIsNamedAndNothingBehindItIsLost()
    {
        JournalWorld world = new JournalWorld().Start();
        for (int machine = 0; machine < 30; machine++) world.Bind(machine);
        byte[] whole = world.Bytes;
        for (int at = 24; at < whole.Length; at += 17)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x40;
            world.Put(damaged);
            world.Start();
            Assert.Equal(29, world.Bindings().Count);
        }

        Assert.Contains("bytes in 1 places are damaged, the first at byte", world.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1_750_000_000)] // no battery: 1970 until NTP
    [InlineData(-400)] // the time of the last shutdown
    public void AClockThatIsBehindEndsNoLeaseAndHoldsNoneForEver(long error)
    {
        JournalWorld world = new JournalWorld().Start();
        Ipv4Address address = world.Bind(1);
        world.Pass(60);
        world.Kernel.ClockErrorSeconds = error;
        world.Crash();
        LeaseBinding binding = world.Bindings().Single();
        Assert.Equal(LeaseState.Bound, binding.State);
        Assert.InRange((binding.Until - world.Now).WholeSeconds, 3600 - 61, 4051);

        // A boot later, still wrong, and then NTP comes while we run.
        world.Pass(100);
        world.Bind(2);
        world.Kernel.ClockErrorSeconds = 0;
        world.Pass(100);
        world.Turn();
        world.Pass(100);
        world.Crash();
        binding = world.Bindings().Single(found => found.Address == address);
        Assert.Equal(LeaseState.Bound, binding.State);
        Assert.InRange((binding.Until - world.Now).WholeSeconds, 3600 - 400, 4051);
        world.Pass(4060);
        world.Crash();
        Assert.All(world.Bindings(), found => Assert.Equal(LeaseState.Idle, found.State));
    }

    [Fact]
    public void WhatWasWrittenBeforeTheClockWasSetDoesNotEndWhenItIs()
    {
        JournalWorld world = new();
        world.Kernel.ClockErrorSeconds = -1_750_000_000;
        world.Start();
        world.Bind(1);
        world.Kernel.ClockErrorSeconds = 0; // the next boot finds the time before it starts us
        world.Pass(30);
        world.Crash();
        LeaseBinding binding = world.Bindings().Single();
        Assert.Equal(LeaseState.Bound, binding.State);
        Assert.InRange((binding.Until - world.Now).WholeSeconds, 3500, 4051);
    }

    [Fact]
    public void ALongAbsenceEndsLeases()
    {
        JournalWorld world = new JournalWorld().Start();
        world.Bind(1);
        world.Kernel.ClockErrorSeconds = 5000;
        world.Crash();
        Assert.Equal(LeaseState.Idle, world.Bindings().Single().State);
    }

    [Fact]
    public void AnEndlessLeaseStaysEndless()
    {
        JournalWorld world = new JournalWorld().Start();
        world.Turn(() =>
        {
            LeaseKey key = JournalWorld.KeyOf(1);
            world.Table.TryOffer(world.Now, key, default, default, out Ipv4Address address);
            world.Table.Bind(world.Now, key, address, new Duration(long.MaxValue));
        });
        world.Kernel.ClockErrorSeconds = 1_000_000_000;
        world.Crash();
        Assert.Equal((LeaseState.Bound, Instant.Never), (world.Bindings().Single().State, world.Bindings().Single().Until));
    }

    [Fact]
    public void AddressesThatAreNotGivenOutNowAreKeptUntilTheyAreAgain()
    {
        JournalWorld world = new JournalWorld().Start();
        Ipv4Address address = world.Bind(1);
        world.Kernel.Kill();
        Assert.Equal("", world.TryStart(Dhcp.DhcpWorld.Settings(first: "10.0.0.10", last: "10.0.0.20")));
        Assert.Empty(world.Bindings());
        for (int i = 0; i < Limits.JournalGarbage + 10; i++)
        {
            // So much that the file is rewritten.
            world.Turn(() => world.Table.TryRelease(JournalWorld.KeyOf(2), world.BindInTurn(2)));
        }

        world.RunRewrite();
        Assert.True(world.Journal.Length < 10_000);
        world.Crash();
        Assert.Contains(world.Bindings(), binding => binding.Address == address && binding.State == LeaseState.Bound);
    }

    [Fact]
    public void TwoServersDoNotShareAFolder()
    {
        JournalWorld world = new JournalWorld().Start();
        Assert.StartsWith("state: another aglet that runs has /var/lib/aglet; stop it", world.TryStart(), StringComparison.Ordinal);
        world.Kernel.Kill();
        Assert.Equal("", world.TryStart());
    }

    [Fact]
    public void WhatIsNoJournalIsNotTouched()
    {
        JournalWorld world = new();
        byte[] content = [.. Enumerable.Range(0, 1000).Select(i => (byte)(i & 255))];
        world.Put(content);
        Assert.Contains("is no journal of aglet", world.TryStart(), StringComparison.Ordinal);
        Assert.Equal(content, world.Bytes);
        byte[] newer = new byte[24];
        JournalRecord.Write(newer, 0, JournalKind.Header, 1_750_000_000, [0, 2]);
        world.Put(newer);
        Assert.Contains("was written by a newer aglet (version 2", world.TryStart(), StringComparison.Ordinal);
        Assert.Equal(newer, world.Bytes);
        world.Put([]);
        Assert.Equal("", world.TryStart());
    }

    [Fact]
    public void AFolderThatIsNotThereIsNamed()
    {
        JournalWorld world = new();
        world.Kernel.Files.Remove(JournalWorld.Folder);
        Assert.Equal("state: there is no folder /var/lib/aglet; make it: mkdir -p /var/lib/aglet", world.TryStart());
    }

    [Fact]
    public void CommitsAllocateNothing()
    {
        JournalWorld world = new JournalWorld().Start();
        AllocationMeter meter = new(world.Kernel);
        LeaseKey[] keys = [.. Enumerable.Range(0, 80).Select(JournalWorld.KeyOf)];
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < 20_000; i++)
            {
                meter.Start();
                world.Journal.OnTurnStart(world.Now);
                LeaseKey key = keys[i % keys.Length];
                world.Table.TryOffer(world.Now, key, default, default, out Ipv4Address address);
                world.Table.Bind(world.Now, key, address, Duration.FromSeconds(3600));
                world.Table.TryRelease(key, address);
                world.Journal.Commit(world.Now);
                if (meter.Stop() != 0 && round == 1) Assert.Fail($"turn {i} allocated");
            }
        }

        // The file was rewritten meanwhile, too.
        Assert.True(world.Journal.Length < 40_000 * 2 * 56);
    }

    internal static void AssertSame(List<LeaseBinding> expected, List<LeaseBinding> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
        {
            Assert.Equal(expected[i] with { Until = default }, actual[i] with { Until = default });
            if (expected[i].Until == Instant.Never) Assert.Equal(Instant.Never, actual[i].Until);
            else Assert.InRange((actual[i].Until - expected[i].Until).Nanoseconds, 0, 2_000_000_000);
        }
    }

    /// <summary>One random thing that clients do, in a turn of its own.</summary>
    internal static void Live(JournalWorld world, ref Prng prng, int machines)
    {
        LeaseKey key = JournalWorld.KeyOf(prng.Below(machines));
        int slot = world.Table.Find(key);
        Ipv4Address address = slot < 0 ? default : world.Table.AddressOf(slot);
        world.BeginTurn();
        switch (prng.Below(8))
        {
            case 0 when slot >= 0:
                world.Table.TryRelease(key, address);
                break;
            case 1 when slot >= 0:
                world.Table.TryDecline(world.Now, key, address);
                break;
            case 2:
                world.Table.TryOffer(world.Now, key, default, default, out _);
                break;
            default:
                if (!world.Table.TryOffer(world.Now, key, default, default, out address)) break;
                world.Table.Bind(world.Now, key, address, Duration.FromSeconds(60 + prng.Below(4000)));
                break;
        }

        world.Journal.Commit(world.Now);
    }

    private static void LiveAndDie(ulong seed)
    {
        JournalWorld world = new JournalWorld(seed, "10.0.0.100", "10.0.0.120").Start();
        Prng prng = new(seed);
        for (int i = 0; i < 400; i++)
        {
            Live(world, ref prng, 40);
            if (prng.Below(4) == 0)
            {
                world.Pass(prng.Below(1200));
                world.Turn();
            }

            if (prng.Below(20) != 0) continue;
            List<LeaseBinding> before = world.Bindings().FindAll(IsInUse);
            if (prng.Below(2) == 0) world.Crash();
            else world.PowerCut();
            List<LeaseBinding> after = world.Bindings();
            foreach (LeaseBinding binding in before)
            {
                LeaseBinding found = after.Find(candidate => candidate.Address == binding.Address);
                Assert.True(IsInUse(found) && found.Until >= binding.Until, $"seed {seed}, step {i}: {binding} became {found}");
                Assert.True(found.Owner == binding.Owner || binding.Owner.IsNone, $"seed {seed}, step {i}: {binding} became {found}");
            }
        }
    }

    private static bool IsInUse(LeaseBinding binding) => binding.State is LeaseState.Bound or LeaseState.Declined;
}
