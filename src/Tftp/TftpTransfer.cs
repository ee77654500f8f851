using System;
using Aglet.Time;

namespace Aglet.Tftp;

/// <summary>What a transfer wants done after an event.</summary>
internal enum TransferStep : byte
{
    /// <summary>Nothing.</summary>
    Ignore,

    /// <summary>Send the OACK (again).</summary>
    SendOptions,

    /// <summary>
    /// Send <see cref="TftpTransfer.BlocksToSend"/> blocks from <see cref="TftpTransfer.NextBlock"/>.
    /// </summary>
    SendBlocks,

    /// <summary>The file was delivered: free everything.</summary>
    Finish,

    /// <summary>The client wanted only the size or the existence of the file: ERROR right after the OACK.</summary>
    EndProbe,

    /// <summary>The client gave up with an ERROR, which is never answered.</summary>
    Abort,

    /// <summary>The client is silent: tell it and free everything.</summary>
    GiveUp,
}

/// <summary>What to do with a request from an address and port that already has a transfer.</summary>
internal enum RequestAgain : byte
{
    /// <summary>It is the same request once more, late: the running transfer serves it.</summary>
    Ignore,

    /// <summary>It is the same request once more, and nothing of our answer was acknowledged: answer again.</summary>
    AnswerAgain,

    /// <summary>The client has begun anew: so do we.</summary>
    Replace,
}

/// <summary>
/// One transfer from our side: which blocks leave when. Pure: bytes, sockets and clocks are elsewhere. Lock-step is a
/// window of one.
/// </summary>
/// <remarks>
/// <para>RFC 1350 §2, 6; RFC 2347; RFC 7440 §4; RFC 1123 §4.2.3.1. Blocks are counted in 64 bits from 1; the wire
/// carries the low 16.</para>
/// <para>The blocks after the last acknowledged one that left since are the <em>flight</em>. An acknowledgment inside
/// the flight names a gap, and the next flight begins behind it. A repeated acknowledgment is never answered in
/// lock-step (the Sorcerer's Apprentice); with a window it may say that the first block of the flight is missing, and
/// is believed once: EDK2 repeats it for every block behind the gap. One that comes a time-out later is believed again:
/// the client has waited for what was lost once more.</para>
/// </remarks>
internal struct TftpTransfer
{
    /// <summary>The last block is not known before it is made, as in netascii.</summary>
    public const long LastBlockUnknown = long.MaxValue;

    /// <summary>However long the time-outs have become, the last blocks are sent again so often.</summary>
    private const int LastResends = 2;

    /// <summary>How long a socket that would block or a kernel without buffers is left alone.</summary>
    private static readonly Duration _blockedPause = Duration.FromMilliseconds(2);

    private static readonly Duration _firstTimeout = Duration.FromSeconds(1);

    /// <summary>
    /// The least that the time-out is longer than the round trip, however even that is: a loss that nothing tells of costs
    /// this on a fast link. Shorter are the ticks by which firmware looks for packets (EDK2: 10 ms) and a queue that fills.
    /// </summary>
    private static readonly Duration _leastMargin = Duration.FromMilliseconds(20);

    private static readonly Duration _mostTimeout = Duration.FromSeconds(8);

    /// <summary>
    /// Without progress for this long the client is gone: tries at 1, 2, 4 and then every 8 s. atftp ignores a block that
    /// comes again and waits another 5 s for a new one, so that only the pauses of 8 s let it repeat itself; of those some
    /// must be left when the network loses much.
    /// </summary>
    private static readonly Duration _patience = Duration.FromSeconds(63);

    /// <summary>
    /// The same once all has been sent, and after <see cref="LastResends"/>: many clients never acknowledge the last
    /// block (tries at 1, 2 and 4 s).
    /// </summary>
    private static readonly Duration _lastPatience = Duration.FromSeconds(7);

    /// <summary>
    /// Within this time of a sign of life a new request is a late copy, not a client that began anew.
    /// </summary>
    private static readonly Duration _lateCopy = Duration.FromSeconds(1);

    private TftpParameters _parameters;
    private State _state;
    private long _highest;
    private int _flight;
    private bool _mayRewind;
    private int _resends;
    private bool _isResent;
    private bool _isHeard;
    private Instant _sentAt;
    private Instant _progressAt;
    private Instant _blockedUntil;
    private Duration _timeout;
    private Duration _smoothed;
    private Duration _variation;

    private enum State : byte
    {
        Idle,
        Options,
        Data,
    }

    /// <summary>Blocks that the client has for certain.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>The number of the last block, or <see cref="LastBlockUnknown"/>.</summary>
    public long LastBlock { get; private set; }

    /// <summary>The next block to send, counted from 1.</summary>
    public readonly long NextBlock => Acknowledged + _flight + 1;

    /// <summary>Blocks that may leave now.</summary>
    public readonly int BlocksToSend => _state != State.Data
        ? 0
        : (int)Math.Min(_parameters.WindowBlocks - _flight, LastBlock - Acknowledged - _flight);

    /// <summary>True when everything that left was acknowledged: no other acknowledgment can be on its way.</summary>
    public readonly bool IsCaughtUp => Acknowledged == _highest;

    /// <summary>True once the last block has left: the client may have all and be gone.</summary>
    public readonly bool IsAllSent => _state == State.Data && _highest == LastBlock;

    /// <summary>When the client last acknowledged something new, or the transfer began.</summary>
    public readonly Instant LastProgress => _progressAt;

    /// <summary>The next thing to send is the OACK.</summary>
    public readonly bool IsAtOptions => _state == State.Options;

    /// <summary>How often in a row the same was sent again.</summary>
    public readonly int Resends => _resends;

    /// <summary>What was negotiated.</summary>
    public readonly TftpParameters Parameters => _parameters;

    /// <summary>When <see cref="OnTimeout"/> is due.</summary>
    public readonly Instant Deadline => _state == State.Idle ? Instant.Never
        : _blockedUntil != Instant.Never ? _blockedUntil
        : _sentAt + _timeout;

    /// <summary>Begins, with the OACK or with DATA 1.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="parameters">What was negotiated.</param>
    /// <param name="hasOptions">An OACK goes first.</param>
    /// <param name="lastBlock">The number of the last block, or <see cref="LastBlockUnknown"/>.</param>
    public static TftpTransfer Begin(
        Instant now, in TftpParameters parameters, bool hasOptions, long lastBlock) => new()
        {
            _parameters = parameters,
            _state = hasOptions ? State.Options : State.Data,
            _sentAt = now,
            _progressAt = now,
            _blockedUntil = Instant.Never,
            _timeout = parameters.Timeout == Duration.Zero ? _firstTimeout : parameters.Timeout,
            _mayRewind = true,
            LastBlock = lastBlock,
        };

    /// <summary>
    /// The number of the last block for a file of a known length; a multiple of the block ends with an empty
    /// one.
    /// </summary>
    public static long LastBlockOf(long bytes, int blockBytes) => (bytes / blockBytes) + 1;

    /// <summary>The first step after <see cref="Begin"/>.</summary>
    public readonly TransferStep FirstStep => _state == State.Options ? TransferStep.SendOptions : TransferStep.SendBlocks;

    /// <summary>The last block was made.</summary>
    public void EndsAt(long lastBlock) => LastBlock = lastBlock;

    /// <summary>Blocks left, or the OACK (0 blocks).</summary>
    public void OnSent(Instant now, int blocks)
    {
        _flight += blocks;
        _highest = Math.Max(_highest, Acknowledged + _flight);
        _sentAt = now;
        _blockedUntil = Instant.Never;
    }

    /// <summary>The socket would block or the kernel has no buffers: <see cref="OnTimeout"/> goes on shortly.</summary>
    public void OnBlocked(Instant now) => _blockedUntil = now + _blockedPause;

    /// <summary>An ACK came.</summary>
    public TransferStep OnAcknowledgment(Instant now, ushort block)
    {
        if (_state == State.Idle) return TransferStep.Ignore;
        if (_state == State.Options)
        {
            if (block != 0) return TransferStep.Ignore;
            _state = State.Data;
            Advance(now, 0);
            return TransferStep.SendBlocks;
        }

        int distance = DistanceOf(block);
        if (distance > _highest - Acknowledged) return TransferStep.Ignore;
        if (distance == 0) return OnRepeatedAcknowledgment(now);
        Advance(now, distance);
        if (Acknowledged < LastBlock) return TransferStep.SendBlocks;
        _state = State.Idle;
        return TransferStep.Finish;
    }

    /// <summary>The deadline passed.</summary>
    public TransferStep OnTimeout(Instant now)
    {
        if (_state == State.Idle || now < Deadline) return TransferStep.Ignore;
        Duration silence = now - _progressAt;
        if (IsAllSent && silence >= _lastPatience && _resends >= LastResends) return End(TransferStep.Finish);
        if (silence >= Duration.Max(_patience, _parameters.Timeout * 3)) return End(TransferStep.GiveUp);
        if (_blockedUntil != Instant.Never)
        {
            _blockedUntil = Instant.Never;
            return FirstStep;
        }

        if (_parameters.Timeout == Duration.Zero) _timeout = Duration.Min(_timeout * 2, _mostTimeout);
        _resends++;
        SendAgain();

        // After such a silence nothing older is on its way: whoever repeats itself now misses the first block once more.
        _mayRewind = true;
        return FirstStep;
    }

    /// <summary>An ERROR came from the client.</summary>
    /// <remarks>
    /// EDK2 sends code 8 right after the OACK when it only wanted the size, the Raspberry Pi, PXELINUX and GRUB code 0:
    /// that is no failure.
    /// </remarks>
    public TransferStep OnError(ushort code)
    {
        bool isProbe = Acknowledged == 0
            && code is (ushort)TftpErrorCode.Undefined or (ushort)TftpErrorCode.OptionRefused;
        return End(isProbe ? TransferStep.EndProbe : TransferStep.Abort);
    }

    /// <summary>
    /// A request came from the client's own address and port. There are never two transfers for one of them.
    /// </summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="isSame">It is the request of this transfer, byte for byte.</param>
    public RequestAgain OnRequest(Instant now, bool isSame)
    {
        bool isFresh = now - _progressAt < _lateCopy;
        bool isUnderWay = _isHeard && !IsAllSent;
        if (!isSame) return isUnderWay && isFresh ? RequestAgain.Ignore : RequestAgain.Replace;
        if (_isHeard) return isFresh ? RequestAgain.Ignore : RequestAgain.Replace;

        // Our answer may be lost. It goes from the same port again, in case the client knows that one already.
        if (now <= _sentAt) return RequestAgain.Ignore;
        SendAgain();
        return RequestAgain.AnswerAgain;
    }

    /// <summary>
    /// How far behind the last acknowledged block another one lies, on a circle of 2^16, or of one less where no block has
    /// the number 0; the flight is far shorter than that.
    /// </summary>
    private readonly int DistanceOf(ushort block)
    {
        if (!_parameters.RollsOverToOne) return unchecked((ushort)(block - (ushort)Acknowledged));
        if (block == 0) return Acknowledged == 0 ? 0 : ushort.MaxValue;
        int distance = block - TftpPacket.NumberOf(Acknowledged, rollsOverToOne: true);
        return distance < 0 ? distance + ushort.MaxValue : distance;
    }

    private TransferStep OnRepeatedAcknowledgment(Instant now)
    {
        // What was queued before the flight left cannot speak of it.
        if (now <= _sentAt) return TransferStep.Ignore;

        // The client is there and waits: what is lost again is sent after one time-out again, not after the doubled one.
        if (_resends > 0 && _parameters.Timeout == Duration.Zero) _timeout = BaseTimeout;
        if (_parameters.WindowBlocks == 1 || _flight == 0) return TransferStep.Ignore;

        // Not the blocks of this flight make it repeat itself: it has waited, for its own timer.
        bool hasWaited = now - _sentAt >= BaseTimeout;
        if (!_mayRewind && !hasWaited) return TransferStep.Ignore;
        SendAgain();
        return TransferStep.SendBlocks;
    }

    /// <summary>Moves on behind the newly acknowledged blocks; the next flight begins there.</summary>
    private void Advance(Instant now, int blocks)
    {
        Acknowledged += blocks;
        if (!_isResent) Measure(now - _sentAt);

        // Behind a gap, or after a flight that was sent twice, the client repeats itself without a new loss.
        _mayRewind = !_isResent && Acknowledged == _highest;
        _isResent = false;
        _isHeard = true;
        _resends = 0;
        _flight = 0;
        _progressAt = now;
        _blockedUntil = Instant.Never;
    }

    private void SendAgain()
    {
        _flight = 0;
        _isResent = true;
        _mayRewind = false;
    }

    private TransferStep End(TransferStep step)
    {
        _state = State.Idle;
        return step;
    }

    /// <summary>RFC 6298 §2; what was sent twice is not measured (Karn).</summary>
    private void Measure(Duration roundTrip)
    {
        if (_smoothed == Duration.Zero)
        {
            _smoothed = roundTrip;
            _variation = roundTrip / 2;
        }
        else
        {
            Duration difference = Duration.Max(_smoothed - roundTrip, roundTrip - _smoothed);
            _variation = ((_variation * 3) + difference) / 4;
            _smoothed = ((_smoothed * 7) + roundTrip) / 8;
        }

        if (_parameters.Timeout == Duration.Zero) _timeout = BaseTimeout;
    }

    /// <summary>From what was measured; before that the first one.</summary>
    private readonly Duration BaseTimeout => _smoothed == Duration.Zero
        ? _firstTimeout
        : Duration.Min(_smoothed + Duration.Max(_variation * 4, _leastMargin), _mostTimeout);
}
