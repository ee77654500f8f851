using System;
using System.Collections.Generic;
using System.Globalization;
using Aglet.Tests.Lab;

namespace Aglet.Tests.Bench;

/// <summary>The same transfers over links that delay and lose: each cell of a grid, each server, the same seed.</summary>
internal sealed class LinkWorkloads(BenchFolder folder, BenchResults results, bool pins) : IDisposable
{
    /// <summary>A cell lasts so long, and what takes longer is given up after the limit.</summary>
    private const double CellSeconds = 3;
    private const double CellLimitSeconds = 9;

    private static readonly double[] _delays = [0.2, 1, 10];
    private static readonly double[] _losses = [0.1, 1, 5];
    private static readonly int[] _windows = [1, 16, 64];

    /// <summary>A client that hears nothing for a second says again what it said last: more patient than iPXE, less than EDK2.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    private BenchNetwork? _network;

    public static IReadOnlyList<BenchRow> Rows { get; } = MakeRows();

    private BenchNetwork Network => _network ??= new(pins, hasWeather: true);

    public IReadOnlyList<BenchWorkload> All(BenchServers servers)
    {
        List<BenchWorkload> workloads = [new("link-limit", [servers.Nginx], MeasureLimit) { RoundsMax = 1 }];
        foreach ((double delay, double loss) in Cells())
        {
            LinkWeather weather = new(delay, loss, 20_260_101);
            foreach (int window in _windows)
            {
                string row = Key($"tftp-{window}", delay, loss);
                BenchServer[] asked = window == 1
                    ? [servers.Aglet, servers.DnsmasqTftp, servers.Atftpd, servers.TftpdHpa] : [servers.Aglet, servers.Atftpd];
                workloads.Add(new(row, asked, server => MeasureTftp(server, row, window, weather)) { RoundsMax = 1 });
            }
            string http = Key("http", delay, loss);
            workloads.Add(new(http, [servers.Aglet, servers.Nginx, servers.Lighttpd],
                server => MeasureHttp(server, http, weather))
            { RoundsMax = 1 });
        }
        return workloads;
    }

    public void Dispose() => _network?.Dispose();

    private static IEnumerable<(double Delay, double Loss)> Cells()
    {
        foreach (double delay in _delays)
        {
            foreach (double loss in _losses)
                yield return (delay, loss);
        }
    }

    private static List<BenchRow> MakeRows()
    {
        List<BenchRow> rows =
        [
            new("link-limit", "link with delay and loss: its own limit", "MB/s", [],
                "HTTP without delay and loss; where a cell comes near to it, the link was the limit. Delay and loss are each way; "
                + "one round of 3 s for each cell, the same frames by number are lost for each server"),
        ];
        foreach ((double delay, double loss) in Cells())
        {
            string cell = string.Create(CultureInfo.InvariantCulture, $"{delay} ms, {loss} % lost");
            foreach (int window in _windows)
            {
                rows.Add(new(Key($"tftp-{window}", delay, loss), $"TFTP window {window}, {cell}", "MB/s",
                    window == 1 ? [new("dnsmasq", 1), new("atftpd", 1), new("tftpd-hpa", 1)] : [new("atftpd", 1)]));
            }
            rows.Add(new(Key("http", delay, loss), $"HTTP, {cell}", "MB/s", [new("nginx", 1), new("lighttpd", 1)]));
        }
        return rows;
    }

    private static string Key(string what, double delay, double loss)
        => string.Create(CultureInfo.InvariantCulture, $"link-{what}-{delay}ms-{loss}%");

    private void MeasureLimit(BenchServer server)
    {
        Network.Become(LinkWeather.Fair);
        BenchHost host = new(Network, folder);
        using RunningServer running = host.StartHttp(server);
        results.Add("link-limit", server.Name, host.OnClient(() => HttpLoad.Repeat(
            BenchFolder.Big, BenchFolder.BigBytes, CellSeconds, CellLimitSeconds)).MegabytesPerSecond);
        results.Note("link-limit", server.Name, Network.Weather);
    }

    private void MeasureTftp(BenchServer server, string row, int window, LinkWeather weather)
    {
        // Whole files of about a second, if each gap costs a round trip.
        double trip = (2 * weather.Milliseconds / 1e3) + 0.0001;
        double rate = Math.Min(30e6, window * 1468 / (trip * (1 + (2 * window * weather.LossPercent / 100))));
        long bytes = Rounded(rate);
        string file = folder.Sized(bytes);
        Network.Become(LinkWeather.Fair);
        BenchHost host = new(Network, folder);
        using RunningServer running = host.StartTftp(server);
        long overruns = Network.Overruns;
        Network.Become(weather);
        TftpOutcome outcome = host.OnClient(() => TftpLoad.One(file, bytes, window, CellSeconds, _patience, CellLimitSeconds));
        Network.Become(LinkWeather.Fair);
        results.Add(row, server.Name, outcome.MegabytesPerSecond);
        results.Note(row, server.Name, string.Create(CultureInfo.InvariantCulture,
            $"{outcome.Files} files of {bytes} bytes{(outcome.IsCut ? " and one given up" : "")}, window agreed {outcome.Window}, gaps {outcome.Gaps}, ")
            + $"client's time-outs {outcome.Timeouts}, overruns of the link {Network.Overruns - overruns}");
        if (outcome.IsCut)
            throw new LabException($"a file of {bytes} bytes was not there after {CellLimitSeconds} s");
    }

    private void MeasureHttp(BenchServer server, string row, LinkWeather weather)
    {
        // By the rule of Mathis, about a second.
        double trip = (2 * weather.Milliseconds / 1e3) + 0.0001;
        long bytes = Rounded(Math.Min(64e6, 1448 / trip * 1.2 / Math.Sqrt(weather.LossPercent / 100)));
        string file = folder.Sized(bytes);
        Network.Become(LinkWeather.Fair);
        BenchHost host = new(Network, folder);
        using RunningServer running = host.StartHttp(server);
        long overruns = Network.Overruns;
        Network.Become(weather);
        HttpOutcome outcome = host.OnClient(() => HttpLoad.Repeat(file, bytes, CellSeconds, CellLimitSeconds));
        Network.Become(LinkWeather.Fair);
        results.Add(row, server.Name, outcome.MegabytesPerSecond);
        results.Note(row, server.Name, $"{outcome.Files} files of {bytes} bytes{(outcome.IsCut ? " and one given up" : "")}, "
            + $"overruns of the link {Network.Overruns - overruns}");
        if (outcome.IsCut)
            throw new LabException($"a file of {bytes} bytes was not there after {CellLimitSeconds} s");
    }

    private static long Rounded(double bytes) => Math.Max(100_000, (long)(bytes / 100_000) * 100_000);
}
