using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.CompilerServices;

namespace Aglet.Tests.Tidy;

/// <summary>The repository's own files, found from where this file was compiled.</summary>
internal static class SourceTree
{
    /// <summary>The repository's root.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    /// <summary>Every C# file of the product, with its path below <c>src/</c>.</summary>
    public static IEnumerable<SourceFile> ProductFiles()
    {
        string source = Path.Combine(Root, "src");
        string[] paths = Directory.GetFiles(source, "*.cs", SearchOption.AllDirectories);
        Array.Sort(paths, StringComparer.Ordinal);
        foreach (string path in paths)
        {
            yield return new(Path.GetRelativePath(source, path).Replace('\\', '/'), File.ReadAllLines(path));
        }
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}

/// <summary>One file and its lines.</summary>
internal sealed record SourceFile(string Path, string[] Lines)
{
    /// <summary>The folder, which is the namespace and the layer; empty for Program.cs.</summary>
    public string Folder => Path.Contains('/', StringComparison.Ordinal) ? Path[..Path.IndexOf('/', StringComparison.Ordinal)] : "";
}
