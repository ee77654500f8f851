using System.Linq;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Boot.BootFixture;

namespace Aglet.Tests.Unit.Boot;

public sealed class BootExplanationTests
{
    [Fact]
    public void SaysEverythingThatAMachineGets()
    {
        BootCatalog catalog = Catalog();
        BootExplanation explanation =
            BootExplanation.Of(catalog, Ask(Node1, "x86-bios"));
        Assert.Equal("node1 boots debian-12", explanation.Plan);
        Assert.Equal((OfferKind.Boot, "pxelinux.0"), (explanation.Offer, explanation.BootFile));
        Assert.Equal("http://10.0.0.1/_/ipxe/52-54-00-00-00-01/boot.ipxe", explanation.IpxeBootFile);
        Assert.Equal(Address1, explanation.Reservation);
        Assert.Equal(
            ["pxelinux.cfg/01-52-54-00-00-00-01", "grub/grub.cfg", "_/ipxe/52-54-00-00-00-01/boot.ipxe", "autoexec.ipxe"],
            explanation.Documents.Select(document => document.Path));
        Assert.Equal(
            ["pxelinux.0 1000", "ldlinux.c32 1001", "debian/amd64/linux 1013", "debian/amd64/initrd.gz 1014"],
            explanation.Files.Select(file => $"{file.Path} {file.Size}"));
        ExplainedImage image = Assert.Single(explanation.Images);
        Assert.StartsWith("auto=true priority=critical url=http://10.0.0.1/_/answer/", image.CommandLine);
        ExplainedAnswer answer = Assert.Single(image.Answers);
        Assert.Equal($"http://10.0.0.1/_/answer/52-54-00-00-00-01/{Token}/debian-12/preseed.cfg", answer.Url);
        Assert.Contains("$6$node1", Encoding.UTF8.GetString(answer.Text));
        Assert.True(explanation.IsComplete);
    }

    [Fact]
    public void AgreesWithWhatIsServed()
    {
        BootCatalog catalog = Catalog();
        BootExplanation explanation = BootExplanation.Of(catalog, Ask(Stranger, "x64-uefi"));
        BootPlanner planner = new(catalog);
        planner.Offer(At(0), Firmware(Stranger, "x64-uefi"), OurAddress);
        planner.Bind(Stranger, BootExplanation.StandInAddress);
        Assert.Equal(4, explanation.Documents.Count);
        foreach (ExplainedDocument document in explanation.Documents)
            Assert.Equal(Text(planner, document.Path, BootExplanation.StandInAddress), Encoding.UTF8.GetString(document.Text));
    }

    [Fact]
    public void AMissingFileIsSaid()
    {
        BootCatalog catalog = Catalog(Rack, "pxelinux.0", "debian/amd64/linux");
        BootExplanation explanation =
            BootExplanation.Of(catalog, Ask(Node1, "x86-bios"));
        Assert.False(explanation.IsComplete);
        Assert.Equal(
            "node1 boots its local disk; not debian-12, because debian/amd64/initrd.gz is not in the tree",
            explanation.Plan);
        Assert.Equal(
            ["ldlinux.c32", "debian/amd64/initrd.gz"],
            explanation.Files.Where(file => file.IsMissing).Select(file => file.Path));
    }

    [Fact]
    public void AnArchitectureWithoutAProgramIsIncomplete()
    {
        BootExplanation explanation =
            BootExplanation.Of(Catalog(), Ask(Node1, "riscv64-uefi"));
        Assert.Equal(OfferKind.AddressOnly, explanation.Offer);
        Assert.StartsWith("no boot program for RISC-V 64-bit UEFI", explanation.Reason);
        Assert.False(explanation.IsComplete);
    }

    [Fact]
    public void GroupsSerialsAndWhatIsInstalledCount()
    {
        Settings settings = Rack with
        {
            Groups = [new() { Name = "vms", Serials = ["VM*"], Image = 0, IsOnce = true, Variables = [new("root_hash", "$6$vm")] }],
        };
        BootQuestion question = Ask(Stranger, "x64-uefi");
        question = question with { Identity = question.Identity with { Serial = new("VM1"u8) } };
        BootExplanation explanation = BootExplanation.Of(Catalog(settings), question);
        Assert.Equal(("vms", "52:54:00:00:00:99 boots debian-12"), (explanation.Group, explanation.Plan));
        Assert.Contains("$6$vm", Encoding.UTF8.GetString(explanation.Images[0].Answers[0].Text));
        explanation = BootExplanation.Of(Catalog(settings), question with { IsInstalled = true });
        Assert.Equal(ImageKind.Local, Assert.Single(explanation.Images).Kind);
    }

    [Theory]
    [InlineData("x64-uefi-http", "http://10.0.0.1/tools/shell.efi")]
    [InlineData("x64-uefi", "tools/shell.efi")]
    public void AUefiProgramIsGivenToTheFirmwareItself(string architecture, string expected)
    {
        Settings settings = Rack with
        {
            Images = [.. Rack.Images, new() { Name = "shell", Title = "Shell", Kind = ImageKind.Efi, File = "tools/shell.efi" }],
            Machines = [new() { Name = "node1", HardwareAddress = Node1, Image = Rack.Images.Count }],
        };
        BootExplanation explanation =
            BootExplanation.Of(Catalog(settings, [.. Files, "tools/shell.efi"]), Ask(Node1, architecture));
        Assert.Equal(expected, explanation.BootFile);
        Assert.Equal(["tools/shell.efi"], explanation.Files.Select(file => file.Path));
        Assert.True(explanation.IsComplete);
    }

    private static BootQuestion Ask(HardwareAddress mac, string architecture) =>
        new(new(mac), ClientArchitecture.ForName(architecture)!, OurAddress);
}
