using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>
/// A machine is installed over the network: its answer file partitions the disk, writes a system that boots, and reports.
/// From then on the machine boots that system, though its firmware asks the network first each time.
/// </summary>
[Trait("Category", "Lab")]
public sealed class InstallOnceTests
{
    private const int SystemKilobytes = 20480;

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);

    /// <summary>What the installing guest runs. The one partition is an EFI system partition of 20 MB after 1 MB.</summary>
    private const string Answer = """
        # {{ name }} is installed.
        wget -q -O - {{ http }}/test/boot.img | dd of="$disk" bs=440 count=1 conv=notrunc 2>/dev/null
        printf '\200\0\0\0\357\0\0\0\0\010\0\0\0\240\0\0' | dd of="$disk" bs=1 seek=446 conv=notrunc 2>/dev/null
        printf '\125\252' | dd of="$disk" bs=1 seek=510 conv=notrunc 2>/dev/null
        blockdev --rereadpt "$disk"
        sleep 1
        wget -q -O - {{ http }}/test/system.img >"${disk}1"
        sync
        [ "$(wget -q -O - {{ done_url }})" = done ]

        """;

    private const string Config = """
        {
          "network": { "interface": "eth0" },
          "dhcp": { "mode": "server", "pool": "10.0.0.100-10.0.0.200" },
          "tree": "tree",
          "state": "state",
          "programs": { "x86-bios-ipxe": "pxelinux.0" },
          "images": {
            "installer": {
              "kernel": "test/linux", "initrd": "test/initrd.gz", "args": "console=ttyS0 aglet.install={{ answer }}",
              "answer": { "kind": "plain", "template": "answers/install.sh" }
            }
          },
          "machines": [
            { "name": "node1", "mac": "52:54:00:00:00:01", "address": "10.0.0.11", "image": "installer", "once": true }
          ],
          "unknown": "ignore"
        }
        """;

    [Theory]
    [InlineData("once-bios", nameof(Firmware.Bios), "SECTOR-BOOTED")]
    [InlineData("once-uefi", nameof(Firmware.Uefi), "DISK-SYSTEM x86_64")]
    public void AMachineIsInstalledOnceAndThenBootsItsDisk(string name, string firmware, string system) => LabSession.Run(name, lab =>
    {
        VirtualMachineSettings settings = new(Enum.Parse<Firmware>(firmware), LabConfig.MachineMac)
        {
            Disk = Path.Combine(lab.Folder, "disk.img"),
            IsInstalled = true,
        };
        using (FileStream disk = File.Create(settings.Disk))
            disk.SetLength(32 << 20);
        Serve(lab);

        VirtualMachine machine = lab.Boot(settings);
        machine.WaitFor("GUEST-INSTALLED", _limit);
        BootSecret secret = BootSecret.Of(machine);
        byte[] answer = lab.Appliance!.Run("explain", "--mac", LabConfig.MachineMac, "--token", secret.Token, "--answer");
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(answer)), machine.LineAfter("INSTALL"));
        lab.Appliance.WaitFor("reports that its install is done", TimeSpan.FromSeconds(5));
        machine.WaitFor(system, _limit); // it reboots by itself, and asks the network first
        machine.Dispose();

        lab.Restart();
        machine = lab.Boot(settings);
        machine.WaitFor(system, _limit);
        Assert.DoesNotContain("aglet.install", machine.Console.Text, StringComparison.Ordinal);
        machine.Dispose();
        Assert.Contains("installed", MachinesOf(lab), StringComparison.Ordinal);

        lab.Appliance.Run("again", LabConfig.MachineName);
        machine = lab.Boot(settings);
        machine.WaitFor("INSTALL ", _limit);
        Assert.NotEqual(secret.Token, BootSecret.Of(machine).Token);
        Assert.DoesNotContain(system, machine.Console.Text, StringComparison.Ordinal);

        // What was overheard of the first boot is worth nothing now.
        lab.GiveClientAddress();
        Assert.Equal("403", lab.Status(secret.Url));
        lab.Appliance.WaitFor("is refused the answer file of node1: the token is ", TimeSpan.FromSeconds(5));
        Assert.DoesNotContain(secret.Token, lab.Appliance.Log, StringComparison.Ordinal);
    });

    private static string MachinesOf(LabSession lab) => Encoding.UTF8.GetString(lab.Appliance!.Run("machines"));

    private static void Serve(LabSession lab)
    {
        lab.FillTree("amd64");
        lab.AddTemplate("install.sh", Answer);
        Directory.CreateDirectory(Path.Combine(lab.Folder, "state"));
        string folder = Path.Combine(lab.Tree, "test");
        File.WriteAllBytes(Path.Combine(folder, "boot.img"), TestPrograms.BootSector("SECTOR-BOOTED"));
        string script = Path.Combine(lab.Folder, "grub.cfg");
        File.WriteAllText(script, "linux /linux console=ttyS0 aglet.disk\ninitrd /initrd.gz\nboot\n");
        TestPrograms.WriteFat(Path.Combine(folder, "system.img"), SystemKilobytes, new Dictionary<string, string>
        {
            ["EFI/debian/grubx64.efi"] = Path.Combine(Repository.BootTree, "grubx64.efi"),
            ["grub/grub.cfg"] = script,
            ["debian-installer/amd64/grub/grub.cfg"] = script,
            ["linux"] = Path.Combine(folder, "linux"),
            ["initrd.gz"] = Path.Combine(folder, "initrd.gz"),
        });
        lab.Serve(Config);
    }
}
