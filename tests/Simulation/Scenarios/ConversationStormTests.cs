using Xunit;

namespace Aglet.Tests.Simulation.Scenarios;

/// <summary>
/// Whole conversations of both protocols, fuzzed. Each storm proves that clients which keep to the protocols get exact bytes beside
/// ones that do not, that nothing is left open, and that the server allocates nothing.
/// </summary>
public sealed class ConversationStormTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void EveryHonestClientGetsExactBytes(ulong seed) => ConversationStorm.Run(new() { Seed = seed });

    /// <summary>A kernel that gives little, takes little and refuses.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void AlsoFromAKernelThatRefuses(ulong seed) => ConversationStorm.Run(new() { Seed = seed, Rates = FaultRates.Rough });

    [Fact]
    public void AlsoOnAPerfectNetwork() => ConversationStorm.Run(new() { Seed = 6, Rates = FaultRates.None });

    /// <summary>A stop in the middle of everything.</summary>
    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    public void AStopEndsEverything(ulong seed) => ConversationStorm.Run(new() { Seed = seed, StopsEarly = true });

    /// <summary>More vandals than the server has slots for one kind of them.</summary>
    [Fact]
    public void ACrowdOfVandalsStopsNobody() => ConversationStorm.Run(new() { Seed = 10, Honest = 30, Vandals = 900, Rounds = 4 });
}
