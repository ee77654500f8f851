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
          "images": {
            "disk": { "local": true },
            "guest": {
              "title": "Say \"hello\"; then {power} off", "kernel": "test/linux", "initrd": "test/initrd.gz",
              "args": "console=ttyS0 aglet.fetch=http://10.0.0.1/test/proof.bin"
            }
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
        VirtualMachine machine = GuestProof.Boot(
            lab, Enum.Parse<Firmware>(firmware), Menu.Replace("PROGRAMS", programs, StringComparison.Ordinal));
        machine.WaitFor("GUEST-DONE", GuestProof.Limit);
        Assert.Equal(lab.ProofHash, machine.LineAfter("BOOT-OK"));
        Assert.Contains(asked, lab.Appliance!.Log, StringComparison.Ordinal);
    });
}
