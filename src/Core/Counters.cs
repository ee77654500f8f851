using System;

namespace Aglet.Core;

/// <summary>Counts of what happened, indexed by an enum of reject reasons or outcomes.</summary>
/// <typeparam name="TReason">An enum whose values run from 0 without gaps.</typeparam>
internal sealed class Counters<TReason> where TReason : struct, Enum
{
    private readonly ulong[] _counts = new ulong[Enum.GetValues<TReason>().Length];

    /// <summary>How often <paramref name="reason"/> was counted.</summary>
    public ulong this[TReason reason] => _counts[IndexOf(reason)];

    /// <summary>All counts, in the order of the enum's values.</summary>
    public ReadOnlySpan<ulong> All => _counts;

    /// <summary>Counts one and returns the new count.</summary>
    public ulong Add(TReason reason) => unchecked(++_counts[IndexOf(reason)]);

    private static int IndexOf(TReason reason)
    {
        // The size is a constant of each instantiation: no boxing, no branch in the compiled code.
        return System.Runtime.CompilerServices.Unsafe.SizeOf<TReason>() == 1
            ? System.Runtime.CompilerServices.Unsafe.As<TReason, byte>(ref reason)
            : System.Runtime.CompilerServices.Unsafe.As<TReason, int>(ref reason);
    }
}
