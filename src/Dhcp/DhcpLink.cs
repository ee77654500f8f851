using System;
using System.Text;
using Aglet.Config;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;

namespace Aglet.Dhcp;

/// <summary>
/// One interface that DHCP serves, a VLAN's as well as a whole card's: its sockets, and our address there, which is what
/// clients that are heard on it are told.
/// </summary>
/// <param name="link">The interface, with its address.</param>
/// <param name="index">Its place among the links: the index of its sockets' entries.</param>
internal sealed class DhcpLink(NetworkInterface link, int index)
{
    /// <summary>
    /// Asked of the kernel, so that a hall of machines switched on at once is not dropped: some 3,600 messages, which
    /// is what comes while a slow disk syncs the journal.
    /// </summary>
    private const int ReceiveBufferBytes = 4 << 20;

    private SocketToken _serverToken;
    private SocketToken _bootServerToken;
    private SocketToken _arpToken;
    private SocketToken _clientToken;
    private SocketToken _packetToken;
    private int _packetSocket = -1;

    public int Index => index;

    public NetworkInterface Interface => link;

    /// <summary>Our address: option 54, the boot server, the source of every reply.</summary>
    public Ipv4Address Server { get; } = link.Address.Address;

    /// <summary><see cref="Server"/> as text, for option 66 and <c>sname</c>.</summary>
    public byte[] ServerText { get; } = Encoding.ASCII.GetBytes(link.Address.Address.ToString());

    /// <summary>The socket of port 67; -1 when closed.</summary>
    public int ServerSocket { get; private set; } = -1;

    /// <summary>The socket of port 4011; -1 when closed.</summary>
    public int BootServerSocket { get; private set; } = -1;

    /// <summary>The socket that hears ARP replies; -1 when closed.</summary>
    public int ArpSocket { get; private set; } = -1;

    /// <summary>The socket that hears what other servers tell clients; -1 when closed.</summary>
    public int ClientSocket { get; private set; } = -1;

    /// <summary>
    /// What comes to a port that another program of this host holds is heard as frames, and answered by frames.
    /// </summary>
    public bool HearsFrames { get; private set; }

    public bool IsClosed => ServerSocket < 0 && BootServerSocket < 0 && !HearsFrames;

    /// <summary>The socket of a port of ours; -1 when another program holds it.</summary>
    public int SocketOf(ushort port) => port == DhcpRoute.BootServerPort ? BootServerSocket : ServerSocket;

    /// <summary>Opens ports 67 and 4011, or what hears them beside the program that holds them.</summary>
    /// <param name="kernel">The seam.</param>
    /// <param name="sockets">Where the sockets are entered.</param>
    /// <param name="networks">Say in which mode, and how it is listened.</param>
    /// <param name="failedPort">The port that could not be had; 0 when all could.</param>
    public SysResult Open(IKernel kernel, SocketTable sockets, DhcpNetworks networks, out ushort failedPort)
    {
        failedPort = DhcpRoute.ServerPort;
        SysResult opened = networks.Listen == DhcpListen.Packet
            ? SysResult.Failed(Errno.AddressInUse)
            : Open(kernel, sockets, networks, failedPort, SocketOwner.DhcpServer, out _serverToken);
        if (!opened.IsError) ServerSocket = opened.Count;
        else if (!MayHearFrames(networks, opened)) return opened;

        // Also where 67 is heard as frames: with nobody at 4011 the kernel would tell who asks there that the port is
        // unreachable, which EDK2 takes for the end (PXE-E22).
        failedPort = DhcpRoute.BootServerPort;
        opened = Open(kernel, sockets, networks, failedPort, SocketOwner.DhcpProxy, out _bootServerToken);
        if (!opened.IsError) BootServerSocket = opened.Count;
        else if (!MayHearFrames(networks, opened)) return opened;

        failedPort = ServerSocket < 0 ? DhcpRoute.ServerPort : DhcpRoute.BootServerPort;
        if (ServerSocket < 0 || BootServerSocket < 0)
        {
            opened = HearFrames(kernel, sockets);
            if (opened.IsError) return opened;
        }

        failedPort = 0;
        return SysResult.Ok();
    }

    /// <summary>Opens the socket for raw frames; without it (no privilege) broadcasts do.</summary>
    public SysResult OpenPacket(IKernel kernel)
    {
        SysResult packet = kernel.OpenPacket(link.Index, PacketFilter.None);
        if (!packet.IsError) _packetSocket = packet.Count;
        return packet;
    }

    /// <summary>Opens what is only listened to; without privilege nothing is heard.</summary>
    public void OpenWatch(IKernel kernel, SocketTable sockets, bool isProbing)
    {
        if (link.HardwareAddress.Length != 6) return;
        ClientSocket = OpenWatch(kernel, sockets, PacketFilter.DhcpClient, out _clientToken);
        if (isProbing) ArpSocket = OpenWatch(kernel, sockets, PacketFilter.ArpReplies, out _arpToken);
    }

    /// <summary>Asks the network who has an address.</summary>
    public bool TryProbe(IKernel kernel, Ipv4Address address)
    {
        if (ArpSocket < 0) return false;
        Span<byte> frame = stackalloc byte[ArpPacket.FrameBytes];
        return ArpPacket.Probe(link.HardwareAddress, address).TryWrite(frame, out _)
            && !kernel.SendFrame(ArpSocket, link.Index, frame).IsError;
    }

    public void Close(IKernel kernel, SocketTable sockets)
    {
        if (ArpSocket >= 0) sockets.Close(_arpToken);
        if (ClientSocket >= 0) sockets.Close(_clientToken);
        ArpSocket = ClientSocket = -1;
        if (ServerSocket >= 0) sockets.Close(_serverToken);
        if (BootServerSocket >= 0) sockets.Close(_bootServerToken);
        if (HearsFrames) sockets.Close(_packetToken);
        else if (_packetSocket >= 0) kernel.Close(_packetSocket);
        HearsFrames = false;
        ServerSocket = BootServerSocket = _packetSocket = -1;
    }

    /// <summary>How a reply leaves. What leaves as a frame gets its headers.</summary>
    /// <param name="origin">What is answered: its port is the source.</param>
    /// <param name="route">Where to.</param>
    /// <param name="client">The client's hardware address.</param>
    /// <param name="frame">The reply behind room for its headers (<see cref="UdpFrame.HeaderBytes"/>).</param>
    public ReplyCarrier Prepare(in DhcpOrigin origin, in DhcpRoute route, HardwareAddress client, Span<byte> frame)
    {
        int socket = SocketOf(origin.Port);
        if (socket < 0)
        {
            // The port is another program's. Who unicast to us is reached through the station that it came from.
            HardwareAddress station = route.Kind switch
            {
                DhcpRouteKind.Broadcast => HardwareAddress.Broadcast,
                DhcpRouteKind.HardwareAddress => client,
                _ => origin.Station,
            };
            return TryWriteHeaders(origin.Port, route.Peer, station, frame) ? new(this, _packetSocket, IsFrame: true) : default;
        }

        return route.Kind == DhcpRouteKind.HardwareAddress && _packetSocket >= 0
            && TryWriteHeaders(DhcpRoute.ServerPort, route.Peer, client, frame)
            ? new(this, _packetSocket, IsFrame: true)
            : new(this, socket, IsFrame: false);
    }

    private bool TryWriteHeaders(ushort port, in IpEndpoint peer, HardwareAddress station, Span<byte> frame)
    {
        if (link.HardwareAddress.Length != 6 || station.Length != 6) return false;
        UdpFrame.WriteHeaders(frame, station, link.HardwareAddress, Server, port, peer.Address.Ipv4, peer.Port);
        return true;
    }

    private static bool MayHearFrames(DhcpNetworks networks, SysResult opened) =>
        opened.Errno == Errno.AddressInUse
        && (networks.Listen == DhcpListen.Packet || (networks.Listen == DhcpListen.Auto && networks.Mode == DhcpMode.Proxy));

    private SysResult HearFrames(IKernel kernel, SocketTable sockets)
    {
        SysResult opened = kernel.OpenPacket(link.Index, PacketFilter.DhcpServer);
        if (opened.IsError) return opened;
        SysResult added = sockets.Add(opened.Count, SocketOwner.DhcpPackets, index, Readiness.Readable, out _packetToken);
        if (added.IsError) return added;
        _packetSocket = opened.Count;
        HearsFrames = true;
        return SysResult.Ok();
    }

    private int OpenWatch(IKernel kernel, SocketTable sockets, PacketFilter filter, out SocketToken token)
    {
        token = default;
        SysResult opened = kernel.OpenPacket(link.Index, filter);
        if (opened.IsError) return -1;
        SysResult added = sockets.Add(opened.Count, SocketOwner.DhcpWatch, index, Readiness.Readable, out token);
        return added.IsError ? -1 : opened.Count;
    }

    private SysResult Open(
        IKernel kernel, SocketTable sockets, DhcpNetworks networks, ushort port, SocketOwner owner, out SocketToken token)
    {
        token = default;
        IpEndpoint local = new(Ipv4Address.Any, port);

        // A shared port is the operator's choice: it takes the other program's unicasts (renewals, relays) from it.
        SysResult opened = kernel.OpenUdp(new(local, link.Index, Broadcast: true, ReceiveBufferBytes)
        {
            IsShared = networks.Mode == DhcpMode.Proxy && networks.Listen == DhcpListen.Socket,
        });
        return opened.IsError ? opened : sockets.Add(opened.Count, owner, index, Readiness.Readable, out token);
    }
}
