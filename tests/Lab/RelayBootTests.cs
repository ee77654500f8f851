using System;
using System.Collections.Generic;
using System.IO;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>A machine's network is behind a router, which relays DHCP and routes the rest.</summary>
[Trait("Category", "Lab")]
public sealed class RelayBootTests
{
    private const string Dhcp = """
        { "mode": "server", "subnets": [{ "subnet": "10.1.0.0/24", "pool": "10.1.0.100-10.1.0.200", "router": "10.1.0.1" }] }
        """;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("relay-bios", nameof(Firmware.Bios))]
    [InlineData("relay-uefi", nameof(Firmware.Uefi))]
    public void MachineBootsBehindARelay(string name, string firmware) => LabSession.Run(name, lab =>
    {
        string router = lab.Network.Dhcp;
        string far = lab.Network.AddBridgeBehind("far1", router, "10.1.0.1/24");
        LabProcess.Run(router, _limit, ["sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"]).OrThrow("forwarding");
        lab.InServer("ip", "route", "add", "10.1.0.0/16", "via", LabNetwork.DhcpAddress).OrThrow("ip");
        lab.FillTree("amd64");
        lab.Serve(LabConfig.For(LabConfig.Guest(), Dhcp).Replace(LabConfig.MachineAddress, "10.1.0.11", StringComparison.Ordinal));
        LabProcess relay = lab.Own(LabProcess.Start("dhcrelay", router, Path.Combine(lab.Folder, "dhcrelay.log"),
            ["dhcrelay", "-4", "-d", "--no-pid", "-a", "-id", "far1", "-iu", "eth0", LabNetwork.ServerAddress]));
        Assert.True(relay.WaitFor("Sending on   Socket/", _limit), relay.Output);
        VirtualMachine machine = lab.Boot(new(Enum.Parse<Firmware>(firmware), LabConfig.MachineMac) { Space = far });
        GuestProof.Check(lab, machine);
        Assert.Equal("10.1.0.11", machine.LineAfter("GUEST-ADDRESS"));

        // The relay's replies only; files came through it as through any router.
        List<CapturedPacket> packets = lab.Capture.Packets();
        Assert.All(packets.FindAll(static packet => packet.IsDhcpReply), static packet => Assert.Equal("10.1.0.1", packet.Destination));
        Assert.Contains(packets, static packet => packet.IsTftpRequest && packet.Source == "10.1.0.11");
    });
}
