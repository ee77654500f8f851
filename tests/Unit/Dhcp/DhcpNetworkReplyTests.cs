using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Dhcp;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Dhcp;

/// <summary>What clients are told of their network: on request, always, or in parts.</summary>
public sealed class DhcpNetworkReplyTests
{
    private static readonly DhcpSubnetSetting _rich = Settings().Main with
    {
        Search = ["lab.example", "example"],
        Ntp = [Ip("10.0.0.3")],
        MtuBytes = 1400,
        Routes =
        [
            new(new(Ip("10.9.0.0"), 16), Ip("10.0.0.2")), new(new(Ip("10.8.128.0"), 17), Ip("10.0.0.3")),
            new(new(Ip("10.7.7.7"), 32), Ip("10.0.0.4")),
        ],
        Options = [new(150, [10, 0, 0, 1], IsAlways: true), new(224, [1, 2, 3], IsAlways: false)],
    };

    [Fact]
    public void WhatIsAskedForIsTold()
    {
        DhcpMessage reply = Parse(Answer(Asking(26, 42, 119, 121, 249, 224, 28), _rich));
        Assert.Equal("0578", Hex(reply, 26));
        Assert.Equal("0A000003", Hex(reply, 42));
        Assert.Equal("036C6162076578616D706C6500076578616D706C6500", Hex(reply, 119));

        // The default route stands among the others: who takes 121 passes over 3.
        const string Routes = "100A090A000002" + "110A08800A000003" + "200A0707070A000004" + "000A0000FE";
        Assert.Equal(Routes, Hex(reply, 121));
        Assert.Equal(Routes, Hex(reply, 249));
        Assert.Equal("010203", Hex(reply, 224));
        Assert.Equal("0A0000FF", Hex(reply, 28));
    }

    [Fact]
    public void WhatIsNotAskedForIsNotToldUnlessAlways()
    {
        byte[] reply = Answer(Asking(1, 3), _rich);
        Assert.Equal([53, 54, 51, 58, 59, 1, 3, 6, 150], CodesOf(reply));
    }

    [Fact]
    public void WithoutAListEverythingIsTold()
    {
        List<byte> codes = CodesOf(Answer(new DhcpPacket(DhcpMessageType.Discover).Build(), _rich));
        Assert.All(new byte[] { 15, 26, 28, 42, 119, 121, 150, 224, 249 }, code => Assert.Contains(code, codes));
    }

    [Fact]
    public void TheDefaultRouteIsToldOnlyWhereThereIsOne()
    {
        DhcpSubnetSetting setting = _rich with { Router = default, Routes = [new(new(Ip("10.9.0.0"), 16), Ip("10.0.0.2"))] };
        Assert.Equal("100A090A000002", Hex(Parse(Answer(Asking(121), setting)), 121));
        Assert.False(Parse(Answer(Asking(121), _rich with { Routes = [] })).Has(DhcpOption.ClasslessRoutes));
    }

    /// <summary>RFC 3396. A system joins the parts; firmware gets the option whole or not at all.</summary>
    [Fact]
    public void ALongListIsSplitForWhoJoinsIt()
    {
        List<DhcpRouteSetting> routes = [];
        for (uint i = 0; i < 40; i++) routes.Add(new(new(new(0x0A09_0000 + (i << 8)), 24), Ip("10.0.0.2")));
        DhcpSubnetSetting setting = _rich with { Routes = routes };
        DhcpPacket Request() => new DhcpPacket(DhcpMessageType.Discover).Option(55, 121).Option(57, 5, 0xDC);
        byte[] reply = Answer(Request().Build(), setting);
        DhcpMessage message = Parse(reply);
        Assert.Equal(2, CodesOf(reply).FindAll(static code => code == 121).Count);
        Assert.Equal(255, message[DhcpOption.ClasslessRoutes].Length);
        Assert.Equal((40 * 8) + 5, message.Joined(DhcpOption.ClasslessRoutes, new byte[512]).Length);
        byte[] firmware = Answer(Request().Option(60, "PXEClient:Arch:00007:UNDI:003016").Option(93, 0, 7).Build(), setting);
        Assert.DoesNotContain((byte)121, CodesOf(firmware));

        // Without option 57 there is no room for it either.
        byte[] small = Answer(Asking(121), setting);
        Assert.True(small.Length <= 548);
    }

    [Fact]
    public void TheSubnetThatWasSelectedIsRepeated() => Assert.Equal(
        "0A000000", Hex(Parse(Answer(new DhcpPacket(DhcpMessageType.Discover).Option(55, 1).Address(118, "10.0.0.0").Build(), _rich)), 118));

    /// <summary>Sub-option 11 of the relay names us, so that the client renews through it (RFC 5107).</summary>
    [Fact]
    public void TheRelayNamesTheServerAndItsOptionIsLast()
    {
        DhcpPacket request = new DhcpPacket(DhcpMessageType.Discover).RelayAddress("10.0.0.7").Option(55, 1)
            .Option(82, 1, 2, 0xAA, 0xBB, 11, 4, 10, 0, 0, 7);
        byte[] bytes = Answer(request.Build(), _rich);
        DhcpMessage reply = Parse(bytes);
        Assert.Equal(Ip("10.0.0.7"), reply.AddressOf(DhcpOption.ServerIdentifier));
        Assert.Equal("0102AABB0B040A000007", Hex(reply, 82));
        Assert.Equal(82, CodesOf(bytes)[^1]);
        byte[] refusal = Answer(request.Build(), _rich, DhcpVerdict.RefusedWrongNetwork);
        DhcpMessage nak = Parse(refusal);
        Assert.Equal(Ip("10.0.0.7"), nak.AddressOf(DhcpOption.ServerIdentifier));
        Assert.True(nak.BroadcastFlag && nak.ClientAddress.IsAny && nak.YourAddress.IsAny);
        Assert.Equal([53, 54, 56, 82], CodesOf(refusal));
    }

    [Fact]
    public void ABootpReplyIsOf300BytesAndHasNoLease()
    {
        byte[] bytes = Answer(
            new DhcpPacket(DhcpMessageType.None).Option(60, "U-Boot.armv8").Build(), _rich, DhcpVerdict.BootpAnswered, "boot.scr");
        Assert.Equal(300, bytes.Length);
        DhcpMessage reply = Parse(bytes);
        Assert.Equal(DhcpMessageType.None, reply.Type);
        Assert.Equal(Ip("10.0.0.150"), reply.YourAddress);
        Assert.Equal("boot.scr", Encoding.ASCII.GetString(reply.File));
        Assert.All(new byte[] { 51, 53, 54, 58, 59, 61 }, code => Assert.DoesNotContain(code, CodesOf(bytes)));
        Assert.Equal([1, 3], CodesOf(bytes)[..2]);
    }

    /// <summary>However much the operator adds, what boots the machine stays, and the packet is one that EDK2 takes.</summary>
    [Fact]
    public void TheOperatorsOptionsTakeNoRoomFromTheBootData()
    {
        DhcpOptionSetting[] options = new DhcpOptionSetting[10];
        for (byte i = 0; i < 10; i++) options[i] = new((byte)(224 + i), new byte[100], IsAlways: true);
        byte[] bytes = Answer(
            new DhcpPacket(DhcpMessageType.Discover).Option(60, "PXEClient:Arch:00007:UNDI:003016").Option(93, 0, 7)
                .Option(82, 1, 2, 3, 4).RelayAddress("10.0.0.7").Build(),
            _rich with { Options = options },
            DhcpVerdict.Offered,
            "bootx64.efi");
        Assert.True(bytes.Length <= 548);
        Assert.All(new byte[] { 1, 43, 60, 67, 82 }, code => Assert.Contains(code, CodesOf(bytes)));
    }

    private static byte[] Asking(params byte[] codes) => new DhcpPacket(DhcpMessageType.Discover).Option(55, codes).Build();

    private static string Hex(in DhcpMessage message, byte code) => Convert.ToHexString(message[(DhcpOption)code]);

    private static byte[] Answer(
        byte[] request, DhcpSubnetSetting setting, DhcpVerdict verdict = DhcpVerdict.Offered, string file = "")
    {
        DhcpMessage message = Parse(request);
        DhcpNetworks networks = new(Settings() with { Main = setting }, [Link]);
        BootClient client = DhcpClientReader.Read(message, isProxied: false);
        BootOffer offer = new()
        {
            Kind = file.Length == 0 ? OfferKind.AddressOnly : OfferKind.Boot,
            BootFile = Encoding.ASCII.GetBytes(file),
        };
        DhcpOrigin origin = Origin(networks) with { Relay = RelayAgent.Of(message) };
        DhcpReply reply = DhcpReply.For(
            message, client, offer, new(verdict, Ip("10.0.0.150")), BootReplyForm.WithAddress, OfferStyles.For(client)[0],
            origin, new byte[PxeVendorOptions.RoomBytes]);
        byte[] target = new byte[1472];
        Assert.True(DhcpReplyWriter.TryWrite(message, reply, networks[0], target, out int length));
        return target[..length];
    }
}
