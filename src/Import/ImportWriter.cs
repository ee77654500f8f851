using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Aglet.Config;
using Aglet.Net;

namespace Aglet.Import;

/// <summary>Writes a draft as our configuration, with comments where somebody has to add what no source knows.</summary>
internal static class ImportWriter
{
    /// <summary>The whole file.</summary>
    /// <param name="draft">What to write; complete.</param>
    /// <param name="origin">The source, for the comment at the top.</param>
    public static string Write(ImportDraft draft, string origin)
    {
        List<string> members =
        [
            WriteNetwork(draft),
            draft.IsServer ? WriteServer(draft) : WriteProxy(draft),
        ];
        if (draft.Tree.Length > 0) members.Add($"\"tree\": {Quote(draft.Tree)}");
        members.Add(
            """
            "images": {
                // What machines can boot; name one in a machine's "image":
                // "debian": { "kernel": "debian/amd64/linux", "initrd": "debian/amd64/initrd.gz" },
                "disk": { "local": true }
              }
            """);
        if (draft.Machines.Count > 0) members.Add(WriteMachines(draft));
        members.Add(draft.IgnoresUnknown ? "\"unknown\": \"ignore\"" : "\"unknown\": \"disk\"");
        members.RemoveAll(static member => member.Length == 0);
        return $"// Made of {ConfigNode.Shorten(origin)} by \"aglet import\", which said what it left out.\n"
            + "// Read it, then prove it: aglet check --config FILE\n"
            + $"{{\n  {string.Join(",\n  ", members)}\n}}\n";
    }

    /// <summary>A JSON text with its quotes.</summary>
    public static string Quote(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (char c in text)
        {
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (char.IsControl(c)) quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>A length of time in the largest unit that divides it.</summary>
    public static string LeaseOf(long seconds)
    {
        if (seconds == uint.MaxValue) return "infinite";
        if (seconds % 86400 == 0) return $"{seconds / 86400}d";
        if (seconds % 3600 == 0) return $"{seconds / 3600}h";
        if (seconds % 60 == 0) return $"{seconds / 60}m";

        // The reader counts up to a million of each unit.
        return seconds <= 1_000_000 ? $"{seconds}s" : $"{seconds / 60}m";
    }

    private static string WriteNetwork(ImportDraft draft) => draft.Interfaces.Count switch
    {
        0 => "",
        1 => $"\"network\": {{ \"interface\": {Quote(draft.Interfaces[0])} }}",
        _ => $"\"network\": {{ \"interface\": [{string.Join(", ", draft.Interfaces.ConvertAll(Quote))}] }}",
    };

    private static string WriteProxy(ImportDraft draft) => draft.Denied.Count == 0
        ? "\"dhcp\": { \"mode\": \"proxy\" }"
        : $"\"dhcp\": {{ \"mode\": \"proxy\", {WriteDenied(draft)} }}";

    private static string WriteDenied(ImportDraft draft) =>
        $"\"deny\": [{string.Join(", ", draft.Denied.ConvertAll(Quote))}]";

    private static string WriteServer(ImportDraft draft)
    {
        List<string> members = ["\"mode\": \"server\""];
        ImportSubnet first = draft.Subnets[0];
        if (draft.Subnets.Count == 1 && first.Pool is { } pool)
        {
            string hint = first.IsGuessed ? "" : $"// {first.Prefix}: the interface needs an address of it\n    ";
            members.Add($"{hint}\"pool\": \"{pool}\"");
            first.Scope.FillFrom(draft.Global);
            AddScope(first.Scope, members, isGlobal: false);
        }
        else
        {
            AddScope(draft.Global, members, isGlobal: true);
            members.Add($"\"subnets\": [\n      {string.Join(",\n      ", draft.Subnets.ConvertAll(WriteSubnet))}\n    ]");
        }

        if (draft.Denied.Count > 0) members.Add(WriteDenied(draft));
        return $"\"dhcp\": {{\n    {string.Join(",\n    ", members)}\n  }}";
    }

    private static string WriteSubnet(ImportSubnet subnet)
    {
        List<string> members = [$"\"subnet\": \"{subnet.Prefix}\""];
        if (subnet.Pool is { } pool) members.Add($"\"pool\": \"{pool}\"");
        AddScope(subnet.Scope, members, isGlobal: false);
        return $"{{ {string.Join(", ", members)} }}";
    }

    private static void AddScope(ImportScope scope, List<string> members, bool isGlobal)
    {
        if (scope.LeaseSeconds != 0) members.Add($"\"lease\": \"{LeaseOf(scope.LeaseSeconds)}\"");
        if (!scope.Router.IsAny && !isGlobal) members.Add($"\"router\": \"{scope.Router}\"");
        AddAddresses("dns", scope.Dns, members);
        if (scope.Domain.Length > 0) members.Add($"\"domain\": {Quote(scope.Domain)}");
        if (scope.Search.Count > 0) members.Add($"\"search\": [{string.Join(", ", scope.Search.ConvertAll(Quote))}]");
        AddAddresses("ntp", scope.Ntp, members);
        if (scope.Mtu != 0 && !isGlobal) members.Add($"\"mtu\": {scope.Mtu}");
        if (scope.Routes.Count > 0 && !isGlobal)
        {
            List<string> routes = scope.Routes.ConvertAll(
                static route => $"{{ \"to\": \"{route.To}\", \"via\": \"{route.Via}\" }}");
            members.Add($"\"routes\": [{string.Join(", ", routes)}]");
        }

        if (scope.Options.Count == 0) return;
        List<string> options = scope.Options.ConvertAll(static option =>
            $"{{ \"code\": {option.Code}, \"type\": \"{option.Type}\", \"value\": {option.Value}"
            + (option.IsAlways ? ", \"always\": true }" : " }"));
        members.Add($"\"options\": [{string.Join(", ", options)}]");
    }

    private static void AddAddresses(string key, List<Ipv4Address> addresses, List<string> members)
    {
        if (addresses.Count == 0) return;
        List<string> quoted = addresses.ConvertAll(static address => $"\"{address}\"");
        members.Add($"\"{key}\": [{string.Join(", ", quoted)}]");
    }

    private static string WriteMachines(ImportDraft draft) =>
        $"\"machines\": [\n    {string.Join(",\n    ", draft.Machines.ConvertAll(WriteMachine))}\n  ]";

    private static string WriteMachine(ImportMachine machine)
    {
        List<string> macs = machine.HardwareAddresses.ConvertAll(static mac => $"\"{mac}\"");
        string mac = macs.Count == 1 ? macs[0] : $"[{string.Join(", ", macs)}]";
        string address = machine.Address.IsAny ? "" : $", \"address\": \"{machine.Address}\"";
        return $"{{ \"name\": {Quote(machine.Name)}, \"mac\": {mac}{address}, \"image\": \"disk\" }}";
    }
}
