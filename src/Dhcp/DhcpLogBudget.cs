using System;
using Aglet.Kernel;
using Aglet.Time;

namespace Aglet.Dhcp;

/// <summary>
/// How many lines of each kind the log gets in a second: a flood must neither fill a disk nor hold up the loop at a slow
/// console. What is left out is counted, and the count is a line.
/// </summary>
/// <param name="log">Where the counts are told.</param>
/// <param name="who">Whose lines these are, in words.</param>
/// <param name="linesPerSecond">Of each kind.</param>
internal sealed class DhcpLogBudget(Log log, string who, int linesPerSecond)
{
    private static readonly Duration _window = Duration.FromSeconds(1);

    private readonly int[] _written = new int[Enum.GetValues<DhcpVerdict>().Length];
    private readonly ulong[] _leftOut = new ulong[Enum.GetValues<DhcpVerdict>().Length];
    private Instant _begin = Instant.Never;
    private bool _hasLeftOut;

    /// <summary>When a count of lines is to be told.</summary>
    public Instant NextDeadline => _hasLeftOut ? _begin + _window : Instant.Never;

    /// <summary>True when a line of this kind may be written now.</summary>
    public bool TryTake(Instant now, DhcpVerdict kind)
    {
        if (_begin == Instant.Never || now - _begin >= _window) BeginWindow(now);
        if (_written[(int)kind] < linesPerSecond)
        {
            _written[(int)kind]++;
            return true;
        }

        _leftOut[(int)kind]++;
        _hasLeftOut = true;
        return false;
    }

    /// <summary>Tells the counts of a second that is over.</summary>
    public void OnDeadline(Instant now)
    {
        if (now >= NextDeadline) BeginWindow(now);
    }

    private void BeginWindow(Instant now)
    {
        for (int kind = 0; _hasLeftOut && kind < _leftOut.Length; kind++)
        {
            if (_leftOut[kind] == 0) continue;
            log.Write(LogLevel.Warning, "dhcp-left-out"u8, ReadOnlySpan<byte>.Empty,
                $"{_leftOut[kind]} more lines about {who} were left out: {DhcpVerdicts.NameOf((DhcpVerdict)kind)}");
            _leftOut[kind] = 0;
        }

        _hasLeftOut = false;
        Array.Clear(_written);
        _begin = now;
    }
}
