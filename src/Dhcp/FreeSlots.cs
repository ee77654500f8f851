using System.Numerics;
using Aglet.Core;

namespace Aglet.Dhcp;

/// <summary>Which slots are free, a bit each: the first free one from any place on is found a word at a time.</summary>
internal sealed class FreeSlots(int slots)
{
    private readonly ulong[] _words = new ulong[(slots + 63) / 64];

    /// <summary>How many are free.</summary>
    public int Count { get; private set; }

    public bool Contains(int slot) => (_words[slot >> 6] >> (slot & 63) & 1) != 0;

    public void Add(int slot)
    {
        Check.That(!Contains(slot));
        _words[slot >> 6] |= 1UL << (slot & 63);
        Count++;
    }

    public void Remove(int slot)
    {
        Check.That(Contains(slot));
        _words[slot >> 6] &= ~(1UL << (slot & 63));
        Count--;
    }

    /// <summary>The first free slot from <paramref name="home"/> on, round the end; -1 when there is none.</summary>
    public int FirstFrom(int home)
    {
        if (Count == 0) return -1;
        int word = home >> 6;
        ulong bits = _words[word] & (ulong.MaxValue << (home & 63));
        while (bits == 0)
        {
            word = word + 1 == _words.Length ? 0 : word + 1;
            bits = _words[word];
        }

        return (word << 6) + BitOperations.TrailingZeroCount(bits);
    }
}
