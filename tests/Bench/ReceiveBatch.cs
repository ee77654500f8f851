using System;
using System.Runtime.InteropServices;
using Aglet.Kernel;
using Aglet.Linux;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Tests.Bench;

/// <summary>
/// Many datagrams with one call (recvmmsg), each message as many as the sender sent with one call (UDP_GRO): so that what is
/// measured is the server.
/// </summary>
internal sealed unsafe class ReceiveBatch : IDisposable
{
    private const int ControlBytes = 64;

    private readonly int _messages;
    private readonly int _messageBytes;
    private readonly byte* _bytes;
    private readonly mmsghdr* _headers;
    private readonly iovec* _pieces;
    private readonly sockaddr_in* _names;
    private readonly byte* _controls;

    /// <param name="messages">How many at once.</param>
    /// <param name="messageBytes">Room for each.</param>
    public ReceiveBatch(int messages = 32, int messageBytes = 65536)
    {
        _messages = messages;
        _messageBytes = messageBytes;
        _bytes = (byte*)NativeMemory.AlignedAlloc((nuint)(messages * messageBytes), 4096);
        _headers = (mmsghdr*)NativeMemory.AllocZeroed((nuint)(messages * sizeof(mmsghdr)));
        _pieces = (iovec*)NativeMemory.AllocZeroed((nuint)(messages * sizeof(iovec)));
        _names = (sockaddr_in*)NativeMemory.AllocZeroed((nuint)(messages * sizeof(sockaddr_in)));
        _controls = (byte*)NativeMemory.AllocZeroed((nuint)(messages * ControlBytes));
        for (int i = 0; i < messages; i++)
        {
            _pieces[i] = new() { iov_base = _bytes + (i * messageBytes), iov_len = (nuint)messageBytes };
            _headers[i].msg_hdr = new()
            {
                msg_name = _names + i,
                msg_iov = _pieces + i,
                msg_iovlen = 1,
                msg_control = _controls + (i * ControlBytes),
            };
        }
    }

    /// <summary>Messages, or why there is none.</summary>
    public SysResult Receive(int socket, int flags)
    {
        for (int i = 0; i < _messages; i++)
        {
            _headers[i].msg_hdr.msg_namelen = (uint)sizeof(sockaddr_in);
            _headers[i].msg_hdr.msg_controllen = ControlBytes;
        }
        return SystemCall.Result(BenchNative.recvmmsg(socket, _headers, (uint)_messages, flags, null));
    }

    /// <summary>One datagram by the plainest call, for a client in lock-step: there is never a second one.</summary>
    public SysResult ReceiveOne(int socket, int flags, out ReadOnlySpan<byte> datagram)
    {
        SysResult length = SystemCall.Result(Libc.recv(socket, _bytes, (nuint)_messageBytes, flags));
        datagram = length.IsError ? default : new(_bytes, length.Count);
        return length;
    }

    /// <summary>One message: datagrams of <paramref name="segmentBytes"/> each, the last may be shorter.</summary>
    public ReadOnlySpan<byte> Message(int index, out int segmentBytes, out sockaddr_in peer)
    {
        int length = (int)_headers[index].msg_len;
        peer = _names[index];
        segmentBytes = Math.Max(length, 1);
        cmsghdr* control = (cmsghdr*)_headers[index].msg_hdr.msg_control;
        if (_headers[index].msg_hdr.msg_controllen >= (nuint)(sizeof(cmsghdr) + sizeof(int))
            && control->cmsg_level == SOL_UDP && control->cmsg_type == BenchNative.UDP_GRO)
        {
            segmentBytes = *(int*)(control + 1);
        }
        return new(_bytes + (index * _messageBytes), length);
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_bytes);
        NativeMemory.Free(_headers);
        NativeMemory.Free(_pieces);
        NativeMemory.Free(_names);
        NativeMemory.Free(_controls);
    }
}
