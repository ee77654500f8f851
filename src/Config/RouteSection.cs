using System.Collections.Generic;
using Aglet.Core;
using Aglet.Net;

namespace Aglet.Config;

/// <summary>Reads a list of <c>{ "to": …, "via": … }</c>.</summary>
internal sealed class RouteSection(ConfigReport report)
{
    /// <param name="parent">The object that the list stands in.</param>
    /// <param name="key">Its key.</param>
    /// <param name="network">The network of the clients; null when it is not known.</param>
    public List<DhcpRouteSetting> Read(ConfigSection parent, string key, Ipv4Prefix? network)
    {
        List<DhcpRouteSetting> routes = [];
        if (!parent.TryGet(key, ConfigNodeKind.List, "a list [ ] of routes", out ConfigNode? list)) return routes;
        foreach (ConfigNode node in list.Children)
        {
            if (!node.IsObject) report.Error(node, $"expected a route {{ }}, found {node.Describe()}");
            else if (TryReadRoute(node, routes, network, out DhcpRouteSetting route)) routes.Add(route);
        }

        if (routes.Count <= Limits.DhcpRoutes) return routes;
        report.Error(list, $"expected at most {Limits.DhcpRoutes} routes, found {routes.Count}");
        return [];
    }

    private bool TryReadRoute(
        ConfigNode node, List<DhcpRouteSetting> others, Ipv4Prefix? network, out DhcpRouteSetting route)
    {
        const string Expected = "a network such as \"10.9.0.0/16\"";
        route = default;
        ConfigSection section = new(node, report, ConfigKeys.DhcpRoute);
        section.Require("to", Expected);
        section.Require("via", "the router's address");
        bool hasRouter = section.TryGetAddress("via", out ConfigNode? viaNode, out Ipv4Address via);
        if (hasRouter && network is { } own && !own.Contains(via))
        {
            report.Error(viaNode!, $"expected a router that machines reach directly, found {viaNode!.Describe()}, "
                + $"which is not in {own.Network}/{own.Length}");
        }

        if (!section.TryGetText("to", Expected, out ConfigNode? toNode)) return false;
        if (!ConfigRules.TryParsePrefix(toNode.Text, out Ipv4Prefix to))
        {
            report.Error(toNode, $"expected {Expected}, found {toNode.Describe()}");
            return false;
        }

        if (to.Length == 0)
        {
            report.Error(toNode, $"expected a network; the default route is \"router\", found {toNode.Describe()}");
            return false;
        }

        if (to.Address != to.Network)
        {
            report.Error(toNode, $"expected {Expected}, found {toNode.Describe()}; did you mean \"{to.Network}/{to.Length}\"?");
            return false;
        }

        foreach (DhcpRouteSetting other in others)
        {
            if (other.To == to) report.Error(toNode, $"expected each network once, found {toNode.Describe()} again");
        }

        route = new(to, via);
        return hasRouter;
    }
}
