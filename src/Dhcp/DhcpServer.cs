using Aglet.Boot;
using Aglet.Config;
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
internal sealed class DhcpServer(DhcpNetworks networks, LeaseTable leases)
{
    /// <summary>Handles a message of a client.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="message">What it says.</param>
    /// <param name="offer">What the planner has for it; its boot data does not matter here.</param>
    /// <param name="origin">Where it comes from.</param>
    public DhcpDecision OnMessage(Instant now, in DhcpMessage message, in BootOffer offer, in DhcpOrigin origin)
    {
        if (origin.Network is not { } network) return new(DhcpVerdict.NoPoolForRelay);
        LeaseKey key = LeaseKey.Of(message, network.Index);
        if (key.IsNone) return new(DhcpVerdict.NoIdentity);
        if (offer.Kind == OfferKind.Ignore) return new(DhcpVerdict.NotOurMachine);

        // A machine has its reserved address on the network of that address; elsewhere it is a guest.
        Ipv4Address reservation = network.Prefix.Contains(offer.Reservation) ? offer.Reservation : default;
        Asker asker = new(key, reservation, network, origin, IsConfigured: !offer.MachineName.IsEmpty);
        return message.Type switch
        {
            DhcpMessageType.Discover => OnDiscover(now, asker, message),
            DhcpMessageType.Request => OnRequest(now, asker, message),
            DhcpMessageType.Decline => OnDecline(now, asker, message),
            DhcpMessageType.Release => OnRelease(asker, message),
            DhcpMessageType.Inform => OnInform(network, message.ClientAddress),
            DhcpMessageType.None => OnBootp(now, asker),
            _ => new(DhcpVerdict.NotAMessageForServers),
        };
    }

    /// <summary>Ciaddr is not looked at: some clients fill it although they have no address.</summary>
    private DhcpDecision OnDiscover(Instant now, in Asker asker, in DhcpMessage message)
    {
        Ipv4Address wanted = message.AddressOf(DhcpOption.RequestedAddress);
        return leases.TryOffer(now, asker.Key, asker.Reservation, wanted, out Ipv4Address address, asker.IsConfigured)
            ? new(DhcpVerdict.Offered, address)
            : new(leases.HasRoom(asker.Key.Network) ? DhcpVerdict.HeldBack : DhcpVerdict.NoFreeAddress);
    }

    private DhcpDecision OnRequest(Instant now, in Asker asker, in DhcpMessage message)
    {
        Ipv4Address requested = message.AddressOf(DhcpOption.RequestedAddress);
        if (message.Has(DhcpOption.ServerIdentifier)) return OnSelecting(now, asker, message);
        if (!requested.IsAny) return OnInitReboot(now, asker, requested);
        return message.ClientAddress.IsAny
            ? new(DhcpVerdict.NoAddressAsked)
            : OnExtend(now, asker, message.ClientAddress);
    }

    /// <summary>SELECTING: the client answers offers; ours, or another server's.</summary>
    private DhcpDecision OnSelecting(Instant now, in Asker asker, in DhcpMessage message)
    {
        Ipv4Address address = message.AddressOf(DhcpOption.RequestedAddress);
        if (address.IsAny) address = message.ClientAddress;
        if (!IsForUs(asker, message))
        {
            leases.Withdraw(asker.Key);
            return new(DhcpVerdict.ForOtherServer, address);
        }

        if (address.IsAny) return new(DhcpVerdict.NoAddressAsked);
        if (!asker.Network.Prefix.Contains(address)) return new(DhcpVerdict.RefusedWrongNetwork, address);

        // Ciaddr beside option 50 is wrong, whatever it says.
        Ipv4Address clientAddress = message.Has(DhcpOption.RequestedAddress) ? default : message.ClientAddress;
        return Bind(now, asker, address, clientAddress);
    }

    /// <summary>INIT-REBOOT: the client remembers an address and asks whether it is still right.</summary>
    private DhcpDecision OnInitReboot(Instant now, in Asker asker, Ipv4Address requested)
    {
        if (!asker.Network.Prefix.Contains(requested)) return new(DhcpVerdict.RefusedWrongNetwork, requested);

        // RFC 2131 §4.3.2: a server without a record of the client must be silent, for another may have one.
        if (leases.Find(asker.Key) < 0 && asker.Reservation.IsAny) return new(DhcpVerdict.UnknownClient, requested);
        if (leases.Choose(asker.Key, asker.Reservation, default) != leases.Find(requested))
        {
            return new(DhcpVerdict.RefusedOtherAddress, requested);
        }

        return Bind(now, asker, requested, default);
    }

    /// <summary>RENEWING (sent to us) and REBINDING (sent to everybody): the client uses the address now.</summary>
    private DhcpDecision OnExtend(Instant now, in Asker asker, Ipv4Address address)
    {
        if (!asker.Network.Prefix.Contains(address)) return new(DhcpVerdict.RefusedWrongNetwork, address);
        bool isKnown = leases.Find(asker.Key) >= 0;
        if (!isKnown && asker.Origin.IsBroadcast) return new(DhcpVerdict.UnknownClient, address);

        // After a loss of our state a client that has the address which it would be given anyway keeps it.
        if (!isKnown && leases.Choose(asker.Key, asker.Reservation, default) != leases.Find(address))
        {
            return new(DhcpVerdict.RefusedNotAvailable, address);
        }

        return Bind(now, asker, address, address);
    }

    private DhcpDecision Bind(Instant now, in Asker asker, Ipv4Address address, Ipv4Address clientAddress)
    {
        if (!leases.CanBind(asker.Key, asker.Reservation, address)) return new(DhcpVerdict.RefusedNotAvailable, address);
        leases.Bind(now, asker.Key, address, asker.Network.Lease);
        return new(DhcpVerdict.Acknowledged, address, clientAddress);
    }

    /// <summary>BOOTP knows no lease: what is given is given for ever, and so only what the configuration names.</summary>
    private DhcpDecision OnBootp(Instant now, in Asker asker)
    {
        if (asker.Reservation.IsAny || !leases.CanBind(asker.Key, asker.Reservation, asker.Reservation))
        {
            return new(DhcpVerdict.NoReservation, asker.Reservation);
        }

        leases.Bind(now, asker.Key, asker.Reservation, ConfigRules.Infinite);
        return new(DhcpVerdict.BootpAnswered, asker.Reservation);
    }

    private DhcpDecision OnDecline(Instant now, in Asker asker, in DhcpMessage message)
    {
        Ipv4Address address = message.AddressOf(DhcpOption.RequestedAddress);
        if (!IsForUs(asker, message)) return new(DhcpVerdict.ForOtherServer, address);
        return new(leases.TryDecline(now, asker.Key, address) ? DhcpVerdict.Declined : DhcpVerdict.NotTheOwner, address);
    }

    /// <summary>Option 54 may be missing: some clients forget it, and the owner of the address is right enough.</summary>
    private DhcpDecision OnRelease(in Asker asker, in DhcpMessage message)
    {
        Ipv4Address address = message.ClientAddress;
        if (message.Has(DhcpOption.ServerIdentifier) && !IsForUs(asker, message))
        {
            return new(DhcpVerdict.ForOtherServer, address);
        }

        return new(leases.TryRelease(asker.Key, address) ? DhcpVerdict.Released : DhcpVerdict.NotTheOwner, address);
    }

    /// <summary>The client has an address of its own and wants to know the rest.</summary>
    private static DhcpDecision OnInform(DhcpNetwork network, Ipv4Address address)
    {
        if (address.IsAny) return new(DhcpVerdict.NoAddressAsked);
        return network.IsHost(address)
            ? new(DhcpVerdict.Informed, address, address)
            : new(DhcpVerdict.ForeignAddress, address);
    }

    /// <summary>Option 54 names us, by what the client was told or by another address of ours.</summary>
    private bool IsForUs(in Asker asker, in DhcpMessage message)
    {
        Ipv4Address server = message.AddressOf(DhcpOption.ServerIdentifier);
        return server == asker.Origin.Server || networks.IsOwn(server);
    }

    /// <summary>Who asks, and where.</summary>
    /// <param name="Key">Whose lease it is.</param>
    /// <param name="Reservation">The address that the configuration gives it on this network; or none.</param>
    /// <param name="Network">Its network.</param>
    /// <param name="Origin">Where the message comes from.</param>
    /// <param name="IsConfigured">It is in the configuration.</param>
    private readonly record struct Asker(
        LeaseKey Key, Ipv4Address Reservation, DhcpNetwork Network, DhcpOrigin Origin, bool IsConfigured);
}
