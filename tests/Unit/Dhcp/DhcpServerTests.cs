using Aglet.Boot;
using Aglet.Config;
using Aglet.Dhcp;
using Aglet.Net;
using Aglet.Time;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Dhcp;

/// <summary>Every state of a client: a script of (time, message) to what the server does.</summary>
public sealed class DhcpServerTests
{
    private readonly DhcpNetworks _networks;
    private readonly DhcpServer _server;
    private readonly LeaseTable _leases;

    public DhcpServerTests()
    {
        _networks = Networks();
        _leases = new(_networks, [Machine("node1", "52:54:00:00:00:09", "10.0.0.11")]);
        _server = new(_networks, _leases);
    }

    [Fact]
    public void DiscoverIsOfferedTheSameAddressEveryTime()
    {
        DhcpDecision first = On(0, Discover());
        Assert.Equal(DhcpVerdict.Offered, first.Verdict);
        Assert.Equal(first, On(4, Discover().ClientAddress("10.0.0.77")));
        Assert.Equal(first, On(8, Discover().Option(61, 1, 2, 3)));
    }

    [Fact]
    public void SelectingOursIsAcknowledgedAndBound()
    {
        Ipv4Address address = On(0, Discover()).Address;
        DhcpDecision decision = On(1, Selecting(address).ClientAddress("10.0.0.77"));
        Assert.Equal(new(DhcpVerdict.Acknowledged, address), decision);
        Assert.Equal(LeaseState.Bound, _leases.StateOf(_leases.Find(address)));
        Assert.Equal(At(3601), _leases.NextDeadline);
    }

    [Fact]
    public void SelectingAnotherServerFreesTheOffer()
    {
        Ipv4Address address = On(0, Discover()).Address;
        DhcpDecision decision = On(1, Request().Address(50, "10.0.0.150").Address(54, "10.0.0.2"));
        Assert.Equal(DhcpVerdict.ForOtherServer, decision.Verdict);
        Assert.Equal(LeaseState.Free, _leases.StateOf(_leases.Find(address)));
    }

    [Fact]
    public void SelectingWhatIsNotToBeHadIsRefused()
    {
        On(0, Discover("52:54:00:00:00:02"));
        Ipv4Address taken = Boot("52:54:00:00:00:02");
        Assert.Equal(DhcpVerdict.RefusedNotAvailable, On(1, Selecting(taken)).Verdict);
        Assert.Equal(DhcpVerdict.RefusedNotAvailable, On(1, Selecting(Ip("10.0.0.11"))).Verdict);
        Assert.Equal(DhcpVerdict.RefusedNotAvailable, On(1, Selecting(Ip("10.0.0.99"))).Verdict);
        Assert.Equal(DhcpVerdict.RefusedWrongNetwork, On(1, Selecting(Ip("10.1.0.150"))).Verdict);
    }

    [Fact]
    public void SelectingAfterALossOfStateIsAcknowledged() => Assert.Equal(
        new(DhcpVerdict.Acknowledged, Ip("10.0.0.150")), On(0, Selecting(Ip("10.0.0.150"))));

    [Fact]
    public void InitRebootOfAnUnknownClientIsNotAnswered() => Assert.Equal(
        DhcpVerdict.UnknownClient, On(0, Request().Address(50, "10.0.0.150")).Verdict);

    [Fact]
    public void InitRebootOnAnotherNetworkIsRefused() => Assert.Equal(
        DhcpVerdict.RefusedWrongNetwork, On(0, Request().Address(50, "192.168.1.5")).Verdict);

    [Fact]
    public void InitRebootOfAKnownClientIsJudgedByItsAddress()
    {
        Ipv4Address address = Boot("52:54:00:00:00:01");
        Assert.Equal(new(DhcpVerdict.Acknowledged, address), On(5, Request().Address(50, address.ToString())));
        Assert.Equal(DhcpVerdict.RefusedOtherAddress, On(5, Request().Address(50, "10.0.0.101")).Verdict);
    }

    [Fact]
    public void InitRebootOfAMachineWithAReservationNeedsNoRecord()
    {
        BootOffer offer = new() { Kind = OfferKind.AddressOnly, Reservation = Ip("10.0.0.11") };
        DhcpPacket right = new DhcpPacket(DhcpMessageType.Request, "52:54:00:00:00:09").Address(50, "10.0.0.11");
        DhcpPacket wrong = new DhcpPacket(DhcpMessageType.Request, "52:54:00:00:00:09").Address(50, "10.0.0.150");
        Assert.Equal(DhcpVerdict.RefusedOtherAddress, On(0, wrong, offer).Verdict);
        Assert.Equal(DhcpVerdict.Acknowledged, On(0, right, offer).Verdict);
    }

    [Fact]
    public void RenewingExtendsTheLease()
    {
        Ipv4Address address = Boot("52:54:00:00:00:01");
        DhcpDecision decision = On(1800, Request().ClientAddress(address.ToString()), isBroadcast: false);
        Assert.Equal(new(DhcpVerdict.Acknowledged, address, address), decision);
        _leases.Expire(At(3601));
        Assert.Equal(At(1800 + 3600), _leases.NextDeadline);
    }

    [Fact]
    public void RenewingByAnUnknownClientIsRefused() => Assert.Equal(
        DhcpVerdict.RefusedNotAvailable, On(0, Request().ClientAddress("10.0.0.101"), isBroadcast: false).Verdict);

    [Fact]
    public void RenewingAfterALossOfStateKeepsTheAddressThatWouldBeGivenAnyway()
    {
        Ipv4Address address = new DhcpServerTests().Boot("52:54:00:00:00:01");
        Assert.Equal(
            DhcpVerdict.Acknowledged, On(0, Request().ClientAddress(address.ToString()), isBroadcast: false).Verdict);
    }

    [Fact]
    public void RebindingIsAnsweredToKnownClientsOnly()
    {
        Assert.Equal(DhcpVerdict.UnknownClient, On(0, Request().ClientAddress("10.0.0.150")).Verdict);
        Assert.Equal(DhcpVerdict.RefusedWrongNetwork, On(0, Request().ClientAddress("10.9.0.150")).Verdict);
        Ipv4Address address = Boot("52:54:00:00:00:01");
        Assert.Equal(DhcpVerdict.Acknowledged, On(3000, Request().ClientAddress(address.ToString())).Verdict);
        Assert.Equal(DhcpVerdict.RefusedNotAvailable, On(3000, Request().ClientAddress("10.0.0.101")).Verdict);
    }

    [Fact]
    public void ARequestWithoutAnyAddressIsIgnored() => Assert.Equal(DhcpVerdict.NoAddressAsked, On(0, Request()).Verdict);

    [Fact]
    public void DeclineQuarantinesTheAddress()
    {
        Ipv4Address address = Boot("52:54:00:00:00:01");
        DhcpPacket decline = new DhcpPacket(DhcpMessageType.Decline).Address(50, address.ToString());
        Assert.Equal(DhcpVerdict.ForOtherServer, On(2, decline).Verdict);
        Assert.Equal(new(DhcpVerdict.Declined, address), On(2, decline.Address(54, "10.0.0.1")));
        Assert.Equal(DhcpVerdict.NotTheOwner, On(2, decline).Verdict);
        Assert.NotEqual(address, On(3, Discover()).Address);
    }

    [Fact]
    public void ReleaseFreesTheAddressAndKeepsItForItsOwner()
    {
        Ipv4Address address = Boot("52:54:00:00:00:01");
        DhcpPacket Release(string mac, string server) => new DhcpPacket(DhcpMessageType.Release, mac)
            .ClientAddress(address.ToString()).Address(54, server);
        Assert.Equal(DhcpVerdict.ForOtherServer, On(2, Release("52:54:00:00:00:01", "10.0.0.2")).Verdict);
        Assert.Equal(DhcpVerdict.NotTheOwner, On(2, Release("52:54:00:00:00:02", "10.0.0.1")).Verdict);
        Assert.Equal(new(DhcpVerdict.Released, address), On(2, Release("52:54:00:00:00:01", "10.0.0.1")));
        Assert.Equal(address, On(9999, Discover()).Address);
    }

    [Fact]
    public void InformIsAnsweredAtTheClientsAddress()
    {
        DhcpPacket inform = new(DhcpMessageType.Inform);
        Assert.Equal(DhcpVerdict.NoAddressAsked, On(0, inform).Verdict);
        Assert.Equal(DhcpVerdict.ForeignAddress, On(0, inform.ClientAddress("8.8.8.8")).Verdict);
        Assert.Equal(new(DhcpVerdict.Informed, Ip("10.0.0.7"), Ip("10.0.0.7")), On(0, inform.ClientAddress("10.0.0.7")));
    }

    [Fact]
    public void WhoIsNotOursGetsNothing()
    {
        Assert.Equal(DhcpVerdict.NotOurMachine, On(0, Discover(), new BootOffer { Kind = OfferKind.Ignore }).Verdict);
        Assert.Equal(-1, _leases.Find(Key("52:54:00:00:00:01")));
    }

    [Fact]
    public void ARelayOfAnotherNetworkGetsNothing()
    {
        Assert.Equal(DhcpVerdict.NoPoolForRelay, On(0, Discover().RelayAddress("10.1.0.1")).Verdict);
        Assert.Equal(DhcpVerdict.Offered, On(0, Discover().RelayAddress("10.0.0.2")).Verdict);
    }

    [Fact]
    public void AClientWithoutAnyIdentityIsIgnored() => Assert.Equal(
        DhcpVerdict.NoIdentity, On(0, Discover("00:00:00:00:00:00")).Verdict);

    [Fact]
    public void ServersMessagesAreIgnored()
    {
        Assert.Equal(DhcpVerdict.NotAMessageForServers, On(0, new DhcpPacket(DhcpMessageType.Offer)).Verdict);
    }

    [Fact]
    public void AFullPoolIsSaid()
    {
        for (int i = 0; i < 101; i++)
        {
            // The last sixteenth is for strangers who ask again.
            DhcpVerdict verdict = On(0, Discover($"52:54:00:00:01:{i:x2}")).Verdict;
            Assert.Equal(i < 95 ? DhcpVerdict.Offered : DhcpVerdict.HeldBack, verdict);
        }

        for (int i = 95; i < 101; i++) Assert.Equal(DhcpVerdict.Offered, On(6, Discover($"52:54:00:00:01:{i:x2}")).Verdict);
        Assert.Equal(DhcpVerdict.NoFreeAddress, On(6, Discover()).Verdict);
    }

    [Fact]
    public void AReservationIsOffered()
    {
        BootOffer offer = new() { Kind = OfferKind.Boot, Reservation = Ip("10.0.0.11") };
        Assert.Equal(Ip("10.0.0.11"), On(0, Discover("52:54:00:00:00:09"), offer).Address);
    }

    private static DhcpPacket Discover(string mac = "52:54:00:00:00:01") => new(DhcpMessageType.Discover, mac);

    private static DhcpPacket Request(string mac = "52:54:00:00:00:01") => new(DhcpMessageType.Request, mac);

    private static DhcpPacket Selecting(Ipv4Address address, string mac = "52:54:00:00:00:01") =>
        Request(mac).Address(50, address.ToString()).Address(54, "10.0.0.1");

    private Ipv4Address Boot(string mac)
    {
        Ipv4Address address = On(0, Discover(mac)).Address;
        Assert.Equal(DhcpVerdict.Acknowledged, On(1, Selecting(address, mac)).Verdict);
        return address;
    }

    private DhcpDecision On(long second, DhcpPacket packet, bool isBroadcast = true) =>
        On(second, packet, new() { Kind = OfferKind.AddressOnly }, isBroadcast);

    private DhcpDecision On(long second, DhcpPacket packet, BootOffer offer, bool isBroadcast = true)
    {
        DhcpMessage message = Parse(packet.Build());
        DhcpOrigin origin = new(new DhcpLink(Link, 0), _networks.Of(message, default, 0, isBroadcast), default, isBroadcast);
        return _server.OnMessage(At(second), message, offer, origin);
    }
}
