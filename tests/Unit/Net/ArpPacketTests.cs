using System;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Net;

public sealed class ArpPacketTests
{
    /// <summary>As arping -D sends it: RFC 5227 §2.1.1, field by field.</summary>
    private const string Probe =
        "ffffffffffff" + "020000000001" + "0806" + "0001" + "0800" + "06" + "04" + "0001"
        + "020000000001" + "00000000" + "000000000000" + "0a000064";

    /// <summary>What a host answers, padded to the shortest Ethernet frame.</summary>
    private const string Reply =
        "020000000001" + "525400000042" + "0806" + "0001" + "0800" + "06" + "04" + "0002"
        + "525400000042" + "0a000064" + "020000000001" + "00000000" + "000000000000000000000000000000000000";

    [Fact]
    public void AProbeIsWrittenFieldByField()
    {
        byte[] frame = new byte[ArpPacket.FrameBytes];
        Assert.True(ArpPacket.Probe(Mac("02:00:00:00:00:01"), Ip("10.0.0.100")).TryWrite(frame, out int written));
        Assert.Equal(ArpPacket.FrameBytes, written);
        Assert.Equal(Probe, Convert.ToHexStringLower(frame));
    }

    [Fact]
    public void AReplyIsReadWithItsPadding()
    {
        Assert.Equal(ArpReject.None, ArpPacket.Parse(Convert.FromHexString(Reply), out ArpPacket packet));
        Assert.True(packet.IsReply);
        Assert.Equal(Mac("52:54:00:00:00:42"), packet.SenderHardware);
        Assert.Equal(Mac("52:54:00:00:00:42"), packet.Source);
        Assert.Equal(Mac("02:00:00:00:00:01"), packet.Destination);
        Assert.Equal(Ip("10.0.0.100"), packet.SenderAddress);
        Assert.True(packet.TargetAddress.IsAny);
        Assert.Equal(ArpReject.None, ArpPacket.Parse(Convert.FromHexString(Probe), out packet));
        Assert.False(packet.IsReply);
        Assert.True(packet.SenderAddress.IsAny);
    }

    [Theory]
    [InlineData(12, "86dd", ArpReject.NotArp)]
    [InlineData(14, "0006", ArpReject.OtherKind)]
    [InlineData(16, "86dd", ArpReject.OtherKind)]
    [InlineData(18, "1004", ArpReject.OtherKind)]
    [InlineData(20, "0003", ArpReject.OtherOperation)]
    [InlineData(20, "0000", ArpReject.OtherOperation)]
    public void WhatIsNotOursIsNamed(int at, string bytes, object reject)
    {
        byte[] frame = Convert.FromHexString(Reply);
        Convert.FromHexString(bytes).CopyTo(frame, at);
        Assert.Equal((ArpReject)reject, ArpPacket.Parse(frame, out _));
    }

    [Fact]
    public void EveryPrefixIsTruncated()
    {
        byte[] frame = Convert.FromHexString(Probe);
        for (int length = 0; length < frame.Length; length++)
        {
            Assert.Equal(ArpReject.Truncated, ArpPacket.Parse(frame.AsSpan(0, length), out _));
        }
    }
}
