using System;
using Aglet.Config;
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
    private static readonly Duration _guessPause = Duration.FromSeconds(1);

    private readonly Log? _log;
    private readonly ClientTable _clients;
    private readonly byte[] _scratch = new byte[Limits.DocumentBytes];
    private readonly byte[] _bootFile = new byte[Limits.BootFileNameBytes];
    private readonly byte[] _pxelinux = new byte[PxelinuxNames.ConfigBytes];
    private readonly byte[] _reason = new byte[512];
    private readonly BootFileWriter _files;
    private readonly InstallWatch _installs;
    private readonly AnswerEvents? _answerEvents;
    private BootCatalog _catalog;
    private Instant _guessedAt = Instant.Never;
    private PlanWarnings? _warnings;

    /// <param name="catalog">The plans.</param>
    /// <param name="log">Where it is said why an image is left out; null says it nowhere.</param>
    /// <param name="clients">The memory of who asked; null makes one.</param>
    /// <param name="tokens">What boots are given; null gives each the same, which is no secret: for no server.</param>
    /// <param name="installs">The memory of installs; null makes one.</param>
    public BootPlanner(
        BootCatalog catalog,
        Log? log = null,
        ClientTable? clients = null,
        TokenSource? tokens = null,
        InstallTable? installs = null)
    {
        _catalog = catalog;
        _log = log;
        _clients = clients ?? new ClientTable();
        installs ??= new InstallTable(catalog.Machines.Length);
        _installs = new InstallWatch(_clients, installs, tokens ?? new TokenSource(BootToken.StandIn), log);
        if (log is not null) _answerEvents = new AnswerEvents(log, this);
        if (log is not null) _warnings = new PlanWarnings(log, this, catalog.Images.Length);
        _files = new BootFileWriter(_clients, _reason);
    }

    /// <summary>The plans in force.</summary>
    public BootCatalog Catalog => _catalog;

    /// <summary>The machines that asked.</summary>
    public ClientTable Clients => _clients;

    /// <summary>Who is being installed, and who is.</summary>
    public InstallWatch Installs => _installs;

    /// <summary>Swaps in the plans of a new configuration or tree, whole.</summary>
    public void Replace(BootCatalog catalog)
    {
        _catalog = catalog;
        _installs.Table.Reserve(catalog.Machines.Length);
        if (_log is not null) _warnings = new PlanWarnings(_log, this, catalog.Images.Length);
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
        OnWentOn(_clients.Find(asker.Address.Ipv4));
        RaspberryPiStep step = new RaspberryPiTree(_catalog, _clients, _installs)
            .Find(key, asker, out BootFile file, out BootDocument document);
        if (step == RaspberryPiStep.Nothing)
        {
            if (document.Catalog is not null) _warnings?.OnDocument(now, document);
            return ContentStatus.Missing;
        }

        if (step == RaspberryPiStep.File)
        {
            content = ContentOf(file);
            return ContentStatus.Found;
        }

        if (TryFindFile(now, key, asker, out file, out DocumentName name))
        {
            content = ContentOf(file);
            return ContentStatus.Found;
        }

        if (_catalog.Companions.TryFindSecondStage(key, out file))
        {
            content = ContentOf(file);
            return ContentStatus.Found;
        }

        if (name.Kind == DocumentKind.None) return ContentStatus.Missing;
        bool isPis = name.Kind is DocumentKind.PiConfig or DocumentKind.PiCommandLine;
        if (isPis && _catalog.Companions.FirmwareFolder is null) return ContentStatus.Missing;
        if (name.Kind == DocumentKind.Ipxe && asker.Tags.AreTold) Learn(name.HardwareAddress, asker);
        AskerLookup lookup = new(_catalog, _clients);
        if (name.Kind == DocumentKind.Done) return FindDone(now, lookup, name.Token, asker, out content);
        if (!lookup.TryIdentify(name, asker, out document)) return ContentStatus.Missing;
        if (_clients.Find(document.Client) >= 0) _clients.Touch(document.Client);
        if (name.Kind == DocumentKind.Answer)
        {
            ContentStatus status = FindAnswer(now, lookup, name, asker, ref document);
            if (status != ContentStatus.Found) return status;
        }
        else
        {
            document = _installs.ForScript(now, lookup, asker, document);
            _warnings?.OnDocument(now, document);
        }

        int length = Render(document, _scratch);
        if (length == 0 && !IsEmptyAnswer(document)) return ContentStatus.Missing;
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
                UBootScript.Write(ref writer, subject);
                break;
            case DocumentKind.PiConfig:
                RaspberryPiScript.WriteConfig(ref writer, subject);
                break;
            case DocumentKind.PiCommandLine:
                RaspberryPiScript.WriteCommandLine(ref writer, subject);
                break;
            case DocumentKind.Answer:
                CatalogImage image = subject.Catalog.Images[document.Image];
                image.Answers[document.Answer].Template?.Write(ref writer, subject, image);
                break;
            case DocumentKind.Done:
                writer.Bytes("done\n"u8);
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
        bool isNewBoot = false;
        if (!client.HardwareAddress.IsNone)
        {
            slot = _clients.Touch(client.HardwareAddress);
            isNewBoot = _installs.IsNewBoot(now, slot, client.Stage);
            _clients.Describe(now, slot, client);
        }

        MachineIdentity identity = slot >= 0
            ? _clients[slot].Identity
            : new(client.HardwareAddress, client.Uuid, client.Architecture, client.Network, client.VendorClass);
        if (identity.Address.IsAny) identity = identity with { Address = server };
        BootDocument about = new BootDocument(DocumentKind.None, _catalog, default, server).About(identity);
        if (isNewBoot) _installs.BeginBoot(now, slot, about);
        else if (slot >= 0 && client.SystemMark != 0) _installs.OnSystem(now, slot, about);
        BootSubject subject = new(about with
        {
            Address = slot >= 0 ? _clients[slot].Address : Ipv4Address.Any,
            Traits = DocumentTraits.AwaitsAddress | _installs.TraitsOf(about),
        });
        if (slot >= 0) _clients.SetConfigured(slot, subject.Machine is not null);
        BootPlan plan = subject.Plan();
        WireWriter reason = new(_reason);
        ScriptText.WritePlan(ref reason, subject, plan);

        // To ignore is to be silent at every stage, or two servers could not share a network: the system of a machine
        // that the other one boots asks for an address, too, and must find the lease that its firmware had.
        if (plan.Kind == PlanKind.Ignore) return new() { Kind = OfferKind.Ignore, Reason = reason.Written };
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
            BootSubject read = subject.ReadBy(DocumentKind.PiConfig);
            reason = new(_reason);
            ScriptText.WritePlan(ref reason, read, read.Plan());
        }
        else if (_files.TryWrite(now, client, subject, slot, ref file, ref reason))
        {
            kind = OfferKind.Boot;
        }

        return new()
        {
            Kind = kind,
            BootFile = kind == OfferKind.Boot ? file.Written : default,
            PxelinuxConfig = PxelinuxNames.WriteConfig(client, subject, file.Written, _pxelinux),
            PxelinuxPrefix = PxelinuxNames.FolderOf(client, subject, file.Written),
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

    /// <summary>A machine asked port 4011: the style of its offer is right.</summary>
    public void OnWentOn(HardwareAddress machine) => OnWentOn(machine.IsNone ? -1 : _clients.Find(machine));

    /// <summary>What the log calls a machine: its name from the configuration, or its MAC.</summary>
    public ReadOnlySpan<byte> LabelOf(HardwareAddress machine, Span<byte> room)
    {
        CatalogMachine? known = _catalog.FindMachine(machine);
        if (known is null && _clients.Find(machine) is int slot and >= 0)
            known = _catalog.FindMachine(_clients[slot].Uuid);
        if (known is not null) return known.Name;
        return machine.TryFormat(room, out int written, (byte)':') ? room[..written] : default;
    }

    /// <summary>What TFTP grants the machine at an address; nothing in it is left open.</summary>
    public TftpGrant TftpGrantOf(IpAddress address)
    {
        Settings settings = _catalog.Settings;
        if (_catalog.Machines.Length + _catalog.Groups.Length == 0) return settings.Tftp.Grant;
        int slot = _clients.Find(address.Ipv4);
        MachineIdentity identity = slot < 0 ? new(default, Address: address.Ipv4) : _clients[slot].Identity;
        TftpGrant grant = settings.Tftp.Grant;
        if (_catalog.FindGroup(identity) is { } group) grant = settings.Groups[group.Index].Tftp.Over(grant);
        CatalogMachine? machine = _catalog.FindMachine(identity) ?? _catalog.FindReservation(address.Ipv4);
        return machine is null ? grant : settings.Machines[machine.Index].Tftp.Over(grant);
    }

    /// <summary>What the log calls the machine at an address: its name, or its MAC, or the address.</summary>
    public ReadOnlySpan<byte> LabelOf(IpAddress address, Span<byte> room)
    {
        if (_clients.Find(address.Ipv4) is int slot and >= 0) return LabelOf(_clients[slot].HardwareAddress, room);
        if (_catalog.FindReservation(address.Ipv4) is { } machine) return machine.Name;
        return address.TryFormat(room, out int written, default, null) ? room[..written] : default;
    }

    /// <summary>A file of the tree; when it is none, the document that the key names.</summary>
    private bool TryFindFile(
        Instant now, ReadOnlySpan<byte> key, in Asker asker, out BootFile file, out DocumentName name)
    {
        name = default;
        file = default;
        if (!DocumentName.IsOurs(key))
        {
            if (_catalog.Tree.TryGet(key, out file)) return true;
            FixedNameLookup lookup = new(_catalog, _clients);
            if (FixedNames.Contains(key))
            {
                name = DocumentName.ForAsker(lookup.Find(key, asker, out BootFile? found, out ClientArchitecture? guess));
                if (guess is not null) OnGuess(now, key, asker, guess);
                file = found.GetValueOrDefault();
                return found is not null;
            }

            if (lookup.TryFindSibling(key, asker, out file)) return true;
        }

        name = DocumentName.Parse(key);
        return false;
    }

    /// <summary>The fixed name was asked for by somebody that was not heard: at most one line a second.</summary>
    private void OnGuess(Instant now, ReadOnlySpan<byte> key, in Asker asker, ClientArchitecture guess)
    {
        if (_log is null || (_guessedAt != Instant.Never && now - _guessedAt < _guessPause)) return;
        _guessedAt = now;
        Span<byte> room = stackalloc byte[256];
        _log.Write(LogLevel.Warning, "boot-guess"u8, LabelOf(asker.Address, room),
            $"asks for {key}, and what it is was not heard: it is taken for {guess.Description}. Aglet must hear its "
            + $"DISCOVER and REQUEST: on the same network, or from the relay, with dhcp.mode \"proxy\"");
    }

    private void OnWentOn(int slot)
    {
        if (slot < 0 || !_clients.StyleOf(slot).OnWentOn() || _log is null) return;
        Span<byte> room = stackalloc byte[256];
        _log.Write(LogLevel.Debug, "dhcp-style"u8, LabelOf(_clients[slot].HardwareAddress, room),
            $"goes on after the style {OfferStyles.NameOf(_clients.StyleOf(slot).Style)}: it is offered so from now on");
    }

    private Content ContentOf(BootFile file)
    {
        ulong tag = Fnv.Mix(unchecked(((ulong)file.ModifiedUnixSeconds * 31) + (ulong)file.Size));
        return new(file, default, file.Size, tag, file.ModifiedUnixSeconds, _catalog.MediaOf(file.Key));
    }

    /// <summary>
    /// Takes note of a serial number that iPXE tells, from the address of the very machine: nobody answers for another.
    /// </summary>
    private void Learn(HardwareAddress machine, in Asker asker)
    {
        if (machine.IsNone) return;
        int slot = _clients.Find(machine);
        if (slot < 0 && _catalog.Settings.DhcpMode == DhcpMode.Off) slot = _clients.Touch(machine);
        if (slot < 0 || (!_clients[slot].Address.IsAny && _clients[slot].Address != asker.Address.Ipv4)) return;
        _clients.SetTags(slot, asker.Tags);
    }

    /// <summary>
    /// NoCloud's files beside the answer itself may be empty, and must be there then too: cloud-init asks eleven times.
    /// </summary>
    private static bool IsEmptyAnswer(in BootDocument document) =>
        document is { Kind: DocumentKind.Answer, Catalog: not null }
        && document.Catalog.Images[document.Image].Answers[document.Answer].Template is null;

    /// <summary>
    /// An answer exists when a plan makes its image possible for that machine, and only that machine gets it.
    /// </summary>
    private ContentStatus FindAnswer(
        Instant now, in AskerLookup lookup, in DocumentName name, in Asker asker, ref BootDocument document)
    {
        CatalogImage? image = _catalog.FindImage(name.Image);
        int answer = image?.FindAnswer(name.Leaf) ?? -1;
        if (image is null || answer < 0) return ContentStatus.Missing;
        document = document with { Image = image.Index, Answer = answer };
        BootSubject subject = new(document);
        BootPlan plan = subject.Plan();
        bool isPossible = plan.Kind == PlanKind.Menu ? subject.Takes(image) : plan.Image == image;
        if (!isPossible) return ContentStatus.Missing;
        AnswerRefusal refusal = _installs.ForAnswer(now, lookup, asker, name.Token, image, ref document);
        if (refusal == AnswerRefusal.None) return ContentStatus.Found;
        Refuse(now, asker, document.Client, refusal, "the answer file"u8);
        return ContentStatus.Forbidden;
    }

    /// <summary>
    /// The report of an install, acknowledged once it is durable: what a machine erased its disk for is not done twice.
    /// </summary>
    private ContentStatus FindDone(
        Instant now, in AskerLookup lookup, BootToken token, in Asker asker, out Content content)
    {
        content = default;
        if (asker.Protocol != FileProtocol.Http) return ContentStatus.Missing;
        AnswerRefusal refusal = _installs.ForDone(now, lookup, asker, token, out HardwareAddress owner);
        if (refusal != AnswerRefusal.None)
        {
            Refuse(now, asker, owner, refusal, "the end of the install"u8);
            return ContentStatus.Forbidden;
        }

        if (_installs.Table.Journal?.TryCommit(now) == false) return ContentStatus.Unavailable;
        BootDocument document = new(DocumentKind.Done, _catalog, owner, asker.Server);
        int length = Render(document, _scratch);
        content = new(null, document, length, Fnv.Hash(_scratch.AsSpan(0, length)), _catalog.MadeUnixSeconds, MediaType.Text);
        return ContentStatus.Found;
    }

    private void Refuse(
        Instant now, in Asker asker, HardwareAddress owner, AnswerRefusal refusal, scoped ReadOnlySpan<byte> what)
    {
        _installs.Refusals.Add(refusal);
        _answerEvents?.OnRefusal(now, asker, owner, refusal, what);
    }
}
