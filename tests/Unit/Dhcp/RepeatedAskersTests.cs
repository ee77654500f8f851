using Aglet.Dhcp;
using Aglet.Time;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Dhcp;

public sealed class RepeatedAskersTests
{
    private readonly RepeatedAskers _askers = new();

    /// <summary>EDK2 waits 4, 8 and 16 s: whenever its first question comes, a later one is known to be that.</summary>
    [Fact]
    public void FirmwareIsKnownByItsRepeats()
    {
        for (int start = 0; start < 20; start++)
        {
            ulong machine = (ulong)start + 1000;
            Instant first = At(1000 + (100 * start)) + Duration.FromMilliseconds(start * 490);
            Assert.False(_askers.HasAskedBefore(first, machine));
            bool isKnown = _askers.HasAskedBefore(first + Duration.FromSeconds(4), machine);
            Assert.True(_askers.HasAskedBefore(first + Duration.FromSeconds(12), machine));
            Assert.True(_askers.HasAskedBefore(first + Duration.FromSeconds(26), machine));
            Assert.True(isKnown || start % 10 < 3, "four of five are known after 4 s");
        }
    }

    [Fact]
    public void ADoubledMessageIsNoRepeat()
    {
        Assert.False(_askers.HasAskedBefore(At(1000), 7));
        Assert.False(_askers.HasAskedBefore(At(1000), 7));
        Assert.False(_askers.HasAskedBefore(At(1004), 7));
        Assert.True(_askers.HasAskedBefore(At(1005), 7));
    }

    [Theory]
    [InlineData(25)]
    [InlineData(1_000_000_000)]
    public void WhoAskedLongAgoIsForgotten(long later)
    {
        Assert.False(_askers.HasAskedBefore(At(1000), 7));
        Assert.False(_askers.HasAskedBefore(At(1000 + later), 7));
    }

    [Fact]
    public void AFloodOfNewAddressesLooksNewBothAtOneAndAtTenThousandASecond()
    {
        Assert.InRange(Known(1_000, 60), 0, 1);
        Assert.InRange(Known(10_000, 30), 0, 30);
    }

    private int Known(int perSecond, int seconds)
    {
        Prng chance = new((ulong)perSecond);
        int known = 0;
        for (int i = 0; i < perSecond * seconds; i++)
        {
            if (_askers.HasAskedBefore(At(perSecond) + Duration.FromMicroseconds(i * (1_000_000L / perSecond)), chance.Next())) known++;
        }

        return known;
    }
}
