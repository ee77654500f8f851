using System;
using System.Collections.Generic;
using Aglet.Kernel;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>One row of what is mounted.</summary>
/// <param name="Source">The device, or any word where there is none.</param>
/// <param name="Target">Where; the folder is made.</param>
/// <param name="Type">The kernel's name of the file system.</param>
/// <param name="Flags">MS_…</param>
/// <param name="Data">The file system's own options.</param>
/// <param name="IsRequired">Without it nothing works.</param>
internal sealed record MountRow(string Source, string Target, string Type, nuint Flags, string Data, bool IsRequired);

/// <summary>Mounting, and knowing what a partition holds.</summary>
internal static unsafe class FileSystems
{
    /// <summary>How much of a partition <see cref="TypeOf"/> wants to see: up to the ISO 9660 descriptor.</summary>
    public const int ProbeBytes = 33 * 1024;

    private const nuint Harmless = MS_NOSUID | MS_NODEV | MS_NOEXEC;

    /// <summary>What every system mounts, in this order.</summary>
    public static readonly MountRow[] Early =
    [
        new("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=0755", true),
        new("proc", "/proc", "proc", Harmless, "", true),
        new("sysfs", "/sys", "sysfs", Harmless, "", true),
        new("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=16m", false),
        new("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=16m", false),
    ];

    /// <summary>
    /// What each type needs of the kernel's modules, itself last. Encodings and checksums are found by name only.
    /// </summary>
    public static readonly (string Type, string[] Modules)[] Drivers =
    [
        ("vfat", ["nls_cp437", "nls_ascii", "nls_iso8859_1", "nls_utf8", "vfat"]),
        ("ext4", ["crc32c_generic", "crc32c_intel", "ext4"]),
        ("exfat", ["nls_utf8", "exfat"]),
        ("ntfs3", ["ntfs3"]),
        ("iso9660", ["nls_utf8", "isofs"]),
        ("squashfs", ["squashfs"]),
    ];

    /// <summary>Mounts a row. What is mounted there already is fine.</summary>
    public static SysResult Mount(MountRow row)
    {
        SystemFiles.MakeFolder(row.Target);
        fixed (byte* source = SystemFiles.Terminated(row.Source), target = SystemFiles.Terminated(row.Target),
            type = SystemFiles.Terminated(row.Type), data = SystemFiles.Terminated(row.Data))
        {
            SysResult mounted = SystemCall.Result(Libc.mount(source, target, type, row.Flags, data));
            return mounted.Errno == EBUSY ? SysResult.Ok() : mounted;
        }
    }

    /// <summary>Has what is mounted somewhere mounted with other flags; read-only means that the disk has all of it.</summary>
    public static SysResult Remount(string target, nuint flags)
    {
        fixed (byte* name = SystemFiles.Terminated(target))
        {
            return SystemCall.Result(Libc.mount(name, name, null, MS_REMOUNT | flags, null));
        }
    }

    /// <summary>Takes a file system away, for which nothing in it may be open; else when that is closed.</summary>
    public static SysResult Unmount(string target)
    {
        fixed (byte* name = SystemFiles.Terminated(target))
        {
            SysResult unmounted = SystemCall.Result(Libc.umount2(name, 0));
            return unmounted.Errno == EBUSY ? SystemCall.Result(Libc.umount2(name, MNT_DETACH)) : unmounted;
        }
    }

    /// <summary>True for the file system that an initramfs is unpacked into: no container has it as its root.</summary>
    public static bool IsRootInMemory()
    {
        byte* status = stackalloc byte[256];
        fixed (byte* root = "/\0"u8)
        {
            return Libc.statfs(root, status) == 0 && *(long*)status is RAMFS_MAGIC or TMPFS_MAGIC;
        }
    }

    /// <summary>The type of file system by its superblock; empty when it is none that we know.</summary>
    /// <remarks>exFAT, NTFS and FAT share the end mark of a boot sector, so their names decide.</remarks>
    public static string TypeOf(ReadOnlySpan<byte> start)
    {
        if (Has(start, 0, "hsqs"u8)) return "squashfs";
        if (Has(start, 3, "EXFAT   "u8)) return "exfat";
        if (Has(start, 3, "NTFS    "u8)) return "ntfs3";
        if (Has(start, 1024 + 56, [0x53, 0xEF])) return "ext4";
        if (Has(start, 54, "FAT"u8) || Has(start, 82, "FAT32"u8)) return "vfat";
        return Has(start, 32 * 1024 + 1, "CD001"u8) ? "iso9660" : "";
    }

    /// <summary>The options that each type is mounted with, for names as the boot tree wants them.</summary>
    public static string DataFor(string type) => type switch
    {
        "vfat" => "iocharset=ascii,codepage=437,utf8=1,umask=0022",
        "exfat" => "iocharset=utf8,umask=0022",
        "iso9660" => "iocharset=utf8",
        "ext4" => "errors=remount-ro",
        _ => "",
    };

    /// <summary>The modules that a type needs.</summary>
    public static IReadOnlyList<string> DriversOf(string type)
    {
        foreach ((string name, string[] modules) in Drivers)
        {
            if (name == type) return modules;
        }

        return [];
    }

    private static bool Has(ReadOnlySpan<byte> start, int at, ReadOnlySpan<byte> mark) =>
        start.Length >= at + mark.Length && start.Slice(at, mark.Length).SequenceEqual(mark);
}
