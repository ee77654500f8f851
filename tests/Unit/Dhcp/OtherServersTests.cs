using System;
using Aglet.Dhcp;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Dhcp;

public sealed class OtherServersTests
{
    private static readonly HardwareAddress _card = Mac("52:54:00:00:00:99");

    private readonly OtherServers _others = new(4);

    [Fact]
    public void AServerThatGivesAddressesIsToldOfOnceAnHour()
    {
        Assert.Equal(0, Hear(0, Offer("10.0.0.50", "10.0.0.2")));
        ref readonly OtherServer server = ref _others[0];
        Assert.Equal((Ip("10.0.0.2"), OtherServerRole.GivesAddresses, Ip("10.0.0.50"), _card),
            (server.Address, server.Role, server.Given, server.HardwareAddress));
        Assert.True(_others.BootFileOf(0).IsEmpty);
        Assert.Equal(-1, Hear(1, Offer("10.0.0.51", "10.0.0.2")));
        Assert.Equal(-1, Hear(3599, Offer("10.0.0.52", "10.0.0.2")));
        Assert.Equal(0, Hear(3600, Offer("10.0.0.53", "10.0.0.2")));
        Assert.Equal(4ul, _others[0].Messages);
    }

    [Fact]
    public void BootDataAreAChangeAndSoIsAnotherFile()
    {
        Assert.Equal(0, Hear(0, Offer("10.0.0.50", "10.0.0.2")));
        Assert.Equal(0, Hear(5, Offer("10.0.0.50", "10.0.0.2").Field(20, 10, 0, 0, 3).Option(67, "pxelinux.0\0")));
        Assert.Equal(OtherServerRole.GivesAddresses | OtherServerRole.OffersBoot, _others[0].Role);
        Assert.Equal(Ip("10.0.0.3"), _others[0].BootServer);
        Assert.Equal("pxelinux.0"u8, _others.BootFileOf(0));
        Assert.Equal(-1, Hear(6, Offer("10.0.0.50", "10.0.0.2").Option(67, "pxelinux.0")));
        Assert.Equal(-1, Hear(7, Offer("10.0.0.50", "10.0.0.2")));

        // Two architectures by turns are no news each time.
        Assert.Equal(-1, Hear(8, Offer("10.0.0.50", "10.0.0.2").Option(67, "boot.efi")));
        Assert.Equal(0, Hear(70, Offer("10.0.0.50", "10.0.0.2").Field(108, "x.efi"u8.ToArray())));
        Assert.Equal("x.efi"u8, _others.BootFileOf(0));
    }

    [Fact]
    public void AProxyGivesNoAddresses()
    {
        Assert.Equal(0, Hear(0, Offer("0.0.0.0", "10.0.0.3").Option(60, "PXEClient")));
        Assert.Equal(OtherServerRole.OffersBoot, _others[0].Role);
        Assert.Equal(-1, Hear(0, Offer("0.0.0.0", "10.0.0.4"))); // neither address nor boot data: an answer to INFORM
        Assert.Equal(1, _others.Count);
    }

    [Fact]
    public void AServerThatAClientChoseGivesAddresses()
    {
        Assert.Equal(0, _others.OnChosen(At(0), Ip("10.0.0.2"), Ip("10.0.0.50")));
        Assert.True(_others[0].HardwareAddress.IsNone);
        Assert.Equal(OtherServerRole.GivesAddresses, _others[0].Role);
        Assert.Equal(-1, _others.OnChosen(At(9), Ip("10.0.0.2"), Ip("10.0.0.51")));
        Assert.Equal(-1, _others.OnChosen(At(9), Ip("255.255.255.255"), default));
        Assert.Equal(-1, _others.OnChosen(At(9), default, default));
        Assert.Equal(1, _others.Count);
    }

    /// <summary>Made-up servers fill neither the table nor the log, and what was left out is told with the next message.</summary>
    [Fact]
    public void AFloodOfServersIsBounded()
    {
        int told = 0;
        for (int i = 0; i < 1000; i++)
        {
            if (Hear(i / 100, Offer("10.0.0.50", $"10.1.{i / 250}.{(i % 250) + 1}")) >= 0) told++;
        }

        Assert.Equal(10, told);
        Assert.Equal(4, _others.Count);
        Assert.InRange(Hear(20, Offer("10.0.0.50", "10.1.3.250")), 0, 3);
    }

    [Fact]
    public void RequestsAndRefusalsAreNoServers()
    {
        Assert.Equal(-1, Hear(0, new DhcpPacket(DhcpMessageType.Discover).Address(54, "10.0.0.2")));
        Assert.Equal(-1, Hear(0, new DhcpPacket(DhcpMessageType.NegativeAcknowledgment).Field(0, 2).Address(54, "10.0.0.2")));
        Assert.Equal(0, _others.Count);
    }

    private static DhcpPacket Offer(string given, string server)
    {
        byte[] bytes = new byte[4];
        Ip(given).Write(bytes);
        return new DhcpPacket(DhcpMessageType.Offer).Field(0, 2).Field(16, bytes).Address(54, server);
    }

    private int Hear(long seconds, DhcpPacket packet) => _others.OnReply(At(seconds), Parse(packet.Build()), _card);
}
