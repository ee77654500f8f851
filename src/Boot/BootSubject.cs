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
/// <param name="Refused">The image that it should have had and cannot; null when all is well.</param>
/// <param name="Problem">Why it cannot: then it boots its disk, the one thing that destroys nothing.</param>
internal readonly record struct BootPlan(
    PlanKind Kind, CatalogImage? Image, CatalogImage? Refused = null, ImageProblem Problem = ImageProblem.None);

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
        Machine = Catalog.FindMachine(document.Client) ?? Catalog.FindMachine(document.Uuid);
        Uuid = Machine is { Uuid.IsNone: false } ? Machine.Uuid : document.Uuid;
    }

    public BootCatalog Catalog { get; }

    /// <summary>Null when the configuration does not name it.</summary>
    public CatalogMachine? Machine { get; }

    public HardwareAddress HardwareAddress { get; }

    public MachineUuid Uuid { get; }

    /// <summary>The address that it has now.</summary>
    public Ipv4Address Address { get; }

    public ClientArchitecture? Architecture { get; }

    /// <summary>Our address, as it reaches it.</summary>
    public IpAddress Server { get; }

    public DocumentTraits Traits { get; }

    /// <summary>True when it has an address of six bytes: one that fits into paths.</summary>
    public bool HasMac => HardwareAddress.Length == 6 && !HardwareAddress.IsNone;

    /// <summary>Decides what the machine gets.</summary>
    public BootPlan Plan()
    {
        if (Machine is not null) return PlanFor(Machine.Image);
        return Catalog.Settings.Unknown switch
        {
            UnknownPolicy.Ignore => new(PlanKind.Ignore, null),
            UnknownPolicy.Disk => new(PlanKind.Image, Catalog.LocalImage),
            UnknownPolicy.Image => PlanFor(Catalog.Images[Catalog.Settings.UnknownImage]),
            _ => PlanForMenu(),
        };
    }

    /// <summary>Says whether this machine can be given an image.</summary>
    public ImageProblem ProblemOf(CatalogImage image, out TemplatePiece hole)
    {
        hole = default;
        if (image.IsLocal) return ImageProblem.None;
        if (!image.RunsOn(Architecture)) return ImageProblem.WrongCpu;
        if (image.MissingFile is not null) return ImageProblem.MissingFile;
        if (image.Answer is null) return ImageProblem.None;
        if (image.Answer.Errors.Count > 0) return ImageProblem.BrokenTemplate;
        if (!HasMac) return ImageProblem.NoOwner;
        return image.Answer.TryFindHole(this, out hole) ? ImageProblem.NoValue : ImageProblem.None;
    }

    /// <summary>True when this machine can be given an image.</summary>
    public bool Takes(CatalogImage image) => ProblemOf(image, out _) == ImageProblem.None;

    /// <summary>True when a name has a value for this machine.</summary>
    public bool HasValue(int name)
    {
        if (VariableOf(name) is not null) return true;
        if (name >= TemplateNames.BuiltInCount) return false;
        return (BuiltInValue)name switch
        {
            BuiltInValue.Name or BuiltInValue.Hostname => Machine is not null || HasMac,
            BuiltInValue.Mac or BuiltInValue.MacDashes => HasMac,
            BuiltInValue.Uuid => !Uuid.IsNone,
            BuiltInValue.Address => !AddressNow.IsAny || (Traits & DocumentTraits.AwaitsAddress) != 0,
            BuiltInValue.Netmask => Catalog.Settings.Address is not null,
            BuiltInValue.Router => !Catalog.Settings.Router.IsAny,
            BuiltInValue.Dns => Catalog.Settings.Dns.Count > 0,
            BuiltInValue.Domain => Catalog.Domain.Length > 0,
            _ => true,
        };
    }

    /// <summary>
    /// Writes the value of a name. The machine's own variables win over those for all machines, and those over the
    /// built-in values: what an operator writes always takes effect.
    /// </summary>
    public void WriteValue(ref WireWriter target, int name, CatalogImage image)
    {
        if (VariableOf(name) is { } variable) target.Bytes(variable);
        else WriteBuiltIn(ref target, (BuiltInValue)name, image);
    }

    private Ipv4Address AddressNow => Machine is { Address.IsAny: false } ? Machine.Address : Address;

    private BootPlan PlanFor(CatalogImage image)
    {
        ImageProblem problem = ProblemOf(image, out _);
        return problem == ImageProblem.None
            ? new(PlanKind.Image, image)
            : new(PlanKind.Image, Catalog.LocalImage, image, problem);
    }

    private BootPlan PlanForMenu()
    {
        ImageProblem problem = ProblemOf(Catalog.DefaultImage, out _);
        return problem == ImageProblem.None
            ? new(PlanKind.Menu, Catalog.DefaultImage)
            : new(PlanKind.Menu, Catalog.LocalImage, Catalog.DefaultImage, problem);
    }

    private byte[]? VariableOf(int name)
    {
        if (Machine is not null)
        {
            foreach (ref readonly CatalogVariable variable in Machine.Variables.AsSpan())
            {
                if (variable.Name == name) return variable.Value;
            }
        }

        return Catalog.DefaultOf(name);
    }

    private void WriteBuiltIn(ref WireWriter target, BuiltInValue value, CatalogImage image)
    {
        switch (value)
        {
            case BuiltInValue.Name or BuiltInValue.Hostname:
                if (Machine is not null) target.Bytes(Machine.Name);
                else BootUrl.WriteMac(ref target, HardwareAddress, (byte)'-');
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
                BootUrl.WriteAddress(ref target, Catalog.Settings.Address.GetValueOrDefault().Mask);
                break;
            case BuiltInValue.Router:
                BootUrl.WriteAddress(ref target, Catalog.Settings.Router);
                break;
            case BuiltInValue.Dns:
                WriteNameServers(ref target);
                break;
            case BuiltInValue.Domain:
                target.Bytes(Catalog.Domain);
                break;
            case BuiltInValue.Server:
                BootUrl.WriteAddress(ref target, Server);
                break;
            case BuiltInValue.Http:
                BootUrl.WriteHttp(ref target, Server, Catalog.Settings.HttpPort);
                break;
            case BuiltInValue.Image:
                target.Bytes(image.Name);
                break;
            case BuiltInValue.Title:
                target.Bytes(image.Title);
                break;
        }
    }

    private void WriteNameServers(ref WireWriter target)
    {
        for (int i = 0; i < Catalog.Settings.Dns.Count; i++)
        {
            if (i > 0) target.U8((byte)' ');
            BootUrl.WriteAddress(ref target, Catalog.Settings.Dns[i]);
        }
    }
}
