using System;
using System.Buffers.Binary;

namespace Aglet.Core;

/// <summary>A number modulo 2^255 - 19, as five limbs of 51 bits (RFC 8032, section 5.1).</summary>
/// <remarks>
/// A limb may be a little larger between two steps; a product brings them back below 2^52. Not constant in time: only what
/// everybody may know is computed here.
/// </remarks>
internal readonly struct Field25519
{
    /// <summary>Bytes of a number on the wire, the lowest first.</summary>
    public const int ByteCount = 32;

    private const int LimbBits = 51;
    private const ulong LimbMask = (1UL << LimbBits) - 1;

    private readonly ulong _l0;
    private readonly ulong _l1;
    private readonly ulong _l2;
    private readonly ulong _l3;
    private readonly ulong _l4;

    private Field25519(ulong l0, ulong l1, ulong l2, ulong l3, ulong l4) =>
        (_l0, _l1, _l2, _l3, _l4) = (l0, l1, l2, l3, l4);

    public static Field25519 Zero => default;

    public static Field25519 One => FromSmall(1);

    /// <summary>A number below 2^51.</summary>
    public static Field25519 FromSmall(ulong value) => new(value, 0, 0, 0, 0);

    /// <summary>Reads 255 bits; the topmost one is not part of the number.</summary>
    public static Field25519 Read(ReadOnlySpan<byte> bytes)
    {
        ulong w0 = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        ulong w1 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        ulong w2 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);
        ulong w3 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);
        return new(
            w0 & LimbMask,
            ((w0 >> 51) | (w1 << 13)) & LimbMask,
            ((w1 >> 38) | (w2 << 26)) & LimbMask,
            ((w2 >> 25) | (w3 << 39)) & LimbMask,
            (w3 >> 12) & LimbMask);
    }

    /// <summary>Writes the number below the modulus, so that equal numbers have equal bytes.</summary>
    public void Write(Span<byte> bytes)
    {
        Field25519 value = Carried().Carried();

        // Adding 19 carries out of 255 bits exactly when the number is not below the modulus; then that carry is cut off.
        ulong carry = (value._l0 + 19) >> LimbBits;
        carry = (value._l1 + carry) >> LimbBits;
        carry = (value._l2 + carry) >> LimbBits;
        carry = (value._l3 + carry) >> LimbBits;
        carry = (value._l4 + carry) >> LimbBits;
        ulong l0 = value._l0 + (19 * carry);
        ulong l1 = value._l1 + (l0 >> LimbBits);
        ulong l2 = value._l2 + (l1 >> LimbBits);
        ulong l3 = value._l3 + (l2 >> LimbBits);
        ulong l4 = (value._l4 + (l3 >> LimbBits)) & LimbMask;
        (l0, l1, l2, l3) = (l0 & LimbMask, l1 & LimbMask, l2 & LimbMask, l3 & LimbMask);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, l0 | (l1 << 51));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], (l1 >> 13) | (l2 << 38));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], (l2 >> 26) | (l3 << 25));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], (l3 >> 39) | (l4 << 12));
    }

    public bool IsZero => Equals(Zero);

    /// <summary>The lowest bit of the number below the modulus: RFC 8032 calls it the sign.</summary>
    public bool IsOdd
    {
        get
        {
            Span<byte> bytes = stackalloc byte[ByteCount];
            Write(bytes);
            return (bytes[0] & 1) != 0;
        }
    }

    public bool Equals(in Field25519 other)
    {
        Span<byte> mine = stackalloc byte[ByteCount];
        Span<byte> theirs = stackalloc byte[ByteCount];
        Write(mine);
        other.Write(theirs);
        return mine.SequenceEqual(theirs);
    }

    public static Field25519 operator +(in Field25519 a, in Field25519 b) =>
        new Field25519(a._l0 + b._l0, a._l1 + b._l1, a._l2 + b._l2, a._l3 + b._l3, a._l4 + b._l4).Carried();

    /// <summary>Adds twice the modulus first, limb by limb, so that no limb goes below zero.</summary>
    public static Field25519 operator -(in Field25519 a, in Field25519 b)
    {
        const ulong Low = 2 * (LimbMask - 18);
        const ulong Other = 2 * LimbMask;
        Field25519 subtrahend = b.Carried();
        return new Field25519(
            a._l0 + Low - subtrahend._l0,
            a._l1 + Other - subtrahend._l1,
            a._l2 + Other - subtrahend._l2,
            a._l3 + Other - subtrahend._l3,
            a._l4 + Other - subtrahend._l4).Carried();
    }

    /// <summary>What goes beyond 255 bits comes back nineteen times: 2^255 is 19 here.</summary>
    public static Field25519 operator *(in Field25519 a, in Field25519 b)
    {
        ulong b1 = 19 * b._l1;
        ulong b2 = 19 * b._l2;
        ulong b3 = 19 * b._l3;
        ulong b4 = 19 * b._l4;
        UInt128 r0 = Product(a._l0, b._l0) + Product(a._l1, b4) + Product(a._l2, b3) + Product(a._l3, b2) + Product(a._l4, b1);
        UInt128 r1 = Product(a._l0, b._l1) + Product(a._l1, b._l0) + Product(a._l2, b4) + Product(a._l3, b3) + Product(a._l4, b2);
        UInt128 r2 = Product(a._l0, b._l2) + Product(a._l1, b._l1) + Product(a._l2, b._l0) + Product(a._l3, b4)
            + Product(a._l4, b3);
        UInt128 r3 = Product(a._l0, b._l3) + Product(a._l1, b._l2) + Product(a._l2, b._l1) + Product(a._l3, b._l0)
            + Product(a._l4, b4);
        UInt128 r4 = Product(a._l0, b._l4) + Product(a._l1, b._l3) + Product(a._l2, b._l2) + Product(a._l3, b._l1)
            + Product(a._l4, b._l0);
        r1 += r0 >> LimbBits;
        r2 += r1 >> LimbBits;
        r3 += r2 >> LimbBits;
        r4 += r3 >> LimbBits;
        UInt128 low = (r0 & LimbMask) + ((r4 >> LimbBits) * 19);
        return new(
            (ulong)(low & LimbMask),
            (ulong)(r1 & LimbMask) + (ulong)(low >> LimbBits),
            (ulong)(r2 & LimbMask),
            (ulong)(r3 & LimbMask),
            (ulong)(r4 & LimbMask));
    }

    /// <summary>To the power of 2^252 - 3, by which a square root is found (RFC 8032, section 5.1.3).</summary>
    public Field25519 ToRootPower()
    {
        // Bits 251 to 2 are ones, bit 1 is a zero and bit 0 a one.
        Field25519 power = this;
        for (int bit = 250; bit >= 0; bit--)
        {
            power *= power;
            if (bit != 1) power *= this;
        }

        return power;
    }

    /// <summary>One divided by it: to the power of 2^255 - 21. Zero stays zero.</summary>
    public Field25519 Inverse()
    {
        // That power is eight times the other one, and three more.
        Field25519 power = ToRootPower();
        for (int i = 0; i < 3; i++) power *= power;
        return power * this * this * this;
    }

    private Field25519 Carried()
    {
        ulong l1 = _l1 + (_l0 >> LimbBits);
        ulong l2 = _l2 + (l1 >> LimbBits);
        ulong l3 = _l3 + (l2 >> LimbBits);
        ulong l4 = _l4 + (l3 >> LimbBits);
        ulong l0 = (_l0 & LimbMask) + (19 * (l4 >> LimbBits));
        return new(l0, l1 & LimbMask, l2 & LimbMask, l3 & LimbMask, l4 & LimbMask);
    }

    private static UInt128 Product(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return new UInt128(high, low);
    }
}
