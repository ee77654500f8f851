using System;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Dhcp;

/// <summary>What carries a reply; nothing when there is no way to its client.</summary>
/// <param name="Link">The link that it leaves by.</param>
/// <param name="Socket">The socket.</param>
/// <param name="IsFrame">As a raw frame, and not as a datagram.</param>
internal readonly record struct ReplyCarrier(DhcpLink? Link, int Socket, bool IsFrame);

/// <summary>Sends the replies of a turn: those that follow one another through one socket with one call.</summary>
internal sealed class ReplySender(IKernel kernel, DhcpEvents events)
{
    private readonly OutgoingDatagram[] _run = new OutgoingDatagram[Limits.DhcpReplies];

    public void Send(Instant now, ReplyBatch replies)
    {
        ReplyCarrier carrier = default;
        int first = 0;
        for (int i = 0; i < replies.Count; i++)
        {
            ref readonly ReplyPath path = ref replies.PathOf(i);
            ReplyCarrier next = path.Origin.Link.Prepare(path.Origin, path.Route, path.Client, replies.FrameOf(i));
            if (next != carrier)
            {
                SendRun(now, carrier, replies, first, i);
                (carrier, first) = (next, i);
            }

            int start = ReplyBatch.StartOf(i);
            int skipped = next.IsFrame ? 0 : UdpFrame.HeaderBytes;
            _run[i] = new(start + skipped, replies.FrameOf(i).Length - skipped, PeerOf(path.Route));
        }

        SendRun(now, carrier, replies, first, replies.Count);
    }

    /// <summary>Without raw frames a client that has no address yet is answered by broadcast.</summary>
    private static IpEndpoint PeerOf(in DhcpRoute route) =>
        route.Kind == DhcpRouteKind.HardwareAddress ? DhcpRoute.ToAll.Peer : route.Peer;

    private void SendRun(Instant now, in ReplyCarrier carrier, ReplyBatch replies, int first, int end)
    {
        while (first < end)
        {
            SysResult sent = Send(carrier, replies.Bytes, _run.AsSpan(first, end - first));
            if (!sent.IsError)
            {
                Check.That(sent.Count > 0);
                first += sent.Count;
                continue;
            }

            // The first of them was refused; the others need not suffer for it.
            ref readonly ReplyPath path = ref replies.PathOf(first);
            if (carrier.IsFrame) sent = SendInstead(path, replies.FrameOf(first)[UdpFrame.HeaderBytes..], sent);
            if (sent.IsError) events.OnSendFailed(now, path.Route, sent.Errno);
            first++;
        }
    }

    private SysResult Send(in ReplyCarrier carrier, ReadOnlySpan<byte> bytes, ReadOnlySpan<OutgoingDatagram> run)
    {
        if (carrier.Link is not { } link) return SysResult.Failed(Errno.NotSupported);
        return carrier.IsFrame
            ? kernel.SendFrames(carrier.Socket, link.Interface.Index, bytes, run)
            : kernel.SendMany(carrier.Socket, bytes, run, link.Server, link.Interface.Index);
    }

    /// <summary>By broadcast, where a frame was refused and there is a port of ours to send from.</summary>
    private SysResult SendInstead(in ReplyPath path, ReadOnlySpan<byte> message, SysResult refused)
    {
        DhcpLink link = path.Origin.Link;
        int socket = link.SocketOf(path.Origin.Port);
        return socket < 0
            ? refused
            : kernel.SendTo(socket, message, DhcpRoute.ToAll.Peer, link.Server, link.Interface.Index);
    }
}
