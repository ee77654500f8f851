using System.Text;
using Aglet.Http;
using Xunit;

namespace Aglet.Tests.Unit.Http;

/// <summary>RFC 9110 sections 14.1.1, 14.1.2 and 14.2, over a content of 1,000 bytes.</summary>
public sealed class HttpRangeTests
{
    [Theory]
    [InlineData("bytes=0-0", 0, 1)] // Arch's probe
    [InlineData("bytes=0-499", 0, 500)]
    [InlineData("bytes=500-", 500, 500)] // GRUB's seek
    [InlineData("bytes=0-", 0, 1000)]
    [InlineData("bytes=999-999", 999, 1)]
    [InlineData("bytes=-1", 999, 1)]
    [InlineData("bytes=-5000", 0, 1000)]
    [InlineData("bytes=900-5000", 900, 100)]
    [InlineData("bytes=900-99999999999999999999999999", 900, 100)]
    [InlineData("bytes=000-001", 0, 2)]
    [InlineData("BYTES=1-2", 1, 2)] // the unit is case-insensitive
    [InlineData("bytes= 1-2 ,", 1, 2)] // empty list elements, section 5.6.1
    [InlineData("bytes=0-99,100-199", 0, 200)] // adjacent
    [InlineData("bytes=100-199,0-99", 0, 200)]
    [InlineData("bytes=0-99,50-149", 0, 150)] // overlapping
    [InlineData("bytes=5-6,2000-", 5, 2)] // one of two is satisfiable
    public void OneRunIsPartial(string value, long start, long length)
    {
        Assert.Equal(HttpRangeOutcome.Partial, HttpRange.Parse(Encoding.ASCII.GetBytes(value), 1000, out HttpRange range));
        Assert.Equal(new HttpRange(start, length), range);
    }

    [Theory]
    [InlineData("bytes=0-1,5-6")] // two runs: the whole is their lawful replacement
    [InlineData("bytes=5-4")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=-")]
    [InlineData("bytes=")]
    [InlineData("bytes=,")]
    [InlineData("bytes=1")]
    [InlineData("bytes=+1-2")]
    [InlineData("bytes=1-2x")]
    [InlineData("bytes=0-1,x")]
    [InlineData("bytes =0-1")]
    [InlineData("lines=0-1")]
    [InlineData("")]
    public void WhatMakesNoSenseIsIgnored(string value) =>
        Assert.Equal(HttpRangeOutcome.Whole, HttpRange.Parse(Encoding.ASCII.GetBytes(value), 1000, out _));

    [Theory]
    [InlineData("bytes=1000-", 1000)]
    [InlineData("bytes=1000-2000,3000-", 1000)]
    [InlineData("bytes=-0", 1000)]
    [InlineData("bytes=99999999999999999999999999-", 1000)]
    [InlineData("bytes=0-", 0)]
    [InlineData("bytes=0-0", 0)]
    [InlineData("bytes=-0", 0)]
    public void NothingOfItIsThere(string value, long size) =>
        Assert.Equal(HttpRangeOutcome.Unsatisfiable, HttpRange.Parse(Encoding.ASCII.GetBytes(value), size, out _));

    /// <summary>Section 14.1.2 calls it satisfiable, and Content-Range has no words for nothing.</summary>
    [Fact]
    public void SuffixOfAnEmptyContentIsTheWhole() =>
        Assert.Equal(HttpRangeOutcome.Whole, HttpRange.Parse("bytes=-5"u8, 0, out _));
}
