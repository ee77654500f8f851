using System;
using System.Buffers.Binary;
using Aglet.Net;

namespace Aglet.Tests.Simulation;

/// <summary>Reads a whole Ethernet frame as a network card and an IP stack do; written apart from the server's writer.</summary>
internal static class SimFrame
{
    private static ReadOnlySpan<byte> _arpRequest => [0, 1, 8, 0, 6, 4, 0, 1];

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

    /// <summary>Takes an ARP question for the packet's destination out of a frame; false when it is none.</summary>
    public static bool TryReadArp(ReadOnlySpan<byte> frame, HardwareAddress station, SimPacket packet)
    {
        if (frame.Length < 42 || BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) != 0x0806) return false;
        bool isProbe = frame[..6].IndexOfAnyExcept((byte)0xFF) < 0 && frame[14..22].SequenceEqual(_arpRequest)
            && HardwareAddress.Read(frame.Slice(6, 6)) == station && HardwareAddress.Read(frame.Slice(22, 6)) == station
            && frame[28..38].IndexOfAnyExcept((byte)0) < 0;
        if (!isProbe) throw new SimulationException("an ARP frame that is no probe (RFC 5227)");
        packet.SourceHardware = station;
        packet.Destination = new(Ipv4Address.Read(frame[38..]), 0);
        packet.IsFrame = true;
        return true;
    }

    /// <summary>Makes the holder's answer of a question.</summary>
    public static void WriteArpReply(SimPacket packet, HardwareAddress holder)
    {
        Span<byte> frame = stackalloc byte[60];
        frame.Clear();
        packet.SourceHardware.Write(frame);
        holder.Write(frame[6..]);
        frame[12] = 0x08;
        frame[13] = 0x06;
        _arpRequest.CopyTo(frame[14..]);
        frame[21] = 2;
        holder.Write(frame[22..]);
        packet.Destination.Address.Ipv4.Write(frame[28..]);
        packet.SourceHardware.Write(frame[32..]);
        packet.Fill(frame);
    }

    /// <summary>Writes a packet as the frame that a station with a hardware address receives; 0 when it does not fit.</summary>
    public static int Write(SimPacket packet, HardwareAddress station, Span<byte> frame)
    {
        if (packet.IsFrame)
        {
            packet.Payload.CopyTo(frame);
            return packet.Length;
        }

        int length = 42 + packet.Length;
        if (frame.Length < length) return 0;
        frame = frame[..length];
        frame[..42].Clear();
        bool isBroadcast = packet.DestinationHardware.Length == 0 && packet.Destination.Address.Ipv4 == Ipv4Address.Broadcast;
        if (isBroadcast) frame[..6].Fill(0xFF);
        else station.Write(frame);
        packet.SourceHardware.Write(frame[6..]);
        frame[12] = 8;
        Span<byte> ip = frame[14..];
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
        ip[8] = 64;
        ip[9] = 17;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], packet.Source.Address.Ipv4.Value);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], packet.Destination.Address.Ipv4.Value);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], (ushort)(0xFFFF - Sum(ip[..20], 0)));
        Span<byte> udp = ip[20..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, packet.Source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], packet.Destination.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        packet.Payload.CopyTo(udp[8..]);
        uint sum = Sum(udp, Sum(ip.Slice(12, 8), (uint)(17 + udp.Length)));
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], (ushort)(sum == 0xFFFF ? 0xFFFF : 0xFFFF - sum));
        return length;
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
