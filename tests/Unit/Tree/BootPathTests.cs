using System.Text;
using Aglet.Tree;
using Xunit;

namespace Aglet.Tests.Unit.Trees;

public sealed class BootPathTests
{
    [Theory]
    [InlineData("a/b", "a/b")]
    [InlineData("/a/b", "a/b")]
    [InlineData("//a//b/", "a/b")]
    [InlineData("/boot\\BCD", "boot/BCD")]
    [InlineData("\\\\x\\y", "x/y")]
    [InlineData("::debian/linux", "debian/linux")]
    [InlineData("./a/./b", "a/b")]
    [InlineData("a/...", "a/...")]
    [InlineData(".treeinfo", ".treeinfo")]
    public void PathsOfClientsBecomeKeys(string raw, string expected)
    {
        byte[] room = new byte[64];
        Assert.Equal(BootPathReject.None, BootPath.Normalize(Encoding.UTF8.GetBytes(raw), room, out int length));
        Assert.Equal(expected, Encoding.UTF8.GetString(room, 0, length));
    }

    [Theory]
    [InlineData("", BootPathReject.Empty)]
    [InlineData("/", BootPathReject.Empty)]
    [InlineData("/./", BootPathReject.Empty)]
    [InlineData("..", BootPathReject.ParentSegment)]
    [InlineData("a/../b", BootPathReject.ParentSegment)]
    [InlineData("a\\..\\b", BootPathReject.ParentSegment)]
    [InlineData("a\0b", BootPathReject.NulByte)]
    [InlineData("C:\\x", BootPathReject.DriveLetter)]
    [InlineData("123456789", BootPathReject.TooLong)]
    internal void WhatCannotBeAKeyIsRefusedByName(string raw, BootPathReject expected) =>
        Assert.Equal(expected, BootPath.Normalize(Encoding.UTF8.GetBytes(raw), new byte[8], out _));
}
