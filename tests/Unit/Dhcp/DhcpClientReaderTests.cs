using System;
using Aglet.Boot;
using Aglet.Dhcp;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Dhcp;

public sealed class DhcpClientReaderTests
{
    private const string UefiClass = "PXEClient:Arch:00007:UNDI:003016";

    [Fact]
    public void AUefiPxeClientIsFirmware()
    {
        BootClient client = Read(Discover().Option(60, UefiClass).Option(93, 0, 7));
        Assert.Equal(BootStage.Firmware, client.Stage);
        Assert.Equal("x64-uefi", client.Architecture?.Name);
        Assert.Equal(Mac("52:54:00:00:00:01"), client.HardwareAddress);
        Assert.False(client.IsHttpClient);
        Assert.False(client.IsRaspberryPi);
    }

    [Fact]
    public void AnHttpBootClientWantsAUrl()
    {
        BootClient client = Read(Discover().Option(60, "HTTPClient:Arch:00016:UNDI:003016").Option(93, 0, 16));
        Assert.Equal(BootStage.Firmware, client.Stage);
        Assert.True(client.IsHttpClient);
        Assert.Equal((ushort?)16, client.Architecture?.Code);
    }

    [Fact]
    public void TheFirstKnownArchitectureOfTheListCounts() =>
        Assert.Equal((ushort?)7, Read(Discover().Option(60, UefiClass).Option(93, 0x12, 0x34, 0, 7, 0, 0)).Architecture?.Code);

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFF })]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[0])]
    public void WithoutAKnownTypeTheDigitsOfTheVendorClassCount(byte[] types) => Assert.Equal(
        (ushort?)11, Read(Discover().Option(60, "PXEClient:Arch:00011:UNDI:003000").Option(93, types)).Architecture?.Code);

    [Theory]
    [InlineData("PXEClient")]
    [InlineData("PXEClient:Arch:")]
    [InlineData("PXEClient:Arch:0000b:UNDI")]
    [InlineData("PXEClient:Arch:99999999999999999999999:UNDI")]
    [InlineData("PXEClient:Arch:00042:UNDI:003000")]
    public void AnArchitectureThatNobodyRegisteredIsNone(string vendorClass) =>
        Assert.Null(Read(Discover().Option(60, vendorClass)).Architecture);

    [Theory]
    [InlineData("iPXE")]
    [InlineData("\x04iPXE")]
    [InlineData("\u0003foo\u0004iPXE")]
    public void IpxeIsKnownByItsUserClass(string userClass)
    {
        BootClient client = Read(Discover().Option(60, UefiClass).Option(77, userClass));
        Assert.Equal(BootStage.Ipxe, client.Stage);
        Assert.True(client.IpxeHasHttp);
    }

    [Theory]
    [InlineData("\x05iPXE")]
    [InlineData("iPXE2")]
    [InlineData("\xFFiPXE")]
    [InlineData("")]
    public void AnotherUserClassIsNotIpxe(string userClass) => Assert.Equal(
        BootStage.Firmware, Read(Discover().Option(60, UefiClass).Option(77, userClass)).Stage);

    [Fact]
    public void IpxeIsKnownByItsFeatures()
    {
        BootClient withHttp = Read(Discover().Option(60, UefiClass).Option(175, 0x13, 1, 1, 0xEB, 3, 1, 21, 1));
        Assert.Equal(BootStage.Ipxe, withHttp.Stage);
        Assert.True(withHttp.IpxeHasHttp);
        BootClient without = Read(Discover().Option(60, UefiClass).Option(175, 0xEB, 3, 1, 0, 0, 0x15, 1, 1).Option(77, "iPXE"));
        Assert.Equal(BootStage.Ipxe, without.Stage);
        Assert.False(without.IpxeHasHttp);
    }

    /// <summary>Each row: features in option 175, and whether our scripts run with them.</summary>
    [Theory]
    [InlineData(new byte[] { 0x13, 0x27, 0x21, 0x18 }, true)] // http, menu, pxe, bzimage
    [InlineData(new byte[] { 0x13, 0x27, 0x24 }, true)] // http, menu, efi
    [InlineData(new byte[] { 0x13, 0x21, 0x18 }, false)] // no menu
    [InlineData(new byte[] { 0x13, 0x27, 0x21 }, false)] // no Linux kernels
    [InlineData(new byte[] { 0x13, 0x27, 0x18 }, false)] // no PXE programs
    public void IpxeIsKnownByWhatItWasBuiltWith(byte[] features, bool isWhole)
    {
        byte[] option = new byte[features.Length * 3];
        for (int i = 0; i < features.Length; i++) new byte[] { features[i], 1, 1 }.CopyTo(option, i * 3);
        BootClient client = Read(Discover().Option(60, UefiClass).Option(77, "iPXE").Option(175, option));
        Assert.Equal(isWhole, !client.IpxeLacksFeatures);
        Assert.True(client.IpxeHasHttp);
        Assert.False(Read(Discover().Option(60, UefiClass).Option(77, "iPXE")).IpxeLacksFeatures);
    }

    /// <summary>Each row: xid, option 97 after its type, the address; all say what a PC says in option 60.</summary>
    [Theory]
    [InlineData(0x26F30339, "44444444444444444444444444444444", "02:00:00:00:00:01", true)] // Pi 3 B
    [InlineData(0x11111111, "44444444444444444444444444444444", "b8:27:eb:00:00:01", true)]
    [InlineData(0x11111111, "44444444444444444444444444444444", "02:00:00:00:00:01", false)] // a careless board
    [InlineData(0x11111111, "78563412785634127856341278563412", "02:00:00:00:00:01", true)] // Pi 3 B+, DHCP_OPTION97=0
    [InlineData(0x11111111, "00000000000000000000000000000000", "02:00:00:00:00:01", false)]
    [InlineData(0x11111111, "52506935c04170006701020312345678", "02:00:00:00:00:01", true)] // RPi5
    [InlineData(0x11111111, "44332211665588779900aabbccddeeff", "02:00:00:00:00:01", false)]
    public void ARaspberryPiIsKnownByItsNumbers(int transactionId, string identifier, string mac, bool isPi)
    {
        byte[] xid = new byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(xid, transactionId);
        DhcpPacket packet = new DhcpPacket(DhcpMessageType.Discover, mac).Field(4, xid).Option(93, 0, 0)
            .Option(97, [0, .. Convert.FromHexString(identifier)]).Option(60, "PXEClient:Arch:00000:UNDI:002001");
        Assert.Equal(isPi, Read(packet).IsRaspberryPi);
    }

    [Fact]
    public void ForeignUseOfOption175IsNotIpxe() =>
        Assert.Equal(BootStage.Firmware, Read(Discover().Option(60, UefiClass).Option(175, 1, 1, 1)).Stage);

    [Fact]
    public void UBootIsKnownByItsClassOrItsArchitecture()
    {
        Assert.Equal(BootStage.UBoot, Read(Discover().Option(60, "U-Boot.armv8").Option(93, 0, 22)).Stage);
        Assert.Equal(BootStage.UBoot, Read(Discover().Option(60, "PXEClient:Arch:00022:UNDI:003000")).Stage);
        Assert.Equal(BootStage.Firmware, Read(Discover().Option(60, "PXEClient:Arch:00011:UNDI:003000")).Stage);
    }

    /// <summary>An early Pi 4 was an installed system in its REQUEST, and lost the option that it knows its server by.</summary>
    [Fact]
    public void ARaspberryPiThatLeavesOutItsClassIsStillOne()
    {
        byte[] identifier = [0, .. "RPi4"u8, 0x00, 0xC0, 0x31, 0x11, 1, 2, 3, 4, 5, 6, 7, 8];
        DhcpMessage message = DhcpWorld.Parse(new DhcpPacket(DhcpMessageType.Request, "dc:a6:32:00:00:01")
            .Address(50, "10.0.0.150").Address(54, "10.0.0.1").Option(97, identifier).Build());
        BootClient client = DhcpClientReader.Read(message, false);
        Assert.Equal((BootStage.Firmware, true), (client.Stage, client.IsRaspberryPi));
        BootOffer offer = new() { Kind = OfferKind.Boot };
        DhcpDecision decision = new(DhcpVerdict.Acknowledged, DhcpWorld.Ip("10.0.0.150"));
        DhcpReply reply = DhcpReply.For(
            message, client, offer, decision, BootReplyForm.WithAddress, OfferStyle.RaspberryPi,
            DhcpWorld.Origin(DhcpWorld.Networks()), new byte[PxeVendorOptions.RoomBytes]);
        Assert.True(reply.VendorOptions.SequenceEqual(PxeVendorOptions.RaspberryPi));
        Assert.True(reply.VendorClass.SequenceEqual("PXEClient"u8));
    }

    [Theory]
    [InlineData("MSFT 5.0")]
    [InlineData("udhcp 1.35.0")]
    [InlineData("")]
    public void OthersAreSystems(string vendorClass) =>
        Assert.Equal(BootStage.System, Read(Discover().Option(60, vendorClass)).Stage);

    [Fact]
    public void TheUuidIsReadInSmbiosOrder()
    {
        BootClient client = Read(Discover().Option(
            97, 0, 0x44, 0x33, 0x22, 0x11, 0x66, 0x55, 0x88, 0x77, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0x01));
        Assert.Equal("11223344-5566-7788-99aa-bbccddeeff01", client.Uuid.ToString());
    }

    [Theory]
    [InlineData(0x00, 17)]
    [InlineData(0xFF, 17)]
    [InlineData(0x44, 17)]
    [InlineData(0x12, 16)]
    [InlineData(0x12, 18)]
    public void AUuidThatIdentifiesNobodyIsNone(byte value, int length)
    {
        byte[] identifier = new byte[length];
        identifier.AsSpan(1).Fill(value);
        Assert.True(Read(Discover().Option(97, identifier)).Uuid.IsNone);
    }

    [Theory]
    [InlineData("52:54:00:00:00:01", "RPi4", true)]
    [InlineData("52:54:00:00:00:01", "RPi5", true)]
    [InlineData("b8:27:eb:00:00:01", "DDDD", true)]
    [InlineData("dc:a6:32:00:00:01", "\x01\x02\x03\x04", true)]
    [InlineData("52:54:00:00:00:01", "\x01\x02\x03\x04", false)]
    public void ARaspberryPiIsKnownByItsIdentifierOrItsAddress(string mac, string start, bool expected)
    {
        byte[] identifier = new byte[17];
        System.Text.Encoding.Latin1.GetBytes(start).CopyTo(identifier, 1);
        DhcpPacket packet = new DhcpPacket(DhcpMessageType.Discover, mac)
            .Option(60, "PXEClient:Arch:00000:UNDI:002001").Option(93, 0, 0).Option(97, identifier);
        BootClient client = Read(packet);
        Assert.Equal(expected, client.IsRaspberryPi);
        Assert.Equal("x86-bios", client.Architecture?.Name);
    }

    [Fact]
    public void ASystemOnARaspberryPiIsASystem() => Assert.False(
        Read(new DhcpPacket(DhcpMessageType.Discover, "dc:a6:32:00:00:01").Option(60, "dhcpcd-9")).IsRaspberryPi);

    private static DhcpPacket Discover() => new(DhcpMessageType.Discover);

    private static BootClient Read(DhcpPacket packet) => DhcpClientReader.Read(Parse(packet.Build()), false);
}
