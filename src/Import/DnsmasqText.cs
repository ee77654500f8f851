using System;
using System.Collections.Generic;
using System.Text;

namespace Aglet.Import;

/// <summary>A line of a dnsmasq file: <c>name=value</c>, or a flag.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Name">The option's name; empty for a line of a hosts file, which has none.</param>
/// <param name="Value">What follows the equals sign, unquoted; empty for a flag.</param>
internal sealed record DnsmasqDirective(int Line, string Name, string Value)
{
    /// <summary>The name as messages call it.</summary>
    public string What => Name.Length == 0 ? "dhcp-host" : Name;
}

/// <summary>Cuts a dnsmasq file into directives, as dnsmasq reads it.</summary>
/// <remarks>
/// dnsmasq(8), "CONFIG FILE": a <c>#</c> at the start of a word begins a comment; within double quotes neither it nor
/// a comma means anything, and a backslash escapes. Here a comma within quotes becomes <see cref="QuotedComma"/>.
/// </remarks>
internal static class DnsmasqText
{
    /// <summary>Stands for a comma that does not separate: a control character, which no value has.</summary>
    public const char QuotedComma = '\u0001';

    public static List<DnsmasqDirective> Read(string text)
    {
        List<DnsmasqDirective> directives = [];
        int number = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            number++;
            string content = Unquote(line);
            if (content.Length > 0) directives.Add(Cut(number, content));
        }

        return directives;
    }

    /// <summary>The parts of a value, without the blanks around them.</summary>
    public static List<string> Split(string value)
    {
        List<string> parts = [];
        foreach (string part in value.Split(',')) parts.Add(part.Trim().Replace(QuotedComma, ','));
        return parts;
    }

    /// <summary>A value for a message.</summary>
    public static string Show(string value) => value.Replace(QuotedComma, ',');

    private static DnsmasqDirective Cut(int line, string content)
    {
        int equals = content.IndexOf('=', StringComparison.Ordinal);
        string name = (equals < 0 ? content : content[..equals]).Trim();
        if (IsName(name)) return new(line, name, equals < 0 ? "" : content[(equals + 1)..].Trim());

        // A file of --dhcp-hostsfile or --dhcp-optsfile has the values alone.
        bool isOption = content.StartsWith("option:", StringComparison.Ordinal)
            || IsNumber(content, content.IndexOf(',', StringComparison.Ordinal));
        return new(line, isOption ? "dhcp-option" : "", content);
    }

    private static bool IsName(string name)
    {
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-') return false;
        }

        // "node1,10.0.0.1" and "52-54-00-00-00-01" are no options.
        return name.Length > 0 && char.IsAsciiLetterLower(name[0])
            && !Net.HardwareAddress.TryParse(Encoding.UTF8.GetBytes(name), out _);
    }

    private static bool IsNumber(string text, int length)
    {
        for (int i = 0; i < length; i++)
        {
            if (!char.IsAsciiDigit(text[i])) return false;
        }

        return length is > 0 and <= 3;
    }

    private static string Unquote(ReadOnlySpan<char> line)
    {
        StringBuilder content = new();
        bool isQuoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            bool startsWord = i == 0 || line[i - 1] is ' ' or '\t';
            if (c == '#' && !isQuoted && startsWord) break;
            if (c == '"')
            {
                isQuoted = !isQuoted;
                continue;
            }

            if (c == '\\' && isQuoted && i + 1 < line.Length)
            {
                c = line[++i] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'b' => '\b', 'e' => '\u001b', char other => other };
            }

            content.Append(c == ',' && isQuoted ? QuotedComma : c);
        }

        return content.ToString().Trim();
    }
}
