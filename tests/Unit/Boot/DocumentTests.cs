using System.Linq;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Boot.BootFixture;

namespace Aglet.Tests.Unit.Boot;

/// <summary>Which names are documents, whose they are, and who may have an answer file.</summary>
public sealed class DocumentTests
{
    private const string Answer1 = "_/answer/52-54-00-00-00-01/" + Token + "/debian-12/preseed.cfg";

    [Theory]
    [InlineData("pxelinux.cfg/01-52-54-00-00-00-01", "Pxelinux")]
    [InlineData("efi32/pxelinux.cfg/default", "Pxelinux")]
    [InlineData("pxelinux.cfg/default-arm-bcm283x-rpi", "Pxelinux")]
    [InlineData("pxelinux.cfg/0A00000B", "Pxelinux")]
    [InlineData("pxelinux.cfg/C", "Pxelinux")]
    [InlineData("pxelinux.cfg/00112233-4455-6677-8899-aabbccddeeff", "Pxelinux")]
    [InlineData("pxelinux.cfg/other", "None")]
    [InlineData("pxelinux.cfg/defaults", "None")]
    [InlineData("pxelinux.cfg/0A00000B0", "None")]
    [InlineData("xpxelinux.cfg/default", "None")]
    [InlineData("grub.cfg", "Grub")]
    [InlineData("EFI/debian/grub.cfg", "Grub")]
    [InlineData("boot/grub/x86_64-efi/grub.cfg", "Grub")]
    [InlineData("grub/grub.cfg-01-52-54-00-00-00-01", "Grub")]
    [InlineData("grub/grub.cfg-0A0", "Grub")]
    [InlineData("grub/grub.cfg-x", "None")]
    [InlineData("grub/grub.cfgs", "None")]
    [InlineData("boot.ipxe", "Ipxe")]
    [InlineData("a/b/autoexec.ipxe", "Ipxe")]
    [InlineData("_/ipxe/52-54-00-00-00-01/boot.ipxe", "Ipxe")]
    [InlineData("_/ipxe/52-54-00-00-00-01/other.ipxe", "None")]
    [InlineData("_/ipxe/nobody/boot.ipxe", "None")]
    [InlineData("_/grub/52:54:00:00:00:01/grub.cfg", "Grub")]
    [InlineData(Answer1, "Answer")]
    [InlineData("_/answer/52-54-00-00-00-01/preseed.cfg", "None")]
    [InlineData("_/answer/52-54-00-00-00-01/debian-12/", "None")]
    [InlineData("_/answer/52-54-00-00-00-01/debian-12/preseed.cfg", "Answer")]
    [InlineData("_/done/0123456789abcdef0123456789ABCDEF", "Done")]
    [InlineData("_/done/0123456789abcdef0123456789abcde", "None")]
    [InlineData("_/done/00000000000000000000000000000000", "None")]
    [InlineData("_/done/0123456789abcdef0123456789abcdef/x", "None")]
    [InlineData("_/done", "None")]
    [InlineData("_/pxelinux.0", "None")]
    public void NamesOfDocumentsAreRecognised(string path, string kind) =>
        Assert.Equal(kind, DocumentName.Parse(Utf8(path)).Kind.ToString());

    [Theory]
    [InlineData("pxelinux.cfg/01-52-54-00-00-00-99")]
    [InlineData("pxelinux.cfg/00112233-0000-0000-0000-000000000099")]
    [InlineData("pxelinux.cfg/0A00006D")]
    [InlineData("pxelinux.cfg/0A000")]
    [InlineData("pxelinux.cfg/default")]
    public void AKnownClientIsServedOnEachOfItsNames(string path)
    {
        BootPlanner planner = new(Catalog());
        MachineUuid uuid = Uuid("00112233-0000-0000-0000-000000000099");
        planner.Offer(At(0), Firmware(Stranger, "x86-bios", uuid), OurAddress);
        planner.Bind(Stranger, Address9);
        Assert.StartsWith("# Aglet: 52:54:00:00:00:99 gets the menu\n", Text(planner, path, Address9));
    }

    [Theory]
    [InlineData("pxelinux.cfg/00112233-0000-0000-0000-000000000099", "Missing")]
    [InlineData("pxelinux.cfg/01-52-54-00-00-00-99", "Found")]
    [InlineData("pxelinux.cfg/0A00006D", "Missing")]
    [InlineData("pxelinux.cfg/0", "Missing")]
    [InlineData("pxelinux.cfg/default", "Found")]
    [InlineData("pxelinux.cfg/default-arm", "Found")]
    [InlineData("grub.cfg-00112233-0000-0000-0000-000000000099", "Missing")]
    public void AClientThatNobodySawGoesOnToTheNameThatTellsWhoItIs(string path, string status) =>
        Assert.Equal(status, Status(new BootPlanner(Catalog()), path, Address9).ToString());

    [Theory]
    [InlineData("autoexec.ipxe")]
    [InlineData("grub/grub.cfg")]
    [InlineData("pxelinux.cfg/default")]
    public void ATreeWithoutPlansTellsNobodyAnything(string path) =>
        Assert.Equal(ContentStatus.Missing, Status(new BootPlanner(new BootCatalog(TreeOf(Files))), path, Address9));

    [Fact]
    public void AUuidOfAnotherMachineIsNotServedFromTheAddress()
    {
        BootPlanner planner = new(Catalog());
        planner.Offer(At(0), Firmware(Stranger, "x86-bios", Uuid("00112233-0000-0000-0000-000000000099")), OurAddress);
        planner.Bind(Stranger, Address9);
        string path = "pxelinux.cfg/00112233-0000-0000-0000-000000000098";
        Assert.Equal(ContentStatus.Missing, Status(planner, path, Address9));
    }

    [Theory]
    [InlineData("pxelinux.cfg/00112233-4455-6677-8899-aabbccddeeff")]
    [InlineData("grub/grub.cfg-33221100-5544-7766-8899-aabbccddeeff")]
    public void AMachineKnownByUuidOnlyIsServedInEitherByteOrder(string path)
    {
        BootPlanner planner = new(Catalog());
        planner.Offer(At(0), Firmware(Stranger, "x64-uefi", Uuid3), OurAddress);
        planner.Bind(Stranger, Address9);
        string text = Text(planner, path, Address9);
        Assert.StartsWith("# Aglet: node3 boots rocky-9\n", text);
        Assert.Contains(AnswerPath(Stranger, "rocky-9", "ks.cfg"), text);
        Assert.Equal("timezone UTC\n", Text(planner, AnswerPath(Stranger, "rocky-9", "ks.cfg"), Address9));
    }

    [Fact]
    public void TheReservedAddressIsEnoughAfterARestart() => Assert.StartsWith(
        "# Aglet: node1 boots debian-12\n", Text(new BootPlanner(Catalog()), "grub/grub.cfg", Address1));

    [Fact]
    public void AReservationMeansNothingWhereOthersGiveAddresses()
    {
        BootPlanner planner = new(Catalog(Rack with { DhcpMode = DhcpMode.Proxy }));
        Assert.StartsWith("# Aglet: which machine is this?\n", Text(planner, "grub/grub.cfg", Address1));
    }

    [Fact]
    public void TheOperatorsOwnFileWinsAtItsPathOnly()
    {
        BootPlanner planner = new(Catalog(Rack, [.. Files, "grub/grub.cfg", "_/ipxe/52-54-00-00-00-01/boot.ipxe"]));
        Asker asker = new(Address9, OurAddress, FileProtocol.Tftp);
        Assert.Equal(ContentStatus.Found, planner.Find(At(0), "grub/grub.cfg"u8, asker, out Content own));
        Assert.NotNull(own.File);
        Assert.Equal(MediaType.Text, own.Media);
        planner.Find(At(0), "boot/grub/grub.cfg"u8, asker, out Content generated);
        Assert.Equal(DocumentKind.Grub, generated.Document.Kind);
        planner.Find(At(0), "_/ipxe/52-54-00-00-00-01/boot.ipxe"u8, asker, out Content ours);
        Assert.Null(ours.File);
    }

    [Fact]
    public void AFileOfTheTreeIsFoundWithItsSizeAndType()
    {
        Asker asker = new(Address9, OurAddress, FileProtocol.Http);
        new BootPlanner(Catalog()).Find(At(0), "bootx64.efi"u8, asker, out Content content);
        Assert.Equal((MediaType.Efi, 1007L, 1L), (content.Media, content.Length, content.ModifiedUnixSeconds));
        Assert.NotEqual(0UL, content.Tag);
        Assert.Equal(ContentStatus.Missing, Status(new BootPlanner(Catalog()), "bootx65.efi", Address9));
    }

    [Theory]
    [InlineData("52:54:00:00:00:01", "$6$node1", "node1", "debian-12")]
    [InlineData("52:54:00:00:00:99", "$6$all", "52-54-00-00-00-99", "debian-12")]
    public void AnAnswerHasTheMachinesValues(string mac, string hash, string name, string image)
    {
        string path = AnswerPath(Mac(mac), image, "preseed.cfg");
        Assert.Equal(
            $"d-i passwd/root-password-crypted password {hash}\n# {name} http://10.0.0.1\n",
            Text(new BootPlanner(Catalog()).Booted(Mac(mac), Ip("10.0.0.77")), path, Ip("10.0.0.77")));
    }

    [Theory]
    [InlineData("_/answer/52-54-00-00-00-01/rocky-9/ks.cfg")] // not this machine's image
    [InlineData("_/answer/52-54-00-00-00-02/debian-12/preseed.cfg")] // boots its disk
    [InlineData("_/answer/52-54-00-00-00-01/debian-12/ks.cfg")] // not this image's leaf
    [InlineData("_/answer/52-54-00-00-00-99/debian-arm/preseed.cfg")] // has no answer
    [InlineData("_/answer/52-54-00-00-00-99/no-such/preseed.cfg")]
    public void AnAnswerThatNoPlanAllowsDoesNotExist(string path) =>
        Assert.Equal(ContentStatus.Missing, Status(new BootPlanner(Catalog()), path, Address9));

    [Fact]
    public void AStrangersAnswerNeedsAPolicyThatAllowsIt()
    {
        string path = AnswerPath(Stranger, "rocky-9", "ks.cfg");
        BootPlanner planner = new(Catalog(Rack with { Unknown = UnknownPolicy.Image, UnknownImage = 1 }));
        planner.Booted(Stranger, Address9);
        Assert.Equal(ContentStatus.Found, Status(planner, path, Address9));
        planner.Replace(Catalog(Rack with { Unknown = UnknownPolicy.Disk }));
        Assert.Equal(ContentStatus.Missing, Status(planner, path, Address9));
        planner.Replace(Catalog(Rack with { Unknown = UnknownPolicy.Ignore }));
        Assert.Equal(ContentStatus.Missing, Status(planner, path, Address9));
    }

    [Fact]
    public void AnAnswerIsForbiddenToAnotherMachine()
    {
        BootPlanner planner = new(Catalog());
        planner.Offer(At(0), Firmware(Node1, "x64-uefi"), OurAddress);
        Assert.Equal(ContentStatus.Forbidden, Status(planner, Answer1, Address9)); // nobody was given that
        planner.Booted(Stranger, Address9);
        Assert.Equal(ContentStatus.Forbidden, Status(planner, Answer1, Address9));
        Assert.Equal(ContentStatus.Found, Status(planner, Answer1, Address1)); // its reservation
        planner.Bind(Stranger, Address1);
        Assert.Equal(ContentStatus.Forbidden, Status(planner, Answer1, Address1));
    }

    /// <summary>
    /// An installer may reach us through its second card: which one that is the configuration says. Any other machine's
    /// would do else, with a token that it overheard.
    /// </summary>
    [Fact]
    public void AnInstallersSecondCardIsGivenTheAnswerWhenItIsConfigured()
    {
        HardwareAddress secondCard = Mac("52:54:00:00:00:55");
        BootPlanner stranger = new(Catalog());
        stranger.Offer(At(0), Firmware(Node1, "x64-uefi"), OurAddress);
        stranger.Offer(At(1), new(secondCard, default, null, BootStage.System, false, false, false), OurAddress);
        stranger.Bind(secondCard, Address9);
        Assert.Equal(ContentStatus.Forbidden, Status(stranger, Answer1, Address9));

        BootPlanner planner = new(Catalog(Rack with
        {
            Machines = [Rack.Machines[0] with { OtherHardwareAddresses = [secondCard] }, .. Rack.Machines.Skip(1)],
        }));
        planner.Offer(At(0), Firmware(Node1, "x64-uefi"), OurAddress);
        planner.Offer(At(1), new(secondCard, default, null, BootStage.System, false, false, false), OurAddress);
        planner.Bind(secondCard, Address9);
        Assert.Equal(ContentStatus.Found, Status(planner, Answer1, Address9));
        Assert.Equal(ContentStatus.Found, Status(planner, Answer1, Address9, Node1));
        Assert.Equal(ContentStatus.Forbidden, Status(planner, Answer1, Address9, Node2));
        Asker later = new(Address9, OurAddress, FileProtocol.Http);
        Assert.Equal(ContentStatus.Forbidden, planner.Find(At(2 * 3600), Utf8(Answer1), later, out _));
    }

    /// <summary>In mode server nobody has an address that we did not give.</summary>
    [Fact]
    public void AnAddressThatNobodyGaveIsRefusedWhereWeGiveThem()
    {
        Assert.Equal(ContentStatus.Forbidden, Status(new BootPlanner(Catalog()).Booted(Node1, Address1), Answer1, Ip("10.0.0.66")));
        BootPlanner proxy = new BootPlanner(Catalog(Rack with { DhcpMode = DhcpMode.Proxy })).Booted(Node1, Address1);
        Assert.Equal(ContentStatus.Found, Status(proxy, Answer1, Ip("10.0.0.66")));
    }

    [Fact]
    public void ACardThatBootedItselfIsAnotherMachinesUnlessItsUuidIsTheSame()
    {
        BootPlanner planner = new(Catalog());
        MachineUuid uuid = Uuid("01234567-89ab-cdef-0123-456789abcdef");
        planner.Offer(At(0), Firmware(Node1, "x64-uefi", uuid), OurAddress);
        planner.Offer(At(0), Firmware(Stranger, "x64-uefi"), OurAddress);
        planner.Bind(Stranger, Address9);
        Assert.Equal(ContentStatus.Forbidden, Status(planner, Answer1, Address9));
        planner.Offer(At(0), Firmware(Stranger, "x64-uefi", uuid), OurAddress);
        Assert.Equal(ContentStatus.Found, Status(planner, Answer1, Address9));
    }

    [Fact]
    public void AnotherConfiguredMachineNeverIsASecondCard()
    {
        BootPlanner planner = new(Catalog());
        planner.Offer(At(0), Firmware(Node1, "x64-uefi"), OurAddress);
        planner.Offer(At(0), new(Node2, default, null, BootStage.System, false, false, false), OurAddress);
        planner.Bind(Node2, Address9);
        Assert.Equal(ContentStatus.Forbidden, Status(planner, Answer1, Address9));
    }

    [Fact]
    public void AReservedAddressOfAnotherMachineForbids() => Assert.Equal(
        ContentStatus.Forbidden,
        Status(new BootPlanner(Catalog()).Booted(Stranger, Address9), AnswerPath(Stranger, "debian-12", "preseed.cfg"), Address1));

    [Fact]
    public void AnacondasHeaderIsBelievedAgainstTheAsker()
    {
        BootPlanner planner = new(Catalog(Rack with { DhcpMode = DhcpMode.Proxy }));
        HardwareAddress secondCard = Mac("52:54:00:00:00:55");
        planner.Offer(At(0), Firmware(Node1, "x64-uefi"), OurAddress);
        Assert.Equal(ContentStatus.Found, Status(planner, Answer1, Address9, Node1));
        Assert.Equal(ContentStatus.Forbidden, Status(planner, Answer1, Address9, Node2));
        Assert.Equal(ContentStatus.Forbidden, Status(planner, Answer1, Address9, secondCard));
        planner.Bind(Node1, Address9);
        Assert.Equal(ContentStatus.Forbidden, Status(planner, Answer1, Address9, Node2));
        Assert.Equal(ContentStatus.Found, Status(planner, Answer1, Address9, secondCard));
        planner.Booted(Stranger, Address9);
        Assert.Equal(ContentStatus.Forbidden, Status(planner, Answer1, Address9, Node1)); // a spoofed header
    }

    [Fact]
    public void ATransferKeepsThePlansThatItBeganWith()
    {
        BootPlanner planner = new BootPlanner(Catalog()).Booted(Node1, Address9);
        planner.Find(At(0), Utf8(Answer1), new Asker(Address9, OurAddress, FileProtocol.Http), out Content content);
        planner.Replace(Catalog(Rack with { Machines = [] }));
        byte[] room = new byte[1024];
        Assert.Equal(content.Length, BootPlanner.Render(content.Document, room));
        Assert.Contains("$6$node1", Encoding.UTF8.GetString(room));
    }

    [Fact]
    public void ADocumentWithoutRoomIsNotCut()
    {
        BootPlanner planner = new BootPlanner(Catalog()).Booted(Node1, Address9);
        planner.Find(At(0), Utf8(Answer1), new Asker(Address9, OurAddress, FileProtocol.Http), out Content content);
        Assert.Equal(0, BootPlanner.Render(content.Document, new byte[content.Length - 1]));
    }
}
