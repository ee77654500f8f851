using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Kernel;
using Aglet.Tree;
using Xunit;

namespace Aglet.Tests.Unit.Trees;

public sealed class BootTreeTests
{
    [Fact]
    public void AnExactNameIsFoundBeforeAnotherCase()
    {
        BootTree tree = Make("boot/BCD", "Boot/bcd", "boot/bcd");
        Assert.Equal("Boot/bcd", Find(tree, "Boot/bcd"));
        Assert.Equal("boot/bcd", Find(tree, "boot/bcd"));
        Assert.Equal("boot/BCD", Find(tree, "boot/BCD"));
    }

    [Fact]
    public void OfSeveralCasesTheFirstInByteOrderAnswersForAThird()
    {
        Assert.Equal("Boot/bcd", Find(Make("boot/bcd", "boot/BCD", "Boot/bcd"), "BOOT/bcd"));
        Assert.Equal("Boot/bcd", Find(Make("Boot/bcd", "boot/bcd", "boot/BCD"), "BOOT/bcd"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("a/b/")]
    [InlineData("a/b/c")]
    [InlineData("a/É")]
    public void WhatIsNotThereIsNotFound(string key) => Assert.Null(Find(Make("a/b", "a/é"), key));

    [Fact]
    public void AnEmptyTreeAnswersNothing()
    {
        BootTree tree = Make();
        Assert.Equal(0, tree.Count);
        Assert.Null(Find(tree, "a"));
    }

    [Fact]
    public void EveryOneOfManyIsFound()
    {
        List<string> names = [];
        for (int i = 0; i < 20_000; i++) names.Add($"pool/{i % 100}/package_{i}.deb");
        BootTree tree = Make([.. names]);
        foreach (string name in names)
        {
            Assert.Equal(name, Find(tree, name));
            Assert.Equal(name, Find(tree, name.ToUpperInvariant()));
        }

        Assert.Equal(20_000, tree.Count);
        Assert.Null(Find(tree, "pool/0/package_20000.deb"));
    }

    /// <summary>A look-up costs the same in a large tree: the walk grows neither with its size nor with alike names.</summary>
    [Theory]
    [InlineData(1_000)]
    [InlineData(10_000)]
    [InlineData(100_000)]
    public void TheWalkToAFileStaysShort(int count)
    {
        string[] names = new string[count];
        for (int i = 0; i < count; i++) names[i] = $"debian/pool/main/{i % 37}/package_{i}_amd64.udeb";
        Assert.InRange(Make(names).LongestWalk, 2, 40);
    }

    [Fact]
    public void AKeyNeedNotEndTheHostPathAndMayBeNamedFirst()
    {
        BootFile file = new() { Key = "a"u8, HostPath = "/x/b"u8.ToArray(), Size = 1, ModifiedUnixSeconds = 2 };
        Assert.Equal("a", Encoding.UTF8.GetString(file.Key));
        Assert.Equal("/x/b", Encoding.UTF8.GetString(file.HostPath));
        BootFile other = new() { HostPath = "/x/b"u8.ToArray(), Key = "b"u8, Size = 1, ModifiedUnixSeconds = 2 };
        BootFile shared = new("../x/b."u8.ToArray(), 2..6, 1, new(FileKind.Regular, 1, 2));
        Assert.Equal(other, shared);
        Assert.NotEqual(other, file);
        Assert.Equal("b", Encoding.UTF8.GetString(shared.Key));
        Assert.True(shared.Key.Overlaps(shared.HostPath));
    }

    [Fact]
    public void ALookUpAllocatesNothing()
    {
        BootTree tree = Make("a/b");
        tree.TryGet("A/B"u8, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) tree.TryGet("A/B"u8, out _);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static BootTree Make(params string[] names)
    {
        List<BootFile> files = [];
        foreach (string name in names)
        {
            files.Add(new()
            {
                HostPath = Encoding.UTF8.GetBytes("/t/" + name),
                Key = Encoding.UTF8.GetBytes(name),
                Size = 1,
                ModifiedUnixSeconds = 1,
            });
        }

        return new(files);
    }

    private static string? Find(BootTree tree, string key) =>
        tree.TryGet(Encoding.UTF8.GetBytes(key), out BootFile file) ? Encoding.UTF8.GetString(file.Key) : null;
}
