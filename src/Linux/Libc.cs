using System.Runtime.InteropServices;

namespace Aglet.Linux;

/// <summary>
/// The calls into libc, with their C names and nothing more: a negative answer means that errno says why.
/// </summary>
/// <remarks>
/// All arguments are blittable, so each stub is a plain call. None asks for <c>SetLastError</c>: it would clear and
/// copy errno on every call, and errno is what it was when read at once (see <see cref="SystemCall"/>).
/// </remarks>
internal static unsafe partial class Libc
{
    private const string Name = "libc";

    // Time and chance. Reading a clock never sleeps, so the collector need not be told that we are away.
    [LibraryImport(Name), SuppressGCTransition]
    internal static partial int clock_gettime(int clock, timespec* time);

    [LibraryImport(Name)]
    internal static partial nint getrandom(void* buffer, nuint length, uint flags);

    // Waiting and signals.
    [LibraryImport(Name)]
    internal static partial int epoll_create1(int flags);

    [LibraryImport(Name)]
    internal static partial int epoll_ctl(int epoll, int operation, int fd, void* ev);

    [LibraryImport(Name)]
    internal static partial int epoll_wait(int epoll, void* events, int maxEvents, int timeoutMilliseconds);

    [LibraryImport(Name)]
    internal static partial int epoll_pwait2(
        int epoll, void* events, int maxEvents, timespec* timeout, sigset_t* mask);

    [LibraryImport(Name)]
    internal static partial int poll(pollfd* fds, nuint count, int timeoutMilliseconds);

    [LibraryImport(Name)]
    internal static partial int signalfd(int fd, sigset_t* mask, int flags);

    /// <summary>Answers an error number itself; errno is not set.</summary>
    [LibraryImport(Name)]
    internal static partial int pthread_sigmask(int how, sigset_t* mask, sigset_t* old);

    [LibraryImport(Name)]
    internal static partial nint signal(int number, nint handler);

    [LibraryImport(Name)]
    internal static partial int prlimit(int process, int resource, rlimit* limit, rlimit* old);

    // Who we are, and what we may.

    /// <summary>Variadic in C, as open is. Most of what it sets is the calling thread's own.</summary>
    [LibraryImport(Name)]
    internal static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport(Name)]
    internal static partial int capget(cap_header* header, cap_data* data);

    [LibraryImport(Name)]
    internal static partial int capset(cap_header* header, cap_data* data);

    [LibraryImport(Name)]
    internal static partial uint geteuid();

    [LibraryImport(Name)]
    internal static partial uint getegid();

    /// <summary>libc does this one and the two below in every thread.</summary>
    [LibraryImport(Name)]
    internal static partial int setgroups(nuint count, uint* groups);

    [LibraryImport(Name)]
    internal static partial int setresgid(uint real, uint effective, uint saved);

    [LibraryImport(Name)]
    internal static partial int setresuid(uint real, uint effective, uint saved);

    // Sockets.
    [LibraryImport(Name)]
    internal static partial int socket(int domain, int type, int protocol);

    [LibraryImport(Name)]
    internal static partial int setsockopt(int fd, int level, int option, void* value, uint length);

    [LibraryImport(Name)]
    internal static partial int getsockopt(int fd, int level, int option, void* value, uint* length);

    [LibraryImport(Name)]
    internal static partial int bind(int fd, void* address, uint length);

    [LibraryImport(Name)]
    internal static partial int listen(int fd, int backlog);

    [LibraryImport(Name)]
    internal static partial int accept4(int fd, void* address, uint* length, int flags);

    [LibraryImport(Name)]
    internal static partial int getsockname(int fd, void* address, uint* length);

    [LibraryImport(Name)]
    internal static partial nint recvmsg(int fd, msghdr* message, int flags);

    [LibraryImport(Name)]
    internal static partial nint sendmsg(int fd, msghdr* message, int flags);

    [LibraryImport(Name)]
    internal static partial nint sysconf(int name);

    [LibraryImport(Name)]
    internal static partial int recvmmsg(int fd, mmsghdr* messages, uint count, int flags, timespec* timeout);

    [LibraryImport(Name)]
    internal static partial int sendmmsg(int fd, mmsghdr* messages, uint count, int flags);

    [LibraryImport(Name)]
    internal static partial nint sendto(
        int fd, void* buffer, nuint length, int flags, void* address, uint addressLength);

    [LibraryImport(Name)]
    internal static partial nint recv(int fd, void* buffer, nuint length, int flags);

    [LibraryImport(Name)]
    internal static partial nint send(int fd, void* buffer, nuint length, int flags);

    [LibraryImport(Name)]
    internal static partial nint sendfile(int target, int source, long* offset, nuint count);

    [LibraryImport(Name)]
    internal static partial int shutdown(int fd, int how);

    // Files.

    /// <summary>Variadic in C; both our ABIs pass these arguments as if it were not.</summary>
    [LibraryImport(Name)]
    internal static partial int open(byte* path, int flags, uint mode);

    [LibraryImport(Name)]
    internal static partial int close(int fd);

    [LibraryImport(Name)]
    internal static partial nint read(int fd, void* buffer, nuint length);

    [LibraryImport(Name)]
    internal static partial nint write(int fd, void* buffer, nuint length);

    [LibraryImport(Name)]
    internal static partial nint pread(int fd, void* buffer, nuint length, long offset);

    [LibraryImport(Name)]
    internal static partial nint pwrite(int fd, void* buffer, nuint length, long offset);

    [LibraryImport(Name)]
    internal static partial int ftruncate(int fd, long length);

    [LibraryImport(Name)]
    internal static partial int fdatasync(int fd);

    [LibraryImport(Name)]
    internal static partial int rename(byte* path, byte* newPath);

    [LibraryImport(Name)]
    internal static partial int flock(int fd, int operation);

    [LibraryImport(Name)]
    internal static partial nint preadv(int fd, iovec* pieces, int count, long offset);

    [LibraryImport(Name)]
    internal static partial int statx(int folder, byte* path, int flags, uint mask, statx* status);

    [LibraryImport(Name)]
    internal static partial nint getdents64(int folder, void* buffer, nuint length);

    // Interfaces.
    [LibraryImport(Name)]
    internal static partial int getifaddrs(ifaddrs** list);

    [LibraryImport(Name)]
    internal static partial void freeifaddrs(ifaddrs* list);

    /// <summary>Variadic in C, as open is.</summary>
    [LibraryImport(Name)]
    internal static partial int ioctl(int fd, nuint request, ifreq* argument);
}
