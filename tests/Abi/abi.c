// What the C headers of an architecture say about every struct and constant that src/Linux declares. AbiTests
// compiles this for each architecture and compares: "NAME VALUE", "STRUCT SIZE", "STRUCT.FIELD OFFSET SIZE".
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/input.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <linux/rtc.h>
#include <linux/rtnetlink.h>
#include <linux/watchdog.h>
#include <linux/reboot.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>

#ifndef SOL_UDP
#define SOL_UDP IPPROTO_UDP
#endif
#ifndef UDP_SEGMENT // <netinet/udp.h> clashes with the kernel's own header
#include <linux/udp.h>
#endif

#define TYPE(name, type) printf(name " %zu\n", sizeof(type))
#define MEMBER(name, type, field) \
    printf(name "." #field " %zu %zu\n", offsetof(type, field), sizeof(((type *)0)->field))
#define STRUCT(s) TYPE(#s, struct s)
#define FIELD(s, field) MEMBER(#s, struct s, field)
#define CONSTANT(c) printf(#c " %lld\n", (long long)(c))
#define ERRNO(ours, c) printf("Errno." #ours " %d\n", c)

static void structs(void)
{
    STRUCT(timespec); FIELD(timespec, tv_sec); FIELD(timespec, tv_nsec);
    TYPE("sigset_t", sigset_t); MEMBER("sigset_t", sigset_t, __val);
    STRUCT(signalfd_siginfo); FIELD(signalfd_siginfo, ssi_signo);
    STRUCT(pollfd); FIELD(pollfd, fd); FIELD(pollfd, events); FIELD(pollfd, revents);
    TYPE("cap_header", struct __user_cap_header_struct);
    MEMBER("cap_header", struct __user_cap_header_struct, version);
    MEMBER("cap_header", struct __user_cap_header_struct, pid);
    TYPE("cap_data", struct __user_cap_data_struct);
    MEMBER("cap_data", struct __user_cap_data_struct, effective);
    MEMBER("cap_data", struct __user_cap_data_struct, permitted);
    MEMBER("cap_data", struct __user_cap_data_struct, inheritable);
    STRUCT(rlimit); FIELD(rlimit, rlim_cur); FIELD(rlimit, rlim_max);
    STRUCT(sockaddr_in); FIELD(sockaddr_in, sin_family); FIELD(sockaddr_in, sin_port);
    FIELD(sockaddr_in, sin_addr); FIELD(sockaddr_in, sin_zero);
    STRUCT(sockaddr_ll); FIELD(sockaddr_ll, sll_family); FIELD(sockaddr_ll, sll_protocol);
    FIELD(sockaddr_ll, sll_ifindex); FIELD(sockaddr_ll, sll_hatype); FIELD(sockaddr_ll, sll_pkttype);
    FIELD(sockaddr_ll, sll_halen); FIELD(sockaddr_ll, sll_addr);
    STRUCT(sock_filter); FIELD(sock_filter, code); FIELD(sock_filter, jt); FIELD(sock_filter, jf); FIELD(sock_filter, k);
    STRUCT(sock_fprog); FIELD(sock_fprog, len); FIELD(sock_fprog, filter);
    STRUCT(tpacket_auxdata); FIELD(tpacket_auxdata, tp_status); FIELD(tpacket_auxdata, tp_len);
    FIELD(tpacket_auxdata, tp_snaplen); FIELD(tpacket_auxdata, tp_mac); FIELD(tpacket_auxdata, tp_net);
    FIELD(tpacket_auxdata, tp_vlan_tci); FIELD(tpacket_auxdata, tp_vlan_tpid);
    STRUCT(iovec); FIELD(iovec, iov_base); FIELD(iovec, iov_len);
    STRUCT(msghdr); FIELD(msghdr, msg_name); FIELD(msghdr, msg_namelen); FIELD(msghdr, msg_iov);
    FIELD(msghdr, msg_iovlen); FIELD(msghdr, msg_control); FIELD(msghdr, msg_controllen);
    FIELD(msghdr, msg_flags);
    STRUCT(mmsghdr); FIELD(mmsghdr, msg_hdr); FIELD(mmsghdr, msg_len);
    STRUCT(cmsghdr); FIELD(cmsghdr, cmsg_len); FIELD(cmsghdr, cmsg_level); FIELD(cmsghdr, cmsg_type);
    STRUCT(in_pktinfo); FIELD(in_pktinfo, ipi_ifindex); FIELD(in_pktinfo, ipi_spec_dst);
    FIELD(in_pktinfo, ipi_addr);
    STRUCT(statx_timestamp); FIELD(statx_timestamp, tv_sec); FIELD(statx_timestamp, tv_nsec);
    STRUCT(statx); FIELD(statx, stx_mask); FIELD(statx, stx_blksize); FIELD(statx, stx_attributes);
    FIELD(statx, stx_nlink); FIELD(statx, stx_uid); FIELD(statx, stx_gid); FIELD(statx, stx_mode);
    FIELD(statx, stx_ino); FIELD(statx, stx_size); FIELD(statx, stx_blocks);
    FIELD(statx, stx_attributes_mask); FIELD(statx, stx_atime); FIELD(statx, stx_btime);
    FIELD(statx, stx_ctime); FIELD(statx, stx_mtime);
    FIELD(statx, stx_rdev_major); FIELD(statx, stx_rdev_minor);
    FIELD(statx, stx_dev_major); FIELD(statx, stx_dev_minor);
    STRUCT(dirent64); FIELD(dirent64, d_ino); FIELD(dirent64, d_off); FIELD(dirent64, d_reclen);
    FIELD(dirent64, d_type); FIELD(dirent64, d_name);
    STRUCT(ifreq); // its fields are macros in C
    printf("ifreq.ifr_name %zu %d\n", offsetof(struct ifreq, ifr_name), IFNAMSIZ);
    printf("ifreq.ifr_ifindex %zu %zu\n", offsetof(struct ifreq, ifr_ifindex), sizeof(int));
    printf("ifreq.ifr_mtu %zu %zu\n", offsetof(struct ifreq, ifr_mtu), sizeof(int));
    printf("ifreq.ifr_flags %zu %zu\n", offsetof(struct ifreq, ifr_flags), sizeof(short));
    printf("ifreq.ifr_addr %zu %zu\n", offsetof(struct ifreq, ifr_addr), sizeof(struct sockaddr_in));
    STRUCT(rtentry); FIELD(rtentry, rt_dst); FIELD(rtentry, rt_gateway); FIELD(rtentry, rt_genmask); FIELD(rtentry, rt_flags);
    STRUCT(input_event); FIELD(input_event, type); FIELD(input_event, code); FIELD(input_event, value);
    STRUCT(sockaddr_nl); FIELD(sockaddr_nl, nl_family); FIELD(sockaddr_nl, nl_pad); FIELD(sockaddr_nl, nl_pid);
    FIELD(sockaddr_nl, nl_groups);
    STRUCT(ifaddrs); FIELD(ifaddrs, ifa_next); FIELD(ifaddrs, ifa_name); FIELD(ifaddrs, ifa_flags);
    FIELD(ifaddrs, ifa_addr); FIELD(ifaddrs, ifa_netmask); FIELD(ifaddrs, ifa_ifu); FIELD(ifaddrs, ifa_data);
    STRUCT(epoll_event); FIELD(epoll_event, events); FIELD(epoll_event, data);

    // The control messages with their data, as CMSG_LEN and CMSG_SPACE have them.
    printf("PacketInfoControl %zu %zu\n", CMSG_LEN(sizeof(struct in_pktinfo)), CMSG_SPACE(sizeof(struct in_pktinfo)));
    printf("AuxiliaryControl %zu %zu\n", CMSG_LEN(sizeof(struct tpacket_auxdata)), CMSG_SPACE(sizeof(struct tpacket_auxdata)));
    printf("SegmentControl %zu %zu\n", CMSG_LEN(sizeof(unsigned short)), CMSG_SPACE(sizeof(unsigned short)));
}

static void constants(void)
{
    CONSTANT(EEXIST); CONSTANT(EBUSY); CONSTANT(ENODEV); CONSTANT(EINVAL); CONSTANT(ENOPROTOOPT);
    CONSTANT(CLOCK_REALTIME); CONSTANT(CLOCK_MONOTONIC); CONSTANT(CLOCK_REALTIME_COARSE);
    CONSTANT(EPOLL_CLOEXEC); CONSTANT(EPOLL_CTL_ADD); CONSTANT(EPOLL_CTL_MOD);
    CONSTANT(EPOLLIN); CONSTANT(EPOLLOUT); CONSTANT(EPOLLERR); CONSTANT(EPOLLHUP); CONSTANT(POLLOUT);
    CONSTANT(SIGHUP); CONSTANT(SIGINT); CONSTANT(SIGPIPE); CONSTANT(SIGTERM); CONSTANT(SIGCHLD);
    CONSTANT(SIG_BLOCK); CONSTANT(SIG_IGN); CONSTANT(SFD_NONBLOCK); CONSTANT(SFD_CLOEXEC);
    CONSTANT(RLIMIT_NOFILE); CONSTANT(_SC_NPROCESSORS_ONLN);
    CONSTANT(PR_SET_DUMPABLE); CONSTANT(PR_SET_KEEPCAPS); CONSTANT(PR_CAPBSET_DROP); CONSTANT(PR_SET_NO_NEW_PRIVS);
    CONSTANT(PR_CAP_AMBIENT); CONSTANT(PR_CAP_AMBIENT_CLEAR_ALL);
    printf("LINUX_CAPABILITY_VERSION_3 %u\n", _LINUX_CAPABILITY_VERSION_3);
    CONSTANT(CAP_DAC_OVERRIDE); CONSTANT(CAP_SETGID); CONSTANT(CAP_SETUID);
    CONSTANT(CAP_NET_BIND_SERVICE); CONSTANT(CAP_NET_ADMIN); CONSTANT(CAP_NET_RAW);
    CONSTANT(AF_UNIX); CONSTANT(AF_INET); CONSTANT(AF_PACKET); CONSTANT(SOCK_STREAM); CONSTANT(SOCK_DGRAM); CONSTANT(SOCK_RAW);
    CONSTANT(SOCK_NONBLOCK); CONSTANT(SOCK_CLOEXEC); CONSTANT(SHUT_WR);
    CONSTANT(SOL_SOCKET); CONSTANT(SO_REUSEADDR); CONSTANT(SO_BROADCAST); CONSTANT(SO_PRIORITY); CONSTANT(SO_SNDBUF); CONSTANT(SO_RCVBUF);
    CONSTANT(SO_BINDTODEVICE); CONSTANT(SO_ATTACH_FILTER); CONSTANT(SO_SNDBUFFORCE); CONSTANT(SO_RCVBUFFORCE);
    CONSTANT(SOL_IP); CONSTANT(IP_PKTINFO); CONSTANT(IP_MTU_DISCOVER); CONSTANT(IP_RECVERR); CONSTANT(IP_PMTUDISC_DONT);
    CONSTANT(SOL_TCP); CONSTANT(TCP_NODELAY); CONSTANT(TCP_CORK); CONSTANT(SOL_UDP); CONSTANT(UDP_SEGMENT);
    CONSTANT(SOL_PACKET); CONSTANT(PACKET_AUXDATA); CONSTANT(TP_STATUS_CSUMNOTREADY);
    CONSTANT(ETH_P_IP); CONSTANT(ETH_P_ARP);
    CONSTANT(BPF_LD); CONSTANT(BPF_LDX); CONSTANT(BPF_JMP); CONSTANT(BPF_RET); CONSTANT(BPF_W); CONSTANT(BPF_H);
    CONSTANT(BPF_B); CONSTANT(BPF_ABS); CONSTANT(BPF_IND); CONSTANT(BPF_MSH); CONSTANT(BPF_JEQ); CONSTANT(BPF_JGT);
    CONSTANT(BPF_JSET); CONSTANT(BPF_K); CONSTANT(SKF_AD_OFF); CONSTANT(SKF_AD_PKTTYPE); CONSTANT(SKF_AD_IFINDEX);
    CONSTANT(SKF_AD_VLAN_TAG);
    CONSTANT(MSG_TRUNC); CONSTANT(MSG_DONTWAIT); CONSTANT(MSG_ERRQUEUE); CONSTANT(MSG_NOSIGNAL); CONSTANT(MSG_MORE);
    CONSTANT(O_RDONLY); CONSTANT(O_RDWR); CONSTANT(O_CREAT); CONSTANT(O_TRUNC); CONSTANT(LOCK_EX); CONSTANT(LOCK_NB);
    CONSTANT(O_NOCTTY); CONSTANT(O_NONBLOCK); CONSTANT(O_CLOEXEC);
    CONSTANT(AT_FDCWD); CONSTANT(AT_EMPTY_PATH);
    CONSTANT(STATX_TYPE); CONSTANT(STATX_UID); CONSTANT(STATX_GID); CONSTANT(STATX_MTIME); CONSTANT(STATX_INO); CONSTANT(STATX_SIZE);
    CONSTANT(S_IFMT); CONSTANT(S_IFDIR); CONSTANT(S_IFREG);
    CONSTANT(IFF_UP); CONSTANT(IFF_LOOPBACK); CONSTANT(IF_NAMESIZE); CONSTANT(SIOCGIFNAME);
    CONSTANT(SIOCGIFMTU);
    CONSTANT(SIOCADDRT); CONSTANT(SIOCGIFFLAGS); CONSTANT(SIOCSIFFLAGS); CONSTANT(SIOCSIFADDR); CONSTANT(SIOCSIFBRDADDR);
    CONSTANT(SIOCSIFNETMASK); CONSTANT(RTF_UP); CONSTANT(RTF_GATEWAY); CONSTANT(AF_NETLINK); CONSTANT(NETLINK_ROUTE);
    CONSTANT(RTMGRP_LINK); CONSTANT(RTMGRP_IPV4_IFADDR); CONSTANT(MS_RDONLY); CONSTANT(MS_NOSUID);
    CONSTANT(MS_NODEV); CONSTANT(MS_NOEXEC); CONSTANT(MS_REMOUNT); CONSTANT(MS_NOATIME); CONSTANT(MNT_DETACH); CONSTANT(RAMFS_MAGIC);
    CONSTANT(TMPFS_MAGIC); CONSTANT(RB_AUTOBOOT); CONSTANT(RB_POWER_OFF); CONSTANT(RB_DISABLE_CAD);
    CONSTANT(LINUX_REBOOT_MAGIC1); CONSTANT(LINUX_REBOOT_MAGIC2); CONSTANT(LINUX_REBOOT_CMD_RESTART2);
    CONSTANT(RTC_RD_TIME);
    CONSTANT(RTC_SET_TIME); CONSTANT(WDIOC_KEEPALIVE); CONSTANT(WDIOC_SETTIMEOUT); CONSTANT(WDIOC_GETTIMEOUT);
    CONSTANT(EV_KEY); CONSTANT(KEY_POWER);
}

static void errors(void)
{
    ERRNO(None, 0); ERRNO(NotPermitted, EPERM); ERRNO(NoEntry, ENOENT); ERRNO(Interrupted, EINTR);
    ERRNO(InputOutput, EIO); ERRNO(WouldBlock, EAGAIN); ERRNO(OutOfMemory, ENOMEM);
    ERRNO(AccessDenied, EACCES); ERRNO(NotDirectory, ENOTDIR); ERRNO(IsDirectory, EISDIR);
    ERRNO(TableFull, ENFILE); ERRNO(TooManyFiles, EMFILE); ERRNO(NoSpace, ENOSPC);
    ERRNO(ReadOnly, EROFS); ERRNO(QuotaExceeded, EDQUOT); ERRNO(BrokenPipe, EPIPE);
    ERRNO(NameTooLong, ENAMETOOLONG); ERRNO(TooManyLinks, ELOOP); ERRNO(MessageTooLong, EMSGSIZE);
    ERRNO(NotSupported, EOPNOTSUPP); ERRNO(AddressInUse, EADDRINUSE);
    ERRNO(AddressNotAvailable, EADDRNOTAVAIL); ERRNO(NetworkDown, ENETDOWN);
    ERRNO(NetworkUnreachable, ENETUNREACH); ERRNO(ConnectionAborted, ECONNABORTED);
    ERRNO(ConnectionReset, ECONNRESET); ERRNO(NoBuffers, ENOBUFS); ERRNO(NotConnected, ENOTCONN);
    ERRNO(TimedOut, ETIMEDOUT); ERRNO(ConnectionRefused, ECONNREFUSED); ERRNO(HostUnreachable, EHOSTUNREACH);
}

int main(void)
{
    structs();
    constants();
    errors();
    return 0;
}
