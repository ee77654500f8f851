using System;
using System.Collections.Generic;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>The real kernel: the seam over libc. A handle is a file descriptor.</summary>
/// <remarks>
/// Made once, first thing in the process and on the thread that runs the loop: it takes the signals. Nothing here
/// allocates after that but what <see cref="IKernel"/> says does.
/// </remarks>
internal sealed unsafe class LinuxKernel : IKernel, IDisposable
{
    /// <summary>The datum of the signals' handle; no token gives it, for a slot has no sign.</summary>
    private const ulong SignalDatum = ulong.MaxValue;

    private readonly EpollSet _watched = new();
    private readonly FileCalls _files = new();
    private readonly SegmentSender _segments = new();
    private readonly ErrorStream _errors = new();
    private readonly SignalIntake? _signals;

    /// <param name="takesSignals">False for a command that runs and ends: a signal stops it.</param>
    public LinuxKernel(bool takesSignals = true)
    {
        RaiseHandleLimit();
        if (!takesSignals) return;
        _signals = new();
        Check.That(!_watched.Watch(_signals.Handle, SignalDatum, Readiness.Readable).IsError);
    }

    public Instant Now()
    {
        timespec time = Clock(CLOCK_MONOTONIC);
        return new((time.tv_sec * 1_000_000_000) + time.tv_nsec);
    }

    public long UnixTimeSeconds() => Clock(CLOCK_REALTIME_COARSE).tv_sec;

    public void FillRandom(Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            fixed (byte* bytes = target)
            {
                SysResult result = SystemCall.Result(Libc.getrandom(bytes, (nuint)target.Length, 0));
                if (result.Errno == Errno.Interrupted) continue;
                Check.That(!result.IsError); // without chance a peer could guess: better not to serve
                target = target[result.Count..];
            }
        }
    }

    public int Wait(Span<ReadyEvent> ready, Instant until)
    {
        Duration? left = until == Instant.Never ? null : Duration.Max(Duration.Zero, until - Now());
        int found = _watched.Wait(ready.Length, left);
        int count = 0;
        for (int i = 0; i < found; i++)
        {
            ulong datum = _watched.Event(i, out Readiness readiness);
            if (datum == SignalDatum) _signals?.Read();
            else ready[count++] = new(SocketToken.FromDatum(datum), readiness);
        }

        return count;
    }

    public SysResult Watch(int handle, SocketToken token, Readiness interest) =>
        _watched.Watch(handle, token.Datum, interest);

    public KernelSignal TakeSignal() => _signals?.Take() ?? KernelSignal.None;

    public SysResult OpenUdp(in UdpOptions options) => DatagramSockets.Open(options);

    public SysResult OpenPacket(int interfaceIndex, PacketFilter filter) => PacketSockets.Open(interfaceIndex, filter);

    public SysResult ReceiveFrame(int socket, Span<byte> buffer, out FrameInfo info) =>
        PacketSockets.Receive(socket, buffer, out info);

    public SysResult ReceiveFrom(int socket, Span<byte> buffer, out DatagramInfo info) =>
        DatagramSockets.ReceiveFrom(socket, buffer, out info);

    public SysResult ReceiveMany(int socket, Span<byte> buffer, Span<ReceivedDatagram> datagrams) =>
        DatagramBatches.Receive(socket, buffer, datagrams);

    public SysResult SendTo(
        int socket, ReadOnlySpan<byte> datagram, in IpEndpoint peer, IpAddress source, int interfaceIndex) =>
        DatagramSockets.SendTo(socket, datagram, peer, source, interfaceIndex);

    public SysResult SendSegments(int socket, ReadOnlySpan<byte> segments, int segmentBytes, in IpEndpoint peer) =>
        _segments.Send(socket, segments, segmentBytes, peer);

    public SysResult SendMany(
        int socket,
        ReadOnlySpan<byte> bytes,
        ReadOnlySpan<OutgoingDatagram> datagrams,
        IpAddress source,
        int interfaceIndex) =>
        DatagramBatches.Send(socket, bytes, datagrams, source, interfaceIndex);

    public SysResult SendFrame(int socket, int interfaceIndex, ReadOnlySpan<byte> frame) =>
        PacketSockets.Send(socket, interfaceIndex, frame);

    public SysResult SendFrames(
        int socket, int interfaceIndex, ReadOnlySpan<byte> bytes, ReadOnlySpan<OutgoingDatagram> frames) =>
        DatagramBatches.SendFrames(socket, interfaceIndex, bytes, frames);

    public SysResult Listen(in IpEndpoint local, int interfaceIndex) => StreamSockets.Listen(local, interfaceIndex);

    public SysResult Accept(int listener, out IpEndpoint peer, out IpEndpoint local) =>
        StreamSockets.Accept(listener, out peer, out local);

    public SysResult Receive(int connection, Span<byte> buffer) => StreamSockets.Receive(connection, buffer);

    public SysResult Send(int connection, ReadOnlySpan<byte> bytes, bool more) =>
        StreamSockets.Send(connection, bytes, more);

    public SysResult SendFile(int connection, int file, long offset, long count) =>
        StreamSockets.SendFile(connection, file, offset, count);

    public SysResult Shutdown(int connection) => StreamSockets.Shutdown(connection);

    /// <summary>Never tried twice: Linux frees the handle even when a signal interrupts.</summary>
    public void Close(int handle) => _ = Libc.close(handle);

    public SysResult OpenFile(ReadOnlySpan<byte> path) => _files.Open(path);

    public SysResult ReadAt(int file, Span<byte> target, long offset) => FileCalls.ReadAt(file, target, offset);

    public SysResult ReadStripes(int file, Span<byte> target, int gapBytes, int dataBytes, long offset) =>
        FileCalls.ReadStripes(file, target, gapBytes, dataBytes, offset);

    public SysResult GetStatus(ReadOnlySpan<byte> path, out FileStatus status) => _files.GetStatus(path, out status);

    public SysResult LockFolder(ReadOnlySpan<byte> path) => _files.LockFolder(path);

    public SysResult OpenForWriting(ReadOnlySpan<byte> path, bool isNew) => _files.OpenForWriting(path, isNew);

    public SysResult WriteAt(int file, ReadOnlySpan<byte> bytes, long offset) => FileCalls.WriteAt(file, bytes, offset);

    public SysResult Truncate(int file, long length) => FileCalls.Truncate(file, length);

    public SysResult Sync(int handle) => FileCalls.Sync(handle);

    public SysResult Rename(ReadOnlySpan<byte> path, ReadOnlySpan<byte> newPath) => _files.Rename(path, newPath);

    public SysResult ListDirectory(ReadOnlySpan<byte> path, List<DirectoryEntry> entries) =>
        _files.ListFolder(path, entries);

    public SysResult ListInterfaces(List<NetworkInterface> interfaces) => InterfaceList.Read(interfaces);

    public SysResult WriteOutput(ReadOnlySpan<byte> text) => OutputStream.Write(text);

    public void WriteLog(ReadOnlySpan<byte> line) => _errors.Write(line);

    /// <summary>Closes what the kernel opened for itself; the handles it gave out are their owners'.</summary>
    public void Dispose()
    {
        _signals?.Close();
        _watched.Close();
    }

    private static timespec Clock(int clock)
    {
        timespec time = default;
        Check.That(Libc.clock_gettime(clock, &time) == 0);
        return time;
    }

    /// <summary>
    /// The usual 1,024 handles are for programs that use select; up to the hard limit is ours to take.
    /// </summary>
    private static void RaiseHandleLimit()
    {
        rlimit limit = default;
        if (Libc.prlimit(0, RLIMIT_NOFILE, null, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
        limit.rlim_cur = limit.rlim_max;
        _ = Libc.prlimit(0, RLIMIT_NOFILE, &limit, null);
    }
}
