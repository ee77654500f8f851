using System;

namespace Aglet.Tftp;

/// <summary>
/// The files that clients try before they are content without them. That one is missing is a part of every boot and is
/// no news to the operator.
/// </summary>
internal static class TftpOptionalFiles
{
    /// <summary>True when clients ask for this path whether it exists or not.</summary>
    public static bool Contains(ReadOnlySpan<byte> key)
    {
        int slash = key.LastIndexOf((byte)'/');
        ReadOnlySpan<byte> folder = slash < 0 ? default : key[..slash];
        ReadOnlySpan<byte> name = key[(slash + 1)..];
        return IsConfigurationSearch(folder, name) || IsGrubPart(name) || IsShimPart(name) || IsRaspberryPiPart(name);
    }

    /// <summary>
    /// PXELINUX and U-Boot go from the UUID over the MAC and the address to <c>default</c>; GRUB does alike;
    /// iPXE tries one.
    /// </summary>
    private static bool IsConfigurationSearch(ReadOnlySpan<byte> folder, ReadOnlySpan<byte> name) =>
        folder.EndsWith("pxelinux.cfg"u8) || name.StartsWith("grub.cfg"u8) || name.SequenceEqual("autoexec.ipxe"u8);

    /// <summary>GRUB's lists of modules, its font and its translations.</summary>
    private static bool IsGrubPart(ReadOnlySpan<byte> name) =>
        name.EndsWith(".lst"u8) || name.EndsWith(".pf2"u8) || name.EndsWith(".mo"u8) || name.EndsWith(".mo.gz"u8);

    private static bool IsShimPart(ReadOnlySpan<byte> name) =>
        name.StartsWith("revocations"u8) || name.StartsWith("shim_certificate"u8) || name.StartsWith("mmx64"u8)
        || name.StartsWith("mmaa64"u8) || name.StartsWith("fbx64"u8);

    /// <summary>What a Raspberry Pi's boot loader tries, under its serial number's folder first.</summary>
    private static bool IsRaspberryPiPart(ReadOnlySpan<byte> name) =>
        name.EndsWith(".sig"u8) || name.StartsWith("recover"u8) || name.StartsWith("armstub"u8)
        || name.SequenceEqual("autoboot.txt"u8) || name.SequenceEqual("tryboot.txt"u8)
        || name.SequenceEqual("bootcfg.txt"u8) || name.SequenceEqual("dt-blob.bin"u8)
        || name.SequenceEqual("config.txt"u8) || name.SequenceEqual("cmdline.txt"u8)
        || name.SequenceEqual("start.elf"u8) || name.SequenceEqual("start4.elf"u8)
        || name.SequenceEqual("overlay_map.dtb"u8) || name.SequenceEqual("vl805.bin"u8)
        || name.SequenceEqual("pieeprom.upd"u8);
}
