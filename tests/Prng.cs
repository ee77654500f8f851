using System.Numerics;
using Aglet.Core;

namespace Aglet.Tests;

/// <summary>A seeded generator (xoshiro256**): integers only, so that a seed gives the same run everywhere.</summary>
internal struct Prng
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    /// <summary>Expands the seed by SplitMix64, so that any seed (also 0) is good.</summary>
    public Prng(ulong seed)
    {
        _a = Split(ref seed);
        _b = Split(ref seed);
        _c = Split(ref seed);
        _d = Split(ref seed);
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong Next()
    {
        unchecked
        {
            ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
            ulong shifted = _b << 17;
            _c ^= _a;
            _d ^= _b;
            _b ^= _c;
            _a ^= _d;
            _c ^= shifted;
            _d = BitOperations.RotateLeft(_d, 45);
            return result;
        }
    }

    /// <summary>A number from 0 up to, not including, <paramref name="bound"/>.</summary>
    public int Below(int bound)
    {
        Check.That(bound > 0);
        return (int)(((Next() >> 32) * (ulong)bound) >> 32);
    }

    /// <summary>True in <paramref name="partsPerMillion"/> of a million cases.</summary>
    public bool Chance(int partsPerMillion) => Below(1_000_000) < partsPerMillion;

    private static ulong Split(ref ulong state)
    {
        unchecked
        {
            state += 0x9E3779B97F4A7C15UL;
            ulong z = state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return z ^ (z >> 31);
        }
    }
}
