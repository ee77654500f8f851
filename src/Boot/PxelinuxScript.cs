using System;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>The configuration of PXELINUX, of syslinux.efi, and of U-Boot, which reads the same.</summary>
/// <remarks>
/// Paths are <c>::path</c> for PXELINUX: without the colons it puts the folder of its own file before them. U-Boot does
/// not know the colons, and takes <c>/path</c> from the root.
/// </remarks>
internal static class PxelinuxScript
{
    /// <summary>The longest wait that PXELINUX knows, in tenths of a second.</summary>
    private const int TimeoutTenthsMax = 35996;

    public static void Write(ref WireWriter target, in BootSubject subject)
    {
        BootPlan plan = subject.Plan();
        if (plan.Image is null) return;
        ScriptText.WriteHeading(ref target, "# "u8, subject, plan);
        if (plan.Kind == PlanKind.Menu)
        {
            WriteMenu(ref target, subject, plan.Image);
            return;
        }

        target.Bytes("DEFAULT "u8);
        target.Bytes(plan.Image.Label);
        target.Bytes("\nPROMPT 0\n"u8);
        WriteEntry(ref target, subject, plan.Image, isInMenu: false);
    }

    private static void WriteMenu(ref WireWriter target, in BootSubject subject, CatalogImage preset)
    {
        bool hasModule = (subject.Traits & DocumentTraits.HasMenuModule) != 0;
        bool isUBoot = (subject.Traits & DocumentTraits.UBoot) != 0;
        if (hasModule && !isUBoot) target.Bytes("UI menu.c32\n"u8);
        else target.Bytes("PROMPT 1\n"u8);
        target.Bytes("MENU TITLE "u8);
        WriteTitle(ref target, subject.Catalog.MenuTitle);
        target.Bytes("\nDEFAULT "u8);
        target.Bytes((IsShown(subject, preset) ? preset : subject.Catalog.LocalImage).Label);
        target.Bytes("\nTIMEOUT "u8);
        long tenths = subject.Catalog.Settings.MenuTimeout.WholeMilliseconds / 100;
        target.Decimal((ulong)Math.Clamp(tenths, 0, TimeoutTenthsMax));
        target.U8((byte)'\n');
        if (!hasModule && !isUBoot) WriteList(ref target, subject);
        foreach (CatalogImage image in subject.Catalog.Images)
        {
            if (IsShown(subject, image)) WriteEntry(ref target, subject, image, isInMenu: true);
        }
    }

    /// <summary>Without its menu module PXELINUX has only a prompt: what can be typed there must be said.</summary>
    private static void WriteList(ref WireWriter target, in BootSubject subject)
    {
        target.Bytes("SAY "u8);
        WriteTitle(ref target, subject.Catalog.MenuTitle);
        target.Bytes(": type a name and press Enter\n"u8);
        foreach (CatalogImage image in subject.Catalog.Images)
        {
            if (!IsShown(subject, image)) continue;
            target.Bytes("SAY   "u8);
            target.Bytes(image.Label);
            target.Bytes("  "u8);
            WriteTitle(ref target, image.Title);
            target.U8((byte)'\n');
        }
    }

    /// <summary>PXELINUX runs on PCs alone: where the processor is not known, other processors' images are left out.</summary>
    private static bool IsShown(in BootSubject subject, CatalogImage image)
    {
        bool isPcs = image.Cpu is CpuFamily.Unknown or CpuFamily.X86 or CpuFamily.X64;
        return subject.Takes(image) && (isPcs || (subject.Traits & DocumentTraits.UBoot) != 0);
    }

    private static void WriteEntry(
        ref WireWriter target, in BootSubject subject, CatalogImage image, bool isInMenu)
    {
        target.Bytes("LABEL "u8);
        target.Bytes(image.Label);
        if (isInMenu)
        {
            target.Bytes("\n  MENU LABEL "u8);
            WriteTitle(ref target, image.Title);
        }

        bool isUBoot = (subject.Traits & DocumentTraits.UBoot) != 0;
        if (image.IsLocal)
        {
            // -1 is INT 18h, "this one did not boot, take the next"; U-Boot takes 1 for "run localcmd".
            target.Bytes(isUBoot ? "\n  LOCALBOOT 1\n"u8 : "\n  LOCALBOOT -1\n"u8);
            return;
        }

        // LINUX, not KERNEL: with KERNEL the type is guessed from the end of the name.
        ReadOnlySpan<byte> root = isUBoot ? "/"u8 : "::"u8;
        target.Bytes("\n  LINUX "u8);
        target.Bytes(root);
        target.Bytes(image.Kernel);
        for (int i = 0; i < image.Initrds.Length; i++)
        {
            target.Bytes(i == 0 ? "\n  INITRD "u8 : ","u8);
            target.Bytes(root);
            target.Bytes(image.Initrds[i]);
        }

        target.Bytes("\n  APPEND"u8);
        KernelArguments.Write(ref target, subject, image, WordQuoting.None);
        target.U8((byte)'\n');
        if (!subject.HasMac && !image.Sets("BOOTIF"u8)) target.Bytes("  IPAPPEND 2\n"u8);
    }

    /// <summary>A caret would mark the next character as a hot key.</summary>
    private static void WriteTitle(ref WireWriter target, scoped ReadOnlySpan<byte> title)
    {
        foreach (byte b in title)
        {
            if (b != '^') target.U8(b);
        }
    }
}
