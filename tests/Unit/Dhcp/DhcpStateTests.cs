using System;
using System.Collections.Generic;
using System.Globalization;
using Aglet.Boot;
using Aglet.Dhcp;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Dhcp;

/// <summary>
/// RFC 2131 §4.3 as scripts: a line is a second, a machine, what it sends and what the server decides. <c>$a</c> is what
/// machine <c>a</c> was given last; <c>r</c> is the machine with the reservation 10.0.0.11.
/// </summary>
public sealed class DhcpStateTests
{
    private readonly DhcpNetworks _networks = Networks();
    private readonly Dictionary<char, Ipv4Address> _given = [];
    private readonly LeaseTable _leases;
    private readonly DhcpServer _server;

    public DhcpStateTests()
    {
        _leases = new(_networks, [Machine("node1", "52:54:00:00:00:72", "10.0.0.11")]);
        _server = new(_networks, _leases);
    }

    public static TheoryData<string, string> Scripts => new()
    {
        { "init: repeated with another address in ciaddr", "0 a discover Offered; 4 a discover Offered $a; 61 a discover Offered $a" },
        { "init: an offer is kept for a minute", "0 a discover Offered; 59 b select $a RefusedNotAvailable; 61 b select $a Acknowledged" },
        { "selecting: ours", "0 a discover Offered; 1 a select $a Acknowledged $a" },
        { "selecting: ours, taken by another", "0 a discover Offered; 1 a select $a Acknowledged; 2 b select $a RefusedNotAvailable" },
        { "selecting: ours, of another network", "0 a select 192.168.0.5 RefusedWrongNetwork" },
        { "selecting: another server's", "0 a discover Offered; 1 a other $a ForOtherServer; 2 b select $a Acknowledged" },
        { "selecting: after a loss of state", "0 a select 10.0.0.150 Acknowledged; 1 a discover Offered 10.0.0.150" },
        { "init-reboot: unknown", "0 a reboot 10.0.0.150 UnknownClient" },
        { "init-reboot: wrong network", "0 a reboot 192.168.0.5 RefusedWrongNetwork" },
        { "init-reboot: known", "0 a discover Offered; 1 a select $a Acknowledged; 9 a reboot $a Acknowledged" },
        { "init-reboot: another address", "0 a select 10.0.0.150 Acknowledged; 9 a reboot 10.0.0.151 RefusedOtherAddress" },
        { "init-reboot: after the lease", "0 a select 10.0.0.150 Acknowledged; 9000 a reboot 10.0.0.150 Acknowledged" },
        { "init-reboot: of a reservation", "0 r reboot 10.0.0.150 RefusedOtherAddress; 1 r reboot 10.0.0.11 Acknowledged" },
        { "renewing: extends", "0 a select 10.0.0.150 Acknowledged; 3000 a renew $a Acknowledged; 6500 b select $a RefusedNotAvailable" },
        { "renewing: unknown", "0 a renew 10.0.0.150 RefusedNotAvailable" },
        { "renewing: of another network", "0 a renew 192.168.0.5 RefusedWrongNetwork" },
        { "renewing: another's", "0 a select 10.0.0.150 Acknowledged; 1 b renew $a RefusedNotAvailable" },
        { "rebinding: known", "0 a select 10.0.0.150 Acknowledged; 3200 a rebind $a Acknowledged" },
        { "rebinding: unknown", "0 a rebind 10.0.0.150 UnknownClient" },
        { "rebinding: wrong network", "0 a rebind 192.168.0.5 RefusedWrongNetwork" },
        { "decline: quarantined for ten minutes", "0 a select 10.0.0.150 Acknowledged; 1 a decline $a Declined; "
            + "2 b select 10.0.0.150 RefusedNotAvailable; 602 b select 10.0.0.150 Acknowledged" },
        { "decline: another's", "0 a select 10.0.0.150 Acknowledged; 1 b decline 10.0.0.150 NotTheOwner" },
        { "release: kept for its owner", "0 a select 10.0.0.150 Acknowledged; 1 a release $a Released; 9 a discover Offered 10.0.0.150" },
        { "release: of another", "0 a select 10.0.0.150 Acknowledged; 1 b release 10.0.0.150 NotTheOwner" },
        { "inform", "0 a inform 10.0.0.7 Informed; 0 a inform 8.8.8.8 ForeignAddress; 0 a inform 0.0.0.0 NoAddressAsked" },
        { "bootp: reservations only", "0 a bootp NoReservation; 0 r bootp BootpAnswered 10.0.0.11" },
        { "bootp: for ever, and DHCP later", "0 r bootp BootpAnswered; 99999999 b select 10.0.0.11 RefusedNotAvailable; "
            + "99999999 r discover Offered 10.0.0.11; 99999999 r select 10.0.0.11 Acknowledged" },
        { "the reservation is nobody else's", "0 a select 10.0.0.11 RefusedNotAvailable; 1 a reboot 10.0.0.11 UnknownClient" },
        { "one machine, one address", "0 a select 10.0.0.150 Acknowledged; 1 a select 10.0.0.151 RefusedNotAvailable; "
            + "2 a discover Offered 10.0.0.150" },
    };

    [Theory]
    [MemberData(nameof(Scripts))]
    public void EveryStateIsDecidedAsTheRfcSays(string name, string script)
    {
        foreach (string line in script.Split(';', StringSplitOptions.TrimEntries))
        {
            Queue<string> words = new(line.Split(' '));
            long second = long.Parse(words.Dequeue(), CultureInfo.InvariantCulture);
            char machine = words.Dequeue()[0];
            string what = words.Dequeue();
            Ipv4Address about = what is "discover" or "bootp" ? default : AddressOf(words.Dequeue());
            DhcpDecision decision = On(second, machine, what, about);
            Assert.True(words.Dequeue() == decision.Verdict.ToString(), $"{name}: {line}: {decision.Verdict}");
            if (words.TryDequeue(out string? expected)) Assert.Equal(AddressOf(expected), decision.Address);
            if (DhcpVerdicts.IsAnswer(decision.Verdict)) _given[machine] = decision.Address;
        }
    }

    private Ipv4Address AddressOf(string word) => word[0] == '$' ? _given[word[1]] : Ip(word);

    private DhcpDecision On(long second, char machine, string what, Ipv4Address about)
    {
        string mac = $"52:54:00:00:00:{(int)machine:x2}";
        string address = about.ToString();
        DhcpPacket packet = what switch
        {
            "discover" => new DhcpPacket(DhcpMessageType.Discover, mac).ClientAddress("10.0.0.77"),
            "select" => new DhcpPacket(DhcpMessageType.Request, mac).Address(50, address).Address(54, "10.0.0.1"),
            "other" => new DhcpPacket(DhcpMessageType.Request, mac).Address(50, address).Address(54, "10.0.0.2"),
            "reboot" => new DhcpPacket(DhcpMessageType.Request, mac).Address(50, address),
            "renew" or "rebind" => new DhcpPacket(DhcpMessageType.Request, mac).ClientAddress(address),
            "decline" => new DhcpPacket(DhcpMessageType.Decline, mac).Address(50, address).Address(54, "10.0.0.1"),
            "release" => new DhcpPacket(DhcpMessageType.Release, mac).ClientAddress(address).Address(54, "10.0.0.1"),
            "inform" => new DhcpPacket(DhcpMessageType.Inform, mac).ClientAddress(address),
            "bootp" => new DhcpPacket(DhcpMessageType.None, mac),
            _ => throw new ArgumentOutOfRangeException(nameof(what), what, null),
        };
        BootOffer offer = new() { Kind = OfferKind.AddressOnly, Reservation = machine == 'r' ? Ip("10.0.0.11") : default };
        _leases.Expire(At(second));
        return _server.OnMessage(
            At(second), Parse(packet.Build()), offer, Origin(_networks, isBroadcast: what is not "renew" and not "release"));
    }
}
