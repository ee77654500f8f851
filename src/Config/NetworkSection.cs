using System;
using System.Collections.Generic;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Config;

/// <summary>Reads <c>network</c>, <c>dhcp</c> and <c>http</c>: where we serve and what addresses mean there.</summary>
internal sealed class NetworkSection(ConfigReport report)
{
    /// <summary>One DHCP option carries 63 addresses; nobody asks more than a few servers.</summary>
    private const int DnsServersMax = 16;

    private static readonly Duration _leaseMin = Duration.FromSeconds(10);
    private static readonly Duration _leaseMax = Duration.FromSeconds(365 * 86400);

    /// <summary>What was read; the values of what was wrong are missing in it.</summary>
    public Settings Read(Settings settings, ConfigSection top)
    {
        if (top.TryGetObject("network", out ConfigNode? network)) settings = ReadNetwork(settings, network);
        settings = settings with { DhcpMode = DhcpMode.Proxy };
        if (top.TryGetObject("dhcp", out ConfigNode? dhcp)) settings = ReadDhcp(settings, dhcp);
        if (top.TryGetObject("http", out ConfigNode? http)) settings = settings with { HttpPort = ReadPort(http) };
        return settings;
    }

    private Settings ReadNetwork(Settings settings, ConfigNode node)
    {
        ConfigSection section = new(node, report, ConfigKeys.Network);
        if (section.TryGetText("interface", "the name of an interface such as \"eth0\"", out ConfigNode? name))
        {
            // Linux: IFNAMSIZ is 16 with the NUL; a slash or a blank cannot be in a name.
            bool good = name.Text.Length <= 15 && name.Text.AsSpan().IndexOfAny('/', ' ', ':') < 0;
            if (good) settings = settings with { Interface = name.Text };
            else report.Error(name, $"expected the name of an interface such as \"eth0\", found {name.Describe()}");
        }

        const string Expected = "an address with its prefix such as \"10.0.0.1/24\"";
        if (!section.TryGetText("address", Expected, out ConfigNode? address)) return settings;
        if (!ConfigRules.TryParsePrefix(address.Text, out Ipv4Prefix prefix))
        {
            report.Error(address, $"expected {Expected}, found {address.Describe()}");
        }
        else if (prefix.Length is < 8 or > 30)
        {
            report.Error(address, $"expected a prefix from /8 to /30, found /{prefix.Length}");
        }
        else if (DescribeHost(prefix.Address, prefix) is { } problem)
        {
            report.Error(address, $"expected the address of one host, found {problem}");
        }
        else
        {
            settings = settings with { Address = prefix };
        }

        return settings;
    }

    private Settings ReadDhcp(Settings settings, ConfigNode node)
    {
        ConfigSection section = new(node, report, ConfigKeys.Dhcp);
        section.Require("mode", "\"server\", \"proxy\" or \"off\"");
        bool knowsMode = TryReadMode(section, out DhcpMode mode);
        settings = settings with { DhcpMode = mode };
        settings = settings with
        {
            Pool = ReadPool(section, settings),
            Lease = ReadLease(section),
            Router = ReadRouter(section, settings),
            Dns = ReadDns(section),
            Domain = ReadDomain(section),
        };
        if (knowsMode && mode == DhcpMode.Server)
        {
            section.Require("pool", "the addresses to give, such as \"10.0.0.100-10.0.0.200\"");
        }

        if (settings.Pool is { } pool && section.Node.Find("pool") is { } poolNode) CheckPool(settings, pool, poolNode);
        if (knowsMode && mode != DhcpMode.Server) WarnOfUnused(section, mode);
        return mode == DhcpMode.Server ? settings : settings with { Pool = null };
    }

    private bool TryReadMode(ConfigSection section, out DhcpMode mode)
    {
        mode = DhcpMode.Proxy;
        const string Expected = "\"server\", \"proxy\" or \"off\"";
        if (!section.TryGetText("mode", Expected, out ConfigNode? node)) return false;
        switch (node.Text)
        {
            case "server":
                mode = DhcpMode.Server;
                return true;
            case "proxy":
                return true;
            case "off":
                mode = DhcpMode.Off;
                return true;
            default:
                string? nearest = NearestName.Find(node.Text, ["server", "proxy", "off"]);
                string hint = nearest is null ? "" : $"; did you mean \"{nearest}\"?";
                report.Error(node, $"expected {Expected}, found {node.Describe()}{hint}");
                return false;
        }
    }

    private Ipv4Range? ReadPool(ConfigSection section, Settings settings)
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

        if (settings.Address is not { } own) return pool;
        if (own.Contains(pool.First) && own.Contains(pool.Last)) return pool;
        report.Error(node, $"expected addresses in {own.Network}/{own.Length}, the network of network.address, "
            + $"found {node.Describe()}");
        return null;
    }

    private void CheckPool(Settings settings, Ipv4Range pool, ConfigNode node)
    {
        if (settings.Address is { } own)
        {
            Refuse(own.Address, $"this server's own address {own.Address}");
            Refuse(own.Network, $"{own.Network}, which names the network");
            Refuse(own.BroadcastAddress, $"{own.BroadcastAddress}, the broadcast address");
        }

        bool isOwn = settings.Router == settings.Address?.Address;
        if (!settings.Router.IsAny && !isOwn) Refuse(settings.Router, $"the router's address {settings.Router}");

        void Refuse(Ipv4Address address, string what)
        {
            if (pool.Contains(address)) report.Error(node, $"expected a pool without {what}");
        }
    }

    private Duration ReadLease(ConfigSection section)
    {
        Duration standard = new Settings { Tree = "" }.Lease;
        if (section.Node.Find("lease") is { Kind: ConfigNodeKind.Text, Text: "infinite" }) return ConfigRules.Infinite;
        if (!section.TryGetDuration("lease", out ConfigNode? node, out Duration lease)) return standard;
        if (lease >= _leaseMin && lease <= _leaseMax) return lease;
        report.Error(node!, $"expected \"10s\" to \"365d\", or \"infinite\", found {node!.Describe()}");
        return standard;
    }

    private Ipv4Address ReadRouter(ConfigSection section, Settings settings)
    {
        if (!section.TryGetAddress("router", out ConfigNode? node, out Ipv4Address router)) return default;
        if (settings.Address is not { } own) return router;
        string? problem = own.Contains(router)
            ? DescribeHost(router, own)
            : $"\"{router}\", which is not in {own.Network}/{own.Length}";
        if (problem is null) return router;
        report.Error(node!, $"expected a router that machines reach directly, found {problem}");
        return default;
    }

    private List<Ipv4Address> ReadDns(ConfigSection section)
    {
        List<Ipv4Address> servers = [];
        foreach (ConfigNode node in section.GetTexts("dns", "the address of a DNS server such as \"10.0.0.1\""))
        {
            if (!section.TryReadAddress(node, out Ipv4Address address)) continue;
            if (servers.Contains(address)) report.Error(node, $"expected each address once, found {node.Describe()} again");
            else servers.Add(address);
        }

        if (servers.Count <= DnsServersMax) return servers;
        report.Error(section.Node.Find("dns")!, $"expected at most {DnsServersMax} addresses, found {servers.Count}");
        return [];
    }

    private string ReadDomain(ConfigSection section)
    {
        const string Expected = "a domain such as \"lab.example\"";
        if (!section.TryGetText("domain", Expected, out ConfigNode? node)) return "";
        if (ConfigRules.IsHostName(node.Text)) return node.Text;
        report.Error(node, $"expected {Expected}, found {node.Describe()}");
        return "";
    }

    private ushort ReadPort(ConfigNode http)
    {
        const string Expected = "a number from 1 to 65535";
        ConfigSection section = new(http, report, ConfigKeys.Http);
        if (!section.TryGet("port", ConfigNodeKind.Number, Expected, out ConfigNode? node)) return 80;
        bool good = Wire.AsciiText.TryParseDecimal(ConfigRules.Bytes(node.Text), 65535, out ulong port) && port > 0;
        if (good) return (ushort)port;
        report.Error(node, $"expected {Expected}, found {node.Describe()}");
        return 80;
    }

    private void WarnOfUnused(ConfigSection section, DhcpMode mode)
    {
        string word = mode == DhcpMode.Proxy ? "proxy" : "off";
        foreach (ConfigNode child in section.Node.Children)
        {
            if (child.Name is "pool" or "lease" or "router" or "dns" or "domain")
            {
                report.Warn(child, $"it does nothing in mode \"{word}\": aglet gives addresses in mode \"server\" only");
            }
        }
    }

    /// <summary>Why an address of a network is no host's, or null.</summary>
    public static string? DescribeHost(Ipv4Address address, Ipv4Prefix network)
    {
        if (!address.IsUnicast) return $"\"{address}\"";
        if (address == network.Network) return $"\"{address}\", which names the network";
        return address == network.BroadcastAddress ? $"\"{address}\", the broadcast address" : null;
    }
}
