using System;
using System.Linq;
using Aglet.Config;
using Aglet.Dhcp;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Simulation.Scenarios;

/// <summary>What DHCP must bear; what each storm proves at every step is in <see cref="LeaseStorm"/>.</summary>
public sealed class LeaseStormTests
{
    private static readonly NetworkInterface _wide = Link with { Address = new(ServerAddress, 16) };

    /// <summary>Every tenth packet lost, others doubled and out of order; some clients renew, some give back; some addresses are taken.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 20)]
    public void TwentyThousandClientsGetAnAddressEach(ulong seed, int jumps)
    {
        LeaseStorm storm = new(seed) { JumpsPerMillion = jumps, AuditEvery = 20_000 };
        storm.AddServer(Server("10.0.0.2", "10.0.119.250"), _wide);
        for (int i = 0; i < 100; i++) storm.Squatters[Ip($"10.0.{i}.77")] = Machine(0x0A, i);
        for (int i = 0; i < 20_000; i++)
        {
            // Cloned systems share their identifier.
            byte[] id = i % 50 < 2 ? [0xFF, (byte)(i / 50 & 255), (byte)(i / 50 >> 8), 1] : [];
            storm.Add(new LeaseClient(Machine(0x52, i)) { ClientId = id, Manner = i % 10 == 0 ? 2 : i % 3 == 0 ? 1 : 0 }, Duration.FromMilliseconds(i * 3));
        }

        storm.Run(Duration.FromSeconds(400 + (jumps * 20_000L)));
        Assert.All(storm.Clients, client => Assert.True(client.Bindings > 0, client.Machine.ToString()));
        Assert.True(storm.Server().Probe.ConflictCount >= 20); // again after each quarantine
    }

    [Fact]
    public void TwoClientsWithOneIdentifierHaveTwoAddresses()
    {
        LeaseStorm storm = new(3);
        storm.AddServer(Server("10.0.0.100", "10.0.0.103"), Link);
        storm.Add(new LeaseClient(Machine(0x52, 1)) { ClientId = [1, 2, 3, 4], Manner = 1 }, default);
        storm.Add(new LeaseClient(Machine(0x52, 2)) { ClientId = [1, 2, 3, 4], Manner = 1 }, default);
        storm.Run(Duration.FromSeconds(3000));
        Assert.NotEqual(storm.Clients[0].Address, storm.Clients[1].Address);
        Assert.All(storm.Clients, client => Assert.False(client.Address.IsAny));
    }

    [Fact]
    public void ClonesBehindTwoRelaysHaveAnAddressOnEach()
    {
        LeaseStorm storm = new(4);
        DhcpSubnetSetting Subnet(int i) => new() { Prefix = new(Ip($"10.{i}.0.0"), 24), Pool = new(Ip($"10.{i}.0.10"), Ip($"10.{i}.0.40")) };
        storm.AddServer(Server("10.0.0.100", "10.0.0.120") with { Subnets = [Subnet(1), Subnet(2)] }, Link);
        for (int i = 0; i < 20; i++)
        {
            storm.Add(new LeaseClient(Machine(0x52, i)) { Relay = Ip("10.1.0.1"), Manner = i % 3 }, Duration.FromMilliseconds(i));
            storm.Add(new LeaseClient(Machine(0x52, i)) { Relay = Ip("10.2.0.1"), Manner = i % 3 }, Duration.FromMilliseconds(i * 2));
        }

        storm.Run(Duration.FromSeconds(1000));
        Assert.All(storm.Clients, client => Assert.True(client.Bindings > 0));
        Assert.All(storm.Clients.Where(client => !client.Address.IsAny), client =>
            Assert.Equal(client.Relay.Value >> 16, client.Address.Value >> 16));
    }

    [Fact]
    public void AClientThatDeclinesEverythingCostsTenMinutesOfEachAddressAndNoMore()
    {
        LeaseStorm storm = new(5);
        storm.AddServer(Server("10.0.0.100", "10.0.0.131"), Link);
        storm.Add(new LeaseClient(Machine(0x52, 0)) { Declines = int.MaxValue }, default);
        for (int i = 1; i <= 20; i++) storm.Add(new LeaseClient(Machine(0x52, i)) { Manner = 1 }, Duration.FromSeconds(i));
        storm.Run(Duration.FromSeconds(3000));
        Assert.InRange(storm.Declined, 20, 150);
        Assert.All(storm.Clients.Skip(1), client => Assert.False(client.Address.IsAny));
        storm.Run(Duration.FromSeconds(20_000));
    }

    /// <summary>A thousand made-up machines a second: who is configured or known boots at once, who is not at its next try.</summary>
    [Fact]
    public void InAFloodMachinesBoot()
    {
        LeaseStorm storm = new(6) { FloodPerSecond = 1000, AuditEvery = 7 };
        MachineSetting[] machines =
            [.. Enumerable.Range(0, 20).Select(i => Tests.Unit.Dhcp.DhcpWorld.Machine($"n{i}", Machine(0x52, i).ToString(), i % 2 == 0 ? $"10.0.0.{i + 11}" : "0.0.0.0"))];
        ImageSetting disk = new() { Name = "disk", Title = "disk", Kind = ImageKind.Local };
        storm.AddServer(Server("10.0.0.100", "10.0.0.200", machines) with { Images = [disk] }, Link);
        for (int i = 0; i < 20; i++) storm.Add(new LeaseClient(Machine(0x52, i)), Duration.FromSeconds(10 + i));
        for (int i = 20; i < 40; i++) storm.Add(new LeaseClient(Machine(0x52, i)), Duration.FromSeconds(10 + i));
        storm.Run(Duration.FromSeconds(120));
        Assert.All(storm.Clients, client => Assert.False(client.Address.IsAny, client.Machine.ToString()));
        Assert.All(storm.Clients.Take(20), client => Assert.True(client.FirstBound - client.FirstAsked < Duration.FromSeconds(60)));
        Assert.True(storm.Server().Verdicts[DhcpVerdict.HeldBack] + storm.Server().Verdicts[DhcpVerdict.NoFreeAddress] > 50_000);
    }

    /// <summary>Each boots its own machines and is silent for the other's, at every stage, by either way to say so.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TwoServersShareANetwork(bool byPattern)
    {
        LeaseStorm storm = new(7);
        NetworkInterface second = Link with { Address = new(Ip("10.0.0.2"), 24), HardwareAddress = Mac("02:00:00:00:00:02") };
        ImageSetting disk = new() { Name = "disk", Title = "disk", Kind = ImageKind.Local };
        MachineSetting[] Half(int parity) => [.. Enumerable.Range(0, 30).Where(i => i % 2 == parity)
            .Select(i => Tests.Unit.Dhcp.DhcpWorld.Machine($"n{i}", Machine(0x52, i).ToString(), "0.0.0.0"))];
        HardwarePattern[] All = [new(0x520000000000, 0xFF0000000000)];
        MachineFilter Deny(int parity) =>
            new([], [.. Half(parity).Select(machine => Exactly(machine.HardwareAddress))]);
        Settings one = Server("10.0.0.100", "10.0.0.130") with { Images = [disk], Unknown = UnknownPolicy.Disk };
        Settings two = Server("10.0.0.140", "10.0.0.170") with { Images = [disk], Unknown = UnknownPolicy.Disk };
        one = byPattern ? one with { Filter = Deny(1) } : one with { Machines = Half(0), Unknown = UnknownPolicy.Ignore };
        two = byPattern ? two with { Filter = Deny(0) with { Allow = All } } : two with { Machines = Half(1), Unknown = UnknownPolicy.Ignore };
        storm.AddServer(one, Link);
        storm.AddServer(two, second);
        for (int i = 0; i < 30; i++) storm.Add(new LeaseClient(Machine(0x52, i)) { Manner = i % 3 }, Duration.FromMilliseconds(i * 10));
        storm.Run(Duration.FromSeconds(1000));
        for (int i = 0; i < 30; i++)
        {
            LeaseClient client = storm.Clients[i];
            Assert.True(client.Bindings > 0);
            Assert.Equal(i % 2 == 0 ? Ip("10.0.0.1") : Ip("10.0.0.2"), client.Server);
        }

        // Not one message to the other's machines: neither OFFER nor NAK.
        foreach (int server in (int[])[0, 1])
        {
            Assert.True(storm.Server(server).Verdicts[DhcpVerdict.NotOurMachine] > 30);
            Assert.Equal(0ul, storm.Server(server).Verdicts[DhcpVerdict.RefusedNotAvailable]);
            Assert.Equal(0ul, storm.Server(server).Verdicts[DhcpVerdict.ForOtherServer]);
        }
    }

    private static Settings Server(string first, string last, params MachineSetting[] machines) =>
        Settings(first: first, last: last, machines: machines) with { IsProbing = true };

    private static HardwareAddress Machine(byte maker, int number) =>
        HardwareAddress.Read([maker, 0x54, 0, (byte)(number >> 16), (byte)(number >> 8 & 255), (byte)(number & 255)]);

    private static HardwarePattern Exactly(HardwareAddress machine)
    {
        Span<byte> text = stackalloc byte[17];
        machine.TryFormat(text, out _, (byte)':');
        Assert.True(HardwarePattern.TryParse(text, out HardwarePattern pattern));
        return pattern;
    }
}
