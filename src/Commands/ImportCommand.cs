using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Core;
using Aglet.Import;
using Aglet.Kernel;

namespace Aglet.Commands;

/// <summary><c>aglet import</c>: prints another DHCP server's networks and machines as our configuration.</summary>
internal static class ImportCommand
{
    private const string Usage = "import needs a kind and a file: aglet import dnsmasq|isc|kea FILE";

    /// <returns>
    /// 0 when it was printed, also when something was left out; 1 when the file cannot be read; 2 after wrong usage.
    /// </returns>
    public static int Run(ReadOnlySpan<string> arguments, IKernel kernel)
    {
        foreach (string argument in arguments)
        {
            if (argument.StartsWith('-')) return HelpCommand.Usage(kernel, [$"{argument}: no such option", Usage]);
        }

        if (arguments.Length != 2) return HelpCommand.Usage(kernel, [Usage]);
        (string kind, string file) = (arguments[0], arguments[1]);
        if (Array.IndexOf(ConfigImport.Kinds, kind) < 0)
        {
            string? nearest = NearestName.Find(kind, ConfigImport.Kinds);
            return HelpCommand.Usage(kernel,
                [$"{kind}: no such kind{(nearest is null ? "" : $"; did you mean {nearest}?")}", Usage]);
        }

        if (!ConfigFile.TryRead(kernel, file, Limits.ImportBytes, out byte[]? text, out string problem))
        {
            return Refuse(kernel, [$"{file}: it cannot be read: {problem}"]);
        }

        ImportResult result = ConfigImport.Read(kind, file, text);
        if (result.Text is null) return Refuse(kernel, result.Notes);
        SysResult written = kernel.WriteOutput(Encoding.UTF8.GetBytes(result.Text));
        if (written.IsError) return Refuse(kernel,
            ["the configuration cannot be printed: " + ConfigFile.Describe(written.Errno)]);
        Say(kernel, result.Notes);
        string counted = $"{Configuration.Counted(result.NetworkCount, "network")}, "
            + $"{Configuration.Counted(result.MachineCount, "machine")}";
        Say(kernel, [$"{file}: {counted}; {result.LeftOutCount} left out, {result.ChangedCount} changed"]);
        return 0;
    }

    private static int Refuse(IKernel kernel, IReadOnlyList<string> problems)
    {
        Say(kernel, problems);
        return 1;
    }

    private static void Say(IKernel kernel, IReadOnlyList<string> lines)
    {
        for (int i = 0; i < lines.Count; i++) kernel.WriteLog(Encoding.UTF8.GetBytes(lines[i] + "\n"));
    }
}
