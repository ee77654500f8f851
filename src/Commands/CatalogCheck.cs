using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Server;
using Aglet.Tree;

namespace Aglet.Commands;

/// <summary>
/// Looks at every machine with each architecture that it may have: whether each file is there under the very name, is
/// built for the right processor, and each answer file has all its values.
/// </summary>
internal sealed class CatalogCheck(IKernel kernel, Configuration configuration)
{
    /// <summary>
    /// Any of ours would do: what is proved does not depend on it (192.0.2.0/24 is for examples, RFC 5737).
    /// </summary>
    private static readonly Ipv4Address _exampleServer = new(0xC000_0201);

    /// <summary>What fits below 640 KiB beside the BIOS and its network driver.</summary>
    private const int BiosProgramBytes = 500 * 1024;

    /// <summary>What the lines begin with that are no errors.</summary>
    public const string WarningMark = "warning: ";

    private readonly Settings _settings = configuration.Settings;
    private readonly BootCatalog _catalog = configuration.Catalog;
    private readonly BootTree _tree = configuration.Catalog.Tree;
    private readonly List<string> _lines = [];
    private readonly HashSet<string> _told = [];
    private readonly HashSet<(int Image, int Architecture, int Machine, int Group)> _explained = [];

    /// <summary>What was found, a line each.</summary>
    public IReadOnlyList<string> Lines => _lines;

    public int ErrorCount { get; private set; }

    public int WarningCount { get; private set; }

    public void Run()
    {
        foreach (ImageSetting image in _settings.Images) CheckImage(image);
        foreach (CatalogProblem problem in CatalogReview.Validate(_catalog))
        {
            // Files that are not there were told above, with the name that was meant.
            if (problem.IsWarning) Warn(problem.ToString());
            else if (problem.File.Length > 0) Error(problem.ToString());
        }

        CheckPrograms("", _settings.Programs);
        foreach (GroupSetting group in _settings.Groups) CheckPrograms($"{group.Name}.", group.Programs);
        foreach (MachineSetting machine in _settings.Machines) CheckPrograms($"{machine.Name}.", machine.Programs);
        if (_settings.DhcpMode != DhcpMode.Off) CheckMachines();
        CheckOnce();
        new SecretCheck(_settings, Warn).Run();
        CheckNetwork();
    }

    private void CheckPrograms(string owner, IReadOnlyList<ProgramSetting> programs)
    {
        foreach (ProgramSetting program in programs)
        {
            CheckFile($"{owner}programs.{program.Name}", program.Path, program.Architecture.Cpu, program.Architecture);
        }
    }

    /// <summary>What is installed once must be remembered, and must say that it is installed.</summary>
    private void CheckOnce()
    {
        List<ChoiceSetting> once = [];
        foreach (MachineSetting machine in _settings.Machines)
        {
            if (machine.IsOnce == true) once.Add(machine);
        }

        foreach (GroupSetting group in _settings.Groups)
        {
            if (group.IsOnce == true) once.Add(group);
        }

        if (once.Count == 0) return;
        if (_settings.State.Length == 0)
        {
            Warn("\"once\" without \"state\": who is installed is forgotten when the server is started again, and is then "
                + "installed again; name a folder, such as \"state\": \"/var/lib/aglet\"");
        }

        foreach (ChoiceSetting choice in once)
        {
            if (choice.Image < 0 || _settings.Images[choice.Image] is not { Answer: { } answer } image) continue;
            if (Reports(answer)) continue;
            Warn($"images.{image.Name}.answer: {answer.TemplatePath} does not fetch {{{{ done_url }}}} when its install is done, "
                + $"so that {choice.Name} is installed at each network boot in spite of \"once\"");
        }
    }

    private static bool Reports(AnswerSetting answer)
    {
        bool reports = answer.Template.AsSpan().IndexOf("done_url"u8) >= 0;
        foreach (IncludedTemplate included in answer.Includes.Values)
            reports |= included.Text.AsSpan().IndexOf("done_url"u8) >= 0;
        foreach (TemplateSetting? other in (ReadOnlySpan<TemplateSetting?>)[answer.MetaData, answer.VendorData])
            reports |= other is not null && other.Text.AsSpan().IndexOf("done_url"u8) >= 0;
        return reports;
    }

    private void CheckImage(ImageSetting image)
    {
        string key = image.Kind.ToString().ToLowerInvariant();
        bool isProgram = image.Kind == ImageKind.Efi;
        if (image.File.Length > 0) CheckFile($"images.{image.Name}.{key}", image.File, image.Cpu, null, isProgram);
        if (image.Kind != ImageKind.Kernel) return;
        CheckFile($"images.{image.Name}.kernel", image.Kernel, image.Cpu, null);
        for (int i = 0; i < image.Initrds.Count; i++)
        {
            string place = $"images.{image.Name}.initrd";
            if (_settings.Places.ContainsKey($"{place}[{i}]")) place += $"[{i}]";
            CheckFile(place, image.Initrds[i], CpuFamily.Unknown, null);
        }

        string tree = _settings.Tree.TrimEnd('/') + "/";
        if (image.Answer?.TemplatePath.StartsWith(tree, StringComparison.Ordinal) == true)
        {
            Warn($"images.{image.Name}.answer.template: {image.Answer.TemplatePath} is below the boot tree, "
                + "so that every machine can read it as it is");
        }
    }

    /// <summary>
    /// Proves that the tree has a file under exactly this name, and that it is built for a processor.
    /// </summary>
    private void CheckFile(
        string place, string key, CpuFamily cpu, ClientArchitecture? architecture, bool mustBePe = false)
    {
        byte[] name = Encoding.UTF8.GetBytes(key);
        if (!_tree.TryGet(name, out BootFile file))
        {
            Error($"{place}: {key} is not in the tree {_settings.Tree}{NearestFile(key)}");
            return;
        }

        if (!file.Key.SequenceEqual(name))
        {
            Error($"{place}: {key} is {Encoding.UTF8.GetString(file.Key)} in the tree: write it in the same case");
            return;
        }

        if (file.Size == 0)
        {
            Error($"{place}: {key} is empty");
            return;
        }

        if (!TryReadHeader(file, place, out ExecutableHeader header)) return;
        if (mustBePe && !header.IsPe) Error($"{place}: {key} is no UEFI program");
        else CheckHeader(place, key, header, cpu, architecture);
        bool isKernel = place.EndsWith(".kernel", StringComparison.Ordinal);
        if (_settings.RequiresSecureBoot && (isKernel || mustBePe) && !header.IsSigned)
        {
            Warn($"{place}: {key} is not signed, so firmware with Secure Boot on will not start it: "
                + "take the distribution's signed one, or sign it with a key that the machines have");
        }

        if (architecture is { Firmware: FirmwareKind.Bios } && file.Size > BiosProgramBytes)
        {
            Warn($"{place}: {key} has {Configuration.Megabytes(file.Size)}: a BIOS has {BiosProgramBytes / 1024} KiB of room "
                + "for a boot program (PXE-E79)");
        }
    }

    private void CheckHeader(
        string place, string key, ExecutableHeader header, CpuFamily cpu, ClientArchitecture? architecture)
    {
        if (architecture is { Firmware: FirmwareKind.Bios } && header.IsPe)
        {
            Error($"{place}: {key} is a UEFI program, which {architecture.Description} cannot run");
            return;
        }

        if (architecture is { Firmware: FirmwareKind.Uefi } && !header.IsPe)
        {
            Error($"{place}: {key} is no UEFI program, so {architecture.Description} cannot run it");
            return;
        }

        // A PC's BIOS says "x86" whatever its processor, and an x64 processor runs x86 kernels.
        bool fits = cpu == header.Cpu || cpu == CpuFamily.Unknown || header.Cpu == CpuFamily.Unknown
            || (cpu == CpuFamily.X64 && header.Cpu == CpuFamily.X86 && architecture is null)
            || architecture is { Code: 9 or 17 };
        if (!fits) Error($"{place}: {key} is built for {ConfigRules.NameOf(header.Cpu)}, expected {ConfigRules.NameOf(cpu)}");
    }

    private bool TryReadHeader(BootFile file, string place, out ExecutableHeader header)
    {
        header = default;
        SysResult opened = kernel.OpenFile(file.HostPath, out _);
        if (opened.IsError)
        {
            Error($"{place}: {Encoding.UTF8.GetString(file.HostPath)} cannot be read: {ConfigFile.Describe(opened.Errno)}");
            return false;
        }

        byte[] start = new byte[ExecutableHeader.Bytes];
        SysResult read = kernel.ReadAt(opened.Count, start, 0);
        kernel.Close(opened.Count);
        if (read.IsError)
        {
            Error($"{place}: {Encoding.UTF8.GetString(file.HostPath)} cannot be read: {ConfigFile.Describe(read.Errno)}");
            return false;
        }

        header = ExecutableHeader.Parse(start.AsSpan(0, read.Count));
        return true;
    }

    private void CheckMachines()
    {
        foreach (CatalogMachine machine in _catalog.Machines)
        {
            MachineIdentity identity = new(
                machine.HardwareAddress.IsNone ? MachineArchitectures.ExampleHardware : machine.HardwareAddress)
            {
                Uuid = machine.Uuid,
                Serial = new(machine.Serial),
                Asset = new(machine.Asset),
                Address = machine.Address,
            };
            CheckMachine(identity);
        }

        // Whom nobody named: of each group one, and one of no group.
        foreach (GroupSetting group in _settings.Groups)
        {
            MachineIdentity member = new(MachineArchitectures.ExampleOf(group))
            {
                Address = group.Subnets.Count > 0 ? group.Subnets[0].Address : default,
                VendorClass = new(Encoding.UTF8.GetBytes(FirstOf(group.VendorClasses))),
                Serial = new(Encoding.UTF8.GetBytes(FirstOf(group.Serials))),
            };
            foreach (ClientArchitecture architecture in group.Architectures) CheckMachine(member, architecture);
            if (group.Architectures.Count == 0) CheckMachine(member);
        }

        CheckMachine(new(MachineArchitectures.ExampleHardware));

        static string FirstOf(IReadOnlyList<string> patterns) => patterns.Count == 0 ? "" : patterns[0].Replace("*", "");
    }

    /// <summary>Asks for a machine as each architecture that what it boots allows.</summary>
    private void CheckMachine(MachineIdentity identity, ClientArchitecture? only = null)
    {
        BootDocument about = new BootDocument(DocumentKind.None, _catalog, default, _exampleServer).About(identity);
        BootSubject subject = new(about);
        BootPlan plan = subject.Plan();
        CatalogImage? meant = plan.Refused ?? plan.Image;
        if (meant is null || (plan.Menu is null && meant.IsLocal)) return;
        if (plan.Menu is not null)
        {
            foreach (CatalogImage item in plan.Menu.Items) CheckImageOf(identity, subject, item, only);
            return;
        }

        CheckImageOf(identity, subject, meant, only);
    }

    /// <summary>Who else has that image by the same words gets the same files: it is looked at once.</summary>
    private void CheckImageOf(in MachineIdentity identity, in BootSubject subject, CatalogImage image, ClientArchitecture? only)
    {
        if (image.IsLocal) return;
        string name = Encoding.UTF8.GetString(image.Name);
        bool canBoot = false;
        List<string> lacking = [];
        int owner = subject.Machine?.Programs is not null ? subject.Machine.Index + 1 : 0;
        int group = subject.Group is null ? 0 : subject.Group.Index + 1;
        IReadOnlyList<ClientArchitecture> possible = only is null ? MachineArchitectures.For(image.Cpu) : [only];
        foreach (ClientArchitecture architecture in possible)
        {
            BootProgram program = subject.ProgramFor(architecture);
            if (program.File is null) lacking.Add(Encoding.UTF8.GetString(program.Problem));
            canBoot |= program.File is not null;
            if (program.File is null || !_explained.Add((image.Index, architecture.Code, owner, group))) continue;
            string path = Encoding.UTF8.GetString(program.File);
            if (_tree.TryGet(program.File, out _)) CheckFile(architecture.Name, path, architecture.Cpu, architecture);
            BootExplanation explanation = BootExplanation.Of(_catalog, new(identity, architecture, _exampleServer));
            foreach (ExplainedFile file in explanation.Files)
            {
                if (file.IsMissing && !IsNamedByAnImage(file.Path))
                    Error($"{architecture.Name}: {file.Path} ({file.Purpose}) is not in the tree");
            }

            WarnOfGrubInProxy(architecture, path);
        }

        // A Raspberry Pi needs none: it asks for its own files.
        bool isForPi = _catalog.Companions.FirmwareFolder is not null && image.Cpu is CpuFamily.Arm or CpuFamily.Arm64;
        if (isForPi) return;
        foreach (string problem in lacking)
        {
            // An image for any processor needs some boot program, not one of each kind.
            if (!canBoot) Error($"images.{name}: {problem}");
            else if (image.Cpu != CpuFamily.Unknown) Warn($"images.{name}: {problem}");
        }
    }

    /// <summary>GRUB asks whoever gave the address for its configuration: beside another server that is not us.</summary>
    private void WarnOfGrubInProxy(ClientArchitecture architecture, string program)
    {
        if (_settings.DhcpMode != DhcpMode.Proxy || architecture.Firmware != FirmwareKind.Uefi || architecture.IsHttp) return;
        string leaf = program[(program.LastIndexOf('/') + 1)..];
        bool isGrub = leaf.StartsWith("boot", StringComparison.Ordinal) || leaf.StartsWith("grub", StringComparison.Ordinal)
            || leaf.StartsWith("shim", StringComparison.Ordinal);
        if (!isGrub) return;
        Warn($"{architecture.Name}: {program} leads to GRUB, which asks the network's DHCP server and not Aglet for its "
            + "configuration: use mode \"server\", or an iPXE for this architecture");
    }

    private bool IsNamedByAnImage(string path)
    {
        foreach (ImageSetting image in _settings.Images)
        {
            if (image.Kernel == path || image.File == path || ContainsPath(image.Initrds, path)) return true;
        }

        return false;
    }

    private void CheckNetwork()
    {
        if (_settings.Interfaces.Count == 0) return;
        if (!NetworkChoice.TryFind(kernel, _settings, out IReadOnlyList<NetworkInterface> links, out string problem))
        {
            Warn($"on this machine {problem}");
            return;
        }

        string misfit = NetworkChoice.Misfit(_settings, links);
        if (misfit.Length == 0) return;

        // What the link lacks now it may have when the server starts; what contradicts its address stays wrong.
        bool isReady = true;
        foreach (NetworkInterface link in links) isReady &= link.IsUp && !link.Address.Address.IsAny;
        if (isReady) Error(misfit);
        else Warn($"on this machine {misfit}");
    }

    /// <summary>The end of a message: a file of the same name elsewhere, or one with nearly this path.</summary>
    private string NearestFile(string key)
    {
        string leaf = key[(key.LastIndexOf('/') + 1)..];
        byte[] ending = Encoding.UTF8.GetBytes("/" + leaf);
        List<string> paths = [];
        string? sameLeaf = null;
        for (int i = 0; i < _tree.Count; i++)
        {
            ref readonly BootFile file = ref _tree[i];
            bool isSame = file.Key.EndsWith(ending) || file.Key.SequenceEqual(ending.AsSpan(1));
            if (isSame && sameLeaf is null) sameLeaf = Encoding.UTF8.GetString(file.Key);
            if (paths.Count < 10_000) paths.Add(Encoding.UTF8.GetString(file.Key));
        }

        string? nearest = NearestName.Find(key, paths) ?? sameLeaf;
        return nearest is null ? "" : $"; did you mean {nearest}?";
    }

    private static bool ContainsPath(IReadOnlyList<string> paths, string path)
    {
        foreach (string one in paths)
        {
            if (one == path) return true;
        }

        return false;
    }

    private void Error(string text)
    {
        if (!_told.Add(text)) return;
        ErrorCount++;
        _lines.Add(Located(text));
    }

    private void Warn(string text)
    {
        if (!_told.Add(text)) return;
        WarningCount++;
        _lines.Add(WarningMark + Located(text));
    }

    /// <summary>A line that begins with the path of a setting gets that one's place in the file in front.</summary>
    private string Located(string text)
    {
        int colon = text.IndexOf(": ", StringComparison.Ordinal);
        return colon > 0 && _settings.Places.TryGetValue(text[..colon], out string? place) ? $"{place}: {text}" : text;
    }
}
