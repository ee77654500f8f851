using System;

namespace Aglet.Http;

/// <summary>The status codes that are sent (RFC 9110 section 15).</summary>
internal enum HttpStatus : ushort
{
    None = 0,
    Ok = 200,
    NoContent = 204,
    PartialContent = 206,
    MovedPermanently = 301,
    NotModified = 304,
    BadRequest = 400,
    Forbidden = 403,
    NotFound = 404,
    MethodNotAllowed = 405,
    RequestTimeout = 408,
    PreconditionFailed = 412,
    ContentTooLarge = 413,
    UriTooLong = 414,
    RangeNotSatisfiable = 416,
    ExpectationFailed = 417,
    RequestHeaderFieldsTooLarge = 431,
    InternalServerError = 500,
    NotImplemented = 501,
    ServiceUnavailable = 503,
    HttpVersionNotSupported = 505,
}

/// <summary>What the codes are called on the wire.</summary>
internal static class HttpStatusText
{
    /// <summary>
    /// Code and reason phrase. The phrase is never empty: iPXE needs the space that follows the code.
    /// </summary>
    public static ReadOnlySpan<byte> Of(HttpStatus status) => status switch
    {
        HttpStatus.Ok => "200 OK"u8,
        HttpStatus.NoContent => "204 No Content"u8,
        HttpStatus.PartialContent => "206 Partial Content"u8,
        HttpStatus.MovedPermanently => "301 Moved Permanently"u8,
        HttpStatus.NotModified => "304 Not Modified"u8,
        HttpStatus.BadRequest => "400 Bad Request"u8,
        HttpStatus.Forbidden => "403 Forbidden"u8,
        HttpStatus.NotFound => "404 Not Found"u8,
        HttpStatus.MethodNotAllowed => "405 Method Not Allowed"u8,
        HttpStatus.RequestTimeout => "408 Request Timeout"u8,
        HttpStatus.PreconditionFailed => "412 Precondition Failed"u8,
        HttpStatus.ContentTooLarge => "413 Content Too Large"u8,
        HttpStatus.UriTooLong => "414 URI Too Long"u8,
        HttpStatus.RangeNotSatisfiable => "416 Range Not Satisfiable"u8,
        HttpStatus.ExpectationFailed => "417 Expectation Failed"u8,
        HttpStatus.RequestHeaderFieldsTooLarge => "431 Request Header Fields Too Large"u8,
        HttpStatus.NotImplemented => "501 Not Implemented"u8,
        HttpStatus.ServiceUnavailable => "503 Service Unavailable"u8,
        HttpStatus.HttpVersionNotSupported => "505 HTTP Version Not Supported"u8,
        _ => "500 Internal Server Error"u8,
    };
}
