using System;
using System.Collections.Generic;
using System.Text;

namespace Aglet.Config;

/// <summary>Reads the words inside of a value or tag, one after the other.</summary>
/// <param name="text">What stands between the marks.</param>
/// <param name="offset">Where that begins in the template.</param>
internal ref struct TemplateScanner(ReadOnlySpan<byte> text, int offset)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private readonly int _offset = offset;
    private int _at;

    /// <summary>True when nothing but blanks is left.</summary>
    public bool AtEnd
    {
        get
        {
            SkipBlanks();
            return _at == _text.Length;
        }
    }

    /// <summary>Where the next word begins in the template.</summary>
    public int Offset
    {
        get
        {
            SkipBlanks();
            return _offset + _at;
        }
    }

    /// <summary>All that is left, for a message.</summary>
    public string Rest
    {
        get
        {
            SkipBlanks();
            return Encoding.UTF8.GetString(_text[_at..].TrimEnd(" \t"u8));
        }
    }

    /// <summary>A name: a letter or <c>_</c>, then letters, digits, <c>_</c>, <c>-</c> and <c>.</c>.</summary>
    public bool TryTakeName(out string name)
    {
        SkipBlanks();
        int end = _at;
        while (end < _text.Length && IsNameByte(_text[end], isFirst: end == _at)) end++;
        name = Encoding.ASCII.GetString(_text[_at..end]);
        _at = end;
        return name.Length > 0;
    }

    /// <summary>Takes a word when it is the next name.</summary>
    public bool TryTakeWord(string word)
    {
        int before = _at;
        if (TryTakeName(out string name) && name == word) return true;
        _at = before;
        return false;
    }

    /// <summary>Takes a sign such as <c>|</c> or <c>==</c> when it is next.</summary>
    public bool TryTakeSign(ReadOnlySpan<byte> sign)
    {
        SkipBlanks();
        if (!_text[_at..].StartsWith(sign)) return false;
        _at += sign.Length;
        return true;
    }

    /// <summary>
    /// A text in quotes, single or double; <c>\n</c>, <c>\t</c>, <c>\\</c> and the quotes may be escaped.
    /// </summary>
    /// <param name="value">The text; null when what is next is none.</param>
    public bool TryTakeText(out byte[]? value)
    {
        value = null;
        SkipBlanks();
        if (_at == _text.Length || _text[_at] is not ((byte)'"' or (byte)'\'')) return false;
        byte quote = _text[_at];
        List<byte> bytes = [];
        for (int i = _at + 1; i < _text.Length; i++)
        {
            byte b = _text[i];
            if (b == quote)
            {
                _at = i + 1;
                value = [.. bytes];
                return true;
            }

            if (b == '\\' && i + 1 < _text.Length)
            {
                i++;
                b = _text[i] switch { (byte)'n' => (byte)'\n', (byte)'t' => (byte)'\t', byte same => same };
            }

            bytes.Add(b);
        }

        return false;
    }

    /// <summary>A number as it is written.</summary>
    public bool TryTakeNumber(out byte[] value)
    {
        SkipBlanks();
        int end = _at;
        if (end < _text.Length && _text[end] == '-') end++;
        int digits = end;
        while (end < _text.Length && (char.IsAsciiDigit((char)_text[end]) || (_text[end] == '.' && end > digits))) end++;
        value = end > digits ? _text[_at..end].ToArray() : [];
        if (end > digits) _at = end;
        return value.Length > 0;
    }

    private static bool IsNameByte(byte b, bool isFirst) =>
        char.IsAsciiLetter((char)b) || b == '_'
        || (!isFirst && (char.IsAsciiDigit((char)b) || b is (byte)'-' or (byte)'.'));

    private void SkipBlanks()
    {
        while (_at < _text.Length && _text[_at] is (byte)' ' or (byte)'\t') _at++;
    }
}
