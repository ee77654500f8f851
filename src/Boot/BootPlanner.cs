using System;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;
using Aglet.Tree;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>
/// The one place where it is decided who gets what: DHCP asks it for a boot file name, TFTP and HTTP ask it for the
/// content of a path.
/// </summary>
internal sealed class BootPlanner
{
    /// <summary>
    /// A machine whose iPXE cannot HTTP is told once in this time to load a full one, else it could loop.
    /// </summary>
    private static readonly Duration _loaderGuard = Duration.FromSeconds(60);

    /// <summary>DISCOVER, REQUEST and their repeats within this time are one boot and get the same answer.</summary>
    private static readonly Duration _sameBoot = Duration.FromSeconds(10);

    /// <summary>An image that a machine cannot be given is reported again only after this.</summary>
    private static readonly Duration _warningPause = Duration.FromSeconds(60);

    private readonly Log? _log;
    private readonly ClientTable _clients;
    private readonly byte[] _scratch = new byte[Limits.DocumentBytes];
    private readonly byte[] _bootFile = new byte[Limits.BootFileNameBytes];
    private readonly byte[] _reason = new byte[512];
    private BootCatalog _catalog;
    private Instant[] _warnedAt;

    /// <param name="catalog">The plans.</param>
    /// <param name="log">Where it is said why an image is left out; null says it nowhere.</param>
    /// <param name="clients">The memory of who asked; null makes one.</param>
    public BootPlanner(BootCatalog catalog, Log? log = null, ClientTable? clients = null)
    {
        _catalog = catalog;
        _log = log;
        _clients = clients ?? new ClientTable();
        _warnedAt = new Instant[catalog.Images.Length];
        Array.Fill(_warnedAt, Instant.Never);
    }

    /// <summary>The plans in force.</summary>
    public BootCatalog Catalog => _catalog;

    /// <summary>The machines that asked.</summary>
    public ClientTable Clients => _clients;

    /// <summary>Swaps in the plans of a new configuration or tree, whole.</summary>
    public void Replace(BootCatalog catalog)
    {
        _catalog = catalog;
        _warnedAt = new Instant[catalog.Images.Length];
        Array.Fill(_warnedAt, Instant.Never);
    }

    /// <summary>Finds what a path names for this asker.</summary>
    /// <remarks>
    /// Below <c>_/</c> everything is generated. Elsewhere a file that the operator put into the tree at exactly this path
    /// wins over what would be generated for it.
    /// </remarks>
    /// <param name="now">This turn's time.</param>
    /// <param name="key">A path that <see cref="BootPath"/> has normalised.</param>
    /// <param name="asker">Who asks.</param>
    /// <param name="content">What was found.</param>
    public ContentStatus Find(Instant now, ReadOnlySpan<byte> key, in Asker asker, out Content content)
    {
        content = default;
        if (!DocumentName.IsOurs(key) && _catalog.Tree.TryGet(key, out BootFile file))
        {
            ulong tag = Fnv.Mix(unchecked(((ulong)file.ModifiedUnixSeconds * 31) + (ulong)file.Size));
            content = new(file, default, file.Size, tag, file.ModifiedUnixSeconds, MediaTypes.Of(key));
            return ContentStatus.Found;
        }

        DocumentName name = DocumentName.Parse(key);
        if (name.Kind == DocumentKind.None) return ContentStatus.Missing;
        AskerLookup lookup = new(_catalog, _clients);
        if (!lookup.TryIdentify(name, asker, out BootDocument document)) return ContentStatus.Missing;
        if (_clients.Find(document.Client) >= 0) _clients.Touch(document.Client);
        if (name.Kind == DocumentKind.Answer)
        {
            ContentStatus status = FindAnswer(now, lookup, name, asker, ref document);
            if (status != ContentStatus.Found) return status;
        }
        else
        {
            Warn(now, document);
        }

        int length = Render(document, _scratch);
        if (length == 0) return ContentStatus.Missing;
        MediaType media = name.Kind switch
        {
            DocumentKind.Answer => MediaTypes.Of(name.Leaf),
            DocumentKind.UBoot => MediaType.OctetStream,
            _ => MediaType.Text,
        };
        content = new(null, document, length, Fnv.Hash(_scratch.AsSpan(0, length)), _catalog.MadeUnixSeconds, media);
        return ContentStatus.Found;
    }

    /// <summary>Writes a document that was found.</summary>
    /// <returns>Its length, the same as <see cref="Content.Length"/>; 0 when there is nothing to say or no room.</returns>
    public static int Render(in BootDocument document, Span<byte> target)
    {
        BootSubject subject = new(document);
        WireWriter writer = new(target);
        switch (document.Kind)
        {
            case DocumentKind.Pxelinux:
                PxelinuxScript.Write(ref writer, subject);
                break;
            case DocumentKind.Grub:
                GrubScript.Write(ref writer, subject);
                break;
            case DocumentKind.Ipxe:
                IpxeScript.Write(ref writer, subject);
                break;
            case DocumentKind.UBoot:
                UBootScript.Write(ref writer);
                break;
            case DocumentKind.Answer:
                CatalogImage image = subject.Catalog.Images[document.Image];
                image.Answer?.Write(ref writer, subject, image);
                break;
            default:
                break;
        }

        return writer.Overflow ? 0 : writer.Length;
    }

    /// <summary>Decides what a DHCP client gets, and remembers it: its later requests are known by it.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="server">Our address on its network: what URLs name.</param>
    public BootOffer Offer(Instant now, in BootClient client, Ipv4Address server)
    {
        int slot = -1;
        if (!client.HardwareAddress.IsNone)
        {
            slot = _clients.Touch(client.HardwareAddress);
            _clients.Describe(now, slot, client);
        }

        BootSubject subject = new(new BootDocument(DocumentKind.None, _catalog, client.HardwareAddress, server)
        {
            Uuid = slot >= 0 ? _clients[slot].Uuid : client.Uuid,
            Architecture = slot >= 0 ? _clients[slot].Architecture : client.Architecture,
            Address = slot >= 0 ? _clients[slot].Address : Ipv4Address.Any,
            Traits = DocumentTraits.AwaitsAddress,
        });
        if (slot >= 0) _clients.SetConfigured(slot, subject.Machine is not null);
        BootPlan plan = subject.Plan();
        WireWriter reason = new(_reason);
        ScriptText.WritePlan(ref reason, subject, plan);

        // To ignore means not to boot it. A system that asks for an address is a guest of the network like any other:
        // where we are its DHCP server, nobody else would give it one.
        if (plan.Kind == PlanKind.Ignore && client.Stage != BootStage.System)
            return new() { Kind = OfferKind.Ignore, Reason = reason.Written };
        OfferKind kind = OfferKind.AddressOnly;
        WireWriter file = new(_bootFile);
        if (client.Stage == BootStage.System)
        {
            reason = new(_reason);
            reason.Bytes("its system asks for an address"u8);
        }
        else if (client.IsRaspberryPi)
        {
            // It wants to be answered as a boot client, but asks for its files by their own names.
            kind = OfferKind.Boot;
        }
        else if (TryWriteBootFile(now, client, subject, slot, ref file, ref reason))
        {
            kind = OfferKind.Boot;
        }

        return new()
        {
            Kind = kind,
            BootFile = kind == OfferKind.Boot ? file.Written : default,
            MachineName = subject.Machine is null ? default : subject.Machine.Name,
            Reservation = subject.Machine is null ? Ipv4Address.Any : subject.Machine.Address,
            Reason = reason.Written,
        };
    }

    /// <summary>
    /// Remembers that a machine has an address: leased by us, or overheard beside somebody else's server.
    /// </summary>
    public void Bind(HardwareAddress machine, Ipv4Address address)
    {
        if (machine.IsNone) return;
        _clients.Bind(_clients.Touch(machine), address);
    }

    /// <summary>What the log calls a machine: its name from the configuration, or its MAC.</summary>
    public ReadOnlySpan<byte> LabelOf(HardwareAddress machine, Span<byte> room)
    {
        CatalogMachine? known = _catalog.FindMachine(machine);
        if (known is null && _clients.Find(machine) is int slot and >= 0)
            known = _catalog.FindMachine(_clients[slot].Uuid);
        if (known is not null) return known.Name;
        return machine.TryFormat(room, out int written, (byte)':') ? room[..written] : default;
    }

    /// <summary>What the log calls the machine at an address: its name, or its MAC, or the address.</summary>
    public ReadOnlySpan<byte> LabelOf(IpAddress address, Span<byte> room)
    {
        if (_clients.Find(address.Ipv4) is int slot and >= 0) return LabelOf(_clients[slot].HardwareAddress, room);
        if (_catalog.FindReservation(address.Ipv4) is { } machine) return machine.Name;
        return address.TryFormat(room, out int written, default, null) ? room[..written] : default;
    }

    /// <summary>Writes the boot file's name or URL; false when there is none, and then the reason says why.</summary>
    private bool TryWriteBootFile(
        Instant now, in BootClient client, in BootSubject subject, int slot, ref WireWriter file, ref WireWriter reason)
    {
        if (client.Stage == BootStage.Ipxe) return WriteForIpxe(now, client, subject, slot, ref file);
        ClientArchitecture? architecture = subject.Architecture;
        if (architecture is null)
        {
            // Option ROMs older than option 93 are BIOS; a U-Boot that says nothing needs only a folder.
            int code = client.Stage == BootStage.UBoot ? 22 : 0;
            if (!client.IsHttpClient) architecture = ClientArchitecture.All[code];
        }

        if (architecture is null)
        {
            reason = new(_reason);
            reason.Bytes("it does not say what it is (option 93), so no boot program can be chosen"u8);
            return false;
        }

        // U-Boot may claim to be the UEFI that it can also be; asked by its own name it wants pxelinux.cfg.
        if (client.Stage == BootStage.UBoot && architecture.Firmware != FirmwareKind.UBoot)
            architecture = ClientArchitecture.All[architecture.Cpu == CpuFamily.Arm ? 21 : 22];
        if (client.IsHttpClient && !architecture.IsHttp) architecture = HttpFormOf(architecture);
        ref readonly BootProgram program = ref _catalog.Programs[architecture];
        if (program.File is null)
        {
            reason = new(_reason);
            reason.Bytes(program.Problem);
            return false;
        }

        if (client.IsHttpClient || architecture.IsHttp) BootUrl.WriteFile(ref file, subject, program.File);
        else file.Bytes(program.File);
        if (!file.Overflow) return true;
        reason = new(_reason);
        reason.Bytes("the boot program's path is too long for DHCP (127 bytes)"u8);
        return false;
    }

    /// <summary>Firmware that says HTTPClient with the number of its PXE form means the same machine.</summary>
    private static ClientArchitecture HttpFormOf(ClientArchitecture architecture)
    {
        foreach (ClientArchitecture form in ClientArchitecture.All)
        {
            if (form.IsHttp && form.Cpu == architecture.Cpu && form.Firmware == architecture.Firmware) return form;
        }

        return architecture;
    }

    /// <summary>
    /// What the operator chose, else a script by HTTP; an iPXE that cannot HTTP first gets one that can.
    /// </summary>
    private bool WriteForIpxe(
        Instant now, in BootClient client, in BootSubject subject, int slot, ref WireWriter file)
    {
        if (_catalog.Programs.ForIpxe(subject.Architecture) is { } chosen)
        {
            file.Bytes(chosen);
            return !file.Overflow;
        }

        if (client.IpxeHasHttp)
        {
            BootUrl.WriteHttp(ref file, subject.Server, _catalog.Settings.HttpPort);
        }
        else
        {
            byte[]? loader = slot >= 0 ? _catalog.Programs.LoaderFor(subject.Architecture) : null;
            if (loader is not null && MayLoad(now, slot))
            {
                file.Bytes(loader);
                return !file.Overflow;
            }

            file.Bytes("tftp://"u8);
            BootUrl.WriteAddress(ref file, subject.Server);
        }

        if (subject.HasMac)
        {
            file.Bytes("/_/ipxe/"u8);
            BootUrl.WriteMac(ref file, subject.HardwareAddress, (byte)'-');
        }

        file.Bytes("/boot.ipxe"u8);
        return !file.Overflow;
    }

    private bool MayLoad(Instant now, int slot)
    {
        Instant since = _clients[slot].LoaderSince;
        if (since != Instant.Never && now - since < _loaderGuard) return now - since < _sameBoot;
        _clients.SetLoaderSince(slot, now);
        return true;
    }

    /// <summary>
    /// An answer exists when a plan makes its image possible for that machine, and only that machine gets it.
    /// </summary>
    private ContentStatus FindAnswer(
        Instant now, in AskerLookup lookup, in DocumentName name, in Asker asker, ref BootDocument document)
    {
        CatalogImage? image = _catalog.FindImage(name.Image);
        if (image?.Answer is null || !name.Leaf.SequenceEqual(image.AnswerLeaf)) return ContentStatus.Missing;
        document = document with { Image = image.Index };
        BootSubject subject = new(document);
        BootPlan plan = subject.Plan();
        bool isPossible = plan.Kind == PlanKind.Menu ? subject.Takes(image) : plan.Image == image;
        if (!isPossible) return ContentStatus.Missing;
        return lookup.IsOwner(now, asker, name.HardwareAddress) ? ContentStatus.Found : ContentStatus.Forbidden;
    }

    /// <summary>Says which images a machine should have been given and why it was not.</summary>
    private void Warn(Instant now, in BootDocument document)
    {
        if (_log is null || (document.Traits & DocumentTraits.Shared) != 0) return;
        BootSubject subject = new(document);
        BootPlan plan = subject.Plan();
        if (plan.Kind == PlanKind.Image)
        {
            if (plan.Refused is not null) Warn(now, subject, plan.Refused);
            return;
        }

        if (plan.Kind != PlanKind.Menu) return;
        foreach (CatalogImage image in _catalog.Images)
        {
            // Another processor's image is simply not this machine's; everything else is a mistake.
            if (subject.ProblemOf(image, out _) is not (ImageProblem.None or ImageProblem.WrongCpu))
                Warn(now, subject, image);
        }
    }

    private void Warn(Instant now, in BootSubject subject, CatalogImage image)
    {
        Instant last = _warnedAt[image.Index];
        if (_log is null || (last != Instant.Never && now - last < _warningPause)) return;
        _warnedAt[image.Index] = now;
        Span<byte> label = stackalloc byte[64];
        Span<byte> room = stackalloc byte[512];
        WireWriter why = new(room);
        ScriptText.WriteProblem(ref why, subject, image);
        ReadOnlySpan<byte> name = LabelOf(subject.HardwareAddress, label);
        ReadOnlySpan<byte> refused = image.Name;
        ReadOnlySpan<byte> reason = why.Written;
        _log.Write(LogLevel.Warning, "image-refused"u8, name, $"is not given {refused}: {reason}");
    }
}
