using System;
using Aglet.Config;
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
        if (plan.Menu is not null)
        {
            WriteMenu(ref target, subject, plan.Menu, plan.Image);
            return;
        }

        target.Bytes("DEFAULT "u8);
        target.Bytes(plan.Image.Label);
        target.Bytes("\nPROMPT 0\n"u8);
        WriteEntry(ref target, subject, plan.Image, isInMenu: false);
    }

    private static void WriteMenu(ref WireWriter target, in BootSubject subject, CatalogMenu menu, CatalogImage preset)
    {
        bool hasModule = (subject.Traits & DocumentTraits.HasMenuModule) != 0;
        bool isUBoot = (subject.Traits & DocumentTraits.UBoot) != 0;
        if (hasModule && !isUBoot) target.Bytes("UI menu.c32\n"u8);
        else target.Bytes("PROMPT 1\n"u8);
        target.Bytes("MENU TITLE "u8);
        WriteTitle(ref target, menu.Title);
        target.Bytes("\nDEFAULT "u8);
        target.Bytes((IsShown(subject, preset) ? preset : subject.Catalog.LocalImage).Label);
        target.Bytes("\nTIMEOUT "u8);
        long tenths = menu.Timeout.WholeMilliseconds / 100;
        target.Decimal((ulong)Math.Clamp(tenths, 0, TimeoutTenthsMax));
        target.U8((byte)'\n');
        if (!hasModule && !isUBoot) WriteList(ref target, subject, menu);
        foreach (CatalogImage image in menu.Items)
        {
            if (IsShown(subject, image)) WriteEntry(ref target, subject, image, isInMenu: true);
            else if (IsMissed(subject, image)) WriteMissed(ref target, subject, image, hasModule, isUBoot);
        }
    }

    /// <summary>An image that cannot be had: a line that cannot be chosen, where there are such lines.</summary>
    /// <remarks>
    /// U-Boot takes a label without a kernel for one that failed, and then tries all the others: it gets a comment.
    /// </remarks>
    private static void WriteMissed(
        ref WireWriter target, in BootSubject subject, CatalogImage image, bool hasModule, bool isUBoot)
    {
        Span<byte> room = stackalloc byte[ScriptText.MissedTitleBytes];
        ReadOnlySpan<byte> title = ScriptText.MissedTitle(room, subject, image);
        if (!hasModule || isUBoot)
        {
            target.Bytes("# "u8);
            target.Bytes(title);
            target.U8((byte)'\n');
            return;
        }

        target.Bytes("LABEL "u8);
        target.Bytes(image.Label);
        target.Bytes("\n  MENU LABEL "u8);
        WriteTitle(ref target, title);
        target.Bytes("\n  MENU DISABLE\n"u8);
    }

    /// <summary>Without its menu module PXELINUX has only a prompt: what can be typed there must be said.</summary>
    private static void WriteList(ref WireWriter target, in BootSubject subject, CatalogMenu menu)
    {
        target.Bytes("SAY "u8);
        WriteTitle(ref target, menu.Title);
        target.Bytes(": type a name and press Enter\n"u8);
        foreach (CatalogImage image in menu.Items)
        {
            if (!IsShown(subject, image))
            {
                if (IsMissed(subject, image)) WriteMissedLine(ref target, subject, image);
                continue;
            }

            target.Bytes("SAY   "u8);
            target.Bytes(image.Label);
            target.Bytes("  "u8);
            WriteTitle(ref target, image.Title);
            target.U8((byte)'\n');
        }
    }

    private static void WriteMissedLine(ref WireWriter target, in BootSubject subject, CatalogImage image)
    {
        Span<byte> room = stackalloc byte[ScriptText.MissedTitleBytes];
        target.Bytes("SAY   ("u8);
        WriteTitle(ref target, ScriptText.MissedTitle(room, subject, image));
        target.Bytes(")\n"u8);
    }

    /// <summary>PXELINUX runs on PCs alone: where the processor is not known, other processors' images are left out.</summary>
    private static bool IsShown(in BootSubject subject, CatalogImage image) =>
        subject.Takes(image) && IsOfPlatform(subject, image);

    private static bool IsMissed(in BootSubject subject, CatalogImage image) =>
        ScriptText.IsMissed(subject, image) && IsOfPlatform(subject, image);

    private static bool IsOfPlatform(in BootSubject subject, CatalogImage image)
    {
        bool isPcs = image.Cpu is CpuFamily.Unknown or CpuFamily.X86 or CpuFamily.X64;
        return isPcs || (subject.Traits & DocumentTraits.UBoot) != 0;
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

        if (image.Kind != ImageKind.Kernel)
        {
            WriteOther(ref target, subject, image);
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
        bool isWimboot = image.AnswerKind == AnswerKind.Unattend;
        if (!subject.HasMac && !image.Sets("BOOTIF"u8) && !isWimboot) target.Bytes("  IPAPPEND 2\n"u8);
    }

    /// <summary>A disc by memdisk, or a URL. (U-Boot can neither.)</summary>
    private static void WriteOther(ref WireWriter target, in BootSubject subject, CatalogImage image)
    {
        if (image.Kind == ImageKind.Chain)
        {
            target.Bytes("\n  "u8);
            target.Bytes(BootAbility.PxelinuxVerbFor(image.Url));
            target.U8((byte)' ');
            target.Bytes(image.Url);
            target.U8((byte)'\n');
            return;
        }

        // raw: the copy goes by the processor and not by the BIOS, which not every BIOS survives.
        target.Bytes("\n  LINUX ::"u8);
        target.Bytes(subject.Catalog.Companions.Memdisk!.Value.Key);
        target.Bytes("\n  INITRD ::"u8);
        target.Bytes(image.File);
        target.Bytes(image.Kind == ImageKind.Iso ? "\n  APPEND iso raw\n"u8 : "\n  APPEND raw\n"u8);
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
