using System.Collections.Generic;
using Aglet.Core;
using Aglet.Net;

namespace Aglet.Config;

/// <summary>Reads <c>groups</c>: what machines that have something in common boot. The first that matches counts.</summary>
internal sealed class GroupSection(ConfigReport report, List<string> imageNames)
{
    private readonly Dictionary<string, ConfigNode> _names = [];

    public List<GroupSetting> Read(ConfigSection top)
    {
        List<GroupSetting> groups = [];
        if (!top.TryGet("groups", ConfigNodeKind.List, "a list [ ] of groups", out ConfigNode? list)) return groups;
        foreach (ConfigNode node in list.Children)
        {
            if (node.IsObject) groups.Add(ReadGroup(node));
            else report.Error(node, $"expected a group {{ }}, found {node.Describe()}");
        }

        if (groups.Count > Limits.Groups) report.Error(list, $"expected at most {Limits.Groups} groups, found {groups.Count}");
        return groups;
    }

    private GroupSetting ReadGroup(ConfigNode node)
    {
        ConfigSection section = new(node, report, ConfigKeys.Group);
        section.Require("name", "what the group is called");
        section.Require("match", "what its machines have in common");
        GroupSetting group = new()
        {
            Name = ReadName(section),
            Image = section.TryGetText("image", "the name of an image", out ConfigNode? image)
                ? MachineSection.FindImage(report, image, imageNames, [])
                : -1,
            IsOnce = section.GetFlag("once"),
            Variables = section.GetVariables("vars"),
            Programs = ProgramSection.Read(report, section),
            Tftp = TftpSection.Read(report, section),
        };
        return section.TryGetObject("match", out ConfigNode? match) ? ReadMatch(group, match) : group;
    }

    private string ReadName(ConfigSection section)
    {
        const string Expected = "a name such as \"rack-a\"";
        if (!section.TryGetText("name", Expected, out ConfigNode? node)) return "";
        if (_names.TryAdd(node.Text, node)) return node.Text;
        report.Error(node, $"expected each name once, found {node.Describe()}, "
            + $"used in line {report.LineOf(_names[node.Text].Offset)} already");
        return node.Text;
    }

    private GroupSetting ReadMatch(GroupSetting group, ConfigNode node)
    {
        ConfigSection section = new(node, report, ConfigKeys.Match);
        if (node.Children.Count == 0)
        {
            report.Error(node, $"expected at least one of {string.Join(", ", ConfigKeys.Match)}, found none; "
                + "for machines that nothing else matches there is \"unknown\"");
        }

        List<HardwarePattern> addresses = [];
        const string ExpectedMac = "a MAC or its beginning such as \"52:54:00:*\"";
        foreach (ConfigNode text in section.GetTexts("mac", ExpectedMac))
        {
            if (HardwarePattern.TryParse(ConfigRules.Bytes(text.Text), out HardwarePattern pattern)) addresses.Add(pattern);
            else report.Error(text, $"expected {ExpectedMac}, found {text.Describe()}");
        }

        List<ClientArchitecture> architectures = [];
        foreach (ConfigNode text in section.GetTexts("arch", "an architecture such as \"x64-uefi\""))
        {
            if (ProgramSection.FindArchitecture(report, text, text.Text, isName: false) is { } found) architectures.Add(found);
        }

        List<Ipv4Prefix> subnets = [];
        const string ExpectedSubnet = "a network such as \"10.1.0.0/24\"";
        foreach (ConfigNode text in section.GetTexts("subnet", ExpectedSubnet))
        {
            if (!ConfigRules.TryParsePrefix(text.Text, out Ipv4Prefix subnet))
                report.Error(text, $"expected {ExpectedSubnet}, found {text.Describe()}");
            else if (subnet.Address != subnet.Network)
                report.Error(text, $"expected {ExpectedSubnet}, found {text.Describe()}; "
                    + $"did you mean \"{subnet.Network}/{subnet.Length}\"?");
            else
                subnets.Add(subnet);
        }

        return group with
        {
            HardwareAddresses = addresses,
            Architectures = architectures,
            Subnets = subnets,
            VendorClasses = ReadPatterns(section, "vendor", "a vendor class (option 60) such as \"PXEClient*\""),
            Serials = ReadPatterns(section, "serial", "a serial number or its beginning such as \"VM*\""),
        };
    }

    private List<string> ReadPatterns(ConfigSection section, string key, string expected)
    {
        List<string> patterns = [];
        foreach (ConfigNode text in section.GetTexts(key, expected))
        {
            if (ConfigRules.Bytes(text.Text).Length <= ShortText.BytesMax) patterns.Add(text.Text);
            else report.Error(text, $"expected at most {ShortText.BytesMax} bytes, found {text.Describe()}");
        }

        return patterns;
    }
}
