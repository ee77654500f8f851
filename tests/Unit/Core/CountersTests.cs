using Aglet.Core;
using Xunit;

namespace Aglet.Tests.Unit.Core;

public sealed class CountersTests
{
    private enum Small : byte
    {
        None,
        First,
        Second,
    }

    private enum Wide
    {
        None,
        First,
        Second,
    }

    [Fact]
    public void EachReasonHasItsOwnCount()
    {
        Counters<Small> small = new();
        Counters<Wide> wide = new();
        Assert.Equal(1UL, small.Add(Small.Second));
        Assert.Equal(2UL, small.Add(Small.Second));
        Assert.Equal(1UL, wide.Add(Wide.First));
        Assert.Equal([0UL, 0UL, 2UL], small.All.ToArray());
        Assert.Equal([0UL, 1UL, 0UL], wide.All.ToArray());
        Assert.Equal(2UL, small[Small.Second]);
        Assert.Equal(0UL, wide[Wide.Second]);
    }
}
