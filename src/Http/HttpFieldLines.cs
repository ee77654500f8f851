using System;
using System.Buffers;

namespace Aglet.Http;

/// <summary>Walks the field lines of a head, one after the other, over the received bytes.</summary>
/// <remarks>
/// RFC 9112 section 5: <c>field-line = field-name ":" OWS field-value OWS</c>. What two readers could understand in
/// two ways (folding, whitespace before the colon, a bare CR) is refused: that is how requests are smuggled.
/// </remarks>
internal ref struct HttpFieldLines(ReadOnlySpan<byte> lines)
{
    /// <summary>RFC 9110 section 5.6.2.</summary>
    private static readonly SearchValues<byte> _tokenBytes = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private ReadOnlySpan<byte> _rest = lines;

    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>Without the whitespace around it.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Why <see cref="MoveNext"/> stopped; none when it came to the end.</summary>
    public HttpReject Reject { get; private set; }

    /// <summary>True when all bytes are of the characters that a name may have.</summary>
    public static bool IsToken(ReadOnlySpan<byte> text) =>
        !text.IsEmpty && text.IndexOfAnyExcept(_tokenBytes) < 0;

    public bool MoveNext()
    {
        int end = _rest.IndexOf("\r\n"u8);
        if (end <= 0) return false;
        ReadOnlySpan<byte> line = _rest[..end];
        _rest = _rest[(end + 2)..];
        Reject = Split(line);
        return Reject == HttpReject.None;
    }

    private HttpReject Split(ReadOnlySpan<byte> line)
    {
        if (line.Contains((byte)'\r')) return HttpReject.BareCarriageReturn;
        if (line[0] is (byte)' ' or (byte)'\t') return HttpReject.FoldedFieldLine;
        int colon = line.IndexOf((byte)':');
        if (colon < 0) return HttpReject.BadFieldName;
        ReadOnlySpan<byte> name = line[..colon];
        if (name.EndsWith(" "u8) || name.EndsWith("\t"u8)) return HttpReject.WhitespaceBeforeColon;
        if (!IsToken(name)) return HttpReject.BadFieldName;
        ReadOnlySpan<byte> value = line[(colon + 1)..].Trim(" \t"u8);
        if (HasControl(value)) return HttpReject.BadFieldValue;
        Name = name;
        Value = value;
        return HttpReject.None;
    }

    private static bool HasControl(ReadOnlySpan<byte> value)
    {
        while (true)
        {
            int at = value.IndexOfAnyInRange((byte)0, (byte)0x1F);
            if (at < 0) return value.Contains((byte)0x7F);
            if (value[at] != '\t') return true;
            value = value[(at + 1)..];
        }
    }
}
