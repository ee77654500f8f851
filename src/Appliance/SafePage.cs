using System;
using System.Text;
using Aglet.Kernel;
using Aglet.Net;

namespace Aglet.Appliance;

/// <summary>
/// What safe mode serves: one page of text, at every path, that says what is wrong with the configuration.
/// </summary>
internal sealed class SafePage
{
    /// <summary>The index of its sockets within <see cref="SocketOwner.Upkeep"/>: the listener, then the connections.</summary>
    public const int FirstIndex = 8;

    private const int Connections = 8;
    private const int RequestBytes = 2048;

    private readonly IKernel _kernel;
    private readonly SocketTable _sockets;
    private readonly byte[] _answer;
    private readonly byte[] _request = new byte[RequestBytes];
    private readonly SocketToken[] _tokens = new SocketToken[Connections];
    private readonly bool[] _isAnswered = new bool[Connections];
    private int _oldest;
    private SocketToken _listener;

    public SafePage(IKernel kernel, SocketTable sockets, string text)
    {
        _kernel = kernel;
        _sockets = sockets;
        byte[] body = Encoding.UTF8.GetBytes(text);
        _answer =
        [
            .. Encoding.ASCII.GetBytes("HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + $"Content-Length: {body.Length}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"),
            .. body,
        ];
    }

    public SysResult Open(Ipv4Address address, int interfaceIndex)
    {
        if (_sockets.TryGet(_listener, out _)) _sockets.Close(_listener);
        SysResult opened = _kernel.Listen(new(address, 80), interfaceIndex);
        return opened.IsError
            ? opened
            : _sockets.Add(opened.Count, SocketOwner.Upkeep, FirstIndex, Readiness.Readable, out _listener);
    }

    public void OnReady(in SocketEntry entry)
    {
        if (entry.Index == FirstIndex) Accept(entry.Handle);
        else Answer(entry.Handle, entry.Index - FirstIndex - 1);
    }

    private void Accept(int listener)
    {
        SysResult accepted = _kernel.Accept(listener, out _, out _);
        if (accepted.IsError) return;

        // Who is idle the longest goes: nobody holds the page against the others.
        int slot = _oldest;
        _oldest = (_oldest + 1) % Connections;
        if (_sockets.TryGet(_tokens[slot], out _)) _sockets.Close(_tokens[slot]);
        _isAnswered[slot] = false;
        _ = _sockets.Add(accepted.Count, SocketOwner.Upkeep, FirstIndex + 1 + slot, Readiness.Readable, out _tokens[slot]);
    }

    /// <summary>The answer is the same to any request, and fits into a new connection's buffer.</summary>
    private void Answer(int connection, int slot)
    {
        SysResult received = _kernel.Receive(connection, _request);
        if (received.WouldBlock) return;
        bool isOver = received.IsError || received.Count == 0;
        if (!isOver && !_isAnswered[slot])
        {
            _ = _kernel.Send(connection, _answer, more: false);
            _ = _kernel.Shutdown(connection);
            _isAnswered[slot] = true;
        }

        if (isOver) _sockets.Close(_tokens[slot]);
    }
}
