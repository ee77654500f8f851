using System;
using Aglet.Core;
using Aglet.Kernel;

namespace Aglet.Tftp;

/// <summary>Takes datagrams from a socket, many with one call where many are there.</summary>
internal sealed class TftpReceiver(IKernel kernel)
{
    /// <summary>One client in lock-step sends one datagram a turn; with room for two it is seen that no more is there.</summary>
    public const int ExpectedMin = 2;

    /// <summary>
    /// Longest datagram that is taken: requests are a few hundred bytes (RFC 2347 says 512), acknowledgments four.
    /// </summary>
    private const int DatagramBytes = 2048;

    private readonly byte[] _bytes = new byte[Limits.DatagramsPerCall * DatagramBytes];
    private readonly ReceivedDatagram[] _datagrams = new ReceivedDatagram[Limits.DatagramsPerCall];

    /// <summary>Takes what is there, up to <paramref name="most"/>.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="most">No more than so many.</param>
    /// <param name="expected">How many came lately; follows what comes.</param>
    /// <returns>How many; fewer than <paramref name="asked"/> when no more were there.</returns>
    public SysResult Receive(int socket, int most, ref int expected, out int asked)
    {
        asked = Math.Min(most, expected);
        SysResult received = kernel.ReceiveMany(
            socket, _bytes.AsSpan(0, asked * DatagramBytes), _datagrams.AsSpan(0, asked));
        if (received.IsError) return received;
        if (received.Count == expected) expected = Math.Min(expected * 2, Limits.DatagramsPerCall);
        else if (received.Count * 4 <= expected) expected = Math.Max(expected / 2, ExpectedMin);
        return received;
    }

    /// <summary>One of those that came last; false when it was longer than any that we know.</summary>
    public bool TryGet(int index, out ReadOnlySpan<byte> datagram, out DatagramInfo info)
    {
        datagram = default;
        info = _datagrams[index].Info;
        SysResult result = _datagrams[index].Result;
        if (result.IsError) return false;
        datagram = _bytes.AsSpan(index * DatagramBytes, result.Count);
        return true;
    }
}
