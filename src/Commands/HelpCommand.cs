using System;
using System.Text;
using Aglet.Config;
using Aglet.Kernel;

namespace Aglet.Commands;

/// <summary>What a person reads who does not know the commands.</summary>
internal static class HelpCommand
{
    /// <summary>The product's version; the project file says the same, and a test compares them.</summary>
    public const string VersionText = "0.1.0";

    private const string Text =
        """
        aglet: boots every machine on a network, and installs it unattended

          aglet serve     answer DHCP, TFTP and HTTP until stopped
          aglet check     read the configuration, prove every machine and file, say what is wrong
          aglet explain   show what one machine would get: offer, scripts, files, answer file
          aglet version   print the version
          aglet help      this text

        serve, check and explain take
          --config FILE      the configuration; else /etc/aglet/aglet.json, else a built-in one that offers the
                             Debian installer beside the network's own DHCP server
          --interface NAME   serve on this interface, whatever the configuration says
          --tree DIR         serve this folder, whatever the configuration says
        serve
          --log text|json    one line an event for people (text), or for programs
          --verbose          also what is usually not worth a line
          --built-in         the built-in configuration, whatever lies in /etc/aglet
        explain
          --mac MAC          the machine; required
          --arch NAME        its firmware: x86-bios, x64-uefi, x64-uefi-http, arm64-uefi, ... or the number of option 93
          --server ADDRESS   this server's address, where it is not known
          --answer           print the rendered answer file and nothing else

        While it runs: SIGHUP reads configuration and tree again, SIGTERM finishes what runs and exits.
        Exit codes: 0 fine, 1 failed, 2 wrong usage or configuration.

        """;

    /// <summary>Prints the help.</summary>
    public static int Run(ReadOnlySpan<string> arguments, IKernel kernel)
    {
        _ = arguments;
        kernel.WriteOutput(Encoding.UTF8.GetBytes(Text));
        return 0;
    }

    /// <summary>Prints the version.</summary>
    public static int Version(IKernel kernel)
    {
        kernel.WriteOutput(Encoding.UTF8.GetBytes($"aglet {VersionText}\n"));
        return 0;
    }

    /// <summary>Says that a command is not known, and which are.</summary>
    public static int UnknownCommand(string command, IKernel kernel)
    {
        string? nearest = NearestName.Find(command, ["serve", "check", "explain", "version", "help"]);
        return Usage(kernel, [$"{command}: no such command{(nearest is null ? "" : $"; did you mean {nearest}?")}"]);
    }

    /// <summary>Says what is wrong with a command line.</summary>
    /// <returns>The exit code of wrong usage.</returns>
    public static int Usage(IKernel kernel, System.Collections.Generic.IReadOnlyList<string> problems)
    {
        StringBuilder text = new();
        for (int i = 0; i < problems.Count; i++) text.Append("aglet: ").Append(problems[i]).Append('\n');
        text.Append("aglet help shows the commands and their options\n");
        kernel.WriteLog(Encoding.UTF8.GetBytes(text.ToString()));
        return 2;
    }
}
