using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tests.Unit.Trees;

/// <summary>A kernel that knows folders only, made from a list, so that links in a circle can be told.</summary>
internal sealed class FolderKernel : IKernel
{
    private readonly Dictionary<string, List<(byte[] Name, FileStatus Status)>> _folders = [];
    private readonly Dictionary<string, FileStatus> _status = [];
    private readonly Dictionary<string, Errno> _refused = [];

    private Queue<(byte[] Name, FileStatus Status)> _unread = new();

    /// <summary>A folder is open.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Folders fail at their end.</summary>
    public bool ReadFails { get; set; }

    /// <summary>How many folders were listed.</summary>
    public int Listed { get; private set; }

    public FolderKernel AddFolder(string path, ulong identity = 0)
    {
        _folders[path] = [];
        return Add(path, new(FileKind.Directory, 0, 0, identity));
    }

    public FolderKernel AddFile(string path, long size = 1) => Add(path, new(FileKind.Regular, size, 1_700_000_000));

    public FolderKernel AddOther(string path) => Add(path, new(FileKind.Other, 0, 0));

    /// <summary>A folder whose entries are another one's, as a link gives it.</summary>
    public FolderKernel AddLink(string path, string target)
    {
        _folders[path] = _folders[target];
        return Add(path, _status[target]);
    }

    public FolderKernel Refuse(string path, Errno errno)
    {
        _refused[path] = errno;
        return this;
    }

    public SysResult GetStatus(ReadOnlySpan<byte> path, out FileStatus status) =>
        _status.TryGetValue(Encoding.UTF8.GetString(path), out status) ? SysResult.Ok() : SysResult.Failed(Errno.NoEntry);

    public SysResult OpenFolder(ReadOnlySpan<byte> path)
    {
        Listed++;
        string name = Encoding.UTF8.GetString(path);
        if (_refused.TryGetValue(name, out Errno errno)) return SysResult.Failed(errno);
        if (IsOpen) throw new InvalidOperationException("one folder at a time: handles are few");
        IsOpen = true;
        _unread = new(Find(name));
        return SysResult.Ok(7);
    }

    public SysResult ReadFolder(int folder, Span<byte> room, Span<FolderEntry> entries)
    {
        if (!IsOpen || folder != 7) throw new InvalidOperationException("not open");
        if (_unread.Count == 0) return ReadFails ? SysResult.Failed(Errno.InputOutput) : SysResult.Ok();
        (byte[] name, FileStatus status) = _unread.Dequeue(); // one at a time: the scan must not care
        name.CopyTo(room);
        entries[0] = new(0, name.Length, status);
        return SysResult.Ok(1);
    }

    public void Close(int handle)
    {
        if (!IsOpen || handle != 7) throw new InvalidOperationException("not open");
        IsOpen = false;
    }

    public Instant Now() => throw new NotSupportedException();

    public long UnixTimeSeconds() => throw new NotSupportedException();

    public void FillRandom(Span<byte> target) => throw new NotSupportedException();

    public int Wait(Span<ReadyEvent> ready, Instant until) => throw new NotSupportedException();

    public SysResult Watch(int handle, SocketToken token, Readiness interest) => throw new NotSupportedException();

    public KernelSignal TakeSignal() => throw new NotSupportedException();

    public SysResult OpenUdp(in UdpOptions options) => throw new NotSupportedException();

    public SysResult OpenPacket(int interfaceIndex, PacketFilter filter) => throw new NotSupportedException();

    public SysResult ReceiveFrame(int socket, Span<byte> buffer, out FrameInfo info) => throw new NotSupportedException();

    public SysResult ReceiveFrom(int socket, Span<byte> buffer, out DatagramInfo info) => throw new NotSupportedException();

    public SysResult ReceiveMany(int socket, Span<byte> buffer, Span<ReceivedDatagram> datagrams) =>
        throw new NotSupportedException();

    public SysResult ReceiveError(int socket, out IpEndpoint peer) => throw new NotSupportedException();

    public SysResult SendMany(
        int socket, ReadOnlySpan<byte> bytes, ReadOnlySpan<OutgoingDatagram> datagrams, IpAddress source, int interfaceIndex) =>
        throw new NotSupportedException();

    public SysResult SendFrames(
        int socket, int interfaceIndex, ReadOnlySpan<byte> bytes, ReadOnlySpan<OutgoingDatagram> frames) =>
        throw new NotSupportedException();

    public SysResult SendTo(int socket, ReadOnlySpan<byte> datagram, in IpEndpoint peer, IpAddress source, int interfaceIndex) =>
        throw new NotSupportedException();

    public SysResult SendSegments(int socket, ReadOnlySpan<byte> segments, int segmentBytes, in IpEndpoint peer) =>
        throw new NotSupportedException();

    public SysResult SendFrame(int socket, int interfaceIndex, ReadOnlySpan<byte> frame) => throw new NotSupportedException();

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

    public SysResult LockFolder(ReadOnlySpan<byte> path) => throw new NotSupportedException();

    public SysResult OpenForWriting(ReadOnlySpan<byte> path, bool isNew) => throw new NotSupportedException();

    public SysResult WriteAt(int file, ReadOnlySpan<byte> bytes, long offset) => throw new NotSupportedException();

    public SysResult Truncate(int file, long length) => throw new NotSupportedException();

    public SysResult Sync(int handle) => throw new NotSupportedException();

    public SysResult Rename(ReadOnlySpan<byte> path, ReadOnlySpan<byte> newPath) => throw new NotSupportedException();

    public SysResult ListInterfaces(List<NetworkInterface> interfaces) => throw new NotSupportedException();

    public SysResult BecomeUser(uint user, uint group) => throw new NotSupportedException();

    public SysResult GiveUpPrivileges() => throw new NotSupportedException();

    public Duration WatchdogPeriod => Duration.Zero;

    public void NotifyService(ReadOnlySpan<byte> state) => throw new NotSupportedException();

    public SysResult OpenLinkWatch() => throw new NotSupportedException();

    public SysResult WriteOutput(ReadOnlySpan<byte> text) => throw new NotSupportedException();

    public long FlushLog() => throw new NotSupportedException();

    public void WriteLog(ReadOnlySpan<byte> line) => throw new NotSupportedException();

    private FolderKernel Add(string path, FileStatus status)
    {
        _status[path] = status;
        int slash = path.LastIndexOf('/');
        if (slash > 0 && _folders.TryGetValue(path[..slash], out List<(byte[] Name, FileStatus Status)>? siblings))
        {
            siblings.Add((Encoding.UTF8.GetBytes(path[(slash + 1)..]), status));
        }

        return this;
    }

    /// <summary>A path through links: the longest known beginning, then by its entries' own names.</summary>
    private List<(byte[] Name, FileStatus Status)> Find(string path)
    {
        if (_folders.TryGetValue(path, out List<(byte[] Name, FileStatus Status)>? entries)) return entries;
        int slash = path.LastIndexOf('/');
        List<(byte[] Name, FileStatus Status)> parent = Find(path[..slash]);
        foreach ((string known, List<(byte[] Name, FileStatus Status)> candidate) in _folders)
        {
            bool isSame = known.EndsWith(path[slash..], StringComparison.Ordinal)
                && _folders.TryGetValue(known[..known.LastIndexOf('/')], out List<(byte[] Name, FileStatus Status)>? above) && above == parent;
            if (isSame) return candidate;
        }

        throw new InvalidOperationException(path);
    }
}
