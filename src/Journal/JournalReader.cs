using System;
using System.Buffers.Binary;
using Aglet.Core;
using Aglet.Kernel;

namespace Aglet.Journal;

/// <summary>
/// The sound records of a journal file in their order. What is no record is passed over, counted, and the next record
/// behind it is found.
/// </summary>
/// <remarks>
/// Read twice: <see cref="Survey"/> learns how the clock was set over the life of the file, then <see cref="TryNext"/>
/// gives each record with the difference between its clock and today's.
/// <para>
/// The time of day is the only clock that survives a restart, and it lies: without a battery it is 1970, or the time of
/// the last shutdown, until NTP sets it. While we run, each setting is in the file as a <see cref="JournalKind.Clock"/>
/// record. Over a restart two cases are recognised: the clock is before the last record (time does not run backwards), or
/// the last record is from before this program was written and the clock is not. In both nobody knows how long we were
/// away, and so it counts as no time at all: what ran then runs on from where it was. So nothing ends early because of a
/// clock that was wrong, and nothing is held longer than it would have been without the restart. A clock that is wrong
/// towards the future cannot be told from a long absence: leases look over then, which makes them idle, and an idle
/// address goes to its last owner as long as there are others.
/// </para>
/// </remarks>
internal sealed class JournalReader
{
    /// <summary>2025-01-01: a clock that says less was never set.</summary>
    public const long UnsetBefore = 1_735_689_600;

    public const ushort Version = 1;

    private const int BufferBytes = 64 * 1024;

    private readonly IKernel _kernel;
    private readonly int _file;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private long _bufferOffset;
    private int _at;
    private int _count;
    private bool _isAtEnd;
    private long _damageStart = -1;
    private long _shift;
    private long _totalShift;

    public JournalReader(IKernel kernel, int file)
    {
        _kernel = kernel;
        _file = file;
    }

    /// <summary>Where the last sound record ends.</summary>
    public long End { get; private set; }

    /// <summary>Bytes behind <see cref="End"/>: of a record that was being written when the power went off.</summary>
    public long TailBytes => _bufferOffset + _count - End;

    /// <summary>Sound records so far.</summary>
    public int Records { get; private set; }

    /// <summary>Places between sound records where there is none.</summary>
    public int Damages { get; private set; }

    public long DamagedBytes { get; private set; }

    /// <summary>Where the first damage is; -1 for none.</summary>
    public long FirstDamage { get; private set; } = -1;

    /// <summary>Sound records in all.</summary>
    public int Total { get; private set; }

    /// <summary>There is not one byte in the file.</summary>
    public bool IsEmpty { get; private set; }

    /// <summary>The version of the header; 0 when there is none.</summary>
    public int FoundVersion { get; private set; }

    /// <summary>By how much the clock differs from what the file's last record lets expect; usually 0.</summary>
    public long ClockStep { get; private set; }

    /// <summary>Why the file could not be read to its end.</summary>
    public Errno Errno { get; private set; }

    /// <summary>Reads all of it once, then stands at its beginning again.</summary>
    /// <param name="unixSeconds">The time of day.</param>
    public void Survey(long unixSeconds)
    {
        long last = -1;
        _totalShift = 0;
        while (TryNext(out JournalRecord record))
        {
            last = record.Time;
            if (record.Kind == JournalKind.Header && record.Body.Length >= 2)
            {
                FoundVersion = BinaryPrimitives.ReadUInt16BigEndian(record.Body);
            }
        }

        Total = Records;
        IsEmpty = _bufferOffset + _count == 0;
        bool isUnknown = unixSeconds < last || (last < UnsetBefore && unixSeconds >= UnsetBefore);
        ClockStep = last >= 0 && isUnknown ? unixSeconds - last : 0;
        _totalShift = _shift + ClockStep;
        _shift = 0;
        _bufferOffset = End = DamagedBytes = 0;
        _at = _count = Records = Damages = 0;
        _isAtEnd = false;
        _damageStart = FirstDamage = -1;
    }

    /// <summary>The next sound record; its body is valid until the call after.</summary>
    public bool TryNext(out JournalRecord record)
    {
        while (Fill())
        {
            long offset = _bufferOffset + _at;
            if (!JournalRecord.TryRead(_buffer.AsSpan(_at, _count - _at), offset, out record))
            {
                if (_damageStart < 0) _damageStart = offset;
                _at = Math.Min(_count, _at + JournalRecord.Alignment);
                continue;
            }

            if (_damageStart >= 0)
            {
                if (FirstDamage < 0) FirstDamage = _damageStart;
                Damages++;
                DamagedBytes += offset - _damageStart;
                _damageStart = -1;
            }

            _at += JournalRecord.BytesFor(record.Body.Length);
            End = _bufferOffset + _at;
            Records++;
            if (record.Kind == JournalKind.Clock && record.Body.Length >= 8)
            {
                long step = BinaryPrimitives.ReadInt64BigEndian(record.Body);
                if (step is >= -JournalRecord.TimeMax and <= JournalRecord.TimeMax) _shift += step;
            }

            record = record.ShiftedBy(_totalShift - _shift);
            return true;
        }

        record = default;
        return false;
    }

    /// <summary>Has a whole record's bytes ready, or all that are left; false when none are.</summary>
    private bool Fill()
    {
        int left = _count - _at;
        if (left < JournalRecord.BytesFor(Limits.JournalBodyBytes) && !_isAtEnd)
        {
            _buffer.AsSpan(_at, left).CopyTo(_buffer);
            _bufferOffset += _at;
            _at = 0;
            _count = left;
            SysResult read = _kernel.ReadAt(_file, _buffer.AsSpan(left), _bufferOffset + left);
            if (read.IsError) Errno = read.Errno;
            else _count += read.Count;
            _isAtEnd = read.IsError || _count < _buffer.Length;
        }

        return _at < _count;
    }
}
