using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Aglet.Tests.Lab;

namespace Aglet.Tests.Bench;

/// <summary>What fetching a file again and again came to.</summary>
/// <param name="Bytes">Received and compared.</param>
/// <param name="Seconds">For so long.</param>
/// <param name="Files">That came whole.</param>
/// <param name="IsCut">The last one was given up: it took longer than was allowed.</param>
internal sealed record HttpOutcome(long Bytes, double Seconds, int Files, bool IsCut)
{
    public double MegabytesPerSecond => Bytes / Seconds / 1e6;
}

/// <summary>HTTP clients in the calling thread: one connection, every byte compared.</summary>
internal static class HttpLoad
{
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

    /// <summary>Fetches a file again and again, each time over a new connection, for at least so long.</summary>
    /// <param name="path">The file.</param>
    /// <param name="length">Its length.</param>
    /// <param name="seconds">No new one is begun after that.</param>
    /// <param name="limitSeconds">What is not there then is given up.</param>
    public static HttpOutcome Repeat(string path, long length, double seconds, double limitSeconds)
    {
        byte[] buffer = new byte[256 * 1024];
        Stopwatch watch = Stopwatch.StartNew();
        long bytes = 0;
        int files = 0;
        bool isCut = false;
        do
        {
            using Socket socket = Connect();
            long came = 0;
            Fetch(socket, path, length, buffer, more =>
            {
                came = more;
                return watch.Elapsed.TotalSeconds < limitSeconds;
            });
            isCut = came < length;
            files += isCut ? 0 : 1;
            bytes += came;
        }
        while (watch.Elapsed.TotalSeconds < seconds && !isCut);
        return new(bytes, watch.Elapsed.TotalSeconds, files, isCut);
    }

    /// <summary>Opens so many connections, fetches a small file over each, and leaves them open.</summary>
    public static List<Socket> Open(int connections, string path, long length)
    {
        byte[] buffer = new byte[64 * 1024];
        List<Socket> sockets = [];
        for (int i = 0; i < connections; i++)
        {
            sockets.Add(Connect());
            Fetch(sockets[i], path, length, buffer);
        }
        return sockets;
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

    private static int Fetch(Socket socket, string path, long length, byte[] buffer, Func<long, bool>? mayGoOn = null)
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
        while (at < length && mayGoOn?.Invoke(at) != false)
        {
            int more = socket.Receive(buffer);
            if (more == 0 || at + more > length || !BenchContent.Matches(at, buffer.AsSpan(0, more)))
                throw new LabException($"at byte {at} the file is another one");
            at += more;
        }
        mayGoOn?.Invoke(at);
        return head;
    }

    private static Socket Connect()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = 30_000,
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
