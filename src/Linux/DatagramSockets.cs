using System;
using System.Buffers.Binary;
using Aglet.Kernel;
using Aglet.Net;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>
/// UDP: one datagram a call. Runs of datagrams to one peer are <see cref="SegmentSender"/>'s, all others
/// <see cref="DatagramBatches"/>'.
/// </summary>
internal static unsafe class DatagramSockets
{
    public static SysResult Open(in UdpOptions options)
    {
        if (!SocketAddress.TryWrite(options.Local, out sockaddr_in local)) return SysResult.Failed(Errno.NotSupported);
        SysResult opened = SocketAddress.Open(AF_INET, SOCK_DGRAM);
        return opened.IsError ? opened : SocketAddress.Finish(opened.Count, Prepare(opened.Count, options, local));
    }

    public static SysResult ReceiveFrom(int socket, Span<byte> buffer, out DatagramInfo info)
    {
        info = default;
        sockaddr_in peer = default;
        PacketInfoControl control = default;
        fixed (byte* bytes = buffer)
        {
            iovec piece = new() { iov_base = bytes, iov_len = (nuint)buffer.Length };
            msghdr message = new() { msg_name = &peer, msg_iov = &piece, msg_iovlen = 1, msg_control = &control };
            SysResult result;
            do
            {
                message.msg_namelen = (uint)sizeof(sockaddr_in);
                message.msg_controllen = (nuint)sizeof(PacketInfoControl);
                result = SystemCall.Result(Libc.recvmsg(socket, &message, 0));
            }
            while (result.Errno == Errno.Interrupted);
            if (result.IsError) return result;

            info = InfoOf(message, peer, control);
            return (message.msg_flags & MSG_TRUNC) != 0 ? SysResult.Failed(Errno.MessageTooLong) : result;
        }
    }

    public static SysResult SendTo(
        int socket, ReadOnlySpan<byte> datagram, in IpEndpoint peer, IpAddress source, int interfaceIndex)
    {
        if (!SocketAddress.TryWrite(peer, out sockaddr_in address)) return SysResult.Failed(Errno.NotSupported);
        PacketInfoControl control = ControlFor(source, interfaceIndex);
        fixed (byte* bytes = datagram)
        {
            iovec piece = new() { iov_base = bytes, iov_len = (nuint)datagram.Length };
            msghdr message = new()
            {
                msg_name = &address,
                msg_namelen = (uint)sizeof(sockaddr_in),
                msg_iov = &piece,
                msg_iovlen = 1,
            };
            if (interfaceIndex != 0 || !source.Ipv4.IsAny)
            {
                message.msg_control = &control;
                message.msg_controllen = (nuint)sizeof(PacketInfoControl);
            }

            while (true)
            {
                SysResult result = SystemCall.Result(Libc.sendmsg(socket, &message, 0));
                if (result.Errno != Errno.Interrupted) return result;
            }
        }
    }

    /// <summary>
    /// Takes the next error off a socket's queue: the datagram's own beginning is left there, its peer is what counts.
    /// </summary>
    public static SysResult ReceiveError(int socket, out IpEndpoint peer)
    {
        peer = default;
        sockaddr_in address = default;
        byte* control = stackalloc byte[128];
        while (true)
        {
            msghdr message = new()
            {
                msg_name = &address,
                msg_namelen = (uint)sizeof(sockaddr_in),
                msg_control = control,
                msg_controllen = 128,
            };
            SysResult result = SystemCall.Result(Libc.recvmsg(socket, &message, MSG_ERRQUEUE));
            if (result.Errno == Errno.Interrupted) continue;
            if (result.IsError) return result;
            peer = SocketAddress.Read(address);

            // The first field of what follows the header (struct sock_extended_err) is the error's number.
            cmsghdr* header = (cmsghdr*)control;
            bool isKnown = message.msg_controllen >= (nuint)(sizeof(cmsghdr) + sizeof(uint))
                && header->cmsg_level == SOL_IP && header->cmsg_type == IP_RECVERR;
            return SysResult.Ok(isKnown ? *(uint*)(control + sizeof(cmsghdr)) : 0);
        }
    }

    /// <summary>What the kernel said of a datagram that it gave out.</summary>
    public static DatagramInfo InfoOf(in msghdr message, in sockaddr_in peer, in PacketInfoControl control)
    {
        bool isInfo = message.msg_controllen >= (nuint)sizeof(cmsghdr)
            && control.Header is { cmsg_level: SOL_IP, cmsg_type: IP_PKTINFO };

        // spec_dst is the address of ours to answer from, also where the datagram was broadcast.
        return new(
            SocketAddress.Read(peer),
            isInfo ? SocketAddress.Ipv4(control.Info.ipi_spec_dst) : Ipv4Address.Any,
            isInfo ? control.Info.ipi_ifindex : 0)
        {
            IsBroadcast = isInfo && control.Info.ipi_addr != control.Info.ipi_spec_dst,
        };
    }

    /// <summary>Tells the kernel by which address and interface a datagram is to leave.</summary>
    public static PacketInfoControl ControlFor(IpAddress source, int interfaceIndex) => new()
    {
        Header = new()
        {
            cmsg_len = PacketInfoControl.Length,
            cmsg_level = SOL_IP,
            cmsg_type = IP_PKTINFO,
        },
        Info = new()
        {
            ipi_ifindex = interfaceIndex,
            ipi_spec_dst = BinaryPrimitives.ReverseEndianness(source.Ipv4.Value),
        },
    };

    private static SysResult Prepare(int socket, in UdpOptions options, in sockaddr_in local)
    {
        SysResult done = SocketAddress.SetOption(socket, SOL_IP, options.KeepsErrors ? IP_RECVERR : IP_PKTINFO, 1);
        if (done.IsError) return done;

        // A firmware's small IP stack and a forged "fragmentation needed" are both better off without path MTU
        // discovery: never set "do not fragment".
        done = SocketAddress.SetOption(socket, SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
        if (done.IsError) return done;
        SocketAddress.GoFirst(socket);
        if (options.Broadcast)
        {
            done = SocketAddress.SetOption(socket, SOL_SOCKET, SO_BROADCAST, 1);
            if (done.IsError) return done;
        }

        if (options.IsShared)
        {
            // Only where it is asked for: it would let two servers run and starve one, and for port 0 the kernel
            // might choose a port of ours that is in use.
            done = SocketAddress.SetOption(socket, SOL_SOCKET, SO_REUSEADDR, 1);
            if (done.IsError) return done;
        }

        if (options.ReceiveBufferBytes > 0) SocketAddress.EnlargeReceiveBuffer(socket, options.ReceiveBufferBytes);
        if (options.SendBufferBytes > 0) SocketAddress.EnlargeSendBuffer(socket, options.SendBufferBytes);

        done = SocketAddress.BindToInterface(socket, options.InterfaceIndex);
        return done.IsError ? done : SocketAddress.Bind(socket, local);
    }
}
