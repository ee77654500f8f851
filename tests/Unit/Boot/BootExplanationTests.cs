using System.Linq;
using System.Text;
using Aglet.Boot;
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
            BootExplanation.Of(catalog, Node1, default, ClientArchitecture.ForName("x86-bios")!, OurAddress);
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
        Assert.Equal("http://10.0.0.1/_/answer/52-54-00-00-00-01/debian-12/preseed.cfg", image.AnswerUrl);
        Assert.Contains("$6$node1", Encoding.UTF8.GetString(image.Answer));
        Assert.True(explanation.IsComplete);
    }

    [Fact]
    public void AgreesWithWhatIsServed()
    {
        BootCatalog catalog = Catalog();
        ClientArchitecture uefi = ClientArchitecture.ForName("x64-uefi")!;
        BootExplanation explanation = BootExplanation.Of(catalog, Stranger, default, uefi, OurAddress, Address9);
        BootPlanner planner = new(catalog);
        planner.Offer(At(0), Firmware(Stranger, "x64-uefi"), OurAddress);
        planner.Bind(Stranger, Address9);
        Assert.Equal(4, explanation.Documents.Count);
        foreach (ExplainedDocument document in explanation.Documents)
            Assert.Equal(Text(planner, document.Path, Address9), Encoding.UTF8.GetString(document.Text));
    }

    [Fact]
    public void AMissingFileIsSaid()
    {
        BootCatalog catalog = Catalog(Rack, "pxelinux.0", "debian/amd64/linux");
        BootExplanation explanation =
            BootExplanation.Of(catalog, Node1, default, ClientArchitecture.ForName("x86-bios")!, OurAddress);
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
            BootExplanation.Of(Catalog(), Node1, default, ClientArchitecture.ForName("riscv64-uefi")!, OurAddress);
        Assert.Equal(OfferKind.AddressOnly, explanation.Offer);
        Assert.StartsWith("no boot program for RISC-V 64-bit UEFI", explanation.Reason);
        Assert.False(explanation.IsComplete);
    }
}
