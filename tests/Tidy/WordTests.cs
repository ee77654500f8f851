using System;
using System.Collections.Generic;
using System.IO;
using System.Text.RegularExpressions;
using Xunit;

namespace Aglet.Tests.Tidy;

/// <summary>Words that would break the design where they stand.</summary>
public sealed class WordTests
{
    [Theory]
    [InlineData(@"\bDateTime\b|\bStopwatch\b|\bnew Random\b|\bRandom\.", "the clock and chance come through IKernel")]
    [InlineData(@"\basync\b|\bawait\b|\bTask\b|\bThread\b|\block ?\(|\bTimer\b", "one thread, one loop")]
    [InlineData(@"System\.Linq|System\.Text\.RegularExpressions|System\.Reflection\b", "out of the binary")]
    [InlineData(@"System\.Net\b|System\.Security\.Cryptography", "sockets are ours; cryptography would load OpenSSL")]
    [InlineData(@"\bFile\.(Open|Read|Write|Exists)|\bDirectory\.|\bConsole\.", "files and output go through IKernel")]
    [InlineData(@"#region|\bTODO\b|\bFIXME\b|\bHACK\b|NotImplementedException|\bdynamic\b", "unfinished")]
    [InlineData(@"\b\w+(Manager|Helper|Utils?|(?<!Method)Impl)\b", "a name that says nothing")]
    public void IsNotUsed(string pattern, string reason)
    {
        Regex word = new(pattern, RegexOptions.CultureInvariant);
        List<string> found = [];
        foreach (SourceFile file in SourceTree.ProductFiles())
        {
            for (int line = 0; line < file.Lines.Length; line++)
            {
                string text = file.Lines[line];
                if (text.TrimStart().StartsWith("//", StringComparison.Ordinal)) continue;

                // Other servers' words in quotes are no code of ours.
                text = Regex.Replace(text, "\"[^\"]*\"", "\"\"", RegexOptions.CultureInvariant);
                if (word.IsMatch(text)) found.Add($"{file.Path}:{line + 1}: {reason}: {text.Trim()}");
            }
        }

        Assert.Empty(found);
    }

    [Fact]
    public void UnsafeCodeStaysBesideLibc()
    {
        List<string> found = [];
        foreach (SourceFile file in SourceTree.ProductFiles())
        {
            if (file.Folder == "Linux") continue;
            for (int line = 0; line < file.Lines.Length; line++)
            {
                if (Regex.IsMatch(file.Lines[line], @"^\s*[^/]*\bunsafe\b(?! Code)", RegexOptions.CultureInvariant)
                    && !file.Lines[line].TrimStart().StartsWith("//", StringComparison.Ordinal))
                {
                    found.Add($"{file.Path}:{line + 1}");
                }
            }
        }

        Assert.Empty(found);
    }

    [Fact]
    public void NoFileOutgrowsItsReader()
    {
        List<string> found = [];
        foreach (SourceFile file in SourceTree.ProductFiles())
        {
            if (file.Lines.Length > 600) found.Add($"{file.Path}: {file.Lines.Length} lines: split it by concept");
            for (int line = 0; line < file.Lines.Length; line++)
            {
                if (file.Lines[line].Length > 130) found.Add($"{file.Path}:{line + 1}: {file.Lines[line].Length} columns");
            }
        }

        Assert.Empty(found);
    }

    [Fact]
    public void TheVersionIsSaidOnce()
    {
        string project = File.ReadAllText(Path.Combine(SourceTree.Root, "Appliance.csproj"));
        Assert.Contains($"<Version>{Commands.HelpCommand.VersionText}</Version>", project, StringComparison.Ordinal);
    }
}
