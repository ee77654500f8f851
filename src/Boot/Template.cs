using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>
/// A mistake in the text of a template. Line and column count from 1; a column is a character, not a byte.
/// </summary>
internal readonly record struct TemplateError(int Line, int Column, string Message);

/// <summary>A run of literal text, or the place of one value.</summary>
/// <param name="Offset">Where its bytes begin in the template.</param>
/// <param name="Length">Bytes of literal text; 0 for a value.</param>
/// <param name="Name">Index of the value's name; -1 for literal text.</param>
/// <param name="Line">Of the value's name.</param>
/// <param name="Column">Of the value's name.</param>
internal readonly record struct TemplatePiece(int Offset, int Length, int Name, int Line, int Column);

/// <summary>
/// A text with values: <c>{{ name }}</c>. Parsed once; rendering walks the pieces. Four braces, <c>{{{{</c>, stand for two
/// in the result; closing braces outside a value are ordinary text.
/// </summary>
internal sealed class Template
{
    private readonly byte[] _text;
    private readonly List<TemplatePiece> _pieces = [];
    private readonly List<TemplateError> _errors = [];

    /// <summary>Parses the text; the names that it uses are added to <paramref name="names"/>.</summary>
    /// <remarks>A byte-order mark is left out: in an answer file it would spoil the first line.</remarks>
    public Template(byte[] text, TemplateNames names)
    {
        _text = text.AsSpan().StartsWith("\uFEFF"u8) ? text[3..] : text;
        Parse(names);
    }

    /// <summary>True when lines end with CR LF.</summary>
    public bool HasCarriageReturns => _text.AsSpan().IndexOf("\r\n"u8) >= 0;

    /// <summary>Mistakes of the text itself. A template with one of these is never rendered.</summary>
    public IReadOnlyList<TemplateError> Errors => _errors;

    /// <summary>The pieces in order.</summary>
    public IReadOnlyList<TemplatePiece> Pieces => _pieces;

    /// <summary>
    /// The first value that there is none for; rendering would leave a hole there, so it is not done.
    /// </summary>
    public bool TryFindHole(in BootSubject subject, out TemplatePiece hole)
    {
        for (int i = 0; i < _pieces.Count; i++)
        {
            hole = _pieces[i];
            if (hole.Name >= 0 && !subject.HasValue(hole.Name)) return true;
        }

        hole = default;
        return false;
    }

    /// <summary>Writes the text with this machine's values in it.</summary>
    public void Write(ref WireWriter target, in BootSubject subject, CatalogImage image)
    {
        for (int i = 0; i < _pieces.Count; i++)
        {
            TemplatePiece piece = _pieces[i];
            if (piece.Name >= 0) subject.WriteValue(ref target, piece.Name, image);
            else target.Bytes(_text.AsSpan(piece.Offset, piece.Length));
        }
    }

    private void Parse(TemplateNames names)
    {
        ReadOnlySpan<byte> text = _text;
        int at = 0;
        while (at < text.Length)
        {
            int open = text[at..].IndexOf("{{"u8);
            if (open < 0)
            {
                AddLiteral(at, text.Length - at);
                return;
            }

            open += at;
            AddLiteral(at, open - at);
            if (text[open..].StartsWith("{{{{"u8))
            {
                AddLiteral(open, 2);
                at = open + 4;
                continue;
            }

            at = ParseValue(open, names);
        }
    }

    /// <summary>Reads one value and returns where the text goes on.</summary>
    private int ParseValue(int open, TemplateNames names)
    {
        ReadOnlySpan<byte> rest = _text.AsSpan(open + 2);
        int lineEnd = rest.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = lineEnd < 0 ? rest : rest[..lineEnd];
        int close = line.IndexOf("}}"u8);
        if (close < 0)
        {
            AddError(open, "'{{' is not closed by '}}' on its line; write '{{{{' for two braces");
            return open + 2 + line.Length;
        }

        ReadOnlySpan<byte> inside = line[..close];
        ReadOnlySpan<byte> name = inside.Trim(" \t"u8);
        int start = open + 2 + (inside.Length - inside.TrimStart(" \t"u8).Length);
        if (IsName(name))
        {
            (int lineNumber, int column) = PositionOf(start);
            _pieces.Add(new(start, 0, names.IndexOf(Encoding.UTF8.GetString(name)), lineNumber, column));
        }
        else
        {
            AddError(name.IsEmpty ? open : start, name.IsEmpty
                ? "a name was expected between '{{' and '}}'"
                : $"'{Encoding.UTF8.GetString(name)}' is not a name: letters, digits, '_', '-' and '.' make one");
        }

        return open + 2 + close + 2;
    }

    private static bool IsName(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || !(char.IsAsciiLetter((char)text[0]) || text[0] == '_')) return false;
        foreach (byte b in text)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && b is not ((byte)'_' or (byte)'-' or (byte)'.')) return false;
        }

        return true;
    }

    private void AddLiteral(int offset, int length)
    {
        if (length > 0) _pieces.Add(new(offset, length, -1, 0, 0));
    }

    private void AddError(int offset, string message)
    {
        (int line, int column) = PositionOf(offset);
        _errors.Add(new(line, column, message));
    }

    private (int Line, int Column) PositionOf(int offset)
    {
        int line = 1;
        int column = 1;
        foreach (byte b in _text.AsSpan(0, offset))
        {
            if (b == '\n')
            {
                line++;
                column = 1;
            }
            else if ((b & 0xC0) != 0x80)
            {
                column++; // the later bytes of a UTF-8 character do not count
            }
        }

        return (line, column);
    }
}

/// <summary>
/// The values that every template has without the operator's doing. The order is that of the names' indices.
/// </summary>
internal enum BuiltInValue
{
    /// <summary>
    /// The machine's name; for a machine that is not configured its MAC with dashes, which is a host name too.
    /// </summary>
    Name,
    Hostname,
    Mac,
    MacDashes,
    Uuid,

    /// <summary>The reserved address, else the one that the machine has now.</summary>
    Address,
    Netmask,
    Router,

    /// <summary>All name servers, with spaces between them.</summary>
    Dns,
    Domain,

    /// <summary>Our address, as the machine reaches it.</summary>
    Server,

    /// <summary><c>http://</c>, our address and the port, without a slash at the end.</summary>
    Http,
    Image,
    Title,
}

/// <summary>Gives every name that a template or the configuration uses a small number.</summary>
internal sealed class TemplateNames
{
    private static readonly string[] _builtIn =
    [
        "name", "hostname", "mac", "mac_dashes", "uuid", "address", "netmask", "router", "dns", "domain", "server",
        "http", "image", "title",
    ];

    private readonly List<string> _names = [.. _builtIn];
    private readonly Dictionary<string, int> _indices = [];

    public TemplateNames()
    {
        for (int i = 0; i < _names.Count; i++) _indices.Add(_names[i], i);
    }

    /// <summary>How many names are built in; their indices are those of <see cref="BuiltInValue"/>.</summary>
    public static int BuiltInCount => _builtIn.Length;

    /// <summary>How many names there are.</summary>
    public int Count => _names.Count;

    /// <summary>The name with an index.</summary>
    public string this[int index] => _names[index];

    /// <summary>The index of a name, new ones included.</summary>
    public int IndexOf(string name)
    {
        if (_indices.TryGetValue(name, out int index)) return index;
        index = _names.Count;
        _names.Add(name);
        _indices.Add(name, index);
        return index;
    }
}
