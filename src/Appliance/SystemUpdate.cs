using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using Aglet.Config;
using Aglet.Kernel;
using Aglet.Linux;
using Aglet.Time;
using Aglet.Update;

namespace Aglet.Appliance;

/// <summary>
/// Updates of the running system: one that somebody put on the card is taken at the start, and one that was started for the
/// first time is on trial.
/// </summary>
/// <param name="kernel">The seam to the outside.</param>
/// <param name="log">Where the trial's end is told.</param>
/// <param name="bootFolder">Where the first partition is mounted, read-only but for a moment.</param>
/// <param name="slot">The slot that was started; empty when this is no such system.</param>
/// <param name="flags">How the partition is mounted when nothing is written.</param>
internal sealed class SystemUpdate(IKernel kernel, Log log, string bootFolder, string slot, nuint flags)
{
    private const string Ending = ".update";

    private readonly SystemSlots _slots = new(kernel, bootFolder);

    /// <summary>The trial of this system; null when it is known to be good.</summary>
    public UpdateTrial? Trial { get; private set; }

    /// <summary>When <see cref="OnTurn"/> wants to be called at the latest.</summary>
    public Instant NextDeadline => Trial?.Deadline ?? Instant.Never;

    /// <summary>Tells whether this system is on trial; what is said of it.</summary>
    public string Begin(Instant now)
    {
        if (slot.Length == 0) return "passed: this system has no slots";
        string version = _slots.VersionIn(slot);
        string known = _slots.Default;
        if (known == slot) return $"done: slot {slot}, {version}";
        Trial = new(now);
        return $"done: slot {slot}, {version}, IS NEW AND ON TRIAL: kept when it serves for a minute, "
            + $"else slot {known} comes back";
    }

    /// <summary>Takes an update that lies on the first partition.</summary>
    /// <param name="key">What it must be signed with; empty for nothing.</param>
    /// <param name="mustRestart">It is to be tried: end this system.</param>
    /// <returns>What became of it.</returns>
    public string TakeDropped(byte[] key, out bool mustRestart)
    {
        mustRestart = false;
        if (slot.Length == 0) return "passed: this system has no slots";
        string? name = SystemFiles.Names(bootFolder).Find(
            static name => name.EndsWith(Ending, StringComparison.OrdinalIgnoreCase));
        if (name is null) return "passed: there is none";
        if (Trial is not null) return $"passed: {name} waits until this system is known to be good";
        SysResult remounted = FileSystems.Remount(bootFolder, flags & ~LibcConstants.MS_RDONLY);
        if (remounted.IsError) return $"fail: {name}: {SystemSlots.DescribeWriting(remounted.Errno)}";
        UpdateInstall install = new(kernel, bootFolder, Architecture, key);
        string problem = install.Run($"{bootFolder}/{name}", slot);

        // Once is enough: it is not tried again at the next start, and its room is free.
        string verdict = problem.Length == 0 ? ".installed" : ".refused";
        Retire(name, name + verdict, problem.Length == 0 ? $"version {install.Version} in slot {install.Slot}" : problem);
        _ = FileSystems.Remount(bootFolder, flags);
        if (problem.Length > 0) return $"fail: {name} is refused: {problem}; this system stays";
        mustRestart = true;
        return $"done: {name}: version {install.Version} is in slot {install.Slot} and is tried now";
    }

    /// <summary>The ports are open.</summary>
    public void OnServing(Instant now) => Trial?.OnServing(now);

    /// <summary>The address was lost.</summary>
    public void OnInterrupted() => Trial?.OnInterrupted();

    /// <summary>Decides the trial when its time has come.</summary>
    public void OnTurn(Instant now)
    {
        if (Trial is null || now < Trial.Deadline) return;
        TrialStep step = Trial.OnDeadline(now);
        if (step == TrialStep.Wait) return;
        Trial = null;
        if (step == TrialStep.GiveBack)
        {
            Say(LogLevel.Error, $"this version does not serve: restarting with the one before it, in slot {_slots.Default}");
            kernel.FlushLog();
            MachineCalls.End(isRestart: true);
            return;
        }

        SysResult remounted = FileSystems.Remount(bootFolder, flags & ~LibcConstants.MS_RDONLY);
        string problem = remounted.IsError ? SystemSlots.DescribeWriting(remounted.Errno) : _slots.Keep(slot);
        _ = FileSystems.Remount(bootFolder, flags);
        Say(
            problem.Length == 0 ? LogLevel.Info : LogLevel.Error,
            problem.Length == 0
                ? $"this version serves: slot {slot} is kept"
                : $"slot {slot} serves, and that cannot be written down: {problem}; the next start is the old version's");
    }

    private static string Architecture =>
        RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "x64";

    /// <summary>Leaves of the file its name and the verdict, for who opens the card on a PC.</summary>
    private void Retire(string name, string newName, string verdict)
    {
        byte[] path = Encoding.UTF8.GetBytes($"{bootFolder}/{newName}");
        SysResult renamed = kernel.Rename(Encoding.UTF8.GetBytes($"{bootFolder}/{name}"), path);
        if (!renamed.IsError) _ = _slots.Write($"{bootFolder}/{newName}", Encoding.UTF8.GetBytes(verdict + "\n"), isNew: true);
        _slots.SyncFolder();
    }

    private void Say(LogLevel level, string text) => log.Write(level, "update"u8, default(ReadOnlySpan<byte>), $"{text}");
}
