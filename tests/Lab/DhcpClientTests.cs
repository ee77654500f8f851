using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>The DHCP clients of real systems: they get, renew and release an address.</summary>
[Trait("Category", "Lab")]
public sealed class DhcpClientTests
{
    private const string OnlyAddress = "10.0.0.100";

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(40);

    [Fact]
    public void UdhcpcGetsRenewsAndReleases() => LabSession.Run("udhcpc", lab =>
    {
        Serve(lab);
        string events = Path.Combine(lab.Folder, "events");
        using LabProcess client = LabProcess.Start("udhcpc", lab.Network.Client, Path.Combine(lab.Folder, "udhcpc.log"),
            ["busybox", "udhcpc", "-f", "-i", "eth0", "-s", Path.Combine(Repository.GuestFiles, "udhcpc")],
            new Dictionary<string, string>
            {
                ["LEASE_EVENTS"] = events,
                ["LEASE_ADDRESS"] = Path.Combine(lab.Folder, "address"),
            });
        WaitForEvent(client, events, "bound " + Expected(3600));
        client.Signal(10); // SIGUSR1: renew now
        WaitForEvent(client, events, "renew " + Expected(3600));
        client.Signal(12); // SIGUSR2: release
        Assert.True(client.WaitFor("entering released state", _limit), client.Output);
        client.Terminate(_limit);
        CheckThatAnotherClientGetsTheAddress(lab);
    });

    [Fact]
    public void DhclientGetsRenewsAndReleases() => LabSession.Run("dhclient", lab =>
    {
        Serve(lab);
        string events = Path.Combine(lab.Folder, "events");
        string settings = Path.Combine(lab.Folder, "dhclient.conf");
        // An earlier T1 than the server says, so that the renewal comes within the test.
        File.WriteAllText(settings, "supersede dhcp-renewal-time 2;\nrequest subnet-mask, routers, "
            + "domain-name-servers, domain-name, dhcp-lease-time;\n");
        string[] command =
        [
            "dhclient", "-d", "-v", "-cf", settings, "-lf", Path.Combine(lab.Folder, "dhclient.leases"),
            "-pf", Path.Combine(lab.Folder, "dhclient.pid"), "-sf", Path.Combine(Repository.GuestFiles, "dhclient"),
            "-e", "LEASE_EVENTS=" + events, "eth0",
        ];
        using (LabProcess client = LabProcess.Start(
            "dhclient", lab.Network.Client, Path.Combine(lab.Folder, "dhclient.log"), command))
        {
            WaitForEvent(client, events, "BOUND " + Expected(3600));
            WaitForEvent(client, events, "RENEW " + Expected(3600));
        }
        lab.OnClient(_limit, [command[0], "-r", .. command[1..]]).OrThrow("dhclient -r");
        WaitForEvent(null, events, "RELEASE " + OnlyAddress);
        CheckThatAnotherClientGetsTheAddress(lab);
    });

    /// <summary>A pool of one address: who gets it next proves that it was released.</summary>
    private static void Serve(LabSession lab)
    {
        lab.FillTree();
        lab.AddTemplate("debian.cfg", LabConfig.InstallerAnswer);
        lab.Serve(LabConfig.For(LabConfig.Installer, LabConfig.ServerMode.Replace(
            "10.0.0.100-10.0.0.200", OnlyAddress + "-" + OnlyAddress, StringComparison.Ordinal), unknown: "disk"));
    }

    private static string Expected(int leaseSeconds)
        => $"{OnlyAddress} lease={leaseSeconds} router=10.0.0.1 dns=10.0.0.1 domain=lab.example server=10.0.0.1";

    private static void CheckThatAnotherClientGetsTheAddress(LabSession lab)
    {
        lab.OnClient(_limit, "ip", "address", "flush", "dev", "eth0").OrThrow("ip");
        lab.OnClient(_limit, "ip", "link", "set", "eth0", "address", "02:a6:1e:00:00:77").OrThrow("ip");
        LabResult another = lab.OnClient(_limit,
            "busybox", "udhcpc", "-n", "-q", "-t", "5", "-T", "3", "-i", "eth0", "-s", "/bin/true");
        Assert.Contains($"lease of {OnlyAddress} obtained", another.Output, StringComparison.Ordinal);
    }

    private static void WaitForEvent(LabProcess? client, string file, string text)
    {
        var watch = Stopwatch.StartNew();
        while (!File.Exists(file) || !File.ReadAllText(file).Contains(text, StringComparison.Ordinal))
        {
            if (watch.Elapsed > _limit)
            {
                throw new LabException($"no event \"{text}\" but:\n{(File.Exists(file) ? File.ReadAllText(file) : "none")}"
                    + $"\n{client?.Output}");
            }
            Thread.Sleep(100);
        }
    }
}
