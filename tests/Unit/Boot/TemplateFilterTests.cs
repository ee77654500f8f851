using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Xml;
using Aglet.Config;
using Xunit;
using static Aglet.Tests.Unit.Boot.AnswerFixture;

namespace Aglet.Tests.Unit.Boot;

/// <summary>Nasty values go through each filter and come back from the real parser as they were.</summary>
public sealed class TemplateFilterTests
{
    private const int Count = 600;

    private static readonly string[] _pieces =
    [
        "'", "\"", "\\", "$", "$(id)", "`id`", "${x}", "%", "%s", ";", "&", "|", "<", ">", "]]>", "<!--", "-->", "\n", "\r", "\r\n",
        "\t", " ", "  ", "#", ": ", "- ", "*", "?", "[", "]", "{", "}", "{{", "}}", "{%", "!", "@", ",", "=", "a", "Z", "0", "é", "ß",
        "\u0001", "\u007F", "\u0085", "\u0090", "\u2028", "\u2029", "\uFEFF", "\uFFFE", "\uFFFF", "\U0001F600", "\u001B[31m", "\\n",
        "\\u0041", "&amp;", "&#10;", "null", "true", "%end", "EOF", "---", "...", "~",
    ];

    [Fact]
    public void JsonReadsThemBack()
    {
        foreach ((string[] values, string text) in Rendered("[{{ v0 | json }},{{ all | json }},{{ v1 | sh | json }}]"))
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            Assert.Equal(values[0], root[0].GetString());
            Assert.Equal(values, root[1].EnumerateArray().Select(item => item.GetString()!));
            Assert.Equal("'" + values[1].Replace("'", "'\\''") + "'", root[2].GetString());
        }
    }

    [Fact]
    public void YamlReadsThemBack()
    {
        // PyYAML is YAML 1.1, which knows more line breaks and fewer escapes than 1.2: it is the one in cloud-init.
        const string Read = "import sys,yaml,json\n"
            + "json.dump([yaml.safe_load(d) for d in json.load(sys.stdin)],sys.stdout)";
        (string[] Values, string Text)[] documents = [.. Rendered("a: {{ v0 | yaml }}\nb:\n  - {{ v1 | yaml }}\nc: {{ all | yaml }}\n")];
        byte[] output = Run("/usr/bin/python3", JsonSerializer.SerializeToUtf8Bytes(documents.Select(one => one.Text)), "-c", Read);
        using JsonDocument read = JsonDocument.Parse(output);
        Assert.Equal(documents.Length, read.RootElement.GetArrayLength());
        for (int i = 0; i < documents.Length; i++)
        {
            JsonElement document = read.RootElement[i];
            Assert.Equal(documents[i].Values[0], document.GetProperty("a").GetString());
            Assert.Equal(documents[i].Values[1], document.GetProperty("b")[0].GetString());
            Assert.Equal(documents[i].Values, document.GetProperty("c").EnumerateArray().Select(item => item.GetString()!));
        }
    }

    [Fact]
    public void XmlReadsThemBack()
    {
        foreach ((string[] values, string text) in Rendered("<r a=\"{{ v0 | xml }}\" b='{{ v0 | xml }}'>{{ v0 | xml }}</r>"))
        {
            XmlReaderSettings settings = new() { DtdProcessing = DtdProcessing.Prohibit };
            using XmlReader reader = XmlReader.Create(new StringReader(text), settings);
            Assert.True(reader.Read());
            string expected = string.Concat(values[0].Select(c => c is '\t' or '\n' or '\r' or >= ' ' and < '\uFFFE' ? c : '\uFFFD'));
            Assert.Equal(expected, reader.GetAttribute("a"));
            Assert.Equal(expected, reader.GetAttribute("b"));
            Assert.Equal(expected, reader.ReadElementContentAsString());
        }
    }

    [Theory]
    [InlineData("sh")]
    [InlineData("dash")]
    [InlineData("bash")]
    public void ShellsReadThemBack(string shell)
    {
        (string[] Values, string Text)[] scripts =
            [.. Rendered("printf '%s\\0' {{ v0 | sh }} x{{ v1 | sh }}y {{ all | sh }}\nsh -c {{ inner | sh }}\n")];
        string[] words = Encoding.UTF8.GetString(Run(shell, Encoding.UTF8.GetBytes(string.Concat(scripts.Select(one => one.Text)))))
            .Split('\0');
        List<string> expected = [];
        foreach ((string[] values, _) in scripts) expected.AddRange([values[0], $"x{values[1]}y", .. values, values[0]]);
        Assert.Equal([.. expected, ""], words);
    }

    [Fact]
    public void UrlsReadThemBack()
    {
        foreach ((string[] values, string text) in Rendered("{{ v0 | url }}"))
        {
            Assert.Equal(values[0], Uri.UnescapeDataString(text));
            Assert.All(text, c => Assert.True(char.IsAsciiLetterOrDigit(c) || c is '%' or '-' or '.' or '_' or '~'));
        }
    }

    [Fact]
    public void ALineStaysALine()
    {
        foreach ((string[] values, string text) in Rendered("a {{ v0 | line }}\nb"))
        {
            Assert.Equal(2, text.Split('\n').Length);
            Assert.DoesNotContain(text, c => char.IsControl(c) && c != '\n');
            Assert.False(text[..text.IndexOf('\n')].EndsWith('\\'));
            Assert.Equal(values[0].Length + (values[0].EndsWith('\\') ? 1 : 0), text.Length - 4);
        }
    }

    /// <summary>debconf's own reader takes the value whole, and no second question of it.</summary>
    [Fact]
    public void PreseedTakesThemAsOneValue()
    {
        string text = string.Concat(Rendered("d-i x/y string {{ v0 | line }}\n").Select(one => one.Text));
        Run("debconf-set-selections", Encoding.UTF8.GetBytes(text), "-c");
        Assert.Equal(Count + 1, text.Split('\n').Length);
    }

    /// <summary>What no JSON configuration can hold in a test above: characters that a shell or XML has no place for.</summary>
    [Fact]
    public void ANulIsLeftOutOrReplaced() => Assert.Equal(
        "'ab' \"a\\u0000b\" a\uFFFDb a b a%00b",
        Answer(Site("{{ v | sh }} {{ v | json }} {{ v | xml }} {{ v | line }} {{ v | url }}", [new("v", "a\0b")])));

    private static IEnumerable<(string[] Values, string Text)> Rendered(string template)
    {
        Prng prng = new(7);
        for (int i = 0; i < Count; i++)
        {
            string[] values = [Nasty(ref prng), Nasty(ref prng), Nasty(ref prng)];
            string inner = "printf '%s\\0' '" + values[0].Replace("'", "'\\''") + "'";
            yield return (values, Answer(Site(
                template, [new("v0", values[0]), new("v1", values[1]), new("inner", inner), List("all", values)])));
        }
    }

    private static string Nasty(ref Prng prng)
    {
        StringBuilder text = new();
        int length = prng.Below(7);
        for (int i = 0; i <= length; i++) text.Append(_pieces[prng.Below(_pieces.Length)]);
        return text.ToString();
    }
}
