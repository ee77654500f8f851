using System;
using Aglet.Boot;
using Aglet.Wire;

namespace Aglet.Http;

/// <summary>A strong entity tag (RFC 9110 section 8.8.3): it changes whenever the bytes do.</summary>
/// <remarks>
/// A file's is <c>"size-mtime"</c> in hexadecimal, a document's is its <see cref="Content.Tag"/>. Never weak: EDK2
/// puts a weak tag into If-Unmodified-Since when it resumes.
/// </remarks>
internal readonly record struct EntityTag
{
    /// <summary>Two quotes, a dash and two numbers of 16 digits.</summary>
    public const int BytesMax = 35;

    private readonly ulong _first;
    private readonly ulong _second;
    private readonly bool _isFile;

    /// <summary>The tag of a content.</summary>
    public EntityTag(in Content content)
    {
        _isFile = content.File is not null;
        _first = _isFile ? (ulong)content.Length : content.Tag;
        _second = _isFile ? unchecked((ulong)content.ModifiedUnixSeconds) : 0;
    }

    public void Write(ref WireWriter target)
    {
        target.U8((byte)'"');
        WriteHex(ref target, _first);
        if (_isFile)
        {
            target.U8((byte)'-');
            WriteHex(ref target, _second);
        }

        target.U8((byte)'"');
    }

    /// <summary>
    /// The strong comparison (section 8.8.3.2): <paramref name="tag"/> is opaque and must be the same.
    /// </summary>
    public bool Matches(ReadOnlySpan<byte> tag)
    {
        Span<byte> room = stackalloc byte[BytesMax];
        WireWriter own = new(room);
        Write(ref own);
        return tag.SequenceEqual(own.Written);
    }

    private static void WriteHex(ref WireWriter target, ulong value)
    {
        int shift = 60;
        while (shift > 0 && value >> shift == 0) shift -= 4;
        for (; shift >= 0; shift -= 4) target.U8(AsciiText.HexDigit((int)((value >> shift) & 15)));
    }
}
