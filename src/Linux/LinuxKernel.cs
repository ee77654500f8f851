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
    private readonly ErrorStream _errors;
    private readonly SignalIntake? _signals;
    private readonly ServiceSocket? _service;
    private SpinGauge _spin = new(Libc.sysconf(_SC_NPROCESSORS_ONLN) > 1);

    /// <param name="takesSignals">False for a command that runs and ends: a signal stops it.</param>
    /// <param name="isFirstProcess">Of a machine: Ctrl-Alt-Del is a signal, too.</param>
    public LinuxKernel(bool takesSignals = true, bool isFirstProcess = false)
    {
        _errors = new(keeps: takesSignals);
        if (!takesSignals) return;
        Check.BeforeFailure = _errors.Flush;
        _signals = new(isFirstProcess);
        Check.That(!_watched.Watch(_signals.Handle, SignalDatum, Readiness.Readable).IsError);
        Privileges.UseWhatIsGranted();
        _service = new(
            Environment.GetEnvironmentVariable("NOTIFY_SOCKET"),
            Environment.GetEnvironmentVariable("WATCHDOG_USEC"),
            Environment.GetEnvironmentVariable("WATCHDOG_PID"));
    }

    /// <summary>Takes what is logged, too; null for nobody.</summary>
    public ConsoleEvents? Console { get; set; }

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
        int found = WaitFor(ready.Length, until);
        int count = 0;
        for (int i = 0; i < found; i++)
        {
            ulong datum = _watched.Event(i, out Readiness readiness);
            if (datum == SignalDatum) _signals?.Read();
            else ready[count++] = new(SocketToken.FromDatum(datum), readiness);
        }

        return count;
    }

    private int WaitFor(int most, Instant until)
    {
        Instant begin = Now();
        Duration? left = until == Instant.Never ? null : Duration.Max(Duration.Zero, until - begin);
        if (left == Duration.Zero) return _watched.Wait(most, left);
        int found = 0;
        if (_spin.IsWorthwhile && (left is not { } time || time > SpinGauge.Longest))
        {
            Instant now;
            do
            {
                found = _watched.Wait(most, Duration.Zero);
                now = Now();
            }
            while (found == 0 && now - begin < SpinGauge.Longest);
            _spin.OnWaited(now - begin, found > 0, isSlept: false);
            if (found > 0) return found;
        }

        found = _watched.Wait(most, left);
        _spin.OnWaited(Now() - begin, found > 0, isSlept: true);
        return found;
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

    public SysResult ReceiveMany(int socket, Span<byte> buffer, Span<ReceivedDatagram> datagrams)
    {
        SysResult received = DatagramBatches.Receive(socket, buffer, datagrams);
        if (!received.IsError) _spin.OnReceived(received.Count);
        return received;
    }

    public SysResult ReceiveError(int socket, out IpEndpoint peer) => DatagramSockets.ReceiveError(socket, out peer);

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

    public SysResult Cork(int connection, bool isOn) => StreamSockets.Cork(connection, isOn);

    public SysResult SendFile(int connection, int file, long offset, long count) =>
        StreamSockets.SendFile(connection, file, offset, count);

    public SysResult Shutdown(int connection) => StreamSockets.Shutdown(connection);

    /// <summary>Never tried twice: Linux frees the handle even when a signal interrupts.</summary>
    public void Close(int handle)
    {
        _watched.Forget(handle);
        _ = Libc.close(handle);
    }

    public int HandleLimit { get; } = RaiseHandleLimit();

    public SysResult OpenFile(ReadOnlySpan<byte> path, out FileStatus status) => _files.Open(path, out status);

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

    public SysResult OpenFolder(ReadOnlySpan<byte> path) => _files.OpenFolder(path);

    public SysResult ReadFolder(int folder, Span<byte> room, Span<FolderEntry> entries) =>
        FileCalls.ReadFolder(folder, room, entries);

    public SysResult ListInterfaces(List<NetworkInterface> interfaces) => InterfaceList.Read(interfaces);

    public SysResult BecomeUser(uint user, uint group) => Privileges.Become(user, group);

    public SysResult GiveUpPrivileges() => Privileges.GiveUp();

    public Duration WatchdogPeriod => _service?.WatchdogPeriod ?? Duration.Zero;

    public void NotifyService(ReadOnlySpan<byte> state) => _service?.Send(state);

    public SysResult OpenLinkWatch() => LinkWatchSocket.Open();

    public SysResult WriteOutput(ReadOnlySpan<byte> text) => OutputStream.Write(text);

    public void WriteLog(ReadOnlySpan<byte> line)
    {
        Console?.Add(line);
        if (Console is not { IsScreen: true }) _errors.Write(line);
    }

    public long FlushLog()
    {
        _errors.Flush();
        return _errors.TakeLost();
    }

    /// <summary>Closes what the kernel opened for itself; the handles it gave out are their owners'.</summary>
    public void Dispose()
    {
        _errors.Flush();
        _signals?.Close();
        _service?.Close();
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
    /// <returns>How many that are.</returns>
    private static int RaiseHandleLimit()
    {
        rlimit limit = default;
        if (Libc.prlimit(0, RLIMIT_NOFILE, null, &limit) != 0) return 1024;
        rlimit raised = new() { rlim_cur = limit.rlim_max, rlim_max = limit.rlim_max };
        bool isRaised = limit.rlim_cur != limit.rlim_max && Libc.prlimit(0, RLIMIT_NOFILE, &raised, null) == 0;
        return (int)Math.Min(isRaised ? raised.rlim_cur : limit.rlim_cur, int.MaxValue);
    }
}
