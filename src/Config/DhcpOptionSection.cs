using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Aglet.Core;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Config;

/// <summary>
/// Reads <c>options</c>: what the operator adds to replies. A wrong length is found here and not by the firmware, which
/// would drop the whole packet for it.
/// </summary>
internal sealed class DhcpOptionSection(ConfigReport report)
{
    private const int DataBytesMax = 255;

    /// <param name="parent">The object that the list stands in.</param>
    /// <param name="inherited">What holds for codes that are not in the list.</param>
    public IReadOnlyList<DhcpOptionSetting> Read(ConfigSection parent, IReadOnlyList<DhcpOptionSetting> inherited)
    {
        if (!parent.TryGet("options", ConfigNodeKind.List, "a list [ ] of options", out ConfigNode? list)) return inherited;
        List<DhcpOptionSetting> options = [];
        foreach (ConfigNode node in list.Children)
        {
            if (!node.IsObject) report.Error(node, $"expected an option {{ }}, found {node.Describe()}");
            else if (ReadOption(node, options) is { } option) options.Add(option);
        }

        foreach (DhcpOptionSetting option in inherited)
        {
            if (!options.Exists(own => own.Code == option.Code)) options.Add(option);
        }

        if (options.Count <= Limits.DhcpExtraOptions) return options;
        report.Error(list, $"expected at most {Limits.DhcpExtraOptions} options, found {options.Count}");
        return [];
    }

    private DhcpOptionSetting? ReadOption(ConfigNode node, List<DhcpOptionSetting> others)
    {
        ConfigSection section = new(node, report, ConfigKeys.DhcpOption);
        section.Require("code", "the option's number");
        section.Require("value", "the option's data");
        bool isAlways = section.GetFlag("always") ?? false;
        if (!section.TryGetNumber("code", 1, 254, out uint number)) return null;
        byte code = (byte)number;
        ConfigNode place = node.Find("code")!;
        if (DhcpOptionRules.ReservedBy(code) is { } owner)
        {
            report.Error(place, $"expected another option than {code}: {owner}");
            return null;
        }

        if (others.Exists(other => other.Code == code))
        {
            report.Error(place, $"expected each option once, found {code} again");
            return null;
        }

        if (!TryReadType(section, code, out DhcpOptionType type) || node.Find("value") is not { } value) return null;
        byte[]? data = ReadValue(section, value, type);
        if (data is null) return null;
        if (data.Length <= DataBytesMax && DhcpOptionRules.IsLengthValid(code, data.Length)) return new(code, data, isAlways);
        report.Error(value, data.Length > DataBytesMax
            ? $"expected at most {DataBytesMax} bytes, found {data.Length}"
            : $"expected data of another length for option {code}, found {Counted(data.Length)}: "
                + "UEFI firmware would drop the whole reply");
        return null;
    }

    private bool TryReadType(ConfigSection section, byte code, out DhcpOptionType type)
    {
        DhcpOptionType? known = DhcpOptionRules.TypeOf(code);
        string words = string.Join(", ", Array.ConvertAll(DhcpOptionRules.TypeNames, ConfigNode.Quote));
        type = known ?? DhcpOptionType.Hex;
        if (section.Node.Find("type") is null)
        {
            if (known is null) section.Require("type", $"how the value of option {code} is written: {words}");
            return known is not null;
        }

        if (!section.TryGetText("type", words, out ConfigNode? node)) return false;
        int index = Array.IndexOf(DhcpOptionRules.TypeNames, node.Text);
        if (index < 0)
        {
            report.Error(node, $"expected {words}, found {node.Describe()}");
            return false;
        }

        type = (DhcpOptionType)index;
        bool fits = known is null || type == DhcpOptionType.Hex || type == known
            || (known == DhcpOptionType.Addresses && type == DhcpOptionType.Address);
        if (fits) return true;
        report.Error(node, $"expected \"{DhcpOptionRules.TypeNames[(int)known!]}\", which option {code} is "
            + $"(or \"hex\"), found {node.Describe()}");
        return false;
    }

    private byte[]? ReadValue(ConfigSection section, ConfigNode value, DhcpOptionType type)
    {
        switch (type)
        {
            case DhcpOptionType.Address when value.Kind == ConfigNodeKind.List:
                report.Error(value, "expected one address, found a list [ ]; the type \"addresses\" takes several");
                return null;
            case DhcpOptionType.Address:
            case DhcpOptionType.Addresses:
                return ReadAddresses(section);
            case DhcpOptionType.Names:
                return ReadNames(section);
            case DhcpOptionType.U8:
                return section.TryGetNumber("value", 0, byte.MaxValue, out uint u8) ? [(byte)u8] : null;
            case DhcpOptionType.U16:
                if (!section.TryGetNumber("value", 0, ushort.MaxValue, out uint u16)) return null;
                return [(byte)(u16 >> 8), (byte)(u16 & 255)];
            case DhcpOptionType.U32:
                if (!section.TryGetNumber("value", 0, uint.MaxValue, out uint u32)) return null;
                byte[] bytes = new byte[4];
                BinaryPrimitives.WriteUInt32BigEndian(bytes, u32);
                return bytes;
            case DhcpOptionType.Bool:
                if (value.Kind == ConfigNodeKind.True) return [1];
                if (value.Kind == ConfigNodeKind.False) return [0];
                report.Error(value, $"expected true or false, found {value.Describe()}");
                return null;
            case DhcpOptionType.Text:
                return section.TryGetText("value", "a text", out ConfigNode? text) ? ConfigRules.Bytes(text.Text) : null;
            default:
                return ReadHex(section);
        }
    }

    private static byte[]? ReadAddresses(ConfigSection section)
    {
        List<ConfigNode> nodes = section.GetTexts("value", "an address such as \"10.0.0.1\"");
        byte[] data = new byte[nodes.Count * 4];
        for (int i = 0; i < nodes.Count; i++)
        {
            if (!section.TryReadAddress(nodes[i], out Ipv4Address address)) return null;
            address.Write(data.AsSpan(i * 4));
        }

        return data.Length == 0 ? null : data;
    }

    private byte[]? ReadNames(ConfigSection section)
    {
        const string Expected = "a domain such as \"lab.example\"";
        List<string> names = [];
        foreach (ConfigNode node in section.GetTexts("value", Expected))
        {
            if (ConfigRules.IsHostName(node.Text)) names.Add(node.Text);
            else report.Error(node, $"expected {Expected}, found {node.Describe()}");
        }

        return names.Count == 0 ? null : DomainNames.Encode(names);
    }

    private byte[]? ReadHex(ConfigSection section)
    {
        const string Expected = "pairs of hexadecimal digits such as \"01:02:0a\"";
        if (!section.TryGetText("value", Expected, out ConfigNode? node)) return null;
        string digits = node.Text.Replace(":", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        byte[] data = new byte[digits.Length / 2];
        bool good = digits.Length > 0 && digits.Length % 2 == 0;
        for (int i = 0; good && i < data.Length; i++)
        {
            int high = char.IsAscii(digits[2 * i]) ? AsciiText.HexValue((byte)digits[2 * i]) : -1;
            int low = char.IsAscii(digits[(2 * i) + 1]) ? AsciiText.HexValue((byte)digits[(2 * i) + 1]) : -1;
            good = high >= 0 && low >= 0;
            if (good) data[i] = (byte)((high << 4) | low);
        }

        if (good) return data;
        report.Error(node, $"expected {Expected}, found {node.Describe()}");
        return null;
    }

    private static string Counted(int bytes) => bytes == 1 ? "1 byte" : $"{bytes} bytes";
}
