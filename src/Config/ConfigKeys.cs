using System.Collections.Generic;

namespace Aglet.Config;

/// <summary>Every key that the configuration knows, by the object that it stands in.</summary>
internal static class ConfigKeys
{
    public static readonly string[] Top =
        ["$schema", "network", "dhcp", "http", "tree", "programs", "menu", "vars", "images", "machines", "unknown"];

    public static readonly string[] Network = ["interface", "address"];

    public static readonly string[] Dhcp = ["mode", "pool", "lease", "router", "dns", "domain"];

    public static readonly string[] Http = ["port"];

    public static readonly string[] Menu = ["title", "timeout", "default"];

    public static readonly string[] Image = ["title", "arch", "kernel", "initrd", "args", "answer", "local"];

    public static readonly string[] Answer = ["kind", "template"];

    public static readonly string[] Machine = ["name", "mac", "uuid", "address", "image", "vars"];

    private static readonly (string Name, string[] Keys)[] _sections =
    [
        ("network", Network), ("dhcp", Dhcp), ("http", Http), ("menu", Menu), ("an image", Image),
        ("an image's answer", Answer), ("a machine", Machine),
    ];

    /// <summary>What to say of a key that is not known where it stands.</summary>
    public static string DescribeUnknown(string name, IReadOnlyList<string> known)
    {
        if (name is "state" or "once" or "iso") return "not supported yet";
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
