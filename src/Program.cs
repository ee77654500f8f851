using System;
using Aglet.Appliance;
using Aglet.Commands;
using Aglet.Linux;

namespace Aglet;

/// <summary>Which command; its failure is the exit code: 0 fine, 1 failed, 2 wrong usage or configuration.</summary>
internal static class Program
{
    private static ReadOnlySpan<string> Commands =>
        new[] { "serve", "check", "explain", "import", "machines", "again", "leases", "version", "--version" };

    private static int Main(string[] arguments)
    {
        string command = arguments.Length == 0 ? "help" : arguments[0];
        ReadOnlySpan<string> rest = arguments.AsSpan(Math.Min(1, arguments.Length));

        // "aglet serve --help" is what many try first.
        if (rest.Contains("--help") || rest.Contains("-h")) command = "help";

        // The kernel hands words of its command line on to us; a command of ours is what a container runs.
        if (!Commands.Contains(command) && MachineCalls.IsFirstProcess) return FirstProcess.Run();

        // Only the server takes signals into its loop; the other commands end on Ctrl-C as programs do.
        using LinuxKernel kernel = new(takesSignals: command == "serve");
        return command switch
        {
            "serve" => ServeCommand.Run(rest, kernel),
            "check" => CheckCommand.Run(rest, kernel),
            "explain" => ExplainCommand.Run(rest, kernel),
            "import" => ImportCommand.Run(rest, kernel),
            "machines" => MachinesCommand.Run(rest, kernel),
            "again" => AgainCommand.Run(rest, kernel),
            "leases" => LeasesCommand.Run(rest, kernel),
            "update" => UpdateCommand.Run(rest, kernel),
            "version" or "--version" => HelpCommand.Version(kernel),
            "help" or "--help" or "-h" => HelpCommand.Run(rest, kernel),
            _ => HelpCommand.UnknownCommand(command, kernel),
        };
    }
}
