using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Threading;
using Aglet.Tests.Lab;

namespace Aglet.Tests.Bench;

/// <summary>Something that is measured against some servers.</summary>
/// <param name="Key">What <c>--only</c> names; its beginning is enough.</param>
/// <param name="Servers">In this order in the first round, and each first in turn.</param>
/// <param name="Measure">Starts the server, loads it, enters its numbers.</param>
internal sealed record BenchWorkload(string Key, IReadOnlyList<BenchServer> Servers, Action<BenchServer> Measure)
{
    /// <summary>Not in more rounds than this: it counts what does not vary, or takes minutes.</summary>
    public int RoundsMax { get; init; } = int.MaxValue;
}

/// <summary>The workloads of the design's table.</summary>
internal sealed class BenchWorkloads(
    BenchNetwork network, BenchFolder folder, BenchResults results, double seconds)
{
    private const int Machines = 1000;
    private const int IdleConnections = 900;

    private readonly BenchHost _host = new(network, folder);

    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(20);

    /// <summary>Between two questions of a client that waits for a server: short where the wait is what is measured.</summary>
    private static readonly TimeSpan _startPause = TimeSpan.FromMicroseconds(500);

    /// <summary>The table, in the order in which it is printed.</summary>
    public static IReadOnlyList<BenchRow> Rows { get; } =
    [
        new("tftp-window-1", "TFTP, one client, window 1", "MB/s", [new("dnsmasq", 1.3)]),
        new("tftp-window-16", "TFTP, one client, window 16", "MB/s", [new("atftpd", 2)]),
        new("tftp-window-64", "TFTP, one client, window 64", "MB/s", [new("atftpd", 3)]),
        new("tftp-50", "TFTP, 50 clients at once", "MB/s", [new("dnsmasq", 1.5)]),
        new("tftp-small", "TFTP, 4 KiB files one after another", "files/s", [],
            "blksize 1468: a request, its options, three blocks; aglet logs transfers"),
        new("http-small", "HTTP, 4 KiB, keep-alive", "requests/s", [new("nginx", 1.3)],
            "aglet logs up to 500 answers a second, nginx none"),
        new("http-small-p99", "HTTP, 4 KiB, slowest 1 %", "us", []),
        new("http-big", "HTTP, 64 MiB", "MB/s", [new("nginx", 1)]),
        new("http-growth-connections", "HTTP 4 KiB, cost with 900 idle connections of that with none", "x", [new("", 1.5)],
            "processor time of the server for a request"),
        new("http-growth-tree", "HTTP 4 KiB, cost in a tree of 100,000 files of that in a small one", "x", [new("", 1.5)]),
        .. DhcpWorkloads.Rows,
        new("memory-idle", "memory, idle", "MiB", [new("", 8)], "all processes of a server; dnsmasq as TFTP server; nginx with one worker"),
        new("memory-50", "memory, 50 TFTP clients", "MiB", []),
        new("memory-1000", "memory, 1,000 TFTP clients", "MiB", [new("", 16)],
            "processes of a server added up, also what they share; for HTTP and DHCP see the boot storm"),
        new("start", "start: exec to first OFFER", "ms", [new("", 20)], "without leases"),
        new("tree-start", "the same with a tree of 100,000 files", "ms", []),
        new("tree", "tree of 100,000 files indexed", "ms", [new("", 500)], "the difference of the two starts"),
        .. CallWorkloads.Rows,
        .. LinkWorkloads.Rows,
        .. StormWorkloads.Rows,
    ];

    public IReadOnlyList<BenchWorkload> All(BenchServers servers)
    {
        BenchServer withTree = servers.AgletWithLargeTree(folder.LargeTree());
        return
        [
            new("tftp-window-1", [servers.Aglet, servers.DnsmasqTftp, servers.Atftpd, servers.TftpdHpa],
                server => MeasureTftp(server, "tftp-window-1", 1, BenchFolder.LockStep, BenchFolder.LockStepBytes)),
            new("tftp-window-16", [servers.Aglet, servers.Atftpd],
                server => MeasureTftp(server, "tftp-window-16", 16, BenchFolder.Big, BenchFolder.BigBytes)),
            new("tftp-window-64", [servers.Aglet, servers.Atftpd],
                server => MeasureTftp(server, "tftp-window-64", 64, BenchFolder.Big, BenchFolder.BigBytes)),
            new("tftp-50", [servers.Aglet, servers.DnsmasqTftp, servers.Atftpd, servers.TftpdHpa], MeasureManyTftp),
            new("tftp-small", [servers.Aglet, servers.DnsmasqTftp, servers.Atftpd, servers.TftpdHpa], MeasureSmallTftp),
            new("http-small", [servers.Aglet, servers.Nginx, servers.Lighttpd], MeasureSmallHttp),
            new("http-big", [servers.Aglet, servers.Nginx, servers.Lighttpd], MeasureBigHttp),
            new("http-growth", [servers.Aglet, servers.Nginx], server => MeasureHttpGrowth(server, withTree)),
            .. new DhcpWorkloads(network, folder, results, seconds, server => _host.Start(server)).All(servers),
            new("memory", [servers.Aglet, servers.DnsmasqTftp, servers.Nginx, servers.Lighttpd, servers.Kea(0)], MeasureIdle),
            new("memory-1000", [servers.Aglet, servers.DnsmasqTftp, servers.Atftpd, servers.TftpdHpa], MeasureManyMachines) { RoundsMax = 1 },
            new("start", [servers.Aglet, servers.DnsmasqDhcp(0), servers.Kea(0)], server => MeasureStart(server, "start")),
            new("start-tree", [withTree], server => MeasureStart(server, "tree-start")),
        ];
    }

    private void MeasureTftp(BenchServer server, string row, int window, string file, long length)
    {
        using RunningServer running = _host.StartTftp(server);
        double before = running.ProcessorSeconds();
        TftpOutcome outcome = _host.OnClient(() => TftpLoad.One(file, length, window, seconds));
        EnterTftp(row, running, outcome, before, window);
    }

    private void MeasureManyTftp(BenchServer server)
    {
        using RunningServer running = _host.StartTftp(server);
        double before = running.ProcessorSeconds();
        double memory = 0;
        TftpOutcome outcome = _host.OnClient(() => TftpLoad.Many(50, BenchFolder.Shared, BenchFolder.SharedBytes, () =>
        {
            memory = running.ResidentMegabytes();
        }));
        EnterTftp("tftp-50", running, outcome, before, 1);
        results.Add("memory-50", server.Name, memory);
    }

    private void EnterTftp(string row, RunningServer running, TftpOutcome outcome, double before, int window)
    {
        string server = running.Server.Name;
        results.Add(row, server, outcome.MegabytesPerSecond);
        results.Add(row + ".cpu", server, (running.ProcessorSeconds() - before) * 1e12 / outcome.Bytes);
        results.Add(row + ".load", server, outcome.ProcessorSeconds / outcome.Seconds);
        if (outcome.Window != window || outcome.Gaps > 0 || outcome.Timeouts > 0)
        {
            results.Note(row, server, string.Create(CultureInfo.InvariantCulture,
                $"window agreed {outcome.Window}, gaps {outcome.Gaps}, timeouts {outcome.Timeouts}"));
        }
    }

    private void MeasureSmallHttp(BenchServer server)
    {
        using RunningServer running = _host.StartHttp(server);
        double before = running.ProcessorSeconds();
        WrkOutcome outcome = Wrk.Run(network, folder, BenchFolder.Small, seconds);
        results.Add("http-small", server.Name, outcome.Requests / outcome.Seconds);
        results.Add("http-small.cpu", server.Name, (running.ProcessorSeconds() - before) * 1e6 / (outcome.Requests + Wrk.Checks));
        results.Add("http-small-p99", server.Name, outcome.SlowestMicroseconds);
    }

    private void MeasureSmallTftp(BenchServer server)
    {
        using RunningServer running = _host.StartTftp(server);
        double before = running.ProcessorSeconds();
        TftpOutcome outcome = _host.OnClient(() => TftpLoad.One(BenchFolder.Small, BenchFolder.SmallBytes, 1, seconds));
        results.Add("tftp-small", server.Name, outcome.Files / outcome.Seconds);
        results.Add("tftp-small.cpu", server.Name, (running.ProcessorSeconds() - before) * 1e6 / outcome.Files);
        results.Add("tftp-small.load", server.Name, outcome.ProcessorSeconds / outcome.Seconds);
    }

    private void MeasureManyMachines(BenchServer server)
    {
        string file = folder.Sized(400_000);
        using RunningServer running = _host.StartTftp(server);
        double memory = 0;
        TftpOutcome outcome = _host.OnClient(() => TftpLoad.Many(
            Machines, file, 400_000, () => memory = running.ResidentMegabytes()));
        results.Add("memory-1000", server.Name, memory);
        results.Note("memory-1000", server.Name, $"time-outs of clients {outcome.Timeouts}");
    }

    /// <summary>Idle connections beside those that ask, and files beside the one that is asked for.</summary>
    private void MeasureHttpGrowth(BenchServer server, BenchServer withTree)
    {
        double small = CostOfRequest(server, 0);
        results.Add("http-growth-connections", server.Name, CostOfRequest(server, IdleConnections) / small);
        if (server.Name == withTree.Name)
            results.Add("http-growth-tree", server.Name, CostOfRequest(withTree, 0) / small);
    }

    private double CostOfRequest(BenchServer server, int idle)
    {
        using RunningServer running = _host.StartHttp(server);
        List<Socket> sockets = _host.OnClient(() => HttpLoad.Open(idle, BenchFolder.Small, BenchFolder.SmallBytes));
        double before = running.PreciseSeconds();
        WrkOutcome outcome = Wrk.Run(network, folder, BenchFolder.Small, seconds);
        double cost = (running.PreciseSeconds() - before) / (outcome.Requests + Wrk.Checks);
        foreach (Socket socket in sockets)
            socket.Dispose();
        return cost;
    }

    private void MeasureBigHttp(BenchServer server)
    {
        using RunningServer running = _host.StartHttp(server);
        _host.OnClient(() => HttpLoad.Check(BenchFolder.Big, BenchFolder.BigBytes, 1));
        double before = running.ProcessorSeconds();
        Stopwatch watch = Stopwatch.StartNew();
        double rate = _host.OnClient(() => HttpLoad.Stream(BenchFolder.Big, BenchFolder.BigBytes, seconds));
        double megabytes = rate * watch.Elapsed.TotalSeconds;
        results.Add("http-big", server.Name, rate);
        results.Add("http-big.cpu", server.Name, (running.ProcessorSeconds() - before) * 1e6 / megabytes);
    }

    private void MeasureIdle(BenchServer server)
    {
        using RunningServer running = server.Name is "nginx" or "lighttpd" ? _host.StartHttp(server)
            : server.Name == "kea" ? _host.StartDhcp(server) : _host.StartTftp(server);
        Thread.Sleep(200);
        results.Add("memory-idle", server.Name, running.ResidentMegabytes());
    }

    /// <summary>The client asks already when the server is started: both sides are measured by one clock.</summary>
    private void MeasureStart(BenchServer server, string row)
    {
        long? offered = null;
        Exception? failure = null;
        Thread client = new(() =>
        {
            try
            {
                offered = _host.OnClient(() => DhcpLoad.FirstOffer(_startLimit, _startPause));
            }
            catch (Exception thrown) when (thrown is LabException or System.IO.IOException or System.Net.Sockets.SocketException)
            {
                failure = thrown;
            }
        });
        client.Start();
        Thread.Sleep(100);
        using RunningServer running = _host.Start(server);
        client.Join();
        if (failure is not null || offered is null)
            throw new LabException("no offer: " + failure?.Message);
        results.Add(row, server.Name, Stopwatch.GetElapsedTime(running.Started, offered.Value).TotalMilliseconds);
    }
}
