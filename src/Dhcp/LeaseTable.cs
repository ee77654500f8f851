using System;
using System.Collections.Generic;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Dhcp;

/// <summary>
/// Every address of the pool and of the reservations, one slot each: who has it and until when. Every step is O(1) in
/// the number of leases, but for moving a deadline, which is O(log n).
/// </summary>
/// <remarks>
/// One machine keeps one address through firmware, iPXE, installer and system, though each sends another client
/// identifier: so the hardware address is the identity, and the client identifier only stands in where there is none
/// (cloned systems share theirs, and must not share an address). The address of an unknown machine comes from a hash
/// of its hardware address, so that it is the same after a total loss of state.
/// </remarks>
internal sealed class LeaseTable
{
    /// <summary>How long an offer is kept.</summary>
    public static readonly Duration OfferTime = Duration.FromSeconds(60);

    /// <summary>How long a declined address is left alone.</summary>
    public static readonly Duration QuarantineTime = Duration.FromSeconds(600);

    private const int ExpiriesPerTurn = 1024;

    private readonly DhcpNetwork _network;
    private readonly Ipv4Address _first;
    private readonly int _poolCount;
    private readonly Slot[] _slots;
    private readonly FreeSlots _free;
    private readonly SlotQueue _idle;

    // What is offered to machines that are not configured: in a flood a configured one takes the oldest of these.
    private readonly SlotQueue _takeable;
    private readonly SlotIndex _byMachine;
    private readonly SlotIndex _byClientId;
    private readonly SlotIndex _byAddress;
    private readonly DeadlineHeap _deadlines;

    public LeaseTable(DhcpNetwork network, IReadOnlyList<MachineSetting> machines)
    {
        _network = network;
        _first = network.Pool?.First ?? Ipv4Address.Any;
        _poolCount = (int)(network.Pool?.Count ?? 0);
        int outside = 0;
        for (int i = 0; i < machines.Count; i++) outside += IsReservedOutside(machines[i].Address) ? 1 : 0;
        int count = _poolCount + outside;
        _slots = new Slot[count];
        _free = new(_poolCount);
        _idle = new(_poolCount);
        _takeable = new(_poolCount);
        _byMachine = new(count);
        _byClientId = new(count);
        _byAddress = new(count);
        _deadlines = new(count);
        for (int slot = 0; slot < _poolCount; slot++)
        {
            ref Slot lease = ref _slots[slot];
            lease.Address = network.Pool!.Value.At(slot);
            lease.State = network.IsHost(lease.Address) && !network.IsTaken(lease.Address)
                ? LeaseState.Free : LeaseState.Excluded;
        }

        ReserveAll(machines);
        for (int slot = 0; slot < _poolCount; slot++)
        {
            if (_slots[slot].State == LeaseState.Free && !_slots[slot].IsReserved) _free.Add(slot);
        }
    }

    /// <summary>Slots in all.</summary>
    public int Count => _slots.Length;

    /// <summary>Addresses of the pool that nobody ever had.</summary>
    public int FreeCount => _free.Count;

    /// <summary>When <see cref="Expire"/> has something to do.</summary>
    public Instant NextDeadline => _deadlines.Next;

    /// <summary>The slot that belongs to a client, in whatever state, or -1.</summary>
    public int Find(in LeaseKey key)
    {
        if (key.Machine.IsNone) return FindByClientId(key.ClientId);
        for (int slot = _byMachine.First(key.Machine.Hash); slot >= 0; slot = _byMachine.Next(slot))
        {
            if (_slots[slot].Owner.Machine == key.Machine) return slot;
        }

        return -1;
    }

    /// <summary>The slot of an address, or -1 when it is not ours to give.</summary>
    public int Find(Ipv4Address address)
    {
        if (_network.Pool is { } pool && pool.Contains(address)) return (int)(address.Value - _first.Value);
        for (int slot = _byAddress.First(HashOf(address)); slot >= 0; slot = _byAddress.Next(slot))
        {
            if (_slots[slot].Address == address) return slot;
        }

        return -1;
    }

    public LeaseState StateOf(int slot) => _slots[slot].State;

    public LeaseKey OwnerOf(int slot) => _slots[slot].Owner;

    public Ipv4Address AddressOf(int slot) => _slots[slot].Address;

    /// <summary>
    /// The slot for a client that asks: its reservation, else what it had, else what it wants, else what its hardware
    /// address hashes to, else what has been idle longest, else, for a configured machine, what was offered to another
    /// that is not. Nothing is changed.
    /// </summary>
    /// <returns>-1 when there is none.</returns>
    public int Choose(in LeaseKey key, Ipv4Address reservation, Ipv4Address wanted, bool isConfigured = false)
    {
        if (key.IsNone) return -1;
        int slot = reservation.IsAny ? -1 : Find(reservation);
        if (slot >= 0 && CanHave(slot, key)) return slot;
        slot = Find(key);
        if (slot >= 0) return slot;
        slot = wanted.IsAny ? -1 : Find(wanted);
        if (slot >= 0 && slot < _poolCount && _free.Contains(slot)) return slot;
        if (_free.Count > 0) return _free.FirstFrom((int)(key.Hash % (ulong)_poolCount));
        return _idle.First >= 0 || !isConfigured ? _idle.First : _takeable.First;
    }

    /// <summary>Keeps an address for a client, so that a second client is offered another.</summary>
    public bool TryOffer(
        Instant now,
        in LeaseKey key,
        Ipv4Address reservation,
        Ipv4Address wanted,
        out Ipv4Address address,
        bool isConfigured = false)
    {
        int slot = Choose(key, reservation, wanted, isConfigured);
        address = slot < 0 ? Ipv4Address.Any : _slots[slot].Address;
        if (slot < 0) return false;
        Give(slot, key);

        // A machine that boots again still has its lease: the offer must not shorten it.
        if (_slots[slot].State == LeaseState.Bound) return true;
        Change(slot, LeaseState.Offered, now + OfferTime);
        if (isConfigured || slot >= _poolCount || _slots[slot].IsReserved) return true;
        _slots[slot].IsTakeable = true;
        _takeable.Append(slot);
        return true;
    }

    /// <summary>True when a client may have this very address: it is its own, or it is nobody's.</summary>
    public bool CanBind(in LeaseKey key, Ipv4Address reservation, Ipv4Address address)
    {
        int slot = Find(address);
        if (key.IsNone || slot < 0 || !CanHave(slot, key)) return false;
        if (address == reservation) return true;
        return IsOwner(slot, key) || (slot < _poolCount && _free.Contains(slot) && Find(key) < 0);
    }

    /// <summary>Gives a client an address that <see cref="CanBind"/> allowed, or the one that it has for longer.</summary>
    public void Bind(Instant now, in LeaseKey key, Ipv4Address address, Duration lease)
    {
        int slot = Find(address);
        Check.That(slot >= 0 && CanHave(slot, key));
        Give(slot, key);
        Change(slot, LeaseState.Bound, now + lease);
    }

    /// <summary>The client took another server's offer.</summary>
    public void Withdraw(in LeaseKey key)
    {
        int slot = Find(key);
        if (slot >= 0 && _slots[slot].State == LeaseState.Offered) Retire(slot);
    }

    /// <summary>The client gives its address back; it is kept for it as long as there are others.</summary>
    public bool TryRelease(in LeaseKey key, Ipv4Address address)
    {
        int slot = Find(address);
        if (slot < 0 || !IsOwner(slot, key) || _slots[slot].State is not (LeaseState.Bound or LeaseState.Offered)) return false;
        Retire(slot);
        return true;
    }

    /// <summary>The client found somebody else at its address: nobody gets it for a while.</summary>
    public bool TryDecline(Instant now, in LeaseKey key, Ipv4Address address)
    {
        int slot = Find(address);
        if (slot < 0 || !IsOwner(slot, key)) return false;
        Disown(slot);
        Change(slot, LeaseState.Declined, now + QuarantineTime);
        return true;
    }

    /// <summary>
    /// Ends what is over: offers nobody took, leases nobody renewed, quarantines. A bounded number at a time; the
    /// rest stays due.
    /// </summary>
    public void Expire(Instant now)
    {
        for (int i = 0; i < ExpiriesPerTurn && _deadlines.TryPopDue(now, out int slot); i++) Retire(slot);
    }

    /// <summary>True when the table says that somebody else has an address, whoever claims to use it.</summary>
    public bool IsOthers(in LeaseKey key, Ipv4Address address)
    {
        int slot = Find(address);
        return slot >= 0 && _slots[slot].State == LeaseState.Bound && !_slots[slot].Owner.IsNone && !IsOwner(slot, key);
    }

    /// <summary>
    /// Takes over from a table with other settings the bindings that still make sense. An address that is in use, or that
    /// somebody found in use, stays nobody's until then, also where its owner has lost it to a new reservation.
    /// </summary>
    public void TakeOver(LeaseTable old)
    {
        for (int before = 0; before < old._slots.Length; before++)
        {
            ref Slot lease = ref old._slots[before];
            bool isInUse = lease.State is LeaseState.Bound or LeaseState.Declined;
            int slot = isInUse || lease.State == LeaseState.Idle ? Find(lease.Address) : -1;
            if (slot < 0 || _slots[slot].State == LeaseState.Excluded) continue;
            bool isOwned = !lease.Owner.IsNone && CanHave(slot, lease.Owner) && Find(lease.Owner) < 0;
            if (isOwned) Give(slot, lease.Owner);
            if (isOwned || isInUse) Change(slot, lease.State, lease.Until);
        }
    }

    private bool IsReservedOutside(Ipv4Address address) =>
        _network.IsHost(address) && !_network.IsTaken(address) && _network.Pool?.Contains(address) != true;

    private void ReserveAll(IReadOnlyList<MachineSetting> machines)
    {
        int next = _poolCount;
        for (int i = 0; i < machines.Count; i++)
        {
            Ipv4Address address = machines[i].Address;
            int slot = address.IsAny ? -1 : Find(address);
            if (slot < 0 && IsReservedOutside(address))
            {
                slot = next++;
                _slots[slot].Address = address;
                _byAddress.Add(HashOf(address), slot);
            }

            if (slot < 0 || _slots[slot].State == LeaseState.Excluded) continue;
            _slots[slot].IsReserved = true;
            _slots[slot].ReservedFor = machines[i].HardwareAddress;
        }
    }

    private int FindByClientId(UInt128 clientId)
    {
        if (clientId == 0) return -1;
        for (int slot = _byClientId.First(unchecked((ulong)clientId)); slot >= 0; slot = _byClientId.Next(slot))
        {
            if (_slots[slot].Owner.ClientId == clientId && _slots[slot].Owner.Machine.IsNone) return slot;
        }

        return -1;
    }

    private bool IsOwner(int slot, in LeaseKey key)
    {
        ref readonly LeaseKey owner = ref _slots[slot].Owner;
        if (owner.IsNone) return false;
        return key.Machine.IsNone
            ? owner.Machine.IsNone && owner.ClientId == key.ClientId
            : owner.Machine == key.Machine;
    }

    /// <summary>Nobody else has it or is promised it.</summary>
    private bool CanHave(int slot, in LeaseKey key)
    {
        ref readonly Slot lease = ref _slots[slot];
        if (!lease.ReservedFor.IsNone && lease.ReservedFor != key.Machine) return false;
        return lease.State is LeaseState.Free or LeaseState.Idle
            || (lease.State is LeaseState.Offered or LeaseState.Bound && IsOwner(slot, key));
    }

    /// <summary>Makes a client the owner of a slot, and of no other.</summary>
    private void Give(int slot, in LeaseKey key)
    {
        if (IsOwner(slot, key)) return;
        int other = Find(key);
        if (other >= 0)
        {
            // It may still use its old address: that is nobody's until the lease is over.
            Disown(other);
            if (_slots[other].State != LeaseState.Bound) Retire(other);
        }

        Disown(slot);
        ref Slot lease = ref _slots[slot];
        lease.Owner = key;
        lease.WasBound = false;
        if (key.Machine.IsNone) _byClientId.Add(unchecked((ulong)key.ClientId), slot);
        else _byMachine.Add(key.Machine.Hash, slot);
    }

    private void Disown(int slot)
    {
        ref Slot lease = ref _slots[slot];
        if (lease.Owner.IsNone) return;
        if (lease.Owner.Machine.IsNone) _byClientId.Remove(unchecked((ulong)lease.Owner.ClientId), slot);
        else _byMachine.Remove(lease.Owner.Machine.Hash, slot);
        lease.Owner = default;
    }

    /// <summary>What was bound stays its owner's while it is idle; what was only offered is forgotten.</summary>
    private void Retire(int slot)
    {
        if (_slots[slot].WasBound && _slots[slot].State != LeaseState.Declined)
        {
            Change(slot, LeaseState.Idle, Instant.Never);
            return;
        }

        Disown(slot);
        Change(slot, LeaseState.Free, Instant.Never);
    }

    /// <summary>
    /// The one place where a binding changes, so that a journal has one place to listen: the slot's state, deadline,
    /// and its place among the free or the idle.
    /// </summary>
    private void Change(int slot, LeaseState state, Instant until)
    {
        ref Slot lease = ref _slots[slot];
        bool isPool = slot < _poolCount && !lease.IsReserved;
        if (isPool && lease.State == LeaseState.Free) _free.Remove(slot);
        if (isPool && lease.State == LeaseState.Idle) _idle.Remove(slot);
        if (lease.IsTakeable) _takeable.Remove(slot);
        lease.IsTakeable = false;
        lease.State = state;
        lease.Until = until;
        lease.WasBound |= state is LeaseState.Bound or LeaseState.Idle;
        if (isPool && state == LeaseState.Free) _free.Add(slot);
        if (isPool && state == LeaseState.Idle) _idle.Append(slot);
        _deadlines.Set(slot, until);
    }

    private static ulong HashOf(Ipv4Address address) => Fnv.Mix(address.Value);

    private struct Slot
    {
        public Ipv4Address Address;
        public LeaseKey Owner;
        public Instant Until;
        public HardwareAddress ReservedFor;
        public LeaseState State;
        public bool IsReserved;
        public bool WasBound;
        public bool IsTakeable;
    }
}
