using System;
using System.Collections.Generic;
using Aglet.Core;
using Aglet.Net;

namespace Aglet.Config;

/// <summary>Reads <c>programs</c>, of the site, a group or a machine: the boot program for each architecture.</summary>
internal static class ProgramSection
{
    public static List<ProgramSetting> Read(ConfigReport report, ConfigSection owner)
    {
        List<ProgramSetting> programs = [];
        if (!owner.TryGetObject("programs", out ConfigNode? node)) return programs;
        ConfigSection section = new(node, report, NamesOf(node));
        foreach (ConfigNode child in node.Children)
        {
            bool isForIpxe = child.Name.EndsWith(ProgramSetting.IpxeSuffix, StringComparison.Ordinal);
            string name = isForIpxe ? child.Name[..^ProgramSetting.IpxeSuffix.Length] : child.Name;
            ClientArchitecture? architecture = FindArchitecture(report, child, name, isName: true);
            if (!section.TryGetText(child.Name, "a path below the boot tree", out ConfigNode? path) || path != child) continue;
            if (!section.TryReadKey(path, out string key) || architecture is null) continue;
            if (ConfigRules.Bytes(key).Length > Limits.BootFileNameBytes)
            {
                report.Error(child, $"expected a path of at most {Limits.BootFileNameBytes} bytes: firmware takes no more");
            }

            ProgramSetting? other = programs.Find(
                program => program.Architecture == architecture && program.IsForIpxe == isForIpxe);
            if (other is null) programs.Add(new(architecture, key, isForIpxe));
            else report.ErrorAtName(child, $"expected each architecture once, found \"{architecture.Name}\" a second time");
        }

        return programs;
    }

    /// <summary>An architecture by its name or number, or null after an error.</summary>
    /// <param name="report">Where the error goes.</param>
    /// <param name="node">Where it stands.</param>
    /// <param name="name">What it is called there.</param>
    /// <param name="isName">It stands in a key and not in a value.</param>
    public static ClientArchitecture? FindArchitecture(ConfigReport report, ConfigNode node, string name, bool isName)
    {
        ClientArchitecture? architecture = ClientArchitecture.ForName(name);
        if (architecture is not null) return architecture;
        List<string> names = [];
        foreach (ClientArchitecture known in ClientArchitecture.All) names.Add(known.Name);
        string found = isName ? node.Name : name;
        string hint = NearestName.Find(found, names) is { } nearest ? $"; did you mean \"{nearest}\"?" : "";
        string message = "expected an architecture such as \"x64-uefi\", or its number from 0 to "
            + $"{ClientArchitecture.All.Length - 1}, found {ConfigNode.Quote(found)}{hint}";
        if (isName) report.ErrorAtName(node, message);
        else report.Error(node, message);
        return null;
    }

    private static List<string> NamesOf(ConfigNode node)
    {
        List<string> names = [];
        foreach (ConfigNode child in node.Children) names.Add(child.Name);
        return names;
    }
}
