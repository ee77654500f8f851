using System;
using System.Text;
using Aglet.Config;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>What a value goes through before it is written.</summary>
internal enum TemplateFilter : byte
{
    None,

    /// <summary>
    /// A word of the POSIX shell, between single quotes; Kickstart's commands read the same. A NUL, which no shell can hold,
    /// is left out. A list gives one word for each text.
    /// </summary>
    Sh,

    /// <summary>A JSON value (RFC 8259): a text in quotes, a number or a boolean as it is, a list in brackets.</summary>
    Json,

    /// <summary>
    /// The same as YAML: a double-quoted scalar (YAML 1.2 section 7.3.1) is written with JSON's escapes, and so is what YAML
    /// calls not printable or a line break.
    /// </summary>
    Yaml,

    /// <summary>
    /// XML's text or the inside of an attribute. Line ends become references, since a parser changes bare ones; what no XML 1.0
    /// document may hold becomes U+FFFD.
    /// </summary>
    Xml,

    /// <summary>Part of a URL: all but RFC 3986's unreserved characters in percent-encoding.</summary>
    Url,

    /// <summary>
    /// One line of a file such as a preseed: control characters and line ends become spaces, and a backslash at the end, which
    /// would take the next line in, is followed by one.
    /// </summary>
    Line,

    /// <summary>ASCII letters in upper case.</summary>
    Upper,

    /// <summary>ASCII letters in lower case.</summary>
    Lower,

    /// <summary>Part of a word of the kernel's command line; has no name: in <c>args</c> all values go through it.</summary>
    Word,
}

/// <summary>Up to four filters, applied one after the other.</summary>
/// <remarks>
/// Values are never quoted without a filter: the same value may stand in a comment, within quotes or in another
/// language inside of the file. Instead <c>aglet check</c> warns where a value that a machine really has would be read as
/// syntax (<see cref="AnswerSyntax"/>).
/// </remarks>
internal readonly record struct TemplateFilters(uint Bits)
{
    private const int CountMax = 4;

    private static readonly (string Name, TemplateFilter Filter)[] _names =
    [
        ("sh", TemplateFilter.Sh), ("json", TemplateFilter.Json), ("yaml", TemplateFilter.Yaml), ("xml", TemplateFilter.Xml),
        ("url", TemplateFilter.Url), ("line", TemplateFilter.Line), ("upper", TemplateFilter.Upper),
        ("lower", TemplateFilter.Lower),
    ];

    /// <summary>True when a filter quotes.</summary>
    public bool Quotes
    {
        get
        {
            for (int i = 0; i < CountMax; i++)
            {
                if (this[i] is >= TemplateFilter.Sh and <= TemplateFilter.Line) return true;
            }

            return false;
        }
    }

    private TemplateFilter this[int level] =>
        level >= CountMax ? TemplateFilter.None : (TemplateFilter)((Bits >> (level * 8)) & 255);

    /// <summary>The filter with a name, or none.</summary>
    public static TemplateFilter ForName(string name)
    {
        foreach ((string known, TemplateFilter filter) in _names)
        {
            if (known == name) return filter;
        }

        return TemplateFilter.None;
    }

    /// <summary>All names, for a message.</summary>
    public static string[] Names()
    {
        string[] names = new string[_names.Length + 1];
        for (int i = 0; i < _names.Length; i++) names[i] = _names[i].Name;
        names[^1] = "default";
        return names;
    }

    /// <summary>One filter more; false when there are four already.</summary>
    public bool TryAdd(TemplateFilter filter, out TemplateFilters longer)
    {
        for (int i = 0; i < CountMax; i++)
        {
            if (this[i] != TemplateFilter.None) continue;
            longer = new(Bits | ((uint)filter << (i * 8)));
            return true;
        }

        longer = this;
        return false;
    }

    /// <summary>What comes before the items of a list: opening quotes of the later filters, and a bracket.</summary>
    public void Begin(ref WireWriter target, VariableKind kind)
    {
        int first = FirstQuoting();
        for (int level = CountMax - 1; level > first; level--) PutMark(ref target, level);
        if (kind == VariableKind.List && HasBrackets(first)) Put(ref target, first + 1, new Rune('['));
    }

    /// <summary>Writes one text of a list, or the value that is no list.</summary>
    public void WriteItem(ref WireWriter target, scoped ReadOnlySpan<byte> value, VariableKind kind, int index)
    {
        if (Bits == 0)
        {
            if (index > 0) target.U8((byte)' ');
            target.Bytes(value);
            return;
        }

        int first = FirstQuoting();
        if (index > 0)
        {
            if (HasBrackets(first)) Put(ref target, first + 1, new Rune(','));
            Put(ref target, HasBrackets(first) || this[first] == TemplateFilter.Sh ? first + 1 : 0, new Rune(' '));
        }

        bool isBare = first == 0 && HasBrackets(first) && kind is VariableKind.Number or VariableKind.Boolean;
        if (!isBare) PutMark(ref target, first);
        bool endsWithBackslash = value.EndsWith("\\"u8);
        while (!value.IsEmpty && !target.Overflow)
        {
            Rune.DecodeFromUtf8(value, out Rune rune, out int used);
            Put(ref target, 0, rune);
            value = value[used..];
        }

        for (int level = 0; endsWithBackslash && level < CountMax; level++)
        {
            if (this[level] == TemplateFilter.Line) Put(ref target, level + 1, new Rune(' '));
        }

        if (!isBare) PutMark(ref target, first);
    }

    /// <summary>What comes after the items.</summary>
    public void End(ref WireWriter target, VariableKind kind)
    {
        int first = FirstQuoting();
        if (kind == VariableKind.List && HasBrackets(first)) Put(ref target, first + 1, new Rune(']'));
        for (int level = first + 1; level < CountMax; level++) PutMark(ref target, level);
    }

    /// <summary>The first filter that puts something around a value: a list's items go through that one apiece.</summary>
    private int FirstQuoting()
    {
        for (int i = 0; i < CountMax; i++)
        {
            if (this[i] is TemplateFilter.Sh or TemplateFilter.Json or TemplateFilter.Yaml) return i;
        }

        return CountMax;
    }

    private bool HasBrackets(int level) => this[level] is TemplateFilter.Json or TemplateFilter.Yaml;

    private void PutMark(ref WireWriter target, int level)
    {
        if (this[level] == TemplateFilter.Sh) Put(ref target, level + 1, new Rune('\''));
        else if (HasBrackets(level)) Put(ref target, level + 1, new Rune('"'));
    }

    private void PutAll(ref WireWriter target, int level, scoped ReadOnlySpan<byte> ascii)
    {
        foreach (byte b in ascii) Put(ref target, level, new Rune(b));
    }

    /// <summary>Sends one character through the filters from a level on.</summary>
    private void Put(ref WireWriter target, int level, Rune rune)
    {
        int next = level + 1;
        switch (this[level])
        {
            case TemplateFilter.None:
                Span<byte> utf8 = stackalloc byte[4];
                target.Bytes(utf8[..rune.EncodeToUtf8(utf8)]);
                break;
            case TemplateFilter.Sh:
                if (rune.Value == '\'') PutAll(ref target, next, "'\\''"u8);
                else if (rune.Value != 0) Put(ref target, next, rune);
                break;
            case TemplateFilter.Json or TemplateFilter.Yaml:
                PutEscaped(ref target, next, rune);
                break;
            case TemplateFilter.Xml:
                PutXml(ref target, next, rune);
                break;
            case TemplateFilter.Url:
                PutPercent(ref target, next, rune);
                break;
            case TemplateFilter.Line:
                Put(ref target, next, IsControl(rune) ? new Rune(' ') : rune);
                break;
            case TemplateFilter.Upper:
                Put(ref target, next, rune.IsAscii ? Rune.ToUpperInvariant(rune) : rune);
                break;
            case TemplateFilter.Lower:
                Put(ref target, next, rune.IsAscii ? Rune.ToLowerInvariant(rune) : rune);
                break;
            case TemplateFilter.Word:
                // The kernel knows no way to write a double quote inside of a word.
                if (rune.Value != '"') Put(ref target, next, IsControl(rune) ? new Rune(' ') : rune);
                break;
        }
    }

    private void PutEscaped(ref WireWriter target, int level, Rune rune)
    {
        if (rune.Value is '"' or '\\')
        {
            Put(ref target, level, new Rune('\\'));
            Put(ref target, level, rune);
            return;
        }

        // YAML's parsers refuse what is not printable, and fold its three other line breaks.
        bool isPlain = !IsControl(rune) && rune.Value is not (0xFEFF or 0xFFFE or 0xFFFF);
        if (isPlain)
        {
            Put(ref target, level, rune);
            return;
        }

        PutAll(ref target, level, "\\u"u8);
        for (int shift = 12; shift >= 0; shift -= 4)
            Put(ref target, level, new Rune("0123456789abcdef"[(rune.Value >> shift) & 15]));
    }

    private void PutXml(ref WireWriter target, int level, Rune rune)
    {
        ReadOnlySpan<byte> reference = rune.Value switch
        {
            '&' => "&amp;"u8,
            '<' => "&lt;"u8,
            '>' => "&gt;"u8,
            '"' => "&quot;"u8,
            '\'' => "&apos;"u8,
            '\t' => "&#9;"u8,
            '\n' => "&#10;"u8,
            '\r' => "&#13;"u8,
            0x85 => "&#133;"u8,
            0x2028 => "&#8232;"u8,
            _ => default,
        };
        if (!reference.IsEmpty) PutAll(ref target, level, reference);
        else Put(ref target, level, rune.Value is < 0x20 or 0xFFFE or 0xFFFF ? Rune.ReplacementChar : rune);
    }

    private void PutPercent(ref WireWriter target, int level, Rune rune)
    {
        bool isUnreserved = rune.IsAscii
            && (char.IsAsciiLetterOrDigit((char)rune.Value) || rune.Value is '-' or '.' or '_' or '~');
        if (isUnreserved)
        {
            Put(ref target, level, rune);
            return;
        }

        Span<byte> utf8 = stackalloc byte[4];
        int length = rune.EncodeToUtf8(utf8);
        for (int i = 0; i < length; i++)
        {
            Put(ref target, level, new Rune('%'));
            Put(ref target, level, new Rune("0123456789ABCDEF"[utf8[i] >> 4]));
            Put(ref target, level, new Rune("0123456789ABCDEF"[utf8[i] & 15]));
        }
    }

    /// <summary>C0, DEL, C1, and Unicode's line and paragraph separators.</summary>
    private static bool IsControl(Rune rune) => rune.Value is < 0x20 or (>= 0x7F and <= 0x9F) or 0x2028 or 0x2029;
}
