using System;
using System.Collections.Generic;
using Aglet.Wire;

namespace Aglet.Tests.Fuzz;

/// <summary>Something that reads bytes from a peer or from the operator, with packets to start from.</summary>
internal abstract class FuzzTarget(string name, IReadOnlyList<byte[]> corpus)
{
    public string Name { get; } = name;

    /// <summary>Valid inputs, which are damaged.</summary>
    public IReadOnlyList<byte[]> Corpus { get; } = corpus;

    /// <summary>One mutation in so many: what costs more than a parser is tried less often.</summary>
    public int Share { get; protected init; } = 1;

    /// <summary>The whole corpus is accepted; not so where an answer also depends on who asks and when.</summary>
    public bool AcceptsCorpus { get; protected init; } = true;

    /// <summary>After the last input: throws when something is left over.</summary>
    public virtual void Finish()
    {
    }

    /// <summary>Feeds one input; throws when a law is broken.</summary>
    /// <returns>True when the input was accepted.</returns>
    public abstract bool Try(ReadOnlySpan<byte> input);

    public override string ToString() => Name;
}

/// <summary>A law of the codecs was broken.</summary>
internal sealed class FuzzException(string message) : Exception(message);

/// <summary>
/// Every codec: it never throws; what it accepts it can write; what it wrote it accepts again and writes the same; a
/// target that is too small is refused.
/// </summary>
internal sealed class WireFuzzTarget<TMessage, TReject>(string name, IReadOnlyList<byte[]> corpus)
    : FuzzTarget(name, corpus)
    where TMessage : IWireMessage<TMessage, TReject>, allows ref struct
    where TReject : struct, Enum
{
    private readonly byte[] _first = new byte[16 * 1024];
    private readonly byte[] _second = new byte[16 * 1024];
    private uint _turn;

    public override bool Try(ReadOnlySpan<byte> input)
    {
        if (!IsNone(TMessage.Parse(input, out TMessage message))) return false;
        if (!message.TryWrite(_first, out int written)) throw new FuzzException("an accepted message cannot be written");
        ReadOnlySpan<byte> bytes = _first.AsSpan(0, written);
        TReject reject = TMessage.Parse(bytes, out TMessage again);
        if (!IsNone(reject)) throw new FuzzException($"what was written is refused: {reject}: {Convert.ToHexString(bytes)}");
        if (!again.TryWrite(_second, out int writtenAgain)) throw new FuzzException("written once but not twice");
        if (!bytes.SequenceEqual(_second.AsSpan(0, writtenAgain)))
        {
            throw new FuzzException(
                $"written first {Convert.ToHexString(bytes)}, then {Convert.ToHexString(_second.AsSpan(0, writtenAgain))}");
        }

        // A different size that is too small each time: all of them would cost too much.
        int small = written == 0 ? 0 : (int)(unchecked(_turn++ * 2654435761u) % (uint)written);
        if (written > 0 && again.TryWrite(_second.AsSpan(0, small), out _))
        {
            throw new FuzzException($"{written} bytes were written into {small}");
        }

        return true;
    }

    private static bool IsNone(TReject reject) => EqualityComparer<TReject>.Default.Equals(reject, default);
}

/// <summary>Reads bytes and says whether it accepted them.</summary>
internal delegate bool FuzzReader(ReadOnlySpan<byte> input);

/// <summary>Anything else that reads hostile bytes.</summary>
internal sealed class ReaderFuzzTarget(string name, IReadOnlyList<byte[]> corpus, FuzzReader reader)
    : FuzzTarget(name, corpus)
{
    public override bool Try(ReadOnlySpan<byte> input) => reader(input);
}
