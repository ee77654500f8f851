using System;
using Aglet.Journal;
using Aglet.Time;

namespace Aglet.Boot;

/// <summary>The installs' part of the journal: each change of an <see cref="InstallTable"/> is a record.</summary>
internal sealed class InstallJournal : JournalSource
{
    private readonly StateJournal _journal;
    private readonly InstallTable _table;

    public InstallJournal(StateJournal journal, InstallTable table)
        : base(JournalKind.Install)
    {
        _journal = journal;
        _table = table;
        journal.Register(this);
        table.Journal = this;
    }

    public override int LiveCount => _table.Count;

    public override bool TryReplay(in JournalRecord record)
    {
        if (!InstallRecord.TryRead(record.Body, out InstallEntry entry, out long booted, out long since)) return false;
        entry.BootedAt = _journal.ToInstant(record.Today(booted));
        entry.Since = _journal.ToInstant(record.Today(since));
        _ = _table.TryRestore(entry);
        return true;
    }

    public override bool TryNextLive(ref int cursor, Span<byte> body, out int length)
    {
        length = 0;
        if (cursor >= _table.Count) return false;
        length = Write(_table[cursor++], body);
        return true;
    }

    /// <summary>An entry has changed; it is written down at the end of the turn, or by <see cref="TryCommit"/>.</summary>
    public void OnChange(in InstallEntry entry)
    {
        if (!_journal.IsReplayed) return;
        Span<byte> body = stackalloc byte[InstallRecord.BytesMax];
        _journal.Append(Kind, body[..Write(entry, body)]);
    }

    /// <summary>Makes all changes durable at once; false when the disk refuses.</summary>
    public bool TryCommit(Instant now)
    {
        _journal.Commit(now);
        return _journal.IsDurable;
    }

    private int Write(in InstallEntry entry, Span<byte> body) =>
        InstallRecord.Write(entry, _journal.ToUnixSeconds(entry.BootedAt), _journal.ToUnixSeconds(entry.Since), body);
}
