using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Commands;
using Aglet.Config;
using Aglet.Core;
using Aglet.Journal;
using Aglet.Kernel;
using Aglet.Linux;
using Aglet.Net;
using Aglet.Server;
using Aglet.Time;
using Aglet.Update;

namespace Aglet.Appliance;

/// <summary>Aglet as the whole userland: from the first mount to serving, and to the power switch.</summary>
internal sealed class FirstProcess
{
    private const string StateFolder = "/var/lib/aglet";
    private const string BootFolder = "/boot";
    private const string TreeFolder = SettingsReader.DefaultTree;
    private const int RestartSeconds = 30;
    private const int WatchdogSeconds = 30;

    private static readonly Duration _diskLimit = Duration.FromSeconds(20);
    private static readonly Duration _carrierLimit = Duration.FromSeconds(5);
    private static readonly Duration _tick = Duration.FromMilliseconds(250);

    private readonly LinuxKernel _kernel;
    private readonly Log _log;
    private readonly ConsoleEvents _console = new();
    private readonly KernelModules _modules = new();
    private readonly List<string> _configProblems = [];
    private BootArguments _arguments = new("");
    private Watchdog? _watchdog;
    private string? _disk;
    private string _configPath = "/etc/aglet/aglet.json";
    private Settings _settings = SafeSettings;
    private SystemUpdate? _update;

    private FirstProcess(LinuxKernel kernel)
    {
        _kernel = kernel;
        _log = new(kernel);
        kernel.Console = _console;
    }

    /// <summary>What holds when the configuration says nothing that can be read.</summary>
    private static Settings SafeSettings => new() { Tree = TreeFolder, State = StateFolder, DhcpMode = DhcpMode.Off };

    /// <summary>The steps after the first mounts, in order.</summary>
    private (string Name, bool IsRequired, Func<string> Run)[] Steps =>
    [
        ("reading the kernel's command line", false, ReadCommandLine),
        ("loading the listed modules", false, LoadListedModules),
        ("loading drivers for the devices", false, LoadDrivers),
        ("opening the watchdog", false, OpenWatchdog),
        ("waiting for the boot disk", false, FindDisk),
        ("mounting /boot", false, MountBoot),
        ("mounting the boot tree", false, MountTree),
        ("mounting the state", false, MountState),
        ("reading the configuration", false, ReadConfiguration),
        ("setting the host name", false, () => Outcome(MachineCalls.SetHostName(_settings.HostName), _settings.HostName)),
        ("setting the clock", false, SetClock),
        ("bringing up loopback", false, () => Outcome(LinkSetup.BringUp("lo"), "")),
        ("opening the screen", false, OpenScreen),
        ("knowing this version", false, () => _update!.Begin(_kernel.Now())),
        ("looking for an update", false, TakeUpdate),
    ];

    /// <summary>Does not return but by the end of the machine.</summary>
    public static int Run()
    {
        List<(MountRow Row, SysResult Result)> mounts = [];
        foreach (MountRow row in FileSystems.Early) mounts.Add((row, FileSystems.Mount(row)));
        _ = MachineCalls.OpenConsole();
        MachineCalls.TakeCharge();
        using LinuxKernel kernel = new(takesSignals: true, isFirstProcess: true);
        Check.LastWords = text => End(kernel, text);
#pragma warning disable CA1031 // whatever it is: nobody else is there to restart the machine
        try
        {
            new FirstProcess(kernel).Run(mounts);
        }
        catch (Exception problem)
        {
            End(kernel, $"{problem.GetType().Name}: {problem.Message}");
        }
#pragma warning restore CA1031
        return 1;
    }

    /// <summary>Says why nothing goes on, saves what there is and starts the machine again.</summary>
    private static void End(LinuxKernel kernel, string why)
    {
        if (kernel.Console is { } console) console.Add(Encoding.UTF8.GetBytes(why));
        kernel.Console = null;
        kernel.WriteLog(Encoding.UTF8.GetBytes($"FATAL: {why}\nrestarting in {RestartSeconds} s\n"));
        _ = kernel.FlushLog();
        MachineCalls.Pause(Duration.FromSeconds(RestartSeconds));
        MachineCalls.End(isRestart: true);
    }

    private void Run(List<(MountRow Row, SysResult Result)> mounts)
    {
        _ = SystemFiles.Write("/proc/sys/kernel/printk", "4\n"u8);
        Print($"aglet {HelpCommand.VersionText} is the first process, Linux {_modules.Release}");
        foreach ((MountRow row, SysResult result) in mounts)
        {
            RunStep($"mounting {row.Target}", row.IsRequired, () => Outcome(result, ""));
        }

        foreach ((string name, bool isRequired, Func<string> run) in Steps) RunStep(name, isRequired, run);
        Serve();
    }

    /// <summary>Says the name and the outcome of a step; the machine starts again when a required one fails.</summary>
    /// <param name="name">What is done.</param>
    /// <param name="isRequired">Nothing works without it.</param>
    /// <param name="run">Does it; what it answers is the outcome, which after a failure begins with "fail".</param>
    private void RunStep(string name, bool isRequired, Func<string> run)
    {
        _watchdog?.Feed();
        string outcome = run();
        Print($"{name} ... {outcome}");
        if (isRequired && outcome.StartsWith("fail", StringComparison.Ordinal)) End(_kernel, $"{name}: {outcome}");
    }

    private void Print(string text)
    {
        long hundredths = _kernel.Now().Nanoseconds / 10_000_000;
        string line = $"[{hundredths / 100,5}.{hundredths % 100:D2}] {text}\n";
        _kernel.WriteLog(Encoding.UTF8.GetBytes(line));
        _ = _kernel.FlushLog();
    }

    private static string Outcome(SysResult result, string done) => result.IsError
        ? $"fail: {result.Errno} ({(int)result.Errno})"
        : done.Length == 0 ? "done" : $"done: {done}";

    private string ReadCommandLine()
    {
        _arguments = new(SystemFiles.ReadLine("/proc/cmdline"));
        _update = new(_kernel, _log, BootFolder, _arguments.Slot, MS.ReadOnly);
        if (_arguments.Problems.Count > 0) return $"fail: {string.Join("; ", _arguments.Problems)}";
        string slot = _arguments.Slot.Length == 0 ? "" : $", slot {_arguments.Slot}";
        return _arguments.Disk is { } disk ? $"done: boot disk {disk:x8}{slot}" : $"done: no boot disk{slot}";
    }

    private string LoadListedModules()
    {
        if (_modules.Available == 0) return $"passed: there is no /lib/modules/{_modules.Release}/modules.dep";
        _modules.LoadListed();
        return ModulesOutcome(0);
    }

    private string LoadDrivers()
    {
        int before = _modules.Loaded.Count;
        _modules.LoadForDevices();
        return ModulesOutcome(before);
    }

    private string ModulesOutcome(int before)
    {
        List<string> loaded = _modules.Loaded[before..];
        string done = loaded.Count == 0 ? "done: none" : $"done: {string.Join(' ', loaded)}";
        string problems = _modules.Problems.Count == 0 ? "" : $"; fail: {string.Join(", ", _modules.Problems)}";
        _modules.Problems.Clear();
        return done + problems;
    }

    private string OpenWatchdog()
    {
        if (!_arguments.UsesWatchdog) return "passed: switched off by aglet.watchdog=off";
        _watchdog = Watchdog.Open(WatchdogSeconds);
        return _watchdog is null ? "passed: there is none" : $"done: {_watchdog.Name}, {_watchdog.Seconds} s";
    }

    private string FindDisk()
    {
        if (_arguments.Disk is not { } signature) return "passed: none is named";
        Instant start = _kernel.Now();
        for (int round = 0; ; round++)
        {
            _disk = BootDisk.Find(signature);
            string first = _disk is null ? "" : BootDisk.PartitionOf(_disk, 1);
            if (_disk is not null && SystemFiles.Exists(first)) return $"done: {_disk}";
            if (_kernel.Now() - start > _diskLimit) break;
            _watchdog?.Feed();
            MachineCalls.Pause(_tick);
            if (round % 2 == 1) _modules.LoadForDevices();
        }

        _disk = null;
        return $"fail: no disk with the signature {signature:x8} (aglet.disk) after {_diskLimit.WholeSeconds} s; "
            + "is the card in, and its driver among the modules?";
    }

    private string MountBoot()
    {
        if (_disk is null) return "passed: no disk";
        _configPath = $"{BootFolder}/aglet.json";
        return MountPartition(1, BootFolder, MS.ReadOnly);
    }

    private string MountTree()
    {
        SystemFiles.MakeFolder(TreeFolder);
        if (_disk is null) return "passed: no disk";
        string outcome = MountPartition(3, TreeFolder, MS.ReadOnly);
        return outcome.StartsWith("fail", StringComparison.Ordinal)
            ? $"{outcome}; serving without a boot tree: fill the third partition of the card"
            : outcome;
    }

    private string MountState()
    {
        SystemFiles.MakeFolder(StateFolder);
        if (_disk is null) return "passed: no disk; leases are kept in memory and end with the power";
        string outcome = MountPartition(2, StateFolder, MS.Writable);
        if (!outcome.StartsWith("fail", StringComparison.Ordinal)) return outcome;
        MachineCalls.Pause(Duration.FromSeconds(1));
        outcome = MountPartition(2, StateFolder, MS.Writable);
        return outcome.StartsWith("fail", StringComparison.Ordinal)
            ? $"{outcome}; LEASES ARE KEPT IN MEMORY ONLY and end with the power: flash the card anew"
            : outcome;
    }

    private string MountPartition(int number, string target, nuint flags)
    {
        string device = BootDisk.PartitionOf(_disk!, number);
        byte[]? start = SystemFiles.ReadStart(device, FileSystems.ProbeBytes);
        if (start is null) return $"fail: {device} is not there or cannot be read";
        string type = FileSystems.TypeOf(start);
        if (type.Length == 0) return $"fail: {device} has no file system that is known";
        foreach (string module in FileSystems.DriversOf(type)) _modules.Load(module);
        SysResult mounted = FileSystems.Mount(new(device, target, type, flags, FileSystems.DataFor(type), false));
        return mounted.IsError
            ? $"fail: {device} as {type}: {mounted.Errno} ({(int)mounted.Errno})"
            : $"done: {device}, {type}";
    }

    private string ReadConfiguration()
    {
        List<string> warnings = [];
        Arguments options = Options("");
        Settings? settings = Configuration.ReadSettings(options, _kernel, _configProblems, warnings, out _);
        if (settings is null)
        {
            foreach (string problem in _configProblems) Print(problem);
            return "fail: SAFE MODE: nothing is served until it is mended";
        }

        _settings = settings;
        return $"done: {_configPath}";
    }

    /// <summary>What the serve command would be told.</summary>
    private Arguments Options(string card)
    {
        List<string> words = ["--config", _configPath, "--state", StateFolder];
        if (card.Length > 0) words.AddRange(["--interface", card]);
        return new(words.ToArray(), ["--config", "--state", "--interface", "--tree"], []);
    }

    /// <summary>The best there is until a clock of the network is asked: never before what we know to be past.</summary>
    private string SetClock()
    {
        long built = NumberOf(SystemFiles.ReadLine("/etc/aglet/build-time"));
        byte[] journal = StateJournal.PathIn(StateFolder);
        long written = _kernel.GetStatus(journal, out FileStatus status).IsError ? 0 : status.ModifiedUnixSeconds;
        long floor = Math.Max(Math.Max(built, written), 1_700_000_000);
        if (MachineCalls.ReadHardwareClock() is { } time && time >= floor)
        {
            return Outcome(MachineCalls.SetClock(time), "from the hardware clock");
        }

        if (_kernel.UnixTimeSeconds() >= floor) return "done: the kernel had it";
        string source = written > built ? "last write of the state" : built > 0 ? "the time of the image" : "a guess";
        return Outcome(MachineCalls.SetClock(floor), $"from {source}: there is no hardware clock that is right");
    }

    private static long NumberOf(string text) =>
        Wire.AsciiText.TryParseDecimal(Encoding.ASCII.GetBytes(text), long.MaxValue, out ulong value) ? (long)value : 0;

    private string OpenScreen()
    {
        _console.FindScreen();
        return _console.HasScreen ? "done" : "passed: the console is a serial line, which gets the log";
    }

    private string TakeUpdate()
    {
        if (_disk is null) return "passed: no disk";

        // Only the configuration tells whether a signature is needed.
        if (_configProblems.Count > 0) return "passed: the configuration comes first";
        string outcome = _update!.TakeDropped(_settings.UpdateKey, out bool mustRestart);
        if (!mustRestart) return outcome;
        Print($"looking for an update ... {outcome}");
        _kernel.FlushLog();
        _ = FileSystems.Unmount(StateFolder);
        _ = FileSystems.Unmount(TreeFolder);
        _ = FileSystems.Unmount(BootFolder);
        MachineCalls.End(isRestart: true, SystemSlots.TryBootArgument);
        return outcome;
    }

    private void Serve()
    {
        bool isSafe = _configProblems.Count > 0;
        ApplianceUpkeep upkeep = new(_kernel, _log, _settings, _modules, _watchdog, _console)
        {
            Update = _update,
            View = new()
            {
                Version = HelpCommand.VersionText,
                HostName = _settings.HostName,
                Address = "none yet",
                Mode = isSafe ? "SAFE MODE: nothing is served" : ModeOf(_settings),
                Problem = string.Join('\n', _configProblems),
                Hint = "to change something: " + (_disk is null ? "build another image" : "edit aglet.json on the card"),
            },
        };
        Print($"listening to the power button ... {(upkeep.Buttons == 0 ? "passed: there is none" : "done")}");
        if (isSafe) upkeep.Page = new(_kernel, upkeep.Sockets, SafeText());
        Instant now = _kernel.Now();
        upkeep.PreferCarrierUntil(now + _carrierLimit);
        upkeep.Look(now);
        NetbootServer? server = null;
        while (true)
        {
            if (!isSafe && server is null && upkeep.TakeNewAddress()) server = Start(upkeep);
            if (server is null) upkeep.TurnAlone();
            else server.Turn();
            if (server is { IsStopped: true }) Finish(server.StopSignal);
            if (server is null && upkeep.Signal != KernelSignal.None) Finish(upkeep.Signal);
        }
    }

    /// <summary>Null, and the reason said, when what is configured cannot be served at this address.</summary>
    private NetbootServer? Start(ApplianceUpkeep upkeep)
    {
        List<string> problems = [];
        string card = _settings.Interfaces.Count == 0 ? upkeep.Card : "";
        Configuration? configuration = Configuration.Read(Options(card), _kernel, problems);
        if (configuration is null) return Refuse(upkeep, problems);
        Settings settings = configuration.Settings;
        if (!NetworkChoice.TryFind(_kernel, settings, out IReadOnlyList<NetworkInterface> links, out string notFound))
        {
            return Refuse(upkeep, [notFound]);
        }

        if (NetworkChoice.Misfit(settings, links) is { Length: > 0 } misfit) return Refuse(upkeep, [misfit]);
        ServeCommand.Warn(_log, _kernel, configuration);
        StateJournal? state = StateJournal.Open(_kernel, _log, StateFolder, out string locked);
        if (state is null) Print($"the state cannot be used: {locked}");
        NetbootServer server = new(_kernel, configuration.Catalog, _log, links, state, upkeep);
        IReadOnlyList<string> refused = server.Start();
        foreach (string problem in refused) Print(problem);
        upkeep.Settings = settings;
        upkeep.Server = server;
        if (refused.Count == 0) _update?.OnServing(_kernel.Now());
        upkeep.View = upkeep.View with { Problem = string.Join('\n', refused) };
        ServeCommand.Introduce(_log, configuration, links);
        Print($"serving; {MemoryKilobytes()} kB of memory");
        return server;
    }

    /// <summary>The second number of statm: our pages in memory.</summary>
    private static long MemoryKilobytes()
    {
        string[] numbers = SystemFiles.ReadLine("/proc/self/statm").Split(' ');
        return numbers.Length > 1 ? NumberOf(numbers[1]) * 4 : 0;
    }

    private NetbootServer? Refuse(ApplianceUpkeep upkeep, IReadOnlyList<string> problems)
    {
        foreach (string problem in problems) Print(problem);
        upkeep.View = upkeep.View with { Problem = string.Join('\n', problems), Mode = "nothing is served" };
        return null;
    }

    private string SafeText()
    {
        string where = _disk is null ? "in the image" : "on the card's first partition, with any PC,";
        return $"Aglet {HelpCommand.VersionText} is in safe mode: its configuration is wrong, and nothing is served.\n\n"
            + string.Join('\n', _configProblems)
            + $"\n\nWhat to do: mend aglet.json {where} and switch this machine off and on again.\n";
    }

    private static string ModeOf(Settings settings) => settings.DhcpMode switch
    {
        DhcpMode.Server => "DHCP server",
        DhcpMode.Proxy => "proxy, beside the network's own DHCP server",
        _ => "files only, no DHCP",
    };

    private void Finish(KernelSignal signal)
    {
        bool isRestart = signal == KernelSignal.Restart;
        Print(isRestart ? "stopped; restarting" : "stopped; switching off");
        _ = _kernel.FlushLog();
        MachineCalls.CloseAll(_watchdog?.Handle ?? -1);
        _ = FileSystems.Unmount(StateFolder);
        _ = FileSystems.Unmount(TreeFolder);
        _ = FileSystems.Unmount(BootFolder);
        if (!isRestart) _watchdog?.Close();
        _ = _kernel.FlushLog();
        MachineCalls.End(isRestart);
    }

    /// <summary>How partitions are mounted.</summary>
    private static class MS
    {
        private const nuint Harmless = LibcConstants.MS_NOSUID | LibcConstants.MS_NODEV | LibcConstants.MS_NOEXEC;

        public const nuint ReadOnly = Harmless | LibcConstants.MS_RDONLY;
        public const nuint Writable = Harmless | LibcConstants.MS_NOATIME;
    }
}
