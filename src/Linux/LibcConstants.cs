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
    public const Errno EINVAL = (Errno)22;
    public const Errno ENOPROTOOPT = (Errno)92;

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
    public const int SIG_BLOCK = 0;
    public const nint SIG_IGN = 1;
    public const int SFD_NONBLOCK = 0x800;
    public const int SFD_CLOEXEC = 0x80000;
    public const int RLIMIT_NOFILE = 7;

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
    public const int SO_RCVBUF = 8;
    public const int SO_BINDTODEVICE = 25;
    public const int SO_ATTACH_FILTER = 26;
    public const int SO_RCVBUFFORCE = 33;
    public const int SOL_IP = 0;
    public const int IP_PKTINFO = 8;
    public const int IP_MTU_DISCOVER = 10;
    public const int IP_PMTUDISC_DONT = 0;
    public const int SOL_TCP = 6;
    public const int TCP_NODELAY = 1;
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
    public const uint STATX_MTIME = 0x40;
    public const uint STATX_INO = 0x100;
    public const uint STATX_SIZE = 0x200;
    public const int S_IFMT = 0xF000;
    public const int S_IFDIR = 0x4000;
    public const int S_IFREG = 0x8000;

    public const uint IFF_UP = 0x1;
    public const uint IFF_LOOPBACK = 0x8;
    public const int IF_NAMESIZE = 16;
    public const nuint SIOCGIFNAME = 0x8910;
    public const nuint SIOCGIFMTU = 0x8921;
}
