using System;
using System.Collections.Generic;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Linux;
using Aglet.Net;
using Xunit;

namespace Aglet.Tests.Unit.Linux;

public sealed class DatagramBatchesTests : IDisposable
{
    private const int RoomBytes = 100;

    private readonly LinuxKernel _kernel = new(takesSignals: false);
    private readonly List<int> _open = [];
    private readonly byte[] _buffer = new byte[RoomBytes * Limits.DatagramsPerCall];
    private readonly ReceivedDatagram[] _datagrams = new ReceivedDatagram[Limits.DatagramsPerCall];

    public void Dispose()
    {
        foreach (int handle in _open) _kernel.Close(handle);
        _kernel.Dispose();
    }

    [Fact]
    public void WhatIsThereComesInOrderWithItsOrigin()
    {
        int server = Open(new(new(Ipv4Address.Any, 0)));
        int client = Open(new(new(TestSockets.Loopback, 0)));
        IpAddress second = new Ipv4Address(0x7F00_0002);
        IpEndpoint to = new(second, TestSockets.LocalOf(server).Port);
        byte[] pattern = TestSockets.Pattern(200);
        for (int i = 0; i < 3; i++) TestSockets.Ok(_kernel.SendTo(client, pattern.AsSpan(i, 10 + i), to, default, 0));

        Assert.Equal(3, TestSockets.Ok(_kernel.ReceiveMany(server, _buffer, _datagrams)));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(10 + i, _datagrams[i].Result.Count);
            Assert.Equal(pattern.AsSpan(i, 10 + i), _buffer.AsSpan(i * RoomBytes, 10 + i));
            Assert.Equal(new DatagramInfo(TestSockets.LocalOf(client), second, TestSockets.LoopbackIndex), _datagrams[i].Info);
        }

        Assert.True(_kernel.ReceiveMany(server, _buffer, _datagrams).WouldBlock);
    }

    [Fact]
    public void LongDatagramIsMarkedAndSpoilsNoOther()
    {
        int server = Open(new(new(TestSockets.Loopback, 0)));
        int client = Open(new(new(TestSockets.Loopback, 0)));
        byte[] pattern = TestSockets.Pattern(200);
        foreach (int length in (int[])[5, RoomBytes + 1, RoomBytes, 0])
            TestSockets.Ok(_kernel.SendTo(client, pattern.AsSpan(0, length), TestSockets.LocalOf(server), default, 0));

        Assert.Equal(4, TestSockets.Ok(_kernel.ReceiveMany(server, _buffer, _datagrams)));
        Assert.Equal(5, _datagrams[0].Result.Count);
        Assert.Equal(Errno.MessageTooLong, _datagrams[1].Result.Errno);
        Assert.Equal(TestSockets.LocalOf(client), _datagrams[1].Info.Peer);
        Assert.Equal(pattern.AsSpan(0, RoomBytes), _buffer.AsSpan(2 * RoomBytes, RoomBytes));
        Assert.Equal(0, _datagrams[3].Result.Count);
    }

    [Fact]
    public void MoreThanOneCallTakesWaits()
    {
        int server = Open(new(new(TestSockets.Loopback, 0)));
        int client = Open(new(new(TestSockets.Loopback, 0)));
        const int Sent = Limits.DatagramsPerCall + 3;
        for (int i = 0; i < Sent; i++)
            TestSockets.Ok(_kernel.SendTo(client, [(byte)i], TestSockets.LocalOf(server), default, 0));

        Assert.Equal(Limits.DatagramsPerCall, TestSockets.Ok(_kernel.ReceiveMany(server, _buffer, _datagrams)));
        Assert.Equal(3, TestSockets.Ok(_kernel.ReceiveMany(server, _buffer, _datagrams)));
        Assert.Equal(Limits.DatagramsPerCall, _buffer[0]);
    }

    [Fact]
    public void EachDatagramGoesToItsPeerByTheAddressThatIsAsked()
    {
        int first = Open(new(new(TestSockets.Loopback, 0)));
        int second = Open(new(new(TestSockets.Loopback, 0)));
        int sender = Open(new(new(Ipv4Address.Any, 0)));
        IpAddress source = new Ipv4Address(0x7F00_0003);
        OutgoingDatagram[] outgoing =
        [
            new(1, 2, TestSockets.LocalOf(first)),
            new(4, 3, TestSockets.LocalOf(second)),
            new(0, 1, TestSockets.LocalOf(first)),
        ];

        Assert.Equal(3, TestSockets.Ok(_kernel.SendMany(sender, "abcdefgh"u8, outgoing, source, TestSockets.LoopbackIndex)));

        Assert.Equal(2, TestSockets.Ok(_kernel.ReceiveMany(first, _buffer, _datagrams)));
        Assert.Equal("bc"u8, _buffer.AsSpan(0, 2));
        Assert.Equal("a"u8, _buffer.AsSpan(RoomBytes, 1));
        Assert.Equal(source, _datagrams[0].Info.Peer.Address);
        Assert.Equal(1, TestSockets.Ok(_kernel.ReceiveMany(second, _buffer, _datagrams)));
        Assert.Equal("efg"u8, _buffer.AsSpan(0, 3));
    }

    [Fact]
    public void WhatCannotBeSentEndsTheRunAndIsNamedWhenItIsFirst()
    {
        int server = Open(new(new(TestSockets.Loopback, 0)));
        int sender = Open(new(new(TestSockets.Loopback, 0)));
        IpEndpoint good = TestSockets.LocalOf(server);
        IpEndpoint everybody = new(new Ipv4Address(0x7FFF_FFFF), 9);
        OutgoingDatagram[] outgoing = [new(0, 1, good), new(0, 1, everybody), new(0, 1, good)];

        Assert.Equal(1, TestSockets.Ok(_kernel.SendMany(sender, "x"u8, outgoing, default, 0)));
        Assert.Equal(Errno.AccessDenied, _kernel.SendMany(sender, "x"u8, outgoing.AsSpan(1), default, 0).Errno);
        Assert.Equal(1, TestSockets.Ok(_kernel.SendMany(sender, "x"u8, outgoing.AsSpan(2), default, 0)));
    }

    private int Open(in UdpOptions options)
    {
        int socket = TestSockets.Ok(_kernel.OpenUdp(options));
        _open.Add(socket);
        return socket;
    }
}
