using System;
using System.Collections.Generic;
using System.Text;

namespace Aglet.Import;

/// <summary>A word, a text in quotes, or one of the marks <c>, = ( )</c>.</summary>
internal readonly record struct IscToken(string Text, bool IsQuoted, int Line);

/// <summary>A statement of dhcpd.conf: words up to a semicolon, or words and a block.</summary>
internal sealed class IscStatement(List<IscToken> tokens, int line)
{
    public List<IscToken> Tokens => tokens;

    public int Line => line;

    /// <summary>What stands between braces; null when it ends with a semicolon.</summary>
    public List<IscStatement>? Block { get; set; }

    public string Word(int index) => index < tokens.Count ? tokens[index].Text : "";

    /// <summary>The first words, for messages.</summary>
    public string Name => tokens.Count == 0 ? "{" : Word(0) switch
    {
        "option" or "allow" or "deny" or "ignore" or "host" or "subnet" or "class" or "subclass" or "shared-network" or "hardware"
            => $"{Word(0)} {Word(1)}",
        string word => word,
    };
}

/// <summary>Cuts dhcpd.conf into statements.</summary>
/// <remarks>
/// dhcpd.conf(5): free form; <c>#</c> begins a comment that ends with the line; braces enclose blocks. Expressions are
/// not understood, only skipped.
/// </remarks>
internal sealed class IscText
{
    private const int DepthMax = 64;
    private const int TokensMax = 2_000_000;

    private readonly string _text;
    private readonly ImportReport _report;
    private readonly Stack<(IscStatement Owner, List<IscStatement> Outer)> _open = new();
    private List<IscStatement> _current = [];
    private List<IscToken> _words = [];
    private int _line = 1;
    private int _at;
    private int _count;

    private IscText(string text, ImportReport report) => (_text, _report) = (text, report);

    /// <summary>The statements outside of blocks; null, and said, when the text is none.</summary>
    public static List<IscStatement>? Read(string text, ImportReport report) => new IscText(text, report).ReadAll();

    private List<IscStatement>? ReadAll()
    {
        while (TryReadToken(out IscToken token))
        {
            if (++_count > TokensMax) _report.Fail(_line, $"more than {TokensMax} words");
            if (_report.Failure is not null) return null;
            Take(token);
        }

        if (_words.Count > 0) _report.Fail(_words[0].Line,
            $"expected a semicolon after \"{Config.ConfigNode.Shorten(_words[0].Text)}\", found the end of the file");
        if (_open.TryPeek(out (IscStatement Owner, List<IscStatement> Outer) open))
        {
            _report.Fail(open.Owner.Line,
                $"expected a closing brace for \"{Config.ConfigNode.Shorten(open.Owner.Name)}\", found the end of the file");
        }

        return _report.Failure is null ? _current : null;
    }

    private void Take(in IscToken token)
    {
        string mark = token.IsQuoted ? "" : token.Text;
        switch (mark)
        {
            case ";":
                if (_words.Count > 0) _current.Add(new(_words, _words[0].Line));
                _words = [];
                break;
            case "{":
                if (_open.Count == DepthMax) _report.Fail(token.Line, $"expected at most {DepthMax} blocks within each other");
                IscStatement owner = new(_words, _words.Count > 0 ? _words[0].Line : token.Line) { Block = [] };
                _current.Add(owner);
                _open.Push((owner, _current));
                _current = owner.Block;
                _words = [];
                break;
            case "}":
                if (_words.Count > 0) _report.Fail(token.Line,
                    $"expected a semicolon after \"{Config.ConfigNode.Shorten(_words[0].Text)}\", found a closing brace");
                else if (!_open.TryPop(out (IscStatement Owner, List<IscStatement> Outer) closed)) _report.Fail(token.Line,
                    "expected no closing brace here: none is open");
                else _current = closed.Outer;
                break;
            default:
                _words.Add(token);
                break;
        }
    }

    private bool TryReadToken(out IscToken token)
    {
        token = default;
        SkipBlanks();
        if (_at >= _text.Length) return false;
        char c = _text[_at];
        if (c == '"')
        {
            token = new(ReadQuoted(out int line), IsQuoted: true, line);
            return true;
        }

        int start = _at++;
        bool isMark = c is ';' or '{' or '}' or ',' or '=' or '(' or ')';
        while (!isMark && _at < _text.Length && !char.IsWhiteSpace(_text[_at])
            && ";{},=()\"#".IndexOf(_text[_at], StringComparison.Ordinal) < 0) _at++;
        token = new(_text[start.._at], IsQuoted: false, _line);
        return true;
    }

    private void SkipBlanks()
    {
        bool isComment = false;
        for (; _at < _text.Length; _at++)
        {
            char c = _text[_at];
            if (c == '\n')
            {
                _line++;
                isComment = false;
            }
            else if (c == '#')
            {
                isComment = true;
            }
            else if (!isComment && !char.IsWhiteSpace(c) && c != '\uFEFF')
            {
                return;
            }
        }
    }

    /// <summary>
    /// A text in quotes; a backslash takes the next character as it is, or three octal digits, or a control character.
    /// </summary>
    private string ReadQuoted(out int line)
    {
        line = _line;
        StringBuilder text = new();
        for (_at++; _at < _text.Length; _at++)
        {
            char c = _text[_at];
            if (c == '"')
            {
                _at++;
                return text.ToString();
            }

            if (c == '\n') _line++;
            if (c == '\\' && _at + 1 < _text.Length) c = ReadEscape();
            text.Append(c);
        }

        _report.Fail(line, "expected a closing quote, found the end of the file");
        return "";
    }

    private char ReadEscape()
    {
        char c = _text[++_at];
        if (c is >= '0' and <= '7')
        {
            int value = 0;
            int end = Math.Min(_text.Length, _at + 3);
            for (; _at < end && _text[_at] is >= '0' and <= '7'; _at++) value = (value * 8) + (_text[_at] - '0');
            _at--;
            return (char)value;
        }

        if (c == '\n') _line++;
        return c switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'b' => '\b', _ => c };
    }
}
