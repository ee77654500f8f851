using System;
using System.Buffers;
using Aglet.Config;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>An iPXE script. Every URL is absolute: iPXE's <c>next-server</c> is somebody else's word.</summary>
internal static class IpxeScript
{
    /// <summary>How long a failed entry's words stay on the screen.</summary>
    private const int FailureSeconds = 10;

    private static readonly SearchValues<byte> _nameBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-"u8);

    public static void Write(ref WireWriter target, in BootSubject subject)
    {
        if ((subject.Traits & DocumentTraits.Shared) != 0)
        {
            WriteShared(ref target, subject);
            return;
        }

        if ((subject.Traits & DocumentTraits.AsksSerial) != 0)
        {
            WriteSerialQuestion(ref target, subject);
            return;
        }

        // A script of nothing but its first line would succeed, and iPXE would not go on to the next boot device.
        BootPlan plan = subject.Plan();
        if (plan.Image is null) return;
        target.Bytes("#!ipxe\n"u8);
        ScriptText.WriteHeading(ref target, "# "u8, subject, plan);

        // autoexec.ipxe is run before iPXE has asked for an address.
        target.Bytes("isset ${ip} || dhcp || goto failed\n"u8);
        if (plan.Menu is not null)
        {
            WriteMenu(ref target, subject, plan.Menu, plan.Image);
            return;
        }

        WriteEntry(ref target, subject, plan.Image);
        target.Bytes(":failed\necho Aglet: "u8);
        ScriptText.WriteMachine(ref target, subject);
        target.Bytes(" could not do this; the next boot device follows\nsleep "u8);
        target.Decimal(FailureSeconds);
        target.Bytes("\nexit 1\n"u8);
    }

    /// <summary>Nobody knows whose request this is: iPXE says its MAC and asks again.</summary>
    /// <remarks><c>netX</c> is the card that was opened last: the one that boots.</remarks>
    private static void WriteShared(ref WireWriter target, in BootSubject subject)
    {
        target.Bytes("#!ipxe\n# Aglet: which machine is this?\nisset ${ip} || dhcp ||\nchain --replace --autofree "u8);
        BootUrl.WriteRoot(ref target, subject);
        target.Bytes("/_/ipxe/${netX/mac:hexhyp}/boot.ipxe || exit 1\n"u8);
    }

    /// <summary>The machine may be configured by its serial number: iPXE reads it and asks again with it.</summary>
    private static void WriteSerialQuestion(ref WireWriter target, in BootSubject subject)
    {
        target.Bytes("#!ipxe\n# Aglet: what is the serial number of this machine?\nisset ${ip} || dhcp ||\n"u8);
        target.Bytes("chain --replace --autofree "u8);
        BootUrl.WriteRoot(ref target, subject);
        target.Bytes("/_/ipxe/"u8);
        BootUrl.WriteMac(ref target, subject.HardwareAddress, (byte)'-');
        target.Bytes("/boot.ipxe?serial=${serial:uristring}&asset=${asset:uristring}&uuid=${uuid} || exit 1\n"u8);
    }

    private static void WriteMenu(ref WireWriter target, in BootSubject subject, CatalogMenu menu, CatalogImage preset)
    {
        target.Bytes(":menu\nmenu "u8);
        WriteTitle(ref target, menu.Title);
        target.U8((byte)'\n');
        foreach (CatalogImage image in menu.Items)
        {
            if (!subject.Takes(image))
            {
                if (ScriptText.IsMissed(subject, image)) WriteMissed(ref target, subject, image);
                continue;
            }

            bool isConditional = TryWriteCondition(ref target, subject, image);
            target.Bytes("item "u8);
            WriteLabel(ref target, image);
            target.U8((byte)' ');
            WriteTitle(ref target, image.Title);
            target.Bytes(isConditional ? " ||\n"u8 : "\n"u8);
        }

        target.Bytes("choose "u8);
        long milliseconds = menu.Timeout.WholeMilliseconds;
        if (milliseconds > 0)
        {
            target.Bytes("--timeout "u8);
            target.Decimal((ulong)milliseconds);
            target.U8((byte)' ');
        }

        target.Bytes("--default "u8);
        WriteLabel(ref target, preset);
        target.Bytes(" target || set target "u8);
        WriteLabel(ref target, subject.Catalog.LocalImage);
        target.Bytes("\ngoto ${target}\n"u8);
        foreach (CatalogImage image in menu.Items)
        {
            if (!subject.Takes(image)) continue;
            target.U8((byte)':');
            WriteLabel(ref target, image);
            target.U8((byte)'\n');
            WriteEntry(ref target, subject, image);
        }

        target.Bytes(":failed\necho Aglet: this did not start; the menu comes back\nsleep "u8);
        target.Decimal(FailureSeconds);
        target.Bytes("\ngoto menu\n"u8);
    }

    /// <summary>An image that cannot be had: a line that cannot be chosen.</summary>
    private static void WriteMissed(ref WireWriter target, in BootSubject subject, CatalogImage image)
    {
        Span<byte> room = stackalloc byte[ScriptText.MissedTitleBytes];
        target.Bytes("item --gap -- "u8);
        WriteTitle(ref target, ScriptText.MissedTitle(room, subject, image));
        target.U8((byte)'\n');
    }

    /// <summary>Where nobody knows the machine's processor, iPXE looks itself whether an image is built for it.</summary>
    private static bool TryWriteCondition(ref WireWriter target, in BootSubject subject, CatalogImage image)
    {
        ReadOnlySpan<byte> cpu = image.Cpu switch
        {
            CpuFamily.X86 => "i386"u8,
            CpuFamily.X64 => "x86_64"u8,
            CpuFamily.Arm => "arm32"u8,
            CpuFamily.Arm64 => "arm64"u8,
            CpuFamily.RiscV32 => "riscv32"u8,
            CpuFamily.RiscV64 => "riscv64"u8,
            CpuFamily.LoongArch64 => "loong64"u8,
            _ => default,
        };
        if (subject.Architecture is not null || image.IsLocal || cpu.IsEmpty) return false;
        target.Bytes("iseq ${buildarch} "u8);
        target.Bytes(cpu);

        // iPXE for a PC's BIOS is a 32-bit program, whatever the processor.
        if (image.Cpu == CpuFamily.X64) target.Bytes(" || iseq ${platform} pcbios"u8);
        target.Bytes(" && "u8);
        return true;
    }

    private static void WriteEntry(ref WireWriter target, in BootSubject subject, CatalogImage image)
    {
        if (image.IsLocal)
        {
            // On UEFI an error is what makes the firmware go on to the disk: after success it shows its setup.
            target.Bytes("iseq ${platform} efi && exit 1 ||\n"u8);
            target.Bytes("sanboot --no-describe --drive 0x80 || exit 1\n"u8);
            return;
        }

        if (image.Kind != ImageKind.Kernel)
        {
            WriteOther(ref target, subject, image);
            return;
        }

        // UEFI kernels look for their initrds by name.
        target.Bytes("kernel "u8);
        BootUrl.WriteFile(ref target, subject, image.Kernel);
        bool isWimboot = image.AnswerKind == AnswerKind.Unattend;
        for (int i = 0; i < image.Initrds.Length && !isWimboot; i++)
        {
            target.Bytes(" initrd="u8);
            WriteInitrdName(ref target, image, i);
        }

        KernelArguments.Write(ref target, subject, image, WordQuoting.None);
        target.Bytes(" || goto failed\n"u8);
        for (int i = 0; i < image.Initrds.Length; i++)
        {
            target.Bytes("initrd --name "u8);
            WriteInitrdName(ref target, image, i);
            target.U8((byte)' ');
            BootUrl.WriteFile(ref target, subject, image.Initrds[i]);
            target.Bytes(" || goto failed\n"u8);
        }

        if (isWimboot && subject.HasMac)
        {
            target.Bytes("initrd --name "u8);
            target.Bytes(image.AnswerLeaf);
            target.U8((byte)' ');
            BootUrl.WriteAnswer(ref target, subject, image);
            target.Bytes(" || goto failed\n"u8);
        }

        target.Bytes("boot || goto failed\n"u8);
    }

    /// <summary>A program, a disc or a URL. Whatever comes back from it, good or bad, has ended this entry.</summary>
    private static void WriteOther(ref WireWriter target, in BootSubject subject, CatalogImage image)
    {
        if (BootAbility.NeedsMemdisk(subject, image))
        {
            target.Bytes("kernel "u8);
            BootUrl.WriteFile(ref target, subject, subject.Catalog.Companions.Memdisk!.Value.Key);
            target.Bytes(image.Kind == ImageKind.Iso ? " iso raw || goto failed\ninitrd "u8 : " raw || goto failed\ninitrd "u8);
            BootUrl.WriteFile(ref target, subject, image.File);
            target.Bytes(" || goto failed\nboot || goto failed\n"u8);
            return;
        }

        if (image.Kind == ImageKind.Efi) target.Bytes("iseq ${platform} efi || goto failed\nchain --autofree "u8);
        else if (image.Kind == ImageKind.Chain) target.Bytes("chain --replace --autofree "u8);
        else target.Bytes("sanboot --no-describe "u8);
        if (image.Kind == ImageKind.Chain) target.Bytes(image.Url);
        else BootUrl.WriteFile(ref target, subject, image.File);
        target.Bytes(" ||\ngoto failed\n"u8);
    }

    /// <summary>
    /// The last part of the path, with its place before it when another initrd has the same, or when it has bytes that
    /// iPXE or the kernel's command line would not take for a part of a word.
    /// </summary>
    private static void WriteInitrdName(ref WireWriter target, CatalogImage image, int index)
    {
        ReadOnlySpan<byte> name = LeafOf(image.Initrds[index]);
        bool isClear = name.IndexOfAnyExcept(_nameBytes) < 0;
        for (int i = 0; i < index; i++) isClear &= !name.SequenceEqual(LeafOf(image.Initrds[i]));
        if (!isClear)
        {
            target.Decimal((ulong)index);
            target.U8((byte)'-');
        }

        foreach (byte b in name) target.U8(_nameBytes.Contains(b) ? b : (byte)'_');
    }

    private static ReadOnlySpan<byte> LeafOf(byte[] key) => key.AsSpan(key.AsSpan().LastIndexOf((byte)'/') + 1);

    private static void WriteLabel(ref WireWriter target, CatalogImage image)
    {
        target.Bytes("image-"u8);
        target.Decimal((ulong)image.Index);
    }

    /// <summary>
    /// iPXE has no quotes: what it would expand, take for an option, or for the end of the command, is broken apart.
    /// </summary>
    private static void WriteTitle(ref WireWriter target, scoped ReadOnlySpan<byte> title)
    {
        title = title.TrimStart("- "u8);
        bool isQuoted = false;
        for (int i = 0; i < title.Length; i++)
        {
            byte previous = i == 0 ? (byte)' ' : title[i - 1];
            bool endsWord = i + 1 == title.Length || title[i + 1] == ' ';
            bool isSyntax = (title[i] == '{' && previous == '$')
                || (title[i] == '|' && previous == '|')
                || (title[i] == '&' && previous == '&');
            if (isSyntax) target.U8((byte)' ');

            // A word that begins with # is a comment with all that follows; a ; alone ends the command.
            bool beginsQuote = previous == ' ' && (title[i] == '#' || (title[i] == ';' && endsWord));
            if (beginsQuote) target.U8((byte)'"');
            isQuoted |= beginsQuote;
            target.U8(title[i]);
            if (!isQuoted || !endsWord) continue;
            target.U8((byte)'"');
            isQuoted = false;
        }
    }
}
