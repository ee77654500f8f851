using Aglet.Kernel;
using Xunit;

namespace Aglet.Tests.Unit.Kernel;

public sealed class SysResultTests
{
    [Fact]
    public void CountIsNoError()
    {
        SysResult result = SysResult.Ok(17);
        Assert.False(result.IsError || result.WouldBlock || result.IsPeerGone || result.IsOutOfResources);
        Assert.Equal(17, result.Count);
        Assert.Equal(Errno.None, result.Errno);
        Assert.Equal(5_000_000_000, SysResult.Ok(5_000_000_000).Value);
    }

    [Theory]
    [InlineData(11, true, false, false)]
    [InlineData(4, true, false, false)]
    [InlineData(104, false, true, false)]
    [InlineData(32, false, true, false)]
    [InlineData(111, false, true, false)]
    [InlineData(24, false, false, true)]
    [InlineData(105, false, false, true)]
    [InlineData(2, false, false, false)]
    [InlineData(13, false, false, false)]
    public void ErrnoSaysWhatToDo(int number, bool wouldBlock, bool peerGone, bool outOfResources)
    {
        SysResult result = SysResult.Failed((Errno)number);
        Assert.True(result.IsError);
        Assert.Equal((Errno)number, result.Errno);
        Assert.Equal(wouldBlock, result.WouldBlock);
        Assert.Equal(peerGone, result.IsPeerGone);
        Assert.Equal(outOfResources, result.IsOutOfResources);
    }
}
