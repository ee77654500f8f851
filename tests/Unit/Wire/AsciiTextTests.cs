using System;
using System.Text;
using Aglet.Wire;
using Xunit;

namespace Aglet.Tests.Unit.Wire;

public sealed class AsciiTextTests
{
    [Fact]
    public void OnlyLettersFold()
    {
        for (int i = 0; i < 256; i++)
        {
            byte expected = i is >= 'A' and <= 'Z' ? (byte)(i + 32) : (byte)i;
            Assert.Equal(expected, AsciiText.ToLower((byte)i));
        }

        Assert.True(AsciiText.EqualsIgnoreCase("BlkSize"u8, "blksize"u8));
        Assert.False(AsciiText.EqualsIgnoreCase("blksize"u8, "blksiz"u8));
        Assert.False(AsciiText.EqualsIgnoreCase("a["u8, "A{"u8));
    }

    [Theory]
    [InlineData("0", 9, true, 0)]
    [InlineData("18446744073709551615", ulong.MaxValue, true, ulong.MaxValue)]
    [InlineData("18446744073709551616", ulong.MaxValue, false, 0)]
    [InlineData("99999999999999999999", ulong.MaxValue, false, 0)]
    [InlineData("000000000000000000001", ulong.MaxValue, false, 0)]
    [InlineData("00000000000000000001", ulong.MaxValue, true, 1)]
    [InlineData("256", 255, false, 0)]
    [InlineData("255", 255, true, 255)]
    [InlineData("", 9, false, 0)]
    [InlineData("-1", 9, false, 0)]
    [InlineData("+1", 9, false, 0)]
    [InlineData(" 1", 9, false, 0)]
    [InlineData("1a", 99, false, 0)]
    [InlineData("0x1", 99, false, 0)]
    public void DecimalIsDigitsWithinALimit(string text, ulong max, bool isNumber, ulong expected)
    {
        Assert.Equal(isNumber, AsciiText.TryParseDecimal(Encoding.ASCII.GetBytes(text), max, out ulong value));
        if (isNumber) Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(7UL)]
    [InlineData(10UL)]
    [InlineData(65535UL)]
    [InlineData(ulong.MaxValue)]
    public void DecimalIsPrintedAsItIsRead(ulong value)
    {
        ReadOnlySpan<byte> text = AsciiText.FormatDecimal(value, stackalloc byte[20]);
        Assert.Equal($"{value}", Encoding.ASCII.GetString(text));
    }

    [Fact]
    public void HexDigitsRoundTrip()
    {
        int digits = 0;
        for (int i = 0; i < 256; i++)
        {
            int value = AsciiText.HexValue((byte)i);
            if (value < 0) continue;
            digits++;
            Assert.Equal(AsciiText.ToLower((byte)i), AsciiText.HexDigit(value));
        }

        Assert.Equal(22, digits);
        Assert.Equal((byte)'f', AsciiText.HexDigit(0xAF));
    }
}
