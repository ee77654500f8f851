using System;
using System.Collections.Generic;
using System.Globalization;
using Aglet.Config;
using Aglet.Net;

namespace Aglet.Import;

/// <summary>Reads a dnsmasq configuration, or one of its host files.</summary>
internal sealed class DnsmasqImport
{
    private readonly ImportDraft _draft;
    private readonly ImportReport _report;
    private readonly DnsmasqRange _ranges;
    private readonly OptionIntake _options;
    private bool _saysRouter;
    private bool _saysDns;
    private bool _isDnsServer = true;

    private DnsmasqImport(ImportDraft draft, ImportReport report)
    {
        (_draft, _report) = (draft, report);
        _ranges = new(draft, report);
        _options = new(report);
    }

    public static void Read(string text, ImportDraft draft, ImportReport report) =>
        new DnsmasqImport(draft, report).ReadAll(DnsmasqText.Read(text));

    /// <summary>Options by tag and domains by network need the ranges first, wherever they stand.</summary>
    private void ReadAll(List<DnsmasqDirective> directives)
    {
        foreach (DnsmasqDirective directive in directives)
        {
            if (directive.Name == "dhcp-range") _ranges.Read(directive);
        }

        DnsmasqHost hosts = new(_draft, _report);
        foreach (DnsmasqDirective directive in directives) ReadOne(directive, hosts);
        _draft.IsProxy = _ranges.ProxyCount > 0 && _draft.Subnets.Count == 0;
        if (_ranges.ProxyCount > 0 && !_draft.IsProxy)
        {
            _report.LeftOut(_ranges.FirstLine, "dhcp-range",
                "the ranges of mode proxy: aglet is a server or a proxy, not both at once");
        }

        if (_ranges.FirstLine == 0 || _draft.IsProxy) return;
        if (!_saysRouter) _report.Changed(_ranges.FirstLine, "dhcp-range", "dnsmasq names itself as the router; add \"router\"");
        if (!_saysDns && _isDnsServer)
        {
            _report.Changed(_ranges.FirstLine, "dhcp-range", "dnsmasq names itself as the DNS server; add \"dns\"");
        }
    }

    private void ReadOne(DnsmasqDirective directive, DnsmasqHost hosts)
    {
        (int line, string what, string value) = (directive.Line, directive.What, directive.Value);
        switch (directive.Name)
        {
            case "dhcp-range":
                return;
            case "" or "dhcp-host":
                hosts.Read(directive);
                return;
            case "dhcp-option" or "dhcp-option-force" or "dhcp-option-pxe":
                ReadOption(directive);
                return;
            case "interface":
                foreach (string name in DnsmasqText.Split(value)) _draft.AddInterface(name, line, what);
                return;
            case "domain":
                ReadDomain(directive);
                return;
            case "dhcp-ignore":
                ReadIgnore(directive);
                return;
            case "enable-tftp":
                return;
            case "tftp-root":
                ReadTree(directive);
                return;
            case "port":
                _isDnsServer = value != "0";
                return;
            default:
                if (DnsmasqNames.WhyLeftOut(directive.Name) is not { } why) _report.LeftOut(line, what,
                    "dnsmasq has no such option that is known here");
                else if (why.Length > 0) _report.LeftOut(line, value.Length == 0 ? what : $"{what}={DnsmasqText.Show(value)}",
                    why);
                return;
        }
    }

    private void ReadTree(DnsmasqDirective directive)
    {
        List<string> fields = DnsmasqText.Split(directive.Value);
        bool isGood = fields[0].StartsWith('/') && ConfigRules.IsOneLine(fields[0]) && fields.Count == 1
            && _draft.Tree.Length == 0;
        if (isGood) _draft.Tree = fields[0];
        else _report.LeftOut(directive.Line, directive.What, "there is one boot tree for all machines; see \"tree\"");
    }

    private void ReadIgnore(DnsmasqDirective directive)
    {
        string tags = directive.Value.Replace(" ", "", StringComparison.Ordinal);
        if (tags is "tag:!known" or "#known" or "!known" or "net:!known")
        {
            _draft.IgnoresUnknown = true;
            _report.Changed(directive.Line, directive.What, "who is not in \"machines\" is not booted (\"unknown\": \"ignore\"); "
                + "an installed system still gets an address from the pool, if there is one. See \"allow\" to give nothing");
            return;
        }

        _report.LeftOut(directive.Line, $"{directive.What}={directive.Value}", "there are no tags; see \"allow\" and \"deny\"");
    }

    private void ReadDomain(DnsmasqDirective directive)
    {
        List<string> fields = DnsmasqText.Split(directive.Value);
        if (fields[0] == "#")
        {
            _report.LeftOut(directive.Line, directive.What, "# is the domain of /etc/resolv.conf; write it as \"domain\"");
            return;
        }

        if (fields.Count == 1)
        {
            TakeDomain(directive, fields[0], _draft.Global);
            return;
        }

        string range = fields[1];
        bool isPrefix = ConfigRules.TryParsePrefix(range, out Ipv4Prefix prefix);
        if (!isPrefix && Ipv4Address.TryParse(ConfigRules.Bytes(range), out Ipv4Address first)) prefix = new(first, 32);
        ImportSubnet? subnet = prefix.Address.IsAny ? null : _draft.Subnets.Find(known => known.Prefix.Contains(prefix.Network));
        if (subnet is not null) TakeDomain(directive, fields[0], subnet.Scope);
        else _report.LeftOut(directive.Line, $"{directive.What}={directive.Value}",
            $"{ConfigNode.Shorten(range)} is none of the networks");
    }

    private void TakeDomain(DnsmasqDirective directive, string domain, ImportScope scope) =>
        _options.Take(new(15, [domain], directive.Line, directive.What), scope);

    private void ReadOption(DnsmasqDirective directive)
    {
        List<string> fields = DnsmasqText.Split(directive.Value);
        List<string> tags = [];
        int at = 0;
        for (; at < fields.Count; at++)
        {
            string field = fields[at];
            if (field.StartsWith("tag:", StringComparison.Ordinal)
                || field.StartsWith("net:", StringComparison.Ordinal)) tags.Add(field[4..]);
            else break;
        }

        string name = at < fields.Count ? fields[at] : "";
        string what = $"{directive.What}={ConfigNode.Shorten(name)}";
        int code = CodeOf(directive, name, what);
        if (code < 0) return;
        List<string> values = fields.GetRange(at + 1, fields.Count - at - 1);
        values.RemoveAll(static value => value.Length == 0);
        _saysRouter |= code == 3;
        _saysDns |= code == 6;
        bool isOff = values.Count == 0 && code is 3 or 6;
        if (isOff && values.Count == 0) return;
        SourceOption option = new(code, values, directive.Line, what) { IsAlways = directive.Name == "dhcp-option-force" };
        foreach (ImportScope scope in ScopesOf(directive, tags, what)) _options.Take(option, scope);
    }

    /// <summary>The number of <c>3</c>, <c>option:router</c> or plain <c>router</c>; -1, and said, for what has none.</summary>
    private int CodeOf(DnsmasqDirective directive, string name, string what)
    {
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && number is > 0 and < 255) return number;
        bool isNamed = name.StartsWith("option:", StringComparison.Ordinal);
        int code = OptionNames.Find(isNamed ? name[7..] : name);
        if (code > 0) return code;
        int colon = name.IndexOf(':', StringComparison.Ordinal);
        string why = (colon < 0 ? "" : name[..colon]) switch
        {
            "encap" or "vendor" or "vi-encap" => "aglet writes the options within options 43 and 175 itself",
            "option6" => "it is about IPv6, which is not served yet",
            _ => $"{ConfigNode.Quote(name)} is no option that is known here; add it to \"options\" by its number",
        };
        _report.LeftOut(directive.Line, what, why);
        return -1;
    }

    /// <summary>Where an option belongs: everywhere, or to the networks whose ranges set its tag.</summary>
    private List<ImportScope> ScopesOf(DnsmasqDirective directive, List<string> tags, string what)
    {
        if (tags.Count == 0) return [_draft.Global];
        List<ImportSubnet>? tagged = tags.Count == 1 ? _ranges.FindTagged(tags[0]) : null;
        if (tagged is not null) return tagged.ConvertAll(static subnet => subnet.Scope);
        _report.LeftOut(directive.Line, what, $"tag:{ConfigNode.Shorten(string.Join(",tag:", tags))} is not set by a range: "
            + "options belong to networks here");
        return [];
    }
}
