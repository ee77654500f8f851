using System;
using System.Collections.Generic;
using System.Globalization;
using System.Numerics;
using Aglet.Config;
using Aglet.Net;

namespace Aglet.Import;

/// <summary>Reads the configuration of ISC dhcpd 4.</summary>
internal sealed class IscImport
{
    private const string Boot = "aglet chooses the boot program by the machine's firmware; \"programs\" names another one";
    private const string Conditions = "there are no conditions; machines are chosen in \"machines\" and \"groups\"";
    private const string DdnsWhy = "aglet does not write to a DNS server";

    private static readonly Dictionary<string, string> _leftOut = new()
    {
        ["filename"] = Boot,
        ["next-server"] = "aglet itself is the boot server",
        ["server-name"] = "aglet itself is the boot server",
        ["include"] = "it is not followed; import that file by itself",
        ["if"] = Conditions,
        ["elsif"] = Conditions,
        ["else"] = Conditions,
        ["switch"] = Conditions,
        ["class"] = Conditions,
        ["subclass"] = Conditions,
        ["match"] = Conditions,
        ["spawn"] = Conditions,
        ["lease"] = Conditions,
        ["on"] = "nothing is run at a lease; follow the log (--log json)",
        ["set"] = "there are no expressions",
        ["eval"] = "there are no expressions",
        ["log"] = "there are no expressions",
        ["execute"] = "nothing is run at a lease; follow the log (--log json)",
        ["max-lease-time"] = "clients always get \"lease\"",
        ["min-lease-time"] = "clients always get \"lease\"",
        ["dynamic-bootp-lease-length"] = "BOOTP clients get an address only where one is reserved",
        ["dynamic-bootp-lease-cutoff"] = "BOOTP clients get an address only where one is reserved",
        ["failover"] = "there is no failover; the address of a machine is the same after a total loss of state",
        ["zone"] = DdnsWhy,
        ["key"] = DdnsWhy,
        ["ddns-hostname"] = DdnsWhy,
        ["ddns-domainname"] = DdnsWhy,
        ["ddns-rev-domainname"] = DdnsWhy,
        ["omapi-port"] = "there is no control port; SIGHUP reads the configuration again",
        ["omapi-key"] = "there is no control port; SIGHUP reads the configuration again",
        ["subnet6"] = "it is about IPv6, which is not served yet",
        ["range6"] = "it is about IPv6, which is not served yet",
        ["fixed-address6"] = "it is about IPv6, which is not served yet",
        ["prefix6"] = "it is about IPv6, which is not served yet",
        ["vendor-option-space"] = "aglet writes option 43 itself",
        ["server-identifier"] = "the server's address on the client's network is told",
        ["site-option-space"] = "add options by their number in \"options\"",
        ["lease-file-name"] = "leases are not taken over; see \"state\". Addresses stay where \"machines\" reserves them",
        ["host-identifier"] = "machines are known by MAC, UUID or serial number",
        ["uid"] = "machines are known by MAC, UUID or serial number",
    };

    /// <summary>How dhcpd itself runs and logs: nothing to say.</summary>
    private static readonly HashSet<string> _silent =
    [
        "authoritative", "not", "ddns-update-style", "ddns-updates", "do-forward-updates", "do-reverse-updates",
        "update-static-leases",
        "update-optimization", "update-conflict-detection", "ddns-ttl", "log-facility", "pid-file-name", "use-host-decl-names",
        "get-lease-hostnames", "one-lease-per-client", "ping-check", "ping-timeout", "ping-timeout-ms", "always-broadcast",
        "always-reply-rfc1048", "stash-agent-options", "use-lease-addr-for-default-route", "local-port",
        "local-address", "remote-port",
        "db-time-format", "lease-id-format", "min-secs", "boot-unknown-clients", "adaptive-lease-time-threshold",
        "abandon-lease-time",
        "dhcpv6-lease-file-name", "dhcpv6-pid-file-name", "delayed-ack", "max-ack-delay", "log-threshold-high",
        "log-threshold-low",
        "ignore-client-uids", "infinite-is-reserved", "bind-local-address6", "echo-client-id", "server-id-check",
        "persist-eui-64-leases",
    ];

    private readonly ImportDraft _draft;
    private readonly ImportReport _report;
    private readonly OptionIntake _options;
    private readonly Dictionary<string, (int Code, DhcpOptionType? Type)> _defined = new(StringComparer.OrdinalIgnoreCase);

    private IscImport(ImportDraft draft, ImportReport report)
    {
        (_draft, _report) = (draft, report);
        _options = new(report);
    }

    public static void Read(string text, ImportDraft draft, ImportReport report)
    {
        if (IscText.Read(text, report) is not { } statements) return;

        // dhcpd's own default, where the file says nothing.
        draft.Global.LeaseSeconds = 43200;
        IscImport import = new(draft, report);
        import.ReadBlock(statements, draft.Global, null);
    }

    /// <summary>Reads what stands in one block.</summary>
    /// <param name="statements">Its statements.</param>
    /// <param name="scope">Where its options belong; null where they belong to machines, which have none here.</param>
    /// <param name="subnet">The network that it is within, or null.</param>
    private void ReadBlock(List<IscStatement> statements, ImportScope? scope, ImportSubnet? subnet)
    {
        foreach (IscStatement statement in statements) ReadStatement(statement, scope, subnet);
    }

    private void ReadStatement(IscStatement statement, ImportScope? scope, ImportSubnet? subnet)
    {
        switch (statement.Word(0).ToLowerInvariant())
        {
            case "subnet" when statement.Block is not null:
                ReadSubnet(statement);
                break;
            case "shared-network" or "group" when statement.Block is not null:
                ReadGroup(statement, subnet);
                break;
            case "pool" when statement.Block is not null:
                ReadPool(statement, subnet);
                break;
            case "host" when statement.Block is not null:
                ReadHost(statement);
                break;
            case "range":
                ReadRange(statement, subnet, isRestricted: false);
                break;
            case "option":
                ReadOption(statement, scope);
                break;
            case "default-lease-time":
                ReadLease(statement, scope);
                break;
            case "allow" or "deny" or "ignore":
                ReadPermission(statement);
                break;
            case string word:
                if (_silent.Contains(word)) break;
                _report.LeftOut(statement.Line, NameOf(statement),
                    _leftOut.GetValueOrDefault(word, "dhcpd has no such statement that is known here"));
                break;
        }
    }

    private static string NameOf(IscStatement statement) =>
        statement.Word(0) is "filename" or "next-server" or "include" or "max-lease-time"
            ? $"{statement.Word(0)} {statement.Word(1)}" : statement.Name;

    private void ReadSubnet(IscStatement statement)
    {
        bool isAddress = Ipv4Address.TryParse(ConfigRules.Bytes(statement.Word(1)), out Ipv4Address network);
        bool isMask = Ipv4Address.TryParse(ConfigRules.Bytes(statement.Word(3)), out Ipv4Address mask);
        bool isContiguous = BitOperations.LeadingZeroCount(~mask.Value) == BitOperations.PopCount(mask.Value);
        if (!isAddress || !isMask || !isContiguous || statement.Word(2) != "netmask")
        {
            _report.Fail(statement.Line, "expected \"subnet ADDRESS netmask MASK\"");
            return;
        }

        Ipv4Prefix prefix = new(network, BitOperations.PopCount(mask.Value));
        ImportSubnet? subnet = _draft.FindOrAddSubnet(prefix, statement.Line, statement.Name);
        if (subnet is not null) ReadBlock(statement.Block!, subnet.Scope, subnet);
    }

    /// <summary>A group or a shared network: what it says holds for the networks within, unless they say otherwise.</summary>
    private void ReadGroup(IscStatement statement, ImportSubnet? subnet)
    {
        int before = _draft.Subnets.Count;
        bool hasNetworks = statement.Block!.Exists(static inner => inner.Block is not null
            && inner.Word(0) is "subnet" or "shared-network" or "group");
        ImportScope scope = new();
        ReadBlock(statement.Block, hasNetworks ? scope : null, subnet);
        for (int i = before; i < _draft.Subnets.Count; i++) _draft.Subnets[i].Scope.FillFrom(scope);
        if (statement.Word(0) == "shared-network" && _draft.Subnets.Count > before + 1)
        {
            _report.Changed(statement.Line, statement.Name,
                "its subnets are networks of their own here: a client gets an address "
                + "of the network that the interface or the relay has an address of");
        }
    }

    private void ReadPool(IscStatement statement, ImportSubnet? subnet)
    {
        bool isRestricted = statement.Block!.Exists(static inner => inner.Word(0) is "allow" or "deny");
        foreach (IscStatement inner in statement.Block)
        {
            if (inner.Word(0) == "range") ReadRange(inner, subnet, isRestricted);
            else if (inner.Word(0) is not "allow" and not "deny") ReadPoolStatement(inner);
        }
    }

    private void ReadPoolStatement(IscStatement statement)
    {
        if (statement.Word(0) is "option" or "default-lease-time")
        {
            _report.LeftOut(statement.Line, statement.Name, "it holds for one pool only; options belong to the network here");
        }
        else
        {
            ReadStatement(statement, null, null);
        }
    }

    private void ReadRange(IscStatement statement, ImportSubnet? subnet, bool isRestricted)
    {
        int at = statement.Word(1) == "dynamic-bootp" ? 2 : 1;
        string last = statement.Word(at + 1).Length == 0 ? statement.Word(at) : statement.Word(at + 1);
        bool isRange = Ipv4Address.TryParse(ConfigRules.Bytes(statement.Word(at)), out Ipv4Address low);
        isRange &= Ipv4Address.TryParse(ConfigRules.Bytes(last), out Ipv4Address high);
        if (!isRange) _report.LeftOut(statement.Line, "range", "expected one or two addresses");
        else if (subnet is not null) _draft.AddPool(subnet, new(new(low, high), isRestricted, statement.Line, "range"));
        else if (_draft.Subnets.Find(known => known.Prefix.Contains(low)) is { } home)
        {
            // In a pool of a shared network: the addresses tell which of its subnets is meant.
            _draft.AddPool(home, new(new(low, high), isRestricted, statement.Line, "range"));
        }
        else _report.LeftOut(statement.Line, "range", $"{low} is in none of the networks before it");
    }

    private void ReadLease(IscStatement statement, ImportScope? scope)
    {
        bool isNumber = uint.TryParse(statement.Word(1), NumberStyles.None, CultureInfo.InvariantCulture, out uint seconds);
        if (statement.Word(1) is "-1" or "infinite") (isNumber, seconds) = (true, uint.MaxValue);
        if (!isNumber || seconds == 0) _report.LeftOut(statement.Line, statement.Name, "expected a number of seconds");
        else if (scope is null) _report.LeftOut(statement.Line, statement.Name, "a lease time belongs to the network here");
        else scope.LeaseSeconds = ImportLease.Clamp(seconds, statement.Line, statement.Name, _report);
    }

    private void ReadPermission(IscStatement statement)
    {
        (string verb, string what) = (statement.Word(0), statement.Word(1));
        if (what == "unknown-clients" && verb != "allow")
        {
            _draft.IgnoresUnknown = true;
            _report.Changed(statement.Line, statement.Name, "who is not in \"machines\" is not booted (\"unknown\": \"ignore\"); "
                + "an installed system still gets an address from the pool, if there is one. See \"allow\" to give nothing");
        }
        else if (what is "members" or "dynamic" or "all" or "known" or "known-clients"
            || (verb != "allow" && what is "booting" or "leasequery"))
        {
            _report.LeftOut(statement.Line, statement.Name, "see \"allow\" and \"deny\" for who is answered");
        }
    }

    private void ReadHost(IscStatement statement)
    {
        string name = statement.Word(1);
        List<HardwareAddress> hardware = [];
        Ipv4Address address = default;
        bool isDenied = false;
        foreach (IscStatement inner in statement.Block!)
        {
            string word = inner.Word(0);
            if (word == "hardware") ReadHardware(inner, hardware);
            else if (word == "fixed-address") address = ReadFixedAddress(inner);
            else if (word == "option" && inner.Word(1) == "host-name" && inner.Word(2).Length > 0) name = inner.Word(2);
            else if (word is "deny" or "ignore" && inner.Word(1) == "booting") isDenied = true;
            else ReadStatement(inner, null, null);
        }

        if (isDenied) hardware.ForEach(mac => _draft.Deny(mac.ToString(), statement.Line, statement.Name));
        else if (hardware.Count > 0) _draft.AddMachine(name, hardware, address, statement.Line, statement.Name);
        else _report.LeftOut(statement.Line, statement.Name,
            "it has no \"hardware ethernet\": machines are known by MAC, UUID or serial number");
    }

    private void ReadHardware(IscStatement statement, List<HardwareAddress> hardware)
    {
        string[] parts = statement.Word(2).Split(':', '-');
        string text = parts.Length == 6 ? string.Concat(Array.ConvertAll(parts, static part => part.PadLeft(2, '0')))
            : statement.Word(2);
        bool isMac = statement.Word(1) == "ethernet"
            && HardwareAddress.TryParse(ConfigRules.Bytes(text), out HardwareAddress mac) && Keep(mac);
        if (!isMac) _report.LeftOut(statement.Line, statement.Name, "only Ethernet addresses of six bytes are known");

        bool Keep(HardwareAddress address)
        {
            hardware.Add(address);
            return true;
        }
    }

    private Ipv4Address ReadFixedAddress(IscStatement statement)
    {
        Ipv4Address taken = default;
        for (int i = 1; i < statement.Tokens.Count; i++)
        {
            string text = statement.Word(i);
            if (text == ",") continue;
            bool isAddress = Ipv4Address.TryParse(ConfigRules.Bytes(text), out Ipv4Address address);
            if (!isAddress) _report.LeftOut(statement.Line, $"fixed-address {text}",
                "names are not looked up; write the address");
            else if (taken.IsAny) taken = address;
            else _report.LeftOut(statement.Line, $"fixed-address {text}", "a machine has one address here");
        }

        return taken;
    }

    private void ReadOption(IscStatement statement, ImportScope? scope)
    {
        string name = statement.Word(1);
        int at = 2;
        if (name == "space") return;
        int code = statement.Tokens.FindIndex(static token => !token.IsQuoted && token.Text == "code");
        if (code == 2 && statement.Word(4) == "=")
        {
            Define(statement, name);
            return;
        }

        // "option dhcp-parameter-request-list = ..." is an expression.
        if (statement.Word(2) == "=") at = statement.Tokens.Count;
        List<string> values = [];
        for (; at < statement.Tokens.Count; at++)
        {
            IscToken token = statement.Tokens[at];
            if (token.IsQuoted || token.Text != ",") values.Add(token.Text);
        }

        string what = statement.Name;
        bool isDefined = _defined.TryGetValue(name, out (int Code, DhcpOptionType? Type) option);
        if (!isDefined) option = (NumberOf(name), null);
        if (isDefined && option.Type == DhcpOptionType.Hex) values = values.ConvertAll(HexOf);
        if (option.Code < 0)
        {
            _report.LeftOut(statement.Line, what, name.Contains('.', StringComparison.Ordinal)
                ? "aglet writes the options within options 43 and 175 itself"
                : "it is no option that is known here; add it to \"options\" by its number");
        }
        else if (scope is null) _report.LeftOut(statement.Line, what, "options belong to networks here, not to single machines");
        else _options.Take(new(option.Code, values, statement.Line, what) { Type = option.Type }, scope);
    }

    /// <summary>A decimal byte of an array in hexadecimal; anything else stays as it is.</summary>
    private static string HexOf(string text) =>
        byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out byte value)
            ? value.ToString("x2", CultureInfo.InvariantCulture) : text;

    private static int NumberOf(string name)
    {
        bool isNumbered = name.StartsWith("option-", StringComparison.Ordinal)
            || name.StartsWith("unknown-", StringComparison.Ordinal);
        if (!isNumbered) return OptionNames.Find(name);
        return byte.TryParse(name.AsSpan(name.IndexOf('-', StringComparison.Ordinal) + 1), NumberStyles.None,
            CultureInfo.InvariantCulture, out byte code)
            ? code : -1;
    }

    /// <summary><c>option NAME code NUMBER = TYPE</c>.</summary>
    private void Define(IscStatement statement, string name)
    {
        bool isCode = byte.TryParse(statement.Word(3), NumberStyles.None, CultureInfo.InvariantCulture, out byte code);
        if (!isCode || name.Contains('.', StringComparison.Ordinal)) return;
        bool isArray = statement.Word(5) == "array";
        int at = isArray ? 7 : 5;
        (string type, string width) = (statement.Word(at), statement.Word(at + 1));
        if (type is "unsigned" or "signed") (type, width) = ("integer", statement.Word(at + 2));
        DhcpOptionType? form = (type, width) switch
        {
            ("ip-address", _) => DhcpOptionType.Addresses,
            ("text" or "domain-name" or "domain-list", _) => DhcpOptionType.Text,
            ("boolean", _) => DhcpOptionType.Bool,
            ("integer", "8") => isArray ? DhcpOptionType.Hex : DhcpOptionType.U8,
            ("integer", "16") => DhcpOptionType.U16,
            ("integer", "32") => DhcpOptionType.U32,
            _ => null,
        };
        bool isKnown = type == "string"
            || (form is not null && (!isArray || form is DhcpOptionType.Hex or DhcpOptionType.Addresses));
        _defined[name] = (isKnown ? code : -1, form);
    }
}
