using System;
using Aglet.Kernel;
using Aglet.Linux;
using Aglet.Net;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Linux;

/// <summary>What the tests over real sockets share: a kernel and sockets on the loopback interface only.</summary>
internal static unsafe class TestSockets
{
    public const int LoopbackIndex = 1;

    public static readonly IpAddress Loopback = new Ipv4Address(0x7F00_0001);

    public static readonly Errno BadHandle = (Errno)9;

    /// <summary>The handle, or a failed test that names the errno.</summary>
    public static int Ok(SysResult result)
    {
        Assert.False(result.IsError, $"errno {(int)result.Errno}");
        return result.Count;
    }

    public static int OpenUdp(LinuxKernel kernel) => Ok(kernel.OpenUdp(new(new(Loopback, 0))));

    public static IpEndpoint LocalOf(int socket)
    {
        sockaddr_in address = default;
        uint length = (uint)sizeof(sockaddr_in);
        Assert.Equal(0, Libc.getsockname(socket, &address, &length));
        return SocketAddress.Read(address);
    }

    /// <summary>True when there is something to read at this moment.</summary>
    public static bool IsReadable(int handle)
    {
        pollfd ready = new() { fd = handle, events = 1 };
        return Libc.poll(&ready, 1, 0) > 0;
    }

    /// <summary>Waits until a handle that is watched alone is ready for what it is watched for.</summary>
    public static Readiness WaitFor(LinuxKernel kernel, int handle, Readiness interest)
    {
        Ok(kernel.Watch(handle, new SocketToken(1, 1), interest));
        Span<ReadyEvent> ready = stackalloc ReadyEvent[4];
        Assert.Equal(1, kernel.Wait(ready, kernel.Now() + Duration.FromSeconds(30)));
        return ready[0].Readiness;
    }

    public static byte[] Pattern(int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = unchecked((byte)((i * 7) ^ (i >> 8)));
        return bytes;
    }
}
