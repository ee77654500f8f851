using System;
using System.Buffers.Binary;

namespace Aglet.Wire;

/// <summary>The checksum of IP, UDP and ICMP (RFC 1071), summed over several pieces.</summary>
internal struct InternetChecksum
{
    private ulong _sum;

    /// <summary>Adds bytes; every piece but the last must have an even length.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 2)
        {
            _sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
            bytes = bytes[2..];
        }

        if (bytes.Length == 1) _sum += (ulong)bytes[0] << 8;
    }

    /// <summary>Adds one 16-bit number.</summary>
    public void Add(ushort value) => _sum += value;

    /// <summary>The one's complement of the folded sum.</summary>
    public readonly ushort Value
    {
        get
        {
            ulong folded = _sum;
            while (folded >> 16 != 0) folded = (folded & 0xFFFF) + (folded >> 16);
            return (ushort)(~folded & 0xFFFF);
        }
    }
}
