using System;
using Aglet.Time;

namespace Aglet.Kernel;

/// <summary>What the lines of one kind tell, in words, for a count of them.</summary>
internal delegate ReadOnlySpan<byte> LogKindName(int kind);

/// <summary>
/// How many lines of each kind the log gets in a second: a flood must neither fill a disk nor hold up the loop at a slow
/// console. What is left out is counted, and the count is a line.
/// </summary>
/// <param name="log">Where the counts are told.</param>
/// <param name="name">The event that a count is, as <c>dhcp-left-out</c>.</param>
/// <param name="who">Whose lines these are, in words.</param>
/// <param name="kinds">Kinds of lines, numbered from 0.</param>
/// <param name="nameOf">Names them.</param>
/// <param name="linesPerSecond">Of each kind.</param>
internal sealed class LogBudget(Log log, byte[] name, string who, int kinds, LogKindName nameOf, int linesPerSecond)
{
    private static readonly Duration _window = Duration.FromSeconds(1);

    private readonly int[] _written = new int[kinds];
    private readonly ulong[] _leftOut = new ulong[kinds];
    private Instant _begin = Instant.Never;
    private bool _hasLeftOut;

    /// <summary>When a count of lines is to be told.</summary>
    public Instant NextDeadline => _hasLeftOut ? _begin + _window : Instant.Never;

    /// <summary>True when a line of this kind may be written now.</summary>
    public bool TryTake(Instant now, int kind)
    {
        if (_begin == Instant.Never || now - _begin >= _window) BeginWindow(now);
        if (_written[kind] < linesPerSecond)
        {
            _written[kind]++;
            return true;
        }

        _leftOut[kind]++;
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
            log.Write(LogLevel.Warning, name, ReadOnlySpan<byte>.Empty,
                $"{_leftOut[kind]} more lines about {who} were left out: {nameOf(kind)}");
            _leftOut[kind] = 0;
        }

        _hasLeftOut = false;
        Array.Clear(_written);
        _begin = now;
    }
}
