using System;

namespace Aglet.Dhcp;

/// <summary>Slots in the order in which they came; any of them can leave. The owner knows which ones are in it.</summary>
internal sealed class SlotQueue
{
    private readonly int[] _previous;
    private readonly int[] _next;
    private int _last = -1;

    public SlotQueue(int slots)
    {
        _previous = new int[slots];
        _next = new int[slots];
        Array.Fill(_previous, -1);
        Array.Fill(_next, -1);
    }

    /// <summary>The one that has waited longest, or -1.</summary>
    public int First { get; private set; } = -1;

    public int Count { get; private set; }

    public void Append(int slot)
    {
        Count++;
        _previous[slot] = _last;
        _next[slot] = -1;
        if (_last >= 0) _next[_last] = slot;
        else First = slot;
        _last = slot;
    }

    public void Remove(int slot)
    {
        Count--;
        if (_previous[slot] >= 0) _next[_previous[slot]] = _next[slot];
        else First = _next[slot];
        if (_next[slot] >= 0) _previous[_next[slot]] = _previous[slot];
        else _last = _previous[slot];
    }
}
