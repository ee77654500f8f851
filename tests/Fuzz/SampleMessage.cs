using System;
using Aglet.Wire;

namespace Aglet.Tests.Fuzz;

internal enum SampleReject : byte
{
    None,
    Truncated,
}

/// <summary>The smallest codec that there is: a length and so many bytes, and whatever follows is ignored.</summary>
internal readonly ref struct SampleMessage : IWireMessage<SampleMessage, SampleReject>
{
    public ReadOnlySpan<byte> Body { get; private init; }

    public static SampleReject Parse(ReadOnlySpan<byte> datagram, out SampleMessage message)
    {
        WireReader reader = new(datagram);
        message = new() { Body = reader.Take(reader.U8()) };
        return reader.Overrun ? SampleReject.Truncated : SampleReject.None;
    }

    public bool TryWrite(Span<byte> target, out int written)
    {
        WireWriter writer = new(target);
        writer.U8((byte)Body.Length);
        writer.Bytes(Body);
        written = writer.Length;
        return !writer.Overflow;
    }
}

/// <summary>The same with a fault, to see that each law finds its breach.</summary>
internal readonly ref struct FaultyMessage : IWireMessage<FaultyMessage, SampleReject>
{
    /// <summary>Which fault it has: reads past the end, cannot be read back, grows, or does not see a full target.</summary>
    public static int Fault { get; set; }

    public ReadOnlySpan<byte> Body { get; private init; }

    public static SampleReject Parse(ReadOnlySpan<byte> datagram, out FaultyMessage message)
    {
        message = default;
        if (datagram.Length == 0 || (Fault != 1 && datagram[0] > datagram.Length - 1)) return SampleReject.Truncated;
        message = new() { Body = datagram.Slice(1, datagram[0]) };
        return SampleReject.None;
    }

    public bool TryWrite(Span<byte> target, out int written)
    {
        written = 1 + Body.Length + (Fault == 3 ? 1 : 0);
        if (Fault == 4 && target.Length < written) return true;
        if (target.Length < written) return false;
        target[0] = (byte)(Body.Length + (Fault >= 2 && Fault != 4 ? 1 : 0));
        Body.CopyTo(target[1..]);
        return true;
    }
}
