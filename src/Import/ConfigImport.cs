using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;

namespace Aglet.Import;

/// <summary>What an import made of a file.</summary>
/// <param name="Text">Our configuration; null when the file could not be read.</param>
/// <param name="Notes">What was left out or changed, or why nothing could be read, a line each.</param>
internal sealed record ImportResult(string? Text, IReadOnlyList<string> Notes)
{
    public int NetworkCount { get; init; }

    public int MachineCount { get; init; }

    public int LeftOutCount { get; init; }

    public int ChangedCount { get; init; }
}

/// <summary>Makes our configuration of that of another DHCP server.</summary>
internal static class ConfigImport
{
    /// <summary>The sources that are known.</summary>
    public static readonly string[] Kinds = ["dnsmasq", "isc", "kea"];

    /// <summary>Reads a file of another server.</summary>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="text">Its bytes.</param>
    public static ImportResult Read(string kind, string file, byte[] text)
    {
        if (ConfigSyntax.IsUtf16(text)) return new(null,
            [$"{file}:1: expected text in UTF-8, found UTF-16; save the file as UTF-8"]);
        int nul = text.AsSpan().IndexOf((byte)0);
        if (nul >= 0) return new(null,
            [$"{file}:{1 + text.AsSpan(0, nul).Count((byte)'\n')}: expected text, found a NUL character"]);
        ImportReport report = new(file);
        ImportDraft draft = new(report);
        List<ConfigProblem> problems = [];
        switch (kind)
        {
            case "dnsmasq":
                DnsmasqImport.Read(TextOf(text), draft, report);
                break;
            case "isc":
                IscImport.Read(TextOf(text), draft, report);
                break;
            default:
                KeaImport.Read(file, text, draft, report, problems);
                break;
        }

        if (problems.Count > 0) return new(null, problems.ConvertAll(static problem => problem.Text));
        if (report.Failure is { } failure) return new(null, [failure]);
        draft.Complete();
        string made = ImportWriter.Write(draft, file);
        return new(made, report.Lines())
        {
            NetworkCount = draft.IsServer ? draft.Subnets.Count : 0,
            MachineCount = draft.Machines.Count,
            LeftOutCount = report.LeftOutCount,
            ChangedCount = report.ChangedCount,
        };
    }

    /// <summary>Bytes that are no UTF-8 become replacement characters: such names are put right like others.</summary>
    private static string TextOf(ReadOnlySpan<byte> text) =>
        Encoding.UTF8.GetString(text.StartsWith("\uFEFF"u8) ? text[3..] : text);
}
