using System.Collections.Generic;
using Aglet.Core;
using Aglet.Net;

namespace Aglet.Config;

/// <summary>Reads of <c>dhcp</c> who is answered (<c>allow</c>, <c>deny</c>) and whether addresses are tried first.</summary>
internal sealed class GuardSection(ConfigReport report)
{
    /// <summary>What was read; <paramref name="section"/> is <c>dhcp</c>, and its mode is known.</summary>
    public Settings Read(Settings settings, ConfigSection section)
    {
        settings = settings with
        {
            Filter = new(ReadPatterns(section, "allow"), ReadPatterns(section, "deny")),
            IsProbing = ReadProbe(section),
        };
        foreach (ConfigNode node in section.Node.Children)
        {
            bool isUnused = node.Name == "probe"
                ? settings.DhcpMode != DhcpMode.Server
                : node.Name is "allow" or "deny" && settings.DhcpMode == DhcpMode.Off;
            if (!isUnused) continue;
            string mode = settings.DhcpMode == DhcpMode.Proxy ? "proxy" : "off";
            report.Warn(node, $"it does nothing in mode \"{mode}\"" + (node.Name == "probe"
                ? ": aglet gives addresses in mode \"server\" only"
                : ": there aglet does not answer DHCP"));
        }

        return settings;
    }

    /// <summary>A machine of the configuration that is denied would never boot, and nobody would see why.</summary>
    public static void CheckMachine(ConfigReport report, MachineFilter filter, ConfigNode node, HardwareAddress machine)
    {
        if (!filter.Denies(machine)) return;
        report.Warn(node, $"{node.Describe()} is in dhcp.deny: this machine is never answered");
    }

    private List<HardwarePattern> ReadPatterns(ConfigSection section, string key)
    {
        const string Expected = "a MAC such as \"52:54:00:12:34:56\" or the beginning of some such as \"52:54:00:*\"";
        List<HardwarePattern> patterns = [];
        foreach (ConfigNode node in section.GetTexts(key, Expected))
        {
            if (!HardwarePattern.TryParse(ConfigRules.Bytes(node.Text), out HardwarePattern pattern))
            {
                bool isBeginning = HardwarePattern.TryParse(ConfigRules.Bytes(node.Text.TrimEnd(':', '-') + ":*"), out _)
                    || HardwarePattern.TryParse(ConfigRules.Bytes(node.Text.TrimEnd(':', '-') + "-*"), out _);
                string separator = node.Text.Contains('-', System.StringComparison.Ordinal) ? "-" : ":";
                string hint = isBeginning ? $"; did you mean \"{node.Text.TrimEnd(':', '-')}{separator}*\"?" : "";
                report.Error(node, $"expected {Expected}, found {node.Describe()}{hint}");
            }
            else if (patterns.Contains(pattern))
            {
                report.Error(node, $"expected each pattern once, found {node.Describe()} again");
            }
            else
            {
                patterns.Add(pattern);
            }
        }

        if (patterns.Count > Limits.MachinePatterns)
        {
            report.Error(section.Node.Find(key)!, $"expected at most {Limits.MachinePatterns} patterns, found {patterns.Count}");
        }

        if (section.Node.Find(key) is { Kind: ConfigNodeKind.List, Children.Count: 0 } empty && key == "allow")
        {
            report.Error(empty, "expected a pattern at least, found an empty list; leave the key out to answer every machine");
        }

        if (key == "deny" && patterns.Exists(pattern => pattern.Mask == 0))
        {
            report.Error(section.Node.Find(key)!, "expected some machines, found \"*\", which is every one; "
                + "to serve nobody say \"mode\": \"off\"");
        }

        return patterns;
    }

    private bool ReadProbe(ConfigSection section)
    {
        if (section.Node.Find("probe") is not { } node || node.Kind == ConfigNodeKind.True) return true;
        if (node.Kind == ConfigNodeKind.False) return false;
        report.Error(node, $"expected true or false, found {node.Describe()}");
        return true;
    }
}
