using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Boot.BootFixture;

namespace Aglet.Tests.Unit.Boot;

/// <summary>One file name for everybody, as a router can tell it.</summary>
public sealed class FixedNameTests
{
    [Theory]
    [InlineData("aglet", "x86-bios", "pxelinux.0")]
    [InlineData("aglet", "x64-uefi", "bootx64.efi")]
    [InlineData("aglet.efi", "arm64-uefi", "bootaa64.efi")]
    [InlineData("aglet.0", "x64-uefi", "bootx64.efi")] // the end says nothing against what was heard
    [InlineData("aglet.kpxe", "x86-bios", "pxelinux.0")]
    [InlineData("boot/aglet", "x86-uefi", "efi32/syslinux.efi")]
    public void EachIsGivenTheProgramThatItsDiscoverToldOf(string name, string architecture, string program)
    {
        BootPlanner planner = Heard(Firmware(Node1, architecture));
        Assert.Equal(program, FileOf(planner, name));
    }

    [Theory]
    [InlineData("aglet", "bootx64.efi")]
    [InlineData("aglet.efi", "bootx64.efi")]
    [InlineData("aglet.0", "pxelinux.0")]
    [InlineData("aglet.kpxe", "pxelinux.0")]
    public void WhoWasNotHeardIsTakenForWhatTheNameEndsIn(string name, string program) =>
        Assert.Equal(program, FileOf(new BootPlanner(Catalog()), name));

    [Theory]
    [InlineData("aglet.bin")]
    [InlineData("xaglet")]
    [InlineData("aglet/x")]
    [InlineData("_/aglet")]
    public void OtherNamesAreNone(string name) =>
        Assert.Equal(ContentStatus.Missing, Status(Heard(Firmware(Node1, "x64-uefi")), name, Address1));

    [Fact]
    public void AFileOfThatNameIsTheOperators()
    {
        BootPlanner planner = new(Catalog(null, "aglet", "bootx64.efi"));
        Assert.Equal("aglet", FileOf(planner, "aglet"));
    }

    [Fact]
    public void IpxeIsGivenItsScriptAndNotItselfAgain()
    {
        BootPlanner planner = Heard(Firmware(Node1, "x64-uefi") with { Stage = BootStage.Ipxe, IpxeHasHttp = true });
        Assert.StartsWith("#!ipxe\n", Text(planner, "aglet", Address1), System.StringComparison.Ordinal);
        Assert.Contains("debian/amd64/linux", Text(planner, "aglet.efi", Address1), System.StringComparison.Ordinal);
    }

    [Fact]
    public void UBootIsGivenItsScript()
    {
        BootPlanner planner = Heard(Firmware(Node1, "arm64-uboot"));
        planner.Find(At(1), "aglet"u8, new Asker(Address1, OurAddress, FileProtocol.Tftp), out Content content);
        Assert.Equal(DocumentKind.UBoot, content.Document.Kind);
    }

    [Fact]
    public void ByHttpItIsTheProgramForHttpWithItsType()
    {
        BootPlanner planner = Heard(Firmware(Node1, "x64-uefi-http"));
        Asker asker = new(Address1, OurAddress, FileProtocol.Http);
        Assert.Equal(ContentStatus.Found, planner.Find(At(1), "aglet"u8, asker, out Content content));
        Assert.Equal("snponly.efi", Encoding.UTF8.GetString(content.File!.Value.Key));
        Assert.Equal(MediaType.Efi, content.Media);
    }

    /// <summary>Shim takes the folder of its own name for GRUB's: the router's name stands in the root.</summary>
    [Fact]
    public void WhatLiesBesideTheProgramIsFoundBesideTheName()
    {
        ClientArchitecture x64 = ClientArchitecture.ForName("x64-uefi")!;
        Settings settings = Rack with { Programs = [new(x64, "signed/bootx64.efi", IsForIpxe: false)] };
        BootPlanner planner = new(Catalog(settings, "signed/bootx64.efi", "signed/grubx64.efi", "signed/x86_64-efi/command.lst"));
        planner.Offer(At(0), Firmware(Node1, "x64-uefi"), OurAddress);
        planner.Bind(Node1, Address1);
        Assert.Equal(ContentStatus.Missing, Status(planner, "x86_64-efi/command.lst", Address1));
        Assert.Equal("signed/bootx64.efi", FileOf(planner, "aglet"));
        Assert.Equal("signed/grubx64.efi", FileOf(planner, "grubx64.efi"));
        Assert.Equal("signed/x86_64-efi/command.lst", FileOf(planner, "x86_64-efi/command.lst"));
        Assert.Equal(ContentStatus.Missing, Status(planner, "mmx64.efi", Address1));
        Assert.Equal(ContentStatus.Missing, Status(planner, "x86_64-efi/command.lst", Address9));

        // At its next boot it may be told the real name.
        planner.Offer(At(100), Firmware(Node1, "x64-uefi"), OurAddress);
        Assert.Equal(ContentStatus.Missing, Status(planner, "x86_64-efi/command.lst", Address1));
    }

    [Fact]
    public void WhoIsIgnoredIsGivenNothing()
    {
        BootPlanner planner = new(Catalog(Rack with { Unknown = UnknownPolicy.Ignore }));
        planner.Offer(At(0), Firmware(Stranger, "x64-uefi"), OurAddress);
        planner.Bind(Stranger, Address9);
        Assert.Equal(ContentStatus.Missing, Status(planner, "aglet", Address9));
    }

    [Fact]
    public void PxelinuxAndUBootAreToldTheirConfigurationAndFolder()
    {
        ClientArchitecture bios = ClientArchitecture.ForName("x86-bios")!;
        Settings settings = Rack with { Programs = [new(bios, "pxe/pxelinux.0", IsForIpxe: false)] };
        BootPlanner planner = new(Catalog(settings, "pxe/pxelinux.0", $"pxe/pxelinux.cfg/{Uuid3}"));
        BootOffer offer = planner.Offer(At(0), Firmware(Node1, "x86-bios"), OurAddress);
        Assert.Equal("pxe/", Encoding.UTF8.GetString(offer.PxelinuxPrefix));
        Assert.Equal("pxelinux.cfg/01-52-54-00-00-00-01", Encoding.UTF8.GetString(offer.PxelinuxConfig));
        offer = planner.Offer(At(0), Firmware(Node2, "arm64-uboot"), OurAddress);
        Assert.Equal("pxelinux.cfg/01-52-54-00-00-00-02", Encoding.UTF8.GetString(offer.PxelinuxConfig));

        // The operator put a file there by the UUID, which is asked for before the MAC.
        offer = planner.Offer(At(0), Firmware(Stranger, "x86-bios", Uuid3), OurAddress);
        Assert.True(offer.PxelinuxConfig.IsEmpty);
        offer = planner.Offer(At(0), Firmware(Node1, "x64-uefi"), OurAddress);
        Assert.True(offer.PxelinuxConfig.IsEmpty && offer.PxelinuxPrefix.IsEmpty);
    }

    private static BootPlanner Heard(in BootClient client)
    {
        BootPlanner planner = new(Catalog());
        planner.Offer(At(0), client, OurAddress);
        planner.Bind(client.HardwareAddress, Address1);
        return planner;
    }

    private static string FileOf(BootPlanner planner, string name)
    {
        Asker asker = new(Address1, OurAddress, FileProtocol.Tftp);
        Assert.Equal(ContentStatus.Found, planner.Find(At(1), Utf8(name), asker, out Content content));
        Assert.Equal(content.Length, content.File!.Value.Size);
        return Encoding.UTF8.GetString(content.File.Value.Key);
    }
}
