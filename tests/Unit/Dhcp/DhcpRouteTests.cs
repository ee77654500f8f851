using Aglet.Dhcp;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Dhcp;

public sealed class DhcpRouteTests
{
    private static readonly IpEndpoint _nobody = new(Ipv4Address.Any, 68);

    [Fact]
    public void ARelayComesFirst()
    {
        DhcpPacket packet = Request().RelayAddress("10.0.0.2").Broadcast();
        DhcpRoute expected = new(DhcpRouteKind.Relay, new(Ip("10.0.0.2"), 67));
        Assert.Equal(expected, Route(packet, DhcpMessageType.Offer, "0.0.0.0", "10.0.0.150"));
        Assert.Equal(expected, Route(packet, DhcpMessageType.NegativeAcknowledgment, "10.0.0.150", "0.0.0.0"));
    }

    [Fact]
    public void ARefusalIsBroadcast() => Assert.Equal(
        DhcpRoute.ToAll, Route(Request(), DhcpMessageType.NegativeAcknowledgment, "10.0.0.150", "0.0.0.0"));

    [Fact]
    public void AClientWithAnAddressIsAnsweredThere()
    {
        DhcpRoute route = Route(Request().Broadcast(), DhcpMessageType.Acknowledgment, "10.0.0.150", "10.0.0.150");
        Assert.Equal(new(DhcpRouteKind.ClientAddress, new(Ip("10.0.0.150"), 68)), route);
    }

    [Fact]
    public void AClientThatSendsFromItsAddressIsAnsweredAtItsPort()
    {
        DhcpMessage message = Parse(Request().Build());
        Assert.Equal(
            1068,
            DhcpRoute.For(message, DhcpMessageType.Acknowledgment, Ip("10.0.0.150"), default, new(Ip("10.0.0.150"), 1068)).Peer.Port);
        Assert.Equal(
            68,
            DhcpRoute.For(message, DhcpMessageType.Acknowledgment, Ip("10.0.0.150"), default, new(Ip("10.0.0.151"), 1068)).Peer.Port);
        Assert.Equal(
            68,
            DhcpRoute.For(message, DhcpMessageType.Acknowledgment, Ip("10.0.0.150"), default, new(Ip("10.0.0.150"), 0)).Peer.Port);
    }

    [Fact]
    public void WhoAsksForBroadcastGetsIt() => Assert.Equal(
        DhcpRoute.ToAll, Route(Request().Broadcast(), DhcpMessageType.Offer, "0.0.0.0", "10.0.0.150"));

    [Fact]
    public void WhoHasNoEthernetAddressIsAnsweredByBroadcast() => Assert.Equal(
        DhcpRoute.ToAll, Route(Request().Field(2, 0), DhcpMessageType.Offer, "0.0.0.0", "10.0.0.150"));

    [Fact]
    public void AProxyOfferIsBroadcast() => Assert.Equal(
        DhcpRoute.ToAll, Route(Request(), DhcpMessageType.Offer, "0.0.0.0", "0.0.0.0"));

    [Fact]
    public void OthersGetAFrameToTheirHardwareAddress() => Assert.Equal(
        new(DhcpRouteKind.HardwareAddress, new(Ip("10.0.0.150"), 68)),
        Route(Request(), DhcpMessageType.Offer, "0.0.0.0", "10.0.0.150"));

    [Fact]
    public void TheBootServerAnswersToTheSource()
    {
        IpEndpoint source = new(Ip("10.0.0.150"), 4011);
        Assert.Equal(new(DhcpRouteKind.ClientAddress, source), DhcpRoute.ToSource(source));
        Assert.Equal(
            new(DhcpRouteKind.Broadcast, new(Ipv4Address.Broadcast, 4011)), DhcpRoute.ToSource(new(Ipv4Address.Any, 4011)));
    }

    private static DhcpPacket Request() => new(DhcpMessageType.Request);

    private static DhcpRoute Route(DhcpPacket packet, DhcpMessageType reply, string client, string yours) =>
        DhcpRoute.For(Parse(packet.Build()), reply, Ip(client), Ip(yours), _nobody);
}
