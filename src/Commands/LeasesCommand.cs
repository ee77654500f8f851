using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Aglet.Config;
using Aglet.Dhcp;
using Aglet.Journal;
using Aglet.Kernel;
using Aglet.Net;

namespace Aglet.Commands;

/// <summary>
/// <c>aglet leases</c>: what the journal of the configured state folder says, also while a server writes it.
/// </summary>
internal static class LeasesCommand
{
    private static readonly string[] _headings = ["ADDRESS", "HARDWARE ADDRESS", "STATE", "UNTIL", "MACHINE", "CLIENT ID"];
    private static readonly string[] _keys = ["address", "hardwareAddress", "state", "until", "machine", "clientIdHash"];

    /// <returns>0 when the list is printed, 1 when there is none to read, 2 when usage or configuration is wrong.</returns>
    public static int Run(ReadOnlySpan<string> arguments, IKernel kernel)
    {
        Arguments options = new(arguments, ["--config", "--interface", "--tree"], ["--json"]);
        List<string> problems = [.. options.Problems];
        if (problems.Count > 0) return HelpCommand.Usage(kernel, problems);
        Settings? settings = Configuration.ReadSettings(options, kernel, problems, [], out string origin);
        if (settings is null) return Refuse(kernel, problems, 2);
        if (settings.State.Length == 0)
        {
            return Refuse(kernel, [$"{origin} has no \"state\": leases are only in the memory of the server, and lost with it; "
                + "name a folder, such as \"state\": \"/var/lib/aglet\""], 2);
        }

        bool isRead = TryRead(kernel, settings.State, out List<LeaseRecord> leases, out string problem);
        if (!isRead) return Refuse(kernel, [problem], 1);
        leases.Sort((left, right) => left.Address.CompareTo(right.Address));
        List<string[]> rows = RowsOf(leases, settings);
        string text = options.Has("--json")
            ? TextTable.Json(_keys, rows)
            : TextTable.Write(_headings, rows) + Configuration.Counted(rows.Count, "lease") + "\n";
        return kernel.WriteOutput(Encoding.UTF8.GetBytes(text)).IsError ? 1 : 0;
    }

    /// <summary>The leases as a server that starts now would have them.</summary>
    private static bool TryRead(IKernel kernel, string folder, out List<LeaseRecord> leases, out string problem)
    {
        leases = [];
        byte[] path = StateJournal.PathIn(folder);
        SysResult opened = kernel.OpenFile(path, out _);
        problem = opened.IsError ? $"{Encoding.UTF8.GetString(path)} cannot be read: {ConfigFile.Describe(opened.Errno)}" : "";
        if (opened.IsError) return false;
        long now = kernel.UnixTimeSeconds();
        JournalReader reader = new(kernel, opened.Count);
        reader.Survey(now);
        Dictionary<Ipv4Address, int> byAddress = [];
        while (reader.TryNext(out JournalRecord record))
        {
            if (record.Kind != JournalKind.Lease || !LeaseRecord.TryRead(record.Body, out LeaseRecord lease)) continue;
            lease = lease with { UntilUnixSeconds = record.Today(lease.UntilUnixSeconds) };
            if (!byAddress.TryGetValue(lease.Address, out int at))
            {
                at = leases.Count;
                leases.Add(lease);
                byAddress.Add(lease.Address, at);
            }

            leases[at] = lease;
        }

        kernel.Close(opened.Count);
        for (int i = leases.Count - 1; i >= 0; i--)
        {
            LeaseRecord lease = leases[i];
            if (lease.UntilUnixSeconds <= now && lease.State == LeaseState.Bound)
            {
                leases[i] = lease = lease with { State = LeaseState.Idle, UntilUnixSeconds = long.MaxValue };
            }

            bool isOver = lease.UntilUnixSeconds <= now || (lease.State == LeaseState.Idle && lease.Owner.IsNone);
            if (isOver) leases.RemoveAt(i);
        }

        return true;
    }

    private static List<string[]> RowsOf(List<LeaseRecord> leases, Settings settings)
    {
        List<string[]> rows = [];
        foreach (LeaseRecord lease in leases) rows.Add(CellsOf(lease, settings));
        return rows;
    }

    private static string[] CellsOf(in LeaseRecord lease, Settings settings) =>
    [
        lease.Address.ToString(),
        TextOf(lease.Owner.Machine),
        lease.State switch { LeaseState.Bound => "bound", LeaseState.Idle => "idle", _ => "declined" },
        lease.UntilUnixSeconds == long.MaxValue ? "" : TextTable.TimeOf(lease.UntilUnixSeconds),
        NameOf(lease.Owner.Machine, settings),
        lease.Owner.ClientId == 0 ? "" : lease.Owner.ClientId.ToString("x32", CultureInfo.InvariantCulture),
    ];

    private static string TextOf(HardwareAddress machine)
    {
        Span<byte> text = stackalloc byte[48];
        machine.TryFormat(text, out int written, (byte)':');
        return Encoding.ASCII.GetString(text[..written]);
    }

    private static string NameOf(HardwareAddress machine, Settings settings)
    {
        foreach (MachineSetting setting in settings.Machines)
        {
            if (machine.IsNone) break;
            if (setting.HardwareAddress == machine) return setting.Name;
            foreach (HardwareAddress other in setting.OtherHardwareAddresses)
            {
                if (other == machine) return setting.Name;
            }
        }

        return "";
    }

    private static int Refuse(IKernel kernel, List<string> problems, int exitCode)
    {
        StringBuilder text = new();
        foreach (string problem in problems) text.Append("aglet: ").Append(problem).Append('\n');
        kernel.WriteLog(Encoding.UTF8.GetBytes(text.ToString()));
        return exitCode;
    }
}
