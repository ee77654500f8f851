using System;
using Aglet.Boot;
using Aglet.Core;
using Aglet.Time;
using Aglet.Tree;
using Aglet.Wire;

namespace Aglet.Http;

/// <summary>
/// The list of a folder for people: folders first, then files, each in the order of their bytes, with sizes and dates. It is
/// bounded, and says so where it is cut.
/// </summary>
internal static class HttpListing
{
    /// <summary>Room that the end of the page needs.</summary>
    private const int EndBytes = 512;

    /// <summary>The longest row: a name of 255 bytes, encoded and escaped.</summary>
    private const int RowBytesMax = (255 * (3 + 6)) + 256;

    /// <summary>Writes the page.</summary>
    /// <param name="folder">What is listed.</param>
    /// <param name="target">At least some kilobytes.</param>
    /// <returns>Its length.</returns>
    public static int Write(in HttpFolder folder, Span<byte> target)
    {
        WireWriter page = new(target);
        Span<byte> room = stackalloc byte[Limits.PathBytes + 2];
        WireWriter title = new(room);
        title.U8((byte)'/');
        title.Bytes(folder.Key);
        HttpPage.Begin(ref page, title.Written);
        page.Bytes("<h1>"u8);
        HttpPage.WriteText(ref page, title.Written);
        page.Bytes("</h1>\n"u8);
        if (folder.KeyBytes > 0) page.Bytes("<p><a href=\"../\">Parent folder</a></p>\n"u8);
        page.Bytes("<table>\n<thead><tr><th scope=\"col\">Name</th><th scope=\"col\" class=\"n\">Size</th>"u8);
        page.Bytes("<th scope=\"col\" class=\"n\">Changed (UTC)</th></tr></thead>\n<tbody>\n"u8);
        int rows = 0;
        bool isCut = WriteEntries(ref page, folder, areFolders: true, ref rows);
        isCut |= WriteEntries(ref page, folder, areFolders: false, ref rows);
        page.Bytes("</tbody>\n</table>\n"u8);
        if (rows == 0) page.Bytes("<p>Nothing is here.</p>\n"u8);
        if (isCut)
        {
            page.Bytes("<p>There is more: the list ends after "u8);
            page.Decimal((ulong)rows);
            page.Bytes(" entries. What is not shown is served all the same.</p>\n"u8);
        }

        HttpPage.End(ref page);
        Check.That(!page.Overflow);
        return page.Length;
    }

    /// <summary>True when something was left out.</summary>
    private static bool WriteEntries(ref WireWriter page, in HttpFolder folder, bool areFolders, ref int rows)
    {
        ReadOnlySpan<byte> prefix = folder.Key;
        int seen = 0;
        for (int index = folder.First; index < folder.Tree.Count;)
        {
            BootFile file = folder.Tree[index];
            ReadOnlySpan<byte> key = file.Key;
            if (!key.StartsWith(prefix)) break;
            int slash = key[prefix.Length..].IndexOf((byte)'/');
            ReadOnlySpan<byte> name = slash < 0 ? key[prefix.Length..] : key.Slice(prefix.Length, slash + 1);
            int next = slash < 0 ? index + 1 : folder.EndOf(index, prefix.Length + slash + 1);
            bool isShown = slash >= 0 == areFolders
                && (areFolders ? !IsHiddenFolder(folder, index, next) : !folder.Hidden.Contains(file));
            if (++seen > Limits.HttpListFiles) return true;
            if (isShown)
            {
                if (rows == Limits.HttpListEntries || page.Remaining < RowBytesMax + EndBytes) return true;
                rows++;
                WriteRow(ref page, name, file, areFolders);
            }

            index = next;
        }

        return false;
    }

    /// <summary>Below the root, <c>_</c> is ours; and a folder of nothing but hidden files is none.</summary>
    private static bool IsHiddenFolder(in HttpFolder folder, int first, int end)
    {
        if (DocumentName.IsOurs(folder.Tree[first].Key)) return true;
        while (first < end && folder.Hidden.Contains(folder.Tree[first])) first++;
        return first == end;
    }

    private static void WriteRow(ref WireWriter page, ReadOnlySpan<byte> name, in BootFile file, bool isFolder)
    {
        page.Bytes("<tr><td><a href=\""u8);
        HttpPage.WriteUrl(ref page, name);
        page.Bytes("\">"u8);
        HttpPage.WriteText(ref page, name);
        page.Bytes("</a></td>"u8);
        if (isFolder)
        {
            page.Bytes("<td class=\"n\">folder</td><td></td></tr>\n"u8);
            return;
        }

        page.Bytes("<td class=\"n\">"u8);
        WriteSize(ref page, file.Size);
        page.Bytes("</td><td class=\"n\">"u8);
        WriteTime(ref page, file.ModifiedUnixSeconds);
        page.Bytes("</td></tr>\n"u8);
    }

    /// <summary>Three digits or so, and what they are of.</summary>
    private static void WriteSize(ref WireWriter page, long bytes)
    {
        if (bytes < 1024)
        {
            page.Decimal((ulong)bytes);
            page.Bytes(bytes == 1 ? " byte"u8 : " bytes"u8);
            return;
        }

        ReadOnlySpan<byte> units = "KMGTPE"u8;
        int unit = 0;
        while (bytes >= 1 << 20)
        {
            bytes >>= 10;
            unit++;
        }

        page.Decimal((ulong)(bytes >> 10));
        if (bytes >> 10 < 100)
        {
            page.U8((byte)'.');
            page.U8((byte)('0' + ((bytes & 1023) * 10 / 1024)));
        }

        page.U8((byte)' ');
        page.U8(units[unit]);
        page.Bytes("iB"u8);
    }

    private static void WriteTime(ref WireWriter page, long unixSeconds)
    {
        long seconds = Math.Clamp(unixSeconds, 0, HttpDate.SecondsMax);
        CalendarDate.DateOf(seconds / 86400, out int year, out int month, out int day);
        int minutes = (int)(seconds % 86400 / 60);
        page.Decimal((ulong)year);
        page.U8((byte)'-');
        WriteTwoDigits(ref page, month);
        page.U8((byte)'-');
        WriteTwoDigits(ref page, day);
        page.U8((byte)' ');
        WriteTwoDigits(ref page, minutes / 60);
        page.U8((byte)':');
        WriteTwoDigits(ref page, minutes % 60);
    }

    private static void WriteTwoDigits(ref WireWriter page, int value)
    {
        page.U8((byte)('0' + (value / 10)));
        page.U8((byte)('0' + (value % 10)));
    }
}
