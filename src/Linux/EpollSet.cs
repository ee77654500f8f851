using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Time;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>
/// How <c>struct epoll_event</c> lies in memory: the one struct that differs. On x86-64 it is packed (events 4,
/// data 8: twelve bytes), elsewhere data is aligned to eight.
/// </summary>
internal readonly record struct EpollEventLayout(int Bytes, int DataOffset)
{
    public static EpollEventLayout For(Architecture architecture) =>
        architecture == Architecture.X64 ? new(12, 4) : new(16, 8);
}

/// <summary>What is waited for, level-triggered: what was not finished is reported again in the next turn.</summary>
internal sealed unsafe class EpollSet
{
    private static readonly EpollEventLayout _layout = EpollEventLayout.For(RuntimeInformation.ProcessArchitecture);

    private readonly byte[] _events = GC.AllocateArray<byte>(Limits.EventsPerTurn * _layout.Bytes, pinned: true);
    private readonly int _handle;

    /// <summary>A bit for each of the first handles that is watched: a change of its watch is then one call.</summary>
    private readonly ulong[] _watched = new ulong[1024];
    private readonly bool _waitsInNanoseconds;

    public EpollSet()
    {
        // As PID 1 without a console, or under a careless parent, handles 0 to 2 are free. The log must never go
        // into a socket that happens to get number 2, so epoll sets, which refuse to be written, fill the gap.
        do _handle = Libc.epoll_create1(EPOLL_CLOEXEC); while (_handle is >= 0 and <= 2);
        Check.That(_handle >= 0);

        // Linux 5.11 has it; an older kernel, or an older container's filter of calls, refuses.
        timespec none = default;
        fixed (byte* events = _events)
        {
            _waitsInNanoseconds = Libc.epoll_pwait2(_handle, events, 1, &none, null) >= 0;
        }
    }

    /// <summary>Starts or changes a watch.</summary>
    public SysResult Watch(int handle, ulong datum, Readiness interest)
    {
        uint events = ((interest & Readiness.Readable) != 0 ? EPOLLIN : 0)
            | ((interest & Readiness.Writable) != 0 ? EPOLLOUT : 0);
        byte* entry = stackalloc byte[16];
        Unsafe.WriteUnaligned(entry, events);
        Unsafe.WriteUnaligned(entry + _layout.DataOffset, datum);
        int known = handle >> 6;
        ulong bit = 1UL << (handle & 63);
        if (known < _watched.Length && (_watched[known] & bit) != 0)
        {
            SysResult changed = SystemCall.Result(Libc.epoll_ctl(_handle, EPOLL_CTL_MOD, handle, entry));
            if (changed.Errno != Errno.NoEntry) return changed;
        }

        SysResult added = SystemCall.Result(Libc.epoll_ctl(_handle, EPOLL_CTL_ADD, handle, entry));
        if (!added.IsError && known < _watched.Length) _watched[known] |= bit;
        return added.Errno == EEXIST
            ? SystemCall.Result(Libc.epoll_ctl(_handle, EPOLL_CTL_MOD, handle, entry))
            : added;
    }

    /// <summary>A handle was closed, and its watch is over: its number may be another one's now.</summary>
    public void Forget(int handle)
    {
        if (handle >> 6 < _watched.Length) _watched[handle >> 6] &= ~(1UL << (handle & 63));
    }

    /// <summary>
    /// Sleeps until something is ready or <paramref name="left"/> has passed; null sleeps without end.
    /// </summary>
    /// <returns>How many events there are; 0 also when a signal came.</returns>
    public int Wait(int most, Duration? left)
    {
        Check.That(most > 0);
        most = Math.Min(most, Limits.EventsPerTurn);
        int count;
        fixed (byte* events = _events)
        {
            if (_waitsInNanoseconds)
            {
                long nanoseconds = left.GetValueOrDefault().Nanoseconds;
                timespec time = new()
                {
                    tv_sec = nanoseconds / 1_000_000_000,
                    tv_nsec = nanoseconds % 1_000_000_000,
                };
                count = Libc.epoll_pwait2(_handle, events, most, left.HasValue ? &time : null, null);
            }
            else
            {
                count = Libc.epoll_wait(_handle, events, most, left is { } time ? Milliseconds(time) : -1);
            }
        }

        SysResult result = SystemCall.Result(count);
        Check.That(!result.IsError || result.Errno == Errno.Interrupted);
        return result.IsError ? 0 : result.Count;
    }

    /// <summary>One of the events that <see cref="Wait"/> found.</summary>
    public ulong Event(int index, out Readiness readiness)
    {
        ReadOnlySpan<byte> entry = _events.AsSpan(index * _layout.Bytes, _layout.Bytes);
        uint events = MemoryMarshal.Read<uint>(entry);
        readiness = ((events & EPOLLIN) != 0 ? Readiness.Readable : Readiness.None)
            | ((events & EPOLLOUT) != 0 ? Readiness.Writable : Readiness.None)
            | ((events & (EPOLLERR | EPOLLHUP)) != 0 ? Readiness.Failed : Readiness.None);
        return MemoryMarshal.Read<ulong>(entry[_layout.DataOffset..]);
    }

    public void Close() => _ = Libc.close(_handle);

    /// <summary>Rounded up: waking early would make the loop spin until the deadline.</summary>
    internal static int Milliseconds(Duration time) =>
        (int)Math.Min(int.MaxValue, (time.Nanoseconds / 1_000_000) + (time.Nanoseconds % 1_000_000 > 0 ? 1 : 0));
}
