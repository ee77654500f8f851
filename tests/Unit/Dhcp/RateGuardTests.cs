using System;
using Aglet.Dhcp;
using Aglet.Time;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Dhcp;

public sealed class RateGuardTests
{
    private readonly RateGuard _guard = new();

    /// <summary>EDK2, iPXE and an installer one after the other, each message three times by relays, in two seconds.</summary>
    [Fact]
    public void AHallOfMachinesIsNeverLimited()
    {
        for (int message = 0; message < 54; message++)
        {
            Instant now = At(1) + Duration.FromMilliseconds(message * 37);
            for (ulong machine = 0; machine < 500; machine++)
            {
                Assert.Equal(RateVerdict.Pass, _guard.OnMessage(now, machine * 7919, isKnown: false, out _));
            }
        }
    }

    [Fact]
    public void AStormIsCutAndToldOfOnceAMinute()
    {
        int passed = 0;
        int told = 0;
        uint dropped = 0;
        for (int i = 0; i < 120_000; i++)
        {
            RateVerdict verdict = _guard.OnMessage(At(1) + Duration.FromMilliseconds(i), 42, isKnown: true, out uint count);
            if (verdict == RateVerdict.Pass) passed++;
            if (verdict == RateVerdict.TooOftenToTell) told++;
            dropped += count;
        }

        Assert.InRange(passed, (119 * RateGuard.MessagesPerSecond) + RateGuard.Burst, (121 * RateGuard.MessagesPerSecond) + RateGuard.Burst);
        Assert.Equal(2, told);
        Assert.InRange(dropped, 1u, 120_000u);

        // It has calmed down: nothing is held against it.
        for (int i = 0; i < RateGuard.Burst; i++) Assert.Equal(RateVerdict.Pass, _guard.OnMessage(At(200), 42, isKnown: true, out _));
        Assert.Equal(RateVerdict.TooOftenToTell, _guard.OnMessage(At(200), 42, isKnown: true, out _));
    }

    [Fact]
    public void AStormingClientIsNotForgottenAmongOthersAndHoldsUpNobody()
    {
        Prng chance = new(5);
        int passed = 0;
        for (int i = 0; i < 100_000; i++)
        {
            Instant now = At(1) + Duration.FromMicroseconds(i * 100);
            Assert.NotEqual(RateVerdict.TooOften, _guard.OnMessage(now, chance.Next(), isKnown: false, out _));
            if (_guard.OnMessage(now, 42, isKnown: false, out _) == RateVerdict.Pass) passed++;
        }

        Assert.InRange(passed, 1, (11 * RateGuard.MessagesPerSecond) + RateGuard.Burst);
    }

    [Fact]
    public void AFloodOfStrangersIsLimitedInAllAndKnownMachinesAreNot()
    {
        int passed = 0;
        for (int i = 0; i < 3 * RateGuard.StrangersPerSecond; i++)
        {
            if (_guard.OnMessage(At(1), (ulong)i, isKnown: false, out _) == RateVerdict.Pass) passed++;
        }

        Assert.InRange(passed, RateGuard.StrangersPerSecond, RateGuard.StrangersPerSecond + 1);
        Assert.Equal(RateVerdict.TooMany, _guard.OnMessage(At(1), 7, isKnown: false, out _));
        Assert.Equal(RateVerdict.Pass, _guard.OnMessage(At(1), 1UL << 40, isKnown: true, out _));
        Assert.Equal(RateVerdict.Pass, _guard.OnMessage(At(2), 7, isKnown: false, out _));
    }

    [Fact]
    public void CountingAllocatesNothing()
    {
        _guard.OnMessage(At(1), 1, isKnown: false, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (ulong i = 0; i < 10_000; i++) _guard.OnMessage(At(1), i, isKnown: false, out _);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
