using System;
using System.Collections.Generic;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
using Aglet.Tree;
using Aglet.Wire;

namespace Aglet.Tests.Fuzz;

/// <summary>
/// A template: errors with places inside of it, or a text that is rendered twice the same, within its room, or a hole.
/// </summary>
internal sealed class TemplateFuzzTarget : FuzzTarget
{
    private static readonly HardwareAddress _card = HardwareAddress.Read([2, 0, 0, 0, 0, 1]);

    private readonly Dictionary<string, IncludedTemplate> _includes = new()
    {
        ["a/b"] = new("b{% if t %}{{ t }}{% endif %}"u8.ToArray(), ""),
        ["a/t"] = new([], "no such file"),
    };

    private readonly byte[] _first = new byte[64 * 1024];
    private readonly byte[] _second = new byte[64 * 1024];
    private readonly BootTree _tree = new([]);

    public TemplateFuzzTarget()
        : base("template", Samples())
    {
        Share = 10;
    }

    public override bool Try(ReadOnlySpan<byte> input)
    {
        BootCatalog catalog = new(
            new Settings
            {
                Tree = "",
                Variables = [new("t", "x'\"\\<\n"), new("l", "") { Kind = VariableKind.List, Items = ["1", "2"] }],
                Images =
                [
                    new()
                    {
                        Name = "i", Title = "i", Kernel = "k",
                        Answer = new(AnswerKind.Plain, "a/x", input.ToArray()) { Includes = _includes },
                    },
                ],
            },
            _tree);
        CatalogImage image = catalog.Images[0];
        Template template = image.Answer!;
        foreach (TemplateError error in template.Errors)
        {
            bool hasPlace = error.Line >= 1 && error.Column >= 1 && error.Column <= input.Length + 64;
            if (!hasPlace || error.Message.Length == 0) throw new FuzzException($"no place: {error}");
        }

        if (template.Errors.Count > 0) return false;
        foreach (ref readonly TemplatePiece piece in template.Pieces)
        {
            if (piece.Target > template.Pieces.Length) throw new FuzzException("a jump out of the template");
        }

        BootSubject subject = new(new BootDocument(DocumentKind.Answer, catalog, _card, Ipv4Address.Broadcast));
        if (template.TryFindHole(subject, image, out TemplateHole hole))
        {
            return hole.Line >= 1 ? true : throw new FuzzException("a hole without a place");
        }

        WireWriter first = new(_first);
        template.Write(ref first, subject, image);
        WireWriter second = new(_second);
        template.Write(ref second, subject, image);
        if (first.Overflow != second.Overflow || !first.Written.SequenceEqual(second.Written)) throw new FuzzException("not the same twice");
        if (first.Overflow || first.Length == 0) return true;
        WireWriter small = new(_second.AsSpan(0, first.Length - 1));
        template.Write(ref small, subject, image);
        return small.Overflow ? true : throw new FuzzException("rendered into too little room");
    }

    private static List<byte[]> Samples() =>
    [
        "a {{ t | sh }}{{ l | json }}{{ m | default('x') | yaml | sh }} {{{{ }}"u8.ToArray(),
        "{% for x in l %}{{ x | xml }}{{ loop.index }}{% if not loop.last %},{% endif %}{% endfor %}"u8.ToArray(),
        "{% if t == \"x\" or m != 5 %}\n a {%- elif t and not l -%}\n{# c #}\n{% else %}b{% endif %}\n"u8.ToArray(),
        "{% include \"b\" %}{% raw %}{{ x }}{% endraw %}${#t[@]}{{ t | url | upper | line }}"u8.ToArray(),
    ];
}
