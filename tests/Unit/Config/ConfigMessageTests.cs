using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.CompilerServices;
using Aglet.Config;
using Xunit;

namespace Aglet.Tests.Unit.Config;

/// <summary>What an operator reads: for each wrong configuration every line, with its place.</summary>
/// <remarks>
/// The golden files hold a configuration, <c>----</c> and the lines, with <c>====</c> between cases; <c>OK</c> stands for
/// settings. UPDATE_GOLDEN=1 writes them anew and fails all the same, so that what is new is looked at.
/// </remarks>
public sealed class ConfigMessageTests
{
    [Theory]
    [InlineData("syntax.txt")]
    [InlineData("values.txt")]
    [InlineData("subnets.txt")]
    public void EveryMistakeIsToldWithItsPlace(string file)
    {
        string golden = File.ReadAllText(System.IO.Path.Combine(AppContext.BaseDirectory, "Golden", "config", file));
        List<string> cases = [];
        foreach (string block in golden.TrimEnd('\n').Split("\n====\n"))
        {
            string text = block[..block.IndexOf("\n----\n", StringComparison.Ordinal)];
            Settings? settings = ConfigText.Read(text, out List<string> lines);
            if (settings is not null) lines.Add("OK");
            cases.Add($"{text}\n----\n{string.Join('\n', lines)}");
        }

        string now = string.Join("\n====\n", cases) + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") is not null) File.WriteAllText(SourceOf(file), now);
        Assert.Equal(golden, now);
    }

    [Fact]
    public void ColumnsCountCharactersAndAByteOrderMarkIsNone()
    {
        ConfigText.Read("\uFEFF{ \"tree\": \"äö\", \"unknown\": 5 }", out List<string> lines);
        Assert.StartsWith("1:28: unknown: ", Assert.Single(lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Utf16IsNamed()
    {
        ConfigText.Read(System.Text.Encoding.Unicode.GetPreamble(), out List<string> lines);
        Assert.Equal(["1:1: expected text in UTF-8, found UTF-16; save the file as UTF-8"], lines);
    }

    [Fact]
    public void TooDeepIsAnErrorAndNoCrash()
    {
        ConfigText.Read(new string('[', 100), out List<string> lines);
        Assert.Equal(["1:65: expected at most 64 objects and lists within each other"], lines);
    }

    [Fact]
    public void LinesOfAnEarlierUseAreNamed()
    {
        ConfigText.Read(
            """
            {
              "images": { "a": { "kernel": "k" } },
              "machines": [
                { "name": "n1", "mac": "52:54:00:00:00:01", "image": "a" },
                { "name": "n2", "mac": "52-54-00-00-00-01", "image": "a" }
              ]
            }
            """,
            out List<string> lines);
        Assert.Equal(
            ["5:28: machines[1].mac: expected each MAC once, found \"52-54-00-00-00-01\", used by \"n1\" in line 4 already"],
            lines);
    }

    private static string SourceOf(string file, [CallerFilePath] string here = "") =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(here)!, "../../Golden/config", file);
}
