using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Aglet.Tests.Lab;

namespace Aglet.Tests.Bench;

/// <summary>
/// <c>bench</c>: the same workloads against the appliance and its peers, in one run, rounds interleaved, on a network made for
/// it. Prints a table of medians and ratios and writes every number to <c>out/bench.json</c>.
/// </summary>
internal static class BenchCommand
{
    private const string Usage = """
        usage: tests bench [--only WORKLOAD,...] [--servers NAME,...] [--rounds N] [--seconds S] [--storm full|small|NxMB] [--pin] [--list]
          --only      these workloads alone; the beginning of a name is enough (tftp, http-small, link, calls, storm)
          --servers   these servers alone (aglet): for a change that is tried before the whole table
          --rounds    how often each is measured, each server first in turn (5); the median counts
          --seconds   how long a load lasts, where it is not a number of files (1)
          --storm     full: 500 machines of 41 MB, six minutes for both servers; small: 100 of 11 MB;
                      300x5: 300 machines with images of 5 MB (full)
          --pin       server and load on a processor each
          --list      the names of all workloads, and who is compared
        by make:  make bench ONLY=storm STORM=small ROUNDS=3
        """;

    public static int Run(string[] arguments)
    {
        List<string> only = [];
        List<string> asked = [];
        int rounds = 5;
        double seconds = 1;
        bool pins = false;
        StormDemand storm = StormDemand.Full;
        bool lists = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : "";
            switch (arguments[i])
            {
                case "--only":
                    only.AddRange(value.Split(',', StringSplitOptions.RemoveEmptyEntries));
                    i++;
                    break;
                case "--servers":
                    asked.AddRange(value.Split(',', StringSplitOptions.RemoveEmptyEntries));
                    i++;
                    break;
                case "--rounds" when int.TryParse(value, CultureInfo.InvariantCulture, out rounds) && rounds > 0:
                case "--seconds" when double.TryParse(value, CultureInfo.InvariantCulture, out seconds) && seconds > 0:
                    i++;
                    break;
                case "--storm" when StormDemand.TryParse(value, out StormDemand? demand):
                    storm = demand;
                    i++;
                    break;
                case "--list":
                    lists = true;
                    break;
                case "--help":
                    Console.WriteLine(Usage);
                    return 0;
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
            return Run(only, asked, rounds, seconds, pins && Environment.ProcessorCount > 1, storm, lists);
        }
        catch (LabException failure)
        {
            Console.Error.WriteLine("bench: " + failure.Message);
            return 1;
        }
    }

    private static int Run(
        List<string> only, List<string> asked, int rounds, double seconds, bool pins, StormDemand storm, bool lists)
    {
        if (!File.Exists(Repository.Binary))
            throw new LabException($"{Repository.Binary} is missing: run 'make'");
        BenchFolder folder = new();
        folder.Fill();
        BenchServers servers = new(folder);
        BenchResults results = new();
        using BenchNetwork network = new(pins);
        using LinkWorkloads links = new(folder, results, pins);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Clean(network, links));
        using PosixSignalRegistration end = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Clean(network, links));
        List<BenchWorkload> workloads =
        [
            .. new BenchWorkloads(network, folder, results, seconds).All(servers),
            .. new CallWorkloads(network, folder, results).All(servers),
            .. links.All(servers),
            .. new StormWorkloads(network, folder, results, storm).All(servers),
        ];
        if (only.Count > 0)
            workloads.RemoveAll(workload => !only.Exists(word => workload.Key.StartsWith(word, StringComparison.Ordinal)));
        if (asked.Count > 0)
        {
            for (int i = 0; i < workloads.Count; i++)
                workloads[i] = workloads[i] with { Servers = [.. workloads[i].Servers.Where(server => asked.Contains(server.Name))] };
            workloads.RemoveAll(workload => workload.Servers.Count == 0);
        }
        if (workloads.Count == 0)
            throw new LabException("nothing is called " + string.Join(',', [.. only, .. asked]));

        if (lists)
        {
            foreach (BenchWorkload workload in workloads)
                Console.WriteLine($"{workload.Key,-24} {string.Join(", ", Names(workload))}");
            return 0;
        }
        foreach (BenchServer server in Distinct(workloads))
        {
            if (!server.IsThere)
                Console.WriteLine($"{server.Name} is not there: the others are measured without it");
        }
        for (int round = 0; round < rounds; round++)
        {
            foreach (BenchWorkload workload in workloads)
            {
                if (round < workload.RoundsMax)
                    RunRound(workload, round, Math.Min(rounds, workload.RoundsMax), results);
            }
        }
        EnterIndexTime(results);

        Dictionary<string, string> about = About(Distinct(workloads), rounds, seconds, pins);
        about["TCP"] = network.CongestionControl;
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
            Console.Error.WriteLine($"{DateTime.UtcNow:HH:mm:ss} round {round + 1} of {rounds}: {workload.Key}: {server.Name}");
            try
            {
                workload.Measure(server);
            }
            catch (Exception failure)
            {
                string what = $"{workload.Key}, {server.Name}, round {round + 1}: {failure.Message}";
                Console.Error.WriteLine(what);
                if (server.Name == "aglet")
                    results.Fail(what);
                else
                    results.FailPeer(what);
            }
        }
    }

    private static void EnterIndexTime(BenchResults results)
    {
        if (results.MedianOf("start", "aglet") is { } small && results.MedianOf("tree-start", "aglet") is { } large)
            results.Add("tree", "aglet", Math.Max(0, large - small));
    }

    /// <summary>A person who presses Ctrl-C leaves nothing behind.</summary>
    private static void Clean(BenchNetwork network, LinkWorkloads links)
    {
        links.Dispose();
        network.Dispose();
    }

    private static IEnumerable<string> Names(BenchWorkload workload)
    {
        foreach (BenchServer server in workload.Servers)
            yield return server.Name + (server.IsThere ? "" : " (not there)");
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
                $"{rounds} of {seconds:0.##} s (link, calls, storm: 1), {(pins ? "server and load on a processor each" : "processors as the kernel chooses")}"),
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
        return RuntimeInformation.OSArchitecture.ToString();
    }
}
