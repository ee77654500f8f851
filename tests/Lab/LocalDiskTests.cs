using System;
using System.IO;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>A machine that is to boot its own disk does so, through each boot program.</summary>
[Trait("Category", "Lab")]
public sealed class LocalDiskTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(4);

    [Theory]
    [InlineData("disk-pxelinux", LabConfig.AsPlainRom)]
    [InlineData("disk-ipxe", "{}")]
    public void ABiosMachineGoesOnToItsDisk(string name, string programs) => LabSession.Run(name, lab =>
    {
        byte[] disk = new byte[1 << 20];
        TestPrograms.BootSector("DISK-BOOTED").CopyTo(disk, 0);
        string image = Path.Combine(lab.Folder, "disk.img");
        File.WriteAllBytes(image, disk);
        Boot(lab, Firmware.Bios, programs, image).WaitFor("DISK-BOOTED", _limit);
        Assert.Contains("boots its local disk", Script(lab), StringComparison.Ordinal);
    });

    [Fact]
    public void AUefiMachineGoesOnToItsDisk() => LabSession.Run("disk-grub", lab =>
    {
        // The disk's own program is an iPXE: its greeting cannot come from the network, which gives shim and GRUB.
        string folder = Directory.CreateDirectory(Path.Combine(lab.Folder, "disk", "EFI", "BOOT")).FullName;
        File.Copy(Path.Combine(Repository.BootTree, "snponly.efi"), Path.Combine(folder, "BOOTX64.EFI"));
        VirtualMachine machine = Boot(
            lab, Firmware.Uefi, "{}", "fat:ro:" + Path.Combine(lab.Folder, "disk"));
        machine.WaitFor("iPXE initialising devices", _limit);
        Assert.Contains("grub.cfg", lab.Appliance!.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("snponly.efi", lab.Appliance.Log, StringComparison.Ordinal);
    });

    private static VirtualMachine Boot(LabSession lab, Firmware firmware, string programs, string disk)
    {
        lab.FillTree();
        lab.Serve(LabConfig.For("""{ "local": true }""", programs: programs));
        return lab.Boot(new(firmware, LabConfig.MachineMac) { Disk = disk });
    }

    /// <summary>What the machine was given to run, as the product explains it.</summary>
    private static string Script(LabSession lab) => LabProcess.Run(lab.Network.Server, TimeSpan.FromSeconds(20), [
        Repository.Binary, "explain", "--config", Path.Combine(lab.Folder, "aglet.json"),
        "--mac", LabConfig.MachineMac, "--arch", "x86-bios",
    ]).OrThrow("aglet explain").Output;
}
