using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Aglet.Tests.Lab;

namespace Aglet.Tests.Bench;

/// <summary>System calls for each MB or request: under strace, and so never beside a measured time.</summary>
internal sealed class CallWorkloads(BenchNetwork network, BenchFolder folder, BenchResults results)
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(15);

    public static IReadOnlyList<BenchRow> Rows { get; } =
    [
        new("calls-tftp-1", "system calls, TFTP window 1", "for each MB", []) { ShowsNotes = true },
        new("calls-tftp-16", "system calls, TFTP window 16", "for each MB", []) { ShowsNotes = true },
        new("calls-tftp-64", "system calls, TFTP window 64", "for each MB", []) { ShowsNotes = true },
        new("calls-tftp-50", "system calls, TFTP 50 clients", "for each MB", []) { ShowsNotes = true },
        new("calls-http-small", "system calls, HTTP 4 KiB, 32 connections", "for each request", []) { ShowsNotes = true },
        new("calls-http-big", "system calls, HTTP 64 MiB", "for each MB", []) { ShowsNotes = true },
    ];

    public IReadOnlyList<BenchWorkload> All(BenchServers servers)
    {
        BenchServer[] all = [servers.Aglet, servers.DnsmasqTftp, servers.Atftpd, servers.TftpdHpa];
        BenchServer[] windows = [servers.Aglet, servers.Atftpd];
        string shared = folder.Sized(1_000_000);
        BenchServer[] web = [servers.Aglet, servers.Nginx, servers.Lighttpd];
        return
        [
            Tftp("calls-tftp-1", all, () => TftpLoad.One(BenchFolder.LockStep, BenchFolder.LockStepBytes, 1, 0)),
            Tftp("calls-tftp-16", windows, () => TftpLoad.One(BenchFolder.Big, BenchFolder.BigBytes, 16, 0)),
            Tftp("calls-tftp-64", windows, () => TftpLoad.One(BenchFolder.Big, BenchFolder.BigBytes, 64, 0)),
            Tftp("calls-tftp-50", all, () => TftpLoad.Many(50, shared, 1_000_000, () => { })),
            new("calls-http-small", web, server => Count(server, "calls-http-small", isTftp: false,
                () => Wrk.Run(network, folder, BenchFolder.Small, 1).Requests + Wrk.Checks)) { RoundsMax = 1 },
            new("calls-http-big", web, server => Count(server, "calls-http-big", isTftp: false, () => new BenchHost(network, folder)
                .OnClient(() => HttpLoad.Repeat(BenchFolder.Big, BenchFolder.BigBytes, 1, 60).Bytes / 1e6))) { RoundsMax = 1 },
        ];
    }

    private BenchWorkload Tftp(string row, IReadOnlyList<BenchServer> servers, Func<TftpOutcome> load)
        => new(row, servers, server => Count(server, row, isTftp: true,
            () => new BenchHost(network, folder).OnClient(load).Bytes / 1e6))
        { RoundsMax = 1 };

    private void Count(BenchServer server, string row, bool isTftp, Func<double> load)
    {
        BenchHost host = new(network, folder);
        using RunningServer running = isTftp ? host.StartTftp(server) : host.StartHttp(server);
        string table = Path.Combine(folder.Work, $"{row}-{server.Name}.strace");
        List<string> command = ["strace", "-c", "-f", "-o", table];
        IReadOnlyList<int> processes = network.ServerProcesses();
        foreach (int process in processes)
            command.AddRange(["-p", process.ToString(CultureInfo.InvariantCulture)]);
        using LabProcess strace = LabProcess.Start("strace", null, null, command);
        if (!strace.WaitFor("attached", _limit))
            throw new LabException("strace cannot attach: " + strace.Output);
        double units = load();
        strace.Signal(2);
        if (strace.WaitForExit(_limit) is null)
            throw new LabException("strace does not end");
        Enter(server, row, table, units);
    }

    /// <summary>The table of <c>strace -c</c>: share, seconds, microseconds a call, calls, perhaps errors, name.</summary>
    private void Enter(BenchServer server, string row, string table, double units)
    {
        double calls = 0;
        List<(double Count, string Name)> found = [];
        foreach (string line in File.ReadLines(table))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 5 || words[^1] == "total" || !double.TryParse(words[3], CultureInfo.InvariantCulture, out double count))
                continue;
            calls += count;
            found.Add((count, words[^1]));
        }
        if (calls == 0)
            throw new LabException("strace saw no call");
        results.Add(row, server.Name, calls / units);
        found.Sort((a, b) => b.Count.CompareTo(a.Count));
        results.Note(row, server.Name, string.Join(", ", found.ConvertAll(
            call => string.Create(CultureInfo.InvariantCulture, $"{call.Name} {call.Count / units:0.###}"))));
    }
}
