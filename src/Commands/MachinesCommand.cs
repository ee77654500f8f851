using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Dhcp;
using Aglet.Journal;
using Aglet.Kernel;
using Aglet.Net;

namespace Aglet.Commands;

/// <summary>
/// <c>aglet machines</c>: every configured machine, and those that the journal knows besides, with what they boot and how far
/// their install is; also while a server runs.
/// </summary>
internal sealed class MachinesCommand
{
    private static readonly string[] _headings = ["NAME", "HARDWARE ADDRESS", "IMAGE", "INSTALL", "SINCE", "LAST SEEN"];
    private static readonly string[] _keys = ["name", "hardwareAddress", "image", "install", "since", "lastSeen"];

    private readonly Dictionary<InstallKey, (InstallEntry Entry, long Since, long Seen)> _installs = [];
    private readonly Dictionary<HardwareAddress, long> _seen = [];
    private readonly Settings _settings;
    private readonly AgainRequests? _again;

    private MachinesCommand(IKernel kernel, Settings settings)
    {
        _settings = settings;
        if (settings.State.Length > 0) _again = new(kernel, settings.State);
    }

    /// <returns>0 when the list is printed, 1 when the journal cannot be read, 2 when usage or configuration is wrong.</returns>
    public static int Run(ReadOnlySpan<string> arguments, IKernel kernel)
    {
        Arguments options = new(arguments, ["--config", "--interface", "--tree"], ["--json"]);
        List<string> problems = [.. options.Problems];
        if (problems.Count > 0) return HelpCommand.Usage(kernel, problems);
        Settings? settings = Configuration.ReadSettings(options, kernel, problems, [], out string origin);
        if (settings is null) return Refuse(kernel, string.Join("\naglet: ", problems), 2);
        MachinesCommand command = new(kernel, settings);
        if (settings.State.Length == 0)
        {
            Refuse(kernel, $"{origin} has no \"state\": what became of the machines only the running server knows", 0);
        }
        else if (!command.TryRead(kernel, out string problem))
        {
            return Refuse(kernel, problem, 1);
        }

        List<string[]> rows = command.Rows();
        string text = options.Has("--json")
            ? TextTable.Json(_keys, rows)
            : TextTable.Write(_headings, rows) + Configuration.Counted(rows.Count, "machine") + "\n";
        return kernel.WriteOutput(Encoding.UTF8.GetBytes(text)).IsError ? 1 : 0;
    }

    private bool TryRead(IKernel kernel, out string problem)
    {
        byte[] path = StateJournal.PathIn(_settings.State);
        SysResult opened = kernel.OpenFile(path, out _);
        problem = opened.IsError ? $"{Encoding.UTF8.GetString(path)} cannot be read: {ConfigFile.Describe(opened.Errno)}" : "";

        // No server has run yet: nothing is installed.
        if (opened.Errno == Errno.NoEntry) return true;
        if (opened.IsError) return false;
        JournalReader reader = new(kernel, opened.Count);
        reader.Survey(kernel.UnixTimeSeconds());
        while (reader.TryNext(out JournalRecord record)) Take(record);
        kernel.Close(opened.Count);
        return true;
    }

    private void Take(in JournalRecord record)
    {
        long seen = record.Today(record.Time);
        if (record.Kind == JournalKind.Lease && LeaseRecord.TryRead(record.Body, out LeaseRecord lease))
        {
            if (lease.State == LeaseState.Bound) _seen[lease.Owner.Machine] = seen;
            return;
        }

        if (record.Kind != JournalKind.Install) return;
        if (!InstallRecord.TryRead(record.Body, out InstallEntry entry, out _, out long since)) return;
        _installs[entry.Key] = (entry, record.Today(since), seen);
    }

    private List<string[]> Rows()
    {
        List<string[]> rows = [];
        foreach (MachineSetting machine in _settings.Machines)
        {
            InstallKey key = new(Encoding.UTF8.GetBytes(machine.Name));
            string image = machine.Image >= 0 ? _settings.Images[machine.Image].Name : "";
            List<HardwareAddress> cards = [machine.HardwareAddress, .. machine.OtherHardwareAddresses];
            rows.Add(RowOf(key, machine.Name, image, machine.IsOnce, cards));
            _installs.Remove(key);
        }

        int configured = rows.Count;
        foreach ((InstallKey key, _) in _installs)
        {
            // A name that the configuration has no more.
            string name = key.Name is null ? "" : Encoding.UTF8.GetString(key.Name);
            rows.Add(RowOf(key, name, "", null, [_installs[key].Entry.HardwareAddress]));
        }

        rows.Sort(configured, rows.Count - configured, Comparer<string[]>.Create(
            static (left, right) => string.CompareOrdinal(left[0] + left[1], right[0] + right[1])));
        return rows;
    }

    private string[] RowOf(in InstallKey key, string name, string image, bool? isOnce, List<HardwareAddress> cards)
    {
        bool isKnown = _installs.TryGetValue(key, out (InstallEntry Entry, long Since, long Seen) install);
        long seen = isKnown ? install.Seen : 0;
        foreach (HardwareAddress card in cards) seen = Math.Max(seen, _seen.GetValueOrDefault(card));
        if (isKnown && image.Length == 0) image = Encoding.UTF8.GetString(install.Entry.Image);
        bool isAgain = isKnown && install.Entry.State != InstallState.Armed && _again is not null
            && _again.TryRead(key, out UInt128 request) && request != install.Entry.Again;
        string state = (isKnown, isAgain) switch
        {
            (false, _) => isOnce == true ? "armed" : "",
            (_, true) => "armed again",
            _ => StateOf(install.Entry),
        };
        string since = isKnown && !isAgain && install.Entry.State != InstallState.Armed ? TextTable.TimeOf(install.Since) : "";
        HardwareAddress shown = cards[0].IsNone && isKnown ? install.Entry.HardwareAddress : cards[0];
        return [name, shown.ToString(), image, state, since, seen == 0 ? "" : TextTable.TimeOf(seen)];
    }

    private static string StateOf(in InstallEntry entry)
    {
        string failed = entry.Failures == 0 ? "" : $", {entry.Failures} failed";
        return entry.State switch
        {
            InstallState.Installing => "installing" + failed,
            InstallState.Installed => entry.Proof == InstallProof.Seen ? "installed (seen)" : "installed",
            _ => "armed" + failed,
        };
    }

    private static int Refuse(IKernel kernel, string problem, int exitCode)
    {
        kernel.WriteLog(Encoding.UTF8.GetBytes($"aglet: {problem}\n"));
        return exitCode;
    }
}
