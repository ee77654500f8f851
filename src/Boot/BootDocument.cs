using System;
using Aglet.Core;
using Aglet.Net;

namespace Aglet.Boot;

/// <summary>What is generated.</summary>
internal enum DocumentKind : byte
{
    None,

    /// <summary>PXELINUX, syslinux.efi and U-Boot.</summary>
    Pxelinux,
    Grub,
    Ipxe,

    /// <summary>U-Boot's first script, which sends it to PXELINUX's configuration.</summary>
    UBoot,

    /// <summary>A Raspberry Pi's <c>config.txt</c>.</summary>
    PiConfig,

    /// <summary>A Raspberry Pi's <c>cmdline.txt</c>.</summary>
    PiCommandLine,

    /// <summary>A Kickstart, preseed or other answer file.</summary>
    Answer,

    /// <summary>What a machine is told that reports its install as done.</summary>
    Done,
}

/// <summary>How the same plan is said to one boot program or another.</summary>
[Flags]
internal enum DocumentTraits : byte
{
    None = 0,

    /// <summary>U-Boot reads PXELINUX's configuration but not its <c>::path</c>.</summary>
    UBoot = 1,

    /// <summary><c>menu.c32</c> lies beside the PXELINUX that asks.</summary>
    HasMenuModule = 2,

    /// <summary>An iPXE without HTTP asks: files are named by TFTP URLs.</summary>
    TftpUrls = 4,

    /// <summary>Nobody knows whose request this is: the script finds out itself and asks again.</summary>
    Shared = 8,

    /// <summary>The machine asks DHCP: the address that it lacks is what it is about to get.</summary>
    AwaitsAddress = 16,

    /// <summary>iPXE is asked for its serial number and asset tag, which some machine or group is known by.</summary>
    AsksSerial = 32,

    /// <summary>The machine's installation was reported as done.</summary>
    Installed = 64,
}

/// <summary>Names one generated document: its kind and everything that its bytes depend on.</summary>
/// <param name="Kind">Which generator.</param>
/// <param name="Catalog">The plans it is made from; a transfer keeps the one it began with over a reload.</param>
/// <param name="Client">The machine that it is for; none for the shared form.</param>
/// <param name="Server">Our address, as this client reaches it.</param>
internal readonly record struct BootDocument(
    DocumentKind Kind, BootCatalog? Catalog, HardwareAddress Client, IpAddress Server)
{
    public MachineUuid Uuid { get; init; }

    /// <summary>Null: whoever the hardware address or the UUID says.</summary>
    public CatalogMachine? Machine { get; init; }

    /// <summary>Null for none.</summary>
    public CatalogGroup? Group { get; init; }

    /// <summary>The machine's address, as far as known.</summary>
    public Ipv4Address Address { get; init; }

    /// <summary>What its firmware said it is; null when it is not known.</summary>
    public ClientArchitecture? Architecture { get; init; }

    public DocumentTraits Traits { get; init; }

    /// <summary>What answer files are asked for with; none when whoever reads this must not know it.</summary>
    public BootToken Token { get; init; }

    /// <summary>Index into the catalog's images; for an answer only.</summary>
    public int Image { get; init; }

    /// <summary>Index into the image's answer files; for an answer only.</summary>
    public int Answer { get; init; }

    /// <summary>The same document about a machine that more is known of.</summary>
    public BootDocument About(in MachineIdentity identity)
    {
        Check.That(Catalog is not null);
        return this with
        {
            Client = identity.HardwareAddress,
            Uuid = identity.Uuid,
            Architecture = identity.Architecture,
            Machine = Catalog.FindMachine(identity),
            Group = Catalog.FindGroup(identity),
        };
    }
}
