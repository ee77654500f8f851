using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>Who else is on the network: hosts that have taken an address of the pool, and other boot servers.</summary>
[Trait("Category", "Lab")]
public sealed class SharedNetworkTests
{
    private const string OtherMac = "02:a6:1e:00:00:02"; // of the host at LabNetwork.DhcpAddress
    private const string Theirs = "02:be:00:00:00:02";

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(40);

    private static readonly string[] _asUefiFirmware =
        ["-x", "0x5d:0007", "-x", "0x5e:010310", "-V", "PXEClient:Arch:00007:UNDI:003016"];

    /// <summary>The offer comes before the client would ask again.</summary>
    [Fact]
    public void AddressThatASilentHostHasIsNotOffered() => LabSession.Run("probe", lab =>
    {
        Directory.CreateDirectory(lab.Tree);
        const string Config = """
            { "network": { "interface": "eth0" }, "tree": "tree",
              "dhcp": { "mode": "server", "pool": "10.0.0.100-10.0.0.200" } }
            """;
        lab.Serve(Config).WaitFor("ready", _limit);
        string first = AddressIn(Udhcpc(lab));
        lab.Appliance!.Stop();
        lab.Appliance.Dispose();

        // It has no memory, and would give the same address again.
        LabProcess.Run(lab.Network.Dhcp, _limit, ["ip", "address", "add", first + "/24", "dev", "eth0"]).OrThrow("ip");
        lab.Serve(Config).WaitFor("ready", _limit);
        long before = 0;
        lab.Capture.PacketsFrom(ref before);
        LabResult result = Udhcpc(lab);
        Assert.NotEqual(first, AddressIn(result));
        lab.Appliance.WaitFor($"({OtherMac}) uses {first}, which it has not from here", TimeSpan.FromSeconds(5));
        Assert.Single(lab.Capture.PacketsFrom(ref before), static packet => IsDhcpRequest(packet, 1));
        Assert.DoesNotContain($"{first} ", lab.Appliance.Log.Split("acks ")[^1], StringComparison.Ordinal);
    });

    /// <summary>Two of us with lists that have no machine in common.</summary>
    [Fact]
    public void EachMachineIsAnsweredByItsOwnServer() => LabSession.Run("two-of-us", lab =>
    {
        lab.FillTree();
        lab.Serve(Allowing(LabConfig.MachineMac, "10.0.0.100-10.0.0.120")).WaitFor("ready", _limit);
        string config = Path.Combine(lab.Folder, "second.json");
        File.WriteAllText(config, Allowing(Theirs, "10.0.0.140-10.0.0.160"));
        LabProcess second = lab.Own(LabProcess.Start("aglet2", lab.Network.Dhcp, Path.Combine(lab.Folder, "aglet2.log"),
            [Repository.Binary, "serve", "--config", config]));
        Assert.True(second.WaitFor("ready", _limit), second.Output);
        foreach ((string mac, string server) in ((string, string)[])[
            (LabConfig.MachineMac, LabNetwork.ServerAddress), (Theirs, LabNetwork.DhcpAddress)])
        {
            lab.OnClient(_limit, "ip", "link", "set", "eth0", "address", mac).OrThrow("ip");
            Assert.Contains("obtained from " + server, Udhcpc(lab, _asUefiFirmware).Output, StringComparison.Ordinal);
            Assert.Contains("obtained from " + server, Udhcpc(lab).Output, StringComparison.Ordinal);
            Thread.Sleep(300); // what the other one might still say
            List<CapturedPacket> replies = lab.Capture.Packets().FindAll(
                packet => packet.IsDhcpReply && packet.ClientMac == mac);
            Assert.Contains(replies, static packet => packet.BootFile == "bootx64.efi" && packet.DhcpOption(53) is [5]);
            Assert.All(replies, packet => Assert.Equal(server, packet.Source));
        }

        Assert.DoesNotContain(Theirs, Acknowledged(lab.Appliance!.Log), StringComparison.Ordinal);
        Assert.DoesNotContain(LabConfig.MachineMac, Acknowledged(second.Output), StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("server", "is another DHCP server and gives addresses such as 10.0.0.")]
    [InlineData("proxy", "gives this network's addresses, such as 10.0.0.")]
    public void SecondBootServerIsNoticedAndNothingIsSentForIt(string mode, string role) => LabSession.Run("second-" + mode, lab =>
    {
        lab.FillTree();
        string pool = mode == "server" ? """, "pool": "10.0.0.100-10.0.0.200" """ : "";
        string config = LabConfig.For("""{ "local": true }""", $$"""{ "mode": "{{mode}}"{{pool}} }""", programs: "{}", unknown: "lab");
        lab.Serve(mode == "proxy" ? LabConfig.WithoutReservation(config) : config).WaitFor("ready", _limit);
        lab.Own(new PlainDhcpServer(
            lab.Network.Dhcp, lab.Folder, "--dhcp-boot=theirs/other.efi", "--pxe-service=X86-64_EFI,Install,theirs/other.efi"));

        // Firmware that asks for broadcasts, as most does.
        Udhcpc(lab, ["-B", .. _asUefiFirmware]);
        lab.Appliance!.WaitFor($"{LabNetwork.DhcpAddress} ({OtherMac}) {role}", TimeSpan.FromSeconds(10));
        lab.Appliance.WaitFor("it tells clients to boot theirs/other.efi", TimeSpan.FromSeconds(10));
        List<CapturedPacket> ours = lab.Capture.Packets().FindAll(static packet => packet.SourceMac == LabNetwork.ServerMac);
        Assert.All(ours, static packet => Assert.True(packet.IsDhcpReply, packet.ToString()));
        Assert.DoesNotContain(ours, static packet => packet.Destination == LabNetwork.DhcpAddress);
    });

    private static string Allowing(string mac, string pool) => $$"""
        { "network": { "interface": "eth0" }, "tree": "tree",
          "dhcp": { "mode": "server", "pool": "{{pool}}", "allow": ["{{mac}}"] },
          "images": { "all": { "menu": ["disk"] }, "disk": { "local": true } }, "unknown": "all" }
        """;

    private static LabResult Udhcpc(LabSession lab, params IReadOnlyList<string> more) => lab.OnClient(_limit,
        ["busybox", "udhcpc", "-n", "-q", "-t", "4", "-T", "2", "-i", "eth0", "-s", "/bin/true", .. more]);

    private static string AddressIn(LabResult result)
    {
        string[] parts = result.OrThrow("udhcpc").Output.Split("lease of ");
        Assert.True(parts.Length > 1, result.Output);
        return parts[^1].Split(' ')[0];
    }

    private static bool IsDhcpRequest(CapturedPacket packet, byte type) =>
        packet.Protocol == 17 && packet.DestinationPort == 67 && packet.Payload.Length >= 240 && packet.Payload[0] == 1
        && packet.DhcpOption(53) is [var found] && found == type;

    private static string Acknowledged(string log) =>
        string.Join('\n', Array.FindAll(log.Split('\n'), static line => line.Contains(" acks ", StringComparison.Ordinal)));
}
