using System.Runtime.InteropServices;

namespace Aglet.Linux;

/// <content>What only the first process of a machine calls.</content>
internal static unsafe partial class Libc
{
    [LibraryImport(Name)]
    internal static partial int getpid();

    [LibraryImport(Name)]
    internal static partial int mount(byte* source, byte* target, byte* type, nuint flags, byte* data);

    [LibraryImport(Name)]
    internal static partial int umount2(byte* target, int flags);

    [LibraryImport(Name)]
    internal static partial int mkdir(byte* path, uint mode);

    [LibraryImport(Name)]
    internal static partial int dup2(int fd, int target);

    [LibraryImport(Name)]
    internal static partial nint readlink(byte* path, byte* target, nuint length);

    [LibraryImport(Name)]
    internal static partial int statfs(byte* path, void* status);

    [LibraryImport(Name)]
    internal static partial int uname(void* names);

    [LibraryImport(Name)]
    internal static partial int sethostname(byte* name, nuint length);

    [LibraryImport(Name)]
    internal static partial int clock_settime(int clock, timespec* time);

    [LibraryImport(Name)]
    internal static partial void sync();

    [LibraryImport(Name)]
    internal static partial int reboot(int command);

    /// <summary>For the calls that glibc has no name for; variadic in C, as open is.</summary>
    [LibraryImport(Name)]
    internal static partial nint syscall(nint number, nint first, void* second, nint third);

    /// <summary>The kernel's own reboot, which takes a text for the firmware; variadic in C, as open is.</summary>
    [LibraryImport(Name, EntryPoint = "syscall")]
    internal static partial nint syscall_reboot(nint number, nuint magic1, nuint magic2, nuint command, void* text);

    /// <summary>Variadic in C, as open is.</summary>
    [LibraryImport(Name)]
    internal static partial int ioctl(int fd, nuint request, void* argument);
}
