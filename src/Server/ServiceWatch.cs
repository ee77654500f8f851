using Aglet.Kernel;
using Aglet.Time;

namespace Aglet.Server;

/// <summary>The sign of life that a service manager waits for, from the loop itself: who hangs gives none.</summary>
internal sealed class ServiceWatch
{
    private readonly IKernel _kernel;
    private readonly Duration _pause;

    public ServiceWatch(IKernel kernel)
    {
        _kernel = kernel;

        // Twice in the time, as sd_watchdog_enabled(3) asks.
        _pause = new Duration(kernel.WatchdogPeriod.Nanoseconds / 2);
        NextDeadline = _pause > Duration.Zero ? kernel.Now() : Instant.Never;
    }

    public Instant NextDeadline { get; private set; }

    public void OnDeadline(Instant now)
    {
        if (now < NextDeadline) return;
        _kernel.NotifyService("WATCHDOG=1"u8);
        NextDeadline = now + _pause;
    }
}
