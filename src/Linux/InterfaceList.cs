using System;
using System.Collections.Generic;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Aglet.Kernel;
using Aglet.Net;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>The network interfaces of this machine.</summary>
internal static unsafe class InterfaceList
{
    /// <summary>What <see cref="HardwareAddress"/> holds; InfiniBand's twenty bytes do not fit.</summary>
    private const int HardwareAddressBytesMax = 16;

    public static SysResult Read(List<NetworkInterface> interfaces)
    {
        SysResult read = Fetch(out ifaddrs* list);
        if (read.IsError) return read;
        int first = interfaces.Count;
        SysResult asker = SocketAddress.Open(AF_INET, SOCK_DGRAM);

        // Every interface has one entry of the link, and one more for each address.
        for (ifaddrs* entry = list; entry != null; entry = entry->ifa_next)
        {
            if (Family(entry) == AF_PACKET) interfaces.Add(FromLink(entry, asker));
        }

        for (ifaddrs* entry = list; entry != null; entry = entry->ifa_next)
        {
            if (Family(entry) == AF_INET) SetAddress(CollectionsMarshal.AsSpan(interfaces)[first..], entry);
        }

        if (!asker.IsError) _ = Libc.close(asker.Count);
        Libc.freeifaddrs(list);
        return SysResult.Ok(interfaces.Count - first);
    }

    private static SysResult Fetch(out ifaddrs* list)
    {
        fixed (ifaddrs** target = &list) return SystemCall.Result(Libc.getifaddrs(target));
    }

    private static int Family(ifaddrs* entry) => entry->ifa_addr == null ? 0 : *(ushort*)entry->ifa_addr;

    private static NetworkInterface FromLink(ifaddrs* entry, SysResult asker)
    {
        sockaddr_ll* link = (sockaddr_ll*)entry->ifa_addr;
        HardwareAddress hardware = link->sll_halen > HardwareAddressBytesMax
            ? default
            : HardwareAddress.Read(new ReadOnlySpan<byte>(link->sll_addr, link->sll_halen));
        return new(
            Name(entry),
            link->sll_ifindex,
            hardware,
            default,
            (entry->ifa_flags & IFF_UP) != 0,
            (entry->ifa_flags & IFF_LOOPBACK) != 0)
        {
            MtuBytes = asker.IsError ? 0 : MtuOf(entry->ifa_name, asker.Count),
        };
    }

    private static int MtuOf(byte* name, int socket)
    {
        ifreq request = default;
        ReadOnlySpan<byte> text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
        if (text.Length >= IF_NAMESIZE) return 0;
        text.CopyTo(new Span<byte>(request.ifr_name, IF_NAMESIZE));
        return Libc.ioctl(socket, SIOCGIFMTU, &request) < 0 ? 0 : request.ifr_mtu;
    }

    private static void SetAddress(Span<NetworkInterface> interfaces, ifaddrs* entry)
    {
        // An address may carry a label of its own, "eth0:1", which is no interface.
        ReadOnlySpan<char> name = Name(entry);
        int colon = name.IndexOf(':');
        if (colon > 0) name = name[..colon];
        uint mask = entry->ifa_netmask == null ? uint.MaxValue : ((sockaddr_in*)entry->ifa_netmask)->sin_addr;
        Ipv4Address address = SocketAddress.Ipv4(((sockaddr_in*)entry->ifa_addr)->sin_addr).Ipv4;
        foreach (ref NetworkInterface candidate in interfaces)
        {
            if (!candidate.Address.Address.IsAny || !name.SequenceEqual(candidate.Name)) continue;
            candidate = candidate with { Address = new(address, BitOperations.PopCount(mask)) };
            return;
        }
    }

    private static string Name(ifaddrs* entry) =>
        Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry->ifa_name));
}
