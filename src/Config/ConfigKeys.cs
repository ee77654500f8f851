using System.Collections.Generic;

namespace Aglet.Config;

/// <summary>Every key that the configuration knows, by the object that it stands in.</summary>
internal static class ConfigKeys
{
    public static readonly string[] Top =
    [
        "$schema", "network", "dhcp", "tftp", "http", "tree", "state", "programs", "secure-boot", "menu", "vars", "images",
        "groups", "machines", "unknown", "update",
    ];

    /// <summary>What is said of the first interface's network and of every other one alike.</summary>
    public static readonly string[] DhcpNetwork =
        ["pool", "lease", "router", "dns", "domain", "search", "ntp", "mtu", "routes", "options"];

    public static readonly string[] Network = ["interface", "address", "router", "hostname", "ntp"];

    public static readonly string[] Dhcp = ["mode", .. DhcpNetwork, "subnets", "allow", "deny", "probe", "listen"];

    public static readonly string[] DhcpSubnet = ["subnet", .. DhcpNetwork];

    public static readonly string[] DhcpRoute = ["to", "via"];

    public static readonly string[] DhcpOption = ["code", "type", "value", "always"];

    /// <summary>What a machine and a group may say, too.</summary>
    public static readonly string[] TftpGrant = ["blksize", "windowsize", "rollover"];

    public static readonly string[] Tftp = ["single-port", "ports", .. TftpGrant];

    public static readonly string[] Http = ["port"];

    public static readonly string[] Update = ["key"];

    public static readonly string[] Menu = ["title", "timeout", "default"];

    public static readonly string[] Image =
    [
        "title", "arch", "kernel", "initrd", "args", "answer", "open", "efi", "iso", "disk", "chain", "local", "menu",
        "timeout", "default",
    ];

    public static readonly string[] Answer = ["kind", "template", "meta-data", "vendor-data", "network-config"];

    public static readonly string[] Machine =
        ["name", "mac", "uuid", "serial", "asset", "address", "image", "once", "vars", "programs", "tftp"];

    public static readonly string[] Group = ["name", "match", "image", "once", "vars", "programs", "tftp"];

    public static readonly string[] Match = ["mac", "vendor", "arch", "subnet", "serial"];

    private static readonly (string Name, string[] Keys)[] _sections =
    [
        ("network", Network), ("dhcp", Dhcp), ("a subnet of dhcp", DhcpSubnet), ("a route", DhcpRoute),
        ("an option", DhcpOption), ("tftp", Tftp), ("http", Http), ("menu", Menu), ("an image", Image), ("update", Update),
        ("an image's answer", Answer), ("a machine", Machine), ("a group", Group), ("a group's match", Match),
    ];

    /// <summary>What to say of a key that is not known where it stands.</summary>
    public static string DescribeUnknown(string name, IReadOnlyList<string> known)
    {
        if (NearestName.Find(name, known) is { } nearest) return $"unknown key; did you mean {ConfigNode.Quote(nearest)}?";
        foreach ((string section, string[] keys) in _sections)
        {
            foreach (string key in keys)
            {
                if (key == name) return $"unknown key here; it belongs in {section}";
            }
        }

        foreach (string key in Top)
        {
            if (key == name) return "unknown key here; it belongs at the top";
        }

        return $"unknown key; known here: {string.Join(", ", known)}";
    }
}
