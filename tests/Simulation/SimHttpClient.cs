using System;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Tasks;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tests.Simulation;

/// <summary>An HTTP reply as a boot client sees it.</summary>
internal sealed record SimHttpReply(int Status, string Head, byte[] Body)
{
    /// <summary>A field's value, found by its exact spelling as GRUB does; null when it is absent.</summary>
    public string? Field(string name)
    {
        int at = Head.IndexOf($"\r\n{name}: ", StringComparison.Ordinal);
        if (at < 0) return null;
        int start = at + name.Length + 4;
        return Head[start..Head.IndexOf("\r\n", start, StringComparison.Ordinal)];
    }
}

/// <summary>An HTTP/1.1 client with one connection that it keeps; written apart from the server's parser.</summary>
internal sealed class SimHttpClient(SimMachine machine, string userAgent)
{
    private static readonly Duration _patience = Duration.FromSeconds(10);

    private IpEndpoint _server;

    /// <summary>Field lines that go with every request, each with its CRLF.</summary>
    public string ExtraFields { get; set; } = "";

    /// <summary>Sends a request and reads the reply; a connection that breaks is tried again as real clients do.</summary>
    public async Task<SimHttpReply> Fetch(string url, string method = "GET")
    {
        (IpEndpoint server, string path) = Split(url);
        for (int attempt = 0; attempt < 6; attempt++)
        {
            SimHttpReply? reply = await TryFetch(server, path, method);
            if (reply is not null && reply.Status != 503) return reply;
            if (reply is not null && !machine.Network.Rates.RefusesResources) throw new ServerFault($"HTTP {url}: {reply.Head}");
            Hangup();
            await machine.Sleep(Duration.FromSeconds(2));
        }

        throw new BootFailure($"HTTP {url}: no answer");
    }

    /// <summary>Closes the connection.</summary>
    public void Hangup()
    {
        machine.Connection?.Stream.Finish();
        machine.Connection = null;
    }

    private async Task<SimHttpReply?> TryFetch(IpEndpoint server, string path, string method)
    {
        if (machine.Connection is null || machine.Connection.IsEnded || machine.Connection.IsReset || server != _server)
        {
            Hangup();
            _server = server;
            machine.Connection = new(machine.Network.Connect(machine, server));
        }

        SimConnection connection = machine.Connection;
        Instant deadline = machine.Now + _patience;
        while (!connection.IsOpen)
        {
            if (connection.IsReset || !await machine.Happening(deadline)) return null;
        }

        string request =
            $"{method} {path} HTTP/1.1\r\nHost: {server.Address}:{server.Port}\r\nUser-Agent: {userAgent}\r\n{ExtraFields}\r\n";
        connection.Received.Clear();
        connection.Stream.Send(Encoding.ASCII.GetBytes(request));
        return await Read(connection, method == "HEAD");
    }

    private async Task<SimHttpReply?> Read(SimConnection connection, bool isHead)
    {
        int headLength = -1;
        int needed = int.MaxValue;
        string head = "";
        Instant deadline = machine.Now + _patience;
        while (connection.Received.Count < needed)
        {
            if (headLength < 0)
            {
                headLength = CollectionsMarshal.AsSpan(connection.Received).IndexOf("\r\n\r\n"u8);
                if (headLength >= 0)
                {
                    head = Encoding.ASCII.GetString(CollectionsMarshal.AsSpan(connection.Received)[..(headLength + 2)]);
                    needed = headLength + 4 + (isHead ? 0 : LengthOf(head));
                    continue;
                }
            }

            if (connection.IsReset || connection.IsEnded) return null;
            int before = connection.Received.Count;
            if (!await machine.Happening(deadline)) return null;
            if (connection.Received.Count > before) deadline = machine.Now + _patience;
        }

        if (connection.Received.Count > needed) throw new ServerFault("HTTP: more bytes than Content-Length says");
        byte[] body = CollectionsMarshal.AsSpan(connection.Received)[(headLength + 4)..].ToArray();
        return new(StatusOf(head), head, body);
    }

    /// <summary>GRUB wants the version exactly so, iPXE a space after the code.</summary>
    private static int StatusOf(string head)
    {
        if (!head.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) || head.Length < 13 || head[12] != ' ')
        {
            throw new ServerFault($"HTTP status line: {head}");
        }

        return int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture);
    }

    private static int LengthOf(string head)
    {
        int status = StatusOf(head);
        if (status is 204 or 304) return 0;
        string? length = new SimHttpReply(0, head, []).Field("Content-Length");
        return length is null
            ? throw new ServerFault($"HTTP: no Content-Length in exactly this spelling: {head}")
            : int.Parse(length, CultureInfo.InvariantCulture);
    }

    private static (IpEndpoint Server, string Path) Split(string url)
    {
        if (!url.StartsWith("http://", StringComparison.Ordinal)) throw new ServerFault($"not an http URL: {url}");
        int slash = url.IndexOf('/', 7);
        string authority = slash < 0 ? url[7..] : url[7..slash];
        int colon = authority.IndexOf(':', StringComparison.Ordinal);
        string host = colon < 0 ? authority : authority[..colon];
        ushort port = colon < 0 ? (ushort)80 : ushort.Parse(authority[(colon + 1)..], CultureInfo.InvariantCulture);
        if (!Ipv4Address.TryParse(Encoding.ASCII.GetBytes(host), out Ipv4Address address))
        {
            throw new ServerFault($"not an address: {url}");
        }

        return (new(address, port), slash < 0 ? "/" : url[slash..]);
    }
}
