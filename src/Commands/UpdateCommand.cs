using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using Aglet.Config;
using Aglet.Kernel;
using Aglet.Update;

namespace Aglet.Commands;

/// <summary>
/// <c>aglet update FILE</c>: puts an update onto the card of an appliance. On the appliance itself, or on any PC that has the
/// card's first partition mounted.
/// </summary>
internal static class UpdateCommand
{
    private const string BootFolder = "/boot";

    private const string Usage = "update needs one file: aglet update FILE, with --boot DIR where the card is mounted on a PC";

    /// <returns>0 when it is tried at the next start, 1 when it is refused, 2 when usage or configuration is wrong.</returns>
    public static int Run(ReadOnlySpan<string> arguments, IKernel kernel)
    {
        List<string> rest = [.. arguments];
        string? file = Arguments.TakeOperand(rest);
        Arguments options = new(rest.ToArray(), ["--boot"], []);
        List<string> problems = [.. options.Problems];
        if (file is null) problems.Add(Usage);
        if (problems.Count > 0) return HelpCommand.Usage(kernel, problems);

        string boot = options.Value("--boot") ?? BootFolder;
        boot = boot.Length > 1 ? boot.TrimEnd('/') : boot;
        string config = $"{boot}/aglet.json";
        Arguments configOptions = new(["--config", config], ["--config", "--interface", "--tree"], []);
        Settings? settings = Configuration.ReadSettings(configOptions, kernel, problems, [], out _);
        if (settings is null)
        {
            // Without the configuration nobody knows whether a signature is needed.
            problems.Add($"the update needs {config}, which names the key of updates: is the card's first partition "
                + $"mounted at {boot}? else say where with --boot DIR");
            return Refuse(kernel, problems, 2);
        }

        SystemSlots slots = new(kernel, boot);
        UpdateInstall install = new(kernel, boot, Architecture(kernel, slots), settings.UpdateKey);
        string problem = install.Run(file!, slots.Default);
        if (problem.Length > 0) return Refuse(kernel, [$"{file}: {problem}; the appliance stays as it is"], 1);
        string text = $"aglet {install.Version} is in slot {install.Slot}: it is tried at the next start, kept when it serves "
            + "for a minute, and else the present one comes back\n";
        return kernel.WriteOutput(Encoding.UTF8.GetBytes(text)).IsError ? 1 : 0;
    }

    /// <summary>The card's, not the PC's: an UEFI program tells, as the image has exactly one.</summary>
    private static string Architecture(IKernel kernel, SystemSlots slots)
    {
        foreach ((string program, string name) in ((string, string)[])[("BOOTAA64.EFI", "arm64"), ("BOOTX64.EFI", "x64")])
        {
            if (!kernel.GetStatus(Encoding.UTF8.GetBytes(slots.PathOf($"EFI/BOOT/{program}")), out _).IsError) return name;
        }

        return RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "x64";
    }

    private static int Refuse(IKernel kernel, List<string> problems, int exitCode)
    {
        StringBuilder text = new();
        foreach (string problem in problems) text.Append("aglet: ").Append(problem).Append('\n');
        kernel.WriteLog(Encoding.UTF8.GetBytes(text.ToString()));
        return exitCode;
    }
}
