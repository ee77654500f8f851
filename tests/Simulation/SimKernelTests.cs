using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Simulation;

/// <summary>The simulator itself: a world that is wrong proves nothing about the server in it.</summary>
public sealed class SimKernelTests
{
    private static readonly Ipv4Address _server = new(0x0A000001);
    private static readonly Ipv4Address _client = new(0x0A000002);

    [Fact]
    public void DatagramComesBackFromAnEchoServer()
    {
        SimKernel kernel = new(1, FaultRates.None);
        EchoServer echo = new(kernel);
        TestHost host = new(1);
        kernel.Network.Attach(host);
        kernel.Network.Claim(host, _client);
        kernel.Network.Send(host, 5000, new(_server, 7), "hello"u8);
        echo.Run(Duration.FromSeconds(1));
        Assert.Equal(["hello"], host.Datagrams);
        Assert.Empty(kernel.Network.Violations);
    }

    [Fact]
    public void LossyNetworkIsTheSameForTheSameSeed()
    {
        List<string> first = EchoRun(7);
        Assert.Equal(first, EchoRun(7));
        Assert.NotEqual(first, EchoRun(8));
        Assert.InRange(first.Count, 800, 1000);
    }

    [Fact]
    public void ServerThatAllocatesIsCaughtAndSimulatorIsNot()
    {
        SimKernel kernel = new(1, FaultRates.Lossy);
        EchoServer echo = new(kernel);
        TestHost host = new(1);
        kernel.Network.Attach(host);
        kernel.Network.Claim(host, _client);
        for (int i = 0; i < 2; i++)
        {
            kernel.Network.Send(host, 5000, new(_server, 7), "warm"u8);
            echo.Run(Duration.FromSeconds(1));
        }

        for (int i = 0; i < 500; i++) kernel.Network.Send(host, 5000, new(_server, 7), "more"u8);
        AllocationMeter meter = new(kernel);
        meter.Start();
        echo.Run(Duration.FromSeconds(1));
        Assert.Equal(0, meter.Stop());
        Assert.True(kernel.OutsideBytes > 0);
        meter.Start();
        echo.Garbage = new byte[100];
        Assert.InRange(meter.Stop(), 100, 200);
    }

    [Fact]
    public void UnicastWithoutAnAddressNeedsAFrame()
    {
        SimKernel kernel = new(1, FaultRates.None);
        TestHost host = new(1);
        kernel.Network.Attach(host);
        int udp = kernel.OpenUdp(new UdpOptions(new IpEndpoint(Ipv4Address.Any, 67), SimKernel.FirstInterface, true)).Count;
        int packet = kernel.OpenPacket(SimKernel.FirstInterface, PacketFilter.None).Count;
        Assert.False(kernel.SendTo(udp, "lost"u8, new(_client, 68), default, 0).IsError);
        byte[] frame = new byte[UdpFrame.HeaderBytes + 5];
        "frame"u8.CopyTo(frame.AsSpan(UdpFrame.HeaderBytes));
        UdpFrame.WriteHeaders(
            frame, host.HardwareAddress, kernel.Interface().HardwareAddress, _server, 67, _client, 68);
        Assert.Equal(frame.Length, kernel.SendFrame(packet, SimKernel.FirstInterface, frame).Count);
        kernel.SendTo(udp, "all"u8, new(Ipv4Address.Broadcast, 68), default, 0);
        kernel.Wait(new ReadyEvent[1], kernel.Now() + Duration.FromSeconds(1));
        host.Datagrams.Sort(StringComparer.Ordinal);
        Assert.Equal(["all", "frame"], host.Datagrams);
        frame[20] ^= 1;
        kernel.SendFrame(packet, SimKernel.FirstInterface, frame);
        Assert.Single(kernel.Network.Violations);
    }

    /// <summary>Beside a program that holds port 67; what is for other ports does not come by.</summary>
    [Fact]
    public void PacketSocketHearsAPortThatAnotherProgramHolds()
    {
        SimKernel kernel = new(1, FaultRates.None);
        TestHost host = new(1);
        kernel.Network.Attach(host);
        kernel.TakenPorts.Add(67);
        UdpOptions options = new(new IpEndpoint(Ipv4Address.Any, 67), SimKernel.FirstInterface, true);
        Assert.Equal(Errno.AddressInUse, kernel.OpenUdp(options).Errno);
        int packet = kernel.OpenPacket(SimKernel.FirstInterface, PacketFilter.DhcpServer).Count;
        kernel.Watch(packet, new(1, 1), Readiness.Readable);
        kernel.Network.Send(host, 68, new(Ipv4Address.Broadcast, 68), "reply"u8);
        kernel.Network.Send(host, 68, new(Ipv4Address.Broadcast, 67), "heard"u8);
        kernel.Network.Send(host, 68, new(_server, 4011), "odd"u8);
        Assert.Equal(1, kernel.Wait(new ReadyEvent[1], kernel.Now() + Duration.FromSeconds(1)));
        kernel.Wait(new ReadyEvent[0], kernel.Now() + Duration.FromSeconds(1));
        byte[] frame = new byte[100];
        List<string> heard = [];
        while (kernel.ReceiveFrame(packet, frame, out _) is { IsError: false } received)
        {
            Assert.Equal(UdpFrameReject.None, UdpDatagram.Parse(frame.AsSpan(0, received.Count), out UdpDatagram datagram));
            Assert.Equal(host.HardwareAddress, datagram.SourceHardware);
            heard.Add($"{datagram.Destination.Port} {Encoding.ASCII.GetString(datagram.Payload)}");
        }

        heard.Sort(StringComparer.Ordinal);
        Assert.Equal(["4011 odd", "67 heard"], heard);
    }

    [Fact]
    public void ReceiveQueueIsBounded()
    {
        SimKernel kernel = new(1, FaultRates.None);
        TestHost host = new(1);
        kernel.Network.Attach(host);
        int udp = kernel.OpenUdp(new UdpOptions(new IpEndpoint(_server, 7))).Count;
        for (int i = 0; i < 1000; i++) kernel.Network.Send(host, 5000, new(_server, 7), "x"u8);
        kernel.Wait(new ReadyEvent[1], kernel.Now() + Duration.FromSeconds(1));
        int received = 0;
        while (!kernel.ReceiveFrom(udp, new byte[10], out _).IsError) received++;
        Assert.InRange(received, 16, 999);
        Assert.Equal(1000, received + kernel.Unheard);
    }

    [Fact]
    public void LongDatagramIsReportedAndGone()
    {
        SimKernel kernel = new(1, FaultRates.None);
        TestHost host = new(1);
        kernel.Network.Attach(host);
        int udp = kernel.OpenUdp(new UdpOptions(new IpEndpoint(_server, 7))).Count;
        kernel.Network.Send(host, 5000, new(_server, 7), "longer"u8);
        kernel.Wait(new ReadyEvent[1], kernel.Now() + Duration.FromSeconds(1));
        Assert.Equal(Errno.MessageTooLong, kernel.ReceiveFrom(udp, new byte[3], out _).Errno);
        Assert.Equal(Errno.WouldBlock, kernel.ReceiveFrom(udp, new byte[3], out _).Errno);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void StreamIsWholeAndInOrderThroughShortWritesAndLoss(ulong seed)
    {
        SimKernel kernel = new(seed, FaultRates.None);
        byte[] content = new byte[200_000];
        for (int i = 0; i < content.Length; i++) content[i] = (byte)((i * 31 / 7) & 255);
        kernel.Files.Add("/srv/file", content);
        FileServer server = new(kernel, "/srv/file");
        kernel.Network.Rates = FaultRates.Rough;
        TestHost host = new(1);
        kernel.Network.Attach(host);
        kernel.Network.Claim(host, _client);
        SimStream stream = kernel.Network.Connect(host, new(_server, 80));
        server.Run(Duration.FromSeconds(300));
        Assert.True(host.IsOpen);
        Assert.True(host.IsEnded);
        Assert.Equal(content, host.Bytes);
        Assert.Equal(0, kernel.Open(SimHandleKind.Stream));
        Assert.Equal(0, kernel.Open(SimHandleKind.File));
        _ = stream;
    }

    [Fact]
    public void ClosingWithUnreadBytesResets()
    {
        SimKernel kernel = new(1, FaultRates.None);
        int listener = kernel.Listen(new(Ipv4Address.Any, 80), 0).Count;
        TestHost host = new(1);
        kernel.Network.Attach(host);
        SimStream stream = kernel.Network.Connect(host, new(_server, 80));
        stream.Send("unread"u8);
        kernel.Wait(new ReadyEvent[1], kernel.Now() + Duration.FromMilliseconds(10));
        int connection = kernel.Accept(listener, out IpEndpoint peer, out _).Count;
        Assert.Equal(stream.HostEndpoint, peer);
        kernel.Close(connection);
        kernel.Wait(new ReadyEvent[1], kernel.Now() + Duration.FromMilliseconds(10));
        Assert.True(host.IsReset);
        Assert.Throws<SimulationException>(() => kernel.Close(connection));
    }

    [Fact]
    public void NobodyListensMeansReset()
    {
        SimKernel kernel = new(1, FaultRates.None);
        TestHost host = new(1);
        kernel.Network.Attach(host);
        kernel.Network.Connect(host, new(_server, 80));
        kernel.Wait(new ReadyEvent[1], kernel.Now() + Duration.FromMilliseconds(10));
        Assert.True(host.IsReset);
    }

    [Fact]
    public void PausedHostFillsTheWindow()
    {
        SimKernel kernel = new(1, FaultRates.None);
        int listener = kernel.Listen(new(Ipv4Address.Any, 80), 0).Count;
        TestHost host = new(1);
        kernel.Network.Attach(host);
        SimStream stream = kernel.Network.Connect(host, new(_server, 80));
        stream.Pause();
        kernel.Wait(new ReadyEvent[1], kernel.Now() + Duration.FromMilliseconds(10));
        int connection = kernel.Accept(listener, out _, out _).Count;
        kernel.Watch(connection, new(1, 1), Readiness.Writable);
        byte[] bytes = new byte[100_000];
        Assert.Equal(32 * 1024, kernel.Send(connection, bytes, false).Count);
        Assert.Equal(Errno.WouldBlock, kernel.Send(connection, bytes, false).Errno);
        ReadyEvent[] ready = new ReadyEvent[1];
        Assert.Equal(0, kernel.Wait(ready, kernel.Now() + Duration.FromSeconds(1)));
        stream.Resume();
        Assert.Equal(1, kernel.Wait(ready, kernel.Now() + Duration.FromSeconds(1)));
        Assert.Equal(32 * 1024, host.Bytes.Count);
    }

    [Fact]
    public void StripesLeaveTheGapsAlone()
    {
        SimKernel kernel = new(1, FaultRates.None);
        SimFile file = kernel.Files.Add("/f", "abcdefgh"u8.ToArray());
        int handle = kernel.OpenFile("/f"u8, out _).Count;
        byte[] target = Encoding.ASCII.GetBytes("..........");
        Assert.Equal(6, kernel.ReadStripes(handle, target, 2, 3, 1).Count);
        Assert.Equal("..bcd..efg", Encoding.ASCII.GetString(target));
        file.Truncate(3);
        Assert.Equal(2, kernel.ReadStripes(handle, target, 2, 3, 1).Count);
        kernel.Files.Remove("/f");
        Assert.Equal(3, kernel.ReadAt(handle, target, 0).Count);
        Assert.Equal(Errno.NoEntry, kernel.OpenFile("/f"u8, out _).Errno);
    }

    [Fact]
    public void FolderIsListedWithoutItsDescendants()
    {
        SimKernel kernel = new(1, FaultRates.None);
        kernel.Files.Add("/srv/boot/a", [1]);
        kernel.Files.Add("/srv/boot/sub/b", [1, 2]);
        byte[] room = new byte[240];
        FolderEntry[] entries = new FolderEntry[10];
        int folder = kernel.OpenFolder("/srv/boot/"u8).Count;
        Assert.Equal(2, kernel.ReadFolder(folder, room, entries).Count);
        Array.Sort(entries, 0, 2, Comparer<FolderEntry>.Create((left, right) => room[left.NameStart] - room[right.NameStart]));
        Assert.Equal("a", Encoding.ASCII.GetString(room, entries[0].NameStart, entries[0].NameLength));
        Assert.Equal(new FileStatus(FileKind.Regular, 1, 1_700_000_000), entries[0].Status with { Identity = 0 });
        Assert.Equal(FileKind.Directory, entries[1].Status.Kind);
        Assert.Equal(0, kernel.ReadFolder(folder, room, entries).Count);
        kernel.Close(folder);
        Assert.Equal(Errno.NoEntry, kernel.OpenFolder("/none"u8).Errno);
        Assert.Equal(0, kernel.Open(SimHandleKind.Listing));
    }

    [Fact]
    public void TwoHostsWithOneAddressAreAViolation()
    {
        SimKernel kernel = new(1, FaultRates.None);
        TestHost first = new(1);
        TestHost second = new(2);
        kernel.Network.Attach(first);
        kernel.Network.Attach(second);
        kernel.Network.Claim(first, _client);
        kernel.Network.Claim(first, _client);
        Assert.Empty(kernel.Network.Violations);
        kernel.Network.Claim(second, _client);
        Assert.Single(kernel.Network.Violations);
    }

    [Fact]
    public void SignalEndsTheWait()
    {
        SimKernel kernel = new(1, FaultRates.None);
        kernel.Raise(KernelSignal.Reload);
        Assert.Equal(0, kernel.Wait(new ReadyEvent[1], Instant.Never));
        Assert.Equal(KernelSignal.Reload, kernel.TakeSignal());
        Assert.Equal(KernelSignal.None, kernel.TakeSignal());
        Assert.Throws<SimulationException>(() => kernel.Wait(new ReadyEvent[1], Instant.Never));
    }

    private static List<string> EchoRun(ulong seed)
    {
        SimKernel kernel = new(seed, FaultRates.Lossy);
        EchoServer echo = new(kernel);
        TestHost host = new(1);
        kernel.Network.Attach(host);
        kernel.Network.Claim(host, _client);
        for (int i = 0; i < 1000; i++)
        {
            kernel.Network.Send(host, 5000, new(_server, 7), Encoding.ASCII.GetBytes($"{i}"));
            echo.Run(Duration.FromMilliseconds(1));
        }

        return host.Datagrams;
    }

    /// <summary>Sends every datagram back.</summary>
    private sealed class EchoServer
    {
        private readonly SimKernel _kernel;
        private readonly int _socket;
        private readonly byte[] _buffer = new byte[2048];
        private readonly ReadyEvent[] _ready = new ReadyEvent[8];

        public EchoServer(SimKernel kernel)
        {
            _kernel = kernel;
            _socket = kernel.OpenUdp(new UdpOptions(new IpEndpoint(Ipv4Address.Any, 7))).Count;
            kernel.Watch(_socket, new(0, 1), Readiness.Readable);
        }

        public byte[] Garbage { get; set; } = [];

        public void Run(Duration length)
        {
            Instant until = _kernel.Now() + length;
            while (_kernel.Now() < until)
            {
                if (_kernel.Wait(_ready, until) == 0) continue;
                if (_ready[0].Token != new SocketToken(0, 1)) throw new SimulationException("another token");
                SysResult received = _kernel.ReceiveFrom(_socket, _buffer, out DatagramInfo info);
                if (!received.IsError) _kernel.SendTo(_socket, _buffer.AsSpan(0, received.Count), info.Peer, info.Local, 0);
            }
        }
    }

    /// <summary>Sends one file on each connection and closes.</summary>
    private sealed class FileServer
    {
        private readonly SimKernel _kernel;
        private readonly string _path;
        private readonly int _listener;
        private readonly ReadyEvent[] _ready = new ReadyEvent[8];
        private int _connection = -1;
        private int _file = -1;
        private long _offset;

        public FileServer(SimKernel kernel, string path)
        {
            _kernel = kernel;
            _path = path;
            _listener = kernel.Listen(new(Ipv4Address.Any, 80), 0).Count;
            kernel.Watch(_listener, new(0, 0), Readiness.Readable);
        }

        public void Run(Duration length)
        {
            Instant until = _kernel.Now() + length;
            while (_kernel.Now() < until)
            {
                int count = _kernel.Wait(_ready, until);
                for (int i = 0; i < count; i++)
                {
                    if (_ready[i].Token.Slot == 0) Accept();
                    else Send();
                }
            }
        }

        private void Accept()
        {
            SysResult accepted = _kernel.Accept(_listener, out _, out _);
            if (accepted.IsError) return;
            _connection = accepted.Count;
            _offset = 0;
            _kernel.Watch(_connection, new(1, 0), Readiness.Writable);
        }

        private void Send()
        {
            if (_file < 0)
            {
                SysResult opened = _kernel.OpenFile(Encoding.ASCII.GetBytes(_path), out _);
                if (opened.IsError) return;
                _file = opened.Count;
            }

            SysResult sent = _kernel.SendFile(_connection, _file, _offset, 1 << 20);
            if (sent.IsError) return;
            _offset += sent.Value;
            if (sent.Value > 0) return;
            _kernel.Close(_file);
            _kernel.Close(_connection);
        }
    }

    private sealed class TestHost(byte number) : SimHost(HardwareAddress.Read([0x52, 0x54, 0, 0, 0, number]))
    {
        public List<string> Datagrams { get; } = [];

        public List<byte> Bytes { get; } = [];

        public bool IsOpen { get; private set; }

        public bool IsEnded { get; private set; }

        public bool IsReset { get; private set; }

        public override bool IsListening(ushort port) => true;

        public override void OnDatagram(in IpEndpoint source, in IpEndpoint destination, ReadOnlySpan<byte> payload) =>
            Datagrams.Add(Encoding.ASCII.GetString(payload));

        public override void OnTimer()
        {
        }

        public override void OnStreamOpen(SimStream stream) => IsOpen = true;

        public override void OnStreamBytes(SimStream stream, ReadOnlySpan<byte> bytes) => Bytes.AddRange(bytes);

        public override void OnStreamEnd(SimStream stream)
        {
            IsEnded = true;
            stream.Finish();
        }

        public override void OnStreamReset(SimStream stream) => IsReset = true;
    }
}
