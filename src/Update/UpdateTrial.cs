using Aglet.Time;

namespace Aglet.Update;

/// <summary>What to do about a system that is on trial.</summary>
internal enum TrialStep : byte
{
    /// <summary>Wait for the deadline.</summary>
    Wait,

    /// <summary>It served long enough: from now on it is the one that is started.</summary>
    Keep,

    /// <summary>It did not serve in time: start again, which brings the old one back.</summary>
    GiveBack,
}

/// <summary>
/// A system that was started once, after an update: kept when it served for a minute without a break, given back when it
/// did not begin to in time.
/// </summary>
/// <param name="began">When this system started.</param>
internal sealed class UpdateTrial(Instant began)
{
    /// <summary>How long it must serve.</summary>
    public static readonly Duration ServingTime = Duration.FromSeconds(60);

    /// <summary>How long it may take to begin: slow networks give an address after minutes.</summary>
    public static readonly Duration Patience = Duration.FromSeconds(600);

    private Instant _serving = Instant.Never;

    /// <summary>When <see cref="OnDeadline"/> wants to be called.</summary>
    public Instant Deadline => _serving == Instant.Never ? began + Patience : _serving + ServingTime;

    /// <summary>The ports are open, on an address of the network.</summary>
    public void OnServing(Instant now)
    {
        if (_serving == Instant.Never) _serving = now;
    }

    /// <summary>The address or the ports were lost: the minute begins anew when they are back.</summary>
    public void OnInterrupted() => _serving = Instant.Never;

    /// <summary>What is due now.</summary>
    public TrialStep OnDeadline(Instant now)
    {
        if (now < Deadline) return TrialStep.Wait;
        return _serving == Instant.Never ? TrialStep.GiveBack : TrialStep.Keep;
    }
}
