using System.Text;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Net;

public sealed class HardwarePatternTests
{
    [Theory]
    [InlineData("52:54:00:*", "52:54:00:12:34:56", true)]
    [InlineData("52:54:00:*", "52:54:01:12:34:56", false)]
    [InlineData("52-54-*", "52:54:01:12:34:56", true)]
    [InlineData("AA:bb:cc:dd:ee:ff", "aa:bb:cc:dd:ee:ff", true)]
    [InlineData("aabbccddeeff", "aa:bb:cc:dd:ee:ff", true)]
    [InlineData("aa:bb:cc:dd:ee:ff", "aa:bb:cc:dd:ee:fe", false)]
    [InlineData("*:*:00:*", "12:34:00:12:34:56", true)]
    [InlineData("*:*:00:*", "12:34:01:12:34:56", false)]
    [InlineData("*", "12:34:01:12:34:56", true)]
    [InlineData("52:54:00:12:34:*", "52:54:00:12:34:99", true)]
    public void APatternMeansTheseAddresses(string text, string address, bool isMeant)
    {
        Assert.True(HardwarePattern.TryParse(Encoding.ASCII.GetBytes(text), out HardwarePattern pattern));
        Assert.Equal(isMeant, pattern.Matches(Mac(address)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("52")]
    [InlineData("52:54:00")]
    [InlineData("52:54:00:")]
    [InlineData("52:54-00:*")]
    [InlineData("52:5:00:*")]
    [InlineData("52:54:0*")]
    [InlineData("52:54:**")]
    [InlineData("525400*")]
    [InlineData("52:54:00:12:34:56:*")]
    [InlineData("*:*:*:*:*:*:*")]
    [InlineData("5g:*")]
    public void OtherTextsAreNone(string text) =>
        Assert.False(HardwarePattern.TryParse(Encoding.ASCII.GetBytes(text), out _));

    /// <summary>InfiniBand and other media have addresses of other lengths.</summary>
    [Fact]
    public void OnlyEverybodyMeansOtherMedia()
    {
        HardwareAddress infiniband = HardwareAddress.Read([1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.True(HardwarePattern.TryParse("*"u8, out HardwarePattern all));
        Assert.True(HardwarePattern.TryParse("01:02:*"u8, out HardwarePattern some));
        Assert.True(all.Matches(infiniband));
        Assert.False(some.Matches(infiniband));
        Assert.False(all.Matches(default));
    }
}
