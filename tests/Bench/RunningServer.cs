using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading;
using Aglet.Tests.Lab;

namespace Aglet.Tests.Bench;

/// <summary>A server that runs on the server's side of the cable, until it is disposed of.</summary>
internal sealed class RunningServer : IDisposable
{
    private readonly BenchNetwork _network;
    private readonly LabProcess _process;

    /// <param name="network">Where.</param>
    /// <param name="folder">For its files.</param>
    /// <param name="server">Which.</param>
    /// <param name="processor">The processor that it stays on; -1: any.</param>
    public RunningServer(BenchNetwork network, BenchFolder folder, BenchServer server, int processor)
    {
        _network = network;
        Server = server;
        IReadOnlyList<string> command = server.Prepare(folder.Work);
        string log = LogFile = Path.Combine(folder.Work, $"{server.Name}.out");
        string pin = processor < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"taskset -c {processor} ");
        Dictionary<string, string> environment = new() { ["LD_LIBRARY_PATH"] = folder.Libraries() };

        // The shell becomes the server: its output goes to a file, not through a pipe that this process would have to empty.
        (_process, Started) = BenchNetwork.Inside(network.Server, -1, () =>
        {
            long now = Stopwatch.GetTimestamp();
            return (LabProcess.Start(server.Name, null, null,
                ["sh", "-c", $"exec {pin}\"$@\" >>'{log}' 2>&1", "sh", .. command], environment), now);
        });
    }

    public BenchServer Server { get; }

    /// <summary>The timestamp right before it was started.</summary>
    public long Started { get; }

    /// <summary>What all servers of this name said.</summary>
    public string LogFile { get; }

    /// <summary>Asks it to end, and waits for that.</summary>
    public void Stop() => _process.Terminate(TimeSpan.FromSeconds(15));

    /// <summary>Waits until a question is answered.</summary>
    public void WaitUntil(Func<bool> isAnswered)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!isAnswered())
        {
            if (_process.HasExited)
                throw new LabException($"{Server.Name} ended by itself: see out/bench/work/{Server.Name}.out");
            if (watch.Elapsed > TimeSpan.FromSeconds(20))
                throw new LabException($"{Server.Name} does not answer");
            Thread.Sleep(10);
        }
    }

    /// <summary>Resident memory of all its processes, in MiB.</summary>
    public double ResidentMegabytes()
    {
        long kibibytes = 0;
        foreach (int process in _network.ServerProcesses())
            kibibytes += StatusValue(process, "VmRSS:");
        return kibibytes / 1024.0;
    }

    /// <summary>The most that was resident at any time, of each of its processes that still run, in MiB.</summary>
    public double PeakMegabytes()
    {
        long kibibytes = 0;
        foreach (int process in _network.ServerProcesses())
            kibibytes += StatusValue(process, "VmHWM:");
        return kibibytes / 1024.0;
    }

    /// <summary>Processor time of all its processes and of its children that ended, in seconds.</summary>
    public double ProcessorSeconds()
    {
        long ticks = 0;
        foreach (int process in _network.ServerProcesses())
        {
            try
            {
                string stat = File.ReadAllText($"/proc/{process}/stat");
                string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                for (int field = 11; field <= 14; field++) // utime, stime, cutime, cstime
                    ticks += long.Parse(fields[field], CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // It ended between the two looks.
            }
        }
        return ticks / 100.0;
    }

    /// <summary>The same of those that run, to the nanosecond.</summary>
    public double PreciseSeconds()
    {
        long nanoseconds = 0;
        foreach (int process in _network.ServerProcesses())
        {
            try
            {
                foreach (string thread in Directory.EnumerateDirectories($"/proc/{process}/task"))
                {
                    string spent = File.ReadAllText(Path.Combine(thread, "schedstat"));
                    nanoseconds += long.Parse(spent.AsSpan(0, spent.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
                }
            }
            catch (IOException)
            {
                // It ended between the two looks.
            }
        }
        return nanoseconds / 1e9;
    }

    public void Dispose()
    {
        _process.Terminate(TimeSpan.FromSeconds(2));
        _process.Dispose();
        _network.EndServerProcesses();
    }

    private static long StatusValue(int process, string name)
    {
        try
        {
            foreach (string line in File.ReadLines($"/proc/{process}/status"))
            {
                if (line.StartsWith(name, StringComparison.Ordinal))
                    return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
            }
        }
        catch (IOException)
        {
            // It ended between the two looks.
        }
        return 0;
    }
}
