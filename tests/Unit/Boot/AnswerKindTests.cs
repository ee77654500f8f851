using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Net;
using Aglet.Tests.Simulation;
using Xunit;
using static Aglet.Tests.Unit.Boot.AnswerFixture;
using static Aglet.Tests.Unit.Boot.BootFixture;

namespace Aglet.Tests.Unit.Boot;

/// <summary>What each kind of answer file adds to the kernel's arguments, and which files it has.</summary>
public sealed class AnswerKindTests
{
    /// <summary>
    /// Each kind, as it is and with arguments of the operator's, in each boot program's words. With UPDATE_GOLDEN in the
    /// environment the file is written anew.
    /// </summary>
    [Fact]
    public void EachBootProgramIsToldTheSame()
    {
        string path = Path.Combine(GoldenFolder(), "answers", "arguments.txt");
        StringBuilder now = new();
        foreach (AnswerKind kind in Enum.GetValues<AnswerKind>())
        {
            Show(now, kind, "");
            Show(now, kind, Arguments(kind));
        }

        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") is not null) File.WriteAllText(path, now.ToString());
        Assert.Equal(File.ReadAllText(path), now.ToString());
    }

    [Theory]
    [InlineData("autoinstall")]
    [InlineData("cloud-init")]
    public void NoCloudHasFourFiles(string kind)
    {
        BootPlanner planner = new(Catalog(Read($$"""
            { "kind": "{{kind}}", "template": "a/user.yaml" }
            """), "k", "i"));
        planner.Booted(Node1, Address1);
        Assert.Equal("#cloud-config\nname: node1\n", Text(planner, Folder + "user-data", Address1));
        Assert.Equal("instance-id: \"node1\"\nlocal-hostname: \"node1\"\n", Text(planner, Folder + "meta-data", Address1));
        Assert.Equal("", Text(planner, Folder + "vendor-data", Address1));
        Assert.Equal("", Text(planner, Folder + "network-config", Address1));
        Assert.Equal(ContentStatus.Missing, Status(planner, Folder + "other", Address1));
        Assert.Equal(ContentStatus.Forbidden, Status(planner, Folder + "vendor-data", Address9Of(planner)));
    }

    [Fact]
    public void NoCloudsOtherFilesMayBeTemplates()
    {
        BootPlanner planner = new(Catalog(Read("""
            { "kind": "autoinstall", "template": "a/user.yaml", "meta-data": "a/meta.yaml", "vendor-data": "a/vendor.yaml",
              "network-config": "a/net.yaml" }
            """), "k", "i"));
        planner.Booted(Node1, Address1);
        Assert.Equal("instance-id: 52-54-00-00-00-01", Text(planner, Folder + "meta-data", Address1));
        Assert.Equal("vendor 1", Text(planner, Folder + "vendor-data", Address1));
        Assert.Equal("part of 10.0.0.11\n", Text(planner, Folder + "network-config", Address1));
    }

    [Theory]
    [InlineData("""{ "kind": "preseed", "template": "a/user.yaml", "vendor-data": "a/vendor.yaml" }""",
        "1:95: images.x.answer.vendor-data: expected no such key beside \"kind\": \"preseed\": only \"autoinstall\" and \"cloud-init\" have such a file")]
    [InlineData("""{ "kind": "cloudinit", "template": "a/user.yaml" }""",
        "1:57: images.x.answer.kind: expected a kind such as \"preseed\", \"kickstart\", \"autoinstall\" or \"plain\", found \"cloudinit\"; did you mean \"cloud-init\"?")]
    public void WrongKeysAreTold(string answer, string message)
    {
        List<ConfigProblem> problems = [];
        Assert.Null(Read(answer, problems));
        Assert.Equal("/e/aglet.json:" + message, Assert.Single(problems).Text);
    }

    [Fact]
    public void AMissingIncludeIsToldAtItsTag()
    {
        Settings settings = Read("""{ "kind": "plain", "template": "a/broken.yaml" }""");
        CatalogProblem problem = Assert.Single(CatalogReview.Validate(Catalog(settings, "k", "i")));
        Assert.Equal("/e/a/broken.yaml:2:4: /e/a/gone.yaml cannot be included: no such file", problem.ToString());
    }

    [Theory]
    [InlineData("a={{ v }} b", "it's \"fine\"\n${x}; #", " a=\"it's fine ${x}; #\" b")]
    [InlineData("{{ v }} b", "", " b")]
    [InlineData("{{ v }} b", "x y", " \"x y\" b")]
    [InlineData("a=\"{{ v }} z\"", "x\" init=/bin/sh", " a=\"x init=/bin/sh z\"")]
    [InlineData("{{ list }} {{ list | upper }}", "", " one \"two words\" ONE \"TWO WORDS\"")]
    [InlineData("talos.config={{ answer }} a={{ five }}:{{ none | default(\"x y\") }}", "",
        " talos.config=http://10.0.0.1/" + Folder + "t.cfg a=\"5:x y\"")]
    public void AValueInTheArgumentsStaysOneWord(string arguments, string value, string expected)
    {
        Settings site = Site("-", [new("v", value), List("list", "one", "two words"), Number("five", "5")], AnswerKind.Plain, arguments);
        string script = Text(new BootPlanner(Catalog(site, "k", "i")).Booted(Node1, Address1), "pxelinux.cfg/01-52-54-00-00-00-01", Address1);
        Assert.Contains($"\n  APPEND BOOTIF=01-52-54-00-00-00-01{expected}\n", script);
    }

    [Theory]
    [InlineData("a={{ gone }}", "images.x.args: 'gone' is not a known name")]
    [InlineData("a={{ v", "images.x.args: '{{' is not closed by '}}' on its line; write '{{{{' for two braces")]
    [InlineData("{% if v %}", "images.x.args: expected only values {{ }} in the arguments, found a tag {% %}")]
    public void MistakesInTheArgumentsAreTold(string arguments, string message)
    {
        Settings site = Site("-", [new("v", "x")], AnswerKind.Plain, arguments);
        Assert.Contains(message, CatalogReview.Validate(Catalog(site, "k", "i")).Select(problem => problem.ToString()));
        string script = Text(new BootPlanner(Catalog(site, "k", "i")).Booted(Node1, Address1), "pxelinux.cfg/01-52-54-00-00-00-01", Address1);
        Assert.StartsWith("# Aglet: node1 boots its local disk; not x, because images.x.args", script);
    }

    /// <summary>A hole in the arguments was a crash of `explain`, which shows images that are not given, too.</summary>
    [Theory]
    [InlineData("a={{ gone }} b")]
    [InlineData("a={{ uuid }} b")]
    public void AHoleInTheArgumentsIsShownAndNotServed(string arguments)
    {
        BootCatalog catalog = Catalog(Site("-", [], AnswerKind.Plain, arguments), "k", "i", "pxelinux.0");
        ClientArchitecture bios = ClientArchitecture.ForName("x86-bios")!;
        BootExplanation explanation = BootExplanation.Of(catalog, new BootQuestion(new(Node1), bios, OurAddress));
        ExplainedImage image = Assert.Single(explanation.Images, image => image.Name == "x");
        Assert.Equal("BOOTIF=01-52-54-00-00-00-01 a= b", image.CommandLine);
        Assert.StartsWith("images.x.args:1:6 uses '", image.Problem);
        Assert.False(explanation.IsComplete);
    }

    [Fact]
    public void ExplainShowsAllOfNoCloud()
    {
        BootCatalog catalog = Catalog(Read("""{ "kind": "autoinstall", "template": "a/user.yaml" }"""), "k", "i", "pxelinux.0");
        ClientArchitecture bios = ClientArchitecture.ForName("x86-bios")!;
        BootExplanation explanation = BootExplanation.Of(catalog, new BootQuestion(new(Node1), bios, OurAddress));
        ExplainedImage image = Assert.Single(explanation.Images);
        Assert.Equal(
            [("meta-data", 45), ("vendor-data", 0), ("network-config", 0)],
            image.Answers.Skip(1).Select(answer => (answer.Url[(answer.Url.LastIndexOf('/') + 1)..], answer.Text.Length)));
        Assert.EndsWith("/user-data", image.Answers[0].Url);
    }

    private static string Arguments(AnswerKind kind) => kind switch
    {
        AnswerKind.Kickstart => "inst.ks=http://other/ks.cfg inst.ks.sendmac ip=ens3:dhcp BOOTIF=none inst.repo=http://m/",
        AnswerKind.Preseed => "url=http://other/p.cfg auto-install/enable=false hostname=other --- console=ttyS0",
        AnswerKind.Autoinstall => "url={{ http }}/x.iso ip=10.0.0.9::10.0.0.1:255.255.255.0 ds=nocloud;s=/cdrom/ toram",
        AnswerKind.CloudInit => "cloud-config-url=http://other/c root=live:http://m/fs.img",
        AnswerKind.Ignition => "flatcar.first_boot=1 coreos.inst.install_dev=/dev/sda coreos.inst.ignition_url={{ answer }}",
        AnswerKind.AutoYast => "install=http://m/leap self_update=0 ifcfg=*=dhcp",
        AnswerKind.Unattend => "gui",
        _ => "talos.platform=metal talos.config={{ answer }}",
    };

    private static void Show(StringBuilder shown, AnswerKind kind, string arguments)
    {
        BootPlanner planner = new(Catalog(Site("x\n", [], kind, arguments), "k", "i"));
        shown.Append($"== {kind} {arguments}".TrimEnd()).Append('\n');
        Line("pxelinux", "pxelinux.cfg/01-52-54-00-00-00-01", "  APPEND");
        Line("grub", "_/grub/52-54-00-00-00-01/grub.cfg", "  linux ");
        Line("ipxe", "_/ipxe/52-54-00-00-00-01/boot.ipxe", "kernel ");
        Line("ipxe", "_/ipxe/52-54-00-00-00-01/boot.ipxe", "initrd --name unattend");
        planner.Offer(At(0), Firmware(Node1, "arm64-uboot"), OurAddress);
        Line("u-boot", "pxelinux.cfg/01-52-54-00-00-00-01", "  APPEND");

        void Line(string program, string path, string start)
        {
            foreach (string line in Text(planner, path, Address1).Split('\n'))
            {
                if (line.StartsWith(start, StringComparison.Ordinal)) shown.Append($"{program}: {line.Trim()}\n");
            }
        }
    }

    private static Settings Read(string answer)
    {
        List<ConfigProblem> problems = [];
        Settings? settings = Read(answer, problems);
        Assert.Empty(problems);
        return settings!;
    }

    private static Settings? Read(string answer, List<ConfigProblem> problems)
    {
        SimKernel kernel = new(1, FaultRates.None);
        kernel.Files.Add("/e/a/user.yaml", Utf8("#cloud-config\nname: {{ name }}\n"));
        kernel.Files.Add("/e/a/meta.yaml", Utf8("instance-id: {{ mac_dashes }}"));
        kernel.Files.Add("/e/a/vendor.yaml", Utf8("vendor {{ level }}"));
        kernel.Files.Add("/e/a/net.yaml", Utf8("{% include \"parts/net.yaml\" %}"));
        kernel.Files.Add("/e/a/parts/net.yaml", Utf8("part of {{ address }}\n"));
        kernel.Files.Add("/e/a/broken.yaml", Utf8("x\n{% include \"gone.yaml\" %}"));
        string text = $$"""
            { "images": { "x": { "kernel": "k", "answer": {{answer}} } }, "vars": { "level": 1 }, "dhcp": { "mode": "proxy" },
              "machines": [{ "name": "node1", "mac": "52:54:00:00:00:01", "image": "x" }], "unknown": "ignore" }
            """;
        return SettingsReader.Parse(kernel, "/e/aglet.json", Utf8(text), SettingsOverrides.None, problems);
    }

    /// <summary>The address of another machine, which is known.</summary>
    private static Ipv4Address Address9Of(BootPlanner planner)
    {
        planner.Booted(Stranger, Address9);
        return Address9;
    }

    private static string GoldenFolder([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "../../Golden");
}
