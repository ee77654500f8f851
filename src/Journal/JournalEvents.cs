using System;
using Aglet.Kernel;

namespace Aglet.Journal;

/// <summary>What is told of a journal: each trouble once, until it is over.</summary>
internal sealed class JournalEvents(Log log, byte[] path)
{
    private bool _isFailing;
    private bool _isGrowing;

    private static ReadOnlySpan<byte> Event => "state"u8;

    private static ReadOnlySpan<byte> Nobody => default;

    private ReadOnlySpan<byte> Path => path;

    public void OnReplayed(JournalReader reader, int live, int foreign)
    {
        log.Write(LogLevel.Info, Event, Nobody, $"{Path}: {reader.Records} records read, {live} are in force");
        if (reader.TailBytes > 0)
        {
            log.Write(
                LogLevel.Warning, Event, Nobody,
                $"{Path}: the last {reader.TailBytes} bytes are no whole record and are cut off: the power went off while they "
                + $"were written, and nobody was answered by them");
        }

        if (reader.Damages > 0)
        {
            log.Write(
                LogLevel.Error, Event, Nobody,
                $"{Path}: {reader.DamagedBytes} bytes in {reader.Damages} places are damaged, the first at byte "
                + $"{reader.FirstDamage}: what they said is lost, all before and after was read; check this disk");
        }

        if (foreign > 0)
        {
            log.Write(
                LogLevel.Warning, Event, Nobody,
                $"{Path}: {foreign} records are of a kind that this version does not know: they stay in the file until it is "
                + $"rewritten");
        }

        if (reader.ClockStep != 0)
        {
            log.Write(
                LogLevel.Warning, Event, Nobody,
                $"the clock is {reader.ClockStep} seconds off what the journal knows: what is in force runs on as if no time had "
                + $"passed since");
        }
    }

    /// <summary>Nothing is durable from now on.</summary>
    public void OnFailing(Errno errno)
    {
        if (_isFailing) return;
        _isFailing = true;
        string remedy = errno switch
        {
            Errno.NoSpace or Errno.QuotaExceeded => "the disk is full; free some space",
            Errno.ReadOnly => "the disk is read-only; see why (dmesg), and mount it for writing",
            Errno.AccessDenied or Errno.NotPermitted => "it is not permitted; give this user the folder",
            Errno.InputOutput => "the disk fails; see the kernel's log (dmesg) and replace it",
            _ => "the kernel refuses",
        };
        log.Write(
            LogLevel.Error, Event, Nobody,
            $"{Path} cannot be written (errno {(int)errno}): {remedy}. Machines are served on from memory, but what they are "
            + $"given from now on is forgotten at a restart; it is tried again until it works");
    }

    /// <summary>The file has all that is in force, and is on the disk.</summary>
    public void OnRewritten()
    {
        _isGrowing = false;
        if (!_isFailing) return;
        _isFailing = false;
        log.Write(LogLevel.Warning, Event, Nobody, $"{Path} is written again: all that is in memory is durable");
    }

    /// <summary>What is written is durable, but the file cannot be made smaller.</summary>
    public void OnNotRewritten(Errno errno)
    {
        if (_isGrowing) return;
        _isGrowing = true;
        log.Write(
            LogLevel.Warning, Event, Nobody,
            $"{Path} grows and could not be rewritten (errno {(int)errno}): free some space on its disk");
    }
}
