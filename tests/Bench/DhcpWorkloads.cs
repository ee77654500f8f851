using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using Aglet.Tests.Lab;

namespace Aglet.Tests.Bench;

/// <summary>What is measured of DHCP: exchanges a second by two loads, first leases, delays, memory, and growth.</summary>
internal sealed class DhcpWorkloads(
    BenchNetwork network, BenchFolder folder, BenchResults results, double seconds, Func<BenchServer, RunningServer> start)
{
    private const int Machines = BenchFolder.Machines;
    private const string Perfdhcp = "perfdhcp";

    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan _readinessPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Leases in the table when the cost of an exchange is measured.</summary>
    private static readonly int[] _sizes = [100, 1_000, 10_000, 65_000];

    private static readonly BenchServer _echo = new("echo", "", "answers without a thought", _ => []);

    public static IReadOnlyList<BenchRow> Rows { get; } =
    [
        new("dhcp", "DHCP, 20,000 clients, perfdhcp", "exchanges/s", [new("kea", 5), new("dnsmasq", 50)],
            "all leases durable or in a file: aglet writes and syncs before it answers what its journal does not cover yet, Kea's "
            + "memfile is written and not synced, dnsmasq writes and syncs all of its file for each; all log each lease to a "
            + "file (aglet a bounded number a second), but kea-quiet logs only warnings; no server asks the network before it "
            + "offers (all are behind a relay). echo answers without a thought: the most that perfdhcp can show"),
        new("dhcp-load", "DHCP, 20,000 clients, own load", "exchanges/s", [new("kea", 5), new("dnsmasq", 50)],
            "the same with clients that cost a fraction of perfdhcp; 128 exchanges under way at once (dnsmasq 1)"),
        new("dhcp-new", "DHCP, machines never seen, own load", "exchanges/s", [new("kea", 5), new("dnsmasq", 50)],
            "nobody has a lease: each exchange is a record that aglet syncs"),
        new("dhcp-on-link", "DHCP, the same on the link, with ARP", "exchanges/s", [],
            "dhcp.probe is on: of those that come at once 256 wait 200 ms for the network's answer, the others are answered at once"),
        new("dhcp-p50", "DHCP, whole exchange, half of all", "us", [], "at 500 exchanges a second, dnsmasq at 2"),
        new("dhcp-p99", "DHCP, whole exchange, slowest 1 %", "us", []),
        new("dhcp-memory", "memory, 65,000 leases", "MiB", []),
        new("dhcp-at-100", "DHCP, 100 leases", "exchanges/s", []),
        new("dhcp-at-1000", "DHCP, 1,000 leases", "exchanges/s", []),
        new("dhcp-at-10000", "DHCP, 10,000 leases", "exchanges/s", []),
        new("dhcp-at-65000", "DHCP, 65,000 leases", "exchanges/s", []),
        new("dhcp-growth", "DHCP, cost at 65,000 leases of that at 100", "x", [new("", 1.5)],
            "processor time of the server for an exchange; more leases than the processor's caches hold"),
    ];

    public IReadOnlyList<BenchWorkload> All(BenchServers servers)
    {
        BenchServer dnsmasq = servers.DnsmasqDhcp(Machines);
        return
        [
            new("dhcp", [_echo, servers.AgletDhcp, servers.Kea(Machines), servers.KeaQuiet, dnsmasq], MeasurePerfdhcp),
            new("dhcp-load", [_echo, servers.AgletDhcp, servers.Kea(Machines), servers.KeaQuiet, dnsmasq], MeasureLoad),
            new("dhcp-new", [servers.AgletDhcp, servers.Kea(0), servers.DnsmasqDhcp(0)], MeasureNew),
            new("dhcp-on-link", [servers.AgletProbing], MeasureOnLink),
            new("dhcp-delay", [servers.AgletDhcp, servers.Kea(Machines), dnsmasq], MeasureDelay),
            new("dhcp-memory", [servers.AgletDhcp, servers.Kea(_sizes[^1]), servers.DnsmasqDhcp(_sizes[^1])], MeasureMemory),
            new("dhcp-growth", [servers.AgletDhcp], MeasureGrowth),
        ];
    }

    private void MeasurePerfdhcp(BenchServer server)
    {
        if (folder.Program(Perfdhcp) is not { } perfdhcp)
            throw new LabException("perfdhcp is not there");
        int firstRate = server.Name switch { "aglet" or "echo" => 8000, "dnsmasq" => 8, _ => 1500 };
        List<string> notes = [];
        double Capacity(out double all)
        {
            (double best, all) = DhcpLoad.Capacity(
                network, perfdhcp, folder, firstRate, Math.Max(1, (int)seconds), notes);
            return best;
        }
        if (server == _echo)
        {
            results.Add("dhcp", server.Name, WithEcho(() => Capacity(out _)));
        }
        else
        {
            using RunningServer running = Ready(server);
            double before = running.PreciseSeconds();
            results.Add("dhcp", server.Name, Capacity(out double all));
            results.Add("dhcp.cpu", server.Name, (running.PreciseSeconds() - before) * 1e6 / Math.Max(1, all));
        }
        results.Note("dhcp", server.Name, "asked:begun:finished a second " + string.Join(' ', notes));
    }

    private void MeasureLoad(BenchServer server)
    {
        // One exchange of dnsmasq's takes about a second here.
        double least = server.Name == "dnsmasq" ? 8 : 1;
        DhcpDemand demand = new(0, Machines, WindowFor(server)) { Seconds = Math.Max(least, seconds) };
        if (server == _echo)
        {
            Enter("dhcp-load", server, WithEcho(() => Load(demand)), 0);
            return;
        }
        using RunningServer running = Ready(server);
        double before = running.PreciseSeconds();
        DhcpOutcome outcome = Load(demand);
        Enter("dhcp-load", server, outcome, running.PreciseSeconds() - before);
    }

    private void MeasureNew(BenchServer server)
    {
        using RunningServer running = Answering(server);
        double before = running.PreciseSeconds();
        DhcpOutcome outcome = Load(new(1, Machines, WindowFor(server)) { Exchanges = Machines, Seconds = 4 });
        Enter("dhcp-new", server, outcome, running.PreciseSeconds() - before);
    }

    private void MeasureOnLink(BenchServer server)
    {
        using RunningServer running = Answering(server);
        double before = running.PreciseSeconds();
        DhcpOutcome outcome = Load(new(1, Machines, 2048) { Exchanges = Machines, Seconds = 8, IsOnLink = true });
        Enter("dhcp-on-link", server, outcome, running.PreciseSeconds() - before);
    }

    private void MeasureDelay(BenchServer server)
    {
        using RunningServer running = Ready(server);
        double rate = server.Name == "dnsmasq" ? 2 : 500;
        DhcpOutcome outcome = Load(new(0, Machines, WindowFor(server)) { Rate = rate, Seconds = Math.Max(4, seconds) });
        if (outcome.Finished == 0)
            throw new LabException("no exchange was finished");
        results.Add("dhcp-p50", server.Name, outcome.Median);
        results.Add("dhcp-p99", server.Name, outcome.Slowest);
        results.Note("dhcp-p99", server.Name, $"{outcome.Finished} finished, {outcome.Lost} lost");
    }

    /// <summary>The peers' leases come with their files, and with so many dnsmasq answers nobody any more.</summary>
    private void MeasureMemory(BenchServer server)
    {
        using RunningServer running = server.Name == "dnsmasq" ? start(server) : Answering(server);
        if (server.Name == "aglet")
            Fill(0, _sizes[^1]);
        else
            Thread.Sleep(3000);
        results.Add("dhcp-memory", server.Name, running.ResidentMegabytes());
    }

    /// <summary>
    /// Each of so many machines a few times, within what one of them may ask at once (the rate guard), so that a hundred
    /// machines are load enough.
    /// </summary>
    private void MeasureGrowth(BenchServer server)
    {
        using RunningServer running = Answering(server);
        int filled = 0;
        double least = 0;
        double last = 0;
        foreach (int size in _sizes)
        {
            Fill(filled, size - filled);
            filled = size;
            int exchanges = Math.Max(2_500, Math.Min(size, 20_000));
            double before = running.PreciseSeconds();
            DhcpOutcome outcome = Load(new(0, size, WindowFor(server)) { Exchanges = exchanges });
            double cost = running.PreciseSeconds() - before;
            string row = string.Create(CultureInfo.InvariantCulture, $"dhcp-at-{size}");
            Enter(row, server, outcome, cost);
            last = cost / Math.Max(1, outcome.Finished);
            if (least == 0)
                least = last;
        }
        results.Add("dhcp-growth", server.Name, last / least);
    }

    private DhcpOutcome Fill(int first, int machines)
    {
        DhcpOutcome outcome = Load(new(first, machines, 128) { Exchanges = machines, Seconds = 30 });
        if (outcome.Finished < machines * 0.99)
            throw new LabException($"{outcome.Finished} of {machines} machines got a lease, {outcome.Lost} none");
        return outcome;
    }

    private void Enter(string row, BenchServer server, DhcpOutcome outcome, double processorSeconds)
    {
        results.Add(row, server.Name, outcome.Rate);
        results.Add(row + ".load", server.Name, outcome.ProcessorSeconds / outcome.Seconds);
        if (processorSeconds > 0)
            results.Add(row + ".cpu", server.Name, processorSeconds * 1e6 / Math.Max(1, outcome.Finished));
        results.Note(row, server.Name, string.Create(CultureInfo.InvariantCulture,
            $"{outcome.Finished} finished, {outcome.Lost} lost, half within {outcome.Median:F0} us, 99 % within {outcome.Slowest:F0} us"));
    }

    /// <summary>More at once and dnsmasq, which needs so long for each, would have all of them give up.</summary>
    private static int WindowFor(BenchServer server) => server.Name == "dnsmasq" ? 1 : 128;

    private DhcpOutcome Load(DhcpDemand demand) => BenchNetwork.Inside(network.Client, network.LoadProcessor, () => DhcpClients.Run(demand));

    private T WithEcho<T>(Func<T> work)
    {
        using CancellationTokenSource stop = new();
        Exception? failure = null;
        Thread echo = new(() =>
        {
            try
            {
                BenchNetwork.Inside(network.Server, network.ServerProcessor, () => DhcpEcho.Run(stop.Token));
            }
            catch (LabException thrown)
            {
                failure = thrown;
            }
        });
        echo.Start();
        try
        {
            Thread.Sleep(200);
            return work();
        }
        finally
        {
            stop.Cancel();
            echo.Join();
            if (failure is not null)
                results.Fail("echo: " + failure.Message);
        }
    }

    /// <summary>A server that answers, and in which each machine of the measurement has its lease.</summary>
    private RunningServer Ready(BenchServer server)
    {
        RunningServer running = Answering(server);
        try
        {
            // The peers' leases came with their files.
            if (server.Name == "aglet")
                Fill(0, Machines);
            return running;
        }
        catch
        {
            running.Dispose();
            throw;
        }
    }

    private RunningServer Answering(BenchServer server)
    {
        RunningServer running = start(server);
        long? offered = BenchNetwork.Inside(network.Client, -1, () => DhcpLoad.FirstOffer(_startLimit, _readinessPause));
        if (offered is not null)
            return running;
        running.Dispose();
        throw new LabException($"{server.Name} offers nothing");
    }
}
