using System;
using System.Buffers.Binary;

namespace Aglet.Wire;

/// <summary>
/// A big-endian cursor over bytes from a peer. Reading past the end sets <see cref="Overrun"/> once and for all and
/// yields zeros, so that a parser reads every field and checks once.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>True after a read that asked for more than there was.</summary>
    public bool Overrun { get; private set; }

    /// <summary>Bytes not read yet.</summary>
    public readonly int Remaining => _rest.Length;

    /// <summary>What was not read yet, without reading it.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte U8()
    {
        ReadOnlySpan<byte> taken = Take(1);
        return taken.Length == 1 ? taken[0] : (byte)0;
    }

    public ushort U16()
    {
        ReadOnlySpan<byte> taken = Take(2);
        return taken.Length == 2 ? BinaryPrimitives.ReadUInt16BigEndian(taken) : (ushort)0;
    }

    public uint U32()
    {
        ReadOnlySpan<byte> taken = Take(4);
        return taken.Length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(taken) : 0;
    }

    /// <summary>The next <paramref name="count"/> bytes, or an empty span and <see cref="Overrun"/>.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _rest.Length)
        {
            Overrun = true;
            _rest = default;
            return default;
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    /// <summary>
    /// The bytes up to the next <paramref name="terminator"/>, which is read too; without one: overrun.
    /// </summary>
    public ReadOnlySpan<byte> TakeUntil(byte terminator)
    {
        int length = _rest.IndexOf(terminator);
        if (length < 0)
        {
            Overrun = true;
            _rest = default;
            return default;
        }

        ReadOnlySpan<byte> taken = _rest[..length];
        _rest = _rest[(length + 1)..];
        return taken;
    }
}
