using System;
using System.Buffers.Binary;

namespace Aglet.Wire;

/// <summary>
/// A big-endian cursor into a buffer. Writing past the end sets <see cref="Overflow"/> once and for all and writes
/// nothing more, so that a codec writes every field and checks once.
/// </summary>
internal ref struct WireWriter(Span<byte> target)
{
    private readonly Span<byte> _target = target;

    /// <summary>True after a write that did not fit.</summary>
    public bool Overflow { get; private set; }

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes that still fit.</summary>
    public readonly int Remaining => _target.Length - Length;

    /// <summary>What was written so far.</summary>
    public readonly Span<byte> Written => _target[..Length];

    public void U8(byte value)
    {
        Span<byte> room = Room(1);
        if (!room.IsEmpty) room[0] = value;
    }

    public void U16(ushort value)
    {
        Span<byte> room = Room(2);
        if (!room.IsEmpty) BinaryPrimitives.WriteUInt16BigEndian(room, value);
    }

    public void U32(uint value)
    {
        Span<byte> room = Room(4);
        if (!room.IsEmpty) BinaryPrimitives.WriteUInt32BigEndian(room, value);
    }

    public void Bytes(scoped ReadOnlySpan<byte> value)
    {
        Span<byte> room = Room(value.Length);
        if (!room.IsEmpty) value.CopyTo(room);
    }

    /// <summary>Text of ASCII characters.</summary>
    public void Ascii(scoped ReadOnlySpan<char> text)
    {
        Span<byte> room = Room(text.Length);
        for (int i = 0; i < room.Length; i++) room[i] = (byte)text[i];
    }

    public void Zeros(int count) => Room(count).Clear();

    /// <summary>Decimal digits without leading zeros.</summary>
    public void Decimal(ulong value)
    {
        Span<byte> digits = stackalloc byte[20];
        Bytes(AsciiText.FormatDecimal(value, digits));
    }

    /// <summary>Claims the next bytes for the caller to fill; empty when they do not fit.</summary>
    public Span<byte> Room(int count)
    {
        if (count < 0 || count > Remaining || Overflow)
        {
            Overflow = true;
            return default;
        }

        Span<byte> room = _target.Slice(Length, count);
        Length += count;
        return room;
    }
}
