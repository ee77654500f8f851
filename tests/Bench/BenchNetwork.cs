using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Runtime.ExceptionServices;
using System.Threading;
using Aglet.Tests.Lab;

namespace Aglet.Tests.Bench;

/// <summary>
/// Two namespaces and one cable: the server under measurement on one side, the load on the other, and no bridge between
/// them that would cost both something. Nothing of it is left after <see cref="Dispose"/>.
/// </summary>
internal sealed class BenchNetwork : IDisposable
{
    public const string ServerAddress = "10.0.0.1";
    public const string ClientAddress = "10.0.0.2";

    /// <summary>Wide enough for the leases of a DHCP measurement.</summary>
    public const int PrefixBits = 16;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(20);
    private static int _number;

    // The pattern of the lab's names: a later run of either sees whose process is gone and removes what it left.
    private readonly string _prefix = $"aglet-{Environment.ProcessId}-bench{Interlocked.Increment(ref _number)}-";

    /// <param name="pins">Server and load stay on a processor each.</param>
    public BenchNetwork(bool pins)
    {
        (ServerProcessor, LoadProcessor) = pins ? (0, 1) : (-1, -1);
        if (LabNative.geteuid() != 0)
            throw new LabException("the measurement makes network namespaces, for which it must run as root");
        try
        {
            foreach (string space in (string[])[Server, Client])
            {
                Ip($"netns add {space}");
                LabProcess.Run(space, _limit,
                    ["sh", "-c", "for f in all default; do echo 1 >/proc/sys/net/ipv6/conf/$f/disable_ipv6; done 2>/dev/null; :"])
                    .OrThrow("IPv6 off");
                Ip($"-n {space} link set lo up");
            }
            Ip($"-n {Server} link add eth0 address 02:a6:1e:00:00:01 type veth "
                + $"peer name eth0 address 02:a6:1e:00:00:02 netns {Client}");
            Ip($"-n {Server} address add {ServerAddress}/{PrefixBits} dev eth0");
            Ip($"-n {Client} address add {ClientAddress}/{PrefixBits} dev eth0");
            Ip($"-n {Server} link set eth0 up");
            Ip($"-n {Client} link set eth0 up");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where the server runs; -1: anywhere.</summary>
    public int ServerProcessor { get; }

    /// <summary>Where the load runs; -1: anywhere.</summary>
    public int LoadProcessor { get; }

    /// <summary>What stands before a load's command line.</summary>
    public string[] LoadPin => LoadProcessor < 0 ? [] : ["taskset", "-c", LoadProcessor.ToString(CultureInfo.InvariantCulture)];

    public string Server => _prefix + "srv";

    public string Client => _prefix + "cli";

    /// <summary>Runs on a thread of its own inside a namespace, and gives or throws what it gave or threw.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="processor">The processor to stay on; -1: any.</param>
    /// <param name="work">What to run.</param>
    public static T Inside<T>(string space, int processor, Func<T> work)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                BenchNative.Enter(space);
                if (processor >= 0)
                    BenchNative.StayOn(processor);
                result = work();
            }
            catch (Exception thrown)
            {
                failure = ExceptionDispatchInfo.Capture(thrown);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    /// <summary>The processes in the server's namespace.</summary>
    public IReadOnlyList<int> ServerProcesses()
    {
        List<int> found = [];
        string inside = LabProcess.Run(null, _limit, ["ip", "netns", "pids", Server]).Output;
        foreach (string line in inside.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int process)
                && process != Environment.ProcessId)
            {
                found.Add(process);
            }
        }
        return found;
    }

    /// <summary>Ends what still runs on the server's side: the children that a peer forked.</summary>
    public void EndServerProcesses()
    {
        for (int attempt = 0; attempt < 50; attempt++)
        {
            IReadOnlyList<int> processes = ServerProcesses();
            if (processes.Count == 0)
                return;
            foreach (int process in processes)
                _ = LabNative.kill(process, LabNative.SIGKILL);
            Thread.Sleep(20);
        }
    }

    public void Dispose()
    {
        if (File.Exists($"/run/netns/{Server}"))
            EndServerProcesses();
        foreach (string space in (string[])[Server, Client])
        {
            if (File.Exists($"/run/netns/{space}"))
                LabProcess.Run(null, _limit, ["ip", "netns", "del", space]);
        }
    }

    private static void Ip(string arguments)
    {
        string[] command = ["ip", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        LabProcess.Run(null, _limit, command).OrThrow(string.Join(' ', command));
    }
}
