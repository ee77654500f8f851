using System;
using System.Collections.Generic;
using Xunit;

namespace Aglet.Tests.Fuzz;

/// <summary>Each target through every prefix and a million mutations.</summary>
public sealed class FuzzTests
{
    private const long Mutations = 1_000_000;

    private const ulong Seed = 1;

    public static TheoryData<string> Names()
    {
        TheoryData<string> names = [];
        foreach (string name in FuzzTargets.Names) names.Add(name);
        return names;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void GoldenPacketsAreAcceptedAndRoundTrip(string name)
    {
        FuzzTarget target = FuzzTargets.ForName(name);
        Assert.NotEmpty(target.Corpus);
        FuzzDriver.Whole(target);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryPrefixIsSurvived(string name) => FuzzDriver.EveryPrefix(FuzzTargets.ForName(name));

    [Theory]
    [MemberData(nameof(Names))]
    public void MutationsAreSurvived(string name)
    {
        FuzzTarget target = FuzzTargets.ForName(name);
        long count = Mutations / target.Share;
        FuzzOutcome outcome = FuzzDriver.Mutate(target, Seed, count);

        // Damage that is always noticed, or never, does not reach behind the first check.
        Assert.InRange(outcome.Accepted, count / 1000, count);
        Assert.InRange(outcome.Refused, count / 1000, count);
    }

    /// <summary>The driver finds what it is for: each planted fault breaks a law.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void PlantedFaultIsFound(int fault)
    {
        FaultyMessage.Fault = fault;
        WireFuzzTarget<FaultyMessage, SampleReject> target = new("faulty", [[2, (byte)'a', (byte)'b'], [0]]);
        FuzzException found = Assert.Throws<FuzzException>(() => FuzzDriver.Mutate(target, Seed, 100_000));
        Assert.Contains("input ", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryTargetHasItsName()
    {
        List<string> names = [];
        foreach (FuzzTarget target in FuzzTargets.All()) names.Add(target.Name);
        Assert.Equal(FuzzTargets.Names, names);
    }

    [Fact]
    public void SeedGivesTheSameMutations()
    {
        Mutator first = new(5, [[1, 2, 3, 4], [9, 9]]);
        Mutator second = new(5, [[1, 2, 3, 4], [9, 9]]);
        for (int i = 0; i < 1000; i++) Assert.Equal(first.Next().ToArray(), second.Next().ToArray());
    }
}
