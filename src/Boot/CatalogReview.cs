using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
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
    private readonly HashSet<(int Image, int Piece)> _reported = [];

    private CatalogReview(BootCatalog catalog) => _catalog = catalog;

    /// <summary>All mistakes at once, in the order of the images.</summary>
    public static IReadOnlyList<CatalogProblem> Validate(BootCatalog catalog)
    {
        CatalogReview review = new(catalog);
        foreach (CatalogImage image in catalog.Images) review.Look(image);
        review.LookAtMenu();
        return review._problems;
    }

    private void Look(CatalogImage image)
    {
        string name = Encoding.UTF8.GetString(image.Name);
        if (image.MissingFile is { } missing)
            Add($"image {name}: {Encoding.UTF8.GetString(missing)} is not in the tree", isWarning: false);
        LookAtPaths(image, name);
        foreach (byte[] word in image.Words)
        {
            string text = Encoding.UTF8.GetString(word);
            if (text.Contains("${", StringComparison.Ordinal) || text is "||" or "&&" or ";" || text[0] == '#')
                Add($"image {name}: iPXE would not hand on the argument {text} as it is", isWarning: true);
            if (text.AsSpan().IndexOfAny('\'', '\\') >= 0)
                Add($"image {name}: GRUB would put backslashes into the argument {text}", isWarning: true);
        }

        if (image.Answer is null) return;
        foreach (TemplateError error in image.Answer.Errors)
            _problems.Add(new(image.AnswerPath, error.Line, error.Column, error.Message, "", "", false));
        if (image.AnswerKind is AnswerKind.Preseed or AnswerKind.Kickstart && image.Answer.HasCarriageReturns)
        {
            _problems.Add(new(
                image.AnswerPath, 0, 0, "its lines end as in Windows, and the installer takes the extra character for a "
                + "part of each value: save it with Unix line ends", "", "", true));
        }

        foreach (CatalogMachine machine in _catalog.Machines)
        {
            if (machine.Image != image) continue;
            LookAtValues(image, machine);
            LookAtLength(image, machine);
        }

        bool isForUnknown = _catalog.Settings.Unknown == UnknownPolicy.Menu
            || (_catalog.Settings.Unknown == UnknownPolicy.Image && _catalog.Settings.UnknownImage == image.Index);
        if (!isForUnknown) return;
        LookAtValues(image, null);
        LookAtLength(image, null);
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

    private void LookAtPaths(CatalogImage image, string name)
    {
        if (!IsPlain(image.Kernel)) AddPath(image.Kernel);
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

    private void LookAtValues(CatalogImage image, CatalogMachine? machine)
    {
        IReadOnlyList<TemplatePiece> pieces = image.Answer!.Pieces;
        for (int i = 0; i < pieces.Count; i++)
        {
            int name = pieces[i].Name;
            if (name < 0 || HasValue(name, machine)) continue;
            bool isKnownElsewhere = name < TemplateNames.BuiltInCount || IsAnyMachines(name);

            // A name that nothing gives a value is one mistake, however many machines there are.
            if (!isKnownElsewhere && !_reported.Add((image.Index, i))) continue;
            string text = _catalog.Names[name];
            string nearest = isKnownElsewhere ? "" : NearestTo(text, machine);
            _problems.Add(new(
                image.AnswerPath,
                pieces[i].Line,
                pieces[i].Column,
                isKnownElsewhere ? WithoutValue(text, machine) : $"'{text}' is not a known name",
                text,
                nearest,
                IsWarning: isKnownElsewhere && machine is null && _catalog.Settings.Unknown == UnknownPolicy.Menu));
        }
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
        if (image.Answer!.Errors.Count > 0 || image.Answer.TryFindHole(subject, out _)) return;
        WireWriter answer = new(_room);
        image.Answer.Write(ref answer, subject, image);
        if (answer.Overflow)
            AddAnswer($"filled in for {name} it is longer than {Limits.DocumentBytes} bytes, the most that is served");
        else if (answer.Length == 0)
            AddAnswer($"filled in for {name} it is empty, and nothing is served");

        WireWriter line = new(_room);
        KernelArguments.Write(ref line, subject, image, WordQuoting.None);
        if (!line.Overflow && line.Length <= CommandLineBytes) return;
        Add(
            $"image {Encoding.UTF8.GetString(image.Name)}: {name}'s command line is longer than {CommandLineBytes} bytes: "
            + "the kernel would cut it",
            isWarning: true);

        void AddAnswer(string message) => _problems.Add(new(image.AnswerPath, 0, 0, message, "", "", false));
    }

    /// <summary>What every boot tells (its UUID, its address) counts as given: it is there when it is needed.</summary>
    private bool HasValue(int name, CatalogMachine? machine)
    {
        if (name < TemplateNames.BuiltInCount
            && (BuiltInValue)name is BuiltInValue.Uuid or BuiltInValue.Address or BuiltInValue.Mac
                or BuiltInValue.MacDashes or BuiltInValue.Name or BuiltInValue.Hostname)
            return true;
        return SubjectFor(machine).HasValue(name);
    }

    private BootSubject SubjectFor(CatalogMachine? machine) =>
        new(new BootDocument(DocumentKind.None, _catalog, machine?.HardwareAddress ?? default, Ipv4Address.Any)
        {
            Uuid = machine?.Uuid ?? default,
        });

    private bool IsAnyMachines(int name)
    {
        foreach (CatalogMachine machine in _catalog.Machines)
        {
            foreach (CatalogVariable variable in machine.Variables)
            {
                if (variable.Name == name) return true;
            }
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
            _ => $"set vars.{name} for it or for all",
        };
        return $"'{name}' has no value for {who}: {where}";
    }

    private string NearestTo(string name, CatalogMachine? machine)
    {
        List<string> known = [];
        BootSubject subject = SubjectFor(machine);
        for (int i = 0; i < _catalog.Names.Count; i++)
        {
            if (i < TemplateNames.BuiltInCount || subject.HasValue(i)) known.Add(_catalog.Names[i]);
        }

        return NearestName.Find(name, known) ?? "";
    }

    private void Add(string message, bool isWarning) => _problems.Add(new("", 0, 0, message, "", "", isWarning));
}
