using System;
using Aglet.Core;
using Aglet.Time;

namespace Aglet.Dhcp;

/// <summary>
/// Tells a machine from a flood while addresses are short: a machine that was not answered asks again with the same
/// hardware address, a flood of made-up addresses asks with the next one.
/// </summary>
/// <remarks>
/// EDK2 asks again after 4, 8 and 16 s, option ROMs after 4 and 8 s, iPXE and systems sooner: each time within the
/// memory of 15 to 20 s. What asked is kept as five bits of a hash, in four generations of 5 s, a megabyte that is touched
/// only in need: of 10,000 strangers a second less than one looks known that is not. An address that comes twice within
/// one generation has been doubled by a relay or a switch, and has not asked again.
/// </remarks>
internal sealed class RepeatedAskers
{
    private const int Generations = 4;
    private const int BitsOfHash = 5;
    private const int BitsPerGeneration = 1 << 21;
    private const int WordsPerGeneration = BitsPerGeneration / 64;

    private static readonly Duration _generationTime = Duration.FromSeconds(5);

    private readonly ulong[] _words = new ulong[Generations * WordsPerGeneration];
    private long _generation;

    /// <summary>Notes who asks; true when it did so before, not just now.</summary>
    public bool HasAskedBefore(Instant now, ulong client)
    {
        Advance(now.Nanoseconds / _generationTime.Nanoseconds);
        ulong hash = Fnv.Mix(client);
        bool hasAsked = false;
        for (int age = 1; age < Generations; age++) hasAsked |= IsSet(PlaceOf(_generation - age), hash);
        int current = PlaceOf(_generation);
        for (int i = 0; i < BitsOfHash; i++) _words[current + (BitOf(hash, i) >> 6)] |= 1UL << (BitOf(hash, i) & 63);
        return hasAsked;
    }

    /// <summary>Generations that are over are forgotten, the whole memory when nobody asked for long.</summary>
    private void Advance(long generation)
    {
        if (generation - _generation > Generations) _generation = generation - Generations;
        while (_generation < generation)
        {
            _generation++;
            Array.Clear(_words, PlaceOf(_generation), WordsPerGeneration);
        }
    }

    private static int PlaceOf(long generation) => (int)(generation & (Generations - 1)) * WordsPerGeneration;

    /// <summary>Two halves of a hash make as many as are wanted (Kirsch and Mitzenmacher).</summary>
    private static int BitOf(ulong hash, int index) =>
        (int)(unchecked((uint)hash + ((uint)index * (uint)(hash >> 32))) & (BitsPerGeneration - 1));

    private bool IsSet(int place, ulong hash)
    {
        for (int i = 0; i < BitsOfHash; i++)
        {
            if ((_words[place + (BitOf(hash, i) >> 6)] >> (BitOf(hash, i) & 63) & 1) == 0) return false;
        }

        return true;
    }
}
