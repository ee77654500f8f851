using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Aglet.Tests.Lab;

namespace Aglet.Tests.Bench;

/// <summary>A hall of machines that boot at once over one link of 1 Gbit/s.</summary>
internal sealed class StormWorkloads(BenchNetwork network, BenchFolder folder, BenchResults results, StormDemand demand)
{
    private const long BitsPerSecond = 1_000_000_000;

    /// <summary>Of both servers; dnsmasq passes over the first and the last address of a network.</summary>
    private const string MachinePrefix = "10.0.64.0/18";

    public static IReadOnlyList<BenchRow> Rows { get; } =
    [
        new("storm-finished", "boot storm, machines that have every byte", "machines", []),
        new("storm", "boot storm, time", "s", [],
            "each machine: DHCP, 1 MB by TFTP (window 1), DHCP as iPXE, script, kernel, 40 MB by HTTP, answer file; "
            + "500 machines (STORM=small: 100, 10 MB) at once over 1 Gbit/s, queue pfifo_fast of 10,000 frames") { ShowsNotes = true },
        new("storm-link", "boot storm, time of what the link needs", "x", [new("", 1.2)]),
        new("storm-machine-p50", "boot storm, a machine, half of all", "s", []),
        new("storm-machine-p99", "boot storm, a machine, slowest 1 %", "s", []),
        new("storm-dhcp-p50", "boot storm, OFFER to a bystander, half of all", "ms", []),
        new("storm-dhcp-p99", "boot storm, OFFER to a bystander, slowest 1 %", "ms", [new("", 20)],
            "50 DISCOVERs a second of others, from the first moment to the last"),
        new("storm-dhcp-own-p99", "boot storm, OFFER to a machine, slowest 1 %", "ms", [],
            "all machines ask in the same moment, firmware and iPXE both counted"),
        new("storm-memory", "boot storm, most memory", "MiB", [new("", 16)], "all processes"),
        new("storm-cpu", "boot storm, server's CPU", "s", []),
        new("storm-load", "boot storm, load client's CPU, of one processor", "", []),
        new("storm-collections", "boot storm, garbage collections", "", [new("", 0)]),
        new("storm-allocated", "boot storm, managed bytes allocated", "bytes", []),
    ];

    public IReadOnlyList<BenchWorkload> All(BenchServers servers) =>
    [
        new("storm", [servers.AgletStorm(demand), servers.PeersStorm(demand)], Measure) { RoundsMax = 1 },
    ];

    private void Measure(BenchServer server)
    {
        bool isOurs = server.Name == "aglet";
        BenchHost host = new(network, folder);
        network.GiveClient(MachinePrefix);
        network.Shape(BitsPerSecond);
        try
        {
            using RunningServer running = host.Start(server, () => AnswersFiles());
            double before = running.ProcessorSeconds();
            StormOutcome outcome = host.OnClient(() => StormMachines.Run(
                isOurs ? demand with { AnswerMark = "({mac})" } : demand));
            Enter(server, running, outcome, before);
            if (!isOurs)
                return;
            running.Stop();
            EnterCollections(running);
        }
        finally
        {
            network.Unshape();
        }
    }

    /// <summary>Both of its services, for dnsmasq and nginx start one after the other.</summary>
    private static bool AnswersFiles()
    {
        using ReceiveBatch batch = new();
        using TftpDownload download = new(batch, BenchFolder.Small, BenchFolder.SmallBytes, 1468, 1, TimeSpan.FromMilliseconds(50));
        download.Begin();
        while (download.Receive(0) && !download.IsDone)
        {
        }
        return download.IsDone && HttpLoad.IsAnswered();
    }

    private void Enter(BenchServer server, RunningServer running, StormOutcome outcome, double before)
    {
        string name = server.Name;
        results.Add("storm-finished", name, outcome.Finished);
        results.Add("storm", name, outcome.Seconds);
        results.Add("storm-link", name, outcome.Seconds / demand.LinkSeconds(BitsPerSecond));
        results.Add("storm-machine-p50", name, StormOutcome.At(outcome.MachineSeconds, 0.5));
        results.Add("storm-machine-p99", name, StormOutcome.At(outcome.MachineSeconds, 0.99));
        results.Add("storm-dhcp-p50", name, StormOutcome.At(outcome.OfferMilliseconds, 0.5));
        results.Add("storm-dhcp-p99", name, StormOutcome.At(outcome.OfferMilliseconds, 0.99));
        results.Add("storm-dhcp-own-p99", name, StormOutcome.At(outcome.MachineOfferMilliseconds, 0.99));
        results.Add("storm-memory", name, running.PeakMegabytes());
        results.Add("storm-cpu", name, running.ProcessorSeconds() - before);
        results.Add("storm-load", name, outcome.ProcessorSeconds / outcome.Seconds);
        results.Note("storm", name, string.Create(CultureInfo.InvariantCulture,
            $"{demand.Machines} machines, {outcome.DhcpRepeats} DHCP messages repeated, {outcome.TftpTimeouts} TFTP time-outs, ")
            + string.Create(CultureInfo.InvariantCulture, $"{outcome.OfferMilliseconds.Count} bystanders' offers, {outcome.OffersMissed} missed, ")
            + string.Create(CultureInfo.InvariantCulture, $"slowest {StormOutcome.At(outcome.OfferMilliseconds, 1):F1} ms, ")
            + string.Create(CultureInfo.InvariantCulture, $"slowest machine {StormOutcome.At(outcome.MachineSeconds, 1):F1} s"));
        if (outcome.Failures.Count > 0)
            throw new LabException($"{outcome.Failures.Count} machines failed, the first: {outcome.Failures[0]}");
    }

    /// <summary>What it says of itself when it stops.</summary>
    private void EnterCollections(RunningServer running)
    {
        string log = File.ReadAllText(running.LogFile);
        int at = log.LastIndexOf("since the start: ", StringComparison.Ordinal);
        if (at < 0)
            throw new LabException("it does not say what it allocated");
        string[] words = log[at..].Split(' ', 8);
        results.Add("storm-collections", running.Server.Name, double.Parse(words[3], CultureInfo.InvariantCulture));
        results.Add("storm-allocated", running.Server.Name, double.Parse(words[6], CultureInfo.InvariantCulture));
    }
}
