using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Aglet.Tests.Unit.Update;
using Aglet.Update;
using Xunit;
using Xunit.Abstractions;

namespace Aglet.Tests.Lab;

/// <summary>
/// Updates that lie on the card: one that serves is kept, a damaged one is refused, one that does not start is given back.
/// On the way the watchdog is fed, and the power button pressed.
/// </summary>
[Trait("Category", "Lab")]
public sealed class ImageUpdateTests(ITestOutputHelper output)
{
    private const string Config = """
        { "network": { "address": "10.0.0.1/24" }, "tree": "/srv/boot", "state": "/var/lib/aglet",
          "dhcp": { "mode": "server", "lease": "1h", "pool": "10.0.0.20-10.0.0.250" } }
        """;

    /// <summary>Beside starting twice: a minute of the machine's own time.</summary>
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(8);

    [Fact]
    public void GoodIsKeptDamagedIsRefusedAndDeadIsGivenBack() => LabSession.Run("image-update", lab =>
    {
        ImageProof.MakeRoom(lab);
        using ImageDisk disk = new(lab.Folder, "x64");
        disk.Configure(Config);
        (string Name, byte[] Content)[] parts = Parts(disk);
        Put(lab, disk, "good.update", UpdateWorld.Archive([("manifest", UpdateWorld.ManifestOf("2.0", parts)), .. parts]));
        using (VirtualMachine machine = Start(lab, disk))
        {
            machine.WaitFor("good.update: version 2.0 is in slot b and is tried now", _limit);
            machine.WaitFor("slot b, 2.0, IS NEW AND ON TRIAL", _limit);
            machine.WaitFor("slot b is kept", _limit);

            // It served for twice the time that the watchdog waits, which therefore was fed.
            Assert.Equal(2, Starts(machine));
            Assert.Contains("opening the watchdog ... done: i6300ESB timer, 30 s", machine.Console.Text, StringComparison.Ordinal);
            machine.Tell("system_powerdown");
            machine.WaitForEnd(_limit);
            output.WriteLine(machine.Console.Text);
            Assert.Contains("the power button was pressed", machine.Console.Text, StringComparison.Ordinal);
            Assert.Contains("stopped; switching off", machine.Console.Text, StringComparison.Ordinal);
        }

        Assert.Equal("", disk.Faults());

        Assert.Equal("b", GrubEnvironment.Get(disk.Get(1, "grub/grubenv"), "slot"));
        Assert.Equal("version 2.0 in slot b\n", Encoding.ASCII.GetString(disk.Get(1, "good.update.installed")));

        // One bit of a gigantic file, and nothing is written.
        byte[] damaged = UpdateWorld.Archive([("manifest", UpdateWorld.ManifestOf("3.0", parts)), .. parts]);
        damaged[damaged.Length / 2] ^= 1;
        Put(lab, disk, "damaged.update", damaged);
        using (VirtualMachine machine = Start(lab, disk))
        {
            machine.WaitFor("damaged.update is refused: ", _limit);
            machine.WaitFor("serving", _limit);
            Assert.Contains("it is damaged: get it again; this system stays", machine.Console.Text, StringComparison.Ordinal);
            Assert.Contains("done: slot b, 2.0", machine.Console.Text, StringComparison.Ordinal);
        }

        // Its hashes are right, and it is no system: the kernel finds no first process, gives up and starts again.
        (string Name, byte[] Content)[] dead = [.. parts.Select(static part =>
            part.Name == "initrd" ? ("initrd", CpioOf("nothing")) : part)];
        Put(lab, disk, "dead.update", UpdateWorld.Archive([("manifest", UpdateWorld.ManifestOf("4.0", dead)), .. dead]));
        using (VirtualMachine machine = Start(lab, disk))
        {
            machine.WaitFor("dead.update: version 4.0 is in slot a and is tried now", _limit);
            machine.WaitFor("Kernel panic", _limit);
            machine.WaitFor("done: slot b, 2.0", _limit);
            machine.WaitFor("serving", _limit);
            output.WriteLine(machine.Console.Text);
        }

        Assert.Equal("b", GrubEnvironment.Get(disk.Get(1, "grub/grubenv"), "slot"));
        Assert.Equal("", GrubEnvironment.Get(disk.Get(1, "grub/grubenv"), "try"));
    });

    private static int Starts(VirtualMachine machine) =>
        machine.Console.Text.Split("is the first process", StringSplitOptions.None).Length - 1;

    private static VirtualMachine Start(LabSession lab, ImageDisk disk) => lab.Boot(new(Firmware.Bios, ImageDisk.Mac)
    {
        IsAppliance = true,
        MayRestart = true,
        HasWatchdog = true,
        Disk = disk.File,
        MemoryMegabytes = 256,
        StuckTexts = ["Aglet does not start"],
    });

    /// <summary>The system that the image has, as the files of an update.</summary>
    private static (string Name, byte[] Content)[] Parts(ImageDisk disk) =>
        [("initrd", disk.Get(1, "a/initrd")), ("linux", disk.Get(1, "a/linux"))];

    private static byte[] CpioOf(string file)
    {
        using MemoryStream archive = new();
        CpioArchive.Write(archive, [new CpioEntry(file, CpioEntry.Executable, [1])]);
        return archive.ToArray();
    }

    private static void Put(LabSession lab, ImageDisk disk, string name, byte[] content)
    {
        string file = Path.Combine(lab.Folder, name);
        File.WriteAllBytes(file, content);
        disk.Put(1, file, name);
        File.Delete(file);
    }
}
