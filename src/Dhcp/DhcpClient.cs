using System;
using System.Text;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;
using Aglet.Wire;

namespace Aglet.Dhcp;

/// <summary>The states of RFC 2131, Figure 5, and one more: an address is tried with ARP before it is used.</summary>
internal enum DhcpClientState : byte
{
    /// <summary>Not started, or waiting before it begins anew.</summary>
    Init,
    Selecting,
    Requesting,
    Rebooting,

    /// <summary>Acknowledged, and the network is asked whether somebody has the address (RFC 5227).</summary>
    Probing,
    Bound,
    Renewing,
    Rebinding,
}

/// <summary>What to do now; several at once.</summary>
[Flags]
internal enum DhcpClientStep : byte
{
    None = 0,

    /// <summary>Send the message to everybody.</summary>
    Broadcast = 1,

    /// <summary>Send the message to the lease's server.</summary>
    Unicast = 2,

    /// <summary>Ask by ARP who has <see cref="DhcpClient.Candidate"/>.</summary>
    Probe = 4,

    /// <summary>The lease is ours now, or has changed: use it.</summary>
    Bind = 8,

    /// <summary>The address is no longer ours.</summary>
    Unbind = 16,
}

/// <summary>Our own DHCP client (RFC 2131 §4.4): what to send when, and what the answers mean. No socket, no clock.</summary>
internal sealed class DhcpClient
{
    /// <summary>Between ARP probes; two of them, so that the address is there within a second.</summary>
    private static readonly Duration _probeInterval = Duration.FromMilliseconds(300);

    /// <summary>RFC 2131 §3.1.5: after a DECLINE nothing for ten seconds.</summary>
    private static readonly Duration _declinePause = Duration.FromSeconds(10);

    private static readonly Duration _longestWait = Duration.FromSeconds(64);

    /// <summary>RFC 2131 §4.4.5: no renewal is repeated sooner.</summary>
    private static readonly Duration _leastRenewalWait = Duration.FromSeconds(60);

    private const int Probes = 2;
    private const int RequestsMax = 4;
    private const int RebootsMax = 2;

    private readonly HardwareAddress _card;
    private readonly byte[] _hostName;
    private ulong _chance;
    private uint _transaction;
    private Instant _since;
    private int _attempts;
    private DhcpMessageType _type = DhcpMessageType.Discover;
    private DhcpClientLease _offered;
    private bool _isBound;

    /// <param name="card">The Ethernet address.</param>
    /// <param name="hostName">What we call ourselves (option 12); empty for nothing.</param>
    /// <param name="chance">A number that differs from machine to machine and from start to start.</param>
    public DhcpClient(HardwareAddress card, string hostName, ulong chance)
    {
        Check.That(card.Length == 6);
        _card = card;
        _hostName = Encoding.ASCII.GetBytes(hostName);
        _chance = chance | 1;
    }

    public DhcpClientState State { get; private set; }

    /// <summary>When <see cref="OnDeadline"/> is due.</summary>
    public Instant Deadline { get; private set; } = Instant.Never;

    /// <summary>What is ours, between <see cref="DhcpClientStep.Bind"/> and <see cref="DhcpClientStep.Unbind"/>.</summary>
    public DhcpClientLease Lease { get; private set; }

    /// <summary>True while the lease's address may be used.</summary>
    public bool IsBound => _isBound;

    /// <summary>The address that is asked for or probed.</summary>
    public Ipv4Address Candidate => _offered.Address.Address;

    /// <summary>DISCOVERs in a row that nobody answered.</summary>
    public int Unanswered => State == DhcpClientState.Selecting ? _attempts - 1 : 0;

    /// <summary>Begins.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="remembered">The address of an earlier life, which is asked for first; none for none.</param>
    public DhcpClientStep Start(Instant now, Ipv4Address remembered)
    {
        if (!remembered.IsUnicast) return Discover(now);
        _offered = new() { Address = new(remembered, 32) };
        return Reboot(now);
    }

    /// <summary>The cable was plugged in again: the network may be another one (RFC 2131 §3.7).</summary>
    public DhcpClientStep OnLinkUp(Instant now)
    {
        if (!_isBound) return Discover(now);
        _offered = Lease;
        return Reboot(now);
    }

    /// <summary>Somebody answered a probe.</summary>
    public DhcpClientStep OnConflict(Instant now, Ipv4Address address)
    {
        if (State != DhcpClientState.Probing || address != Candidate) return DhcpClientStep.None;
        _type = DhcpMessageType.Decline;
        Enter(DhcpClientState.Init, now + _declinePause);
        return DhcpClientStep.Broadcast | Forget();
    }

    /// <summary>A message for clients, of whatever server.</summary>
    public DhcpClientStep OnMessage(Instant now, in DhcpMessage message)
    {
        bool isOurs = message.Operation == DhcpMessage.BootReply && message.TransactionId == _transaction
            && message.HardwareAddress == _card;
        if (!isOurs) return DhcpClientStep.None;
        return message.Type switch
        {
            DhcpMessageType.Offer when State == DhcpClientState.Selecting => OnOffer(now, message),
            DhcpMessageType.Acknowledgment => OnAcknowledgment(now, message),
            DhcpMessageType.NegativeAcknowledgment => OnRefusal(now, message),
            _ => DhcpClientStep.None,
        };
    }

    public DhcpClientStep OnDeadline(Instant now)
    {
        if (now < Deadline) return DhcpClientStep.None;
        switch (State)
        {
            case DhcpClientState.Selecting:
                Await(now, BackOff());
                return DhcpClientStep.Broadcast;
            case DhcpClientState.Requesting:
                if (_attempts >= RequestsMax) return Discover(now);
                Await(now, BackOff());
                return DhcpClientStep.Broadcast;
            case DhcpClientState.Rebooting:
                return OnRebootUnanswered(now);
            case DhcpClientState.Probing:
                if (_attempts >= Probes) return Bind();
                Await(now, _probeInterval);
                return DhcpClientStep.Probe;
            case DhcpClientState.Bound:
            case DhcpClientState.Renewing:
            case DhcpClientState.Rebinding:
                return Prolong(now);
            default:
                return Discover(now);
        }
    }

    /// <summary>Writes the message that the last step asks to be sent.</summary>
    public bool TryWrite(Instant now, Span<byte> target, out int written)
    {
        bool hasAddress = State is DhcpClientState.Renewing or DhcpClientState.Rebinding;
        long seconds = Math.Clamp((now - _since).WholeSeconds, 0, ushort.MaxValue);
        WireWriter writer = new(target);
        writer.U32(0x0101_0600);
        writer.U32(_transaction);
        writer.U16((ushort)seconds);

        // Who has no address yet asks for broadcasts: they pass every switch and bridge.
        writer.U16(hasAddress ? (ushort)0 : (ushort)0x8000);
        writer.U32(hasAddress ? Lease.Address.Address.Value : 0);
        writer.Zeros(12);
        _card.Write(writer.Room(6));
        writer.Zeros(10 + 64 + 128);
        writer.U32(DhcpMessage.Cookie);
        Option(ref writer, DhcpOption.MessageType, [(byte)_type]);
        Span<byte> address = stackalloc byte[4];
        bool names = _type == DhcpMessageType.Decline || (_type == DhcpMessageType.Request && !hasAddress);
        if (names)
        {
            Candidate.Write(address);
            Option(ref writer, DhcpOption.RequestedAddress, address);
        }

        if (names && State != DhcpClientState.Rebooting)
        {
            _offered.Server.Write(address);
            Option(ref writer, DhcpOption.ServerIdentifier, address);
        }

        Span<byte> identifier = stackalloc byte[7];
        identifier[0] = 1; // Ethernet
        _card.Write(identifier[1..]);
        Option(ref writer, DhcpOption.ClientIdentifier, identifier);
        if (_type != DhcpMessageType.Decline)
        {
            if (_hostName.Length is > 0 and <= 63) Option(ref writer, DhcpOption.HostName, _hostName);
            Option(ref writer, DhcpOption.MaxMessageSize, [0x05, 0xC0]); // 1472, the most that we read
            Option(ref writer, DhcpOption.ParameterList, [1, 3, 6, 12, 15, 28, 42, 51, 54, 58, 59]);
        }

        writer.U8((byte)DhcpOption.End);
        if (writer.Length < Limits.DhcpReplyBytesMin) writer.Zeros(Limits.DhcpReplyBytesMin - writer.Length);
        written = writer.Overflow ? 0 : writer.Length;
        return !writer.Overflow;
    }

    private static void Option(ref WireWriter writer, DhcpOption code, scoped ReadOnlySpan<byte> data)
    {
        writer.U8((byte)code);
        writer.U8((byte)data.Length);
        writer.Bytes(data);
    }

    private DhcpClientStep Discover(Instant now)
    {
        DhcpClientStep forgotten = Forget();
        BeginExchange(now, DhcpMessageType.Discover);
        Enter(DhcpClientState.Selecting, now);
        Await(now, BackOff());
        return DhcpClientStep.Broadcast | forgotten;
    }

    private DhcpClientStep Reboot(Instant now)
    {
        BeginExchange(now, DhcpMessageType.Request);
        Enter(DhcpClientState.Rebooting, now);
        Await(now, BackOff());
        return DhcpClientStep.Broadcast;
    }

    private DhcpClientStep OnRebootUnanswered(Instant now)
    {
        if (_attempts < RebootsMax)
        {
            Await(now, BackOff());
            return DhcpClientStep.Broadcast;
        }

        // RFC 2131 §3.2: without an answer a lease that has not ended may be used on.
        if (!_isBound || now >= Lease.ExpiresAt) return Discover(now);
        Enter(DhcpClientState.Bound, Instant.Min(Lease.RenewAt, now + _leastRenewalWait));
        return DhcpClientStep.None;
    }

    private DhcpClientStep OnOffer(Instant now, in DhcpMessage message)
    {
        bool isGood = DhcpClientLease.TryRead(message, now, out DhcpClientLease offered) && offered.Server.IsUnicast;
        if (!isGood) return DhcpClientStep.None;
        _offered = offered;
        _type = DhcpMessageType.Request;
        Enter(DhcpClientState.Requesting, now);
        Await(now, BackOff());
        return DhcpClientStep.Broadcast;
    }

    private DhcpClientStep OnAcknowledgment(Instant now, in DhcpMessage message)
    {
        bool isAwaited = State is DhcpClientState.Requesting or DhcpClientState.Rebooting
            or DhcpClientState.Renewing or DhcpClientState.Rebinding;
        if (!isAwaited || !DhcpClientLease.TryRead(message, _since, out DhcpClientLease given)) return DhcpClientStep.None;
        if (State == DhcpClientState.Requesting && given.Address.Address != Candidate) return DhcpClientStep.None;
        bool isKnown = _isBound && given.Address == Lease.Address;
        _offered = given.Server.IsAny ? given with { Server = _offered.Server } : given;
        if (isKnown) return Bind();
        Enter(DhcpClientState.Probing, now);
        Await(now, _probeInterval);
        return DhcpClientStep.Probe;
    }

    private DhcpClientStep OnRefusal(Instant now, in DhcpMessage message)
    {
        bool isAwaited = State is DhcpClientState.Requesting or DhcpClientState.Rebooting
            or DhcpClientState.Renewing or DhcpClientState.Rebinding;
        if (!isAwaited) return DhcpClientStep.None;
        Ipv4Address server = message.AddressOf(DhcpOption.ServerIdentifier);
        if (State == DhcpClientState.Requesting && server != _offered.Server) return DhcpClientStep.None;
        return Discover(now);
    }

    private DhcpClientStep Bind()
    {
        bool isNews = !_isBound || !_offered.IsSameAddressAs(Lease);
        Lease = _offered;
        _isBound = true;
        Enter(DhcpClientState.Bound, Lease.RenewAt);
        return isNews ? DhcpClientStep.Bind : DhcpClientStep.None;
    }

    /// <summary>T1 to T2 the server is asked, then everybody, each time after half of what is left.</summary>
    private DhcpClientStep Prolong(Instant now)
    {
        if (now >= Lease.ExpiresAt) return Discover(now);
        bool isLate = now >= Lease.RebindAt;
        Instant end = isLate ? Lease.ExpiresAt : Lease.RebindAt;
        BeginExchange(now, DhcpMessageType.Request);
        State = isLate ? DhcpClientState.Rebinding : DhcpClientState.Renewing;
        Instant next = now + Duration.Max((end - now) / 2, _leastRenewalWait);
        Deadline = Instant.Min(next, end);
        return isLate ? DhcpClientStep.Broadcast : DhcpClientStep.Unicast;
    }

    private DhcpClientStep Forget()
    {
        bool wasBound = _isBound;
        _isBound = false;
        return wasBound ? DhcpClientStep.Unbind : DhcpClientStep.None;
    }

    private void BeginExchange(Instant now, DhcpMessageType type)
    {
        _transaction = unchecked((uint)NextChance());
        _since = now;
        _type = type;
    }

    private void Enter(DhcpClientState state, Instant deadline)
    {
        State = state;
        _attempts = 0;
        Deadline = deadline;
    }

    private void Await(Instant now, Duration wait)
    {
        _attempts++;
        Deadline = now + wait;
    }

    /// <summary>RFC 2131 §4.1: 4 s, 8 s … 64 s, each a second more or less.</summary>
    private Duration BackOff()
    {
        Duration wait = Duration.Min(Duration.FromSeconds(4L << Math.Min(_attempts, 5)), _longestWait);
        return wait - Duration.FromSeconds(1) + Duration.FromMilliseconds((long)(NextChance() % 2000));
    }

    private ulong NextChance()
    {
        _chance ^= _chance << 13;
        _chance ^= _chance >> 7;
        _chance ^= _chance << 17;
        return _chance;
    }
}
