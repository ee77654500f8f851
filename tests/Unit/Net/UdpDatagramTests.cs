using System;
using Aglet.Net;
using Aglet.Tests.Simulation;
using Xunit;

namespace Aglet.Tests.Unit.Net;

public sealed class UdpDatagramTests
{
    /// <summary>The frame of <see cref="UdpFrameTests"/>, made by hand, with four bytes of Ethernet's padding.</summary>
    private const string Hello =
        "525400123456" + "020000000001" + "0800"
        + "45000021" + "00000000" + "4011" + "6668" + "0a000001" + "0a000064"
        + "0043" + "0044" + "000d" + "a716" + "68656c6c6f" + "00000000";

    /// <summary>With a router alert (option 148) in an IP header of 24 bytes: its checksum is D15F by hand.</summary>
    private const string WithOptions =
        "525400123456" + "020000000001" + "0800"
        + "46000025" + "00000000" + "4011" + "d15f" + "0a000001" + "0a000064" + "94040000"
        + "0043" + "0044" + "000d" + "a716" + "68656c6c6f";

    [Theory]
    [InlineData(Hello)]
    [InlineData(WithOptions)]
    public void DatagramIsTakenOutOfItsFrame(string hex)
    {
        Assert.Equal(UdpFrameReject.None, UdpDatagram.Parse(Convert.FromHexString(hex), out UdpDatagram datagram));
        Assert.Equal("52:54:00:12:34:56", datagram.DestinationHardware.ToString());
        Assert.Equal("02:00:00:00:00:01", datagram.SourceHardware.ToString());
        Assert.Equal(new IpEndpoint(new Ipv4Address(0x0A000001), 67), datagram.Source);
        Assert.Equal(new IpEndpoint(new Ipv4Address(0x0A000064), 68), datagram.Destination);
        Assert.Equal("hello"u8, datagram.Payload);
    }

    /// <summary>Each row: the byte that is changed, its value, what is then said.</summary>
    [Theory]
    [InlineData(12, 0x86, (int)UdpFrameReject.NotIpv4)]
    [InlineData(14, 0x65, (int)UdpFrameReject.NotIpv4)]
    [InlineData(14, 0x44, (int)UdpFrameReject.BadHeaderLength)]
    [InlineData(14, 0x4F, (int)UdpFrameReject.BadHeaderLength)]
    [InlineData(16, 0x01, (int)UdpFrameReject.BadTotalLength)]
    [InlineData(17, 0x26, (int)UdpFrameReject.BadTotalLength)]
    [InlineData(17, 0x13, (int)UdpFrameReject.BadHeaderLength)]
    [InlineData(22, 0x41, (int)UdpFrameReject.BadHeaderChecksum)]
    [InlineData(30, 0x0B, (int)UdpFrameReject.BadHeaderChecksum)]
    [InlineData(39, 0x07, (int)UdpFrameReject.BadUdpLength)]
    [InlineData(39, 0x0E, (int)UdpFrameReject.BadUdpLength)]
    [InlineData(46, 0x70, (int)UdpFrameReject.BadUdpChecksum)]
    [InlineData(35, 0x45, (int)UdpFrameReject.BadUdpChecksum)]
    public void DamageHasAName(int at, byte value, int reject)
    {
        byte[] frame = Convert.FromHexString(Hello);
        frame[at] = value;
        Assert.Equal((UdpFrameReject)reject, UdpDatagram.Parse(frame, out _));
    }

    /// <summary>With the header's checksum made right again, so that it is the field that is refused.</summary>
    [Theory]
    [InlineData(20, 0x20, (int)UdpFrameReject.Fragment)] // more fragments
    [InlineData(21, 0x01, (int)UdpFrameReject.Fragment)] // not the first
    [InlineData(20, 0x40, (int)UdpFrameReject.None)] // "do not fragment" is no fragment
    [InlineData(23, 6, (int)UdpFrameReject.NotUdp)]
    public void FieldOfTheHeaderIsRefusedByName(int at, byte value, int reject)
    {
        byte[] frame = Convert.FromHexString(Hello);
        frame[at] = value;
        frame[24] = frame[25] = 0;
        uint sum = 0xFFFF - SimFrame.Sum(frame.AsSpan(14, 20), 0);
        frame[24] = (byte)(sum >> 8);
        frame[25] = (byte)(sum & 0xFF);
        Assert.Equal((UdpFrameReject)reject, UdpDatagram.Parse(frame, out _));
    }

    [Fact]
    public void EveryShorterFrameIsRefused()
    {
        byte[] frame = Convert.FromHexString(WithOptions);
        for (int length = 0; length < frame.Length; length++)
        {
            UdpFrameReject reject = UdpDatagram.Parse(frame.AsSpan(0, length), out _);
            Assert.Equal(length < 34 ? UdpFrameReject.Truncated : UdpFrameReject.BadTotalLength, reject);
        }
    }

    [Fact]
    public void ChecksumThatWasNeverMadeIsNotLookedAt()
    {
        byte[] frame = Convert.FromHexString(Hello);
        frame[40] = 0x12;
        Assert.Equal(UdpFrameReject.BadUdpChecksum, UdpDatagram.Parse(frame, out _));
        Assert.Equal(UdpFrameReject.None, UdpDatagram.Parse(frame, isChecksumPending: true, out _));
        frame[40] = frame[41] = 0;
        Assert.Equal(UdpFrameReject.None, UdpDatagram.Parse(frame, out _));
    }
}
