using System;
using Aglet.Time;

namespace Aglet.Tests.Simulation;

/// <summary>What happens in the simulated world, other than in the server.</summary>
internal enum SimEventKind : byte
{
    /// <summary>A datagram reaches its destination.</summary>
    Datagram,

    /// <summary>A host's timer.</summary>
    Timer,

    /// <summary>An ARP question of the server has its answer.</summary>
    Arp,

    /// <summary>A connection request reaches the server.</summary>
    StreamOpen,

    /// <summary>Bytes of a connection arrive.</summary>
    StreamBytes,

    /// <summary>The end of one direction of a connection arrives.</summary>
    StreamEnd,

    /// <summary>A reset arrives.</summary>
    StreamReset,

    /// <summary>A socket that refused to send is writable again.</summary>
    Writable,
}

/// <summary>One event. Events at the same instant happen in the order in which they were scheduled.</summary>
internal readonly record struct SimEvent(
    Instant At, ulong Order, SimEventKind Kind, object Subject, int Count, bool ToServer);

/// <summary>The future of the simulated world: a binary heap that grows but never shrinks.</summary>
internal sealed class SimEventQueue
{
    private SimEvent[] _heap = new SimEvent[1 << 14];
    private ulong _order;

    /// <summary>Events that are yet to come.</summary>
    public int Count { get; private set; }

    /// <summary>When the next one comes.</summary>
    public Instant Next => Count == 0 ? Instant.Never : _heap[0].At;

    public void Add(Instant at, SimEventKind kind, object subject, int count = 0, bool toServer = false)
    {
        if (Count == _heap.Length) Array.Resize(ref _heap, Count * 2);
        SimEvent added = new(at, _order++, kind, subject, count, toServer);
        int place = Count++;
        while (place > 0 && IsBefore(added, _heap[(place - 1) / 2]))
        {
            _heap[place] = _heap[(place - 1) / 2];
            place = (place - 1) / 2;
        }

        _heap[place] = added;
    }

    public SimEvent Take()
    {
        SimEvent first = _heap[0];
        SimEvent last = _heap[--Count];
        _heap[Count] = default;
        int place = 0;
        while (Count > 0)
        {
            int child = (place * 2) + 1;
            if (child >= Count) break;
            if (child + 1 < Count && IsBefore(_heap[child + 1], _heap[child])) child++;
            if (!IsBefore(_heap[child], last)) break;
            _heap[place] = _heap[child];
            place = child;
        }

        if (Count > 0) _heap[place] = last;
        return first;
    }

    private static bool IsBefore(in SimEvent left, in SimEvent right) =>
        left.At < right.At || (left.At == right.At && left.Order < right.Order);
}
