using System;
using System.Collections.Generic;
using Aglet.Dhcp;
using Aglet.Net;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Dhcp;

/// <summary>Our own DHCP client as a script of (time, event) and what it does then (RFC 2131 §4.4).</summary>
public sealed class OwnClientTests
{
    private const uint Server = 0x0A00_0002;
    private const uint Address = 0x0A00_0032;

    private static readonly HardwareAddress _card = HardwareAddress.Read([0x52, 0x54, 0, 0, 0, 1]);

    private readonly DhcpClient _client = new(_card, "boot1", 0x1234_5678_9ABC_DEF0);
    private readonly byte[] _message = new byte[1024];

    [Fact]
    public void AnAddressIsAskedForTriedAndUsed()
    {
        Assert.Equal(DhcpClientStep.Broadcast, _client.Start(At(0), default));
        Assert.Equal(DhcpMessageType.Discover, Sent(0, out uint transaction, out List<byte> options));
        Assert.Equal([53, 61, 12, 57, 55], options);

        Assert.Equal(DhcpClientStep.Broadcast, Hear(100, transaction, DhcpMessageType.Offer));
        Assert.Equal(DhcpMessageType.Request, Sent(100, out uint again, out options));
        Assert.Equal(transaction, again);
        Assert.Equal([53, 50, 54, 61, 12, 57, 55], options);

        Assert.Equal(DhcpClientStep.Probe, Hear(200, transaction, DhcpMessageType.Acknowledgment));
        Assert.False(_client.IsBound);
        Assert.Equal(DhcpClientStep.Probe, _client.OnDeadline(_client.Deadline));
        Assert.Equal(DhcpClientStep.Bind, _client.OnDeadline(_client.Deadline));
        Assert.Equal(DhcpClientState.Bound, _client.State);
        Assert.Equal("10.0.0.50/24", _client.Lease.Address.ToString());
        Assert.Equal("10.0.0.1", _client.Lease.Router.ToString());
        Assert.Equal("10.0.0.9", _client.Lease.TimeServer.ToString());
    }

    [Fact]
    public void ALeaseIsRenewedThenReboundThenLost()
    {
        Bind();
        Assert.Equal(At(500_000), _client.Deadline);

        Assert.Equal(DhcpClientStep.Unicast, _client.OnDeadline(At(500_000)));
        Assert.Equal(DhcpMessageType.Request, Sent(500_000, out uint first, out List<byte> options));
        Assert.Equal([53, 61, 12, 57, 55], options); // neither 50 nor 54 (RFC 2131, Table 5)
        Assert.Equal(DhcpClientStep.None, Hear(500_100, first, DhcpMessageType.Acknowledgment));
        Assert.Equal(DhcpClientState.Bound, _client.State);

        // The lease runs from the question. Nobody answers any more.
        Instant expires = At(1_500_000);
        Assert.Equal(expires, _client.Lease.ExpiresAt);
        List<DhcpClientStep> steps = [];
        while (_client.Deadline < expires) steps.Add(_client.OnDeadline(_client.Deadline));
        int rebinding = steps.IndexOf(DhcpClientStep.Broadcast);
        Assert.True(rebinding > 0);
        Assert.All(steps[..rebinding], step => Assert.Equal(DhcpClientStep.Unicast, step));
        Assert.All(steps[rebinding..], step => Assert.Equal(DhcpClientStep.Broadcast, step));
        Assert.True(steps.Count < 20, $"{steps.Count} questions");
        Assert.Equal(DhcpClientStep.Broadcast | DhcpClientStep.Unbind, _client.OnDeadline(expires));
        Assert.Equal(DhcpMessageType.Discover, Sent(1_500_000, out _, out _));
    }

    [Fact]
    public void AnAddressThatSomebodyHasIsDeclined()
    {
        _client.Start(At(0), default);
        Sent(0, out uint transaction, out _);
        Hear(100, transaction, DhcpMessageType.Offer);
        Hear(200, transaction, DhcpMessageType.Acknowledgment);

        Assert.Equal(DhcpClientStep.None, _client.OnConflict(At(250), new(Address + 1)));
        Assert.Equal(DhcpClientStep.Broadcast, _client.OnConflict(At(300), new(Address)));
        Assert.Equal(DhcpMessageType.Decline, Sent(300, out _, out List<byte> options));
        Assert.Equal([53, 50, 54, 61], options);
        Assert.Equal(At(10_300), _client.Deadline); // RFC 2131 §3.1.5
        Assert.Equal(DhcpClientStep.Broadcast, _client.OnDeadline(At(10_300)));
        Assert.Equal(DhcpMessageType.Discover, Sent(10_300, out _, out _));
    }

    [Fact]
    public void QuestionsComeSlowerAndSlower()
    {
        _client.Start(At(0), default);
        Instant now = At(0);
        List<long> waits = [];
        for (int i = 0; i < 7; i++)
        {
            waits.Add((_client.Deadline - now).WholeMilliseconds);
            now = _client.Deadline;
            Assert.Equal(DhcpClientStep.Broadcast, _client.OnDeadline(now));
        }

        long[] expected = [4000, 8000, 16_000, 32_000, 64_000, 64_000, 64_000];
        for (int i = 0; i < expected.Length; i++) Assert.InRange(waits[i], expected[i] - 1000, expected[i] + 1000);
    }

    [Fact]
    public void ARememberedAddressIsAskedForFirst()
    {
        Assert.Equal(DhcpClientStep.Broadcast, _client.Start(At(0), new(Address)));
        Assert.Equal(DhcpMessageType.Request, Sent(0, out uint transaction, out List<byte> options));
        Assert.Equal([53, 50, 61, 12, 57, 55], options); // INIT-REBOOT: no server is named
        Assert.Equal(DhcpClientStep.Broadcast, Hear(100, transaction, DhcpMessageType.NegativeAcknowledgment));
        Assert.Equal(DhcpMessageType.Discover, Sent(100, out _, out _));
    }

    /// <summary>The cable comes back: the same network goes on, another one gives another address.</summary>
    [Fact]
    public void AfterTheCableTheAddressIsAskedForAgain()
    {
        Bind();
        Assert.Equal(DhcpClientStep.Broadcast, _client.OnLinkUp(At(60_000)));
        Sent(60_000, out uint transaction, out _);
        Assert.True(_client.IsBound);
        Assert.Equal(DhcpClientStep.None, Hear(60_100, transaction, DhcpMessageType.Acknowledgment));
        Assert.Equal(DhcpClientState.Bound, _client.State);

        _client.OnLinkUp(At(70_000));
        Sent(70_000, out transaction, out _);
        DhcpClientStep step = Hear(70_100, transaction, DhcpMessageType.NegativeAcknowledgment);
        Assert.Equal(DhcpClientStep.Broadcast | DhcpClientStep.Unbind, step);

        Bind();
        _client.OnLinkUp(At(80_000));
        while (_client.State == DhcpClientState.Rebooting) _client.OnDeadline(_client.Deadline);
        Assert.True(_client.IsBound); // nobody answered: RFC 2131 §3.2 lets it be used on
    }

    [Fact]
    public void WhatIsNotForUsChangesNothing()
    {
        _client.Start(At(0), default);
        Sent(0, out uint transaction, out _);
        Assert.Equal(DhcpClientStep.None, Hear(10, transaction + 1, DhcpMessageType.Offer));
        Assert.Equal(DhcpClientStep.None, Hear(10, transaction, DhcpMessageType.Acknowledgment));
        Assert.Equal(DhcpClientStep.None, Hear(10, transaction, DhcpMessageType.NegativeAcknowledgment));
        Assert.Equal(DhcpClientStep.None, Hear(10, transaction, DhcpMessageType.Offer, mask: 0xFF00_FF00));
        Assert.Equal(DhcpClientStep.None, Hear(10, transaction, DhcpMessageType.Offer, address: 0xE000_0001));
        Assert.Equal(DhcpClientState.Selecting, _client.State);
    }

    private static Instant At(long milliseconds) => new(1_000_000_000 + (milliseconds * 1_000_000));

    /// <summary>Comes to a lease of 1,000 s that was asked for at 0.</summary>
    private void Bind()
    {
        _client.Start(At(0), default);
        Sent(0, out uint transaction, out _);
        Hear(0, transaction, DhcpMessageType.Offer);
        Hear(0, transaction, DhcpMessageType.Acknowledgment);
        while (!_client.IsBound) _client.OnDeadline(_client.Deadline);
    }

    private DhcpMessageType Sent(long milliseconds, out uint transaction, out List<byte> options)
    {
        Assert.True(_client.TryWrite(At(milliseconds), _message, out int written));
        Assert.True(written >= 300);
        Assert.Equal(DhcpReject.None, DhcpMessage.Parse(_message.AsSpan(0, written), out DhcpMessage message));
        Assert.Equal(_card, message.HardwareAddress);
        transaction = message.TransactionId;
        options = [];
        DhcpOptionWalker walker = new(_message.AsSpan(DhcpMessage.FixedBytes, written - DhcpMessage.FixedBytes));
        while (walker.MoveNext()) options.Add((byte)walker.Code);
        return message.Type;
    }

    private DhcpClientStep Hear(
        long milliseconds, uint transaction, DhcpMessageType type, uint mask = 0xFFFF_FF00, uint address = Address)
    {
        byte[] reply = new byte[300];
        reply[0] = 2;
        reply[1] = 1;
        reply[2] = 6;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(reply.AsSpan(4), transaction);
        if (type != DhcpMessageType.NegativeAcknowledgment) new Ipv4Address(address).Write(reply.AsSpan(16));
        _card.Write(reply.AsSpan(28));
        byte[] tail =
        [
            0x63, 0x82, 0x53, 0x63, 53, 1, (byte)type, 54, 4, .. Bytes(Server), 1, 4, .. Bytes(mask), 3, 4, .. Bytes(0x0A00_0001),
            42, 8, .. Bytes(0x0A00_0009), .. Bytes(0x0A00_0008), 51, 4, .. Bytes(1000), 255,
        ];
        tail.CopyTo(reply, 236);
        Assert.Equal(DhcpReject.None, DhcpMessage.Parse(reply, out DhcpMessage message));
        return _client.OnMessage(At(milliseconds), message);
    }

    private static byte[] Bytes(uint number) =>
        [(byte)(number >> 24), (byte)((number >> 16) & 255), (byte)((number >> 8) & 255), (byte)(number & 255)];
}
