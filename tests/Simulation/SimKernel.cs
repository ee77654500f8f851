using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using Aglet.Core;
using Aglet.Dhcp;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;
using Aglet.Wire;

namespace Aglet.Tests.Simulation;

/// <summary>What became of a connection request.</summary>
internal enum SimConnectResult : byte
{
    Accepted,
    Refused,

    /// <summary>The listener's queue is full.</summary>
    Dropped,
}

/// <summary>
/// The kernel of the simulated server: the product's endpoints run on it as they run on Linux, in virtual time and
/// against a network and a kernel that fail as <see cref="FaultRates"/> say.
/// </summary>
/// <remarks>
/// What the simulator itself allocates while the server calls it is counted in <see cref="OutsideBytes"/>, so that a test
/// can tell the server's own allocations from it: see <see cref="AllocationMeter"/>.
/// </remarks>
internal sealed class SimKernel : IKernel
{
    /// <summary>The loopback interface's number.</summary>
    public const int Loopback = 1;

    /// <summary>The first Ethernet interface's number.</summary>
    public const int FirstInterface = 2;

    /// <summary>What one turn of the loop costs at least, so that work can pile up while the server computes.</summary>
    private static readonly Duration _turnCost = Duration.FromMicroseconds(5);

    private static readonly Duration _stall = Duration.FromMilliseconds(20);

    private readonly List<NetworkInterface> _interfaces = [];
    private readonly List<SimHandle> _handles = [];
    private readonly Stack<SimHandle> _free = new();
    private readonly SimHandle?[] _udpPorts = new SimHandle?[65536];
    private readonly List<SimHandle> _packetSockets = [];
    private readonly SimHandle?[] _tcpPorts = new SimHandle?[65536];
    private readonly int[] _openCounts = new int[8];
    private readonly Queue<SimHandle> _maybeReady = new();
    private readonly Queue<KernelSignal> _signals = new();
    private readonly byte[] _log = new byte[1 << 20];
    private Prng _prng;
    private Prng _secrets;
    private int _logLength;
    private int _outsideDepth;
    private long _outsideMark;
    private ushort _nextPort;
    private long _turn;
    private bool _isInterrupted;

    private readonly List<byte> _output = [];

    public SimKernel(SimNetwork network, string address = "10.0.0.1/24")
    {
        Network = network;
        network.Server = this;
        Files = new();
        Disk = new(Files, network.Seed);
        _prng = new(network.Seed ^ 0x6B65_726E_656C_0000);
        _secrets = new(network.Seed ^ 0x7365_6372_6574_0000);
        _nextPort = (ushort)(32768 + _prng.Below(20_000));
        _interfaces.Add(new("lo", Loopback, default, new(new(0x7F00_0001), 8), true, true));
        AddInterface("eth0", address);
    }

    /// <summary>A kernel on a network of its own.</summary>
    public SimKernel(ulong seed, FaultRates rates, string address = "10.0.0.1/24")
        : this(new SimNetwork(seed, rates), address)
    {
    }

    public SimNetwork Network { get; }

    public SimFiles Files { get; }

    /// <summary>What is written through, and how it fails.</summary>
    public SimDisk Disk { get; }

    /// <summary>Added to the time of day: somebody, or NTP, sets the clock.</summary>
    public long ClockErrorSeconds { get; set; }

    /// <summary>Managed bytes that the simulator, not the server, allocated inside the server's calls.</summary>
    public long OutsideBytes { get; private set; }

    /// <summary>Lines that were logged.</summary>
    public long LogLines { get; private set; }

    /// <summary>UDP ports that another program of the server's host holds and does not share.</summary>
    public HashSet<int> TakenPorts { get; } = [];

    /// <summary>The last lines of the log.</summary>
    public string LogText => Encoding.UTF8.GetString(_log, 0, _logLength);

    /// <summary>What commands printed.</summary>
    public byte[] Output => [.. _output];

    /// <summary>Datagrams that no socket had room or ear for.</summary>
    public long Unheard { get; private set; }

    /// <summary>Datagrams that the server sent.</summary>
    public long Sent { get; private set; }

    /// <summary>The interface with a number.</summary>
    public NetworkInterface Interface(int index = FirstInterface) => _interfaces[index - 1];

    /// <summary>Open handles of a kind: what is left at the end was leaked.</summary>
    public int Open(SimHandleKind kind) => _openCounts[(int)kind];

    /// <summary>Adds another Ethernet link.</summary>
    public NetworkInterface AddInterface(string name, string address)
    {
        int slash = address.IndexOf('/', StringComparison.Ordinal);
        if (!Ipv4Address.TryParse(Encoding.ASCII.GetBytes(address[..slash]), out Ipv4Address own))
        {
            throw new ArgumentException(address);
        }

        int index = _interfaces.Count + 1;
        HardwareAddress hardware = HardwareAddress.Read([0x02, 0xA6, 0x1E, 0x70, 0x00, (byte)index]);
        Ipv4Prefix prefix = new(own, int.Parse(address[(slash + 1)..], null));
        _interfaces.Add(new(name, index, hardware, prefix, true, false));
        return _interfaces[index - 1];
    }

    /// <summary>A signal for the server.</summary>
    public void Raise(KernelSignal signal) => _signals.Enqueue(signal);

    /// <summary>Ends the wait of this turn with nothing ready, as a signal may that is none of ours (EINTR).</summary>
    public void Interrupt() => _isInterrupted = true;

    public Instant Now() => Network.Now;

    public long UnixTimeSeconds() => 1_750_000_000 + (Network.Now.Nanoseconds / 1_000_000_000) + ClockErrorSeconds;

    public void FillRandom(Span<byte> target)
    {
        for (int i = 0; i < target.Length; i++) target[i] = (byte)(_secrets.Next() & 255);
    }

    public int Wait(Span<ReadyEvent> ready, Instant until)
    {
        using Outside _ = new(this);
        _turn++;
        Network.AdvanceTo(Network.Now + (_prng.Chance(Network.Rates.Stall) ? _stall : _turnCost));
        while (true)
        {
            if (_signals.Count > 0 || _isInterrupted)
            {
                _isInterrupted = false;
                return 0;
            }

            int count = Collect(ready);
            if (count > 0 || Network.Now >= until) return count;
            if (Network.TryStep(until)) continue;
            if (until == Instant.Never) throw new SimulationException("nothing will ever happen again: the server waits for ever");
            Network.AdvanceTo(until);
        }
    }

    public SysResult Watch(int handle, SocketToken token, Readiness interest)
    {
        using Outside _ = new(this);
        SimHandle watched = Get(handle);
        watched.IsWatched = true;
        watched.Token = token;
        watched.Interest = interest;
        List(watched);
        return SysResult.Ok();
    }

    public KernelSignal TakeSignal() => _signals.TryDequeue(out KernelSignal signal) ? signal : KernelSignal.None;

    public SysResult OpenUdp(in UdpOptions options)
    {
        using Outside _ = new(this);
        Ipv4Address address = options.Local.Address.Ipv4;
        if (!address.IsAny && !Owns(address)) return SysResult.Failed(Errno.AddressNotAvailable);
        ushort port = options.Local.Port == 0 ? FreePort() : options.Local.Port;
        if (TakenPorts.Contains(port)) return SysResult.Failed(Errno.AddressInUse);
        for (SimHandle? other = _udpPorts[port]; other is not null; other = other.NextOnPort)
        {
            bool sameLink = other.InterfaceIndex == options.InterfaceIndex || other.InterfaceIndex == 0 || options.InterfaceIndex == 0;
            Ipv4Address taken = other.Local.Address.Ipv4;
            if (options.IsShared && other.IsShared) continue;
            if (sameLink && (taken == address || taken.IsAny || address.IsAny)) return SysResult.Failed(Errno.AddressInUse);
        }

        if (IsFull || _prng.Chance(Network.Rates.TooManyFiles)) return SysResult.Failed(Errno.TooManyFiles);
        SimHandle socket = Take(SimHandleKind.Udp);
        socket.Local = new(address, port);
        socket.InterfaceIndex = options.InterfaceIndex;
        socket.MayBroadcast = options.Broadcast;
        socket.IsShared = options.IsShared;
        socket.KeepsErrors = options.KeepsErrors;

        // The kernel charges about 768 bytes for a small packet and doubles what was asked for.
        int buffer = options.ReceiveBufferBytes == 0 ? 212_992 : options.ReceiveBufferBytes * 2;
        socket.QueueMax = Math.Max(16, buffer / 2304);
        socket.NextOnPort = _udpPorts[port];
        _udpPorts[port] = socket;
        return SysResult.Ok(socket.Number);
    }

    public SysResult OpenPacket(int interfaceIndex, PacketFilter filter)
    {
        using Outside _ = new(this);
        if (interfaceIndex < FirstInterface || interfaceIndex > _interfaces.Count) return SysResult.Failed(Errno.NetworkDown);
        SimHandle socket = Take(SimHandleKind.Packet);
        socket.InterfaceIndex = interfaceIndex;
        socket.Filter = filter;
        socket.QueueMax = 900; // a megabyte of frames as the kernel charges for them
        if (filter != PacketFilter.None) _packetSockets.Add(socket);
        return SysResult.Ok(socket.Number);
    }

    public SysResult ReceiveFrame(int socket, Span<byte> buffer, out FrameInfo info)
    {
        using Outside _ = new(this);
        info = default;
        SimHandle handle = Get(socket, SimHandleKind.Packet);
        CountTurn(handle, receives: 1, bytes: 0);
        if (handle.Queued > 0 && _prng.Chance(Network.Rates.SpuriousReadiness)) return Refusal();
        if (handle.Dequeue() is not { } packet) return SysResult.Failed(Errno.WouldBlock);
        int length = SimFrame.Write(packet, HardwareAddressOf(packet.InterfaceIndex), buffer);
        Network.Return(packet);
        return length > 0 ? SysResult.Ok(length) : SysResult.Failed(Errno.MessageTooLong);
    }

    public SysResult ReceiveFrom(int socket, Span<byte> buffer, out DatagramInfo info)
    {
        using Outside _ = new(this);
        info = default;
        SimHandle udp = Get(socket, SimHandleKind.Udp);
        CountTurn(udp, receives: 1, bytes: 0);
        if (udp.Queued > 0 && _prng.Chance(Network.Rates.SpuriousReadiness)) return Refusal();
        if (udp.Dequeue() is not { } packet) return SysResult.Failed(Errno.WouldBlock);
        info = udp.KeepsErrors
            ? new(packet.Source, Ipv4Address.Any, 0)
            : new(packet.Source, packet.Destination.Address, packet.InterfaceIndex);
        if (IsBroadcast(packet.Destination.Address.Ipv4))
        {
            // IP_PKTINFO names the address that the packet was taken in by, which a reply may come from.
            info = info with { Local = Interface(packet.InterfaceIndex).Address.Address, IsBroadcast = true };
        }

        bool fits = packet.Length <= buffer.Length;
        if (fits) packet.Payload.CopyTo(buffer);
        int length = packet.Length;
        Network.Return(packet);
        return fits ? SysResult.Ok(length) : SysResult.Failed(Errno.MessageTooLong);
    }

    public SysResult ReceiveMany(int socket, Span<byte> buffer, Span<ReceivedDatagram> datagrams)
    {
        using Outside _ = new(this);
        int roomBytes = buffer.Length / datagrams.Length;
        for (int i = 0; i < datagrams.Length; i++)
        {
            SysResult received = ReceiveFrom(socket, buffer.Slice(i * roomBytes, roomBytes), out DatagramInfo info);
            if (received.IsError && received.Errno != Errno.MessageTooLong) return i == 0 ? received : SysResult.Ok(i);
            datagrams[i] = new(received, info);
        }

        return SysResult.Ok(datagrams.Length);
    }

    public SysResult ReceiveError(int socket, out IpEndpoint peer)
    {
        using Outside _ = new(this);
        peer = default;
        SimHandle udp = Get(socket, SimHandleKind.Udp);
        if (!udp.Errors.TryDequeue(out (IpEndpoint Peer, Errno Errno) error)) return SysResult.Failed(Errno.WouldBlock);
        peer = error.Peer;
        return SysResult.Ok((long)error.Errno);
    }

    public SysResult SendTo(
        int socket, ReadOnlySpan<byte> datagram, in IpEndpoint peer, IpAddress source, int interfaceIndex)
    {
        using Outside _ = new(this);
        return SendOne(Get(socket, SimHandleKind.Udp), datagram, peer, source.Ipv4, interfaceIndex);
    }

    public SysResult SendSegments(int socket, ReadOnlySpan<byte> segments, int segmentBytes, in IpEndpoint peer)
    {
        using Outside _ = new(this);
        if (segmentBytes <= 0) throw new SimulationException("segments without a size");
        SimHandle udp = Get(socket, SimHandleKind.Udp);
        int sent = 0;
        while (sent < segments.Length)
        {
            int length = Math.Min(segmentBytes, segments.Length - sent);
            SysResult one = SendOne(udp, segments.Slice(sent, length), peer, Ipv4Address.Any, 0);
            if (one.IsError) return sent > 0 ? SysResult.Ok(sent) : one;
            sent += length;
        }

        return SysResult.Ok(sent);
    }

    public SysResult SendMany(
        int socket, ReadOnlySpan<byte> bytes, ReadOnlySpan<OutgoingDatagram> datagrams, IpAddress source, int interfaceIndex)
    {
        using Outside _ = new(this);
        SimHandle udp = Get(socket, SimHandleKind.Udp);
        for (int i = 0; i < datagrams.Length; i++)
        {
            ReadOnlySpan<byte> datagram = bytes.Slice(datagrams[i].Start, datagrams[i].Length);
            SysResult one = SendOne(udp, datagram, datagrams[i].Peer, source.Ipv4, interfaceIndex);
            if (one.IsError) return i == 0 ? one : SysResult.Ok(i);
        }

        return SysResult.Ok(datagrams.Length);
    }

    public SysResult SendFrames(
        int socket, int interfaceIndex, ReadOnlySpan<byte> bytes, ReadOnlySpan<OutgoingDatagram> frames)
    {
        using Outside _ = new(this);
        for (int i = 0; i < frames.Length; i++)
        {
            SysResult one = SendFrame(socket, interfaceIndex, bytes.Slice(frames[i].Start, frames[i].Length));
            if (one.IsError) return i == 0 ? one : SysResult.Ok(i);
        }

        return SysResult.Ok(frames.Length);
    }

    public SysResult SendFrame(int socket, int interfaceIndex, ReadOnlySpan<byte> frame)
    {
        using Outside _ = new(this);
        SimHandle handle = Get(socket, SimHandleKind.Packet);
        if (MaySend(handle) is { IsError: true } refused) return refused;
        NetworkInterface link = Interface(interfaceIndex);
        SimPacket packet = Network.Rent();
        if (SimFrame.TryReadArp(frame, link.HardwareAddress, packet))
        {
            packet.InterfaceIndex = interfaceIndex;
            Sent++;
            Network.SendArp(packet);
            return SysResult.Ok(frame.Length);
        }

        if (SimFrame.TryRead(frame, packet) is { } flaw)
        {
            Network.Return(packet);
            Network.Violations.Add($"the server sent a bad frame: {flaw}");
            return SysResult.Ok(frame.Length);
        }

        if (!packet.SourceHardware.Equals(link.HardwareAddress)) Network.Violations.Add("a frame with a foreign source");
        packet.InterfaceIndex = interfaceIndex;
        Sent++;
        Network.SendPacket(packet, fromServer: true);
        return SysResult.Ok(frame.Length);
    }

    public SysResult Listen(in IpEndpoint local, int interfaceIndex)
    {
        using Outside _ = new(this);
        ushort port = local.Port == 0 ? FreePort() : local.Port;
        if (_tcpPorts[port] is not null) return SysResult.Failed(Errno.AddressInUse);
        SimHandle listener = Take(SimHandleKind.Listener);
        listener.Local = local with { Port = port };
        listener.InterfaceIndex = interfaceIndex;
        _tcpPorts[port] = listener;
        return SysResult.Ok(listener.Number);
    }

    public SysResult Accept(int listener, out IpEndpoint peer, out IpEndpoint local)
    {
        using Outside _ = new(this);
        peer = default;
        local = default;
        SimHandle listening = Get(listener, SimHandleKind.Listener);
        if (listening.BacklogCount == 0) return SysResult.Failed(Errno.WouldBlock);
        if (_prng.Chance(Network.Rates.SpuriousReadiness)) return Refusal();
        if (IsFull || _prng.Chance(Network.Rates.TooManyFiles)) return SysResult.Failed(Errno.TooManyFiles);
        SimStream stream = listening.DequeueStream()!;
        SimHandle connection = Take(SimHandleKind.Stream);
        connection.Stream = stream;
        stream.Handle = connection.Number;
        peer = stream.HostEndpoint;
        local = stream.ServerEndpoint;
        return SysResult.Ok(connection.Number);
    }

    public SysResult Receive(int connection, Span<byte> buffer)
    {
        using Outside _ = new(this);
        SimStream stream = Get(connection, SimHandleKind.Stream).Stream!;
        if (stream.IsResetAtServer) return SysResult.Failed(Errno.ConnectionReset);
        SimPipe pipe = stream.ToServer;
        if (pipe.Arrived == 0) return pipe.HasEndArrived ? SysResult.Ok() : SysResult.Failed(Errno.WouldBlock);
        if (_prng.Chance(Network.Rates.SpuriousReadiness)) return Refusal();
        if (buffer.Length > 1 && _prng.Chance(Network.Rates.ShortRead)) buffer = buffer[..(1 + _prng.Below(Math.Min(buffer.Length, pipe.Arrived)))];
        ReadOnlySpan<byte> bytes = pipe.Peek();
        int count = Math.Min(bytes.Length, buffer.Length);
        bytes[..count].CopyTo(buffer);
        pipe.Consume(count);
        if (!stream.IsDeadAtHost && !pipe.IsEnded) stream.Host.OnStreamSpace(stream);
        return SysResult.Ok(count);
    }

    /// <summary>Calls of <see cref="Send"/> so far.</summary>
    public long StreamSends { get; private set; }

    public SysResult Send(int connection, ReadOnlySpan<byte> bytes, bool more)
    {
        StreamSends++;
        using Outside _ = new(this);
        SimHandle handle = Get(connection, SimHandleKind.Stream);
        if (MayWrite(handle) is { IsError: true } refused) return refused;
        return Write(handle, bytes);
    }

    public SysResult Cork(int connection, bool isOn)
    {
        _ = Get(connection, SimHandleKind.Stream);
        return SysResult.Ok();
    }

    public SysResult SendFile(int connection, int file, long offset, long count)
    {
        using Outside _ = new(this);
        SimHandle handle = Get(connection, SimHandleKind.Stream);
        if (MayWrite(handle) is { IsError: true } refused) return refused;
        if (_prng.Chance(Network.Rates.FileError)) return SysResult.Failed(Errno.InputOutput);
        ReadOnlySpan<byte> bytes = Get(file, SimHandleKind.File).File!.From(offset, Math.Min(count, 1 << 20));
        return bytes.IsEmpty ? SysResult.Ok() : Write(handle, bytes);
    }

    public SysResult Shutdown(int connection)
    {
        using Outside _ = new(this);
        SimHandle handle = Get(connection, SimHandleKind.Stream);
        SimStream stream = handle.Stream!;
        if (stream.IsResetAtServer) return SysResult.Failed(Errno.NotConnected);
        EndByServer(stream);
        List(handle);
        return SysResult.Ok();
    }

    public void Close(int handle)
    {
        using Outside _ = new(this);
        SimHandle closed = Get(handle);
        switch (closed.Kind)
        {
            case SimHandleKind.Udp:
                Unbind(_udpPorts, closed);
                while (closed.Dequeue() is { } packet) Network.Return(packet);
                break;
            case SimHandleKind.Packet:
                _packetSockets.Remove(closed);
                while (closed.Dequeue() is { } frame) Network.Return(frame);
                break;
            case SimHandleKind.Listener:
                _tcpPorts[closed.Local.Port] = null;
                while (closed.DequeueStream() is { } waiting) Network.ScheduleReset(waiting, toServer: false);
                break;
            case SimHandleKind.Stream:
                CloseStream(closed.Stream!);
                break;
            case SimHandleKind.Folder:
                Disk.Unlock(closed.File!);
                break;
            default:
                break;
        }

        _openCounts[(int)closed.Kind]--;
        closed.Close();
        _free.Push(closed);
    }

    /// <summary>The process ends without a word (kill -9): its handles are closed, what it wrote stays written.</summary>
    public void Kill()
    {
        for (int i = 0; i < _handles.Count; i++)
        {
            if (_handles[i].Kind != SimHandleKind.Free) Close(i);
        }
    }

    /// <summary>How many handles the server may have.</summary>
    public int HandleLimit { get; set; } = 65_536;

    public SysResult OpenFile(ReadOnlySpan<byte> path, out FileStatus status)
    {
        using Outside _ = new(this);
        status = default;
        if (Files.Find(path) is not { } file) return SysResult.Failed(Errno.NoEntry);
        if (file.Kind != FileKind.Regular) return SysResult.Failed(Errno.IsDirectory);
        if (!file.IsReadable) return SysResult.Failed(Errno.AccessDenied);
        if (IsFull || _prng.Chance(Network.Rates.TooManyFiles)) return SysResult.Failed(Errno.TooManyFiles);
        SimHandle handle = Take(SimHandleKind.File);
        handle.File = file;
        status = file.Status;
        return SysResult.Ok(handle.Number);
    }

    public SysResult ReadAt(int file, Span<byte> target, long offset)
    {
        SimFile read = Get(file, SimHandleKind.File).File!;
        if (_prng.Chance(Network.Rates.FileError)) return SysResult.Failed(Errno.InputOutput);
        ReadOnlySpan<byte> bytes = read.From(offset, target.Length);
        bytes.CopyTo(target);
        return SysResult.Ok(bytes.Length);
    }

    public SysResult ReadStripes(int file, Span<byte> target, int gapBytes, int dataBytes, long offset)
    {
        SimFile read = Get(file, SimHandleKind.File).File!;
        if (_prng.Chance(Network.Rates.FileError)) return SysResult.Failed(Errno.InputOutput);
        int total = 0;
        while (target.Length > gapBytes)
        {
            Span<byte> data = target[gapBytes..];
            if (data.Length > dataBytes) data = data[..dataBytes];
            ReadOnlySpan<byte> bytes = read.From(offset + total, data.Length);
            bytes.CopyTo(data);
            total += bytes.Length;
            if (bytes.Length < data.Length) break;
            target = target[(gapBytes + data.Length)..];
        }

        return SysResult.Ok(total);
    }

    public SysResult LockFolder(ReadOnlySpan<byte> path)
    {
        using Outside _ = new(this);
        if (Files.Find(path) is not { } folder) return SysResult.Failed(Errno.NoEntry);
        if (folder.Kind != FileKind.Directory) return SysResult.Failed(Errno.NotDirectory);
        if (!Disk.TryLock(folder)) return SysResult.Failed(Errno.WouldBlock);
        SimHandle handle = Take(SimHandleKind.Folder);
        handle.File = folder;
        return SysResult.Ok(handle.Number);
    }

    public SysResult OpenForWriting(ReadOnlySpan<byte> path, bool isNew)
    {
        using Outside _ = new(this);
        SysResult opened = Disk.Open(path, isNew, out SimFile? file);
        if (opened.IsError) return opened;
        SimHandle handle = Take(SimHandleKind.File);
        handle.File = file;
        return SysResult.Ok(handle.Number);
    }

    public SysResult WriteAt(int file, ReadOnlySpan<byte> bytes, long offset)
    {
        using Outside _ = new(this);
        return Disk.Write(Get(file, SimHandleKind.File).File!, bytes, offset);
    }

    public SysResult Truncate(int file, long length)
    {
        using Outside _ = new(this);
        return Disk.Truncate(Get(file, SimHandleKind.File).File!, length);
    }

    public SysResult Sync(int handle)
    {
        using Outside _ = new(this);
        return Disk.Sync(Get(handle).File!);
    }

    public SysResult Rename(ReadOnlySpan<byte> path, ReadOnlySpan<byte> newPath)
    {
        using Outside _ = new(this);
        return Disk.Rename(path, newPath);
    }

    public SysResult GetStatus(ReadOnlySpan<byte> path, out FileStatus status)
    {
        SimFile? file = Files.Find(path);
        status = file?.Status ?? default;
        return file is null ? SysResult.Failed(Errno.NoEntry) : SysResult.Ok();
    }

    /// <summary>Entries of folders that the server read: each costs a look at a file.</summary>
    public long FolderEntriesRead { get; private set; }

    public SysResult OpenFolder(ReadOnlySpan<byte> path)
    {
        using Outside _ = new(this);
        SimHandle handle = Take(SimHandleKind.Listing);
        SysResult listed = Files.List(path, handle.Listing, ref _prng);
        if (!listed.IsError) return SysResult.Ok(handle.Number);
        Close(handle.Number);
        return listed;
    }

    public SysResult ReadFolder(int folder, Span<byte> room, Span<FolderEntry> entries)
    {
        using Outside _ = new(this);
        Queue<SimFile> listing = Get(folder, SimHandleKind.Listing).Listing;
        int count = 0;
        int start = 0;
        while (listing.TryPeek(out SimFile? file))
        {
            ReadOnlySpan<byte> name = file.Path.AsSpan(file.Path.AsSpan().LastIndexOf((byte)'/') + 1);
            int bytes = (19 + name.Length + 1 + 7) / 8 * 8;
            if (start + bytes > room.Length) break;
            name.CopyTo(room[(start + 19)..]);
            entries[count++] = new(start + 19, name.Length, file.Status);
            start += bytes;
            listing.Dequeue();
        }

        FolderEntriesRead += count;

        return SysResult.Ok(count);
    }

    public SysResult ListInterfaces(List<NetworkInterface> interfaces)
    {
        interfaces.AddRange(_interfaces);
        return SysResult.Ok();
    }

    /// <summary>Who the server is; root at first.</summary>
    public uint User { get; private set; }

    /// <summary>True once the server gave up its rights.</summary>
    public bool IsUnprivileged { get; private set; }

    /// <summary>What the service manager was told, in order.</summary>
    public List<string> Notices { get; } = [];

    /// <summary>What the service manager does when it is told something.</summary>
    public Action? OnNotice { get; set; }

    public Duration WatchdogPeriod { get; set; } = Duration.Zero;

    public SysResult BecomeUser(uint user, uint group)
    {
        if (User != 0 && user != User) return SysResult.Failed(Errno.NotPermitted);
        User = user;
        return SysResult.Ok();
    }

    public SysResult GiveUpPrivileges()
    {
        IsUnprivileged = true;
        return SysResult.Ok(User);
    }

    public void NotifyService(ReadOnlySpan<byte> state)
    {
        using Outside _ = new(this);
        Notices.Add(Encoding.UTF8.GetString(state));
        OnNotice?.Invoke();
    }

    public SysResult OpenLinkWatch() => SysResult.Failed(Errno.NotSupported);

    public SysResult WriteOutput(ReadOnlySpan<byte> text)
    {
        _output.AddRange(text);
        return SysResult.Ok(text.Length);
    }

    /// <summary>Lines that whoever reads the log did not take; told once.</summary>
    public long LostLines { get; set; }

    /// <summary>Times that the log was let go of.</summary>
    public long LogFlushes { get; private set; }

    public long FlushLog()
    {
        LogFlushes++;
        long lost = LostLines;
        LostLines = 0;
        return lost;
    }

    public void WriteLog(ReadOnlySpan<byte> line)
    {
        LogLines++;
        if (_logLength + line.Length > _log.Length)
        {
            // Keep the newer half: a failure is explained by the end of the log.
            int half = _logLength / 2;
            int from = half + _log.AsSpan(half, _logLength - half).IndexOf((byte)'\n') + 1;
            _log.AsSpan(from, _logLength - from).CopyTo(_log);
            _logLength -= from;
        }

        line.CopyTo(_log.AsSpan(_logLength));
        _logLength += line.Length;
    }

    /// <summary>True for an address of one of the server's interfaces.</summary>
    public bool Owns(Ipv4Address address)
    {
        for (int i = 0; i < _interfaces.Count; i++)
        {
            if (_interfaces[i].Address.Address == address) return true;
        }

        return false;
    }

    public bool IsSubnetBroadcast(Ipv4Address address)
    {
        for (int i = 1; i < _interfaces.Count; i++)
        {
            if (_interfaces[i].Address.BroadcastAddress == address) return true;
        }

        return false;
    }

    public HardwareAddress HardwareAddressOf(int interfaceIndex) => Interface(interfaceIndex).HardwareAddress;

    /// <summary>A datagram reaches the server's host. The packet stays the caller's.</summary>
    public void OnDatagram(SimPacket packet)
    {
        Ipv4Address destination = packet.Destination.Address.Ipv4;
        bool isBroadcast = IsBroadcast(destination);
        foreach (SimHandle packets in _packetSockets)
        {
            bool isForUs = packets.Filter switch
            {
                PacketFilter.DhcpServer => packet.Destination.Port is 67 or 4011,
                PacketFilter.DhcpClient => packet.Destination.Port == 68 && isBroadcast,
                PacketFilter.DhcpOwn => packet.Destination.Port == 68,
                _ => false,
            };
            if (isForUs && packets.InterfaceIndex == packet.InterfaceIndex) Queue(packets, packet);
        }

        SimHandle? heard = null;
        for (SimHandle? socket = _udpPorts[packet.Destination.Port]; socket is not null; socket = socket.NextOnPort)
        {
            if (socket.InterfaceIndex != 0 && socket.InterfaceIndex != packet.InterfaceIndex) continue;
            Ipv4Address bound = socket.Local.Address.Ipv4;
            if (isBroadcast ? !bound.IsAny : !bound.IsAny && bound != destination) continue;
            if (heard is null || !bound.IsAny) heard = socket;
        }

        if (heard is null || heard.Queued >= heard.QueueMax) Unheard++;
        else Queue(heard, packet);
    }

    /// <summary>A router or a host says of a datagram of the server's that it was not delivered (ICMP).</summary>
    /// <param name="sent">The datagram's source: an address and port of the server's.</param>
    /// <param name="peer">Who did not get it.</param>
    /// <param name="errno">What Linux makes of the ICMP message.</param>
    public void OnUndelivered(in IpEndpoint sent, in IpEndpoint peer, Errno errno)
    {
        for (SimHandle? socket = _udpPorts[sent.Port]; socket is not null; socket = socket.NextOnPort)
        {
            if (!socket.KeepsErrors || socket.Local.Address != sent.Address) continue;
            socket.Errors.Enqueue((peer, errno));
            socket.IsErrorPending = true;
            List(socket);
        }
    }

    /// <summary>Somebody answers the server's ARP: the payload is the whole frame.</summary>
    public void OnArp(SimPacket packet)
    {
        foreach (SimHandle socket in _packetSockets)
        {
            if (socket.Filter == PacketFilter.ArpReplies && socket.InterfaceIndex == packet.InterfaceIndex) Queue(socket, packet);
        }
    }

    /// <summary>A host asks for a connection.</summary>
    public SimConnectResult OnConnect(SimStream stream)
    {
        if (_tcpPorts[stream.ServerEndpoint.Port] is not { } listener || !Owns(stream.ServerEndpoint.Address.Ipv4))
        {
            return SimConnectResult.Refused;
        }

        if (listener.BacklogCount >= 1024) return SimConnectResult.Dropped;
        listener.EnqueueStream(stream);
        List(listener);
        return SimConnectResult.Accepted;
    }

    /// <summary>Bytes, room, an end or a reset came for a connection.</summary>
    public void OnStreamChanged(SimStream stream)
    {
        if (stream.Handle >= 0) List(_handles[stream.Handle]);
    }

    /// <summary>A socket that refused to send takes again.</summary>
    public void OnWritable(SimHandle handle) => List(handle);

    private int Collect(Span<ReadyEvent> ready)
    {
        int count = 0;
        for (int left = _maybeReady.Count; left > 0 && count < ready.Length; left--)
        {
            SimHandle handle = _maybeReady.Dequeue();
            handle.IsListed = false;
            if (!handle.IsWatched) continue;
            Readiness readiness = handle.ReadinessAt(Network.Now) & (handle.Interest | Readiness.Failed);
            if (readiness == Readiness.None) continue;
            ready[count++] = new(handle.Token, readiness);

            // Level-triggered: it is looked at again in the next turn.
            List(handle);
        }

        return count;
    }

    private void Queue(SimHandle socket, SimPacket packet)
    {
        if (socket.Queued >= socket.QueueMax) return;
        SimPacket copy = Network.Rent();
        copy.CopyFrom(packet);
        socket.Enqueue(copy);
        List(socket);
    }

    private void List(SimHandle handle)
    {
        if (!handle.IsWatched || handle.IsListed) return;
        handle.IsListed = true;
        _maybeReady.Enqueue(handle);
    }

    private SysResult SendOne(
        SimHandle socket, ReadOnlySpan<byte> datagram, in IpEndpoint peer, Ipv4Address source, int interfaceIndex)
    {
        if (MaySend(socket) is { IsError: true } refused) return refused;
        if (!peer.Address.IsIpv4) return SysResult.Failed(Errno.NetworkUnreachable);
        Ipv4Address destination = peer.Address.Ipv4;
        if (!source.IsAny && !Owns(source)) return SysResult.Failed(Errno.AddressNotAvailable);
        bool isBroadcast = IsBroadcast(destination);
        if (isBroadcast && !socket.MayBroadcast) return SysResult.Failed(Errno.AccessDenied);
        if (interfaceIndex == 0) interfaceIndex = socket.InterfaceIndex != 0 ? socket.InterfaceIndex : RouteTo(destination);
        if (interfaceIndex == 0) return SysResult.Failed(Errno.NetworkUnreachable);
        NetworkInterface link = Interface(interfaceIndex);
        if (source.IsAny) source = socket.Local.Address.Ipv4.IsAny ? link.Address.Address : socket.Local.Address.Ipv4;
        if (datagram.Length > 1472)
        {
            Network.Violations.Add($"a datagram of {datagram.Length} bytes would be fragmented");
            if (datagram.Length > SimPacket.BytesMax) return SysResult.Failed(Errno.MessageTooLong);
        }

        SimPacket packet = Network.Rent();
        packet.SourceHardware = link.HardwareAddress;
        packet.DestinationHardware = default;
        packet.Source = new(source, socket.Local.Port);
        packet.Destination = peer;
        packet.InterfaceIndex = interfaceIndex;
        packet.Fill(datagram);
        Sent++;
        Network.SendPacket(packet, fromServer: true);
        return SysResult.Ok(datagram.Length);
    }

    private int RouteTo(Ipv4Address destination)
    {
        for (int i = 1; i < _interfaces.Count; i++)
        {
            if (_interfaces[i].Address.Contains(destination)) return _interfaces[i].Index;
        }

        return destination == Ipv4Address.Broadcast ? FirstInterface : 0;
    }

    private SysResult MaySend(SimHandle socket)
    {
        if (socket.IsErrorPending)
        {
            // Linux tells it once to whatever call comes next, though the call is about another peer.
            socket.IsErrorPending = false;
            return SysResult.Failed(Errno.ConnectionRefused);
        }

        if (socket.BlockedUntil > Network.Now) return SysResult.Failed(Errno.WouldBlock);
        if (_prng.Chance(Network.Rates.WouldBlockOnSend))
        {
            Block(socket);
            return SysResult.Failed(Errno.WouldBlock);
        }

        return _prng.Chance(Network.Rates.NoBuffers) ? SysResult.Failed(Errno.NoBuffers) : SysResult.Ok();
    }

    private SysResult MayWrite(SimHandle handle)
    {
        SimStream stream = handle.Stream!;
        if (stream.ToHost.IsEnded) return SysResult.Failed(Errno.BrokenPipe);
        if (stream.IsResetAtServer) return SysResult.Failed(Errno.ConnectionReset);
        if (handle.BlockedUntil > Network.Now || stream.ToHost.Free == 0) return SysResult.Failed(Errno.WouldBlock);
        if (!_prng.Chance(Network.Rates.WouldBlockOnSend)) return SysResult.Ok();
        Block(handle);
        return SysResult.Failed(Errno.WouldBlock);
    }

    private void Block(SimHandle handle)
    {
        handle.BlockedUntil = Network.Now + Duration.FromMicroseconds(50 + _prng.Below(500));
        Network.ScheduleWritable(handle, handle.BlockedUntil);
    }

    private SysResult Write(SimHandle handle, ReadOnlySpan<byte> bytes)
    {
        SimStream stream = handle.Stream!;
        if (bytes.Length > 1 && _prng.Chance(Network.Rates.ShortWrite)) bytes = bytes[..(1 + _prng.Below(bytes.Length - 1))];
        int count = stream.ToHost.Write(bytes);
        if (count > 0) Network.ScheduleBytes(stream, count, toServer: false);
        CountTurn(handle, receives: 0, bytes: count);
        return SysResult.Ok(count);
    }

    /// <summary>No socket may keep the server from the others: the limits say how much of one is done in a turn.</summary>
    private void CountTurn(SimHandle handle, int receives, int bytes)
    {
        if (handle.Turn != _turn)
        {
            handle.Turn = _turn;
            handle.ReceivesThisTurn = 0;
            handle.BytesThisTurn = 0;
        }

        handle.ReceivesThisTurn += receives;
        handle.BytesThisTurn += bytes;
        if (handle.ReceivesThisTurn > MostReceives(handle) || handle.BytesThisTurn > Limits.HttpBytesPerTurn)
        {
            Network.Violations.Add($"{handle.ReceivesThisTurn} receives and {handle.BytesThisTurn} bytes for one socket in one turn");
        }
    }

    /// <summary>What finds that no more is there is a receive too.</summary>
    private static int MostReceives(SimHandle handle) =>
        handle.Local.Port is DhcpRoute.ServerPort or DhcpRoute.BootServerPort
            ? Limits.DhcpMessagesPerTurn + 1
            : Limits.TftpDatagramsPerTurn + 1;

    private void EndByServer(SimStream stream)
    {
        if (stream.ToHost.IsEnded) return;
        stream.ToHost.IsEnded = true;
        Network.ScheduleEnd(stream, toServer: false);
    }

    private void CloseStream(SimStream stream)
    {
        stream.Handle = SimStream.Closed;
        if (stream.IsResetAtServer) return;
        if (stream.ToServer.Arrived > 0)
        {
            // Linux: closing with unread bytes sends a reset, which can destroy what the peer has not read yet.
            stream.IsResetAtServer = true;
            Network.ScheduleReset(stream, toServer: false);
            return;
        }

        EndByServer(stream);
    }

    /// <summary>Linux gives ephemeral ports by chance; a port that is bound is passed over.</summary>
    private ushort FreePort()
    {
        do
        {
            _nextPort = _nextPort >= 60_998 ? (ushort)32_768 : (ushort)(_nextPort + 1);
        }
        while (_udpPorts[_nextPort] is not null || _tcpPorts[_nextPort] is not null);
        return _nextPort;
    }

    private static void Unbind(SimHandle?[] ports, SimHandle closed)
    {
        ref SimHandle? link = ref ports[closed.Local.Port];
        if (link == closed)
        {
            link = closed.NextOnPort;
            return;
        }

        SimHandle before = link!;
        while (before.NextOnPort != closed) before = before.NextOnPort!;
        before.NextOnPort = closed.NextOnPort;
    }

    private bool IsFull => _handles.Count - _free.Count >= HandleLimit;

    private SimHandle Take(SimHandleKind kind)
    {
        if (!_free.TryPop(out SimHandle? handle))
        {
            handle = new(_handles.Count);
            _handles.Add(handle);
        }

        handle.Open(kind);
        _openCounts[(int)kind]++;
        return handle;
    }

    private SimHandle Get(int number, SimHandleKind kind = SimHandleKind.Free)
    {
        if ((uint)number >= (uint)_handles.Count || _handles[number].Kind == SimHandleKind.Free)
        {
            throw new SimulationException($"handle {number} is not open");
        }

        SimHandle handle = _handles[number];
        if (kind != SimHandleKind.Free && handle.Kind != kind)
        {
            throw new SimulationException($"handle {number} is a {handle.Kind}, not a {kind}");
        }

        return handle;
    }

    /// <summary>EAGAIN or EINTR: either may come where epoll said ready.</summary>
    private SysResult Refusal() => SysResult.Failed(_prng.Below(2) == 0 ? Errno.WouldBlock : Errno.Interrupted);

    private bool IsBroadcast(Ipv4Address address) => address == Ipv4Address.Broadcast || IsSubnetBroadcast(address);

    /// <summary>Counts what is allocated until its end as the simulator's; calls nest when a host calls back.</summary>
    private readonly ref struct Outside
    {
        private readonly SimKernel _kernel;

        public Outside(SimKernel kernel)
        {
            _kernel = kernel;
            if (kernel._outsideDepth++ == 0) kernel._outsideMark = GC.GetAllocatedBytesForCurrentThread();
        }

        public void Dispose()
        {
            if (--_kernel._outsideDepth > 0) return;
            _kernel.OutsideBytes += GC.GetAllocatedBytesForCurrentThread() - _kernel._outsideMark;
        }
    }
}

/// <summary>The server did what no program may do, or the simulation cannot go on.</summary>
internal sealed class SimulationException(string message) : Exception(message);
