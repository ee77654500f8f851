using System;
using System.Runtime.CompilerServices;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>Many datagrams or frames a call: where each costs microseconds, the calls would cost as much again.</summary>
[SkipLocalsInit]
internal static unsafe class DatagramBatches
{
    /// <summary>A socket that does not block gives out what is there, and waits for no more.</summary>
    public static SysResult Receive(int socket, Span<byte> buffer, Span<ReceivedDatagram> datagrams)
    {
        Check.That(datagrams.Length > 0);
        int roomBytes = buffer.Length / datagrams.Length;
        int most = Math.Min(datagrams.Length, Limits.DatagramsPerCall);
        mmsghdr* messages = stackalloc mmsghdr[Limits.DatagramsPerCall];
        iovec* pieces = stackalloc iovec[Limits.DatagramsPerCall];
        sockaddr_in* peers = stackalloc sockaddr_in[Limits.DatagramsPerCall];
        PacketInfoControl* controls = stackalloc PacketInfoControl[Limits.DatagramsPerCall];
        fixed (byte* bytes = buffer)
        {
            for (int i = 0; i < most; i++)
            {
                peers[i] = default;
                controls[i] = default;
                pieces[i] = new() { iov_base = bytes + (i * roomBytes), iov_len = (nuint)roomBytes };
                messages[i] = new()
                {
                    msg_hdr = new()
                    {
                        msg_name = peers + i,
                        msg_namelen = (uint)sizeof(sockaddr_in),
                        msg_iov = pieces + i,
                        msg_iovlen = 1,
                        msg_control = controls + i,
                        msg_controllen = (nuint)sizeof(PacketInfoControl),
                    },
                };
            }

            SysResult result;
            do result = SystemCall.Result(Libc.recvmmsg(socket, messages, (uint)most, 0, null));
            while (result.Errno == Errno.Interrupted);
            for (int i = 0; i < result.Count; i++)
            {
                bool isCut = (messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
                datagrams[i] = new(
                    isCut ? SysResult.Failed(Errno.MessageTooLong) : SysResult.Ok(messages[i].msg_len),
                    DatagramSockets.InfoOf(messages[i].msg_hdr, peers[i], controls[i]));
            }

            return result;
        }
    }

    public static SysResult Send(
        int socket,
        ReadOnlySpan<byte> bytes,
        ReadOnlySpan<OutgoingDatagram> datagrams,
        IpAddress source,
        int interfaceIndex)
    {
        sockaddr_in* peers = stackalloc sockaddr_in[Limits.DatagramsPerCall];
        mmsghdr* messages = stackalloc mmsghdr[Limits.DatagramsPerCall];
        iovec* pieces = stackalloc iovec[Limits.DatagramsPerCall];
        PacketInfoControl control = DatagramSockets.ControlFor(source, interfaceIndex);
        bool hasControl = interfaceIndex != 0 || !source.Ipv4.IsAny;
        int most = Math.Min(datagrams.Length, Limits.DatagramsPerCall);
        int count = 0;
        fixed (byte* start = bytes)
        {
            // Those before one that cannot be sent are sent; the caller comes again for the rest, and is told.
            for (; count < most && SocketAddress.TryWrite(datagrams[count].Peer, out peers[count]); count++)
            {
                mmsghdr message = MessageOf(
                    bytes, start, datagrams[count], pieces + count, peers + count, sizeof(sockaddr_in));
                if (hasControl)
                {
                    message.msg_hdr.msg_control = &control;
                    message.msg_hdr.msg_controllen = (nuint)sizeof(PacketInfoControl);
                }

                messages[count] = message;
            }

            return count == 0 ? SysResult.Failed(Errno.NotSupported) : Send(socket, messages, count);
        }
    }

    public static SysResult SendFrames(
        int socket, int interfaceIndex, ReadOnlySpan<byte> bytes, ReadOnlySpan<OutgoingDatagram> frames)
    {
        sockaddr_ll* links = stackalloc sockaddr_ll[Limits.DatagramsPerCall];
        mmsghdr* messages = stackalloc mmsghdr[Limits.DatagramsPerCall];
        iovec* pieces = stackalloc iovec[Limits.DatagramsPerCall];
        int count = Math.Min(frames.Length, Limits.DatagramsPerCall);
        fixed (byte* start = bytes)
        {
            for (int i = 0; i < count; i++)
            {
                links[i] = PacketSockets.AddressOf(interfaceIndex, bytes.Slice(frames[i].Start, frames[i].Length));
                messages[i] = MessageOf(bytes, start, frames[i], pieces + i, links + i, sizeof(sockaddr_ll));
            }

            return Send(socket, messages, count);
        }
    }

    private static mmsghdr MessageOf(
        ReadOnlySpan<byte> bytes, byte* start, in OutgoingDatagram datagram, iovec* piece, void* peer, int peerBytes)
    {
        Check.That(datagram.Start >= 0 && datagram.Length >= 0 && datagram.Start <= bytes.Length - datagram.Length);
        *piece = new() { iov_base = start + datagram.Start, iov_len = (nuint)datagram.Length };
        return new()
        {
            msg_hdr = new() { msg_name = peer, msg_namelen = (uint)peerBytes, msg_iov = piece, msg_iovlen = 1 },
        };
    }

    private static SysResult Send(int socket, mmsghdr* messages, int count)
    {
        while (true)
        {
            SysResult result = SystemCall.Result(Libc.sendmmsg(socket, messages, (uint)count, 0));
            if (result.Errno != Errno.Interrupted) return result;
        }
    }
}
