using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;
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

/// <summary>An answer file as a client would receive it.</summary>
internal sealed record ExplainedAnswer(string Url, byte[] Text);

/// <summary>An image that a client would be given or could choose.</summary>
internal sealed record ExplainedImage
{
    public required string Name { get; init; }

    public required ImageKind Kind { get; init; }

    /// <summary>The kernel's, without what the boot program itself adds; empty for other kinds.</summary>
    public required string CommandLine { get; init; }

    /// <summary>Where a chain leads; empty for other kinds.</summary>
    public required string Url { get; init; }

    /// <summary>What its installer asks for, the file of the template first.</summary>
    public required IReadOnlyList<ExplainedAnswer> Answers { get; init; }

    /// <summary>Why the machine is not given it; empty when it is.</summary>
    public required string Problem { get; init; }
}

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
    private BootDocument _about;

    private BootExplanation(BootPlanner planner) => Planner = planner;

    /// <summary>Who was asked: it knows of the machine what the question said.</summary>
    public BootPlanner Planner { get; }

    /// <summary>The machine's name, or its MAC.</summary>
    public string Machine { get; private set; } = "";

    /// <summary>The decision as a sentence.</summary>
    public string Plan { get; private set; } = "";

    public PlanKind PlanKind { get; private set; }

    /// <summary>The group that it is in; empty for none.</summary>
    public string Group { get; private set; } = "";

    /// <summary>What DHCP does for the firmware.</summary>
    public OfferKind Offer { get; private set; }

    /// <summary>The boot file name or URL of the firmware's offer; empty for none.</summary>
    public string BootFile { get; private set; } = "";

    /// <summary>What DHCP's log line says.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>What an iPXE, once it runs, is offered.</summary>
    public string IpxeBootFile { get; private set; } = "";

    public Ipv4Address Reservation { get; private set; }

    /// <summary>
    /// The configuration that each boot program would read, at the first path that it would ask for; and what an installer
    /// reads beside its answer file (NoCloud's other three).
    /// </summary>
    public IReadOnlyList<ExplainedDocument> Documents => _documents;

    /// <summary>The image, or those of the menu, those that are left out included.</summary>
    public IReadOnlyList<ExplainedImage> Images => _images;

    /// <summary>Every file of the tree that would be fetched, each once.</summary>
    public IReadOnlyList<ExplainedFile> Files => _files;

    /// <summary>True when nothing is missing: no file, no boot program, no refused image that was meant.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>Asks as a machine would.</summary>
    /// <param name="catalog">The plans.</param>
    /// <param name="question">Which machine.</param>
    public static BootExplanation Of(BootCatalog catalog, in BootQuestion question)
    {
        MachineIdentity identity = question.Identity;
        BootToken token = question.Token.IsNone ? BootToken.StandIn : question.Token;
        BootPlanner planner = new(catalog, null, new ClientTable(4), new TokenSource(token), new InstallTable(4));
        BootExplanation explanation = new(planner);
        if (question.IsInstalled) planner.Installs.Assume(AboutOf(catalog, question));
        int slot = -1;
        if (!identity.HardwareAddress.IsNone)
        {
            slot = planner.Clients.Touch(identity.HardwareAddress);
            planner.Clients.SetTags(slot, new(identity.Serial, identity.Asset, identity.Uuid));
        }

        explanation.AskOffers(planner, question);
        Ipv4Address address = explanation.Reservation.IsAny ? StandInAddress : explanation.Reservation;
        if (slot >= 0) planner.Bind(identity.HardwareAddress, address);
        if (explanation.Offer == OfferKind.Ignore) return explanation;
        explanation._about = AboutOf(catalog, question) with
        {
            Address = address,
            Token = token,
            Traits = question.IsInstalled ? DocumentTraits.Installed : DocumentTraits.None,
        };
        BootSubject subject = new(explanation._about);
        explanation.Describe(subject, question.Architecture);
        explanation.AskDocuments(planner, subject);
        return explanation;
    }

    private static BootDocument AboutOf(BootCatalog catalog, in BootQuestion question)
    {
        MachineIdentity identity = question.Identity with
        {
            Architecture = question.Architecture,
            VendorClass = question.VendorClass,
        };
        if (identity.Address.IsAny) identity = identity with { Address = question.Server };
        return new BootDocument(DocumentKind.None, catalog, default, question.Server).About(identity);
    }

    private void AskOffers(BootPlanner planner, in BootQuestion question)
    {
        BootClient firmware = question.Firmware;
        BootClient ipxe = firmware with { Stage = BootStage.Ipxe, IpxeHasHttp = true, IsHttpClient = false };
        if (!firmware.IsRaspberryPi)
            IpxeBootFile = Encoding.ASCII.GetString(planner.Offer(default, ipxe, question.Server).BootFile);
        BootOffer offer = planner.Offer(default, firmware, question.Server);
        Offer = offer.Kind;
        BootFile = Encoding.UTF8.GetString(offer.BootFile);
        Reason = Encoding.UTF8.GetString(offer.Reason);
        Reservation = offer.Reservation;
        Span<byte> room = stackalloc byte[64];
        Machine = Encoding.UTF8.GetString(
            offer.MachineName.IsEmpty ? planner.LabelOf(firmware.HardwareAddress, room) : offer.MachineName);
        Plan = Machine + " " + Reason;
        if (offer.Kind == OfferKind.AddressOnly) IsComplete = false;
    }

    /// <summary>The plan as the boot program that the machine is given reads it, with all that is fetched for it.</summary>
    private void Describe(in BootSubject asks, ClientArchitecture architecture)
    {
        FirmwareProgram program = FirmwareProgram.Choose(asks, architecture);
        BootSubject subject = asks.ReadBy(program.Reads);
        BootPlan plan = subject.Plan();
        PlanKind = plan.Kind;
        Group = asks.Group is null ? "" : Encoding.UTF8.GetString(asks.Group.Name);
        if (plan.Refused is not null) IsComplete = false;
        byte[] room = new byte[1024];
        WireWriter words = new(room);
        ScriptText.WriteMachine(ref words, subject);
        words.U8((byte)' ');
        ScriptText.WritePlan(ref words, subject, plan);
        Plan = Encoding.UTF8.GetString(words.Written);
        bool isBuiltIn = architecture.Firmware is FirmwareKind.UBoot or FirmwareKind.RaspberryPi;
        if (program.File is not null && !isBuiltIn)
        {
            AddFile(subject.Catalog.Tree, program.File, "boot program");
            AddCompanions(subject.Catalog.Tree, Encoding.UTF8.GetString(program.File), plan.Kind == PlanKind.Menu);
        }

        if (plan.Refused is not null) ListImage(subject, plan.Refused);
        if (plan.Menu is null && plan.Image is not null) ListImage(subject, plan.Image);
        if (plan.Menu is null) return;
        foreach (CatalogImage item in plan.Menu.Items)
        {
            if (item != plan.Refused) ListImage(subject, item);
        }
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
        if (subject.Architecture is { Firmware: FirmwareKind.RaspberryPi })
        {
            Ask(planner, subject, mac + "/config.txt");
            Ask(planner, subject, mac + "/cmdline.txt");
            return;
        }

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
        if (content.File is { } file) AddFile(subject.Catalog.Tree, file.Key.ToArray(), "the tree's own configuration");
        return text;
    }

    private void ListImage(in BootSubject subject, CatalogImage image)
    {
        byte[] room = new byte[Limits.DocumentBytes];
        WireWriter line = new(room);
        if (image.Kind == ImageKind.Kernel) KernelArguments.Write(ref line, subject, image, WordQuoting.None);
        string commandLine = Encoding.UTF8.GetString(line.Written).TrimStart();
        ImageProblem problem = subject.ProblemOf(image, out _);
        line = new(room);
        if (problem != ImageProblem.None) ScriptText.WriteProblem(ref line, subject, image);
        _images.Add(new()
        {
            Name = Encoding.UTF8.GetString(image.Name),
            Kind = image.Kind,
            CommandLine = commandLine,
            Url = Encoding.UTF8.GetString(image.Url),
            Answers = AnswersOf(subject, image, problem),
            Problem = Encoding.UTF8.GetString(line.Written),
        });

        // A menu simply does not show what is not for this machine; everything else is a mistake.
        if (problem is ImageProblem.WrongCpu or ImageProblem.WrongProgram) return;
        if (problem != ImageProblem.None) IsComplete = false;
        BootTree tree = subject.Catalog.Tree;
        if (image.Kernel.Length > 0) AddFile(tree, image.Kernel, "kernel");
        foreach (byte[] initrd in image.Initrds) AddFile(tree, initrd, "initrd");
        if (image.File.Length > 0) AddFile(tree, image.File, image.Kind == ImageKind.Efi ? "UEFI program" : "disc image");
    }

    /// <summary>Each file that the installer asks for, rendered; without a value that it needs it is not served.</summary>
    private List<ExplainedAnswer> AnswersOf(in BootSubject subject, CatalogImage image, ImageProblem problem)
    {
        List<ExplainedAnswer> answers = [];
        if (image.Answer is null || !subject.HasMac) return answers;
        byte[] room = new byte[Limits.DocumentBytes];
        WireWriter folder = new(room);
        BootUrl.WriteAnswerFolder(ref folder, subject, image);
        string root = Encoding.UTF8.GetString(folder.Written);
        for (int i = 0; i < image.Answers.Length; i++)
        {
            BootDocument document = _about with { Kind = DocumentKind.Answer, Image = image.Index, Answer = i };
            int length = problem == ImageProblem.None ? BootPlanner.Render(document, room) : 0;
            answers.Add(new(root + Encoding.UTF8.GetString(image.Answers[i].Leaf), room[..length]));
        }

        return answers;
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
