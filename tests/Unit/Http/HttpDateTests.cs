using System;
using System.Globalization;
using System.Text;
using Aglet.Core;
using Aglet.Http;
using Aglet.Wire;
using Xunit;

namespace Aglet.Tests.Unit.Http;

/// <summary>RFC 9110 section 5.6.7.</summary>
public sealed class HttpDateTests
{
    private const long Now = 1_700_000_000;

    [Theory]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sun Nov  6 08:49:37 1994")]
    public void ThreeFormsAreOneTime(string text)
    {
        Assert.True(HttpDate.TryParse(Encoding.ASCII.GetBytes(text), Now, out long seconds));
        Assert.Equal(784_111_777, seconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Sun, 06 Nov 1994 08:49:37")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 UTC")]
    [InlineData("Sun, 31 Feb 1994 08:49:37 GMT")]
    [InlineData("Sun, 29 Feb 1900 08:49:37 GMT")]
    [InlineData("Sun, 00 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 24:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:60:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49:61 GMT")]
    [InlineData("Sux, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("unM, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sunny, 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sun Nov 6 08:49:37 1994")]
    [InlineData("W/\"1-2\"")] // what EDK2 makes of a weak tag
    public void WhatIsNoDateIsRefused(string text) =>
        Assert.False(HttpDate.TryParse(Encoding.ASCII.GetBytes(text), Now, out _));

    /// <summary>A two-digit year more than 50 years ahead is in the past.</summary>
    [Theory]
    [InlineData("Tuesday, 14-Nov-73 22:13:20 GMT", 2073)]
    [InlineData("Thursday, 14-Nov-74 22:13:20 GMT", 1974)]
    public void TwoDigitYearFallsNearNow(string text, int year)
    {
        Assert.True(HttpDate.TryParse(Encoding.ASCII.GetBytes(text), Now, out long seconds));
        Assert.Equal(year, DateTimeOffset.FromUnixTimeSeconds(seconds).Year);
    }

    [Fact]
    public void WrittenDatesAreTheFrameworksAndReadBack()
    {
        Prng prng = new(7);
        byte[] room = new byte[HttpDate.Bytes];
        for (int i = 0; i < 20_000; i++)
        {
            long seconds = i == 0 ? 253_402_300_799 : (long)(prng.Next() % 253_402_300_800);
            WireWriter writer = new(room);
            HttpDate.Write(seconds, ref writer);
            string expected = DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("r", CultureInfo.InvariantCulture);
            Assert.Equal(expected, Encoding.ASCII.GetString(writer.Written));
            Assert.True(HttpDate.TryParse(writer.Written, Now, out long again));
            Assert.Equal(seconds, again);
        }
    }
}
