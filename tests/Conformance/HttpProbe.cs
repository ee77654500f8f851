using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Aglet.Tests.Conformance;

/// <summary>An answer of an HTTP server.</summary>
/// <param name="Head">Status line and field lines with the empty line, as they came.</param>
/// <param name="Body">What follows, with chunks put together.</param>
internal sealed record HttpReply(string Head, byte[] Body)
{
    public string StatusLine => Head[..Head.IndexOf("\r\n", StringComparison.Ordinal)];

    public int Status => int.Parse(StatusLine.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture);

    public bool Persists => !(this["Connection"] ?? "").Contains("close", StringComparison.OrdinalIgnoreCase);

    /// <summary>The first field of a name; null when there is none.</summary>
    public string? this[string name] => Values(name).FirstOrDefault();

    public IReadOnlyList<string> Values(string name) =>
    [
        .. Head.Split("\r\n")[1..].Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            .Select(line => line[(name.Length + 1)..].Trim()),
    ];

    public override string ToString() => $"'{StatusLine}', {Body.Length} bytes";
}

/// <summary>An HTTP connection that says what a row tells it, right or wrong.</summary>
internal sealed class HttpProbe : IDisposable
{
    /// <summary>How long an answer may take; these machines are busy.</summary>
    private const int Patience = 20_000;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly IPEndPoint _server;
    private readonly byte[] _room = new byte[65_536];
    private readonly List<byte> _received = [];

    public HttpProbe(IPEndPoint server)
    {
        _server = server;
        _socket.NoDelay = true;
        _socket.ReceiveTimeout = _socket.SendTimeout = Patience;
        try
        {
            _socket.Connect(server);
        }
        catch (SocketException failure)
        {
            _socket.Dispose();
            throw new NotConforming($"no connection: {failure.SocketErrorCode}");
        }
    }

    /// <summary>The text of a request with a Host field.</summary>
    public static string Text(string method, string target, params IReadOnlyList<string> fields)
        => $"{method} {target} HTTP/1.1\r\n" + string.Concat(((string[])["Host: 10.0.0.1", .. fields]).Select(field => field + "\r\n"))
            + "\r\n";

    /// <summary>Sends bytes as they are; that the other side has hung up is seen when the answer is read.</summary>
    public void Send(string text)
    {
        try
        {
            byte[] bytes = Encoding.Latin1.GetBytes(text);
            for (int sent = 0; sent < bytes.Length;) sent += _socket.Send(bytes.AsSpan(sent));
        }
        catch (SocketException failure) when (failure.SocketErrorCode is not SocketError.TimedOut)
        {
            // It refused before it read all.
        }
    }

    /// <summary>Sends no more, but goes on to read.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    public HttpReply Get(string target, params IReadOnlyList<string> fields) => Ask("GET", target, fields);

    public HttpReply Ask(string method, string target, params IReadOnlyList<string> fields)
    {
        Send(Text(method, target, fields));
        return Read(method);
    }

    /// <summary>Sends a whole request and reads its answer.</summary>
    public HttpReply Raw(string text)
    {
        Send(text);
        return Read(text.StartsWith("HEAD", StringComparison.Ordinal) ? "HEAD" : "GET");
    }

    /// <summary>The next answer; an interim one (100) is an answer, too.</summary>
    public HttpReply Read(string method = "GET")
    {
        int end;
        while ((end = IndexOf("\r\n\r\n")) < 0)
        {
            Demand.That(_received.Count < 100_000, "a head without end");
            Demand.That(Receive(), _received.Count == 0
                ? "the connection closed without an answer" : $"closed inside the head: '{Shown()}'");
        }

        string head = Take(end + 4);
        Demand.That(head.StartsWith("HTTP/1.", StringComparison.Ordinal) && head.Length > 12, $"no status line: '{head}'");
        HttpReply reply = new(head, []);
        if (method == "HEAD" || reply.Status is < 200 or 204 or 304) return reply;
        if (reply["Transfer-Encoding"] is { } encoding)
        {
            Demand.That(encoding.Equals("chunked", StringComparison.OrdinalIgnoreCase), $"Transfer-Encoding: {encoding}");
            return reply with { Body = Chunks() };
        }

        if (reply["Content-Length"] is { } length)
        {
            int count = int.Parse(length, NumberStyles.None, CultureInfo.InvariantCulture);
            while (_received.Count < count) Demand.That(Receive(), $"closed after {_received.Count} of {count} bytes of body");
            return reply with { Body = Encoding.Latin1.GetBytes(Take(count)) };
        }

        Demand.That(!reply.Persists || head.StartsWith("HTTP/1.0", StringComparison.Ordinal), $"a body without length: {reply}");
        while (Receive())
        {
        }

        return reply with { Body = Encoding.Latin1.GetBytes(Take(_received.Count)) };
    }

    /// <summary>The status, or 0 when the connection closes without an answer.</summary>
    public int StatusOrClosed()
    {
        try
        {
            return Read().Status;
        }
        catch (NotConforming seen) when (seen.Message.Contains("without an answer", StringComparison.Ordinal))
        {
            return 0;
        }
    }

    /// <summary>Everything else that comes until the other side hangs up, or silence for a while.</summary>
    public string Remainder(int silenceMilliseconds = 700)
    {
        while (_socket.Poll(TimeSpan.FromMilliseconds(silenceMilliseconds), SelectMode.SelectRead) && Receive())
        {
        }

        return Take(_received.Count);
    }

    /// <summary>Fails unless the other side hangs up now, and says nothing more.</summary>
    public void Closes()
    {
        bool isOpen = Receive();
        Demand.That(!isOpen, $"more came: '{Shown()}'");
    }

    public void Dispose() => _socket.Dispose();

    public override string ToString() => _server.ToString();

    private string Shown() => Encoding.Latin1.GetString([.. _received.Take(80)]).Replace("\r\n", "|", StringComparison.Ordinal);

    /// <summary>Receives once; false when the other side has hung up.</summary>
    private bool Receive()
    {
        try
        {
            int count = _socket.Receive(_room);
            _received.AddRange(_room.AsSpan(0, count));
            return count > 0;
        }
        catch (SocketException failure) when (failure.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            throw new NotConforming(_received.Count == 0 ? "neither an answer nor an end" : $"stopped after '{Shown()}'");
        }
        catch (SocketException)
        {
            return false; // a reset
        }
    }

    private int IndexOf(string text)
        => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_received).IndexOf(Encoding.Latin1.GetBytes(text));

    private string Take(int count)
    {
        string text = Encoding.Latin1.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_received)[..count]);
        _received.RemoveRange(0, count);
        return text;
    }

    private byte[] Chunks()
    {
        StringBuilder body = new();
        while (true)
        {
            int end;
            while ((end = IndexOf("\r\n")) < 0) Demand.That(Receive(), "closed inside a chunk's length");
            string line = Take(end + 2).Trim().Split(';')[0];
            int count = int.Parse(line, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            while (_received.Count < count + 2) Demand.That(Receive(), "closed inside a chunk");
            string chunk = Take(count + 2);
            if (count == 0) return Encoding.Latin1.GetBytes(body.ToString());
            body.Append(chunk, 0, count);
        }
    }
}
