using System;
using Aglet.Kernel;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>
/// Standard error, which is not ours alone: it may be a stopped terminal, a pipe whose reader hangs, or closed.
/// Lines that it does not take within a short time are lost; the server is not.
/// </summary>
internal sealed unsafe class ErrorStream(int handle = 2)
{
    /// <summary>A pipe that is ready takes this much without sleeping (PIPE_BUF).</summary>
    private const int ChunkBytes = 4096;

    private const int PatienceMilliseconds = 20;

    /// <summary>
    /// Chunks that a reader who was too slow once must take at once before it is waited for again. A reader that
    /// takes one now and then would else cost a wait for each.
    /// </summary>
    private const int ChunksToEarnPatience = 256;

    private int _takenAtOnce = ChunksToEarnPatience;
    private bool _isTorn;

    public void Write(ReadOnlySpan<byte> line)
    {
        if (_isTorn)
        {
            // The line before was cut: it must not run into this one.
            if (WriteChunk("\n"u8) != 1) return;
            _isTorn = false;
        }

        int written = 0;
        while (written < line.Length)
        {
            int count = WriteChunk(line.Slice(written, Math.Min(ChunkBytes, line.Length - written)));
            if (count <= 0) break;
            written += count;
        }

        _isTorn = written > 0 && written < line.Length;
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
