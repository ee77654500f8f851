using System;
using System.Collections.Generic;
using System.IO;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>Images that are no kernel, started by the firmware or boot program that can.</summary>
[Trait("Category", "Lab")]
public sealed class ImageKindTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(4);

    [Fact]
    public void TheFirmwareRunsAnEfiProgram() => LabSession.Run("image-efi", lab =>
    {
        Boot(lab, Firmware.Uefi, """{ "efi": "test/say.efi" }""").WaitFor("EFI-BOOTED", _limit);
        List<CapturedPacket> requests = lab.Capture.Packets().FindAll(packet => packet.IsTftpRequest);
        Assert.NotEmpty(requests);
        Assert.All(requests, packet => Assert.Contains("test/say.efi\0", packet.Text, StringComparison.Ordinal));
    });

    [Theory]
    [InlineData("image-iso", """{ "iso": "test/say.iso" }""", "ISO-BOOTED")]
    [InlineData("image-disk", """{ "disk": "test/say.img" }""", "DISK-BOOTED")]
    public void UefiHttpBootMakesARamDisk(string name, string image, string marker) => LabSession.Run(name, lab =>
    {
        Boot(lab, Firmware.UefiHttpBoot, image).WaitFor(marker, _limit);
        Assert.Contains(lab.Capture.Packets(), packet => packet.IsHttpRequest
            && packet.Text.Contains("UefiHttpBoot", StringComparison.Ordinal)
            && packet.Text.Contains("/test/say.i", StringComparison.Ordinal));
    });

    [Fact]
    public void IpxeGoesOnToAUrl() => LabSession.Run("image-chain", lab =>
    {
        VirtualMachine machine = Boot(lab, Firmware.Bios, """{ "chain": "http://10.0.0.1/test/say.ipxe" }""");
        machine.WaitFor("CHAIN-BOOTED", _limit);
        Assert.Equal(LabConfig.MachineMac, machine.LineAfter("CHAIN-BOOTED"));
    });

    private static VirtualMachine Boot(LabSession lab, Firmware firmware, string image)
    {
        lab.FillTree();
        string folder = Path.Combine(lab.Tree, "test");
        File.WriteAllText(Path.Combine(folder, "say.ipxe"), "#!ipxe\necho CHAIN-BOOTED ${netX/mac}\nsleep 600\n");
        File.WriteAllBytes(Path.Combine(folder, "say.efi"), TestPrograms.Efi("EFI-BOOTED"));
        TestPrograms.WriteIso(Path.Combine(folder, "say.iso"), TestPrograms.Efi("ISO-BOOTED"));
        string program = Path.Combine(lab.Folder, "disk.efi");
        File.WriteAllBytes(program, TestPrograms.Efi("DISK-BOOTED"));
        TestPrograms.WriteFat(
            Path.Combine(folder, "say.img"), 1440, new Dictionary<string, string> { ["EFI/BOOT/BOOTX64.EFI"] = program });
        lab.Serve(LabConfig.For(image, programs: "{}"));
        return lab.Boot(new(firmware, LabConfig.MachineMac));
    }
}
