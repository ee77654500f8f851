using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Aglet.Core;

/// <summary>A few bytes of text held by value, so that tables of it need no heap. Longer text is cut.</summary>
internal readonly struct ShortText : IEquatable<ShortText>
{
    /// <summary>The longest: option 60 of every firmware and the serial numbers of every maker fit.</summary>
    public const int BytesMax = 47;

    private readonly Room _room;
    private readonly byte _length;

    public ShortText(ReadOnlySpan<byte> text)
    {
        _length = (byte)Math.Min(text.Length, BytesMax);
        text[.._length].CopyTo(_room);
    }

    public bool IsEmpty => _length == 0;

    [UnscopedRef]
    public ReadOnlySpan<byte> Bytes => ((ReadOnlySpan<byte>)_room)[.._length];

    public static bool operator ==(in ShortText left, in ShortText right) => left.Equals(right);

    public static bool operator !=(in ShortText left, in ShortText right) => !left.Equals(right);

    public bool Equals(ShortText other) => Bytes.SequenceEqual(other.Bytes);

    public override bool Equals(object? obj) => obj is ShortText other && Equals(other);

    public override int GetHashCode() => unchecked((int)Fnv.Hash(Bytes));

    public override string ToString() => System.Text.Encoding.UTF8.GetString(Bytes);

    [InlineArray(BytesMax)]
    private struct Room
    {
        private byte _first;
    }
}
