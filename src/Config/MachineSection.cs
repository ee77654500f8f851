using System.Collections.Generic;
using Aglet.Core;
using Aglet.Net;

namespace Aglet.Config;

/// <summary>Reads <c>machines</c>: who boots what. No two may share a name, MAC, UUID or address.</summary>
internal sealed class MachineSection(ConfigReport report, Settings network, List<string> imageNames)
{
    private const string ExpectedMac = "a MAC such as \"52:54:00:12:34:56\"";

    private readonly Dictionary<string, ConfigNode> _names = [];
    private readonly Dictionary<HardwareAddress, ConfigNode> _hardware = [];
    private readonly Dictionary<MachineUuid, ConfigNode> _uuids = [];
    private readonly Dictionary<string, ConfigNode> _serials = [];
    private readonly Dictionary<string, ConfigNode> _assets = [];
    private readonly Dictionary<Ipv4Address, ConfigNode> _addresses = [];

    public List<MachineSetting> Read(ConfigSection top)
    {
        List<MachineSetting> machines = [];
        if (!top.TryGet("machines", ConfigNodeKind.List, "a list [ ] of machines", out ConfigNode? list)) return machines;
        foreach (ConfigNode node in list.Children)
        {
            if (node.IsObject) machines.Add(ReadMachine(node));
            else report.Error(node, $"expected a machine {{ }}, found {node.Describe()}");
        }

        if (machines.Count > Limits.Machines)
        {
            report.Error(list, $"expected at most {Limits.Machines} machines, found {machines.Count}");
        }

        return machines;
    }

    /// <summary>The index of an image by its name, or -1 after an error.</summary>
    public static int FindImage(ConfigReport report, ConfigNode node, List<string> imageNames, string[] words)
    {
        int index = imageNames.IndexOf(node.Text);
        if (index >= 0) return index;
        List<string> known = [.. imageNames, .. words];
        string among = words.Length == 0 ? "" : $" or {string.Join(" or ", System.Array.ConvertAll(words, ConfigNode.Quote))}";
        string hint = node.Text == "disk"
            ? "; add \"disk\": { \"local\": true } to images"
            : NearestName.Hint(node.Text, known, "known");
        report.Error(node, $"expected the name of an image{among}, found {node.Describe()}{hint}");
        return -1;
    }

    private MachineSetting ReadMachine(ConfigNode node)
    {
        ConfigSection section = new(node, report, ConfigKeys.Machine);
        section.Require("name", "the machine's host name");
        if (!HasGroups(node)) section.Require("image", "the name of an image");
        if (node.Find("mac") is null && node.Find("uuid") is null && node.Find("serial") is null && node.Find("asset") is null)
        {
            report.Error(node, "expected \"mac\", \"uuid\", \"serial\" or \"asset\" to know the machine by, found none");
        }

        List<HardwareAddress> cards = ReadHardwareAddresses(section);
        return new()
        {
            Name = ReadName(section),
            HardwareAddress = cards.Count > 0 ? cards[0] : default,
            OtherHardwareAddresses = cards.Count > 1 ? cards[1..] : [],
            Uuid = ReadUuid(section),
            Serial = ReadTag(section, "serial", "a serial number such as \"VM12345\"", _serials),
            Asset = ReadTag(section, "asset", "an asset tag such as \"A-1042\"", _assets),
            Address = ReadAddress(section),
            Image = section.TryGetText("image", "the name of an image", out ConfigNode? image)
                ? FindImage(report, image, imageNames, [])
                : -1,
            IsOnce = section.GetFlag("once"),
            Variables = section.GetVariables("vars"),
            Programs = ProgramSection.Read(report, section),
            Tftp = TftpSection.Read(report, section),
        };
    }

    /// <summary>With groups a machine may leave its image to the one that it is in.</summary>
    private static bool HasGroups(ConfigNode machine) =>
        machine.Parent?.Parent?.Find("groups") is { Kind: ConfigNodeKind.List, Children.Count: > 0 };

    private string ReadName(ConfigSection section)
    {
        const string Expected = "a host name such as \"node1\"";
        if (!section.TryGetText("name", Expected, out ConfigNode? node)) return "";
        if (!ConfigRules.IsHostName(node.Text))
        {
            report.Error(node, $"expected {Expected} (letters, digits, dashes within), found {node.Describe()}");
            return "";
        }

        // Host names are the same in any case.
        AddOnce(_names, node.Text.ToLowerInvariant(), node, "name");
        return node.Text;
    }

    private List<HardwareAddress> ReadHardwareAddresses(ConfigSection section)
    {
        List<HardwareAddress> cards = [];
        foreach (ConfigNode node in section.GetTexts("mac", ExpectedMac))
        {
            if (TryReadHardwareAddress(node, out HardwareAddress address)) cards.Add(address);
        }

        if (cards.Count > Limits.MachineCards)
        {
            report.Error(section.Node.Find("mac")!, $"expected at most {Limits.MachineCards} MACs, found {cards.Count}");
        }

        return cards;
    }

    private bool TryReadHardwareAddress(ConfigNode node, out HardwareAddress address)
    {
        if (!HardwareAddress.TryParse(ConfigRules.Bytes(node.Text), out address))
        {
            report.Error(node, $"expected {ExpectedMac}, found {node.Describe()}");
            return false;
        }

        System.Span<byte> bytes = stackalloc byte[6];
        address.Write(bytes);
        bool isGroup = (bytes[0] & 1) != 0;
        if (isGroup || address.IsNone)
        {
            report.Error(node, $"expected the MAC of one network card, found {node.Describe()}");
            return false;
        }

        GuardSection.CheckMachine(report, network.Filter, node, address);
        AddOnce(_hardware, address, node, "MAC");
        return true;
    }

    private string ReadTag(ConfigSection section, string key, string expected, Dictionary<string, ConfigNode> seen)
    {
        if (!section.TryGetText(key, expected, out ConfigNode? node)) return "";
        if (ConfigRules.Bytes(node.Text).Length > ShortText.BytesMax)
        {
            report.Error(node, $"expected at most {ShortText.BytesMax} bytes, found {node.Describe()}");
            return "";
        }

        AddOnce(seen, node.Text, node, key == "asset" ? "asset tag" : "serial number");
        return node.Text;
    }

    private MachineUuid ReadUuid(ConfigSection section)
    {
        const string Expected = "a UUID such as \"01234567-89ab-cdef-0123-456789abcdef\"";
        if (!section.TryGetText("uuid", Expected, out ConfigNode? node)) return default;
        if (!MachineUuid.TryParse(ConfigRules.Bytes(node.Text), out MachineUuid uuid))
        {
            report.Error(node, $"expected {Expected}, found {node.Describe()}");
            return default;
        }

        if (uuid.IsNone)
        {
            report.Error(node, $"expected {Expected}, found {node.Describe()}, which many machines claim");
            return default;
        }

        AddOnce(_uuids, uuid, node, "UUID");
        return uuid;
    }

    private Ipv4Address ReadAddress(ConfigSection section)
    {
        if (!section.TryGetAddress("address", out ConfigNode? node, out Ipv4Address address)) return default;
        if (network.DhcpMode != DhcpMode.Server)
        {
            report.Warn(node!, "it does nothing here: aglet gives addresses in mode \"server\" only");
        }

        DhcpSubnetSetting subnet = network.SubnetOf(address);
        if (network.PrefixOf(address) is { } own)
        {
            string? problem = !own.Contains(address)
                ? $"{node!.Describe()}"
                : NetworkSection.DescribeHost(address, own);
            if (problem is not null)
            {
                string others = network.Subnets.Count > 0 ? " or in one of dhcp.subnets" : "";
                report.Error(node!, $"expected the address of a host in {own.Network}/{own.Length}{others}, found {problem}");
                return default;
            }

            if (address == network.Address?.Address)
            {
                report.Error(node!, $"expected a free address, found {node!.Describe()}, this server's own");
                return default;
            }
        }

        if (address == subnet.Router)
        {
            report.Error(node!, $"expected a free address, found {node!.Describe()}, the router's");
            return default;
        }

        AddOnce(_addresses, address, node!, "address");
        return address;
    }

    private void AddOnce<TKey>(Dictionary<TKey, ConfigNode> seen, TKey key, ConfigNode node, string what) where TKey : notnull
    {
        if (seen.TryAdd(key, node)) return;
        ConfigNode first = seen[key];
        ConfigNode? machine = first.Parent is { IsObject: false } cards ? cards.Parent : first.Parent;
        string owner = machine?.Find("name") is { Kind: ConfigNodeKind.Text } name && name != first
            ? $" by {ConfigNode.Quote(name.Text)}"
            : "";
        report.Error(node, $"expected each {what} once, found {node.Describe()}, "
            + $"used{owner} in line {report.LineOf(first.Offset)} already");
    }
}
