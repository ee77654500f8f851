using Aglet.Boot;
using Aglet.Config;
using Aglet.Dhcp;
using Aglet.Kernel;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Dhcp;

/// <summary>
/// Several networks in one process: 10.0.0.0/24 on eth0, 10.1.0.0/24 on eth1, and 10.2.0.0/24 and 10.3.0.0/16 behind relays.
/// </summary>
public sealed class DhcpNetworksTests
{
    private static readonly NetworkInterface[] _links =
    [
        Link,
        new("eth1", 3, Mac("02:00:00:00:00:02"), new Ipv4Prefix(Ip("10.1.0.1"), 24), IsUp: true, IsLoopback: false),
    ];

    private static readonly Settings _settings = Settings(
        machines: [Machine("node1", "52:54:00:00:00:09", "10.2.0.11")]) with
    {
        Subnets = [Subnet("10.1.0.0", 24, "10.1.0.100"), Subnet("10.2.0.0", 24, "10.2.0.100"), Subnet("10.3.0.0", 16, "10.3.0.100")],
    };

    private readonly DhcpNetworks _networks = new(_settings, _links);
    private readonly LeaseTable _leases;
    private readonly DhcpServer _server;

    public DhcpNetworksTests()
    {
        _leases = new(_networks, _settings.Machines);
        _server = new(_networks, _leases);
    }

    [Theory]
    [InlineData("10.0.0.0", 0)]
    [InlineData("10.0.0.255", 0)]
    [InlineData("10.1.0.7", 1)]
    [InlineData("10.2.0.255", 2)]
    [InlineData("10.3.255.255", 3)]
    [InlineData("9.255.255.255", -1)]
    [InlineData("10.0.1.0", -1)]
    [InlineData("10.4.0.0", -1)]
    public void AnAddressIsFoundInItsNetwork(string address, int index) =>
        Assert.Equal(index, _networks.Find(Ip(address))?.Index ?? -1);

    [Fact]
    public void TheLinkTellsTheNetwork()
    {
        Assert.Equal(Ip("10.0.0.0"), NetworkOf(new DhcpPacket(DhcpMessageType.Discover), 0));
        Assert.Equal(Ip("10.1.0.0"), NetworkOf(new DhcpPacket(DhcpMessageType.Discover), 1));
        Assert.Equal(Ip("10.1.0.0"), NetworkOf(new DhcpPacket(DhcpMessageType.Discover).ClientAddress("10.2.0.5"), 1));
    }

    [Fact]
    public void TheRelayTellsTheNetworkAndSelectionWinsOverIt()
    {
        DhcpPacket Relayed() => new DhcpPacket(DhcpMessageType.Discover).RelayAddress("10.2.0.1");
        Assert.Equal(Ip("10.2.0.0"), NetworkOf(Relayed(), 0));
        Assert.Equal(Ip("10.3.0.0"), NetworkOf(Relayed().Address(118, "10.3.0.0"), 0));
        Assert.Equal(Ip("10.1.0.0"), NetworkOf(Relayed().Address(118, "10.3.0.0").Option(82, 5, 4, 10, 1, 0, 0), 0));
        Assert.Equal(Ip("10.2.0.0"), NetworkOf(Relayed().Option(82, 1, 2, 5, 4, 9, 9), 0));
        Assert.Equal(default, NetworkOf(Relayed().Address(118, "172.16.0.0"), 0));
    }

    /// <summary>A client behind a router renews without its relay; one that broadcasts is where it is heard.</summary>
    [Fact]
    public void ARenewalIsOfTheNetworkOfItsAddress()
    {
        DhcpPacket renewal = new DhcpPacket(DhcpMessageType.Request).ClientAddress("10.2.0.150");
        Assert.Equal(Ip("10.2.0.0"), NetworkOf(renewal, 0, isBroadcast: false));
        Assert.Equal(Ip("10.0.0.0"), NetworkOf(renewal, 0, isBroadcast: true));
        Assert.Equal(Ip("10.0.0.0"), NetworkOf(renewal.ClientAddress("172.16.0.1"), 0, isBroadcast: false));
    }

    [Fact]
    public void EachNetworkHasItsPoolAndItsHash()
    {
        Ipv4Address near = On(0, new DhcpPacket(DhcpMessageType.Discover)).Address;
        Ipv4Address far = On(0, new DhcpPacket(DhcpMessageType.Discover).RelayAddress("10.2.0.1")).Address;
        Assert.Equal(near.Value & 255, far.Value & 255);
        Assert.Equal(Ip("10.2.0.0").Value, far.Value & 0xFFFF_FF00);
        Assert.Equal(101 + 101 + 101 + 101 - 2, _leases.FreeCount);
    }

    /// <summary>Two machines with one hardware address behind two relays: each keeps its own address.</summary>
    [Fact]
    public void ClonesBehindTwoRelaysHaveALeaseEach()
    {
        Ipv4Address left = Boot("10.2.0.1");
        Ipv4Address right = Boot("10.3.0.1");
        Assert.Equal((2, 3), (_networks.Find(left)!.Index, _networks.Find(right)!.Index));
        Assert.Equal(left, Boot("10.2.0.1"));
        Assert.Equal(LeaseState.Bound, _leases.StateOf(_leases.Find(left)));
        Assert.Equal(LeaseState.Bound, _leases.StateOf(_leases.Find(right)));
    }

    /// <summary>The old address is nobody else's until its lease is over, and then the first to be given away.</summary>
    [Fact]
    public void AMachineThatMovesIsToldSoAndItsOldAddressIsFreedInTime()
    {
        Ipv4Address old = Boot("10.2.0.1");
        DhcpPacket reboot = new DhcpPacket(DhcpMessageType.Request).Address(50, old.ToString()).RelayAddress("10.3.0.1");
        Assert.Equal(DhcpVerdict.RefusedWrongNetwork, On(5, reboot).Verdict);
        Boot("10.3.0.1");
        _leases.Expire(At(3700));
        Assert.Equal(LeaseState.Idle, _leases.StateOf(_leases.Find(old)));
    }

    [Fact]
    public void AReservationIsGivenOnItsNetworkOnly()
    {
        BootOffer offer = new() { Kind = OfferKind.Boot, Reservation = Ip("10.2.0.11") };
        DhcpPacket Discover(string relay) => new DhcpPacket(DhcpMessageType.Discover, "52:54:00:00:00:09").RelayAddress(relay);
        Assert.Equal(Ip("10.2.0.11"), On(0, Discover("10.2.0.1"), offer).Address);
        Assert.Equal(3, _networks.Find(On(0, Discover("10.3.0.1"), offer).Address)!.Index);
    }

    [Fact]
    public void TheServersNameIsWhatTheRelaySays()
    {
        DhcpPacket Selecting(string server) => new DhcpPacket(DhcpMessageType.Request).Address(50, "10.2.0.150")
            .Address(54, server).RelayAddress("10.2.0.1").Option(82, 11, 4, 10, 2, 0, 1);
        Assert.Equal(DhcpVerdict.ForOtherServer, On(0, Selecting("10.2.0.2")).Verdict);
        Assert.Equal(DhcpVerdict.Acknowledged, On(0, Selecting("10.2.0.1")).Verdict);
        Assert.Equal(DhcpVerdict.Acknowledged, On(0, Selecting("10.1.0.1")).Verdict);
    }

    /// <summary>RFC 5010: through its relay a client may renew by unicast, and then it may be refused.</summary>
    [Fact]
    public void ARelayMaySayThatItsClientRenews()
    {
        DhcpPacket renewal = new DhcpPacket(DhcpMessageType.Request).ClientAddress("10.2.0.101").RelayAddress("10.2.0.1");
        Assert.Equal(DhcpVerdict.UnknownClient, On(0, renewal).Verdict);
        Assert.Equal(DhcpVerdict.RefusedNotAvailable, On(0, renewal.Option(82, 10, 1, 0x80)).Verdict);
    }

    [Fact]
    public void BindingsFollowTheirNetworkOverAReload()
    {
        Ipv4Address address = Boot("10.3.0.1");
        Settings turned = _settings with { Subnets = [_settings.Subnets[2], _settings.Subnets[0]] };
        DhcpNetworks networks = new(turned, _links);
        LeaseTable next = new(networks, []);
        next.TakeOver(_leases);
        Assert.Equal(next.Find(address), next.Find(new LeaseKey(Mac("52:54:00:00:00:01"), 0, 1)));
    }

    [Fact]
    public void WhatDoesNotFitTheLinksIsSaid()
    {
        Assert.Null(DhcpNetworks.ProblemOf(_settings, _links));
        Assert.Contains("eth1 (10.1.0.1/24) is in none of dhcp.subnets", Problem(_settings with { Subnets = [] }));
        Assert.Contains(
            "the subnet 10.0.0.0/25 overlaps 10.0.0.1/24",
            Problem(_settings with { Subnets = [Subnet("10.0.0.0", 25, "10.0.0.9"), .. _settings.Subnets] }));
        Assert.Contains(
            "the subnet 10.1.0.0/16 is not 10.1.0.1/24, the network of interface eth1",
            Problem(_settings with { Subnets = [Subnet("10.1.0.0", 16, "10.1.0.9")] }));
        Assert.Contains(
            "the address 10.9.0.1 of machine node2 is not within 10.0.0.1/24",
            Problem(_settings with { Machines = [Machine("node2", "52:54:00:00:00:0a", "10.9.0.1")] }));
        Assert.Contains("have the same network", DhcpNetworks.ProblemOf(_settings, [Link, Link with { Name = "eth9" }]));
    }

    private static string Problem(Settings settings) => DhcpNetworks.ProblemOf(settings, _links) ?? "";

    private static DhcpSubnetSetting Subnet(string network, int length, string first) => new()
    {
        Prefix = new(Ip(network), length),
        Pool = new(Ip(first), new(Ip(first).Value + 100)),
    };

    private Ipv4Address NetworkOf(DhcpPacket packet, int link, bool isBroadcast = true)
    {
        DhcpMessage message = Parse(packet.Build());
        return _networks.Of(message, RelayAgent.Of(message), link, isBroadcast)?.Prefix.Network ?? default;
    }

    private Ipv4Address Boot(string relay)
    {
        Ipv4Address address = On(0, new DhcpPacket(DhcpMessageType.Discover).RelayAddress(relay)).Address;
        DhcpPacket request = new DhcpPacket(DhcpMessageType.Request).RelayAddress(relay).Address(50, address.ToString());
        Assert.Equal(DhcpVerdict.Acknowledged, On(1, request.Address(54, "10.0.0.1")).Verdict);
        return address;
    }

    private DhcpDecision On(long second, DhcpPacket packet) => On(second, packet, new() { Kind = OfferKind.AddressOnly });

    private DhcpDecision On(long second, DhcpPacket packet, BootOffer offer)
    {
        DhcpMessage message = Parse(packet.Build());
        RelayAgent relay = RelayAgent.Of(message);
        bool isBroadcast = !relay.IsUnicast;
        DhcpOrigin origin = new(new DhcpLink(Link, 0), _networks.Of(message, relay, 0, isBroadcast), relay, isBroadcast);
        return _server.OnMessage(At(second), message, offer, origin);
    }
}
