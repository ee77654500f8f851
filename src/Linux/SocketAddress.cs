using System.Buffers.Binary;
using Aglet.Kernel;
using Aglet.Net;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>Endpoints as the kernel writes them, and what all sockets have in common. IPv4 only so far.</summary>
internal static unsafe class SocketAddress
{
    /// <summary>False for an address of a family that is not served.</summary>
    public static bool TryWrite(in IpEndpoint endpoint, out sockaddr_in address)
    {
        address = default;
        if (!endpoint.Address.IsIpv4) return false;
        address.sin_family = AF_INET;
        address.sin_port = BinaryPrimitives.ReverseEndianness(endpoint.Port);
        address.sin_addr = BinaryPrimitives.ReverseEndianness(endpoint.Address.Ipv4.Value);
        return true;
    }

    public static IpEndpoint Read(in sockaddr_in address) =>
        new(Ipv4(address.sin_addr), BinaryPrimitives.ReverseEndianness(address.sin_port));

    /// <summary>An address in network order.</summary>
    public static IpAddress Ipv4(uint networkOrder) =>
        new Ipv4Address(BinaryPrimitives.ReverseEndianness(networkOrder));

    /// <summary>A new socket that neither blocks nor is inherited.</summary>
    public static SysResult Open(int domain, int type) =>
        SystemCall.Result(Libc.socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));

    /// <summary>
    /// What somebody waits for goes before the bulk of other machines' downloads: with hundreds of them the card's queue is
    /// a fifth of a second long. The highest that needs no right; the first band of pfifo_fast. It is no matter when the
    /// kernel refuses it.
    /// </summary>
    public static void GoFirst(int socket) => _ = SetOption(socket, SOL_SOCKET, SO_PRIORITY, 6);

    public static SysResult SetOption(int socket, int level, int option, int value) =>
        SystemCall.Result(Libc.setsockopt(socket, level, option, &value, sizeof(int)));

    public static SysResult Bind(int socket, sockaddr_in address) =>
        SystemCall.Result(Libc.bind(socket, &address, (uint)sizeof(sockaddr_in)));

    /// <summary>
    /// Beyond the system's limit where we may, else up to it. A small buffer is no reason not to serve.
    /// </summary>
    public static void EnlargeReceiveBuffer(int socket, int bytes)
    {
        SysResult forced = SetOption(socket, SOL_SOCKET, SO_RCVBUFFORCE, bytes);
        if (forced.IsError) _ = SetOption(socket, SOL_SOCKET, SO_RCVBUF, bytes);
    }

    /// <summary>As <see cref="EnlargeReceiveBuffer"/>, for what waits to be sent.</summary>
    public static void EnlargeSendBuffer(int socket, int bytes)
    {
        SysResult forced = SetOption(socket, SOL_SOCKET, SO_SNDBUFFORCE, bytes);
        if (forced.IsError) _ = SetOption(socket, SOL_SOCKET, SO_SNDBUF, bytes);
    }

    /// <summary>Ties a socket to an interface: it hears and uses no other. 0 is no interface.</summary>
    public static SysResult BindToInterface(int socket, int index)
    {
        if (index == 0) return SysResult.Ok();

        // By its name: the option that takes the index (Linux 5.0) also takes one that is no interface's.
        ifreq request = new() { ifr_ifindex = index };
        SysResult named = SystemCall.Result(Libc.ioctl(socket, SIOCGIFNAME, &request));
        return named.IsError
            ? named
            : SystemCall.Result(Libc.setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, request.ifr_name, IF_NAMESIZE));
    }

    /// <summary>Hands out a finished socket, or closes it when the last step failed.</summary>
    public static SysResult Finish(int socket, SysResult lastStep)
    {
        if (!lastStep.IsError) return SysResult.Ok(socket);
        _ = Libc.close(socket);
        return lastStep;
    }
}
