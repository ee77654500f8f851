using System;
using System.Text;
using Aglet.Core;
using Aglet.Net;
using Xunit;

namespace Aglet.Tests.Unit.Net;

public sealed class AddressTests
{
    [Theory]
    [InlineData("0.0.0.0", 0u)]
    [InlineData("10.0.0.1", 0x0A000001u)]
    [InlineData("255.255.255.255", 0xFFFFFFFFu)]
    [InlineData("192.168.100.9", 0xC0A86409u)]
    public void Ipv4RoundTrips(string text, uint value)
    {
        Assert.True(Ipv4Address.TryParse(Encoding.ASCII.GetBytes(text), out Ipv4Address address));
        Assert.Equal(value, address.Value);
        Assert.Equal(text, address.ToString());
        Assert.Equal(text, Printed(address));
        Span<byte> wire = stackalloc byte[4];
        address.Write(wire);
        Assert.Equal(address, Ipv4Address.Read(wire));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0")]
    [InlineData("10.0.0.")]
    [InlineData(".0.0.1")]
    [InlineData("10.0.0.1.")]
    [InlineData("10.0.0.1.2")]
    [InlineData("10.0.0.256")]
    [InlineData("10.0.0.1000")]
    [InlineData("10.0.0.01")]
    [InlineData("10.0.00.1")]
    [InlineData("10..0.1")]
    [InlineData("10.0.0.-1")]
    [InlineData("10.0.0.+1")]
    [InlineData(" 10.0.0.1")]
    [InlineData("10.0.0.1 ")]
    [InlineData("10.0.0.0x1")]
    [InlineData("a.b.c.d")]
    [InlineData("::1")]
    public void Ipv4Rejects(string text) => Assert.False(Ipv4Address.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Theory]
    [InlineData("0.1.2.3", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("10.0.0.1", true)]
    [InlineData("223.255.255.255", true)]
    public void UnicastIsWhatAHostCanOwn(string text, bool isUnicast)
    {
        Assert.True(Ipv4Address.TryParse(Encoding.ASCII.GetBytes(text), out Ipv4Address address));
        Assert.Equal(isUnicast, address.IsUnicast);
    }

    [Fact]
    public void PrintingIntoTooLittleRoomFails()
    {
        Ipv4Address address = new(0xFFFF_FFFF);
        Assert.False(address.TryFormat(stackalloc byte[14], out int written, default, null));
        Assert.Equal(0, written);
        Assert.True(address.TryFormat(stackalloc byte[15], out written, default, null));
        Assert.Equal(15, written);
    }

    [Theory]
    [InlineData(0, 0u, 0u, 0xFFFFFFFFu)]
    [InlineData(8, 0xFF000000u, 0x0A000000u, 0x0AFFFFFFu)]
    [InlineData(24, 0xFFFFFF00u, 0x0A010200u, 0x0A0102FFu)]
    [InlineData(32, 0xFFFFFFFFu, 0x0A010203u, 0x0A010203u)]
    public void PrefixArithmetic(int length, uint mask, uint network, uint broadcast)
    {
        Ipv4Prefix prefix = new(new(0x0A010203), length);
        Assert.Equal(mask, prefix.Mask.Value);
        Assert.Equal(network, prefix.Network.Value);
        Assert.Equal(broadcast, prefix.BroadcastAddress.Value);
        Assert.True(prefix.Contains(prefix.Address));
        Assert.Equal(length == 0, prefix.Contains(new(0x0B010203)));
        Assert.Equal($"10.1.2.3/{length}", prefix.ToString());
    }

    [Fact]
    public void RangeCountsBothEnds()
    {
        Ipv4Range range = new(new(10), new(12));
        Assert.Equal(3, range.Count);
        Assert.Equal(new Ipv4Address(12), range.At(2));
        Assert.True(range.Contains(new(10)) && range.Contains(new(12)));
        Assert.False(range.Contains(new(9)) || range.Contains(new(13)));
        Assert.Equal(0, new Ipv4Range(new(2), new(1)).Count);
        Assert.Equal(1L << 32, new Ipv4Range(new(0), new(uint.MaxValue)).Count);
    }

    [Theory]
    [InlineData("52:54:00:12:34:56")]
    [InlineData("52-54-00-12-34-56")]
    [InlineData("525400123456")]
    public void HardwareAddressForms(string text)
    {
        const string canonical = "52:54:00:12:34:56";
        Assert.True(HardwareAddress.TryParse(Encoding.ASCII.GetBytes(text), out HardwareAddress address));
        Assert.Equal(canonical, address.ToString());
        Assert.Equal(canonical, Printed(address));
        Assert.Equal(6, address.Length);
        Assert.Equal(HardwareAddress.Read([0x52, 0x54, 0, 0x12, 0x34, 0x56]), address);
        Span<byte> dashes = stackalloc byte[17];
        Assert.True(address.TryFormat(dashes, out int written, (byte)'-'));
        Assert.Equal(canonical.Replace(':', '-'), Encoding.ASCII.GetString(dashes[..written]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("52:54:00:12:34")]
    [InlineData("52:54:00:12:34:5")]
    [InlineData("52:54:00-12:34:56")]
    [InlineData("52:54:00:12:34:5g")]
    [InlineData("52 54 00 12 34 56")]
    [InlineData("52:54:00:12:34:567")]
    [InlineData("5254001234567")]
    public void HardwareAddressRejects(string text) =>
        Assert.False(HardwareAddress.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void HardwareAddressKeepsEveryLength()
    {
        Prng prng = new(9);
        for (int length = 0; length <= 16; length++)
        {
            byte[] bytes = new byte[length];
            for (int i = 0; i < length; i++) bytes[i] = (byte)(prng.Next() & 255);
            HardwareAddress address = HardwareAddress.Read(bytes);
            byte[] written = new byte[16];
            address.Write(written);
            Assert.Equal(length, address.Length);
            Assert.Equal(bytes, written.AsSpan(0, length).ToArray());
            Assert.Equal(address, HardwareAddress.Read(bytes));
            Assert.Equal(address.Hash, HardwareAddress.Read(bytes).Hash);
            Assert.Equal(BitConverter.ToString(bytes).Replace('-', ':').ToLowerInvariant(), address.ToString());
        }

        // Six bytes are not the same as eight of which the last two are zero.
        Assert.NotEqual(HardwareAddress.Read([1, 2, 3, 4, 5, 6]), HardwareAddress.Read([1, 2, 3, 4, 5, 6, 0, 0]));
        Assert.True(HardwareAddress.Read(new byte[6]).IsNone);
        Assert.True(default(HardwareAddress).IsNone);
        Assert.False(HardwareAddress.Read([0, 0, 0, 0, 0, 1]).IsNone);
    }

    [Fact]
    public void MappedIpv4IsStillIpv4()
    {
        IpAddress mapped = new Ipv4Address(0x0A000001);
        Assert.True(mapped.IsIpv4);
        Assert.Equal(new Ipv4Address(0x0A000001), mapped.Ipv4);
        Assert.Equal("10.0.0.1", mapped.ToString());
        Assert.Equal("10.0.0.1:69", new IpEndpoint(mapped, 69).ToString());
        Assert.Equal("10.0.0.1:69", Printed(new IpEndpoint(mapped, 69)));
        Assert.False(default(IpAddress).IsIpv4);
        Assert.Equal(Ipv4Address.Any, default(IpAddress).Ipv4);
        IpAddress six = new(new UInt128(0xFE80_0000_0000_0000, 0x1));
        Assert.False(six.IsIpv4);
        Assert.Equal("fe80:0000:0000:0000:0000:0000:0000:0001", six.ToString());
        Assert.Equal(new UInt128(0, 0xFFFF_0A00_0001), mapped.Value);
    }

    private static string Printed<T>(T value) where T : IUtf8SpanFormattable
    {
        Span<byte> text = stackalloc byte[64];
        Assert.True(value.TryFormat(text, out int written, default, null));
        return Encoding.ASCII.GetString(text[..written]);
    }
}
