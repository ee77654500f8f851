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

    /// <summary>Where the date stands in the head of a 200.</summary>
    public const int DateOffset = 23;

    public required HttpStatus Status { get; init; }

    /// <summary>Why, when it is a refusal; its words are the body.</summary>
    public HttpReject Reject { get; init; }

    /// <summary>What the path names; its validators go into the head of a 200, 206 and 304.</summary>
    public Content Content { get; init; }

    /// <summary>A folder whose list the content is; nothing for any other content.</summary>
    public HttpFolder Folder { get; init; }

    /// <summary>Where to look instead, for a redirect: the path of a folder, percent-encoded in the head.</summary>
    public bool IsRedirect => Status == HttpStatus.MovedPermanently;

    /// <summary>The client is a browser: a refusal is a page for its user.</summary>
    public bool IsForBrowser { get; init; }

    /// <summary>Ranges of a multipart answer; 0 for any other.</summary>
    public int Parts { get; init; }

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

    /// <summary>As what it is counted.</summary>
    public HttpOutcome Outcome => Status switch
    {
        _ when Reject != HttpReject.None => HttpOutcome.Refused,
        HttpStatus.NotModified => HttpOutcome.NotModified,
        HttpStatus.MovedPermanently => HttpOutcome.Redirected,
        HttpStatus.NoContent => HttpOutcome.Described,
        _ when IsHead => HttpOutcome.Described,
        HttpStatus.PartialContent => HttpOutcome.Part,
        _ when Folder.IsThere => HttpOutcome.Listed,
        _ when Content.File is null => HttpOutcome.Generated,
        _ => HttpOutcome.Whole,
    };

    /// <summary>The same answer turned into a refusal, when its file cannot be read after all.</summary>
    public HttpResponse Refused(HttpReject reject) => this with
    {
        Status = HttpRejects.StatusOf(reject),
        Reject = reject,
        Content = default,
        Folder = default,
        Parts = 0,
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
        else if (IsRedirect) WriteRedirectFields(ref head);
        else WriteContentFields(ref head);
        if (!Persists) head.Bytes("Connection: close\r\n"u8);
        else if (IsHttp10) head.Bytes("Connection: keep-alive\r\n"u8);
        head.Bytes("\r\n"u8);
    }

    /// <summary>What HTTP calls a media type; EDK2 looks it up without parameters.</summary>
    public static ReadOnlySpan<byte> NameOf(MediaType media) => media switch
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

    private static void WriteLength(ref WireWriter head, long length)
    {
        head.Bytes("Content-Length: "u8);
        head.Decimal((ulong)length);
        head.Bytes("\r\n"u8);
    }

    private void WriteRefusalFields(ref WireWriter head, int textBytes)
    {
        WriteLength(ref head, textBytes);
        head.Bytes(IsForBrowser ? "Content-Type: text/html\r\n"u8 : "Content-Type: text/plain\r\n"u8);
        if (IsForBrowser) head.Bytes(HttpPage.PolicyField);
        if (Status == HttpStatus.MethodNotAllowed) head.Bytes("Allow: GET, HEAD, OPTIONS\r\n"u8);

        // iPXE honours it, so a machine that came in a crowd boots a little later.
        if (Status == HttpStatus.ServiceUnavailable) head.Bytes("Retry-After: 2\r\n"u8);
        if (Status != HttpStatus.RangeNotSatisfiable) return;
        head.Bytes("Content-Range: bytes */"u8);
        head.Decimal((ulong)Content.Length);
        head.Bytes("\r\n"u8);
    }

    private void WriteRedirectFields(ref WireWriter head)
    {
        head.Bytes("Content-Length: 0\r\nLocation: /"u8);
        HttpPage.WriteUrl(ref head, Folder.Key);
        head.Bytes("\r\n"u8);
    }

    private void WriteContentFields(ref WireWriter head)
    {
        if (HasContent)
        {
            WriteLength(ref head, BodyLength);
            head.Bytes("Content-Type: "u8);
            if (Parts > 0) HttpMultipart.WriteMediaType(ref head, Content);
            else head.Bytes(NameOf(Content.Media));
            head.Bytes("\r\nAccept-Ranges: bytes\r\n"u8);
        }

        if (Folder.IsThere)
        {
            // A browser would else show an old list for hours after the tree was reloaded.
            head.Bytes("Cache-Control: no-cache\r\n"u8);
            head.Bytes(HttpPage.PolicyField);
        }

        if (Status == HttpStatus.PartialContent && Parts == 0)
        {
            new HttpRange(BodyStart, BodyLength).WriteContentRange(ref head, Content.Length);
        }

        head.Bytes("ETag: "u8);
        new EntityTag(Content).Write(ref head);
        head.Bytes("\r\nLast-Modified: "u8);
        HttpDate.Write(Content.ModifiedUnixSeconds, ref head);
        head.Bytes("\r\n"u8);
    }
}
