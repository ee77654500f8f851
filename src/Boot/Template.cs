using System;
using System.Collections.Generic;
using Aglet.Config;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>
/// A text with values, conditions and loops, compiled to a flat row of pieces; rendering walks them and needs no memory.
/// </summary>
/// <remarks>
/// <code>
/// {{ name }}   {{ name | default("text") | yaml }}      a value; filters: <see cref="TemplateFilter"/>
/// {% if name %} {% elif other == "x" %} {% else %} {% endif %}     also !=, not, and, or
/// {% for x in list %} {{ x }}{% if not loop.last %}, {% endif %} {% endfor %}
/// {% include "part.yaml" %}   {# comment #}   {% raw %} {{ as it is }} {% endraw %}   {{{{ for two braces
/// </code>
/// A value that there is none for is a hole when its branch is taken: then the whole file is not served. What marks and
/// line ends mean to each other is told at <see cref="TemplateLexer"/>.
/// </remarks>
internal sealed class Template
{
    private readonly byte[] _text;
    private readonly TemplatePiece[] _pieces;

    /// <summary>Compiles the text; the names that it uses are added to <paramref name="names"/>.</summary>
    /// <param name="path">For messages, and what includes are relative to.</param>
    /// <param name="text">A byte-order mark is left out: in an answer file it would spoil the first line.</param>
    /// <param name="includes">What it may include, by path.</param>
    /// <param name="names">All names.</param>
    /// <param name="isWord">True for a word of <c>args</c>: it may only hold values.</param>
    public Template(
        string path,
        byte[] text,
        IReadOnlyDictionary<string, IncludedTemplate> includes,
        TemplateNames names,
        bool isWord = false)
    {
        _text = text;
        Path = path;
        IsWord = isWord;
        TemplateParser parser = new(includes, names, isWord);
        _pieces = parser.Parse(path, text);
        Errors = parser.Errors;
    }

    /// <summary>The path as the configuration gives it.</summary>
    public string Path { get; }

    /// <summary>True for a word of <c>args</c>.</summary>
    public bool IsWord { get; }

    /// <summary>True when lines end with CR LF.</summary>
    public bool HasCarriageReturns => _text.AsSpan().IndexOf("\r\n"u8) >= 0;

    /// <summary>Mistakes of the text itself. A template with one of these is never rendered.</summary>
    public IReadOnlyList<TemplateError> Errors { get; }

    /// <summary>The steps, those of branches that are not taken included.</summary>
    public ReadOnlySpan<TemplatePiece> Pieces => _pieces;

    /// <summary>
    /// The first value that there is none for; rendering would leave a hole there, so it is not done.
    /// </summary>
    public bool TryFindHole(in BootSubject subject, CatalogImage image, out TemplateHole hole)
    {
        TemplateRun run = new(this, subject, image);
        while (run.MoveNext(out TemplatePiece piece))
        {
            if (run.HasValue(piece)) continue;
            hole = new(piece.File, piece.Line, piece.Column, piece.Name);
            return true;
        }

        hole = default;
        return false;
    }

    /// <summary>Writes the text with this machine's values in it.</summary>
    public void Write(ref WireWriter target, in BootSubject subject, CatalogImage image)
    {
        TemplateRun run = new(this, subject, image);
        while (!target.Overflow && run.MoveNext(out TemplatePiece piece)) run.Write(ref target, piece);

        // What was ended before its time is as good as too long: half of it is never served.
        if (run.IsExhausted) target.Room(int.MaxValue);
    }
}
