using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Time;

public sealed class InstantTests
{
    [Fact]
    public void AdditionSaturatesAtNever()
    {
        Assert.Equal(Instant.Never, Instant.Never + Duration.FromSeconds(1));
        Assert.Equal(Instant.Never, new Instant(5) + new Duration(long.MaxValue));
        Assert.Equal(Instant.Never, new Instant(1) + new Duration(long.MaxValue - 1));
        Assert.Equal(new Instant(long.MaxValue - 1), new Instant(0) + new Duration(long.MaxValue - 1));
        Assert.Equal(Instant.Never, Instant.Never + Duration.Zero);
        Assert.Equal(new Instant(15), new Instant(5) + new Duration(10));
        Assert.Equal(new Instant(5), new Instant(15) + new Duration(-10));
        Assert.Equal(new Instant(5), new Instant(-5) + new Duration(10));
    }

    [Fact]
    public void UnitsAgree()
    {
        Assert.Equal(Duration.FromMilliseconds(1000), Duration.FromSeconds(1));
        Assert.Equal(Duration.FromMicroseconds(1000), Duration.FromMilliseconds(1));
        Assert.Equal(Duration.FromNanoseconds(1000), Duration.FromMicroseconds(1));
        Assert.Equal(1500, Duration.FromMicroseconds(1_500_999).WholeMilliseconds);
        Assert.Equal(1, Duration.FromMilliseconds(1999).WholeSeconds);
    }

    [Fact]
    public void OrderAndDifference()
    {
        Instant early = new(10);
        Instant late = new(30);
        Assert.True(early < late && late > early && early <= late && late >= early);
        Assert.Equal(new Duration(20), late - early);
        Assert.Equal(early, Instant.Min(early, late));
        Assert.Equal(early, Instant.Min(late, early));
        Assert.True(Instant.Never > late);
        Assert.Equal(new Duration(1), Duration.Min(new(1), new(2)));
        Assert.Equal(new Duration(2), Duration.Max(new(1), new(2)));
        Assert.Equal(new Duration(6), new Duration(2) * 3);
        Assert.Equal(new Duration(2), new Duration(7) / 3);
    }
}
