using System;
using System.Runtime.InteropServices;

namespace Aglet.Tests.Lab;

/// <summary>The few system calls that the lab needs and .NET does not offer.</summary>
internal static unsafe partial class LabNative
{
    public const int SIGKILL = 9;
    public const int SIGTERM = 15;
    public const int CLONE_NEWNET = 0x40000000;
    public const int AF_PACKET = 17;
    public const int SOCK_RAW = 3;

    [LibraryImport("libc", SetLastError = true)]
    public static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int setns(int descriptor, int kind);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int bind(int descriptor, void* address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint recv(int descriptor, void* buffer, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint send(int descriptor, void* buffer, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int setsockopt(int descriptor, int level, int option, void* value, uint length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    public static partial uint if_nametoindex(byte* name);

    [LibraryImport("libc")]
    public static partial uint geteuid();

    /// <summary>Throws with the system's words when a call returned -1.</summary>
    public static int Checked(int result, string what)
        => result >= 0 ? result : throw new LabException(
            $"{what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
}
