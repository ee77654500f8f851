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

    /// <summary>What the lines begin with that are no errors.</summary>
    public const string WarningMark = "warning: ";

    private readonly Settings _settings = configuration.Settings;
    private readonly BootCatalog _catalog = configuration.Catalog;
    private readonly BootTree _tree = configuration.Catalog.Tree;
    private readonly List<string> _lines = [];
    private readonly HashSet<string> _told = [];
    private readonly HashSet<(int Image, int Architecture)> _explained = [];

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

        foreach (ProgramSetting program in _settings.Programs)
        {
            CheckFile($"programs.{program.Name}", program.Path, program.Architecture.Cpu, program.Architecture);
        }

        if (_settings.DhcpMode != DhcpMode.Off) CheckMachines();
        CheckNetwork();
    }

    private void CheckImage(ImageSetting image)
    {
        if (image.IsLocal) return;
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
    private void CheckFile(string place, string key, CpuFamily cpu, ClientArchitecture? architecture)
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

        if (file.Size == 0) Error($"{place}: {key} is empty");
        else if (TryReadHeader(file, place, out ExecutableHeader header)) CheckHeader(place, key, header, cpu, architecture);
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
        SysResult opened = kernel.OpenFile(file.HostPath);
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
        foreach (MachineSetting machine in _settings.Machines)
        {
            CheckMachine(machine.Image, MachineArchitectures.HardwareOf(machine), machine.Uuid);
        }

        if (_settings.Unknown == UnknownPolicy.Image)
        {
            CheckMachine(_settings.UnknownImage, MachineArchitectures.ExampleHardware, default);
        }
        else if (_settings.Unknown == UnknownPolicy.Menu)
        {
            for (int i = 0; i < _settings.Images.Count; i++) CheckMachine(i, MachineArchitectures.ExampleHardware, default);
        }
    }

    /// <summary>
    /// Asks for a machine as each architecture that its image allows. Who else has that image gets the same files.
    /// </summary>
    private void CheckMachine(int imageIndex, HardwareAddress hardware, MachineUuid uuid)
    {
        ImageSetting image = _settings.Images[imageIndex];
        if (image.IsLocal) return;
        bool canBoot = false;
        List<string> lacking = [];
        foreach (ClientArchitecture architecture in MachineArchitectures.For(image.Cpu))
        {
            BootProgram program = _catalog.Programs[architecture];
            if (program.File is null) lacking.Add(Encoding.UTF8.GetString(program.Problem));
            canBoot |= program.File is not null;
            if (program.File is null || !_explained.Add((imageIndex, architecture.Code))) continue;
            string path = Encoding.UTF8.GetString(program.File);
            if (_tree.TryGet(program.File, out _)) CheckFile(architecture.Name, path, architecture.Cpu, architecture);
            BootExplanation explanation = BootExplanation.Of(_catalog, hardware, uuid, architecture, _exampleServer);
            foreach (ExplainedFile file in explanation.Files)
            {
                bool isTold = file.Path == image.Kernel || ContainsPath(image.Initrds, file.Path);
                if (file.IsMissing && !isTold) Error($"{architecture.Name}: {file.Path} ({file.Purpose}) is not in the tree");
            }
        }

        foreach (string problem in lacking)
        {
            // An image for any processor needs some boot program, not one of each kind.
            if (!canBoot) Error($"images.{image.Name}: {problem}");
            else if (image.Cpu != CpuFamily.Unknown) Warn($"images.{image.Name}: {problem}");
        }
    }

    private void CheckNetwork()
    {
        if (_settings.Interface.Length == 0) return;
        if (!NetworkChoice.TryFind(kernel, _settings, out NetworkInterface network, out string problem))
        {
            Warn($"on this machine {problem}");
            return;
        }

        string misfit = NetworkChoice.Misfit(_settings, network);
        if (misfit.Length == 0) return;

        // What the link lacks now it may have when the server starts; what contradicts its address stays wrong.
        if (network.IsUp && !network.Address.Address.IsAny) Error(misfit);
        else Warn($"on this machine {misfit}");
    }

    /// <summary>The end of a message: a file of the same name elsewhere, or one with nearly this path.</summary>
    private string NearestFile(string key)
    {
        string leaf = key[(key.LastIndexOf('/') + 1)..];
        byte[] ending = Encoding.UTF8.GetBytes("/" + leaf);
        List<string> paths = [];
        string? sameLeaf = null;
        foreach (BootFile file in _tree.Files)
        {
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
