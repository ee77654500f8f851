using System;
using Aglet.Config;
using Aglet.Net;

namespace Aglet.Boot;

/// <summary>What a machine's firmware is told to load.</summary>
/// <param name="File">A key of the tree; null for none.</param>
/// <param name="Url">An absolute URL that is not ours; null for a file of the tree.</param>
/// <param name="Reads">Whose configuration it asks for then; none for what is itself the image.</param>
/// <param name="Problem">In the operator's words; empty with a file or URL.</param>
internal readonly record struct FirmwareProgram(byte[]? File, byte[]? Url, DocumentKind Reads, byte[] Problem)
{
    /// <summary>The image itself where the firmware can run it, else a boot program that can, else the usual one.</summary>
    /// <remarks>
    /// UEFI HTTP Boot makes a RAM disk of a CD or disk image. What the operator names for a machine or group is given
    /// whatever the image; with <c>secure-boot</c> a UEFI program by PXE is left to shim and GRUB, which know the keys of
    /// the distribution besides the firmware's.
    /// </remarks>
    /// <param name="subject">Whose, read by nobody yet.</param>
    /// <param name="architecture">What its firmware is; the HTTP form when it wants a URL.</param>
    public static FirmwareProgram Choose(in BootSubject subject, ClientArchitecture architecture)
    {
        BootProgram usual = subject.ProgramFor(architecture);
        FirmwareProgram program = new(usual.File, null, ReaderOf(usual.File), usual.Problem);
        BootPlan plan = subject.Plan();
        if (plan.Kind != PlanKind.Image || plan.Image!.Kind is ImageKind.Kernel or ImageKind.Local) return program;
        CatalogImage image = plan.Image;
        if (subject.HasOwnProgramFor(architecture)) return program;
        bool isSigned = subject.Catalog.Settings.RequiresSecureBoot && architecture.Firmware == FirmwareKind.Uefi;
        if (architecture.Firmware == FirmwareKind.Uefi)
        {
            bool isItself = image.Kind switch
            {
                ImageKind.Efi => architecture.IsHttp || !isSigned,
                ImageKind.Iso or ImageKind.Disk => architecture.IsHttp,
                _ => false,
            };
            if (isItself) return new(image.File, null, DocumentKind.None, []);
            if (architecture.IsHttp && image.Kind == ImageKind.Chain && FirmwareCanFetch(image.Url, mustTellType: true))
                return new(null, image.Url, DocumentKind.None, []);
        }

        // Which of GRUB's modules are in it depends on who built it: iPXE goes on with any URL.
        byte[]? ipxe = isSigned ? null : subject.Catalog.Programs.LoaderFor(architecture);
        bool isIpxes = ipxe is not null && subject.ReadBy(DocumentKind.Ipxe).Takes(image);
        bool isUsuals = program.File is not null && subject.ReadBy(program.Reads).Takes(image);
        if (isIpxes && (!isUsuals || image.Kind == ImageKind.Chain)) return new(ipxe, null, DocumentKind.Ipxe, []);
        if (isUsuals) return program;
        bool isLastResort = architecture is { Firmware: FirmwareKind.Uefi, IsHttp: true } && image.Kind == ImageKind.Chain
            && FirmwareCanFetch(image.Url, mustTellType: false);
        return isLastResort ? new(null, image.Url, DocumentKind.None, []) : program;
    }

    /// <summary>Whose configuration a boot program reads, by its name; none when the name says nothing.</summary>
    private static DocumentKind ReaderOf(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> leaf = file[(file.LastIndexOf((byte)'/') + 1)..];
        if (leaf.SequenceEqual("boot.scr.uimg"u8)) return DocumentKind.UBoot;
        if (leaf.IndexOf("linux"u8) >= 0) return DocumentKind.Pxelinux;
        if (leaf.IndexOf("ipxe"u8) >= 0 || leaf.StartsWith("undionly"u8) || leaf.StartsWith("snponly"u8))
            return DocumentKind.Ipxe;
        bool isGrub = leaf.StartsWith("boot"u8) || leaf.StartsWith("shim"u8) || leaf.StartsWith("grub"u8)
            || leaf.StartsWith("core"u8);
        return isGrub ? DocumentKind.Grub : DocumentKind.None;
    }

    /// <summary>
    /// EDK2 has no name server to ask unless DHCP named one, and takes the type from the header or the end of the path.
    /// </summary>
    private static bool FirmwareCanFetch(ReadOnlySpan<byte> url, bool mustTellType)
    {
        if (!BootUrl.HasIpLiteral(url) || !url.StartsWith("http:"u8)) return false;
        ReadOnlySpan<byte> path = BootUrl.PathOf(url);
        return !mustTellType || path.EndsWith(".efi"u8) || path.EndsWith(".iso"u8) || path.EndsWith(".img"u8);
    }
}
