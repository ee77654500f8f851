using System;
using System.Collections.Generic;
using System.Globalization;
using System.Numerics;
using Aglet.Config;
using Aglet.Net;

namespace Aglet.Import;

/// <summary>
/// Reads <c>dhcp-range=[tag:…,][set:…,]START[,END|MODE[,NETMASK[,BROADCAST]]][,LEASE]</c>.
/// </summary>
internal sealed class DnsmasqRange(ImportDraft draft, ImportReport report)
{
    private const long LeaseMin = 120;

    private readonly Dictionary<string, List<ImportSubnet>> _byTag = [];

    /// <summary>How many ranges were of mode proxy.</summary>
    public int ProxyCount { get; private set; }

    /// <summary>Where the first one stands; 0 for none.</summary>
    public int FirstLine { get; private set; }

    /// <summary>The networks whose clients get a tag.</summary>
    public List<ImportSubnet>? FindTagged(string tag) => _byTag.GetValueOrDefault(tag);

    /// <summary>Reads <c>45m</c>, <c>12h</c>, <c>7d</c>, <c>2w</c>, bare seconds or <c>infinite</c>.</summary>
    public static bool TryParseLease(string text, out long seconds)
    {
        seconds = uint.MaxValue;
        if (text == "infinite") return true;
        if (text.Length == 0) return false;
        int unit = char.ToLowerInvariant(text[^1]) switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86400,
            'w' => 604800,
            _ => 0,
        };
        string digits = unit == 0 ? text : text[..^1];
        bool isNumber = uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out uint count);
        seconds = isNumber ? count * (long)Math.Max(1, unit) : 0;
        return isNumber;
    }

    public void Read(DnsmasqDirective directive)
    {
        List<string> sets = [];
        bool isRestricted = false;
        List<Ipv4Address> addresses = [];
        string mode = "";
        long lease = 3600;
        foreach (string field in DnsmasqText.Split(directive.Value))
        {
            int colon = field.IndexOf(':', StringComparison.Ordinal);
            string prefix = colon < 0 ? "" : field[..colon];
            if (prefix is "set" or "net") sets.Add(field[4..]);
            else if (prefix == "tag") isRestricted = true;
            else if (prefix == "interface") report.LeftOut(directive.Line, directive.What,
                $"{ConfigNode.Shorten(field)}: the network tells the interface");
            else if (Ipv4Address.TryParse(ConfigRules.Bytes(field), out Ipv4Address address)) addresses.Add(address);
            else if (colon >= 0 || field.StartsWith("ra-", StringComparison.Ordinal) || field is "slaac" or "off-link")
            {
                report.LeftOut(directive.Line, directive.What, "it is about IPv6, which is not served yet");
                return;
            }
            else if (TryParseLease(field, out long seconds)) lease = seconds;
            else if (field is "static" or "proxy") mode = field;
            else if (field.Length > 0)
            {
                report.LeftOut(directive.Line, directive.What, $"{ConfigNode.Quote(field)} is not understood");
                return;
            }
        }

        Add(directive, addresses, mode, lease, sets, isRestricted);
    }

    private void Add(
        DnsmasqDirective directive, List<Ipv4Address> addresses, string mode, long lease, List<string> sets, bool isRestricted)
    {
        int masks = addresses.FindIndex(static address => IsMask(address));
        int mask = masks > 0 ? BitOperations.PopCount(addresses[masks].Value) : -1;
        if (masks > 0) addresses.RemoveRange(masks, addresses.Count - masks);
        if (addresses.Count == 0)
        {
            report.LeftOut(directive.Line, directive.What, "it names no IPv4 address");
            return;
        }

        if (mode == "proxy")
        {
            ProxyCount++;
            return;
        }

        Ipv4Address first = addresses[0];
        Ipv4Address last = addresses.Count > 1 ? addresses[1] : first;
        int length = mask >= 0 ? mask : Math.Min(24, BitOperations.LeadingZeroCount(first.Value ^ last.Value));
        ImportSubnet? subnet = draft.FindOrAddSubnet(new(first, length), directive.Line, directive.What, isGuessed: mask < 0);
        if (subnet is null) return;
        if (FirstLine == 0) FirstLine = directive.Line;
        foreach (string tag in sets)
        {
            if (!_byTag.TryGetValue(tag, out List<ImportSubnet>? tagged)) _byTag.Add(tag, tagged = []);
            tagged.Add(subnet);
        }

        SetLease(directive, subnet, lease);
        if (mode == "static") return;
        draft.AddPool(subnet, new(new(first, last), isRestricted, directive.Line, directive.What));
    }

    private void SetLease(DnsmasqDirective directive, ImportSubnet subnet, long lease)
    {
        // dnsmasq itself gives no less than two minutes.
        long given = Math.Max(LeaseMin, lease);
        if (subnet.Scope.LeaseSeconds == 0) subnet.Scope.LeaseSeconds = ImportLease.Clamp(given, directive.Line,
            directive.What, report);
        else if (subnet.Scope.LeaseSeconds != given)
        {
            report.LeftOut(directive.Line, directive.What, $"the lease time {ImportWriter.LeaseOf(given)}: "
                + $"{subnet.Prefix} has {ImportWriter.LeaseOf(subnet.Scope.LeaseSeconds)} already");
        }
    }

    /// <summary>Ones and then zeros: no host's address looks like that from /8 on.</summary>
    private static bool IsMask(Ipv4Address address) =>
        address.Value >= 0xFF000000 && BitOperations.LeadingZeroCount(~address.Value) == BitOperations.PopCount(address.Value);
}
