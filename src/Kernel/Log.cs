using System;
using System.Runtime.CompilerServices;
using Aglet.Core;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Kernel;

/// <summary>How much a line of the log matters.</summary>
internal enum LogLevel : byte
{
    Debug,
    Info,
    Warning,
    Error,
}

/// <summary>
/// One line an event, for a person on a console (<c>19:04:11 node1  offers 10.0.0.11 …</c>) or one JSON object a
/// line for machines. The line is built in a fixed buffer: logging allocates nothing.
/// </summary>
internal sealed class Log
{
    private readonly IKernel _kernel;
    private readonly bool _json;
    private readonly LogLevel _least;
    private readonly byte[] _text = new byte[Limits.LogLineBytes];
    private readonly byte[] _line = new byte[(Limits.LogLineBytes * 6) + 512];
    private long _lost;
    private bool _hasLines;

    public Log(IKernel kernel, bool json = false, LogLevel least = LogLevel.Info)
    {
        _kernel = kernel;
        _json = json;
        _least = least;
    }

    /// <summary>The buffer that the interpolated text of the next line is built in.</summary>
    internal Span<byte> TextBuffer => _text;

    /// <summary>True when lines of this level are written.</summary>
    public bool IsOn(LogLevel level) => level >= _least;

    /// <summary>
    /// Writes an event: <c>log.Write(LogLevel.Info, "dhcp-offer"u8, machine, $"offers {address}")</c>.
    /// </summary>
    /// <param name="level">How much it matters.</param>
    /// <param name="name">What kind of event, a short name with dashes; the key that programs filter on.</param>
    /// <param name="machine">The machine's name, or its MAC as text; empty for the server itself.</param>
    /// <param name="text">What happened, in the operator's words.</param>
    public void Write(
        LogLevel level,
        scoped ReadOnlySpan<byte> name,
        scoped ReadOnlySpan<byte> machine,
        [InterpolatedStringHandlerArgument("", nameof(level))] scoped ref LogText text)
    {
        if (level < _least) return;
        WireWriter line = new(_line);
        if (_json) WriteJson(ref line, level, name, machine, text.Written);
        else WritePlain(ref line, level, machine, text.Written);
        line.U8((byte)'\n');
        if (!line.Overflow) _kernel.WriteLog(line.Written);
        _hasLines = true;
        if (level == LogLevel.Error) Flush();
    }

    /// <summary>A turn is over: its lines leave together. Says how many were lost, once lines are taken again.</summary>
    public void Flush()
    {
        if (!_hasLines) return;
        _lost += _kernel.FlushLog();
        _hasLines = false;
        if (_lost == 0) return;
        long told = _lost;
        _lost = 0;
        Write(
            LogLevel.Warning, "log-lost"u8, default(ReadOnlySpan<byte>),
            $"{told} lines of this log were lost: whoever reads it (standard error) is too slow");

        // When this line is lost, too, the count is told later; it was none of the lines that are missed.
        long lost = _kernel.FlushLog();
        _hasLines = false;
        if (lost > 0) _lost = told + lost - 1;
    }

    /// <summary>Writes an event about a machine that has no name: its MAC stands for it.</summary>
    public void Write(
        LogLevel level,
        ReadOnlySpan<byte> name,
        HardwareAddress machine,
        [InterpolatedStringHandlerArgument("", nameof(level))] scoped ref LogText text)
    {
        Span<byte> label = stackalloc byte[48];
        machine.TryFormat(label, out int written, (byte)':');
        Write(level, name, label[..written], ref text);
    }

    private void WritePlain(
        ref WireWriter line, LogLevel level, scoped ReadOnlySpan<byte> machine, scoped ReadOnlySpan<byte> text)
    {
        WriteClock(ref line);
        line.U8((byte)' ');
        if (level == LogLevel.Warning) line.Bytes("warning: "u8);
        if (level == LogLevel.Error) line.Bytes("error: "u8);
        if (!machine.IsEmpty)
        {
            line.Bytes(machine);
            line.Bytes(": "u8);
        }

        line.Bytes(text);
    }

    private void WriteJson(
        ref WireWriter line,
        LogLevel level,
        scoped ReadOnlySpan<byte> name,
        scoped ReadOnlySpan<byte> machine,
        scoped ReadOnlySpan<byte> text)
    {
        line.Bytes("{\"time\":"u8);
        line.Decimal((ulong)Math.Max(0, _kernel.UnixTimeSeconds()));
        line.Bytes(",\"level\":\""u8);
        line.Bytes(level switch
        {
            LogLevel.Debug => "debug"u8,
            LogLevel.Info => "info"u8,
            LogLevel.Warning => "warning"u8,
            _ => "error"u8,
        });
        line.Bytes("\",\"event\":\""u8);
        line.Bytes(name);
        if (!machine.IsEmpty)
        {
            line.Bytes("\",\"machine\":\""u8);
            WriteEscaped(ref line, machine);
        }

        line.Bytes("\",\"message\":\""u8);
        WriteEscaped(ref line, text);
        line.Bytes("\"}"u8);
    }

    /// <summary>
    /// What peers sent is printable already (see <see cref="LogText"/>); names from the configuration may not
    /// be.
    /// </summary>
    private static void WriteEscaped(ref WireWriter line, scoped ReadOnlySpan<byte> text)
    {
        foreach (byte b in text)
        {
            if (b < 0x20)
            {
                line.Bytes("\\u00"u8);
                line.U8(AsciiText.HexDigit(b >> 4));
                line.U8(AsciiText.HexDigit(b));
                continue;
            }

            if (b is (byte)'"' or (byte)'\\') line.U8((byte)'\\');
            line.U8(b);
        }
    }

    /// <summary>UTC, hours to seconds: a console needs no more, and the JSON form has the full time.</summary>
    private void WriteClock(ref WireWriter line)
    {
        long second = _kernel.UnixTimeSeconds() % 86400;
        WriteTwoDigits(ref line, (int)(second / 3600));
        line.U8((byte)':');
        WriteTwoDigits(ref line, (int)(second / 60 % 60));
        line.U8((byte)':');
        WriteTwoDigits(ref line, (int)(second % 60));
    }

    private static void WriteTwoDigits(ref WireWriter line, int value)
    {
        line.U8((byte)('0' + (value / 10)));
        line.U8((byte)('0' + (value % 10)));
    }
}

/// <summary>
/// Receives the parts of an interpolated string and puts them, as UTF-8, into the log's fixed buffer. What a peer
/// sent goes in as a span of bytes and is escaped; what does not fit is cut.
/// </summary>
[InterpolatedStringHandler]
internal ref struct LogText
{
    private readonly Span<byte> _buffer;
    private int _length;

    public LogText(int literalLength, int formattedCount, Log log, LogLevel level, out bool isOn)
    {
        _ = literalLength;
        _ = formattedCount;
        isOn = log.IsOn(level);
        _buffer = log.TextBuffer;
        _length = 0;
    }

    /// <summary>The text so far.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer[.._length];

    public void AppendLiteral(string text) => AppendFormatted(text);

    /// <summary>A constant or a name from the configuration.</summary>
    public void AppendFormatted(string text)
    {
        System.Text.Unicode.Utf8.FromUtf16(text, _buffer[_length..], out _, out int written);
        _length += written;
    }

    /// <summary>Bytes from a peer: what is not printable ASCII, and a backslash, becomes <c>\xNN</c>.</summary>
    public void AppendFormatted(ReadOnlySpan<byte> peerBytes)
    {
        foreach (byte b in peerBytes)
        {
            bool printable = b is >= 0x20 and < 0x7F and not (byte)'\\';
            if (_length + (printable ? 1 : 4) > _buffer.Length) return;
            if (printable)
            {
                _buffer[_length++] = b;
                continue;
            }

            _buffer[_length++] = (byte)'\\';
            _buffer[_length++] = (byte)'x';
            _buffer[_length++] = AsciiText.HexDigit(b >> 4);
            _buffer[_length++] = AsciiText.HexDigit(b);
        }
    }

    public void AppendFormatted<T>(T value) where T : IUtf8SpanFormattable
    {
        if (value.TryFormat(_buffer[_length..], out int written, default, null)) _length += written;
    }
}
