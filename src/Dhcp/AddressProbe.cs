using System;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Dhcp;

/// <summary>What is to be done before an address is offered for the first time.</summary>
internal enum ProbeStep : byte
{
    /// <summary>Offer it: nobody answered for it a moment ago.</summary>
    Offer,

    /// <summary>Ask the network, and wait.</summary>
    Ask,

    /// <summary>It was asked already: wait.</summary>
    Wait,
}

/// <summary>An address that somebody else uses.</summary>
internal readonly record struct AddressConflict(Ipv4Address Address, HardwareAddress Holder, Instant At);

/// <summary>
/// Which addresses the network was asked for (RFC 5227 probes) on behalf of which client, and who answered. A machine:
/// packets and the time go in, what to do comes out.
/// </summary>
/// <remarks>
/// Asked are only addresses that their client never had: a machine that boots again must not wait for anything. Whoever
/// has an address answers within a millisecond, on a slow wireless link within a hundred; silence is believed
/// after <see cref="WaitTime"/>, one tenth of what EDK2 collects offers for in any case (4 s), and for
/// <see cref="KnownTime"/> after that. An answer that comes later still counts, until the client uses the address.
/// Only who says "this address is mine" is believed: a probe of somebody else is that of another server which is about to
/// offer the address too, and both would give it up.
/// </remarks>
internal sealed class AddressProbe(int probes = Limits.DhcpProbes)
{
    /// <summary>How long an answer is waited for.</summary>
    public static readonly Duration WaitTime = Duration.FromMilliseconds(200);

    /// <summary>How long the network's silence is remembered (the time that busy servers are advised to cache it).</summary>
    public static readonly Duration KnownTime = Duration.FromSeconds(30);

    private const int ConflictsKept = 32;

    private readonly Probe[] _probes = new Probe[probes];
    private readonly SlotIndex _byAddress = new(probes);
    private readonly AddressConflict[] _conflicts = new AddressConflict[ConflictsKept];
    private int _next;

    /// <summary>Answers that took an address from its pool, ever.</summary>
    public ulong ConflictCount { get; private set; }

    /// <summary>Forgets everything: other settings have other pools.</summary>
    public void Clear()
    {
        for (int slot = 0; slot < _probes.Length; slot++) Forget(slot);
    }

    /// <summary>A client is to be offered an address that it never had.</summary>
    public ProbeStep OnOffer(Instant now, Ipv4Address address, HardwareAddress client)
    {
        int slot = Find(address);
        if (slot >= 0 && now - _probes[slot].At >= KnownTime)
        {
            Forget(slot);
            slot = -1;
        }

        if (slot >= 0)
        {
            _probes[slot].Client = client;
            return now - _probes[slot].At >= WaitTime ? ProbeStep.Offer : ProbeStep.Wait;
        }

        slot = _next;
        _next = (_next + 1) % _probes.Length;
        Forget(slot);
        _probes[slot] = new() { Address = address, Client = client, At = now };
        _byAddress.Add(HashOf(address), slot);
        return ProbeStep.Ask;
    }

    /// <summary>Somebody says something by ARP.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="packet">What was heard.</param>
    /// <param name="ours">Our own card, which says nothing new.</param>
    /// <returns>True when it has an address that was asked for, and is not the client that it was asked for.</returns>
    public bool OnArp(Instant now, in ArpPacket packet, HardwareAddress ours)
    {
        if (packet.SenderAddress.IsAny || packet.SenderHardware == ours) return false;
        int slot = Find(packet.SenderAddress);
        if (slot < 0 || now - _probes[slot].At >= KnownTime || _probes[slot].Client == packet.SenderHardware) return false;
        Forget(slot);
        _conflicts[(int)(ConflictCount++ % ConflictsKept)] = new(packet.SenderAddress, packet.SenderHardware, now);
        return true;
    }

    /// <summary>Who was found at an address last; none when it was not, or long ago.</summary>
    public HardwareAddress HolderOf(Ipv4Address address)
    {
        HardwareAddress holder = default;
        for (ulong i = ConflictCount > ConflictsKept ? ConflictCount - ConflictsKept : 0; i < ConflictCount; i++)
        {
            ref readonly AddressConflict conflict = ref _conflicts[(int)(i % ConflictsKept)];
            if (conflict.Address == address) holder = conflict.Holder;
        }

        return holder;
    }

    private int Find(Ipv4Address address)
    {
        int slot = _byAddress.First(HashOf(address));
        while (slot >= 0 && _probes[slot].Address != address) slot = _byAddress.Next(slot);
        return slot;
    }

    private void Forget(int slot)
    {
        if (_probes[slot].Address.IsAny) return;
        _byAddress.Remove(HashOf(_probes[slot].Address), slot);
        _probes[slot] = default;
    }

    private static ulong HashOf(Ipv4Address address) => Fnv.Mix(address.Value);

    private struct Probe
    {
        public Ipv4Address Address;
        public HardwareAddress Client;
        public Instant At;
    }
}
