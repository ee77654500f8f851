using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using Aglet.Config;
using Xunit;

namespace Aglet.Tests.Unit.Config;

/// <summary>What an editor says by the schema and what the reader says are the same, as far as a schema can say it.</summary>
public sealed class ConfigSchemaTests
{
    /// <summary>Draft 7, checked by Debian's python3-jsonschema: a list of documents in, a list of verdicts out.</summary>
    private const string Validator =
        """
        import json, sys, jsonschema
        schema, cases = json.load(sys.stdin)
        jsonschema.Draft7Validator.check_schema(schema)
        validator = jsonschema.Draft7Validator(schema)
        print(json.dumps([next((e.message[:300] for e in validator.iter_errors(case)), None) for case in cases]))
        """;

    private static readonly JsonDocumentOptions _lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    private static readonly string _folder = Path.Combine(Tidy.SourceTree.Root, "rootfs", "etc", "aglet");

    [Fact]
    public void SchemaAndReaderAgree()
    {
        List<string> texts = [];
        foreach (string file in (string[])["syntax.txt", "values.txt", "subnets.txt"])
        {
            string golden = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "config", file));
            foreach (string block in golden.TrimEnd('\n').Split("\n====\n"))
                texts.Add(block[..block.IndexOf("\n----\n", StringComparison.Ordinal)]);
        }

        foreach (string file in Directory.EnumerateFiles(_folder, "*.json", SearchOption.AllDirectories))
        {
            if (!file.EndsWith(".schema.json", StringComparison.Ordinal)) texts.Add(File.ReadAllText(file));
        }

        List<string> kept = [];
        JsonArray documents = [];
        foreach (string text in texts)
        {
            if (!TryParse(text, out JsonNode? node)) continue;
            kept.Add(text);
            documents.Add(node);
        }

        string?[] verdicts = Validate(documents);
        int good = 0;
        int bad = 0;
        for (int i = 0; i < kept.Count; i++)
        {
            Settings? settings = ConfigText.Read(kept[i], out List<string> lines);
            bool isTemplateMissing = settings is null && lines.TrueForAll(line => line.Contains("template that can be read"));
            if (settings is not null || isTemplateMissing) Assert.True(verdicts[i] is null, $"{kept[i]}\n{verdicts[i]}");
            bool isStructural = lines.Exists(line =>
                line.Contains(": unknown key") || line.Contains("expected an object") || line.Contains("expected true or false")
                || line.Contains("; a text stands in") || line.Contains("a number stands without"));
            if (isStructural) Assert.True(verdicts[i] is not null, $"{kept[i]}\n{string.Join('\n', lines)}");
            good += verdicts[i] is null ? 1 : 0;
            bad += verdicts[i] is null ? 0 : 1;
        }

        Assert.True(good >= 20 && bad >= 20, $"{good} good and {bad} bad ones prove little");
    }

    [Fact]
    public void EveryKeyOfTheReaderIsInTheSchemaAndNoOther()
    {
        JsonNode schema = Schema();
        JsonNode top = schema["properties"]!;
        Same(ConfigKeys.Top, schema);
        Same(ConfigKeys.Network, top["network"]!);
        Same(ConfigKeys.Dhcp, top["dhcp"]!);
        Same(ConfigKeys.Http, top["http"]!);
        Same(ConfigKeys.Menu, top["menu"]!);
        JsonArray images = top["images"]!["additionalProperties"]!["oneOf"]!.AsArray();
        Assert.Equal(
            ConfigKeys.Image.Order(),
            images.SelectMany(image => image!["properties"]!.AsObject().Select(pair => pair.Key)).Distinct().Order());
        Same(ConfigKeys.Answer, images[0]!["properties"]!["answer"]!);
        JsonNode group = top["groups"]!["items"]!;
        Same(ConfigKeys.Group, group);
        Same(ConfigKeys.Match, group["properties"]!["match"]!);
        Same(ConfigKeys.Machine, top["machines"]!["items"]!);

        static void Same(string[] keys, JsonNode node) =>
            Assert.Equal(keys.Order(), node["properties"]!.AsObject().Select(pair => pair.Key).Order());
    }

    private static JsonNode Schema() => JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "aglet.schema.json")))!;

    private static bool TryParse(string text, out JsonNode? node)
    {
        node = null;
        try
        {
            node = JsonNode.Parse(text, documentOptions: _lenient);

            // A key that is given twice, or half a surrogate pair, cannot be told to another program.
            node?.ToJsonString();
            return node is not null;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    private static string?[] Validate(JsonArray documents)
    {
        ProcessStartInfo start = new("python3", ["-c", Validator])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using Process python = Process.Start(start)!;
        python.StandardInput.Write(new JsonArray(Schema(), documents).ToJsonString());
        python.StandardInput.Close();
        string output = python.StandardOutput.ReadToEnd();
        python.WaitForExit();
        Assert.Equal(0, python.ExitCode);
        return JsonSerializer.Deserialize<string?[]>(output)!;
    }
}
