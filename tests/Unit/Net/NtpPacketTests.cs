using System;
using Aglet.Net;
using Xunit;

namespace Aglet.Tests.Unit.Net;

public sealed class NtpPacketTests
{
    private const ulong Nonce = 0x0102_0304_0506_0708;

    /// <summary>2024-01-01 00:00:00.5 UTC: 3913056000 s since 1900, and half a second.</summary>
    private static byte[] Answer => Convert.FromHexString(
        "24020620" + "00000010" + "00000020" + "0a000001" + "E93C5800" + "00000000"
        + "0102030405060708" + "E93C780000000000" + "E93C780080000000");

    [Fact]
    public void TheQuestionHasNothingButANumber()
    {
        byte[] packet = new byte[NtpPacket.Bytes];
        NtpPacket.WriteRequest(packet, Nonce);
        Assert.Equal("23" + new string('0', 78) + "0102030405060708", Convert.ToHexString(packet));
    }

    [Fact]
    public void TheAnswerIsATime()
    {
        Assert.Equal(NtpReject.None, NtpPacket.Parse(Answer, Nonce, out long time));
        Assert.Equal((0xE93C_7800L - 2_208_988_800) * 1_000_000_000 + 500_000_000, time);
    }

    [Fact]
    public void After2036TheCountBeginsAnew()
    {
        byte[] late = Answer;
        late[40] = 0;
        Assert.Equal(NtpReject.None, NtpPacket.Parse(late, Nonce, out long time));
        Assert.True(time > 2_085_978_496L * 1_000_000_000);
    }

    [Theory]
    [InlineData(0, 0x23, NtpReject.NotAServer)]
    [InlineData(0, 0x14, NtpReject.NotAServer)]
    [InlineData(31, 0x09, NtpReject.NotOurs)]
    [InlineData(0, 0xE4, NtpReject.NotSet)]
    [InlineData(1, 0x00, NtpReject.NotSet)]
    [InlineData(1, 0x10, NtpReject.NotSet)]
    internal void WhatIsNotBelieved(int at, byte value, NtpReject reject)
    {
        byte[] damaged = Answer;
        damaged[at] = value;
        Assert.Equal(reject, NtpPacket.Parse(damaged, Nonce, out _));
    }

    [Fact]
    public void EveryPrefixIsTruncated()
    {
        for (int length = 0; length < NtpPacket.Bytes; length++)
        {
            Assert.Equal(NtpReject.Truncated, NtpPacket.Parse(Answer.AsSpan(0, length), Nonce, out _));
        }
    }
}
