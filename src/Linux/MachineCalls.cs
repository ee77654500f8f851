using System;
using System.Runtime.InteropServices;
using System.Text;
using Aglet.Kernel;
using Aglet.Time;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>What the first process does with the machine itself: its name, its clock, its end.</summary>
internal static unsafe class MachineCalls
{
    /// <summary>In which 115,200 baud send a few lines.</summary>
    private static readonly Duration _serialTime = Duration.FromMilliseconds(200);

    /// <summary>
    /// True for the first process of a machine, started from an initramfs. In a container the root is another file system,
    /// or a command says what is wanted.
    /// </summary>
    public static bool IsFirstProcess => Libc.getpid() == 1 && FileSystems.IsRootInMemory();

    /// <summary>Children that nobody waits for vanish when they end, and Ctrl-Alt-Del becomes a signal to us.</summary>
    public static void TakeCharge()
    {
        _ = Libc.signal(SIGCHLD, SIG_IGN);
        _ = Libc.reboot(RB_DISABLE_CAD);
    }

    /// <summary>Makes the console ours: the kernel may have started us without one.</summary>
    public static bool OpenConsole()
    {
        SysResult opened = SystemFiles.Open("/dev/console", O_RDWR);
        if (opened.IsError) return false;
        for (int handle = 0; handle <= 2; handle++) _ = Libc.dup2(opened.Count, handle);
        if (opened.Count > 2) _ = Libc.close(opened.Count);
        return true;
    }

    public static SysResult SetHostName(string name)
    {
        byte[] text = Encoding.UTF8.GetBytes(name);
        fixed (byte* bytes = text) return SystemCall.Result(Libc.sethostname(bytes, (nuint)text.Length));
    }

    public static SysResult SetClock(long unixSeconds, long nanoseconds = 0)
    {
        timespec time = new() { tv_sec = unixSeconds, tv_nsec = nanoseconds };
        return SystemCall.Result(Libc.clock_settime(CLOCK_REALTIME, &time));
    }

    /// <summary>The hardware clock, in seconds since 1970 (it runs in UTC); null when there is none or it is senseless.</summary>
    public static long? ReadHardwareClock()
    {
        SysResult opened = SystemFiles.Open("/dev/rtc0", O_RDONLY);
        if (opened.IsError) return null;
        int* time = stackalloc int[9]; // struct rtc_time: second, minute, hour, day, month from 0, year from 1900, …
        SysResult read = SystemCall.Result(Libc.ioctl(opened.Count, RTC_RD_TIME, time));
        _ = Libc.close(opened.Count);
        if (read.IsError || time[5] is < 70 or > 400 || time[4] is < 0 or > 11 || time[3] is < 1 or > 31) return null;
        long days = CalendarDate.DaysOf(time[5] + 1900, time[4] + 1, time[3]);
        return (days * 86400) + (time[2] * 3600) + (time[1] * 60) + time[0];
    }

    public static SysResult SetHardwareClock(long unixSeconds)
    {
        SysResult opened = SystemFiles.Open("/dev/rtc0", O_RDWR);
        if (opened.IsError) return opened;
        CalendarDate.DateOf(unixSeconds / 86400, out int year, out int month, out int day);
        int second = (int)(unixSeconds % 86400);
        int* time = stackalloc int[9] { second % 60, second / 60 % 60, second / 3600, day, month - 1, year - 1900, 0, 0, 0 };
        SysResult set = SystemCall.Result(Libc.ioctl(opened.Count, RTC_SET_TIME, time));
        _ = Libc.close(opened.Count);
        return set;
    }

    /// <summary>Sleeps; for the boot, where there is no loop yet.</summary>
    public static void Pause(Duration length) => _ = Libc.poll(null, 0, (int)length.WholeMilliseconds);

    /// <summary>Closes what is open but the console, so that file systems can be unmounted. Nothing goes on after it.</summary>
    /// <param name="kept">A handle that stays open; -1 for none.</param>
    public static void CloseAll(int kept)
    {
        const int Most = 8192; // more than the loop ever has open
        for (int handle = 3; handle < Most; handle++)
        {
            if (handle != kept) _ = Libc.close(handle);
        }
    }

    /// <summary>Writes everything to the disks and ends the machine. Does not return where that is allowed.</summary>
    /// <param name="isRestart">Start again; else power off.</param>
    /// <param name="text">What the firmware is told for the next start; only the Raspberry Pi's asks.</param>
    public static void End(bool isRestart, string text = "")
    {
        Libc.sync();

        // A serial line is slow, and what it has not sent yet ends with the machine.
        Pause(_serialTime);
        if (text.Length > 0)
        {
            // The number of reboot(2) is one of the few that differ.
            nint number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 142 : 169;
            fixed (byte* told = SystemFiles.Terminated(text))
            {
                _ = Libc.syscall_reboot(number, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART2, told);
            }
        }

        _ = Libc.reboot(isRestart ? RB_AUTOBOOT : RB_POWER_OFF);
        _ = Libc.reboot(RB_AUTOBOOT);
    }
}

/// <summary>The hardware that restarts a machine which does not feed it any more.</summary>
internal sealed unsafe class Watchdog
{
    private readonly int _handle;

    private Watchdog(int handle, int seconds, string name) => (_handle, Seconds, Name) = (handle, seconds, name);

    public int Handle => _handle;

    /// <summary>How long it waits.</summary>
    public int Seconds { get; }

    /// <summary>What the kernel calls it.</summary>
    public string Name { get; }

    /// <summary>Opens it, from when on it must be fed; null when there is none.</summary>
    public static Watchdog? Open(int seconds)
    {
        SysResult opened = SystemFiles.Open("/dev/watchdog", O_RDWR);
        if (opened.IsError) return null;
        int wanted = seconds;
        if (Libc.ioctl(opened.Count, WDIOC_SETTIMEOUT, &wanted) != 0)
        {
            _ = Libc.ioctl(opened.Count, WDIOC_GETTIMEOUT, &wanted);
        }

        string name = SystemFiles.ReadLine("/sys/class/watchdog/watchdog0/identity");
        Watchdog watchdog = new(opened.Count, Math.Max(wanted, 1), name);
        watchdog.Feed();
        return watchdog;
    }

    public void Feed()
    {
        int nothing = 0;
        _ = Libc.ioctl(_handle, WDIOC_KEEPALIVE, &nothing);
    }

    /// <summary>Says that it is no longer needed: a machine that powers off must not be restarted.</summary>
    public void Close()
    {
        byte farewell = (byte)'V';
        _ = Libc.write(_handle, &farewell, 1);
        _ = Libc.close(_handle);
    }
}
