using System;
using Aglet.Core;
using Xunit;

namespace Aglet.Tests.Unit.Core;

public sealed class PrngTests
{
    /// <summary>xoshiro256** after SplitMix64(0): the numbers that other implementations of both give.</summary>
    [Fact]
    public void SeedZeroGivesThePublishedSequence()
    {
        Prng prng = new(0);
        Assert.Equal(11091344671253066420UL, prng.Next());
        Assert.Equal(13793997310169335082UL, prng.Next());
        Assert.Equal(1900383378846508768UL, prng.Next());
        Assert.Equal(7684712102626143532UL, prng.Next());
        Assert.Equal(13521403990117723737UL, prng.Next());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(1000)]
    [InlineData(int.MaxValue)]
    public void BelowStaysBelowAndReachesBothHalves(int bound)
    {
        Prng prng = new(42);
        int low = int.MaxValue;
        int high = -1;
        for (int i = 0; i < 10_000; i++)
        {
            int value = prng.Below(bound);
            Assert.InRange(value, 0, bound - 1);
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }

        Assert.True(low <= bound / 100);
        Assert.True(high >= bound - 1 - (bound / 100));
    }

    [Fact]
    public void ChanceKeepsItsRate()
    {
        Prng prng = new(5);
        int hits = 0;
        for (int i = 0; i < 1_000_000; i++)
        {
            if (prng.Chance(50_000)) hits++;
            Assert.False(prng.Chance(0));
            Assert.True(prng.Chance(1_000_000));
        }

        Assert.InRange(hits, 49_000, 51_000);
    }

    [Fact]
    public void SeedsThatAreCloseGiveSequencesThatAreNot()
    {
        Prng first = new(1);
        Prng second = new(2);
        int same = 0;
        for (int i = 0; i < 64; i++)
        {
            if (((first.Next() ^ second.Next()) & 1) == 0) same++;
        }

        Assert.InRange(same, 12, 52);
    }
}
