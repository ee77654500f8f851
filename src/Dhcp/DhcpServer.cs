using Aglet.Boot;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Dhcp;

/// <summary>What the server does about a message.</summary>
/// <param name="Verdict">What, or why not.</param>
/// <param name="Address">The address that it is about, when there is one.</param>
/// <param name="ClientAddress">The address that the client uses now, as far as it can be believed.</param>
internal readonly record struct DhcpDecision(
    DhcpVerdict Verdict, Ipv4Address Address = default, Ipv4Address ClientAddress = default);

/// <summary>The DHCP server as a machine: a message and the time go in, what to do comes out.</summary>
/// <remarks>RFC 2131 §4.3; the client's state is known by which of ciaddr, options 50 and 54 are there (§4.3.6).</remarks>
internal sealed class DhcpServer(DhcpNetwork network, LeaseTable leases)
{
    /// <summary>Handles a message of a client.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="message">What it says.</param>
    /// <param name="offer">What the planner has for it; its boot data does not matter here.</param>
    /// <param name="isBroadcast">The message was sent to everybody and not to us.</param>
    public DhcpDecision OnMessage(Instant now, in DhcpMessage message, in BootOffer offer, bool isBroadcast)
    {
        LeaseKey key = LeaseKey.Of(message);
        if (key.IsNone) return new(DhcpVerdict.NoIdentity);
        if (offer.Kind == OfferKind.Ignore) return new(DhcpVerdict.NotOurMachine);
        if (!message.RelayAddress.IsAny && !network.Prefix.Contains(message.RelayAddress))
        {
            return new(DhcpVerdict.NoPoolForRelay);
        }

        return message.Type switch
        {
            DhcpMessageType.Discover => OnDiscover(now, key, message, offer),
            DhcpMessageType.Request => OnRequest(now, key, message, offer.Reservation, isBroadcast),
            DhcpMessageType.Decline => OnDecline(now, key, message),
            DhcpMessageType.Release => OnRelease(key, message),
            DhcpMessageType.Inform => OnInform(message.ClientAddress),
            _ => new(DhcpVerdict.NotAMessageForServers),
        };
    }

    /// <summary>Ciaddr is not looked at: some clients fill it although they have no address.</summary>
    private DhcpDecision OnDiscover(Instant now, in LeaseKey key, in DhcpMessage message, in BootOffer offer)
    {
        Ipv4Address wanted = message.AddressOf(DhcpOption.RequestedAddress);
        bool isConfigured = !offer.MachineName.IsEmpty;
        return leases.TryOffer(now, key, offer.Reservation, wanted, out Ipv4Address address, isConfigured)
            ? new(DhcpVerdict.Offered, address)
            : new(DhcpVerdict.NoFreeAddress);
    }

    private DhcpDecision OnRequest(
        Instant now, in LeaseKey key, in DhcpMessage message, Ipv4Address reservation, bool isBroadcast)
    {
        Ipv4Address requested = message.AddressOf(DhcpOption.RequestedAddress);
        if (message.Has(DhcpOption.ServerIdentifier)) return OnSelecting(now, key, message, reservation);
        if (!requested.IsAny) return OnInitReboot(now, key, requested, reservation);
        return message.ClientAddress.IsAny
            ? new(DhcpVerdict.NoAddressAsked)
            : OnExtend(now, key, message.ClientAddress, reservation, isBroadcast);
    }

    /// <summary>SELECTING: the client answers offers; ours, or another server's.</summary>
    private DhcpDecision OnSelecting(Instant now, in LeaseKey key, in DhcpMessage message, Ipv4Address reservation)
    {
        Ipv4Address address = message.AddressOf(DhcpOption.RequestedAddress);
        if (address.IsAny) address = message.ClientAddress;
        if (message.AddressOf(DhcpOption.ServerIdentifier) != network.Server)
        {
            leases.Withdraw(key);
            return new(DhcpVerdict.ForOtherServer, address);
        }

        if (address.IsAny) return new(DhcpVerdict.NoAddressAsked);
        if (!network.Prefix.Contains(address)) return new(DhcpVerdict.RefusedWrongNetwork, address);

        // Ciaddr beside option 50 is wrong, whatever it says.
        Ipv4Address clientAddress = message.Has(DhcpOption.RequestedAddress) ? default : message.ClientAddress;
        return Bind(now, key, address, reservation, clientAddress);
    }

    /// <summary>INIT-REBOOT: the client remembers an address and asks whether it is still right.</summary>
    private DhcpDecision OnInitReboot(Instant now, in LeaseKey key, Ipv4Address requested, Ipv4Address reservation)
    {
        if (!network.Prefix.Contains(requested)) return new(DhcpVerdict.RefusedWrongNetwork, requested);

        // RFC 2131 §4.3.2: a server without a record of the client must be silent, for another may have one.
        if (leases.Find(key) < 0 && reservation.IsAny) return new(DhcpVerdict.UnknownClient, requested);
        if (leases.Choose(key, reservation, default) != leases.Find(requested))
        {
            return new(DhcpVerdict.RefusedOtherAddress, requested);
        }

        return Bind(now, key, requested, reservation, default);
    }

    /// <summary>RENEWING (sent to us) and REBINDING (sent to everybody): the client uses the address now.</summary>
    private DhcpDecision OnExtend(
        Instant now, in LeaseKey key, Ipv4Address address, Ipv4Address reservation, bool isBroadcast)
    {
        if (!network.Prefix.Contains(address)) return new(DhcpVerdict.RefusedWrongNetwork, address);
        bool isKnown = leases.Find(key) >= 0;
        if (!isKnown && isBroadcast) return new(DhcpVerdict.UnknownClient, address);

        // After a loss of our state a client that has the address which it would be given anyway keeps it.
        if (!isKnown && leases.Choose(key, reservation, default) != leases.Find(address))
        {
            return new(DhcpVerdict.RefusedNotAvailable, address);
        }

        return Bind(now, key, address, reservation, address);
    }

    private DhcpDecision Bind(
        Instant now, in LeaseKey key, Ipv4Address address, Ipv4Address reservation, Ipv4Address clientAddress)
    {
        if (!leases.CanBind(key, reservation, address)) return new(DhcpVerdict.RefusedNotAvailable, address);
        leases.Bind(now, key, address, network.Lease);
        return new(DhcpVerdict.Acknowledged, address, clientAddress);
    }

    private DhcpDecision OnDecline(Instant now, in LeaseKey key, in DhcpMessage message)
    {
        Ipv4Address address = message.AddressOf(DhcpOption.RequestedAddress);
        if (message.AddressOf(DhcpOption.ServerIdentifier) != network.Server) return new(DhcpVerdict.ForOtherServer, address);
        return new(leases.TryDecline(now, key, address) ? DhcpVerdict.Declined : DhcpVerdict.NotTheOwner, address);
    }

    /// <summary>Option 54 may be missing: some clients forget it, and the owner of the address is right enough.</summary>
    private DhcpDecision OnRelease(in LeaseKey key, in DhcpMessage message)
    {
        Ipv4Address address = message.ClientAddress;
        if (message.Has(DhcpOption.ServerIdentifier)
            && message.AddressOf(DhcpOption.ServerIdentifier) != network.Server)
        {
            return new(DhcpVerdict.ForOtherServer, address);
        }

        return new(leases.TryRelease(key, address) ? DhcpVerdict.Released : DhcpVerdict.NotTheOwner, address);
    }

    /// <summary>The client has an address of its own and wants to know the rest.</summary>
    private DhcpDecision OnInform(Ipv4Address address)
    {
        if (address.IsAny) return new(DhcpVerdict.NoAddressAsked);
        return network.IsHost(address)
            ? new(DhcpVerdict.Informed, address, address)
            : new(DhcpVerdict.ForeignAddress, address);
    }
}
