using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
using Aglet.Tree;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>A mistake that is found before anything is served.</summary>
/// <param name="File">
/// The template, as the configuration gives its path, or a key of the configuration; empty when the message names it.
/// </param>
/// <param name="Line">From 1; 0 when there is none.</param>
/// <param name="Column">From 1, in characters.</param>
/// <param name="Message">What is wrong, in the operator's words.</param>
/// <param name="Name">The name that has no value, or empty.</param>
/// <param name="Nearest">The known name that looks most like it, or empty.</param>
/// <param name="IsWarning">True when the server can do without.</param>
internal sealed record CatalogProblem(
    string File, int Line, int Column, string Message, string Name, string Nearest, bool IsWarning)
{
    public override string ToString()
    {
        string place = File.Length == 0 ? "" : Line == 0 ? $"{File}: " : $"{File}:{Line}:{Column}: ";
        return Nearest.Length == 0 ? place + Message : $"{place}{Message}; did you mean '{Nearest}'?";
    }
}

/// <summary>
/// Looks at a catalog as <c>aglet check</c> does: every template with every machine that may be given it, every file, and
/// what one of the boot programs could not be told.
/// </summary>
internal sealed class CatalogReview
{
    /// <summary>COMMAND_LINE_SIZE of Linux on x86 and arm64, less the NUL.</summary>
    private const int CommandLineBytes = 2047;

    /// <summary>A card that nobody has: administered locally.</summary>
    private static readonly HardwareAddress _example = HardwareAddress.Read([2, 0, 0, 0, 0, 1]);

    private readonly byte[] _room = new byte[Limits.DocumentBytes];
    private readonly BootCatalog _catalog;
    private readonly List<CatalogProblem> _problems = [];
    private readonly HashSet<(Template Template, int Piece, bool IsValue)> _reported = [];

    private CatalogReview(BootCatalog catalog) => _catalog = catalog;

    /// <summary>All mistakes at once, in the order of the images.</summary>
    public static IReadOnlyList<CatalogProblem> Validate(BootCatalog catalog)
    {
        CatalogReview review = new(catalog);
        foreach (CatalogImage image in catalog.Images) review.Look(image);
        review.LookAtMenu();
        review.LookAtSecureBoot();
        return review._problems;
    }

    private void Look(CatalogImage image)
    {
        string name = Encoding.UTF8.GetString(image.Name);
        if (image.MissingFile is { } missing)
            Add($"image {name}: {Encoding.UTF8.GetString(missing)} is not in the tree", isWarning: false);
        LookAtPaths(image, name);
        LookAtSizes(image, name);
        List<Template> templates = TemplatesOf(image);
        foreach (CatalogWord word in image.Words)
        {
            if (word.Template is null) LookAtWord(name, Encoding.UTF8.GetString(word.Text));
        }

        if (templates.Count == 0) return;
        foreach (Template template in templates) ReportErrors(template);
        if (image.AnswerKind is AnswerKind.Preseed or AnswerKind.Kickstart && image.Answer!.HasCarriageReturns)
        {
            _problems.Add(new(
                image.Answer.Path, 0, 0, "its lines end as in Windows, and the installer takes the extra character for a "
                + "part of each value: save it with Unix line ends", "", "", true));
        }

        foreach (CatalogMachine machine in _catalog.Machines)
        {
            if (MayGet(machine, image)) LookAtMachine(image, templates, machine);
        }

        bool isForUnknown = _catalog.Settings.Unknown == UnknownPolicy.Menu
            || (_catalog.Settings.Unknown == UnknownPolicy.Image && _catalog.Settings.UnknownImage == image.Index);
        if (isForUnknown) LookAtMachine(image, templates, null);
    }

    private void LookAtMachine(CatalogImage image, List<Template> templates, CatalogMachine? machine)
    {
        foreach (Template template in templates)
        {
            if (template.Errors.Count == 0) LookAtValues(image, template, machine);
        }

        LookAtLength(image, machine);
    }

    /// <summary>What is rendered for an image: its answer files, and its arguments that have values.</summary>
    private static List<Template> TemplatesOf(CatalogImage image)
    {
        List<Template> templates = [];
        foreach (CatalogAnswer answer in image.Answers)
        {
            if (answer.Template is not null) templates.Add(answer.Template);
        }

        foreach (CatalogWord word in image.Words)
        {
            if (word.Template is not null) templates.Add(word.Template);
        }

        return templates;
    }

    /// <summary>A condition on a name that nobody knows is no mistake, unless it looks like one that somebody does.</summary>
    private void ReportErrors(Template template)
    {
        foreach (TemplateError error in template.Errors)
            AddAt(template, error.File, error.Line, error.Column, error.Message, "", "", false);
        if (template.Errors.Count > 0) return;
        foreach (ref readonly TemplatePiece piece in template.Pieces)
        {
            bool isTest = piece.Action is TemplateAction.Unless or TemplateAction.When && piece.Part == LoopPart.None;
            bool hasDefault = piece.Action == TemplateAction.Value && piece.Part == LoopPart.None && piece.Literal is not null;
            if (!(isTest || hasDefault) || IsKnown(piece.Name)) continue;
            string name = _catalog.Names[piece.Name];
            string nearest = NearestTo(name);
            if (nearest.Length == 0) continue;
            AddAt(template, piece.File, piece.Line, piece.Column, $"nothing gives '{name}' a value", name, nearest, true);
        }
    }

    private void LookAtWord(string image, string text)
    {
        if (text.Contains("${", StringComparison.Ordinal) || text is "||" or "&&" or ";" || text[0] == '#')
            Add($"image {image}: iPXE would not hand on the argument {text} as it is", isWarning: true);
        if (text.AsSpan().IndexOfAny('\'', '\\') >= 0)
            Add($"image {image}: GRUB would put backslashes into the argument {text}", isWarning: true);
    }

    /// <summary>A menu is served whole or not at all: then every machine that should see it boots nothing.</summary>
    private void LookAtMenu()
    {
        if (_catalog.Settings.Unknown != UnknownPolicy.Menu) return;
        BootDocument menu = new(DocumentKind.Grub, _catalog, _example, Ipv4Address.Broadcast) { Address = Ipv4Address.Broadcast };
        bool fits = BootPlanner.Render(menu, _room) > 0
            && BootPlanner.Render(menu with { Kind = DocumentKind.Ipxe }, _room) > 0
            && BootPlanner.Render(menu with { Kind = DocumentKind.Pxelinux }, _room) > 0;
        if (fits) return;
        string message = $"the menu of all {_catalog.Images.Length} is longer than {Limits.DocumentBytes} bytes, the most "
            + "that is served: take some out, or shorten their titles and arguments";
        _problems.Add(new("images", 0, 0, message, "", "", false));
    }

    /// <summary>A Raspberry Pi with an EEPROM of before September 2025 cuts long files without a word.</summary>
    private void LookAtSizes(CatalogImage image, string name)
    {
        bool isPis = image.Cpu is CpuFamily.Arm or CpuFamily.Arm64 && image.Kind == ImageKind.Kernel;
        if (!isPis || _catalog.Companions.FirmwareFolder is null) return;
        LookAt(image.Kernel);
        foreach (byte[] initrd in image.Initrds) LookAt(initrd);

        void LookAt(byte[] key)
        {
            bool isKnown = _catalog.Tree.TryGet(key, out BootFile file);
            if (!isKnown || file.Size <= RaspberryPiTree.OldFileBytesMax) return;
            bool isOver = file.Size > RaspberryPiTree.FileBytesMax;
            Add(
                $"image {name}: {Encoding.UTF8.GetString(key)} has {file.Size >> 20} MB; by TFTP a Raspberry Pi with an "
                + (isOver ? "EEPROM of before September 2025 reads 91" : "EEPROM of before November 2022 reads 63")
                + " MB of it: update the EEPROM, or split the initrd",
                isWarning: true);
        }
    }

    /// <summary>What Secure Boot needs beside a shim, and where Debian's signed GRUB cannot be told what to do.</summary>
    private void LookAtSecureBoot()
    {
        if (!_catalog.Settings.RequiresSecureBoot) return;
        if (_catalog.Settings.DhcpMode == DhcpMode.Proxy)
        {
            _problems.Add(new(
                "secure-boot", 0, 0, "beside another DHCP server Debian's signed GRUB (2.06) asks that server for its "
                + "configuration, and not this one: have that server name this one as the next server, or give the "
                + "addresses here (dhcp.mode \"server\")", "", "", true));
        }

        foreach (ClientArchitecture architecture in ClientArchitecture.All)
        {
            if (architecture.IsHttp || architecture.Firmware != FirmwareKind.Uefi) continue;
            if (_catalog.Programs[architecture].File is not { } shim) continue;
            string path = Encoding.UTF8.GetString(shim);
            string leaf = path[(path.LastIndexOf('/') + 1)..];
            if (leaf.Length < 5 || leaf[..4] is not ("boot" or "shim")) continue;
            string grub = "grub" + leaf[4..].Replace(".signed", "", StringComparison.Ordinal);
            if (_catalog.Tree.TryGet(Encoding.UTF8.GetBytes(grub), out _)) continue;
            if (_catalog.Companions.TryFindSecondStage(Encoding.UTF8.GetBytes(grub), out _)) continue;
            _problems.Add(new("secure-boot", 0, 0, $"{path} loads {grub}, which is not in the tree", "", "", false));
        }
    }

    private void LookAtPaths(CatalogImage image, string name)
    {
        if (!IsPlain(image.Kernel)) AddPath(image.Kernel);
        if (!IsPlain(image.File)) AddPath(image.File);
        foreach (byte[] initrd in image.Initrds)
        {
            if (!IsPlain(initrd)) AddPath(initrd);
        }

        static bool IsPlain(byte[] key) => key.Length <= 125 && !key.AsSpan().ContainsAny((byte)' ', (byte)',');

        void AddPath(byte[] key) =>
            Add(
                $"image {name}: PXELINUX cannot ask for {Encoding.UTF8.GetString(key)}: a space, a comma, or too long",
                isWarning: true);
    }

    /// <summary>The branches that this machine takes: each value must be there, and not be read as syntax.</summary>
    private void LookAtValues(CatalogImage image, Template template, CatalogMachine? machine)
    {
        TemplateFilter filter = AnswerSyntax.FilterOf(image.AnswerKind);
        TemplateRun run = new(template, SubjectFor(machine, image), image);
        while (run.MoveNext(out TemplatePiece piece))
        {
            bool isThere = run.HasValue(piece);
            if (isThere && !template.IsWord) LookAtSyntax(run, piece, template, filter, machine);
            if (isThere || IsGiven(piece.Name, image)) continue;
            bool isKnownElsewhere = IsKnown(piece.Name);

            // A name that nothing gives a value is one mistake, however many machines there are.
            if (!isKnownElsewhere && !_reported.Add((template, run.Index, true))) continue;
            string text = _catalog.Names[piece.Name];
            string nearest = isKnownElsewhere ? "" : NearestTo(text);
            AddAt(
                template,
                piece.File,
                piece.Line,
                piece.Column,
                isKnownElsewhere ? WithoutValue(text, machine) : $"'{text}' is not a known name",
                text,
                nearest,
                isWarning: isKnownElsewhere && machine is null && _catalog.Settings.Unknown == UnknownPolicy.Menu);
        }
    }

    /// <summary>A value that its file would read as syntax, once for each place.</summary>
    private void LookAtSyntax(
        in TemplateRun run, in TemplatePiece piece, Template template, TemplateFilter filter, CatalogMachine? machine)
    {
        if (piece.Action != TemplateAction.Value || piece.Filters.Quotes || filter == TemplateFilter.None) return;
        if (piece.Name >= 0 && IsGiven(piece.Name, null)) return;
        if (run.KindOf(piece) == VariableKind.List && run.CountOf(piece) == 0) return;
        Span<byte> room = stackalloc byte[BootUrl.AnswerBytesMax];
        if (!AnswerSyntax.IsRisky(run.Read(piece, 0, room), filter) || !_reported.Add((template, run.Index, false))) return;
        string name = piece.Part == LoopPart.None ? _catalog.Names[piece.Name] : "an item of the list";
        string who = machine is null ? "a machine that is not configured" : Encoding.UTF8.GetString(machine.Name);
        string word = filter.ToString().ToLowerInvariant();
        string message = $"'{name}' of {who} has characters that the file would read as its own: write {{{{ {name} | {word} }}}} "
            + "without quotes around it";
        AddAt(template, piece.File, piece.Line, piece.Column, message, "", "", true);
    }

    /// <summary>What is served whole or not at all must fit; the longest values of the built-in ones are tried.</summary>
    private void LookAtLength(CatalogImage image, CatalogMachine? machine)
    {
        string name = machine is null ? "a machine that is not configured" : Encoding.UTF8.GetString(machine.Name);
        HardwareAddress hardware = machine is { HardwareAddress.IsNone: false } ? machine.HardwareAddress : _example;
        BootSubject subject = new(new BootDocument(DocumentKind.Answer, _catalog, hardware, Ipv4Address.Broadcast)
        {
            Uuid = machine?.Uuid ?? default,
            Address = Ipv4Address.Broadcast,
        });
        if (image.HasBrokenTemplate || image.TryFindHole(subject, out _)) return;
        foreach (CatalogAnswer file in image.Answers)
        {
            if (file.Template is null) continue;
            WireWriter answer = new(_room);
            file.Template.Write(ref answer, subject, image);
            if (answer.Overflow)
                AddAnswer(file, $"filled in for {name} it is longer than {Limits.DocumentBytes} bytes, the most that is served");
            else if (answer.Length == 0 && file == image.Answers[0])
                AddAnswer(file, $"filled in for {name} it is empty, and nothing is served");
        }

        foreach (CatalogWord argument in image.Words)
        {
            if (argument.Template is null) continue;
            WireWriter word = new(_room);
            argument.Template.Write(ref word, subject, image);
            if (word.Length > 0) LookAtWord(Encoding.UTF8.GetString(image.Name), Encoding.UTF8.GetString(word.Written));
        }

        WireWriter line = new(_room);
        KernelArguments.Write(ref line, subject, image, WordQuoting.None);
        if (!line.Overflow && line.Length <= CommandLineBytes) return;
        Add(
            $"image {Encoding.UTF8.GetString(image.Name)}: {name}'s command line is longer than {CommandLineBytes} bytes: "
            + "the kernel would cut it",
            isWarning: true);

        void AddAnswer(CatalogAnswer file, string message) =>
            _problems.Add(new(file.Template!.Path, 0, 0, message, "", "", false));
    }

    /// <summary>What every boot tells (its UUID, its address) counts as given: it is there when it is needed.</summary>
    private static bool IsGiven(int name, CatalogImage? image) =>
        name < TemplateNames.BuiltInCount && (BuiltInValue)name switch
        {
            BuiltInValue.Uuid or BuiltInValue.Address or BuiltInValue.Mac or BuiltInValue.MacDashes => true,
            BuiltInValue.Name or BuiltInValue.Hostname => true,
            BuiltInValue.Answer => image is null || image.Answer is not null,
            _ => false,
        };

    /// <summary>The machine as it is known before it boots; without a MAC an example's.</summary>
    private BootSubject SubjectFor(CatalogMachine? machine, CatalogImage image)
    {
        BootDocument document = new(DocumentKind.Answer, _catalog, default, Ipv4Address.Any) { Image = image.Index };
        return new(machine is null ? document : document.About(IdentityOf(machine)));
    }

    private static MachineIdentity IdentityOf(CatalogMachine machine) =>
        new(machine.HardwareAddress, machine.Uuid, null, machine.Address)
        {
            Serial = new(machine.Serial),
            Asset = new(machine.Asset),
        };

    /// <summary>What the machine says itself, else its group; an image, or a menu that shows it.</summary>
    private bool MayGet(CatalogMachine machine, CatalogImage image)
    {
        if ((machine.Image ?? _catalog.FindGroup(IdentityOf(machine))?.Image) is not { } chosen) return false;
        return chosen == image || (_catalog.MenuOf(chosen) is { } menu && Array.IndexOf(menu.Items, image) >= 0);
    }

    private bool IsKnown(int name) =>
        name < TemplateNames.BuiltInCount || _catalog.DefaultOf(name) is not null || IsAnyMachines(name);

    private bool IsAnyMachines(int name)
    {
        foreach (CatalogMachine machine in _catalog.Machines)
        {
            foreach (CatalogVariable variable in machine.Variables)
            {
                if (variable.Name == name) return true;
            }
        }

        foreach (CatalogGroup group in _catalog.Groups)
        {
            if (group.ValueOf(name) is not null) return true;
        }

        return false;
    }

    private static string WithoutValue(string name, CatalogMachine? machine)
    {
        string who = machine is null ? "a machine that is not configured" : Encoding.UTF8.GetString(machine.Name);
        string where = name switch
        {
            "router" => "set dhcp.router or vars.router",
            "dns" => "set dhcp.dns or vars.dns",
            "domain" => "set dhcp.domain or vars.domain",
            "netmask" => "set network.address or vars.netmask",
            "answer" => "the image has no answer file",
            _ => $"set vars.{name} for it or for all",
        };
        return $"'{name}' has no value for {who}: {where}";
    }

    private string NearestTo(string name)
    {
        List<string> known = [];
        for (int i = 0; i < _catalog.Names.Count; i++)
        {
            if (IsKnown(i)) known.Add(_catalog.Names[i]);
        }

        return NearestName.Find(name, known) ?? "";
    }

    /// <summary>In the arguments there are no lines: the configuration's own place says where they are.</summary>
    private void AddAt(
        Template template, string file, int line, int column, string message, string name, string nearest, bool isWarning)
    {
        if (template.IsWord) line = 0;
        _problems.Add(new(file, line, line == 0 ? 0 : column, message, name, nearest, isWarning));
    }

    private void Add(string message, bool isWarning) => _problems.Add(new("", 0, 0, message, "", "", isWarning));
}
