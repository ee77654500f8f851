using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Aglet.Boot;
using Aglet.Config;
using Xunit;
using static Aglet.Tests.Unit.Boot.AnswerFixture;
using static Aglet.Tests.Unit.Boot.BootFixture;

namespace Aglet.Tests.Unit.Boot;

/// <summary>The examples beside the example configuration: each is read by what its installer reads it with.</summary>
public sealed class ExampleAnswerTests
{
    private const string Nasty = "a'b\"c\\ $x %s; <i>&]]> é: # - {\n}";

    private static readonly VariableSetting[] _few =
        [new("timezone", "Etc/UTC"), new("root_password_hash", "$6$a.b/c"), new("repository", "http://m/"), new("windows_password", "x")];

    private static readonly VariableSetting[] _many =
    [
        .. _few, List("ssh_keys", "ssh-ed25519 AAAA a@b", Nasty), List("packages", "vim", "tmux"), new("user", Nasty),
        new("proxy", "http://10.0.0.1:3128/"), new("windows_key", Nasty), new("windows_edition", Nasty),
    ];

    [Theory]
    [InlineData("ubuntu-autoinstall.yaml", nameof(AnswerKind.Autoinstall))]
    [InlineData("cloud-init.yaml", nameof(AnswerKind.CloudInit))]
    public void YamlIsRead(string file, string kind)
    {
        Assert.Equal("admin", UserOf(Yaml(Example(file, kind, _few))));
        JsonElement root = Yaml(Example(file, kind, _many));
        Assert.Equal(Nasty, UserOf(root));
        JsonElement keys = root.TryGetProperty("autoinstall", out JsonElement install)
            ? install.GetProperty("ssh").GetProperty("authorized-keys")
            : root.GetProperty("users")[0].GetProperty("ssh_authorized_keys");
        Assert.Equal(["ssh-ed25519 AAAA a@b", Nasty], keys.EnumerateArray().Select(key => key.GetString()!));

        static string? UserOf(JsonElement root) => root.TryGetProperty("autoinstall", out JsonElement install)
            ? install.GetProperty("identity").GetProperty("username").GetString()
            : root.GetProperty("users")[0].GetProperty("name").GetString();
    }

    [Fact]
    public void JsonIsRead()
    {
        using JsonDocument few = JsonDocument.Parse(Example("coreos.ign", nameof(AnswerKind.Ignition), _few));
        Assert.Equal("core", few.RootElement.GetProperty("passwd").GetProperty("users")[0].GetProperty("name").GetString());
        using JsonDocument many = JsonDocument.Parse(Example("coreos.ign", nameof(AnswerKind.Ignition), _many));
        JsonElement user = many.RootElement.GetProperty("passwd").GetProperty("users")[0];
        Assert.Equal(Nasty, user.GetProperty("name").GetString());
        Assert.Equal(Nasty, user.GetProperty("sshAuthorizedKeys")[1].GetString());
    }

    [Theory]
    [InlineData("suse-autoyast.xml", nameof(AnswerKind.AutoYast), "listentry")]
    [InlineData("windows-unattend.xml", nameof(AnswerKind.Unattend), "Key")]
    public void XmlIsRead(string file, string kind, string element)
    {
        Assert.NotNull(XDocument.Parse(Example(file, kind, _few)).Root);
        XDocument many = XDocument.Parse(Example(file, kind, _many));
        Assert.Contains(Nasty, many.Descendants().Where(one => one.Name.LocalName == element).Select(one => one.Value));
    }

    [Fact]
    public void DebconfReadsThePreseed() =>
        Run("debconf-set-selections", Encoding.UTF8.GetBytes(Example("debian.cfg", nameof(AnswerKind.Preseed), _few)), "-c");

    /// <summary>
    /// Debian has no pykickstart: sections must be known and closed, commands known, and each line be words for a shell.
    /// </summary>
    [Fact]
    public void KickstartIsWellFormed()
    {
        string text = Example("server.ks", nameof(AnswerKind.Kickstart), _few);
        string[] commands =
        [
            "text", "reboot", "url", "lang", "keyboard", "timezone", "network", "firewall", "selinux", "services", "rootpw",
            "zerombr", "clearpart", "autopart", "bootloader", "%packages", "%pre", "%post", "%onerror",
        ];
        string section = "";
        foreach (string line in text.Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (section.Length > 0)
            {
                if (line == "%end") section = "";
                continue;
            }

            if (line[0] == '%') section = line.Split(' ')[0];
            string word = line.Split(' ')[0];
            Assert.True(commands.Contains(word), line);
            if (section.Length == 0) Run("sh", Encoding.UTF8.GetBytes($": {line}\n"), "-n");
        }

        Assert.Equal("", section);
        Assert.Matches(new Regex("^rootpw --iscrypted .*\\$6\\$a.b/c", RegexOptions.Multiline), text);
    }

    private static JsonElement Yaml(string text)
    {
        Assert.StartsWith("#cloud-config\n", text);
        byte[] json = Run("/usr/bin/python3", Encoding.UTF8.GetBytes(text), "-c", "import sys,yaml,json;json.dump(yaml.safe_load(sys.stdin),sys.stdout)");
        return JsonDocument.Parse(json).RootElement.Clone();
    }

    /// <summary>Rendered without a mistake or warning, for a machine called node1.</summary>
    private static string Example(string file, string kind, IReadOnlyList<VariableSetting> variables)
    {
        string template = File.ReadAllText(Path.Combine(ExampleFolder(), file));
        Settings site = Site(template, variables, Enum.Parse<AnswerKind>(kind));
        Assert.Empty(CatalogReview.Validate(Catalog(site, "k", "i")));
        string text = Answer(site);
        Assert.DoesNotContain("{{", text);
        Assert.DoesNotContain("{%", text);
        return text;
    }

    private static string ExampleFolder([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "../../../rootfs/etc/aglet/answers");
}
