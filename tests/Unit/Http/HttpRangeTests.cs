using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Core;
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
        Assert.Equal(HttpRangeOutcome.Partial, Parse(value, 1000, out HttpRange[] ranges));
        Assert.Equal([new HttpRange(start, length)], ranges);
    }

    /// <summary>In the order in which they were asked for, section 15.3.7.2; what touches is one, in the place of the first.</summary>
    [Theory]
    [InlineData("bytes=0-1,5-6", "0-1 5-6")]
    [InlineData("bytes=5-6,0-1", "5-6 0-1")]
    [InlineData("bytes=0-0,-1", "0-0 999-999")]
    [InlineData("bytes=10-19,0-4,15-29,2-6", "10-29 0-6")]
    [InlineData("bytes=0-4,10-14,20-24,4-21", "0-24")]
    [InlineData("bytes=20-24,0-4,10-14,5-9", "20-24 0-14")]
    [InlineData("bytes=0-1,5-6,7000-", "0-1 5-6")]
    [InlineData("bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,24-24,26-26,28-28,30-30",
        "0-0 2-2 4-4 6-6 8-8 10-10 12-12 14-14 16-16 18-18 20-20 22-22 24-24 26-26 28-28 30-30")]
    public void SeveralRunsAreSeveralParts(string value, string expected)
    {
        Assert.Equal(HttpRangeOutcome.Partial, Parse(value, 1000, out HttpRange[] ranges));
        Assert.Equal(expected, string.Join(' ', Array.ConvertAll(ranges, range => $"{range.Start}-{range.Start + range.Length - 1}")));
    }

    /// <summary>However they come, the parts are the bytes that were asked for, and no two of them touch.</summary>
    [Fact]
    public void PartsAreTheUnionOfTheRanges()
    {
        Prng prng = new(7);
        for (int round = 0; round < 5000; round++)
        {
            bool[] asked = new bool[64];
            List<string> specs = [];
            for (int i = prng.Below(12); i >= 0; i--)
            {
                int first = prng.Below(64);
                int last = Math.Min(63, first + prng.Below(8));
                specs.Add($"{first}-{last}");
                for (int at = first; at <= last; at++) asked[at] = true;
            }

            Assert.Equal(HttpRangeOutcome.Partial, Parse("bytes=" + string.Join(',', specs), 64, out HttpRange[] ranges));
            bool[] given = new bool[66];
            foreach (HttpRange range in ranges)
            {
                Assert.False(range.Start > 0 && given[range.Start - 1]);
                Assert.False(given[range.Start + range.Length]);
                for (long at = range.Start; at < range.Start + range.Length; at++) given[at] = true;
            }

            Assert.Equal(asked, given[..64]);
        }
    }

    [Theory]
    [InlineData("bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,24-24,26-26,28-28,30-30,32-32")] // too many
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
        Assert.Equal(HttpRangeOutcome.Whole, Parse(value, 1000, out _));

    [Theory]
    [InlineData("bytes=1000-", 1000)]
    [InlineData("bytes=1000-2000,3000-", 1000)]
    [InlineData("bytes=-0", 1000)]
    [InlineData("bytes=99999999999999999999999999-", 1000)]
    [InlineData("bytes=0-", 0)]
    [InlineData("bytes=0-0", 0)]
    [InlineData("bytes=-0", 0)]
    public void NothingOfItIsThere(string value, long size) =>
        Assert.Equal(HttpRangeOutcome.Unsatisfiable, Parse(value, size, out _));

    /// <summary>Section 14.1.2 calls it satisfiable, and Content-Range has no words for nothing.</summary>
    [Fact]
    public void SuffixOfAnEmptyContentIsTheWhole() =>
        Assert.Equal(HttpRangeOutcome.Whole, Parse("bytes=-5", 0, out _));

    private static HttpRangeOutcome Parse(string value, long size, out HttpRange[] ranges)
    {
        HttpRange[] room = new HttpRange[HttpRange.CountMax];
        HttpRangeOutcome outcome = HttpRange.Parse(Encoding.ASCII.GetBytes(value), size, room, out int count);
        ranges = room[..count];
        return outcome;
    }
}
