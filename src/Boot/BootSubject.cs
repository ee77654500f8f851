using System;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>Why an image cannot be given to a machine.</summary>
internal enum ImageProblem : byte
{
    None,

    /// <summary>It is built for another processor.</summary>
    WrongCpu,

    /// <summary>It is a UEFI program, and the firmware is a BIOS.</summary>
    WrongFirmware,

    /// <summary>The boot program that asks has no way to start it.</summary>
    WrongProgram,

    /// <summary>The boot program that asks would need memdisk for it, and the tree has none.</summary>
    NoMemdisk,

    /// <summary>The tree has no such kernel or initrd.</summary>
    MissingFile,

    /// <summary>It has an answer file, and nobody knows for which machine.</summary>
    NoOwner,

    /// <summary>Its answer file's template has a mistake.</summary>
    BrokenTemplate,

    /// <summary>Its answer file uses a value that this machine does not have.</summary>
    NoValue,
}

/// <summary>What a machine gets.</summary>
internal enum PlanKind : byte
{
    /// <summary>Nothing: it is not ours.</summary>
    Ignore,
    Image,
    Menu,
}

/// <summary>The decision for one machine.</summary>
/// <param name="Kind">What it gets.</param>
/// <param name="Image">The image; for a menu, what it takes by itself.</param>
/// <param name="Menu">The menu; null for anything else.</param>
/// <param name="Refused">The image that it should have had and cannot; null when all is well.</param>
/// <param name="Problem">Why it cannot: then it boots its disk, the one thing that destroys nothing.</param>
internal readonly record struct BootPlan(
    PlanKind Kind,
    CatalogImage? Image,
    CatalogMenu? Menu = null,
    CatalogImage? Refused = null,
    ImageProblem Problem = ImageProblem.None);

/// <summary>
/// One machine, as far as it is known, with the plans that apply to it: what a document is written about.
/// </summary>
internal readonly struct BootSubject
{
    public BootSubject(in BootDocument document)
    {
        Check.That(document.Catalog is not null);
        Catalog = document.Catalog;
        HardwareAddress = document.Client;
        Address = document.Address;
        Architecture = document.Architecture;
        Server = document.Server;
        Traits = document.Traits;
        Reader = document.Kind;
        Token = document.Token;
        Machine = document.Machine ?? Catalog.FindMachine(document.Client) ?? Catalog.FindMachine(document.Uuid);
        Group = document.Group;
        Uuid = Machine is { Uuid.IsNone: false } ? Machine.Uuid : document.Uuid;
    }

    public BootCatalog Catalog { get; }

    /// <summary>Null when the configuration does not name it.</summary>
    public CatalogMachine? Machine { get; }

    /// <summary>The first group that it matches; null for none.</summary>
    public CatalogGroup? Group { get; }

    public HardwareAddress HardwareAddress { get; }

    public MachineUuid Uuid { get; }

    /// <summary>The address that it has now.</summary>
    public Ipv4Address Address { get; }

    public ClientArchitecture? Architecture { get; }

    /// <summary>Our address, as it reaches it.</summary>
    public IpAddress Server { get; }

    public DocumentTraits Traits { get; }

    /// <summary>Whose configuration is written; none where no boot program is chosen yet.</summary>
    public DocumentKind Reader { get; private init; }

    /// <summary>What its answer file is asked for with; none where nobody may know it.</summary>
    public BootToken Token { get; }

    /// <summary>True when it has an address of six bytes: one that fits into paths.</summary>
    public bool HasMac => HardwareAddress.Length == 6 && !HardwareAddress.IsNone;

    /// <summary>The operator left it out by <c>dhcp.allow</c> or <c>dhcp.deny</c>: it is another server's.</summary>
    public bool IsLeftOut
    {
        get
        {
            MachineFilter filter = Catalog.Settings.Filter;
            if (!filter.IsSelective) return false;
            return Machine is null ? !filter.Allows(HardwareAddress) : filter.Denies(HardwareAddress);
        }
    }

    /// <summary>Installed once, it boots its own disk for ever after.</summary>
    public bool IsOnce => Machine?.IsOnce ?? Group?.IsOnce ?? false;

    /// <summary>
    /// Decides what the machine gets: what is said of itself, else of its group, else of machines that are not known.
    /// </summary>
    public BootPlan Plan()
    {
        if (IsLeftOut) return new(PlanKind.Ignore, null);
        if (IsOnce && (Traits & DocumentTraits.Installed) != 0) return new(PlanKind.Image, Catalog.LocalImage);
        if ((Machine?.Image ?? Group?.Image) is { } image) return PlanFor(image);
        return Catalog.Settings.Unknown switch
        {
            // Who is named is not ignored; nothing is said of what it boots, so nothing of it may be destroyed.
            UnknownPolicy.Ignore when Machine is null && Group is null => new(PlanKind.Ignore, null),
            UnknownPolicy.Ignore or UnknownPolicy.Disk => new(PlanKind.Image, Catalog.LocalImage),
            UnknownPolicy.Image => PlanFor(Catalog.Images[Catalog.Settings.UnknownImage]),
            _ => PlanFor(Catalog.Menu),
        };
    }

    /// <summary>The boot program for an architecture: the machine's own, else its group's, else the site's.</summary>
    public BootProgram ProgramFor(ClientArchitecture architecture) =>
        Machine?.Programs?.For(architecture) ?? Group?.Programs?.For(architecture) ?? Catalog.Programs[architecture];

    /// <summary>True when the operator chose the boot program for this very machine or its group.</summary>
    public bool HasOwnProgramFor(ClientArchitecture architecture) =>
        (Machine?.Programs?.For(architecture) ?? Group?.Programs?.For(architecture)) is not null;

    /// <summary>The same machine as one boot program's configuration sees it.</summary>
    public BootSubject ReadBy(DocumentKind reader) => this with { Reader = reader };

    /// <summary>What an iPXE in the ROM runs instead of our script; null: the script.</summary>
    public byte[]? ProgramForIpxe() => Architecture is null
        ? null
        : Machine?.Programs?.ForIpxe(Architecture) ?? Group?.Programs?.ForIpxe(Architecture)
            ?? Catalog.Programs.ForIpxe(Architecture) ?? Catalog.Programs.SignedForIpxe(Architecture);

    /// <summary>Says whether this machine can be given an image.</summary>
    public ImageProblem ProblemOf(CatalogImage image, out TemplateHole hole)
    {
        hole = default;
        if (image.IsLocal) return ImageProblem.None;
        if (!image.RunsOn(Architecture)) return ImageProblem.WrongCpu;
        if (image.MissingFile is not null) return ImageProblem.MissingFile;
        ImageProblem ability = BootAbility.ProblemOf(this, image);
        if (ability != ImageProblem.None) return ability;
        if (image.HasBrokenTemplate) return ImageProblem.BrokenTemplate;
        if (image.Answer is not null && !HasMac) return ImageProblem.NoOwner;
        return image.TryFindHole(this, out hole) ? ImageProblem.NoValue : ImageProblem.None;
    }

    /// <summary>True when this machine can be given an image.</summary>
    public bool Takes(CatalogImage image) => ProblemOf(image, out _) == ImageProblem.None;

    /// <summary>True when a name has a value for this machine and image.</summary>
    public bool HasValue(int name, CatalogImage image)
    {
        if (VariableOf(name) is not null) return true;
        if (name >= TemplateNames.BuiltInCount) return false;
        return (BuiltInValue)name switch
        {
            BuiltInValue.Name or BuiltInValue.Hostname => Machine is not null || HasMac,
            BuiltInValue.Mac or BuiltInValue.MacDashes => HasMac,
            BuiltInValue.Uuid => !Uuid.IsNone,
            BuiltInValue.Address => !AddressNow.IsAny || (Traits & DocumentTraits.AwaitsAddress) != 0,
            BuiltInValue.Netmask => Catalog.Settings.PrefixOf(AddressNow) is not null,
            BuiltInValue.Router => !Subnet.Router.IsAny,
            BuiltInValue.Dns => Subnet.Dns.Count > 0,
            BuiltInValue.Domain => Subnet.Domain.Length > 0,
            BuiltInValue.Answer => image.Answer is not null && HasMac,
            _ => true,
        };
    }

    /// <summary>What the value of a name is, when there is one.</summary>
    public VariableKind KindOf(int name)
    {
        if (VariableOf(name) is { } variable) return variable.Kind;
        return (BuiltInValue)name == BuiltInValue.Dns ? VariableKind.List : VariableKind.Text;
    }

    /// <summary>How many texts the value of a name has: one, unless it is a list.</summary>
    public int CountOf(int name)
    {
        if (VariableOf(name) is { } variable) return variable.Items.Length;
        return (BuiltInValue)name == BuiltInValue.Dns ? Subnet.Dns.Count : 1;
    }

    /// <summary>
    /// A text of the value of a name. The machine's own variables win over its group's, those over the ones for all machines,
    /// and those over the built-in values: what an operator writes always takes effect.
    /// </summary>
    /// <param name="name">Index of a name that has a value.</param>
    /// <param name="item">Which text of a list; else 0.</param>
    /// <param name="image">The image that it is about.</param>
    /// <param name="room">Where it may be put together: at least <see cref="BootUrl.AnswerBytesMax"/>.</param>
    public ReadOnlySpan<byte> ItemOf(int name, int item, CatalogImage image, Span<byte> room)
    {
        if (VariableOf(name) is { } variable) return variable.Items[item];
        switch ((BuiltInValue)name)
        {
            case BuiltInValue.Name or BuiltInValue.Hostname when Machine is not null:
                return Machine.Name;
            case BuiltInValue.Image:
                return image.Name;
            case BuiltInValue.Title:
                return image.Title;
            default:
                WireWriter writer = new(room);
                WriteBuiltIn(ref writer, (BuiltInValue)name, item, image);
                Check.That(!writer.Overflow);
                return room[..writer.Length];
        }
    }

    /// <summary>What is told on the network that the machine is on.</summary>
    public DhcpSubnetSetting Subnet => Catalog.Settings.SubnetOf(AddressNow);

    private Ipv4Address AddressNow => Machine is { Address.IsAny: false } ? Machine.Address : Address;

    private BootPlan PlanFor(CatalogImage image)
    {
        if (Catalog.MenuOf(image) is { } menu) return PlanFor(menu);
        ImageProblem problem = ProblemOf(image, out _);
        return problem == ImageProblem.None
            ? new(PlanKind.Image, image)
            : new(PlanKind.Image, Catalog.LocalImage, null, image, problem);
    }

    private BootPlan PlanFor(CatalogMenu menu)
    {
        ImageProblem problem = ProblemOf(menu.Preset, out _);
        return problem == ImageProblem.None
            ? new(PlanKind.Menu, menu.Preset, menu)
            : new(PlanKind.Menu, Catalog.LocalImage, menu, menu.Preset, problem);
    }

    private CatalogValue? VariableOf(int name) =>
        Machine?.ValueOf(name) ?? Group?.ValueOf(name) ?? Catalog.DefaultOf(name);

    private void WriteBuiltIn(ref WireWriter target, BuiltInValue value, int item, CatalogImage image)
    {
        switch (value)
        {
            case BuiltInValue.Name or BuiltInValue.Hostname:
                BootUrl.WriteMac(ref target, HardwareAddress, (byte)'-');
                break;
            case BuiltInValue.Mac or BuiltInValue.MacDashes:
                BootUrl.WriteMac(ref target, HardwareAddress, (byte)(value == BuiltInValue.Mac ? ':' : '-'));
                break;
            case BuiltInValue.Uuid:
                Span<byte> uuid = stackalloc byte[36];
                Uuid.TryFormat(uuid, out int written, default, null);
                target.Bytes(uuid[..written]);
                break;
            case BuiltInValue.Address:
                BootUrl.WriteAddress(ref target, AddressNow);
                break;
            case BuiltInValue.Netmask:
                BootUrl.WriteAddress(ref target, Catalog.Settings.PrefixOf(AddressNow).GetValueOrDefault().Mask);
                break;
            case BuiltInValue.Router:
                BootUrl.WriteAddress(ref target, Subnet.Router);
                break;
            case BuiltInValue.Dns:
                BootUrl.WriteAddress(ref target, Subnet.Dns[item]);
                break;
            case BuiltInValue.Domain:
                target.Ascii(Subnet.Domain);
                break;
            case BuiltInValue.Server:
                BootUrl.WriteAddress(ref target, Server);
                break;
            case BuiltInValue.Http:
                BootUrl.WriteHttp(ref target, Server, Catalog.Settings.HttpPort);
                break;
            case BuiltInValue.Answer:
                BootUrl.WriteAnswer(ref target, this, image);
                break;
            case BuiltInValue.DoneUrl:
                BootUrl.WriteDone(ref target, this);
                break;
            default:
                Check.That(false);
                break;
        }
    }
}
