using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Net;

namespace Aglet.Import;

/// <summary>Reads <c>dhcp-host</c> and the lines of <c>dhcp-hostsfile</c>.</summary>
/// <remarks>
/// The fields stand in any order and tell by their form what they are: MACs (with a hardware type before a dash, bytes
/// or parts of them as <c>*</c>), <c>id:</c>, <c>set:</c>, <c>tag:</c>, an address, a lease time, <c>ignore</c>, a name.
/// </remarks>
internal sealed class DnsmasqHost(ImportDraft draft, ImportReport report)
{
    private readonly List<HardwareAddress> _hardware = [];
    private readonly List<string> _patterns = [];
    private string _name = "";
    private Ipv4Address _address;
    private bool _isIgnored;
    private bool _hasIdentifier;

    public void Read(DnsmasqDirective directive)
    {
        _hardware.Clear();
        _patterns.Clear();
        (_name, _address, _isIgnored, _hasIdentifier) = ("", default, false, false);
        foreach (string field in DnsmasqText.Split(directive.Value)) ReadField(directive, field);
        Finish(directive);
    }

    private void ReadField(DnsmasqDirective directive, string field)
    {
        (int line, string what) = (directive.Line, directive.What);
        if (field.Length == 0) return;
        int colon = field.IndexOf(':', StringComparison.Ordinal);
        string prefix = colon < 0 ? "" : field[..colon];
        if (prefix is "set" or "net" or "tag")
        {
            report.LeftOut(line, what, $"{ConfigNode.Shorten(field)}: there are no tags; the machine is named in \"machines\"");
        }
        else if (prefix == "id")
        {
            _hasIdentifier = true;
            report.LeftOut(line, what, $"{ConfigNode.Shorten(field)}: machines are known by MAC, UUID or serial number, for "
                + "the client identifier changes between firmware, installer and system");
        }
        else if (field == "ignore")
        {
            _isIgnored = true;
        }
        else if (field[0] == '[')
        {
            report.LeftOut(line, what, $"{ConfigNode.Shorten(field)}: IPv6 is not served yet");
        }
        else if (Ipv4Address.TryParse(ConfigRules.Bytes(field), out Ipv4Address address))
        {
            _address = address;
        }
        else if (!TryReadHardware(directive, field))
        {
            ReadLeaseOrName(directive, field);
        }
    }

    private bool TryReadHardware(DnsmasqDirective directive, string field)
    {
        string mac = field;
        int dash = field.IndexOf('-', StringComparison.Ordinal);
        if (dash is 1 or 2 && field.Contains(':', StringComparison.Ordinal))
        {
            mac = field[(dash + 1)..];
            bool isEthernet = field[..dash] is "1" or "01";
            if (!isEthernet)
            {
                report.LeftOut(directive.Line, directive.What, $"{ConfigNode.Shorten(field)}: only Ethernet addresses are known");
                return true;
            }
        }

        string[] bytes = mac.Split(':', '-');
        if (bytes.Length != 6) return false;
        foreach (string part in bytes)
        {
            foreach (char c in part)
            {
                if (!char.IsAsciiHexDigit(c) && c != '*') return false;
            }

            if (part.Length is 0 or > 2) return false;
        }

        if (mac.Contains('*', StringComparison.Ordinal))
        {
            _patterns.Add(PatternOf(bytes) ?? "");
            return true;
        }

        StringBuilder text = new();
        foreach (string part in bytes) text.Append(part.PadLeft(2, '0'));
        bool isAddress = HardwareAddress.TryParse(ConfigRules.Bytes(text.ToString()), out HardwareAddress address);
        if (isAddress) _hardware.Add(address);
        return isAddress;
    }

    /// <summary>Whole bytes and then stars only, as our patterns are; null for others.</summary>
    private static string? PatternOf(string[] bytes)
    {
        int known = Array.IndexOf(bytes, "*");
        if (known < 1) return null;
        for (int i = 0; i < 6; i++)
        {
            bool isStar = bytes[i] == "*";
            if (isStar != i >= known || (!isStar && bytes[i].Contains('*', StringComparison.Ordinal))) return null;
        }

        StringBuilder pattern = new();
        for (int i = 0; i < known; i++) pattern.Append(bytes[i].PadLeft(2, '0').ToLowerInvariant()).Append(':');
        return pattern.Append('*').ToString();
    }

    private void ReadLeaseOrName(DnsmasqDirective directive, string field)
    {
        bool isLease = DnsmasqRange.TryParseLease(field, out _);
        if (isLease)
        {
            report.LeftOut(directive.Line, directive.What,
                $"the lease time {ConfigNode.Shorten(field)}: it belongs to the network here");
        }
        else if (_name.Length == 0)
        {
            _name = field;
        }
        else
        {
            report.LeftOut(directive.Line, directive.What,
                $"{ConfigNode.Quote(field)}: the machine has the name {ConfigNode.Quote(_name)} already");
        }
    }

    private void Finish(DnsmasqDirective directive)
    {
        (int line, string what) = (directive.Line, directive.What);
        if (_isIgnored)
        {
            foreach (HardwareAddress mac in _hardware) draft.Deny(mac.ToString(), line, what);
            foreach (string pattern in _patterns)
            {
                if (pattern.Length > 0) draft.Deny(pattern, line, what);
                else report.LeftOut(line, what, "a pattern in \"deny\" is the first bytes and a star, such as \"52:54:00:*\"");
            }

            bool namesNobody = _hardware.Count == 0 && _patterns.Count == 0;
            if (namesNobody && !_hasIdentifier) report.LeftOut(line, what,
                "machines are ignored by their MAC only; see \"deny\"");
            return;
        }

        if (_patterns.Count > 0)
        {
            report.LeftOut(line, what, "a machine has whole MACs; \"groups\" matches patterns such as \"52:54:00:*\"");
        }

        if (_hardware.Count > 0) draft.AddMachine(_name, _hardware, _address, line, what);
        else if (_patterns.Count == 0 && !_hasIdentifier)
        {
            report.LeftOut(line, what,
                "it has no MAC: a client's own word for its name is not trusted; add the MAC to \"machines\"");
        }
    }
}
