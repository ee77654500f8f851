using System;

namespace Aglet.Http;

/// <summary>Every way in which a request can be refused.</summary>
internal enum HttpReject : byte
{
    None,

    /// <summary>No refusal: the head has not come whole yet, and nothing was consumed.</summary>
    Incomplete,

    // From here on the framing is not to be trusted: the answer closes the connection.
    RequestLineTooLong,
    HeadTooLarge,
    TooManyFieldLines,
    BareCarriageReturn,
    BareLineFeed,
    BadRequestLine,
    UnsupportedVersion,
    BadFieldName,
    WhitespaceBeforeColon,
    FoldedFieldLine,
    BadFieldValue,
    MissingHost,
    RepeatedHost,
    BadHost,
    BadContentLength,
    DifferingContentLengths,
    LengthAndTransferEncoding,
    TransferEncodingBeforeHttp11,
    UnknownTransferEncoding,
    BodyTooLarge,
    HeadTimeout,
    TooManyConnections,

    // From here on the request is well framed, and the connection may go on.
    MethodNotAllowed,
    UnknownMethod,
    UnknownExpectation,
    BadTarget,
    AsteriskWithoutOptions,
    BadPercentEncoding,
    NulInPath,
    ParentSegment,
    DriveLetter,
    PathTooLong,
    NotInTree,
    NotForThisClient,
    NotDurable,
    FileGone,
    FileChanged,
    FileUnreadable,
    OutOfFiles,
    PreconditionFailed,
    RangeNotSatisfiable,
}

/// <summary>What follows from a refusal.</summary>
internal static class HttpRejects
{
    /// <summary>The status that tells the client.</summary>
    public static HttpStatus StatusOf(HttpReject reject) => reject switch
    {
        HttpReject.None => HttpStatus.Ok,
        HttpReject.RequestLineTooLong or HttpReject.PathTooLong => HttpStatus.UriTooLong,
        HttpReject.HeadTooLarge or HttpReject.TooManyFieldLines => HttpStatus.RequestHeaderFieldsTooLarge,
        HttpReject.UnsupportedVersion => HttpStatus.HttpVersionNotSupported,
        HttpReject.UnknownTransferEncoding or HttpReject.UnknownMethod => HttpStatus.NotImplemented,
        HttpReject.BodyTooLarge => HttpStatus.ContentTooLarge,
        HttpReject.HeadTimeout => HttpStatus.RequestTimeout,
        HttpReject.TooManyConnections or HttpReject.OutOfFiles or HttpReject.NotDurable => HttpStatus.ServiceUnavailable,
        HttpReject.MethodNotAllowed => HttpStatus.MethodNotAllowed,
        HttpReject.UnknownExpectation => HttpStatus.ExpectationFailed,
        HttpReject.NotInTree or HttpReject.FileGone => HttpStatus.NotFound,
        HttpReject.NotForThisClient => HttpStatus.Forbidden,
        HttpReject.FileChanged or HttpReject.FileUnreadable => HttpStatus.InternalServerError,
        HttpReject.PreconditionFailed => HttpStatus.PreconditionFailed,
        HttpReject.RangeNotSatisfiable => HttpStatus.RangeNotSatisfiable,
        _ => HttpStatus.BadRequest,
    };

    /// <summary>True when where the next request begins is not known, so that the connection must be closed.</summary>
    public static bool BreaksFraming(HttpReject reject) =>
        reject is > HttpReject.Incomplete and < HttpReject.MethodNotAllowed;

    /// <summary>What happened, for the body of the answer and for the log.</summary>
    public static ReadOnlySpan<byte> WordsFor(HttpReject reject) => reject switch
    {
        HttpReject.RequestLineTooLong => "the request line is too long"u8,
        HttpReject.HeadTooLarge => "the request head is too long"u8,
        HttpReject.TooManyFieldLines => "there are too many field lines"u8,
        HttpReject.BareCarriageReturn => "a line holds a carriage return that does not end it"u8,
        HttpReject.BareLineFeed => "a line ends without a carriage return"u8,
        HttpReject.BadRequestLine => "the request line is not METHOD TARGET HTTP/1.1"u8,
        HttpReject.UnsupportedVersion => "only HTTP/1.0 and HTTP/1.1 are spoken here"u8,
        HttpReject.BadFieldName => "a field line has no proper name"u8,
        HttpReject.WhitespaceBeforeColon => "a field name is followed by whitespace"u8,
        HttpReject.FoldedFieldLine => "a field line is folded"u8,
        HttpReject.BadFieldValue => "a field value holds a control character"u8,
        HttpReject.MissingHost => "the Host field is missing"u8,
        HttpReject.RepeatedHost => "the Host field comes twice"u8,
        HttpReject.BadHost => "the Host field is not a host"u8,
        HttpReject.BadContentLength => "Content-Length is not a number"u8,
        HttpReject.DifferingContentLengths => "two Content-Length fields differ"u8,
        HttpReject.LengthAndTransferEncoding => "both Content-Length and Transfer-Encoding are given"u8,
        HttpReject.TransferEncodingBeforeHttp11 => "HTTP/1.0 has no Transfer-Encoding"u8,
        HttpReject.UnknownTransferEncoding => "this Transfer-Encoding is not known"u8,
        HttpReject.BodyTooLarge => "the request body is too large"u8,
        HttpReject.HeadTimeout => "the request did not come whole in time"u8,
        HttpReject.TooManyConnections => "there are too many connections"u8,
        HttpReject.MethodNotAllowed => "only GET, HEAD and OPTIONS are allowed"u8,
        HttpReject.UnknownMethod => "this method is not known here"u8,
        HttpReject.UnknownExpectation => "this Expect cannot be met"u8,
        HttpReject.BadTarget => "the request target is neither a path nor an http URL"u8,
        HttpReject.AsteriskWithoutOptions => "the target * is for OPTIONS only"u8,
        HttpReject.BadPercentEncoding => "a percent sign is not followed by two hexadecimal digits"u8,
        HttpReject.NulInPath => "the path holds a NUL"u8,
        HttpReject.ParentSegment => "the path holds a '..' segment"u8,
        HttpReject.DriveLetter => "the path begins with a drive letter"u8,
        HttpReject.PathTooLong => "the path is too long"u8,
        HttpReject.NotInTree => "is not in the tree"u8,
        HttpReject.NotForThisClient => "is not for this machine"u8,
        HttpReject.NotDurable => "was taken note of, but could not be written to the disk; report it again"u8,
        HttpReject.FileGone => "was in the tree, but the file is gone; put it back, or reload the tree (SIGHUP)"u8,
        HttpReject.FileChanged => "has changed since the tree was indexed; reload the tree (SIGHUP)"u8,
        HttpReject.FileUnreadable => "cannot be read; see its permissions and its disk"u8,
        HttpReject.OutOfFiles => "too many files are open"u8,
        HttpReject.PreconditionFailed => "has changed: the precondition does not hold"u8,
        HttpReject.RangeNotSatisfiable => "has no such range"u8,
        _ => ""u8,
    };

    /// <summary>True when the words say something of the path, which then stands before them.</summary>
    public static bool NamesPath(HttpReject reject) => reject >= HttpReject.NotInTree;
}
