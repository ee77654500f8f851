using System;
using Aglet.Boot;
using Aglet.Core;
using Aglet.Wire;

namespace Aglet.Http;

/// <summary>Several ranges in one answer: multipart/byteranges (RFC 9110 section 14.6).</summary>
/// <remarks>
/// <code>
/// CRLF --BOUNDARY CRLF
/// Content-Type: application/octet-stream CRLF
/// Content-Range: bytes 0-99/1000 CRLF CRLF
/// the bytes                                   for each range
/// CRLF --BOUNDARY-- CRLF
/// </code>
/// </remarks>
internal static class HttpMultipart
{
    /// <summary>Room for what stands before a range, and for what ends them.</summary>
    public const int PartHeadBytesMax = 256;

    /// <summary>The value of Content-Type for the whole.</summary>
    public static void WriteMediaType(ref WireWriter head, in Content content)
    {
        head.Bytes("multipart/byteranges; boundary="u8);
        WriteBoundary(ref head, content);
    }

    public static void WritePartHead(ref WireWriter target, in Content content, HttpRange range)
    {
        target.Bytes("\r\n--"u8);
        WriteBoundary(ref target, content);
        target.Bytes("\r\nContent-Type: "u8);
        target.Bytes(HttpResponse.NameOf(content.Media));
        target.Bytes("\r\n"u8);
        range.WriteContentRange(ref target, content.Length);
        target.Bytes("\r\n"u8);
    }

    public static void WriteEnd(ref WireWriter target, in Content content)
    {
        target.Bytes("\r\n--"u8);
        WriteBoundary(ref target, content);
        target.Bytes("--\r\n"u8);
    }

    /// <summary>What Content-Length says.</summary>
    public static long LengthOf(in Content content, ReadOnlySpan<HttpRange> ranges)
    {
        Span<byte> room = stackalloc byte[PartHeadBytesMax];
        WireWriter end = new(room);
        WriteEnd(ref end, content);
        long length = end.Length;
        foreach (HttpRange range in ranges)
        {
            WireWriter part = new(room);
            WritePartHead(ref part, content, range);
            Check.That(!part.Overflow);
            length += part.Length + range.Length;
        }

        return length;
    }

    /// <summary>Sixty-four bits that follow from when the file was changed: no file holds them but by intent.</summary>
    private static void WriteBoundary(ref WireWriter target, in Content content)
    {
        ulong bits = Fnv.Mix(content.Tag ^ 0x6167_6C65_7420_2D2D);
        for (int shift = 60; shift >= 0; shift -= 4) target.U8(AsciiText.HexDigit((int)((bits >> shift) & 15)));
    }
}
