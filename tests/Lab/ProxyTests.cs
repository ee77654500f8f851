using System;
using System.Collections.Generic;
using Xunit;

namespace Aglet.Tests.Lab;

[Trait("Category", "Lab")]
public sealed class ProxyTests
{
    [Theory]
    [InlineData("proxy-bios", nameof(Firmware.Bios))]
    [InlineData("proxy-uefi", nameof(Firmware.Uefi))]
    public void MachineBootsWhileAnotherServerHandsOutTheAddresses(string name, string firmware) => LabSession.Run(name, lab =>
    {
        lab.Own(new PlainDhcpServer(lab.Network.Dhcp, lab.Folder, "--dhcp-option=6,10.0.0.2"));
        string config = LabConfig.WithoutReservation(
            LabConfig.For(LabConfig.Guest(), LabConfig.ProxyMode, LabConfig.AsPlainRom));
        VirtualMachine machine = GuestProof.Boot(lab, Enum.Parse<Firmware>(firmware), config);
        GuestProof.Check(lab, machine);

        List<CapturedPacket> packets = lab.Capture.Packets();
        Assert.Contains(packets, packet => packet is { IsDhcpReply: true, Source: LabNetwork.DhcpAddress, YourAddress: not 0 });
        List<CapturedPacket> ours = packets.FindAll(packet => packet is { IsDhcpReply: true, SourceMac: LabNetwork.ServerMac });
        Assert.NotEmpty(ours);
        Assert.All(ours, packet => Assert.Equal(0u, packet.YourAddress));
    });
}
