using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;
using Aglet.Tree;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>A document as a client would receive it.</summary>
/// <param name="Path">Where it asks for it, without a leading slash.</param>
/// <param name="Status">What it would be told.</param>
/// <param name="Text">The bytes; empty unless found.</param>
internal sealed record ExplainedDocument(string Path, DocumentKind Kind, ContentStatus Status, byte[] Text);

/// <summary>A file of the tree that a client would fetch.</summary>
/// <param name="Size">Bytes; -1 when the tree has no such file.</param>
/// <param name="Purpose">Why it fetches it: <c>boot program</c>, <c>kernel</c>, <c>initrd</c>.</param>
internal sealed record ExplainedFile(string Path, long Size, string Purpose)
{
    public bool IsMissing => Size < 0;
}

/// <summary>An image that a client would be given or could choose.</summary>
/// <param name="CommandLine">The kernel's, without what the boot program itself adds; empty for the local disk.</param>
/// <param name="AnswerUrl">Empty when the image has no answer file.</param>
/// <param name="Answer">The rendered answer file.</param>
/// <param name="Problem">Why the machine is not given it; empty when it is.</param>
internal sealed record ExplainedImage(
    string Name, bool IsLocal, string CommandLine, string AnswerUrl, byte[] Answer, string Problem);

/// <summary>
/// Everything that a machine would get, found out by asking the planner what the machine would ask it: so this agrees
/// with what is served, byte for byte. For <c>aglet explain</c> and <c>aglet check</c>; it allocates.
/// </summary>
internal sealed class BootExplanation
{
    /// <summary>
    /// Stands for an address that is known only when the machine boots (192.0.2.0/24 is for examples, RFC 5737).
    /// </summary>
    public static readonly Ipv4Address StandInAddress = new(0xC000_0202);

    private readonly List<ExplainedDocument> _documents = [];
    private readonly List<ExplainedImage> _images = [];
    private readonly List<ExplainedFile> _files = [];

    private BootExplanation()
    {
    }

    /// <summary>The machine's name, or its MAC.</summary>
    public string Machine { get; private set; } = "";

    /// <summary>The decision as a sentence.</summary>
    public string Plan { get; private set; } = "";

    public PlanKind PlanKind { get; private set; }

    /// <summary>What DHCP does for the firmware.</summary>
    public OfferKind Offer { get; private set; }

    /// <summary>The boot file name or URL of the firmware's offer; empty for none.</summary>
    public string BootFile { get; private set; } = "";

    /// <summary>What DHCP's log line says.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>What an iPXE, once it runs, is offered.</summary>
    public string IpxeBootFile { get; private set; } = "";

    public Ipv4Address Reservation { get; private set; }

    /// <summary>The configuration that each boot program would read, at the first path that it would ask for.</summary>
    public IReadOnlyList<ExplainedDocument> Documents => _documents;

    /// <summary>The image, or those of the menu, those that are left out included.</summary>
    public IReadOnlyList<ExplainedImage> Images => _images;

    /// <summary>Every file of the tree that would be fetched, each once.</summary>
    public IReadOnlyList<ExplainedFile> Files => _files;

    /// <summary>True when nothing is missing: no file, no boot program, no refused image that was meant.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>Asks as a machine would.</summary>
    /// <param name="catalog">The plans.</param>
    /// <param name="hardware">Its MAC.</param>
    /// <param name="uuid">Its UUID; none when it tells none.</param>
    /// <param name="architecture">What its firmware is.</param>
    /// <param name="server">Our address.</param>
    /// <param name="address">
    /// Its address when it has no reservation: what it would be leased; <see cref="StandInAddress"/> when none is given.
    /// </param>
    public static BootExplanation Of(
        BootCatalog catalog,
        HardwareAddress hardware,
        MachineUuid uuid,
        ClientArchitecture architecture,
        Ipv4Address server,
        Ipv4Address address = default)
    {
        BootExplanation explanation = new();
        BootPlanner planner = new(catalog, clients: new ClientTable(4));
        BootStage stage = architecture.Firmware == FirmwareKind.UBoot ? BootStage.UBoot : BootStage.Firmware;
        BootClient firmware = new(hardware, uuid, architecture, stage, architecture.IsHttp, false, false);
        explanation.AskOffers(planner, firmware, server);
        if (!explanation.Reservation.IsAny) address = explanation.Reservation;
        if (address.IsAny) address = StandInAddress;
        if (!hardware.IsNone) planner.Bind(hardware, address);
        if (explanation.Offer == OfferKind.Ignore) return explanation;
        BootSubject subject = new(new BootDocument(DocumentKind.None, catalog, hardware, server)
        {
            Uuid = uuid,
            Architecture = architecture,
            Address = address,
        });
        explanation.Describe(subject);
        explanation.AskDocuments(planner, subject);
        explanation.ListImages(planner, subject);
        return explanation;
    }

    private void AskOffers(BootPlanner planner, BootClient firmware, Ipv4Address server)
    {
        BootClient ipxe = firmware with { Stage = BootStage.Ipxe, IpxeHasHttp = true, IsHttpClient = false };
        IpxeBootFile = Encoding.ASCII.GetString(planner.Offer(default, ipxe, server).BootFile);
        BootOffer offer = planner.Offer(default, firmware, server);
        Offer = offer.Kind;
        BootFile = Encoding.UTF8.GetString(offer.BootFile);
        Reason = Encoding.UTF8.GetString(offer.Reason);
        Reservation = offer.Reservation;
        Span<byte> room = stackalloc byte[64];
        Machine = Encoding.UTF8.GetString(planner.LabelOf(firmware.HardwareAddress, room));
        Plan = Machine + " " + Reason;
        if (offer.Kind == OfferKind.AddressOnly) IsComplete = false;
    }

    private void Describe(in BootSubject subject)
    {
        BootPlan plan = subject.Plan();
        PlanKind = plan.Kind;
        if (plan.Refused is not null) IsComplete = false;
        byte[] room = new byte[1024];
        WireWriter words = new(room);
        ScriptText.WriteMachine(ref words, subject);
        words.U8((byte)' ');
        ScriptText.WritePlan(ref words, subject, plan);
        Plan = Encoding.UTF8.GetString(words.Written);
        if (subject.Architecture is null) return;
        ref readonly BootProgram program = ref subject.Catalog.Programs[subject.Architecture];
        if (program.File is null || subject.Architecture.Firmware == FirmwareKind.UBoot) return;
        AddFile(subject.Catalog.Tree, program.File, "boot program");
        AddCompanions(subject.Catalog.Tree, Encoding.UTF8.GetString(program.File), plan.Kind == PlanKind.Menu);
    }

    /// <summary>What a boot program loads before it reads its configuration.</summary>
    private void AddCompanions(BootTree tree, string program, bool isMenu)
    {
        string folder = program[..(program.LastIndexOf('/') + 1)];
        string leaf = program[folder.Length..];
        if (leaf is "pxelinux.0" or "lpxelinux.0") AddFile(tree, Key("ldlinux.c32"), "PXELINUX's core");
        if (isMenu && (leaf is "pxelinux.0" or "lpxelinux.0" or "syslinux.efi"))
        {
            AddWhenThere("menu.c32", "menu module");
            AddWhenThere("libutil.c32", "menu module");
        }

        // A program with such a name is mostly shim, which loads GRUB; if it is not, the file need not be there.
        if (leaf.StartsWith("boot", StringComparison.Ordinal)) AddWhenThere("grub" + leaf[4..], "second stage");
        if (leaf.StartsWith("shim", StringComparison.Ordinal)) AddWhenThere("grub" + leaf[4..], "second stage");

        byte[] Key(string name) => Encoding.UTF8.GetBytes(folder + name);

        void AddWhenThere(string name, string purpose)
        {
            if (tree.TryGet(Key(name), out _)) AddFile(tree, Key(name), purpose);
        }
    }

    private void AskDocuments(BootPlanner planner, in BootSubject subject)
    {
        string mac = subject.HasMac ? subject.HardwareAddress.ToString().Replace(':', '-') : "";
        bool isPc = subject.Architecture is { Cpu: CpuFamily.X86 or CpuFamily.X64 };
        if (isPc || subject.Architecture is { Firmware: FirmwareKind.UBoot })
            Ask(planner, subject, mac.Length == 0 ? "pxelinux.cfg/default" : $"pxelinux.cfg/01-{mac}");
        Ask(planner, subject, "grub/grub.cfg");
        Ask(planner, subject, mac.Length == 0 ? "boot.ipxe" : $"_/ipxe/{mac}/boot.ipxe");
        Ask(planner, subject, "autoexec.ipxe");
    }

    private byte[] Ask(BootPlanner planner, in BootSubject subject, string path, bool keep = true)
    {
        Asker asker = new(subject.Address, subject.Server, FileProtocol.Http);
        byte[] key = Encoding.UTF8.GetBytes(path);
        ContentStatus status = planner.Find(default, key, asker, out Content content);
        byte[] text = [];
        if (status == ContentStatus.Found && content.File is null)
        {
            byte[] room = new byte[Limits.DocumentBytes];
            text = room[..BootPlanner.Render(content.Document, room)];
        }

        if (keep) _documents.Add(new(path, DocumentName.Parse(key).Kind, status, text));
        if (content.File is not null) AddFile(subject.Catalog.Tree, content.File.Key.ToArray(), "the tree's own configuration");
        return text;
    }

    private void ListImages(BootPlanner planner, in BootSubject subject)
    {
        BootPlan plan = subject.Plan();
        foreach (CatalogImage image in subject.Catalog.Images)
        {
            bool isMeant = plan.Kind == PlanKind.Menu || plan.Image == image || plan.Refused == image;
            if (isMeant) ListImage(planner, subject, image);
        }
    }

    private void ListImage(BootPlanner planner, in BootSubject subject, CatalogImage image)
    {
        byte[] room = new byte[8192];
        WireWriter line = new(room);
        if (!image.IsLocal) KernelArguments.Write(ref line, subject, image, WordQuoting.None);
        string commandLine = Encoding.UTF8.GetString(line.Written).TrimStart();
        ImageProblem problem = subject.ProblemOf(image, out _);
        string url = "";
        byte[] answer = [];
        if (image.Answer is not null && subject.HasMac)
        {
            line = new(room);
            BootUrl.WriteAnswer(ref line, subject, image);
            url = Encoding.UTF8.GetString(line.Written);
            string path = $"_/answer/{subject.HardwareAddress.ToString().Replace(':', '-')}/"
                + $"{Encoding.UTF8.GetString(image.Name)}/{Encoding.UTF8.GetString(image.AnswerLeaf)}";
            answer = Ask(planner, subject, path, keep: false);
        }

        line = new(room);
        if (problem != ImageProblem.None) ScriptText.WriteProblem(ref line, subject, image);
        string why = problem == ImageProblem.None ? "" : Encoding.UTF8.GetString(line.Written);
        _images.Add(new(Encoding.UTF8.GetString(image.Name), image.IsLocal, commandLine, url, answer, why));
        if (image.IsLocal || problem is ImageProblem.WrongCpu) return;
        if (problem != ImageProblem.None) IsComplete = false;
        AddFile(subject.Catalog.Tree, image.Kernel, "kernel");
        foreach (byte[] initrd in image.Initrds) AddFile(subject.Catalog.Tree, initrd, "initrd");
    }

    private void AddFile(BootTree tree, byte[] key, string purpose)
    {
        string path = Encoding.UTF8.GetString(key);
        foreach (ExplainedFile known in _files)
        {
            if (known.Path == path) return;
        }

        long size = tree.TryGet(key, out BootFile file) ? file.Size : -1;
        if (size < 0) IsComplete = false;
        _files.Add(new(path, size, purpose));
    }
}
