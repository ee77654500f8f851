using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>
/// Sends a run of datagrams to one peer in as few calls as the kernel allows: one that it cuts itself (UDP_SEGMENT,
/// Linux 4.18), else one with many datagrams.
/// </summary>
[SkipLocalsInit]
internal sealed unsafe class SegmentSender
{
    /// <summary>What the oldest kernels with UDP_SEGMENT take in one call.</summary>
    private const int SegmentsPerCall = 64;

    /// <summary>All segments of a call travel as one IPv4 packet as far as the card: 65535 less 20 and 8.</summary>
    private const int BytesPerCall = 65507;

    private bool _kernelCuts = KernelCuts();

    /// <summary>False makes it do as an older kernel would.</summary>
    public bool AllowCutting
    {
        init => _kernelCuts &= value;
    }

    public SysResult Send(int socket, ReadOnlySpan<byte> segments, int segmentBytes, in IpEndpoint peer)
    {
        Check.That(segmentBytes > 0);
        if (!SocketAddress.TryWrite(peer, out sockaddr_in address)) return SysResult.Failed(Errno.NotSupported);
        bool kernelCuts = _kernelCuts && segmentBytes * 2 <= BytesPerCall;
        int most = kernelCuts ? Math.Min(SegmentsPerCall, BytesPerCall / segmentBytes) : SegmentsPerCall;
        int sent = 0;
        fixed (byte* bytes = segments)
        {
            while (sent < segments.Length)
            {
                int run = Math.Min(most * segmentBytes, segments.Length - sent);
                SysResult result = kernelCuts && run > segmentBytes
                    ? SendCut(socket, bytes + sent, run, segmentBytes, &address)
                    : SendMany(socket, bytes + sent, run, segmentBytes, &address);
                if (result.Errno == Errno.Interrupted) continue;
                if (kernelCuts && run > segmentBytes && IsRefusalToCut(result.Errno))
                {
                    kernelCuts = false;
                    continue;
                }

                if (result.IsError) return sent > 0 ? SysResult.Ok(sent) : result;
                sent += result.Count;
            }
        }

        return SysResult.Ok(sent);
    }

    /// <summary>
    /// True when the same bytes may pass as single datagrams. Where a device cannot (EIO: it computes no checksums,
    /// before Linux 6.11) it never will; where the path's MTU is too small for a segment only this peer is concerned.
    /// </summary>
    private bool IsRefusalToCut(Errno errno)
    {
        if (errno is Errno.InputOutput or Errno.NotSupported or ENOPROTOOPT) _kernelCuts = false;
        return errno is Errno.InputOutput or Errno.NotSupported or ENOPROTOOPT or EINVAL or Errno.MessageTooLong;
    }

    private static SysResult SendCut(int socket, byte* bytes, int length, int segmentBytes, sockaddr_in* address)
    {
        SegmentControl control = new()
        {
            Header = new()
            {
                cmsg_len = SegmentControl.Length,
                cmsg_level = SOL_UDP,
                cmsg_type = UDP_SEGMENT,
            },
            SegmentBytes = (ushort)segmentBytes,
        };
        iovec piece = new() { iov_base = bytes, iov_len = (nuint)length };
        msghdr message = new()
        {
            msg_name = address,
            msg_namelen = (uint)sizeof(sockaddr_in),
            msg_iov = &piece,
            msg_iovlen = 1,
            msg_control = &control,
            msg_controllen = (nuint)sizeof(SegmentControl),
        };
        return SystemCall.Result(Libc.sendmsg(socket, &message, 0));
    }

    /// <returns>Bytes of the datagrams that went out; the error only when not even the first did.</returns>
    private static SysResult SendMany(int socket, byte* bytes, int length, int segmentBytes, sockaddr_in* address)
    {
        if (length <= segmentBytes)
        {
            return SystemCall.Result(
                Libc.sendto(socket, bytes, (nuint)length, 0, address, (uint)sizeof(sockaddr_in)));
        }

        mmsghdr* messages = stackalloc mmsghdr[SegmentsPerCall];
        iovec* pieces = stackalloc iovec[SegmentsPerCall];
        int count = 0;
        for (int at = 0; at < length && count < SegmentsPerCall; at += segmentBytes, count++)
        {
            pieces[count] = new() { iov_base = bytes + at, iov_len = (nuint)Math.Min(segmentBytes, length - at) };
            messages[count] = new()
            {
                msg_hdr = new()
                {
                    msg_name = address,
                    msg_namelen = (uint)sizeof(sockaddr_in),
                    msg_iov = pieces + count,
                    msg_iovlen = 1,
                },
            };
        }

        SysResult result = SystemCall.Result(Libc.sendmmsg(socket, messages, (uint)count, 0));
        return result.IsError ? result : SysResult.Ok(Math.Min((long)result.Count * segmentBytes, length));
    }

    /// <summary>
    /// Asked before the first use: a kernel that does not know the control message ignores it, and would send the
    /// whole run as one datagram.
    /// </summary>
    private static bool KernelCuts()
    {
        SysResult opened = SocketAddress.Open(AF_INET, SOCK_DGRAM);
        if (opened.IsError) return false;
        int value = 0;
        uint length = sizeof(int);
        bool known = Libc.getsockopt(opened.Count, SOL_UDP, UDP_SEGMENT, &value, &length) == 0;
        _ = Libc.close(opened.Count);
        return known;
    }
}
