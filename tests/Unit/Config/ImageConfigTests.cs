using System.Collections.Generic;
using System.IO;
using System.Text;
using Aglet.Config;
using Aglet.Tests.Simulation;
using Xunit;

namespace Aglet.Tests.Unit.Config;

/// <summary>The configuration that lies on a new disk of the appliance.</summary>
public sealed class ImageConfigTests
{
    [Fact]
    public void ItWorksBesideAnyNetworksOwnServer()
    {
        Settings settings = Read(withComments: false);
        Assert.Equal(DhcpMode.Proxy, settings.DhcpMode);
        Assert.Equal(UnknownPolicy.Menu, settings.Unknown);
        Assert.True(settings.Images[settings.MenuDefault].IsLocal);
        Assert.Equal("/srv/boot", settings.Tree);
        Assert.All(settings.Images, static image => Assert.Null(image.Answer));
    }

    /// <summary>The parts in comments are examples: with them the file must still be right.</summary>
    [Fact]
    public void ItIsRightWithItsCommentedPartsToo()
    {
        Settings settings = Read(withComments: true);
        Assert.Equal(DhcpMode.Server, settings.DhcpMode);
        Assert.Equal("node1", Assert.Single(settings.Machines).Name);
    }

    private static Settings Read(bool withComments)
    {
        List<string> lines = [];
        foreach (string line in File.ReadAllLines(Path.Combine(Tidy.SourceTree.Root, "rootfs", "boot", "aglet.json")))
        {
            string text = line.TrimStart();
            bool isPart = withComments && (text.StartsWith("// \"", System.StringComparison.Ordinal)
                || text.StartsWith("// {", System.StringComparison.Ordinal)
                || text.StartsWith("// }", System.StringComparison.Ordinal)
                || text.StartsWith("//   ", System.StringComparison.Ordinal));
            lines.Add(isPart ? text[2..] : line);
        }

        if (withComments)
            lines.Remove("    \"mode\": \"proxy\",");
        SimKernel kernel = new(1, FaultRates.None);
        kernel.Files.Add("/boot/aglet.json", Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        kernel.Files.Add("/boot/answers/debian.cfg", [1]);
        List<ConfigProblem> problems = [];
        Settings? settings = SettingsReader.Read(kernel, "/boot/aglet.json", SettingsOverrides.None, problems);
        Assert.Empty(problems);
        return settings!;
    }
}
