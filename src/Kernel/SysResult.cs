namespace Aglet.Kernel;

/// <summary>The kernel's refusals that the server acts on; Linux numbers, the same on x86-64 and arm64.</summary>
internal enum Errno
{
    None = 0,
    NotPermitted = 1,
    NoEntry = 2,
    Interrupted = 4,
    InputOutput = 5,
    WouldBlock = 11,
    OutOfMemory = 12,
    AccessDenied = 13,
    NotDirectory = 20,
    IsDirectory = 21,
    TableFull = 23,
    TooManyFiles = 24,
    NoSpace = 28,
    ReadOnly = 30,
    BrokenPipe = 32,
    NameTooLong = 36,
    TooManyLinks = 40,
    MessageTooLong = 90,
    NotSupported = 95,
    AddressInUse = 98,
    AddressNotAvailable = 99,
    NetworkDown = 100,
    NetworkUnreachable = 101,
    ConnectionAborted = 103,
    ConnectionReset = 104,
    NoBuffers = 105,
    NotConnected = 107,
    TimedOut = 110,
    ConnectionRefused = 111,
    HostUnreachable = 113,
    QuotaExceeded = 122,
}

/// <summary>What a kernel call gave: a count or handle, or the errno that refused it.</summary>
internal readonly record struct SysResult
{
    private readonly long _value;

    private SysResult(long value) => _value = value;

    public bool IsError => _value < 0;

    /// <summary>The count or handle; meaningless when <see cref="IsError"/>.</summary>
    public long Value => _value;

    /// <summary>The value as a handle or a length that fits an int.</summary>
    public int Count => (int)_value;

    /// <summary>Why it was refused; <see cref="Errno.None"/> when it was not.</summary>
    public Errno Errno => _value < 0 ? (Errno)(-_value) : Errno.None;

    /// <summary>Try again when the kernel says ready.</summary>
    public bool WouldBlock => Errno is Errno.WouldBlock or Errno.Interrupted;

    /// <summary>The other side is gone: free the slot.</summary>
    public bool IsPeerGone => Errno is Errno.ConnectionReset or Errno.BrokenPipe or Errno.ConnectionRefused
        or Errno.ConnectionAborted or Errno.NotConnected or Errno.TimedOut or Errno.HostUnreachable;

    /// <summary>The machine is short of something: shed load and count it.</summary>
    public bool IsOutOfResources => Errno is Errno.TooManyFiles or Errno.TableFull or Errno.NoBuffers or Errno.OutOfMemory;

    public static SysResult Ok(long value = 0) => new(value);

    public static SysResult Failed(Errno errno) => new(-(long)errno);
}
