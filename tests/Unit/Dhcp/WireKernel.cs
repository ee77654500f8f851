using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tests.Unit.Dhcp;

/// <summary>One socket's worth of kernel: hands in queued datagrams and records what is sent.</summary>
internal sealed class WireKernel : IKernel
{
    private readonly Queue<(byte[] Datagram, DatagramInfo Info)> _incoming = [];
    private readonly Queue<(byte[] Frame, FrameInfo Info)> _incomingFrames = [];
    private readonly Dictionary<int, int> _handles = [];
    private readonly StringBuilder _log = new();
    private int _nextHandle = 3;

    public List<UdpOptions> Opened { get; } = [];

    public List<int> Closed { get; } = [];

    public List<(byte[] Datagram, IpEndpoint Peer)> Sent { get; } = [];

    public List<byte[]> Frames { get; } = [];

    /// <summary>The last packet socket with each filter.</summary>
    public Dictionary<PacketFilter, int> PacketHandles { get; } = [];

    public string LogText => _log.ToString();

    public int PortInUse { get; set; }

    public bool RefusePackets { get; set; }

    public bool RefuseFrames { get; set; }

    /// <summary>Frames to this hardware address are refused.</summary>
    public byte[]? RefusedTarget { get; set; }

    /// <summary>False to forget what is sent, so that nothing is allocated here.</summary>
    public bool IsRecording { get; set; } = true;

    /// <summary>A datagram that is received once, without the queue.</summary>
    public byte[]? Next { get; set; }

    public int HandleOf(int port) => _handles[port];

    public void Enqueue(byte[] datagram, IpEndpoint peer, Ipv4Address local) =>
        _incoming.Enqueue((datagram, new DatagramInfo(peer, DhcpWorld.ServerAddress, 2) { IsBroadcast = local == Ipv4Address.Broadcast }));

    public SysResult OpenUdp(in UdpOptions options)
    {
        if (options.Local.Port == PortInUse) return SysResult.Failed(Errno.AddressInUse);
        Opened.Add(options);
        _handles[options.Local.Port] = _nextHandle;
        return SysResult.Ok(_nextHandle++);
    }

    public void EnqueueFrame(byte[] frame, bool isChecksumPending = false) =>
        _incomingFrames.Enqueue((frame, new(isChecksumPending)));

    public SysResult OpenPacket(int interfaceIndex, PacketFilter filter)
    {
        if (RefusePackets) return SysResult.Failed(Errno.NotPermitted);
        PacketHandles[filter] = _nextHandle;
        return SysResult.Ok(_nextHandle++);
    }

    public SysResult ReceiveFrame(int socket, Span<byte> buffer, out FrameInfo info)
    {
        info = default;
        if (!_incomingFrames.TryDequeue(out (byte[] Frame, FrameInfo Info) first)) return SysResult.Failed(Errno.WouldBlock);
        info = first.Info;
        if (first.Frame.Length > buffer.Length) return SysResult.Failed(Errno.MessageTooLong);
        first.Frame.CopyTo(buffer);
        return SysResult.Ok(first.Frame.Length);
    }

    public SysResult ReceiveFrom(int socket, Span<byte> buffer, out DatagramInfo info)
    {
        info = default;
        if (Next is { } next)
        {
            Next = null;
            next.CopyTo(buffer);
            info = new(new(Ipv4Address.Any, 68), DhcpWorld.ServerAddress, 2) { IsBroadcast = true };
            return SysResult.Ok(next.Length);
        }

        if (!_incoming.TryDequeue(out (byte[] Datagram, DatagramInfo Info) first)) return SysResult.Failed(Errno.WouldBlock);
        info = first.Info;
        if (first.Datagram.Length > buffer.Length) return SysResult.Failed(Errno.MessageTooLong);
        first.Datagram.CopyTo(buffer);
        return SysResult.Ok(first.Datagram.Length);
    }

    public SysResult ReceiveError(int socket, out IpEndpoint peer) => throw new NotSupportedException();

    public SysResult ReceiveMany(int socket, Span<byte> buffer, Span<ReceivedDatagram> datagrams)
    {
        int roomBytes = buffer.Length / datagrams.Length;
        for (int i = 0; i < datagrams.Length; i++)
        {
            SysResult received = ReceiveFrom(socket, buffer.Slice(i * roomBytes, roomBytes), out DatagramInfo info);
            if (received.WouldBlock) return i == 0 ? received : SysResult.Ok(i);
            datagrams[i] = new(received, info);
        }

        return SysResult.Ok(datagrams.Length);
    }

    public SysResult SendMany(
        int socket, ReadOnlySpan<byte> bytes, ReadOnlySpan<OutgoingDatagram> datagrams, IpAddress source, int interfaceIndex)
    {
        foreach (ref readonly OutgoingDatagram datagram in datagrams)
            SendTo(socket, bytes.Slice(datagram.Start, datagram.Length), datagram.Peer, source, interfaceIndex);
        return SysResult.Ok(datagrams.Length);
    }

    public SysResult SendFrames(
        int socket, int interfaceIndex, ReadOnlySpan<byte> bytes, ReadOnlySpan<OutgoingDatagram> frames)
    {
        for (int i = 0; i < frames.Length; i++)
        {
            SysResult sent = SendFrame(socket, interfaceIndex, bytes.Slice(frames[i].Start, frames[i].Length));
            if (sent.IsError) return i == 0 ? sent : SysResult.Ok(i);
        }

        return SysResult.Ok(frames.Length);
    }

    public SysResult SendTo(int socket, ReadOnlySpan<byte> datagram, in IpEndpoint peer, IpAddress source, int interfaceIndex)
    {
        if (IsRecording) Sent.Add((datagram.ToArray(), peer));
        return SysResult.Ok(datagram.Length);
    }

    public SysResult SendFrame(int socket, int interfaceIndex, ReadOnlySpan<byte> frame)
    {
        if (RefuseFrames || (RefusedTarget is { } target && frame.StartsWith(target))) return SysResult.Failed(Errno.NoBuffers);
        if (IsRecording) Frames.Add(frame.ToArray());
        return SysResult.Ok(frame.Length);
    }

    public SysResult BecomeUser(uint user, uint group) => throw new NotSupportedException();

    public SysResult GiveUpPrivileges() => throw new NotSupportedException();

    public Duration WatchdogPeriod => Duration.Zero;

    public void NotifyService(ReadOnlySpan<byte> state) => throw new NotSupportedException();

    public SysResult OpenLinkWatch() => throw new NotSupportedException();

    public SysResult WriteOutput(ReadOnlySpan<byte> text) => throw new NotSupportedException();

    public long FlushLog() => 0;

    public void WriteLog(ReadOnlySpan<byte> line)
    {
        if (IsRecording) _log.Append(Encoding.UTF8.GetString(line));
    }

    public void Close(int handle) => Closed.Add(handle);

    public SysResult Watch(int handle, SocketToken token, Readiness interest) => SysResult.Ok();

    public long UnixTimeSeconds() => 0;

    public Instant Now() => throw new NotSupportedException();

    public void FillRandom(Span<byte> target) => throw new NotSupportedException();

    public int Wait(Span<ReadyEvent> ready, Instant until) => throw new NotSupportedException();

    public KernelSignal TakeSignal() => throw new NotSupportedException();

    public SysResult SendSegments(int socket, ReadOnlySpan<byte> segments, int segmentBytes, in IpEndpoint peer) =>
        throw new NotSupportedException();

    public SysResult Listen(in IpEndpoint local, int interfaceIndex) => throw new NotSupportedException();

    public SysResult Accept(int listener, out IpEndpoint peer, out IpEndpoint local) => throw new NotSupportedException();

    public SysResult Receive(int connection, Span<byte> buffer) => throw new NotSupportedException();

    public SysResult Send(int connection, ReadOnlySpan<byte> bytes, bool more) => throw new NotSupportedException();

    public SysResult Cork(int connection, bool isOn) => throw new NotSupportedException();

    public SysResult SendFile(int connection, int file, long offset, long count) => throw new NotSupportedException();

    public SysResult Shutdown(int connection) => throw new NotSupportedException();

    public int HandleLimit => throw new NotSupportedException();

    public SysResult OpenFile(ReadOnlySpan<byte> path, out FileStatus status) => throw new NotSupportedException();

    public SysResult ReadAt(int file, Span<byte> target, long offset) => throw new NotSupportedException();

    public SysResult ReadStripes(int file, Span<byte> target, int gapBytes, int dataBytes, long offset) =>
        throw new NotSupportedException();

    public SysResult GetStatus(ReadOnlySpan<byte> path, out FileStatus status) => throw new NotSupportedException();

    public SysResult OpenFolder(ReadOnlySpan<byte> path) => throw new NotSupportedException();

    public SysResult ReadFolder(int folder, Span<byte> room, Span<FolderEntry> entries) => throw new NotSupportedException();

    public SysResult LockFolder(ReadOnlySpan<byte> path) => throw new NotSupportedException();

    public SysResult OpenForWriting(ReadOnlySpan<byte> path, bool isNew) => throw new NotSupportedException();

    public SysResult WriteAt(int file, ReadOnlySpan<byte> bytes, long offset) => throw new NotSupportedException();

    public SysResult Truncate(int file, long length) => throw new NotSupportedException();

    public SysResult Sync(int handle) => throw new NotSupportedException();

    public SysResult Rename(ReadOnlySpan<byte> path, ReadOnlySpan<byte> newPath) => throw new NotSupportedException();

    public SysResult ListInterfaces(List<NetworkInterface> interfaces) => throw new NotSupportedException();
}
