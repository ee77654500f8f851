using System;
using Aglet.Kernel;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>
/// The appliance's consoles: the last lines of the log for the status screen, and the terminal that the screen is on.
/// </summary>
internal sealed unsafe class ConsoleEvents
{
    /// <summary>Lines that are kept.</summary>
    public const int Lines = 12;

    private const int LineBytes = 200;

    private readonly byte[] _lines = new byte[Lines * LineBytes];
    private readonly int[] _lengths = new int[Lines];
    private int _next;
    private int _screen = -1;

    /// <summary>Something came since it was last set to false.</summary>
    public bool HasChanged { get; set; }

    /// <summary>The log's own terminal is the screen: lines are only kept.</summary>
    public bool IsScreen { get; private set; }

    /// <summary>True when there is a terminal for the screen.</summary>
    public bool HasScreen => _screen >= 0;

    /// <summary>
    /// Finds the terminal for the screen: the machine's own display, when the kernel's console is on it. A serial line gets
    /// lines alone, which every terminal at its other end can show and every log can keep.
    /// </summary>
    public void FindScreen()
    {
        string[] consoles = SystemFiles.ReadLine("/sys/class/tty/console/active").Split(' ');
        bool hasDisplay = Array.IndexOf(consoles, "tty0") >= 0;
        SysResult opened = hasDisplay ? SystemFiles.Open("/dev/tty0", O_RDWR) : SysResult.Failed(Errno.NoEntry);
        if (opened.IsError) return;
        _screen = opened.Count;
        IsScreen = consoles[^1] == "tty0";
    }

    /// <summary>Takes a line of the log.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        line = line.TrimEnd((byte)'\n');
        if (line.Length > LineBytes) line = line[..LineBytes];
        line.CopyTo(_lines.AsSpan(_next * LineBytes));
        _lengths[_next] = line.Length;
        _next = (_next + 1) % Lines;
        HasChanged = true;
    }

    /// <summary>A kept line, the oldest first; empty where there was none yet.</summary>
    public ReadOnlySpan<byte> Line(int index)
    {
        int at = (_next + index) % Lines;
        return _lines.AsSpan(at * LineBytes, _lengths[at]);
    }

    /// <summary>Shows a rendered screen; what the terminal does not take is lost until the next.</summary>
    public void Show(ReadOnlySpan<byte> screen)
    {
        if (_screen < 0) return;
        fixed (byte* bytes = screen) _ = Libc.write(_screen, bytes, (nuint)screen.Length);
    }
}
