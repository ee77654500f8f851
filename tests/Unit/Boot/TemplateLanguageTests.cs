using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Core;
using Aglet.Wire;
using Xunit;
using static Aglet.Tests.Unit.Boot.AnswerFixture;
using static Aglet.Tests.Unit.Boot.BootFixture;

namespace Aglet.Tests.Unit.Boot;

public sealed class TemplateLanguageTests
{
    private static readonly VariableSetting[] _values =
    [
        new("text", "some text"), new("empty", ""), new("quote", "it's"), Number("five", "5"), Number("zero", "0"),
        Flag("yes", true), Flag("no", false), List("keys", "a", "b c", "d"), List("one", "x"), List("none"),
    ];

    [Theory]
    [InlineData("{{ text }} {{ five }} {{ yes }} {{ keys }}", "some text 5 true a b c d")]
    [InlineData("{{ missing | default(\"a }} b\") }}{{ missing | default(7) }}{{ missing|default( true ) }}", "a }} b7true")]
    [InlineData("{{ text | default('x') | upper }}{{ missing | default('Ab\\n\\'') | lower }}", "SOME TEXTab\n'")]
    [InlineData("{{ quote | sh }} {{ keys | sh }} {{ empty | sh }}", "'it'\\''s' 'a' 'b c' 'd' ''")]
    [InlineData("{{ quote | json }}{{ five | json }}{{ yes | json }}{{ none | json }}", "\"it's\"5true[]")]
    [InlineData("{{ keys | json }} {{ keys | yaml }}", "[\"a\", \"b c\", \"d\"] [\"a\", \"b c\", \"d\"]")]
    [InlineData("{{ keys | sh | json }} {{ keys | upper | json }}", "\"'a' 'b c' 'd'\" [\"A\", \"B C\", \"D\"]")]
    [InlineData("{{ five | upper | json }}{{ quote | sh | sh }}", "\"5\"''\\''it'\\''\\'\\'''\\''s'\\'''")]
    [InlineData("{{ text | url }} {{ keys | url }} {{ quote | xml }}", "some%20text a%20b%20c%20d it&apos;s")]
    [InlineData("{{ dns }} {{ dns | json }}", "10.0.0.1 10.0.0.2 [\"10.0.0.1\", \"10.0.0.2\"]")]
    [InlineData("{{ answer }}", "http://10.0.0.1/" + Folder + "t.cfg")]
    public void ValuesGoThroughFilters(string template, string expected) =>
        Assert.Equal(expected, Answer(Site(template, _values)));

    [Theory]
    [InlineData("{% if text %}a{% else %}b{% endif %}", "a")]
    [InlineData("{% if missing %}a{% else %}b{% endif %}", "b")]
    [InlineData("{% if not missing %}a{% endif %}{% if not not text %}b{% endif %}", "ab")]
    [InlineData("{% if empty %}a{% elif zero %}b{% elif no %}c{% elif none %}d{% elif five %}e{% else %}f{% endif %}", "e")]
    [InlineData("{% if text == \"some text\" %}a{% endif %}{% if text != 'x' %}b{% endif %}", "ab")]
    [InlineData("{% if five == 5 %}a{% endif %}{% if yes == true %}b{% endif %}{% if no != false %}c{% endif %}", "ab")]
    [InlineData("{% if missing == \"\" %}a{% endif %}{% if missing != \"x\" %}b{% endif %}", "b")]
    [InlineData("{% if not five == 6 %}a{% endif %}{% if one == 'x' %}b{% endif %}", "ab")]
    [InlineData("{% if text and five %}a{% endif %}{% if text and no %}b{% endif %}c", "ac")]
    [InlineData("{% if no or five %}a{% endif %}{% if no or zero or none %}b{% else %}c{% endif %}", "ac")]
    [InlineData("{% if no %}{{ missing }}{% endif %}!", "!")]
    [InlineData("{% if no %}{% if text %}a{% else %}b{% endif %}{% else %}c{% endif %}", "c")]
    [InlineData("{% for k in keys %}{{ loop.index }}{{ k | sh }}{% if not loop.last %},{% endif %}{% endfor %}", "1'a',2'b c',3'd'")]
    [InlineData("{% for k in none %}a{% endfor %}{% for k in text %}[{{ k }}]{% endfor %}", "[some text]")]
    [InlineData("{% for k in keys %}{% for d in dns %}{{ k }}{{ d }}{% if loop.first %};{% endif %}{% endfor %} {% endfor %}x",
        "a10.0.0.1;a10.0.0.2 b c10.0.0.1;b c10.0.0.2 d10.0.0.1;d10.0.0.2 x")]
    [InlineData("{% for text in one %}{{ text }}{% endfor %}{{ text }}", "xsome text")]
    [InlineData("{% for k in keys %}{% if k == 'b c' %}!{% else %}{{ k }}{% endif %}{% endfor %}", "a!d")]
    public void BranchesAndLoops(string template, string expected) => Assert.Equal(expected, Answer(Site(template, _values)));

    [Theory]
    [InlineData("a\n  {% if text %}  \n  b\n{% endif %}\nc\n", "a\n  b\nc\n")]
    [InlineData("a\r\n{% if text %}\r\nb\r\n{% endif %}\r\nc\r\n", "a\r\nb\r\nc\r\n")]
    [InlineData("{% if text %}\n{# two\nlines #}\nb\n{% endif %}", "b\n")]
    [InlineData("a\n{%- if text -%}\n b\n{%- endif %}\nc", "ab\nc")]
    [InlineData("a {{- text -}} b {#- x -#} c", "asome textbc")]
    [InlineData("a{# {{ b }} #}c ${#list[@]} {% raw %}{{ a }}{# b #}{% endraw %}", "ac ${#list[@]} {{ a }}{# b #}")]
    [InlineData("x\n{% raw %}\n{{ a }}\n{% endraw %}\ny", "x\n{{ a }}\ny")]
    [InlineData("a {% raw -%} {{ {%- endraw -%} b", "a {{b")]
    [InlineData("{{{{ a }} {{{{{{{{ }", "{{ a }} {{{{ }")]
    [InlineData("{% if text %}{% endif %}{\n", "{\n")]
    public void MarksLeaveNoLinesBehind(string template, string expected) => Assert.Equal(expected, Answer(Site(template, _values)));

    [Theory]
    [InlineData("a\n {% if text %}", "answers/t.cfg:2:5: 'if' is not closed by {% endif %} in the same file")]
    [InlineData("{% for a in keys %}{% endif %}{% endfor %}", "answers/t.cfg:1:23: 'endif' has no 'if' before it that is still open")]
    [InlineData("{% else %}", "answers/t.cfg:1:4: 'else' has no 'if' before it")]
    [InlineData("{% if a %}{% else %}{% elif b %}{% endif %}", "answers/t.cfg:1:24: 'elif' has no 'if' before it")]
    [InlineData("{% iff a %}", "answers/t.cfg:1:4: 'iff' is not a tag: if, elif, else, endif, for, endfor, include, raw, endraw; did you mean 'if'?")]
    [InlineData("{% if a %}", "answers/t.cfg:1:4: 'if' is not closed by {% endif %} in the same file")]
    [InlineData("{% if %}{% endif %}", "answers/t.cfg:1:7: a name was expected in the condition")]
    [InlineData("{% if a == b %}{% endif %}", "answers/t.cfg:1:12: a text in quotes, a number, true or false was expected after '==' or '!='")]
    [InlineData("{% if a and b or c %}{% endif %}", "answers/t.cfg:1:15: 'and' and 'or' cannot stand in one condition: put one 'if' into another")]
    [InlineData("{% if a b %}{% endif %}", "answers/t.cfg:1:9: '==', '!=', 'and', 'or' or the end of the condition was expected, found 'b'")]
    [InlineData("{% for a keys %}{% endfor %}", "answers/t.cfg:1:4: a loop was expected: {% for item in name %}")]
    [InlineData("{% for a in keys %}{% for b in a %}{% endfor %}{% endfor %}", "answers/t.cfg:1:32: 'a' is one text here, not a list")]
    [InlineData("{{ loop.last }}", "answers/t.cfg:1:4: 'loop.last' has a meaning only between {% for %} and {% endfor %}")]
    [InlineData("{{ text | jsn }}", "answers/t.cfg:1:11: 'jsn' is not a filter: sh, json, yaml, xml, url, line, upper, lower, default; did you mean 'json'?")]
    [InlineData("{{ text | json | default(\"\") }}", "answers/t.cfg:1:18: 'default' must be the first filter: the others then quote what it gives")]
    [InlineData("{{ text | default }}", "answers/t.cfg:1:11: 'default' needs a value: default(\"text\"), default(5) or default(true)")]
    [InlineData("{{ text | sh | sh | sh | sh | sh }}", "answers/t.cfg:1:31: expected at most 4 filters")]
    [InlineData("{{ text | sh x }}", "answers/t.cfg:1:14: '|' and a filter, or the end of the value, was expected")]
    [InlineData("{% if a", "answers/t.cfg:1:1: '{%' is not closed by '%}' on its line; write {% raw %}{%{% endraw %} for the characters")]
    [InlineData("a {# b\n", "answers/t.cfg:1:3: '{#' is not closed by '#}'; write {% raw %}{#{% endraw %} for the characters")]
    [InlineData("{% raw %} {{", "answers/t.cfg:1:1: 'raw' is not closed by {% endraw %}")]
    [InlineData("{% include part %}", "answers/t.cfg:1:4: the path of a file was expected: {% include \"part.yaml\" %}")]
    public void MistakesAreTold(string template, string expected)
    {
        IReadOnlyList<CatalogProblem> problems = CatalogReview.Validate(Catalog(Site(template, _values), "k", "i"));
        Assert.Equal(expected, Assert.Single(problems, problem => !problem.IsWarning).ToString());
    }

    [Fact]
    public void AllMistakesAreToldAtOnce()
    {
        BootCatalog catalog = Catalog(Site("{{ }}\n{% x %}\n{{ a | b }}\n{% if %}", _values), "k", "i");
        Assert.Equal([1, 2, 3, 4, 4], CatalogReview.Validate(catalog).Select(problem => problem.Line));
    }

    [Fact]
    public void IncludesAreRelativeToTheirFolder()
    {
        Settings site = Site(
            "<{% include \"parts/a.cfg\" %}>", _values, AnswerKind.Plain, "",
            ("answers/parts/a.cfg", "\uFEFFa {{ text }}{% include './b.cfg' %}"), ("answers/parts/b.cfg", "!{% if no %}?{% endif %}"));
        Assert.Equal("<a some text!>", Answer(site));
    }

    [Fact]
    public void AMistakeInAnIncludedFileHasItsPlaceThere()
    {
        Settings site = Site(
            "a\n{% include \"b.cfg\" %}{% include \"b.cfg\" %}", _values, AnswerKind.Plain, "", ("answers/b.cfg", "x\ny {{ | }}"));
        CatalogProblem problem = Assert.Single(CatalogReview.Validate(Catalog(site, "k", "i")));
        Assert.Equal(("answers/b.cfg", 2, 6), (problem.File, problem.Line, problem.Column));
    }

    [Theory]
    [InlineData("{% include 't.cfg' %}", "answers/t.cfg includes itself, by way of answers/t.cfg")]
    [InlineData("{% include 'loop.cfg' %}", "answers/loop.cfg includes itself, by way of answers/loop.cfg")]
    [InlineData("{% include 'big.cfg' %}", "with answers/big.cfg the text is longer than 1048576 bytes")]
    [InlineData("{% include 'gone.cfg' %}", "answers/gone.cfg cannot be included: no such file")]
    [InlineData("{% include 'd1.cfg' %}", "expected at most 8 files that include one another")]
    [InlineData("{% include 'open.cfg' %}{% endif %}", "'if' is not closed by {% endif %} in the same file")]
    public void IncludesHaveLimits(string template, string message)
    {
        Settings site = Site(
            template, _values, AnswerKind.Plain, "", ("answers/loop.cfg", "{% include 'loop.cfg' %}"),
            ("answers/big.cfg", new string('x', 1024 * 1024)), ("answers/open.cfg", "{% if text %}"));
        Dictionary<string, IncludedTemplate> files = new(site.Images[0].Answer!.Includes)
        {
            ["answers/gone.cfg"] = new([], "no such file"),
        };
        for (int i = 1; i < 20; i++) files.Add($"answers/d{i}.cfg", new(Utf8($"{{% include 'd{i + 1}.cfg' %}}"), ""));
        site = site with { Images = [site.Images[0] with { Answer = site.Images[0].Answer! with { Includes = files } }] };
        Assert.Contains(message, CatalogReview.Validate(Catalog(site, "k", "i")).Select(problem => problem.Message));
    }

    /// <summary>A file that includes another twice, that one the next twice, and so on, would be as long as one likes.</summary>
    [Fact]
    public void DoublingIncludesEnd()
    {
        Dictionary<string, IncludedTemplate> files = [];
        string body = string.Concat(Enumerable.Repeat("{% include 'NEXT' %}{{ text }}", 200));
        for (int i = 1; i < 8; i++) files.Add($"answers/d{i}", new(Utf8(body.Replace("NEXT", $"d{i + 1}")), ""));
        files.Add("answers/d8", new(Utf8("x"), ""));
        Template template = new("answers/t", Utf8(body.Replace("NEXT", "d1")), files, new TemplateNames());
        Assert.NotEmpty(template.Errors);
        Assert.InRange(template.Pieces.Length, 1, Limits.TemplatePieces);
    }

    /// <summary>Four loops over a thousand texts would turn a million million times.</summary>
    [Fact]
    public void LoopsEnd()
    {
        const string Loops = "{% for a in l %}{% for b in l %}{% for c in l %}{% for d in l %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}x";
        Settings site = Site(Loops, [List("l", [.. Enumerable.Repeat("x", 1000)])]);
        CatalogProblem problem = Assert.Single(CatalogReview.Validate(Catalog(site, "k", "i")));
        Assert.StartsWith("answers/t.cfg: filled in for node1 it is longer than", problem.ToString());
        site = Site("{% for a in l %}" + Loops[..^1] + "{% endfor %}", [List("l", "x")]);
        Assert.Equal(
            "answers/t.cfg:1:68: expected at most 4 loops within each other",
            CatalogReview.Validate(Catalog(site, "k", "i"))[0].ToString());
        site = Site(string.Concat(Enumerable.Repeat("{% if a %}", 17)) + string.Concat(Enumerable.Repeat("{% endif %}", 17)));
        Assert.Equal(
            "answers/t.cfg:1:164: expected at most 16 blocks within each other",
            CatalogReview.Validate(Catalog(site, "k", "i"))[0].ToString());
    }

    [Fact]
    public void OnlyTheBranchThatIsTakenNeedsItsValues()
    {
        const string Template = "{% if disk %}{{ disk }} {{ size }}{% else %}none{% endif %}";
        Assert.Equal("none", Answer(Site(Template)));
        Settings site = Site(Template, [new("disk", "sda")]);
        Assert.Equal(
            "answers/t.cfg:1:28: 'size' is not a known name",
            Assert.Single(CatalogReview.Validate(Catalog(site, "k", "i"))).ToString());
        BootPlanner planner = new BootPlanner(Catalog(site, "k", "i")).Booted(Node1, Address1);
        Assert.Equal(ContentStatus.Missing, Status(planner, Folder + "t.cfg", Address1));
        Assert.Equal("1 2", Answer(Site(Template, [new("disk", "1"), new("size", "2")])));
    }

    [Fact]
    public void AConditionOnANameThatIsNearlyKnownIsAWarning()
    {
        Settings site = Site("{% if prox %}x{% endif %}{% if other %}y{% endif %}z{{ disc | default('') }}", [new("proxy", "p"), new("disk", "d")]);
        Assert.Equal(
            [
                (true, "answers/t.cfg:1:7: nothing gives 'prox' a value; did you mean 'proxy'?"),
                (true, "answers/t.cfg:1:56: nothing gives 'disc' a value; did you mean 'disk'?"),
            ],
            CatalogReview.Validate(Catalog(site, "k", "i")).Select(problem => (problem.IsWarning, problem.ToString())));
    }

    [Theory]
    [InlineData(nameof(AnswerKind.Autoinstall), "a: b", "yaml")]
    [InlineData(nameof(AnswerKind.CloudInit), "*x", "yaml")]
    [InlineData(nameof(AnswerKind.Ignition), "a\"b", "json")]
    [InlineData(nameof(AnswerKind.AutoYast), "a<b", "xml")]
    [InlineData(nameof(AnswerKind.Unattend), "a&b", "xml")]
    [InlineData(nameof(AnswerKind.Kickstart), "a\nrootpw x", "line")]
    [InlineData(nameof(AnswerKind.Preseed), "a\\", "line")]
    [InlineData(nameof(AnswerKind.Plain), "a\n\"<>", "")]
    [InlineData(nameof(AnswerKind.Autoinstall), "$6$a/b.c", "")]
    [InlineData(nameof(AnswerKind.Kickstart), "$6$a/b.c \"<", "")]
    public void AValueThatWouldBeSyntaxIsAWarningWithoutAFilter(string kindName, string value, string filter)
    {
        AnswerKind kind = Enum.Parse<AnswerKind>(kindName);
        string[] expected = filter.Length == 0
            ? []
            : [$"answers/t.cfg:1:6: 'v' of node1 has characters that the file would read as its own: "
                + $"write {{{{ v | {filter} }}}} without quotes around it"];
        IReadOnlyList<CatalogProblem> problems = CatalogReview.Validate(Catalog(Site("x {{ v }}", [new("v", value)], kind), "k", "i"));
        Assert.Equal(expected, problems.Select(problem => problem.ToString()));
        Assert.All(problems, problem => Assert.True(problem.IsWarning));
        string quoted = filter.Length == 0 ? "x" : $"{{{{ v | {filter} }}}}";
        Assert.Empty(CatalogReview.Validate(Catalog(Site(quoted, [new("v", value)], kind), "k", "i")));
    }

    [Fact]
    public void RenderingAllocatesNothingAndIsPure()
    {
        const string Template = "{% for k in keys %}{{ k | sh | json }}{{ loop.index }}{% endfor %}{{ dns | yaml }}{{ answer }}"
            + "{% if text == 'some text' and not no %}{{ missing | default('x') | xml }}{% endif %}{{ mac | url }}";
        BootCatalog catalog = Catalog(Site(Template, _values), "k", "i");
        BootSubject subject = new(new BootDocument(DocumentKind.Answer, catalog, Node1, OurAddress));
        CatalogImage image = catalog.Images[0];
        byte[] room = new byte[4096];
        string Render()
        {
            WireWriter target = new(room);
            image.Answer!.Write(ref target, subject, image);
            return Encoding.UTF8.GetString(target.Written);
        }

        string first = Render();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            WireWriter target = new(room);
            image.Answer!.Write(ref target, subject, image);
            _ = image.TryFindHole(subject, out _);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(first, Render());
        for (int size = 0; size < first.Length; size++)
        {
            WireWriter small = new(room.AsSpan(0, size));
            image.Answer!.Write(ref small, subject, image);
            Assert.True(small.Overflow);
        }
    }
}
