using System;
using System.Collections.Generic;
using System.IO;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>A router that tells every machine one file name: <c>aglet</c>, from us.</summary>
[Trait("Category", "Lab")]
public sealed class FixedNameTests
{
    /// <summary>
    /// The router's offer has all that PXE wants, so the firmware takes it and not the proxy's. Shim and GRUB lie in a
    /// folder of which the name says nothing, and find each other and their configuration all the same.
    /// </summary>
    [Fact]
    public void UefiMachineIsGivenTheProgramOfItsArchitecture() => LabSession.Run("fixed-name-uefi", lab =>
    {
        lab.Own(new PlainDhcpServer(
            lab.Network.Dhcp, lab.Folder, "--dhcp-boot=aglet,,10.0.0.1",
            "--dhcp-option-force=60,PXEClient", "--dhcp-option-force=43,06:01:08:ff"));
        lab.FillTree("amd64");
        string folder = Directory.CreateDirectory(Path.Combine(lab.Tree, "signed")).FullName;
        foreach (string name in (string[])["bootx64.efi", "grubx64.efi"])
            File.Move(Path.Combine(lab.Tree, name), Path.Combine(folder, name));
        lab.Serve(LabConfig.WithoutReservation(LabConfig.For(
            LabConfig.Guest(), LabConfig.ProxyMode, """{ "x64-uefi": "signed/bootx64.efi" }""")));
        VirtualMachine machine = lab.Boot(new(Firmware.Uefi, LabConfig.MachineMac));
        GuestProof.Check(lab, machine);
        Assert.Contains(TftpRequests(lab), packet => packet.Text.Contains("aglet\0", StringComparison.Ordinal));
        Assert.Contains(TftpRequests(lab), packet => packet.Text.Contains("grubx64.efi\0", StringComparison.Ordinal));
    });

    /// <summary>iPXE is told the same name, and that no proxy will come: it gets its script under it.</summary>
    [Fact]
    public void IpxeIsGivenItsScriptUnderTheSameName() => LabSession.Run("fixed-name-ipxe", lab =>
    {
        lab.Own(new PlainDhcpServer(
            lab.Network.Dhcp, lab.Folder, "--dhcp-boot=aglet.kpxe,,10.0.0.1", "--dhcp-option-force=encap:175,176,1b"));
        lab.FillTree("amd64");
        lab.Serve(LabConfig.WithoutReservation(LabConfig.For(LabConfig.Guest(), LabConfig.ProxyMode, "{}")));
        VirtualMachine machine = lab.Boot(new(Firmware.Bios, LabConfig.MachineMac));
        GuestProof.Check(lab, machine);
        Assert.Contains(TftpRequests(lab), packet => packet.Text.Contains("aglet.kpxe\0", StringComparison.Ordinal));
    });

    /// <summary>Nothing is heard in mode off: it is taken for what most machines are, and a line says so.</summary>
    [Fact]
    public void WhoWasNotHeardIsTakenForX64Uefi() => LabSession.Run("fixed-name-unheard", lab =>
    {
        lab.Own(new PlainDhcpServer(lab.Network.Dhcp, lab.Folder, "--dhcp-boot=aglet.efi,,10.0.0.1"));
        lab.FillTree("amd64");
        lab.Serve(LabConfig.WithoutReservation(LabConfig.For(LabConfig.Guest(), """{ "mode": "off" }""", "{}", unknown: "lab")));
        VirtualMachine machine = lab.Boot(new(Firmware.Uefi, LabConfig.MachineMac));
        machine.WaitFor("GUEST-DONE", GuestProof.Limit);
        lab.Appliance!.WaitFor("asks for aglet.efi, and what it is was not heard", TimeSpan.FromSeconds(5));
    });

    private static List<CapturedPacket> TftpRequests(LabSession lab) =>
        lab.Capture.Packets().FindAll(packet => packet.IsTftpRequest);
}
