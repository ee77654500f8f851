using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>
/// Two networks behind a relay on another host, one more on a second interface, and the clients of real systems on them: right address,
/// right routes, and the states of a lease.
/// </summary>
[Trait("Category", "Lab")]
public sealed class RelayTests
{
    private const string Reserved = "02:a6:1e:00:01:01";
    private const string Guest = "02:a6:1e:00:02:01";
    private const string Requested = "subnet-mask, routers, domain-name-servers, domain-name, dhcp-lease-time";

    /// <summary>SIGUSR1 as udhcpc takes it.</summary>
    private const int RenewNow = 10;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    /// <summary>The first network's clients have an hour, the second's a few seconds, so that they renew soon.</summary>
    private const string Config = """
        {
          "network": { "interface": ["eth0", "eth1"] },
          "dhcp": {
            "mode": "server", "pool": "10.0.0.100-10.0.0.200", "router": "10.0.0.1", "dns": ["10.0.0.1"], "domain": "lab.example",
            "search": ["lab.example", "example"], "ntp": ["10.0.0.3"],
            "subnets": [
              { "subnet": "10.1.0.0/24", "pool": "10.1.0.100-10.1.0.200", "router": "10.1.0.1" },
              { "subnet": "10.2.0.0/24", "pool": "10.2.0.100-10.2.0.200", "router": "10.2.0.1", "lease": "20s", "mtu": 1400,
                "routes": [{ "to": "10.9.0.0/16", "via": "10.2.0.7" }] },
              { "subnet": "10.20.0.0/24", "pool": "10.20.0.100-10.20.0.200", "router": "10.20.0.1" },
            ],
          },
          "tree": "tree",
          "images": { "disk": { "local": true } },
          "machines": [{ "name": "far1", "mac": "02:a6:1e:00:01:01", "address": "10.1.0.11", "image": "disk" }],
          "unknown": "disk"
        }
        """;

    [Theory]
    [InlineData("dhcrelay")]
    [InlineData("dnsmasq")]
    public void TwoNetworksBehindARelayAtOnce(string relay) => LabSession.Run("relay-" + relay, lab =>
    {
        Far far = Serve(lab, relay);
        string events = Path.Combine(lab.Folder, "events1");
        string[] command = Dhclient(lab, events);
        string expected = "10.1.0.11 lease=3600 router=10.1.0.1 dns=10.0.0.1 domain=lab.example server=10.0.0.1";
        using (LabProcess client = LabProcess.Start("dhclient", far.First, Path.Combine(lab.Folder, "dhclient1.log"), command))
        {
            WaitForEvent(client, events, "BOUND " + expected);
            WaitForEvent(client, events, "RENEW " + expected);
        }

        // The server loses its memory meanwhile; the client remembers.
        Restart(lab);
        using (LabProcess client = LabProcess.Start("dhclient", far.First, Path.Combine(lab.Folder, "dhclient2.log"), command))
            WaitForEvent(client, events, "REBOOT " + expected);

        // It has its address, and asks for the rest only.
        string inform = In(far.First, "dhcping", "-i", "-v", "-c", "10.1.0.11", "-s", LabNetwork.ServerAddress, "-h", Reserved);
        Assert.Contains("Got answer from: 10.0.0.1", inform, StringComparison.Ordinal);
        lab.Appliance!.WaitFor("far1: inform from a system at 10.1.0.11: acks", _limit);
        LabProcess.Run(far.First, _limit, [command[0], "-r", .. command[1..]]).OrThrow("dhclient -r");
        WaitForEvent(null, events, "RELEASE 10.1.0.11");
        lab.Appliance.WaitFor("far1: gives back 10.1.0.11", _limit);
        string address = UseSecondNetwork(lab, far);
        if (relay != "dhcrelay")
            return;
        CheckThatOption82CameBack(lab);

        // dnsmasq cannot take part in this: the address would be the relay's own, and it would answer itself.
        DeclineOn(lab, far, address);
    });

    [Fact]
    public void EachInterfaceHasItsNetworkAndItsAddress() => LabSession.Run("interfaces", lab =>
    {
        string host = Serve(lab, relay: null).OnSecondInterface;
        LabResult second = LabProcess.Run(host, _limit, Once("eth0"));
        Assert.Contains("lease of 10.20.0.1", second.Output, StringComparison.Ordinal);
        Assert.Contains("obtained from 10.20.0.1", second.Output, StringComparison.Ordinal);
        LabResult first = lab.OnClient(_limit, Once("eth0"));
        Assert.Contains("obtained from 10.0.0.1", first.Output, StringComparison.Ordinal);

        // Files are served on each interface's own address.
        LabProcess.Run(host, _limit, ["ip", "address", "add", "10.20.0.5/24", "dev", "eth0"]).OrThrow("ip");
        LabProcess.Run(host, _limit, ["curl", "-sSf", "-o", "/dev/null", "http://10.20.0.1/pxelinux.0"]).OrThrow("curl");
        LabProcess.Run(host, _limit, ["curl", "-sSf", "-o", "/dev/null", "tftp://10.20.0.1/pxelinux.0"]).OrThrow("curl");
    });

    [Fact]
    public void DhcpcdBehindARelayGetsItsRoutes() => LabSession.Run("dhcpcd", lab =>
    {
        Far far = Serve(lab, "dhcrelay");
        lab.Own(Dhcpcd(lab, far));
        WaitFor(() => In(far.Second, "ip", "-4", "route").Contains("10.9.0.0/16", StringComparison.Ordinal), () => "no route");
        Assert.Contains("inet 10.2.0.1", In(far.Second, "ip", "-4", "-o", "address", "show", "dev", "eth0"), StringComparison.Ordinal);
        string routes = In(far.Second, "ip", "-4", "route");
        Assert.Contains("10.9.0.0/16 via 10.2.0.7 dev eth0", routes, StringComparison.Ordinal);
        Assert.Contains("default via 10.2.0.1 dev eth0", routes, StringComparison.Ordinal);
    });

    [Fact]
    public void NetworkdBehindARelayGetsItsRoutesAndRenews() => LabSession.Run("networkd", lab =>
    {
        Far far = Serve(lab, "dhcrelay");
        LabProcess client = lab.Own(LabProcess.Start("networkd", far.Second, Path.Combine(lab.Folder, "networkd.log"),
            ["unshare", "--mount", "sh", Path.Combine(Repository.GuestFiles, "networkd")]));
        WaitFor(() => In(far.Second, "ip", "-4", "route").Contains("10.9.0.0/16", StringComparison.Ordinal), () => client.Output);
        string routes = In(far.Second, "ip", "-4", "route");
        Assert.Contains("10.9.0.0/16 via 10.2.0.7 dev eth0 proto dhcp", routes, StringComparison.Ordinal);
        Assert.Contains("default via 10.2.0.1 dev eth0 proto dhcp", routes, StringComparison.Ordinal);
        string address = In(far.Second, "ip", "-4", "-o", "address", "show", "dev", "eth0").Split("inet ")[1].Split('/')[0];
        string granted = $"{Guest}: request from a system: acks {address}";
        WaitFor(() => lab.Appliance!.Log.Split(granted).Length > 2, () => client.Output);
    });

    private static string UseSecondNetwork(LabSession lab, Far far)
    {
        string events = Path.Combine(lab.Folder, "events2");
        const string Told = "lease=20 router=10.2.0.1 dns=10.0.0.1 domain=lab.example server=10.0.0.1 "
            + "routes=10.9.0.0/16 10.2.0.7 0.0.0.0/0 10.2.0.1 search=lab.example example ntp=10.0.0.3 mtu=1400";
        using (LabProcess client = Udhcpc(lab, far, events, "udhcpc1"))
        {
            WaitForEvent(client, events, Told);
            client.Signal(RenewNow);
            WaitForEvent(client, events, "renew ");

            // No way to the server but through the relay: the client turns to everybody.
            LabProcess.Run(far.Second, _limit, ["ip", "route", "add", "blackhole", "10.0.0.1/32"]).OrThrow("ip");
            int before = CountRenewals(events);
            client.Signal(RenewNow);
            WaitFor(() => CountRenewals(events) > before, () => client.Output);
            Assert.Contains("broadcasting renew", client.Output, StringComparison.Ordinal);
            LabProcess.Run(far.Second, _limit, ["ip", "route", "del", "blackhole", "10.0.0.1/32"]).OrThrow("ip");
        }

        Flush(far.Second);
        return File.ReadAllText(events).Split("bound ")[1].Split(' ')[0];
    }

    private static void DeclineOn(LabSession lab, Far far, string first)
    {
        string events = Path.Combine(lab.Folder, "events3");

        // Somebody else has the address: the client finds that out, and gets another one.
        LabProcess.Run(far.Router, _limit, ["ip", "address", "add", first + "/32", "dev", "far2"]).OrThrow("ip");
        using LabProcess careful = Udhcpc(lab, far, events, "udhcpc2", "-a", "-A", "2");
        lab.Appliance!.WaitFor($"found another machine at {first}", _limit);
        WaitForEvent(careful, events, "bound 10.2.0.");
        Assert.DoesNotContain($"bound {first} ", File.ReadAllText(events), StringComparison.Ordinal);
    }

    private static void CheckThatOption82CameBack(LabSession lab)
    {
        List<CapturedPacket> replies = lab.Capture.Packets().FindAll(
            static packet => packet.IsDhcpReply && packet.DestinationPort == 67);
        Assert.NotEmpty(replies);
        Assert.All(replies, reply => Assert.True(LastOption(reply.Payload) == 82, reply.ToString()));
    }

    private static int LastOption(byte[] message)
    {
        int last = 0;
        for (int at = 240; at < message.Length && message[at] != 255; at += message[at] == 0 ? 1 : message[at + 1] + 2)
            last = message[at] == 0 ? last : message[at];
        return last;
    }

    private static Far Serve(LabSession lab, string? relay)
    {
        lab.FillTree();
        string router = lab.Network.Dhcp;
        Far far = new(
            router,
            lab.Network.AddHostBehind("far1", router, "10.1.0.1/24", Reserved),
            lab.Network.AddHostBehind("far2", router, "10.2.0.1/24", Guest),
            lab.Network.AddHostBehind("eth1", lab.Network.Server, "10.20.0.1/24", "02:a6:1e:00:03:01"));
        LabProcess.Run(router, _limit, ["sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"]).OrThrow("forwarding");
        lab.InServer("ip", "route", "add", "10.1.0.0/16", "via", LabNetwork.DhcpAddress).OrThrow("ip");
        lab.InServer("ip", "route", "add", "10.2.0.0/16", "via", LabNetwork.DhcpAddress).OrThrow("ip");
        lab.Serve(Config);
        lab.Appliance!.WaitFor("ready", _limit);
        string[] command = relay switch
        {
            "dhcrelay" =>
            [
                "dhcrelay", "-4", "-d", "--no-pid", "-a", "-id", "far1", "-id", "far2", "-iu", "eth0", LabNetwork.ServerAddress,
            ],
            "dnsmasq" =>
            [
                "dnsmasq", "--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null", "--user=root", "--port=0",
                "--pid-file=", "--dhcp-relay=10.1.0.1,10.0.0.1", "--dhcp-relay=10.2.0.1,10.0.0.1",
            ],
            _ => [],
        };
        if (relay is null)
            return far;
        LabProcess process = lab.Own(LabProcess.Start(relay, router, Path.Combine(lab.Folder, relay + ".log"), command));
        Assert.True(process.WaitFor(relay == "dnsmasq" ? "DHCP relay from 10.2.0.1" : "Sending on   Socket/", _limit), process.Output);
        return far;
    }

    private static void Restart(LabSession lab)
    {
        lab.Appliance!.Stop();
        lab.Appliance.Dispose();
        lab.Serve(Config);
        lab.Appliance.WaitFor("ready", _limit);
    }

    private static string[] Dhclient(LabSession lab, string events)
    {
        string settings = Path.Combine(lab.Folder, "dhclient.conf");
        // An earlier T1 than the server says, so that the renewal comes within the test.
        File.WriteAllText(settings, $"supersede dhcp-renewal-time 2;\nrequest {Requested};\n");
        return
        [
            "dhclient", "-d", "-v", "-cf", settings, "-lf", Path.Combine(lab.Folder, "dhclient.leases"),
            "-pf", Path.Combine(lab.Folder, "dhclient.pid"), "-sf", Path.Combine(Repository.GuestFiles, "dhclient"),
            "-e", "LEASE_EVENTS=" + events, "eth0",
        ];
    }

    private static LabProcess Udhcpc(LabSession lab, Far far, string events, string name, params IReadOnlyList<string> more) =>
        LabProcess.Start(name, far.Second, Path.Combine(lab.Folder, name + ".log"),
            [
                "busybox", "udhcpc", "-f", "-i", "eth0", "-O", "staticroutes", "-O", "search", "-O", "ntpsrv", "-O", "mtu",
                "-s", Path.Combine(Repository.GuestFiles, "udhcpc"), .. more,
            ],
            new Dictionary<string, string>
            {
                ["LEASE_EVENTS"] = events,
                ["LEASE_ADDRESS"] = Path.Combine(lab.Folder, "address"),
            });

    private static string[] Once(string link) =>
        ["busybox", "udhcpc", "-n", "-q", "-t", "5", "-T", "3", "-i", link, "-s", "/bin/true"];

    /// <summary>
    /// Starts dhcpcd with folders of its own, so that it leaves the machine's alone. Its helper processes end with the
    /// network.
    /// </summary>
    private static LabProcess Dhcpcd(LabSession lab, Far far, params IReadOnlyList<string> arguments) =>
        LabProcess.Start("dhcpcd", far.Second, logFile: null,
        [
            "unshare", "--mount", "sh", "-c",
            "mount -t tmpfs none /run && mount -t tmpfs none /var/lib/dhcpcd && exec dhcpcd \"$@\" >\"$0\" 2>&1",
            Path.Combine(lab.Folder, "dhcpcd.log"),
            "--nobackground", "--debug", "--ipv4only", "--noipv4ll", "--noarp", "--config", "/dev/null", "--script", "/bin/true",
            "--option", "domain_name_servers,classless_static_routes,routers,interface_mtu", .. arguments, "eth0",
        ]);

    private static string In(string space, params IReadOnlyList<string> command) =>
        LabProcess.Run(space, _limit, command).OrThrow(command[0]).Output;

    private static void Flush(string space) =>
        LabProcess.Run(space, _limit, ["ip", "address", "flush", "dev", "eth0"]).OrThrow("ip");

    private static int CountRenewals(string events) => File.ReadAllText(events).Split("renew ").Length;

    private static void WaitForEvent(LabProcess? client, string file, string text) => WaitFor(
        () => File.Exists(file) && File.ReadAllText(file).Contains(text, StringComparison.Ordinal),
        () => $"no event \"{text}\" but:\n{(File.Exists(file) ? File.ReadAllText(file) : "none")}\n{client?.Output}");

    private static void WaitFor(Func<bool> isThere, Func<string> what)
    {
        var watch = Stopwatch.StartNew();
        while (!isThere())
        {
            if (watch.Elapsed > _limit)
                throw new LabException(what());
            Thread.Sleep(100);
        }
    }

    /// <summary>The namespaces of a router, of a host on each network behind it, and of one on the server's second interface.</summary>
    private sealed record Far(string Router, string First, string Second, string OnSecondInterface);
}
