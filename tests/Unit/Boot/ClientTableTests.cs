using System.Collections.Generic;
using Aglet.Boot;
using Aglet.Core;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Boot.BootFixture;

namespace Aglet.Tests.Unit.Boot;

public sealed class ClientTableTests
{
    [Fact]
    public void TheOneNotSeenForLongestMakesRoom()
    {
        ClientTable table = new(3);
        HardwareAddress[] macs = [Numbered(1), Numbered(2), Numbered(3), Numbered(4)];
        for (int i = 0; i < 3; i++) table.Bind(table.Touch(macs[i]), new((uint)(100 + i)));
        table.Touch(macs[0]);
        table.Touch(macs[3]);
        Assert.Equal(-1, table.Find(macs[1]));
        Assert.Equal(-1, table.Find(new Ipv4Address(101)));
        Assert.NotEqual(-1, table.Find(macs[0]));
        Assert.Equal(table.Find(macs[2]), table.Find(new Ipv4Address(102)));
        Assert.Equal(3, table.Count);
    }

    [Fact]
    public void AnAddressBelongsToOneMachine()
    {
        ClientTable table = new(4);
        int first = table.Touch(Numbered(1));
        int second = table.Touch(Numbered(2));
        table.Bind(first, Address9);
        table.Bind(second, Address9);
        Assert.Equal(second, table.Find(Address9));
        Assert.True(table[first].Address.IsAny);
        table.Bind(second, Address1);
        Assert.Equal(-1, table.Find(Address9));
    }

    /// <summary>Made-up addresses pushed out the machines that were in the middle of an installation.</summary>
    [Fact]
    public void AFloodOfStrangersLeavesTheConfiguredAndThoseWithAnAddress()
    {
        ClientTable table = new(8);
        table.SetConfigured(table.Touch(Numbered(1)), isConfigured: true);
        table.Bind(table.Touch(Numbered(2)), Address9);
        for (int i = 3; i < 200; i++) table.Touch(Numbered(i));
        Assert.NotEqual(-1, table.Find(Numbered(1)));
        Assert.Equal(table.Find(Numbered(2)), table.Find(Address9));
        Assert.Equal(-1, table.Find(Numbered(3)));

        // Those who take an address push out each other, and no configured machine.
        for (int i = 3; i < 200; i++) table.Bind(table.Touch(Numbered(i)), new((uint)i));
        Assert.NotEqual(-1, table.Find(Numbered(1)));
        Assert.Equal(-1, table.Find(Numbered(2)));
    }

    [Fact]
    public void WhoIsNoLongerConfiguredIsAStrangerAgain()
    {
        ClientTable table = new(2);
        table.SetConfigured(table.Touch(Numbered(1)), isConfigured: true);
        table.SetConfigured(table.Touch(Numbered(1)), isConfigured: false);
        table.Touch(Numbered(2));
        table.Touch(Numbered(3));
        Assert.Equal(-1, table.Find(Numbered(1)));
    }

    /// <summary>Against lists that do the same slowly, over seeds.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void AgreesWithAModel(uint seed)
    {
        const int slots = 16;
        ClientTable table = new(slots);
        List<HardwareAddress> order = []; // the oldest first
        Dictionary<HardwareAddress, Ipv4Address> addresses = [];
        Dictionary<HardwareAddress, MachineUuid> uuids = [];
        ulong state = seed;
        for (int step = 0; step < 20_000; step++)
        {
            HardwareAddress mac = Numbered((int)(Next(ref state) % 40) + 1);
            int slot = table.Touch(mac);
            if (!order.Remove(mac) && order.Count == slots)
            {
                int first = System.Math.Max(0, order.FindIndex(other => !addresses.ContainsKey(other)));
                addresses.Remove(order[first]);
                uuids.Remove(order[first]);
                order.RemoveAt(first);
            }

            order.Add(mac);

            if (Next(ref state) % 2 == 0)
            {
                Ipv4Address address = new((uint)(Next(ref state) % 20));
                table.Bind(slot, address);
                int loser = order.FindIndex(other => addresses.GetValueOrDefault(other) == address);
                if (!address.IsAny && loser >= 0 && order[loser] != mac)
                {
                    // Without its address it is the one that was seen last of those without.
                    addresses.Remove(order[loser]);
                    order.Add(order[loser]);
                    order.RemoveAt(loser);
                }

                addresses.Remove(mac);
                if (!address.IsAny) addresses[mac] = address;
            }

            if (Next(ref state) % 3 == 0)
            {
                MachineUuid uuid = new(1000 + (Next(ref state) % 1_000_000));
                table.Describe(At(step), slot, Firmware(mac, "x86-bios", uuid));
                uuids[mac] = uuid;
            }

            Compare(table, order, addresses, uuids);
        }
    }

    private static void Compare(
        ClientTable table,
        List<HardwareAddress> order,
        Dictionary<HardwareAddress, Ipv4Address> addresses,
        Dictionary<HardwareAddress, MachineUuid> uuids)
    {
        Assert.Equal(order.Count, table.Count);
        for (int i = 1; i <= 40; i++)
            Assert.Equal(order.Contains(Numbered(i)), table.Find(Numbered(i)) >= 0);
        foreach (HardwareAddress mac in order)
        {
            int slot = table.Find(mac);
            Ipv4Address expected = addresses.GetValueOrDefault(mac);
            Assert.Equal(expected, table[slot].Address);
            if (!expected.IsAny) Assert.Equal(slot, table.Find(expected));
            MachineUuid uuid = uuids.GetValueOrDefault(mac);
            Assert.Equal(uuid, table[slot].Uuid);
            if (!uuid.IsNone) Assert.Equal(uuid, table[table.Find(uuid)].Uuid);
        }
    }

    private static HardwareAddress Numbered(int number) => HardwareAddress.Read([2, 0, 0, 0, 0, (byte)number]);

    private static ulong Next(ref ulong state) => state = Fnv.Mix(unchecked(state + 0x9E3779B97F4A7C15UL));
}
