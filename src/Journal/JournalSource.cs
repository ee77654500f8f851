using System;

namespace Aglet.Journal;

/// <summary>Whose state a journal keeps: it says what is live, and takes back what was.</summary>
/// <remarks>
/// A record says all of one thing (an address, a token), so that the last one of it counts and the older ones are garbage.
/// What names the thing is in the body, where only its source looks.
/// </remarks>
internal abstract class JournalSource(JournalKind kind)
{
    public JournalKind Kind { get; } = kind;

    /// <summary>How many records <see cref="TryNextLive"/> would give at most.</summary>
    public abstract int LiveCount { get; }

    /// <summary>
    /// Takes a record of an earlier life, in the order of writing; the last one of a thing counts. False when it is not
    /// understood.
    /// </summary>
    public abstract bool TryReplay(in JournalRecord record);

    /// <summary>
    /// Gives what is live, a record a call, while other things change: what was changed since is written beside it.
    /// </summary>
    /// <param name="cursor">Where to go on: 0 at first, then what the last call left.</param>
    /// <param name="body">Room for <c>Limits.JournalBodyBytes</c>.</param>
    /// <param name="length">Bytes of it.</param>
    /// <returns>False when that was all.</returns>
    public abstract bool TryNextLive(ref int cursor, Span<byte> body, out int length);
}
