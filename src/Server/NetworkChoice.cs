using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Dhcp;
using Aglet.Kernel;
using Aglet.Net;

namespace Aglet.Server;

/// <summary>
/// Which interfaces are served. Never guessed in silence: the configuration or the command line names them.
/// </summary>
internal static class NetworkChoice
{
    /// <summary>Finds the interfaces that the settings name; <see cref="Misfit"/> says whether they can be served.</summary>
    /// <param name="kernel">Knows the interfaces.</param>
    /// <param name="settings">Name the interfaces, the expected address and the pools.</param>
    /// <param name="links">The interfaces, in the order of the settings.</param>
    /// <param name="problem">What is wrong and what to do, when false is returned.</param>
    public static bool TryFind(
        IKernel kernel, Settings settings, out IReadOnlyList<NetworkInterface> links, out string problem)
    {
        List<NetworkInterface> interfaces = [];
        List<NetworkInterface> found = [];
        links = found;
        problem = "";
        SysResult listed = kernel.ListInterfaces(interfaces);
        if (listed.IsError)
        {
            problem = $"the network interfaces cannot be listed ({listed.Errno})";
            return false;
        }

        if (settings.Interfaces.Count == 0)
        {
            problem = $"which network? name it with --interface or network.interface; there {Candidates(interfaces)}";
            return false;
        }

        foreach (string name in settings.Interfaces)
        {
            // The address of the configuration is that of the first one.
            Ipv4Prefix? expected = found.Count == 0 ? settings.Address : null;
            int index = interfaces.FindIndex(candidate =>
                candidate.Name == name && (expected is null || candidate.Address.Address == expected.Value.Address));
            if (index < 0)
            {
                problem = $"network.interface: there is no {name}"
                    + (expected is { } wanted ? $" with the address {wanted.Address}" : "")
                    + $"; there {Candidates(interfaces)}";
                return false;
            }

            found.Add(interfaces[index]);
        }

        return true;
    }

    /// <summary>Why settings cannot be served on the interfaces; empty when they can.</summary>
    public static string Misfit(Settings settings, IReadOnlyList<NetworkInterface> links)
    {
        foreach (NetworkInterface link in links)
        {
            if (!link.IsUp) return $"{link.Name} is down; bring it up: ip link set {link.Name} up";
            if (link.Address.Address.IsAny)
            {
                return $"{link.Name} has no IPv4 address; give it one: ip address add 10.0.0.1/24 dev {link.Name}";
            }
        }

        return settings.DhcpMode == DhcpMode.Off ? "" : DhcpNetworks.ProblemOf(settings, links) ?? "";
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
