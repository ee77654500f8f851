using System.Collections.Generic;
using Aglet.Config;
using Aglet.Core;
using Aglet.Dhcp;
using Aglet.Net;
using Aglet.Time;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Dhcp;

public sealed class LeaseTableTests
{
    private static readonly Duration _hour = Duration.FromSeconds(3600);
    private static readonly LeaseKey _first = Key("52:54:00:00:00:01");
    private static readonly LeaseKey _second = Key("52:54:00:00:00:02");

    [Fact]
    public void AnUnknownMachineGetsTheSameAddressFromAFreshTable()
    {
        LeaseTable before = Table();
        for (int i = 0; i < 20; i++) Offer(before, At(0), Key($"52:54:00:00:01:{i:x2}"));
        Assert.Equal(Offer(Table(), At(0), _first), Offer(before, At(0), _first));
    }

    [Fact]
    public void TheHashOfAMachineNeverChanges()
    {
        // Written down once: another value would move every machine of every installation.
        Assert.Equal(Ip("10.0.0.145"), Offer(Table(), At(0), _first));
        Assert.Equal(Ip("10.0.0.143"), Offer(Table(), At(0), _second));
        Assert.Equal(Ip("10.0.0.123"), Offer(Table(), At(0), new LeaseKey(default, 12345)));
    }

    [Fact]
    public void OneMachineKeepsItsAddressThoughEachStageSendsAnotherClientId()
    {
        LeaseTable table = Table();
        Ipv4Address address = Bind(table, At(0), Key("52:54:00:00:00:01"));
        Assert.Equal(address, Bind(table, At(10), Key("52:54:00:00:00:01", 0x1111)));
        Assert.Equal(address, Bind(table, At(20), Key("52:54:00:00:00:01", 0x2222)));
        Assert.Equal(LeaseState.Bound, table.StateOf(table.Find(address)));
    }

    [Fact]
    public void ClonesWithOneClientIdGetTwoAddresses() => AssertDifferent(
        Table(), Key("52:54:00:00:00:01", 0x1111), Key("52:54:00:00:00:02", 0x1111));

    [Fact]
    public void AClientWithoutHardwareAddressIsKnownByItsClientId()
    {
        LeaseTable table = Table();
        LeaseKey key = new(default, 0x1111);
        Ipv4Address address = Bind(table, At(0), key);
        Assert.Equal(address, Offer(table, At(5), key));
        AssertDifferent(table, key, new LeaseKey(default, 0x2222));
        AssertDifferent(table, key, Key("52:54:00:00:00:02", 0x1111));
    }

    [Fact]
    public void WhoIsNobodyGetsNothing()
    {
        LeaseTable table = Table();
        Assert.False(table.TryOffer(At(0), new LeaseKey(Mac("00:00:00:00:00:00"), 0), default, default, out _));
        Assert.False(table.CanBind(default, default, Ip("10.0.0.100")));
    }

    [Fact]
    public void AnOfferIsKeptForAMinute()
    {
        LeaseTable table = Table("10.0.0.100", "10.0.0.100");
        Offer(table, At(0), _first);
        Assert.False(table.TryOffer(At(59), _second, default, default, out _));
        Assert.Equal(At(60), table.NextDeadline);
        table.Expire(At(60));
        Assert.Equal(Ip("10.0.0.100"), Offer(table, At(60), _second));
        Assert.Equal(-1, table.Find(_first));
    }

    [Fact]
    public void ALeaseEndsAndItsOwnerGetsItAgain()
    {
        LeaseTable table = Table("10.0.0.100", "10.0.0.101");
        Ipv4Address address = Bind(table, At(0), _first);
        table.Expire(At(3599));
        Assert.Equal(LeaseState.Bound, table.StateOf(table.Find(address)));
        table.Expire(At(3600));
        Assert.Equal(LeaseState.Idle, table.StateOf(table.Find(address)));
        Assert.Equal(Instant.Never, table.NextDeadline);
        Assert.NotEqual(address, Offer(table, At(3601), _second));
        Assert.Equal(address, Offer(table, At(3602), _first));
    }

    [Fact]
    public void AnOfferDoesNotShortenALease()
    {
        LeaseTable table = Table();
        Ipv4Address address = Bind(table, At(0), _first);
        Offer(table, At(100), _first);
        table.Expire(At(3599));
        Assert.Equal(LeaseState.Bound, table.StateOf(table.Find(address)));
    }

    [Fact]
    public void AnIdleAddressThatWasOnlyOfferedAgainStaysItsOwners()
    {
        LeaseTable table = Table();
        Ipv4Address address = Bind(table, At(0), _first);
        Assert.True(table.TryRelease(_first, address));
        Offer(table, At(10), _first);
        table.Expire(At(70));
        Assert.Equal(LeaseState.Idle, table.StateOf(table.Find(address)));
        Assert.Equal(table.Find(address), table.Find(_first));
    }

    [Fact]
    public void WhenThePoolIsFullTheLongestIdleAddressIsReused()
    {
        LeaseTable table = Table("10.0.0.100", "10.0.0.102");
        Ipv4Address first = Bind(table, At(0), _first);
        Ipv4Address second = Bind(table, At(1), _second);
        Bind(table, At(2), Key("52:54:00:00:00:03"));
        Assert.True(table.TryRelease(_second, second));
        Assert.True(table.TryRelease(_first, first));
        Assert.Equal(second, Bind(table, At(3), Key("52:54:00:00:00:04")));
        Assert.Equal(first, Bind(table, At(4), Key("52:54:00:00:00:05")));
        Assert.False(table.TryOffer(At(5), Key("52:54:00:00:00:06"), default, default, out _));
        Assert.False(table.TryOffer(At(5), _first, default, default, out _));
        Assert.Equal(0, table.FreeCount);
    }

    [Fact]
    public void ADeclinedAddressIsLeftAloneForTenMinutes()
    {
        LeaseTable table = Table("10.0.0.100", "10.0.0.101");
        Ipv4Address address = Bind(table, At(0), _first);
        Assert.False(table.TryDecline(At(1), _second, address));
        Assert.True(table.TryDecline(At(1), _first, address));
        Assert.False(table.CanBind(_first, default, address));
        Ipv4Address other = Bind(table, At(2), _first);
        Assert.NotEqual(address, other);
        Assert.False(table.TryOffer(At(600), _second, default, default, out _));
        table.Expire(At(601));
        Assert.Equal(address, Offer(table, At(601), _second));
    }

    [Fact]
    public void OnlyItsOwnerReleasesAnAddress()
    {
        LeaseTable table = Table();
        Ipv4Address address = Bind(table, At(0), _first);
        Assert.False(table.TryRelease(_second, address));
        Assert.False(table.TryRelease(_first, Ip("10.0.0.5")));
        Assert.True(table.TryRelease(_first, address));
        Assert.False(table.TryRelease(_first, address));
    }

    [Fact]
    public void ABindingIsNotWithdrawnAndAnOfferIs()
    {
        LeaseTable table = Table();
        Ipv4Address address = Bind(table, At(0), _first);
        table.Withdraw(_first);
        Assert.Equal(LeaseState.Bound, table.StateOf(table.Find(address)));
        Offer(table, At(0), _second);
        table.Withdraw(_second);
        Assert.Equal(-1, table.Find(_second));
    }

    [Fact]
    public void AWantedAddressIsGivenWhenItIsFree()
    {
        LeaseTable table = Table();
        Assert.True(table.TryOffer(At(0), _first, default, Ip("10.0.0.123"), out Ipv4Address address));
        Assert.Equal(Ip("10.0.0.123"), address);
        Assert.True(table.TryOffer(At(0), _second, default, Ip("10.0.0.123"), out address));
        Assert.NotEqual(Ip("10.0.0.123"), address);
        Assert.True(table.TryOffer(At(0), Key("52:54:00:00:00:03"), default, Ip("10.0.0.5"), out address));
        Assert.NotEqual(Ip("10.0.0.5"), address);
    }

    [Fact]
    public void TheNetworksOwnAddressesAreNeverGiven()
    {
        LeaseTable table = new(new DhcpNetworks(Settings(first: "10.0.0.0", last: "10.0.0.255"), [Link]), []);

        // Less 10.0.0.0, .255, our own .1, the router .254 and the name server .253.
        Assert.Equal(251, table.FreeCount);
        Assert.False(table.CanBind(_first, default, Ip("10.0.0.1")));
        Assert.False(table.CanBind(_first, default, Ip("10.0.0.254")));
        Assert.False(table.CanBind(_first, default, Ip("10.0.0.255")));
    }

    [Fact]
    public void AReservationIsForItsMachineOnly()
    {
        LeaseTable table = Table("10.0.0.100", "10.0.0.101", Machine("one", "52:54:00:00:00:01", "10.0.0.100"));
        Assert.Equal(1, table.FreeCount);
        Assert.Equal(Ip("10.0.0.101"), Offer(table, At(0), _second));
        Assert.False(table.TryOffer(At(0), Key("52:54:00:00:00:03"), default, default, out _));
        Assert.False(table.CanBind(_second, Ip("10.0.0.100"), Ip("10.0.0.100")));
        Assert.Equal(Ip("10.0.0.100"), Bind(table, At(0), _first, "10.0.0.100"));
        Assert.True(table.TryRelease(_first, Ip("10.0.0.100")));
        Assert.False(table.TryOffer(At(0), Key("52:54:00:00:00:03"), default, default, out _));
    }

    [Fact]
    public void AReservationOutsideThePoolIsAnAddressLikeOthers()
    {
        LeaseTable table = Table("10.0.0.100", "10.0.0.101", Machine("one", "52:54:00:00:00:01", "10.0.0.11"));
        Assert.Equal(3, table.Count);
        Assert.Equal(Ip("10.0.0.11"), Bind(table, At(0), _first, "10.0.0.11"));
        Assert.False(table.CanBind(_second, default, Ip("10.0.0.11")));
        table.Expire(At(3600));
        Assert.Equal(Ip("10.0.0.11"), Offer(table, At(3601), _first, "10.0.0.11"));
        table.Expire(At(9999));
        Assert.Equal(2, table.FreeCount);
    }

    [Fact]
    public void AReservationByUuidIsNotSharedByTwoPortsOfOneMachine()
    {
        LeaseTable table = Table("10.0.0.100", "10.0.0.101", Machine("one", "", "10.0.0.11"));
        Assert.Equal(Ip("10.0.0.11"), Bind(table, At(0), _first, "10.0.0.11"));
        Assert.NotEqual(Ip("10.0.0.11"), Bind(table, At(0), _second, "10.0.0.11"));
    }

    [Fact]
    public void AMachineMovesToTheReservationThatItIsGiven()
    {
        LeaseTable table = Table("10.0.0.100", "10.0.0.101", Machine("one", "", "10.0.0.11"));
        Ipv4Address old = Bind(table, At(0), _first);
        Assert.Equal(Ip("10.0.0.11"), Bind(table, At(10), _first, "10.0.0.11"));
        Assert.Equal(table.Find(Ip("10.0.0.11")), table.Find(_first));

        // It may still use the old address, so nobody gets that before the lease is over.
        Assert.False(table.CanBind(_second, default, old));
        Assert.Equal(LeaseState.Bound, table.StateOf(table.Find(old)));
        table.Expire(At(3600));
        Assert.Equal(LeaseState.Idle, table.StateOf(table.Find(old)));
    }

    [Fact]
    public void WithoutAPoolOnlyReservationsAreGiven()
    {
        DhcpNetworks networks = new(Settings() with { Main = new() }, [Link]);
        LeaseTable table = new(networks, [Machine("one", "52:54:00:00:00:01", "10.0.0.11")]);
        Assert.Equal(Ip("10.0.0.11"), Offer(table, At(0), _first, "10.0.0.11"));
        Assert.False(table.TryOffer(At(0), _second, default, Ip("10.0.0.12"), out _));
    }

    [Fact]
    public void NewSettingsTakeOverTheLeasesThatStillMakeSense()
    {
        LeaseTable old = Table("10.0.0.100", "10.0.0.110");
        Bind(old, At(0), _first, wanted: "10.0.0.100");
        Bind(old, At(0), _second, wanted: "10.0.0.105");
        Bind(old, At(0), Key("52:54:00:00:00:03"), wanted: "10.0.0.106");
        LeaseTable fresh = Table("10.0.0.104", "10.0.0.120", Machine("one", "52:54:00:00:00:09", "10.0.0.106"));
        fresh.TakeOver(old);
        Assert.Equal(-1, fresh.Find(_first));
        Assert.Equal(-1, fresh.Find(Key("52:54:00:00:00:03")));
        Assert.Equal(fresh.Find(Ip("10.0.0.105")), fresh.Find(_second));
        Assert.Equal(At(3600), fresh.NextDeadline);
    }

    /// <summary>After a SIGHUP a quarantine was forgotten, and an address in use was given to its new reservation.</summary>
    [Fact]
    public void NewSettingsLeaveAddressesInUseAlone()
    {
        LeaseTable old = Table();
        Bind(old, At(0), _first, wanted: "10.0.0.100");
        Bind(old, At(0), _second, wanted: "10.0.0.105");
        Assert.True(old.TryDecline(At(1), _second, Ip("10.0.0.105")));
        LeaseTable fresh = Table("10.0.0.100", "10.0.0.200", Machine("nine", "52:54:00:00:00:09", "10.0.0.100"));
        fresh.TakeOver(old);
        LeaseKey nine = Key("52:54:00:00:00:09");
        Assert.Equal(LeaseState.Declined, fresh.StateOf(fresh.Find(Ip("10.0.0.105"))));
        Assert.False(fresh.CanBind(nine, Ip("10.0.0.100"), Ip("10.0.0.100")));
        Assert.False(fresh.CanBind(_first, default, Ip("10.0.0.100"))); // its renewal is refused: it asks anew
        fresh.Expire(At(3600));
        Assert.True(fresh.CanBind(nine, Ip("10.0.0.100"), Ip("10.0.0.100")));
        Assert.Equal(LeaseState.Free, fresh.StateOf(fresh.Find(Ip("10.0.0.105"))));
    }

    /// <summary>A flood of made-up addresses took the whole pool, and no configured machine could boot.</summary>
    [Fact]
    public void AConfiguredMachineTakesWhatWasOnlyOfferedToStrangers()
    {
        LeaseTable table = Table("10.0.0.100", "10.0.0.102");
        Bind(table, At(0), Key("52:54:00:00:01:00"), wanted: "10.0.0.100");
        Ipv4Address oldest = Offer(table, At(1), Key("52:54:00:00:01:01"));
        Ipv4Address newest = Offer(table, At(2), Key("52:54:00:00:01:02"));
        Assert.False(table.TryOffer(At(3), Key("52:54:00:00:01:03"), default, default, out _));
        Assert.True(table.TryOffer(At(3), _first, default, default, out Ipv4Address first, isConfigured: true));
        Assert.True(table.TryOffer(At(4), _second, default, default, out Ipv4Address second, isConfigured: true));
        Assert.Equal((oldest, newest), (first, second));
        Assert.False(table.CanBind(Key("52:54:00:00:01:01"), default, oldest));

        // Neither a lease nor an offer to a configured machine is taken from anybody.
        Assert.False(table.TryOffer(At(5), Key("52:54:00:00:00:03"), default, default, out _, isConfigured: true));
        Assert.True(table.CanBind(_first, default, first));
        table.Expire(At(70));
        Assert.Equal(2, table.FreeCount);
    }

    /// <summary>In a flood a machine that was not configured found no address until it was over.</summary>
    [Theory]
    [InlineData(50)]
    [InlineData(1000)]
    [InlineData(5000)]
    public void InAFloodStrangersWhoAskAgainFindAnAddress(int perSecond)
    {
        Prng chance = new(7);
        LeaseTable table = Table();
        Ipv4Address kept = Bind(table, At(0), _first);
        Ipv4Address idle = Bind(table, At(0), _second);
        table.TryRelease(_second, idle);
        int found = 0;
        for (int i = 0; i < perSecond * 60; i++)
        {
            Instant now = At(100) + Duration.FromMicroseconds(i * (1_000_000L / perSecond));
            table.Expire(now);
            table.TryOffer(now, new LeaseKey(default, chance.Next() | 1), default, default, out _);
            if (i % perSecond != 0 || i / perSecond < 20) continue;

            // Every second one more machine asks, and again after 4 s, 12 s and 28 s as firmware does.
            for (int machine = 20; machine <= i / perSecond; machine++)
            {
                int age = (i / perSecond) - machine;
                LeaseKey key = Key($"52:54:00:00:01:{machine:x2}");
                if (age is not (0 or 4 or 12 or 28) || table.IsKnown(key)) continue;
                if (!table.TryOffer(now, key, default, default, out Ipv4Address address)) continue;
                Assert.True(age > 0 || perSecond == 50);
                Assert.NotEqual(idle, address);
                table.Bind(now, key, address, _hour);
                found++;
            }
        }

        // The last four asked once only, or twice within one generation.
        Assert.InRange(found, 34, 40);
        Assert.Equal(idle, Offer(table, At(161), _second));
        Assert.Equal(kept, Offer(table, At(161), _first));
    }

    [Fact]
    public void ALoneNewcomerHasAnIdleAddressAtOnceAndACrowdMustAskTwice()
    {
        LeaseTable table = Table("10.0.0.100", "10.0.0.102");
        for (byte i = 0; i < 3; i++)
        {
            LeaseKey old = Key($"52:54:00:00:01:{i:x2}");
            Assert.True(table.TryRelease(old, Bind(table, At(i), old)));
        }

        Ipv4Address first = Offer(table, At(10), _first);
        Assert.False(table.TryOffer(At(10), _second, default, default, out _));
        Assert.True(table.HasRoom(0));
        Assert.True(table.TryOffer(At(15), _second, default, default, out Ipv4Address second));
        Assert.NotEqual(first, second);

        // After ten seconds the offer that nobody claimed goes before an address that its owner would miss.
        LeaseKey third = Key("52:54:00:00:00:03");
        Assert.False(table.TryOffer(At(20), third, default, default, out _));
        Assert.True(table.TryOffer(At(26), third, default, default, out Ipv4Address taken));
        Assert.Equal(first, taken);
        Assert.Equal(-1, table.Find(_first));
    }

    [Fact]
    public void AnAddressThatSomebodyElseUsesIsLeftAlone()
    {
        LeaseTable table = Table("10.0.0.100", "10.0.0.101");
        Ipv4Address address = Offer(table, At(0), _first);
        Assert.True(table.TryQuarantine(At(1), address));
        Assert.Equal(LeaseState.InUse, table.StateOf(table.Find(address)));
        Assert.False(table.CanBind(_first, default, address));
        Assert.False(table.TryQuarantine(At(1), address));
        Ipv4Address other = Bind(table, At(1), _first);
        Assert.NotEqual(address, other);
        Assert.False(table.TryQuarantine(At(1), other)); // it is in use by whom it was given to
        Assert.False(table.TryQuarantine(At(1), Ip("10.0.0.5")));
        table.Expire(At(601));
        Assert.Equal(LeaseState.Free, table.StateOf(table.Find(address)));
        Assert.Equal(1, table.FreeCount);
    }

    [Fact]
    public void TheLastAddressOfALargePoolIsFound()
    {
        DhcpNetworks networks = new(
            Settings(first: "10.0.0.2", last: "10.0.255.250"), [Link with { Address = new(ServerAddress, 16) }]);
        LeaseTable table = new(networks, []);
        int all = table.FreeCount;
        for (int i = 0; i < all; i++)
        {
            Assert.True(table.TryOffer(At(0), new LeaseKey(default, (ulong)i + 1), default, default, out _, isConfigured: true));
        }

        Assert.Equal(0, table.FreeCount);
        Assert.False(table.TryOffer(At(0), _first, default, default, out _));
        for (int i = 0; i < 70; i++) table.Expire(At(60));
        Assert.Equal(all, table.FreeCount);
        Assert.Equal(Instant.Never, table.NextDeadline);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void NeverTwoMachinesOnOneAddress(ulong seed)
    {
        Prng chance = new(seed);
        MachineSetting reserved = Machine("one", "52:54:00:00:00:00", "10.0.0.103");
        MachineSetting outside = Machine("two", "52:54:00:00:00:01", "10.0.0.11");
        LeaseTable table = Table("10.0.0.100", "10.0.0.107", reserved, outside);
        Dictionary<Ipv4Address, (int Machine, Instant Until)> held = [];
        Dictionary<int, Ipv4Address> offered = [];
        Instant now = At(0);
        int bound = 0;
        for (int step = 0; step < 20_000; step++)
        {
            now += Duration.FromSeconds(chance.Below(40));
            table.Expire(now);
            int machine = chance.Below(14);
            LeaseKey key = Key($"52:54:00:00:00:{machine:x2}", (ulong)chance.Below(3));
            Ipv4Address reservation = machine == 0 ? reserved.Address : machine == 1 ? outside.Address : default;
            Ipv4Address mine = offered.GetValueOrDefault(machine);
            switch (chance.Below(6))
            {
                case 0 or 1:
                    Ipv4Address wanted = chance.Chance(300_000) ? Ip($"10.0.0.{99 + chance.Below(10)}") : default;
                    if (!table.TryOffer(now, key, reservation, wanted, out mine)) continue;
                    Assert.True(mine != reserved.Address || machine == 0);
                    Assert.True(mine != outside.Address || machine == 1);
                    if (held.TryGetValue(mine, out var other)) Assert.True(other.Machine == machine || other.Until <= now);
                    offered[machine] = mine;
                    break;
                case 2 or 3:
                    if (mine.IsAny || !table.CanBind(key, reservation, mine)) continue;
                    if (held.TryGetValue(mine, out var holder)) Assert.True(holder.Machine == machine || holder.Until <= now);
                    table.Bind(now, key, mine, Duration.FromSeconds(300));
                    held[mine] = (machine, now + Duration.FromSeconds(300));
                    bound++;
                    break;
                case 4:
                    if (table.TryRelease(key, mine)) held.Remove(mine);
                    break;
                default:
                    if (!chance.Chance(100_000) || !table.TryDecline(now, key, mine)) continue;
                    held[mine] = (-1, now + LeaseTable.QuarantineTime);
                    break;
            }
        }

        Assert.True(bound > 1000, $"only {bound} leases were bound: the test tests nothing");
    }

    private static LeaseTable Table(string first = "10.0.0.100", string last = "10.0.0.200", params MachineSetting[] machines) =>
        new(new DhcpNetworks(Settings(first: first, last: last), [Link]), machines);

    private static Ipv4Address Offer(LeaseTable table, Instant now, LeaseKey key, string reservation = "0.0.0.0")
    {
        Assert.True(table.TryOffer(now, key, Ip(reservation), default, out Ipv4Address address));
        return address;
    }

    private static Ipv4Address Bind(
        LeaseTable table, Instant now, LeaseKey key, string reservation = "0.0.0.0", string wanted = "0.0.0.0")
    {
        Assert.True(table.TryOffer(now, key, Ip(reservation), Ip(wanted), out Ipv4Address address));
        Assert.True(table.CanBind(key, Ip(reservation), address));
        table.Bind(now, key, address, _hour);
        return address;
    }

    private static void AssertDifferent(LeaseTable table, LeaseKey one, LeaseKey other) =>
        Assert.NotEqual(Bind(table, At(0), one), Bind(table, At(0), other));
}
