using System;
using System.Globalization;
using System.IO;
using Aglet.Tests.Lab;

namespace Aglet.Tests.Bench;

/// <summary>What wrk reached.</summary>
/// <param name="Requests">Answered.</param>
/// <param name="Seconds">In this time.</param>
/// <param name="SlowestMicroseconds">A hundredth takes at least so long.</param>
internal sealed record WrkOutcome(long Requests, double Seconds, double SlowestMicroseconds);

/// <summary>wrk: one thread, 32 connections kept alive, and every byte that it received counted.</summary>
internal static class Wrk
{
    /// <summary>Requests beside the load, which compare the bytes.</summary>
    public const int Checks = 200;

    private const int Connections = 32;

    /// <summary>Sums up to the byte what wrk received; it runs once, after the load.</summary>
    private const string Script = """
        done = function(summary, latency, requests)
          local e = summary.errors
          io.write(string.format("AGLET %d %d %d %d %.0f\n", summary.requests, summary.bytes, summary.duration,
            e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(99)))
        end
        """;

    /// <summary>A small file, again and again; its bytes are compared a hundred times before and after.</summary>
    public static WrkOutcome Run(BenchNetwork network, BenchFolder folder, string path, double seconds)
    {
        if (folder.Program("wrk") is not { } wrk)
            throw new LabException("wrk is not there");
        BenchHost host = new(network, folder);
        int answer = host.OnClient(() => HttpLoad.Check(path, BenchFolder.SmallBytes, Checks / 2));
        string script = Path.Combine(folder.Work, "wrk.lua");
        File.WriteAllText(script, Script);
        string[] command = [wrk, "-t1", $"-c{Connections}", string.Create(CultureInfo.InvariantCulture, $"-d{Math.Max(1, (int)seconds)}s"),
            "-s", script, $"http://{BenchNetwork.ServerAddress}/{path}"];
        LabResult result = LabProcess.Run(network.Client, TimeSpan.FromSeconds(60), [.. network.LoadPin, .. command]).OrThrow("wrk");
        int at = result.Output.IndexOf("AGLET ", StringComparison.Ordinal);
        long[] numbers = Array.ConvertAll(result.Output[(at + 6)..].Trim().Split(' '),
            word => long.Parse(word, CultureInfo.InvariantCulture));
        (long requests, long bytes, long microseconds, long errors) = (numbers[0], numbers[1], numbers[2], numbers[3]);

        // What is still on its way when the time is up belongs to no finished request: at most one answer a connection.
        if (errors > 0 || bytes < requests * answer || bytes > (requests + Connections) * answer)
            throw new LabException($"{requests} answers of {answer} bytes are not {bytes} bytes, {errors} errors");
        host.OnClient(() => HttpLoad.Check(path, BenchFolder.SmallBytes, Checks / 2));
        return new(requests, microseconds / 1e6, numbers[4]);
    }
}
