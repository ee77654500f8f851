using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Aglet.Tests.Bench;
using Aglet.Tests.Lab;

namespace Aglet.Tests.Conformance;

/// <summary>A server that the suite can be run against.</summary>
/// <param name="Name">As in the matrix.</param>
/// <param name="Program">Its binary; null when it is not on this machine.</param>
/// <param name="HasTftp">It serves TFTP.</param>
/// <param name="HasHttp">It serves HTTP.</param>
/// <param name="Command">Writes its configuration into a folder and gives its command line; the tree is <c>tree</c> in it.</param>
internal sealed record ConformanceServer(
    string Name, string? Program, bool HasTftp, bool HasHttp, Func<string, IReadOnlyList<string>> Command)
{
    private const string OtherAddress = "10.0.0.3";
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    public static ConformanceServer Aglet { get; } = new("aglet", Repository.Binary, true, true, folder =>
    {
        string config = Path.Combine(folder, "aglet.json");
        File.WriteAllText(config, """
            { "network": { "interface": "eth0" }, "dhcp": { "mode": "server", "pool": "10.0.1.0-10.0.1.200" },
              "tree": "tree", "images": { "disk": { "local": true } }, "unknown": "disk" }
            """);
        return [Repository.Binary, "serve", "--config", config];
    });

    public static ConformanceServer Dnsmasq { get; } = Peer("dnsmasq", "dnsmasq", isTftp: true, (program, folder) =>
        [program, "--conf-file=/dev/null", "--keep-in-foreground", "--port=0", "--user=root", "--enable-tftp",
         $"--tftp-root={folder}/tree", "--log-facility=/dev/null", "--pid-file="]);

    public static ConformanceServer Atftpd { get; } = Peer("atftpd", "atftpd", isTftp: true, (program, folder) =>
        [program, "--daemon", "--no-fork", "--user", "root", "--group", "root", "--logfile", $"{folder}/atftpd.log", $"{folder}/tree"]);

    public static ConformanceServer TftpdHpa { get; } = Peer("tftpd-hpa", "in.tftpd", isTftp: true, (program, folder) =>
        [program, "-L", "-u", "root", "-a", "0.0.0.0:69", "-s", $"{folder}/tree"]);

    public static ConformanceServer Nginx { get; } = Peer("nginx", "nginx", isTftp: false, (program, folder) =>
    {
        string config = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(config, $$"""
            daemon off; user root; worker_processes 1; error_log {{folder}}/nginx-error.log; pid {{folder}}/nginx.pid;
            events { worker_connections 1024; }
            http {
              access_log off; default_type application/octet-stream;
              client_body_temp_path {{folder}}/body; proxy_temp_path {{folder}}/proxy; fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi; scgi_temp_path {{folder}}/scgi;
              server { listen 80; root {{folder}}/tree; }
            }
            """);
        return [program, "-p", folder, "-c", config];
    });

    public static ConformanceServer BusyboxHttpd { get; } = Peer("busybox", "busybox", isTftp: false, (program, folder) =>
        [program, "httpd", "-f", "-p", "80", "-h", $"{folder}/tree"]);

    public static IReadOnlyList<ConformanceServer> All { get; } = [Aglet, Dnsmasq, Atftpd, TftpdHpa, Nginx, BusyboxHttpd];

    /// <summary>The rows that this server can be asked.</summary>
    public IReadOnlyList<Requirement> Rows =>
        [.. HasTftp ? Requirements.Tftp : [], .. HasHttp ? Requirements.Http : []];

    /// <summary>Runs it in namespaces of its own, tries the rows, and ends it.</summary>
    public Outcome[] Try(IReadOnlyList<Requirement> rows)
    {
        if (Program is null || !File.Exists(Program)) throw new LabException($"{Name} is not on this machine");
        string folder = Path.Combine(Repository.Root, "out", "conformance", Name);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        ConformanceTarget.FillTree(Path.Combine(folder, "tree"));
        using BenchNetwork network = new(pins: false);
        LabProcess.Run(null, _limit, ["ip", "-n", network.Server, "address", "add", $"{OtherAddress}/16", "dev", "eth0"]).OrThrow("ip");
        IPAddress address = IPAddress.Parse(BenchNetwork.ServerAddress);
        ConformanceTarget target = new(
            Path.Combine(folder, "tree"), new(address, 69), new(address, 80), IPAddress.Parse(OtherAddress));
        using LabProcess process = LabProcess.Start(
            Name, network.Server, Path.Combine(folder, "output.log"), Command(folder), new Dictionary<string, string>
            {
                ["LD_LIBRARY_PATH"] = Libraries(),
            });
        try
        {
            BenchNetwork.Inside(network.Client, -1, () => WaitUntilServed(process, target));
            Outcome[] outcomes = ConformanceRun.All(target, rows, network.Client);
            if (process.HasExited) throw new LabException($"{Name} ended by itself: {process.Output}");
            return outcomes;
        }
        finally
        {
            process.Terminate(TimeSpan.FromSeconds(5));
            network.EndServerProcesses();
        }
    }

    private static ConformanceServer Peer(
        string name, string program, bool isTftp, Func<string, string, IReadOnlyList<string>> command)
    {
        string? found = Find(program);
        return new(name, found, isTftp, !isTftp, folder => command(found!, folder));
    }

    private bool WaitUntilServed(LabProcess process, ConformanceTarget target)
    {
        for (Stopwatch watch = Stopwatch.StartNew(); watch.Elapsed < _limit; Thread.Sleep(50))
        {
            if (process.HasExited) throw new LabException($"{Name} ended by itself: {process.Output}");
            if ((!HasTftp || AnswersTftp(target)) && (!HasHttp || AnswersHttp(target))) return true;
        }

        throw new LabException($"{Name} does not answer: {process.Output}");
    }

    private static bool AnswersTftp(ConformanceTarget target)
    {
        using TftpProbe probe = target.OpenTftp();
        probe.Request("absent.bin");
        return probe.Within(500) is not null;
    }

    private static bool AnswersHttp(ConformanceTarget target)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(target.Http);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string PeersRoot => Path.Combine(Repository.Root, "out", "bench", "peers", "root");

    /// <summary>A peer that was unpacked, else one that is installed; null when there is none.</summary>
    private static string? Find(string program)
    {
        IEnumerable<string> folders =
        [
            Path.Combine(PeersRoot, "usr", "sbin"), Path.Combine(PeersRoot, "usr", "bin"),
            .. (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin:/usr/bin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries),
        ];
        return folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
    }

    private static string Libraries() => !Directory.Exists(PeersRoot) ? "" : string.Join(':',
        Directory.EnumerateFiles(PeersRoot, "*.so*", SearchOption.AllDirectories).Select(Path.GetDirectoryName).Distinct());
}
