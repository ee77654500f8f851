using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace Aglet.Tests.Tidy;

/// <summary>Folder = namespace = layer: a folder uses only folders below it, and protocols never use each other.</summary>
public sealed class LayerTests
{
    /// <summary>Lower numbers are used by higher ones, never the other way round.</summary>
    private static readonly Dictionary<string, int> _layers = new(StringComparer.Ordinal)
    {
        ["Core"] = 0,
        ["Time"] = 1,
        ["Wire"] = 2,
        ["Net"] = 3,
        ["Kernel"] = 4,
        ["Tree"] = 5,
        ["Journal"] = 5,
        ["Config"] = 6,
        ["Status"] = 7,
        ["Update"] = 7,
        ["Boot"] = 8,
        ["Dhcp"] = 9,
        ["Tftp"] = 9,
        ["Http"] = 9,
        ["Import"] = 10,
        ["Linux"] = 10,
        ["Server"] = 10,
        ["Commands"] = 11,
        ["Appliance"] = 12,
        [""] = 13,
    };

    [Fact]
    public void EveryFolderIsALayer()
    {
        string[] folders = [.. SourceTree.ProductFiles().Select(file => file.Folder).Distinct()];
        Assert.NotEmpty(folders);
        Assert.All(folders, folder => Assert.Contains(folder, _layers.Keys));
    }

    [Fact]
    public void NamespacesFollowFolders()
    {
        List<string> wrong = [];
        foreach (SourceFile file in SourceTree.ProductFiles())
        {
            string expected = file.Folder.Length == 0 ? "namespace Aglet;" : $"namespace Aglet.{file.Folder};";
            if (!file.Lines.Contains(expected)) wrong.Add($"{file.Path}: expected '{expected}'");
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void AFolderUsesOnlyFoldersBelowIt()
    {
        List<string> wrong = [];
        Regex named = new(@"\bAglet\.([A-Z][A-Za-z]+)", RegexOptions.CultureInvariant);
        Regex relative = new(@"(?<![\w.])(Core|Time|Wire|Net|Kernel|Tree|Journal|Config|Status|Boot|Dhcp|Tftp|Http|Import|Linux|Server|Commands|Appliance)\.[A-Z]\w+[.(]");
        foreach (SourceFile file in SourceTree.ProductFiles())
        {
            for (int line = 0; line < file.Lines.Length; line++)
            {
                string text = file.Lines[line];
                if (text.TrimStart().StartsWith("//", StringComparison.Ordinal)) continue;
                if (text.StartsWith("namespace ", StringComparison.Ordinal)) continue;
                if (text.StartsWith("global using", StringComparison.Ordinal)) wrong.Add($"{file.Path}:{line + 1}: a global using hides layers");
                foreach (Match match in named.Matches(text).Concat(relative.Matches(text)))
                {
                    string used = match.Groups[1].Value;
                    if (used == file.Folder || !_layers.TryGetValue(used, out int layer)) continue;
                    if (layer >= _layers[file.Folder]) wrong.Add($"{file.Path}:{line + 1}: {file.Folder} uses {used}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void TheTopLevelIsTheDesigns()
    {
        // The last three are built, and never committed.
        string[] allowed =
            ["src", "tests", "rootfs", "Makefile", "Appliance.csproj", "README.md", "LICENSE", "out", "obj", "bin"];
        IEnumerable<string> entries = Directory.GetFileSystemEntries(SourceTree.Root).Select(path => Path.GetFileName(path)!);
        Assert.DoesNotContain(entries, name => name[0] != '.' && !allowed.Contains(name));
    }

    [Fact]
    public void TheApplianceReferencesNoPackage()
    {
        string project = File.ReadAllText(Path.Combine(SourceTree.Root, "Appliance.csproj"));
        Assert.DoesNotContain("PackageReference", project, StringComparison.Ordinal);
    }
}
