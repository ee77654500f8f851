using System;
using System.Collections.Generic;
using Aglet.Core;
using Aglet.Net;

namespace Aglet.Config;

/// <summary>
/// Reads <c>network</c>, <c>dhcp</c>, <c>tftp</c> and <c>http</c>: where we serve and what addresses mean there.
/// </summary>
internal sealed class NetworkSection(ConfigReport report)
{
    /// <summary>What was read; the values of what was wrong are missing in it.</summary>
    public Settings Read(Settings settings, ConfigSection top)
    {
        if (top.TryGetObject("network", out ConfigNode? network)) settings = ReadNetwork(settings, network);
        settings = settings with { DhcpMode = DhcpMode.Proxy };
        if (top.TryGetObject("dhcp", out ConfigNode? dhcp)) settings = ReadDhcp(settings, dhcp);
        settings = settings with { Tftp = TftpSection.ReadSite(report, top) };
        if (top.TryGetObject("http", out ConfigNode? http)) settings = settings with { HttpPort = ReadPort(http) };
        return settings;
    }

    private Settings ReadNetwork(Settings settings, ConfigNode node)
    {
        ConfigSection section = new(node, report, ConfigKeys.Network);
        settings = ReadAppliance(settings with { Interfaces = ReadInterfaces(section) }, section);
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

    /// <summary>What only the appliance does itself; elsewhere the system has it done.</summary>
    private Settings ReadAppliance(Settings settings, ConfigSection section)
    {
        if (section.TryGetAddress("router", out _, out Ipv4Address router)) settings = settings with { Router = router };
        if (section.TryGetAddress("ntp", out _, out Ipv4Address clock)) settings = settings with { TimeServer = clock };
        const string Expected = "a host name such as \"aglet\"";
        if (!section.TryGetText("hostname", Expected, out ConfigNode? name)) return settings;
        bool good = name.Text.Length is > 0 and <= 63 && name.Text[0] != '-' && name.Text[^1] != '-';
        foreach (char letter in name.Text) good &= char.IsAsciiLetterOrDigit(letter) || letter == '-';
        if (good) return settings with { HostName = name.Text };
        report.Error(name, $"expected {Expected}, found {name.Describe()}");
        return settings;
    }

    private List<string> ReadInterfaces(ConfigSection section)
    {
        const string Expected = "the name of an interface such as \"eth0\"";
        List<string> names = [];
        List<ConfigNode> nodes = section.GetTexts("interface", Expected);
        foreach (ConfigNode node in nodes)
        {
            // Linux: IFNAMSIZ is 16 with the NUL; a slash or a blank cannot be in a name.
            bool good = node.Text.Length <= 15 && node.Text.AsSpan().IndexOfAny('/', ' ', ':') < 0;
            bool isNew = !names.Contains(node.Text);
            if (good && isNew) names.Add(node.Text);
            else if (good) report.Error(node, $"expected each interface once, found {node.Describe()} again");
            else report.Error(node, $"expected {Expected}, found {node.Describe()}");
        }

        if (names.Count <= Limits.Interfaces) return names;
        report.Error(nodes[Limits.Interfaces], $"expected at most {Limits.Interfaces} interfaces, found {names.Count}");
        return [];
    }

    private Settings ReadDhcp(Settings settings, ConfigNode node)
    {
        ConfigSection section = new(node, report, ConfigKeys.Dhcp);
        section.Require("mode", "\"server\", \"proxy\" or \"off\"");
        bool knowsMode = TryReadMode(section, out DhcpMode mode);
        bool isServer = mode == DhcpMode.Server;
        SubnetSection reader = new(report);
        DhcpSubnetSetting main = reader.ReadMain(section, settings.Address);
        List<DhcpSubnetSetting> subnets = reader.ReadOthers(section, main, settings.Address);

        // Whoever serves further networks may have none to serve on the first one.
        if (knowsMode && isServer && node.Find("subnets") is null)
        {
            section.Require("pool", "the addresses to give, such as \"10.0.0.100-10.0.0.200\"");
        }

        if (knowsMode && !isServer) WarnOfUnused(section, mode);
        settings = new GuardSection(report).Read(settings with { DhcpMode = mode }, section);
        return settings with
        {
            DhcpListen = ReadListen(section),
            Main = isServer ? main : main with { Pool = null },
            Subnets = isServer ? subnets : [],
        };
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

    private DhcpListen ReadListen(ConfigSection section)
    {
        const string Expected = "\"auto\", \"socket\" or \"packet\"";
        if (!section.TryGetText("listen", Expected, out ConfigNode? node)) return DhcpListen.Auto;
        switch (node.Text)
        {
            case "auto":
                return DhcpListen.Auto;
            case "socket":
                return DhcpListen.Socket;
            case "packet":
                return DhcpListen.Packet;
            default:
                string? nearest = NearestName.Find(node.Text, ["auto", "socket", "packet"]);
                string hint = nearest is null ? "" : $"; did you mean \"{nearest}\"?";
                report.Error(node, $"expected {Expected}, found {node.Describe()}{hint}");
                return DhcpListen.Auto;
        }
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
            if (Array.IndexOf(ConfigKeys.DhcpNetwork, child.Name) >= 0 || child.Name == "subnets")
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
