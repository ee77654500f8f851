using System;
using Aglet.Core;
using Aglet.Net;

namespace Aglet.Boot;

/// <summary>How far a machine has come: each stage of one boot asks DHCP again, with other options.</summary>
internal enum BootStage : byte
{
    /// <summary>Not a boot client at all: an installer's or an installed system's own DHCP client.</summary>
    System,

    /// <summary>The firmware's PXE or HTTP Boot client.</summary>
    Firmware,

    /// <summary>iPXE, recognised by option 77 or 175: it gets a script, never itself again.</summary>
    Ipxe,

    /// <summary>U-Boot, which wants PXELINUX's configuration.</summary>
    UBoot,
}

/// <summary>Who asks DHCP, as its options tell.</summary>
/// <param name="HardwareAddress">The <c>chaddr</c> field.</param>
/// <param name="Uuid">Option 97, or none.</param>
/// <param name="Architecture">Option 93, else the digits of option 60, else null.</param>
/// <param name="Stage">How far it has come.</param>
/// <param name="IsHttpClient">Option 60 begins with <c>HTTPClient</c>: it wants a URL.</param>
/// <param name="IpxeHasHttp">iPXE says by option 175 that it can HTTP; one that cannot is given a full iPXE.</param>
/// <param name="IsProxied">The address comes from somebody else's server.</param>
internal readonly record struct BootClient(
    HardwareAddress HardwareAddress,
    MachineUuid Uuid,
    ClientArchitecture? Architecture,
    BootStage Stage,
    bool IsHttpClient,
    bool IpxeHasHttp,
    bool IsProxied)
{
    /// <summary>
    /// iPXE says by option 175 that it was built without menus, or without what starts a kernel here: a card's ROM, cut
    /// to its size. It is given a full iPXE too.
    /// </summary>
    public bool IpxeLacksFeatures { get; init; }

    /// <summary>
    /// A Raspberry Pi's own boot ROM. Its option 93 says "x86 BIOS", so the architecture cannot tell; it ignores the
    /// boot file name and asks for its own files by TFTP.
    /// </summary>
    public bool IsRaspberryPi { get; init; }

    /// <summary>Option 60.</summary>
    public ShortText VendorClass { get; init; }

    /// <summary>
    /// What tells one system's DHCP client from another's, when it starts anew: it has no address yet. Else 0.
    /// </summary>
    public ulong SystemMark { get; init; }

    /// <summary>An address of the network that it asks from: its relay's. None: the one that we are in ourselves.</summary>
    public Ipv4Address Network { get; init; }
}

/// <summary>What DHCP does for a client.</summary>
internal enum OfferKind : byte
{
    /// <summary>Say nothing: this machine is not ours.</summary>
    Ignore,

    /// <summary>An address, when we give addresses, and no boot file.</summary>
    AddressOnly,

    /// <summary>A boot file name or URL too.</summary>
    Boot,
}

/// <summary>The decision for one client. The spans are valid until the planner is asked again.</summary>
internal readonly ref struct BootOffer
{
    public OfferKind Kind { get; init; }

    /// <summary>A TFTP file name without leading slash, or an absolute URL with an IP literal.</summary>
    public ReadOnlySpan<byte> BootFile { get; init; }

    /// <summary>Where PXELINUX's configuration for this machine is, for option 209; empty for none.</summary>
    public ReadOnlySpan<byte> PxelinuxConfig { get; init; }

    /// <summary>The folder of the boot file with its slash, for option 210; empty for the root.</summary>
    public ReadOnlySpan<byte> PxelinuxPrefix { get; init; }

    /// <summary>The machine's name from the configuration (its host name too), or empty.</summary>
    public ReadOnlySpan<byte> MachineName { get; init; }

    /// <summary>The address reserved for it, or none.</summary>
    public Ipv4Address Reservation { get; init; }

    /// <summary>Why, in words for the log: what is booted, or what is missing.</summary>
    public ReadOnlySpan<byte> Reason { get; init; }
}
