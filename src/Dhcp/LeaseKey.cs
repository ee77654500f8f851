using System;
using System.Runtime.CompilerServices;
using Aglet.Core;
using Aglet.Net;

namespace Aglet.Dhcp;

/// <summary>What an address is used for.</summary>
internal enum LeaseState : byte
{
    /// <summary>Never given out, or forgotten.</summary>
    Free,

    /// <summary>Offered, and kept for the client until it asks for it.</summary>
    Offered,

    /// <summary>A client has it.</summary>
    Bound,

    /// <summary>Released or expired: nobody uses it, but its last owner gets it again.</summary>
    Idle,

    /// <summary>A client found somebody else at it: left alone for a while.</summary>
    Declined,

    /// <summary>Never given out: ours, the router's, a name server's.</summary>
    Excluded,

    /// <summary>Somebody who has it from elsewhere answered for it: left alone for a while.</summary>
    InUse,
}

/// <summary>Who a DHCP client is, and on which network: a machine has one lease on each.</summary>
/// <remarks>
/// Two machines may have the same hardware address behind different relays; nothing tells them from one that moved.
/// </remarks>
/// <param name="Machine">Its hardware address; none for clients that have no such (InfiniBand).</param>
/// <param name="ClientId">Hash of option 61; 0 for none.</param>
/// <param name="Network">Index of the network that it asks on.</param>
internal readonly record struct LeaseKey(HardwareAddress Machine, UInt128 ClientId, int Network = 0)
{
    /// <summary>Neither an address nor an identifier: nothing can be leased to it.</summary>
    public bool IsNone => Machine.IsNone && ClientId == 0;

    /// <summary>What an unknown client's address is derived from: the same on every network.</summary>
    public ulong Hash => Machine.IsNone ? unchecked((ulong)ClientId) : Machine.Hash;

    [SkipLocalsInit]
    public static LeaseKey Of(in DhcpMessage message, int network)
    {
        Span<byte> room = stackalloc byte[512];
        ReadOnlySpan<byte> id = message.Joined(DhcpOption.ClientIdentifier, room);
        UInt128 clientId = id.Length < 2 ? 0 : new UInt128(Fnv.Hash(id, 1), Fnv.Hash(id));
        return new(message.HardwareAddress, clientId, network);
    }
}
