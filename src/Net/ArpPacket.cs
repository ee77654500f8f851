using System;
using Aglet.Wire;

namespace Aglet.Net;

/// <summary>Why a frame is no ARP packet that concerns us.</summary>
internal enum ArpReject : byte
{
    None,
    Truncated,
    NotArp,

    /// <summary>Of another medium than Ethernet or another protocol than IPv4.</summary>
    OtherKind,

    /// <summary>Neither request nor reply (RARP, InARP).</summary>
    OtherOperation,
}

/// <summary>An ARP packet for IPv4 with the Ethernet frame that carries it.</summary>
/// <remarks>
/// <code>
/// Ethernet: destination 6 | source 6 | 0x0806
/// ARP (RFC 826): 00 01 | 08 00 | 06 | 04 | operation 2 | sender 6 + 4 | target 6 + 4
/// </code>
/// </remarks>
internal readonly record struct ArpPacket : IWireMessage<ArpPacket, ArpReject>
{
    /// <summary>Without the padding that makes 60 bytes of it on the wire.</summary>
    public const int FrameBytes = 14 + 28;

    private const ushort Request = 1;
    private const ushort Reply = 2;

    /// <summary>Where the frame goes; all ones for everybody.</summary>
    public HardwareAddress Destination { get; private init; }

    /// <summary>The card that sent the frame.</summary>
    public HardwareAddress Source { get; private init; }

    /// <summary>False for a request.</summary>
    public bool IsReply { get; private init; }

    /// <summary>Who says that it has <see cref="SenderAddress"/>.</summary>
    public HardwareAddress SenderHardware { get; private init; }

    /// <summary>None in a probe.</summary>
    public Ipv4Address SenderAddress { get; private init; }

    public HardwareAddress TargetHardware { get; private init; }

    /// <summary>What is asked for, or who is answered.</summary>
    public Ipv4Address TargetAddress { get; private init; }

    /// <summary>Asks whether an address is in use, and puts nothing into anybody's cache (RFC 5227 §2.1.1).</summary>
    public static ArpPacket Probe(HardwareAddress source, Ipv4Address target) => new()
    {
        Destination = HardwareAddress.Broadcast,
        Source = source,
        SenderHardware = source,
        TargetHardware = HardwareAddress.Zero,
        TargetAddress = target,
    };

    /// <summary>Reads a whole frame; what follows the packet is padding.</summary>
    public static ArpReject Parse(ReadOnlySpan<byte> datagram, out ArpPacket message)
    {
        message = default;
        WireReader reader = new(datagram);
        ReadOnlySpan<byte> destination = reader.Take(6);
        ReadOnlySpan<byte> source = reader.Take(6);
        ushort type = reader.U16();
        ulong kind = ((ulong)reader.U32() << 16) | reader.U16();
        ushort operation = reader.U16();
        ReadOnlySpan<byte> senderHardware = reader.Take(6);
        uint sender = reader.U32();
        ReadOnlySpan<byte> targetHardware = reader.Take(6);
        uint target = reader.U32();
        if (reader.Overrun) return ArpReject.Truncated;
        if (type != 0x0806) return ArpReject.NotArp;
        if (kind != 0x0001_0800_0604) return ArpReject.OtherKind;
        if (operation is not Request and not Reply) return ArpReject.OtherOperation;
        message = new()
        {
            Destination = HardwareAddress.Read(destination),
            Source = HardwareAddress.Read(source),
            IsReply = operation == Reply,
            SenderHardware = HardwareAddress.Read(senderHardware),
            SenderAddress = new(sender),
            TargetHardware = HardwareAddress.Read(targetHardware),
            TargetAddress = new(target),
        };
        return ArpReject.None;
    }

    public bool TryWrite(Span<byte> target, out int written)
    {
        written = 0;
        if (target.Length < FrameBytes) return false;
        WireWriter writer = new(target);
        Destination.Write(writer.Room(6));
        Source.Write(writer.Room(6));
        writer.U16(0x0806);
        writer.U32(0x0001_0800);
        writer.U16(0x0604);
        writer.U16(IsReply ? Reply : Request);
        SenderHardware.Write(writer.Room(6));
        writer.U32(SenderAddress.Value);
        TargetHardware.Write(writer.Room(6));
        writer.U32(TargetAddress.Value);
        written = writer.Length;
        return !writer.Overflow;
    }
}
