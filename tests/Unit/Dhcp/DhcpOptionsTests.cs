using System;
using Aglet.Config;
using Aglet.Dhcp;
using Xunit;

namespace Aglet.Tests.Unit.Dhcp;

public sealed class DhcpOptionsTests
{
    [Theory]
    [InlineData(1, 4, true)]
    [InlineData(1, 3, false)]
    [InlineData(3, 8, true)]
    [InlineData(3, 0, false)]
    [InlineData(6, 6, false)]
    [InlineData(13, 2, true)]
    [InlineData(26, 4, false)]
    [InlineData(19, 1, true)]
    [InlineData(33, 8, true)]
    [InlineData(33, 4, false)]
    [InlineData(51, 4, true)]
    [InlineData(54, 8, false)]
    [InlineData(61, 1, false)]
    [InlineData(61, 2, true)]
    [InlineData(67, 0, false)]
    [InlineData(67, 255, true)]
    [InlineData(68, 0, true)]
    [InlineData(80, 0, true)]
    [InlineData(121, 4, false)]
    [InlineData(0, 1, false)]
    [InlineData(255, 1, false)]
    public void LengthsAreThoseThatEdk2Accepts(byte code, int length, bool expected) =>
        Assert.Equal(expected, DhcpOptionRules.IsLengthValid(code, length));

    [Fact]
    public void NumbersOfAnotherLengthAreZero()
    {
        Assert.Equal(0x0102, DhcpOptions.U16([1, 2]));
        Assert.Equal(0, DhcpOptions.U16([1, 2, 3]));
        Assert.Equal(0x01020304u, DhcpOptions.U32([1, 2, 3, 4]));
        Assert.Equal(0u, DhcpOptions.U32([1, 2, 3]));
    }

    [Fact]
    public void TheWalkerStopsAtTheFirstOverrun()
    {
        DhcpOptionWalker walker = new([0, 5, 1, 9, 0, 7, 4, 1, 2]);
        Assert.True(walker.MoveNext());
        Assert.Equal(5, (int)walker.Code);
        Assert.Equal(3, walker.DataIndex);
        Assert.Equal([9], walker.Data.ToArray());
        Assert.False(walker.MoveNext());
        Assert.True(walker.Overrun);
    }

    [Fact]
    public void TheRaspberryPisOptionIsTheFormOf35Bytes()
    {
        Assert.Equal(
            "0601030A0400505845091700001452617370626572727920506920426F6F74202020FF",
            Convert.ToHexString(PxeVendorOptions.RaspberryPi));
        Assert.Equal(35, PxeVendorOptions.RaspberryPi.Length);
        Assert.Equal("060108FF", Convert.ToHexString(PxeVendorOptions.BootFileGiven));
    }

    [Theory]
    [InlineData(new byte[] { 71, 4, 1, 2, 3, 4, 255 }, "470401020304FF")]
    [InlineData(new byte[] { 6, 1, 8, 71, 4, 1, 2, 3, 4 }, "470401020304FF")]
    [InlineData(new byte[] { 71, 2, 1, 2, 255 }, "")]
    [InlineData(new byte[] { 71, 4, 1, 2 }, "")]
    [InlineData(new byte[0], "")]
    public void ABootItemIsEchoedOrThereIsNone(byte[] options, string expected) =>
        Assert.Equal(expected, Convert.ToHexString(PxeVendorOptions.BootItemEcho(options, new byte[7])));
}
