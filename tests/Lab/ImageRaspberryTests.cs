using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Text;
using Xunit;
using Xunit.Abstractions;

namespace Aglet.Tests.Lab;

/// <summary>
/// The arm64 image as a Raspberry Pi's firmware reads it, which no emulator has: each file that it asks for, by the names that
/// it asks for; and then the start of Linux on the one board that QEMU knows, with exactly those files.
/// </summary>
[Trait("Category", "LabArm64")]
public sealed class ImageRaspberryTests(ITestOutputHelper output)
{
    /// <summary>What the emulated board reaches, with a network card on USB.</summary>
    private const string Reached = "] serving; ";

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(6);

    [Fact]
    public void TheFirmwareFindsWhatItAsksFor()
    {
        string folder = Repository.NewFolder("image-raspberry-files");
        using ImageDisk disk = new(folder, "arm64");

        // The boot ROM takes the first partition with a FAT type; the ROM of the Pi 3 knows no other table than this one.
        byte[] sector = disk.Sector();
        Assert.Equal((0x55, 0xAA), (sector[510], sector[511]));
        Assert.Equal(0x80, sector[446]);
        Assert.Equal(0x0C, sector[450]);
        HashSet<string> paths = [.. disk.Paths(1)];
        Dictionary<string, string> settings = Settings(disk);
        string prefix = settings["os_prefix"];
        Assert.Equal("1", settings["arm_64bit"]);

        // Pi 3: the ROM asks for bootcode.bin, which asks for the rest. Pi 4 has its own in a flash chip.
        Has(disk, paths, "bootcode.bin", 30_000);
        foreach (string suffix in (string[])["", "4"])
        {
            byte[] firmware = Has(disk, paths, $"start{suffix}.elf", 1_000_000);
            Assert.Equal("\u007FELF", Encoding.ASCII.GetString(firmware, 0, 4));
            Has(disk, paths, $"fixup{suffix}.dat", 3_000);
        }

        // With upstream_kernel=1 the names of the device trees are those of Linux, not those of the foundation.
        Assert.Equal("1", settings["upstream_kernel"]);
        foreach (string board in (string[])[
            "bcm2837-rpi-3-b", "bcm2837-rpi-3-b-plus", "bcm2837-rpi-3-a-plus", "bcm2711-rpi-4-b", "bcm2711-rpi-400",
            "bcm2711-rpi-cm4-io"])
        {
            byte[] tree = Has(disk, paths, $"{prefix}{board}.dtb", 10_000);
            Assert.Equal([0xD0, 0x0D, 0xFE, 0xED], tree[..4]);
        }

        // An image of Linux for ARM64 says so at 0x38; the firmware unpacks gzip.
        byte[] kernel = Unpacked(Has(disk, paths, prefix + settings["kernel"], 5_000_000));
        Assert.Equal("ARM\u0064", Encoding.ASCII.GetString(kernel, 0x38, 4));
        Has(disk, paths, prefix + settings["initramfs"].Split(' ')[0], 1_000_000);
        string arguments = Encoding.ASCII.GetString(Has(disk, paths, prefix + "cmdline.txt", 20));
        Assert.Single(arguments.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        uint signature = BitConverter.ToUInt32(sector, 440);
        Assert.Contains($" aglet.disk={signature:x8} ", arguments, StringComparison.Ordinal);
        Assert.Contains(" aglet.slot=a", arguments, StringComparison.Ordinal);
    }

    [Fact]
    public void ItServesOnTheBoardThatIsEmulated()
    {
        string folder = Repository.NewFolder("image-raspberry");
        using ImageDisk disk = new(folder, "arm64");
        Dictionary<string, string> settings = Settings(disk);
        string prefix = settings["os_prefix"];
        string kernel = Written(folder, "kernel", Unpacked(disk.Get(1, prefix + settings["kernel"])));
        string initrd = Written(folder, "initrd", disk.Get(1, prefix + settings["initramfs"].Split(' ')[0]));
        string tree = Written(folder, "tree.dtb", disk.Get(1, prefix + "bcm2837-rpi-3-b.dtb"));
        string arguments = Encoding.ASCII.GetString(disk.Get(1, prefix + "cmdline.txt")).Trim();
        disk.Configure("""{ "network": { "address": "10.0.0.1/24" }, "dhcp": { "mode": "proxy" } }""");

        // Cards have a power of two of bytes, says this emulator.
        using (FileStream card = File.OpenWrite(disk.File))
            card.SetLength(2L << 30);
        string console = Path.Combine(folder, "board.console");
        using LabProcess board = LabProcess.Start("board", space: null, Path.Combine(folder, "qemu.log"), [
            "qemu-system-aarch64", "-M", "raspi3b", "-display", "none", "-monitor", "none", "-accel", "tcg",
            "-serial", "null", "-serial", "file:" + console, "-no-reboot",
            "-netdev", "hubport,id=net0,hubid=0", "-device", "usb-net,netdev=net0",
            // This emulator (QEMU 7.2) restarts the board at once when its watchdog is armed.
            "-kernel", kernel, "-initrd", initrd, "-dtb", tree, "-append", arguments + " aglet.watchdog=off",
            "-drive", "if=sd,format=raw,file=" + disk.File]);
        using SerialConsole serial = new(console);
        long end = Environment.TickCount64 + (long)_limit.TotalMilliseconds;
        while (!serial.Text.Contains(Reached, StringComparison.Ordinal))
        {
            bool hasExited = board.HasExited;
            serial.Read();
            Assert.True(!hasExited || serial.Text.Contains(Reached, StringComparison.Ordinal), board.Output + serial.Text);
            Assert.True(Environment.TickCount64 < end, $"no \"{Reached}\" in\n{serial.Text}");
            System.Threading.Thread.Sleep(200);
        }

        output.WriteLine(serial.Text);
        foreach (string step in (string[])["mounting /boot ... done: /dev/mmcblk0p1, vfat", "mounting the boot tree ... done: /dev/mmcblk0p3",
            "mounting the state ... done: /dev/mmcblk0p2, ext4", "network card usb0", "driver cdc_ether", "ready: "])
        {
            Assert.Contains(step, serial.Text, StringComparison.Ordinal);
        }
    }

    private static Dictionary<string, string> Settings(ImageDisk disk)
    {
        Dictionary<string, string> settings = [];
        foreach (string line in Encoding.ASCII.GetString(disk.Get(1, "config.txt")).Split('\n', StringSplitOptions.TrimEntries))
        {
            int space = line.IndexOfAny(['=', ' ']);
            if (space > 0 && line[0] != '#')
                settings[line[..space]] = line[(space + 1)..];
        }
        return settings;
    }

    private static byte[] Has(ImageDisk disk, HashSet<string> paths, string path, int bytes)
    {
        Assert.Contains(path, paths);
        byte[] content = disk.Get(1, path);
        Assert.True(content.Length >= bytes, $"{path} has {content.Length} bytes");
        return content;
    }

    private static byte[] Unpacked(byte[] kernel)
    {
        using var packed = new GZipStream(new MemoryStream(kernel), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        packed.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    private static string Written(string folder, string name, byte[] content)
    {
        string file = Path.Combine(folder, name);
        File.WriteAllBytes(file, content);
        return file;
    }
}
