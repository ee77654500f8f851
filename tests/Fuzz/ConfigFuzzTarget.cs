using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Tests.Simulation;
using Aglet.Tests.Simulation.Scenarios;

namespace Aglet.Tests.Fuzz;

/// <summary>The configuration: settings, or at least one line that says why not.</summary>
internal sealed class ConfigFuzzTarget : FuzzTarget
{
    private readonly SimKernel _kernel = new(1, FaultRates.None);
    private readonly List<ConfigProblem> _problems = [];

    public ConfigFuzzTarget()
        : base("config", [Encoding.UTF8.GetBytes(BootWorld.SmallConfig)])
    {
        _ = new BootWorld(_kernel, DhcpMode.Server, 1);
        Share = 100;
    }

    public override bool Try(ReadOnlySpan<byte> input)
    {
        _problems.Clear();
        Settings? settings =
            SettingsReader.Parse(_kernel, "/etc/aglet/aglet.json", input.ToArray(), SettingsOverrides.None, _problems);
        bool hasErrors = false;
        foreach (ConfigProblem problem in _problems)
        {
            hasErrors |= problem.IsError;
            if (problem.Text.Contains('\n', StringComparison.Ordinal)) throw new FuzzException($"two lines: {problem.Text}");
        }

        if (hasErrors == settings is not null) throw new FuzzException("settings and errors, or neither");
        return settings is not null;
    }
}
