using System;

namespace Aglet.Tests.Simulation;

/// <summary>
/// How many managed bytes the server itself allocated: all of the thread's, less what the simulator allocated inside
/// the server's calls to it.
/// </summary>
internal sealed class AllocationMeter(SimKernel kernel)
{
    private long _thread;
    private long _outside;

    /// <summary>The server's own bytes so far.</summary>
    public long ServerBytes { get; private set; }

    public void Start()
    {
        _outside = kernel.OutsideBytes;
        _thread = GC.GetAllocatedBytesForCurrentThread();
    }

    /// <summary>Adds what was allocated since <see cref="Start"/> and returns it.</summary>
    public long Stop()
    {
        long bytes = GC.GetAllocatedBytesForCurrentThread() - _thread - (kernel.OutsideBytes - _outside);
        ServerBytes += bytes;
        return bytes;
    }
}
