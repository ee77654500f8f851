using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Core;
using Aglet.Dhcp;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Tree;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Dhcp;

/// <summary>The endpoint over a recorded wire: what is opened, where replies go, what the log says.</summary>
public sealed class DhcpEndpointTests
{
    private static readonly IpEndpoint _nobody = new(Ipv4Address.Any, 68);
    private readonly WireKernel _kernel = new();
    private readonly SocketTable _sockets;
    private DhcpEndpoint _endpoint;
    private int _sentBefore;

    public DhcpEndpointTests()
    {
        _sockets = new(_kernel);
        _endpoint = Endpoint(DhcpMode.Server);
    }

    [Fact]
    public void BothPortsAreBoundToTheInterface()
    {
        Assert.False(_endpoint.Start().IsError);
        Assert.Equal([(ushort)67, (ushort)4011], _kernel.Opened.ConvertAll(o => o.Local.Port));
        Assert.All(_kernel.Opened, o => Assert.True(o.Broadcast && o.InterfaceIndex == 2));
        Assert.Equal(4, _sockets.Count); // and two that only listen
        _endpoint.BeginDrain();
        Assert.True(_endpoint.IsDrained);
        Assert.Equal(0, _sockets.Count);
        Assert.Equal(5, _kernel.Closed.Count);
    }

    [Theory]
    [InlineData(67)]
    [InlineData(4011)]
    public void APortInUseIsNamedAndNothingStaysOpen(ushort port)
    {
        _kernel.PortInUse = port;
        Assert.Equal(Errno.AddressInUse, _endpoint.Start().Errno);
        Assert.Equal(port, _endpoint.FailedPort);
        Assert.Equal(0, _sockets.Count);
        Assert.True(_endpoint.IsDrained);
    }

    [Fact]
    public void AClientWithoutAddressGetsAFrame()
    {
        _endpoint.Start();
        Receive(new DhcpPacket(DhcpMessageType.Discover).Build());
        byte[] frame = Assert.Single(_kernel.Frames);
        Assert.Empty(_kernel.Sent);
        Assert.Equal("525400000001020000000001", Convert.ToHexString(frame, 0, 12));
        Assert.Equal(67, (frame[34] << 8) | frame[35]);
        Assert.Equal(68, (frame[36] << 8) | frame[37]);
        DhcpMessage reply = Parse(frame[UdpFrame.HeaderBytes..]);
        Assert.Equal(DhcpMessageType.Offer, reply.Type);
        Assert.Equal(reply.YourAddress, Ipv4Address.Read(frame.AsSpan(30)));
        Assert.Contains("52:54:00:00:00:01: discover from a system: offers " + reply.YourAddress, _kernel.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutFramesTheReplyIsBroadcast()
    {
        _kernel.RefusePackets = true;
        Assert.False(_endpoint.Start().IsError);
        Receive(new DhcpPacket(DhcpMessageType.Discover).Build());
        Assert.Equal(DhcpRoute.ToAll.Peer, Assert.Single(_kernel.Sent).Peer);
        Assert.Contains("answered by broadcast", _kernel.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public void AFrameThatIsRefusedIsBroadcast()
    {
        _kernel.RefuseFrames = true;
        _endpoint.Start();
        Receive(new DhcpPacket(DhcpMessageType.Discover).Build());
        Assert.Equal(DhcpRoute.ToAll.Peer, Assert.Single(_kernel.Sent).Peer);
    }

    [Fact]
    public void ARenewalIsAnsweredByUnicast()
    {
        _endpoint.Start();
        Receive(new DhcpPacket(DhcpMessageType.Discover).Broadcast().Build());
        Ipv4Address address = Parse(_kernel.Sent[0].Datagram).YourAddress;
        Receive(new DhcpPacket(DhcpMessageType.Request).Address(50, address.ToString()).Address(54, "10.0.0.1").Broadcast().Build());
        Assert.Equal(DhcpMessageType.Acknowledgment, Parse(_kernel.Sent[1].Datagram).Type);
        Assert.Contains("acks " + address, _kernel.LogText, StringComparison.Ordinal);
        IpEndpoint client = new(address, 68);
        Receive(new DhcpPacket(DhcpMessageType.Request).ClientAddress(address.ToString()).Build(), client, ServerAddress);
        Assert.Equal(client, _kernel.Sent[2].Peer);
        Assert.Equal(address, Parse(_kernel.Sent[2].Datagram).ClientAddress);
    }

    [Fact]
    public void ARefusalSaysWhyInTheLog()
    {
        _endpoint.Start();
        Receive(new DhcpPacket(DhcpMessageType.Request).Address(50, "192.168.1.5").Build());
        Assert.Equal(DhcpRoute.ToAll.Peer, _kernel.Sent[0].Peer);
        Assert.Contains(
            "naks 192.168.1.5, because this address is of another network", _kernel.LogText, StringComparison.Ordinal);
        Assert.Equal(1ul, _endpoint.Verdicts[DhcpVerdict.RefusedWrongNetwork]);
    }

    [Fact]
    public void AFullPoolIsSaidInTheOperatorsWords()
    {
        _endpoint = new(_kernel, _sockets, new Log(_kernel), Planner(), Settings(first: "10.0.0.100", last: "10.0.0.100"), [Link]);
        _endpoint.Start();
        Receive(new DhcpPacket(DhcpMessageType.Discover).Build());
        Receive(new DhcpPacket(DhcpMessageType.Discover, "52:54:00:00:00:02").Build());
        Assert.Contains(
            "no free address in the pool 10.0.0.100-10.0.0.100: make the pool larger", _kernel.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public void AnExpiredOfferIsForgottenAtItsDeadline()
    {
        _endpoint.Start();
        Receive(new DhcpPacket(DhcpMessageType.Discover).Build());
        Assert.Equal(At(60), _endpoint.NextDeadline);
        _endpoint.OnDeadline(At(60));
        Assert.Equal(-1, _endpoint.Leases.Find(Key("52:54:00:00:00:01")));
    }

    [Fact]
    public void WhatIsNoDhcpIsCounted()
    {
        _endpoint.Start();
        Receive([1, 2, 3]);
        Receive(new byte[2000]);
        Receive(new DhcpPacket(DhcpMessageType.Offer).Field(0, 2).Build());
        Assert.Equal(1ul, _endpoint.Rejects[DhcpReject.Truncated]);
        Assert.Equal(1ul, _endpoint.Rejects[DhcpReject.TooLong]);
        Assert.Equal(1ul, _endpoint.Verdicts[DhcpVerdict.NotAMessageForServers]);
        Assert.Empty(_kernel.Sent);
        Assert.Empty(_kernel.Frames);
    }

    [Fact]
    public void ATurnTakesABoundedNumberOfDatagrams()
    {
        _endpoint.Start();
        byte[] reply = new DhcpPacket(DhcpMessageType.Offer).Field(0, 2).Build();
        for (int i = 0; i < Limits.DhcpMessagesPerTurn + 8; i++) _kernel.Enqueue(reply, _nobody, Ipv4Address.Broadcast);
        Turn(SocketOwner.DhcpServer);
        Assert.Equal((ulong)Limits.DhcpMessagesPerTurn, _endpoint.Verdicts[DhcpVerdict.NotAMessageForServers]);
        Turn(SocketOwner.DhcpServer);
        Assert.Equal((ulong)Limits.DhcpMessagesPerTurn + 8, _endpoint.Verdicts[DhcpVerdict.NotAMessageForServers]);
    }

    /// <summary>Replies of one turn leave with few calls, and one that is refused takes no other with it.</summary>
    [Fact]
    public void RepliesOfOneTurnLeaveEachItsWay()
    {
        _endpoint.Start();
        _kernel.RefusedTarget = Discover(1, isBroadcast: false).AsSpan(28, 6).ToArray();
        for (int i = 0; i < 3; i++) _kernel.Enqueue(Discover(i, isBroadcast: false), _nobody, Ipv4Address.Broadcast);
        _kernel.Enqueue(Discover(3, isBroadcast: true), _nobody, Ipv4Address.Broadcast);
        _kernel.Enqueue(Discover(4, isBroadcast: false), _nobody, Ipv4Address.Broadcast);
        Turn(SocketOwner.DhcpServer);
        Assert.Equal([0, 2, 4], _kernel.Frames.ConvertAll(frame => (int)frame[UdpFrame.HeaderBytes + 33]));
        Assert.Equal([1, 3], _kernel.Sent.ConvertAll(sent => (int)sent.Datagram[33]));
    }

    private static byte[] Discover(int machine, bool isBroadcast)
    {
        DhcpPacket packet = new(DhcpMessageType.Discover);
        byte[] bytes = (isBroadcast ? packet.Broadcast() : packet).Build();
        bytes[33] = (byte)machine; // the last byte of chaddr
        return bytes;
    }

    /// <summary>A claim moved an address to another MAC, and its owner was then refused its own answer file.</summary>
    [Fact]
    public void AClaimToALeasedAddressIsNotBelieved()
    {
        BootPlanner planner = Planner();
        _endpoint = new(_kernel, _sockets, new Log(_kernel), planner, Settings(), [Link]);
        _endpoint.Start();
        Receive(new DhcpPacket(DhcpMessageType.Request).Address(50, "10.0.0.150").Address(54, "10.0.0.1").Build());
        Receive(new DhcpPacket(DhcpMessageType.Inform, "52:54:00:00:00:66").ClientAddress("10.0.0.150").Build());
        Assert.Equal(1ul, _endpoint.Verdicts[DhcpVerdict.Informed]);
        Assert.Equal(Mac("52:54:00:00:00:01"), planner.Clients[planner.Clients.Find(Ip("10.0.0.150"))].HardwareAddress);
        Receive(new DhcpPacket(DhcpMessageType.Inform, "52:54:00:00:00:66").ClientAddress("10.0.0.7").Build());
        Assert.Equal(Mac("52:54:00:00:00:66"), planner.Clients[planner.Clients.Find(Ip("10.0.0.7"))].HardwareAddress);
    }

    /// <summary>A flood of made-up addresses wrote a line for each, and hid what the configured machines did.</summary>
    [Fact]
    public void AFloodIsCountedInTheLogAndHidesNoConfiguredMachine()
    {
        Settings settings = Settings(machines: [Machine("node1", "52:54:00:00:00:09", "10.0.0.11")]) with
        {
            Images = [new() { Name = "disk", Title = "disk", Kind = ImageKind.Local }],
        };
        BootPlanner planner = new(new BootCatalog(settings, new BootTree([])));
        _endpoint = new(_kernel, _sockets, new Log(_kernel), planner, settings, [Link]);
        _endpoint.Start();
        for (int i = 0; i < 90; i++) Receive(new DhcpPacket(DhcpMessageType.Discover, $"52:54:00:00:01:{i:x2}").Build());
        Receive(new DhcpPacket(DhcpMessageType.Discover, "52:54:00:00:00:09").Build());
        Assert.Equal(21, _kernel.LogText.Split(" discover from ").Length - 1);
        Assert.Contains("node1: discover from", _kernel.LogText, StringComparison.Ordinal);
        Assert.Equal(At(1), _endpoint.NextDeadline);
        _endpoint.OnDeadline(At(1));
        Assert.Contains(
            "70 more lines about machines that are not configured were left out: offers\n", _kernel.LogText, StringComparison.Ordinal);
        Assert.Equal(At(60), _endpoint.NextDeadline);
    }

    [Fact]
    public void NewSettingsKeepLeases()
    {
        _endpoint.Start();
        Receive(new DhcpPacket(DhcpMessageType.Request).Address(50, "10.0.0.150").Address(54, "10.0.0.1").Build());
        _endpoint.Replace(Settings(first: "10.0.0.140", last: "10.0.0.160"));
        Assert.Equal(Ip("10.0.0.150"), _endpoint.Leases.AddressOf(_endpoint.Leases.Find(Key("52:54:00:00:00:01"))));
    }

    [Fact]
    public void TheProxyGivesNoAddress()
    {
        _endpoint = Endpoint(DhcpMode.Proxy);
        _endpoint.Start();
        Receive(new DhcpPacket(DhcpMessageType.Discover).Build());
        Receive(new DhcpPacket(DhcpMessageType.Request).Address(50, "10.0.0.50").Address(54, "10.0.0.2").Build());
        Assert.Empty(_kernel.Sent);
        Assert.Empty(_kernel.Frames);
        Assert.Equal(1ul, _endpoint.Verdicts[DhcpVerdict.Overheard]);
        Assert.Equal(0, _endpoint.Leases.Count);
    }

    [Fact]
    public void ManyExchangesAllocateNothing()
    {
        _endpoint.Start();
        _kernel.IsRecording = false;
        byte[][] packets =
        [
            DhcpGolden.Read("0030-ovmf-pxe-discover"), DhcpGolden.Read("0010-udhcpc-discover"),
            DhcpGolden.Read("0050-pi4-discover"), DhcpGolden.Read("0051-pi4-request"), [1, 2, 3],
            new DhcpPacket(DhcpMessageType.Request).Address(50, "192.168.1.5").Build(),
        ];
        Exchange(packets, 100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exchange(packets, 1000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private void Exchange(byte[][] packets, int times)
    {
        SocketEntry entry = new(_kernel.HandleOf(67), SocketOwner.DhcpServer, 0);
        for (int i = 0; i < times; i++)
        {
            _kernel.Next = packets[i % packets.Length];
            _endpoint.OnReady(At(i), entry, default, Readiness.Readable);
            _endpoint.OnDeadline(At(i));
            _endpoint.OnTurnEnd(At(i));
        }
    }

    private static BootPlanner Planner() => new(new BootCatalog(Settings(), new BootTree([])));

    private DhcpEndpoint Endpoint(DhcpMode mode) =>
        new(_kernel, _sockets, new Log(_kernel), Planner(), Settings(mode), [Link]);

    private void Receive(byte[] datagram) => Receive(datagram, _nobody, Ipv4Address.Broadcast);

    private void Receive(byte[] datagram, IpEndpoint peer, Ipv4Address local)
    {
        _kernel.Enqueue(datagram, peer, local);
        Turn(SocketOwner.DhcpServer);
    }

    private void Turn(SocketOwner owner)
    {
        SocketEntry entry = new(_kernel.HandleOf(owner == SocketOwner.DhcpServer ? 67 : 4011), owner, 0);
        _endpoint.OnReady(At(0), entry, default, Readiness.Readable);
        Assert.Empty(_kernel.Sent.Skip(_sentBefore));
        _endpoint.OnTurnEnd(At(0));
        _sentBefore = _kernel.Sent.Count;
    }
}
