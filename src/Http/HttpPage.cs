using System;
using Aglet.Wire;

namespace Aglet.Http;

/// <summary>The frame of every page for people: no script, nothing from elsewhere, readable on a phone and in the dark.</summary>
internal static class HttpPage
{
    /// <summary>
    /// A field line that forbids such a page to fetch or run anything, whatever a file is called; the hash is that of its
    /// own style sheet.
    /// </summary>
    public static ReadOnlySpan<byte> PolicyField =>
        "Content-Security-Policy: default-src 'none'; style-src 'sha256-1CUEVx0QXpGFe7GnxMNs8dN6l8MiPvbpmdbW7XOgvLA='\r\n"u8;

    /// <summary>Writes everything up to the content.</summary>
    public static void Begin(ref WireWriter page, scoped ReadOnlySpan<byte> title)
    {
        page.Bytes("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"u8);
        page.Bytes("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>"u8);
        WriteText(ref page, title);
        page.Bytes("</title>\n<style>\n"u8);
        page.Bytes(":root{color-scheme:light dark}\n"u8);
        page.Bytes("body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}\n"u8);
        page.Bytes("h1{font-size:1.4rem;overflow-wrap:anywhere}\n"u8);
        page.Bytes("table{width:100%;border-collapse:collapse}\n"u8);
        page.Bytes("th,td{padding:.4rem .5rem;text-align:left;vertical-align:top;border-bottom:1px solid #8886}\n"u8);
        page.Bytes("th:first-child,td:first-child{padding-left:0;overflow-wrap:anywhere}\n"u8);
        page.Bytes(".n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\n"u8);
        page.Bytes("a{color:#0645ad}a:focus-visible{outline:2px solid}\n"u8);
        page.Bytes("@media(prefers-color-scheme:dark){a{color:#8ab4f8}}\n"u8);
        page.Bytes("</style>\n</head>\n<body>\n<main>\n"u8);
    }

    public static void End(ref WireWriter page) => page.Bytes("</main>\n</body>\n</html>\n"u8);

    /// <summary>Text of any bytes, so that none of it is read as HTML; control characters become question marks.</summary>
    public static void WriteText(ref WireWriter page, scoped ReadOnlySpan<byte> text)
    {
        foreach (byte b in text) WriteByte(ref page, b);
    }

    /// <summary>One byte of a text.</summary>
    public static void WriteByte(ref WireWriter page, byte b)
    {
        switch (b)
        {
            case (byte)'<':
                page.Bytes("&lt;"u8);
                break;
            case (byte)'>':
                page.Bytes("&gt;"u8);
                break;
            case (byte)'&':
                page.Bytes("&amp;"u8);
                break;
            case (byte)'"':
                page.Bytes("&quot;"u8);
                break;
            case (byte)'\'':
                page.Bytes("&#39;"u8);
                break;
            default:
                page.U8(b is < 0x20 or 0x7F ? (byte)'?' : b);
                break;
        }
    }

    /// <summary>A path in a URL: everything but RFC 3986's unreserved characters and slashes is percent-encoded.</summary>
    public static void WriteUrl(ref WireWriter page, scoped ReadOnlySpan<byte> path)
    {
        foreach (byte b in path)
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~' or (byte)'/')
            {
                page.U8(b);
                continue;
            }

            page.U8((byte)'%');
            page.U8("0123456789ABCDEF"u8[b >> 4]);
            page.U8("0123456789ABCDEF"u8[b & 15]);
        }
    }
}
