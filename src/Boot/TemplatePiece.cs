using System;
using Aglet.Config;

namespace Aglet.Boot;

/// <summary>
/// A mistake in the text of a template. Line and column count from 1; a column is a character, not a byte.
/// </summary>
/// <param name="File">The template, or the file that it includes.</param>
internal readonly record struct TemplateError(string File, int Line, int Column, string Message);

/// <summary>Where a template uses a value that there is none for.</summary>
/// <param name="Name">Index of the value's name.</param>
internal readonly record struct TemplateHole(string File, int Line, int Column, int Name);

/// <summary>What rendering does at a piece.</summary>
internal enum TemplateAction : byte
{
    /// <summary>Writes literal text.</summary>
    Text,

    /// <summary>Writes a value.</summary>
    Value,

    /// <summary>Goes on at <see cref="TemplatePiece.Target"/> when the condition does not hold.</summary>
    Unless,

    /// <summary>Goes on at <see cref="TemplatePiece.Target"/> when the condition holds.</summary>
    When,

    /// <summary>Goes on at <see cref="TemplatePiece.Target"/>.</summary>
    Jump,

    /// <summary>Begins a loop; an empty list goes on at <see cref="TemplatePiece.Target"/>.</summary>
    Loop,

    /// <summary>The next turn of a loop, from <see cref="TemplatePiece.Target"/>; after the last one goes on.</summary>
    Next,
}

/// <summary>What is read of a loop.</summary>
internal enum LoopPart : byte
{
    None,
    Item,

    /// <summary><c>loop.index</c>, from 1.</summary>
    Index,

    /// <summary><c>loop.first</c></summary>
    First,

    /// <summary><c>loop.last</c></summary>
    Last,
}

/// <summary>One step of a compiled template.</summary>
internal readonly record struct TemplatePiece
{
    public required TemplateAction Action { get; init; }

    /// <summary>What <see cref="Offset"/> and <see cref="Length"/> cut literal text from.</summary>
    public byte[] Source { get; init; }

    public int Offset { get; init; }

    public int Length { get; init; }

    /// <summary>Index of a value's name; -1 for none.</summary>
    public int Name { get; init; }

    /// <summary>What of a loop is read, or none: then it is the name that is read.</summary>
    public LoopPart Part { get; init; }

    /// <summary>The loop's place among those within each other.</summary>
    public int Slot { get; init; }

    /// <summary>Quoting and case.</summary>
    public TemplateFilters Filters { get; init; }

    /// <summary>What stands for a value that there is none for, or what a condition compares with; null for neither.</summary>
    public byte[]? Literal { get; init; }

    public VariableKind LiteralKind { get; init; }

    /// <summary>Turns a condition around.</summary>
    public bool IsNegated { get; init; }

    /// <summary>Index of the piece that a jump goes to.</summary>
    public int Target { get; init; }

    /// <summary>The template or the file that it includes.</summary>
    public string File { get; init; }

    /// <summary>Of the value's name.</summary>
    public int Line { get; init; }

    /// <summary>Of the value's name.</summary>
    public int Column { get; init; }

    /// <summary>True when rendering needs the value: without it there would be a hole.</summary>
    public bool NeedsValue =>
        Part == LoopPart.None && Action is TemplateAction.Value or TemplateAction.Loop && Literal is null && Name >= 0;

    public ReadOnlySpan<byte> Text => Source.AsSpan(Offset, Length);
}
