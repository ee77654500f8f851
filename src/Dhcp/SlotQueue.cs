namespace Aglet.Dhcp;

/// <summary>Slots in the order in which they came; any of them can leave. The owner knows which ones are in it.</summary>
internal sealed class SlotQueue(int slots)
{
    // One more than the slot, 0 for none: what was never used is never touched, and takes no memory.
    private readonly int[] _previous = new int[slots];
    private readonly int[] _next = new int[slots];
    private int _first;
    private int _last;

    /// <summary>The one that has waited longest, or -1.</summary>
    public int First => _first - 1;

    public int Count { get; private set; }

    public void Append(int slot)
    {
        Count++;
        _previous[slot] = _last;
        _next[slot] = 0;
        if (_last > 0) _next[_last - 1] = slot + 1;
        else _first = slot + 1;
        _last = slot + 1;
    }

    public void Remove(int slot)
    {
        Count--;
        if (_previous[slot] > 0) _next[_previous[slot] - 1] = _next[slot];
        else _first = _next[slot];
        if (_next[slot] > 0) _previous[_next[slot] - 1] = _previous[slot];
        else _last = _previous[slot];
    }
}
