using System;
using Aglet.Net;

namespace Aglet.Tests.Simulation;

/// <summary>One datagram on its way, with the link addresses that carry it.</summary>
internal sealed class SimPacket
{
    private readonly byte[] _buffer = new byte[BytesMax];

    /// <summary>The longest datagram of UDP.</summary>
    public const int BytesMax = 2048;

    public HardwareAddress SourceHardware { get; set; }

    /// <summary>The station that takes the frame; none for all of them.</summary>
    public HardwareAddress DestinationHardware { get; set; }

    public IpEndpoint Source { get; set; }

    public IpEndpoint Destination { get; set; }

    /// <summary>The link that it travels on, by the server's number for it.</summary>
    public int InterfaceIndex { get; set; }

    /// <summary>The payload is a whole frame of another protocol than IP.</summary>
    public bool IsFrame { get; set; }

    public int Length { get; private set; }

    public Span<byte> Payload => _buffer.AsSpan(0, Length);

    /// <summary>The next packet of the same queue.</summary>
    public SimPacket? Next { get; set; }

    public void Fill(ReadOnlySpan<byte> payload)
    {
        payload.CopyTo(_buffer);
        Length = payload.Length;
    }

    public void CopyFrom(SimPacket other)
    {
        SourceHardware = other.SourceHardware;
        DestinationHardware = other.DestinationHardware;
        Source = other.Source;
        Destination = other.Destination;
        InterfaceIndex = other.InterfaceIndex;
        IsFrame = other.IsFrame;
        Fill(other.Payload);
    }
}
