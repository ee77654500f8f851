using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Import;

/// <summary>An option of a source: what it is, and its values as the source writes them.</summary>
/// <param name="Code">Its number.</param>
/// <param name="Values">The items of its value, unquoted.</param>
/// <param name="Line">Where it stands.</param>
/// <param name="What">The directive, for messages.</param>
internal sealed record SourceOption(int Code, IReadOnlyList<string> Values, int Line, string What)
{
    /// <summary>What the source says that its values are; null to go by the option's number.</summary>
    public DhcpOptionType? Type { get; init; }

    /// <summary>The source sends it unasked.</summary>
    public bool IsAlways { get; init; }
}

/// <summary>Puts options of a source where our configuration has them: in a key of their own, or in <c>options</c>.</summary>
internal sealed class OptionIntake(ImportReport report)
{
    private const int ServersMax = 16;
    private const int SearchMax = 16;

    /// <summary>A network has its own and those of all networks.</summary>
    private const int OptionsMax = Limits.DhcpExtraOptions / 2;

    public void Take(SourceOption option, ImportScope scope)
    {
        if (option.Values.Count == 0)
        {
            report.LeftOut(option.Line, option.What, "it has no value");
            return;
        }

        switch (option.Code)
        {
            case 3:
                TakeRouter(option, scope);
                break;
            case 6:
                TakeAddresses(option, scope.Dns);
                break;
            case 15:
                TakeDomain(option, scope);
                break;
            case 26:
                TakeMtu(option, scope);
                break;
            case 42:
                TakeAddresses(option, scope.Ntp);
                break;
            case 119:
                TakeSearch(option, scope);
                break;
            case 121 or 249:
                TakeRoutes(option, scope);
                break;
            case 1 or 28:
                // Mask and broadcast address follow from the network.
                break;
            default:
                TakeOther(option, scope);
                break;
        }
    }

    /// <summary>Bytes as <c>01:02:ff</c>, <c>0102ff</c> or <c>0x0102ff</c>.</summary>
    public static bool TryParseHex(string text, List<byte> bytes)
    {
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        if (rest.StartsWith("0x", StringComparison.OrdinalIgnoreCase)) rest = rest[2..];
        bool hasSeparators = rest.IndexOfAny(':', ' ') >= 0;
        if (!hasSeparators && (rest.Length % 2 != 0 || rest.Length == 0)) return false;
        if (!hasSeparators)
        {
            for (int i = 0; i < rest.Length; i += 2)
            {
                if (!byte.TryParse(rest.Slice(i, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                    out byte value)) return false;
                bytes.Add(value);
            }

            return true;
        }

        foreach (Range part in rest.SplitAny(':', ' '))
        {
            ReadOnlySpan<char> pair = rest[part];
            if (pair.Length is < 1 or > 2) return false;
            if (!byte.TryParse(pair, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)) return false;
            bytes.Add(value);
        }

        return true;
    }

    private void TakeRouter(SourceOption option, ImportScope scope)
    {
        List<Ipv4Address> routers = [];
        TakeAddresses(option, routers);
        if (routers.Count == 0) return;
        (scope.Router, scope.RouterLine) = (routers[0], option.Line);
        for (int i = 1; i < routers.Count; i++)
        {
            report.LeftOut(option.Line, option.What,
                $"{routers[i]}: a network has one router here; clients take the first one anyway");
        }
    }

    private void TakeAddresses(SourceOption option, List<Ipv4Address> taken)
    {
        taken.Clear();
        foreach (string value in option.Values)
        {
            if (value == "0.0.0.0") report.LeftOut(option.Line, option.What, "0.0.0.0, the server itself: write its address");
            else if (!Ipv4Address.TryParse(ConfigRules.Bytes(value), out Ipv4Address address) || !address.IsUnicast)
            {
                report.LeftOut(option.Line, option.What,
                    $"{ConfigNode.Quote(value)} is not the address of one host; names are not looked up");
            }
            else if (taken.Count == ServersMax) report.LeftOut(option.Line, option.What,
                $"{address}: at most {ServersMax} addresses are told");
            else if (!taken.Contains(address)) taken.Add(address);
        }
    }

    private void TakeDomain(SourceOption option, ImportScope scope)
    {
        string domain = option.Values[0].Trim().TrimEnd('.');
        if (ConfigRules.IsHostName(domain)) scope.Domain = domain;
        else report.LeftOut(option.Line, option.What,
            $"{ConfigNode.Quote(domain)} is no domain; if it is a list, use \"search\"");
    }

    private void TakeMtu(SourceOption option, ImportScope scope)
    {
        bool isMtu = AsciiText.TryParseDecimal(ConfigRules.Bytes(option.Values[0]), 65535, out ulong mtu) && mtu >= 576;
        if (isMtu) scope.Mtu = (int)mtu;
        else report.LeftOut(option.Line, option.What, $"{ConfigNode.Quote(option.Values[0])} is no MTU: 576 to 65535");
    }

    private void TakeSearch(SourceOption option, ImportScope scope)
    {
        scope.Search.Clear();
        foreach (string value in option.Values)
        {
            foreach (string word in value.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries))
            {
                string domain = word.TrimEnd('.');
                if (!ConfigRules.IsHostName(domain)) report.LeftOut(option.Line, option.What,
                    $"{ConfigNode.Quote(domain)} is no domain");
                else if (scope.Search.Contains(domain)) continue;
                else if (scope.Search.Count < SearchMax) scope.Search.Add(domain);
                else report.LeftOut(option.Line, option.What, $"{domain}: at most {SearchMax} domains are told");
            }
        }
    }

    private void TakeRoutes(SourceOption option, ImportScope scope)
    {
        scope.Routes.Clear();
        List<ImportRoute> routes = [];
        bool isRead = TryReadRoutes(option.Values, routes) || TryReadRouteBytes(option.Values, routes);
        if (!isRead)
        {
            report.LeftOut(option.Line, option.What,
                "its value is no list of routes; write \"routes\": [{ \"to\": …, \"via\": … }]");
            return;
        }

        foreach (ImportRoute route in routes)
        {
            string? problem = null;
            if (route.To.Length == 0) problem = "the route to everywhere is \"router\" here";
            else if (!route.Via.IsUnicast) problem = "its router is not a host";
            else if (route.To.Network != route.To.Address
                || !route.To.Network.IsUnicast) problem = "it does not lead to a network";
            else if (scope.Routes.Exists(known => known.To == route.To)) problem = "there are two of it";
            else if (scope.Routes.Count == Limits.DhcpRoutes) problem = $"at most {Limits.DhcpRoutes} are told";
            if (problem is null) scope.Routes.Add(route);
            else report.LeftOut(option.Line, option.What, $"the route to {route.To} by {route.Via}: {problem}");
        }
    }

    /// <summary>
    /// Pairs of a network and its router: <c>10.9.0.0/16,10.0.0.254</c>, or Kea's <c>10.9.0.0/16 - 10.0.0.254</c>.
    /// </summary>
    private static bool TryReadRoutes(IReadOnlyList<string> values, List<ImportRoute> routes)
    {
        List<string> words = [];
        foreach (string value in values) words.AddRange(value.Split([' ', '-'], StringSplitOptions.RemoveEmptyEntries));
        if (words.Count % 2 != 0) return false;
        for (int i = 0; i < words.Count; i += 2)
        {
            string to = words[i].Contains('/', StringComparison.Ordinal) ? words[i] : words[i] + "/32";
            if (to == "0.0.0.0/32") to = "0.0.0.0/0";
            if (!ConfigRules.TryParsePrefix(to, out Ipv4Prefix prefix)) return false;
            if (!Ipv4Address.TryParse(ConfigRules.Bytes(words[i + 1]), out Ipv4Address via)) return false;
            routes.Add(new(prefix, via));
        }

        return true;
    }

    /// <summary>RFC 3442's own form, as ISC users write it: bytes, hexadecimal by now.</summary>
    private static bool TryReadRouteBytes(IReadOnlyList<string> values, List<ImportRoute> routes)
    {
        routes.Clear();
        List<byte> bytes = [];
        if (!TryParseHex(string.Join("", values), bytes)) return false;

        Span<byte> network = stackalloc byte[4];
        for (int at = 0; at < bytes.Count;)
        {
            int length = bytes[at++];
            int significant = (length + 7) / 8;
            if (length > 32 || at + significant + 4 > bytes.Count) return false;
            network.Clear();
            for (int i = 0; i < significant; i++) network[i] = bytes[at++];
            Ipv4Address to = Ipv4Address.Read(network);
            for (int i = 0; i < 4; i++) network[i] = bytes[at++];
            routes.Add(new(new(to, length), Ipv4Address.Read(network)));
        }

        return bytes.Count > 0;
    }

    private void TakeOther(SourceOption option, ImportScope scope)
    {
        string? owner = option.Code is < 1 or > 254 ? "it is no option's number" : DhcpOptionRules.ReservedBy(option.Code);
        if (owner is not null)
        {
            report.LeftOut(option.Line, option.What, owner);
            return;
        }

        // Bytes are always taken as such; any other form must be the one that the option has.
        DhcpOptionType type = option.Type == DhcpOptionType.Hex
            ? DhcpOptionType.Hex
            : DhcpOptionRules.TypeOf(option.Code) ?? option.Type ?? Guess(option.Values);
        (string value, int length) = Write(option.Values, type);
        if (length is < 1 or > 255 || !DhcpOptionRules.IsLengthValid((byte)option.Code, length))
        {
            report.LeftOut(option.Line, option.What, $"its value is not what option {option.Code} takes; see \"options\"");
            return;
        }

        bool isRoom = scope.Options.Count < OptionsMax || scope.Options.Exists(other => other.Code == option.Code);
        if (isRoom) scope.Set(new((byte)option.Code, DhcpOptionRules.TypeNames[(int)type], value, option.IsAlways));
        else report.LeftOut(option.Line, option.What, $"at most {OptionsMax} options are added");
    }

    /// <summary>What dnsmasq makes of an option that it does not know.</summary>
    private static DhcpOptionType Guess(IReadOnlyList<string> values)
    {
        bool areAddresses = true;
        foreach (string value in values) areAddresses &= Ipv4Address.TryParse(ConfigRules.Bytes(value), out _);
        if (areAddresses) return DhcpOptionType.Addresses;
        string first = values[0];
        if (values.Count == 1 && AsciiText.TryParseDecimal(ConfigRules.Bytes(first), uint.MaxValue, out ulong number))
        {
            return number <= 255 ? DhcpOptionType.U8 : number <= 65535 ? DhcpOptionType.U16 : DhcpOptionType.U32;
        }

        bool isHex = values.Count == 1 && first.Contains(':', StringComparison.Ordinal) && TryParseHex(first, []);
        return isHex ? DhcpOptionType.Hex : DhcpOptionType.Text;
    }

    /// <summary>The value as JSON, and its length on the wire; 0 when it is none of the type.</summary>
    private static (string Value, int Length) Write(IReadOnlyList<string> values, DhcpOptionType type) => type switch
    {
        DhcpOptionType.Address => values.Count == 1 ? WriteAddresses(values, "", "") : ("", 0),
        DhcpOptionType.Addresses => WriteAddresses(values, "[", "]"),
        DhcpOptionType.Text => WriteText(string.Join(',', values)),
        DhcpOptionType.Hex => WriteHex(string.Join("", values)),
        DhcpOptionType.Bool => WriteFlag(values[0].Trim()),
        DhcpOptionType.U8 => WriteNumber(values[0], 1),
        DhcpOptionType.U16 => WriteNumber(values[0], 2),
        DhcpOptionType.U32 => WriteNumber(values[0], 4),
        _ => ("", 0),
    };

    private static (string Value, int Length) WriteAddresses(IReadOnlyList<string> values, string open, string close)
    {
        if (values.Count > 63) return ("", 0);
        StringBuilder list = new(open);
        foreach (string value in values)
        {
            if (!Ipv4Address.TryParse(ConfigRules.Bytes(value.Trim()), out Ipv4Address address)) return ("", 0);
            if (!address.IsUnicast) return ("", 0);
            list.Append(list.Length == open.Length ? "\"" : ", \"").Append(address.ToString()).Append('"');
        }

        return (list.Append(close).ToString(), 4 * values.Count);
    }

    private static (string Value, int Length) WriteText(string text) =>
        text.Length > 0 && ConfigRules.IsOneLine(text) ? (ImportWriter.Quote(text), Encoding.UTF8.GetByteCount(text)) : ("", 0);

    private static (string Value, int Length) WriteHex(string text)
    {
        List<byte> bytes = [];
        return TryParseHex(text, bytes) ? (ImportWriter.Quote(Convert.ToHexString([.. bytes])), bytes.Count) : ("", 0);
    }

    private static (string Value, int Length) WriteFlag(string text) => text.ToUpperInvariant() switch
    {
        "1" or "ON" or "TRUE" => ("true", 1),
        "0" or "OFF" or "FALSE" => ("false", 1),
        _ => ("", 0),
    };

    /// <summary>
    /// A number; a negative one, as time offsets are, in two's complement. dnsmasq ends some with their width: b, s or
    /// i.
    /// </summary>
    private static (string Value, int Length) WriteNumber(string text, int bytes)
    {
        long max = (1L << (8 * bytes)) - 1;
        bool isNumber = long.TryParse(text.Trim().TrimEnd('b', 's', 'i'), NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture, out long number);
        if (!isNumber || number > max || number < -(max / 2) - 1) return ("", 0);
        return ((number & max).ToString(CultureInfo.InvariantCulture), bytes);
    }
}
