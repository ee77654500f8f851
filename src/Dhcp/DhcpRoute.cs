using Aglet.Net;

namespace Aglet.Dhcp;

/// <summary>How a reply reaches its client.</summary>
internal enum DhcpRouteKind : byte
{
    /// <summary>To the relay, port 67.</summary>
    Relay,

    /// <summary>To the address that the client uses already.</summary>
    ClientAddress,

    /// <summary>As a raw frame to its hardware address: it has no address to answer ARP with.</summary>
    HardwareAddress,

    /// <summary>To everybody on the link.</summary>
    Broadcast,
}

/// <summary>Where a reply goes.</summary>
/// <param name="Kind">How.</param>
/// <param name="Peer">Address and port.</param>
internal readonly record struct DhcpRoute(DhcpRouteKind Kind, IpEndpoint Peer)
{
    public const ushort ServerPort = 67;
    public const ushort ClientPort = 68;

    /// <summary>The port of PXE boot servers.</summary>
    public const ushort BootServerPort = 4011;

    /// <summary>The one who asked is answered by broadcast: the fallback of every other route on the link.</summary>
    public static DhcpRoute ToAll => new(DhcpRouteKind.Broadcast, new(Ipv4Address.Broadcast, ClientPort));

    /// <summary>Back to where a question came from; to everybody when its sender has no address yet.</summary>
    public static DhcpRoute ToSource(in IpEndpoint source) => source.Address.Ipv4.IsAny
        ? new(DhcpRouteKind.Broadcast, new(Ipv4Address.Broadcast, source.Port))
        : new(DhcpRouteKind.ClientAddress, source);

    /// <summary>Chooses the route; the first match wins.</summary>
    /// <remarks>RFC 2131 §4.1. A NAK without a relay is broadcast whatever the client says of itself.</remarks>
    /// <param name="request">What is answered.</param>
    /// <param name="reply">With what.</param>
    /// <param name="clientAddress">The address that the client uses, as the server judges it (<c>ciaddr</c> may lie).</param>
    /// <param name="yourAddress">The address that it is given; none in proxy mode.</param>
    /// <param name="source">Where the request came from.</param>
    public static DhcpRoute For(
        in DhcpMessage request,
        DhcpMessageType reply,
        Ipv4Address clientAddress,
        Ipv4Address yourAddress,
        in IpEndpoint source) => request switch
        {
            { RelayAddress.IsAny: false } => new(DhcpRouteKind.Relay, new(request.RelayAddress, ServerPort)),
            _ when reply == DhcpMessageType.NegativeAcknowledgment => ToAll,
            _ when !clientAddress.IsAny => new(DhcpRouteKind.ClientAddress, new(clientAddress, PortOf(clientAddress, source))),
            { BroadcastFlag: true } => ToAll,
            { HardwareLength: not 6 } => ToAll,
            _ when yourAddress.IsAny => ToAll,
            _ => new(DhcpRouteKind.HardwareAddress, new(yourAddress, ClientPort)),
        };

    /// <summary>A client that sends from its own address may use any port.</summary>
    private static ushort PortOf(Ipv4Address client, in IpEndpoint source) =>
        source.Address == client && source.Port != 0 ? source.Port : ClientPort;
}
