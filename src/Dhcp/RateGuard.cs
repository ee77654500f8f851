using System;
using System.Numerics;
using Aglet.Core;
using Aglet.Time;

namespace Aglet.Dhcp;

/// <summary>Whether a message is handled.</summary>
internal enum RateVerdict : byte
{
    Pass,

    /// <summary>This client sends too much; it was told of not long ago.</summary>
    TooOften,

    /// <summary>This client sends too much, and the operator is to be told.</summary>
    TooOftenToTell,

    /// <summary>Clients that nobody knows send too much, all together.</summary>
    TooMany,
}

/// <summary>
/// Keeps a client that is broken, or a flood of made-up ones, from taking the time of everybody else. One virtual clock
/// a client in a fixed table, and one for all clients that are not known.
/// </summary>
/// <remarks>
/// The limits are far from what working clients do: firmware sends some ten messages in a minute, each perhaps three
/// times on a network with relays. A hall of machines that is switched on is many clients with a few messages each, and
/// what they send together is limited only where it takes the whole processor.
/// A bucket is one number, the time up to which it is used up (GCRA): a message moves it by one interval, and may when
/// it is no further ahead than the burst. So refilling costs nothing, and a clock that jumps ahead only fills buckets.
/// </remarks>
internal sealed class RateGuard
{
    /// <summary>What one client may send in a second, on and on.</summary>
    public const int MessagesPerSecond = 16;

    /// <summary>What it may send at once.</summary>
    public const int Burst = 64;

    /// <summary>What all unknown clients may send in a second: more than the loop can answer beside its other work.</summary>
    public const int StrangersPerSecond = 100_000;

    /// <summary>How often one client is told of.</summary>
    public static readonly Duration TellTime = Duration.FromSeconds(60);

    private const int Ways = 4;

    private static readonly Duration _interval = Duration.FromNanoseconds(1_000_000_000 / MessagesPerSecond);
    private static readonly Duration _strangersInterval = Duration.FromNanoseconds(1_000_000_000 / StrangersPerSecond);
    private static readonly Duration _strangersAhead = Duration.FromSeconds(1);

    private readonly Bucket[] _buckets;
    private Instant _strangersUsedTo;

    public RateGuard(int clients = Limits.DhcpRateClients)
    {
        Check.That(clients >= Ways && BitOperations.IsPow2(clients));
        _buckets = new Bucket[clients];
    }

    /// <summary>Counts a message.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="client">Whose, as a hash; two clients of one hash share a bucket.</param>
    /// <param name="isKnown">It is configured or has a lease: no flood of others holds it up.</param>
    /// <param name="dropped">
    /// With <see cref="RateVerdict.TooOftenToTell"/>: its messages that were dropped since the last time.
    /// </param>
    public RateVerdict OnMessage(Instant now, ulong client, bool isKnown, out uint dropped)
    {
        dropped = 0;
        if (!isKnown && !TryTake(now, ref _strangersUsedTo, _strangersInterval, _strangersAhead)) return RateVerdict.TooMany;
        ref Bucket bucket = ref Find(now, client);
        if (TryTake(now, ref bucket.UsedTo, _interval, _interval * (Burst - 1))) return RateVerdict.Pass;
        bucket.Dropped++;
        if (bucket.IsTold && now - bucket.ToldAt < TellTime) return RateVerdict.TooOften;
        dropped = bucket.Dropped;
        bucket.Dropped = 0;
        bucket.ToldAt = now;
        bucket.IsTold = true;
        return RateVerdict.TooOftenToTell;
    }

    private static bool TryTake(Instant now, ref Instant usedTo, Duration interval, Duration ahead)
    {
        Instant from = usedTo > now ? usedTo : now;
        if (from - now > ahead) return false;
        usedTo = from + interval;
        return true;
    }

    /// <summary>
    /// The client's bucket, else that of the neighbour which is idle longest: a client that storms is ahead of its time
    /// and keeps its own, however many others come.
    /// </summary>
    private ref Bucket Find(Instant now, ulong client)
    {
        int set = (int)(client & (ulong)((_buckets.Length / Ways) - 1)) * Ways;
        int idlest = set;
        for (int at = set; at < set + Ways; at++)
        {
            if (_buckets[at].Client == client && _buckets[at].IsUsed) return ref _buckets[at];
            if (_buckets[at].UsedTo < _buckets[idlest].UsedTo) idlest = at;
        }

        _buckets[idlest] = new() { Client = client, IsUsed = true, UsedTo = now };
        return ref _buckets[idlest];
    }

    private struct Bucket
    {
        public ulong Client;
        public Instant UsedTo;
        public Instant ToldAt;
        public uint Dropped;
        public bool IsTold;
        public bool IsUsed;
    }
}
