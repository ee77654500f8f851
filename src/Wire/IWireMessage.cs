using System;

namespace Aglet.Wire;

/// <summary>
/// The one law of every codec: parse reads a datagram into a value or names why not, write gives bytes that parse to
/// the same value. Fuzzing, every-prefix and round-trip tests are written once over it.
/// </summary>
/// <typeparam name="TSelf">The message, often a view over the datagram.</typeparam>
/// <typeparam name="TReject">Every way in which a datagram can be refused; value 0 means none.</typeparam>
internal interface IWireMessage<TSelf, TReject>
    where TSelf : IWireMessage<TSelf, TReject>, allows ref struct
    where TReject : struct, Enum
{
    /// <summary>
    /// Reads a datagram; anything but the reject's zero leaves <paramref name="message"/> meaningless.
    /// </summary>
    static abstract TReject Parse(ReadOnlySpan<byte> datagram, out TSelf message);

    /// <summary>Writes the message; false when <paramref name="target"/> is too small.</summary>
    bool TryWrite(Span<byte> target, out int written);
}
