using System;
using System.Collections.Generic;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>A router's own DHCP server holds port 67 on the very host that Aglet runs on.</summary>
[Trait("Category", "Lab")]
public sealed class SameHostTests
{
    [Theory]
    [InlineData("same-host-bios", nameof(Firmware.Bios))]
    [InlineData("same-host-uefi", nameof(Firmware.Uefi))]
    public void MachineBootsBesideTheDhcpServerOfTheSameHost(string name, string firmware) => LabSession.Run(name, lab =>
    {
        PlainDhcpServer other = lab.Own(new PlainDhcpServer(lab.Network.Server, lab.Folder));
        string config = LabConfig.WithoutReservation(
            LabConfig.For(LabConfig.Guest(), LabConfig.ProxyMode, LabConfig.AsPlainRom));
        VirtualMachine machine = GuestProof.Boot(lab, Enum.Parse<Firmware>(firmware), config);
        GuestProof.Check(lab, machine);

        lab.Appliance!.WaitFor("port 67 is heard and answered beside the sockets", TimeSpan.Zero);
        Assert.Contains("DHCPACK(eth0)", other.Log, StringComparison.Ordinal);
        List<CapturedPacket> replies = lab.Capture.Packets().FindAll(packet => packet.IsDhcpReply);
        Assert.Contains(replies, packet => packet.YourAddress != 0);
        Assert.Contains(replies, packet => packet.YourAddress == 0);
    });

    /// <summary>Told to, it listens so from the start, and whoever comes later may have the port.</summary>
    [Fact]
    public void ToldToItLeavesThePortToOthers() => LabSession.Run("same-host-packet", lab =>
    {
        string dhcp = """{ "mode": "proxy", "listen": "packet" }""";
        string config = LabConfig.WithoutReservation(LabConfig.For(LabConfig.Guest(), dhcp, programs: "{}"));
        lab.FillTree("amd64");
        lab.Serve(config);
        lab.Appliance!.WaitFor("ready:", TimeSpan.FromSeconds(20));
        lab.Own(new PlainDhcpServer(lab.Network.Server, lab.Folder));
        GuestProof.Check(lab, lab.Boot(new(Firmware.Bios, LabConfig.MachineMac)));
    });
}
