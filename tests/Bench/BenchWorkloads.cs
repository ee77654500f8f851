using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading;
using Aglet.Tests.Lab;

namespace Aglet.Tests.Bench;

/// <summary>Something that is measured against some servers.</summary>
/// <param name="Key">What <c>--only</c> names; its beginning is enough.</param>
/// <param name="Servers">In this order in the first round, and each first in turn.</param>
/// <param name="Measure">Starts the server, loads it, enters its numbers.</param>
internal sealed record BenchWorkload(string Key, IReadOnlyList<BenchServer> Servers, Action<BenchServer> Measure);

/// <summary>The workloads of the design's table.</summary>
internal sealed class BenchWorkloads(
    BenchNetwork network, BenchFolder folder, BenchResults results, double seconds)
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(20);

    /// <summary>Between two questions of a client that waits for a server: short where the wait is what is measured.</summary>
    private static readonly TimeSpan _startPause = TimeSpan.FromMicroseconds(500);
    private static readonly TimeSpan _readinessPause = TimeSpan.FromMilliseconds(100);

    /// <summary>The table, in the order in which it is printed.</summary>
    public static IReadOnlyList<BenchRow> Rows { get; } =
    [
        new("tftp-window-1", "TFTP, one client, window 1", "MB/s", [new("dnsmasq", 1.3)]),
        new("tftp-window-16", "TFTP, one client, window 16", "MB/s", [new("atftpd", 2)]),
        new("tftp-window-64", "TFTP, one client, window 64", "MB/s", [new("atftpd", 3)]),
        new("tftp-50", "TFTP, 50 clients at once", "MB/s", [new("dnsmasq", 1.5)]),
        new("http-small", "HTTP, 4 KiB, keep-alive", "requests/s", [new("nginx", 1.3)],
            "aglet logs each request, nginx none"),
        new("http-small-p99", "HTTP, 4 KiB, slowest 1 %", "us", []),
        new("http-big", "HTTP, 64 MiB", "MB/s", [new("nginx", 1)]),
        .. DhcpWorkloads.Rows,
        new("memory-idle", "memory, idle", "MiB", [new("", 8)], "all processes of a server; dnsmasq as TFTP server; nginx with one worker"),
        new("memory-50", "memory, 50 TFTP clients", "MiB", [],
            "the design's bound, 16 MiB, is for 1,000 machines booting: not measured yet"),
        new("start", "start: exec to first OFFER", "ms", [new("", 20)], "without leases"),
        new("tree-start", "the same with a tree of 100,000 files", "ms", []),
        new("tree", "tree of 100,000 files indexed", "ms", [new("", 500)], "the difference of the two starts"),
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
            new("http-small", [servers.Aglet, servers.Nginx], MeasureSmallHttp),
            new("http-big", [servers.Aglet, servers.Nginx], MeasureBigHttp),
            .. new DhcpWorkloads(network, folder, results, seconds, server => Start(server)).All(servers),
            new("memory", [servers.Aglet, servers.DnsmasqTftp, servers.Nginx, servers.Kea(0)], MeasureIdle),
            new("start", [servers.Aglet, servers.DnsmasqDhcp(0), servers.Kea(0)], server => MeasureStart(server, "start")),
            new("start-tree", [withTree], server => MeasureStart(server, "tree-start")),
        ];
    }

    private void MeasureTftp(BenchServer server, string row, int window, string file, long length)
    {
        using RunningServer running = StartTftp(server);
        double before = running.ProcessorSeconds();
        TftpOutcome outcome = OnClient(() => TftpLoad.One(file, length, window, seconds));
        EnterTftp(row, running, outcome, before, window);
    }

    private void MeasureManyTftp(BenchServer server)
    {
        using RunningServer running = StartTftp(server);
        double before = running.ProcessorSeconds();
        double memory = 0;
        TftpOutcome outcome = OnClient(() => TftpLoad.Many(50, BenchFolder.Shared, BenchFolder.SharedBytes, () =>
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
        if (folder.Program("wrk") is not { } wrk)
            throw new LabException("wrk is not there");
        using RunningServer running = StartHttp(server);
        int answer = OnClient(() => HttpLoad.Check(BenchFolder.Small, BenchFolder.SmallBytes, 100));
        string script = Path.Combine(folder.Work, "wrk.lua");
        File.WriteAllText(script, HttpLoad.WrkScript);
        double before = running.ProcessorSeconds();
        string[] command = [wrk, "-t1", "-c32", string.Create(CultureInfo.InvariantCulture, $"-d{Math.Max(1, (int)seconds)}s"),
            "-s", script, $"http://{BenchNetwork.ServerAddress}/{BenchFolder.Small}"];
        LabResult result = LabProcess.Run(network.Client, TimeSpan.FromSeconds(60), [.. network.LoadPin, .. command]).OrThrow("wrk");
        double after = running.ProcessorSeconds();
        int at = result.Output.IndexOf("AGLET ", StringComparison.Ordinal);
        long[] numbers = Array.ConvertAll(result.Output[(at + 6)..].Trim().Split(' '),
            word => long.Parse(word, CultureInfo.InvariantCulture));
        (long requests, long bytes, long microseconds, long errors) = (numbers[0], numbers[1], numbers[2], numbers[3]);

        // What is still on its way when the time is up belongs to no finished request: at most one answer a connection.
        if (errors > 0 || bytes < requests * answer || bytes > (requests + 32) * answer)
            throw new LabException($"{requests} answers of {answer} bytes are not {bytes} bytes, {errors} errors");
        OnClient(() => HttpLoad.Check(BenchFolder.Small, BenchFolder.SmallBytes, 100));
        results.Add("http-small", server.Name, requests * 1e6 / microseconds);
        results.Add("http-small.cpu", server.Name, (after - before) * 1e6 / requests);
        results.Add("http-small-p99", server.Name, numbers[4]);
    }

    private void MeasureBigHttp(BenchServer server)
    {
        using RunningServer running = StartHttp(server);
        OnClient(() => HttpLoad.Check(BenchFolder.Big, BenchFolder.BigBytes, 1));
        double before = running.ProcessorSeconds();
        Stopwatch watch = Stopwatch.StartNew();
        double rate = OnClient(() => HttpLoad.Stream(BenchFolder.Big, BenchFolder.BigBytes, seconds));
        double megabytes = rate * watch.Elapsed.TotalSeconds;
        results.Add("http-big", server.Name, rate);
        results.Add("http-big.cpu", server.Name, (running.ProcessorSeconds() - before) * 1e6 / megabytes);
    }

    private void MeasureIdle(BenchServer server)
    {
        using RunningServer running = server.Name == "nginx" ? StartHttp(server)
            : server.Name == "kea" ? StartDhcp(server) : StartTftp(server);
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
                offered = OnClient(() => DhcpLoad.FirstOffer(_startLimit, _startPause));
            }
            catch (Exception thrown) when (thrown is LabException or IOException or System.Net.Sockets.SocketException)
            {
                failure = thrown;
            }
        });
        client.Start();
        Thread.Sleep(100);
        using RunningServer running = Start(server);
        client.Join();
        if (failure is not null || offered is null)
            throw new LabException("no offer: " + failure?.Message);
        results.Add(row, server.Name, Stopwatch.GetElapsedTime(running.Started, offered.Value).TotalMilliseconds);
    }

    private RunningServer StartTftp(BenchServer server) => Start(server, () =>
    {
        using ReceiveBatch batch = new();
        using TftpDownload download = new(batch, BenchFolder.Small, BenchFolder.SmallBytes, 1468, 1, TimeSpan.FromMilliseconds(50));
        download.Begin();
        while (download.Receive(0) && !download.IsDone)
        {
        }
        return download.IsDone;
    });

    private RunningServer StartHttp(BenchServer server) => Start(server, HttpLoad.IsAnswered);

    private RunningServer StartDhcp(BenchServer server)
        => Start(server, () => DhcpLoad.FirstOffer(TimeSpan.FromSeconds(1), _readinessPause) is not null);

    private RunningServer Start(BenchServer server, Func<bool>? isAnswered = null)
    {
        RunningServer running = new(network, folder, server, network.ServerProcessor);
        try
        {
            if (isAnswered is not null)
                running.WaitUntil(() => OnClient(isAnswered));
            return running;
        }
        catch
        {
            running.Dispose();
            throw;
        }
    }

    private T OnClient<T>(Func<T> work) => BenchNetwork.Inside(network.Client, network.LoadProcessor, work);
}
