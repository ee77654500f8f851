using System;
using System.Runtime.CompilerServices;
using Aglet.Config;
using Aglet.Core;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>
/// Walks a template for one machine: the pieces of the branches that are taken, in the order in which they are written.
/// Allocates nothing; ends after <see cref="Limits.TemplateSteps"/>.
/// </summary>
internal ref struct TemplateRun(Template template, BootSubject subject, CatalogImage image)
{
    private readonly Template _template = template;
    private readonly BootSubject _subject = subject;
    private readonly CatalogImage _image = image;
    private LoopStates _loops;
    private int _next;
    private int _steps;

    /// <summary>True when the walk was ended before its time.</summary>
    public readonly bool IsExhausted => _steps > Limits.TemplateSteps;

    /// <summary>Index of the piece that was returned last.</summary>
    public int Index { get; private set; }

    /// <summary>The next piece that writes something or begins a loop; false at the end.</summary>
    public bool MoveNext(out TemplatePiece piece)
    {
        ReadOnlySpan<TemplatePiece> pieces = _template.Pieces;
        while (_next < pieces.Length && ++_steps <= Limits.TemplateSteps)
        {
            piece = pieces[_next];
            Index = _next++;
            switch (piece.Action)
            {
                case TemplateAction.Text or TemplateAction.Value:
                    return true;
                case TemplateAction.Unless:
                    if (!Holds(piece)) _next = piece.Target;
                    break;
                case TemplateAction.When:
                    if (Holds(piece)) _next = piece.Target;
                    break;
                case TemplateAction.Jump:
                    _next = piece.Target;
                    break;
                case TemplateAction.Loop:
                    int count = _subject.HasValue(piece.Name, _image) ? _subject.CountOf(piece.Name) : 0;
                    _loops[piece.Slot] = new(piece.Name, 0, count);
                    if (count == 0) _next = piece.Target;
                    return true;
                case TemplateAction.Next:
                    ref LoopState loop = ref _loops[piece.Slot];
                    loop = loop with { Index = loop.Index + 1 };
                    if (loop.Index < loop.Count) _next = piece.Target;
                    break;
            }
        }

        piece = default;
        return false;
    }

    /// <summary>True when there is something to write at a piece.</summary>
    public readonly bool HasValue(in TemplatePiece piece) => !piece.NeedsValue || _subject.HasValue(piece.Name, _image);

    /// <summary>Writes what a piece stands for; nothing where there is a hole, which is shown but never served.</summary>
    public readonly void Write(ref WireWriter target, in TemplatePiece piece)
    {
        if (piece.Action == TemplateAction.Text)
        {
            target.Bytes(piece.Text);
            return;
        }

        if (piece.Action != TemplateAction.Value || !HasValue(piece)) return;
        VariableKind kind = KindOf(piece);
        int count = CountOf(piece);
        Span<byte> room = stackalloc byte[BootUrl.AnswerBytesMax];
        piece.Filters.Begin(ref target, kind);
        for (int i = 0; i < count && !target.Overflow; i++)
            piece.Filters.WriteItem(ref target, Read(piece, i, room), kind, i);
        piece.Filters.End(ref target, kind);
    }

    /// <summary>What a value is at a piece.</summary>
    public readonly VariableKind KindOf(in TemplatePiece piece) => piece.Part switch
    {
        LoopPart.Index => VariableKind.Number,
        LoopPart.First or LoopPart.Last => VariableKind.Boolean,
        LoopPart.Item => VariableKind.Text,
        _ => UsesName(piece) ? _subject.KindOf(piece.Name) : piece.LiteralKind,
    };

    /// <summary>How many texts a value has.</summary>
    public readonly int CountOf(in TemplatePiece piece) =>
        KindOf(piece) == VariableKind.List ? _subject.CountOf(piece.Name) : 1;

    /// <summary>The text of a value, or one text of a list.</summary>
    /// <param name="piece">Where it is used.</param>
    /// <param name="item">Which text of a list.</param>
    /// <param name="room">Where it may be put together; at least <see cref="BootUrl.AnswerBytesMax"/>.</param>
    public readonly ReadOnlySpan<byte> Read(in TemplatePiece piece, int item, Span<byte> room)
    {
        LoopState loop = piece.Part == LoopPart.None ? default : _loops[piece.Slot];
        switch (piece.Part)
        {
            case LoopPart.Item:
                return _subject.ItemOf(loop.Name, loop.Index, _image, room);
            case LoopPart.Index:
                return AsciiText.FormatDecimal((ulong)loop.Index + 1, room);
            case LoopPart.First:
                return loop.Index == 0 ? "true"u8 : "false"u8;
            case LoopPart.Last:
                return loop.Index + 1 == loop.Count ? "true"u8 : "false"u8;
            default:
                return UsesName(piece) ? _subject.ItemOf(piece.Name, item, _image, room) : piece.Literal;
        }
    }

    /// <summary>The default stands in only where there is no value.</summary>
    private readonly bool UsesName(in TemplatePiece piece) =>
        piece.Name >= 0 && (piece.Literal is null || _subject.HasValue(piece.Name, _image));

    /// <summary>
    /// A comparison is one of texts. Alone, a value holds unless there is none, or it is an empty text or list,
    /// <c>false</c> or the number 0.
    /// </summary>
    private readonly bool Holds(in TemplatePiece piece)
    {
        TemplatePiece value = piece with { Literal = null };
        bool isThere = piece.Part != LoopPart.None || _subject.HasValue(piece.Name, _image);
        bool holds = false;
        if (isThere)
        {
            VariableKind kind = KindOf(value);
            int count = CountOf(value);
            Span<byte> room = stackalloc byte[BootUrl.AnswerBytesMax];
            ReadOnlySpan<byte> text = count == 0 ? default : Read(value, 0, room);
            if (piece.Literal is not null)
                holds = count == 1 && text.SequenceEqual(piece.Literal);
            else
                holds = count > 1 || kind switch
                {
                    VariableKind.Boolean => text.SequenceEqual("true"u8),
                    VariableKind.Number => !text.SequenceEqual("0"u8),
                    _ => !text.IsEmpty,
                };
        }

        return holds != piece.IsNegated;
    }

    /// <summary>Where a loop is.</summary>
    private readonly record struct LoopState(int Name, int Index, int Count);

    [InlineArray(Limits.TemplateLoops)]
    private struct LoopStates
    {
        private LoopState _first;
    }
}
