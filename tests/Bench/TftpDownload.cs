using System;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Aglet.Kernel;
using Aglet.Linux;
using Aglet.Tests.Lab;

using static Aglet.Linux.LibcConstants;
using IPAddress = System.Net.IPAddress;

namespace Aglet.Tests.Bench;

/// <summary>
/// One file fetched over TFTP (RFC 1350, 2347, 2348, 7440) as a strict client does it: every byte compared, one
/// acknowledgment a window, one for a gap, one for each copy of the last block.
/// </summary>
internal sealed unsafe class TftpDownload : IDisposable
{
    /// <summary>Tries without progress before the server counts as silent.</summary>
    private const int TriesMax = 20;

    private readonly ReceiveBatch _batch;
    private readonly byte[] _request;
    private readonly sockaddr_in _server;
    private readonly int _blockBytesAsked;
    private readonly int _windowAsked;
    private readonly long _length;
    private int _blockBytes = 512;
    private int _window = 1;
    private bool _isConnected;
    private bool _isGapTold;
    private long _block;
    private int _sinceAcknowledgment;
    private int _tries;

    /// <param name="batch">Where datagrams are received; shared by all downloads of a thread.</param>
    /// <param name="path">The file.</param>
    /// <param name="length">How long it must be.</param>
    /// <param name="blockBytes">blksize to ask for.</param>
    /// <param name="window">windowsize to ask for; 1 asks for none.</param>
    /// <param name="timeout">How long a blocking <see cref="Receive"/> waits.</param>
    /// <param name="local">The address that asks.</param>
    public TftpDownload(
        ReceiveBatch batch, string path, long length, int blockBytes, int window, TimeSpan timeout,
        string local = BenchNetwork.ClientAddress)
    {
        _batch = batch;
        _length = length;
        _blockBytesAsked = blockBytes;
        _windowAsked = window;
        string options = string.Create(CultureInfo.InvariantCulture, $"\0\x01{path}\0octet\0blksize\0{blockBytes}\0");
        if (window > 1)
            options += string.Create(CultureInfo.InvariantCulture, $"windowsize\0{window}\0");
        _request = Encoding.ASCII.GetBytes(options);
        _server = Address(BenchNetwork.ServerAddress, 69);
        Socket = LabNative.Checked(LabNative.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
        _ = SocketAddress.SetOption(Socket, SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20);
        if (window > 1)
            _ = SocketAddress.SetOption(Socket, SOL_UDP, BenchNative.UDP_GRO, 1);
        long microseconds = timeout.Ticks / TimeSpan.TicksPerMicrosecond;
        long* patience = stackalloc long[2] { microseconds / 1_000_000, microseconds % 1_000_000 };
        _ = Libc.setsockopt(Socket, SOL_SOCKET, BenchNative.SO_RCVTIMEO, patience, 16);
        if (SocketAddress.Bind(Socket, Address(local, 0)).IsError)
            throw new LabException("the load client cannot bind: " + Marshal.GetLastSystemError());
    }

    public int Socket { get; }

    public bool IsDone { get; private set; }

    /// <summary>The first answer came: the server is there.</summary>
    public bool IsAnswered => _isConnected;

    /// <summary>Bytes of the file so far, each compared.</summary>
    public long Received { get; private set; }

    /// <summary>Blocks that were missing, and times that nothing came.</summary>
    public int Gaps { get; private set; }

    public int Timeouts { get; private set; }

    /// <summary>What the server agreed to.</summary>
    public int Window => _window;

    public void Begin()
    {
        sockaddr_in server = _server;
        fixed (byte* bytes = _request)
        {
            if (Libc.sendto(Socket, bytes, (nuint)_request.Length, 0, &server, (uint)sizeof(sockaddr_in)) < 0)
                throw new LabException("the request cannot be sent: errno " + Marshal.GetLastSystemError());
        }
    }

    /// <summary>Receives what is there (or waits for it, without <see cref="BenchNative.MSG_DONTWAIT"/>).</summary>
    /// <returns>False when nothing was there.</returns>
    public bool Receive(int flags)
    {
        if (_isConnected && _windowAsked == 1)
        {
            SysResult one = _batch.ReceiveOne(Socket, flags & BenchNative.MSG_DONTWAIT, out ReadOnlySpan<byte> datagram);
            if (one.IsError)
                return IsNothing(one);
            OnDatagram(datagram, default);
            return true;
        }
        SysResult messages = _batch.Receive(Socket, flags);
        if (messages.IsError)
            return IsNothing(messages);
        for (int i = 0; i < messages.Count && !IsDone; i++)
        {
            ReadOnlySpan<byte> message = _batch.Message(i, out int segmentBytes, out sockaddr_in peer);
            while (!message.IsEmpty && !IsDone)
            {
                ReadOnlySpan<byte> datagram = message[..Math.Min(segmentBytes, message.Length)];
                message = message[datagram.Length..];
                OnDatagram(datagram, peer);
            }
        }
        return true;
    }

    /// <summary>Nothing came for the time-out: say again what was said last.</summary>
    public void OnTimeout()
    {
        Timeouts++;
        if (++_tries > TriesMax)
            throw new LabException($"no answer after {_block} blocks of {Encoding.ASCII.GetString(_request.AsSpan(2)).Split('\0')[0]}");
        if (_isConnected)
            Acknowledge();
        else
            Begin();
    }

    public void Dispose() => _ = Libc.close(Socket);

    /// <summary>
    /// False for what the time-out deals with: nothing came, or a port is closed, while a server starts or after a transfer.
    /// </summary>
    private static bool IsNothing(SysResult received)
        => !received.WouldBlock && received.Errno != Errno.ConnectionRefused
            ? throw new LabException($"the load client cannot receive: {received.Errno}")
            : false;

    private void OnDatagram(ReadOnlySpan<byte> datagram, sockaddr_in peer)
    {
        if (datagram.Length < 4)
            throw new LabException("a datagram that is no TFTP");
        int opcode = BinaryPrimitives.ReadUInt16BigEndian(datagram);
        if (!_isConnected && opcode != 5)
        {
            // From here on the kernel keeps strangers away.
            if (BenchNative.connect(Socket, &peer, (uint)sizeof(sockaddr_in)) < 0)
                throw new LabException("connect: errno " + Marshal.GetLastSystemError());
            _isConnected = true;
        }
        switch (opcode)
        {
            case 3:
                OnData(BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]), datagram[4..]);
                break;
            case 6:
                if (_block == 0)
                    OnOptions(datagram[2..]);
                break;
            case 5:
                throw new LabException("the server answers: " + Encoding.ASCII.GetString(datagram[4..]).TrimEnd('\0'));
            default:
                throw new LabException($"the server sends opcode {opcode}");
        }
    }

    private void OnOptions(ReadOnlySpan<byte> options)
    {
        string[] words = Encoding.ASCII.GetString(options).Split('\0');
        for (int i = 0; i + 1 < words.Length; i += 2)
        {
            int value = int.Parse(words[i + 1], CultureInfo.InvariantCulture);
            if (words[i].Equals("blksize", StringComparison.OrdinalIgnoreCase))
                _blockBytes = value;
            if (words[i].Equals("windowsize", StringComparison.OrdinalIgnoreCase))
                _window = value;
        }
        if (_blockBytes > _blockBytesAsked || _window > _windowAsked || _window < 1)
            throw new LabException("the server agreed to more than it was asked for");
        Acknowledge();
    }

    private void OnData(ushort block, ReadOnlySpan<byte> data)
    {
        if (block != unchecked((ushort)(_block + 1)))
        {
            // Who sends the last block again has not heard of it: told again, as iPXE, GRUB and curl do. Other late copies
            // are nothing; the first block behind a gap is told once (RFC 7440 section 4).
            if (_block > 0 && block == unchecked((ushort)_block))
                Acknowledge();
            bool isAhead = unchecked((short)(block - (ushort)_block)) > 0;
            if (!isAhead || _isGapTold)
                return;
            Gaps++;
            _isGapTold = true;
            Acknowledge();
            return;
        }
        if (data.Length > _blockBytes || !BenchContent.Matches(Received, data))
            throw new LabException($"block {_block + 1} has other bytes than the file");
        _block++;
        _tries = 0;
        _isGapTold = false;
        Received += data.Length;
        if (data.Length < _blockBytes)
        {
            if (Received != _length)
                throw new LabException($"{Received} bytes came instead of {_length}");
            Acknowledge();
            IsDone = true;
        }
        else if (++_sinceAcknowledgment >= _window)
        {
            Acknowledge();
        }
    }

    private void Acknowledge()
    {
        _sinceAcknowledgment = 0;
        byte* packet = stackalloc byte[4] { 0, 4, (byte)((_block >> 8) & 0xFF), (byte)(_block & 0xFF) };
        _ = Libc.send(Socket, packet, 4, 0);
    }

    private static sockaddr_in Address(string address, int port) => new()
    {
        sin_family = AF_INET,
        sin_port = BinaryPrimitives.ReverseEndianness((ushort)port),
        sin_addr = BitConverter.ToUInt32(IPAddress.Parse(address).GetAddressBytes()),
    };
}
