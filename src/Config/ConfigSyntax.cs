using System;
using System.Collections.Generic;

namespace Aglet.Config;

/// <summary>
/// Says in words what is wrong with the syntax at one place. The reader's own messages are left out of the binary,
/// and they speak of bytes; this one looks at what stands there and at what was open.
/// </summary>
/// <param name="text">The file.</param>
/// <param name="report">Where to say it.</param>
/// <param name="open">Objects and lists that have begun and not ended, innermost first.</param>
/// <param name="lastEnd">Where the last good token ended.</param>
/// <param name="tokenStart">Where the bad token begins.</param>
internal sealed class ConfigSyntax(
    byte[] text, ConfigReport report, Stack<ConfigNode> open, int lastEnd, int tokenStart)
{
    /// <summary>Objects and lists within each other.</summary>
    public const int DepthMax = 64;

    private ConfigNode? Innermost => open.Count == 0 ? null : open.Peek();

    public static bool IsUtf16(ReadOnlySpan<byte> text) =>
        text.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || text.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]);

    /// <summary>The offset of a line from 0 and a byte within it.</summary>
    public int OffsetOf(long line, long byteInLine)
    {
        int offset = 0;
        for (; line > 0; line--)
        {
            int end = text.AsSpan(offset).IndexOf((byte)'\n');
            if (end < 0) break;
            offset += end + 1;
        }

        return (int)Math.Min(text.Length, offset + byteInLine);
    }

    /// <summary>Reports the mistake.</summary>
    /// <param name="offset">Where the reader stopped.</param>
    /// <param name="afterKey">It stopped after a key, before the colon.</param>
    /// <param name="key">The key whose value should stand here, or null.</param>
    /// <returns>Where a comma would let reading go on, or -1.</returns>
    public int Report(int offset, bool afterKey, string? key)
    {
        bool inToken = tokenStart >= lastEnd && tokenStart < text.Length && text[tokenStart] > ' ' && !afterKey;
        int at = inToken ? tokenStart : offset;
        string path = Innermost?.Path ?? "";
        if (inToken && text[tokenStart] == '"' && offset > tokenStart)
        {
            (int place, string message) = DescribeText(offset);
            report.ErrorAt(place, Below(path, key), message);
            return -1;
        }

        if (offset >= text.Length && !(inToken && offset > tokenStart && !IsComment(tokenStart)))
        {
            report.ErrorAt(offset, path, DescribeEnd(inToken && IsComment(tokenStart)));
            return -1;
        }

        if (afterKey)
        {
            report.ErrorAt(offset, path, $"expected \":\" between the key and its value, found {Found(offset)}");
            return -1;
        }

        if (text[at] == '#' || (text[at] == '/' && key is null))
        {
            report.ErrorAt(at, path, IsComment(at)
                ? DescribeEnd(inComment: true)
                : "expected a comment to begin with // or to stand between /* and */");
            return -1;
        }

        if (open.Count >= DepthMax && text[at] is (byte)'{' or (byte)'[')
        {
            report.ErrorAt(at, "", $"expected at most {DepthMax} objects and lists within each other");
            return -1;
        }

        return key is not null ? ReportValue(at, path, key) : ReportBetween(at, path);
    }

    /// <summary>A value should stand here.</summary>
    private int ReportValue(int at, string path, string key)
    {
        report.ErrorAt(at, Below(path, key), DescribeValue(at));
        return -1;
    }

    /// <summary>A key, a list's value, a comma or an end should stand here.</summary>
    private int ReportBetween(int at, string path)
    {
        if (Innermost is not { } innermost)
        {
            report.ErrorAt(at, "", lastEnd == 0
                ? $"expected \"{{\" to begin the configuration, found {Found(at)}"
                : $"expected nothing after the end of the configuration, found {Found(at)}");
            return -1;
        }

        byte closer = innermost.IsObject ? (byte)'}' : (byte)']';
        byte found = text[at];
        bool afterComma = LastIs(',');
        bool afterOpen = LastIs('{') || LastIs('[');
        if (found is (byte)'}' or (byte)']' && found != closer)
        {
            report.ErrorAt(at, path, $"expected \"{(char)closer}\" to end what begins in line "
                + $"{report.LineOf(innermost.Offset)}, found \"{(char)found}\"");
            return -1;
        }

        if (found == ',')
        {
            report.ErrorAt(at, path, afterOpen ? "expected a value before the comma" : "expected one comma, found two");
            return -1;
        }

        if (!afterComma && !afterOpen)
        {
            report.ErrorAt(lastEnd, path, $"expected a comma, found {Found(at)}{CommaHint(found)}");
            bool blank = lastEnd < text.Length && text[lastEnd] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';
            return blank && StartsValue(found) ? lastEnd : -1;
        }

        report.ErrorAt(at, path, innermost.IsObject
            ? $"expected a key in double quotes, found {Found(at)}"
            : DescribeValue(at));
        return -1;
    }

    private string DescribeValue(int at)
    {
        string word = WordAt(at);
        if (text[at] == '\'') return "expected double quotes, found a single quote";
        return word switch
        {
            "" => $"expected a value, found {Found(at)}",
            "True" or "TRUE" or "yes" or "Yes" or "on" => $"expected a value, found {word}; did you mean true?",
            "False" or "FALSE" or "no" or "No" or "off" => $"expected a value, found {word}; did you mean false?",
            "tru" => "expected a value, found tru; did you mean true?",
            "fals" => "expected a value, found fals; did you mean false?",
            "Null" or "NULL" or "nul" or "none" or "None" => $"expected a value, found {word}; leave the key out instead",
            ['0', _, ..] when word.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0 =>
                $"expected a number without leading zeros, found {word}",
            _ => $"expected a value, found {word}; did you mean \"{word}\" in double quotes?",
        };
    }

    /// <summary>A text was begun and is not ended, or holds what it must not.</summary>
    private (int Place, string Message) DescribeText(int offset)
    {
        if (offset >= text.Length || text[offset] is (byte)'\n' or (byte)'\r')
        {
            return (tokenStart, "expected a closing double quote in the same line, found none");
        }

        if (text[offset] < 0x20)
        {
            return (offset, text[offset] == '\t'
                ? "expected no tabulator within a text; write \\t"
                : $"expected no control character within a text, found byte {text[offset]}");
        }

        return (offset, $"expected \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u and four digits, found {Found(offset)} "
            + "after a backslash; a backslash itself is written \\\\");
    }

    private string DescribeEnd(bool inComment)
    {
        if (inComment) return "expected */ to end the comment, found the end of the file";
        if (Innermost is not { } innermost) return "expected \"{\" to begin the configuration, found an empty file";
        string closer = innermost.IsObject ? "}" : "]";
        return $"expected \"{closer}\" to end what begins in line {report.LineOf(innermost.Offset)}, "
            + "found the end of the file";
    }

    private static string CommaHint(byte found) => found == ':' ? "; a value is missing its quotes or braces" : "";

    private static string Below(string path, string? key) =>
        path.Length == 0 || key is null ? path + ConfigNode.Shorten(key ?? "") : $"{path}.{ConfigNode.Shorten(key)}";

    private bool IsComment(int at) => text.AsSpan(at).StartsWith("/*"u8) || text.AsSpan(at).StartsWith("//"u8);

    private bool LastIs(char expected)
    {
        // Blanks and comments stand between the last token and here; a comma is no token of its own.
        int at = lastEnd;
        if (at > 0 && text[at - 1] == expected && expected != ',') return true;
        return expected == ',' && SkipBlanks(at) is int next && next < tokenStart && text[next] == ',';
    }

    private int SkipBlanks(int at)
    {
        while (at < text.Length)
        {
            if (text[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                at++;
                continue;
            }

            if (!IsComment(at)) break;
            bool isLine = text[at + 1] == '/';
            int end = text.AsSpan(at + 2).IndexOf(isLine ? "\n"u8 : "*/"u8);
            at = end < 0 ? text.Length : at + 2 + end + (isLine ? 1 : 2);
        }

        return at;
    }

    private static bool StartsValue(byte b) =>
        b is (byte)'"' or (byte)'{' or (byte)'[' or (byte)'-' or (byte)'t' or (byte)'f' or (byte)'n'
        || (b >= '0' && b <= '9');

    /// <summary>Letters, digits and what stands in addresses and paths.</summary>
    private string WordAt(int at)
    {
        int end = at;
        while (end < text.Length && end - at < 60 && IsWordByte(text[end])) end++;
        return System.Text.Encoding.ASCII.GetString(text, at, end - at);
    }

    private static bool IsWordByte(byte b) =>
        char.IsAsciiLetterOrDigit((char)b) || b is (byte)'.' or (byte)'-' or (byte)'_' or (byte)'/' or (byte)'+';

    private string Found(int at)
    {
        if (at >= text.Length) return "the end of the file";
        if (text[at] == '"') return "a text";
        string word = WordAt(at);
        if (word.Length > 0) return word;
        if (text[at] is (byte)'\n' or (byte)'\r') return "the end of the line";
        return text[at] is > 0x20 and < 0x7F ? $"\"{(char)text[at]}\"" : $"byte {text[at]}";
    }
}
