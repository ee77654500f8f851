using System;
using Aglet.Boot;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Http;

/// <summary>
/// The lines that HTTP writes: one for each finished answer, in a flood only so many a second; what is left out is counted.
/// </summary>
internal sealed class HttpLog(Log log, BootPlanner planner)
{
    /// <summary>Refusals and failures written in one second; more are only counted.</summary>
    private const int TroubleLinesPerSecond = 20;

    /// <summary>Finished answers written in one second: more than a class room makes, less than fills a disk.</summary>
    public const int AnswerLinesPerSecond = 500;

    /// <summary>Bytes of a path or of a client's name in a line.</summary>
    private const int TextBytesShown = 256;

    private const int UserAgentBytesShown = 48;

    private Instant _second;
    private int _linesInSecond;
    private int _suppressed;
    private int _answersInSecond;
    private int _answersSuppressed;

    /// <summary>An answer is with the kernel, whole.</summary>
    public void Finished(Instant now, HttpConnection connection)
    {
        HttpResponse response = connection.Response;
        if (response.Reject != HttpReject.None)
        {
            Refused(now, connection);
            return;
        }

        LogLevel level = IsWorthALine(response) ? LogLevel.Info : LogLevel.Debug;
        if (!log.IsOn(level) || !MayWriteAnswer(now)) return;
        Span<byte> room = stackalloc byte[64];
        Span<byte> targetRoom = stackalloc byte[TextBytesShown];
        ReadOnlySpan<byte> machine = planner.LabelOf(connection.Peer.Address, room);
        ReadOnlySpan<byte> target = SecretPath.Mask(connection.Target, targetRoom);
        ReadOnlySpan<byte> agent = Cut(connection.UserAgent, UserAgentBytesShown);
        ReadOnlySpan<byte> comma = agent.IsEmpty ? default : ", "u8;
        int status = (int)response.Status;
        long sent = response.ContentBytes;
        if (response.Content.Document.Kind == DocumentKind.Done && response.Content.File is null)
        {
            log.Write(
                level, "http-done"u8, machine,
                $"{connection.MethodText} {target}: its install is done, {status}{comma}{agent}");
        }
        else if (response.Content.Document.Kind == DocumentKind.Answer && response.Content.File is null)
        {
            log.Write(
                level, "http-answer"u8, machine,
                $"{connection.MethodText} {target}: read its answer file, {status}, {sent} bytes{comma}{agent}");
        }
        else if (response.Status == HttpStatus.PartialContent && response.Parts == 0)
        {
            log.Write(
                level, "http-sent"u8, machine,
                $"{connection.MethodText} {target}: {status}, {sent} bytes from {response.BodyStart}{comma}{agent}");
        }
        else
        {
            log.Write(
                level, "http-sent"u8, machine,
                $"{connection.MethodText} {target}: {status}, {sent} bytes{comma}{agent}");
        }
    }

    /// <summary>
    /// The file behind an answer failed in the middle of it, so that the connection had to be closed.
    /// </summary>
    public void Broken(Instant now, HttpConnection connection)
    {
        if (!MayWrite(now)) return;
        Span<byte> room = stackalloc byte[64];
        Span<byte> targetRoom = stackalloc byte[TextBytesShown];
        ReadOnlySpan<byte> machine = planner.LabelOf(connection.Peer.Address, room);
        ReadOnlySpan<byte> target = SecretPath.Mask(connection.Target, targetRoom);
        log.Write(
            LogLevel.Warning, "http-broken"u8, machine,
            $"{target}: the file ended {connection.BodyRemaining} bytes early or cannot be read: "
                + $"connection closed; reload the tree (SIGHUP)");
    }

    /// <summary>The client left, or took nothing for too long, before it had the whole answer.</summary>
    public void Stopped(Instant now, HttpConnection connection)
    {
        if (connection.Response.Status == HttpStatus.None || !MayWrite(now)) return;
        Span<byte> room = stackalloc byte[64];
        Span<byte> targetRoom = stackalloc byte[TextBytesShown];
        ReadOnlySpan<byte> machine = planner.LabelOf(connection.Peer.Address, room);
        ReadOnlySpan<byte> target = SecretPath.Mask(connection.Target, targetRoom);
        long asked = connection.Response.ContentBytes;
        if (connection.Response.Parts > 0)
        {
            log.Write(
                LogLevel.Info, "http-stopped"u8, machine,
                $"{connection.MethodText} {target}: stopped before the end of {connection.Response.Parts} ranges");
            return;
        }

        long sent = asked - connection.BodyRemaining;
        log.Write(
            LogLevel.Info, "http-stopped"u8, machine,
            $"{connection.MethodText} {target}: stopped after {sent} of {asked} bytes");
    }

    /// <summary>A new connection was turned away.</summary>
    public void TurnedAway(Instant now, IpAddress peer)
    {
        if (!MayWrite(now)) return;
        Span<byte> room = stackalloc byte[64];
        ReadOnlySpan<byte> machine = planner.LabelOf(peer, room);
        log.Write(LogLevel.Warning, "http-busy"u8, machine, $"turned away with 503: too many connections");
    }

    /// <summary>No connection can be accepted for want of descriptors or memory.</summary>
    public void CannotAccept(Instant now, Errno errno)
    {
        if (!MayWrite(now)) return;
        log.Write(LogLevel.Error, "http-accept"u8, ""u8, $"HTTP cannot accept connections: errno {(int)errno}");
    }

    /// <summary>Says how many lines were left out, when the second of their flood is over.</summary>
    public void OnTurnEnd(Instant now)
    {
        if ((_linesInSecond == 0 && _answersInSecond == 0) || now - _second < Duration.FromSeconds(1)) return;
        if (_suppressed > 0)
            log.Write(LogLevel.Warning, "http-quiet"u8, ""u8, $"{_suppressed} more lines of HTTP refusals left out");
        if (_answersSuppressed > 0)
            log.Write(LogLevel.Info, "http-quiet"u8, ""u8, $"{_answersSuppressed} more lines of HTTP answers left out");
        _second = now;
        _linesInSecond = _suppressed = _answersInSecond = _answersSuppressed = 0;
    }

    private void Refused(Instant now, HttpConnection connection)
    {
        if (!MayWrite(now)) return;
        HttpResponse response = connection.Response;
        Span<byte> room = stackalloc byte[64];
        Span<byte> targetRoom = stackalloc byte[TextBytesShown];
        ReadOnlySpan<byte> machine = planner.LabelOf(connection.Peer.Address, room);
        ReadOnlySpan<byte> target = SecretPath.Mask(connection.Target, targetRoom);
        LogLevel level = response.Reject switch
        {
            HttpReject.NotForThisClient or HttpReject.FileGone or HttpReject.FileChanged or HttpReject.FileUnreadable
                or HttpReject.OutOfFiles => LogLevel.Warning,
            _ => LogLevel.Info,
        };
        int status = (int)response.Status;
        ReadOnlySpan<byte> agent = Cut(connection.UserAgent, UserAgentBytesShown);
        ReadOnlySpan<byte> comma = agent.IsEmpty ? default : ", "u8;
        ReadOnlySpan<byte> words = HttpRejects.WordsFor(response.Reject);
        if (target.IsEmpty)
        {
            // So little came, or so much, that it was never read as a request.
            log.Write(level, "http-refused"u8, machine, $"a request: {status}, {words}");
            return;
        }

        log.Write(
            level, "http-refused"u8, machine,
            $"{connection.MethodText} {target}: {status}, {words}{comma}{agent}");
    }

    /// <summary>SAN boot reads an image in thousands of small ranges: only one that reaches the end is news.</summary>
    private static bool IsWorthALine(in HttpResponse response) =>
        response.Status != HttpStatus.PartialContent || response.Parts > 0
        || response.BodyStart + response.BodyLength == response.Content.Length;

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text, int bytes) =>
        text.Length > bytes ? text[..bytes] : text;

    /// <summary>The first line after a pause begins a second of its own.</summary>
    private void BeginLine(Instant now)
    {
        OnTurnEnd(now);
        if (_linesInSecond == 0 && _answersInSecond == 0) _second = now;
    }

    private bool MayWriteAnswer(Instant now)
    {
        BeginLine(now);
        if (_answersInSecond < AnswerLinesPerSecond)
        {
            _answersInSecond++;
            return true;
        }

        _answersSuppressed++;
        return false;
    }

    private bool MayWrite(Instant now)
    {
        BeginLine(now);
        if (_linesInSecond < TroubleLinesPerSecond)
        {
            _linesInSecond++;
            return true;
        }

        _suppressed++;
        return false;
    }
}
