using System;
using System.Text;
using Aglet.Linux;
using Xunit;

namespace Aglet.Tests.Unit.Linux;

public sealed class BootDiskTests
{
    [Fact]
    public void TheDiskIsKnownByItsSignature()
    {
        byte[] sector = new byte[512];
        new byte[] { 0x78, 0x56, 0x34, 0x12 }.CopyTo(sector, 440);
        Assert.False(BootDisk.HasSignature(sector, 0x12345678));
        (sector[510], sector[511]) = (0x55, 0xAA);
        Assert.True(BootDisk.HasSignature(sector, 0x12345678));
        Assert.False(BootDisk.HasSignature(sector, 0x78563412));
        Assert.False(BootDisk.HasSignature(sector.AsSpan(0, 511), 0x12345678));
    }

    [Theory]
    [InlineData("/dev/sda", 1, "/dev/sda1")]
    [InlineData("/dev/mmcblk0", 2, "/dev/mmcblk0p2")]
    [InlineData("/dev/nvme0n1", 3, "/dev/nvme0n1p3")]
    public void PartitionsHaveTheirNames(string disk, int number, string name) =>
        Assert.Equal(name, BootDisk.PartitionOf(disk, number));

    [Theory]
    [InlineData(0, "hsqs", "squashfs")]
    [InlineData(3, "EXFAT   ", "exfat")]
    [InlineData(3, "NTFS    ", "ntfs3")]
    [InlineData(54, "FAT16   ", "vfat")]
    [InlineData(82, "FAT32   ", "vfat")]
    [InlineData(1080, "S\u00EF", "ext4")]
    [InlineData(32769, "CD001", "iso9660")]
    [InlineData(7, "nothing", "")]
    public void ASuperblockSaysItsType(int at, string mark, string type)
    {
        byte[] start = new byte[FileSystems.ProbeBytes];
        Encoding.Latin1.GetBytes(mark).CopyTo(start, at);
        Assert.Equal(type, FileSystems.TypeOf(start));
        Assert.Equal("", FileSystems.TypeOf(start.AsSpan(0, at)));
    }

    [Theory]
    [InlineData("console=ttyS0 aglet.disk=1a2b3c4d aglet.slot=b quiet\n", 0x1A2B3C4Du, "b", 0)]
    [InlineData("", null, "", 0)]
    [InlineData("aglet.disk=1a2b", null, "", 1)]
    [InlineData("aglet.disk=1a2b3c4g", null, "", 1)]
    public void TheCommandLineSaysTheDisk(string line, uint? disk, string slot, int problems)
    {
        BootArguments arguments = new(line);
        Assert.Equal(disk, arguments.Disk);
        Assert.Equal(slot, arguments.Slot);
        Assert.Equal(problems, arguments.Problems.Count);
    }

    [Theory]
    [InlineData("quiet aglet.disk=1a2b3c4d", true, 0)]
    [InlineData("aglet.watchdog=off quiet", false, 0)]
    [InlineData("aglet.watchdog=never", true, 1)]
    public void TheCommandLineMaySwitchTheWatchdogOff(string line, bool isUsed, int problems)
    {
        BootArguments arguments = new(line);
        Assert.Equal(isUsed, arguments.UsesWatchdog);
        Assert.Equal(problems, arguments.Problems.Count);
    }
}
