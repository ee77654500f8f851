using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Tree;

namespace Aglet.Boot;

/// <summary>Files of the tree that boot programs need beside what an image names, found by their usual names.</summary>
internal sealed class BootCompanions
{
    /// <summary>What shim, iPXE's shim among them, loads by a name that is built into it.</summary>
    private static readonly string[] _secondStages =
    [
        "grubx64.efi", "grubaa64.efi", "grubia32.efi", "grubarm.efi", "grubriscv64.efi", "grubloongarch64.efi",
        "mmx64.efi", "mmaa64.efi", "mmia32.efi", "fbx64.efi", "fbaa64.efi", "ipxe.efi",
    ];

    /// <summary>Where a Raspberry Pi's firmware files may lie for all of them.</summary>
    private static readonly string[] _firmwareFolders = ["", "raspberrypi/", "rpi/", "raspi/", "firmware/"];

    /// <summary>Any one of these marks the folder; a Raspberry Pi 5 has no start4.elf.</summary>
    private static readonly string[] _firmwareMarks =
        ["start4.elf", "bootcode.bin", "start.elf", "bcm2712-rpi-5-b.dtb", "bcm2711-rpi-4-b.dtb"];

    private readonly (byte[] Leaf, BootFile File)[] _aliases;

    public BootCompanions(BootTree tree)
    {
        List<int> programs = Programs(tree);
        Memdisk = First(tree, ["memdisk", "syslinux/memdisk", "bios/memdisk"]) ?? Anywhere(tree, programs, "memdisk"u8);
        foreach (string folder in _firmwareFolders)
        {
            foreach (string mark in _firmwareMarks)
            {
                if (FirmwareFolder is null && First(tree, [folder + mark]) is not null)
                    FirmwareFolder = Encoding.ASCII.GetBytes(folder);
            }
        }

        (byte[], BootFile)[] aliases = new (byte[], BootFile)[_secondStages.Length];
        int count = 0;
        foreach (string name in _secondStages)
        {
            byte[] leaf = Encoding.ASCII.GetBytes(name);
            BootFile? file = First(tree, [name]) ?? BesideShim(tree, programs, name) ?? Anywhere(tree, programs, leaf)
                ?? Anywhere(tree, programs, Encoding.ASCII.GetBytes(name + ".signed"));
            if (file is { } found) aliases[count++] = (leaf, found);
        }

        _aliases = aliases[..count];
    }

    /// <summary>Syslinux's memdisk, which makes a disc in memory for a PC's BIOS; null when the tree has none.</summary>
    public BootFile? Memdisk { get; }

    /// <summary>
    /// The folder of the firmware files that all Raspberry Pis have in common, with a slash; empty for the root, null
    /// when the tree has none: the first of root, <c>raspberrypi/</c>, <c>rpi/</c>, <c>raspi/</c>, <c>firmware/</c> with
    /// <c>start4.elf</c> or the like in it.
    /// </summary>
    public byte[]? FirmwareFolder { get; }

    /// <summary>A second stage that the tree has elsewhere than where it is asked for.</summary>
    /// <remarks>
    /// shim puts its name behind the folder of the boot file as DHCP said it, with slashes or backslashes, doubled or
    /// not; some releases ask at the root (shim #300 and #524). Which folder is meant there can be no doubt: there is
    /// one signed chain of each processor.
    /// </remarks>
    public bool TryFindSecondStage(ReadOnlySpan<byte> key, out BootFile file)
    {
        ReadOnlySpan<byte> leaf = key[(key.LastIndexOf((byte)'/') + 1)..];
        foreach ((byte[] name, BootFile alias) in _aliases)
        {
            if (!leaf.SequenceEqual(name)) continue;
            file = alias;
            return true;
        }

        file = default;
        return false;
    }

    private static BootFile? First(BootTree tree, ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (tree.TryGet(Encoding.ASCII.GetBytes(name), out BootFile file)) return file;
        }

        return null;
    }

    /// <summary>All that can be meant here, by its name: one look at a large tree, not one for each second stage.</summary>
    private static List<int> Programs(BootTree tree)
    {
        List<int> programs = [];
        for (int i = 0; i < tree.Count; i++)
        {
            ReadOnlySpan<byte> key = tree[i].Key;
            if (key.EndsWith(".efi"u8) || key.EndsWith(".efi.signed"u8) || key.EndsWith("memdisk"u8)) programs.Add(i);
        }

        return programs;
    }

    private static BootFile? BesideShim(BootTree tree, List<int> programs, string name)
    {
        foreach (int program in programs)
        {
            ReadOnlySpan<byte> key = tree[program].Key;
            int slash = key.LastIndexOf((byte)'/');
            ReadOnlySpan<byte> leaf = key[(slash + 1)..];
            if (!leaf.StartsWith("shim"u8) && !leaf.StartsWith("boot"u8)) continue;
            if (leaf.EndsWith("memdisk"u8)) continue;
            byte[] beside = [.. key[..(slash + 1)], .. Encoding.ASCII.GetBytes(name)];
            if (tree.TryGet(beside, out BootFile found)) return found;
        }

        return null;
    }

    /// <summary>The first file of a name, in the byte order of the folders.</summary>
    private static BootFile? Anywhere(BootTree tree, List<int> programs, ReadOnlySpan<byte> leaf)
    {
        foreach (int program in programs)
        {
            ReadOnlySpan<byte> key = tree[program].Key;
            if (key.EndsWith(leaf) && (key.Length == leaf.Length || key[^(leaf.Length + 1)] == '/')) return tree[program];
        }

        return null;
    }
}
