using System;

namespace Aglet.Tests.Fuzz;

/// <summary>What a run of mutations saw.</summary>
internal readonly record struct FuzzOutcome(long Accepted, long Refused);

/// <summary>The three ways in which every target is tried. A failure names the input, which is all that reproduces it.</summary>
internal static class FuzzDriver
{
    /// <summary>The corpus itself must be accepted: damage to what is refused anyway finds little.</summary>
    public static void Whole(FuzzTarget target)
    {
        foreach (byte[] packet in target.Corpus)
        {
            bool isAccepted = Try(target, packet, "whole");
            if (!isAccepted && target.AcceptsCorpus) throw new FuzzException($"{target}: refused: {Convert.ToHexString(packet)}");
        }
    }

    /// <summary>Every prefix of every packet.</summary>
    public static void EveryPrefix(FuzzTarget target)
    {
        foreach (byte[] packet in target.Corpus)
        {
            for (int length = 0; length < packet.Length; length++)
            {
                Try(target, packet.AsSpan(0, length), $"prefix of {length}");
            }
        }
    }

    /// <summary>Damaged packets.</summary>
    public static FuzzOutcome Mutate(FuzzTarget target, ulong seed, long count)
    {
        Mutator mutator = new(seed, target.Corpus);
        long accepted = 0;
        for (long i = 0; i < count; i++)
        {
            if (Try(target, mutator.Next(), $"mutation {i} of seed {seed}")) accepted++;
        }

        target.Finish();
        return new(accepted, count - accepted);
    }

    private static bool Try(FuzzTarget target, ReadOnlySpan<byte> input, string what)
    {
        try
        {
            return target.Try(input);
        }
        catch (Exception exception)
        {
            throw new FuzzException($"{target}, {what}: {exception.Message}\ninput {Convert.ToHexString(input)}\n{exception.StackTrace}");
        }
    }
}
