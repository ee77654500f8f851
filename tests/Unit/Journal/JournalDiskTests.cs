using System;
using System.Collections.Generic;
using System.Linq;
using Aglet.Core;
using Aglet.Dhcp;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Tests.Simulation;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Journals;

/// <summary>The disk fails: without power at any call, full, read-only, or refusing to sync.</summary>
public sealed class JournalDiskTests
{
    /// <summary>
    /// The power goes off in every call of a life with a rewrite in it. What was acknowledged (its commit returned) is there
    /// after the restart, and no address has two owners.
    /// </summary>
    [Fact]
    public void APowerCutAtAnyCallLosesNothingThatWasAcknowledged()
    {
        int calls = LiveUntilCut(-1, 0);
        Assert.True(calls > 300, $"{calls}");
        for (int cut = 0; cut < calls; cut++)
        {
            for (ulong seed = 0; seed < 3; seed++) LiveUntilCut(cut, seed);
        }
    }

    [Theory]
    [InlineData((int)Errno.NoSpace)]
    [InlineData((int)Errno.ReadOnly)]
    [InlineData((int)Errno.InputOutput)]
    public void ADiskThatRefusesIsToldOnceAndCaughtUpWith(int number)
    {
        Errno errno = (Errno)number;
        JournalWorld world = new JournalWorld().Start();
        for (int machine = 0; machine < 10; machine++) world.Bind(machine);
        Assert.True(world.Journal.IsDurable);
        Break(world, errno, true);
        for (int machine = 10; machine < 40; machine++)
        {
            world.Bind(machine); // served from memory
            world.Pass(1);
        }

        Assert.False(world.Journal.IsDurable);
        Assert.Equal(1, Count(world.Log, "cannot be written"));
        Assert.Contains(
            errno switch { Errno.NoSpace => "the disk is full; free", Errno.ReadOnly => "the disk is read-only; see", _ => "the disk fails; see" },
            world.Log,
            StringComparison.Ordinal);
        Assert.Equal(0, Count(world.Log, "is written again"));

        // It is tried again, but not in every turn.
        int calls = world.Kernel.Disk.Calls;
        for (int i = 0; i < 100; i++)
        {
            world.Pass(1);
            world.Turn();
        }

        Assert.InRange(world.Kernel.Disk.Calls - calls, 1, 50);
        Break(world, errno, false);
        world.Pass(61);
        world.Turn();
        world.RunRewrite();
        Assert.True(world.Journal.IsDurable);
        Assert.Equal(1, Count(world.Log, "is written again: all that is in memory is durable"));
        List<LeaseBinding> before = world.Bindings();
        Assert.Equal(40, before.Count);
        world.PowerCut();
        LeaseJournalTests.AssertSame(before, world.Bindings());

        // The next trouble is told again.
        Break(world, errno, true);
        world.Bind(50);
        Assert.Equal(2, Count(world.Log, "cannot be written"));
    }

    [Fact]
    public void AServerThatStartsOnAReadOnlyDiskKnowsWhatWasAndServes()
    {
        JournalWorld world = new JournalWorld().Start();
        Ipv4Address address = world.Bind(1);
        Break(world, Errno.ReadOnly, true);
        world.Crash();
        Assert.Equal(address, world.Bindings().Single().Address);
        Assert.False(world.Journal.IsDurable);
        Assert.Equal(1, Count(world.Log, "cannot be written (errno 30): the disk is read-only"));
        world.Bind(2);
        Break(world, Errno.ReadOnly, false);
        world.Pass(61);
        world.Turn();
        world.RunRewrite();
        world.PowerCut();
        Assert.Equal(2, world.Bindings().Count);
    }

    [Fact]
    public void AServerThatStartsOnAFullDiskServes()
    {
        JournalWorld world = new();
        Break(world, Errno.NoSpace, true);
        world.Start();
        world.Bind(1);
        Assert.Equal(1, Count(world.Log, "cannot be written (errno 28): the disk is full"));
        Break(world, Errno.NoSpace, false);
        world.Pass(61);
        world.Turn();
        world.RunRewrite();
        world.PowerCut();
        Assert.Single(world.Bindings());
    }

    [Fact]
    public void WithoutRoomForARewriteTheJournalStaysDurable()
    {
        JournalWorld world = new JournalWorld().Start();
        for (int i = 0; i < 60; i++) world.Bind(i);
        world.Kernel.Disk.FreeBytes = (Limits.JournalGarbage + 200) * 56L * 2;
        Churn(world, Limits.JournalGarbage + 100);
        world.Kernel.Disk.FreeBytes = 3 * 56;
        world.Pass(61);
        world.Bind(1, 9000);
        world.RunRewrite();
        Assert.True(world.Journal.IsDurable);
    }

    [Fact]
    public void ARewriteUnderLoadIsBoundedAndEndsSmall()
    {
        JournalWorld world = new JournalWorld(1, "10.0.4.0", "10.0.43.255", 16).Start();
        for (int turn = 0; turn < 320; turn++)
        {
            int first = turn * 30;
            world.Turn(() =>
            {
                for (int i = 0; i < 30; i++) world.BindInTurn(first + i);
            });
        }

        Assert.Equal(9600, world.Bindings().Count);
        Prng prng = new(3);
        int rewrites = 0;
        bool wasRewriting = false;
        long longest = 0;
        for (int turn = 0; turn < 2000; turn++)
        {
            world.Kernel.Network.AdvanceTo(world.Now + Duration.FromMilliseconds(3));
            long written = world.Kernel.Disk.Written;
            int syncs = world.Kernel.Disk.Syncs;
            world.Turn(() =>
            {
                for (int i = 0; i < 30; i++)
                {
                    LeaseKey key = JournalWorld.KeyOf(prng.Below(9600));
                    Ipv4Address address = world.Table.AddressOf(world.Table.Find(key));
                    if (!world.Table.TryRelease(key, address)) world.Table.Bind(world.Now, key, address, Duration.FromSeconds(3600));
                }
            });

            // A slice, what the turn itself wrote, twice, and what waited in the new file's buffer since the last slice.
            longest = Math.Max(longest, world.Kernel.Disk.Written - written);
            Assert.InRange(world.Kernel.Disk.Syncs - syncs, 1, 3);
            if (world.Journal.IsRewriting && !wasRewriting) rewrites++;
            wasRewriting = world.Journal.IsRewriting;
        }

        Assert.True(rewrites >= 2, $"{rewrites}");
        Assert.True(longest <= Limits.JournalSliceBytes + Limits.JournalBatchBytes, $"{longest}");
        world.RunRewrite();
        Assert.True(world.Journal.Length < 56L * (9600 + 9600 + Limits.JournalGarbage + 6000), $"{world.Journal.Length}");
        List<LeaseBinding> before = world.Bindings();
        world.PowerCut();
        LeaseJournalTests.AssertSame(before, world.Bindings());
    }

    private static int LiveUntilCut(int cut, ulong seed)
    {
        JournalWorld world = new(seed, "10.0.0.100", "10.0.0.140");
        Dictionary<LeaseKey, (Ipv4Address Address, Instant Until)> acknowledged = [];
        world.Kernel.Disk.CutAt = cut;
        Prng prng = new(42);
        try
        {
            world.Start();
            for (int turn = 0; turn < 200; turn++)
            {
                world.Pass(prng.Below(100) + 1);
                List<(LeaseKey Key, Ipv4Address Address, Instant Until)> promised = [];
                world.Turn(() =>
                {
                    for (int i = prng.Below(4); i > 0; i--)
                    {
                        int machine = prng.Below(30);
                        LeaseKey key = JournalWorld.KeyOf(machine);
                        if (prng.Below(6) == 0 && acknowledged.TryGetValue(key, out (Ipv4Address Address, Instant Until) given))
                        {
                            // It has given its address back: whether that is remembered matters to nobody.
                            promised.RemoveAll(promise => promise.Key == key);
                            acknowledged.Remove(key);
                            world.Table.TryRelease(key, given.Address);
                            continue;
                        }

                        promised.Add((key, world.BindInTurn(machine), world.Now + Duration.FromSeconds(3600)));
                    }
                });

                // The ACKs leave.
                foreach ((LeaseKey key, Ipv4Address address, Instant until) in promised) acknowledged[key] = (address, until);
                if (turn != 100) continue;
                acknowledged.Remove(JournalWorld.KeyOf(1));
                Churn(world, Limits.JournalGarbage + 300);
            }

            cut = world.Kernel.Disk.Calls;
        }
        catch (PowerCutException)
        {
        }

        world.PowerCut();
        HashSet<LeaseKey> owners = [];
        foreach (LeaseBinding binding in world.Bindings())
        {
            if (binding.State == LeaseState.Bound && !binding.Owner.IsNone) Assert.True(owners.Add(binding.Owner), "two addresses");
        }

        foreach ((LeaseKey key, (Ipv4Address address, Instant until)) in acknowledged)
        {
            if (until <= world.Now) continue;
            int slot = world.Table.Find(address);
            Assert.True(
                world.Table.OwnerOf(slot) == key && world.Table.StateOf(slot) == LeaseState.Bound
                && world.Table.DurableBinding(slot).Until >= until,
                $"cut at {cut}, seed {seed}: {address} is {world.Table.DurableBinding(slot)}\n{world.Log}");
        }

        return cut;
    }

    /// <summary>So much garbage in one turn that the journal is rewritten.</summary>
    private static void Churn(JournalWorld world, int records) => world.Turn(() =>
    {
        for (int i = 0; i < records; i += 2)
        {
            Ipv4Address address = world.BindInTurn(1);
            world.Table.TryRelease(JournalWorld.KeyOf(1), address);
        }
    });

    private static void Break(JournalWorld world, Errno errno, bool isBroken)
    {
        if (errno == Errno.NoSpace) world.Kernel.Disk.FreeBytes = isBroken ? 20 : long.MaxValue;
        else if (errno == Errno.ReadOnly) world.Kernel.Disk.IsReadOnly = isBroken;
        else world.Kernel.Disk.IsFailing = isBroken;
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
