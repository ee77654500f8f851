using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Kernel;

namespace Aglet.Commands;

/// <summary><c>aglet check</c>: proves a configuration and everything that it names, without a network.</summary>
internal static class CheckCommand
{
    /// <returns>0 when all is good, 2 when usage or configuration is wrong, or names what is not there.</returns>
    public static int Run(ReadOnlySpan<string> arguments, IKernel kernel)
    {
        Arguments options = new(arguments, ["--config", "--interface", "--tree"], []);
        if (options.Problems.Count > 0) return HelpCommand.Usage(kernel, options.Problems);
        List<string> problems = [];
        Configuration? configuration = Configuration.Read(options, kernel, problems);
        StringBuilder text = new();
        if (configuration is null)
        {
            foreach (string problem in problems) text.Append(problem).Append('\n');
            text.Append(Configuration.Counted(problems.Count, "error")).Append(": the configuration cannot be used\n");
            kernel.WriteOutput(Encoding.UTF8.GetBytes(text.ToString()));
            return 2;
        }

        CatalogCheck check = new(kernel, configuration);
        check.Run();
        foreach (string warning in configuration.Warnings) text.Append("warning: ").Append(warning).Append('\n');
        foreach (string line in check.Lines) text.Append(line).Append('\n');
        int warnings = check.WarningCount + configuration.Warnings.Count;
        text.Append(Summarize(configuration, check.ErrorCount, warnings)).Append('\n');
        kernel.WriteOutput(Encoding.UTF8.GetBytes(text.ToString()));
        return check.ErrorCount == 0 ? 0 : 2;
    }

    private static string Summarize(Configuration configuration, int errors, int warnings)
    {
        string seen = $"{Configuration.Counted(configuration.Settings.Machines.Count, "machine")}, "
            + $"{Configuration.Counted(configuration.Settings.Images.Count, "image")}, "
            + $"{Configuration.Counted(configuration.Catalog.Tree.Count, "file")}, "
            + Configuration.Megabytes(configuration.Catalog.Tree.TotalBytes);
        string verdict = (errors, warnings) switch
        {
            (0, 0) => "all good",
            (0, _) => $"good, with {Configuration.Counted(warnings, "warning")}",
            (_, 0) => Configuration.Counted(errors, "error"),
            _ => $"{Configuration.Counted(errors, "error")}, {Configuration.Counted(warnings, "warning")}",
        };
        return $"{seen}: {verdict}";
    }
}
