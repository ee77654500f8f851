using System;
using System.IO;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>The binary that is cross-built for 64-bit ARM, run by an emulator of that processor alone.</summary>
[Trait("Category", "Lab")]
public sealed class ArmBinaryTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(1);

    [Fact]
    public void PrintsItsVersion()
    {
        LabResult result = Run("version");
        Assert.Equal($"aglet {Commands.HelpCommand.VersionText}\n", result.Output);
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public void ChecksTheExampleAndFindsAMistake()
    {
        string example = Path.Combine(Tidy.SourceTree.Root, "rootfs", "etc", "aglet", "aglet.json");
        LabResult good = Run("check", "--config", example, "--tree", Repository.BootTree);
        Assert.True(good.ExitCode == 0, good.Output);

        string folder = Repository.NewFolder("arm-check");
        string broken = Path.Combine(folder, "aglet.json");
        File.WriteAllText(broken, """{ "dhcp": { "mode": "server", "poool": "10.0.0.1-10.0.0.9" } }""");
        LabResult bad = Run("check", "--config", broken, "--tree", Repository.BootTree);
        Assert.Equal(2, bad.ExitCode);
        Assert.Contains($"{broken}:1:31: dhcp.poool", bad.Output, StringComparison.Ordinal);
        Assert.Contains("did you mean \"pool\"?", bad.Output, StringComparison.Ordinal);
    }

    private static LabResult Run(params string[] arguments)
    {
        string binary = Path.Combine(Tidy.SourceTree.Root, "out", "linux-arm64", "aglet");
        if (!File.Exists(binary)) throw new LabException($"{binary} is missing: run 'make ARCH=arm64'");
        return LabProcess.Run(null, _limit, ["qemu-aarch64-static", binary, .. arguments]);
    }
}
