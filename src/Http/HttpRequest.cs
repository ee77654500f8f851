using System;
using Aglet.Core;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Http;

/// <summary>The methods that are told apart.</summary>
internal enum HttpMethod : byte
{
    /// <summary>None that RFC 9110 or RFC 5789 knows: 501.</summary>
    Unknown,

    /// <summary>One that is known, and that nothing here allows: 405.</summary>
    Other,
    Get,
    Head,
    Options,

    /// <summary>Only to report an install as done, as cloud-init's <c>phone_home</c> does.</summary>
    Post,
}

/// <summary>
/// The head of a request: the request line and the field lines that we use, as views over the received bytes.
/// </summary>
/// <remarks>
/// <code>
/// GET /boot/vmlinuz HTTP/1.1 CRLF        request-line (RFC 9112 section 3)
/// Host: 10.0.0.1 CRLF                    field-line *
/// CRLF
/// </code>
/// </remarks>
internal ref struct HttpRequest
{
    /// <summary>Body bytes that are read and dropped; a longer body is refused.</summary>
    public const int BodyBytesMax = 64 * 1024;

    private ReadOnlySpan<byte> _fields;
    private bool _hasHost;
    private bool _hasLength;
    private bool _hasEncoding;
    private bool _hasRange;
    private bool _wantsClose;
    private bool _wantsKeepAlive;

    public HttpMethod Method { get; private set; }

    /// <summary>The method as it was written, for the log.</summary>
    public ReadOnlySpan<byte> MethodText { get; private set; }

    /// <summary>The request target as it was written.</summary>
    public ReadOnlySpan<byte> Target { get; private set; }

    /// <summary>U-Boot's wget and syslinux are the HTTP/1.0 clients.</summary>
    public bool IsHttp10 { get; private set; }

    /// <summary>Bytes of the head with its empty line; where the body or the next request begins.</summary>
    public int HeadBytes { get; private set; }

    /// <summary>Bytes of body that follow the head; meaningless when <see cref="IsChunked"/>.</summary>
    public long ContentLength { get; private set; }

    public bool IsChunked { get; private set; }

    /// <summary>The client waits for a 100 before it sends the body.</summary>
    public bool ExpectsContinue { get; private set; }

    /// <summary>The client expects what we do not know.</summary>
    public bool ExpectsUnknown { get; private set; }

    /// <summary>It names HTML, as browsers do and boot programs do not.</summary>
    public bool AcceptsHtml { get; private set; }

    public bool HasIfMatch { get; private set; }

    public bool HasIfNoneMatch { get; private set; }

    public ReadOnlySpan<byte> IfModifiedSince { get; private set; }

    public ReadOnlySpan<byte> IfUnmodifiedSince { get; private set; }

    public ReadOnlySpan<byte> IfRange { get; private set; }

    /// <summary>Empty when there is none, and when there are two, which mean nothing.</summary>
    public ReadOnlySpan<byte> Range { get; private set; }

    public ReadOnlySpan<byte> UserAgent { get; private set; }

    /// <summary>The boot interface as Anaconda names it with <c>inst.ks.sendmac</c>; none otherwise.</summary>
    public HardwareAddress ProvisioningAddress { get; private set; }

    /// <summary>The serial number that Anaconda tells with <c>inst.ks.sendsn</c>; empty otherwise.</summary>
    public ShortText Serial { get; private set; }

    /// <summary>The connection may serve another request (RFC 9112 section 9.3).</summary>
    public readonly bool Persists => !_wantsClose && (!IsHttp10 || _wantsKeepAlive);

    /// <summary>The field lines again, for fields that may come several times.</summary>
    public readonly HttpFieldLines Fields => new(_fields);

    /// <summary>
    /// Reads the first head in what was received. While it is not whole the answer is
    /// <see cref="HttpReject.Incomplete"/> and nothing is consumed.
    /// </summary>
    /// <param name="received">What was received, from the first byte of the request line.</param>
    /// <param name="scanned">Where the first unfinished line begins: 0 at first, kept between calls as more comes.</param>
    /// <param name="request">The request; complete only when nothing is refused.</param>
    public static HttpReject Parse(ReadOnlySpan<byte> received, scoped ref int scanned, out HttpRequest request)
    {
        request = default;
        while (true)
        {
            int feed = received[scanned..].IndexOf((byte)'\n');
            if (feed < 0) break;
            int end = scanned + feed;
            if (feed == 0 || received[end - 1] != '\r') return HttpReject.BareLineFeed;
            bool isEmpty = feed == 1;
            scanned = end + 1;
            if (isEmpty) return scanned == 2 ? HttpReject.BadRequestLine : request.Read(received[..scanned]);
            if (scanned > Limits.HttpHeadBytes) break;
        }

        if (received.Length < Limits.HttpHeadBytes) return HttpReject.Incomplete;
        return scanned == 0 ? HttpReject.RequestLineTooLong : HttpReject.HeadTooLarge;
    }

    private static bool IsDigit(byte value) => value is >= (byte)'0' and <= (byte)'9';

    private static bool IsKnownMethod(ReadOnlySpan<byte> method) =>
        method.SequenceEqual("PUT"u8) || method.SequenceEqual("DELETE"u8) || method.SequenceEqual("CONNECT"u8)
        || method.SequenceEqual("TRACE"u8) || method.SequenceEqual("PATCH"u8);

    private HttpReject Read(ReadOnlySpan<byte> head)
    {
        HeadBytes = head.Length;
        int lineEnd = head.IndexOf("\r\n"u8);
        HttpReject reject = ReadRequestLine(head[..lineEnd]);
        if (reject != HttpReject.None) return reject;
        _fields = head[(lineEnd + 2)..];
        HttpFieldLines lines = Fields;
        int count = 0;
        while (lines.MoveNext())
        {
            if (++count > Limits.HttpFieldLines) return HttpReject.TooManyFieldLines;
            reject = ReadField(lines.Name, lines.Value);
            if (reject != HttpReject.None) return reject;
        }

        return lines.Reject != HttpReject.None ? lines.Reject : CheckFraming();
    }

    private HttpReject ReadRequestLine(ReadOnlySpan<byte> line)
    {
        if (line.Contains((byte)'\r')) return HttpReject.BareCarriageReturn;
        int first = line.IndexOf((byte)' ');
        int last = line.LastIndexOf((byte)' ');
        if (first <= 0 || last <= first + 1) return HttpReject.BadRequestLine;
        MethodText = line[..first];
        Target = line[(first + 1)..last];
        ReadOnlySpan<byte> version = line[(last + 1)..];
        if (!HttpFieldLines.IsToken(MethodText)) return HttpReject.BadRequestLine;
        if (Target.IndexOfAnyInRange((byte)0, (byte)' ') >= 0 || Target.Contains((byte)0x7F))
            return HttpReject.BadRequestLine;
        if (version.Length != 8 || !version.StartsWith("HTTP/"u8)) return HttpReject.BadRequestLine;
        if (!IsDigit(version[5]) || version[6] != '.' || !IsDigit(version[7])) return HttpReject.BadRequestLine;

        // A higher minor version is answered as 1.1 (RFC 9110 section 2.5).
        if (version[5] != '1') return HttpReject.UnsupportedVersion;
        IsHttp10 = version[7] == '0';
        Method = MethodText switch
        {
            _ when MethodText.SequenceEqual("GET"u8) => HttpMethod.Get,
            _ when MethodText.SequenceEqual("HEAD"u8) => HttpMethod.Head,
            _ when MethodText.SequenceEqual("OPTIONS"u8) => HttpMethod.Options,
            _ when MethodText.SequenceEqual("POST"u8) => HttpMethod.Post,
            _ => IsKnownMethod(MethodText) ? HttpMethod.Other : HttpMethod.Unknown,
        };
        return HttpReject.None;
    }

    /// <summary>The length tells most names apart, so that at most three are compared.</summary>
    private HttpReject ReadField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        switch (name.Length)
        {
            case 4 when AsciiText.EqualsIgnoreCase(name, "Host"u8):
                if (_hasHost) return HttpReject.RepeatedHost;
                _hasHost = true;
                return HttpTarget.IsAuthority(value) ? HttpReject.None : HttpReject.BadHost;
            case 5 when AsciiText.EqualsIgnoreCase(name, "Range"u8):
                Range = _hasRange ? default : value;
                _hasRange = true;
                break;
            case 6 when AsciiText.EqualsIgnoreCase(name, "Accept"u8):
                AcceptsHtml |= value.IndexOf("text/html"u8) >= 0;
                break;
            case 6 when AsciiText.EqualsIgnoreCase(name, "Expect"u8):
                if (AsciiText.EqualsIgnoreCase(value, "100-continue"u8)) ExpectsContinue = true;
                else ExpectsUnknown = true;
                break;
            case 8 when AsciiText.EqualsIgnoreCase(name, "If-Match"u8):
                HasIfMatch = true;
                break;
            case 8 when AsciiText.EqualsIgnoreCase(name, "If-Range"u8):
                IfRange = value;
                break;
            case 10 when AsciiText.EqualsIgnoreCase(name, "Connection"u8):
                ReadConnection(value);
                break;
            case 10 when AsciiText.EqualsIgnoreCase(name, "User-Agent"u8):
                UserAgent = value;
                break;
            case 13 when AsciiText.EqualsIgnoreCase(name, "If-None-Match"u8):
                HasIfNoneMatch = true;
                break;
            case 14 when AsciiText.EqualsIgnoreCase(name, "Content-Length"u8):
                return ReadContentLength(value);
            case 17 when AsciiText.EqualsIgnoreCase(name, "If-Modified-Since"u8):
                IfModifiedSince = value;
                break;
            case 17 when AsciiText.EqualsIgnoreCase(name, "Transfer-Encoding"u8):
                IsChunked = !_hasEncoding && AsciiText.EqualsIgnoreCase(value, "chunked"u8);
                _hasEncoding = true;
                return IsChunked ? HttpReject.None : HttpReject.UnknownTransferEncoding;
            case 19 when AsciiText.EqualsIgnoreCase(name, "If-Unmodified-Since"u8):
                IfUnmodifiedSince = value;
                break;
            case 22 when AsciiText.EqualsIgnoreCase(name, "X-System-Serial-Number"u8):
                Serial = new(value);
                break;
            case 24 when AsciiText.EqualsIgnoreCase(name, "X-RHN-Provisioning-MAC-0"u8):
                ReadProvisioning(value);
                break;
            default:
                break;
        }

        return HttpReject.None;
    }

    private void ReadConnection(ReadOnlySpan<byte> value)
    {
        while (!value.IsEmpty)
        {
            int comma = value.IndexOf((byte)',');
            ReadOnlySpan<byte> option = (comma < 0 ? value : value[..comma]).Trim(" \t"u8);
            value = comma < 0 ? default : value[(comma + 1)..];
            if (AsciiText.EqualsIgnoreCase(option, "close"u8)) _wantsClose = true;
            if (AsciiText.EqualsIgnoreCase(option, "keep-alive"u8)) _wantsKeepAlive = true;
        }
    }

    private HttpReject ReadContentLength(ReadOnlySpan<byte> value)
    {
        if (!AsciiText.TryParseDecimal(value, long.MaxValue, out ulong length)) return HttpReject.BadContentLength;
        if (_hasLength && (ulong)ContentLength != length) return HttpReject.DifferingContentLengths;
        _hasLength = true;
        ContentLength = (long)length;
        return HttpReject.None;
    }

    /// <summary>
    /// <c>eth0 52:54:00:12:34:56</c>; what does not look so is ignored, since other tools use the name too.
    /// </summary>
    private void ReadProvisioning(ReadOnlySpan<byte> value)
    {
        int space = value.LastIndexOf((byte)' ');
        if (HardwareAddress.TryParse(value[(space + 1)..], out HardwareAddress address)) ProvisioningAddress = address;
    }

    /// <summary>RFC 9112 sections 3.2 and 6.1 to 6.3.</summary>
    private readonly HttpReject CheckFraming()
    {
        if (!_hasHost && !IsHttp10) return HttpReject.MissingHost;
        if (_hasLength && _hasEncoding) return HttpReject.LengthAndTransferEncoding;
        if (_hasEncoding && IsHttp10) return HttpReject.TransferEncodingBeforeHttp11;
        return ContentLength > BodyBytesMax ? HttpReject.BodyTooLarge : HttpReject.None;
    }
}
