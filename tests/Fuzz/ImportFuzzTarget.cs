using System;
using System.Collections.Generic;
using System.IO;
using Aglet.Config;
using Aglet.Import;
using Aglet.Tests.Simulation;

namespace Aglet.Tests.Fuzz;

/// <summary>A file of another server: a configuration that our reader takes, or at least one line that says why not.</summary>
internal sealed class ImportFuzzTarget : FuzzTarget
{
    private readonly SimKernel _kernel = new(1, FaultRates.None);
    private readonly List<ConfigProblem> _problems = [];
    private readonly string _kind;

    public ImportFuzzTarget(string kind)
        : base("import " + kind, ReadCorpus(kind))
    {
        _kind = kind;
        Share = 100;
    }

    public override bool Try(ReadOnlySpan<byte> input)
    {
        ImportResult result = ConfigImport.Read(_kind, "f", input.ToArray());
        foreach (string note in result.Notes)
        {
            if (note.Contains('\n', StringComparison.Ordinal)) throw new FuzzException($"two lines: {note}");
        }

        if (result.Text is null)
        {
            if (result.Notes.Count == 0) throw new FuzzException("neither a configuration nor a reason");
            return false;
        }

        _problems.Clear();
        SettingsReader.Parse(_kernel, "/aglet.json", ConfigRules.Bytes(result.Text), SettingsOverrides.None, _problems);
        foreach (ConfigProblem problem in _problems)
        {
            if (problem.IsError) throw new FuzzException($"{problem.Text}\n{result.Text}");
        }

        return true;
    }

    private static List<byte[]> ReadCorpus(string kind)
    {
        List<byte[]> corpus = [];
        string[] paths = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Golden", "import"), "*." + kind);
        Array.Sort(paths, StringComparer.Ordinal);
        foreach (string path in paths) corpus.Add(File.ReadAllBytes(path));
        return corpus;
    }
}
