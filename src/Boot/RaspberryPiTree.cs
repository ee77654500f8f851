using System;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
using Aglet.Tree;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>What a Raspberry Pi finds for a path.</summary>
internal enum RaspberryPiStep : byte
{
    /// <summary>It is no Raspberry Pi, or asks for something like any other machine.</summary>
    AsOthers,

    /// <summary>A file of the firmware that all have in common, or one that its plan names.</summary>
    File,

    /// <summary>Nothing: what makes it go on to its next boot device.</summary>
    Nothing,
}

/// <summary>The tree as a Raspberry Pi sees it: its own prefix before the firmware's files and those of its plan.</summary>
/// <remarks>
/// <para>A file at exactly the path wins. Else below the prefix, and from the root for one that is known, lie the files of
/// the shared folder (<see cref="BootCompanions.FirmwareFolder"/>) and then the whole tree; <c>config.txt</c> and
/// <c>cmdline.txt</c> are generated.</para>
/// <para>One that the configuration names and that is to boot its own disk finds nothing at all: its EEPROM gives up at the
/// missing start4.elf or config.txt and goes on along its BOOT_ORDER at once. One that it does not name is left to whatever
/// lies in the tree.</para>
/// </remarks>
internal readonly ref struct RaspberryPiTree(BootCatalog catalog, ClientTable clients, InstallWatch installs)
{
    /// <summary>65535 blocks of 1024: EEPROMs before November 2022 cut what is longer without a word.</summary>
    public const long OldFileBytesMax = 65535L * 1024;

    /// <summary>65535 blocks of 1468: so do those before September 2025.</summary>
    public const long FileBytesMax = 65535L * 1468;

    /// <summary>Firmware that asks from the root before anybody knows it: the boot ROM of the Pi 3.</summary>
    private static ReadOnlySpan<byte> FirstFile => "bootcode.bin"u8;

    /// <summary>Looks where a Raspberry Pi's path leads.</summary>
    /// <param name="key">What it asks for.</param>
    /// <param name="asker">Who asks.</param>
    /// <param name="file">With <see cref="RaspberryPiStep.File"/>.</param>
    /// <param name="document">With <see cref="RaspberryPiStep.Nothing"/>: whose plan it is that says so.</param>
    public RaspberryPiStep Find(
        ReadOnlySpan<byte> key, in Asker asker, out BootFile file, out BootDocument document)
    {
        file = default;
        document = default;
        if (catalog.Companions.FirmwareFolder is not { } folder) return RaspberryPiStep.AsOthers;
        RaspberryPiPath path = RaspberryPiPath.Parse(key);
        bool isInTree = catalog.Tree.TryGet(key, out _);
        if (path.Owner == DocumentOwner.Asker && !IsRaspberryPi(asker))
        {
            return !isInTree && IsFirst(folder, key, out file) ? RaspberryPiStep.File : RaspberryPiStep.AsOthers;
        }

        bool boots = !catalog.HasPlans;
        bool isNamed = false;
        DocumentName name = DocumentName.ForRaspberryPi(path);
        if (new AskerLookup(catalog, clients).TryIdentify(name, asker, out document))
        {
            document = document with { Traits = document.Traits | installs.TraitsOf(document) };
            BootSubject subject = new(document);
            boots = subject.Plan().Image is { Kind: ImageKind.Kernel };
            isNamed = subject.Machine is not null || subject.Group is not null;
        }

        if (!boots && isNamed) return RaspberryPiStep.Nothing;
        if (!boots && isInTree) return RaspberryPiStep.AsOthers;
        if (!boots) return IsFirst(folder, key, out file) ? RaspberryPiStep.File : RaspberryPiStep.Nothing;
        bool isGenerated = catalog.HasPlans && DocumentName.Parse(key).Kind is not DocumentKind.None;
        if (isInTree || isGenerated) return RaspberryPiStep.AsOthers;
        if (TryGet(folder, path.Rest, out file)) return RaspberryPiStep.File;
        return catalog.Tree.TryGet(path.Rest, out file) ? RaspberryPiStep.File : RaspberryPiStep.Nothing;
    }

    private bool IsRaspberryPi(in Asker asker) =>
        clients.Find(asker.Address.Ipv4) is int slot and >= 0 && clients[slot].Stage == BootStage.Firmware
        && clients[slot].Architecture is { Firmware: FirmwareKind.RaspberryPi };

    /// <summary>What it is, its serial number tells only in the paths that follow.</summary>
    private bool IsFirst(ReadOnlySpan<byte> folder, ReadOnlySpan<byte> key, out BootFile file)
    {
        file = default;
        return key.SequenceEqual(FirstFile) && TryGet(folder, key, out file);
    }

    private bool TryGet(ReadOnlySpan<byte> folder, ReadOnlySpan<byte> name, out BootFile file)
    {
        Span<byte> room = stackalloc byte[Limits.PathBytes];
        WireWriter key = new(room);
        key.Bytes(folder);
        key.Bytes(name);
        file = default;
        return !key.Overflow && catalog.Tree.TryGet(key.Written, out file);
    }
}
