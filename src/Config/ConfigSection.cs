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
    private static readonly Duration _menuTimeoutMax = Duration.FromSeconds(3600);

    private readonly ConfigReport _report;

    /// <summary>Reports every key that is not known here, unless that was done before.</summary>
    public ConfigSection(ConfigNode node, ConfigReport report, IReadOnlyList<string> keys, bool isChecked = false)
    {
        Node = node;
        _report = report;
        if (isChecked) return;
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

    /// <summary>True or false; null when it is not there.</summary>
    public bool? GetFlag(string key)
    {
        if (Node.Find(key) is not { } value) return null;
        if (value.Kind is ConfigNodeKind.True or ConfigNodeKind.False) return value.Kind == ConfigNodeKind.True;
        ReportKind(value, "true or false");
        return null;
    }

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

    /// <summary>A whole number within bounds.</summary>
    public bool TryGetNumber(string key, uint least, uint most, out uint number)
    {
        number = 0;
        string expected = $"a number from {least} to {most}";
        if (!TryGet(key, ConfigNodeKind.Number, expected, out ConfigNode? value)) return false;
        bool good = Wire.AsciiText.TryParseDecimal(ConfigRules.Bytes(value.Text), most, out ulong parsed) && parsed >= least;
        number = good ? (uint)parsed : 0;
        if (!good) _report.Error(value, $"expected {expected}, found {value.Describe()}");
        return good;
    }

    /// <summary>How long a menu waits.</summary>
    public bool TryGetMenuTimeout(out Duration length)
    {
        if (!TryGetDuration("timeout", out ConfigNode? node, out length)) return false;
        if (length > _menuTimeoutMax)
            _report.Error(node!, $"expected at most \"1h\" (\"0s\" waits for ever), found {node!.Describe()}");
        return true;
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
            else if (TryReadVariable(value, out VariableSetting? variable))
            {
                variables.Add(variable);
            }
        }

        return variables;
    }

    /// <summary>A text, a number, true or false, or a list of texts.</summary>
    private bool TryReadVariable(ConfigNode value, [NotNullWhen(true)] out VariableSetting? variable)
    {
        variable = null;
        if (value.Kind is ConfigNodeKind.Object or ConfigNodeKind.Null)
        {
            ReportKind(value, "a text, a number, true, false or a list [ ] of texts");
            return false;
        }

        bool isGood = true;
        List<string> items = [];
        foreach (ConfigNode item in value.Children)
        {
            bool isText = item.Kind == ConfigNodeKind.Text;
            if (!isText) ReportKind(item, "a text");
            isGood &= isText && HasNoNul(item);
            items.Add(item.Text);
        }

        variable = value.Kind switch
        {
            ConfigNodeKind.List => new(value.Name, "") { Kind = VariableKind.List, Items = items },
            ConfigNodeKind.Number => new(value.Name, value.Text) { Kind = VariableKind.Number },
            ConfigNodeKind.True => new(value.Name, "true") { Kind = VariableKind.Boolean },
            ConfigNodeKind.False => new(value.Name, "false") { Kind = VariableKind.Boolean },
            _ => new(value.Name, value.Text),
        };
        return isGood && HasNoNul(value);
    }

    private bool HasNoNul(ConfigNode value)
    {
        bool hasNul = value.Text.Contains('\0', StringComparison.Ordinal);
        if (hasNul) _report.Error(value, "expected a text without a NUL character");
        return !hasNul;
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
                when !expected.StartsWith("true", StringComparison.Ordinal) && expected.AsSpan().IndexOfAny('{', '[') < 0
                => "; a text stands in double quotes",
            ConfigNodeKind.Text when expected.StartsWith("a number", StringComparison.Ordinal)
                => "; a number stands without quotes",
            _ => "",
        };
        _report.Error(value, $"expected {expected}, found {value.Describe()}{hint}");
    }
}
