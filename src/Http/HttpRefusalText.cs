using System;
using Aglet.Wire;

namespace Aglet.Http;

/// <summary>The body of a refusal: a line for a program's log, a page for a browser.</summary>
internal static class HttpRefusalText
{
    /// <summary>Room for every one.</summary>
    public const int BytesMax = 4096;

    /// <summary>Bytes of the path in it.</summary>
    private const int PathBytesShown = 256;

    /// <summary>Writes what happened: the path first when the words are about it.</summary>
    public static void Write(ref WireWriter text, in HttpResponse response, ReadOnlySpan<byte> target)
    {
        ReadOnlySpan<byte> status = HttpStatusText.Of(response.Status);
        if (!response.IsForBrowser)
        {
            text.Bytes(status);
            text.Bytes(": "u8);
            WriteWhat(ref text, response, target);
            text.Bytes(".\n"u8);
            return;
        }

        HttpPage.Begin(ref text, status);
        text.Bytes("<h1>"u8);
        text.Bytes(status);
        text.Bytes("</h1>\n<p>"u8);
        WriteWhat(ref text, response, target);
        text.Bytes(".</p>\n<p>"u8);
        text.Bytes(AdviceFor(response.Reject));
        text.Bytes("</p>\n"u8);
        HttpPage.End(ref text);
    }

    private static ReadOnlySpan<byte> AdviceFor(HttpReject reject) => reject switch
    {
        HttpReject.NotInTree =>
            "Look for it in <a href=\"/\">all files</a>. A file that was put there a moment ago is served once the server has "u8
            + "read its tree again: reload it (SIGHUP)."u8,
        HttpReject.FileGone or HttpReject.FileChanged =>
            "Reload the server (SIGHUP), so that it reads its tree again. See <a href=\"/\">all files</a>."u8,
        HttpReject.NotForThisClient => "Only the machine that it was made for may read it, once, while it boots."u8,
        HttpReject.TooManyConnections or HttpReject.OutOfFiles or HttpReject.NotDurable => "Try again in some seconds."u8,
        _ => "See <a href=\"/\">all files</a>."u8,
    };

    private static void WriteWhat(ref WireWriter text, in HttpResponse response, ReadOnlySpan<byte> target)
    {
        if (HttpRejects.NamesPath(response.Reject))
        {
            WriteEscaped(ref text, target, response.IsForBrowser);
            text.U8((byte)' ');
        }

        text.Bytes(HttpRejects.WordsFor(response.Reject));
    }

    /// <summary>Bytes that are not printable ASCII are shown as <c>\xNN</c>; a long path is cut.</summary>
    private static void WriteEscaped(ref WireWriter text, ReadOnlySpan<byte> path, bool isHtml)
    {
        int left = PathBytesShown;
        foreach (byte b in path)
        {
            left -= b is > 0x20 and < 0x7F and not (byte)'\\' ? 1 : 4;
            if (left < 0) break;
            if (b is > 0x20 and < 0x7F and not (byte)'\\')
            {
                if (isHtml) HttpPage.WriteByte(ref text, b);
                else text.U8(b);
                continue;
            }

            text.Bytes("\\x"u8);
            text.U8(AsciiText.HexDigit(b >> 4));
            text.U8(AsciiText.HexDigit(b));
        }
    }
}
