using System;
using Aglet.Wire;

namespace Aglet.Net;

/// <summary>
/// A whole Ethernet frame with IPv4 and UDP headers, for a client that has no address yet and so cannot answer ARP.
/// </summary>
/// <remarks>
/// <code>
/// Ethernet: destination 6 | source 6 | 0x0800
/// IPv4 (RFC 791): 45 00 | length | id 0 | flags 0 | TTL 64 | 17 | checksum | source 4 | destination 4
/// UDP (RFC 768): source port | destination port | length | checksum
/// </code>
/// </remarks>
internal static class UdpFrame
{
    /// <summary>Bytes before the payload.</summary>
    public const int HeaderBytes = 14 + 20 + 8;

    /// <summary>Writes the headers in front of a payload that already stands at <see cref="HeaderBytes"/>.</summary>
    /// <param name="frame">Headers and payload together.</param>
    public static void WriteHeaders(
        Span<byte> frame,
        HardwareAddress destination,
        HardwareAddress source,
        Ipv4Address sourceAddress,
        ushort sourcePort,
        Ipv4Address destinationAddress,
        ushort destinationPort)
    {
        Core.Check.That(destination.Length == 6 && source.Length == 6 && frame.Length >= HeaderBytes);
        ushort udpLength = (ushort)(frame.Length - 14 - 20);
        WireWriter ethernet = new(frame);
        destination.Write(ethernet.Room(6));
        source.Write(ethernet.Room(6));
        ethernet.U16(0x0800);

        Span<byte> ip = frame.Slice(14, 20);
        WireWriter header = new(ip);
        header.U16(0x4500);
        header.U16((ushort)(20 + udpLength));
        header.U32(0);
        header.U8(64);
        header.U8(17);
        header.U16(0);
        header.U32(sourceAddress.Value);
        header.U32(destinationAddress.Value);
        InternetChecksum ipChecksum = default;
        ipChecksum.Add(ip);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(ip[10..], ipChecksum.Value);

        Span<byte> udp = frame[34..];
        WireWriter udpHeader = new(udp);
        udpHeader.U16(sourcePort);
        udpHeader.U16(destinationPort);
        udpHeader.U16(udpLength);
        udpHeader.U16(0);
        InternetChecksum udpChecksum = default;
        udpChecksum.Add(ip[12..20]);
        udpChecksum.Add(17);
        udpChecksum.Add(udpLength);
        udpChecksum.Add(udp);

        // A sum of zero means "none" in UDP, so a real zero is sent as all ones (RFC 768).
        ushort checksum = udpChecksum.Value == 0 ? ushort.MaxValue : udpChecksum.Value;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(udp[6..], checksum);
    }
}
