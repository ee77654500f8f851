using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Time;

namespace Aglet.Journal;

/// <summary>
/// The server's memory across restarts: one append-only file in the folder that <c>state</c> names. What happens in a turn
/// of the loop is appended to a buffer; <see cref="Commit"/> makes it durable with one write and one sync, before the
/// answers of that turn leave.
/// </summary>
/// <remarks>
/// When most of the file is garbage it is rewritten, a slice of live records at a time: <c>Limits.JournalSliceBytes</c>, each
/// slice synced at once so that no long sync waits at the end, and a pause between two. Meanwhile every record goes into
/// both files, so that each of them says all that is durable whenever the power goes off; the new one then takes the old
/// one's name.
/// <para>
/// When the disk refuses, the server goes on from memory and says so once. A file whose sync failed is never trusted
/// again: from time to time a new one is begun, and once it has everything that is live, all is durable again.
/// </para>
/// </remarks>
internal sealed class StateJournal
{
    private static readonly Duration _slicePause = Duration.FromMilliseconds(10);
    private static readonly Duration _retryMin = Duration.FromSeconds(1);
    private static readonly Duration _retryMax = Duration.FromSeconds(60);

    /// <summary>A clock that is set by less is only being read at another moment of its second.</summary>
    private const long ClockStepMin = 2;

    /// <summary>What fits into an <see cref="Instant"/>; 285 years.</summary>
    private const long SecondsMax = 9_000_000_000;

    private readonly IKernel _kernel;
    private readonly JournalEvents _events;
    private readonly byte[] _path;
    private readonly byte[] _newPath;
    private readonly int _folder;
    private readonly List<JournalSource> _sources = [];
    private readonly byte[] _body = new byte[Limits.JournalBodyBytes];
    private JournalFile _current;
    private JournalFile _next;
    private Errno _refusal;
    private bool _isStarted;
    private int _source;
    private int _cursor;
    private Instant _retryAt;
    private Instant _sliceAt;
    private Duration _retryWait = _retryMin;
    private long _unixSeconds;
    private long _clockOffset;

    private StateJournal(IKernel kernel, Log log, string folder, int handle)
    {
        _kernel = kernel;
        _path = PathIn(folder);
        _newPath = [.. _path, .. ".new"u8];
        _folder = handle;
        _events = new(log, _path);
        _current = new(kernel);
        _next = new(kernel);
    }

    /// <summary>True once <see cref="TryReplay"/> is over: from then on changes are records.</summary>
    public bool IsReplayed { get; private set; }

    /// <summary>False while the disk refuses: what is committed now is forgotten at a restart.</summary>
    public bool IsDurable => _current.IsOpen;

    /// <summary>True while the file is being rewritten.</summary>
    public bool IsRewriting => _next.IsOpen;

    /// <summary>This turn's time.</summary>
    public Instant Now { get; private set; }

    /// <summary>Bytes in the file.</summary>
    public long Length => _current.Length;

    /// <summary>When <see cref="Commit"/> has something to do though nothing was appended.</summary>
    public Instant NextDeadline => IsRewriting ? _sliceAt : IsDurable || !IsReplayed ? Instant.Never : _retryAt;

    /// <summary>The journal's file in a state folder.</summary>
    public static byte[] PathIn(string folder) => Encoding.UTF8.GetBytes($"{folder.TrimEnd('/')}/journal");

    /// <summary>Takes a state folder into possession, for as long as the process runs.</summary>
    /// <param name="kernel">The seam.</param>
    /// <param name="log">Where events are told.</param>
    /// <param name="folder">What <c>state</c> names.</param>
    /// <param name="problem">Why not and what to do, for the operator.</param>
    /// <returns>Null when it cannot be had.</returns>
    public static StateJournal? Open(IKernel kernel, Log log, string folder, out string problem)
    {
        SysResult locked = kernel.LockFolder(Encoding.UTF8.GetBytes(folder));
        problem = locked.Errno switch
        {
            Errno.None => "",
            Errno.WouldBlock => $"state: another aglet that runs has {folder}; stop it, or give each server a folder of its own",
            Errno.NoEntry => $"state: there is no folder {folder}; make it: mkdir -p {folder}",
            Errno.NotDirectory => $"state: {folder} is not a folder; name one",
            Errno.AccessDenied =>
                $"state: {folder} must not be read; give it to the user that aglet runs as: chown -R USER {folder}",
            _ => $"state: {folder} cannot be locked (errno {(int)locked.Errno}, {locked.Errno}); name a folder on a local disk",
        };
        return locked.IsError ? null : new(kernel, log, folder, locked.Count);
    }

    /// <summary>Adds whose state is kept. All of them, before <see cref="TryReplay"/>.</summary>
    public void Register(JournalSource source)
    {
        Check.That(!IsReplayed);
        _sources.Add(source);
    }

    /// <summary>Gives the sources what was written in earlier lives, then opens the file for what is to come.</summary>
    /// <param name="now">The time.</param>
    /// <param name="problem">Why the file must not be touched, for the operator; it is as it was.</param>
    public bool TryReplay(Instant now, out string problem)
    {
        Check.That(!IsReplayed);
        ReadClock(now);
        _clockOffset = OffsetAt(now);
        string path = Encoding.UTF8.GetString(_path);
        SysResult opened = _kernel.OpenFile(_path, out _);
        problem = opened.IsError && opened.Errno != Errno.NoEntry
            ? $"state: {path} cannot be read (errno {(int)opened.Errno}, {opened.Errno}); move it away, or name another folder"
            : "";
        JournalReader? reader = opened.IsError ? null : new(_kernel, opened.Count);
        reader?.Survey(_unixSeconds);
        if (reader is not null && ProblemOf(reader, path) is { } found) problem = found;
        if (problem.Length == 0 && reader is not null) Replay(reader);
        if (!opened.IsError) _kernel.Close(opened.Count);
        if (problem.Length > 0) return false;
        IsReplayed = true;
        if (reader is null || reader.Records == 0) Create(now);
        else Continue(reader, now);
        _isStarted = IsDurable || _refusal != Errno.AccessDenied;
        if (_isStarted) return true;

        // A disk that is full may have room again; whose folder it is changes only by the operator.
        problem = $"state: {path} must not be written; give its folder, with what is in it, to the user that aglet runs as: "
            + $"chown -R USER {path[..path.LastIndexOf('/')]}";
        return false;
    }

    /// <summary>Reads the time of day, and notes when somebody has set it.</summary>
    public void OnTurnStart(Instant now)
    {
        ReadClock(now);
        long step = OffsetAt(now) - _clockOffset;
        if (step is > -ClockStepMin and < ClockStepMin) return;
        _clockOffset += step;
        AppendClock(step);
    }

    /// <summary>Makes a record part of what <see cref="Commit"/> makes durable.</summary>
    public void Append(JournalKind kind, scoped ReadOnlySpan<byte> body)
    {
        if (_current.IsOpen) _current.Append(kind, _unixSeconds, body);
        if (_next.IsOpen) _next.Append(kind, _unixSeconds, body);
    }

    /// <summary>
    /// Makes durable what was appended, and goes on with what else there is to do, a bounded part of it. After a failure
    /// the log has said that nothing is durable.
    /// </summary>
    public void Commit(Instant now)
    {
        if (_current.IsOpen && !_current.TryCommit())
        {
            _events.OnFailing(_current.Errno);
            _current.Close();
            _retryAt = now;
        }

        if (IsRewriting) Rewrite(now);
        else if (now >= _retryAt && (!IsDurable || IsMostlyGarbage)) Begin(now);
    }

    /// <summary>What is live was replaced as a whole: a file that is being rewritten gets all of it.</summary>
    public void Restart() => _source = _cursor = 0;

    /// <summary>A moment of the loop's clock as seconds since 1970, rounded up.</summary>
    public long ToUnixSeconds(Instant instant) =>
        instant == Instant.Never ? long.MaxValue : ((instant.Nanoseconds + 999_999_999) / 1_000_000_000) + _clockOffset;

    /// <summary>A moment of a record (<see cref="JournalRecord.Today"/>) by the loop's clock.</summary>
    public Instant ToInstant(long unixSeconds)
    {
        if (unixSeconds == long.MaxValue) return Instant.Never;
        return new(Math.Clamp(unixSeconds - _clockOffset, -SecondsMax, SecondsMax) * 1_000_000_000);
    }

    private bool IsMostlyGarbage
    {
        get
        {
            int live = LiveCount;
            return _current.Records - live > Math.Max(live, Limits.JournalGarbage);
        }
    }

    private int LiveCount
    {
        get
        {
            int count = 0;
            for (int i = 0; i < _sources.Count; i++) count += _sources[i].LiveCount;
            return count;
        }
    }

    private static string? ProblemOf(JournalReader reader, string path)
    {
        if (reader.Errno != Errno.None)
        {
            return $"state: {path} cannot be read to its end (errno {(int)reader.Errno}, {reader.Errno}): the disk fails; "
                + "save what is in it, or move it away to begin with nothing";
        }

        if (reader.Total == 0 && !reader.IsEmpty)
        {
            return $"state: {path} is no journal of aglet, or nothing of it is left; move it away, or name another folder";
        }

        if (reader.FoundVersion > JournalReader.Version)
        {
            return $"state: {path} was written by a newer aglet (version {reader.FoundVersion} of the file, this one knows "
                + $"{JournalReader.Version}); use that one, or move the file away to begin with nothing";
        }

        return null;
    }

    private void Replay(JournalReader reader)
    {
        int foreign = 0;
        while (reader.TryNext(out JournalRecord record))
        {
            bool isKnown = record.Kind is JournalKind.Header or JournalKind.Clock;
            for (int i = 0; i < _sources.Count; i++)
            {
                if (_sources[i].Kind == record.Kind) isKnown = _sources[i].TryReplay(record);
            }

            foreign += isKnown ? 0 : 1;
        }

        _events.OnReplayed(reader, LiveCount, foreign);
    }

    /// <summary>There is no file yet.</summary>
    private void Create(Instant now)
    {
        Begin(now);
        while (IsRewriting) Rewrite(_sliceAt);
    }

    /// <summary>Goes on behind the last sound record. What is cut off must not come back, beside what is written there.</summary>
    private void Continue(JournalReader reader, Instant now)
    {
        SysResult opened = _kernel.OpenForWriting(_path, isNew: false);
        Errno errno = opened.Errno;
        if (errno == Errno.None && reader.TailBytes > 0) errno = _kernel.Truncate(opened.Count, reader.End).Errno;
        if (errno == Errno.None && reader.TailBytes > 0) errno = _kernel.Sync(opened.Count).Errno;
        if (errno != Errno.None)
        {
            if (!opened.IsError) _kernel.Close(opened.Count);
            Refuse(errno, now);
            return;
        }

        _current.Continue(opened.Count, reader.End, reader.Records);
        if (reader.ClockStep == 0) return;
        AppendClock(reader.ClockStep);
        Commit(now);
    }

    private void Begin(Instant now)
    {
        SysResult opened = _kernel.OpenForWriting(_newPath, isNew: true);
        if (opened.IsError)
        {
            Refuse(opened.Errno, now);
            return;
        }

        _next.Begin(opened.Count, _unixSeconds);
        _source = _cursor = 0;
        _sliceAt = now;
    }

    private void Rewrite(Instant now)
    {
        if (now < _sliceAt) return;
        _sliceAt = now + _slicePause;
        long end = _next.Length + Limits.JournalSliceBytes;
        while (_next.Length < end && TryWriteLive())
        {
        }

        if (!_next.TryCommit())
        {
            _next.Discard();
            Refuse(_next.Errno, now);
            return;
        }

        if (_source == _sources.Count) Switch(now);
    }

    private bool TryWriteLive()
    {
        for (; _source < _sources.Count; _source++, _cursor = 0)
        {
            JournalSource source = _sources[_source];
            if (!source.TryNextLive(ref _cursor, _body, out int length)) continue;
            _next.Append(source.Kind, _unixSeconds, _body.AsSpan(0, length));
            return true;
        }

        return false;
    }

    /// <summary>The new file has all that is live, and is on the disk: from now on it is the journal.</summary>
    private void Switch(Instant now)
    {
        Errno errno = _kernel.Rename(_newPath, _path).Errno;
        if (errno != Errno.None)
        {
            _next.Discard();
            Refuse(errno, now);
            return;
        }

        (_current, _next) = (_next, _current);
        _next.Close();
        errno = _kernel.Sync(_folder).Errno;
        if (errno != Errno.None)
        {
            // After a power cut the name may lead to either of the two, and only one of them gets what comes now.
            _current.Close();
            Refuse(errno, now);
            return;
        }

        _retryWait = _retryMin;
        _events.OnRewritten();
    }

    private void Refuse(Errno errno, Instant now)
    {
        _refusal = errno;
        if (IsDurable) _events.OnNotRewritten(errno);
        else if (_isStarted || errno != Errno.AccessDenied) _events.OnFailing(errno);
        _retryAt = now + _retryWait;
        _retryWait = Duration.Min(_retryWait * 2, _retryMax);
    }

    private void AppendClock(long step)
    {
        Span<byte> body = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(body, step);
        Append(JournalKind.Clock, body);
    }

    private void ReadClock(Instant now)
    {
        Now = now;
        _unixSeconds = _kernel.UnixTimeSeconds();
    }

    private long OffsetAt(Instant now) => _unixSeconds - (now.Nanoseconds / 1_000_000_000);
}
