using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Core;
using Xunit;

namespace Aglet.Tests.Unit.Core;

public sealed class FnvTests
{
    /// <summary>The published FNV-1a values, before our final mix.</summary>
    [Theory]
    [InlineData("", 0xCBF29CE484222325UL)]
    [InlineData("a", 0xAF63DC4C8601EC8CUL)]
    [InlineData("foobar", 0x85944171F73967E8UL)]
    public void IsFnv1aThenMixed(string text, ulong published) =>
        Assert.Equal(Fnv.Mix(published), Fnv.Hash(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void SeedChangesTheHash() => Assert.NotEqual(Fnv.Hash("a"u8), Fnv.Hash("a"u8, 1));

    /// <summary>Tables use the low bits: neighbours must not fall into the same few places.</summary>
    [Fact]
    public void LowBitsOfNeighboursSpread()
    {
        HashSet<ulong> places = [];
        for (uint i = 0; i < 1024; i++) places.Add(Fnv.Mix(0x0A00_0000 + i) & 1023);
        Assert.InRange(places.Count, 560, 760);
    }

    [Fact]
    public void MixIsABijectionOnASample()
    {
        HashSet<ulong> values = [];
        for (ulong i = 0; i < 10_000; i++) values.Add(Fnv.Mix(i << 40));
        Assert.Equal(10_000, values.Count);
    }
}
