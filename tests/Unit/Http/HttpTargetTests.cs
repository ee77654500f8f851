using System;
using System.Text;
using Aglet.Core;
using Aglet.Http;
using Xunit;

namespace Aglet.Tests.Unit.Http;

public sealed class HttpTargetTests
{
    [Theory]
    [InlineData("/boot/vmlinuz", "boot/vmlinuz")]
    [InlineData("//boot///vmlinuz", "boot/vmlinuz")] // GRUB and shim
    [InlineData("/boot\\BCD", "boot/BCD")] // Windows loaders
    [InlineData("/a%20b", "a b")]
    [InlineData("/a%2520b", "a%20b")] // decoded once, never twice
    [InlineData("/libstdc++6_12~rc1.deb", "libstdc++6_12~rc1.deb")]
    [InlineData("/./a/./b", "a/b")]
    [InlineData("/a?b/../c", "a")]
    [InlineData("/a%3Fb", "a?b")]
    [InlineData("http://10.0.0.1/x", "x")]
    [InlineData("HTTP://h:8080/x?y", "x")]
    [InlineData("/caf\u00e9", "caf\u00e9")] // GRUB encodes nothing
    public void FileIsAKey(string raw, string key)
    {
        Span<byte> room = stackalloc byte[Limits.PathBytes];
        Assert.Equal(HttpReject.None, HttpTarget.Parse(Encoding.Latin1.GetBytes(raw), HttpMethod.Get, room, out HttpTarget target));
        Assert.Equal(HttpTargetKind.File, target.Kind);
        Assert.Equal(key, Encoding.Latin1.GetString(target.Key));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("/boot/")]
    [InlineData("/boot%2F")]
    [InlineData("http://h")]
    [InlineData("http://h?x")]
    public void FolderIsNoFile(string raw)
    {
        Span<byte> room = stackalloc byte[Limits.PathBytes];
        Assert.Equal(HttpReject.None, HttpTarget.Parse(Encoding.Latin1.GetBytes(raw), HttpMethod.Get, room, out HttpTarget target));
        Assert.Equal(HttpTargetKind.Folder, target.Kind);
    }

    [Theory]
    [InlineData("boot", nameof(HttpReject.BadTarget))]
    [InlineData("https://h/x", nameof(HttpReject.BadTarget))]
    [InlineData("http:///x", nameof(HttpReject.BadTarget))]
    [InlineData("http://u@h/x", nameof(HttpReject.BadTarget))]
    [InlineData("/a#b", nameof(HttpReject.BadTarget))]
    [InlineData("*", nameof(HttpReject.AsteriskWithoutOptions))]
    [InlineData("/%", nameof(HttpReject.BadPercentEncoding))]
    [InlineData("/%4", nameof(HttpReject.BadPercentEncoding))]
    [InlineData("/%4x", nameof(HttpReject.BadPercentEncoding))]
    [InlineData("/a%00b", nameof(HttpReject.NulInPath))]
    [InlineData("/../etc/passwd", nameof(HttpReject.ParentSegment))]
    [InlineData("/a/%2e%2e/b", nameof(HttpReject.ParentSegment))]
    [InlineData("/a\\..\\b", nameof(HttpReject.ParentSegment))]
    public void BadTargetIsRefusedByName(string raw, string reject)
    {
        Span<byte> room = stackalloc byte[Limits.PathBytes];
        Assert.Equal(reject, HttpTarget.Parse(Encoding.Latin1.GetBytes(raw), HttpMethod.Get, room, out _).ToString());
    }

    [Fact]
    public void LongestPathIsTakenAndALongerOneRefused()
    {
        byte[] room = new byte[Limits.PathBytes];
        byte[] raw = Encoding.Latin1.GetBytes("/" + new string('a', Limits.PathBytes - 1));
        Assert.Equal(HttpReject.None, HttpTarget.Parse(raw, HttpMethod.Get, room, out _));
        Assert.Equal(HttpReject.PathTooLong, HttpTarget.Parse([.. raw, (byte)'a'], HttpMethod.Get, room, out _));
    }

    [Fact]
    public void QueryIsKept()
    {
        Span<byte> room = stackalloc byte[Limits.PathBytes];
        Assert.Equal(HttpReject.None, HttpTarget.Parse("/a?b=%20?c"u8, HttpMethod.Get, room, out HttpTarget target));
        Assert.Equal("b=%20?c", Encoding.Latin1.GetString(target.Query));
    }

    [Fact]
    public void AsteriskIsForOptions()
    {
        Assert.Equal(HttpReject.None, HttpTarget.Parse("*"u8, HttpMethod.Options, default, out HttpTarget target));
        Assert.Equal(HttpTargetKind.Server, target.Kind);
    }
}
