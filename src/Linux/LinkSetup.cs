using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Kernel;
using Aglet.Net;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>Brings links up and gives them addresses, as <c>ip</c> would.</summary>
internal static unsafe class LinkSetup
{
    /// <summary>The Ethernet cards by name, without bridges, tunnels and loopback.</summary>
    public static List<string> Cards()
    {
        List<string> cards = [];
        foreach (string name in SystemFiles.Names("/sys/class/net"))
        {
            bool isEthernet = SystemFiles.ReadLine($"/sys/class/net/{name}/type") == "1";
            if (isEthernet && SystemFiles.Exists($"/sys/class/net/{name}/device")) cards.Add(name);
        }

        return cards;
    }

    /// <summary>A cable is plugged in, and something is at its other end.</summary>
    public static bool HasCarrier(string name) => SystemFiles.ReadLine($"/sys/class/net/{name}/carrier") == "1";

    /// <summary>The driver that serves a card; empty when the kernel does not say.</summary>
    public static string DriverOf(string name) => SystemFiles.LinkName($"/sys/class/net/{name}/device/driver");

    public static SysResult BringUp(string name)
    {
        ifreq request = For(name);
        SysResult asked = Call(SIOCGIFFLAGS, &request);
        if (asked.IsError) return asked;
        request.ifr_flags = (short)(request.ifr_flags | (short)IFF_UP);
        return Call(SIOCSIFFLAGS, &request);
    }

    /// <summary>Gives a link this address instead of the one it has; 0.0.0.0 takes it away.</summary>
    public static SysResult SetAddress(string name, Ipv4Prefix address)
    {
        ifreq request = For(name);
        _ = SocketAddress.TryWrite(new(address.Address, 0), out request.ifr_addr);
        SysResult set = Call(SIOCSIFADDR, &request);
        if (set.IsError || address.Address.IsAny) return set;
        _ = SocketAddress.TryWrite(new(address.Mask, 0), out request.ifr_addr);
        set = Call(SIOCSIFNETMASK, &request);
        if (set.IsError) return set;
        _ = SocketAddress.TryWrite(new(address.BroadcastAddress, 0), out request.ifr_addr);
        return Call(SIOCSIFBRDADDR, &request);
    }

    /// <summary>The way to everybody else leads through this router.</summary>
    public static SysResult AddDefaultRoute(Ipv4Address router)
    {
        rtentry route = new() { rt_flags = RTF_UP | RTF_GATEWAY };
        _ = SocketAddress.TryWrite(new(Ipv4Address.Any, 0), out route.rt_dst);
        _ = SocketAddress.TryWrite(new(Ipv4Address.Any, 0), out route.rt_genmask);
        _ = SocketAddress.TryWrite(new(router, 0), out route.rt_gateway);
        SysResult added = Call(SIOCADDRT, &route);
        return added.Errno == EEXIST ? SysResult.Ok() : added;
    }

    private static ifreq For(string name)
    {
        ifreq request = default;
        byte[] text = Encoding.UTF8.GetBytes(name);
        text.AsSpan(0, Math.Min(text.Length, IF_NAMESIZE - 1)).CopyTo(new Span<byte>(request.ifr_name, IF_NAMESIZE));
        return request;
    }

    private static SysResult Call(nuint request, void* argument)
    {
        SysResult asker = SocketAddress.Open(AF_INET, SOCK_DGRAM);
        if (asker.IsError) return asker;
        SysResult answer = SystemCall.Result(Libc.ioctl(asker.Count, request, argument));
        _ = Libc.close(asker.Count);
        return answer;
    }
}
