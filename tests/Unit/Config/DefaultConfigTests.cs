using System.Collections.Generic;
using System.IO;
using System.Runtime.CompilerServices;
using System.Text;
using Aglet.Config;
using Aglet.Tests.Simulation;
using Xunit;

namespace Aglet.Tests.Unit.Config;

/// <summary>The configurations that we ship are right, and say what their documentation says.</summary>
public sealed class DefaultConfigTests
{
    [Fact]
    public void TheBuiltInConfigurationGivesNoAddressAndInstallsNothingByItself()
    {
        List<ConfigProblem> problems = [];
        Settings settings = SettingsReader.Parse(
            new SimKernel(1, FaultRates.None), DefaultConfig.Name, DefaultConfig.Text.ToArray(), new(null, "/tree"), problems)!;
        Assert.Empty(problems);
        Assert.Equal(DhcpMode.Proxy, settings.DhcpMode);
        Assert.Equal(UnknownPolicy.Menu, settings.Unknown);
        Assert.True(settings.Images[settings.MenuDefault].IsLocal);
        Assert.Equal("/tree", settings.Tree);
        Assert.Equal(
            [
                "disk any - -", "debian x64 debian/amd64/linux debian/amd64/initrd.gz",
                "debian-arm64 arm64 debian/arm64/linux debian/arm64/initrd.gz",
            ],
            Show(settings));
        Assert.All(settings.Images, static image => Assert.Null(image.Answer));
    }

    [Fact]
    public void TheExampleIsRightAndItsTemplatesAreThere()
    {
        string folder = ExampleFolder();
        SimKernel kernel = new(1, FaultRates.None);
        foreach (string file in new[] { "aglet.json", "answers/debian.cfg", "answers/server.ks" })
        {
            kernel.Files.Add("/etc/aglet/" + file, File.ReadAllBytes(Path.Combine(folder, file)));
        }

        List<ConfigProblem> problems = [];
        Settings? settings = SettingsReader.Read(kernel, "/etc/aglet/aglet.json", SettingsOverrides.None, problems);
        Assert.Empty(problems);
        Assert.Equal("/etc/aglet/../../srv/boot", settings!.Tree);
        Assert.Equal("node1", Assert.Single(settings.Machines).Name);
    }

    /// <summary>The parts in comments are examples too: with them the file must still be right.</summary>
    [Fact]
    public void TheExampleIsRightWithItsCommentedPartsToo()
    {
        string folder = ExampleFolder();
        List<string> lines = [];
        foreach (string line in File.ReadAllLines(Path.Combine(folder, "aglet.json")))
        {
            string text = line.TrimStart();
            bool isPart = text.StartsWith("// \"", System.StringComparison.Ordinal)
                || text.StartsWith("// {", System.StringComparison.Ordinal)
                || text.StartsWith("// }", System.StringComparison.Ordinal)
                || text.StartsWith("//   ", System.StringComparison.Ordinal);
            lines.Add(isPart ? text[2..] : line);
        }

        // The two modes cannot be given at once.
        lines.Remove("    \"mode\": \"proxy\",");
        SimKernel kernel = new(1, FaultRates.None);
        kernel.Files.Add("/e/aglet.json", Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        kernel.Files.Add("/e/answers/debian.cfg", [1]);
        kernel.Files.Add("/e/answers/server.ks", [1]);
        List<ConfigProblem> problems = [];
        Settings? settings = SettingsReader.Read(kernel, "/e/aglet.json", SettingsOverrides.None, problems);
        Assert.Empty(problems);
        Assert.Equal(DhcpMode.Server, settings!.DhcpMode);
        Assert.Equal(["eth0"], settings.Interfaces);
        Assert.Equal(2, settings.Machines.Count);
        Assert.Equal(AnswerKind.Kickstart, settings.Images[settings.Machines[1].Image].Answer!.Kind);
    }

    private static List<string> Show(Settings settings)
    {
        List<string> shown = [];
        foreach (ImageSetting image in settings.Images)
        {
            string kernel = image.Kernel.Length == 0 ? "-" : image.Kernel;
            string initrds = image.Initrds.Count == 0 ? "-" : string.Join(' ', image.Initrds);
            shown.Add($"{image.Name} {ConfigRules.NameOf(image.Cpu)} {kernel} {initrds}");
        }

        return shown;
    }

    private static string ExampleFolder([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "../../../rootfs/etc/aglet");
}
