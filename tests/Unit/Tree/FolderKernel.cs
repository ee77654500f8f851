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
    private readonly Dictionary<string, List<DirectoryEntry>> _folders = [];
    private readonly Dictionary<string, FileStatus> _status = [];
    private readonly Dictionary<string, Errno> _refused = [];

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

    public SysResult ListDirectory(ReadOnlySpan<byte> path, List<DirectoryEntry> entries)
    {
        Listed++;
        string name = Encoding.UTF8.GetString(path);
        if (_refused.TryGetValue(name, out Errno errno)) return SysResult.Failed(errno);
        entries.AddRange(Find(name));
        return SysResult.Ok();
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

    public SysResult SendFile(int connection, int file, long offset, long count) => throw new NotSupportedException();

    public SysResult Shutdown(int connection) => throw new NotSupportedException();

    public void Close(int handle) => throw new NotSupportedException();

    public SysResult OpenFile(ReadOnlySpan<byte> path) => throw new NotSupportedException();

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

    public SysResult WriteOutput(ReadOnlySpan<byte> text) => throw new NotSupportedException();

    public void WriteLog(ReadOnlySpan<byte> line) => throw new NotSupportedException();

    private FolderKernel Add(string path, FileStatus status)
    {
        _status[path] = status;
        int slash = path.LastIndexOf('/');
        if (slash > 0 && _folders.TryGetValue(path[..slash], out List<DirectoryEntry>? siblings))
        {
            siblings.Add(new(Encoding.UTF8.GetBytes(path[(slash + 1)..]), status));
        }

        return this;
    }

    /// <summary>A path through links: the longest known beginning, then by its entries' own names.</summary>
    private List<DirectoryEntry> Find(string path)
    {
        if (_folders.TryGetValue(path, out List<DirectoryEntry>? entries)) return entries;
        int slash = path.LastIndexOf('/');
        List<DirectoryEntry> parent = Find(path[..slash]);
        foreach ((string known, List<DirectoryEntry> candidate) in _folders)
        {
            bool isSame = known.EndsWith(path[slash..], StringComparison.Ordinal)
                && _folders.TryGetValue(known[..known.LastIndexOf('/')], out List<DirectoryEntry>? above) && above == parent;
            if (isSame) return candidate;
        }

        throw new InvalidOperationException(path);
    }
}
