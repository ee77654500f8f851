using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Dhcp;
using Aglet.Kernel;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Dhcp;

/// <summary>What each kind of client is answered, byte by byte, and the laws that every answer keeps.</summary>
public sealed class DhcpReplyTests
{
    private const string Url = "http://10.0.0.1/boot.ipxe";

    /// <summary>Null: the first that the client is offered.</summary>
    private OfferStyle? _style;

    /// <summary>Request, form of the reply, boot file (empty: an address only), name of the expected reply.</summary>
    public static TheoryData<string, string, string, string> Exchanges => new()
    {
        { "0010-udhcpc-discover", "WithAddress", "", "1010-udhcpc-offer" },
        { "0011-udhcpc-request", "WithAddress", "", "1011-udhcpc-ack" },
        { "0013-dhclient-discover", "WithAddress", "", "1013-dhclient-offer" },
        { "0014-dhclient-request", "WithAddress", "", "1014-dhclient-ack" },
        { "0020-ipxe-rom-discover", "WithAddress", Url, "1020-ipxe-offer" },
        { "0021-ipxe-rom-request", "WithAddress", Url, "1021-ipxe-ack" },
        { "0020-ipxe-rom-discover", "ProxyOffer", Url, "1022-ipxe-proxy-offer" },
        { "0030-ovmf-pxe-discover", "WithAddress", "bootx64.efi", "1030-ovmf-pxe-offer" },
        { "0031-ovmf-pxe-request", "WithAddress", "bootx64.efi", "1031-ovmf-pxe-ack" },
        { "0030-ovmf-pxe-discover", "ProxyOffer", "bootx64.efi", "1032-ovmf-pxe-proxy-offer" },
        { "0080-edk2-bootserver-request", "BootServer", "bootx64.efi", "1033-edk2-bootserver-ack" },
        { "0081-relayed-discover", "WithAddress", "bootx64.efi", "1034-relayed-offer" },
        { "0040-ovmf-http-discover", "WithAddress", "http://10.0.0.1/bootx64.efi", "1040-ovmf-http-offer" },
        { "0040-ovmf-http-discover", "ProxyOffer", "http://10.0.0.1/bootx64.efi", "1041-ovmf-http-proxy-offer" },
        { "0050-pi4-discover", "WithAddress", "start4.elf", "1050-pi4-offer" },
        { "0051-pi4-request", "WithAddress", "start4.elf", "1051-pi4-ack" },
        { "0050-pi4-discover", "ProxyOffer", "start4.elf", "1052-pi4-proxy-offer" },
        { "0052-pi3-discover", "WithAddress", "bootcode.bin", "1053-pi3-offer" },
        { "0060-uboot-discover", "WithAddress", "boot.scr.uimg", "1060-uboot-offer" },
        { "0070-windows-discover", "WithAddress", "", "1070-windows-offer" },
        { "0024-ipxe-efi-discover", "WithAddress", Url, "1024-ipxe-efi-offer" },
        { "0024-ipxe-efi-discover", "ProxyOffer", Url, "1025-ipxe-efi-proxy-offer" },
        { "0025-ipxe-cut-discover", "ProxyOffer", "undionly.kpxe", "1026-ipxe-cut-proxy-offer" },
        { "0054-pi5-discover", "WithAddress", "", "1054-pi5-offer" },
        { "0054-pi5-discover", "ProxyOffer", "", "1055-pi5-proxy-offer" },
        { "0055-pi3bplus-discover", "ProxyOffer", "", "1056-pi3bplus-proxy-offer" },
        { "0061-uboot-pxe-discover", "WithAddress", "pxe/boot.scr.uimg", "1061-uboot-pxe-offer" },
        { "0061-uboot-pxe-discover", "ProxyOffer", "pxe/boot.scr.uimg", "1062-uboot-pxe-proxy-offer" },
        { "0062-grub-discover", "WithAddress", "", "1063-grub-offer" },
        { "0082-edk2-discovery-request", "BootServer", "snponly.efi", "1082-edk2-discovery-ack" },
        { "0090-bios-rom-discover", "WithAddress", "pxelinux.0", "1090-bios-rom-offer" },
        { "0091-bios-rom-request", "WithAddress", "pxelinux.0", "1091-bios-rom-ack" },
        { "0090-bios-rom-discover", "ProxyOffer", "pxelinux.0", "1092-bios-rom-proxy-offer" },
        { "0092-bios-rom-bootserver-request", "BootServer", "pxelinux.0", "1093-bios-rom-bootserver-ack" },
        { "0093-bios-rom-bootserver-discover", "BootServer", "pxelinux.0", "1094-bios-rom-bootserver-discover-ack" },
        { "0094-bios-rom-bootserver-inform", "BootServer", "pxelinux.0", "1095-bios-rom-bootserver-inform-ack" },
        { "0095-pxelinux-rom-discover", "WithAddress", "pxe/pxelinux.0", "1096-pxelinux-rom-offer" },
    };

    [Theory]
    [MemberData(nameof(Exchanges))]
    public void EachClientGetsTheseBytes(string request, string form, string file, string expected)
    {
        byte[] reply = Answer(DhcpGolden.Read(request), Enum.Parse<BootReplyForm>(form), file);
        DhcpGolden.Check(expected, $"the reply to {request}, form {form}, boot file \"{file}\"", reply);
    }

    /// <summary>The same offer in each style that firmware may be changed to.</summary>
    [Theory]
    [InlineData("0090-bios-rom-discover", "ProxyOffer", "BootServer", "pxelinux.0", "1100-bios-rom-style-boot-server")]
    [InlineData("0090-bios-rom-discover", "ProxyOffer", "Menu", "pxelinux.0", "1101-bios-rom-style-menu")]
    [InlineData("0090-bios-rom-discover", "WithAddress", "FileOnly", "pxelinux.0", "1102-bios-rom-style-file-only")]
    [InlineData("0030-ovmf-pxe-discover", "ProxyOffer", "VendorOptions", "snponly.efi", "1103-ovmf-style-vendor-options")]
    [InlineData("0030-ovmf-pxe-discover", "ProxyOffer", "Menu", "snponly.efi", "1104-ovmf-style-menu")]
    [InlineData("0030-ovmf-pxe-discover", "WithAddress", "FileOnly", "bootx64.efi", "1105-ovmf-style-file-only")]
    [InlineData("0030-ovmf-pxe-discover", "WithAddress", "BootServer", "bootx64.efi", "1106-ovmf-style-boot-server")]
    public void EachStyleHasTheseBytes(string request, string form, string style, string file, string expected)
    {
        _style = Enum.Parse<OfferStyle>(style);
        byte[] reply = Answer(DhcpGolden.Read(request), Enum.Parse<BootReplyForm>(form), file);
        DhcpGolden.Check(expected, $"the reply to {request}, form {form}, style {style}, boot file \"{file}\"", reply);
    }

    [Theory]
    [MemberData(nameof(Exchanges))]
    public void EveryAnswerKeepsTheLaws(string request, string form, string file, string expected)
    {
        _ = expected;
        byte[] asked = DhcpGolden.Read(request);
        byte[] reply = Answer(asked, Enum.Parse<BootReplyForm>(form), file);
        DhcpMessage question = Parse(asked);
        DhcpMessage answer = Parse(reply);
        Assert.Equal(DhcpMessage.BootReply, answer.Operation);
        Assert.Equal(question.TransactionId, answer.TransactionId);
        Assert.Equal(question.Flags, answer.Flags);
        Assert.Equal(question.RelayAddress, answer.RelayAddress);
        Assert.Equal(0, answer.Hops);
        Assert.True(question.HardwareAddressField.SequenceEqual(answer.HardwareAddressField));
        Assert.InRange(reply.Length, 300, 1472);

        List<byte> codes = CodesOf(reply);
        Assert.DoesNotContain((byte)13, codes);
        Assert.DoesNotContain((byte)52, codes);
        Assert.Equal(53, codes[0]);
        Assert.Equal(54, codes[1]);
        Assert.Equal(question.Has(DhcpOption.RelayAgentInformation), codes.Contains(82));
        if (codes.Contains(82)) Assert.Equal(82, codes[^1]);
        for (int code = 1; code < 255; code++)
        {
            if (!answer.Has((DhcpOption)code)) continue;
            Assert.True(DhcpOptionRules.IsLengthValid((byte)code, answer[(DhcpOption)code].Length), $"option {code}");
        }

        if (file.Length == 0) return;
        Assert.Equal(file, Encoding.ASCII.GetString(answer.File));
        Assert.Equal(file, Encoding.ASCII.GetString(answer[DhcpOption.BootFileName]).TrimEnd('\0'));
        Assert.Equal(answer.NextServer.ToString(), Encoding.ASCII.GetString(answer[DhcpOption.TftpServerName]));
        Assert.Equal(answer.NextServer.ToString(), Encoding.ASCII.GetString(answer.ServerName));
        Assert.Equal(answer.AddressOf(DhcpOption.ServerIdentifier), answer.NextServer);
        int at = codes.IndexOf(67);
        bool endsWithNul = answer[DhcpOption.BootFileName][^1] == 0;
        Assert.True(endsWithNul || codes[at + 1] == 0, "67 stands directly before another option");
        if (!DhcpClientReader.Read(question, false).IsRaspberryPi) return;
        Assert.DoesNotContain((byte)0, codes);
    }

    [Fact]
    public void OptionsComeInTheOrderThatEveryClientTakes()
    {
        Assert.Equal(
            new byte[] { 53, 54, 51, 58, 59, 1, 3, 6, 15, 28, 60, 97, 43, 66, 67 },
            CodesOf(Answer(DhcpGolden.Read("0030-ovmf-pxe-discover"), BootReplyForm.WithAddress, "bootx64.efi")));
        Assert.Equal(
            new byte[] { 53, 54, 60, 97, 66, 67 },
            CodesOf(Answer(DhcpGolden.Read("0030-ovmf-pxe-discover"), BootReplyForm.ProxyOffer, "bootx64.efi")));
    }

    [Fact]
    public void UefiIsSentToPort4011InProxyModeAndABiosRomIsNot()
    {
        Assert.False(Parse(Answer(Firmware(7), BootReplyForm.ProxyOffer, "a.efi")).Has(DhcpOption.VendorOptions));
        DhcpMessage bios = Parse(Answer(Firmware(0), BootReplyForm.ProxyOffer, "pxelinux.0"));
        Assert.Equal(PxeVendorOptions.BootFileGiven, bios[DhcpOption.VendorOptions]);
        Assert.True(bios.YourAddress.IsAny);
        Assert.False(bios.Has(DhcpOption.LeaseTime));
        Assert.False(bios.Has(DhcpOption.SubnetMask));
        Assert.False(bios.Has(DhcpOption.Router));
    }

    [Fact]
    public void IpxeIsToldNotToWaitForAProxyOnlyByTheServer()
    {
        byte[] asked = DhcpGolden.Read("0020-ipxe-rom-discover");
        Assert.Equal(PxeVendorOptions.NoIpxeProxy, Parse(Answer(asked, BootReplyForm.WithAddress, Url))[DhcpOption.Ipxe]);
        DhcpMessage proxied = Parse(Answer(asked, BootReplyForm.ProxyOffer, Url));
        Assert.False(proxied.Has(DhcpOption.Ipxe));
        Assert.Equal("PXEClient"u8, proxied[DhcpOption.VendorClass]);
    }

    [Fact]
    public void AMachineWithNothingToBootGetsNoPxeOptions()
    {
        // Option 60 without 43 would send EDK2 to port 4011, where nothing is for it.
        DhcpMessage answer = Parse(Answer(Firmware(7), BootReplyForm.WithAddress, ""));
        Assert.False(answer.Has(DhcpOption.VendorClass));
        Assert.False(answer.Has(DhcpOption.VendorOptions));
        Assert.True(answer.NextServer.IsAny);
        Assert.False(answer.YourAddress.IsAny);
    }

    [Fact]
    public void TheBootItemThatWasAskedForIsRepeatedOnPort4011()
    {
        byte[] asked = new DhcpPacket(DhcpMessageType.Request).ClientAddress("10.0.0.150")
            .Option(60, "PXEClient:Arch:00000:UNDI:002001").Option(43, 71, 4, 0x80, 1, 0, 2, 255).Build();
        DhcpMessage answer = Parse(Answer(asked, BootReplyForm.BootServer, "pxelinux.0"));
        Assert.Equal(new byte[] { 71, 4, 0x80, 1, 0, 2, 255 }, answer[DhcpOption.VendorOptions]);
        Assert.Equal(Ip("10.0.0.150"), answer.ClientAddress);
        Assert.True(answer.YourAddress.IsAny);
    }

    [Theory]
    [InlineData(0, 548)]
    [InlineData(300, 548)]
    [InlineData(576, 548)]
    [InlineData(1000, 972)]
    [InlineData(1500, 1472)]
    [InlineData(65535, 1472)]
    public void TheReplyIsNeverLongerThanTheClientTakes(int option57, int limit)
    {
        // Three parts of option 82 make the longest reply: it does not fit below 972 bytes.
        DhcpPacket packet = new DhcpPacket(DhcpMessageType.Discover)
            .Option(60, "PXEClient:Arch:00007:UNDI:003016").Option(93, 0, 7)
            .Option(82, new byte[250]).Option(82, new byte[200]);
        if (option57 != 0) packet.Option(57, (byte)(option57 >> 8), (byte)(option57 & 255));
        byte[] asked = packet.Build();
        byte[] target = new byte[1472];
        bool fits = TryAnswer(asked, BootReplyForm.WithAddress, new string('f', 120), target, out int length);
        Assert.Equal(limit > 900, fits);
        if (fits) Assert.InRange(length, 700, limit);
    }

    [Fact]
    public void OnAFullPacketTheHeaderKeepsTheFileName()
    {
        byte[] asked = new DhcpPacket(DhcpMessageType.Discover)
            .Option(60, "PXEClient:Arch:00007:UNDI:003016").Option(93, 0, 7).Option(82, new byte[150]).Build();
        string file = new('f', 120);
        byte[] reply = Answer(asked, BootReplyForm.WithAddress, file);
        DhcpMessage answer = Parse(reply);
        Assert.InRange(reply.Length, 400, 548);
        Assert.Equal(file, Encoding.ASCII.GetString(answer.File));
        Assert.False(answer.Has(DhcpOption.BootFileName));
        Assert.False(answer.Has(DhcpOption.DomainName));
        Assert.Equal(PxeVendorOptions.BootFileGiven, answer[DhcpOption.VendorOptions]);
        Assert.Equal(150, answer[DhcpOption.RelayAgentInformation].Length);
    }

    [Fact]
    public void ASplitRelayOptionIsRepeatedWhole()
    {
        byte[] first = new byte[255];
        first.AsSpan().Fill(1);
        byte[] asked = new DhcpPacket(DhcpMessageType.Discover).Option(57, 5, 0xC0).Option(82, first).Option(82, 2, 2).Build();
        DhcpMessage answer = Parse(Answer(asked, BootReplyForm.WithAddress, ""));
        Assert.Equal([.. first, 2, 2], answer.Joined(DhcpOption.RelayAgentInformation, new byte[512]).ToArray());
    }

    [Fact]
    public void ANameGoesToWhoAsksForIt()
    {
        BootOffer offer = new() { Kind = OfferKind.AddressOnly, MachineName = "node1"u8 };
        Assert.Equal("node1"u8, Parse(Answer(Discover().Option(55, 12).Build(), offer))[DhcpOption.HostName]);
        Assert.False(Parse(Answer(Discover().Option(55, 1).Build(), offer)).Has(DhcpOption.HostName));
        byte[] withNul = Discover().Option(55, 12).Option(12, "old\0").Build();
        Assert.Equal("node1\0"u8, Parse(Answer(withNul, offer))[DhcpOption.HostName]);
    }

    [Fact]
    public void ARefusalSaysWhyAndNothingElse()
    {
        byte[] asked = new DhcpPacket(DhcpMessageType.Request).RelayAddress("10.0.0.2").ClientAddress("10.9.0.1")
            .Option(82, 1, 1, 7).Option(61, 1, 2, 3).Build();
        byte[] reply = Answer(asked, default(BootOffer), new(DhcpVerdict.RefusedWrongNetwork, Ip("10.9.0.1"), Ip("10.9.0.1")));
        DhcpMessage answer = Parse(reply);
        Assert.Equal(new byte[] { 53, 54, 56, 61, 82 }, CodesOf(reply));
        Assert.Equal(DhcpMessageType.NegativeAcknowledgment, answer.Type);
        Assert.True(answer.ClientAddress.IsAny);
        Assert.True(answer.YourAddress.IsAny);
        Assert.True(answer.BroadcastFlag, "a relay must broadcast it");
    }

    [Fact]
    public void AnInformedClientGetsNoLeaseTimes()
    {
        byte[] asked = new DhcpPacket(DhcpMessageType.Inform).ClientAddress("10.0.0.7").Build();
        byte[] reply = Answer(asked, default(BootOffer), new(DhcpVerdict.Informed, Ip("10.0.0.7"), Ip("10.0.0.7")));
        DhcpMessage answer = Parse(reply);
        Assert.Equal(DhcpMessageType.Acknowledgment, answer.Type);
        Assert.True(answer.YourAddress.IsAny);
        Assert.Equal(Ip("10.0.0.7"), answer.ClientAddress);
        Assert.DoesNotContain((byte)51, CodesOf(reply));
        Assert.DoesNotContain((byte)58, CodesOf(reply));
        Assert.DoesNotContain((byte)59, CodesOf(reply));
        Assert.Contains((byte)3, CodesOf(reply));
    }

    [Fact]
    public void RenewalIsAtHalfAndRebindingAtSevenEighths()
    {
        DhcpMessage answer = Parse(Answer(Discover().Build(), BootReplyForm.WithAddress, ""));
        Assert.Equal(3600u, DhcpOptions.U32(answer[DhcpOption.LeaseTime]));
        Assert.Equal(1800u, DhcpOptions.U32(answer[DhcpOption.RenewalTime]));
        Assert.Equal(3150u, DhcpOptions.U32(answer[DhcpOption.RebindingTime]));
    }

    [Fact]
    public void TheAnswerToInfiniBandFitsToo() =>
        Assert.Equal(0, Parse(Answer(Discover().Field(2, 0).Field(1, 32).Build(), BootReplyForm.WithAddress, "")).HardwareLength);

    private static DhcpPacket Discover() => new(DhcpMessageType.Discover);

    private static byte[] Firmware(byte architecture) =>
        Discover().Option(60, "PXEClient").Option(93, 0, architecture).Build();

    private byte[] Answer(byte[] request, BootReplyForm form, string file)
    {
        byte[] target = new byte[1472];
        Assert.True(TryAnswer(request, form, file, target, out int length));
        return target[..length];
    }

    private bool TryAnswer(byte[] request, BootReplyForm form, string file, byte[] target, out int length)
    {
        DhcpMessage message = Parse(request);
        bool isRaspberryPi = DhcpClientReader.Read(message, false).IsRaspberryPi;
        string folder = file.StartsWith("http", StringComparison.Ordinal) ? "" : file[..(file.LastIndexOf('/') + 1)];
        BootOffer offer = new()
        {
            Kind = file.Length == 0 && !isRaspberryPi ? OfferKind.AddressOnly : OfferKind.Boot,
            BootFile = Encoding.ASCII.GetBytes(file),
            PxelinuxConfig = Encoding.ASCII.GetBytes(folder.Length > 0 ? "pxelinux.cfg/01-52-54-00-00-00-aa" : ""),
            PxelinuxPrefix = Encoding.ASCII.GetBytes(folder),
        };
        bool isRequest = message.Type == DhcpMessageType.Request;
        Ipv4Address address = message.AddressOf(DhcpOption.RequestedAddress);
        if (address.IsAny) address = Ip("10.0.0.150");
        DhcpDecision decision = form == BootReplyForm.WithAddress
            ? new(isRequest ? DhcpVerdict.Acknowledged : DhcpVerdict.Offered, address)
            : new(
                isRequest || form == BootReplyForm.BootServer ? DhcpVerdict.ProxyAcknowledged : DhcpVerdict.ProxyOffered,
                default, message.ClientAddress);
        return TryAnswer(request, offer, decision, form, target, out length);
    }

    private byte[] Answer(byte[] request, BootOffer offer) =>
        Answer(request, offer, new(DhcpVerdict.Offered, Ip("10.0.0.150")));

    private byte[] Answer(byte[] request, BootOffer offer, DhcpDecision decision)
    {
        byte[] target = new byte[1472];
        Assert.True(TryAnswer(request, offer, decision, BootReplyForm.WithAddress, target, out int length));
        return target[..length];
    }

    /// <summary>We are the server that the captured REQUESTs name, so that they can be answered.</summary>
    private bool TryAnswer(
        byte[] request, BootOffer offer, DhcpDecision decision, BootReplyForm form, byte[] target, out int length)
    {
        DhcpMessage message = Parse(request);
        Ipv4Address named = message.AddressOf(DhcpOption.ServerIdentifier);
        NetworkInterface link = Link with { Address = new(named.IsAny ? ServerAddress : named, 24) };
        DhcpMode mode = form == BootReplyForm.WithAddress ? DhcpMode.Server : DhcpMode.Proxy;
        DhcpNetworks networks = new(Settings(mode), [link]);
        BootClient client = DhcpClientReader.Read(message, mode == DhcpMode.Proxy);
        DhcpOrigin origin = new(new DhcpLink(link, 0), networks[0], RelayAgent.Of(message), IsBroadcast: true);
        OfferStyle style = _style
            ?? (form == BootReplyForm.BootServer ? OfferStyles.AtBootServer(client) : OfferStyles.For(client)[0]);
        byte[] room = new byte[PxeVendorOptions.RoomBytes];
        DhcpReply reply = DhcpReply.For(message, client, offer, decision, form, style, origin, room);
        return DhcpReplyWriter.TryWrite(message, reply, networks[0], target, out length);
    }
}
