using Aglet.Core;

namespace Aglet.Time;

/// <summary>
/// The earliest of many deadlines: a binary heap of slot numbers over a fixed array, with the place of each slot
/// known, so that a deadline is moved or cleared in O(log n) and nothing is allocated after start.
/// </summary>
internal sealed class DeadlineHeap
{
    private readonly int[] _heap;

    // One more than the place, 0 for none: what was never used is never touched, and takes no memory.
    private readonly int[] _places;
    private readonly Instant[] _deadlines;
    private int _count;

    /// <summary>Room for slots 0 to <paramref name="slots"/> - 1, none of them with a deadline.</summary>
    public DeadlineHeap(int slots)
    {
        _heap = new int[slots];
        _places = new int[slots];
        _deadlines = new Instant[slots];
    }

    /// <summary>How many slots have a deadline.</summary>
    public int Count => _count;

    /// <summary>The earliest deadline, or <see cref="Instant.Never"/>.</summary>
    public Instant Next => _count == 0 ? Instant.Never : _deadlines[_heap[0]];

    /// <summary>Sets or moves the deadline of a slot; <see cref="Instant.Never"/> clears it.</summary>
    public void Set(int slot, Instant deadline)
    {
        if (deadline == Instant.Never)
        {
            Clear(slot);
            return;
        }

        _deadlines[slot] = deadline;
        int place = _places[slot] - 1;
        if (place < 0)
        {
            place = _count++;
            Put(place, slot);
        }

        SiftDown(SiftUp(place));
    }

    /// <summary>Forgets the deadline of a slot, when it has one.</summary>
    public void Clear(int slot)
    {
        int place = _places[slot] - 1;
        if (place < 0) return;
        _places[slot] = 0;
        int last = _heap[--_count];
        if (place == _count) return;
        Put(place, last);
        SiftDown(SiftUp(place));
    }

    /// <summary>Takes out one slot whose deadline is not after <paramref name="now"/>, the earliest first.</summary>
    public bool TryPopDue(Instant now, out int slot)
    {
        slot = -1;
        if (_count == 0 || _deadlines[_heap[0]] > now) return false;
        slot = _heap[0];
        Clear(slot);
        return true;
    }

    private int SiftUp(int place)
    {
        int slot = _heap[place];
        while (place > 0)
        {
            int parent = (place - 1) / 2;
            if (_deadlines[_heap[parent]] <= _deadlines[slot]) break;
            Put(place, _heap[parent]);
            place = parent;
        }

        Put(place, slot);
        return place;
    }

    private void SiftDown(int place)
    {
        int slot = _heap[place];
        while (true)
        {
            int child = (place * 2) + 1;
            if (child >= _count) break;
            if (child + 1 < _count && _deadlines[_heap[child + 1]] < _deadlines[_heap[child]]) child++;
            if (_deadlines[slot] <= _deadlines[_heap[child]]) break;
            Put(place, _heap[child]);
            place = child;
        }

        Put(place, slot);
        Check.That(_places[slot] == place + 1);
    }

    private void Put(int place, int slot)
    {
        _heap[place] = slot;
        _places[slot] = place + 1;
    }
}
