using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Dhcp;
using Aglet.Kernel;
using Aglet.Net;

namespace Aglet.Server;

/// <summary>
/// Which interface is served. Never guessed in silence: the configuration or the command line names it.
/// </summary>
internal static class NetworkChoice
{
    /// <summary>Finds the interface that the settings name; <see cref="Misfit"/> says whether they can be served on it.</summary>
    /// <param name="kernel">Knows the interfaces.</param>
    /// <param name="settings">Name the interface, the expected address and the pool.</param>
    /// <param name="network">The interface.</param>
    /// <param name="problem">What is wrong and what to do, when false is returned.</param>
    public static bool TryFind(IKernel kernel, Settings settings, out NetworkInterface network, out string problem)
    {
        List<NetworkInterface> interfaces = [];
        network = default;
        SysResult listed = kernel.ListInterfaces(interfaces);
        if (listed.IsError)
        {
            problem = $"the network interfaces cannot be listed ({listed.Errno})";
            return false;
        }

        if (settings.Interface.Length == 0)
        {
            problem = $"which network? name it with --interface or network.interface; there {Candidates(interfaces)}";
            return false;
        }

        foreach (NetworkInterface candidate in interfaces)
        {
            if (candidate.Name != settings.Interface) continue;
            if (settings.Address is { } expected && candidate.Address.Address != expected.Address) continue;
            network = candidate;
            problem = "";
            return true;
        }

        problem = $"network.interface: there is no {settings.Interface}"
            + (settings.Address is { } wanted ? $" with the address {wanted.Address}" : "")
            + $"; there {Candidates(interfaces)}";
        return false;
    }

    /// <summary>Why settings cannot be served on an interface; empty when they can.</summary>
    public static string Misfit(Settings settings, in NetworkInterface network)
    {
        if (!network.IsUp) return $"{network.Name} is down; bring it up: ip link set {network.Name} up";
        if (network.Address.Address.IsAny)
        {
            return $"{network.Name} has no IPv4 address; give it one: ip address add 10.0.0.1/24 dev {network.Name}";
        }

        return settings.DhcpMode == DhcpMode.Off ? "" : DhcpNetwork.ProblemOf(settings, network) ?? "";
    }

    private static string Candidates(List<NetworkInterface> interfaces)
    {
        StringBuilder text = new();
        foreach (NetworkInterface candidate in interfaces)
        {
            if (candidate.IsLoopback) continue;
            text.Append(text.Length == 0 ? "is " : ", ").Append(candidate.Name);
            if (!candidate.Address.Address.IsAny) text.Append(" (").Append(candidate.Address.ToString()).Append(')');
            else text.Append(candidate.IsUp ? " (no address)" : " (down)");
        }

        return text.Length == 0 ? "is none but loopback" : text.ToString();
    }
}
