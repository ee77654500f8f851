using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Tests.Simulation;

namespace Aglet.Tests.Unit.Config;

/// <summary>A configuration in a test, with the templates that it may name.</summary>
internal static class ConfigText
{
    /// <summary>Where the configuration stands; templates are relative to its folder.</summary>
    public const string Path = "/etc/aglet/aglet.json";

    /// <summary>Reads text; the lines are what an operator would see, without the file's name.</summary>
    public static Settings? Read(string text, out List<string> lines) => Read(Encoding.UTF8.GetBytes(text), out lines);

    public static Settings? Read(byte[] text, out List<string> lines) => Read(MakeKernel(text), text, out lines);

    /// <summary>Reads text with the templates of a kernel that is there already: many times is quick.</summary>
    public static Settings? Read(SimKernel kernel, byte[] text, out List<string> lines)
    {
        List<ConfigProblem> problems = [];
        Settings? settings = SettingsReader.Parse(kernel, Path, text, SettingsOverrides.None, problems);
        bool hasErrors = problems.Exists(static problem => problem.IsError);
        if (hasErrors != settings is null) throw new InvalidOperationException("settings and errors at once, or neither");
        lines = [];
        foreach (ConfigProblem problem in problems)
        {
            string line = problem.Text.Replace(Path + ":", "", StringComparison.Ordinal);
            lines.Add(problem.IsError ? line : "warning: " + line);
        }

        return settings;
    }

    /// <summary>The settings of text that must be right.</summary>
    public static Settings ReadGood(string text)
    {
        Settings? settings = Read(text, out List<string> lines);
        return settings ?? throw new InvalidOperationException(string.Join('\n', lines));
    }

    public static SimKernel MakeKernel(byte[] text)
    {
        SimKernel kernel = new(1, FaultRates.None);
        kernel.Files.Add(Path, text);
        kernel.Files.Add("/etc/aglet/answers/a.cfg", "d-i {{ name }}\n"u8.ToArray());
        kernel.Files.Add("/etc/aglet/answers/big.cfg", new byte[(256 * 1024) + 1]);
        return kernel;
    }
}
