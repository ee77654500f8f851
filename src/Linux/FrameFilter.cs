using System;
using Aglet.Core;
using Aglet.Kernel;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>
/// What a packet socket lets through, as a classic BPF program for the kernel (Linux, "networking/filter.rst"): what
/// is not for us costs no wake-up and no place in the socket's queue.
/// </summary>
/// <remarks>
/// Every program drops what was not sent to this host (<c>PACKET_OTHERHOST</c>), what this host sends itself, what
/// came for a VLAN (a socket on the parent interface hears that too) and what another interface received.
/// </remarks>
internal static class FrameFilter
{
    /// <summary>Instructions of the longest program.</summary>
    public const int InstructionsMax = 32;

    /// <summary>All of a frame; what a filter returns is how many bytes of it pass.</summary>
    private const uint WholeFrame = 0x4_0000;

    /// <summary>The last of the kinds that are for us: host, broadcast, multicast.</summary>
    private const uint PacketMulticast = 2;
    private const uint PacketHost = 0;

    private const uint EtherTypeOffset = 12;
    private const uint IpOffset = 14;
    private const uint IpFragmentOffset = IpOffset + 6;
    private const uint IpProtocolOffset = IpOffset + 9;
    private const uint UdpDestinationPort = IpOffset + 2; // after the IP header, whose length is in X
    private const uint MoreFragmentsOrOffset = 0x3FFF;
    private const uint Udp = 17;
    private const uint ArpOperationOffset = 14 + 6;
    private const uint ArpReply = 2;

    /// <summary>The protocol to bind to, in host order; 0 receives nothing.</summary>
    public static ushort ProtocolOf(PacketFilter filter) => filter switch
    {
        PacketFilter.ArpReplies => ETH_P_ARP,
        PacketFilter.DhcpServer or PacketFilter.DhcpClient or PacketFilter.DhcpOwn => ETH_P_IP,
        _ => 0,
    };

    /// <summary>Writes the program of a filter for an interface.</summary>
    /// <returns>Its instructions.</returns>
    public static int Write(PacketFilter filter, int interfaceIndex, Span<sock_filter> target)
    {
        Check.That(filter != PacketFilter.None && target.Length >= InstructionsMax);
        Program program = new(target);
        program.Load(BPF_W, Ancillary(SKF_AD_PKTTYPE));
        program.Drop(BPF_JGT, PacketMulticast);
        if (filter == PacketFilter.DhcpClient) program.Drop(BPF_JEQ, PacketHost);
        program.Load(BPF_W, Ancillary(SKF_AD_IFINDEX));
        program.DropUnless(BPF_JEQ, (uint)interfaceIndex);
        program.Load(BPF_W, Ancillary(SKF_AD_VLAN_TAG));
        program.Drop(BPF_JSET, 0x0FFF); // VLAN 0 is a mere priority
        program.Load(BPF_H, EtherTypeOffset);
        program.DropUnless(BPF_JEQ, ProtocolOf(filter));
        if (filter == PacketFilter.ArpReplies)
        {
            program.Load(BPF_H, ArpOperationOffset);
            program.DropUnless(BPF_JEQ, ArpReply);
        }
        else
        {
            program.Load(BPF_B, IpProtocolOffset);
            program.DropUnless(BPF_JEQ, Udp);
            program.Load(BPF_H, IpFragmentOffset);
            program.Drop(BPF_JSET, MoreFragmentsOrOffset);
            program.LoadIpHeaderLength(IpOffset);
            program.LoadIndexed(BPF_H, UdpDestinationPort);
            if (filter == PacketFilter.DhcpServer) program.SkipIf(67);
            program.DropUnless(BPF_JEQ, filter == PacketFilter.DhcpServer ? 4011u : 68u);
        }

        program.Return(WholeFrame);
        return program.Length;
    }

    private static uint Ancillary(int what) => unchecked((uint)(SKF_AD_OFF + what));

    /// <summary>
    /// A program as it grows. Jumps go only forward and by a byte, so each test is followed by its own "drop".
    /// </summary>
    private ref struct Program(Span<sock_filter> target)
    {
        private readonly Span<sock_filter> _target = target;

        public int Length { get; private set; }

        public void Load(int size, uint offset) => Add(BPF_LD | size | BPF_ABS, 0, 0, offset);

        public void LoadIndexed(int size, uint offset) => Add(BPF_LD | size | BPF_IND, 0, 0, offset);

        /// <summary>X becomes four times the low half of a byte.</summary>
        public void LoadIpHeaderLength(uint offset) => Add(BPF_LDX | BPF_B | BPF_MSH, 0, 0, offset);

        public void Drop(int test, uint value)
        {
            Add(BPF_JMP | test | BPF_K, 0, 1, value);
            Return(0);
        }

        public void DropUnless(int test, uint value)
        {
            Add(BPF_JMP | test | BPF_K, 1, 0, value);
            Return(0);
        }

        /// <summary>Over the next <see cref="DropUnless"/> when equal.</summary>
        public void SkipIf(uint value) => Add(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, value);

        public void Return(uint bytes) => Add(BPF_RET | BPF_K, 0, 0, bytes);

        private void Add(int code, byte whenTrue, byte whenFalse, uint operand) =>
            _target[Length++] = new() { code = (ushort)code, jt = whenTrue, jf = whenFalse, k = operand };
    }
}
