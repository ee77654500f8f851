using System;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Dhcp;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Tests.Simulation;
using Aglet.Tree;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Dhcp;

/// <summary>Port 67 is another program's: what comes to it is heard and answered as frames.</summary>
public sealed class DhcpPacketTests
{
    private static readonly HardwareAddress _client = Mac("52:54:00:00:00:01");
    private static readonly HardwareAddress _relay = Mac("52:54:00:00:00:fe");
    private readonly WireKernel _kernel = new();
    private readonly SocketTable _sockets;
    private DhcpEndpoint _endpoint = null!;

    public DhcpPacketTests() => _sockets = new(_kernel);

    [Fact]
    public void ATakenPortIsHeardBesideItsOwner()
    {
        _kernel.PortInUse = 67;
        Assert.False(Start().IsError);
        Assert.Contains(
            "eth0: port 67 is heard and answered beside the sockets, by raw frames: another program of this host holds it",
            _kernel.LogText, StringComparison.Ordinal);
        Receive(Discover(), Ipv4Address.Broadcast, 67);
        byte[] frame = Assert.Single(_kernel.Frames);
        Assert.Empty(_kernel.Sent);
        SimPacket packet = new();
        Assert.Null(SimFrame.TryRead(frame, packet));
        Assert.Equal(new IpEndpoint(ServerAddress, 67), packet.Source);
        Assert.Equal(new IpEndpoint(Ipv4Address.Broadcast, 68), packet.Destination);
        Assert.Equal("FFFFFFFFFFFF020000000001", Convert.ToHexString(frame, 0, 12));
        Assert.True(Parse(packet.Payload.ToArray()).YourAddress.IsAny);
        _endpoint.BeginDrain();
        Assert.True(_endpoint.IsDrained);
        Assert.Equal(0, _sockets.Count);
    }

    [Theory]
    [InlineData(DhcpMode.Server, DhcpListen.Auto)]
    [InlineData(DhcpMode.Server, DhcpListen.Socket)]
    [InlineData(DhcpMode.Proxy, DhcpListen.Socket)]
    public void ATakenPortIsAMistakeWhereItIsNotToBeHeardSo(object mode, object listen)
    {
        _kernel.PortInUse = 67;
        Assert.Equal(Errno.AddressInUse, Start((DhcpMode)mode, (DhcpListen)listen).Errno);
        Assert.Equal(67, _endpoint.FailedPort);
        Assert.Equal(0, _sockets.Count);
    }

    [Fact]
    public void OnlyASharedPortIsShared()
    {
        Start();
        Assert.All(_kernel.Opened, options => Assert.False(options.IsShared));
        _kernel.Opened.Clear();
        Start(DhcpMode.Proxy, DhcpListen.Socket);
        Assert.All(_kernel.Opened, options => Assert.True(options.IsShared));
    }

    /// <summary>Port 4011 stays a socket where it can be: else the kernel would say that nobody is there.</summary>
    [Fact]
    public void ToldToItHearsFramesAndHoldsPort4011()
    {
        Start(DhcpMode.Proxy, DhcpListen.Packet);
        Assert.Equal([(ushort)4011], _kernel.Opened.ConvertAll(options => options.Local.Port));
        Assert.Contains("dhcp.listen says \"packet\"", _kernel.LogText, StringComparison.Ordinal);

        // What comes to 4011 is heard by the socket; as a frame too, but not answered twice.
        Receive(BootServerRequest(), ServerAddress, 4011);
        Assert.Empty(_kernel.Frames);
    }

    [Fact]
    public void ATakenPort4011IsAnsweredFromItself()
    {
        _kernel.PortInUse = 4011;
        Assert.False(Start().IsError);
        Receive(BootServerRequest(), ServerAddress, 4011, "10.0.0.50", 4011);
        SimPacket packet = new();
        byte[] frame = Assert.Single(_kernel.Frames);
        Assert.Null(SimFrame.TryRead(frame, packet));
        Assert.Equal(new IpEndpoint(ServerAddress, 4011), packet.Source);
        Assert.Equal(new IpEndpoint(Ip("10.0.0.50"), 4011), packet.Destination);
        Assert.Equal(_client, packet.DestinationHardware);
        Assert.Equal(DhcpMessageType.Acknowledgment, Parse(packet.Payload.ToArray()).Type);

        // Port 67 is ours, and what comes to it is not answered twice.
        Receive(Discover(), Ipv4Address.Broadcast, 67);
        Assert.Single(_kernel.Frames);
    }

    [Fact]
    public void ARelayIsAnsweredThroughTheStationThatItCameFrom()
    {
        _kernel.PortInUse = 67;
        Start();
        byte[] relayed = new DhcpPacket(DhcpMessageType.Discover).Option(60, "PXEClient").Option(93, 0, 0)
            .RelayAddress("10.9.0.1").Build();
        Receive(relayed, ServerAddress, 67, "10.9.0.1", 67, _relay);
        SimPacket packet = new();
        Assert.Null(SimFrame.TryRead(Assert.Single(_kernel.Frames), packet));
        Assert.Equal(_relay, packet.DestinationHardware);
        Assert.Equal(new IpEndpoint(Ip("10.9.0.1"), 67), packet.Destination);
    }

    [Fact]
    public void WhatIsNotForUsIsNotAnswered()
    {
        _kernel.PortInUse = 67;
        Start();
        Receive(Discover(), Ip("10.7.0.1"), 67); // on its way through us to somebody else
        byte[] damaged = Frame(Discover(), Ipv4Address.Broadcast, 67);
        damaged[60] ^= 1;
        _kernel.EnqueueFrame(damaged);
        _kernel.EnqueueFrame(new byte[3000]);
        _kernel.EnqueueFrame(Frame([1, 2, 3], Ipv4Address.Broadcast, 67));
        Turn();
        Assert.Empty(_kernel.Frames);
        Assert.Equal(1ul, _endpoint.FrameRejects[UdpFrameReject.BadUdpChecksum]);
        Assert.Equal(1ul, _endpoint.Rejects[DhcpReject.TooLong]);
        Assert.Equal(1ul, _endpoint.Rejects[DhcpReject.Truncated]);

        // The same from this very machine, whose checksums nobody makes.
        damaged[60] ^= 1;
        damaged[40] ^= 1;
        _kernel.EnqueueFrame(damaged, isChecksumPending: true);
        Turn();
        Assert.Single(_kernel.Frames);
    }

    [Fact]
    public void ManyExchangesAllocateNothing()
    {
        _kernel.PortInUse = 67;
        Start();
        _kernel.IsRecording = false;
        byte[] frame = Frame(Discover(), Ipv4Address.Broadcast, 67);
        for (int i = 0; i < 2000; i++) _kernel.EnqueueFrame(frame);
        for (int i = 0; i < 10; i++) Turn();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 40; i++) Turn();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static byte[] Discover() =>
        new DhcpPacket(DhcpMessageType.Discover).Option(60, "PXEClient").Option(93, 0, 0).Build();

    private static byte[] BootServerRequest() => new DhcpPacket(DhcpMessageType.Request).Option(60, "PXEClient")
        .Option(93, 0, 7).ClientAddress("10.0.0.50").Build();

    private SysResult Start(DhcpMode mode = DhcpMode.Proxy, DhcpListen listen = DhcpListen.Auto)
    {
        Settings settings = Settings(mode) with { DhcpListen = listen };
        byte[] key = Encoding.ASCII.GetBytes("pxelinux.0");
        BootFile bios = new() { Key = key, HostPath = [.. "/srv/boot/"u8, .. key], Size = 1, ModifiedUnixSeconds = 1 };
        key = Encoding.ASCII.GetBytes("snponly.efi");
        BootFile uefi = new() { Key = key, HostPath = [.. "/srv/boot/"u8, .. key], Size = 1, ModifiedUnixSeconds = 1 };
        Log log = new(_kernel);
        BootPlanner planner = new(new BootCatalog(settings, new BootTree([bios, uefi])), log);
        _endpoint = new(_kernel, _sockets, log, planner, settings, [Link]);
        return _endpoint.Start();
    }

    private static byte[] Frame(
        byte[] datagram, Ipv4Address destination, ushort port, string source = "0.0.0.0", ushort sourcePort = 68,
        HardwareAddress station = default)
    {
        byte[] frame = new byte[UdpFrame.HeaderBytes + datagram.Length];
        datagram.CopyTo(frame, UdpFrame.HeaderBytes);
        HardwareAddress target = destination == Ipv4Address.Broadcast ? HardwareAddress.Broadcast : Link.HardwareAddress;
        UdpFrame.WriteHeaders(
            frame, target, station.IsNone ? _client : station, Ip(source), sourcePort, destination, port);
        return frame;
    }

    private void Receive(
        byte[] datagram, Ipv4Address destination, ushort port, string source = "0.0.0.0", ushort sourcePort = 68,
        HardwareAddress station = default)
    {
        _kernel.EnqueueFrame(Frame(datagram, destination, port, source, sourcePort, station));
        Turn();
    }

    private void Turn()
    {
        if (!_kernel.PacketHandles.TryGetValue(PacketFilter.DhcpServer, out int handle)) return;
        _endpoint.OnReady(At(0), new(handle, SocketOwner.DhcpPackets, 0), default, Readiness.Readable);
        _endpoint.OnTurnEnd(At(0));
    }
}
