using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>The binary as the whole userland of a machine: a real kernel, nothing else, on a wire with other machines.</summary>
[Trait("Category", "Lab")]
public sealed class FirstProcessTests
{
    private const string Config =
        """{ "network": { "hostname": "boot1" }, "dhcp": { "mode": "proxy" }, "unknown": "menu" }""";

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);

    /// <summary>Steps, an address of dnsmasq's, files; the cable is pulled, another network is behind it; Ctrl-Alt-Del.</summary>
    [Fact]
    public void ItBootsGetsAnAddressAndFollowsItsLink() => LabSession.Run("first-process", lab =>
    {
        byte[] proof = RandomNumberGenerator.GetBytes(100_000);
        using VirtualMachine machine = Start(lab, Config, new Dictionary<string, byte[]> { ["proof.bin"] = proof },
            out PlainDhcpServer server);
        machine.WaitFor("] serving", _limit);
        foreach (string step in (string[])["mounting /dev ... done", "mounting /proc ... done", "loading drivers for the devices ... done:",
            "setting the host name ... done: boot1", "driver virtio_net", "eth0: asking for an address by DHCP"])
        {
            Assert.Contains(step, machine.Console.Text, StringComparison.Ordinal);
        }
        string first = AddressOf(machine);
        Assert.StartsWith("10.0.0.", first, StringComparison.Ordinal);
        Assert.Contains("boot1", server.Log, StringComparison.Ordinal); // option 12
        LabProcess.Run(null, TimeSpan.FromSeconds(10), ["ip", "-n", lab.Network.Client, "address", "add", "10.0.0.200/24", "dev", "eth0"])
            .OrThrow("the client's address");
        Assert.Equal(proof, Fetch(lab, $"http://{first}/proof.bin"));
        Assert.Equal(proof, Fetch(lab, $"tftp://{first}/proof.bin"));

        machine.Tell("set_link net0 off");
        machine.WaitFor("the link is down", _limit);
        server.Dispose();
        using PlainDhcpServer other = new(lab.Network.Dhcp, Directory.CreateDirectory(Path.Combine(lab.Folder, "other")).FullName,
            "--dhcp-host=52:54:00:00:00:77,10.0.0.120");
        machine.Tell("set_link net0 on");
        machine.WaitFor("the link is up", _limit);
        machine.WaitFor("the address of eth0 is 10.0.0.120/24 now", _limit);
        string second = AddressOf(machine);
        Assert.Equal("10.0.0.120", second);
        Assert.Equal(proof, Fetch(lab, $"http://{second}/proof.bin"));
        Assert.Equal(proof, Fetch(lab, $"tftp://{second}/proof.bin"));

        machine.Tell("sendkey ctrl-alt-delete");
        machine.WaitFor("stopped; restarting", _limit);
    });

    [Fact]
    public void AConfigurationThatIsWrongIsToldByAPage() => LabSession.Run("first-process-safe", lab =>
    {
        using VirtualMachine machine = Start(lab, "{\n  \"network\": { \"adress\": \"10.0.0.1/24\" }\n}\n",
            new Dictionary<string, byte[]>(), out PlainDhcpServer server);
        using PlainDhcpServer _ = server;
        machine.WaitFor("says what is wrong", _limit);
        Assert.Contains("SAFE MODE", machine.Console.Text, StringComparison.Ordinal);
        LabProcess.Run(null, TimeSpan.FromSeconds(10), ["ip", "-n", lab.Network.Client, "address", "add", "10.0.0.200/24", "dev", "eth0"])
            .OrThrow("the client's address");
        string page = System.Text.Encoding.UTF8.GetString(Fetch(lab, $"http://{AddressOf(machine)}/"));
        Assert.Contains("aglet.json:2:16: network.adress: unknown key; did you mean \"address\"?", page, StringComparison.Ordinal);
        Assert.Contains("What to do: mend aglet.json", page, StringComparison.Ordinal);
    });

    private static VirtualMachine Start(
        LabSession lab, string config, Dictionary<string, byte[]> tree, out PlainDhcpServer server)
    {
        string initrd = Path.Combine(lab.Folder, "appliance.gz");
        ApplianceInitrd.Write(initrd, config, tree);
        server = new(lab.Network.Dhcp, lab.Folder);
        return new VirtualMachine(lab.Network, lab.Folder, "appliance", new(Firmware.Bios, "52:54:00:00:00:77")
        {
            MemoryMegabytes = 128,
            Kernel = Path.Combine(Repository.BootTree, "debian", "amd64", "linux"),
            Initrd = initrd,
            StuckTexts = ["Kernel panic", "FATAL:"],
        });
    }

    /// <summary>The last address that it told.</summary>
    private static string AddressOf(VirtualMachine machine)
    {
        MatchCollection told = Regex.Matches(machine.Console.Text, @"eth0: (10\.0\.0\.\d+)/24 from the DHCP server", RegexOptions.CultureInvariant);
        Assert.NotEmpty(told);
        return told[^1].Groups[1].Value;
    }

    private static byte[] Fetch(LabSession lab, string url) => LabProcess.RunForBytes(
        lab.Network.Client, TimeSpan.FromMinutes(2), ["curl", "--silent", "--show-error", "--max-time", "90", url]);
}
