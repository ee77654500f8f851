using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using Aglet.Kernel;
using Aglet.Linux;
using Aglet.Net;
using Aglet.Tests.Lab;
using Aglet.Time;

namespace Aglet.Tests.Bench;

/// <summary>What a load of DHCP clients is.</summary>
/// <param name="FirstMachine">Their hardware addresses count from here (<see cref="BenchFolder.Mac"/>).</param>
/// <param name="Machines">How many there are; each begins anew when all had their turn.</param>
/// <param name="Window">Exchanges under way at once, at the most.</param>
internal sealed record DhcpDemand(int FirstMachine, int Machines, int Window)
{
    /// <summary>Exchanges to finish; then it is over.</summary>
    public long Exchanges { get; init; } = long.MaxValue;

    /// <summary>No longer than this.</summary>
    public double Seconds { get; init; } = 10;

    /// <summary>Exchanges to begin in a second, evenly; 0: as many as the server answers.</summary>
    public double Rate { get; init; }

    /// <summary>On the server's own link and not behind a relay; answers are broadcast.</summary>
    public bool IsOnLink { get; init; }
}

/// <summary>What it came to.</summary>
/// <param name="Finished">Exchanges: DISCOVER, OFFER, REQUEST, ACK.</param>
/// <param name="Lost">Exchanges that were not finished within two seconds, or got a NAK.</param>
/// <param name="Seconds">From the first DISCOVER to the last ACK.</param>
/// <param name="ProcessorSeconds">Of the load itself: near to <paramref name="Seconds"/> it was the limit, not the server.</param>
/// <param name="Median">Of a whole exchange, in microseconds.</param>
/// <param name="Slowest">The hundredth that is slowest takes at least so long, in microseconds.</param>
internal sealed record DhcpOutcome(
    long Finished, long Lost, double Seconds, double ProcessorSeconds, double Median, double Slowest)
{
    public double Rate => Finished / Seconds;
}

/// <summary>
/// DHCP clients by the ten thousand in the calling thread, each with its own hardware address: perfdhcp's work at a
/// fraction of its cost, so that a fast server is the limit. Runs inside the client's namespace.
/// </summary>
internal sealed unsafe class DhcpClients : IDisposable
{
    private const int MessageBytes = 300;
    private const int SocketBufferBytes = 8 << 20;
    private static readonly long _patience = 2 * Stopwatch.Frequency;

    private readonly DhcpDemand _demand;
    private readonly ReceiveBatch _received = new(32, 2048);
    private readonly Exchange[] _exchanges;
    private readonly Stack<int> _free = new();
    private readonly List<float> _microseconds = [];
    private readonly EpollSet _ready = new();
    private readonly byte[] _messages;
    private readonly OutgoingDatagram[] _outgoing;
    private readonly IpEndpoint _server;
    private readonly int _socket;
    private int _outgoingCount;
    private long _begun;
    private long _finished;
    private long _lost;

    private DhcpClients(DhcpDemand demand)
    {
        _demand = demand;
        _exchanges = new Exchange[demand.Window];
        _messages = new byte[demand.Window * MessageBytes];
        _outgoing = new OutgoingDatagram[demand.Window];
        for (int i = demand.Window - 1; i >= 0; i--)
        {
            Template(_messages.AsSpan(i * MessageBytes, MessageBytes));
            _free.Push(i);
        }
        ushort port = (ushort)(demand.IsOnLink ? 68 : 67);
        IpAddress local = demand.IsOnLink ? Ipv4Address.Any : Parse(BenchNetwork.ClientAddress);
        _server = new(demand.IsOnLink ? Ipv4Address.Broadcast : Parse(BenchNetwork.ServerAddress), 67);
        List<NetworkInterface> links = [];
        using LinuxKernel kernel = new(takesSignals: false);
        kernel.ListInterfaces(links);
        SysResult opened = kernel.OpenUdp(
            new(new(local, port), links.Find(link => link.Name == "eth0").Index, Broadcast: true, SocketBufferBytes));
        if (opened.IsError)
            throw new LabException($"the clients' socket cannot be opened: {opened.Errno}");
        _socket = opened.Count;
        _ready.Watch(_socket, 0, Readiness.Readable);
    }

    public static DhcpOutcome Run(DhcpDemand demand)
    {
        using DhcpClients clients = new(demand);
        return clients.Run();
    }

    public void Dispose()
    {
        _ready.Close();
        _ = Libc.close(_socket);
        _received.Dispose();
    }

    private DhcpOutcome Run()
    {
        double processor = BenchNative.ThreadSeconds();
        long begin = Stopwatch.GetTimestamp();
        long end = begin + (long)(_demand.Seconds * Stopwatch.Frequency);
        long now = begin;
        long nextLook = begin + (_patience / 20);
        while (now < end && _finished + _lost < _demand.Exchanges)
        {
            long due = _demand.Rate > 0 ? (long)((now - begin) * _demand.Rate / Stopwatch.Frequency) + 1 : long.MaxValue;
            while (_free.Count > 0 && _begun < Math.Min(due, _demand.Exchanges))
                Discover(_free.Pop(), now);
            Flush();
            if (!Receive())
                Wait(begin, now);
            now = Stopwatch.GetTimestamp();
            if (now < nextLook)
                continue;
            nextLook = now + (_patience / 20);
            GiveUp(now);
        }
        double seconds = Stopwatch.GetElapsedTime(begin, now).TotalSeconds;
        _microseconds.Sort();
        return new(_finished, _lost, seconds, BenchNative.ThreadSeconds() - processor, At(0.5), At(0.99));
    }

    private double At(double part) => _microseconds.Count == 0 ? 0 : _microseconds[(int)((_microseconds.Count - 1) * part)];

    private void Wait(long begin, long now)
    {
        Duration left = Duration.FromMilliseconds(20);
        if (_demand.Rate > 0 && _free.Count > 0)
        {
            double next = begin + (_begun * Stopwatch.Frequency / _demand.Rate);
            left = Duration.Max(Duration.Zero, Duration.FromNanoseconds((long)((next - now) * 1e9 / Stopwatch.Frequency)));
        }
        _ready.Wait(1, left);
    }

    private void Discover(int slot, long now)
    {
        ref Exchange exchange = ref _exchanges[slot];
        int machine = _demand.FirstMachine + (int)(_begun++ % _demand.Machines);
        exchange.Begun = now;
        exchange.IsUnderWay = true;
        exchange.Transaction = unchecked((uint)((slot << 16) | (ushort)((exchange.Transaction & 0xFFFF) + 1)));
        Span<byte> message = _messages.AsSpan(slot * MessageBytes, MessageBytes);
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], exchange.Transaction);
        BinaryPrimitives.WriteInt32BigEndian(message[30..], machine); // 02:be and then the number
        message[240..].Clear();
        ((ReadOnlySpan<byte>)[53, 1, 1, 55, 3, 1, 3, 6, 255]).CopyTo(message[240..]);
        Send(slot);
    }

    private void Send(int slot)
    {
        if (_outgoingCount == _outgoing.Length)
            Flush();
        _outgoing[_outgoingCount++] = new(slot * MessageBytes, MessageBytes, _server);
    }

    private void Flush()
    {
        for (int sent = 0; sent < _outgoingCount;)
        {
            SysResult result = DatagramBatches.Send(_socket, _messages, _outgoing.AsSpan(sent, _outgoingCount - sent), default, 0);
            if (result.IsError && !result.WouldBlock && result.Errno != Errno.ConnectionRefused)
                throw new LabException($"sendmmsg: {result.Errno}");
            sent += result.IsError ? 1 : result.Count;
        }
        _outgoingCount = 0;
    }

    private bool Receive()
    {
        SysResult received = _received.Receive(_socket, BenchNative.MSG_DONTWAIT);
        if (received.IsError)
            return false;
        long now = Stopwatch.GetTimestamp();
        for (int i = 0; i < received.Count; i++)
            OnReply(now, _received.Message(i, out _, out _));
        return received.Count > 0;
    }

    private void OnReply(long now, ReadOnlySpan<byte> reply)
    {
        if (reply.Length < 246 || reply[0] != 2)
            return;
        uint transaction = BinaryPrimitives.ReadUInt32BigEndian(reply[4..]);
        int slot = (int)(transaction >> 16);
        if (slot >= _exchanges.Length || _exchanges[slot].Transaction != transaction || !_exchanges[slot].IsUnderWay)
            return;
        ref Exchange exchange = ref _exchanges[slot];
        ReadOnlySpan<byte> options = reply[240..];
        ReadOnlySpan<byte> kind = OptionOf(options, 53);
        if (kind is [2])
        {
            Span<byte> message = _messages.AsSpan(slot * MessageBytes, MessageBytes);
            ((ReadOnlySpan<byte>)[53, 1, 3, 55, 3, 1, 3, 6, 50, 4]).CopyTo(message[240..]);
            reply.Slice(16, 4).CopyTo(message[250..]);
            (message[254], message[255]) = (54, 4);
            OptionOf(options, 54).CopyTo(message[256..]);
            message[260] = 255;
            Send(slot);
            return;
        }
        if (kind is [5])
        {
            _finished++;
            _microseconds.Add((float)((now - exchange.Begun) * 1e6 / Stopwatch.Frequency));
        }
        else
        {
            _lost++;
        }
        exchange.IsUnderWay = false;
        _free.Push(slot);
    }

    private void GiveUp(long now)
    {
        for (int slot = 0; slot < _exchanges.Length; slot++)
        {
            if (!_exchanges[slot].IsUnderWay || now - _exchanges[slot].Begun < _patience)
                continue;
            _exchanges[slot].IsUnderWay = false;
            _lost++;
            _free.Push(slot);
        }
    }

    private static ReadOnlySpan<byte> OptionOf(ReadOnlySpan<byte> options, byte code)
    {
        while (options.Length > 1 && options[0] != 255)
        {
            if (options[0] == 0)
            {
                options = options[1..];
                continue;
            }
            if (options.Length < 2 + options[1])
                return default;
            if (options[0] == code)
                return options.Slice(2, options[1]);
            options = options[(2 + options[1])..];
        }
        return default;
    }

    private void Template(Span<byte> message)
    {
        (message[0], message[1], message[2]) = (1, 1, 6);
        if (_demand.IsOnLink)
            message[10] = 0x80;
        else
            IPAddress.Parse(BenchNetwork.ClientAddress).GetAddressBytes().CopyTo(message[24..]); // giaddr: we are their relay
        (message[28], message[29]) = (0x02, 0xBE);
        ((ReadOnlySpan<byte>)[99, 130, 83, 99]).CopyTo(message[236..]);
    }

    private static Ipv4Address Parse(string address) => Ipv4Address.Read(IPAddress.Parse(address).GetAddressBytes());

    [StructLayout(LayoutKind.Auto)]
    private struct Exchange
    {
        public long Begun;
        public uint Transaction;
        public bool IsUnderWay;
    }
}
