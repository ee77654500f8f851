using System;
using System.Collections.Generic;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tests.Simulation;

/// <summary>What a handle of the simulated kernel stands for.</summary>
internal enum SimHandleKind : byte
{
    Free,
    Udp,
    Packet,
    Listener,
    Stream,
    File,
    Folder,
    Listing,
}

/// <summary>One entry of the simulated kernel's handle table; it is used again after a close, as descriptors are.</summary>
internal sealed class SimHandle(int number)
{
    private SimPacket? _first;
    private SimPacket? _last;

    public int Number { get; } = number;

    public SimHandleKind Kind { get; private set; }

    /// <summary>Address and port that a socket is bound to.</summary>
    public IpEndpoint Local { get; set; }

    /// <summary>The only interface that it receives from; 0 for all.</summary>
    public int InterfaceIndex { get; set; }

    public bool MayBroadcast { get; set; }

    /// <summary>Another socket that is shared, too, may have the same port.</summary>
    public bool IsShared { get; set; }

    public bool KeepsErrors { get; set; }

    /// <summary>The error queue: who did not get a datagram, and why.</summary>
    public System.Collections.Generic.Queue<(IpEndpoint Peer, Errno Errno)> Errors { get; } = new();

    /// <summary>The next call for the socket fails with it.</summary>
    public bool IsErrorPending { get; set; }

    /// <summary>What a packet socket receives.</summary>
    public PacketFilter Filter { get; set; }

    /// <summary>Datagrams that wait to be received.</summary>
    public int Queued { get; private set; }

    /// <summary>When so many wait, the next is lost, as with a full receive buffer.</summary>
    public int QueueMax { get; set; }

    /// <summary>Datagrams that the server tried to take in this turn.</summary>
    public int ReceivesThisTurn { get; set; }

    /// <summary>Bytes that the server gave to this connection in this turn.</summary>
    public long BytesThisTurn { get; set; }

    /// <summary>The turn that the two counts are of.</summary>
    public long Turn { get; set; }

    /// <summary>Not writable before this: a send was refused.</summary>
    public Instant BlockedUntil { get; set; }

    /// <summary>The next socket that is bound to the same port.</summary>
    public SimHandle? NextOnPort { get; set; }

    public SimStream? Stream { get; set; }

    public SimFile? File { get; set; }

    /// <summary>What of a folder has not been read yet.</summary>
    public Queue<SimFile> Listing { get; } = new();

    /// <summary>Connections that wait to be accepted.</summary>
    public SimStream? BacklogFirst { get; private set; }

    public int BacklogCount { get; private set; }

    public bool IsWatched { get; set; }

    public SocketToken Token { get; set; }

    public Readiness Interest { get; set; }

    /// <summary>It is in the list of handles that may be ready.</summary>
    public bool IsListed { get; set; }

    public void Open(SimHandleKind kind)
    {
        Kind = kind;
        Local = default;
        InterfaceIndex = 0;
        MayBroadcast = false;
        IsShared = false;
        KeepsErrors = false;
        IsErrorPending = false;
        Errors.Clear();
        Filter = PacketFilter.None;
        QueueMax = 0;
        BlockedUntil = default;
        Stream = null;
        File = null;
        BacklogFirst = null;
        BacklogCount = 0;
        IsWatched = false;
        Interest = Readiness.None;
    }

    public void Close()
    {
        Kind = SimHandleKind.Free;
        IsWatched = false;
        Stream = null;
        File = null;
        NextOnPort = null;
        Listing.Clear();
    }

    public void Enqueue(SimPacket packet)
    {
        packet.Next = null;
        if (_last is null) _first = packet;
        else _last.Next = packet;
        _last = packet;
        Queued++;
    }

    public SimPacket? Dequeue()
    {
        if (_first is not { } packet) return null;
        _first = packet.Next;
        if (_first is null) _last = null;
        Queued--;
        return packet;
    }

    public void EnqueueStream(SimStream stream)
    {
        stream.Next = null;
        BacklogCount++;
        if (BacklogFirst is null)
        {
            BacklogFirst = stream;
            return;
        }

        SimStream last = BacklogFirst;
        while (last.Next is not null) last = last.Next;
        last.Next = stream;
    }

    public SimStream? DequeueStream()
    {
        if (BacklogFirst is not { } stream) return null;
        BacklogFirst = stream.Next;
        BacklogCount--;
        return stream;
    }

    /// <summary>What it is ready for at this moment, whatever it is watched for.</summary>
    public Readiness ReadinessAt(Instant now)
    {
        switch (Kind)
        {
            case SimHandleKind.Udp:
            case SimHandleKind.Packet:
                return (Queued > 0 ? Readiness.Readable : Readiness.None)
                    | (Errors.Count > 0 ? Readiness.Failed : Readiness.None)
                    | (BlockedUntil <= now ? Readiness.Writable : Readiness.None);
            case SimHandleKind.Listener:
                return BacklogCount > 0 ? Readiness.Readable : Readiness.None;
            case SimHandleKind.Stream:
                return ReadinessOf(Stream!, BlockedUntil <= now);
            default:
                return Readiness.None;
        }
    }

    private static Readiness ReadinessOf(SimStream stream, bool mayWrite)
    {
        if (stream.IsResetAtServer) return Readiness.Readable | Readiness.Writable | Readiness.Failed;
        Readiness readiness = Readiness.None;
        if (stream.ToServer.Arrived > 0 || stream.ToServer.HasEndArrived) readiness |= Readiness.Readable;

        // Linux calls a connection writable when a third of its buffer is free, not at the first byte.
        if (mayWrite && stream.ToHost.Free >= stream.ToHost.Capacity / 3) readiness |= Readiness.Writable;
        if (stream.ToServer.HasEndArrived && stream.ToHost.IsEnded) readiness |= Readiness.Failed;
        return readiness;
    }
}
