using System;
using System.IO;
using System.Runtime.InteropServices;
using Aglet.Linux;
using Aglet.Tests.Lab;
using Microsoft.Win32.SafeHandles;

namespace Aglet.Tests.Bench;

/// <summary>The system calls of the load clients that neither .NET nor the appliance has.</summary>
internal static unsafe partial class BenchNative
{
    public const int MSG_DONTWAIT = 0x40;
    public const int MSG_WAITFORONE = 0x10000;
    public const int SO_RCVTIMEO = 20;
    public const int SO_SNDBUFFORCE = 32;
    public const int UDP_GRO = 104;

    [LibraryImport("libc")]
    internal static partial int recvmmsg(int fd, mmsghdr* messages, uint count, int flags, timespec* timeout);

    [LibraryImport("libc")]
    internal static partial int connect(int fd, void* address, uint length);

    [LibraryImport("libc")]
    internal static partial int ppoll(pollfd* polled, nuint count, timespec* patience, void* signals);

    [LibraryImport("libc")]
    internal static partial int prctl(int option, nuint first, nuint second, nuint third, nuint fourth);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sched_setaffinity(int thread, nuint length, ulong* mask);

    /// <summary>Keeps the calling thread on one processor.</summary>
    public static void StayOn(int processor)
    {
        ulong mask = 1UL << processor;
        LabNative.Checked(sched_setaffinity(0, sizeof(ulong), &mask), "sched_setaffinity");
    }

    /// <summary>Processor time of the calling thread.</summary>
    public static double ThreadSeconds()
    {
        timespec time;
        _ = Libc.clock_gettime(3, &time); // CLOCK_THREAD_CPUTIME_ID
        return time.tv_sec + (time.tv_nsec / 1e9);
    }

    /// <summary>Moves the calling thread, and what it starts or opens from now on, into a network namespace.</summary>
    public static void Enter(string space)
    {
        using SafeFileHandle handle = File.OpenHandle($"/run/netns/{space}");
        LabNative.Checked(LabNative.setns((int)handle.DangerousGetHandle(), LabNative.CLONE_NEWNET), "setns");
    }
}
