using Aglet.Kernel;
using Aglet.Time;

namespace Aglet.Server;

/// <summary>What the one loop does beside serving: it watches links, and on the appliance the whole machine.</summary>
internal abstract class Upkeep(IKernel kernel)
{
    /// <summary>The table of all sockets of the process.</summary>
    public SocketTable Sockets { get; } = new(kernel);

    /// <summary>When <see cref="OnTurn"/> wants to be called at the latest.</summary>
    public abstract Instant NextDeadline { get; }

    /// <summary>A socket of <see cref="SocketOwner.Upkeep"/> or <see cref="SocketOwner.DhcpClient"/> is ready.</summary>
    public abstract void OnReady(Instant now, in SocketEntry entry);

    /// <summary>The end of a turn of the loop.</summary>
    public abstract void OnTurn(Instant now);
}
