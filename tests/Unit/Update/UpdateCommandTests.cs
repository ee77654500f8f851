using System;
using System.Text;
using Aglet.Commands;
using Xunit;

namespace Aglet.Tests.Unit.Update;

/// <summary><c>aglet update</c> on a PC that has the card's first partition mounted.</summary>
public sealed class UpdateCommandTests
{
    private const string Config = """{ "network": { "interface": "eth0" }, "tree": "/t" UPDATE }""";
    private const string Key = "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=";

    [Fact]
    public void AnUpdateIsPutOntoTheCard()
    {
        UpdateWorld world = Card("x64");
        world.Kernel.Files.Add(UpdateWorld.Package, UpdateWorld.Good());
        Assert.Equal(0, UpdateCommand.Run([UpdateWorld.Package, "--boot", "/boot/"], world.Kernel));
        Assert.Equal("b", world.Start());
        Assert.Equal("0.2.0", world.Slots.VersionIn("b"));
    }

    /// <summary>What counts is the card, not the PC that it is in.</summary>
    [Fact]
    public void TheCardSaysForWhichArchitectureItIs()
    {
        UpdateWorld world = Card("arm64");
        world.Kernel.Files.Add(UpdateWorld.Package, UpdateWorld.Good());
        Assert.Equal(1, UpdateCommand.Run([UpdateWorld.Package], world.Kernel));
        Assert.Contains("it is for x64, and this machine is arm64", world.Kernel.LogText, StringComparison.Ordinal);
        world.Kernel.Files.Add(UpdateWorld.Package, UpdateWorld.Good(UpdateWorld.Manifest("arm64")));
        Assert.Equal(0, UpdateCommand.Run([UpdateWorld.Package], world.Kernel));
    }

    [Fact]
    public void ACardWithAKeyTakesNothingUnsigned()
    {
        UpdateWorld world = Card("x64", $$""", "update": { "key": "{{Key}}" }""");
        world.Kernel.Files.Add(UpdateWorld.Package, UpdateWorld.Good());
        Assert.Equal(1, UpdateCommand.Run([UpdateWorld.Package], world.Kernel));
        Assert.Contains("it is not signed", world.Kernel.LogText, StringComparison.Ordinal);
        Assert.Contains("the appliance stays as it is", world.Kernel.LogText, StringComparison.Ordinal);
        Assert.Equal("a", world.Start());
    }

    [Theory]
    [InlineData("update needs one file")]
    [InlineData("not expected here", "/usb/aglet.update", "/usb/other.update")]
    [InlineData("no such option", "/usb/aglet.update", "--bot=/boot")]
    [InlineData("is the card's first partition mounted at /mnt?", "/usb/aglet.update", "--boot", "/mnt")]
    public void WrongUsageIsSaid(string said, params string[] arguments)
    {
        UpdateWorld world = Card("x64");
        Assert.Equal(2, UpdateCommand.Run(arguments, world.Kernel));
        Assert.Contains(said, world.Kernel.LogText, StringComparison.Ordinal);
    }

    private static UpdateWorld Card(string architecture, string update = "")
    {
        UpdateWorld world = new();
        world.Put("aglet.json", Encoding.UTF8.GetBytes(Config.Replace(" UPDATE", update, StringComparison.Ordinal)));
        world.Put(architecture == "x64" ? "EFI/BOOT/BOOTX64.EFI" : "EFI/BOOT/BOOTAA64.EFI", [1]);
        return world;
    }
}
