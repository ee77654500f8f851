using Aglet.Boot;
using Aglet.Config;
using Aglet.Dhcp;
using Aglet.Kernel;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Dhcp;

public sealed class DhcpProxyTests
{
    private const string Pxe = "PXEClient:Arch:00007:UNDI:003016";

    [Theory]
    [InlineData(Pxe, DhcpVerdict.ProxyOffered)]
    [InlineData("HTTPClient:Arch:00016:UNDI:003016", DhcpVerdict.ProxyOffered)]
    [InlineData("MSFT 5.0", DhcpVerdict.NoBootClient)]
    [InlineData("U-Boot.armv8", DhcpVerdict.NoBootClient)]
    public void OnlyBootClientsAreOfferedAnything(string vendorClass, object verdict) => Assert.Equal(
        verdict, On(new DhcpPacket(DhcpMessageType.Discover).Option(60, vendorClass)).Verdict);

    [Fact]
    public void WhoHasNothingToBootIsNotAnswered()
    {
        DhcpPacket discover = new DhcpPacket(DhcpMessageType.Discover).Option(60, Pxe);
        Assert.Equal(DhcpVerdict.NothingToBoot, On(discover, OfferKind.AddressOnly).Verdict);
        Assert.Equal(DhcpVerdict.NotOurMachine, On(discover, OfferKind.Ignore).Verdict);
    }

    [Fact]
    public void ARequestForAnotherServerTellsTheAddress()
    {
        DhcpPacket request = new DhcpPacket(DhcpMessageType.Request).Address(50, "10.0.0.50").Address(54, "10.0.0.2");
        Assert.Equal(new(DhcpVerdict.Overheard, Ip("10.0.0.50")), On(request));
        Assert.Equal(new(DhcpVerdict.Overheard, Ip("10.0.0.50")), On(request, OfferKind.AddressOnly));
        DhcpPacket renewal = new DhcpPacket(DhcpMessageType.Request).ClientAddress("10.0.0.50");
        Assert.Equal(new(DhcpVerdict.Overheard, Ip("10.0.0.50")), On(renewal));
        Assert.Equal(DhcpVerdict.NoAddressAsked, On(new DhcpPacket(DhcpMessageType.Request)).Verdict);
    }

    [Fact]
    public void ARequestForUsIsAcknowledgedWithoutAnAddress()
    {
        DhcpPacket request = new DhcpPacket(DhcpMessageType.Request).Option(60, Pxe)
            .Address(54, "10.0.0.1");
        Assert.Equal(new(DhcpVerdict.ProxyAcknowledged), On(request));
    }

    /// <summary>dnsmasq on the same host has our address for its name; its clients were sent an ACK without an address.</summary>
    [Fact]
    public void ARequestForAnAddressIsForTheDhcpServerOfTheSameHost()
    {
        DhcpPacket request = new DhcpPacket(DhcpMessageType.Request).Option(60, Pxe)
            .Address(50, "10.0.0.50").Address(54, "10.0.0.1");
        Assert.Equal(new(DhcpVerdict.Overheard, Ip("10.0.0.50")), On(request));
    }

    /// <summary>EDK2 asks all boot servers of the menu's type, as it says in option 43.</summary>
    [Theory]
    [InlineData(new byte[] { 71, 4, 0x80, 0, 0, 0, 255 }, true)]
    [InlineData(new byte[] { 6, 1, 8, 71, 4, 0x80, 1, 0, 0 }, true)]
    [InlineData(new byte[] { 71, 4, 0, 1, 0, 0, 255 }, false)] // Windows' own type
    [InlineData(new byte[] { 71, 2, 0x80, 0, 255 }, false)]
    [InlineData(new byte[] { 255 }, false)]
    public void ADiscoveryOfOurTypeIsForTheBootServer(byte[] vendorOptions, bool isOurs)
    {
        DhcpPacket request = new DhcpPacket(DhcpMessageType.Request).Option(60, Pxe)
            .ClientAddress("10.0.0.50").Option(43, vendorOptions);
        Assert.Equal(isOurs, DhcpProxy.IsBootServerDiscovery(Parse(request.Build())));
        Assert.False(DhcpProxy.IsBootServerDiscovery(Parse(request.Address(54, "10.0.0.2").Build())));
    }

    [Theory]
    [InlineData(DhcpMessageType.Decline)]
    [InlineData(DhcpMessageType.Release)]
    [InlineData(DhcpMessageType.None)]
    public void WhatConcernsTheOtherServerIsLeftToIt(object type) => Assert.Equal(
        DhcpVerdict.NotAMessageForServers, On(new DhcpPacket((DhcpMessageType)type).Option(60, Pxe)).Verdict);

    [Theory]
    [InlineData(DhcpMessageType.Request)]
    [InlineData(DhcpMessageType.Inform)]
    public void Port4011IsAnsweredWithAnAcknowledgment(object type) => Assert.Equal(
        new(DhcpVerdict.ProxyAcknowledged, Ip("10.0.0.50"), Ip("10.0.0.50")),
        OnBootServer(new DhcpPacket((DhcpMessageType)type).Option(60, Pxe).ClientAddress("10.0.0.50")));

    [Fact]
    public void ADiscoverOnPort4011IsAcknowledgedToo() => Assert.Equal(
        new(DhcpVerdict.ProxyAcknowledged, Ip("10.0.0.60")),
        OnBootServer(new DhcpPacket(DhcpMessageType.Discover).Option(60, Pxe)));

    [Fact]
    public void OthersOnPort4011AreNotAnswered()
    {
        DhcpPacket release = new DhcpPacket(DhcpMessageType.Release).Option(60, Pxe);
        Assert.Equal(DhcpVerdict.NotAMessageForServers, OnBootServer(release).Verdict);
        Assert.Equal(DhcpVerdict.NoBootClient, OnBootServer(new DhcpPacket(DhcpMessageType.Request)).Verdict);
    }

    private static DhcpDecision On(DhcpPacket packet, OfferKind kind = OfferKind.Boot)
    {
        DhcpMessage message = Parse(packet.Build());
        BootOffer offer = new() { Kind = kind, BootFile = "bootx64.efi"u8 };
        return DhcpProxy.OnMessage(ServerAddress, message, DhcpClientReader.Read(message, true), offer);
    }

    private static DhcpDecision OnBootServer(DhcpPacket packet)
    {
        DhcpMessage message = Parse(packet.Build());
        BootOffer offer = new() { Kind = OfferKind.Boot, BootFile = "bootx64.efi"u8 };
        DatagramInfo info = new(new(Ip("10.0.0.60"), 4011), ServerAddress, 2);
        return DhcpProxy.OnBootServerMessage(message, info, DhcpClientReader.Read(message, true), offer);
    }
}
