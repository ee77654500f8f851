using System;
using System.Collections.Generic;
using System.Globalization;
using System.Numerics;
using System.Text;
using Aglet.Config;
using Aglet.Net;

namespace Aglet.Import;

/// <summary>Reads the <c>Dhcp4</c> part of a Kea configuration.</summary>
internal sealed class KeaImport
{
    private static readonly Dictionary<string, string> _leftOut = new()
    {
        ["client-classes"] = "there are no classes; \"groups\" chooses images by MAC, vendor class and architecture",
        ["client-class"] = "there are no classes; see \"allow\" and \"deny\" for who is answered",
        ["require-client-classes"] = "there are no classes",
        ["next-server"] = "aglet itself is the boot server",
        ["server-hostname"] = "aglet itself is the boot server",
        ["boot-file-name"] = "aglet chooses the boot program by the machine's firmware; \"programs\" names another one",
        ["lease-database"] = "leases are not taken over; see \"state\". Addresses stay where \"machines\" reserves them",
        ["hosts-database"] = "only reservations in the file are taken over",
        ["hosts-databases"] = "only reservations in the file are taken over",
        ["hooks-libraries"] = "nothing is loaded into aglet",
        ["dhcp-ddns"] = "aglet does not write to a DNS server",
        ["4o6-interface"] = "the network tells the interface",
        ["interface"] = "the network tells the interface; name all of them in \"network\"",
        ["relay"] = "the relay's address tells the network; one in another network is not known",
        ["min-valid-lifetime"] = "clients always get \"lease\"",
        ["max-valid-lifetime"] = "clients always get \"lease\"",
        ["renew-timer"] = "clients renew after half of the lease",
        ["rebind-timer"] = "clients rebind after seven eighths of the lease",
        ["option-data"] = "options belong to networks here, not to pools or single machines",
        ["reservations-global"] = "reservations hold wherever their address belongs",
        ["user-context"] = "it is a note for Kea's users",
        ["subnet6"] = "it is about IPv6, which is not served yet",
    };

    /// <summary>How Kea itself runs, logs and is steered: nothing to say.</summary>
    private static readonly HashSet<string> _silent =
    [
        "id", "comment", "control-socket", "control-sockets", "loggers", "multi-threading", "sanity-checks",
        "authoritative", "echo-client-id",
        "match-client-id", "expired-leases-processing", "calculate-tee-times", "t1-percent", "t2-percent",
        "cache-threshold", "cache-max-age",
        "reservation-mode", "reservations-in-subnet", "reservations-out-of-pool", "reservations-lookup-first",
        "host-reservation-identifiers",
        "ddns-send-updates", "ddns-override-no-update", "ddns-override-client-update", "ddns-replace-client-name",
        "ddns-generated-prefix",
        "ddns-qualifying-suffix", "ddns-update-on-renew", "ddns-use-conflict-resolution",
        "ddns-conflict-resolution-mode", "ddns-ttl-percent",
        "hostname-char-set", "hostname-char-replacement", "statistic-default-sample-count",
        "statistic-default-sample-age", "dhcp-queue-control",
        "store-extended-info", "decline-probation-period", "server-tag", "config-control", "compatibility",
        "allocator", "pool-id", "name",
        "early-global-reservations-lookup", "ip-reservations-unique", "parked-packet-limit", "Logging",
        "offer-lifetime", "stash-agent-options",
        "subnet", "pool", "pools", "reservations", "subnet4", "shared-networks", "interfaces-config", "option-def",
        "valid-lifetime",
    ];

    private readonly ImportDraft _draft;
    private readonly ImportReport _report;
    private readonly ConfigReport _places;
    private readonly OptionIntake _options;
    private readonly Dictionary<string, (int Code, DhcpOptionType? Type)> _defined = [];

    private KeaImport(ImportDraft draft, ImportReport report, ConfigReport places)
    {
        (_draft, _report, _places) = (draft, report, places);
        _options = new(report);
    }

    /// <summary>Reads a file; mistakes of its JSON are told as those of our own configuration are.</summary>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="text">Its bytes.</param>
    /// <param name="draft">Takes what it says.</param>
    /// <param name="report">Takes what is left out.</param>
    /// <param name="problems">Takes mistakes of the syntax.</param>
    public static void Read(string file, byte[] text, ImportDraft draft, ImportReport report, List<ConfigProblem> problems)
    {
        byte[] clean = WithoutHashComments(text);
        ConfigReport places = new(file, clean);
        ConfigNode? root = ConfigParser.Parse(clean, places);
        places.AddTo(problems);
        if (root is null || places.HasErrors) return;

        // The answer of "config-get" has it below "arguments", in a list of one.
        if (root is { Kind: ConfigNodeKind.List, Children: [ConfigNode only] }) root = only;
        if (root.Find("arguments") is { IsObject: true } arguments) root = arguments;
        ConfigNode? dhcp = root.Find("Dhcp4");
        if (dhcp is null or { IsObject: false })
        {
            report.Fail(places.LineOf(root.Offset), "expected \"Dhcp4\": { … }, as in kea-dhcp4.conf, found none");
            return;
        }

        // Kea's own default, where the file says nothing.
        draft.Global.LeaseSeconds = 7200;
        new KeaImport(draft, report, places).ReadAll(dhcp);
    }

    /// <summary>Kea takes <c>#</c> for a comment, too; here it becomes blanks, so that every place stays what it is.</summary>
    private static byte[] WithoutHashComments(byte[] text)
    {
        byte[] clean = (byte[])text.Clone();
        byte comment = 0;
        bool isText = false;
        for (int i = 0; i < clean.Length; i++)
        {
            byte c = clean[i];
            byte next = i + 1 < clean.Length ? clean[i + 1] : (byte)0;
            if (comment == '*')
            {
                if (c == '*' && next == '/') comment = 0;
            }
            else if (comment != 0)
            {
                if (c == '\n') comment = 0;
                else if (comment == '#') clean[i] = (byte)' ';
            }
            else if (isText)
            {
                if (c == '\\') i++;
                else if (c is (byte)'"' or (byte)'\n') isText = false;
            }
            else if (c == '"') isText = true;
            else if (c == '/' && (next is (byte)'/' or (byte)'*')) comment = next;
            else if (c == '#')
            {
                comment = c;
                clean[i] = (byte)' ';
            }
        }

        return clean;
    }

    private void ReadAll(ConfigNode dhcp)
    {
        foreach (ConfigNode definition in ItemsOf(dhcp, "option-def")) Define(definition);
        if (dhcp.Find("interfaces-config") is { IsObject: true } interfaces) ReadInterfaces(interfaces);
        ReadScope(dhcp, _draft.Global);
        foreach (ConfigNode subnet in ItemsOf(dhcp, "subnet4")) ReadSubnet(subnet, null);
        foreach (ConfigNode shared in ItemsOf(dhcp, "shared-networks")) ReadShared(shared);
        ReadReservations(dhcp);
        SayLeftOut(dhcp);
    }

    private void ReadInterfaces(ConfigNode node)
    {
        foreach (ConfigNode name in ItemsOf(node, "interfaces"))
        {
            if (name.Text == "*") continue;
            int slash = name.Text.IndexOf('/', StringComparison.Ordinal);
            _draft.AddInterface(slash < 0 ? name.Text : name.Text[..slash], LineOf(name), "interfaces");
        }
    }

    private void ReadShared(ConfigNode shared)
    {
        int before = _draft.Subnets.Count;
        ImportScope scope = new();
        ReadScope(shared, scope);
        foreach (ConfigNode subnet in ItemsOf(shared, "subnet4")) ReadSubnet(subnet, scope);
        ReadReservations(shared);
        SayLeftOut(shared);
        if (_draft.Subnets.Count <= before + 1) return;
        _report.Changed(LineOf(shared), "shared-networks", "its subnets are networks of their own here: a client gets an address "
            + "of the network that the interface or the relay has an address of");
    }

    private void ReadSubnet(ConfigNode node, ImportScope? outer)
    {
        ConfigNode? name = node.Find("subnet");
        if (name is null || !ConfigRules.TryParsePrefix(name.Text, out Ipv4Prefix prefix))
        {
            _report.LeftOut(LineOf(node), "subnet4", $"expected \"subnet\": \"10.0.0.0/24\", found {name?.Describe() ?? "none"}");
            return;
        }

        string what = $"subnet {prefix}";
        ImportSubnet? subnet = _draft.FindOrAddSubnet(prefix, LineOf(name), what);
        if (subnet is null) return;
        ReadScope(node, subnet.Scope);
        if (outer is not null) subnet.Scope.FillFrom(outer);
        foreach (ConfigNode pool in ItemsOf(node, "pools")) ReadPool(pool, subnet);
        ReadReservations(node);
        SayLeftOut(node);
    }

    private void ReadPool(ConfigNode node, ImportSubnet subnet)
    {
        if (node.Find("pool") is not { } pool)
        {
            _report.LeftOut(LineOf(node), "pool", "expected \"pool\": \"10.0.0.100 - 10.0.0.200\", found none");
            return;
        }

        bool isPrefix = ConfigRules.TryParsePrefix(pool.Text.Replace(" ", "", StringComparison.Ordinal), out Ipv4Prefix prefix);
        Ipv4Range range = new(prefix.Network, prefix.BroadcastAddress);
        bool isRange = isPrefix || ConfigRules.TryParseRange(pool.Text.Replace(" ", "", StringComparison.Ordinal), out range);
        bool isRestricted = node.Find("client-class") is not null || node.Find("client-classes") is not null;
        if (isRange) _draft.AddPool(subnet, new(range, isRestricted, LineOf(pool), "pool"));
        else _report.LeftOut(LineOf(pool), "pool", $"expected a first and a last address, found {pool.Describe()}");
        SayLeftOut(node, hasOptions: false);
    }

    private void ReadScope(ConfigNode node, ImportScope scope)
    {
        if (node.Find("valid-lifetime") is { } lease)
        {
            bool isNumber = uint.TryParse(lease.Text, NumberStyles.None, CultureInfo.InvariantCulture, out uint seconds)
                && seconds > 0;
            if (isNumber) scope.LeaseSeconds = ImportLease.Clamp(seconds, LineOf(lease), "valid-lifetime", _report);
            else _report.LeftOut(LineOf(lease), "valid-lifetime", "expected a number of seconds");
        }

        foreach (ConfigNode option in ItemsOf(node, "option-data")) ReadOption(option, scope);
    }

    private void ReadReservations(ConfigNode node)
    {
        foreach (ConfigNode reservation in ItemsOf(node, "reservations")) ReadReservation(reservation);
    }

    private void ReadReservation(ConfigNode node)
    {
        string name = node.Find("hostname")?.Text ?? "";
        string what = $"reservation {name}".TrimEnd();
        int line = LineOf(node);
        ConfigNode? mac = node.Find("hw-address");
        ConfigNode? addressNode = node.Find("ip-address");
        Ipv4Address address = default;
        bool isAddress = addressNode is null || addressNode.Text.Length == 0
            || Ipv4Address.TryParse(ConfigRules.Bytes(addressNode.Text), out address);
        if (!isAddress) _report.LeftOut(LineOf(addressNode!), what, $"expected an address, found {addressNode!.Describe()}");
        if (mac is null)
        {
            _report.LeftOut(line, what, "it has no \"hw-address\": client-id, duid, circuit-id and flex-id change or can be "
                + "forged; machines are known by MAC, UUID or serial number");
            return;
        }

        string[] parts = mac.Text.Split(':', '-');
        string text = parts.Length == 6 ? string.Concat(Array.ConvertAll(parts, static part => part.PadLeft(2, '0'))) : mac.Text;
        bool isMac = HardwareAddress.TryParse(ConfigRules.Bytes(text), out HardwareAddress hardware);
        if (!isMac) _report.LeftOut(LineOf(mac), what, $"expected a MAC of six bytes, found {mac.Describe()}");
        else if (HasClass(node, "DROP")) _draft.Deny(hardware.ToString(), line, what);
        else _draft.AddMachine(name, [hardware], address, line, what);
        foreach (ConfigNode child in node.Children)
        {
            bool isEmpty = child.Kind == ConfigNodeKind.Text ? child.Text.Length == 0 : child.Children.Count == 0;
            bool isRead = isEmpty || child.Name is "hostname" or "hw-address" or "ip-address" or "user-context" or "comment"
                || (child.Name == "client-classes" && HasClass(node, "DROP"));
            if (!isRead) SayLeftOut(child, $"{what} {child.Name}");
        }
    }

    private static bool HasClass(ConfigNode reservation, string name)
    {
        foreach (ConfigNode item in ItemsOf(reservation, "client-classes"))
        {
            if (item.Text == name) return true;
        }

        return false;
    }

    private void ReadOption(ConfigNode node, ImportScope scope)
    {
        string name = node.Find("name")?.Text ?? node.Find("code")?.Text ?? "";
        string what = $"option {name}";
        string space = node.Find("space")?.Text ?? "dhcp4";
        if (space is not "dhcp4")
        {
            _report.LeftOut(LineOf(node), what,
                $"the space {ConfigNode.Quote(space)}: aglet writes the options within options itself");
            return;
        }

        (int Code, DhcpOptionType? Type) option = (-1, null);
        bool isNumber = byte.TryParse(node.Find("code")?.Text, NumberStyles.None, CultureInfo.InvariantCulture, out byte code);
        if (_defined.TryGetValue(name, out (int Code, DhcpOptionType? Type) defined)) option = defined;
        else option.Code = isNumber ? code : OptionNames.Find(name);
        if (option.Code <= 0)
        {
            _report.LeftOut(LineOf(node), what, "it is no option that is known here; add it to \"options\" by its number");
            return;
        }

        string data = node.Find("data")?.Text ?? "";
        bool isCsv = node.Find("csv-format") is not { Kind: ConfigNodeKind.False };
        List<string> values = isCsv ? SplitValues(data) : [data.Replace(" ", "", StringComparison.Ordinal)];
        if (!isCsv) values = ValuesOf(option.Code, values[0]);
        if (!isCsv) option.Type = DhcpOptionType.Hex;
        bool isNever = node.Find("never-send") is { Kind: ConfigNodeKind.True };
        if (isNever) _report.LeftOut(LineOf(node), what, "\"never-send\": it is not sent if it is not in the configuration");
        else
        {
            bool isAlways = node.Find("always-send") is { Kind: ConfigNodeKind.True };
            _options.Take(new(option.Code, values, LineOf(node), what) { Type = option.Type, IsAlways = isAlways }, scope);
        }
    }

    /// <summary>Hexadecimal data of an option that has a key of its own, as that key has it; any other as it is.</summary>
    private static List<string> ValuesOf(int code, string hex)
    {
        List<byte> bytes = [];
        bool areAddresses = code is 3 or 6 or 42 && OptionIntake.TryParseHex(hex, bytes) && bytes.Count % 4 == 0;
        List<string> values = [];
        for (int i = 0; areAddresses
            && i < bytes.Count; i += 4) values.Add($"{bytes[i]}.{bytes[i + 1]}.{bytes[i + 2]}.{bytes[i + 3]}");
        if (areAddresses) return values;
        if (code is not 15 || !OptionIntake.TryParseHex(hex, bytes)) return hex.Length == 0 ? [] : [hex];
        return [Encoding.UTF8.GetString([.. bytes])];
    }

    /// <summary>Values with commas between; a backslash before a comma keeps it in the value.</summary>
    private static List<string> SplitValues(string data)
    {
        List<string> values = [];
        StringBuilder value = new();
        for (int i = 0; i <= data.Length; i++)
        {
            if (i == data.Length || data[i] == ',')
            {
                string trimmed = value.ToString().Trim();
                if (trimmed.Length > 0) values.Add(trimmed);
                value.Clear();
                continue;
            }

            if (data[i] == '\\' && i + 1 < data.Length && data[i + 1] == ',') i++;
            value.Append(data[i]);
        }

        return values;
    }

    private void Define(ConfigNode node)
    {
        bool isCode = byte.TryParse(node.Find("code")?.Text, NumberStyles.None, CultureInfo.InvariantCulture, out byte code);
        bool isOurs = (node.Find("space")?.Text ?? "dhcp4") == "dhcp4";
        if (!isCode || !isOurs || node.Find("name") is not { } name) return;
        bool isArray = node.Find("array") is { Kind: ConfigNodeKind.True };
        DhcpOptionType? type = node.Find("type")?.Text switch
        {
            "ipv4-address" => DhcpOptionType.Addresses,
            "string" or "fqdn" => DhcpOptionType.Text,
            "boolean" when !isArray => DhcpOptionType.Bool,
            "uint8" or "int8" when !isArray => DhcpOptionType.U8,
            "uint16" or "int16" when !isArray => DhcpOptionType.U16,
            "uint32" or "int32" when !isArray => DhcpOptionType.U32,
            "binary" => DhcpOptionType.Hex,
            _ => null,
        };
        _defined[name.Text] = (type is null ? -1 : code, type);
    }

    private void SayLeftOut(ConfigNode node, bool hasOptions = true)
    {
        foreach (ConfigNode child in node.Children)
        {
            bool isRead = _silent.Contains(child.Name) || (hasOptions && child.Name == "option-data");
            bool isEmpty = child.Kind switch
            {
                ConfigNodeKind.Text => child.Text.Length == 0 || child.Text == "0.0.0.0",
                ConfigNodeKind.List or ConfigNodeKind.Object => child.Children.Count == 0,
                ConfigNodeKind.False or ConfigNodeKind.Null => true,
                _ => false,
            };
            if (!isRead && !isEmpty) SayLeftOut(child, child.Name);
        }
    }

    private void SayLeftOut(ConfigNode node, string what) =>
        _report.LeftOut(LineOf(node), what, _leftOut.GetValueOrDefault(node.Name, "Kea has no such key that is known here"));

    private static List<ConfigNode> ItemsOf(ConfigNode node, string key) =>
        node.Find(key) is { Kind: ConfigNodeKind.List } list ? list.Children : [];

    private int LineOf(ConfigNode node) => _places.LineOf(node.NameOffset);
}
