using System;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Dhcp;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;
using Aglet.Tree;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Dhcp;

/// <summary>The guards in the endpoint: what waits, what is dropped, what the operator is told.</summary>
public sealed class DhcpGuardTests
{
    private const string Client = "52:54:00:00:00:01";
    private const string Holder = "52:54:00:00:00:66";

    private readonly WireKernel _kernel = new();
    private DhcpEndpoint _endpoint;

    public DhcpGuardTests() => _endpoint = Start(Settings() with { IsProbing = true });

    [Fact]
    public void AFreshAddressIsOfferedWhenNobodyAnswersForIt()
    {
        Receive(0, Discover());
        byte[] probe = Assert.Single(_kernel.Frames);
        Assert.Equal(ArpReject.None, ArpPacket.Parse(probe, out ArpPacket packet));
        Assert.Equal(Link.HardwareAddress, packet.SenderHardware);
        Assert.True(packet.SenderAddress.IsAny);
        Assert.Equal(Moment(200), _endpoint.NextDeadline);
        Receive(100, Discover()); // firmware is impatient: nothing waits longer for it
        _endpoint.OnDeadline(Moment(200));
        _endpoint.OnTurnEnd(Moment(200));
        Assert.Equal(2, _kernel.Frames.Count);
        Assert.Equal(packet.TargetAddress, OfferIn(1));

        // Nobody answered: that is believed for a while, and for ever once it is the client's.
        Receive(1000, Discover());
        Assert.Equal(packet.TargetAddress, OfferIn(2));
        Receive(1100, Request(packet.TargetAddress));
        Receive(90_000, Discover());
        Assert.Equal(packet.TargetAddress, OfferIn(4));
    }

    [Fact]
    public void AnAddressThatSomebodyUsesIsNotOffered()
    {
        Receive(0, Discover());
        ArpPacket.Parse(_kernel.Frames[0], out ArpPacket first);
        Answer(50, first.TargetAddress, Holder);
        Assert.Equal(LeaseState.InUse, _endpoint.Leases.StateOf(_endpoint.Leases.Find(first.TargetAddress)));
        Assert.Contains(
            $"{Holder}: ({Holder}) uses {first.TargetAddress}, which it has not from here", _kernel.LogText, StringComparison.Ordinal);

        // Another address is asked for, and answered for, too: then it is offered unasked, for the client waits.
        ArpPacket.Parse(_kernel.Frames[1], out ArpPacket second);
        Assert.NotEqual(first.TargetAddress, second.TargetAddress);
        Assert.Equal(Moment(250), _endpoint.NextDeadline);
        Answer(240, second.TargetAddress, Holder);
        ArpPacket.Parse(_kernel.Frames[2], out ArpPacket third);
        Assert.Equal(Moment(440), _endpoint.NextDeadline);
        Answer(430, third.TargetAddress, Holder);
        ArpPacket.Parse(_kernel.Frames[3], out ArpPacket fourth);
        Assert.Equal(fourth.TargetAddress, OfferIn(4));
        Assert.Equal(3ul, _endpoint.Probe.ConflictCount);
    }

    [Fact]
    public void TheClientItselfMayAnswer()
    {
        Receive(0, Discover());
        ArpPacket.Parse(_kernel.Frames[0], out ArpPacket probe);
        Answer(50, probe.TargetAddress, Client);
        _endpoint.OnDeadline(Moment(200));
        _endpoint.OnTurnEnd(Moment(200));
        Assert.Equal(probe.TargetAddress, OfferIn(1));
    }

    [Fact]
    public void NobodyWaitsWhereItIsSwitchedOffOrNotPermittedOrRelayed()
    {
        Receive(0, Discover("52:54:00:00:00:02").RelayAddress("10.0.0.9"));
        Assert.Single(_kernel.Sent);
        _endpoint = Start(Settings());
        Receive(0, Discover());
        OfferIn(0);
        _kernel.RefusePackets = true;
        _endpoint = Start(Settings() with { IsProbing = true });
        Receive(0, Discover());
        Assert.Equal(2, _kernel.Sent.Count);
    }

    [Fact]
    public void AHallOfMachinesFillsTheTableAndTheRestIsAnsweredAtOnce()
    {
        _endpoint = Start(Settings(first: "10.0.0.2", last: "10.0.0.250") with { IsProbing = true });
        for (int i = 0; i < 200; i++) Receive(0, Discover($"52:54:00:00:01:{i:x2}"));
        Assert.Equal(200, _kernel.Frames.Count);
        _endpoint.OnDeadline(Moment(200));
        _endpoint.OnTurnEnd(Moment(200));
        Assert.Equal(400, _kernel.Frames.Count);
    }

    [Fact]
    public void AStormOfOneClientIsCutAndNamed()
    {
        _endpoint = Start(Settings());
        for (int i = 0; i < 1000; i++) Receive(i, Discover());
        Assert.InRange(_kernel.Frames.Count, RateGuard.Burst, RateGuard.Burst + 20);
        Assert.InRange(_endpoint.Verdicts[DhcpVerdict.TooOften], 900ul, 950ul);
        Assert.Single(_kernel.LogText.Split('\n'), line => line.Contains($"{Client}: asks more than 16 times a second", StringComparison.Ordinal));
    }

    [Fact]
    public void AnotherServerIsNamed()
    {
        Overhear(0, new DhcpPacket(DhcpMessageType.Offer).Field(0, 2).Field(16, 10, 0, 0, 50).Field(20, 10, 0, 0, 3)
            .Address(54, "10.0.0.2").Option(60, "PXEClient").Option(67, "pxelinux.0"));
        Assert.Contains(
            "warning: 10.0.0.2 (52:54:00:00:00:66) is another DHCP server and gives addresses such as 10.0.0.50; "
            + "it tells clients to boot pxelinux.0 from 10.0.0.3: machines take whichever offer they like; switch one of us off",
            _kernel.LogText, StringComparison.Ordinal);
        Assert.Equal(1, _endpoint.Others.Count);

        // Our own offers, and those on another interface of ours, are not.
        Overhear(1000, new DhcpPacket(DhcpMessageType.Offer).Field(0, 2).Field(16, 10, 0, 0, 50).Address(54, "10.0.0.1"));
        Assert.Equal(1, _endpoint.Others.Count);
    }

    [Fact]
    public void AServerThatAClientChoseIsNamedWithoutPrivilege()
    {
        _kernel.RefusePackets = true;
        _endpoint = Start(Settings(DhcpMode.Proxy) with { Unknown = UnknownPolicy.Menu });
        Receive(0, new DhcpPacket(DhcpMessageType.Request, Client).Address(50, "10.0.0.50").Address(54, "10.0.0.2"));
        Assert.Contains("10.0.0.2 gives this network's addresses, such as 10.0.0.50\n", _kernel.LogText, StringComparison.Ordinal);
        Assert.DoesNotContain("warning: 10.0.0.2", _kernel.LogText, StringComparison.Ordinal);
    }

    private static DhcpPacket Discover(string mac = Client) => new(DhcpMessageType.Discover, mac);

    private static DhcpPacket Request(Ipv4Address address) =>
        new DhcpPacket(DhcpMessageType.Request, Client).Address(50, address.ToString()).Address(54, "10.0.0.1");

    private static Instant Moment(int milliseconds) => At(0) + Duration.FromMilliseconds(milliseconds);

    private Ipv4Address OfferIn(int frame)
    {
        DhcpMessage message = Parse(_kernel.Frames[frame][UdpFrame.HeaderBytes..]);
        Assert.Equal(DhcpMessageType.Offer, message.Type);
        return message.YourAddress;
    }

    private DhcpEndpoint Start(Settings settings)
    {
        _kernel.Frames.Clear();
        BootPlanner planner = new(new BootCatalog(settings with { Unknown = UnknownPolicy.Menu }, new BootTree([])));
        DhcpEndpoint endpoint = new(_kernel, new SocketTable(_kernel), new Log(_kernel), planner, settings, [Link]);
        Assert.False(endpoint.Start().IsError);
        return endpoint;
    }

    private void Receive(int milliseconds, DhcpPacket packet)
    {
        _kernel.Enqueue(packet.Build(), new(Ipv4Address.Any, 68), Ipv4Address.Broadcast);
        _endpoint.OnReady(Moment(milliseconds), new(_kernel.HandleOf(67), SocketOwner.DhcpServer, 0), default, Readiness.Readable);
        _endpoint.OnTurnEnd(Moment(milliseconds));
    }

    private void Overhear(int milliseconds, DhcpPacket packet)
    {
        byte[] message = packet.Build();
        byte[] frame = new byte[UdpFrame.HeaderBytes + message.Length];
        message.CopyTo(frame, UdpFrame.HeaderBytes);
        UdpFrame.WriteHeaders(frame, HardwareAddress.Broadcast, Mac(Holder), Ip("10.0.0.2"), 67, Ipv4Address.Broadcast, 68);
        Frame(milliseconds, PacketFilter.DhcpClient, frame);
    }

    private void Answer(int milliseconds, Ipv4Address address, string holder)
    {
        byte[] frame = Convert.FromHexString(
            "020000000001" + "000000000000" + "0806" + "0001080006040002" + "000000000000" + "00000000" + "020000000001" + "00000000");
        Mac(holder).Write(frame.AsSpan(6));
        Mac(holder).Write(frame.AsSpan(22));
        address.Write(frame.AsSpan(28));
        Frame(milliseconds, PacketFilter.ArpReplies, frame);
    }

    private void Frame(int milliseconds, PacketFilter filter, byte[] frame)
    {
        _kernel.EnqueueFrame(frame);
        _endpoint.OnReady(
            Moment(milliseconds), new(_kernel.PacketHandles[filter], SocketOwner.DhcpWatch, 0), default, Readiness.Readable);
        _endpoint.OnTurnEnd(Moment(milliseconds));
    }
}
