using System;
using System.Buffers.Binary;

namespace Aglet.Core;

/// <summary>Tells whether an Ed25519 signature is of a key and a message (RFC 8032, section 5.1.7).</summary>
/// <remarks>Only public values come here, so nothing hides how long it takes. About ten milliseconds.</remarks>
internal static class Ed25519
{
    /// <summary>Bytes of a public key.</summary>
    public const int KeyBytes = 32;

    /// <summary>Bytes of a signature: a point and a number.</summary>
    public const int SignatureBytes = 64;

    /// <summary>Words of the order of the base point, the lowest first: 2^252 + 27742317777372353535851937790883648493.</summary>
    private static ReadOnlySpan<ulong> Order => [0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000];

    /// <summary>True when who has the private half of <paramref name="key"/> signed exactly this message.</summary>
    public static bool IsSigned(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (key.Length != KeyBytes || signature.Length != SignatureBytes) return false;
        ReadOnlySpan<byte> pointR = signature[..32];
        ReadOnlySpan<byte> scalar = signature[32..];
        if (!IsBelowOrder(scalar) || !Point.TryRead(key, out Point publicKey)) return false;

        Sha512 sha = new();
        sha.Append(pointR);
        sha.Append(key);
        sha.Append(message);
        Span<byte> hash = stackalloc byte[Sha512.HashBytes];
        sha.Finish(hash);
        Span<byte> challenge = stackalloc byte[32];
        Reduce(hash, challenge);

        // R = sB - kA, compared by its bytes: so an R that is written in two ways is taken in one only.
        Point expected = Point.Base.Times(scalar) + publicKey.Negated.Times(challenge);
        Span<byte> bytes = stackalloc byte[32];
        expected.Write(bytes);
        return bytes.SequenceEqual(pointR);
    }

    private static bool IsBelowOrder(ReadOnlySpan<byte> scalar)
    {
        Span<ulong> words = stackalloc ulong[4];
        for (int i = 0; i < 4; i++) words[i] = BinaryPrimitives.ReadUInt64LittleEndian(scalar[(8 * i)..]);
        return IsBelowOrder(words);
    }

    private static bool IsBelowOrder(ReadOnlySpan<ulong> words)
    {
        for (int i = 3; i >= 0; i--)
        {
            if (words[i] != Order[i]) return words[i] < Order[i];
        }

        return false;
    }

    /// <summary>The rest of a long number, divided by the order: bit by bit, as on paper.</summary>
    private static void Reduce(ReadOnlySpan<byte> number, Span<byte> rest)
    {
        Span<ulong> words = stackalloc ulong[4];
        words.Clear();
        for (int bit = (number.Length * 8) - 1; bit >= 0; bit--)
        {
            // The rest is below 2^253, so that no bit leaves at the top.
            ulong carry = (ulong)(number[bit >> 3] >> (bit & 7)) & 1;
            for (int i = 0; i < 4; i++)
            {
                ulong next = words[i] >> 63;
                words[i] = (words[i] << 1) | carry;
                carry = next;
            }

            if (IsBelowOrder(words)) continue;
            ulong borrow = 0;
            for (int i = 0; i < 4; i++)
            {
                UInt128 taken = (UInt128)Order[i] + borrow;
                borrow = words[i] < taken ? 1UL : 0;
                words[i] = unchecked(words[i] - (ulong)taken);
            }
        }

        for (int i = 0; i < 4; i++) BinaryPrimitives.WriteUInt64LittleEndian(rest[(8 * i)..], words[i]);
    }

    /// <summary>A point of the curve -x² + y² = 1 + d·x²·y², with X = x·Z, Y = y·Z and X·Y = Z·T.</summary>
    private readonly struct Point
    {
        private static readonly Field25519 _d =
            (Field25519.Zero - Field25519.FromSmall(121665)) * Field25519.FromSmall(121666).Inverse();

        /// <summary>A square root of -1: two to the power of (p - 1) / 4, which is twice the root power and one.</summary>
        private static readonly Field25519 _rootOfMinusOne = MakeRootOfMinusOne();

        private readonly Field25519 _x;
        private readonly Field25519 _y;
        private readonly Field25519 _z;
        private readonly Field25519 _t;

        private Point(in Field25519 x, in Field25519 y, in Field25519 z, in Field25519 t) => (_x, _y, _z, _t) = (x, y, z, t);

        /// <summary>The base point: y is 4/5, and x is even.</summary>
        public static Point Base
        {
            get
            {
                Span<byte> bytes = stackalloc byte[32];
                bytes.Fill(0x66);
                bytes[0] = 0x58;
                Check.That(TryRead(bytes, out Point point));
                return point;
            }
        }

        public Point Negated => new(Field25519.Zero - _x, _y, _z, Field25519.Zero - _t);

        /// <summary>Finds x from y and the sign of x; false when no point of the curve is written so.</summary>
        public static bool TryRead(ReadOnlySpan<byte> bytes, out Point point)
        {
            point = default;
            Field25519 y = Field25519.Read(bytes);
            bool isOdd = (bytes[31] & 0x80) != 0;

            // A number that is not below the modulus is not how anybody writes a point.
            Span<byte> written = stackalloc byte[32];
            y.Write(written);
            if (isOdd) written[31] |= 0x80;
            if (!written.SequenceEqual(bytes)) return false;

            Field25519 square = y * y;
            Field25519 u = square - Field25519.One;
            Field25519 v = (_d * square) + Field25519.One;
            Field25519 v3 = v * v * v;
            Field25519 x = u * v3 * (u * v3 * v3 * v).ToRootPower();
            Field25519 check = v * x * x;
            if (check.Equals(Field25519.Zero - u)) x *= _rootOfMinusOne;
            else if (!check.Equals(u)) return false;
            if (x.IsZero && isOdd) return false;
            if (x.IsOdd != isOdd) x = Field25519.Zero - x;
            point = new(x, y, Field25519.One, x * y);
            return true;
        }

        public void Write(Span<byte> bytes)
        {
            Field25519 inverse = _z.Inverse();
            (_y * inverse).Write(bytes);
            if ((_x * inverse).IsOdd) bytes[31] |= 0x80;
        }

        /// <summary>The sum of any two points, equal ones too: the formula has no exception on this curve.</summary>
        public static Point operator +(in Point left, in Point right)
        {
            Field25519 a = (left._y - left._x) * (right._y - right._x);
            Field25519 b = (left._y + left._x) * (right._y + right._x);
            Field25519 c = left._t * right._t * _d;
            c += c;
            Field25519 d = left._z * right._z;
            d += d;
            Field25519 e = b - a;
            Field25519 f = d - c;
            Field25519 g = d + c;
            Field25519 h = b + a;
            return new(e * f, g * h, f * g, e * h);
        }

        /// <summary>The point added to itself as often as a number of 32 bytes says.</summary>
        public Point Times(ReadOnlySpan<byte> scalar)
        {
            Point sum = new(Field25519.Zero, Field25519.One, Field25519.One, Field25519.Zero);
            for (int bit = 255; bit >= 0; bit--)
            {
                sum += sum;
                if (((scalar[bit >> 3] >> (bit & 7)) & 1) != 0) sum += this;
            }

            return sum;
        }

        private static Field25519 MakeRootOfMinusOne()
        {
            // (p - 1) / 4 = 2^253 - 5 = 2 (2^252 - 3) + 1
            Field25519 power = Field25519.FromSmall(2).ToRootPower();
            return power * power * Field25519.FromSmall(2);
        }
    }
}
