using System;
using System.Buffers.Binary;
using Aglet.Net;

namespace Aglet.Tests.Simulation;

/// <summary>Reads a whole Ethernet frame as a network card and an IP stack do; written apart from the server's writer.</summary>
internal static class SimFrame
{
    /// <summary>Fills the packet from a frame, or says what a receiver would drop it for.</summary>
    public static string? TryRead(ReadOnlySpan<byte> frame, SimPacket packet)
    {
        if (frame.Length < 42) return "shorter than its headers";
        if (BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) != 0x0800) return "not IPv4";
        ReadOnlySpan<byte> ip = frame[14..];
        if (ip[0] != 0x45) return "version or header length";
        int total = BinaryPrimitives.ReadUInt16BigEndian(ip[2..]);
        if (total != ip.Length) return $"total length {total}, but {ip.Length} bytes";
        if (Sum(ip[..20], 0) != 0xFFFF) return "IPv4 checksum";
        if (ip[8] == 0) return "no time to live";
        if (ip[9] != 17) return "not UDP";
        ReadOnlySpan<byte> udp = ip[20..];
        int length = BinaryPrimitives.ReadUInt16BigEndian(udp[4..]);
        if (length != udp.Length) return $"UDP length {length}, but {udp.Length} bytes";
        ushort checksum = BinaryPrimitives.ReadUInt16BigEndian(udp[6..]);
        uint pseudo = Sum(ip.Slice(12, 8), (uint)(17 + length));
        if (checksum != 0 && Sum(udp, pseudo) != 0xFFFF) return "UDP checksum";
        packet.DestinationHardware = HardwareAddress.Read(frame[..6]);
        packet.SourceHardware = HardwareAddress.Read(frame.Slice(6, 6));
        packet.Source = new(Ipv4Address.Read(ip[12..]), BinaryPrimitives.ReadUInt16BigEndian(udp));
        packet.Destination = new(Ipv4Address.Read(ip[16..]), BinaryPrimitives.ReadUInt16BigEndian(udp[2..]));
        packet.Fill(udp[8..]);
        return null;
    }

    /// <summary>The folded one's complement sum; all ones when a block with its checksum in it is whole.</summary>
    public static uint Sum(ReadOnlySpan<byte> bytes, uint start)
    {
        uint sum = start;
        for (int i = 0; i < bytes.Length; i++) sum += (i & 1) == 0 ? (uint)bytes[i] << 8 : bytes[i];
        while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
        return sum;
    }
}
