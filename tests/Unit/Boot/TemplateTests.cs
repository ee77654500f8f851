using System.Collections.Generic;
using System.Linq;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Tests.Simulation;
using Xunit;
using static Aglet.Tests.Unit.Boot.BootFixture;

namespace Aglet.Tests.Unit.Boot;

public sealed class TemplateTests
{
    [Theory]
    [InlineData("plain\n", "plain\n")]
    [InlineData("{{name}}", "node1")]
    [InlineData("<{{ \tname }}{{ mac }}>", "<node152:54:00:00:00:01>")]
    [InlineData("{{ mac_dashes }} {{ hostname }} {{ address }}", "52-54-00-00-00-01 node1 10.0.0.11")]
    [InlineData("{{ router }} {{ dns }} {{ domain }}", "10.0.0.1 10.0.0.1 10.0.0.2 lab.example")]
    [InlineData("{{ netmask }} {{ server }} {{ http }}", "255.255.255.0 10.0.0.1 http://10.0.0.1:8080")]
    [InlineData("{{ image }} {{ title }} {{ uuid }}", "x The X 00112233-4455-6677-8899-aabbccddeeff")]
    [InlineData("{{ mine }} {{ all }}", "machine everyone")]
    [InlineData("{{{{ name }} {{name}} }}", "{{ name }} node1 }}")]
    [InlineData("{ {% raw %}{% }} {{{% endraw %} é", "{ {% }} {{ é")]
    public void ValuesAreFilledIn(string template, string expected) =>
        Assert.Equal(expected, Text(new BootPlanner(Catalog(With(template), "k")).Booted(Node1, Address1), Path, Address1));

    /// <summary>The first line of an answer file that an editor had marked was not understood by installers.</summary>
    [Fact]
    public void AByteOrderMarkIsLeftOutAndIsNoColumn()
    {
        Assert.Equal("node1\r\n", Text(new BootPlanner(Catalog(With("\uFEFF{{ name }}\r\n"), "k")).Booted(Node1, Address1), Path, Address1));
        Assert.Equal(4, Assert.Single(CatalogReview.Validate(Catalog(With("\uFEFF{{ 1 }}"), "k"))).Column);
    }

    /// <summary>Such an answer was 404 at the installation, and `check` said that all was good.</summary>
    [Theory]
    [InlineData("{{ mine }}", 300_000, false, "t.cfg: filled in for node1 it is longer than 262144 bytes, the most that is served")]
    [InlineData("{{ mine }}", 0, false, "t.cfg: filled in for node1 it is empty, and nothing is served")]
    public void AnAnswerThatCannotBeServedIsAnError(string template, int length, bool isWarning, string message)
    {
        Settings settings = With(template);
        settings = settings with
        {
            Machines = [settings.Machines[0] with { Variables = [new("mine", new string('x', length))] }],
        };
        CatalogProblem problem = Assert.Single(CatalogReview.Validate(Catalog(settings, "k")));
        Assert.Equal((isWarning, message), (problem.IsWarning, problem.ToString()));
    }

    [Fact]
    public void AMenuThatIsTooLongIsAnError()
    {
        Settings settings = With("x") with { Unknown = UnknownPolicy.Menu, MenuTitle = "m" };
        ImageSetting image = settings.Images[0] with { Answer = null, Title = new string('t', 100_000) };
        settings = settings with { Images = [image, image with { Name = "y" }, image with { Name = "z" }], Machines = [] };
        CatalogProblem problem = Assert.Single(CatalogReview.Validate(Catalog(settings, "k")));
        Assert.False(problem.IsWarning);
        Assert.StartsWith("images: the menu of all 4 is longer than 262144 bytes", problem.ToString());
        settings = settings with { Unknown = UnknownPolicy.Disk };
        Assert.Empty(CatalogReview.Validate(Catalog(settings, "k")));
    }

    [Fact]
    public void WhatAKernelOrABootProgramWouldSpoilIsAWarning()
    {
        Settings settings = With("x");
        string arguments = "a='b' #x " + new string('y', 2000);
        settings = settings with { Images = [settings.Images[0] with { Arguments = arguments }] };
        IReadOnlyList<CatalogProblem> problems = CatalogReview.Validate(Catalog(settings, "k"));
        Assert.All(problems, problem => Assert.True(problem.IsWarning));
        Assert.Equal(
            [
                "image x: GRUB would put backslashes into the argument a='b'",
                "image x: iPXE would not hand on the argument #x as it is",
                "image x: node1's command line is longer than 2047 bytes: the kernel would cut it",
            ],
            problems.Select(problem => problem.ToString()));
    }

    [Fact]
    public void WindowsLineEndsInAPreseedAreAWarning()
    {
        Settings settings = With("d-i a b c\r\n");
        AnswerSetting answer = settings.Images[0].Answer! with { Kind = AnswerKind.Preseed };
        settings = settings with { Images = [settings.Images[0] with { Answer = answer }] };
        CatalogProblem problem = Assert.Single(CatalogReview.Validate(Catalog(settings, "k")));
        Assert.True(problem.IsWarning);
        Assert.StartsWith("t.cfg: its lines end as in Windows", problem.ToString());
    }

    [Theory]
    [InlineData("a\n b {{ name", 2, 4, "'{{' is not closed by '}}' on its line; write '{{{{' for two braces")]
    [InlineData("é {{ name\n}}", 1, 3, "'{{' is not closed by '}}' on its line; write '{{{{' for two braces")]
    [InlineData("x {{ }}", 1, 3, "a name was expected between '{{' and '}}'")]
    [InlineData("x\n\n{{ a b }}", 3, 4, "'a b' is not a name: letters, digits, '_', '-' and '.' make one, and '|' a filter")]
    [InlineData("{{ 1st }}", 1, 4, "'1st' is not a name: letters, digits, '_', '-' and '.' make one, and '|' a filter")]
    public void MistakesHaveAPlace(string template, int line, int column, string message)
    {
        CatalogProblem problem = Assert.Single(CatalogReview.Validate(Catalog(With(template), "k")));
        Assert.Equal(("t.cfg", line, column, message), (problem.File, problem.Line, problem.Column, problem.Message));
        Assert.False(problem.IsWarning);
    }

    [Fact]
    public void AnUnknownNameIsSaidOnceWithThePlaceAndTheNearest()
    {
        Settings settings = With("é\n  {{ timezon }}\n") with
        {
            Variables = [new("timezone", "UTC")],
            Machines =
            [
                new() { Name = "a", HardwareAddress = Node1, Image = 0 },
                new() { Name = "b", HardwareAddress = Node2, Image = 0 },
            ],
        };
        CatalogProblem problem = Assert.Single(CatalogReview.Validate(Catalog(settings, "k")));
        Assert.Equal("t.cfg:2:6: 'timezon' is not a known name; did you mean 'timezone'?", problem.ToString());
        Assert.Equal(("timezon", "timezone", false), (problem.Name, problem.Nearest, problem.IsWarning));
    }

    [Fact]
    public void AValueThatOneMachineLacksIsSaidForThatMachine()
    {
        Settings settings = With("{{ disk }} {{ router }}") with
        {
            Main = new(),
            Unknown = UnknownPolicy.Menu,
            Machines =
            [
                new() { Name = "a", HardwareAddress = Node1, Image = 0, Variables = [new("disk", "sda"), new("router", "x")] },
                new() { Name = "b", HardwareAddress = Node2, Image = 0 },
            ],
        };
        IReadOnlyList<CatalogProblem> problems = CatalogReview.Validate(Catalog(settings, "k"));
        Assert.Equal(
            [
                (false, "t.cfg:1:4: 'disk' has no value for b: set vars.disk for it or for all"),
                (false, "t.cfg:1:15: 'router' has no value for b: set dhcp.router or vars.router"),
                (true, "t.cfg:1:4: 'disk' has no value for a machine that is not configured: set vars.disk for it or for all"),
                (true, "t.cfg:1:15: 'router' has no value for a machine that is not configured: set dhcp.router or vars.router"),
            ],
            problems.Select(problem => (problem.IsWarning, problem.ToString())));
    }

    [Fact]
    public void WhatTheFirmwareTellsIsNoMistake() =>
        Assert.Empty(CatalogReview.Validate(Catalog(With("{{ uuid }} {{ address }} {{ mac }}"), "k")));

    [Fact]
    public void MissingFilesAreMistakes() => Assert.Equal(
        "image x: k is not in the tree", Assert.Single(CatalogReview.Validate(Catalog(With("-"), "other"))).ToString());

    [Theory]
    [InlineData("{{ nothing }}", "answers with a hole")]
    [InlineData("{{ name", "broken")]
    public void ATemplateThatCannotBeRenderedIsNeverServed(string template, string why)
    {
        Settings settings = With(template) with { Unknown = UnknownPolicy.Menu };
        BootPlanner planner = new(Catalog(settings, "k"));
        Assert.True(Status(planner, Path, default) == ContentStatus.Missing, why);
        Assert.StartsWith("# Aglet: node1 boots its local disk; not x, because t.cfg", Text(planner, Script1, default));
        string menu = Text(planner, "pxelinux.cfg/01-52-54-00-00-00-99", default);
        Assert.DoesNotContain("LABEL x", menu);
        Assert.Contains("LABEL disk", menu);
    }

    [Fact]
    public void TheWarningNamesThePlaceAndComesOnceAMinute()
    {
        SimKernel kernel = new(1, FaultRates.None);
        BootPlanner planner = new(Catalog(With("\n {{ nothing }}"), "k"), new Log(kernel));
        Asker asker = new(Address1, OurAddress, FileProtocol.Tftp);
        for (int second = 0; second < 61; second += 10) planner.Find(At(second), Utf8(Script1), asker, out _);
        Assert.Equal(2, kernel.LogLines);
        Assert.Contains(
            " warning: node1: is not given x: t.cfg:2:5 uses 'nothing', which has no value for this machine\n",
            kernel.LogText);
    }

    private const string Path = $"_/answer/52-54-00-00-00-01/{Token}/x/preseed.cfg";
    private const string Script1 = "pxelinux.cfg/01-52-54-00-00-00-01";

    private static Settings With(string template) => Rack with
    {
        HttpPort = 8080,
        Address = new Ipv4Prefix(OurAddress, 24),
        Variables = [new("all", "everyone"), new("mine", "default")],
        Images =
        [
            new()
            {
                Name = "x", Title = "The X", Kernel = "k",
                Answer = new(AnswerKind.Preseed, "t.cfg", Encoding.UTF8.GetBytes(template)),
            },
        ],
        Machines =
        [
            new()
            {
                Name = "node1", HardwareAddress = Node1, Uuid = Uuid3, Address = Address1, Image = 0,
                Variables = [new("mine", "machine")],
            },
        ],
        Unknown = UnknownPolicy.Ignore,
    };
}
