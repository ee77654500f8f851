using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.CompilerServices;
using System.Text;
using Aglet.Import;
using Aglet.Tests.Unit.Config;
using Xunit;

namespace Aglet.Tests.Unit.Import;

/// <summary>Whole files of other servers: our configuration, <c>----</c>, and every line about what was left out.</summary>
/// <remarks>
/// <c>NAME.KIND</c> is the source, <c>NAME.KIND.golden</c> what it becomes. UPDATE_GOLDEN=1 writes them anew and fails all
/// the same, so that what is new is looked at.
/// </remarks>
public sealed class ImportGoldenTests
{
    public static TheoryData<string> Sources()
    {
        TheoryData<string> sources = [];
        string[] paths = Directory.GetFiles(Folder);
        Array.Sort(paths, StringComparer.Ordinal);
        foreach (string path in paths)
        {
            if (!path.EndsWith(".golden", StringComparison.Ordinal)) sources.Add(System.IO.Path.GetFileName(path));
        }

        return sources;
    }

    private static string Folder => System.IO.Path.Combine(AppContext.BaseDirectory, "Golden", "import");

    [Theory]
    [MemberData(nameof(Sources))]
    public void TheSourceBecomesOurConfigurationAndWhatIsMissingIsTold(string name)
    {
        ImportResult result = Import(name);
        string now = $"{result.Text}----\n{string.Join('\n', result.Notes)}\n";
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") is not null) File.WriteAllText(SourceOf(name + ".golden"), now);
        string golden = System.IO.Path.Combine(Folder, name + ".golden");
        Assert.Equal(File.Exists(golden) ? File.ReadAllText(golden) : "", now);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void OurReaderTakesTheResultWithoutAWord(string name)
    {
        ConfigText.Read(Import(name).Text!, out List<string> lines);
        lines.RemoveAll(static line => line.StartsWith("warning:", StringComparison.Ordinal));
        Assert.Empty(lines);
    }

    private static ImportResult Import(string name) =>
        ConfigImport.Read(name[(name.LastIndexOf('.') + 1)..], name, File.ReadAllBytes(System.IO.Path.Combine(Folder, name)));

    private static string SourceOf(string file, [CallerFilePath] string here = "") =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(here)!, "../../Golden/import", file);
}
