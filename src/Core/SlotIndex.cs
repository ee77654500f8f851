namespace Aglet.Core;

/// <summary>Chains of slots by hash, the last added first. Knows no keys: the owner compares them.</summary>
internal sealed class SlotIndex
{
    // One more than the slot, 0 for none: what was never used is never touched, and takes no memory.
    private readonly int[] _heads;
    private readonly int[] _next;

    public SlotIndex(int slots)
    {
        int size = 16;
        while (size < slots * 2) size *= 2;
        _heads = new int[size];
        _next = new int[slots];
    }

    public int First(ulong hash) => _heads[PlaceOf(hash)] - 1;

    public int Next(int slot) => _next[slot] - 1;

    public void Add(ulong hash, int slot)
    {
        _next[slot] = _heads[PlaceOf(hash)];
        _heads[PlaceOf(hash)] = slot + 1;
    }

    /// <summary>Takes out a slot that was added under this hash.</summary>
    public void Remove(ulong hash, int slot)
    {
        ref int link = ref _heads[PlaceOf(hash)];
        while (link != slot + 1) link = ref _next[link - 1];
        link = _next[slot];
    }

    private int PlaceOf(ulong hash) => (int)(hash & (ulong)(_heads.Length - 1));
}
