using System;
using Aglet.Dhcp;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Dhcp;

public sealed class DhcpMessageTests
{
    [Fact]
    public void EveryFieldIsReadFromItsPlace()
    {
        byte[] datagram = DhcpGolden.Read("0001-every-field");
        DhcpMessage message = Parse(datagram);
        Assert.Equal(1, message.Operation);
        Assert.Equal(2, message.HardwareType);
        Assert.Equal(6, message.HardwareLength);
        Assert.Equal(3, message.Hops);
        Assert.Equal(0x04050607u, message.TransactionId);
        Assert.Equal(0x0809, message.Seconds);
        Assert.Equal(0x8A0B, message.Flags);
        Assert.True(message.BroadcastFlag);
        Assert.Equal(Ip("12.13.14.15"), message.ClientAddress);
        Assert.Equal(Ip("16.17.18.19"), message.YourAddress);
        Assert.Equal(Ip("20.21.22.23"), message.NextServer);
        Assert.Equal(Ip("24.25.26.27"), message.RelayAddress);
        Assert.Equal(Mac("28:29:2a:2b:2c:2d"), message.HardwareAddress);
        Assert.Equal(16, message.HardwareAddressField.Length);
        Assert.Equal(0x37, message.HardwareAddressField[15]);
        Assert.Equal("server.example", System.Text.Encoding.ASCII.GetString(message.ServerName));
        Assert.Equal("boot/file.name", System.Text.Encoding.ASCII.GetString(message.File));
        Assert.Equal(DhcpMessageType.Request, message.Type);
        Assert.Equal(Ip("50.51.52.53"), message.AddressOf(DhcpOption.RequestedAddress));
        Assert.Equal(Ip("54.55.56.57"), message.AddressOf(DhcpOption.ServerIdentifier));
        Assert.Equal(1500, DhcpOptions.U16(message[DhcpOption.MaxMessageSize]));
        Assert.True(message.Asks(DhcpOption.Router));
        Assert.False(message.Asks(DhcpOption.HostName));
    }

    [Theory]
    [MemberData(nameof(DhcpGolden.Names), MemberType = typeof(DhcpGolden))]
    public void WrittenAndReadAgainItIsTheSame(string name)
    {
        DhcpMessage message = Parse(DhcpGolden.Read(name));
        byte[] written = new byte[1536];
        Assert.True(message.TryWrite(written, out int length));
        DhcpMessage again = Parse(written[..length]);
        byte[] twice = new byte[1536];
        Assert.True(again.TryWrite(twice, out int lengthTwice));
        Assert.Equal(written[..length], twice[..lengthTwice]);
        Assert.Equal(DhcpGolden.Read(name)[..240], written[..240]);
        Assert.Equal(message.Type, again.Type);
        for (int code = 1; code < 255; code++)
        {
            Assert.True(message[(DhcpOption)code].SequenceEqual(again[(DhcpOption)code]), $"option {code}");
        }
    }

    [Theory]
    [MemberData(nameof(DhcpGolden.Names), MemberType = typeof(DhcpGolden))]
    public void EveryPrefixIsReadOrRefused(string name)
    {
        byte[] datagram = DhcpGolden.Read(name);
        for (int length = 0; length <= datagram.Length; length++)
        {
            DhcpReject reject = DhcpMessage.Parse(datagram.AsSpan(0, length), out DhcpMessage message);
            if (length < DhcpMessage.FixedBytes) Assert.Equal(DhcpReject.Truncated, reject);
            if (reject != DhcpReject.None) continue;
            _ = DhcpClientReader.Read(message, false);
            Assert.True(message.TryWrite(new byte[1537], out _));
        }
    }

    [Fact]
    public void WritingIntoTooLittleRoomFails()
    {
        DhcpMessage message = Parse(new DhcpPacket(DhcpMessageType.Discover).Build());
        Assert.True(message.TryWrite(new byte[244], out int length));
        Assert.Equal(244, length);
        Assert.False(message.TryWrite(new byte[243], out _));
    }

    [Fact]
    public void ShorterThanTheFixedFieldsIsTruncated() => AssertRejected(DhcpReject.Truncated, new byte[239]);

    [Fact]
    public void LongerThanTheLimitIsTooLong()
    {
        byte[] datagram = new byte[1537];
        new DhcpPacket(DhcpMessageType.Discover).Build().CopyTo(datagram, 0);
        AssertRejected(DhcpReject.TooLong, datagram);
        Assert.Equal(DhcpReject.None, DhcpMessage.Parse(datagram.AsSpan(0, 1536), out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void AnotherOperationIsRefused(byte operation) => AssertRejected(
        DhcpReject.BadOperation, new DhcpPacket(DhcpMessageType.Discover).Field(0, operation).Build());

    [Fact]
    public void AHardwareAddressOverSixteenBytesIsRefused()
    {
        AssertRejected(DhcpReject.BadHardwareLength, new DhcpPacket(DhcpMessageType.Discover).Field(2, 17).Build());
        Assert.Equal(16, Parse(new DhcpPacket(DhcpMessageType.Discover).Field(2, 16).Build()).HardwareAddress.Length);
    }

    [Theory]
    [InlineData(236)]
    [InlineData(237)]
    [InlineData(238)]
    [InlineData(239)]
    public void AnotherCookieIsRefused(int at) => AssertRejected(
        DhcpReject.BadCookie, new DhcpPacket(DhcpMessageType.Discover).Field(at, 0xEE).Build());

    [Fact]
    public void AnOptionPastTheEndIsRefused()
    {
        byte[] whole = new DhcpPacket(DhcpMessageType.Discover).Option(12, "name").Build();
        AssertRejected(DhcpReject.OptionOverrun, whole[..^2]);
        AssertRejected(DhcpReject.OptionOverrun, [.. whole[..^1], 60]);
    }

    [Theory]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 9 })]
    [InlineData(new byte[] { 1, 1 })]
    [InlineData(new byte[0])]
    public void AnUnknownMessageTypeIsRefused(byte[] type) => AssertRejected(
        DhcpReject.BadMessageType, new DhcpPacket(DhcpMessageType.None).Option(53, type).Build());

    [Theory]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 4 })]
    [InlineData(new byte[] { 1, 1 })]
    public void AWrongOverloadIsRefused(byte[] overload) => AssertRejected(
        DhcpReject.BadOverload, new DhcpPacket(DhcpMessageType.Discover).Option(52, overload).Build());

    [Fact]
    public void AMissingEndAndPadsAreAccepted()
    {
        byte[] whole = new DhcpPacket(DhcpMessageType.Discover).Build();
        Assert.Equal(DhcpMessageType.Discover, Parse(whole[..^1]).Type);
        byte[] padded = [.. whole[..240], 0, 0, 0, .. whole[240..^1], 0, 60, 1, (byte)'x', 0, 0];
        DhcpMessage message = Parse(padded);
        Assert.Equal(DhcpMessageType.Discover, message.Type);
        Assert.Equal("x"u8, message[DhcpOption.VendorClass]);
    }

    [Fact]
    public void WhatFollowsEndIsNotRead()
    {
        byte[] datagram = [.. new DhcpPacket(DhcpMessageType.Discover).Build(), 60, 200];
        Assert.False(Parse(datagram).Has(DhcpOption.VendorClass));
    }

    [Fact]
    public void NoMessageTypeIsBootp() =>
        Assert.Equal(DhcpMessageType.None, Parse(new DhcpPacket(DhcpMessageType.None).Build()).Type);

    [Fact]
    public void OverloadedFieldsAreOptionsAndNoText()
    {
        byte[] datagram = new DhcpPacket(DhcpMessageType.Discover).Option(52, 3)
            .Field(108, 60, 2, (byte)'a', (byte)'b', 255)
            .Field(44, 12, 1, (byte)'n', 255).Build();
        DhcpMessage message = Parse(datagram);
        Assert.Equal("ab"u8, message[DhcpOption.VendorClass]);
        Assert.Equal("n"u8, message[DhcpOption.HostName]);
        Assert.True(message.File.IsEmpty);
        Assert.True(message.ServerName.IsEmpty);
        Assert.Equal(3, message.Overload);
    }

    [Theory]
    [InlineData(1, 108, 127)]
    [InlineData(2, 44, 63)]
    public void AnOverloadedFieldThatOverrunsIsRefused(byte overload, int field, int last)
    {
        DhcpPacket packet = new DhcpPacket(DhcpMessageType.Discover).Option(52, overload);
        packet.Field(field + last, 60);
        AssertRejected(DhcpReject.OptionOverrun, packet.Build());
    }

    [Fact]
    public void PartsOfASplitOptionAreJoinedInTheOrderOfTheirFields()
    {
        byte[] datagram = new DhcpPacket(DhcpMessageType.Discover).Option(52, 3)
            .Option(77, "one").Option(60, "x").Option(77, "two")
            .Field(108, 77, 1, (byte)'3', 255)
            .Field(44, 77, 1, (byte)'4', 255).Build();
        DhcpMessage message = Parse(datagram);
        Assert.Equal("onetwo34"u8, message.Joined(DhcpOption.UserClass, new byte[16]));
        Assert.Equal("onetwo"u8, message.Joined(DhcpOption.UserClass, new byte[6]));
        Assert.Equal("one"u8, message[DhcpOption.UserClass]);
        Assert.Equal("x"u8, message.Joined(DhcpOption.VendorClass, default));
    }

    [Fact]
    public void WithoutAParameterListEverythingIsAskedFor()
    {
        Assert.True(Parse(new DhcpPacket(DhcpMessageType.Discover).Build()).Asks(DhcpOption.HostName));
        Assert.False(Parse(new DhcpPacket(DhcpMessageType.Discover).Option(55, 1).Build()).Asks(DhcpOption.HostName));
    }

    private static void AssertRejected(DhcpReject expected, byte[] datagram) =>
        Assert.Equal(expected, DhcpMessage.Parse(datagram, out _));
}
