using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using Aglet.Tests.Lab;

namespace Aglet.Tests.Bench;

/// <summary>A server that can be started for a measurement.</summary>
/// <param name="Name">As in the table.</param>
/// <param name="Program">Its binary; null when it is not there.</param>
/// <param name="Version">What it says about itself.</param>
/// <param name="Prepare">Writes its configuration and state, and gives its command line.</param>
internal sealed record BenchServer(
    string Name, string? Program, string Version, Func<string, IReadOnlyList<string>> Prepare)
{
    public bool IsThere => Program is not null;
}

/// <summary>The servers, each set up for its best: no access log, no ping before an offer, one worker, sendfile. All log leases.</summary>
/// <remarks>Each serves <see cref="BenchFolder.Tree"/> and stays in the foreground. Logs go to files.</remarks>
internal sealed class BenchServers
{
    private const string PoolFirst = "10.0.1.0";
    private const string PoolLast = "10.0.255.250";

    /// <summary>Of the machines of a storm.</summary>
    private const string StormPool = "10.0.64.1-10.0.127.250";

    private readonly BenchFolder _folder;
    private readonly BenchServer _kea;

    public BenchServers(BenchFolder folder)
    {
        _folder = folder;
        Aglet = new("aglet", Repository.Binary, Version(Repository.Binary, "version"), PrepareAglet);
        AgletDhcp = Aglet with { Prepare = work => AgletCommand(work, folder.Tree, NewState(work)) };
        AgletProbing = Aglet with { Prepare = work => AgletCommand(work, folder.Tree, NewState(work), probes: true) };
        string? dnsmasq = folder.Program("dnsmasq");
        DnsmasqTftp = new("dnsmasq", dnsmasq, Version(dnsmasq, "--version"), _ => DnsmasqTftpCommand());
        string? atftpd = folder.Program("atftpd");
        Atftpd = new("atftpd", atftpd, Version(atftpd, "--version"), work =>
            [atftpd!, "--daemon", "--no-fork", "--user", "root", "--group", "root", "--verbose=0", "--maxthread", "1000",
             "--logfile", Path.Combine(work, "atftpd.log"), "--bind-address", BenchNetwork.ServerAddress, folder.Tree]);
        string? hpa = folder.Program("in.tftpd");
        TftpdHpa = new("tftpd-hpa", hpa, Version(hpa, "-V"), _ =>
            [hpa!, "-L", "-u", "root", "-a", $"{BenchNetwork.ServerAddress}:69", "-s", folder.Tree]);
        string? nginx = folder.Program("nginx");
        Nginx = new("nginx", nginx, Version(nginx, "-v"), PrepareNginx);
        string? lighttpd = folder.Program("lighttpd");
        Lighttpd = new("lighttpd", lighttpd, Version(lighttpd, "-v"), PrepareLighttpd);
        string? kea = folder.Program("kea-dhcp4");
        _kea = new("kea", kea, Version(kea, "-v"), _ => []);
        KeaQuiet = _kea with { Name = "kea-quiet", Prepare = work => KeaCommand(work, BenchFolder.Machines, "WARN") };
    }

    public BenchServer Aglet { get; }

    /// <summary>Our own with durable leases, of which there are none at the start.</summary>
    public BenchServer AgletDhcp { get; }

    /// <summary>The same, which asks the network before it offers an address for the first time.</summary>
    public BenchServer AgletProbing { get; }

    public BenchServer DnsmasqTftp { get; }

    public BenchServer Atftpd { get; }

    public BenchServer TftpdHpa { get; }

    public BenchServer Nginx { get; }

    public BenchServer Lighttpd { get; }

    /// <summary>Our own, which boots each machine: the boot program by TFTP, all else by HTTP, with an answer file.</summary>
    public BenchServer AgletStorm(StormDemand demand)
        => Aglet with { Prepare = work => AgletStormCommand(work, demand) };

    /// <summary>The same by dnsmasq and nginx together, as sites do it; script and answer file are files.</summary>
    public BenchServer PeersStorm(StormDemand demand) => DnsmasqTftp with
    {
        Name = "dnsmasq+nginx",
        Program = DnsmasqTftp.Program is null || Nginx.Program is null ? null : DnsmasqTftp.Program,
        Version = "both",
        Prepare = work => PeersStormCommand(work, demand),
    };

    /// <summary>With warnings alone in its log, and a lease for each machine of the measurement.</summary>
    public BenchServer KeaQuiet { get; }

    /// <summary>With leases for so many machines.</summary>
    public BenchServer Kea(int machines) => _kea with { Prepare = work => KeaCommand(work, machines, "INFO") };

    /// <summary>With leases for so many machines.</summary>
    public BenchServer DnsmasqDhcp(int machines) =>
        DnsmasqTftp with { Prepare = work => DnsmasqDhcpCommand(work, machines) };

    /// <summary>Our own, with a tree of 100,000 files.</summary>
    public BenchServer AgletWithLargeTree(string tree)
        => Aglet with { Prepare = work => AgletCommand(work, tree) };

    private IReadOnlyList<string> PrepareAglet(string work) => AgletCommand(work, _folder.Tree);

    private static string NewState(string work)
    {
        string state = Path.Combine(work, "aglet-state");
        if (Directory.Exists(state))
            Directory.Delete(state, recursive: true);
        return Directory.CreateDirectory(state).FullName;
    }

    private static string[] AgletCommand(string work, string tree, string? state = null, bool probes = false)
    {
        string config = Path.Combine(work, "aglet.json");
        File.WriteAllText(config, $$"""
            { "network": { "interface": "eth0" }, "dhcp": { "mode": "server", "pool": "{{PoolFirst}}-{{PoolLast}}", "probe": {{(probes ? "true" : "false")}} },
              {{(state is null ? "" : $"\"state\": \"{state}\",")}}
              "tree": "{{tree}}", "images": { "disk": { "local": true } }, "unknown": "disk" }
            """);
        return [Repository.Binary, "serve", "--config", config];
    }

    private string[] AgletStormCommand(string work, StormDemand demand)
    {
        Directory.CreateDirectory(Path.Combine(work, "answers"));
        File.WriteAllText(Path.Combine(work, "answers", "storm.ks"), "# {{ name }} ({{ mac }}) at {{ address }}\ntext\nreboot\n");
        string config = Path.Combine(work, "aglet-storm.json");
        File.WriteAllText(config, $$"""
            { "network": { "interface": "eth0" },
              "dhcp": { "mode": "server", "pool": "{{StormPool}}", "probe": false },
              "state": "{{NewState(work)}}", "tree": "{{_folder.Tree}}",
              "programs": { "x64-uefi": "{{_folder.Sized(demand.BootBytes)}}" },
              "images": { "os": { "kernel": "{{BenchFolder.Small}}", "initrd": "{{_folder.Sized(demand.ImageBytes)}}",
                                  "answer": { "kind": "kickstart", "template": "answers/storm.ks" } } },
              "unknown": "os" }
            """);
        return [Repository.Binary, "serve", "--config", config, "--verbose"];
    }

    private List<string> PeersStormCommand(string work, StormDemand demand)
    {
        const string Url = "http://" + BenchNetwork.ServerAddress;
        string image = _folder.Sized(demand.ImageBytes);
        File.WriteAllText(Path.Combine(_folder.Tree, "peer.ks"), "text\nreboot\n");
        File.WriteAllText(Path.Combine(_folder.Tree, "peer.ipxe"), $"""
            #!ipxe
            kernel {Url}/{BenchFolder.Small} initrd={image} inst.ks={Url}/peer.ks
            initrd --name {image} {Url}/{image}
            boot

            """);
        IReadOnlyList<string> nginx = PrepareNginx(work);
        string[] pool = StormPool.Split('-');
        return ["sh", "-c", $"{string.Join(' ', nginx)} & exec \"$@\"", "sh", .. DnsmasqTftpCommand(Path.Combine(work, "dnsmasq-storm.log")), "--dhcp-lease-max=70000", "--no-ping",
            $"--dhcp-range={pool[0]},{pool[1]},255.255.0.0,1h", "--dhcp-authoritative", "--dhcp-match=set:ipxe,175",
            $"--dhcp-leasefile={Path.Combine(work, "storm.leases")}", $"--dhcp-boot={_folder.Sized(demand.BootBytes)}",
            $"--dhcp-boot=tag:ipxe,{Url}/peer.ipxe"];
    }

    private string[] PrepareLighttpd(string work)
    {
        string config = Path.Combine(work, "lighttpd.conf");
        File.WriteAllText(config, $"""
            server.document-root = "{_folder.Tree}"
            server.bind = "{BenchNetwork.ServerAddress}"
            server.port = 80
            server.errorlog = "{work}/lighttpd.log"
            server.network-backend = "sendfile"
            server.max-connections = 2048
            server.max-fds = 8192
            server.max-keep-alive-requests = 1000000000
            server.stat-cache-engine = "simple"
            mimetype.assign = ( "" => "application/octet-stream" )

            """);
        string modules = Path.Combine(_folder.Peers, "root", "usr", "lib", "lighttpd");
        List<string> command = [Lighttpd.Program!, "-D", "-f", config];
        if (Directory.Exists(modules))
            command.AddRange(["-m", modules]);
        return [.. command];
    }

    private string[] DnsmasqTftpCommand(string log = "/dev/null") =>
        [DnsmasqTftp.Program!, "--conf-file=/dev/null", "--keep-in-foreground", "--port=0", "--user=root", "--enable-tftp",
         $"--tftp-root={_folder.Tree}", "--tftp-max=1000", $"--log-facility={log}", "--pid-file="];

    private string[] DnsmasqDhcpCommand(string work, int machines)
    {
        string leases = Path.Combine(work, "dnsmasq.leases");
        long expiry = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 3600;
        StringBuilder text = new();
        for (int i = 0; i < machines; i++)
            text.Append(CultureInfo.InvariantCulture, $"{expiry} {BenchFolder.Mac(i)} {BenchFolder.Address(i)} * 01:{BenchFolder.Mac(i)}\n");
        File.WriteAllText(leases, text.ToString());
        return [DnsmasqTftp.Program!, "--conf-file=/dev/null", "--keep-in-foreground", "--port=0", "--user=root",
            $"--dhcp-range={PoolFirst},{PoolLast},255.255.0.0,1h", "--dhcp-lease-max=70000", "--no-ping",
            "--dhcp-authoritative", $"--dhcp-leasefile={leases}", $"--log-facility={Path.Combine(work, "dnsmasq.log")}", "--pid-file="];
    }

    private string[] PrepareNginx(string work)
    {
        string config = Path.Combine(work, "nginx.conf");
        File.WriteAllText(config, $$"""
            daemon off; user root; worker_processes 1; error_log {{work}}/nginx-error.log; pid {{work}}/nginx.pid;
            events { worker_connections 4096; }
            http {
              access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; default_type application/octet-stream;
              open_file_cache max=1000 inactive=1h; open_file_cache_valid 1h;
              client_body_temp_path {{work}}/t1; proxy_temp_path {{work}}/t2; fastcgi_temp_path {{work}}/t3;
              uwsgi_temp_path {{work}}/t4; scgi_temp_path {{work}}/t5;
              server { listen {{BenchNetwork.ServerAddress}}:80; root {{_folder.Tree}}; }
            }
            """);
        return [Nginx.Program!, "-c", config, "-p", work, "-e", Path.Combine(work, "nginx-error.log")];
    }

    private string[] KeaCommand(string work, int machines, string severity)
    {
        long expiry = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 3600;
        StringBuilder text = new("address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n");
        for (int i = 0; i < machines; i++)
            text.Append(CultureInfo.InvariantCulture, $"{BenchFolder.Address(i)},{BenchFolder.Mac(i)},01:{BenchFolder.Mac(i)},3600,{expiry},1,0,0,,0,\n");
        string leases = Path.Combine(work, "kea-leases4.csv");
        File.WriteAllText(leases, text.ToString());
        string config = Path.Combine(work, "kea.json");
        File.WriteAllText(config, $$"""
            { "Dhcp4": {
                "interfaces-config": { "interfaces": [ "eth0" ], "dhcp-socket-type": "udp", "re-detect": false },
                "lease-database": { "type": "memfile", "persist": true, "name": "{{leases}}", "lfc-interval": 0 },
                "valid-lifetime": 3600,
                "subnet4": [ { "id": 1, "subnet": "10.0.0.0/16", "pools": [ { "pool": "{{PoolFirst}} - {{PoolLast}}" } ] } ],
                "loggers": [ { "name": "kea-dhcp4", "severity": "{{severity}}", "output_options": [ { "output": "{{work}}/kea.log" } ] } ]
            } }
            """);
        return ["env", $"KEA_LOCKFILE_DIR={work}", $"KEA_PIDFILE_DIR={work}", $"LD_LIBRARY_PATH={_folder.Libraries()}",
            _kea.Program!, "-c", config];
    }

    private string Version(string? program, string option)
    {
        if (program is null || !File.Exists(program))
            return "not there";
        string output = LabProcess.Run(null, TimeSpan.FromSeconds(10), [program, option],
            new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = _folder.Libraries() }).Output;
        int end = output.IndexOf('\n', StringComparison.Ordinal);
        return end < 0 ? output.Trim() : output[..end].Trim();
    }
}
