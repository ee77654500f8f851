using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Dhcp;
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

    private readonly IKernel _kernel;
    private readonly Configuration _configuration;
    private readonly ExplainOptions _options;
    private readonly NetworkInterface _link;
    private readonly bool _knowsServer;
    private readonly DhcpRehearsal? _rehearsal;

    private ExplainCommand(IKernel kernel, Configuration configuration, ExplainOptions options)
    {
        _kernel = kernel;
        _configuration = configuration;
        _options = options;
        _link = FindLink(out _knowsServer);
        if (configuration.Settings.DhcpMode != DhcpMode.Off) _rehearsal = new DhcpRehearsal(configuration.Settings, _link);
    }

    /// <returns>0, or 1 when the machine would miss something, or 2 when usage or configuration is wrong.</returns>
    public static int Run(ReadOnlySpan<string> arguments, IKernel kernel)
    {
        Arguments given = new(arguments, ExplainOptions.WithValue, ExplainOptions.Flags);
        List<string> problems = [.. given.Problems];
        ExplainOptions options = new(given, problems);
        if (problems.Count > 0) return HelpCommand.Usage(kernel, problems);

        Configuration? configuration = Configuration.Read(given, kernel, problems);
        if (configuration is not null) return new ExplainCommand(kernel, configuration, options).Run();
        kernel.WriteLog(Encoding.UTF8.GetBytes(string.Join('\n', problems) + "\n"));
        return 2;
    }

    private int Run()
    {
        List<MachineIdentity> machines = [];
        if (_options.IsAll)
        {
            foreach (CatalogMachine machine in _configuration.Catalog.Machines) machines.Add(IdentityOf(machine));
        }
        else if (TryFindIdentity(out MachineIdentity identity, out string problem))
        {
            machines.Add(identity);
        }
        else
        {
            return HelpCommand.Usage(_kernel, [problem]);
        }

        if (_options.IsAnswer) return PrintAnswer(Explain(machines[0], ArchitecturesOf(machines[0])[0]).Boot);
        List<Explained> explained = [];
        foreach (MachineIdentity machine in machines)
        {
            IReadOnlyList<ClientArchitecture> possible = ArchitecturesOf(machine);
            int count = _options.IsAll ? possible.Count : 1;
            for (int i = 0; i < count; i++) explained.Add(Explain(machine, possible[i]));
        }

        bool isComplete = true;
        foreach (Explained one in explained) isComplete &= one.Boot.IsComplete;
        byte[] output = _options.IsJson
            ? ExplainJson.Write(explained)
            : new ExplainText(_configuration, _knowsServer, _link.Address.Address).Write(explained, Others);
        return !_kernel.WriteOutput(output).IsError && isComplete ? 0 : 1;

        // With one machine and no --arch the other firmware that it may have is told in short.
        List<Explained> Others()
        {
            List<Explained> others = [];
            if (_options.IsAll || _options.Architecture is not null) return others;
            IReadOnlyList<ClientArchitecture> possible = ArchitecturesOf(machines[0]);
            for (int i = 1; i < possible.Count; i++) others.Add(Explain(machines[0], possible[i]));
            return others;
        }
    }

    private Explained Explain(in MachineIdentity identity, ClientArchitecture architecture) =>
        new(_configuration, _rehearsal, new(identity, architecture, _link.Address.Address)
        {
            Token = _options.Token,
            IsInstalled = _options.IsInstalled,
        });

    private static MachineIdentity IdentityOf(CatalogMachine machine)
    {
        bool isNone = machine.HardwareAddress.IsNone;
        return new(isNone ? MachineArchitectures.ExampleHardware : machine.HardwareAddress)
        {
            Uuid = machine.Uuid,
            Serial = new(machine.Serial),
            Asset = new(machine.Asset),
            Address = machine.Address,
        };
    }

    private bool TryFindIdentity(out MachineIdentity identity, out string problem)
    {
        identity = _options.Identity;
        problem = "";
        if (_options.Name is { } name)
        {
            if (_configuration.Catalog.FindMachine(Encoding.UTF8.GetBytes(name)) is { } named)
            {
                identity = IdentityOf(named);
                return true;
            }

            List<string> known = [];
            foreach (MachineSetting machine in _configuration.Settings.Machines) known.Add(machine.Name);
            problem = $"--name {name}: no such machine in {_configuration.Origin}{NearestName.Hint(name, known, "known")}";
            return false;
        }

        // What else is configured of the machine it tells when it boots.
        if (_configuration.Catalog.FindMachine(identity) is not { } found) return true;
        if (identity.HardwareAddress.IsNone) identity = identity with { HardwareAddress = IdentityOf(found).HardwareAddress };
        if (identity.Uuid.IsNone) identity = identity with { Uuid = found.Uuid };
        if (identity.Serial.IsEmpty) identity = identity with { Serial = new(found.Serial) };
        if (identity.Asset.IsEmpty) identity = identity with { Asset = new(found.Asset) };
        if (identity.Address.IsAny) identity = identity with { Address = found.Address };
        return true;
    }

    /// <summary>What the machine's firmware may be, the likeliest first.</summary>
    private IReadOnlyList<ClientArchitecture> ArchitecturesOf(in MachineIdentity identity)
    {
        if (_options.Architecture is { } chosen) return [chosen];
        BootDocument about = new BootDocument(DocumentKind.None, _configuration.Catalog, default, _link.Address.Address)
            .About(identity);
        BootPlan plan = new BootSubject(about).Plan();
        CpuFamily cpu = plan.Kind == PlanKind.Image ? (plan.Refused ?? plan.Image)!.Cpu : CpuFamily.Unknown;
        return MachineArchitectures.LikeliestFirst(cpu);
    }

    /// <summary>The interface that is served; one that stands for it where there is none.</summary>
    private NetworkInterface FindLink(out bool isKnown)
    {
        Settings settings = _configuration.Settings;
        isKnown = true;
        if (!_options.Server.IsAny) return Stand(_options.Server);
        if (settings.Address is { } own) return Stand(own.Address);
        if (NetworkChoice.TryFind(_kernel, settings, out IReadOnlyList<NetworkInterface> links, out _)
            && !links[0].Address.Address.IsAny)
            return links[0];
        isKnown = false;
        return Stand(_exampleServer);

        NetworkInterface Stand(Ipv4Address address)
        {
            bool isIn = settings.Address is { } prefix && prefix.Contains(address);
            int length = isIn ? settings.Address!.Value.Length : 24;
            return new("", 1, HardwareAddress.Read([2, 0, 0, 0, 0, 2]), new(address, length), IsUp: true, IsLoopback: false);
        }
    }

    /// <summary>Prints the answer file's bytes and nothing else, so that it can be compared and piped.</summary>
    private int PrintAnswer(BootExplanation explanation)
    {
        ExplainedImage? only = null;
        List<string> names = [];
        foreach (ExplainedImage image in explanation.Images)
        {
            if (image.Answers.Count == 0) continue;
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
            _kernel.WriteLog(Encoding.UTF8.GetBytes(problem + "\n"));
            return 1;
        }

        byte[] answer = only!.Answers[0].Text;
        foreach (string note in ExplainText.NotesOn(answer)) _kernel.WriteLog(Encoding.UTF8.GetBytes(note + "\n"));
        return _kernel.WriteOutput(answer).IsError ? 1 : 0;
    }
}
