using System;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Http;

/// <summary>What a connection is doing.</summary>
internal enum HttpPhase : byte
{
    Closed,

    /// <summary>Nothing of a request has come: it may be closed when its slot is needed.</summary>
    Idle,

    /// <summary>A part of a request has come.</summary>
    Receiving,

    /// <summary>
    /// An answer is under way; nothing is read meanwhile, so that a peer which does not read is not read from.
    /// </summary>
    Sending,

    /// <summary>
    /// Our side is shut; what still comes is thrown away. Closing at once could reset the connection and destroy
    /// the last answer on its way (RFC 9112 section 9.6).
    /// </summary>
    Lingering,
}

/// <summary>
/// One connection as a machine without I/O: bytes come in, requests come out in order, and the progress of the
/// answer under way is kept. The endpoint reads and writes for it.
/// </summary>
internal sealed class HttpConnection
{
    /// <summary>How long a request may take to come whole, and a connection may stay without one.</summary>
    public static readonly Duration HeadTimeout = Duration.FromSeconds(10);

    public static readonly Duration IdleTimeout = Duration.FromSeconds(30);

    /// <summary>
    /// In this time at least <see cref="ProgressBytesMin"/> must be taken; a 6 GB image may take hours.
    /// </summary>
    public static readonly Duration ProgressTimeout = Duration.FromSeconds(120);

    public static readonly Duration LingerTimeout = Duration.FromSeconds(2);

    public const long ProgressBytesMin = 4096;

    private readonly byte[] _received;
    private readonly byte[] _unsent;
    private readonly int _receivedBase;
    private readonly int _unsentBase;
    private int _start;
    private int _end;
    private int _scanned;
    private int _headBytes;
    private long _bodyToDrop;
    private int _unsentStart;
    private int _unsentEnd;
    private long _windowSent;
    private Range _method;
    private Range _target;
    private Range _userAgent;
    private Range _ranges;
    private int _gatheredStart;
    private int _gatheredEnd;

    /// <summary>Takes its part of the buffers that all connections share out among them.</summary>
    public HttpConnection(byte[] received, byte[] unsent, int index)
    {
        _received = received;
        _unsent = unsent;
        _receivedBase = index * Limits.HttpHeadBytes;
        _unsentBase = index * UnsentBytesMax;
    }

    /// <summary>Room for an answer's head and text that the socket did not take whole.</summary>
    public static int UnsentBytesMax => HttpResponse.HeadBytesMax + HttpRefusalText.BytesMax;

    public HttpPhase Phase { get; private set; }

    public IpEndpoint Peer { get; private set; }

    public IpEndpoint Local { get; private set; }

    /// <summary>When <see cref="OnDeadline"/> is to be called, if nothing happens before.</summary>
    public Instant Deadline { get; private set; } = Instant.Never;

    /// <summary>The answer under way, or the last one.</summary>
    public HttpResponse Response { get; private set; }

    /// <summary>The next byte of the content to send.</summary>
    public long BodyOffset { get; private set; }

    /// <summary>Bytes of the content still to send.</summary>
    public long BodyRemaining { get; private set; }

    /// <summary>Of several ranges, those still to begin, and the boundary that ends them.</summary>
    public int PartsLeft { get; private set; }

    /// <summary>Many calls are under way for one answer: the kernel was told to send full packets only.</summary>
    public bool IsCorked { get; set; }

    /// <summary>The outbox in which answers are gathered; -1 for none.</summary>
    public int Outbox { get; private set; } = -1;

    /// <summary>What of the outbox is filled and not sent.</summary>
    public Range Gathered => _gatheredStart.._gatheredEnd;

    /// <summary>Where in the outbox the next answer goes.</summary>
    public int GatheredEnd => _gatheredEnd;

    /// <summary>More than the request under way was received.</summary>
    public bool HasMore => _end - _start > _headBytes;

    /// <summary>What the socket did not take of the head, and of the text of a refusal.</summary>
    public ReadOnlySpan<byte> Unsent => _unsent.AsSpan(_unsentBase + _unsentStart, _unsentEnd - _unsentStart);

    /// <summary>Received and not yet consumed.</summary>
    public ReadOnlySpan<byte> Buffered => Received[_start.._end];

    /// <summary>The method of the request under way, as it was written.</summary>
    public ReadOnlySpan<byte> MethodText => Received[_method];

    /// <summary>The target of the request under way, as it was written.</summary>
    public ReadOnlySpan<byte> Target => Received[_target];

    public ReadOnlySpan<byte> UserAgent => Received[_userAgent];

    /// <summary>The value of Range of the request under way.</summary>
    public ReadOnlySpan<byte> RangeText => Received[_ranges];

    private Span<byte> Received => _received.AsSpan(_receivedBase, Limits.HttpHeadBytes);

    public void Open(Instant now, in IpEndpoint peer, in IpEndpoint local)
    {
        Peer = peer;
        Local = local;
        _start = _end = _scanned = _headBytes = _unsentStart = _unsentEnd = 0;
        _bodyToDrop = BodyRemaining = 0;
        PartsLeft = 0;
        IsCorked = false;
        _method = _target = _userAgent = _ranges = default;
        Enter(HttpPhase.Idle, now + IdleTimeout);
    }

    public void Close()
    {
        Response = default;
        Outbox = -1;
        Enter(HttpPhase.Closed, Instant.Never);
    }

    /// <summary>
    /// Where the next bytes are to be received. Never empty: a full buffer is a whole head or a refused one.
    /// </summary>
    public Span<byte> ReceiveRoom()
    {
        if (_start > 0)
        {
            Received[_start.._end].CopyTo(Received);
            _end -= _start;
            _start = 0;
        }

        return Received[_end..];
    }

    public void OnReceived(int count) => _end += count;

    /// <summary>
    /// Takes the next request out of what was received. It stays in the buffer until its answer is sent.
    /// </summary>
    public HttpReject Take(Instant now, out HttpRequest request)
    {
        Check.That(Phase is HttpPhase.Idle or HttpPhase.Receiving);
        DropBody();
        SkipEmptyLines();
        HttpReject reject = HttpReject.Incomplete;
        request = default;
        if (_bodyToDrop == 0) reject = HttpRequest.Parse(Buffered, ref _scanned, out request);
        if (reject == HttpReject.Incomplete)
        {
            bool hasPart = _start < _end || _bodyToDrop > 0;
            if (hasPart && Phase == HttpPhase.Idle) Enter(HttpPhase.Receiving, now + HeadTimeout);
            return reject;
        }

        _method = RangeOf(request.MethodText);
        _target = RangeOf(request.Target);
        _userAgent = RangeOf(request.UserAgent);
        _ranges = RangeOf(request.Range);
        _headBytes = request.HeadBytes;
        _bodyToDrop = request.ContentLength;
        return reject;
    }

    /// <summary>An answer is about to be sent.</summary>
    public void Begin(Instant now, in HttpResponse response)
    {
        Response = response;
        BodyOffset = response.BodyStart;
        BodyRemaining = response.Parts == 0 ? response.ContentBytes : 0;
        PartsLeft = response.Parts == 0 ? 0 : response.Parts + 1;
        _unsentStart = _unsentEnd = 0;
        _windowSent = 0;
        Enter(HttpPhase.Sending, now + ProgressTimeout);
    }

    /// <summary>Keeps a head, or the end of one, that the socket did not take.</summary>
    public void KeepUnsent(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_unsent.AsSpan(_unsentBase, UnsentBytesMax));
        _unsentStart = 0;
        _unsentEnd = bytes.Length;
    }

    /// <summary>The next of several ranges begins, or they end, when <paramref name="length"/> is 0.</summary>
    public void BeginPart(long start, long length)
    {
        Check.That(PartsLeft > 0 && BodyRemaining == 0);
        PartsLeft--;
        BodyOffset = start;
        BodyRemaining = length;
    }

    /// <summary>An answer was put into an outbox.</summary>
    public void OnGathered(int outbox, int count)
    {
        if (Outbox < 0) _gatheredStart = _gatheredEnd = 0;
        Outbox = outbox;
        _gatheredEnd += count;
    }

    /// <summary>So much of the outbox is sent. True when it is empty, and no more this connection's.</summary>
    public bool OnGatheredSent(int count)
    {
        _gatheredStart += count;
        _windowSent += count;
        if (_gatheredStart < _gatheredEnd) return false;
        Outbox = -1;
        return true;
    }

    /// <summary>The answers in the outbox are to be sent, and none is under way.</summary>
    public void BeginFlush(Instant now)
    {
        Response = new() { Status = HttpStatus.None, Persists = true };
        BodyRemaining = 0;
        _windowSent = 0;
        Enter(HttpPhase.Sending, now + ProgressTimeout);
    }

    public void OnUnsentSent(int count)
    {
        _unsentStart += count;
        _windowSent += count;
    }

    public void OnBodySent(long count)
    {
        BodyOffset += count;
        BodyRemaining -= count;
        _windowSent += count;
        Check.That(BodyRemaining >= 0);
    }

    /// <summary>The answer is with the kernel whole: on to the next request, or to the end.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="mayPersist">False while the server drains: this was the last answer whatever its head said.</param>
    public void OnSent(Instant now, bool mayPersist)
    {
        Check.That(Phase == HttpPhase.Sending && BodyRemaining == 0 && PartsLeft == 0 && Unsent.IsEmpty);
        _method = _target = _userAgent = _ranges = default;
        if (!Response.Persists || !mayPersist)
        {
            _start = _end = 0;
            Enter(HttpPhase.Lingering, now + LingerTimeout);
            return;
        }

        _start += _headBytes;
        _headBytes = _scanned = 0;
        DropBody();
        if (_start < _end || _bodyToDrop > 0) Enter(HttpPhase.Receiving, now + HeadTimeout);
        else Enter(HttpPhase.Idle, now + IdleTimeout);
    }

    /// <summary>Time is up. False when the connection has come to its end; true when it earned another while.</summary>
    public bool OnDeadline(Instant now)
    {
        if (Phase != HttpPhase.Sending || _windowSent < ProgressBytesMin) return false;
        _windowSent = 0;
        Enter(HttpPhase.Sending, now + ProgressTimeout);
        return true;
    }

    /// <summary>The one place where the phase changes.</summary>
    private void Enter(HttpPhase phase, Instant deadline)
    {
        Phase = phase;
        Deadline = deadline;
    }

    private void DropBody()
    {
        int dropped = (int)Math.Min(_bodyToDrop, _end - _start);
        _start += dropped;
        _bodyToDrop -= dropped;
    }

    /// <summary>Old clients send an empty line after a body (RFC 9112 section 2.2).</summary>
    private void SkipEmptyLines()
    {
        if (_scanned > 0 || _bodyToDrop > 0) return;
        while (Buffered.StartsWith("\r\n"u8)) _start += 2;
    }

    /// <summary>Where a view into the received bytes lies in them.</summary>
    private Range RangeOf(ReadOnlySpan<byte> view)
    {
        ReadOnlySpan<byte> received = Received;
        return received.Overlaps(view, out int offset) ? offset..(offset + view.Length) : default;
    }
}
