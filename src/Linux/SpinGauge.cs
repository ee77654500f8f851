using Aglet.Time;

namespace Aglet.Linux;

/// <summary>
/// Whether it pays to look again for a moment before sleeping. To fall asleep and be woken costs tens of microseconds,
/// more than a client on the same link needs for its next acknowledgment: a transfer in lock-step consists of such waits.
/// </summary>
/// <remarks>
/// It pays when the last waits ended within <see cref="Longest"/>; waits that did not are answered by sleeping at once,
/// so that an idle or slow network costs no processor time. It does not pay when many ask at once: a moment later there
/// is more to do with one call. Never with one processor: there what is waited for may need it.
/// </remarks>
internal struct SpinGauge(bool hasProcessors)
{
    /// <summary>The longest time without sleep.</summary>
    public static readonly Duration Longest = Duration.FromMicroseconds(80);

    private const int CreditMax = 8;
    private const int CreditNeeded = 4;

    /// <summary>More at once than come from one or two clients.</summary>
    private const int BatchMax = 2;

    private int _credit;

    public readonly bool IsWorthwhile => hasProcessors && _credit >= CreditNeeded;

    /// <summary>So many datagrams came with one call.</summary>
    public void OnReceived(int count)
    {
        if (count > BatchMax) _credit = 0;
    }

    /// <summary>A wait is over; <paramref name="isSlept"/> tells how it was spent.</summary>
    public void OnWaited(Duration time, bool isFound, bool isSlept)
    {
        if (isFound && time <= Longest) _credit = int.Min(_credit + 1, CreditMax);
        else if (isSlept) _credit = int.Max(_credit - 1, 0);
        else _credit = int.Max(_credit - 2, 0);
    }
}
