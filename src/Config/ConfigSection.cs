using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Config;

/// <summary>
/// An object of the configuration whose keys are known. Each getter reports what is wrong with its value and then
/// behaves as if the key were absent, so that reading goes on to the next mistake.
/// </summary>
internal sealed class ConfigSection
{
    private readonly ConfigReport _report;

    /// <summary>Reports every key that is not known here.</summary>
    public ConfigSection(ConfigNode node, ConfigReport report, IReadOnlyList<string> keys)
    {
        Node = node;
        _report = report;
        foreach (ConfigNode child in node.Children)
        {
            bool known = false;
            foreach (string key in keys) known |= key == child.Name;
            if (!known) report.ErrorAtName(child, ConfigKeys.DescribeUnknown(child.Name, keys));
        }
    }

    public ConfigNode Node { get; }

    /// <summary>A value of one kind.</summary>
    public bool TryGet(string key, ConfigNodeKind kind, string expected, [NotNullWhen(true)] out ConfigNode? value)
    {
        value = Node.Find(key);
        if (value is null || value.Kind == kind) return value is not null;
        ReportKind(value, expected);
        value = null;
        return false;
    }

    public bool TryGetObject(string key, [NotNullWhen(true)] out ConfigNode? value) =>
        TryGet(key, ConfigNodeKind.Object, "an object { }", out value);

    /// <summary>A text that is not empty, on one line.</summary>
    public bool TryGetText(string key, string expected, [NotNullWhen(true)] out ConfigNode? value) =>
        TryGet(key, ConfigNodeKind.Text, expected, out value) && IsGoodText(value, expected);

    public bool TryGetAddress(string key, out ConfigNode? value, out Ipv4Address address)
    {
        address = default;
        return TryGetText(key, "an address such as \"10.0.0.1\"", out value) && TryReadAddress(value, out address);
    }

    /// <summary>Reads an address that a host can own.</summary>
    public bool TryReadAddress(ConfigNode value, out Ipv4Address address)
    {
        if (!Ipv4Address.TryParse(ConfigRules.Bytes(value.Text), out address))
        {
            _report.Error(value, $"expected an address such as \"10.0.0.1\", found {value.Describe()}");
            return false;
        }

        if (address.IsUnicast) return true;
        _report.Error(value, $"expected the address of one host, found {value.Describe()}");
        return false;
    }

    public bool TryGetDuration(string key, out ConfigNode? value, out Duration length)
    {
        const string Expected = "a length of time such as \"90s\", \"30m\", \"1h\" or \"2d\"";
        length = default;
        value = Node.Find(key);
        if (value is null) return false;
        if (value.Kind == ConfigNodeKind.Number)
        {
            _report.Error(value, $"expected {Expected}, found {value.Describe()}; did you mean \"{value.Text}s\"?");
            return false;
        }

        if (!TryGetText(key, Expected, out value)) return false;
        if (ConfigRules.TryParseDuration(value.Text, out length)) return true;
        bool isBare = ConfigRules.TryParseDuration(value.Text + "s", out _);
        string hint = isBare ? $"; did you mean \"{value.Text}s\"?" : "";
        _report.Error(value, $"expected {Expected}, found {value.Describe()}{hint}");
        return false;
    }

    /// <summary>One text or a list of texts.</summary>
    public List<ConfigNode> GetTexts(string key, string expected)
    {
        List<ConfigNode> texts = [];
        if (Node.Find(key) is not { } value) return texts;
        if (value.Kind == ConfigNodeKind.Text)
        {
            if (IsGoodText(value, expected)) texts.Add(value);
            return texts;
        }

        if (value.Kind != ConfigNodeKind.List)
        {
            ReportKind(value, $"{expected}, or a list of such");
            return texts;
        }

        foreach (ConfigNode item in value.Children)
        {
            if (item.Kind != ConfigNodeKind.Text) ReportKind(item, expected);
            else if (IsGoodText(item, expected)) texts.Add(item);
        }

        return texts;
    }

    /// <summary>A path below the boot tree, as the key of the tree's index.</summary>
    public bool TryReadKey(ConfigNode value, out string key)
    {
        if (ConfigRules.TryMakeKey(value.Text, out key, out string problem)) return true;
        _report.Error(value, problem);
        return false;
    }

    /// <summary>The values for templates.</summary>
    public List<VariableSetting> GetVariables(string key)
    {
        List<VariableSetting> variables = [];
        if (!TryGetObject(key, out ConfigNode? values)) return variables;
        foreach (ConfigNode value in values.Children)
        {
            if (!ConfigRules.IsVariableName(value.Name))
            {
                _report.ErrorAtName(value, "expected a name of letters, digits, \"_\", \"-\" and \".\" "
                    + "that begins with a letter or \"_\"");
            }
            else if (value.Kind != ConfigNodeKind.Text)
            {
                ReportKind(value, "a text");
            }
            else if (value.Text.Contains('\0', StringComparison.Ordinal))
            {
                _report.Error(value, "expected a text without a NUL character");
            }
            else
            {
                variables.Add(new(value.Name, value.Text));
            }
        }

        return variables;
    }

    public void Require(string key, string what)
    {
        if (Node.Find(key) is null) _report.Error(Node, $"expected \"{key}\": {what}, found none");
    }

    private bool IsGoodText(ConfigNode value, string expected)
    {
        if (value.Text.Length == 0)
        {
            _report.Error(value, $"expected {expected}, found an empty text");
            return false;
        }

        if (ConfigRules.IsOneLine(value.Text)) return true;
        _report.Error(value, $"expected {expected} on one line without control characters, found {value.Describe()}");
        return false;
    }

    private void ReportKind(ConfigNode value, string expected)
    {
        string hint = value.Kind switch
        {
            ConfigNodeKind.Null => "; leave the key out instead",
            ConfigNodeKind.Number or ConfigNodeKind.True or ConfigNodeKind.False
                when !expected.Contains('{', StringComparison.Ordinal) && !expected.Contains('[', StringComparison.Ordinal)
                => "; a text stands in double quotes",
            ConfigNodeKind.Text when expected.StartsWith("a number", StringComparison.Ordinal)
                => "; a number stands without quotes",
            _ => "",
        };
        _report.Error(value, $"expected {expected}, found {value.Describe()}{hint}");
    }
}
