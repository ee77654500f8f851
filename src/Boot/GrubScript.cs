using System;
using Aglet.Config;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>
/// The configuration of GRUB 2. Paths are absolute on <c>$root</c>, which is where GRUB itself came from.
/// </summary>
internal static class GrubScript
{
    public static void Write(ref WireWriter target, in BootSubject subject)
    {
        if ((subject.Traits & DocumentTraits.Shared) != 0)
        {
            // GRUB knows its MAC. The lines after this are read when it does not, or the second file does not come.
            target.Bytes("# Aglet: which machine is this?\n"u8);
            target.Bytes("if [ -n \"$net_default_mac\" ]; then\n"u8);
            target.Bytes("  configfile /_/grub/$net_default_mac/grub.cfg\nfi\n"u8);
        }

        BootPlan plan = subject.Plan();
        if (plan.Image is null) return;
        ScriptText.WriteHeading(ref target, "# "u8, subject, plan);
        if (plan.Menu is not null) WriteMenu(ref target, subject, plan.Menu, plan.Image);
        else WriteSingle(ref target, subject, plan.Image);
    }

    /// <summary>
    /// A word or title as GRUB's shell must read it: bare when it is plain, else between single quotes.
    /// </summary>
    /// <param name="target">Where to.</param>
    /// <param name="text">The text.</param>
    /// <param name="dropDoubleQuotes">
    /// For kernel arguments: GRUB puts its own quotes around an argument with a space in it, and would hand on ours with
    /// a backslash before each.
    /// </param>
    public static void WriteQuoted(ref WireWriter target, scoped ReadOnlySpan<byte> text, bool dropDoubleQuotes)
    {
        bool isPlain = !text.IsEmpty;
        foreach (byte b in text)
        {
            isPlain &= char.IsAsciiLetterOrDigit((char)b)
                || b is (byte)'_' or (byte)'-' or (byte)'.' or (byte)'/' or (byte)':' or (byte)'=' or (byte)','
                    or (byte)'@' or (byte)'%' or (byte)'+';
        }

        if (isPlain)
        {
            target.Bytes(text);
            return;
        }

        target.U8((byte)'\'');
        foreach (byte b in text)
        {
            if (b == '"' && dropDoubleQuotes) continue;
            if (b == '\'') target.Bytes("'\\''"u8);
            else target.U8(b);
        }

        target.U8((byte)'\'');
    }

    private static void WriteSingle(ref WireWriter target, in BootSubject subject, CatalogImage image)
    {
        target.Bytes("set default=0\nset timeout=0\n"u8);
        bool isConditional = TryBeginCondition(ref target, subject, image);
        WriteEntry(ref target, subject, image);
        if (!isConditional) return;
        target.Bytes("else\n"u8);
        WriteEntry(ref target, subject, subject.Catalog.LocalImage);
        target.Bytes("fi\n"u8);
    }

    private static void WriteMenu(ref WireWriter target, in BootSubject subject, CatalogMenu menu, CatalogImage preset)
    {
        // Entries may be left out by GRUB itself: the preset is named and not counted.
        target.Bytes("set default="u8);
        WriteId(ref target, preset);
        target.Bytes("\nset timeout="u8);
        long seconds = menu.Timeout.WholeSeconds;
        if (seconds > 0) target.Decimal((ulong)seconds);
        else target.Bytes("-1"u8);

        // GRUB's menu has no title. The first line stands for it: to choose it does nothing.
        target.Bytes("\nmenuentry "u8);
        WriteQuoted(ref target, menu.Title, dropDoubleQuotes: false);
        target.Bytes(" --id title {\n  true\n}\n"u8);
        foreach (CatalogImage image in menu.Items)
        {
            if (!subject.Takes(image))
            {
                if (ScriptText.IsMissed(subject, image)) WriteMissed(ref target, subject, image);
                continue;
            }

            bool isConditional = TryBeginCondition(ref target, subject, image);
            WriteEntry(ref target, subject, image);
            if (isConditional) target.Bytes("fi\n"u8);
        }
    }

    /// <summary>An image that cannot be had: an entry that comes back to the menu.</summary>
    private static void WriteMissed(ref WireWriter target, in BootSubject subject, CatalogImage image)
    {
        Span<byte> room = stackalloc byte[ScriptText.MissedTitleBytes];
        target.Bytes("menuentry "u8);
        WriteQuoted(ref target, ScriptText.MissedTitle(room, subject, image), dropDoubleQuotes: false);
        target.Bytes(" --id "u8);
        WriteId(ref target, image);
        target.Bytes(" {\n  true\n}\n"u8);
    }

    /// <summary>
    /// Where nobody knows the machine's processor and firmware, GRUB looks itself whether an image is built for it.
    /// </summary>
    private static bool TryBeginCondition(ref WireWriter target, in BootSubject subject, CatalogImage image)
    {
        ReadOnlySpan<byte> cpu = image.Cpu switch
        {
            CpuFamily.X86 => "i386"u8,
            CpuFamily.X64 => "x86_64"u8,
            CpuFamily.Arm => "arm"u8,
            CpuFamily.Arm64 => "arm64"u8,
            CpuFamily.RiscV32 => "riscv32"u8,
            CpuFamily.RiscV64 => "riscv64"u8,
            CpuFamily.LoongArch64 => "loongarch64"u8,
            _ => default,
        };
        ReadOnlySpan<byte> platform = PlatformOf(image);
        if (subject.Architecture is not null || image.IsLocal || (cpu.IsEmpty && platform.IsEmpty)) return false;
        if (platform.SequenceEqual("pc"u8)) cpu = default;
        target.Bytes("if [ "u8);
        if (!platform.IsEmpty)
        {
            target.Bytes("\"$grub_platform\" = "u8);
            target.Bytes(platform);
            if (!cpu.IsEmpty) target.Bytes(" -a "u8);
        }

        if (!cpu.IsEmpty)
        {
            target.Bytes("\"$grub_cpu\" = "u8);
            target.Bytes(cpu);
        }

        // GRUB for a PC's BIOS is a 32-bit program, whatever the processor.
        if (image.Cpu == CpuFamily.X64 && platform.IsEmpty) target.Bytes(" -o \"$grub_platform\" = pc"u8);
        target.Bytes(" ]; then\n"u8);
        return true;
    }

    /// <summary>The one firmware that an image needs; empty for any.</summary>
    private static ReadOnlySpan<byte> PlatformOf(CatalogImage image) => image.Kind switch
    {
        ImageKind.Efi => "efi"u8,
        ImageKind.Iso or ImageKind.Disk => "pc"u8,
        ImageKind.Chain when BootUrl.PathOf(image.Url).EndsWith(".efi"u8) => "efi"u8,
        _ => default,
    };

    private static void WriteId(ref WireWriter target, CatalogImage image)
    {
        target.Bytes("image-"u8);
        target.Decimal((ulong)image.Index);
    }

    private static void WriteEntry(ref WireWriter target, in BootSubject subject, CatalogImage image)
    {
        target.Bytes("menuentry "u8);
        WriteQuoted(ref target, image.Title, dropDoubleQuotes: false);
        target.Bytes(" --id "u8);
        WriteId(ref target, image);
        target.Bytes(" {\n"u8);
        if (image.IsLocal)
        {
            WriteLocalBoot(ref target);
            return;
        }

        if (image.Kind != ImageKind.Kernel)
        {
            WriteOther(ref target, subject, image);
            target.Bytes("\n}\n"u8);
            return;
        }

        target.Bytes("  linux"u8);
        WritePath(ref target, image.Kernel);
        KernelArguments.Write(ref target, subject, image, WordQuoting.Grub);
        if (image.Initrds.Length > 0)
        {
            target.Bytes("\n  initrd"u8);
            foreach (byte[] initrd in image.Initrds) WritePath(ref target, initrd);
        }

        target.Bytes("\n}\n"u8);
    }

    /// <summary>A UEFI program, a disc by memdisk, or a URL.</summary>
    private static void WriteOther(ref WireWriter target, in BootSubject subject, CatalogImage image)
    {
        if (image.Kind == ImageKind.Efi)
        {
            target.Bytes("  chainloader"u8);
            WritePath(ref target, image.File);
        }
        else if (image.Kind == ImageKind.Chain)
        {
            WriteChain(ref target, image.Url);
        }
        else
        {
            target.Bytes("  linux16"u8);
            WritePath(ref target, subject.Catalog.Companions.Memdisk!.Value.Key);
            target.Bytes(image.Kind == ImageKind.Iso ? " iso raw\n  initrd16"u8 : " raw\n  initrd16"u8);
            WritePath(ref target, image.File);
        }
    }

    /// <summary><c>(http,10.0.0.5)/x.efi</c>; a port follows the host after another comma (GRUB 2.12).</summary>
    private static void WriteChain(ref WireWriter target, ReadOnlySpan<byte> url)
    {
        ReadOnlySpan<byte> protocol = url[..url.IndexOf((byte)':')];
        ReadOnlySpan<byte> host = BootUrl.HostOf(url, out ReadOnlySpan<byte> port);
        ReadOnlySpan<byte> path = BootUrl.PathOf(url);
        target.Bytes("  insmod "u8);
        target.Bytes(protocol);
        target.Bytes(path.EndsWith(".cfg"u8) ? "\n  configfile "u8 : "\n  chainloader "u8);
        Span<byte> room = stackalloc byte[url.Length + 4];
        WireWriter name = new(room);
        name.U8((byte)'(');
        name.Bytes(protocol);
        name.U8((byte)',');
        name.Bytes(host);
        if (!port.IsEmpty)
        {
            name.U8((byte)',');
            name.Bytes(port);
        }

        name.U8((byte)')');
        name.Bytes(url[url.IndexOf(path)..]);
        WriteQuoted(ref target, name.Written, dropDoubleQuotes: false);
    }

    private static void WritePath(ref WireWriter target, ReadOnlySpan<byte> key)
    {
        Span<byte> room = stackalloc byte[key.Length + 1];
        room[0] = (byte)'/';
        key.CopyTo(room[1..]);
        target.U8((byte)' ');
        WriteQuoted(ref target, room, dropDoubleQuotes: false);
    }

    /// <summary>The disk, from inside GRUB.</summary>
    /// <remarks>
    /// On UEFI a plain <c>exit</c> reports success, and EDK2 then shows its setup instead of going on. So the loaders
    /// that installed systems have are looked for first, as MAAS does. File systems of EFI do not mind the case of names.
    /// </remarks>
    private static void WriteLocalBoot(ref WireWriter target)
    {
        target.Bytes("  if [ \"$grub_platform\" = efi ]; then\n"u8);
        target.Bytes("    set suffix=$grub_cpu\n"u8);
        target.Bytes("    if [ \"$grub_cpu\" = x86_64 ]; then set suffix=x64; fi\n"u8);
        target.Bytes("    if [ \"$grub_cpu\" = i386 ]; then set suffix=ia32; fi\n"u8);
        target.Bytes("    if [ \"$grub_cpu\" = arm64 ]; then set suffix=aa64; fi\n"u8);
        target.Bytes("    for loader in debian/shim$suffix.efi debian/grub$suffix.efi ubuntu/shim$suffix.efi "u8);
        target.Bytes("ubuntu/grub$suffix.efi redhat/shim$suffix.efi rocky/shim$suffix.efi "u8);
        target.Bytes("almalinux/shim$suffix.efi centos/shim$suffix.efi fedora/shim$suffix.efi "u8);
        target.Bytes("opensuse/shim.efi sles/shim.efi Microsoft/Boot/bootmgfw.efi Boot/boot$suffix.efi; do\n"u8);
        target.Bytes("      if search --no-floppy --file --set=root /EFI/$loader; then\n"u8);
        target.Bytes("        chainloader /EFI/$loader\n"u8);
        target.Bytes("        boot\n"u8);
        target.Bytes("      fi\n"u8);
        target.Bytes("    done\n"u8);
        target.Bytes("    exit 1\n"u8);
        target.Bytes("  fi\n"u8);
        target.Bytes("  set root=(hd0)\n"u8);
        target.Bytes("  chainloader +1\n"u8);
        target.Bytes("}\n"u8);
    }
}
