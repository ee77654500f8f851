using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;

namespace Aglet.Tests.Conformance;

/// <summary>
/// A TFTP and HTTP server that is wrong on purpose, on the loopback interface: it proves that rows fail for what they are about, and
/// only for that.
/// </summary>
/// <remarks>
/// TFTP: everything comes from the port that was asked; each ACK, also a repeated one, brings the block behind it; files that are not
/// there are empty; every option is granted as it was asked; writes are welcome; an ERROR is answered with one.
/// HTTP: every request is a 200 with the whole file, without Date or ETag, whatever its fields and its version say; HEAD has a body.
/// </remarks>
internal sealed class BrokenServer : IDisposable
{
    private readonly string _tree;
    private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket _tcp = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Dictionary<string, byte[]> _transfers = [];
    private volatile bool _isStopping;

    public BrokenServer(string tree)
    {
        _tree = tree;
        _udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _tcp.Listen(64);
        new Thread(ServeTftp) { IsBackground = true }.Start();
        new Thread(AcceptHttp) { IsBackground = true }.Start();
    }

    public ConformanceTarget Target => new(_tree, (IPEndPoint)_udp.LocalEndPoint!, (IPEndPoint)_tcp.LocalEndPoint!, null);

    public void Dispose()
    {
        _isStopping = true;
        _udp.Dispose();
        _tcp.Dispose();
    }

    private byte[] Content(string name)
    {
        string path = System.IO.Path.Combine(_tree, name.TrimStart('/'));
        return System.IO.File.Exists(path) ? System.IO.File.ReadAllBytes(path) : [];
    }

    private void ServeTftp()
    {
        byte[] room = new byte[2048];
        try
        {
            while (!_isStopping)
            {
                EndPoint from = new IPEndPoint(IPAddress.Any, 0);
                int count = _udp.ReceiveFrom(room, ref from);
                if (Reply(room.AsSpan(0, count), from.ToString()!) is { } reply) _udp.SendTo(reply, from);
            }
        }
        catch (SocketException)
        {
            // It was disposed of.
        }
        catch (ObjectDisposedException)
        {
            // The same, a moment earlier.
        }
    }

    private byte[]? Reply(ReadOnlySpan<byte> datagram, string peer)
    {
        if (datagram.Length < 2) return null;
        switch (datagram[1])
        {
            case 1:
                string[] parts = Encoding.Latin1.GetString(datagram[2..]).Split('\0');
                _transfers[peer] = Content(parts[0]);
                return parts.Length > 3 ? TftpProbe.Strings(6, parts[2..^1]) : Block(_transfers[peer], 1);
            case 2:
                return [0, 4, 0, 0];
            case 4 when _transfers.TryGetValue(peer, out byte[]? content) && datagram.Length >= 4:
                int acknowledged = (datagram[2] << 8) | datagram[3];
                return acknowledged * 512 > content.Length ? null : Block(content, acknowledged + 1);
            default:
                return [0, 5, 0, 0, .. "what?\0"u8];
        }
    }

    private static byte[] Block(byte[] content, int number)
    {
        int start = Math.Min((number - 1) * 512, content.Length);
        return [0, 3, (byte)((number >> 8) & 0xFF), (byte)(number & 0xFF), .. content.AsSpan(start, Math.Min(512, content.Length - start))];
    }

    private void AcceptHttp()
    {
        try
        {
            while (!_isStopping)
            {
                Socket connection = _tcp.Accept();
                new Thread(() => ServeHttp(connection)) { IsBackground = true }.Start();
            }
        }
        catch (SocketException)
        {
            // It was disposed of.
        }
        catch (ObjectDisposedException)
        {
            // The same, a moment earlier.
        }
    }

    private void ServeHttp(Socket connection)
    {
        using Socket own = connection;
        List<byte> received = [];
        byte[] room = new byte[65536];
        try
        {
            while (true)
            {
                int end = Encoding.Latin1.GetString([.. received]).IndexOf("\r\n\r\n", StringComparison.Ordinal);
                if (end < 0)
                {
                    int count = own.Receive(room);
                    if (count == 0) return;
                    received.AddRange(room.Take(count));
                    continue;
                }

                string head = Encoding.Latin1.GetString([.. received.Take(end)]);
                received.RemoveRange(0, end + 4);
                byte[] content = Content(head.Split(' ') is [_, { } target, ..] ? target : "");
                own.Send(Encoding.Latin1.GetBytes($"HTTP/1.1 200\r\nContent-Length: {content.Length}\r\n\r\n"));
                own.Send(content);
            }
        }
        catch (SocketException)
        {
            // The client is gone.
        }
    }
}
