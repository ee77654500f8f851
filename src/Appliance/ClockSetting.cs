using System;
using Aglet.Kernel;
using Aglet.Linux;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Appliance;

/// <summary>Asks one clock of the network for the time, sets ours and the hardware's by it, and again every day.</summary>
internal sealed class ClockSetting(IKernel kernel, Log log, SocketTable sockets, int index)
{
    private static readonly Duration _day = Duration.FromSeconds(86400);
    private static readonly Duration _longestWait = Duration.FromSeconds(3600);

    private readonly byte[] _packet = new byte[NtpPacket.Bytes * 2];
    private Ipv4Address _server;
    private SocketToken _token;
    private ulong _nonce;
    private int _attempts;

    public Instant NextDeadline { get; private set; } = Instant.Never;

    /// <summary>Begins to ask.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="server">Whom.</param>
    /// <param name="own">By which address of ours.</param>
    public void Ask(Instant now, Ipv4Address server, Ipv4Address own)
    {
        if (sockets.TryGet(_token, out _)) sockets.Close(_token);
        _server = server;
        _attempts = 0;
        NextDeadline = Instant.Never;
        SysResult opened = kernel.OpenUdp(new(new(own, 0)));
        if (opened.IsError) return;
        if (sockets.Add(opened.Count, SocketOwner.Upkeep, index, Readiness.Readable, out _token).IsError) return;
        NextDeadline = now;
        OnDeadline(now);
    }

    public void OnDeadline(Instant now)
    {
        if (now < NextDeadline || !sockets.TryGet(_token, out SocketEntry entry)) return;
        Span<byte> chance = stackalloc byte[8];
        kernel.FillRandom(chance);
        _nonce = BitConverter.ToUInt64(chance);
        NtpPacket.WriteRequest(_packet, _nonce);
        ReadOnlySpan<byte> question = _packet.AsSpan(0, NtpPacket.Bytes);
        _ = kernel.SendTo(entry.Handle, question, new(_server, NtpPacket.Port), default(Ipv4Address), 0);
        NextDeadline = now + Duration.Min(Duration.FromSeconds(2L << Math.Min(_attempts, 12)), _longestWait);
        _attempts++;
        if (_attempts == 4) Say(LogLevel.Warning, $"the clock at {_server} does not answer; asking on");
    }

    public void OnReady(Instant now, int socket)
    {
        while (true)
        {
            SysResult received = kernel.ReceiveFrom(socket, _packet, out DatagramInfo info);
            if (received.Errno == Errno.MessageTooLong) continue;
            if (received.IsError) return;
            bool isAnswer = info.Peer.Address == _server
                && NtpPacket.Parse(_packet.AsSpan(0, received.Count), _nonce, out long time) == NtpReject.None;
            if (!isAnswer) continue;
            _ = NtpPacket.Parse(_packet.AsSpan(0, received.Count), _nonce, out time);
            Set(now, time);
        }
    }

    private void Set(Instant now, long unixNanoseconds)
    {
        _nonce = unchecked(_nonce + 1); // one answer is enough
        _attempts = 0;
        NextDeadline = now + _day;
        long seconds = unixNanoseconds / 1_000_000_000;
        long off = seconds - kernel.UnixTimeSeconds();
        SysResult set = MachineCalls.SetClock(seconds, unixNanoseconds % 1_000_000_000);
        _ = MachineCalls.SetHardwareClock(seconds);
        if (set.IsError) Say(LogLevel.Warning, $"the clock cannot be set ({set.Errno})");
        else Say(LogLevel.Info, $"the clock is set by {_server}; it was {Math.Abs(off)} s {(off < 0 ? "ahead" : "behind")}");
    }

    private void Say(LogLevel level, string text) => log.Write(level, "clock"u8, default(ReadOnlySpan<byte>), $"{text}");
}
