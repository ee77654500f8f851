using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;

namespace Aglet.Tests.Lab;

/// <summary>
/// A network of its own inside this machine: a bridge in one namespace, and on it a server, a plain DHCP
/// server, a client and the taps of virtual machines, each in its own namespace. Nothing of it touches the
/// machine's network, and nothing of it is left after <see cref="Dispose"/>.
/// </summary>
/// <remarks>
/// Namespaces are named <c>aglet-PID-NUMBER-ROLE</c>, so that a later run can tell the leftovers of a process
/// that was killed and remove them.
/// </remarks>
internal sealed class LabNetwork : IDisposable
{
    public const string ServerAddress = "10.0.0.1";
    public const string DhcpAddress = "10.0.0.2";

    /// <summary>
    /// The hardware address of the server's interface, by which a capture tells its packets.
    /// </summary>
    public const string ServerMac = "02:a6:1e:00:00:01";

    private static readonly string[] _roles = ["br", "srv", "dhcp", "cli"];
    private static readonly Lock _cleaning = new();
    private static int _number;
    private static bool _isClean;

    private readonly string _prefix;
    private readonly RouterAdvertiser _routers;
    private int _taps;

    public LabNetwork()
    {
        if (LabNative.geteuid() != 0)
            throw new LabException("the lab makes network namespaces, for which it must run as root");
        lock (_cleaning)
        {
            if (!_isClean)
                RemoveLeftovers();
            _isClean = true;
        }
        _prefix = $"aglet-{Environment.ProcessId}-{Interlocked.Increment(ref _number)}-";
        try
        {
            Build();
            _routers = new RouterAdvertiser(Bridge, "br0");
        }
        catch
        {
            RemoveNamespaces(_prefix);
            throw;
        }
    }

    public string Bridge => _prefix + "br";

    public string Server => _prefix + "srv";

    public string Dhcp => _prefix + "dhcp";

    public string Client => _prefix + "cli";

    /// <summary>Makes a tap on a namespace's bridge for one virtual machine, and gives its name.</summary>
    public string AddTap(string space)
    {
        string tap = $"tap{Interlocked.Increment(ref _taps)}";
        Ip($"-n {space} tuntap add {tap} mode tap");
        Ip($"-n {space} link set {tap} master br0 up");
        return tap;
    }

    /// <summary>Makes a bridge on a network of its own behind a host, and gives its namespace.</summary>
    /// <param name="role">The namespace, and the interface that leads to it on the host.</param>
    /// <param name="router">The namespace that it is behind.</param>
    /// <param name="address">The host's address there, with its prefix.</param>
    public string AddBridgeBehind(string role, string router, string address)
    {
        AddSpace(role);
        string space = _prefix + role;
        Ip($"-n {space} link add br0 type bridge forward_delay 0 mcast_snooping 0");
        Ip($"-n {space} link set br0 up");
        Ip($"-n {router} link add {role} type veth peer name router netns {space}");
        Ip($"-n {space} link set router master br0 up");
        Ip($"-n {router} link set {role} up");
        Ip($"-n {router} address add {address} dev {role}");
        return space;
    }

    /// <summary>Makes a host on a network of its own behind another host, and gives its namespace.</summary>
    /// <param name="role">The host, and the interface that leads to it on the other one.</param>
    /// <param name="router">The namespace that it is behind.</param>
    /// <param name="address">The other one's address there, with its prefix.</param>
    /// <param name="mac">The host's hardware address.</param>
    public string AddHostBehind(string role, string router, string address, string mac)
    {
        AddSpace(role);
        string space = _prefix + role;
        Ip($"-n {router} link add {role} type veth peer name eth0 address {mac} netns {space}");
        Ip($"-n {router} link set {role} up");
        Ip($"-n {router} address add {address} dev {role}");
        Ip($"-n {space} link set eth0 up");
        return space;
    }

    public void RemoveTap(string space, string tap) => LabProcess.Run(
        null, TimeSpan.FromSeconds(10), ["ip", "-n", space, "link", "del", tap]);

    public void Dispose()
    {
        _routers.Dispose();
        RemoveNamespaces(_prefix);
    }

    private void Build()
    {
        foreach (string role in _roles)
            AddSpace(role);
        Ip($"-n {Bridge} link add br0 type bridge forward_delay 0 mcast_snooping 0");
        Ip($"-n {Bridge} link set br0 up");
        int number = 1;
        foreach (string role in _roles[1..])
        {
            Ip($"-n {Bridge} link add {role} type veth peer name eth0 address 02:a6:1e:00:00:0{number++} "
                + $"netns {_prefix}{role}");
            Ip($"-n {Bridge} link set {role} master br0 up");
            Ip($"-n {_prefix}{role} link set eth0 up");
        }
        Ip($"-n {Server} address add {ServerAddress}/24 dev eth0");
        Ip($"-n {Dhcp} address add {DhcpAddress}/24 dev eth0");
    }

    private void AddSpace(string role)
    {
        Ip($"netns add {_prefix}{role}");
        // Before any interface exists: no address of its own making, no router solicitation, no duplicate
        // check.
        LabProcess.Run(_prefix + role, TimeSpan.FromSeconds(10),
            ["sh", "-c", "for f in all default; do echo 1 >/proc/sys/net/ipv6/conf/$f/disable_ipv6; done 2>/dev/null; :"])
            .OrThrow("IPv6 off");
        Ip($"-n {_prefix}{role} link set lo up");
    }

    private static void Ip(string arguments)
    {
        string[] command = ["ip", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        LabProcess.Run(null, TimeSpan.FromSeconds(20), command).OrThrow(string.Join(' ', command));
    }

    /// <summary>
    /// Namespaces of processes that are gone: whatever still runs in them is theirs, and ends.
    /// </summary>
    private static void RemoveLeftovers()
    {
        foreach (string name in Namespaces())
        {
            string[] parts = name.Split('-');
            if (parts.Length == 4 && parts[0] == "aglet" && int.TryParse(parts[1], out int owner)
                && !Directory.Exists($"/proc/{owner}"))
            {
                RemoveNamespaces(name);
            }
        }
    }

    private static void RemoveNamespaces(string prefix)
    {
        foreach (string name in Namespaces())
        {
            if (!name.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            string inside = LabProcess.Run(null, TimeSpan.FromSeconds(10), ["ip", "netns", "pids", name]).Output;
            foreach (string line in inside.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                // The routers' thread counts as this very process.
                if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                    && pid != Environment.ProcessId)
                {
                    _ = LabNative.kill(pid, LabNative.SIGKILL);
                }
            }
            LabProcess.Run(null, TimeSpan.FromSeconds(20), ["ip", "netns", "del", name]);
        }
    }

    private static List<string> Namespaces()
    {
        var names = new List<string>();
        if (!Directory.Exists("/run/netns"))
            return names;
        foreach (string path in Directory.GetFiles("/run/netns"))
            names.Add(Path.GetFileName(path));
        return names;
    }
}
