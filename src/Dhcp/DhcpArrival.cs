using System;
using Aglet.Kernel;
using Aglet.Net;

namespace Aglet.Dhcp;

/// <summary>How a message reached us.</summary>
/// <param name="Link">Where it was heard.</param>
/// <param name="Info">From whom, and to which of our addresses.</param>
/// <param name="Port">The port of ours that it came to, which its answer leaves from.</param>
/// <param name="Station">The station on the link that it came from, where it was heard as a frame; none else.</param>
internal readonly record struct DhcpArrival(DhcpLink Link, DatagramInfo Info, ushort Port, HardwareAddress Station)
{
    /// <summary>
    /// Reads a frame that a packet socket heard beside the program that holds the port; false when it is not for us.
    /// </summary>
    /// <remarks>
    /// What comes to a port that we hold is heard there, too. What goes through us as a router, to a DHCP server of
    /// another network, is not ours: the stack would not have given it to a socket either.
    /// </remarks>
    /// <param name="link">Where it was heard.</param>
    /// <param name="networks">Know our addresses.</param>
    /// <param name="datagram">What the frame carries.</param>
    /// <param name="arrival">How it came.</param>
    public static bool TryRead(
        DhcpLink link, DhcpNetworks networks, in UdpDatagram datagram, out DhcpArrival arrival)
    {
        Ipv4Address destination = datagram.Destination.Address.Ipv4;
        bool isBroadcast = destination == Ipv4Address.Broadcast
            || destination == link.Interface.Address.BroadcastAddress;
        DatagramInfo info = new(datagram.Source, isBroadcast ? link.Server : destination, link.Interface.Index)
        {
            IsBroadcast = isBroadcast,
        };
        arrival = new(link, info, datagram.Destination.Port, datagram.SourceHardware);
        return (isBroadcast || networks.IsOwn(destination)) && link.SocketOf(arrival.Port) < 0;
    }
}
