using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Kernel;
using Aglet.Net;

namespace Aglet.Commands;

/// <summary><c>aglet again NAME</c>: a machine is installed once more, though it was installed.</summary>
internal static class AgainCommand
{
    private const string Usage = "again needs one machine: aglet again NAME, or its MAC when only a group has it";

    /// <returns>0 when the machine is armed, 1 when that cannot be written, 2 when usage or configuration is wrong.</returns>
    public static int Run(ReadOnlySpan<string> arguments, IKernel kernel)
    {
        List<string> rest = [.. arguments];
        string? name = Arguments.TakeOperand(rest);
        Arguments options = new(rest.ToArray(), ["--config", "--interface", "--tree"], []);
        List<string> problems = [.. options.Problems];
        if (name is null) problems.Add(Usage);
        if (problems.Count > 0) return HelpCommand.Usage(kernel, problems);
        Settings? settings = Configuration.ReadSettings(options, kernel, problems, [], out string origin);
        if (settings is null) return Refuse(kernel, problems, 2);
        if (!TryFind(settings, name!, out InstallKey key, out string problem)) return Refuse(kernel, [problem], 2);
        if (settings.State.Length == 0)
        {
            return Refuse(kernel, [$"{origin} has no \"state\": the server remembers installs in memory only, and forgets them "
                + "when it is started again; name a folder, such as \"state\": \"/var/lib/aglet\""], 2);
        }

        // What root wrote the server could not read, which is somebody else by now: the folder's owner.
        byte[] folder = Encoding.UTF8.GetBytes(settings.State);
        if (!kernel.GetStatus(folder, out FileStatus state).IsError) _ = kernel.BecomeUser(state.User, state.Group);
        SysResult written = new AgainRequests(kernel, settings.State).Write(key);
        if (written.IsError)
        {
            return Refuse(kernel, [$"{settings.State}: the request cannot be written: {ConfigFile.Describe(written.Errno)}"], 1);
        }

        string text = $"{name} is installed at its next network boot\n";
        return kernel.WriteOutput(Encoding.UTF8.GetBytes(text)).IsError ? 1 : 0;
    }

    private static bool TryFind(Settings settings, string name, out InstallKey key, out string problem)
    {
        problem = "";
        key = default;
        bool isMac = HardwareAddress.TryParse(Encoding.UTF8.GetBytes(name), out HardwareAddress mac);
        bool anyGroup = false;
        foreach (GroupSetting group in settings.Groups) anyGroup |= group.IsOnce == true;
        List<string> names = [];
        foreach (MachineSetting machine in settings.Machines)
        {
            names.Add(machine.Name);
            bool isIt = string.Equals(machine.Name, name, StringComparison.OrdinalIgnoreCase)
                || (isMac && (machine.HardwareAddress == mac || Contains(machine.OtherHardwareAddresses, mac)));
            if (!isIt) continue;
            key = new(Encoding.UTF8.GetBytes(machine.Name));
            if (machine.IsOnce ?? anyGroup) return true;
            problem = $"{machine.Name} has no \"once\": true, so each network boot installs it already";
            return false;
        }

        key = new(mac);
        if (isMac && anyGroup) return true;
        string hint = NearestName.Find(name, names) is { } nearest ? $"; did you mean {nearest}?" : "";
        problem = isMac
            ? $"{name}: no machine has this MAC, and no group has \"once\": true"
            : $"{name}: no machine has this name{hint}";
        return false;
    }

    private static bool Contains(IReadOnlyList<HardwareAddress> cards, HardwareAddress card)
    {
        foreach (HardwareAddress other in cards)
        {
            if (other == card) return true;
        }

        return false;
    }

    private static int Refuse(IKernel kernel, List<string> problems, int exitCode)
    {
        StringBuilder text = new();
        foreach (string problem in problems) text.Append("aglet: ").Append(problem).Append('\n');
        kernel.WriteLog(Encoding.UTF8.GetBytes(text.ToString()));
        return exitCode;
    }
}
