using System;

namespace Aglet.Core;

/// <summary>
/// FNV-1a with a final mix: the hash of every table here. The same bytes give the same value on every machine.
/// </summary>
internal static class Fnv
{
    /// <summary>Hash of a byte string.</summary>
    public static ulong Hash(ReadOnlySpan<byte> bytes, ulong seed = 0)
    {
        unchecked
        {
            ulong hash = 14695981039346656037UL ^ seed;
            foreach (byte b in bytes)
            {
                hash = (hash ^ b) * 1099511628211UL;
            }

            return Mix(hash);
        }
    }

    /// <summary>Spreads the bits of a number, so that its low bits can index a table.</summary>
    public static ulong Mix(ulong value)
    {
        unchecked
        {
            value = (value ^ (value >> 32)) * 0xD6E8FEB86659FD93UL;
            value = (value ^ (value >> 32)) * 0xD6E8FEB86659FD93UL;
            return value ^ (value >> 32);
        }
    }
}
