using System;
using System.Collections.Generic;
using System.Text;

namespace Aglet.Tests.Lab;

/// <summary>What <c>aglet explain</c> says of one machine in one boot.</summary>
/// <param name="CommandLine">The kernel's.</param>
/// <param name="Answer">The answer file.</param>
/// <param name="Documents">Every script and answer file, whole.</param>
internal sealed record Explanation(string CommandLine, byte[] Answer, IReadOnlyList<byte[]> Documents)
{
    private const string Title = "---- ";
    private const string Arguments = "  command line ";

    /// <param name="lab">Where it is served.</param>
    /// <param name="mac">Whose.</param>
    /// <param name="architecture">With which firmware.</param>
    /// <param name="token">The token of the boot.</param>
    public static Explanation Of(LabSession lab, string mac, string architecture, string token)
    {
        string[] arguments = ["--mac", mac, "--arch", architecture, "--token", token];
        byte[] answer = lab.Appliance!.Run("explain", [.. arguments, "--answer"]);
        List<byte[]> documents = [];
        string commandLine = "";
        StringBuilder? document = null;
        foreach (string line in Encoding.UTF8.GetString(lab.Appliance.Run("explain", arguments)).Split('\n')[..^1])
        {
            if (line.StartsWith(Arguments, StringComparison.Ordinal))
                commandLine = line[Arguments.Length..];
            if (!line.StartsWith(Title, StringComparison.Ordinal))
            {
                document?.Append(line).Append('\n');
                continue;
            }
            Take(documents, document);
            document = new();
        }
        Take(documents, document);
        return new(commandLine, answer, documents);
    }

    private static void Take(List<byte[]> documents, StringBuilder? document)
    {
        if (document is not null)
            documents.Add(Encoding.UTF8.GetBytes(document.ToString()));
    }
}
