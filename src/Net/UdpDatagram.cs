using System;
using System.Buffers.Binary;
using Aglet.Wire;

namespace Aglet.Net;

/// <summary>Why a frame carries no UDP datagram that we take.</summary>
internal enum UdpFrameReject : byte
{
    None,

    /// <summary>Shorter than the headers of Ethernet, IPv4 and UDP.</summary>
    Truncated,

    /// <summary>Another EtherType, or another version of IP.</summary>
    NotIpv4,

    /// <summary>An IP header of less than 20 bytes, or longer than the packet.</summary>
    BadHeaderLength,

    /// <summary>The IP packet is longer than the frame.</summary>
    BadTotalLength,
    BadHeaderChecksum,

    /// <summary>Only a part of a datagram: nothing that boots sends one, and nothing is put together here.</summary>
    Fragment,
    NotUdp,

    /// <summary>Shorter than its header, or longer than the IP packet.</summary>
    BadUdpLength,
    BadUdpChecksum,
}

/// <summary>A UDP datagram with the headers that carried it, as a view over an Ethernet frame.</summary>
/// <remarks>
/// <code>
/// Ethernet: destination 6 | source 6 | 0x0800
/// IPv4 (RFC 791): 4, header length | TOS | total length 2 | id 2 | flags, offset 2 | TTL | 17 | checksum 2 |
///   source 4 | destination 4 | options
/// UDP (RFC 768): source port 2 | destination port 2 | length 2 | checksum 2
/// </code>
/// What follows the IP packet is Ethernet's padding. Options of IP (router alert, a cipher's label) are passed over.
/// </remarks>
internal readonly ref struct UdpDatagram : IWireMessage<UdpDatagram, UdpFrameReject>
{
    private const int EthernetBytes = 14;
    private const int IpBytesMin = 20;
    private const int UdpBytes = 8;

    public HardwareAddress DestinationHardware { get; private init; }

    /// <summary>The station on our link that it came from: the client, or the last router or relay.</summary>
    public HardwareAddress SourceHardware { get; private init; }

    public IpEndpoint Source { get; private init; }

    public IpEndpoint Destination { get; private init; }

    public ReadOnlySpan<byte> Payload { get; private init; }

    public static UdpFrameReject Parse(ReadOnlySpan<byte> datagram, out UdpDatagram message) =>
        Parse(datagram, isChecksumPending: false, out message);

    /// <summary>Takes the datagram out of a frame.</summary>
    /// <param name="frame">All of it, from the destination on.</param>
    /// <param name="isChecksumPending">The UDP checksum was never computed: it is not looked at.</param>
    /// <param name="message">The datagram.</param>
    public static UdpFrameReject Parse(ReadOnlySpan<byte> frame, bool isChecksumPending, out UdpDatagram message)
    {
        message = default;
        if (frame.Length < EthernetBytes + IpBytesMin) return UdpFrameReject.Truncated;
        ReadOnlySpan<byte> ip = frame[EthernetBytes..];
        if (BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) != 0x0800 || ip[0] >> 4 != 4) return UdpFrameReject.NotIpv4;
        int headerBytes = (ip[0] & 15) * 4;
        int totalBytes = BinaryPrimitives.ReadUInt16BigEndian(ip[2..]);
        if (headerBytes < IpBytesMin || headerBytes > totalBytes) return UdpFrameReject.BadHeaderLength;
        if (totalBytes > ip.Length) return UdpFrameReject.BadTotalLength;
        ip = ip[..totalBytes];
        InternetChecksum header = default;
        header.Add(ip[..headerBytes]);
        if (header.Value != 0) return UdpFrameReject.BadHeaderChecksum;

        // More fragments follow, or this is not the first.
        if ((BinaryPrimitives.ReadUInt16BigEndian(ip[6..]) & 0x3FFF) != 0) return UdpFrameReject.Fragment;
        if (ip[9] != 17) return UdpFrameReject.NotUdp;

        ReadOnlySpan<byte> udp = ip[headerBytes..];
        if (udp.Length < UdpBytes) return UdpFrameReject.Truncated;
        int udpBytes = BinaryPrimitives.ReadUInt16BigEndian(udp[4..]);
        if (udpBytes < UdpBytes || udpBytes > udp.Length) return UdpFrameReject.BadUdpLength;
        udp = udp[..udpBytes];
        if (!isChecksumPending && !IsWhole(ip, udp)) return UdpFrameReject.BadUdpChecksum;
        message = new()
        {
            DestinationHardware = HardwareAddress.Read(frame[..6]),
            SourceHardware = HardwareAddress.Read(frame.Slice(6, 6)),
            Source = new(Ipv4Address.Read(ip[12..]), BinaryPrimitives.ReadUInt16BigEndian(udp)),
            Destination = new(Ipv4Address.Read(ip[16..]), BinaryPrimitives.ReadUInt16BigEndian(udp[2..])),
            Payload = udp[UdpBytes..],
        };
        return UdpFrameReject.None;
    }

    public bool TryWrite(Span<byte> target, out int written)
    {
        written = UdpFrame.HeaderBytes + Payload.Length;
        if (target.Length < written) return false;
        Span<byte> frame = target[..written];
        Payload.CopyTo(frame[UdpFrame.HeaderBytes..]);
        UdpFrame.WriteHeaders(
            frame, DestinationHardware, SourceHardware, Source.Address.Ipv4, Source.Port,
            Destination.Address.Ipv4, Destination.Port);
        return true;
    }

    /// <summary>A checksum of zero says that the sender made none.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> ip, ReadOnlySpan<byte> udp)
    {
        if (BinaryPrimitives.ReadUInt16BigEndian(udp[6..]) == 0) return true;
        InternetChecksum sum = default;
        sum.Add(ip.Slice(12, 8));
        sum.Add(17);
        sum.Add((ushort)udp.Length);
        sum.Add(udp);
        return sum.Value == 0;
    }
}
