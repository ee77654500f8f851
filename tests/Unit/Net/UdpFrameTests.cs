using System;
using Aglet.Core;
using Aglet.Net;
using Aglet.Tests.Simulation;
using Xunit;

namespace Aglet.Tests.Unit.Net;

public sealed class UdpFrameTests
{
    private static readonly HardwareAddress _client = HardwareAddress.Read([0x52, 0x54, 0x00, 0x12, 0x34, 0x56]);
    private static readonly HardwareAddress _server = HardwareAddress.Read([0x02, 0x00, 0x00, 0x00, 0x00, 0x01]);

    /// <summary>
    /// The bytes by hand: checksums 6668 (of 4500 0021 0000 0000 4011 0a00 0001 0a00 0064) and A716 (pseudo header
    /// 0a00 0001 0a00 0064 0011 000d; 0043 0044 000d; payload 6865 6c6c 6f).
    /// </summary>
    [Fact]
    public void GoldenFrame()
    {
        byte[] frame = new byte[UdpFrame.HeaderBytes + 5];
        "hello"u8.CopyTo(frame.AsSpan(UdpFrame.HeaderBytes));
        UdpFrame.WriteHeaders(frame, _client, _server, new(0x0A000001), 67, new(0x0A000064), 68);
        Assert.Equal(
            "525400123456" + "020000000001" + "0800"
            + "45000021" + "00000000" + "4011" + "6668" + "0a000001" + "0a000064"
            + "0043" + "0044" + "000d" + "a716"
            + "68656c6c6f",
            Convert.ToHexStringLower(frame));
    }

    [Fact]
    public void EveryLengthIsAcceptedByAnIndependentReader()
    {
        Prng prng = new(11);
        SimPacket packet = new();
        for (int length = 0; length < 600; length++)
        {
            byte[] frame = new byte[UdpFrame.HeaderBytes + length];
            for (int i = 0; i < frame.Length; i++) frame[i] = (byte)(prng.Next() & 255);
            byte[] payload = frame[UdpFrame.HeaderBytes..];
            UdpFrame.WriteHeaders(frame, _client, _server, new(0x0A000001), 67, new(0x0A000064), 68);
            Assert.Null(SimFrame.TryRead(frame, packet));
            Assert.Equal(payload, packet.Payload.ToArray());
            Assert.Equal(new IpEndpoint(new Ipv4Address(0x0A000064), 68), packet.Destination);
            Assert.Equal(new IpEndpoint(new Ipv4Address(0x0A000001), 67), packet.Source);
        }
    }

    /// <summary>RFC 768: a checksum that comes out as zero is sent as all ones, since zero means that there is none.</summary>
    [Fact]
    public void ZeroChecksumIsSentAsAllOnes()
    {
        byte[] frame = new byte[UdpFrame.HeaderBytes + 2];
        UdpFrame.WriteHeaders(frame, _client, _server, new(0x0A000001), 67, new(0x0A000064), 68);

        // Payload that adds what is missing to the sum: the checksum of the frame with an empty payload.
        frame.AsSpan(40, 2).CopyTo(frame.AsSpan(42));
        UdpFrame.WriteHeaders(frame, _client, _server, new(0x0A000001), 67, new(0x0A000064), 68);
        Assert.Equal([0xFF, 0xFF], frame[40..42]);
        Assert.Null(SimFrame.TryRead(frame, new SimPacket()));
    }

    [Fact]
    public void IndependentReaderNamesWhatIsBroken()
    {
        byte[] good = new byte[UdpFrame.HeaderBytes + 4];
        UdpFrame.WriteHeaders(good, _client, _server, new(0x0A000001), 67, new(0x0A000064), 68);
        for (int i = 12; i < good.Length; i++)
        {
            byte[] bad = (byte[])good.Clone();
            bad[i] ^= 0x10;
            Assert.NotNull(SimFrame.TryRead(bad, new SimPacket()));
        }
    }
}
