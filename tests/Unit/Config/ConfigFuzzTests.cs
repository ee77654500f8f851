using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Aglet.Config;
using Aglet.Core;
using Aglet.Tests.Simulation;
using Xunit;

namespace Aglet.Tests.Unit.Config;

/// <summary>Whatever stands in the file: settings, or at least one line that says why not. Never an exception.</summary>
public sealed class ConfigFuzzTests
{
    private static readonly byte[] _good = Encoding.UTF8.GetBytes(File.ReadAllText(Example()));

    private static readonly string[] _pieces =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "//", "/*", "*/", "null", "true", "-", "1e9", "\n", "\0", "\uFEFF", "é",
        "\"mac\"", "\"10.0.0.1\"", "\"image\": 1,", "\\ud800", "\u007f", "[[[[[[[[", "\"kernel\": {},", " ", "#",
    ];

    private readonly SimKernel _kernel = ConfigText.MakeKernel([]);

    [Fact]
    public void EveryPrefixIsAnErrorWithAPlace()
    {
        for (int length = 0; length < _good.Length - 2; length++)
        {
            Settings? settings = ConfigText.Read(_kernel, _good[..length], out List<string> lines);
            Assert.True(settings is null && lines.Count > 0, $"prefix of {length} bytes");
            foreach (string line in lines) Assert.Matches("^(warning: )?[0-9]+:[0-9]+: ", line);
        }
    }

    [Fact]
    public void MutationsGiveSettingsOrErrors()
    {
        Prng prng = new(2);
        for (int round = 0; round < 10000; round++)
        {
            byte[] text = Mutate(ref prng);
            try
            {
                // Read throws when there are settings and errors at once, or neither.
                ConfigText.Read(_kernel, text, out List<string> lines);
                foreach (string line in lines) Assert.DoesNotContain('\n', line);
            }
            catch (Exception failure) when (failure is not Xunit.Sdk.XunitException)
            {
                throw new InvalidOperationException($"round {round}: {Encoding.UTF8.GetString(text)}", failure);
            }
        }
    }

    /// <summary>Our words for a mistake must come exactly when the BCL's own reader finds one.</summary>
    [Fact]
    public void SyntaxIsWrongExactlyWhenJsonIsWrong()
    {
        Prng prng = new(3);
        for (int round = 0; round < 10000; round++)
        {
            byte[] text = Mutate(ref prng);
            ConfigReport report = new("f", text);
            ConfigNode? root = ConfigParser.Parse(text, report);
            bool accepted = root is not null && !report.HasErrors;
            Assert.True(accepted == IsJson(text), Encoding.UTF8.GetString(text));
        }
    }

    private static byte[] Mutate(ref Prng prng)
    {
        List<byte> text = [.. _good];
        for (int left = 1 + prng.Below(4); left > 0; left--)
        {
            int at = prng.Below(text.Count);
            switch (prng.Below(4))
            {
                case 0:
                    text[at] = (byte)prng.Below(256);
                    break;
                case 1:
                    text.RemoveRange(at, Math.Min(text.Count - at - 1, prng.Below(40)));
                    break;
                case 2:
                    text.InsertRange(at, Encoding.UTF8.GetBytes(_pieces[prng.Below(_pieces.Length)]));
                    break;
                default:
                    text.InsertRange(at, text.GetRange(prng.Below(text.Count / 2), prng.Below(text.Count / 2)));
                    break;
            }
        }

        return [.. text];
    }

    private static bool IsJson(byte[] text)
    {
        ReadOnlySpan<byte> json = text;
        if (json.StartsWith("\uFEFF"u8)) json = json[3..];
        Utf8JsonReader reader = new(json, new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName) reader.GetString();
            }

            return true;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static string Example([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "../../../rootfs/etc/aglet/aglet.json");
}
