using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Aglet.Tests.Lab;

namespace Aglet.Tests.Bench;

/// <summary>
/// <c>bench</c>: the same workloads against the appliance and its peers, in one run, rounds interleaved, on a network made for
/// it. Prints a table of medians and ratios and writes every number to <c>out/bench.json</c>.
/// </summary>
internal static class BenchCommand
{
    private const string Usage = "usage: tests bench [--only WORKLOAD,...] [--rounds N] [--seconds S] [--pin]";

    public static int Run(string[] arguments)
    {
        List<string> only = [];
        int rounds = 5;
        double seconds = 1;
        bool pins = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : "";
            switch (arguments[i])
            {
                case "--only":
                    only.AddRange(value.Split(',', StringSplitOptions.RemoveEmptyEntries));
                    i++;
                    break;
                case "--rounds" when int.TryParse(value, CultureInfo.InvariantCulture, out rounds) && rounds > 0:
                case "--seconds" when double.TryParse(value, CultureInfo.InvariantCulture, out seconds) && seconds > 0:
                    i++;
                    break;
                case "--pin":
                    pins = true;
                    break;
                default:
                    Console.Error.WriteLine(Usage);
                    return 2;
            }
        }
        try
        {
            return Run(only, rounds, seconds, pins && Environment.ProcessorCount > 1);
        }
        catch (LabException failure)
        {
            Console.Error.WriteLine("bench: " + failure.Message);
            return 1;
        }
    }

    private static int Run(List<string> only, int rounds, double seconds, bool pins)
    {
        if (!File.Exists(Repository.Binary))
            throw new LabException($"{Repository.Binary} is missing: run 'make'");
        BenchFolder folder = new();
        BenchServers servers = new(folder);
        BenchResults results = new();
        using BenchNetwork network = new(pins);
        List<BenchWorkload> workloads = [.. new BenchWorkloads(network, folder, results, seconds).All(servers)];
        if (only.Count > 0)
            workloads.RemoveAll(workload => !only.Exists(word => workload.Key.StartsWith(word, StringComparison.Ordinal)));
        if (workloads.Count == 0)
            throw new LabException("nothing is called " + string.Join(',', only));

        foreach (BenchServer server in Distinct(workloads))
        {
            if (!server.IsThere)
                Console.WriteLine($"{server.Name} is not there: the others are measured without it");
        }
        for (int round = 0; round < rounds; round++)
        {
            foreach (BenchWorkload workload in workloads)
                RunRound(workload, round, rounds, results);
        }
        EnterIndexTime(results);

        Dictionary<string, string> about = About(Distinct(workloads), rounds, seconds, pins);
        string raw = Path.Combine(Repository.Root, "out", "bench.json");
        results.Write(raw, about);
        Console.WriteLine();
        foreach ((string key, string value) in about)
            Console.WriteLine($"{key,-12} {value}");
        Console.WriteLine();
        Console.Write(results.Table(BenchWorkloads.Rows));
        Console.WriteLine("every number: out/bench.json");
        return results.Failures.Count == 0 ? 0 : 1;
    }

    /// <summary>Each server once, another one first in each round: what drifts on the machine meets all alike.</summary>
    private static void RunRound(BenchWorkload workload, int round, int rounds, BenchResults results)
    {
        for (int i = 0; i < workload.Servers.Count; i++)
        {
            BenchServer server = workload.Servers[(i + round) % workload.Servers.Count];
            if (!server.IsThere)
                continue;
            Console.Error.WriteLine($"round {round + 1} of {rounds}: {workload.Key}: {server.Name}");
            try
            {
                workload.Measure(server);
            }
            catch (Exception failure) when (failure is LabException or IOException or System.Net.Sockets.SocketException)
            {
                results.Fail($"{workload.Key}, {server.Name}, round {round + 1}: {failure.Message}");
            }
        }
    }

    private static void EnterIndexTime(BenchResults results)
    {
        if (results.MedianOf("start", "aglet") is { } small && results.MedianOf("tree-start", "aglet") is { } large)
            results.Add("tree", "aglet", Math.Max(0, large - small));
    }

    private static List<BenchServer> Distinct(List<BenchWorkload> workloads)
    {
        List<BenchServer> found = [];
        foreach (BenchWorkload workload in workloads)
        {
            foreach (BenchServer server in workload.Servers)
            {
                if (!found.Exists(other => other.Name == server.Name))
                    found.Add(server);
            }
        }
        return found;
    }

    private static Dictionary<string, string> About(List<BenchServer> servers, int rounds, double seconds, bool pins)
    {
        Dictionary<string, string> about = new()
        {
            ["when"] = DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
            ["kernel"] = File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
            ["processor"] = $"{Environment.ProcessorCount} x {Processor()}",
            ["load"] = File.ReadAllText("/proc/loadavg").Trim(),
            ["rounds"] = string.Create(CultureInfo.InvariantCulture,
                $"{rounds} of {seconds:0.##} s, {(pins ? "server and load on a processor each" : "processors as the kernel chooses")}"),
        };
        foreach (BenchServer server in servers)
            about[server.Name] = server.Version;
        return about;
    }

    private static string Processor()
    {
        foreach (string line in File.ReadLines("/proc/cpuinfo"))
        {
            if (line.StartsWith("model name", StringComparison.Ordinal))
                return line[(line.IndexOf(':') + 1)..].Trim();
        }
        return System.Runtime.InteropServices.RuntimeInformation.OSArchitecture.ToString();
    }
}
