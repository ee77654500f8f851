using System.Collections.Generic;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Config;

/// <summary>Reads what is said of one network: <c>dhcp</c> itself for the first interface's, and <c>dhcp.subnets</c>.</summary>
internal sealed class SubnetSection(ConfigReport report)
{
    /// <summary>One DHCP option carries 63 addresses; nobody asks more than a few servers.</summary>
    private const int ServersMax = 16;

    private const int SearchDomainsMax = 16;

    private static readonly Duration _leaseMin = Duration.FromSeconds(10);
    private static readonly Duration _leaseMax = Duration.FromSeconds(365 * 86400);

    private readonly List<(Ipv4Prefix Prefix, ConfigNode Node)> _prefixes = [];

    /// <summary>The network of the first interface.</summary>
    /// <param name="section">The object <c>dhcp</c>.</param>
    /// <param name="own">Our address there, when the configuration says it.</param>
    public DhcpSubnetSetting ReadMain(ConfigSection section, Ipv4Prefix? own) =>
        Read(section, new DhcpSubnetSetting(), own, own is null ? null : own.Value.Address, "the network of network.address");

    /// <summary>The other networks, each of which inherits what it does not say from the first.</summary>
    public List<DhcpSubnetSetting> ReadOthers(ConfigSection section, DhcpSubnetSetting main, Ipv4Prefix? own)
    {
        List<DhcpSubnetSetting> subnets = [];
        if (!section.TryGet("subnets", ConfigNodeKind.List, "a list [ ] of subnets", out ConfigNode? list)) return subnets;
        foreach (ConfigNode node in list.Children)
        {
            if (!node.IsObject) report.Error(node, $"expected a subnet {{ }}, found {node.Describe()}");
            else if (ReadOther(node, main, own) is { } subnet) subnets.Add(subnet);
        }

        if (subnets.Count > Limits.DhcpSubnets)
        {
            report.Error(list, $"expected at most {Limits.DhcpSubnets} subnets, found {subnets.Count}");
        }

        long addresses = main.Pool?.Count ?? 0;
        foreach (DhcpSubnetSetting subnet in subnets) addresses += subnet.Pool?.Count ?? 0;
        if (addresses > Limits.PoolAddresses)
        {
            report.Error(list, $"expected at most {Limits.PoolAddresses} addresses in all pools, found {addresses}");
        }

        return subnets;
    }

    private DhcpSubnetSetting? ReadOther(ConfigNode node, DhcpSubnetSetting main, Ipv4Prefix? own)
    {
        const string Expected = "a network such as \"10.1.0.0/24\"";
        ConfigSection section = new(node, report, ConfigKeys.DhcpSubnet);
        section.Require("subnet", Expected);
        DhcpSubnetSetting inherited = new()
        {
            Lease = main.Lease,
            Dns = main.Dns,
            Domain = main.Domain,
            Search = main.Search,
            Ntp = main.Ntp,
            Options = main.Options,
        };
        if (!section.TryGetText("subnet", Expected, out ConfigNode? text)
            || !TryReadPrefix(text, Expected, own, out Ipv4Prefix prefix))
        {
            Read(section, inherited, null, null, "");
            return null;
        }

        return Read(section, inherited with { Prefix = prefix }, prefix, null, "this subnet");
    }

    private bool TryReadPrefix(ConfigNode node, string expected, Ipv4Prefix? own, out Ipv4Prefix prefix)
    {
        if (!ConfigRules.TryParsePrefix(node.Text, out prefix))
        {
            report.Error(node, $"expected {expected}, found {node.Describe()}");
            return false;
        }

        if (prefix.Length is < 8 or > 30 || !prefix.Network.IsUnicast)
        {
            report.Error(node, $"expected a network of hosts from /8 to /30, found {node.Describe()}");
            return false;
        }

        if (prefix.Address != prefix.Network)
        {
            report.Error(node, $"expected {expected}, found {node.Describe()}; "
                + $"did you mean \"{prefix.Network}/{prefix.Length}\"?");
            return false;
        }

        if (own is { } first && first.Overlaps(prefix))
        {
            report.Error(node, $"expected a network beside {first.Network}/{first.Length}, the network of network.address "
                + $"(its keys stand in dhcp itself), found {node.Describe()}");
            return false;
        }

        foreach ((Ipv4Prefix other, ConfigNode place) in _prefixes)
        {
            if (!other.Overlaps(prefix)) continue;
            report.Error(node, $"expected networks that do not overlap, found {node.Describe()} and {other} "
                + $"in line {report.LineOf(place.Offset)}");
            return false;
        }

        _prefixes.Add((prefix, node));
        return true;
    }

    /// <param name="section">The object to read.</param>
    /// <param name="inherited">What holds where it says nothing.</param>
    /// <param name="network">The network, host bits of no matter; null when it is not known.</param>
    /// <param name="server">Our own address there, when it is known.</param>
    /// <param name="what">What to call the network.</param>
    private DhcpSubnetSetting Read(
        ConfigSection section, DhcpSubnetSetting inherited, Ipv4Prefix? network, Ipv4Address? server, string what)
    {
        DhcpSubnetSetting subnet = inherited with
        {
            Pool = ReadPool(section, network, what),
            Lease = ReadLease(section, inherited.Lease),
            Router = ReadRouter(section, network),
            Dns = ReadServers(section, "dns", "the address of a DNS server such as \"10.0.0.1\"", inherited.Dns),
            Domain = ReadDomain(section, inherited.Domain),
            Search = ReadSearch(section, inherited.Search),
            Ntp = ReadServers(section, "ntp", "the address of a time server such as \"10.0.0.1\"", inherited.Ntp),
            MtuBytes = ReadMtu(section),
            Routes = new RouteSection(report).Read(section, "routes", network),
            Options = new DhcpOptionSection(report).Read(section, inherited.Options),
        };
        if (subnet.Pool is { } pool && section.Node.Find("pool") is { } node) CheckPool(subnet, pool, node, network, server);
        return subnet;
    }

    private Ipv4Range? ReadPool(ConfigSection section, Ipv4Prefix? network, string what)
    {
        const string Expected = "a first and a last address such as \"10.0.0.100-10.0.0.200\"";
        if (!section.TryGetText("pool", Expected, out ConfigNode? node)) return null;
        if (!ConfigRules.TryParseRange(node.Text, out Ipv4Range pool))
        {
            report.Error(node, $"expected {Expected}, found {node.Describe()}");
            return null;
        }

        if (pool.Count == 0)
        {
            report.Error(node, $"expected the lower address first, found {node.Describe()}; "
                + $"did you mean \"{pool.Last}-{pool.First}\"?");
            return null;
        }

        if (!pool.First.IsUnicast || !pool.Last.IsUnicast)
        {
            report.Error(node, $"expected addresses that hosts can own, found {node.Describe()}");
            return null;
        }

        if (pool.Count > Limits.PoolAddresses)
        {
            report.Error(node, $"expected at most {Limits.PoolAddresses} addresses, found {pool.Count}");
            return null;
        }

        if (network is not { } prefix || (prefix.Contains(pool.First) && prefix.Contains(pool.Last))) return pool;
        report.Error(node, $"expected addresses in {prefix.Network}/{prefix.Length}, {what}, found {node.Describe()}");
        return null;
    }

    private void CheckPool(
        DhcpSubnetSetting subnet, Ipv4Range pool, ConfigNode node, Ipv4Prefix? network, Ipv4Address? server)
    {
        if (server is { } own) Refuse(own, $"this server's own address {own}");
        if (network is { } prefix)
        {
            Refuse(prefix.Network, $"{prefix.Network}, which names the network");
            Refuse(prefix.BroadcastAddress, $"{prefix.BroadcastAddress}, the broadcast address");
        }

        if (!subnet.Router.IsAny && subnet.Router != server) Refuse(subnet.Router, $"the router's address {subnet.Router}");

        void Refuse(Ipv4Address address, string what)
        {
            if (pool.Contains(address)) report.Error(node, $"expected a pool without {what}");
        }
    }

    private Duration ReadLease(ConfigSection section, Duration inherited)
    {
        if (section.Node.Find("lease") is { Kind: ConfigNodeKind.Text, Text: "infinite" }) return ConfigRules.Infinite;
        if (!section.TryGetDuration("lease", out ConfigNode? node, out Duration lease)) return inherited;
        if (lease >= _leaseMin && lease <= _leaseMax) return lease;
        report.Error(node!, $"expected \"10s\" to \"365d\", or \"infinite\", found {node!.Describe()}");
        return inherited;
    }

    private Ipv4Address ReadRouter(ConfigSection section, Ipv4Prefix? network)
    {
        if (!section.TryGetAddress("router", out ConfigNode? node, out Ipv4Address router)) return default;
        if (network is not { } prefix) return router;
        string? problem = prefix.Contains(router)
            ? NetworkSection.DescribeHost(router, prefix)
            : $"\"{router}\", which is not in {prefix.Network}/{prefix.Length}";
        if (problem is null) return router;
        report.Error(node!, $"expected a router that machines reach directly, found {problem}");
        return default;
    }

    private IReadOnlyList<Ipv4Address> ReadServers(
        ConfigSection section, string key, string expected, IReadOnlyList<Ipv4Address> inherited)
    {
        if (section.Node.Find(key) is not { } list) return inherited;
        List<Ipv4Address> servers = [];
        foreach (ConfigNode node in section.GetTexts(key, expected))
        {
            if (!section.TryReadAddress(node, out Ipv4Address address)) continue;
            if (servers.Contains(address)) report.Error(node, $"expected each address once, found {node.Describe()} again");
            else servers.Add(address);
        }

        if (servers.Count <= ServersMax) return servers;
        report.Error(list, $"expected at most {ServersMax} addresses, found {servers.Count}");
        return [];
    }

    private string ReadDomain(ConfigSection section, string inherited)
    {
        const string Expected = "a domain such as \"lab.example\"";
        if (!section.TryGetText("domain", Expected, out ConfigNode? node)) return inherited;
        if (ConfigRules.IsHostName(node.Text)) return node.Text;
        report.Error(node, $"expected {Expected}, found {node.Describe()}");
        return inherited;
    }

    private IReadOnlyList<string> ReadSearch(ConfigSection section, IReadOnlyList<string> inherited)
    {
        const string Expected = "a domain such as \"lab.example\"";
        if (section.Node.Find("search") is not { } list) return inherited;
        List<string> domains = [];
        foreach (ConfigNode node in section.GetTexts("search", Expected))
        {
            if (!ConfigRules.IsHostName(node.Text)) report.Error(node, $"expected {Expected}, found {node.Describe()}");
            else if (domains.Contains(node.Text)) report.Error(node, $"expected each domain once, found {node.Describe()} again");
            else domains.Add(node.Text);
        }

        if (domains.Count <= SearchDomainsMax) return domains;
        report.Error(list, $"expected at most {SearchDomainsMax} domains, found {domains.Count}");
        return [];
    }

    /// <summary>Less than 576 bytes no host may be held to (RFC 1122 section 3.3.2).</summary>
    private static ushort ReadMtu(ConfigSection section) =>
        section.TryGetNumber("mtu", 576, 65535, out uint mtu) ? (ushort)mtu : (ushort)0;
}
