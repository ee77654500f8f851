using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Aglet.Tests.Lab;

namespace Aglet.Tests.Bench;

/// <summary>HTTP clients in the calling thread: one connection, every byte compared.</summary>
internal static class HttpLoad
{
    /// <summary>Sums up to the byte what wrk received; it runs once, after the load.</summary>
    public const string WrkScript = """
        done = function(summary, latency, requests)
          local e = summary.errors
          io.write(string.format("AGLET %d %d %d %d %.0f\n", summary.requests, summary.bytes, summary.duration,
            e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(99)))
        end
        """;

    public static bool IsAnswered()
    {
        try
        {
            using Socket socket = Connect();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Fetches a file again and again over one connection, for at least so long.</summary>
    /// <returns>MB (10^6 bytes) a second.</returns>
    public static double Stream(string path, long length, double seconds)
    {
        using Socket socket = Connect();
        byte[] buffer = new byte[256 * 1024];
        Stopwatch watch = Stopwatch.StartNew();
        long bytes = 0;
        do
        {
            Fetch(socket, path, length, buffer);
            bytes += length;
        }
        while (watch.Elapsed.TotalSeconds < seconds);
        return bytes / watch.Elapsed.TotalSeconds / 1e6;
    }

    /// <summary>Fetches a file over one connection some times, and gives what one answer is long, head included.</summary>
    public static int Check(string path, long length, int times)
    {
        using Socket socket = Connect();
        byte[] buffer = new byte[256 * 1024];
        int head = 0;
        for (int i = 0; i < times; i++)
            head = Fetch(socket, path, length, buffer);
        return head + (int)length;
    }

    private static int Fetch(Socket socket, string path, long length, byte[] buffer)
    {
        socket.Send(Encoding.ASCII.GetBytes($"GET /{path} HTTP/1.1\r\nHost: {BenchNetwork.ServerAddress}\r\n\r\n"));
        int filled = 0;
        int head;
        do
        {
            int more = socket.Receive(buffer, filled, buffer.Length - filled, SocketFlags.None);
            if (more == 0)
                throw new LabException("the server closed the connection");
            filled += more;
            head = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8) + 4;
        }
        while (head < 4);
        string text = Encoding.ASCII.GetString(buffer, 0, head);
        if (!text.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)
            || !text.Contains(string.Create(CultureInfo.InvariantCulture, $"\r\nContent-Length: {length}\r\n"), StringComparison.OrdinalIgnoreCase))
        {
            throw new LabException("an unexpected answer: " + text);
        }
        long at = filled - head;
        if (at > length || !BenchContent.Matches(0, buffer.AsSpan(head, filled - head)))
            throw new LabException("the file's beginning is another one");
        while (at < length)
        {
            int more = socket.Receive(buffer);
            if (more == 0 || at + more > length || !BenchContent.Matches(at, buffer.AsSpan(0, more)))
                throw new LabException($"at byte {at} the file is another one");
            at += more;
        }
        return head;
    }

    private static Socket Connect()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = 10_000,
        };
        try
        {
            socket.Connect(new IPEndPoint(IPAddress.Parse(BenchNetwork.ServerAddress), 80));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
