using Aglet.Time;

namespace Aglet.Tests.Simulation;

/// <summary>How bad the simulated world is. Rates are in parts per million of the events that they concern.</summary>
internal sealed record FaultRates
{
    /// <summary>A network and a kernel without faults; only the latency is real.</summary>
    public static readonly FaultRates None = new();

    /// <summary>The wire of the acceptance test: 5 % loss, with reordering and duplication.</summary>
    public static readonly FaultRates Lossy = new() { Loss = 50_000, Duplication = 20_000, Reordering = 20_000 };

    /// <summary>The lossy wire and a kernel that refuses whatever it may refuse.</summary>
    public static readonly FaultRates Rough = Lossy with
    {
        ShortRead = 50_000,
        ShortWrite = 50_000,
        WouldBlockOnSend = 20_000,
        NoBuffers = 5_000,
        TooManyFiles = 5_000,
        SpuriousReadiness = 10_000,
        Stall = 1_000,
    };

    /// <summary>The server may have to say that it is short of something; otherwise it has no excuse.</summary>
    public bool RefusesResources => TooManyFiles > 0 || NoBuffers > 0 || FileError > 0;

    /// <summary>Datagrams that never arrive. A lost TCP segment arrives after a retransmission time-out instead.</summary>
    public int Loss { get; init; }

    /// <summary>Datagrams that arrive twice.</summary>
    public int Duplication { get; init; }

    /// <summary>Datagrams that are held back by up to <see cref="ReorderingDelay"/>.</summary>
    public int Reordering { get; init; }

    /// <summary>Datagrams in which one bit is turned, past the checksum.</summary>
    public int BitFlip { get; init; }

    /// <summary>Reads from a connection that give less than there is.</summary>
    public int ShortRead { get; init; }

    /// <summary>Writes to a connection that take less than there is room for.</summary>
    public int ShortWrite { get; init; }

    /// <summary>Sends that fail with EAGAIN; the socket is writable again a little later.</summary>
    public int WouldBlockOnSend { get; init; }

    /// <summary>Datagram sends that fail with ENOBUFS, of which epoll says nothing.</summary>
    public int NoBuffers { get; init; }

    /// <summary>Calls that open something and fail with EMFILE.</summary>
    public int TooManyFiles { get; init; }

    /// <summary>Reads that fail with EAGAIN or EINTR although epoll said readable.</summary>
    public int SpuriousReadiness { get; init; }

    /// <summary>Reads of files that fail with EIO.</summary>
    public int FileError { get; init; }

    /// <summary>Waits after which the server has lost 20 ms, so that work piles up.</summary>
    public int Stall { get; init; }

    /// <summary>Every packet takes this long.</summary>
    public Duration Latency { get; init; } = Duration.FromMicroseconds(100);

    /// <summary>And up to this much longer; small packets overtake each other within it.</summary>
    public Duration Jitter { get; init; } = Duration.FromMicroseconds(50);

    /// <summary>The most that a reordered packet is held back.</summary>
    public Duration ReorderingDelay { get; init; } = Duration.FromMilliseconds(20);
}
