using System;
using Aglet.Kernel;
using Aglet.Net;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>TCP: listen, accept, bytes in and out.</summary>
internal static unsafe class StreamSockets
{
    private const int Backlog = 1024;

    /// <summary>More than sendfile takes in one call, on any kernel, is refused or cut: stay at its limit.</summary>
    private const long SendFileBytesMax = 0x7FFF_F000;

    public static SysResult Listen(in IpEndpoint local, int interfaceIndex)
    {
        if (!SocketAddress.TryWrite(local, out sockaddr_in address)) return SysResult.Failed(Errno.NotSupported);
        SysResult opened = SocketAddress.Open(AF_INET, SOCK_STREAM);
        return opened.IsError
            ? opened
            : SocketAddress.Finish(opened.Count, Prepare(opened.Count, address, interfaceIndex));
    }

    public static SysResult Accept(int listener, out IpEndpoint peer, out IpEndpoint local)
    {
        peer = default;
        local = default;
        sockaddr_in address = default;
        uint length = (uint)sizeof(sockaddr_in);
        SysResult accepted;
        do accepted = SystemCall.Result(Libc.accept4(listener, &address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
        while (accepted.Errno == Errno.Interrupted);
        if (accepted.IsError) return accepted;
        peer = SocketAddress.Read(address);
        length = (uint)sizeof(sockaddr_in);
        SysResult named = SystemCall.Result(Libc.getsockname(accepted.Count, &address, &length));
        local = SocketAddress.Read(address);
        return SocketAddress.Finish(accepted.Count, named);
    }

    public static SysResult Receive(int connection, Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            while (true)
            {
                SysResult result = SystemCall.Result(Libc.recv(connection, bytes, (nuint)buffer.Length, 0));
                if (result.Errno != Errno.Interrupted) return result;
            }
        }
    }

    public static SysResult Send(int connection, ReadOnlySpan<byte> bytes, bool more)
    {
        int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
        fixed (byte* start = bytes)
        {
            while (true)
            {
                SysResult result = SystemCall.Result(Libc.send(connection, start, (nuint)bytes.Length, flags));
                if (result.Errno != Errno.Interrupted) return result;
            }
        }
    }

    public static SysResult Cork(int connection, bool isOn) =>
        SocketAddress.SetOption(connection, SOL_TCP, TCP_CORK, isOn ? 1 : 0);

    public static SysResult SendFile(int connection, int file, long offset, long count)
    {
        nuint most = (nuint)Math.Min(count, SendFileBytesMax);
        while (true)
        {
            long at = offset;
            SysResult result = SystemCall.Result(Libc.sendfile(connection, file, &at, most));
            if (result.Errno != Errno.Interrupted) return result;
        }
    }

    public static SysResult Shutdown(int connection) => SystemCall.Result(Libc.shutdown(connection, SHUT_WR));

    private static SysResult Prepare(int socket, in sockaddr_in address, int interfaceIndex)
    {
        // Connections of the last run may still linger on the port.
        SysResult done = SocketAddress.SetOption(socket, SOL_SOCKET, SO_REUSEADDR, 1);
        if (done.IsError) return done;

        // Linux hands this on to what is accepted: one call for all connections.
        done = SocketAddress.SetOption(socket, SOL_TCP, TCP_NODELAY, 1);
        if (!done.IsError) done = SocketAddress.BindToInterface(socket, interfaceIndex);
        if (!done.IsError) done = SocketAddress.Bind(socket, address);
        return done.IsError ? done : SystemCall.Result(Libc.listen(socket, Backlog));
    }
}
