using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Aglet.Core;
using Aglet.Kernel;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>Whole Ethernet frames on one interface (packet(7)): sent always, received where there is a filter.</summary>
internal static unsafe class PacketSockets
{
    /// <summary>Asked of the kernel, so that a hall of machines switched on at once is not dropped.</summary>
    private const int ReceiveBufferBytes = 1 << 20;

    /// <summary>
    /// A socket that is not bound has protocol 0 and receives nothing, so no frame can slip in before the filter.
    /// </summary>
    public static SysResult Open(int interfaceIndex, PacketFilter filter)
    {
        SysResult opened = SocketAddress.Open(AF_PACKET, SOCK_RAW);
        if (opened.IsError) return opened;
        SocketAddress.GoFirst(opened.Count);
        SysResult prepared = filter == PacketFilter.None ? SysResult.Ok() : Prepare(opened.Count, interfaceIndex, filter);
        if (prepared.IsError) return SocketAddress.Finish(opened.Count, prepared);
        sockaddr_ll link = new()
        {
            sll_family = AF_PACKET,
            sll_protocol = BinaryPrimitives.ReverseEndianness(FrameFilter.ProtocolOf(filter)),
            sll_ifindex = interfaceIndex,
        };
        SysResult bound = SystemCall.Result(Libc.bind(opened.Count, &link, (uint)sizeof(sockaddr_ll)));
        return SocketAddress.Finish(opened.Count, bound);
    }

    public static SysResult Receive(int socket, Span<byte> buffer, out FrameInfo info)
    {
        info = default;
        AuxiliaryControl control = default;
        fixed (byte* bytes = buffer)
        {
            iovec piece = new() { iov_base = bytes, iov_len = (nuint)buffer.Length };
            msghdr message = new() { msg_iov = &piece, msg_iovlen = 1, msg_control = &control };
            SysResult result;
            do
            {
                message.msg_controllen = (nuint)sizeof(AuxiliaryControl);
                result = SystemCall.Result(Libc.recvmsg(socket, &message, 0));
            }
            while (result.Errno == Errno.Interrupted);
            if (result.IsError) return result;
            bool isAuxiliary = message.msg_controllen >= (nuint)sizeof(cmsghdr)
                && control.Header is { cmsg_level: SOL_PACKET, cmsg_type: PACKET_AUXDATA };
            info = new(isAuxiliary && (control.Data.tp_status & TP_STATUS_CSUMNOTREADY) != 0);
            return (message.msg_flags & MSG_TRUNC) != 0 ? SysResult.Failed(Errno.MessageTooLong) : result;
        }
    }

    public static SysResult Send(int socket, int interfaceIndex, ReadOnlySpan<byte> frame)
    {
        sockaddr_ll link = AddressOf(interfaceIndex, frame);
        fixed (byte* bytes = frame)
        {
            while (true)
            {
                SysResult result = SystemCall.Result(
                    Libc.sendto(socket, bytes, (nuint)frame.Length, 0, &link, (uint)sizeof(sockaddr_ll)));
                if (result.Errno != Errno.Interrupted) return result;
            }
        }
    }

    /// <summary>Where a frame goes to, as the kernel wants it said beside the frame.</summary>
    public static sockaddr_ll AddressOf(int interfaceIndex, ReadOnlySpan<byte> frame)
    {
        Check.That(frame.Length >= 14);
        sockaddr_ll link = new()
        {
            sll_family = AF_PACKET,
            sll_protocol = MemoryMarshal.Read<ushort>(frame[12..]), // the frame's EtherType, in network order already
            sll_ifindex = interfaceIndex,
            sll_halen = 6,
        };
        frame[..6].CopyTo(new Span<byte>(link.sll_addr, 8));
        return link;
    }

    private static SysResult Prepare(int socket, int interfaceIndex, PacketFilter filter)
    {
        sock_filter* instructions = stackalloc sock_filter[FrameFilter.InstructionsMax];
        int count = FrameFilter.Write(filter, interfaceIndex, new(instructions, FrameFilter.InstructionsMax));
        sock_fprog program = new() { len = (ushort)count, filter = instructions };
        SysResult done = SystemCall.Result(
            Libc.setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, (uint)sizeof(sock_fprog)));
        if (done.IsError) return done;
        done = SocketAddress.SetOption(socket, SOL_PACKET, PACKET_AUXDATA, 1);
        if (done.IsError) return done;
        SocketAddress.EnlargeReceiveBuffer(socket, ReceiveBufferBytes);
        return SysResult.Ok();
    }
}
