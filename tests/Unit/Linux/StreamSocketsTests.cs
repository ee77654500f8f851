using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using Aglet.Kernel;
using Aglet.Linux;
using Aglet.Net;
using Xunit;

namespace Aglet.Tests.Unit.Linux;

/// <summary>Each test is served by the kernel under test; the client is the BCL's.</summary>
public sealed unsafe class StreamSocketsTests : IDisposable
{
    private readonly LinuxKernel _kernel = new(takesSignals: false);
    private readonly Socket _client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly byte[] _buffer = new byte[65_536];
    private readonly int _listener;
    private readonly int _connection;
    private readonly IpEndpoint _peer;
    private readonly IpEndpoint _local;

    public StreamSocketsTests()
    {
        _listener = TestSockets.Ok(_kernel.Listen(new(TestSockets.Loopback, 0), 0));
        Assert.True(_kernel.Accept(_listener, out _, out _).WouldBlock);
        _client.Connect(IPAddress.Loopback, TestSockets.LocalOf(_listener).Port);
        _client.ReceiveTimeout = 30_000;
        _connection = TestSockets.Ok(_kernel.Accept(_listener, out _peer, out _local));
    }

    public void Dispose()
    {
        _client.Dispose();
        _kernel.Close(_connection);
        _kernel.Close(_listener);
        _kernel.Dispose();
    }

    [Fact]
    public void AcceptedConnectionTellsBothEnds()
    {
        Assert.Equal(TestSockets.LocalOf(_listener), _local);
        Assert.Equal(TestSockets.Loopback, _peer.Address);
        Assert.Equal(((IPEndPoint)_client.LocalEndPoint!).Port, _peer.Port);
    }

    [Fact]
    public void AcceptedConnectionHasNoDelayAndDoesNotBlock()
    {
        int noDelay = 0;
        uint length = sizeof(int);
        Assert.Equal(
            0, Libc.getsockopt(_connection, LibcConstants.SOL_TCP, LibcConstants.TCP_NODELAY, &noDelay, &length));
        Assert.Equal(1, noDelay);
        Assert.True(_kernel.Receive(_connection, _buffer).WouldBlock);
    }

    /// <summary>What is held back leaves at the latest when the cork is pulled.</summary>
    [Fact]
    public void CorkIsPutInAndPulled()
    {
        TestSockets.Ok(_kernel.Cork(_connection, isOn: true));
        int cork = 0;
        uint length = sizeof(int);
        Assert.Equal(0, Libc.getsockopt(_connection, LibcConstants.SOL_TCP, LibcConstants.TCP_CORK, &cork, &length));
        Assert.Equal(1, cork);
        Assert.Equal(4, TestSockets.Ok(_kernel.Send(_connection, "head"u8, more: false)));
        Assert.Equal(4, TestSockets.Ok(_kernel.Send(_connection, "body"u8, more: false)));
        TestSockets.Ok(_kernel.Cork(_connection, isOn: false));
        TestSockets.Ok(_kernel.Shutdown(_connection));
        Assert.Equal("headbody"u8, ReceiveAll());
    }

    [Fact]
    public void BytesGoBothWaysAndEitherSideEndsAlone()
    {
        _client.Send("GET"u8);
        _client.Shutdown(SocketShutdown.Send);
        TestSockets.WaitFor(_kernel, _connection, Readiness.Readable);
        Assert.Equal(3, TestSockets.Ok(_kernel.Receive(_connection, _buffer)));
        Assert.Equal("GET"u8, _buffer.AsSpan(0, 3));
        Assert.Equal(0, TestSockets.Ok(_kernel.Receive(_connection, _buffer)));

        Assert.Equal(4, TestSockets.Ok(_kernel.Send(_connection, "head"u8, more: true)));
        Assert.Equal(4, TestSockets.Ok(_kernel.Send(_connection, "body"u8, more: false)));
        TestSockets.Ok(_kernel.Shutdown(_connection));
        Assert.Equal("headbody"u8, ReceiveAll());
        Assert.Equal(Errno.BrokenPipe, _kernel.Send(_connection, "x"u8, more: false).Errno);
    }

    [Fact]
    public void FullConnectionTakesPartThenWouldBlockThenGoesOn()
    {
        byte[] bytes = TestSockets.Pattern(32 << 20);
        int sent = 0;
        SysResult result;
        while (!(result = _kernel.Send(_connection, bytes.AsSpan(sent), more: false)).IsError) sent += result.Count;
        Assert.True(result.WouldBlock);
        Assert.InRange(sent, 1, bytes.Length - 1);

        for (int taken = 0; taken < sent;) taken += _client.Receive(_buffer);
        Assert.Equal(Readiness.Writable, TestSockets.WaitFor(_kernel, _connection, Readiness.Writable));
        Assert.False(_kernel.Send(_connection, bytes.AsSpan(sent), more: false).IsError);
    }

    [Fact]
    public void FileIsSentFromAnOffsetUntilItEnds()
    {
        string path = Path.GetTempFileName();
        byte[] content = TestSockets.Pattern(100_000);
        File.WriteAllBytes(path, content);
        int file = TestSockets.Ok(_kernel.OpenFile(System.Text.Encoding.UTF8.GetBytes(path), out _));

        Assert.Equal(1000, TestSockets.Ok(_kernel.SendFile(_connection, file, 10, 1000)));
        Assert.Equal(20, TestSockets.Ok(_kernel.SendFile(_connection, file, 99_980, long.MaxValue)));
        Assert.Equal(0, TestSockets.Ok(_kernel.SendFile(_connection, file, 100_000, 1)));
        Assert.Equal(0, TestSockets.Ok(_kernel.SendFile(_connection, file, 0, 0)));
        TestSockets.Ok(_kernel.Shutdown(_connection));

        Assert.Equal([.. content.AsSpan(10, 1000), .. content.AsSpan(99_980)], ReceiveAll());
        _kernel.Close(file);
        File.Delete(path);
    }

    [Fact]
    public void PeerThatResetIsGone()
    {
        _client.LingerState = new LingerOption(true, 0);
        _client.Close();
        Readiness seen = TestSockets.WaitFor(_kernel, _connection, Readiness.None);
        Assert.Equal(Readiness.Failed, seen);
        Assert.True(_kernel.Receive(_connection, _buffer).IsPeerGone);
        Assert.True(_kernel.Send(_connection, "x"u8, more: false).IsPeerGone);
    }

    [Fact]
    public void PortInUseIsRefused()
    {
        Assert.Equal(Errno.AddressInUse, _kernel.Listen(TestSockets.LocalOf(_listener), 0).Errno);
        IpAddress six = new(new UInt128(0xFE80_0000_0000_0000, 1));
        Assert.Equal(Errno.NotSupported, _kernel.Listen(new(six, 0), 0).Errno);
    }

    [Fact]
    public void ListenerOfAnInterfaceAnswersThere()
    {
        int listener = TestSockets.Ok(_kernel.Listen(new(Ipv4Address.Any, 0), TestSockets.LoopbackIndex));
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(IPAddress.Parse("127.0.0.9"), TestSockets.LocalOf(listener).Port);
        int connection = TestSockets.Ok(_kernel.Accept(listener, out _, out IpEndpoint local));
        Assert.Equal(new Ipv4Address(0x7F00_0009), local.Address.Ipv4);
        _kernel.Close(connection);
        _kernel.Close(listener);
        Assert.True(_kernel.Listen(new(Ipv4Address.Any, 0), 999_999).IsError);
    }

    private byte[] ReceiveAll()
    {
        using MemoryStream all = new();
        int count;
        while ((count = _client.Receive(_buffer)) > 0) all.Write(_buffer, 0, count);
        return all.ToArray();
    }
}
