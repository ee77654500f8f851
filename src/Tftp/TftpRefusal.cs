using System;
using Aglet.Tree;

namespace Aglet.Tftp;

/// <summary>
/// What a client is told that gets no transfer. It is told at once: PXELINUX waits minutes for silence. Only when the
/// server is busy it is told nothing: firmware gives up on an ERROR, but asks again after a second or four.
/// </summary>
internal readonly ref struct TftpRefusal
{
    private TftpRefusal(TftpOutcome outcome, TftpErrorCode code, ReadOnlySpan<byte> text)
    {
        Outcome = outcome;
        Code = code;
        Text = text;
    }

    /// <summary>No refusal.</summary>
    public static TftpRefusal None => default;

    public static TftpRefusal Missing => new(TftpOutcome.Missing, TftpErrorCode.FileNotFound, "file not found"u8);

    public static TftpRefusal Forbidden =>
        new(TftpOutcome.Forbidden, TftpErrorCode.AccessViolation, "not for this machine"u8);

    public static TftpRefusal Busy => new(TftpOutcome.Busy, TftpErrorCode.Undefined, "server busy"u8);

    public bool IsNone => Text.IsEmpty;

    /// <summary>The client gets no answer.</summary>
    public bool IsSilent => Outcome == TftpOutcome.Busy;

    public TftpOutcome Outcome { get; }

    public TftpErrorCode Code { get; }

    /// <summary>For the client and for the log.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <summary>For a path that cannot be a key.</summary>
    public static TftpRefusal For(BootPathReject reject) => reject switch
    {
        BootPathReject.None => None,
        BootPathReject.Empty or BootPathReject.TooLong => Missing,
        _ => new(TftpOutcome.Forbidden, TftpErrorCode.AccessViolation, "no such path can be served"u8),
    };

    /// <summary>For a file of the tree that cannot be opened any more.</summary>
    public static TftpRefusal For(FileFault fault) => fault switch
    {
        FileFault.None => None,
        FileFault.OutOfHandles => Busy,
        FileFault.Changed => new(
            TftpOutcome.FileFailed, TftpErrorCode.Undefined,
            "file changed since the tree was indexed; reload the tree (SIGHUP)"u8),
        FileFault.Gone => new(
            TftpOutcome.FileFailed, TftpErrorCode.FileNotFound,
            "file vanished from the tree; put it back, or reload the tree (SIGHUP)"u8),
        _ => new(
            TftpOutcome.FileFailed, TftpErrorCode.AccessViolation,
            "file not readable; see its permissions and its disk"u8),
    };

    /// <summary>The error code that a refused datagram at port 69 is answered with; false: with silence.</summary>
    /// <remarks>What may be an answer itself is never answered, or two servers could talk for ever.</remarks>
    public static bool TryCodeOf(TftpReject reject, out TftpErrorCode code)
    {
        code = reject switch
        {
            TftpReject.WriteRequest => TftpErrorCode.AccessViolation,
            TftpReject.FilenameTooLong => TftpErrorCode.FileNotFound,
            _ => TftpErrorCode.IllegalOperation,
        };
        return reject is not (TftpReject.Truncated or TftpReject.UnexpectedOpcode);
    }

    /// <summary>What is wrong with a datagram, for the client and for the log.</summary>
    public static ReadOnlySpan<byte> ReasonOf(TftpReject reject) => reject switch
    {
        TftpReject.Truncated => "datagram too short"u8,
        TftpReject.UnknownOpcode => "unknown operation"u8,
        TftpReject.UnexpectedOpcode => "operation out of place"u8,
        TftpReject.WriteRequest => "this server is read only"u8,
        TftpReject.UnterminatedFilename => "file name does not end"u8,
        TftpReject.EmptyFilename => "empty file name"u8,
        TftpReject.FilenameTooLong => "file name too long"u8,
        TftpReject.UnterminatedMode => "mode does not end"u8,
        TftpReject.MailMode => "mode mail is obsolete"u8,
        TftpReject.UnknownMode => "unknown mode"u8,
        TftpReject.UnterminatedOption => "option does not end"u8,
        TftpReject.OptionWithoutValue => "option without value"u8,
        _ => "accepted"u8,
    };
}
