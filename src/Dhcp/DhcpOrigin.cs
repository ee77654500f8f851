using Aglet.Net;

namespace Aglet.Dhcp;

/// <summary>Where a message comes from.</summary>
/// <param name="Link">Where it was heard.</param>
/// <param name="Network">Its client's network; null when it is none of ours.</param>
/// <param name="Relay">What its relay says; nothing without a relay.</param>
/// <param name="IsBroadcast">Its client sent it to everybody and not to us.</param>
internal readonly record struct DhcpOrigin(DhcpLink Link, DhcpNetwork? Network, RelayAgent Relay, bool IsBroadcast)
{
    /// <summary>The port of ours that its answer leaves from.</summary>
    public ushort Port { get; init; } = DhcpRoute.ServerPort;

    /// <summary>The station on the link that it came from, where it was heard as a frame; none else.</summary>
    public HardwareAddress Station { get; init; }

    /// <summary>What we call ourselves in option 54.</summary>
    public Ipv4Address Server => Relay.ServerOverride.IsAny ? Link.Server : Relay.ServerOverride;
}
