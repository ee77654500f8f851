using System.Collections.Generic;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Config;

/// <summary>A route that clients are told (RFC 3442).</summary>
/// <param name="To">The network that it leads to.</param>
/// <param name="Via">The router on the clients' own network.</param>
internal readonly record struct DhcpRouteSetting(Ipv4Prefix To, Ipv4Address Via);

/// <summary>An option that the operator adds.</summary>
/// <param name="Code">None of those that aglet writes itself.</param>
/// <param name="Data">As it is on the wire: 1 to 255 bytes, of a length that every client takes.</param>
/// <param name="IsAlways">Clients get it that did not ask for it, too.</param>
internal sealed record DhcpOptionSetting(byte Code, byte[] Data, bool IsAlways);

/// <summary>What DHCP gives and tells on one network.</summary>
internal sealed record DhcpSubnetSetting
{
    /// <summary>Which network, host bits zero; null for the first interface's, which the link knows.</summary>
    public Ipv4Prefix? Prefix { get; init; }

    /// <summary>Null outside mode server, and where only reservations are given.</summary>
    public Ipv4Range? Pool { get; init; }

    /// <summary>How long an address is given; <see cref="ConfigRules.Infinite"/> for ever.</summary>
    public Duration Lease { get; init; } = Duration.FromSeconds(3600);

    /// <summary>None when there is no way out of the network.</summary>
    public Ipv4Address Router { get; init; }

    public IReadOnlyList<Ipv4Address> Dns { get; init; } = [];

    public string Domain { get; init; } = "";

    /// <summary>Domains in which short names are looked for.</summary>
    public IReadOnlyList<string> Search { get; init; } = [];

    /// <summary>Time servers.</summary>
    public IReadOnlyList<Ipv4Address> Ntp { get; init; } = [];

    /// <summary>The longest IP packet that clients may send; 0 to leave it to them.</summary>
    public ushort MtuBytes { get; init; }

    public IReadOnlyList<DhcpRouteSetting> Routes { get; init; } = [];

    /// <summary>What the operator adds, each code once.</summary>
    public IReadOnlyList<DhcpOptionSetting> Options { get; init; } = [];
}
