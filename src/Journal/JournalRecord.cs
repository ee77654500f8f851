using System;
using System.Buffers.Binary;
using System.Numerics;
using Aglet.Core;

namespace Aglet.Journal;

/// <summary>What a record is about. The numbers are on disks: they never change.</summary>
internal enum JournalKind : byte
{
    /// <summary>The first of a file: the version that wrote it.</summary>
    Header = 0,

    /// <summary>The time of day was set.</summary>
    Clock = 1,

    /// <summary>Who has an address, and until when.</summary>
    Lease = 2,

    /// <summary>How far a machine is with being installed.</summary>
    Install = 3,
}

/// <summary>One record of a journal.</summary>
/// <remarks>
/// <code>
///  0  checksum   CRC-32C over all that follows, begun with the place in the file
///  4  length     bytes of the body
///  6  kind       <see cref="JournalKind"/>
///  7  zero
///  8  time       seconds since 1970, when it was written
/// 16  body       the source's; zeros to a multiple of eight bytes follow
/// </code>
/// Numbers are big-endian. The place is in the checksum, so that old bytes which lie elsewhere are not taken for a
/// record, and so are zeros, whose checksum is never zero.
/// </remarks>
internal readonly ref struct JournalRecord
{
    public const int HeaderBytes = 16;

    /// <summary>All records begin at a multiple of this, so that the next one is found behind damage.</summary>
    public const int Alignment = 8;

    /// <summary>Later than any clock: such a time is damage.</summary>
    public const long TimeMax = 1L << 40;

    private JournalRecord(byte kind, long time, long shift, ReadOnlySpan<byte> body)
    {
        KindNumber = kind;
        Time = time;
        Shift = shift;
        Body = body;
    }

    /// <summary>As it is in the file: it may be of a version to come.</summary>
    public byte KindNumber { get; }

    public JournalKind Kind => (JournalKind)KindNumber;

    /// <summary>When it was written, by the clock of then.</summary>
    public long Time { get; }

    /// <summary>By how much that clock was set since.</summary>
    public long Shift { get; private init; }

    public ReadOnlySpan<byte> Body { get; }

    /// <summary>Bytes in the file of a record with a body of some length.</summary>
    public static int BytesFor(int bodyLength) => HeaderBytes + ((bodyLength + Alignment - 1) & -Alignment);

    /// <summary>A time of the record's body, by the clock of now.</summary>
    public long Today(long unixSeconds) =>
        unixSeconds == long.MaxValue ? long.MaxValue : Math.Clamp(unixSeconds, -TimeMax, TimeMax) + Shift;

    /// <summary>The same record, the clock having been set since.</summary>
    public JournalRecord ShiftedBy(long seconds) => new(KindNumber, Time, seconds, Body);

    /// <summary>Reads the record at the beginning of some bytes.</summary>
    /// <param name="bytes">What is in the file from there on.</param>
    /// <param name="offset">Where in the file that is.</param>
    /// <param name="record">It, over these bytes.</param>
    /// <returns>False when there is no whole and sound record.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, long offset, out JournalRecord record)
    {
        record = default;
        if (bytes.Length < HeaderBytes) return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
        int total = BytesFor(length);
        if (length > Limits.JournalBodyBytes || total > bytes.Length || bytes[7] != 0) return false;
        long time = BinaryPrimitives.ReadInt64BigEndian(bytes[8..]);
        if (time is < 0 or > TimeMax) return false;
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes) != ChecksumOf(bytes[..total], offset)) return false;
        record = new(bytes[6], time, 0, bytes.Slice(HeaderBytes, length));
        return true;
    }

    /// <summary>Writes a record and returns its bytes; there must be room.</summary>
    public static int Write(Span<byte> target, long offset, JournalKind kind, long time, scoped ReadOnlySpan<byte> body)
    {
        Check.That(body.Length <= Limits.JournalBodyBytes);
        int total = BytesFor(body.Length);
        target = target[..total];
        target.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(target[4..], (ushort)body.Length);
        target[6] = (byte)kind;
        BinaryPrimitives.WriteInt64BigEndian(target[8..], Math.Clamp(time, 0, TimeMax));
        body.CopyTo(target[HeaderBytes..]);
        BinaryPrimitives.WriteUInt32BigEndian(target, ChecksumOf(target, offset));
        return total;
    }

    private static uint ChecksumOf(ReadOnlySpan<byte> record, long offset)
    {
        uint checksum = ~unchecked((uint)(offset / Alignment));
        checksum = BitOperations.Crc32C(checksum, BinaryPrimitives.ReadUInt32BigEndian(record[4..]));
        for (int at = Alignment; at < record.Length; at += Alignment)
        {
            checksum = BitOperations.Crc32C(checksum, BinaryPrimitives.ReadUInt64BigEndian(record[at..]));
        }

        return checksum;
    }
}
