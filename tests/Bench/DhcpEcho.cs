using System;
using System.Collections.Generic;
using System.Net;
using System.Threading;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Linux;
using Aglet.Net;
using Aglet.Tests.Lab;
using Aglet.Time;

namespace Aglet.Tests.Bench;

/// <summary>
/// Answers every DISCOVER with an OFFER and every REQUEST with an ACK, and knows nothing: no server is faster, so what a load
/// reaches with it is the most that the load can measure. Runs inside the server's namespace.
/// </summary>
internal static class DhcpEcho
{
    private const int RoomBytes = 1536;

    public static int Run(CancellationToken stop)
    {
        using LinuxKernel kernel = new(takesSignals: false);
        List<NetworkInterface> links = [];
        kernel.ListInterfaces(links);
        SysResult opened = kernel.OpenUdp(
            new(new(Ipv4Address.Any, 67), links.Find(link => link.Name == "eth0").Index, Broadcast: true, 8 << 20));
        if (opened.IsError)
            throw new LabException($"port 67 cannot be opened: {opened.Errno}");
        EpollSet ready = new();
        ready.Watch(opened.Count, 0, Readiness.Readable);
        byte[] bytes = new byte[Limits.DatagramsPerCall * RoomBytes];
        ReceivedDatagram[] received = new ReceivedDatagram[Limits.DatagramsPerCall];
        OutgoingDatagram[] outgoing = new OutgoingDatagram[Limits.DatagramsPerCall];
        int answered = 0;
        while (!stop.IsCancellationRequested)
        {
            SysResult count = kernel.ReceiveMany(opened.Count, bytes, received);
            if (count.IsError)
            {
                ready.Wait(1, Duration.FromMilliseconds(20));
                continue;
            }
            for (int i = 0; i < count.Count; i++)
            {
                Turn(bytes.AsSpan(i * RoomBytes, RoomBytes), out int length);
                outgoing[i] = new(i * RoomBytes, length, received[i].Info.Peer);
            }
            _ = kernel.SendMany(opened.Count, bytes, outgoing.AsSpan(0, count.Count), default, 0);
            answered += count.Count;
        }
        ready.Close();
        kernel.Close(opened.Count);
        return answered;
    }

    /// <summary>A question becomes its answer: the address is made of the hardware address.</summary>
    private static void Turn(Span<byte> message, out int length)
    {
        int at = 240;
        while (at < 400 && message[at] is not (53 or 255))
            at += message[at] == 0 ? 1 : 2 + message[at + 1];
        byte type = message[at] == 53 && message[at + 2] == 1 ? (byte)2 : (byte)5;
        message[0] = 2;
        (message[16], message[17], message[18], message[19]) = (10, 0, (byte)(16 + (message[32] & 63)), message[33]);
        message[240..300].Clear();
        ReadOnlySpan<byte> options = [53, 1, type, 54, 4, 0, 0, 0, 0, 51, 4, 0, 0, 14, 16, 1, 4, 255, 255, 0, 0, 255];
        options.CopyTo(message[240..]);
        IPAddress.Parse(BenchNetwork.ServerAddress).GetAddressBytes().CopyTo(message[245..]);
        length = 300;
    }
}
