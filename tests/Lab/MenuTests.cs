using System;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>
/// A machine that nobody wrote down gets the menu, in each boot program's own form, and the menu's default boots when
/// its time is up.
/// </summary>
[Trait("Category", "Lab")]
public sealed class MenuTests
{
    private const string Menu = """
        {
          "network": { "interface": "eth0" },
          "dhcp": { "mode": "server", "pool": "10.0.0.100-10.0.0.200", "router": "10.0.0.1", "dns": ["10.0.0.1"] },
          "tree": "tree",
          "programs": PROGRAMS,
          "menu": { "title": "Rooms & 'racks' of $HOME", "timeout": "3s", "default": "guest" },
          "groups": [
            { "name": "tools", "match": { "mac": "52:54:00:0f:*" }, "image": "tools" },
            { "name": "efi", "match": { "mac": "52:54:00:0e:*" }, "image": "efi-tools" },
          ],
          "images": {
            "disk": { "local": true },
            "guest": {
              "title": "Say \"hello\"; then {power} off", "kernel": "test/linux", "initrd": "test/initrd.gz",
              "args": "console=ttyS0 aglet.fetch=http://10.0.0.1/test/proof.bin"
            },
            "tools": { "menu": ["disk", "say", "guest"], "title": "Tools; \"of\" the {lab}", "timeout": "2s", "default": "guest" },
            "efi-tools": { "menu": ["disk", "say"], "title": "Tools; \"of\" the {lab}", "timeout": "2s", "default": "say" },
            "say": { "efi": "snponly.efi", "title": "Just say it" },
          },
          "unknown": "menu"
        }
        """;

    [Theory]
    [InlineData("menu-pxelinux", nameof(Firmware.Bios), LabConfig.AsPlainRom, "menu.c32")]
    [InlineData("menu-grub", nameof(Firmware.Uefi), "{}", "grub.cfg")]
    [InlineData("menu-ipxe", nameof(Firmware.Bios), "{}", "boot.ipxe")]
    public void TheMenusDefaultBoots(string name, string firmware, string programs, string asked) => LabSession.Run(name, lab =>
    {
        VirtualMachine machine = Boot(lab, Enum.Parse<Firmware>(firmware), programs, LabConfig.MachineMac);
        machine.WaitFor("GUEST-DONE", GuestProof.Limit);
        Assert.Equal(lab.ProofHash, machine.LineAfter("BOOT-OK"));
        Assert.Contains("Rooms & 'racks' of $HOME", machine.Console.Text, StringComparison.Ordinal);
        Assert.Contains("Say \"hello\"; then {power} off", machine.Console.Text, StringComparison.Ordinal);
        Assert.Contains(asked, lab.Appliance!.Log, StringComparison.Ordinal);
    });

    /// <summary>A group's image may be a menu of its own, and its default may be of any kind.</summary>
    [Theory]
    [InlineData("menu-image-pxelinux", nameof(Firmware.Bios), LabConfig.AsPlainRom, "52:54:00:0f:00:01", "GUEST-DONE")]
    [InlineData("menu-image-efi", nameof(Firmware.Uefi), "{}", "52:54:00:0e:00:01", "iPXE initialising devices")]
    public void AMenuImagesDefaultBoots(string name, string firmware, string programs, string mac, string marker)
        => LabSession.Run(name, lab =>
    {
        VirtualMachine machine = Boot(lab, Enum.Parse<Firmware>(firmware), programs, mac);
        machine.WaitFor(marker, GuestProof.Limit);
        Assert.Contains("Tools; \"of\" the {lab}", machine.Console.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("racks", machine.Console.Text, StringComparison.Ordinal);
    });

    private static VirtualMachine Boot(LabSession lab, Firmware firmware, string programs, string mac)
    {
        lab.FillTree("amd64");
        lab.Serve(Menu.Replace("PROGRAMS", programs, StringComparison.Ordinal));
        return lab.Boot(new(firmware, mac));
    }
}
