using System;
using Aglet.Config;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>What each boot program can do with each kind of image.</summary>
internal static class BootAbility
{
    /// <summary>Why the boot program that reads a document cannot start an image; none when it can.</summary>
    /// <remarks>
    /// Where the machine's firmware is not known, GRUB and iPXE look themselves: what one of the two firmwares can do is
    /// no problem then.
    /// </remarks>
    public static ImageProblem ProblemOf(in BootSubject subject, CatalogImage image)
    {
        if (image.Kind is ImageKind.Kernel or ImageKind.Local or ImageKind.Menu) return ImageProblem.None;
        if (image.Kind == ImageKind.Efi && subject.Architecture is { Firmware: FirmwareKind.Bios })
            return ImageProblem.WrongFirmware;
        bool can = subject.Reader switch
        {
            DocumentKind.Pxelinux when (subject.Traits & DocumentTraits.UBoot) != 0 => false,
            DocumentKind.Pxelinux or DocumentKind.Grub when image.Kind is ImageKind.Iso or ImageKind.Disk =>
                MayBeBios(subject),
            DocumentKind.Pxelinux => image.Kind == ImageKind.Chain && PxelinuxCanChain(subject, image.Url),
            DocumentKind.Grub => image.Kind == ImageKind.Efi || GrubCanChain(subject, image.Url),
            DocumentKind.Ipxe => IpxeCan(subject, image),
            DocumentKind.UBoot => image.Kind == ImageKind.Efi,
            DocumentKind.PiConfig or DocumentKind.PiCommandLine => false,
            _ => true,
        };
        if (!can) return ImageProblem.WrongProgram;
        return NeedsMemdisk(subject, image) && subject.Catalog.Companions.Memdisk is null
            ? ImageProblem.NoMemdisk
            : ImageProblem.None;
    }

    /// <summary>True when a disc is made by memdisk, as every program but an iPXE with HTTP does.</summary>
    public static bool NeedsMemdisk(in BootSubject subject, CatalogImage image) =>
        image.Kind is ImageKind.Iso or ImageKind.Disk && subject.Reader switch
        {
            DocumentKind.Pxelinux or DocumentKind.Grub => true,
            DocumentKind.Ipxe => (subject.Traits & DocumentTraits.TftpUrls) != 0,
            _ => false,
        };

    /// <summary>Says in a clause what a boot program cannot do, and what could.</summary>
    public static void WriteProblem(ref WireWriter target, in BootSubject subject, CatalogImage image)
    {
        target.Bytes(NameOf(subject));
        target.Bytes(image.Kind switch
        {
            ImageKind.Efi => " cannot start a UEFI program"u8,
            ImageKind.Iso => " cannot boot a CD image here"u8,
            ImageKind.Disk => " cannot boot a disk image here"u8,
            _ => " cannot go on with "u8,
        });
        if (image.Kind == ImageKind.Chain) target.Bytes(image.Url);
        if (subject.Reader is not (DocumentKind.Pxelinux or DocumentKind.Grub)) return;
        if ((subject.Traits & DocumentTraits.UBoot) != 0) return;
        bool isPinned = subject.Catalog.Settings.RequiresSecureBoot && !MayBeBios(subject);
        target.Bytes(isPinned ? ", and secure-boot allows no other"u8 : "; iPXE can"u8);
    }

    /// <summary>How PXELINUX is told what the end of a URL's path names.</summary>
    public static ReadOnlySpan<byte> PxelinuxVerbFor(ReadOnlySpan<byte> url)
    {
        ReadOnlySpan<byte> path = BootUrl.PathOf(url);
        if (path.EndsWith(".c32"u8)) return "COM32"u8;
        if (path.EndsWith(".lkrn"u8)) return "LINUX"u8;
        bool isProgram = path.EndsWith(".0"u8) || path.EndsWith(".pxe"u8) || path.EndsWith("kpxe"u8);
        return isProgram ? "PXE"u8 : default;
    }

    private static bool MayBeBios(in BootSubject subject) =>
        subject.Architecture is null or { Firmware: FirmwareKind.Bios };

    private static bool PxelinuxCanChain(in BootSubject subject, ReadOnlySpan<byte> url)
    {
        if (!MayBeBios(subject) || PxelinuxVerbFor(url).IsEmpty) return false;
        return url.StartsWith("tftp:"u8) || (url.StartsWith("http:"u8) && IsLpxelinux(subject));
    }

    /// <summary>Only lpxelinux.0 has TCP; which of the two asks is known by what the machine was given.</summary>
    private static bool IsLpxelinux(in BootSubject subject)
    {
        if (subject.Architecture is null) return false;
        byte[]? program = subject.ProgramFor(subject.Architecture).File;
        return program is not null && program.AsSpan().EndsWith("lpxelinux.0"u8);
    }

    private static bool GrubCanChain(in BootSubject subject, ReadOnlySpan<byte> url)
    {
        if (!url.StartsWith("http:"u8) && !url.StartsWith("tftp:"u8)) return false;
        ReadOnlySpan<byte> path = BootUrl.PathOf(url);
        if (path.EndsWith(".cfg"u8)) return true;
        return path.EndsWith(".efi"u8) && subject.Architecture is not { Firmware: FirmwareKind.Bios };
    }

    private static bool IpxeCan(in BootSubject subject, CatalogImage image)
    {
        if ((subject.Traits & DocumentTraits.TftpUrls) == 0 || image.Kind == ImageKind.Efi) return true;
        if (image.Kind == ImageKind.Chain) return image.Url.AsSpan().StartsWith("tftp:"u8);
        return subject.Architecture is { Firmware: FirmwareKind.Bios };
    }

    private static ReadOnlySpan<byte> NameOf(in BootSubject subject) => subject.Reader switch
    {
        DocumentKind.Pxelinux when (subject.Traits & DocumentTraits.UBoot) != 0 => "U-Boot"u8,
        DocumentKind.Pxelinux => MayBeBios(subject) ? "PXELINUX"u8 : "syslinux.efi"u8,
        DocumentKind.Grub => "GRUB"u8,
        DocumentKind.Ipxe => "an iPXE without HTTP"u8,
        DocumentKind.UBoot => "U-Boot"u8,
        _ => "a Raspberry Pi's firmware"u8,
    };
}
