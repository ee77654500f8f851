using System;
using System.Collections.Generic;
using Aglet.Core;
using Aglet.Journal;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Dhcp;

/// <summary>
/// The leases' part of the journal: which changes of a <see cref="LeaseTable"/> must outlive us, and how they come back.
/// </summary>
/// <remarks>
/// A binding is written before it is acknowledged. What is not written can be known without: an offer is no promise, and
/// that a lease has ended is seen by its time.
/// <para>
/// The time that is written is an eighth of the lease later than the one that is acknowledged. A machine asks three or four
/// times while it boots (firmware, iPXE, installer, system), and each acknowledgment promises a little more; as long as
/// what is written already covers the new promise, nothing is written. So no promise is ever longer than its record, and
/// one boot costs one write; after a restart an address may be kept for its owner an eighth of a lease longer than needed.
/// </para>
/// </remarks>
internal sealed class LeaseJournal : JournalSource
{
    private const int AheadDivisor = 8;

    private readonly StateJournal _journal;

    // Addresses that the configuration does not give out now: kept until they end, for it may do so again.
    private readonly List<LeaseBinding> _foreign = [];
    private readonly Dictionary<Ipv4Address, int> _foreignAt = [];
    private LeaseTable[] _tables = [];
    private bool _isRestoring;

    public LeaseJournal(StateJournal journal)
        : base(JournalKind.Lease)
    {
        _journal = journal;
        journal.Register(this);
    }

    public override int LiveCount
    {
        get
        {
            int count = _foreign.Count;
            for (int i = 0; i < _tables.Length; i++) count += _tables[i].Count - _tables[i].FreeCount;
            return count;
        }
    }

    /// <summary>The tables from now on: their changes are written, and they get back what was kept for their addresses.</summary>
    public void Use(params LeaseTable[] tables)
    {
        for (int i = 0; i < _tables.Length; i++) _tables[i].Journal = null;
        _tables = tables;
        for (int i = 0; i < _tables.Length; i++) _tables[i].Journal = this;
        _isRestoring = true;
        for (int i = _foreign.Count - 1; i >= 0; i--)
        {
            if (TryRestore(_foreign[i])) _foreign.RemoveAt(i);
        }

        _isRestoring = false;
        _journal.Restart();
    }

    /// <summary>Makes durable what was changed, so that it may be answered.</summary>
    public void Commit(Instant now) => _journal.Commit(now);

    /// <summary>A binding has changed.</summary>
    /// <param name="before">What it was.</param>
    /// <param name="after">What it is.</param>
    /// <param name="durable">Until when the journal says that the owner has it; the start of time when it does not.</param>
    /// <returns>The same of now.</returns>
    public Instant OnChange(in LeaseBinding before, in LeaseBinding after, Instant durable)
    {
        if (!_journal.IsReplayed || _isRestoring) return durable;
        switch (after.State)
        {
            case LeaseState.Bound when after.Until <= durable:
                return durable;
            case LeaseState.Bound:
                Instant ahead = after.Until + ((after.Until - _journal.Now) / AheadDivisor);
                Append(after with { Until = ahead });
                return ahead;
            case LeaseState.Declined:
            case LeaseState.Idle when before.State == LeaseState.Bound && before.Until > _journal.Now:
                Append(after);
                return default;
            default:
                return durable;
        }
    }

    public override bool TryReplay(in JournalRecord record)
    {
        if (!LeaseRecord.TryRead(record.Body, out LeaseRecord lease)) return false;
        Instant until = _journal.ToInstant(record.Today(lease.UntilUnixSeconds));
        LeaseBinding binding = new(lease.Address, lease.Owner, lease.State, until);
        if (until <= _journal.Now) binding = Ended(binding);
        if (TryRestore(binding)) return true;
        if (_foreignAt.TryGetValue(lease.Address, out int at))
        {
            _foreign[at] = binding;
            return true;
        }

        _foreignAt.Add(lease.Address, _foreign.Count);
        _foreign.Add(binding);
        return true;
    }

    public override bool TryNextLive(ref int cursor, Span<byte> body, out int length)
    {
        for (; TryGet(cursor, out LeaseBinding binding); cursor++)
        {
            bool isLive = binding.State is LeaseState.Bound or LeaseState.Declined
                ? binding.Until > _journal.Now
                : binding.State == LeaseState.Idle && !binding.Owner.IsNone;
            if (!isLive) continue;
            length = RecordOf(binding).Write(body);
            cursor++;
            return true;
        }

        length = 0;
        return false;
    }

    /// <summary>What a binding is when its time is over.</summary>
    private static LeaseBinding Ended(in LeaseBinding binding) => binding.State == LeaseState.Declined
        ? new(binding.Address, default, LeaseState.Free, Instant.Never)
        : binding with { State = LeaseState.Idle, Until = Instant.Never };

    private bool TryGet(int cursor, out LeaseBinding binding)
    {
        binding = default;
        if (cursor < _foreign.Count)
        {
            binding = _foreign[cursor];
            return true;
        }

        cursor -= _foreign.Count;
        for (int i = 0; i < _tables.Length; i++)
        {
            if (cursor < _tables[i].Count)
            {
                binding = _tables[i].DurableBinding(cursor);
                return true;
            }

            cursor -= _tables[i].Count;
        }

        return false;
    }

    private bool TryRestore(in LeaseBinding binding)
    {
        for (int i = 0; i < _tables.Length; i++)
        {
            if (_tables[i].TryRestore(binding)) return true;
        }

        return false;
    }

    private LeaseRecord RecordOf(in LeaseBinding binding) =>
        new(binding.Address, binding.Owner, binding.State, _journal.ToUnixSeconds(binding.Until));

    private void Append(in LeaseBinding binding)
    {
        Span<byte> body = stackalloc byte[LeaseRecord.BytesMax];
        _journal.Append(Kind, body[..RecordOf(binding).Write(body)]);
    }
}
