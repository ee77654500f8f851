using System;
using System.Collections.Generic;
using Aglet.Kernel;
using Aglet.Linux;
using Aglet.Net;
using Xunit;

namespace Aglet.Tests.Unit.Linux;

public sealed unsafe class DatagramSocketsTests : IDisposable
{
    private readonly LinuxKernel _kernel = new(takesSignals: false);
    private readonly List<int> _open = [];
    private readonly byte[] _buffer = new byte[2048];

    public void Dispose()
    {
        foreach (int handle in _open) _kernel.Close(handle);
        _kernel.Dispose();
    }

    [Fact]
    public void DatagramTellsItsPeerOurAddressAndTheInterface()
    {
        int server = Open(new(new(Ipv4Address.Any, 0)));
        int client = Open(new(new(TestSockets.Loopback, 0)));
        IpAddress second = new Ipv4Address(0x7F00_0002);
        IpEndpoint to = new(second, TestSockets.LocalOf(server).Port);

        Assert.Equal(5, TestSockets.Ok(_kernel.SendTo(client, "hello"u8, to, default, 0)));
        int length = TestSockets.Ok(_kernel.ReceiveFrom(server, _buffer, out DatagramInfo info));

        Assert.Equal("hello"u8, _buffer.AsSpan(0, length));
        Assert.Equal(new DatagramInfo(TestSockets.LocalOf(client), second, TestSockets.LoopbackIndex), info);
    }

    /// <summary>A socket that many peers share is told which of them has closed its port.</summary>
    [Fact]
    public void ErrorTellsWhichPeerHasNoPort()
    {
        int server = Open(new(new(TestSockets.Loopback, 0)) { KeepsErrors = true, SendBufferBytes = 1 << 20 });
        int closed = TestSockets.OpenUdp(_kernel);
        IpEndpoint gone = TestSockets.LocalOf(closed);
        _kernel.Close(closed);
        Assert.True(_kernel.ReceiveError(server, out _).WouldBlock);
        TestSockets.Ok(_kernel.SendTo(server, "x"u8, gone, default, 0));
        Assert.NotEqual(Readiness.None, TestSockets.WaitFor(_kernel, server, Readiness.Readable) & Readiness.Failed);
        Assert.Equal((long)Errno.ConnectionRefused, TestSockets.Ok(_kernel.ReceiveError(server, out IpEndpoint peer)));
        Assert.Equal(gone, peer);
        Assert.True(_kernel.ReceiveError(server, out _).WouldBlock);
    }

    [Fact]
    public void BroadcastTellsTheAddressToAnswerFrom()
    {
        int server = Open(new(new(Ipv4Address.Any, 0), TestSockets.LoopbackIndex, Broadcast: true));
        int client = Open(new(new(TestSockets.Loopback, 0), TestSockets.LoopbackIndex, Broadcast: true));
        IpEndpoint everybody = new(new Ipv4Address(0x7FFF_FFFF), TestSockets.LocalOf(server).Port);

        TestSockets.Ok(_kernel.SendTo(client, "who"u8, everybody, default, TestSockets.LoopbackIndex));
        TestSockets.Ok(_kernel.ReceiveFrom(server, _buffer, out DatagramInfo info));

        Assert.Equal(TestSockets.Loopback, info.Local);
        Assert.Equal(TestSockets.LoopbackIndex, info.InterfaceIndex);
    }

    [Fact]
    public void BroadcastMustBeAskedFor()
    {
        int client = Open(new(new(TestSockets.Loopback, 0)));
        IpEndpoint everybody = new(new Ipv4Address(0x7FFF_FFFF), 9);
        Assert.Equal(Errno.AccessDenied, _kernel.SendTo(client, "who"u8, everybody, default, 0).Errno);
    }

    [Fact]
    public void DatagramLeavesByTheAddressThatIsAsked()
    {
        int server = Open(new(new(TestSockets.Loopback, 0)));
        int client = Open(new(new(Ipv4Address.Any, 0)));
        IpAddress source = new Ipv4Address(0x7F00_0003);

        TestSockets.Ok(_kernel.SendTo(client, "x"u8, TestSockets.LocalOf(server), source, TestSockets.LoopbackIndex));
        TestSockets.Ok(_kernel.ReceiveFrom(server, _buffer, out DatagramInfo info));
        Assert.Equal(new IpEndpoint(source, TestSockets.LocalOf(client).Port), info.Peer);

        TestSockets.Ok(_kernel.SendTo(client, "x"u8, TestSockets.LocalOf(server), Ipv4Address.Any, 0));
        TestSockets.Ok(_kernel.ReceiveFrom(server, _buffer, out info));
        Assert.Equal(TestSockets.Loopback, info.Peer.Address);
    }

    [Fact]
    public void LongDatagramIsRefusedAndTheNextOneIsWhole()
    {
        int server = Open(new(new(TestSockets.Loopback, 0)));
        int client = Open(new(new(TestSockets.Loopback, 0)));
        byte[] datagram = TestSockets.Pattern(101);
        foreach (int length in (int[])[101, 100, 0])
        {
            TestSockets.Ok(_kernel.SendTo(
                client, datagram.AsSpan(0, length), TestSockets.LocalOf(server), default, 0));
        }

        Span<byte> hundred = _buffer.AsSpan(0, 100);
        SysResult first = _kernel.ReceiveFrom(server, hundred, out DatagramInfo info);
        Assert.Equal(Errno.MessageTooLong, first.Errno);
        Assert.Equal(TestSockets.LocalOf(client), info.Peer);
        Assert.Equal(100, TestSockets.Ok(_kernel.ReceiveFrom(server, hundred, out _)));
        Assert.Equal(datagram.AsSpan(0, 100), hundred);
        Assert.Equal(0, TestSockets.Ok(_kernel.ReceiveFrom(server, hundred, out _)));
        Assert.True(_kernel.ReceiveFrom(server, hundred, out _).WouldBlock);
    }

    /// <summary>SO_REUSEADDR with port 0 lets the kernel choose a port that another of our transfers has.</summary>
    [Fact]
    public void EveryChosenPortIsItsOwn()
    {
        HashSet<ushort> ports = [];
        for (int i = 0; i < 700; i++)
        {
            int socket = Open(new(new(TestSockets.Loopback, 0)));
            Assert.True(ports.Add(TestSockets.LocalOf(socket).Port));
        }
    }

    [Fact]
    public void OnlyPortsThatAreAskedForAreShared()
    {
        IpEndpoint alone = TestSockets.LocalOf(Open(new(new(TestSockets.Loopback, 0))));
        Assert.Equal(Errno.AddressInUse, _kernel.OpenUdp(new(alone)).Errno);

        IpEndpoint shared = TestSockets.LocalOf(Open(new(new(TestSockets.Loopback, 0), Broadcast: true) { IsShared = true }));
        Open(new(shared, Broadcast: true) { IsShared = true });
    }

    [Fact]
    public void ReceiveBufferIsAsLargeAsAsked()
    {
        int socket = Open(new(new(TestSockets.Loopback, 0), ReceiveBufferBytes: 100_000));
        int bytes = 0;
        uint length = sizeof(int);
        Assert.Equal(0, Libc.getsockopt(socket, LibcConstants.SOL_SOCKET, LibcConstants.SO_RCVBUF, &bytes, &length));
        Assert.Equal(200_000, bytes); // the kernel doubles it for its own bookkeeping
    }

    [Fact]
    public void AnotherFamilyIsNotSupported()
    {
        IpAddress six = new(new UInt128(0xFE80_0000_0000_0000, 1));
        int socket = Open(new(new(TestSockets.Loopback, 0)));
        Assert.Equal(Errno.NotSupported, _kernel.OpenUdp(new(new(six, 0))).Errno);
        Assert.Equal(Errno.NotSupported, _kernel.SendTo(socket, "x"u8, new(six, 9), default, 0).Errno);
        Assert.Equal(Errno.NotSupported, _kernel.SendSegments(socket, "x"u8, 1, new(six, 9)).Errno);
    }

    [Fact]
    public void AddressOfAnotherMachineIsRefusedAndNothingStaysOpen()
    {
        int before = Open(new(new(TestSockets.Loopback, 0)));
        _kernel.Close(before);
        _open.Remove(before);
        SysResult refused = _kernel.OpenUdp(new(new(new Ipv4Address(0xCB00_7109), 0)));
        Assert.Equal(Errno.AddressNotAvailable, refused.Errno);
    }

    [Fact]
    public void ClosedHandleIsRefusedEverywhere()
    {
        // Far above what any other test of this process has open, so that no one else's socket is meant.
        const int Closed = 60_000;
        IpEndpoint peer = new(TestSockets.Loopback, 9);
        Assert.Equal(TestSockets.BadHandle, _kernel.ReceiveFrom(Closed, _buffer, out _).Errno);
        Assert.Equal(TestSockets.BadHandle, _kernel.SendTo(Closed, "x"u8, peer, default, 0).Errno);
        Assert.Equal(TestSockets.BadHandle, _kernel.SendSegments(Closed, "xyz"u8, 1, peer).Errno);
        Assert.Equal(TestSockets.BadHandle, _kernel.Receive(Closed, _buffer).Errno);
        Assert.Equal(TestSockets.BadHandle, _kernel.Send(Closed, "x"u8, more: false).Errno);
        Assert.Equal(TestSockets.BadHandle, _kernel.Accept(Closed, out _, out _).Errno);
        Assert.Equal(TestSockets.BadHandle, _kernel.Shutdown(Closed).Errno);
        Assert.Equal(TestSockets.BadHandle, _kernel.ReadAt(Closed, _buffer, 0).Errno);
        Assert.Equal(TestSockets.BadHandle, _kernel.ReadStripes(Closed, _buffer, 4, 512, 0).Errno);
        Assert.Equal(TestSockets.BadHandle, _kernel.Watch(Closed, new SocketToken(1, 1), Readiness.Readable).Errno);
    }

    private int Open(in UdpOptions options) => Track(TestSockets.Ok(_kernel.OpenUdp(options)));

    private int Track(int handle)
    {
        _open.Add(handle);
        return handle;
    }
}
