using System;
using System.Collections.Generic;
using Aglet.Config;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;

namespace Aglet.Dhcp;

/// <summary>Every network that is served, on our links and behind relays, and which of them a message is from.</summary>
internal sealed class DhcpNetworks
{
    private readonly DhcpNetwork[] _networks;
    private readonly DhcpNetwork[] _byPrefix;
    private readonly DhcpNetwork[] _onLink;
    private readonly Ipv4Address[] _own;

    /// <param name="settings">Mode server or proxy, checked by <see cref="ProblemOf"/>.</param>
    /// <param name="links">The interfaces; the first has the configuration's main network.</param>
    public DhcpNetworks(Settings settings, IReadOnlyList<NetworkInterface> links)
    {
        Mode = settings.DhcpMode;
        Listen = settings.DhcpListen;
        List<DhcpNetwork> networks = [new(0, Mode, links[0].Address, settings.Main)];
        foreach (DhcpSubnetSetting subnet in settings.Subnets)
        {
            networks.Add(new(networks.Count, Mode, subnet.Prefix!.Value, subnet));
        }

        _own = new Ipv4Address[links.Count];
        _onLink = new DhcpNetwork[links.Count];
        for (int i = 0; i < links.Count; i++)
        {
            Ipv4Address address = links[i].Address.Address;
            DhcpNetwork? network = networks.Find(one => one.Prefix.Contains(address));
            if (network is null)
            {
                // Beside somebody else's server nothing is said of networks: the link is one.
                Check.That(Mode == DhcpMode.Proxy);
                network = new(networks.Count, Mode, links[i].Address, new DhcpSubnetSetting());
                networks.Add(network);
            }

            _own[i] = address;
            _onLink[i] = network;
        }

        _networks = [.. networks];
        _byPrefix = [.. networks];
        Array.Sort(_byPrefix, static (left, right) => left.Prefix.Network.CompareTo(right.Prefix.Network));
    }

    public DhcpMode Mode { get; }

    /// <summary>How the ports are heard.</summary>
    public DhcpListen Listen { get; }

    public int Count => _networks.Length;

    public DhcpNetwork this[int index] => _networks[index];

    /// <summary>What is wrong with these settings on these links, in words for the operator; null when nothing is.</summary>
    public static string? ProblemOf(Settings settings, IReadOnlyList<NetworkInterface> links)
    {
        foreach (NetworkInterface link in links)
        {
            if (link.Address.Address.IsAny) return $"interface {link.Name} has no IPv4 address: DHCP needs one to be reached at";
        }

        if (settings.DhcpMode != DhcpMode.Server) return null;
        Ipv4Prefix main = links[0].Address;
        if (settings.Main.Pool is { } pool && (!main.Contains(pool.First) || !main.Contains(pool.Last)))
        {
            return $"the pool {pool} is not within {main}, the network of interface {links[0].Name}";
        }

        foreach (DhcpSubnetSetting subnet in settings.Subnets)
        {
            if (!main.Overlaps(subnet.Prefix!.Value)) continue;
            return $"the subnet {subnet.Prefix} overlaps {main}, the network of interface {links[0].Name}, "
                + "whose keys stand in dhcp itself";
        }

        for (int i = 1; i < links.Count; i++)
        {
            if (ProblemOf(settings, links, i) is { } problem) return problem;
        }

        return ProblemOfMachines(settings, links[0]);
    }

    /// <summary>The network that an address is in, or null.</summary>
    public DhcpNetwork? Find(Ipv4Address address)
    {
        int low = 0;
        int high = _byPrefix.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_byPrefix[middle].Prefix.Network.Value <= address.Value) low = middle + 1;
            else high = middle;
        }

        return low > 0 && _byPrefix[low - 1].Prefix.Contains(address) ? _byPrefix[low - 1] : null;
    }

    /// <summary>The network that a message comes from; null when it is none of ours.</summary>
    /// <remarks>
    /// Link selection (RFC 3527) wins over subnet selection (RFC 3011), and both over the relay's address. A client that
    /// renews speaks to us without its relay: then its own address tells (RFC 2131 §4.3.2).
    /// </remarks>
    /// <param name="message">The message.</param>
    /// <param name="relay">What its relay says.</param>
    /// <param name="link">Where it was heard.</param>
    /// <param name="isBroadcast">It was sent to everybody and not to us.</param>
    public DhcpNetwork? Of(in DhcpMessage message, in RelayAgent relay, int link, bool isBroadcast)
    {
        if (Mode != DhcpMode.Server) return _onLink[link];
        Ipv4Address selected = relay.LinkSelection;
        if (selected.IsAny) selected = message.AddressOf(DhcpOption.SubnetSelection);
        if (selected.IsAny) selected = message.RelayAddress;
        if (!selected.IsAny) return Find(selected);
        bool isUnicast = !isBroadcast && message.Type != DhcpMessageType.Discover;
        return (isUnicast ? Find(message.ClientAddress) : null) ?? _onLink[link];
    }

    /// <summary>True for an address of this server.</summary>
    public bool IsOwn(Ipv4Address address) => _own.AsSpan().Contains(address);

    private static string? ProblemOf(Settings settings, IReadOnlyList<NetworkInterface> links, int index)
    {
        NetworkInterface link = links[index];
        for (int i = 0; i < index; i++)
        {
            if (!links[i].Address.Overlaps(link.Address)) continue;
            return $"interfaces {links[i].Name} ({links[i].Address}) and {link.Name} ({link.Address}) have the same network; "
                + "serve one of them, or bridge them";
        }

        DhcpSubnetSetting subnet = settings.SubnetOf(link.Address.Address);
        if (subnet.Prefix is not { } prefix)
        {
            return $"interface {link.Name} ({link.Address}) is in none of dhcp.subnets: add "
                + $"{{ \"subnet\": \"{link.Address.Network}/{link.Address.Length}\", \"pool\": … }}";
        }

        return prefix.Length == link.Address.Length
            ? null
            : $"the subnet {prefix} is not {link.Address}, the network of interface {link.Name}";
    }

    private static string? ProblemOfMachines(Settings settings, in NetworkInterface link)
    {
        foreach (MachineSetting machine in settings.Machines)
        {
            if (machine.Address.IsAny || settings.SubnetOf(machine.Address).Prefix is not null) continue;
            if (link.Address.Contains(machine.Address)) continue;
            string others = settings.Subnets.Count > 0 ? ", nor in one of dhcp.subnets" : "";
            return $"the address {machine.Address} of machine {machine.Name} is not within {link.Address}, "
                + $"the network of interface {link.Name}{others}";
        }

        return null;
    }
}
