using System;
using Aglet.Kernel;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>
/// Standard error, which is not ours alone: it may be a stopped terminal, a pipe whose reader hangs, or closed.
/// Lines that it does not take within a short time are lost, and counted; the server is not.
/// </summary>
/// <param name="handle">Where to write.</param>
/// <param name="keeps">Lines are kept until <see cref="Flush"/>, so that those of one turn are one call.</param>
internal sealed unsafe class ErrorStream(int handle = 2, bool keeps = false)
{
    /// <summary>A pipe that is ready takes this much without sleeping (PIPE_BUF).</summary>
    private const int ChunkBytes = 4096;

    /// <summary>Lines that are kept; more are written at once.</summary>
    private const int KeptBytes = 16 * 1024;

    private const int PatienceMilliseconds = 20;

    /// <summary>
    /// Chunks that a reader who was too slow once must take at once before it is waited for again. A reader that
    /// takes one now and then would else cost a wait for each.
    /// </summary>
    private const int ChunksToEarnPatience = 256;

    private readonly byte[] _kept = new byte[keeps ? KeptBytes : 0];
    private int _keptLength;
    private int _takenAtOnce = ChunksToEarnPatience;
    private long _lost;
    private bool _isTorn;

    public void Write(ReadOnlySpan<byte> line)
    {
        if (line.Length > _kept.Length - _keptLength) Flush();
        if (line.Length > _kept.Length - _keptLength)
        {
            WriteNow(line);
            return;
        }

        line.CopyTo(_kept.AsSpan(_keptLength));
        _keptLength += line.Length;
    }

    /// <summary>Writes what is kept.</summary>
    public void Flush()
    {
        int length = _keptLength;
        _keptLength = 0;
        if (length > 0) WriteNow(_kept.AsSpan(0, length));
    }

    /// <summary>Lines that were lost since this was asked last.</summary>
    public long TakeLost()
    {
        long lost = _lost;
        _lost = 0;
        return lost;
    }

    private void WriteNow(ReadOnlySpan<byte> lines)
    {
        if (_isTorn)
        {
            // The line before was cut: it must not run into this one.
            if (WriteChunk("\n"u8) == 1) _isTorn = false;
        }

        while (!_isTorn && !lines.IsEmpty)
        {
            // Whole lines, as many as the pipe surely takes: so none is cut that is not longer than that.
            ReadOnlySpan<byte> chunk = lines.Length <= ChunkBytes ? lines : lines[..ChunkBytes];
            int whole = chunk.LastIndexOf((byte)'\n') + 1;
            if (whole > 0) chunk = chunk[..whole];
            int count = WriteChunk(chunk);
            if (count <= 0) break;
            _isTorn = lines[count - 1] != '\n';
            lines = lines[count..];
            if (_isTorn && !lines.IsEmpty) _isTorn = !FinishLine(ref lines);
        }

        if (!lines.IsEmpty) _lost += lines.Count((byte)'\n');
    }

    /// <summary>Writes the rest of a line whose beginning is written; false when it cannot be.</summary>
    private bool FinishLine(ref ReadOnlySpan<byte> lines)
    {
        while (true)
        {
            int end = lines.IndexOf((byte)'\n') + 1;
            int length = Math.Min(ChunkBytes, end == 0 ? lines.Length : end);
            int count = WriteChunk(lines[..length]);
            if (count <= 0) return false;
            bool isFinished = lines[count - 1] == '\n';
            lines = lines[count..];
            if (isFinished) return true;
            if (lines.IsEmpty) return false;
        }
    }

    private int WriteChunk(ReadOnlySpan<byte> chunk)
    {
        // Setting the handle non-blocking would do it for every process that shares the terminal: ask instead.
        pollfd ready = new() { fd = handle, events = POLLOUT };
        int patience = _takenAtOnce < ChunksToEarnPatience ? 0 : PatienceMilliseconds;
        bool isReady = Libc.poll(&ready, 1, patience) > 0;
        _takenAtOnce = isReady ? Math.Min(_takenAtOnce + 1, ChunksToEarnPatience) : 0;
        if (!isReady) return 0;
        fixed (byte* bytes = chunk)
        {
            while (true)
            {
                SysResult result = SystemCall.Result(Libc.write(handle, bytes, (nuint)chunk.Length));
                if (result.Errno != Errno.Interrupted) return result.IsError ? 0 : result.Count;
            }
        }
    }
}
