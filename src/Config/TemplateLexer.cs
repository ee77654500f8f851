using System;

namespace Aglet.Config;

/// <summary>What a part of a template's text is.</summary>
internal enum TemplateTokenKind : byte
{
    /// <summary>Goes into the result as it is.</summary>
    Text,

    /// <summary>What stands between <c>{{</c> and <c>}}</c>.</summary>
    Value,

    /// <summary>What stands between <c>{%</c> and <c>%}</c>.</summary>
    Tag,

    /// <summary>A mistake at this place; reading goes on behind it.</summary>
    Mistake,
}

/// <summary>A part of a template's text.</summary>
/// <param name="Offset">Where it begins, in bytes; of a value or tag, what is inside.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Problem">What is wrong; for a mistake only.</param>
internal readonly record struct TemplateToken(TemplateTokenKind Kind, int Offset, int Length, string Problem = "");

/// <summary>
/// Cuts a template into text, values and tags. Comments (<c>{# … #}</c>) and the marks of a raw block are left out.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Four braces, <c>{{{{</c>, stand for two; between <c>{% raw %}</c> and <c>{% endraw %}</c> all is text.</item>
/// <item>A dash inside the marks (<c>{{- -}}</c>, <c>{%- -%}</c>, <c>{#- -#}</c>) takes away the blanks and line ends on
/// its side.</item>
/// <item>A line with nothing but one tag or comment leaves no line behind; an include does: its text has lines of its
/// own.</item>
/// <item><c>${#name}</c> is the shell's length of a value and no comment.</item>
/// </list>
/// </remarks>
internal ref struct TemplateLexer(ReadOnlySpan<byte> text)
{
    /// <summary>How far the end of the mark that ends a raw block is looked for.</summary>
    private const int EndRawBytes = 64;

    private readonly ReadOnlySpan<byte> _text = text;
    private int _at;
    private int _open = -1;

    /// <summary>The next part; false at the end.</summary>
    public bool Next(out TemplateToken token)
    {
        token = default;
        while (_at < _text.Length)
        {
            if (_open < 0)
            {
                _open = FindOpen(_at);
                int start = _at;
                int end = TextEnd(_open);
                _at = _open;
                if (end > start)
                {
                    token = new(TemplateTokenKind.Text, start, end - start);
                    return true;
                }

                continue;
            }

            int open = _open;
            _open = -1;
            if (ReadMark(open, out token)) return true;
        }

        return false;
    }

    /// <summary>Where the next mark begins, or the end of the text.</summary>
    private readonly int FindOpen(int from)
    {
        for (int i = from; i + 1 < _text.Length; i++)
        {
            if (_text[i] != '{') continue;
            if (_text[i + 1] is (byte)'{' or (byte)'%') return i;
            if (_text[i + 1] == '#' && (i == 0 || _text[i - 1] != '$')) return i;
        }

        return _text.Length;
    }

    /// <summary>Where the text before a mark ends: a dash in it, or a line of its own, takes blanks away.</summary>
    private readonly int TextEnd(int open)
    {
        int end = open;
        if (open >= _text.Length || _text[open..].StartsWith("{{{{"u8)) return end;
        if (open + 2 < _text.Length && _text[open + 2] == '-')
        {
            while (end > _at && IsSpace(_text[end - 1])) end--;
            return end;
        }

        return LineEndAfter(open, CloseOf(open)) >= 0 ? BlanksBefore(open) : end;
    }

    /// <summary>Reads what begins with a mark; false when it leaves nothing behind.</summary>
    private bool ReadMark(int open, out TemplateToken token)
    {
        token = default;
        if (_text[open..].StartsWith("{{{{"u8))
        {
            token = new(TemplateTokenKind.Text, open, 2);
            _at = open + 4;
            return true;
        }

        int close = CloseOf(open);
        if (close < 0)
        {
            int lineEnd = _text[open..].IndexOf((byte)'\n');
            bool isComment = _text[open + 1] == '#';
            _at = lineEnd < 0 || isComment ? _text.Length : open + lineEnd;
            token = new(TemplateTokenKind.Mistake, open, 2, _text[open + 1] switch
            {
                (byte)'{' => "'{{' is not closed by '}}' on its line; write '{{{{' for two braces",
                (byte)'%' => "'{%' is not closed by '%}' on its line; write {% raw %}{%{% endraw %} for the characters",
                _ => "'{#' is not closed by '#}'; write {% raw %}{#{% endraw %} for the characters",
            });
            return true;
        }

        int start = open + 2;
        int end = close;
        if (start < end && _text[start] == '-') start++;
        bool trims = end > start && _text[end - 1] == '-';
        if (trims) end--;
        int after = close + 2;
        int lineEndAfter = trims ? -1 : LineEndAfter(open, close);
        if (lineEndAfter >= 0) after = lineEndAfter;
        while (trims && after < _text.Length && IsSpace(_text[after])) after++;
        _at = after;
        byte kind = _text[open + 1];
        if (kind == '#') return false;
        if (kind == '%' && Word(_text[start..end]).SequenceEqual("raw"u8)) return ReadRaw(open, out token);
        token = new(kind == '{' ? TemplateTokenKind.Value : TemplateTokenKind.Tag, start, end - start);
        return true;
    }

    /// <summary>The text up to <c>{% endraw %}</c>.</summary>
    private bool ReadRaw(int open, out TemplateToken token)
    {
        int start = _at;
        for (int i = start; i + 1 < _text.Length; i++)
        {
            if (_text[i] != '{' || _text[i + 1] != '%') continue;
            int length = _text.Slice(i + 2, Math.Min(EndRawBytes, _text.Length - i - 2)).IndexOf("%}"u8);
            if (length < 0) continue;
            int close = i + 2 + length;
            ReadOnlySpan<byte> inside = _text[(i + 2)..close];
            bool trimsBefore = inside.StartsWith("-"u8);
            bool trimsAfter = inside.Length > 1 && inside.EndsWith("-"u8);
            if (!Word(inside.Trim((byte)'-')).SequenceEqual("endraw"u8)) continue;
            int end = i;
            int line = LineEndAfter(i, close);
            if (line >= 0) end = Math.Max(start, BlanksBefore(i));
            while (trimsBefore && end > start && IsSpace(_text[end - 1])) end--;
            _at = line >= 0 ? line : close + 2;
            while (trimsAfter && _at < _text.Length && IsSpace(_text[_at])) _at++;
            token = new(TemplateTokenKind.Text, start, end - start);
            return end > start;
        }

        _at = _text.Length;
        token = new(TemplateTokenKind.Mistake, open, 2, "'raw' is not closed by {% endraw %}");
        return true;
    }

    /// <summary>Where the closing mark of an opening one stands; values and tags end on their line.</summary>
    private readonly int CloseOf(int open)
    {
        if (open + 1 >= _text.Length) return -1;
        byte last = _text[open + 1] switch { (byte)'{' => (byte)'}', byte same => same };
        byte quote = 0;
        for (int i = open + 2; i + 1 < _text.Length; i++)
        {
            byte b = _text[i];
            if (last != '#' && b == '\n') return -1;
            if (last != '#' && quote != 0)
            {
                if (b == '\\') i++;
                else if (b == quote) quote = 0;
                continue;
            }

            if (b == last && _text[i + 1] == '}') return i;
            if (b is (byte)'"' or (byte)'\'') quote = b;
        }

        return -1;
    }

    /// <summary>
    /// Where the next line begins, when a tag or comment without dashes has its line for itself; else -1.
    /// </summary>
    private readonly int LineEndAfter(int open, int close)
    {
        if (close < 0 || _text[open + 1] == '{') return -1;
        ReadOnlySpan<byte> inside = _text[(open + 2)..close];
        if (inside.StartsWith("-"u8) || inside.EndsWith("-"u8)) return -1;
        if (_text[open + 1] == '%' && Word(inside).SequenceEqual("include"u8)) return -1;
        int before = BlanksBefore(open);
        if (before > 0 && _text[before - 1] != '\n') return -1;
        int after = close + 2;
        while (after < _text.Length && _text[after] is (byte)' ' or (byte)'\t') after++;
        if (after == _text.Length) return after;
        if (_text[after] == '\r' && after + 1 < _text.Length) after++;
        return _text[after] == '\n' ? after + 1 : -1;
    }

    private readonly int BlanksBefore(int open)
    {
        int before = open;
        while (before > 0 && _text[before - 1] is (byte)' ' or (byte)'\t') before--;
        return before;
    }

    private static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private static ReadOnlySpan<byte> Word(ReadOnlySpan<byte> inside)
    {
        inside = inside.TrimStart(" \t"u8);
        int end = inside.IndexOfAny(" \t\""u8);
        return end < 0 ? inside : inside[..end];
    }
}
