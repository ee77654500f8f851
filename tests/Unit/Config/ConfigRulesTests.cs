using Aglet.Config;
using Aglet.Net;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Config;

public sealed class ConfigRulesTests
{
    [Theory]
    [InlineData("90s", 90)]
    [InlineData("30m", 1800)]
    [InlineData("1h", 3600)]
    [InlineData("2d", 172800)]
    [InlineData("0s", 0)]
    public void DurationsHaveAUnit(string text, long seconds)
    {
        Assert.True(ConfigRules.TryParseDuration(text, out Duration length));
        Assert.Equal(seconds, length.WholeSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("10")]
    [InlineData("1.5h")]
    [InlineData("-1s")]
    [InlineData("1 h")]
    [InlineData("1H")]
    [InlineData("99999999999999999999d")]
    public void OtherDurationsAreRefused(string text) => Assert.False(ConfigRules.TryParseDuration(text, out _));

    [Theory]
    [InlineData("node1", true)]
    [InlineData("a", true)]
    [InlineData("3com.example.COM", true)]
    [InlineData("a-b", true)]
    [InlineData("", false)]
    [InlineData("-a", false)]
    [InlineData("a-", false)]
    [InlineData("a-.b", false)]
    [InlineData("a..b", false)]
    [InlineData(".a", false)]
    [InlineData("a.", false)]
    [InlineData("a_b", false)]
    [InlineData("bücher", false)]
    public void HostNamesFollowRfc1123(string name, bool good) => Assert.Equal(good, ConfigRules.IsHostName(name));

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void ALabelHasAtMost63Letters(int length, bool good) =>
        Assert.Equal(good, ConfigRules.IsHostName(new string('a', length)));

    [Theory]
    [InlineData("10.0.0.1/24", "10.0.0.1/24")]
    [InlineData("10.0.0.1/0", "10.0.0.1/0")]
    [InlineData("10.0.0.1/33", null)]
    [InlineData("10.0.0.1", null)]
    [InlineData("10.0.0.1/", null)]
    [InlineData("10.0.0/24", null)]
    public void PrefixesAreRead(string text, string? expected) =>
        Assert.Equal(expected, ConfigRules.TryParsePrefix(text, out Ipv4Prefix prefix) ? prefix.ToString() : null);

    [Theory]
    [InlineData("netwrk", "network")]
    [InlineData("addr", "address")]
    [InlineData("TREE", "tree")]
    [InlineData("rtee", "tree")]
    [InlineData("x", null)]
    [InlineData("completely-else", null)]
    public void TheNearestNameIsWhatWasMeant(string name, string? expected) =>
        Assert.Equal(expected, NearestName.Find(name, ["network", "tree", "address"]));

    [Fact]
    public void EveryProcessorHasItsNameBack()
    {
        foreach (string name in new[] { "x86", "x64", "arm", "arm64", "riscv32", "riscv64", "loongarch64" })
        {
            Assert.True(ConfigRules.TryParseProcessor(name, out CpuFamily cpu, out _));
            Assert.Equal(name, ConfigRules.NameOf(cpu));
        }
    }
}
