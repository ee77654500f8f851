using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Boot.BootFixture;

namespace Aglet.Tests.Unit.Boot;

/// <summary>What boot programs ask for beside their images, wherever they look for it.</summary>
public sealed class CompanionTests
{
    [Theory]
    [InlineData("grubx64.efi")]
    [InlineData("EFI/BOOT/grubx64.efi")]
    [InlineData("some/where/mmx64.efi")]
    [InlineData("ipxe.efi")]
    public void SecondStagesAreServedWhereverShimLooks(string path)
    {
        BootPlanner planner = new(Catalog(null, "debian/shimx64.efi", "debian/grubx64.efi", "debian/mmx64.efi", "x/ipxe.efi"));
        Asker asker = new(Address9, OurAddress, FileProtocol.Tftp);
        Assert.Equal(ContentStatus.Found, planner.Find(At(1), Utf8(path), asker, out Content content));
        Assert.EndsWith(path[(path.LastIndexOf('/') + 1)..], Encoding.UTF8.GetString(content.File!.Value.Key), System.StringComparison.Ordinal);
    }

    [Fact]
    public void TheOneBesideShimComesBeforeAnothersAndTheExactPathBeforeAll()
    {
        BootPlanner planner = new(Catalog(null, "a/grubx64.efi", "b/shimx64.efi", "b/grubx64.efi"));
        Assert.Equal("b/grubx64.efi", KeyOf(planner, "EFI/BOOT/grubx64.efi"));
        Assert.Equal("a/grubx64.efi", KeyOf(planner, "a/grubx64.efi"));
        Assert.Equal(ContentStatus.Missing, Status(planner, "b/revocations_sbat.efi", Address9));
        Assert.Equal(ContentStatus.Missing, Status(planner, "b/shim_certificate_0.efi", Address9));
    }

    [Theory]
    [InlineData("grub.cfg")]
    [InlineData("grub/grub.cfg")]
    [InlineData("boot/grub/grub.cfg")]
    [InlineData("boot/grub2/grub.cfg")]
    [InlineData("debian-installer/amd64/grub/grub.cfg")]
    [InlineData("EFI/fedora/grub.cfg")]
    [InlineData("EFI/BOOT/grub.cfg-01-52-54-00-00-00-02")]
    [InlineData("grub/x86_64-efi/grub.cfg")]
    [InlineData("grub/grub.cfg-00112233-4455-6677-8899-aabbccddeeff")]
    [InlineData("grub/grub.cfg-0A00000B")]
    [InlineData("autoexec.ipxe")]
    [InlineData("deep/down/autoexec.ipxe")]
    public void ConfigurationsAreThereAtEveryPathThatIsAskedFor(string path)
    {
        BootPlanner planner = new(Catalog());
        planner.Offer(At(0), Firmware(Node1, "x64-uefi", Uuid3), OurAddress);
        planner.Bind(Node1, Address1);
        Assert.Equal(ContentStatus.Found, Status(planner, path, Address1));
    }

    [Fact]
    public void WithSecureBootAnIpxeInTheRomIsGivenShim()
    {
        BootPlanner planner = new(Catalog(Rack with { RequiresSecureBoot = true }));
        BootClient ipxe = Firmware(Node1, "x64-uefi") with { Stage = BootStage.Ipxe, IpxeHasHttp = true };
        Assert.Equal("bootx64.efi", Offered(planner, ipxe));
        BootClient bios = Firmware(Node2, "x86-bios") with { Stage = BootStage.Ipxe, IpxeHasHttp = true };
        Assert.EndsWith("/boot.ipxe", Offered(planner, bios), System.StringComparison.Ordinal);
    }

    [Fact]
    public void WithSecureBootAMissingShimIsNamed()
    {
        BootPlanner planner = new(Catalog(Rack with { RequiresSecureBoot = true }, "snponly.efi"));
        BootOffer offer = planner.Offer(At(0), Firmware(Node2, "x64-uefi"), OurAddress);
        Assert.Equal(OfferKind.AddressOnly, offer.Kind);
        Assert.Equal(
            "Secure Boot needs a signed shim for x64 UEFI: put bootx64.efi in the tree with its grubx64.efi beside it",
            Encoding.UTF8.GetString(offer.Reason));
    }

    [Fact]
    public void ADiskImageHasItsTypeWhateverItsName()
    {
        Settings settings = Rack with
        {
            Images = [new() { Name = "d", Title = "d", Kind = ImageKind.Disk, File = "d.raw" }],
            Machines = [],
        };
        BootPlanner planner = new(Catalog(settings, "d.raw", "e.raw"));
        Assert.Equal(MediaType.EfiImage, MediaOf(planner, "d.raw"));
        Assert.Equal(MediaType.OctetStream, MediaOf(planner, "e.raw"));
    }

    [Fact]
    public void WithoutRaspberryPisFirmwareTheirFilesAreNobodys()
    {
        BootPlanner planner = new(Catalog());
        Assert.Equal(ContentStatus.Missing, Status(planner, "config.txt", Address1));
        Assert.Equal(ContentStatus.Missing, Status(planner, "12345678/config.txt", Address1));
        Assert.Equal(ContentStatus.Missing, Status(planner, "12345678/debian/amd64/linux", Address1));
    }

    private static string KeyOf(BootPlanner planner, string path)
    {
        Asker asker = new(Address9, OurAddress, FileProtocol.Tftp);
        Assert.Equal(ContentStatus.Found, planner.Find(At(1), Utf8(path), asker, out Content content));
        return Encoding.UTF8.GetString(content.File!.Value.Key);
    }

    private static MediaType MediaOf(BootPlanner planner, string path)
    {
        Asker asker = new(Address9, OurAddress, FileProtocol.Http);
        Assert.Equal(ContentStatus.Found, planner.Find(At(1), Utf8(path), asker, out Content content));
        return content.Media;
    }
}
