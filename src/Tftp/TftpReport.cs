using System;
using Aglet.Boot;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tftp;

/// <summary>What became of a request that was well formed. Each is a counter.</summary>
internal enum TftpOutcome : byte
{
    /// <summary>Delivered, the last block acknowledged.</summary>
    Finished,

    /// <summary>
    /// Delivered as far as can be known: all was sent, and the client never acknowledged the last block.
    /// </summary>
    FinishedUnacknowledged,

    /// <summary>The client only wanted to know size or existence.</summary>
    Probe,

    /// <summary>The client gave up in the middle.</summary>
    Aborted,

    /// <summary>The client fell silent.</summary>
    TimedOut,

    /// <summary>The client began anew at the same port.</summary>
    Replaced,
    Missing,
    Forbidden,

    /// <summary>No slot, socket or descriptor was free.</summary>
    Busy,

    /// <summary>The file could not be read any more as it was indexed.</summary>
    FileFailed,

    /// <summary>The kernel refused to send.</summary>
    SendFailed,

    /// <summary>A datagram came to a transfer from somebody else.</summary>
    Stranger,

    /// <summary>A copy of a request that is being served.</summary>
    RepeatedRequest,
}

/// <summary>
/// Counts what happens and tells the operator of it, one line an event, never more than a console can bear.
/// </summary>
internal sealed class TftpReport(Log log, BootPlanner planner)
{
    /// <summary>Lines a second about what any stranger can provoke.</summary>
    private const int LinesPerSecond = 10;

    /// <summary>Lines that are remembered so as not to be repeated; a power of two.</summary>
    private const int SaidMax = 256;

    private static readonly Duration _second = Duration.FromSeconds(1);

    /// <summary>How long the same is not said of the same peer.</summary>
    private static readonly Duration _repeatPause = Duration.FromSeconds(10);

    private readonly Counters<TftpReject> _rejects = new();
    private readonly Counters<TftpOutcome> _outcomes = new();
    private readonly Said[] _said = new Said[SaidMax];
    private Instant _secondBegan;
    private int _lines;
    private int _leftOut;

    /// <summary>Datagrams that were refused, by reason.</summary>
    public Counters<TftpReject> Rejects => _rejects;

    /// <summary>Requests, by what became of them.</summary>
    public Counters<TftpOutcome> Outcomes => _outcomes;

    public void Count(TftpOutcome outcome) => _outcomes.Add(outcome);

    /// <summary>A datagram was refused.</summary>
    public void OnReject(Instant now, in IpEndpoint peer, TftpReject reject, scoped ReadOnlySpan<byte> reason)
    {
        _rejects.Add(reject);
        if (!MayWrite(now, peer, (ulong)reject)) return;
        Span<byte> room = stackalloc byte[64];
        LogLevel level = reject == TftpReject.WriteRequest ? LogLevel.Info : LogLevel.Debug;
        log.Write(level, "tftp-reject"u8, planner.LabelOf(peer.Address, room), $"refused a request: {reason}");
    }

    /// <summary>A request ended before a transfer began.</summary>
    public void OnRefusal(
        Instant now, in IpEndpoint peer, TftpOutcome outcome, scoped ReadOnlySpan<byte> path, scoped ReadOnlySpan<byte> reason)
    {
        _outcomes.Add(outcome);
        if (!MayWrite(now, peer, Fnv.Hash(path, (ulong)outcome))) return;
        LogLevel level = outcome switch
        {
            TftpOutcome.Missing when TftpOptionalFiles.Contains(path) => LogLevel.Debug,
            TftpOutcome.Busy or TftpOutcome.FileFailed or TftpOutcome.SendFailed => LogLevel.Warning,
            _ => LogLevel.Info,
        };
        Span<byte> room = stackalloc byte[64];
        Span<byte> pathRoom = stackalloc byte[Limits.PathBytes];
        path = SecretPath.Mask(path, pathRoom);
        log.Write(level, NameOf(outcome), planner.LabelOf(peer.Address, room), $"tftp {path}: {reason}");
    }

    /// <summary>A transfer ended.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="outcome">How.</param>
    /// <param name="peer">Whose it was.</param>
    /// <param name="path">What was asked for.</param>
    /// <param name="bytes">Bytes that the client has for certain.</param>
    /// <param name="time">From the request to the last sign of progress.</param>
    /// <param name="reason">Why it ended, in the peer's or our words; may be empty.</param>
    public void OnEnd(
        Instant now,
        TftpOutcome outcome,
        in IpEndpoint peer,
        scoped ReadOnlySpan<byte> path,
        long bytes,
        Duration time,
        scoped ReadOnlySpan<byte> reason)
    {
        _outcomes.Add(outcome);
        bool isDelivery = outcome is TftpOutcome.Finished or TftpOutcome.FinishedUnacknowledged;
        if (!isDelivery && !MayWrite(now, peer, Fnv.Hash(path, (ulong)outcome))) return;
        Span<byte> room = stackalloc byte[64];
        Span<byte> pathRoom = stackalloc byte[Limits.PathBytes];
        path = SecretPath.Mask(path, pathRoom);
        ReadOnlySpan<byte> machine = planner.LabelOf(peer.Address, room);
        ReadOnlySpan<byte> name = NameOf(outcome);
        switch (outcome)
        {
            case TftpOutcome.Finished or TftpOutcome.FinishedUnacknowledged:
                // Bytes per nanosecond are thousands of MB per second; two digits more give the fraction.
                long hundredths = (long)((UInt128)bytes * 100_000 / (UInt128)Math.Max(1, time.Nanoseconds));
                long ones = hundredths % 10;
                long tens = hundredths / 10 % 10;
                log.Write(
                    LogLevel.Info, name, machine, $"tftp {path}: {bytes} bytes, {hundredths / 100}.{tens}{ones} MB/s");
                break;
            case TftpOutcome.Probe:
                log.Write(LogLevel.Debug, name, machine, $"tftp {path}: asked for the size only");
                break;
            case TftpOutcome.Aborted or TftpOutcome.Replaced or TftpOutcome.TimedOut:
                log.Write(LogLevel.Info, name, machine, $"tftp {path}: {reason} after {bytes} bytes");
                break;
            default:
                log.Write(LogLevel.Warning, name, machine, $"tftp {path}: {reason} after {bytes} bytes");
                break;
        }
    }

    private static ReadOnlySpan<byte> NameOf(TftpOutcome outcome) => outcome switch
    {
        TftpOutcome.Finished or TftpOutcome.FinishedUnacknowledged => "tftp-done"u8,
        TftpOutcome.Probe => "tftp-probe"u8,
        TftpOutcome.Aborted or TftpOutcome.Replaced => "tftp-abort"u8,
        TftpOutcome.TimedOut => "tftp-timeout"u8,
        TftpOutcome.Missing => "tftp-missing"u8,
        TftpOutcome.Forbidden => "tftp-forbidden"u8,
        TftpOutcome.Busy => "tftp-busy"u8,
        _ => "tftp-failed"u8,
    };

    /// <summary>A machine gets no larger blocks and windows for some time.</summary>
    public void OnFallBack(IpAddress machine)
    {
        Span<byte> room = stackalloc byte[64];
        ReadOnlySpan<byte> why = "it is silent since it got what it asked for"u8;
        ReadOnlySpan<byte> what = "for ten minutes it gets blocks of 512 and no windows"u8;
        log.Write(
            LogLevel.Warning,
            "tftp-plain"u8,
            planner.LabelOf(machine, room),
            $"tftp: {why}: {what} (a machine's \"tftp\" sets \"blksize\" and \"windowsize\" for good)");
    }

    /// <summary>When a count of lines that were left out is to be told.</summary>
    public Instant NextDeadline => _leftOut > 0 ? _secondBegan + _second : Instant.Never;

    /// <summary>Tells how many lines of a second that is over were left out.</summary>
    public void OnDeadline(Instant now)
    {
        if (now >= NextDeadline) BeginSecond(now);
    }

    /// <summary>
    /// A flood must neither fill a disk nor hold up the loop at a slow console, and what one machine asks for over and over
    /// is told once in a while: the counters have it all.
    /// </summary>
    private bool MayWrite(Instant now, in IpEndpoint peer, ulong what)
    {
        if (now - _secondBegan >= _second) BeginSecond(now);
        ulong hash = Fnv.Mix(unchecked(what ^ (ulong)peer.Address.Value));
        ref Said said = ref _said[(int)(hash & (SaidMax - 1))];
        if (said.Hash == hash && now < said.Until) return false;
        if (_lines == LinesPerSecond)
        {
            _leftOut++;
            return false;
        }

        said = new() { Hash = hash, Until = now + _repeatPause };
        _lines++;
        return true;
    }

    private void BeginSecond(Instant now)
    {
        if (_leftOut > 0)
        {
            log.Write(
                LogLevel.Warning,
                "tftp-left-out"u8,
                ReadOnlySpan<byte>.Empty,
                $"{_leftOut} more lines about tftp requests were left out");
        }

        _leftOut = 0;
        _lines = 0;
        _secondBegan = now;
    }

    /// <summary>A line that was written.</summary>
    private struct Said
    {
        /// <summary>Of the peer and of what was said of it.</summary>
        public ulong Hash;

        /// <summary>Until then it is not said again.</summary>
        public Instant Until;
    }
}
