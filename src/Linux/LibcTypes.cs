using System.Runtime.InteropServices;

namespace Aglet.Linux;

// The structs of libc with their C names. All but epoll_event (see EpollEventLayout) are laid out alike on x86-64 and
// arm64; a test compares each with what a C compiler says. Numbers in network order are marked so.
#pragma warning disable CS8981 // lower-case names: they are C's
#pragma warning disable CS0649 // fields that only the kernel fills

internal struct timespec
{
    public long tv_sec;
    public long tv_nsec;
}

/// <summary>A set of signals: bit n-1 stands for signal n.</summary>
internal unsafe struct sigset_t
{
    public fixed ulong __val[16];

    public void Add(int signal) => __val[0] |= 1UL << (signal - 1);
}

[StructLayout(LayoutKind.Sequential, Size = 128)]
internal struct signalfd_siginfo
{
    public uint ssi_signo;
}

internal struct pollfd
{
    public int fd;
    public short events;
    public short revents;
}

internal struct rlimit
{
    public ulong rlim_cur;
    public ulong rlim_max;
}

/// <summary><c>struct __user_cap_header_struct</c>; 0 is the calling thread.</summary>
internal struct cap_header
{
    public uint version;
    public int pid;
}

/// <summary><c>struct __user_cap_data_struct</c>: capabilities 0 to 31, and in a second one the rest.</summary>
internal struct cap_data
{
    public uint effective;
    public uint permitted;
    public uint inheritable;
}

/// <summary>Port and address are in network order.</summary>
internal unsafe struct sockaddr_in
{
    public ushort sin_family;
    public ushort sin_port;
    public uint sin_addr;
    public fixed byte sin_zero[8];
}

/// <summary>The protocol is in network order.</summary>
internal unsafe struct sockaddr_ll
{
    public ushort sll_family;
    public ushort sll_protocol;
    public int sll_ifindex;
    public ushort sll_hatype;
    public byte sll_pkttype;
    public byte sll_halen;
    public fixed byte sll_addr[8];
}

/// <summary>Who hears what of the kernel's netlink groups.</summary>
internal struct sockaddr_nl
{
    public ushort nl_family;
    public ushort nl_pad;
    public uint nl_pid;
    public uint nl_groups;
}

/// <summary>One instruction of classic BPF.</summary>
internal struct sock_filter
{
    public ushort code;
    public byte jt;
    public byte jf;
    public uint k;
}

internal unsafe struct sock_fprog
{
    public ushort len;
    public sock_filter* filter;
}

internal struct tpacket_auxdata
{
    public uint tp_status;
    public uint tp_len;
    public uint tp_snaplen;
    public ushort tp_mac;
    public ushort tp_net;
    public ushort tp_vlan_tci;
    public ushort tp_vlan_tpid;
}

internal unsafe struct iovec
{
    public byte* iov_base;
    public nuint iov_len;
}

internal unsafe struct msghdr
{
    public void* msg_name;
    public uint msg_namelen;
    public iovec* msg_iov;
    public nuint msg_iovlen;
    public void* msg_control;
    public nuint msg_controllen;
    public int msg_flags;
}

internal struct mmsghdr
{
    public msghdr msg_hdr;
    public uint msg_len;
}

internal struct cmsghdr
{
    public nuint cmsg_len;
    public int cmsg_level;
    public int cmsg_type;
}

/// <summary>Addresses are in network order.</summary>
internal struct in_pktinfo
{
    public int ipi_ifindex;
    public uint ipi_spec_dst;
    public uint ipi_addr;
}

[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct statx_timestamp
{
    public long tv_sec;
    public uint tv_nsec;
}

[StructLayout(LayoutKind.Sequential, Size = 256)]
internal struct statx
{
    public uint stx_mask;
    public uint stx_blksize;
    public ulong stx_attributes;
    public uint stx_nlink;
    public uint stx_uid;
    public uint stx_gid;
    public ushort stx_mode;
    public ulong stx_ino;
    public ulong stx_size;
    public ulong stx_blocks;
    public ulong stx_attributes_mask;
    public statx_timestamp stx_atime;
    public statx_timestamp stx_btime;
    public statx_timestamp stx_ctime;
    public statx_timestamp stx_mtime;
    public uint stx_rdev_major;
    public uint stx_rdev_minor;
    public uint stx_dev_major;
    public uint stx_dev_minor;
}

/// <summary>One entry of <c>getdents64</c>; the name ends with a NUL, the next entry is d_reclen bytes on.</summary>
[StructLayout(LayoutKind.Explicit, Size = 280)]
internal unsafe struct dirent64
{
    [FieldOffset(0)] public ulong d_ino;
    [FieldOffset(8)] public long d_off;
    [FieldOffset(16)] public ushort d_reclen;
    [FieldOffset(18)] public byte d_type;
    [FieldOffset(19)] public fixed byte d_name[256];
}

/// <summary>Which of the numbers it carries depends on the request.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal unsafe struct ifreq
{
    [FieldOffset(0)] public fixed byte ifr_name[16];
    [FieldOffset(16)] public int ifr_ifindex;
    [FieldOffset(16)] public int ifr_mtu;
    [FieldOffset(16)] public short ifr_flags;
    [FieldOffset(16)] public sockaddr_in ifr_addr;
}

internal unsafe struct ifaddrs
{
    public ifaddrs* ifa_next;
    public byte* ifa_name;
    public uint ifa_flags;
    public void* ifa_addr;
    public void* ifa_netmask;
    public void* ifa_ifu;
    public void* ifa_data;
}

/// <summary>A way through a router.</summary>
[StructLayout(LayoutKind.Explicit, Size = 120)]
internal struct rtentry
{
    [FieldOffset(8)] public sockaddr_in rt_dst;
    [FieldOffset(24)] public sockaddr_in rt_gateway;
    [FieldOffset(40)] public sockaddr_in rt_genmask;
    [FieldOffset(56)] public ushort rt_flags;
}

/// <summary>A key that was pressed; the time is two numbers of eight bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
internal struct input_event
{
    [FieldOffset(16)] public ushort type;
    [FieldOffset(18)] public ushort code;
    [FieldOffset(20)] public int value;
}

/// <summary>A control message that carries <see cref="in_pktinfo"/>, padded as CMSG_SPACE does.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
internal struct PacketInfoControl
{
    /// <summary>The cmsg_len of this message (CMSG_LEN): header and data without the padding.</summary>
    public const int Length = 28;

    public cmsghdr Header;
    public in_pktinfo Info;
}

/// <summary>A control message that carries <see cref="tpacket_auxdata"/>, padded as CMSG_SPACE does.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
internal struct AuxiliaryControl
{
    /// <summary>The cmsg_len of this message (CMSG_LEN): header and data without the padding.</summary>
    public const int Length = 36;

    public cmsghdr Header;
    public tpacket_auxdata Data;
}

/// <summary>A control message that carries the size of a segment, padded as CMSG_SPACE does.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
internal struct SegmentControl
{
    /// <summary>The cmsg_len of this message (CMSG_LEN): header and data without the padding.</summary>
    public const int Length = 18;

    public cmsghdr Header;
    public ushort SegmentBytes;
}
