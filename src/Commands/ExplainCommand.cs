using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Server;

namespace Aglet.Commands;

/// <summary>
/// <c>aglet explain</c>: what one machine would get, word for word and byte for byte, without a network.
/// </summary>
internal sealed class ExplainCommand
{
    /// <summary>Stands for our address where it is not known (192.0.2.0/24 is for examples, RFC 5737).</summary>
    private static readonly Ipv4Address _exampleServer = new(0xC000_0201);

    private static readonly string _standIn = BootExplanation.StandInAddress.ToString();

    private static readonly string _standInNote =
        $"{_standIn} stands for the machine's address, which is known only when it boots";

    private readonly StringBuilder _text = new();
    private readonly Configuration _configuration;
    private readonly MachineSetting? _machine;
    private readonly HardwareAddress _hardware;

    private ExplainCommand(Configuration configuration, HardwareAddress hardware)
    {
        _configuration = configuration;
        _hardware = hardware;
        foreach (MachineSetting machine in configuration.Settings.Machines)
        {
            if (machine.HardwareAddress == hardware) _machine = machine;
        }
    }

    /// <returns>0, or 1 when the machine would miss something, or 2 when usage or configuration is wrong.</returns>
    public static int Run(ReadOnlySpan<string> arguments, IKernel kernel)
    {
        Arguments options = new(
            arguments, ["--config", "--interface", "--tree", "--mac", "--arch", "--server"], ["--answer"]);
        List<string> problems = [.. options.Problems];
        HardwareAddress hardware = ReadMac(options, problems);
        ClientArchitecture? architecture = ReadArchitecture(options, problems);
        Ipv4Address server = ReadServer(options, problems);
        if (problems.Count > 0) return HelpCommand.Usage(kernel, problems);

        Configuration? configuration = Configuration.Read(options, kernel, problems);
        if (configuration is null)
        {
            kernel.WriteLog(Encoding.UTF8.GetBytes(string.Join('\n', problems) + "\n"));
            return 2;
        }

        bool knowsServer = !server.IsAny || TryFindServer(kernel, configuration.Settings, out server);
        if (!knowsServer) server = _exampleServer;
        ExplainCommand command = new(configuration, hardware);
        IReadOnlyList<ClientArchitecture> possible = MachineArchitectures.For(command.Processor);
        BootExplanation explanation = command.Explain(architecture ?? PreferredOf(possible), server);
        if (options.Has("--answer")) return PrintAnswer(kernel, explanation);
        command.Describe(explanation, architecture ?? PreferredOf(possible));
        if (!knowsServer) command.Line($"{server} stands for this server's address: give the real one with --server");
        if (architecture is null) command.DescribeOthers(possible, PreferredOf(possible), server);
        command.DescribeTexts(explanation);
        if (command._text.ToString().Contains(_standIn, StringComparison.Ordinal)) command.Line(_standInNote);
        kernel.WriteOutput(Encoding.UTF8.GetBytes(command._text.ToString()));
        return explanation.IsComplete ? 0 : 1;
    }

    /// <summary>What the machine's image is built for; any when it gets a menu.</summary>
    private CpuFamily Processor => _machine is null
        ? CpuFamily.Unknown
        : _configuration.Settings.Images[_machine.Image].Cpu;

    private static HardwareAddress ReadMac(Arguments options, List<string> problems)
    {
        string? text = options.Value("--mac");
        if (text is null) problems.Add("--mac is needed: the machine's MAC such as 52:54:00:12:34:56");
        else if (HardwareAddress.TryParse(Encoding.UTF8.GetBytes(text), out HardwareAddress hardware)) return hardware;
        else problems.Add($"--mac {text}: a MAC such as 52:54:00:12:34:56 is expected");
        return default;
    }

    private static ClientArchitecture? ReadArchitecture(Arguments options, List<string> problems)
    {
        if (options.Value("--arch") is not { } name) return null;
        ClientArchitecture? architecture = ClientArchitecture.ForName(name);
        if (architecture is not null) return architecture;
        List<string> known = [];
        foreach (ClientArchitecture one in ClientArchitecture.All) known.Add(one.Name);
        string hint = NearestName.Find(name, known) is { } nearest ? $"; did you mean {nearest}?" : "";
        problems.Add($"--arch {name}: an architecture such as x64-uefi or its number is expected{hint}");
        return null;
    }

    private static Ipv4Address ReadServer(Arguments options, List<string> problems)
    {
        if (options.Value("--server") is not { } text) return default;
        if (Ipv4Address.TryParse(Encoding.UTF8.GetBytes(text), out Ipv4Address server)) return server;
        problems.Add($"--server {text}: an address such as 10.0.0.1 is expected");
        return default;
    }

    private static bool TryFindServer(IKernel kernel, Settings settings, out Ipv4Address server)
    {
        server = settings.Address?.Address ?? default;
        if (!server.IsAny) return true;
        if (!NetworkChoice.TryFind(kernel, settings, out NetworkInterface network, out _)) return false;
        server = network.Address.Address;
        return true;
    }

    /// <summary>UEFI by PXE is what most machines have by now.</summary>
    private static ClientArchitecture PreferredOf(IReadOnlyList<ClientArchitecture> possible)
    {
        foreach (ClientArchitecture architecture in possible)
        {
            if (architecture is { Firmware: FirmwareKind.Uefi, IsHttp: false, Cpu: not CpuFamily.X86 }) return architecture;
        }

        return possible.Count > 0 ? possible[0] : ClientArchitecture.All[0];
    }

    /// <summary>Prints the answer file's bytes and nothing else, so that it can be compared and piped.</summary>
    private static int PrintAnswer(IKernel kernel, BootExplanation explanation)
    {
        ExplainedImage? only = null;
        List<string> names = [];
        foreach (ExplainedImage image in explanation.Images)
        {
            if (image.AnswerUrl.Length == 0) continue;
            only = image;
            names.Add(image.Name);
        }

        string problem = (names.Count, only) switch
        {
            (0, _) or (_, null) => $"{explanation.Machine} gets no answer file: {explanation.Reason}",
            (1, { Problem.Length: > 0 }) => only.Problem,
            (1, _) => "",
            _ => $"{explanation.Machine} chooses from a menu with several answer files: {string.Join(", ", names)}",
        };
        if (problem.Length > 0)
        {
            kernel.WriteLog(Encoding.UTF8.GetBytes(problem + "\n"));
            return 1;
        }

        string answer = Encoding.UTF8.GetString(only!.Answer);
        if (answer.Contains(_standIn, StringComparison.Ordinal)) kernel.WriteLog(Encoding.UTF8.GetBytes(_standInNote + "\n"));
        return kernel.WriteOutput(only.Answer).IsError ? 1 : 0;
    }

    private BootExplanation Explain(ClientArchitecture architecture, Ipv4Address server) =>
        BootExplanation.Of(_configuration.Catalog, _hardware, _machine?.Uuid ?? default, architecture, server);

    private void Describe(BootExplanation explanation, ClientArchitecture architecture)
    {
        string who = $"{explanation.Machine} ({_hardware})";
        Line($"{who} as {architecture.Name}, {architecture.Description}, with {_configuration.Origin}");
        Line($"  {explanation.Plan}");
        Line("");
        Line("DHCP");
        Line($"  boot file    {OrNone(explanation.BootFile)}");
        if (explanation.IpxeBootFile.Length > 0) Line($"  for iPXE     {explanation.IpxeBootFile}");
        string address = explanation.Reservation.IsAny ? "from the pool" : explanation.Reservation.ToString();
        bool isServer = _configuration.Settings.DhcpMode == DhcpMode.Server;
        Line($"  address      {(isServer ? address : "from another server")}");
        if (explanation.Offer != OfferKind.Boot) Line($"  because      {explanation.Reason}");
        foreach (ExplainedImage image in explanation.Images) DescribeImage(image);
        Line("");
        Line("Files");
        foreach (ExplainedFile file in explanation.Files)
        {
            string size = file.IsMissing ? "MISSING" : file.Size.ToString("N0", CultureInfo.InvariantCulture);
            Line($"  {size,14}  {file.Path}  ({file.Purpose})");
        }

        Line("");
    }

    private void DescribeImage(ExplainedImage image)
    {
        Line("");
        Line($"Image {image.Name}{(image.IsLocal ? ": the machine's own disk" : "")}");
        if (image.Problem.Length > 0) Line($"  not given: {image.Problem}");
        if (image.IsLocal) return;
        Line($"  command line {OrNone(image.CommandLine)}");
        if (image.AnswerUrl.Length == 0) return;
        Line($"  answer file  {image.AnswerUrl} ({Configuration.Counted(image.Answer.Length, "byte")})");
    }

    private void DescribeOthers(
        IReadOnlyList<ClientArchitecture> possible, ClientArchitecture described, Ipv4Address server)
    {
        Line("With other firmware (--arch) it would begin with");
        foreach (ClientArchitecture architecture in possible)
        {
            if (architecture == described) continue;
            BootExplanation other = Explain(architecture, server);
            Line($"  {architecture.Name,-16} {(other.BootFile.Length > 0 ? other.BootFile : other.Reason)}");
        }

        Line("");
    }

    private void DescribeTexts(BootExplanation explanation)
    {
        foreach (ExplainedDocument document in explanation.Documents)
        {
            if (document.Status == ContentStatus.Found) Text(document.Path, document.Text);
        }

        foreach (ExplainedImage image in explanation.Images)
        {
            if (image.Answer.Length > 0) Text(image.AnswerUrl, image.Answer);
        }
    }

    private void Text(string title, byte[] text)
    {
        Line($"---- {title}");
        string shown = Encoding.UTF8.GetString(text);
        _text.Append(shown);
        if (!shown.EndsWith('\n')) _text.Append('\n');
    }

    private static string OrNone(string text) => text.Length == 0 ? "none" : text;

    private void Line(string text) => _text.Append(text).Append('\n');
}
