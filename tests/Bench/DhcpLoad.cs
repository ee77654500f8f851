using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Aglet.Tests.Lab;

namespace Aglet.Tests.Bench;

/// <summary>DHCP questions: one's own for readiness and start, perfdhcp's for load.</summary>
internal static partial class DhcpLoad
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    /// <summary>Asks again and again until an OFFER comes; runs inside the client's namespace.</summary>
    /// <param name="limit">When to stop asking.</param>
    /// <param name="pause">Between two questions.</param>
    /// <returns>The timestamp of the OFFER; null when none came in time.</returns>
    public static long? FirstOffer(TimeSpan limit, TimeSpan pause)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(BenchNetwork.ClientAddress), 67));
        EndPoint server = new IPEndPoint(IPAddress.Parse(BenchNetwork.ServerAddress), 67);
        byte[] buffer = new byte[2048];
        byte[] discover = Discover();
        Stopwatch watch = Stopwatch.StartNew();
        while (watch.Elapsed < limit)
        {
            // Before the server is there each question comes back as "port unreachable", which an unconnected socket
            // is not told.
            socket.SendTo(discover, server);
            if (!socket.Poll((int)pause.TotalMicroseconds, SelectMode.SelectRead))
                continue;
            int length = socket.Receive(buffer);
            long now = Stopwatch.GetTimestamp();
            if (length > 240 && buffer[0] == 2 && buffer.AsSpan(4, 4).SequenceEqual(discover.AsSpan(4, 4))
                && buffer.AsSpan(240, length - 240).IndexOf((ReadOnlySpan<byte>)[53, 1, 2]) >= 0)
            {
                return now;
            }
        }
        return null;
    }

    /// <summary>What is begun right before the end may still finish.</summary>
    private const string WaitMicroseconds = "100000";

    /// <summary>One run at a rate.</summary>
    /// <param name="network">Where.</param>
    /// <param name="program">perfdhcp.</param>
    /// <param name="folder">Has the machines.</param>
    /// <param name="rate">4-way exchanges to begin each second.</param>
    /// <param name="seconds">For so long.</param>
    /// <returns>4-way exchanges begun and finished.</returns>
    public static (double Begun, double Finished) Run(
        BenchNetwork network, string program, BenchFolder folder, int rate, int seconds)
    {
        LabResult result = LabProcess.Run(network.Client, _patience,
            [.. network.LoadPin, program, "-4", "-l", "eth0", "-M", folder.MachineList, "-R", BenchFolder.Machines.ToString(CultureInfo.InvariantCulture),
             "-r", rate.ToString(CultureInfo.InvariantCulture), "-p", seconds.ToString(CultureInfo.InvariantCulture),
             "-g", "single", "-W", WaitMicroseconds, BenchNetwork.ServerAddress],
            new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = folder.Libraries() });
        MatchCollection sent = SentLine().Matches(result.Output);
        MatchCollection received = ReceivedLine().Matches(result.Output);
        if (sent.Count < 2 || received.Count < 2)
            throw new LabException("perfdhcp says something else: " + result.Output);
        double begun = double.Parse(sent[0].Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        double done = double.Parse(received[1].Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        return (begun, done);
    }

    /// <summary>
    /// The most exchanges a second with less than 1 % of them lost: the rate rises until twice it was not held.
    /// </summary>
    /// <param name="network">Where.</param>
    /// <param name="program">perfdhcp.</param>
    /// <param name="folder">Has the machines.</param>
    /// <param name="firstRate">Where to begin.</param>
    /// <param name="seconds">How long to stay at a rate.</param>
    /// <param name="notes">Each step: what was asked, begun and finished a second. Begun below asked: perfdhcp was the limit.</param>
    /// <returns>The most a second, and all exchanges of the whole search.</returns>
    public static (double Best, double All) Capacity(
        BenchNetwork network, string program, BenchFolder folder, int firstRate, int seconds, List<string> notes)
    {
        double best = 0;
        double all = 0;
        int misses = 0;
        for (double rate = firstRate; rate < 500_000 && misses < 2; rate *= 1.35)
        {
            // At a few a second, one second would be a matter of chance.
            int longer = Math.Max(seconds, Math.Min(4, (int)(40 / rate)));
            (double begun, double finished) = Run(network, program, folder, (int)rate, longer);
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{rate:F0}:{begun / longer:F0}:{finished / longer:F0}"));
            bool isHeld = finished >= begun * 0.99;
            misses = isHeld && finished >= rate * longer * 0.9 ? 0 : misses + 1;
            if (isHeld)
                best = Math.Max(best, finished / longer);
            all += finished;
        }
        return (best, all);
    }

    private static byte[] Discover()
    {
        byte[] packet = new byte[300];
        (packet[0], packet[1], packet[2]) = (1, 1, 6);
        (packet[4], packet[5], packet[6], packet[7]) = (0xA6, 0x1E, 0x74, 0x01);
        IPAddress.Parse(BenchNetwork.ClientAddress).GetAddressBytes().CopyTo(packet, 24); // giaddr: we are its relay
        ReadOnlySpan<byte> mac = [0x02, 0xBE, 0x00, 0x00, 0x00, 0x00];
        mac.CopyTo(packet.AsSpan(28));
        ReadOnlySpan<byte> options = [99, 130, 83, 99, 53, 1, 1, 55, 3, 1, 3, 6, 255];
        options.CopyTo(packet.AsSpan(236));
        return packet;
    }

    [GeneratedRegex(@"sent packets: (\d+)")]
    private static partial Regex SentLine();

    [GeneratedRegex(@"received packets: (\d+)")]
    private static partial Regex ReceivedLine();
}
