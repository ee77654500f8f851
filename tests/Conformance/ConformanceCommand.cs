using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using Aglet.Tests.Lab;

namespace Aglet.Tests.Conformance;

/// <summary>
/// <c>conformance</c>: the whole table against the appliance and its peers. Prints a matrix and writes what was seen to
/// <c>out/conformance.json</c>.
/// </summary>
internal static class ConformanceCommand
{
    private static readonly JsonSerializerOptions _readable = new() { WriteIndented = true };

    public static int Run(string[] arguments)
    {
        if (arguments is not ([] or ["--only", _]))
        {
            Console.Error.WriteLine("usage: tests conformance [--only SERVER,...|ROW-PREFIX,...]");
            return 2;
        }

        string[] only = arguments.Length == 0 ? [] : arguments[1].Split(',', StringSplitOptions.RemoveEmptyEntries);
        bool namesServers = Array.Exists(only, word => ConformanceServer.All.Any(server => server.Name == word));
        Dictionary<string, Dictionary<string, Outcome>> seen = [];
        foreach (ConformanceServer server in ConformanceServer.All)
        {
            if (namesServers && !only.Contains(server.Name)) continue;
            if (server.Program is null)
            {
                Console.Error.WriteLine($"{server.Name} is not there: it is left out");
                continue;
            }

            Requirement[] rows =
            [
                .. server.Rows.Where(row => namesServers || only.Length == 0
                    || Array.Exists(only, word => row.Id.StartsWith(word, StringComparison.Ordinal))),
            ];
            if (rows.Length == 0) continue;
            Console.Error.WriteLine($"{server.Name}: {rows.Length} rows");
            try
            {
                seen[server.Name] = server.Try(rows).ToDictionary(outcome => outcome.Row.Id);
            }
            catch (LabException failure)
            {
                Console.Error.WriteLine("conformance: " + failure.Message);
                return 1;
            }
        }

        Console.Write(Matrix(seen));
        Write(seen);
        Outcome[] failures = [.. seen.GetValueOrDefault("aglet")?.Values.Where(Requirements.IsFailure) ?? []];
        foreach (Outcome failure in failures) Console.WriteLine($"aglet fails {failure.Row.Id} ({failure.Row.Section}): {failure.Seen}");
        Console.WriteLine("what was seen: out/conformance.json");
        return failures.Length == 0 ? 0 : 1;
    }

    /// <summary>A line for each row: + as required, - otherwise, ? when it has no object, blank when it was not tried.</summary>
    private static string Matrix(Dictionary<string, Dictionary<string, Outcome>> seen)
    {
        StringBuilder text = new();
        text.Append($"{"",-32}{"",-26}{"",-8}");
        foreach (string name in seen.Keys) text.Append($"{name,-10}");
        text.Append('\n');
        foreach (Requirement row in Requirements.All)
        {
            if (!seen.Values.Any(server => server.ContainsKey(row.Id))) continue;
            text.Append($"{row.Id,-32}{row.Section,-26}{row.Level.ToString().ToUpperInvariant(),-8}");
            foreach (Dictionary<string, Outcome> server in seen.Values)
                text.Append($"{(server.TryGetValue(row.Id, out Outcome? outcome) ? Sign(outcome.Verdict) : ""),-10}");
            text.Append('\n');
        }

        foreach (Verdict verdict in Enum.GetValues<Verdict>())
        {
            text.Append($"{Sign(verdict),-66}");
            foreach (Dictionary<string, Outcome> server in seen.Values)
                text.Append($"{server.Values.Count(outcome => outcome.Verdict == verdict),-10}");
            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Sign(Verdict verdict) => verdict switch
    {
        Verdict.Pass => "+",
        Verdict.Fail => "-",
        _ => "?",
    };

    private static void Write(Dictionary<string, Dictionary<string, Outcome>> seen)
    {
        var rows = Requirements.All.Where(row => seen.Values.Any(server => server.ContainsKey(row.Id))).Select(row => new
        {
            id = row.Id,
            section = row.Section,
            level = row.Level.ToString(),
            says = row.Says,
            servers = seen.Where(server => server.Value.ContainsKey(row.Id)).ToDictionary(
                server => server.Key,
                server => new { verdict = Sign(server.Value[row.Id].Verdict), seen = server.Value[row.Id].Seen }),
        });
        File.WriteAllText(Path.Combine(Repository.Root, "out", "conformance.json"), JsonSerializer.Serialize(rows, _readable) + "\n");
    }
}
