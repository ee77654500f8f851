using System;
using Aglet.Dhcp;
using Aglet.Net;
using Aglet.Time;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Dhcp;

public sealed class AddressProbeTests
{
    private static readonly HardwareAddress _ours = Mac("02:00:00:00:00:01");
    private static readonly HardwareAddress _client = Mac("52:54:00:00:00:01");
    private static readonly HardwareAddress _holder = Mac("52:54:00:00:00:66");
    private static readonly Ipv4Address _address = Ip("10.0.0.100");

    private readonly AddressProbe _probe = new(8);

    [Fact]
    public void AnAddressIsAskedForWaitedForAndThenKnownForHalfAMinute()
    {
        Assert.Equal(ProbeStep.Ask, _probe.OnOffer(At(1), _address, _client));
        Assert.Equal(ProbeStep.Wait, _probe.OnOffer(At(1) + Duration.FromMilliseconds(199), _address, _client));
        Assert.Equal(ProbeStep.Offer, _probe.OnOffer(At(1) + Duration.FromMilliseconds(200), _address, _client));
        Assert.Equal(ProbeStep.Offer, _probe.OnOffer(At(30), _address, _client));
        Assert.Equal(ProbeStep.Ask, _probe.OnOffer(At(31), _address, _client));
    }

    [Fact]
    public void WhoAnswersHasIt()
    {
        _probe.OnOffer(At(1), _address, _client);
        Assert.False(_probe.OnArp(At(1), Says(_holder, Ip("10.0.0.101")), _ours));
        Assert.True(_probe.OnArp(At(1), Says(_holder, _address), _ours));
        Assert.Equal(_holder, _probe.HolderOf(_address));
        Assert.Equal(1ul, _probe.ConflictCount);
        Assert.False(_probe.OnArp(At(1), Says(_holder, _address), _ours)); // told once
        Assert.Equal(ProbeStep.Ask, _probe.OnOffer(At(2), _address, _client));
    }

    /// <summary>A system that still uses the address that it gets again, and our own card.</summary>
    [Fact]
    public void TheClientItselfIsNoConflict()
    {
        _probe.OnOffer(At(1), _address, _client);
        Assert.False(_probe.OnArp(At(1), Says(_client, _address), _ours));
        Assert.False(_probe.OnArp(At(1), Says(_ours, _address), _ours));
        Assert.False(_probe.OnArp(At(1), ArpPacket.Probe(_holder, _address), _ours)); // another server asks, too
        Assert.False(_probe.OnArp(At(31), Says(_holder, _address), _ours)); // nobody asked any more
        Assert.True(_probe.HolderOf(_address).IsNone);
    }

    [Fact]
    public void TheOldestQuestionMakesRoom()
    {
        for (byte i = 0; i < 9; i++) _probe.OnOffer(At(1), Ip($"10.0.0.{100 + i}"), _client);
        Assert.Equal(ProbeStep.Wait, _probe.OnOffer(At(1), Ip("10.0.0.108"), _client));
        Assert.Equal(ProbeStep.Ask, _probe.OnOffer(At(1), _address, _client));
        _probe.Clear();
        Assert.Equal(ProbeStep.Ask, _probe.OnOffer(At(1), Ip("10.0.0.108"), _client));
    }

    [Fact]
    public void HeldMessagesComeOutInTheirOrderAsTheyWere()
    {
        HeldMessages held = new(3);
        byte[] room = new byte[1536];
        Assert.Equal(Instant.Never, held.NextDeadline);
        Assert.True(held.TryHold(Message(1, 1), [1, 1, 1]));
        Assert.True(held.TryHold(Message(2, 2), [2, 2]));
        Assert.True(held.TryHold(Message(3, 3), [3]));
        Assert.False(held.TryHold(Message(4, 4), [4]));

        // A repeat takes the place, and not a later time.
        Assert.True(held.TryHold(Message(1, 5), [9]));
        Assert.Equal(At(1), held.NextDeadline);
        Assert.False(held.TryTakeDue(At(0), room, out _, out _));
        Assert.True(held.TryTake(Ip("10.0.0.2"), room, out HeldMessage message, out int length));
        Assert.Equal((2, Mac("52:54:00:00:00:02")), (length, message.Machine));
        Assert.False(held.TryTake(Ip("10.0.0.2"), room, out _, out _));
        Assert.True(held.TryTakeDue(At(9), room, out message, out length));
        Assert.Equal((1, (byte)9, At(0)), (length, room[0], message.Since));
        Assert.True(held.TryHold(Message(5, 9), [5]));
        Assert.True(held.TryTakeDue(At(9), room, out message, out length));
        Assert.Equal((byte)3, room[0]);
        Assert.True(held.TryTakeDue(At(9), room, out message, out length));
        Assert.Equal((byte)5, room[0]);
        Assert.False(held.TryTakeDue(At(9), room, out _, out _));
        Assert.Equal(0, held.Count);
    }

    private static HeldMessage Message(byte machine, long until) => new(
        Mac($"52:54:00:00:00:{machine:x2}"), Ip($"10.0.0.{machine}"), At(0), At(until), default);

    private static ArpPacket Says(HardwareAddress who, Ipv4Address address)
    {
        byte[] frame = Convert.FromHexString(
            "ffffffffffff" + "000000000000" + "0806" + "0001080006040002" + "000000000000" + "00000000" + "000000000000" + "00000000");
        who.Write(frame.AsSpan(6));
        who.Write(frame.AsSpan(22));
        address.Write(frame.AsSpan(28));
        Assert.Equal(ArpReject.None, ArpPacket.Parse(frame, out ArpPacket packet));
        return packet;
    }
}
