using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Net;
using Aglet.Time;
using Aglet.Wire;

namespace Aglet.Dhcp;

/// <summary>One network as DHCP serves it: its prefix, the pool and what every client there is told.</summary>
internal sealed class DhcpNetwork
{
    /// <param name="index">Its place among the <see cref="DhcpNetworks"/>.</param>
    /// <param name="mode">What DHCP does there.</param>
    /// <param name="prefix">The network, host bits of no matter.</param>
    /// <param name="setting">What the configuration says of it.</param>
    public DhcpNetwork(int index, DhcpMode mode, Ipv4Prefix prefix, DhcpSubnetSetting setting)
    {
        Index = index;
        Mode = mode;
        Prefix = new(prefix.Network, prefix.Length);
        Pool = mode == DhcpMode.Server ? setting.Pool : null;
        Lease = setting.Lease;
        Router = setting.Router;
        Domain = Encoding.UTF8.GetBytes(setting.Domain);
        Dns = BytesOf(setting.Dns);
        Ntp = BytesOf(setting.Ntp);
        Search = DomainNames.Encode(setting.Search);
        MtuBytes = setting.MtuBytes;
        Routes = BytesOf(setting.Routes, setting.Router);
        Options = [.. setting.Options];
    }

    public int Index { get; }

    public DhcpMode Mode { get; }

    /// <summary>Host bits zero.</summary>
    public Ipv4Prefix Prefix { get; }

    /// <summary>Null when we give no addresses.</summary>
    public Ipv4Range? Pool { get; }

    public Duration Lease { get; }

    /// <summary>The lease time on the wire; all ones is infinite (RFC 2131 §3.3).</summary>
    public uint LeaseSeconds => (uint)Math.Min(Lease.WholeSeconds, uint.MaxValue);

    /// <summary>None when there is no way out of the network.</summary>
    public Ipv4Address Router { get; }

    /// <summary>The data of option 6.</summary>
    public byte[] Dns { get; }

    public byte[] Domain { get; }

    /// <summary>The data of option 42.</summary>
    public byte[] Ntp { get; }

    /// <summary>The data of option 119; it may be longer than one option carries.</summary>
    public byte[] Search { get; }

    /// <summary>Option 26; 0 for none.</summary>
    public ushort MtuBytes { get; }

    /// <summary>The data of option 121; it may be longer than one option carries.</summary>
    public byte[] Routes { get; }

    /// <summary>What the operator adds.</summary>
    public DhcpOptionSetting[] Options { get; }

    /// <summary>True for an address of this network that a machine can have.</summary>
    public bool IsHost(Ipv4Address address) =>
        Prefix.Contains(address) && address.IsUnicast
        && (Prefix.Length >= 31 || (address != Prefix.Network && address != Prefix.BroadcastAddress));

    /// <summary>True for an address that belongs to the network itself: the router's, a name server's.</summary>
    public bool IsTaken(Ipv4Address address)
    {
        if (address == Router) return true;
        for (int i = 0; i < Dns.Length; i += 4)
        {
            if (Ipv4Address.Read(Dns.AsSpan(i, 4)) == address) return true;
        }

        return false;
    }

    /// <summary>
    /// Each route as the prefix's length, as many of its bytes as count, and the router (RFC 3442). Who takes these passes
    /// over option 3, and so the default route stands among them.
    /// </summary>
    private static byte[] BytesOf(IReadOnlyList<DhcpRouteSetting> routes, Ipv4Address router)
    {
        if (routes.Count == 0) return [];
        WireWriter writer = new(new byte[(routes.Count + 1) * 9]);
        foreach (DhcpRouteSetting route in routes)
        {
            writer.U8((byte)route.To.Length);
            for (int bits = 0; bits < route.To.Length; bits += 8)
            {
                writer.U8((byte)((route.To.Address.Value >> (24 - bits)) & 255));
            }

            writer.U32(route.Via.Value);
        }

        if (!router.IsAny)
        {
            writer.U8(0);
            writer.U32(router.Value);
        }

        return writer.Written.ToArray();
    }

    private static byte[] BytesOf(IReadOnlyList<Ipv4Address> addresses)
    {
        byte[] bytes = new byte[addresses.Count * 4];
        for (int i = 0; i < addresses.Count; i++) addresses[i].Write(bytes.AsSpan(i * 4));
        return bytes;
    }
}
