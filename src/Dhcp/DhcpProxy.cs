using System;
using Aglet.Boot;
using Aglet.Kernel;
using Aglet.Net;

namespace Aglet.Dhcp;

/// <summary>
/// The proxy as a machine: boot data beside the addresses of somebody else's server (PXE specification, "proxyDHCP").
/// It holds nothing, never gives an address and never refuses one.
/// </summary>
internal static class DhcpProxy
{
    /// <summary>Handles what is heard on port 67 in proxy mode.</summary>
    /// <param name="server">What we call ourselves in option 54.</param>
    /// <param name="message">What was heard.</param>
    /// <param name="client">Who says it.</param>
    /// <param name="offer">What the planner has for it.</param>
    public static DhcpDecision OnMessage(
        Ipv4Address server, in DhcpMessage message, in BootClient client, in BootOffer offer)
    {
        if (offer.Kind == OfferKind.Ignore) return new(DhcpVerdict.NotOurMachine);

        // No offer of ours had an address: who asks for one chose another server, be it at the same address as we.
        bool isForUs = message.AddressOf(DhcpOption.RequestedAddress).IsAny
            && message.AddressOf(DhcpOption.ServerIdentifier) == server;
        return message.Type switch
        {
            DhcpMessageType.Discover => Answer(message, client, offer, DhcpVerdict.ProxyOffered),
            DhcpMessageType.Request when isForUs => Answer(message, client, offer, DhcpVerdict.ProxyAcknowledged),
            DhcpMessageType.Request => Overhear(message),
            DhcpMessageType.Inform when !message.ClientAddress.IsAny => new(DhcpVerdict.Overheard, message.ClientAddress),
            _ => new(DhcpVerdict.NotAMessageForServers),
        };
    }

    /// <summary>Handles what comes to port 4011 in either mode.</summary>
    /// <remarks>EDK2 and iPXE send REQUEST, some old ROMs DISCOVER or INFORM; all of them want an ACK.</remarks>
    public static DhcpDecision OnBootServerMessage(
        in DhcpMessage message, in DatagramInfo info, in BootClient client, in BootOffer offer)
    {
        if (offer.Kind == OfferKind.Ignore) return new(DhcpVerdict.NotOurMachine);
        if (message.Type is not (DhcpMessageType.Request or DhcpMessageType.Discover or DhcpMessageType.Inform))
        {
            return new(DhcpVerdict.NotAMessageForServers);
        }

        DhcpDecision decision = Answer(message, client, offer, DhcpVerdict.ProxyAcknowledged);
        Ipv4Address address = message.ClientAddress.IsAny ? info.Peer.Address.Ipv4 : message.ClientAddress;
        return decision with { Address = address };
    }

    /// <summary>
    /// True for EDK2's question to all boot servers of a kind (REQUEST with the boot item 43.71, to everybody on port 67):
    /// when the kind is one of those that nobody has registered, as ours is.
    /// </summary>
    public static bool IsBootServerDiscovery(in DhcpMessage message) =>
        message.Type == DhcpMessageType.Request && !message.ClientAddress.IsAny
        && !message.Has(DhcpOption.ServerIdentifier) && IsPxeClient(message)
        && PxeVendorOptions.BootItemTypeOf(message[DhcpOption.VendorOptions]) >= PxeVendorOptions.OurBootServerType;

    private static DhcpDecision Answer(
        in DhcpMessage message, in BootClient client, in BootOffer offer, DhcpVerdict verdict)
    {
        // Only who says PXEClient or HTTPClient understands an offer without an address.
        if (!client.IsHttpClient && !IsPxeClient(message)) return new(DhcpVerdict.NoBootClient);
        if (offer.Kind != OfferKind.Boot) return new(DhcpVerdict.NothingToBoot);
        return new(verdict, default, message.Type == DhcpMessageType.Discover ? default : message.ClientAddress);
    }

    /// <summary>A client takes an address from the other server, or goes on using it.</summary>
    private static DhcpDecision Overhear(in DhcpMessage message)
    {
        Ipv4Address address = message.AddressOf(DhcpOption.RequestedAddress);
        if (address.IsAny) address = message.ClientAddress;
        return address.IsAny ? new(DhcpVerdict.NoAddressAsked) : new(DhcpVerdict.Overheard, address);
    }

    /// <summary>True when option 60 begins with <c>PXEClient</c>.</summary>
    public static bool IsPxeClient(in DhcpMessage message) =>
        message[DhcpOption.VendorClass].StartsWith("PXEClient"u8);
}
