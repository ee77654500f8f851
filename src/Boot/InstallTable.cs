using System;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Boot;

/// <summary>
/// The installs of all machines, in fixed slots, found by machine or by token in constant time. The machines of the
/// configuration always have room; of the others one that was never given an answer file makes room for a new one.
/// </summary>
internal sealed class InstallTable
{
    private InstallEntry[] _entries;
    private SlotIndex _byKey;
    private SlotIndex _byToken;
    private readonly int _strangers;
    private int _unnamed;
    private int _hand;

    /// <param name="machines">Machines of the configuration.</param>
    /// <param name="strangers">Machines besides.</param>
    public InstallTable(int machines, int strangers = Limits.Clients)
    {
        int slots = machines + strangers;
        _strangers = strangers;
        _entries = new InstallEntry[slots];
        _byKey = new SlotIndex(slots);
        _byToken = new SlotIndex(slots);
    }

    /// <summary>Slots in use: those below.</summary>
    public int Count { get; private set; }

    /// <summary>Where changes are written down; null for nowhere.</summary>
    public InstallJournal? Journal { get; set; }

    public ref readonly InstallEntry this[int slot] => ref _entries[slot];

    /// <summary>Makes room for the machines of a new configuration. It allocates, as a reload does.</summary>
    public void Reserve(int machines)
    {
        // Those of the old configuration are kept: it may come back.
        int slots = Count + machines + _strangers;
        if (slots <= _entries.Length) return;
        Array.Resize(ref _entries, slots);
        _byKey = new SlotIndex(slots);
        _byToken = new SlotIndex(slots);
        for (int slot = 0; slot < Count; slot++)
        {
            _byKey.Add(_entries[slot].Key.Hash, slot);
            if (!_entries[slot].Token.IsNone) _byToken.Add(_entries[slot].Token.Hash, slot);
        }
    }

    /// <summary>The slot of a machine, or -1.</summary>
    public int Find(in InstallKey key)
    {
        int slot = _byKey.First(key.Hash);
        while (slot >= 0 && _entries[slot].Key != key) slot = _byKey.Next(slot);
        return slot;
    }

    /// <summary>The slot of the machine whose last boot got a token, or -1.</summary>
    public int Find(BootToken token)
    {
        if (token.IsNone) return -1;
        int slot = _byToken.First(token.Hash);
        while (slot >= 0 && _entries[slot].Token != token) slot = _byToken.Next(slot);
        return slot;
    }

    /// <summary>The slot of a machine, a new one when it has none; -1 when there is no room for a stranger.</summary>
    public int Touch(in InstallKey key)
    {
        int slot = Find(key);
        if (slot >= 0) return slot;
        bool isFull = key.Name is null ? _unnamed >= _strangers : Count == _entries.Length;
        if (!isFull && Count < _entries.Length) slot = Count++;
        else if (!TryEvict(out slot)) return -1;
        if (key.Name is null) _unnamed++;
        _entries[slot] = new() { Key = key, HardwareAddress = key.HardwareAddress, BootedAt = Instant.Never, Image = [] };
        _byKey.Add(key.Hash, slot);
        return slot;
    }

    /// <summary>A machine's boot was told how to get its answer file.</summary>
    public void SetBoot(int slot, HardwareAddress card, BootToken token, Instant bootedAt)
    {
        ref InstallEntry entry = ref _entries[slot];
        if (entry.Token == token) return;
        SetToken(slot, token);
        entry.HardwareAddress = card;
        entry.BootedAt = bootedAt;
        Journal?.OnChange(entry);
    }

    /// <summary>It was given its answer file.</summary>
    public void SetInstalling(int slot, Instant now, byte[] image)
    {
        ref InstallEntry entry = ref _entries[slot];
        if (entry.State == InstallState.Installing) return;
        entry.State = InstallState.Installing;
        entry.Proof = InstallProof.None;
        entry.Since = now;
        entry.Image = image;
        Journal?.OnChange(entry);
    }

    public void SetInstalled(int slot, Instant now, InstallProof proof)
    {
        ref InstallEntry entry = ref _entries[slot];
        if (entry.State == InstallState.Installed) return;
        entry.State = InstallState.Installed;
        entry.Proof = proof;
        entry.Since = now;
        Journal?.OnChange(entry);
    }

    /// <summary>It boots from the network again without having reported: that install came to nothing.</summary>
    public void SetFailed(int slot, Instant now)
    {
        ref InstallEntry entry = ref _entries[slot];
        entry.State = InstallState.Armed;
        entry.Since = now;
        if (entry.Failures < ushort.MaxValue) entry.Failures++;
        Journal?.OnChange(entry);
    }

    /// <summary>It is to be installed, whatever was before; <paramref name="again"/> is the request that says so.</summary>
    public void Arm(int slot, Instant now, UInt128 again)
    {
        ref InstallEntry entry = ref _entries[slot];
        SetToken(slot, default);
        entry.State = InstallState.Armed;
        entry.Proof = InstallProof.None;
        entry.Since = now;
        entry.Failures = 0;
        entry.Again = again;
        Journal?.OnChange(entry);
    }

    /// <summary>Takes an entry of an earlier life; the last one of a machine counts.</summary>
    public bool TryRestore(in InstallEntry entry)
    {
        int slot = Touch(entry.Key);
        if (slot < 0) return false;
        SetToken(slot, entry.Token);
        _entries[slot] = entry;
        return true;
    }

    private void SetToken(int slot, BootToken token)
    {
        ref InstallEntry entry = ref _entries[slot];
        if (!entry.Token.IsNone) _byToken.Remove(entry.Token.Hash, slot);
        entry.Token = token;
        if (!token.IsNone) _byToken.Add(token.Hash, slot);
    }

    private bool TryEvict(out int slot)
    {
        for (int i = 0; i < Count; i++)
        {
            slot = _hand = _hand + 1 < Count ? _hand + 1 : 0;
            ref readonly InstallEntry entry = ref _entries[slot];
            if (entry.Key.Name is not null || entry.State != InstallState.Armed) continue;
            SetToken(slot, default);
            _byKey.Remove(entry.Key.Hash, slot);
            _unnamed--;
            return true;
        }

        slot = -1;
        return false;
    }
}
