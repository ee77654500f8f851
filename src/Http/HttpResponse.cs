using System;
using Aglet.Boot;
using Aglet.Wire;

namespace Aglet.Http;

/// <summary>What is answered to one request: the decision, from which the head's bytes follow.</summary>
/// <remarks>
/// GRUB compares <c>HTTP/1.1 </c> and <c>Content-Length: </c> byte by byte, EDK2 the media type with no parameters,
/// and U-Boot has room for 2 KiB of head: so the spelling is fixed and the head short.
/// </remarks>
internal readonly record struct HttpResponse
{
    /// <summary>Room for every head.</summary>
    public const int HeadBytesMax = 1024;

    /// <summary>Room for every text that explains a refusal.</summary>
    public const int TextBytesMax = 512;

    /// <summary>Bytes of the path in such a text.</summary>
    private const int PathBytesShown = 256;

    public required HttpStatus Status { get; init; }

    /// <summary>Why, when it is a refusal; its words are the body.</summary>
    public HttpReject Reject { get; init; }

    /// <summary>What the path names; its validators go into the head of a 200, 206 and 304.</summary>
    public Content Content { get; init; }

    /// <summary>The first byte of the content that is sent.</summary>
    public long BodyStart { get; init; }

    /// <summary>What Content-Length says of a 200 or 206, also for HEAD.</summary>
    public long BodyLength { get; init; }

    /// <summary>The head alone.</summary>
    public bool IsHead { get; init; }

    /// <summary>A client that must be told that the connection stays.</summary>
    public bool IsHttp10 { get; init; }

    /// <summary>The connection stays for another request.</summary>
    public bool Persists { get; init; }

    /// <summary>A 200 or 206: bytes of the content follow the head, unless it was a HEAD.</summary>
    public bool HasContent => Status is HttpStatus.Ok or HttpStatus.PartialContent;

    /// <summary>Bytes of the content that follow the head.</summary>
    public long ContentBytes => HasContent && !IsHead ? BodyLength : 0;

    /// <summary>The same answer turned into a refusal, when its file cannot be read after all.</summary>
    public HttpResponse Refused(HttpReject reject) => this with
    {
        Status = HttpRejects.StatusOf(reject),
        Reject = reject,
        Content = default,
        BodyStart = 0,
        BodyLength = 0,
    };

    /// <summary>Writes the status line and the field lines with the empty line that ends them.</summary>
    /// <param name="head">At least <see cref="HeadBytesMax"/>.</param>
    /// <param name="date">This second as an IMF-fixdate.</param>
    /// <param name="textBytes">Length of the explaining text, when this is a refusal.</param>
    public void WriteHead(ref WireWriter head, ReadOnlySpan<byte> date, int textBytes)
    {
        head.Bytes("HTTP/1.1 "u8);
        head.Bytes(HttpStatusText.Of(Status));
        head.Bytes("\r\nDate: "u8);
        head.Bytes(date);
        head.Bytes("\r\n"u8);
        if (Reject != HttpReject.None) WriteRefusalFields(ref head, textBytes);
        else if (Status == HttpStatus.NoContent) head.Bytes("Allow: GET, HEAD, OPTIONS\r\n"u8);
        else WriteContentFields(ref head);
        if (!Persists) head.Bytes("Connection: close\r\n"u8);
        else if (IsHttp10) head.Bytes("Connection: keep-alive\r\n"u8);
        head.Bytes("\r\n"u8);
    }

    /// <summary>Writes what happened, in one line for a person: the path first when the words are about it.</summary>
    public void WriteText(ref WireWriter text, ReadOnlySpan<byte> target)
    {
        if (Reject == HttpReject.None) return;
        text.Bytes(HttpStatusText.Of(Status));
        text.Bytes(": "u8);
        if (HttpRejects.NamesPath(Reject))
        {
            WriteEscaped(ref text, target);
            text.U8((byte)' ');
        }

        text.Bytes(HttpRejects.WordsFor(Reject));
        text.Bytes(".\n"u8);
    }

    /// <summary>What HTTP calls a media type; EDK2 looks it up without parameters.</summary>
    private static ReadOnlySpan<byte> NameOf(MediaType media) => media switch
    {
        MediaType.Efi => "application/efi"u8,
        MediaType.EfiIso => "application/vnd.efi-iso"u8,
        MediaType.EfiImage => "application/vnd.efi-img"u8,
        MediaType.Text => "text/plain"u8,
        MediaType.Xml => "application/xml"u8,
        MediaType.Json => "application/json"u8,
        MediaType.Html => "text/html"u8,
        _ => "application/octet-stream"u8,
    };

    /// <summary>Bytes that are not printable ASCII are shown as <c>\xNN</c>; a long path is cut.</summary>
    private static void WriteEscaped(ref WireWriter text, ReadOnlySpan<byte> path)
    {
        int end = text.Length + PathBytesShown;
        foreach (byte b in path)
        {
            if (text.Length + 4 > end) break;
            if (b is > 0x20 and < 0x7F and not (byte)'\\')
            {
                text.U8(b);
                continue;
            }

            text.Bytes("\\x"u8);
            text.U8(AsciiText.HexDigit(b >> 4));
            text.U8(AsciiText.HexDigit(b));
        }
    }

    private static void WriteLength(ref WireWriter head, long length)
    {
        head.Bytes("Content-Length: "u8);
        head.Decimal((ulong)length);
        head.Bytes("\r\n"u8);
    }

    private void WriteRefusalFields(ref WireWriter head, int textBytes)
    {
        WriteLength(ref head, textBytes);
        head.Bytes("Content-Type: text/plain\r\n"u8);
        if (Status == HttpStatus.MethodNotAllowed) head.Bytes("Allow: GET, HEAD, OPTIONS\r\n"u8);

        // iPXE honours it, so a machine that came in a crowd boots a little later.
        if (Status == HttpStatus.ServiceUnavailable) head.Bytes("Retry-After: 2\r\n"u8);
        if (Status != HttpStatus.RangeNotSatisfiable) return;
        head.Bytes("Content-Range: bytes */"u8);
        head.Decimal((ulong)Content.Length);
        head.Bytes("\r\n"u8);
    }

    private void WriteContentFields(ref WireWriter head)
    {
        if (HasContent)
        {
            WriteLength(ref head, BodyLength);
            head.Bytes("Content-Type: "u8);
            head.Bytes(NameOf(Content.Media));
            head.Bytes("\r\nAccept-Ranges: bytes\r\n"u8);
        }

        if (Status == HttpStatus.PartialContent)
        {
            head.Bytes("Content-Range: bytes "u8);
            head.Decimal((ulong)BodyStart);
            head.U8((byte)'-');
            head.Decimal((ulong)(BodyStart + BodyLength - 1));
            head.U8((byte)'/');
            head.Decimal((ulong)Content.Length);
            head.Bytes("\r\n"u8);
        }

        head.Bytes("ETag: "u8);
        new EntityTag(Content).Write(ref head);
        head.Bytes("\r\nLast-Modified: "u8);
        HttpDate.Write(Content.ModifiedUnixSeconds, ref head);
        head.Bytes("\r\n"u8);
    }
}
