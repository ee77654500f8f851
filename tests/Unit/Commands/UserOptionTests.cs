using System.Text;
using Aglet.Commands;
using Xunit;

namespace Aglet.Tests.Unit.Commands;

public sealed class UserOptionTests
{
    private const string Users =
        "root:x:0:0:root:/root:/bin/bash\n"
        + "broken:x\n"
        + "odd:x:nine:9::/:\n"
        + "aglet:x:997:996:Aglet:/var/lib/aglet:/usr/sbin/nologin\n"
        + "last:*:1000:1001::/:/bin/sh"; // no line feed at the end

    [Theory]
    [InlineData("aglet", 997u, 996u)]
    [InlineData("last", 1000u, 1001u)]
    [InlineData("root", 0u, 0u)]
    [InlineData("997", 997u, 996u)]
    [InlineData("65532", 65532u, 65532u)]
    [InlineData("65532:5", 65532u, 5u)]
    [InlineData("aglet:5", 997u, 5u)]
    [InlineData("0:0", 0u, 0u)]
    public void AUserIsANameOrANumber(string text, uint user, uint group)
    {
        Assert.True(UserOption.TryParse(Encoding.UTF8.GetBytes(Users), text, out UserOption option, out _));
        Assert.Equal(new UserOption(user, group), option);
    }

    [Theory]
    [InlineData("agle", "/etc/passwd has no user agle;")]
    [InlineData("", "has no user ;")]
    [InlineData("broken", "has no user broken;")]
    [InlineData("odd", "has no user odd;")]
    [InlineData("-1", "has no user -1;")]
    [InlineData("4294967295", "has no user 4294967295;")]
    [InlineData("aglet:users", "a group is a number here")]
    [InlineData("aglet:", "a group is a number here")]
    public void WhatIsNoUserIsSaid(string text, string words)
    {
        Assert.False(UserOption.TryParse(Encoding.UTF8.GetBytes(Users), text, out _, out string problem));
        Assert.Contains($"--user {text}: ", problem, System.StringComparison.Ordinal);
        Assert.Contains(words, problem, System.StringComparison.Ordinal);
    }

    [Fact]
    public void ANumberNeedsNoFile() => Assert.True(UserOption.TryParse([], "65534", out _, out _));
}
