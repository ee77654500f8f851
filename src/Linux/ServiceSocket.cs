using System;
using System.Text;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Time;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>
/// The datagram socket of a service manager: systemd's <c>sd_notify</c> protocol, which others speak, too. Without
/// <c>NOTIFY_SOCKET</c> in the environment nothing is said to nobody.
/// </summary>
internal sealed unsafe class ServiceSocket
{
    /// <summary>Room for a path in <c>sockaddr_un</c>.</summary>
    private const int PathBytes = 108;

    /// <summary>The address as the kernel takes it: the family, then a path, or a NUL and an abstract name.</summary>
    private readonly byte[] _address = GC.AllocateArray<byte>(2 + PathBytes, pinned: true);
    private readonly int _addressBytes;
    private readonly int _socket = -1;

    /// <param name="name"><c>NOTIFY_SOCKET</c>: a path, or <c>@</c> and an abstract name; null for none.</param>
    /// <param name="watchdogMicroseconds"><c>WATCHDOG_USEC</c>, or null.</param>
    /// <param name="watchedProcess"><c>WATCHDOG_PID</c>, or null for whoever reads it.</param>
    public ServiceSocket(string? name, string? watchdogMicroseconds, string? watchedProcess)
    {
        if (name is not ['/' or '@', _, ..] || Encoding.UTF8.GetByteCount(name) > PathBytes) return;
        int length = Encoding.UTF8.GetBytes(name, _address.AsSpan(2));
        BitConverter.TryWriteBytes(_address, (ushort)AF_UNIX);
        if (name[0] == '@') _address[2] = 0;

        // A path ends with a NUL where there is room; an abstract name ends with the address.
        _addressBytes = 2 + length + (name[0] == '/' && length < PathBytes ? 1 : 0);
        SysResult opened = SocketAddress.Open(AF_UNIX, SOCK_DGRAM);
        if (opened.IsError) return;
        _socket = opened.Count;
        if (watchedProcess is not null && watchedProcess != Environment.ProcessId.ToString((IFormatProvider?)null)) return;
        if (long.TryParse(watchdogMicroseconds, out long period) && period is > 0 and < long.MaxValue / 1000)
        {
            WatchdogPeriod = Duration.FromMicroseconds(period);
        }
    }

    /// <summary>How long the manager waits for a sign of life; zero when it does not wait for any.</summary>
    public Duration WatchdogPeriod { get; }

    /// <summary>Says how we are. Nobody waits for an answer, and a manager that does not listen is no failure of ours.</summary>
    public void Send(ReadOnlySpan<byte> state)
    {
        if (_socket < 0) return;
        fixed (byte* bytes = state, address = _address)
        {
            _ = Libc.sendto(
                _socket, bytes, (nuint)state.Length, MSG_DONTWAIT | MSG_NOSIGNAL, address, (uint)_addressBytes);
        }
    }

    public void Close()
    {
        if (_socket >= 0) _ = Libc.close(_socket);
    }
}
