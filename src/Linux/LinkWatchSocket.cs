using Aglet.Kernel;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>A netlink socket (rtnetlink(7)) that hears of links and IPv4 addresses that come, go and change.</summary>
/// <remarks>A queue that ran over reads as an error, and means the same as a message: look again.</remarks>
internal static unsafe class LinkWatchSocket
{
    public static SysResult Open()
    {
        SysResult opened = SocketAddress.Open(AF_NETLINK, SOCK_RAW);
        if (opened.IsError) return opened;
        sockaddr_nl address = new() { nl_family = AF_NETLINK, nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR };
        SysResult bound = SystemCall.Result(Libc.bind(opened.Count, &address, (uint)sizeof(sockaddr_nl)));
        return SocketAddress.Finish(opened.Count, bound);
    }
}
