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
          aglet import    print the configuration of dnsmasq, ISC dhcpd or Kea as one for aglet
          aglet machines  list every machine: what it boots, how far its install is, when it was last seen
          aglet again     install a machine once more at its next boot: aglet again NAME, also while a server runs
          aglet leases    list who has which address until when, also while a server runs
          aglet update    put an update onto the card of an appliance: aglet update FILE
          aglet version   print the version
          aglet help      this text

        serve, check, explain and leases take
          --config FILE      the configuration; else /etc/aglet/aglet.json, else a built-in one that offers the
                             Debian installer beside the network's own DHCP server
          --interface NAME   serve on this interface, whatever the configuration says
          --tree DIR         serve this folder, whatever the configuration says
        serve
          --log text|json    one line an event for people (text), or for programs
          --verbose          also what is usually not worth a line
          --user NAME        become this user (or UID:GID) as soon as root is not needed any more
          --built-in         the built-in configuration, whatever lies in /etc/aglet
        explain
          --mac MAC          the machine; or --name NAME as configured, or --all for every configured one
          --arch NAME        its firmware: x86-bios, x64-uefi, x64-uefi-http, arm64-uefi, ... or the number of option 93
          --uuid, --serial, --asset, --vendor, --address
                             what else it may be known by; --address is one of the network that it is in
          --server ADDRESS   this server's address, where it is not known
          --installed        as if its install had been reported as done
          --token TEXT       with this one-time token, as in a script of a real boot
          --answer           print the rendered answer file and nothing else
          --json             everything as JSON, for programs
        machines
          --json             one JSON array, for programs
        leases               ("state" in the configuration names the folder that remembers them)
          --json             one JSON array, for programs
        update FILE
          --boot DIR         where the first partition of the card is mounted; else /boot
        import dnsmasq|isc|kea FILE
                             the configuration goes to standard output; what was left out, and why, to standard error

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
        string? nearest = NearestName.Find(
            command, ["serve", "check", "explain", "machines", "again", "leases", "import", "update", "version", "help"]);
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
