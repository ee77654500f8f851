using System;

namespace Aglet.Core;

/// <summary>Chains of slots by hash, the last added first. Knows no keys: the owner compares them.</summary>
internal sealed class SlotIndex
{
    private readonly int[] _heads;
    private readonly int[] _next;

    public SlotIndex(int slots)
    {
        int size = 16;
        while (size < slots * 2) size *= 2;
        _heads = new int[size];
        _next = new int[slots];
        Array.Fill(_heads, -1);
    }

    public int First(ulong hash) => _heads[PlaceOf(hash)];

    public int Next(int slot) => _next[slot];

    public void Add(ulong hash, int slot)
    {
        _next[slot] = _heads[PlaceOf(hash)];
        _heads[PlaceOf(hash)] = slot;
    }

    /// <summary>Takes out a slot that was added under this hash.</summary>
    public void Remove(ulong hash, int slot)
    {
        ref int link = ref _heads[PlaceOf(hash)];
        while (link != slot) link = ref _next[link];
        link = _next[slot];
    }

    private int PlaceOf(ulong hash) => (int)(hash & (ulong)(_heads.Length - 1));
}
