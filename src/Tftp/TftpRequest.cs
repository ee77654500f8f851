using System;
using Aglet.Core;
using Aglet.Wire;

namespace Aglet.Tftp;

/// <summary>Why a datagram is refused. Each is a counter.</summary>
internal enum TftpReject : byte
{
    None,

    /// <summary>Ends inside its fixed fields.</summary>
    Truncated,
    UnknownOpcode,

    /// <summary>A known operation in the wrong place: DATA at port 69, a request at a transfer's port.</summary>
    UnexpectedOpcode,

    /// <summary>A peer wants to write: nobody may.</summary>
    WriteRequest,
    UnterminatedFilename,
    EmptyFilename,
    FilenameTooLong,
    UnterminatedMode,

    /// <summary>Mode <c>mail</c>, which RFC 1350 §1 calls obsolete.</summary>
    MailMode,
    UnknownMode,
    UnterminatedOption,
    OptionWithoutValue,
}

/// <summary>How a file's bytes travel.</summary>
internal enum TftpMode : byte
{
    /// <summary>As they are.</summary>
    Octet,

    /// <summary>As text, with lines that end in CR LF.</summary>
    Netascii,
}

/// <summary>A read request: a view over the datagram.</summary>
/// <remarks>
/// RFC 1350 §5 figure 5-1, with the options of RFC 2347.
/// <code>
///  | 00 01 | filename | 00 | mode | 00 | name | 00 | value | 00 | ...
/// </code>
/// An empty option name ends the options: what follows is padding.
/// </remarks>
internal readonly ref struct TftpRequest : IWireMessage<TftpRequest, TftpReject>
{
    /// <summary>As the client wrote it, in no particular encoding.</summary>
    public ReadOnlySpan<byte> Filename { get; private init; }

    public TftpMode Mode { get; private init; }

    /// <summary>The options, well formed.</summary>
    public TftpOptions Options { get; private init; }

    /// <summary>
    /// A file name without the <c>;mode=octet</c> of a <c>tftp:</c> URL (RFC 3617 §3), which some clients send with it. The
    /// mode that counts is the request's.
    /// </summary>
    public static ReadOnlySpan<byte> WithoutMode(ReadOnlySpan<byte> filename)
    {
        int at = filename.LastIndexOf((byte)';');
        if (at <= 0) return filename;
        ReadOnlySpan<byte> suffix = filename[(at + 1)..];
        bool isMode = AsciiText.EqualsIgnoreCase(suffix, "mode=octet"u8)
            || AsciiText.EqualsIgnoreCase(suffix, "mode=netascii"u8);
        return isMode ? filename[..at] : filename;
    }

    public static TftpReject Parse(ReadOnlySpan<byte> datagram, out TftpRequest message)
    {
        message = default;
        WireReader reader = new(datagram);
        ushort opcode = reader.U16();
        if (reader.Overrun) return TftpReject.Truncated;
        switch (opcode)
        {
            case (ushort)TftpOpcode.ReadRequest: break;
            case (ushort)TftpOpcode.WriteRequest: return TftpReject.WriteRequest;
            case >= (ushort)TftpOpcode.Data and <= (ushort)TftpOpcode.OptionAcknowledgment:
                return TftpReject.UnexpectedOpcode;
            default: return TftpReject.UnknownOpcode;
        }

        ReadOnlySpan<byte> filename = reader.TakeUntil(0);
        if (reader.Overrun) return TftpReject.UnterminatedFilename;
        if (filename.IsEmpty) return TftpReject.EmptyFilename;
        if (filename.Length > Limits.PathBytes) return TftpReject.FilenameTooLong;
        ReadOnlySpan<byte> modeName = reader.TakeUntil(0);
        if (reader.Overrun) return TftpReject.UnterminatedMode;
        TftpMode mode = TftpMode.Octet;
        if (AsciiText.EqualsIgnoreCase(modeName, "netascii"u8)) mode = TftpMode.Netascii;
        else if (AsciiText.EqualsIgnoreCase(modeName, "mail"u8)) return TftpReject.MailMode;
        else if (!AsciiText.EqualsIgnoreCase(modeName, "octet"u8)) return TftpReject.UnknownMode;

        TftpReject reject = TftpOptions.Measure(reader.Rest, out int length);
        if (reject != TftpReject.None) return reject;
        message = new() { Filename = filename, Mode = mode, Options = new(reader.Rest[..length]) };
        return TftpReject.None;
    }

    public bool TryWrite(Span<byte> target, out int written)
    {
        WireWriter writer = new(target);
        writer.U16((ushort)TftpOpcode.ReadRequest);
        writer.Bytes(Filename);
        writer.U8(0);
        writer.Bytes(Mode == TftpMode.Netascii ? "netascii"u8 : "octet"u8);
        writer.U8(0);
        writer.Bytes(Options.Bytes);
        written = writer.Overflow ? 0 : writer.Length;
        return !writer.Overflow;
    }
}

/// <summary>A cursor over options that <see cref="Measure"/> found well formed (RFC 2347).</summary>
internal ref struct TftpOptions(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>What was not taken yet, as on the wire.</summary>
    public readonly ReadOnlySpan<byte> Bytes => _rest;

    /// <summary>Takes the next option; false after the last.</summary>
    public bool TryTake(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = default;
        value = default;
        if (_rest.IsEmpty) return false;
        WireReader reader = new(_rest);
        name = reader.TakeUntil(0);
        value = reader.TakeUntil(0);
        _rest = reader.Rest;
        return true;
    }

    /// <summary>Finds where well-formed options end: at the end of the bytes, or at an empty name.</summary>
    public static TftpReject Measure(ReadOnlySpan<byte> bytes, out int length)
    {
        WireReader reader = new(bytes);
        length = 0;
        while (reader.Remaining > 0)
        {
            if (reader.TakeUntil(0).IsEmpty && !reader.Overrun) break;
            if (reader.Overrun) return TftpReject.UnterminatedOption;
            if (reader.Remaining == 0) return TftpReject.OptionWithoutValue;
            _ = reader.TakeUntil(0);
            if (reader.Overrun) return TftpReject.UnterminatedOption;
            length = bytes.Length - reader.Remaining;
        }

        return TftpReject.None;
    }
}
