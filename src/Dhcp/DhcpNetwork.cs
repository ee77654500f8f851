using System;
using System.Text;
using Aglet.Config;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Dhcp;

/// <summary>One network as DHCP serves it: the link, the pool and what every client there is told.</summary>
internal sealed class DhcpNetwork
{
    public DhcpNetwork(Settings settings, in NetworkInterface link)
    {
        Mode = settings.DhcpMode;
        Link = link;
        Pool = settings.DhcpMode == DhcpMode.Server ? settings.Pool : null;
        Lease = settings.Lease;
        Router = settings.Router;
        Domain = Encoding.UTF8.GetBytes(settings.Domain);
        ServerText = Encoding.ASCII.GetBytes(link.Address.Address.ToString());
        Dns = new byte[settings.Dns.Count * 4];
        for (int i = 0; i < settings.Dns.Count; i++) settings.Dns[i].Write(Dns.AsSpan(i * 4));
    }

    public DhcpMode Mode { get; }

    public NetworkInterface Link { get; }

    /// <summary>Our address: option 54, the boot server, the source of every reply.</summary>
    public Ipv4Address Server => Link.Address.Address;

    /// <summary><see cref="Server"/> as text, for option 66 and <c>sname</c>.</summary>
    public byte[] ServerText { get; }

    public Ipv4Prefix Prefix => Link.Address;

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

    /// <summary>What is wrong with these settings on this link, in words for the operator; null when nothing is.</summary>
    public static string? ProblemOf(Settings settings, in NetworkInterface link)
    {
        Ipv4Prefix prefix = link.Address;
        if (prefix.Address.IsAny) return $"interface {link.Name} has no IPv4 address: DHCP needs one to be reached at";
        if (settings.DhcpMode != DhcpMode.Server) return null;
        if (settings.Pool is { } pool)
        {
            if (!prefix.Contains(pool.First) || !prefix.Contains(pool.Last) || pool.Count < 1)
            {
                return $"the pool {pool} is not within {prefix}, the network of interface {link.Name}";
            }

            if (pool.Count > Limits.PoolAddresses)
            {
                return $"the pool {pool} has {pool.Count} addresses; the most is {Limits.PoolAddresses}";
            }
        }

        for (int i = 0; i < settings.Machines.Count; i++)
        {
            MachineSetting machine = settings.Machines[i];
            if (!machine.Address.IsAny && !prefix.Contains(machine.Address))
            {
                return $"the address {machine.Address} of machine {machine.Name} is not within {prefix}, " +
                    $"the network of interface {link.Name}";
            }
        }

        return null;
    }

    /// <summary>True for an address of this network that a machine can have.</summary>
    public bool IsHost(Ipv4Address address) =>
        Prefix.Contains(address) && address.IsUnicast
        && (Prefix.Length >= 31 || (address != Prefix.Network && address != Prefix.BroadcastAddress));

    /// <summary>True for an address that belongs to the network itself: ours, the router's, a name server's.</summary>
    public bool IsTaken(Ipv4Address address)
    {
        if (address == Server || address == Router) return true;
        for (int i = 0; i < Dns.Length; i += 4)
        {
            if (Ipv4Address.Read(Dns.AsSpan(i, 4)) == address) return true;
        }

        return false;
    }
}
