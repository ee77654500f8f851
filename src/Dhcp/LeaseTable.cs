using System;
using System.Collections.Generic;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Dhcp;

/// <summary>
/// Every address of the pools and of the reservations, one slot each: who has it and until when. Every step is O(1) in
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

    /// <summary>Who has not claimed an offer by then does not mean to.</summary>
    public static readonly Duration ClaimTime = Duration.FromSeconds(10);

    private const int ExpiriesPerTurn = 1024;

    /// <summary>So many strangers may be about to claim an address before they look like a flood.</summary>
    private const int NewcomersAtOnce = 8;

    private const int ReserveMax = 64;

    private readonly DhcpNetworks _networks;

    // The pools' slots stand first, one pool after the other.
    private readonly Pool[] _pools;
    private readonly int _poolCount;
    private readonly Slot[] _slots;
    private readonly SlotIndex _byMachine;
    private readonly SlotIndex _byClientId;
    private readonly SlotIndex _byAddress;
    private readonly DeadlineHeap _deadlines;
    private readonly RepeatedAskers _askers = new();

    public LeaseTable(DhcpNetworks networks, IReadOnlyList<MachineSetting> machines)
    {
        _networks = networks;
        _pools = new Pool[networks.Count];
        for (int i = 0; i < _pools.Length; i++)
        {
            int size = (int)(networks[i].Pool?.Count ?? 0);
            _pools[i] = new(_poolCount, size);
            _poolCount += size;
        }

        int outside = 0;
        for (int i = 0; i < machines.Count; i++) outside += IsReservedOutside(machines[i].Address) ? 1 : 0;
        int count = _poolCount + outside;
        _slots = new Slot[count];
        _byMachine = new(count);
        _byClientId = new(count);
        _byAddress = new(count);
        _deadlines = new(count);
        for (int i = 0; i < _pools.Length; i++) FillPool(networks[i], _pools[i].First);
        ReserveAll(machines);
        foreach (Pool pool in _pools)
        {
            for (int slot = pool.First; slot < pool.First + pool.Count; slot++)
            {
                if (_slots[slot].State == LeaseState.Free && !_slots[slot].IsReserved) pool.Free.Add(slot - pool.First);
            }
        }
    }

    /// <summary>Slots in all.</summary>
    public int Count => _slots.Length;

    /// <summary>Addresses of the pools that nobody ever had.</summary>
    public int FreeCount
    {
        get
        {
            int count = 0;
            foreach (Pool pool in _pools) count += pool.Free.Count;
            return count;
        }
    }

    /// <summary>Where changes are written that must outlive us; null for nowhere.</summary>
    public LeaseJournal? Journal { get; set; }

    /// <summary>When <see cref="Expire"/> has something to do.</summary>
    public Instant NextDeadline => _deadlines.Next;

    /// <summary>The slot that belongs to a client, in whatever state, or -1.</summary>
    public int Find(in LeaseKey key)
    {
        if (key.Machine.IsNone) return FindByClientId(key);
        for (int slot = _byMachine.First(HashOf(key)); slot >= 0; slot = _byMachine.Next(slot))
        {
            ref readonly LeaseKey owner = ref _slots[slot].Owner;
            if (owner.Machine == key.Machine && owner.Network == key.Network) return slot;
        }

        return -1;
    }

    /// <summary>The slot of an address, or -1 when it is not ours to give.</summary>
    public int Find(Ipv4Address address)
    {
        DhcpNetwork? network = _networks.Find(address);
        if (network is null) return -1;
        if (network.Pool is { } pool && pool.Contains(address))
        {
            return _pools[network.Index].First + (int)(address.Value - pool.First.Value);
        }

        for (int slot = _byAddress.First(HashOf(address)); slot >= 0; slot = _byAddress.Next(slot))
        {
            if (At(slot).Address == address) return slot;
        }

        return -1;
    }

    public LeaseState StateOf(int slot) => _slots[slot].State;

    public LeaseKey OwnerOf(int slot) => At(slot).Owner;

    public Ipv4Address AddressOf(int slot) => At(slot).Address;

    /// <summary>
    /// The slot for a client that asks: its reservation, else what it had, else what it wants, else what its hardware
    /// address hashes to, else what has been idle longest, else, for a configured machine, what was offered to another
    /// that is not. Nothing is changed.
    /// </summary>
    /// <returns>-1 when there is none.</returns>
    public int Choose(in LeaseKey key, Ipv4Address reservation, Ipv4Address wanted, bool isConfigured = false)
    {
        if (key.IsNone) return -1;
        Pool pool = _pools[key.Network];
        int slot = reservation.IsAny ? -1 : Find(reservation);
        if (slot >= 0 && CanHave(slot, key)) return slot;
        slot = Find(key);
        if (slot >= 0) return slot;
        slot = wanted.IsAny ? -1 : Find(wanted);
        if (slot >= 0 && IsFree(slot, key.Network)) return slot;
        if (pool.Free.Count > 0) return pool.First + pool.Free.FirstFrom((int)(key.Hash % (ulong)pool.Count));
        int taken = pool.Idle.First >= 0 || !isConfigured ? pool.Idle.First : pool.Takeable.First;
        return taken < 0 ? -1 : pool.First + taken;
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
        bool isStranger = !isConfigured && !key.IsNone && (slot < 0 || (!At(slot).IsReserved && !IsOwner(slot, key)));
        if (isStranger) slot = ChooseForStranger(now, key, slot);
        address = slot < 0 ? Ipv4Address.Any : At(slot).Address;
        if (slot < 0) return false;
        Give(slot, key);

        // A machine that boots again still has its lease: the offer must not shorten it.
        if (At(slot).State == LeaseState.Bound) return true;
        Change(slot, LeaseState.Offered, now + OfferTime);
        if (isConfigured || slot >= _poolCount || At(slot).IsReserved || At(slot).WasBound) return true;
        Pool pool = _pools[key.Network];
        At(slot).IsTakeable = true;
        pool.Takeable.Append(slot - pool.First);
        return true;
    }

    /// <summary>
    /// What a machine that is neither configured nor has an address is offered: what was chosen for it, unless free addresses
    /// are few and many strangers hold offers.
    /// </summary>
    /// <remarks>
    /// A flood of made-up hardware addresses takes an offer with each, and claims none. It may have all but a sixteenth of
    /// the pool, for a minute each. The rest is for who asks again, which machines do and floods do not: first what is free,
    /// then the oldest offer that nobody claimed, and last what has been idle longest, whose owner would miss it.
    /// Whoever means an offer claims it within <see cref="ClaimTime"/>: EDK2 collects offers for 4 s and repeats a lost
    /// REQUEST after as long again. So a real machine that comes into a flood has its address with its second or
    /// third DISCOVER, and one that had a lease or is configured with its first.
    /// A hall of machines in a pool that it fits into finds it free; in one that it barely fits into the last ones wait
    /// for their second DISCOVER, which is 4 s.
    /// </remarks>
    /// <returns>-1 when there is nothing for it now.</returns>
    private int ChooseForStranger(Instant now, in LeaseKey key, int chosen)
    {
        Pool pool = _pools[key.Network];
        if (pool.Free.Count > pool.Reserve) return chosen;
        bool isFree = pool.Free.Count > 0;
        if (pool.Takeable.Count < (isFree ? NewcomersAtOnce : 1)) return chosen;
        if (!_askers.HasAskedBefore(now, key.Hash)) return -1;
        int oldest = isFree ? -1 : pool.Takeable.First;
        bool isUnclaimed = oldest >= 0 && _slots[pool.First + oldest].Until - now <= OfferTime - ClaimTime;
        return isUnclaimed ? pool.First + oldest : chosen;
    }

    /// <summary>True when a network's pool still has addresses that nobody uses or was offered.</summary>
    public bool HasRoom(int network) => _pools[network].Free.Count > 0 || _pools[network].Idle.First >= 0;

    /// <summary>True for a client that has a lease, or had one that is still kept for it.</summary>
    public bool IsKnown(in LeaseKey key) => Find(key) is int slot and >= 0 && At(slot).WasBound;

    /// <summary>True for an address that its owner never used: it was offered, and no more.</summary>
    public bool IsFresh(Ipv4Address address) => Find(address) is int slot and >= 0 && !At(slot).WasBound;

    /// <summary>Somebody else uses an address that nobody has from us: nobody gets it for a while.</summary>
    /// <returns>False for an address that is not ours to give, or in use by whom we gave it to.</returns>
    public bool TryQuarantine(Instant now, Ipv4Address address)
    {
        int slot = Find(address);
        if (slot < 0 || At(slot).State is not (LeaseState.Free or LeaseState.Offered or LeaseState.Idle)) return false;
        Disown(slot);
        Change(slot, LeaseState.InUse, now + QuarantineTime);
        return true;
    }

    /// <summary>True when a client may have this very address: it is its own, or it is nobody's.</summary>
    public bool CanBind(in LeaseKey key, Ipv4Address reservation, Ipv4Address address)
    {
        int slot = Find(address);
        if (key.IsNone || slot < 0 || !CanHave(slot, key)) return false;
        if (address == reservation) return true;
        return IsOwner(slot, key) || (IsFree(slot, key.Network) && Find(key) < 0);
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
        if (slot >= 0 && At(slot).State == LeaseState.Offered) Retire(slot);
    }

    /// <summary>The client gives its address back; it is kept for it as long as there are others.</summary>
    public bool TryRelease(in LeaseKey key, Ipv4Address address)
    {
        int slot = Find(address);
        if (slot < 0 || !IsOwner(slot, key) || At(slot).State is not (LeaseState.Bound or LeaseState.Offered)) return false;
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
        return slot >= 0 && At(slot).State == LeaseState.Bound && !At(slot).Owner.IsNone && !IsOwner(slot, key);
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
            bool isInUse = lease.State is LeaseState.Bound or LeaseState.Declined or LeaseState.InUse;
            int slot = isInUse || lease.State == LeaseState.Idle ? Find(lease.Address) : -1;
            if (slot < 0 || At(slot).State == LeaseState.Excluded) continue;
            LeaseKey owner = lease.Owner with { Network = At(slot).Network };
            bool isOwned = !owner.IsNone && CanHave(slot, owner) && Find(owner) < 0;
            if (isOwned) Give(slot, owner);
            if (isOwned || isInUse) Change(slot, lease.State, lease.Until);
        }
    }

    /// <summary>Puts back what a journal says of an address, instead of what is known of it. False when it is not ours.</summary>
    public bool TryRestore(in LeaseBinding binding)
    {
        int slot = Find(binding.Address);
        if (slot < 0 || At(slot).State == LeaseState.Excluded) return false;
        Disown(slot);
        if (At(slot).State != LeaseState.Free) Change(slot, LeaseState.Free, Instant.Never);
        At(slot).WasBound = false;
        LeaseKey owner = binding.Owner with { Network = At(slot).Network };
        bool isOwned = !owner.IsNone && CanHave(slot, owner);
        if (isOwned) Give(slot, owner);
        if (isOwned || binding.State is LeaseState.Bound or LeaseState.Declined) Change(slot, binding.State, binding.Until);
        if (binding.State == LeaseState.Bound) At(slot).Durable = binding.Until;
        return true;
    }

    /// <summary>
    /// What a journal has to say of a slot: that an address is being offered to its owner again is not in it. Of a free one
    /// not even the address.
    /// </summary>
    public LeaseBinding DurableBinding(int slot)
    {
        // Not filled in: whoever looks through the whole table does not touch what nobody has.
        if (_slots[slot].State == LeaseState.Free) return default;
        ref readonly Slot lease = ref At(slot);
        return lease.State switch
        {
            LeaseState.Bound when lease.Durable > lease.Until => new(lease.Address, lease.Owner, lease.State, lease.Durable),
            LeaseState.Offered when lease.WasBound => new(lease.Address, lease.Owner, LeaseState.Idle, Instant.Never),
            _ => new(lease.Address, lease.Owner, lease.State, lease.Until),
        };
    }

    private void FillPool(DhcpNetwork network, int first)
    {
        for (int i = 0; i < (network.Pool?.Count ?? 0); i++)
        {
            if (!IsGivable(network, network.Pool!.Value.At(i))) At(first + i).State = LeaseState.Excluded;
        }
    }

    /// <summary>
    /// A slot that is filled in when it is first needed: most of a large pool is never touched, and takes no memory.
    /// </summary>
    private ref Slot At(int slot)
    {
        ref Slot lease = ref _slots[slot];
        if (lease.Address.IsAny) FillIn(ref lease, slot);
        return ref lease;
    }

    private void FillIn(ref Slot lease, int slot)
    {
        if (slot >= _poolCount) return;
        int network = 0;
        while (slot >= _pools[network].First + _pools[network].Count) network++;
        lease.Address = _networks[network].Pool!.Value.At(slot - _pools[network].First);
        lease.Network = (ushort)network;
    }

    private bool IsGivable(DhcpNetwork network, Ipv4Address address) =>
        network.IsHost(address) && !network.IsTaken(address) && !_networks.IsOwn(address);

    private bool IsReservedOutside(Ipv4Address address) =>
        !address.IsAny && _networks.Find(address) is { } network && network.Pool?.Contains(address) != true
        && IsGivable(network, address);

    /// <summary>True for a slot of a network's pool that nobody ever had.</summary>
    private bool IsFree(int slot, int network)
    {
        Pool pool = _pools[network];
        return slot >= pool.First && slot < pool.First + pool.Count && pool.Free.Contains(slot - pool.First);
    }

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
                At(slot).Address = address;
                At(slot).Network = (ushort)_networks.Find(address)!.Index;
                _byAddress.Add(HashOf(address), slot);
            }

            if (slot < 0 || At(slot).State == LeaseState.Excluded) continue;
            At(slot).IsReserved = true;
            At(slot).ReservedFor = machines[i].HardwareAddress;
        }
    }

    private int FindByClientId(in LeaseKey key)
    {
        if (key.ClientId == 0) return -1;
        for (int slot = _byClientId.First(HashOf(key)); slot >= 0; slot = _byClientId.Next(slot))
        {
            if (IsOwner(slot, key)) return slot;
        }

        return -1;
    }

    private bool IsOwner(int slot, in LeaseKey key)
    {
        ref readonly LeaseKey owner = ref _slots[slot].Owner;
        if (owner.IsNone || owner.Network != key.Network) return false;
        return key.Machine.IsNone
            ? owner.Machine.IsNone && owner.ClientId == key.ClientId
            : owner.Machine == key.Machine;
    }

    /// <summary>Nobody else has it or is promised it.</summary>
    private bool CanHave(int slot, in LeaseKey key)
    {
        ref readonly Slot lease = ref At(slot);
        if (lease.Network != key.Network) return false;
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
            if (At(other).State != LeaseState.Bound) Retire(other);
        }

        Disown(slot);
        ref Slot lease = ref At(slot);
        lease.Owner = key;
        lease.WasBound = false;
        lease.Durable = default;
        (key.Machine.IsNone ? _byClientId : _byMachine).Add(HashOf(key), slot);
    }

    private void Disown(int slot)
    {
        ref Slot lease = ref At(slot);
        if (lease.Owner.IsNone) return;
        (lease.Owner.Machine.IsNone ? _byClientId : _byMachine).Remove(HashOf(lease.Owner), slot);
        lease.Owner = default;
    }

    /// <summary>What was bound stays its owner's while it is idle; what was only offered is forgotten.</summary>
    private void Retire(int slot)
    {
        if (At(slot).WasBound && At(slot).State is not (LeaseState.Declined or LeaseState.InUse))
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
        ref Slot lease = ref At(slot);
        LeaseBinding before = new(lease.Address, lease.Owner, lease.State, lease.Until);
        bool isPool = slot < _poolCount && !lease.IsReserved;
        Pool pool = _pools[lease.Network];
        int inPool = slot - pool.First;
        if (isPool && lease.State == LeaseState.Free) pool.Free.Remove(inPool);
        if (isPool && lease.State == LeaseState.Idle) pool.Idle.Remove(inPool);
        if (lease.IsTakeable) pool.Takeable.Remove(inPool);
        lease.IsTakeable = false;
        lease.State = state;
        lease.Until = until;
        lease.WasBound |= state is LeaseState.Bound or LeaseState.Idle;
        if (isPool && state == LeaseState.Free) pool.Free.Add(inPool);
        if (isPool && state == LeaseState.Idle) pool.Idle.Append(inPool);
        _deadlines.Set(slot, until);
        if (Journal is null) return;
        lease.Durable = Journal.OnChange(before, before with { State = state, Until = until }, lease.Durable);
    }

    private static ulong HashOf(Ipv4Address address) => Fnv.Mix(address.Value);

    private static ulong HashOf(in LeaseKey key) => unchecked(key.Hash + Fnv.Mix((ulong)key.Network));

    /// <summary>The addresses of one network that are given to whoever asks; slots count from its first.</summary>
    private sealed class Pool(int first, int count)
    {
        public int First => first;

        public int Count => count;

        /// <summary>How few addresses are free when strangers must ask twice.</summary>
        public int Reserve { get; } = Math.Min(count / 16, ReserveMax);

        public FreeSlots Free { get; } = new(count);

        public SlotQueue Idle { get; } = new(count);

        /// <summary>
        /// What is offered to machines that are not configured: in a flood a configured one takes the oldest of these.
        /// </summary>
        public SlotQueue Takeable { get; } = new(count);
    }

    private struct Slot
    {
        public Ipv4Address Address;
        public LeaseKey Owner;
        public Instant Until;

        /// <summary>Until when the journal says that the owner has it.</summary>
        public Instant Durable;
        public HardwareAddress ReservedFor;
        public LeaseState State;
        public ushort Network;
        public bool IsReserved;
        public bool WasBound;
        public bool IsTakeable;
    }
}
