using System;
using System.Collections.Generic;
using Aglet.Core;

namespace Aglet.Tests.Fuzz;

/// <summary>Damages golden packets as hostile peers and bad memory do. A seed gives the same damage again.</summary>
internal sealed class Mutator(ulong seed, IReadOnlyList<byte[]> corpus, int bytesMax = 4096)
{
    /// <summary>Numbers at which length checks and signed arithmetic go wrong.</summary>
    private static readonly uint[] _interesting =
    [
        0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 63, 64, 127, 128, 129, 254, 255, 256, 257, 511, 512, 1024, 1468, 4095, 4096,
        0x7FFF, 0x8000, 0xFFFE, 0xFFFF, 0x10000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF,
    ];

    private readonly byte[] _buffer = new byte[bytesMax];
    private Prng _prng = new(seed);
    private int _length;

    /// <summary>The next damaged packet; valid until the next call.</summary>
    public ReadOnlySpan<byte> Next()
    {
        byte[] start = corpus[_prng.Below(corpus.Count)];
        _length = Math.Min(start.Length, _buffer.Length);
        start.AsSpan(0, _length).CopyTo(_buffer);
        for (int times = 1 + _prng.Below(6); times > 0; times--) MutateOnce();
        return _buffer.AsSpan(0, _length);
    }

    private void MutateOnce()
    {
        if (_length == 0)
        {
            Insert(0, 1 + _prng.Below(16));
            return;
        }

        int at = _prng.Below(_length);
        switch (_prng.Below(10))
        {
            case 0:
                _buffer[at] ^= (byte)(1 << _prng.Below(8));
                break;
            case 1:
                _buffer[at] = RandomByte();
                break;
            case 2:
                _buffer[at] = (byte)(_interesting[_prng.Below(_interesting.Length)] & 255);
                break;
            case 3:
                WriteInteresting(at, 1 + _prng.Below(4));
                break;
            case 4:
                _length = at;
                break;
            case 5:
                Remove(at, 1 + _prng.Below(Math.Min(16, _length - at)));
                break;
            case 6:
                Insert(at, 1 + _prng.Below(16));
                break;
            case 7:
                Repeat(at, 1 + _prng.Below(Math.Min(64, _length - at)));
                break;
            case 8:
                Splice(at);
                break;
            default:
                int other = _prng.Below(_length);
                (_buffer[at], _buffer[other]) = (_buffer[other], _buffer[at]);
                break;
        }
    }

    private void WriteInteresting(int at, int bytes)
    {
        uint value = _interesting[_prng.Below(_interesting.Length)];
        for (int i = 0; i < bytes && at + i < _length; i++)
        {
            _buffer[at + i] = (byte)((value >> (8 * (bytes - 1 - i))) & 255);
        }
    }

    private void Remove(int at, int count)
    {
        _buffer.AsSpan(at + count, _length - at - count).CopyTo(_buffer.AsSpan(at));
        _length -= count;
    }

    private void Insert(int at, int count)
    {
        count = Open(at, count);
        byte fill = RandomByte();
        bool isRandom = _prng.Below(2) == 0;
        for (int i = 0; i < count; i++) _buffer[at + i] = isRandom ? RandomByte() : fill;
    }

    private void Repeat(int at, int count)
    {
        count = Open(at, count);
        _buffer.AsSpan(at + count, Math.Min(count, _length - at - count)).CopyTo(_buffer.AsSpan(at));
    }

    /// <summary>The head of this packet with the tail of another.</summary>
    private void Splice(int at)
    {
        byte[] other = corpus[_prng.Below(corpus.Count)];
        if (other.Length == 0) return;
        int from = _prng.Below(other.Length);
        int count = Math.Min(other.Length - from, _buffer.Length - at);
        other.AsSpan(from, count).CopyTo(_buffer.AsSpan(at));
        _length = at + count;
    }

    private int Open(int at, int count)
    {
        count = Math.Min(count, _buffer.Length - _length);
        _buffer.AsSpan(at, _length - at).CopyTo(_buffer.AsSpan(at + count));
        _length += count;
        return count;
    }

    private byte RandomByte() => (byte)(_prng.Next() & 255);
}
