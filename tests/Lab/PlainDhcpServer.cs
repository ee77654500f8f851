using System;
using System.Collections.Generic;
using System.IO;

namespace Aglet.Tests.Lab;

/// <summary>
/// Somebody else's DHCP server: dnsmasq on another host of the network, which hands out addresses only.
/// </summary>
internal sealed class PlainDhcpServer : IDisposable
{
    private readonly LabProcess _dnsmasq;

    /// <param name="space">The namespace it runs in.</param>
    /// <param name="folder">Where its leases and its log go.</param>
    /// <param name="more">Further arguments of dnsmasq.</param>
    public PlainDhcpServer(string space, string folder, params IReadOnlyList<string> more)
    {
        _dnsmasq = LabProcess.Start("dnsmasq", space, Path.Combine(folder, "dnsmasq.log"),
            ["dnsmasq", "--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null", "--user=root", "--port=0",
             "--pid-file=", "--interface=eth0", "--bind-interfaces", "--dhcp-authoritative", "--log-dhcp",
             "--dhcp-range=10.0.0.50,10.0.0.90,1h", "--dhcp-leasefile=" + Path.Combine(folder, "dnsmasq.leases"),
             .. more]);
        if (!_dnsmasq.WaitFor("DHCP, IP range", TimeSpan.FromSeconds(20)))
            throw new LabException("dnsmasq did not start:\n" + _dnsmasq.Output);
    }

    public string Log => _dnsmasq.Output;

    public void Dispose() => _dnsmasq.Dispose();
}
