using System;
using System.Buffers.Binary;

namespace Aglet.Net;

/// <summary>Why an answer of a clock is not believed.</summary>
internal enum NtpReject : byte
{
    None,
    Truncated,

    /// <summary>Mode is not 4, or of a version before 3.</summary>
    NotAServer,

    /// <summary>It answers another question than ours: late, or forged.</summary>
    NotOurs,

    /// <summary>The clock itself says that it is not set (stratum 0 or 16 up, leap indicator 3, no time).</summary>
    NotSet,
}

/// <summary>One question to a clock and its answer (SNTP: RFC 4330 and RFC 5905, client only).</summary>
/// <remarks>
/// <code>
///  0 leap 2 bits, version 3, mode 3 | 1 stratum | 2 poll | 3 precision | 4 root delay and dispersion 8 | 12 reference 4
/// 16 reference time 8 | 24 originate time 8 | 32 receive time 8 | 40 transmit time 8
/// </code>
/// A time is seconds since 1900 with a fraction of 2^-32; what is before 1968 by that is after 2036 (RFC 4330 §3).
/// </remarks>
internal static class NtpPacket
{
    public const int Bytes = 48;
    public const ushort Port = 123;

    private const long SecondsFrom1900To1970 = 2_208_988_800;

    /// <summary>Writes a question.</summary>
    /// <param name="target">At least <see cref="Bytes"/>.</param>
    /// <param name="nonce">In place of our time, which is nobody's business: the answer repeats it.</param>
    public static void WriteRequest(Span<byte> target, ulong nonce)
    {
        target[..Bytes].Clear();
        target[0] = 0x23; // version 4, mode 3: client
        BinaryPrimitives.WriteUInt64BigEndian(target[40..], nonce);
    }

    /// <summary>Reads an answer.</summary>
    /// <param name="datagram">What came.</param>
    /// <param name="nonce">What was asked with.</param>
    /// <param name="unixNanoseconds">The clock's time as it answered, in nanoseconds since 1970.</param>
    public static NtpReject Parse(ReadOnlySpan<byte> datagram, ulong nonce, out long unixNanoseconds)
    {
        unixNanoseconds = 0;
        if (datagram.Length < Bytes) return NtpReject.Truncated;
        int version = (datagram[0] >> 3) & 7;
        if ((datagram[0] & 7) != 4 || version < 3) return NtpReject.NotAServer;
        if (BinaryPrimitives.ReadUInt64BigEndian(datagram[24..]) != nonce) return NtpReject.NotOurs;
        uint seconds = BinaryPrimitives.ReadUInt32BigEndian(datagram[40..]);
        uint fraction = BinaryPrimitives.ReadUInt32BigEndian(datagram[44..]);
        if (datagram[0] >> 6 == 3 || datagram[1] is 0 or > 15 || seconds == 0) return NtpReject.NotSet;
        long since1900 = seconds >= 0x8000_0000 ? seconds : seconds + 0x1_0000_0000;
        unixNanoseconds = ((since1900 - SecondsFrom1900To1970) * 1_000_000_000) + ((long)fraction * 1_000_000_000 >> 32);
        return NtpReject.None;
    }
}
