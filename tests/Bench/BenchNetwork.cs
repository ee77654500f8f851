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
/// them that would cost both something. For a link with delay and loss, netem at both ends, or where the kernel has none a
/// third namespace in the middle of the cable, in which <see cref="FrameDelay"/> passes the frames on. Nothing of it is
/// left after <see cref="Dispose"/>.
/// </summary>
internal sealed class BenchNetwork : IDisposable
{
    public const string ServerAddress = "10.0.0.1";
    public const string ClientAddress = "10.0.0.2";

    /// <summary>Wide enough for the leases of a DHCP measurement.</summary>
    public const int PrefixBits = 16;

    private const string ServerMac = "02:a6:1e:00:00:01";
    private const string ClientMac = "02:a6:1e:00:00:02";

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(20);
    private static int _number;

    // The pattern of the lab's names: a later run of either sees whose process is gone and removes what it left.
    private readonly string _prefix = $"aglet-{Environment.ProcessId}-bench{Interlocked.Increment(ref _number)}-";

    private readonly bool _hasWeather;
    private readonly FrameDelay? _emulator;

    /// <param name="pins">Server and load stay on a processor each.</param>
    /// <param name="hasWeather">The link can delay and lose frames (<see cref="Become"/>).</param>
    public BenchNetwork(bool pins, bool hasWeather = false)
    {
        _hasWeather = hasWeather;
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
            bool isEmulated = hasWeather && !HasNetem();
            if (isEmulated)
                AddWire();
            else
                Ip($"-n {Server} link add eth0 address {ServerMac} type veth peer name eth0 address {ClientMac} netns {Client}");
            Ip($"-n {Server} address add {ServerAddress}/{PrefixBits} dev eth0");
            Ip($"-n {Client} address add {ClientAddress}/{PrefixBits} dev eth0");
            foreach (string space in (string[])[Server, Client])
            {
                // A frame is what is lost, not what a card would cut into many.
                if (hasWeather)
                    Ip($"-n {space} link set eth0 gso_max_segs 1");
                Ip($"-n {space} link set eth0 up");
            }
            if (hasWeather)
            {
                Ip($"-n {Server} neigh replace {ClientAddress} lladdr {ClientMac} dev eth0 nud permanent");
                Ip($"-n {Client} neigh replace {ServerAddress} lladdr {ServerMac} dev eth0 nud permanent");
            }
            if (isEmulated)
                _emulator = new(Wire, "server", "client");
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

    private string Wire => _prefix + "wire";

    /// <summary>What delays and loses, in words.</summary>
    public string Weather => _emulator is null ? "netem" : "frames through a process of ours: this kernel has no netem";

    /// <summary>The kernel's rule of how fast TCP sends.</summary>
    public string CongestionControl => LabProcess.Run(Server, _limit, ["cat", "/proc/sys/net/ipv4/tcp_congestion_control"]).Output.Trim();

    /// <summary>Frames that the emulated link had no room for.</summary>
    public long Overruns => _emulator?.Overruns ?? 0;

    /// <summary>Throws when the emulated link failed, or lost no frame that it should have.</summary>
    public void Check(bool hasLost)
    {
        _emulator?.Check();
        if (hasLost && _emulator is { Lost: 0 })
            throw new LabException("the link lost nothing");
    }

    /// <summary>From now on the link is so.</summary>
    public void Become(LinkWeather weather)
    {
        if (!_hasWeather)
            throw new LabException("this network's link is a plain cable");
        _emulator?.Check();
        _emulator?.Become(weather);
        if (_emulator is not null)
            return;
        foreach (string space in (string[])[Server, Client])
        {
            Tc(space, string.Create(CultureInfo.InvariantCulture,
                $"qdisc replace dev eth0 root netem limit 20000 delay {weather.Milliseconds:0.###}ms loss {weather.LossPercent:0.###}%"));
        }
    }

    /// <summary>
    /// Both ends send at most so fast, as from a network card of that speed: what waits is held back and not dropped, and TCP
    /// sees to it that each connection has little waiting. The queue is Linux's old default (pfifo_fast, three bands), for the
    /// new one (fq_codel) is not in every kernel.
    /// </summary>
    /// <param name="bitsPerSecond">Of whole frames, without preamble and gap.</param>
    public void Shape(long bitsPerSecond)
    {
        foreach (string space in (string[])[Server, Client])
        {
            Ip($"-n {space} link set eth0 txqueuelen 10000");
            Tc(space, $"qdisc replace dev eth0 root handle 1: tbf rate {bitsPerSecond}bit burst 131072 limit 1048576");
            Tc(space, "qdisc replace dev eth0 parent 1:1 pfifo_fast");
        }
    }

    /// <summary>Both ends send as fast as they can.</summary>
    public void Unshape()
    {
        foreach (string space in (string[])[Server, Client])
            Tc(space, "qdisc del dev eth0 root");
    }

    /// <summary>The client's host has all addresses of a network, and answers to ARP for each.</summary>
    public void GiveClient(string prefix)
        => LabProcess.Run(null, _limit, ["ip", "-n", Client, "route", "replace", "local", prefix, "dev", "eth0"]).OrThrow("ip route");

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
        _emulator?.Dispose();
        foreach (string space in (string[])[Server, Client, Wire])
        {
            if (File.Exists($"/run/netns/{space}"))
                LabProcess.Run(null, _limit, ["ip", "netns", "del", space]);
        }
    }

    private void AddWire()
    {
        Ip($"netns add {Wire}");
        LabProcess.Run(Wire, _limit,
            ["sh", "-c", "for f in all default; do echo 1 >/proc/sys/net/ipv6/conf/$f/disable_ipv6; done 2>/dev/null; :"])
            .OrThrow("IPv6 off");
        Ip($"-n {Server} link add eth0 address {ServerMac} type veth peer name server netns {Wire}");
        Ip($"-n {Client} link add eth0 address {ClientMac} type veth peer name client netns {Wire}");
        Ip($"-n {Wire} link set server up");
        Ip($"-n {Wire} link set client up");
    }

    /// <summary>Asks the kernel by using it.</summary>
    private bool HasNetem()
    {
        string[] command = ["tc", "-n", Server, "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"];
        bool isThere = LabProcess.Run(null, _limit, command).ExitCode == 0;
        if (isThere)
            Tc(Server, "qdisc del dev lo root");
        return isThere;
    }

    private static void Tc(string space, string arguments)
    {
        string[] command = ["tc", "-n", space, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        LabProcess.Run(null, _limit, command).OrThrow(string.Join(' ', command));
    }

    private static void Ip(string arguments)
    {
        string[] command = ["ip", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        LabProcess.Run(null, _limit, command).OrThrow(string.Join(' ', command));
    }
}
