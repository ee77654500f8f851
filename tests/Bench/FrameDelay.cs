using System;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using Aglet.Linux;
using Aglet.Tests.Lab;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Tests.Bench;

/// <summary>What a link does to a frame.</summary>
/// <param name="Milliseconds">Each way.</param>
/// <param name="LossPercent">Each way; of IPv4 frames alone, for a lost ARP answer costs a second that tells nothing.</param>
/// <param name="Seed">Of what is lost.</param>
internal sealed record LinkWeather(double Milliseconds, double LossPercent, int Seed)
{
    public static LinkWeather Fair { get; } = new(0, 0, 1);
}

/// <summary>
/// A link with delay and loss, where the kernel has no netem: takes the frames of one interface, holds or loses them, and
/// sends them from another. One thread inside the namespace that has both interfaces.
/// </summary>
/// <remarks>
/// Frames come with their virtio head (PACKET_VNET_HDR), so that check sums which no card has filled in yet stay as they
/// are. Senders must not hand over more than a frame at once (gso_max_segs 1): one that is larger is a failure.
/// </remarks>
internal sealed unsafe class FrameDelay : IDisposable
{
    /// <summary>Frames that one direction holds: 10 ms of two million a second.</summary>
    private const int FramesMax = 16384;

    /// <summary>Room for a frame of 1,514 bytes and its virtio head.</summary>
    private const int RoomBytes = 1536;

    private const int HeadBytes = 10;
    private const int AtOnce = 32;
    private const int PACKET_VNET_HDR = 15;
    private const int PACKET_QDISC_BYPASS = 20;
    private const int PACKET_IGNORE_OUTGOING = 23;
    private const int PR_SET_TIMERSLACK = 29;
    private const int ETH_P_ALL = 3;

    private readonly Thread _thread;
    private readonly Direction _there;
    private readonly Direction _back;
    private volatile bool _isStopping;
    private volatile LinkWeather _weather = LinkWeather.Fair;
    private Exception? _failure;

    /// <param name="space">Where the two interfaces are; both are up.</param>
    /// <param name="first">One.</param>
    /// <param name="second">The other.</param>
    public FrameDelay(string space, string first, string second)
    {
        (int left, int right) = BenchNetwork.Inside(space, -1, () => (Open(first), Open(second)));
        _there = new(left, right);
        _back = new(right, left);
        _thread = new(Run) { IsBackground = true, Priority = ThreadPriority.Highest };
        _thread.Start();
    }

    /// <summary>Frames that there was no room for: beside what the weather lost.</summary>
    public long Overruns => _there.Overruns + _back.Overruns;

    /// <summary>Frames that were passed on.</summary>
    public long Passed => _there.Passed + _back.Passed;

    /// <summary>Frames that the weather lost.</summary>
    public long Lost => _there.Lost + _back.Lost;

    public void Become(LinkWeather weather) => _weather = weather;

    /// <summary>Throws what ended the link.</summary>
    public void Check()
    {
        if (_failure is { } failure)
            throw new LabException("the link emulator ended: " + failure.Message, failure);
    }

    public void Dispose()
    {
        _isStopping = true;
        _thread.Join();
        _ = Libc.close(_there.Source);
        _ = Libc.close(_back.Source);
        _there.Free();
        _back.Free();
    }

    private static int Open(string name)
    {
        int socket = LabNative.Checked(LabNative.socket(LabNative.AF_PACKET, LabNative.SOCK_RAW | SOCK_CLOEXEC, 0), "socket");
        foreach (int option in (ReadOnlySpan<int>)[PACKET_VNET_HDR, PACKET_QDISC_BYPASS, PACKET_IGNORE_OUTGOING])
        {
            int on = 1;
            LabNative.Checked(LabNative.setsockopt(socket, SOL_PACKET, option, &on, sizeof(int)), "setsockopt of a packet socket");
        }
        foreach (int option in (ReadOnlySpan<int>)[SO_RCVBUFFORCE, BenchNative.SO_SNDBUFFORCE])
            _ = SocketAddress.SetOption(socket, SOL_SOCKET, option, 64 << 20);
        fixed (byte* text = Encoding.ASCII.GetBytes(name + "\0"))
        {
            sockaddr_ll address = new()
            {
                sll_family = LabNative.AF_PACKET,
                sll_protocol = ETH_P_ALL << 8,
                sll_ifindex = (int)LabNative.if_nametoindex(text),
            };
            LabNative.Checked(LabNative.bind(socket, &address, (uint)sizeof(sockaddr_ll)), "bind to " + name);
        }
        return socket;
    }

    private void Run()
    {
        try
        {
            _ = BenchNative.prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
            LinkWeather? known = null;
            pollfd* polled = stackalloc pollfd[2];
            while (!_isStopping)
            {
                if (_weather != known)
                {
                    known = _weather;
                    _there.Become(known, known.Seed);
                    _back.Become(known, known.Seed + 1_000_003);
                }
                bool isBusy = _there.Take() | _back.Take();
                long now = Stopwatch.GetTimestamp();
                isBusy |= _there.Pass(now) | _back.Pass(now);
                if (isBusy)
                    continue;
                long due = Math.Min(Math.Min(_there.Due, _back.Due), now + (Stopwatch.Frequency / 20));
                long wait = Math.Max(0, due - now) * 1_000_000_000 / Stopwatch.Frequency;
                timespec time = new() { tv_sec = wait / 1_000_000_000, tv_nsec = wait % 1_000_000_000 };
                polled[0] = new() { fd = _there.Source, events = 1 };
                polled[1] = new() { fd = _back.Source, events = 1 };
                _ = BenchNative.ppoll(polled, 2, &time, null);
            }
        }
        catch (LabException failure)
        {
            _failure = failure;
        }
    }

    /// <summary>One way: a ring in the order in which frames came, which is the order in which they leave.</summary>
    private sealed class Direction
    {
        private readonly byte* _bytes = (byte*)NativeMemory.AlignedAlloc(FramesMax * RoomBytes, 4096);
        private readonly iovec* _pieces = (iovec*)NativeMemory.AllocZeroed(AtOnce, (nuint)sizeof(iovec));
        private readonly mmsghdr* _headers = (mmsghdr*)NativeMemory.AllocZeroed(AtOnce, (nuint)sizeof(mmsghdr));
        private readonly long[] _due = new long[FramesMax];
        private readonly ushort[] _lengths = new ushort[FramesMax];
        private readonly int _target;
        private long _first;
        private long _next;
        private long _delay;
        private uint _lossLimit;
        private ulong _chance;

        public Direction(int source, int target)
        {
            Source = source;
            _target = target;
            for (int i = 0; i < AtOnce; i++)
                _headers[i].msg_hdr = new() { msg_iov = _pieces + i, msg_iovlen = 1 };
        }

        public int Source { get; }

        public long Overruns { get; private set; }

        public long Passed { get; private set; }

        public long Lost { get; private set; }

        /// <summary>When the next frame leaves.</summary>
        public long Due => _first == _next ? long.MaxValue : _due[_first % FramesMax];

        public void Become(LinkWeather weather, int seed)
        {
            _delay = (long)(weather.Milliseconds * Stopwatch.Frequency / 1e3);
            _lossLimit = (uint)(weather.LossPercent / 100 * uint.MaxValue);
            _chance = ((ulong)seed << 1) | 1;
        }

        /// <summary>Takes what came. False when nothing did.</summary>
        public bool Take()
        {
            // One piece of the ring, so that a batch need not be moved.
            int at = (int)(_next % FramesMax);
            int room = (int)Math.Min(Math.Min(AtOnce, FramesMax - at), FramesMax - (_next - _first));
            bool isFull = room == 0;
            if (isFull)
                (room, at) = (1, (int)(_next % FramesMax)); // overwrites nothing: it is given up below
            byte* scratch = stackalloc byte[isFull ? RoomBytes : 1];
            for (int i = 0; i < room; i++)
            {
                _pieces[i] = new()
                {
                    iov_base = isFull ? scratch : _bytes + ((long)(at + i) * RoomBytes),
                    iov_len = RoomBytes,
                };
            }
            int count = BenchNative.recvmmsg(Source, _headers, (uint)room, BenchNative.MSG_DONTWAIT, null);
            if (count <= 0)
                return false;
            if (isFull)
            {
                Overruns += count;
                return true;
            }
            long due = Stopwatch.GetTimestamp() + _delay;
            for (int i = 0; i < count; i++)
            {
                byte* frame = _bytes + ((long)(at + i) * RoomBytes);
                if (frame[1] != 0 || _headers[i].msg_len >= RoomBytes)
                    throw new LabException($"a frame of {_headers[i].msg_len} bytes: an interface gives more than one at once");
                bool isLost = IsLost(frame + HeadBytes);
                Lost += isLost ? 1 : 0;
                _due[at + i] = due;
                _lengths[at + i] = isLost ? (ushort)0 : (ushort)_headers[i].msg_len;
            }
            _next += count;
            return true;
        }

        /// <summary>Sends what is due. False when nothing was.</summary>
        public bool Pass(long now)
        {
            if (Due > now)
                return false;
            int count = 0;
            long at = _first;
            for (; at < _next && count < AtOnce && _due[at % FramesMax] <= now; at++)
            {
                int place = (int)(at % FramesMax);
                if (_lengths[place] == 0)
                    continue;
                _pieces[count++] = new() { iov_base = _bytes + ((long)place * RoomBytes), iov_len = _lengths[place] };
            }
            _first = at;
            for (int sent = 0; sent < count;)
            {
                int more = Libc.sendmmsg(_target, _headers + sent, (uint)(count - sent), 0);
                if (more > 0)
                {
                    sent += more;
                    Passed += more;
                    continue;
                }
                // The receiver's backlog is full: that frame is gone, as on a wire.
                Overruns++;
                sent++;
            }
            return true;
        }

        public void Free()
        {
            NativeMemory.AlignedFree(_bytes);
            NativeMemory.Free(_pieces);
            NativeMemory.Free(_headers);
        }

        /// <summary>A sequence of its own, so that a seed loses the same frames by number in each run.</summary>
        private bool IsLost(byte* frame)
        {
            bool isIpv4 = frame[12] == 8 && frame[13] == 0;
            if (_lossLimit == 0 || !isIpv4)
                return false;
            _chance = unchecked((_chance * 6364136223846793005) + 1442695040888963407);
            return (uint)(_chance >> 32) < _lossLimit;
        }
    }
}
