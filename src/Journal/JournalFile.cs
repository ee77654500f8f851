using System;
using System.Buffers.Binary;
using Aglet.Core;
using Aglet.Kernel;

namespace Aglet.Journal;

/// <summary>
/// A journal file that is being written: records gather in a buffer, and one write and one sync make them durable. After
/// the first failure it takes no more.
/// </summary>
internal sealed class JournalFile(IKernel kernel)
{
    private readonly byte[] _buffer = new byte[Limits.JournalBatchBytes];
    private int _handle = -1;
    private long _written;
    private int _buffered;
    private bool _isDirty;

    public bool IsOpen => _handle >= 0;

    /// <summary>Records in it, those in the buffer included.</summary>
    public int Records { get; private set; }

    /// <summary>Bytes in it, those in the buffer included.</summary>
    public long Length => _written + _buffered;

    /// <summary>Why it takes no more.</summary>
    public Errno Errno { get; private set; }

    /// <summary>Goes on with a file that has records.</summary>
    public void Continue(int handle, long length, int records)
    {
        Check.That(!IsOpen && length % JournalRecord.Alignment == 0);
        _handle = handle;
        _written = length;
        _buffered = 0;
        _isDirty = false;
        Records = records;
        Errno = Errno.None;
    }

    /// <summary>Begins an empty file with its header.</summary>
    public void Begin(int handle, long time)
    {
        Continue(handle, 0, 0);
        Span<byte> version = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(version, JournalReader.Version);
        Append(JournalKind.Header, time, version);
    }

    public void Append(JournalKind kind, long time, scoped ReadOnlySpan<byte> body)
    {
        Check.That(IsOpen);
        if (_buffer.Length - _buffered < JournalRecord.BytesFor(body.Length)) Flush();
        if (Errno != Errno.None) return;
        _buffered += JournalRecord.Write(_buffer.AsSpan(_buffered), Length, kind, time, body);
        _isDirty = true;
        Records++;
    }

    /// <summary>Makes durable what was appended; false after a failure, which <see cref="Errno"/> names.</summary>
    public bool TryCommit()
    {
        Flush();
        if (_isDirty && Errno == Errno.None) Errno = kernel.Sync(_handle).Errno;
        _isDirty = false;
        return Errno == Errno.None;
    }

    public void Close()
    {
        if (IsOpen) kernel.Close(_handle);
        _handle = -1;
    }

    /// <summary>Closes a file that is of no use, and gives its room on the disk back.</summary>
    public void Discard()
    {
        if (IsOpen) _ = kernel.Truncate(_handle, 0);
        Close();
    }

    private void Flush()
    {
        if (_buffered == 0 || Errno != Errno.None) return;
        Errno = kernel.WriteAt(_handle, _buffer.AsSpan(0, _buffered), _written).Errno;
        _written += _buffered;
        _buffered = 0;
    }
}
