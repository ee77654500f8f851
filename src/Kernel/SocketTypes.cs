using Aglet.Net;

namespace Aglet.Kernel;

/// <summary>Who handles the events of a socket: the whole wiring of the server is one switch over this.</summary>
internal enum SocketOwner : byte
{
    None,
    DhcpServer,
    DhcpProxy,
    DhcpWatch,
    DhcpPackets,
    TftpListener,
    TftpTransfer,
    HttpListener,
    HttpConnection,

    /// <summary>Our own DHCP client.</summary>
    DhcpClient,

    /// <summary>What the loop does beside serving: links, the power button, the clock.</summary>
    Upkeep,
}

/// <summary>
/// A slot of the socket table and which use of it is meant: an event for an earlier use is recognised as stale.
/// </summary>
internal readonly record struct SocketToken(int Slot, uint Generation)
{
    /// <summary>The 64 bits that travel through epoll.</summary>
    public ulong Datum => ((ulong)Generation << 32) | (uint)Slot;

    public static SocketToken FromDatum(ulong datum) => new((int)(datum & 0x7FFF_FFFF), (uint)(datum >> 32));
}

/// <summary>What a socket is watched for, and what it is ready for.</summary>
[System.Flags]
internal enum Readiness : byte
{
    None = 0,
    Readable = 1,
    Writable = 2,

    /// <summary>The peer hung up or the socket failed; reported without being asked for.</summary>
    Failed = 4,
}

/// <summary>One socket that is ready.</summary>
internal readonly record struct ReadyEvent(SocketToken Token, Readiness Readiness);

/// <summary>Where a datagram came from, and which of our addresses and interfaces it came to.</summary>
internal readonly record struct DatagramInfo(IpEndpoint Peer, IpAddress Local, int InterfaceIndex)
{
    /// <summary>
    /// It was sent to everybody, and <see cref="Local"/> is the address of ours to answer from. DHCP knows a client that
    /// renews from one that rebinds by it.
    /// </summary>
    public bool IsBroadcast { get; init; }
}

/// <summary>One of several datagrams that were received with one call.</summary>
/// <param name="Result">Its length; <see cref="Errno.MessageTooLong"/> when it is longer than the room for it.</param>
/// <param name="Info">Where it came from.</param>
internal readonly record struct ReceivedDatagram(SysResult Result, DatagramInfo Info);

/// <summary>One of several datagrams or frames that are sent with one call.</summary>
/// <param name="Start">Where it begins in the bytes of all.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Peer">Where a datagram goes to; a frame says so itself.</param>
internal readonly record struct OutgoingDatagram(int Start, int Length, IpEndpoint Peer);

/// <summary>What a packet socket receives; the kernel drops everything else.</summary>
internal enum PacketFilter : byte
{
    /// <summary>Nothing: the socket only sends.</summary>
    None,

    /// <summary>ARP (EtherType 0806), replies only: the questions of a large network are many, and not for us.</summary>
    ArpReplies,

    /// <summary>
    /// IPv4 UDP to ports 67 and 4011, also where another program of this host holds the ports. No fragments.
    /// </summary>
    DhcpServer,

    /// <summary>IPv4 UDP to port 68 that everybody gets: what other servers tell clients.</summary>
    DhcpClient,

    /// <summary>IPv4 UDP to port 68, whoever it is sent to: what our own DHCP client is told.</summary>
    DhcpOwn,
}

/// <summary>What is known of a received frame beside its bytes.</summary>
/// <param name="IsChecksumPending">
/// It comes from this very machine (a container, a virtual machine) and its UDP checksum was left to a network card
/// that it never met: not to be checked.
/// </param>
internal readonly record struct FrameInfo(bool IsChecksumPending);

/// <summary>How to open a UDP socket.</summary>
/// <param name="Local">Address and port to bind; port 0 lets the kernel choose.</param>
/// <param name="InterfaceIndex">Only this interface (needed for broadcasts); 0 for all.</param>
/// <param name="Broadcast">May send to 255.255.255.255.</param>
/// <param name="ReceiveBufferBytes">Asked of the kernel so that a herd of machines is not dropped; 0 for its default.</param>
internal readonly record struct UdpOptions(
    IpEndpoint Local, int InterfaceIndex = 0, bool Broadcast = false, int ReceiveBufferBytes = 0)
{
    /// <summary>
    /// Another program of this host may hold the port too, when it agrees: each gets every broadcast.
    /// </summary>
    public bool IsShared { get; init; }

    /// <summary>Asked of the kernel for what waits to be sent, when many peers share the socket; 0 for its default.</summary>
    public int SendBufferBytes { get; init; }

    /// <summary>
    /// What the network says of datagrams that it did not deliver is kept for <see cref="IKernel.ReceiveError"/>. The local
    /// address of what is received is not reported: it is the one that is bound.
    /// </summary>
    public bool KeepsErrors { get; init; }
}

/// <summary>A network interface with its first IPv4 address.</summary>
internal readonly record struct NetworkInterface(
    string Name, int Index, HardwareAddress HardwareAddress, Ipv4Prefix Address, bool IsUp, bool IsLoopback)
{
    /// <summary>The longest IP packet that the link carries whole, in bytes; 0 when not known.</summary>
    public int MtuBytes { get; init; }
}

/// <summary>What a path names.</summary>
internal enum FileKind : byte
{
    Regular,
    Directory,
    Other,
}

/// <summary>Size in bytes and time of last change, in seconds since 1970.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Size">Bytes.</param>
/// <param name="ModifiedUnixSeconds">Last change of its content.</param>
/// <param name="Identity">The same for every path to one file (of device and inode); 0 when not known.</param>
/// <param name="User">Whose it is; 0 is root.</param>
/// <param name="Group">The group whose it is.</param>
internal readonly record struct FileStatus(
    FileKind Kind, long Size, long ModifiedUnixSeconds, ulong Identity = 0, uint User = 0, uint Group = 0);

/// <summary>One name in a folder, links followed. The name is bytes: file systems have no encoding.</summary>
/// <param name="NameStart">Where the name stands in the buffer that was given.</param>
/// <param name="NameLength">Its bytes.</param>
/// <param name="Status">What it names; of kind <see cref="FileKind.Other"/> when it names nothing.</param>
internal readonly record struct FolderEntry(int NameStart, int NameLength, FileStatus Status)
{
    /// <summary>What an entry takes of the buffer at least (a <c>dirent64</c> with a name of four bytes).</summary>
    public const int BytesMin = 24;
}

/// <summary>What the operator or the system wants of the process.</summary>
internal enum KernelSignal : byte
{
    None,

    /// <summary>SIGTERM or SIGINT: finish and exit 0.</summary>
    Stop,

    /// <summary>SIGHUP: read configuration and tree again.</summary>
    Reload,

    /// <summary>Finish, then start the machine again (Ctrl-Alt-Del; first process of a machine only).</summary>
    Restart,
}
