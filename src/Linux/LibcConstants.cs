using Aglet.Kernel;

namespace Aglet.Linux;

/// <summary>
/// Constants of the C headers with their C names: only those that are the same on x86-64 and arm64 (O_DIRECTORY, for
/// one, is not), which a test asks a C compiler.
/// </summary>
internal static class LibcConstants
{
    // Error numbers that only this folder acts on; the others are in Errno.
    public const Errno EEXIST = (Errno)17;
    public const Errno EBUSY = (Errno)16;
    public const Errno ENODEV = (Errno)19;
    public const Errno EINVAL = (Errno)22;
    public const Errno ENOPROTOOPT = (Errno)92;

    public const int CLOCK_REALTIME = 0;
    public const int CLOCK_MONOTONIC = 1;
    public const int CLOCK_REALTIME_COARSE = 5;

    public const int EPOLL_CLOEXEC = 0x80000;
    public const int EPOLL_CTL_ADD = 1;
    public const int EPOLL_CTL_MOD = 3;
    public const uint EPOLLIN = 0x1;
    public const uint EPOLLOUT = 0x4;
    public const uint EPOLLERR = 0x8;
    public const uint EPOLLHUP = 0x10;
    public const short POLLOUT = 0x4;

    public const int SIGHUP = 1;
    public const int SIGINT = 2;
    public const int SIGPIPE = 13;
    public const int SIGTERM = 15;
    public const int SIGCHLD = 17;
    public const int SIG_BLOCK = 0;
    public const nint SIG_IGN = 1;
    public const int SFD_NONBLOCK = 0x800;
    public const int SFD_CLOEXEC = 0x80000;
    public const int RLIMIT_NOFILE = 7;
    public const int _SC_NPROCESSORS_ONLN = 84;

    public const int PR_SET_DUMPABLE = 4;
    public const int PR_SET_KEEPCAPS = 8;
    public const int PR_CAPBSET_DROP = 24;
    public const int PR_SET_NO_NEW_PRIVS = 38;
    public const int PR_CAP_AMBIENT = 47;
    public const int PR_CAP_AMBIENT_CLEAR_ALL = 4;
    public const uint LINUX_CAPABILITY_VERSION_3 = 0x20080522;
    public const int CAP_DAC_OVERRIDE = 1;
    public const int CAP_SETGID = 6;
    public const int CAP_SETUID = 7;
    public const int CAP_NET_BIND_SERVICE = 10;
    public const int CAP_NET_ADMIN = 12;
    public const int CAP_NET_RAW = 13;

    public const int AF_UNIX = 1;
    public const int AF_INET = 2;
    public const int AF_PACKET = 17;
    public const int SOCK_STREAM = 1;
    public const int SOCK_DGRAM = 2;
    public const int SOCK_RAW = 3;
    public const int SOCK_NONBLOCK = 0x800;
    public const int SOCK_CLOEXEC = 0x80000;
    public const int SHUT_WR = 1;

    public const int SOL_SOCKET = 1;
    public const int SO_REUSEADDR = 2;
    public const int SO_BROADCAST = 6;
    public const int SO_PRIORITY = 12;
    public const int SO_SNDBUF = 7;
    public const int SO_RCVBUF = 8;
    public const int SO_BINDTODEVICE = 25;
    public const int SO_ATTACH_FILTER = 26;
    public const int SO_SNDBUFFORCE = 32;
    public const int SO_RCVBUFFORCE = 33;
    public const int SOL_IP = 0;
    public const int IP_PKTINFO = 8;
    public const int IP_MTU_DISCOVER = 10;
    public const int IP_RECVERR = 11;
    public const int IP_PMTUDISC_DONT = 0;
    public const int SOL_TCP = 6;
    public const int TCP_NODELAY = 1;
    public const int TCP_CORK = 3;
    public const int SOL_UDP = 17;
    public const int UDP_SEGMENT = 103;

    public const int SOL_PACKET = 263;
    public const int PACKET_AUXDATA = 8;
    public const uint TP_STATUS_CSUMNOTREADY = 0x8;
    public const ushort ETH_P_IP = 0x0800;
    public const ushort ETH_P_ARP = 0x0806;

    public const int BPF_LD = 0x00;
    public const int BPF_LDX = 0x01;
    public const int BPF_JMP = 0x05;
    public const int BPF_RET = 0x06;
    public const int BPF_W = 0x00;
    public const int BPF_H = 0x08;
    public const int BPF_B = 0x10;
    public const int BPF_ABS = 0x20;
    public const int BPF_IND = 0x40;
    public const int BPF_MSH = 0xA0;
    public const int BPF_JEQ = 0x10;
    public const int BPF_JGT = 0x20;
    public const int BPF_JSET = 0x40;
    public const int BPF_K = 0x00;
    public const int SKF_AD_OFF = -0x1000;
    public const int SKF_AD_PKTTYPE = 4;
    public const int SKF_AD_IFINDEX = 8;
    public const int SKF_AD_VLAN_TAG = 44;

    public const int MSG_TRUNC = 0x20;
    public const int MSG_DONTWAIT = 0x40;
    public const int MSG_ERRQUEUE = 0x2000;
    public const int MSG_NOSIGNAL = 0x4000;
    public const int MSG_MORE = 0x8000;

    public const int O_RDONLY = 0;
    public const int O_RDWR = 0x2;
    public const int O_CREAT = 0x40;
    public const int O_TRUNC = 0x200;
    public const int O_NOCTTY = 0x100;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;
    public const int LOCK_EX = 2;
    public const int LOCK_NB = 4;
    public const int AT_FDCWD = -100;
    public const int AT_EMPTY_PATH = 0x1000;
    public const uint STATX_TYPE = 0x1;
    public const uint STATX_UID = 0x8;
    public const uint STATX_GID = 0x10;
    public const uint STATX_MTIME = 0x40;
    public const uint STATX_INO = 0x100;
    public const uint STATX_SIZE = 0x200;
    public const int S_IFMT = 0xF000;
    public const int S_IFDIR = 0x4000;
    public const int S_IFREG = 0x8000;

    public const uint IFF_UP = 0x1;
    public const uint IFF_LOOPBACK = 0x8;
    public const int IF_NAMESIZE = 16;
    public const nuint SIOCADDRT = 0x890B;
    public const nuint SIOCGIFFLAGS = 0x8913;
    public const nuint SIOCSIFFLAGS = 0x8914;
    public const nuint SIOCSIFADDR = 0x8916;
    public const nuint SIOCSIFBRDADDR = 0x891A;
    public const nuint SIOCSIFNETMASK = 0x891C;
    public const ushort RTF_UP = 0x1;
    public const ushort RTF_GATEWAY = 0x2;
    public const int AF_NETLINK = 16;
    public const int NETLINK_ROUTE = 0;
    public const uint RTMGRP_LINK = 0x1;
    public const uint RTMGRP_IPV4_IFADDR = 0x10;

    public const nuint MS_RDONLY = 0x1;
    public const nuint MS_NOSUID = 0x2;
    public const nuint MS_NODEV = 0x4;
    public const nuint MS_NOEXEC = 0x8;
    public const nuint MS_REMOUNT = 0x20;
    public const nuint MS_NOATIME = 0x400;
    public const int MNT_DETACH = 2;
    public const long RAMFS_MAGIC = 0x858458F6;
    public const long TMPFS_MAGIC = 0x01021994;
    public const int RB_AUTOBOOT = 0x01234567;
    public const int RB_POWER_OFF = 0x4321FEDC;
    public const int RB_DISABLE_CAD = 0;
    public const uint LINUX_REBOOT_MAGIC1 = 0xFEE1DEAD;
    public const uint LINUX_REBOOT_MAGIC2 = 0x28121969;
    public const uint LINUX_REBOOT_CMD_RESTART2 = 0xA1B2C3D4;
    public const nuint RTC_RD_TIME = 0x80247009;
    public const nuint RTC_SET_TIME = 0x4024700A;
    public const nuint WDIOC_KEEPALIVE = 0x80045705;
    public const nuint WDIOC_SETTIMEOUT = 0xC0045706;
    public const nuint WDIOC_GETTIMEOUT = 0x80045707;
    public const ushort EV_KEY = 1;
    public const ushort KEY_POWER = 116;

    public const nuint SIOCGIFNAME = 0x8910;
    public const nuint SIOCGIFMTU = 0x8921;
}
