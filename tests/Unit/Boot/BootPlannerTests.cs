using System;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Boot.BootFixture;

namespace Aglet.Tests.Unit.Boot;

public sealed class BootPlannerTests
{
    [Theory]
    [InlineData("x86-bios", "pxelinux.0")]
    [InlineData("x86-uefi", "efi32/syslinux.efi")]
    [InlineData("x64-uefi", "bootx64.efi")]
    [InlineData("ebc-uefi", "bootx64.efi")]
    [InlineData("arm64-uefi", "bootaa64.efi")]
    [InlineData("x64-uefi-http", "http://10.0.0.1/snponly.efi")]
    [InlineData("ebc-uefi-http", "http://10.0.0.1/snponly.efi")]
    [InlineData("arm64-uefi-http", "http://10.0.0.1/bootaa64.efi")]
    [InlineData("x86-bios-http", "http://10.0.0.1/undionly.kpxe")]
    [InlineData("arm-uboot", "boot.scr.uimg")]
    [InlineData("arm64-uboot", "boot.scr.uimg")]
    [InlineData("arm64-uboot-http", "http://10.0.0.1/boot.scr.uimg")]
    [InlineData("ppc-opal", "pxelinux.0")]
    public void EachArchitectureIsGivenItsProgram(string architecture, string file) =>
        Assert.Equal(file, Offered(new BootPlanner(Catalog()), Firmware(Node1, architecture)));

    [Fact]
    public void EveryArchitectureHasAProgramOrAReason()
    {
        BootPlanner planner = new(Catalog());
        foreach (ClientArchitecture architecture in ClientArchitecture.All)
        {
            BootOffer offer = planner.Offer(At(0), Firmware(Node1, architecture.Name), OurAddress);
            string reason = Encoding.UTF8.GetString(offer.Reason);
            if (offer.Kind == OfferKind.Boot) Assert.NotEqual(0, offer.BootFile.Length);
            else Assert.Matches($"programs\\.{architecture.Name}|Raspberry Pi", reason);
        }

        BootOffer riscv = planner.Offer(At(0), Firmware(Node1, "riscv64-uefi"), OurAddress);
        Assert.Equal(OfferKind.AddressOnly, riscv.Kind);
        Assert.Equal(
            "no boot program for RISC-V 64-bit UEFI: put bootriscv64.efi in the tree or set programs.riscv64-uefi",
            Encoding.UTF8.GetString(riscv.Reason));
    }

    [Fact]
    public void AnIpxeInTheRomRunsWhatTheOperatorChose()
    {
        ClientArchitecture bios = ClientArchitecture.ForName("x86-bios")!;
        BootPlanner planner = new(Catalog(Rack with { Programs = [new(bios, "/pxelinux.0", IsForIpxe: true)] }));
        BootClient rom = Firmware(Node1, "x86-bios") with { Stage = BootStage.Ipxe, IpxeHasHttp = true };
        Assert.Equal("pxelinux.0", Offered(planner, rom));

        // Another architecture's iPXE still gets the script, and plain firmware what it always got.
        BootClient uefi = Firmware(Node1, "x64-uefi") with { Stage = BootStage.Ipxe, IpxeHasHttp = true };
        Assert.EndsWith("/boot.ipxe", Offered(planner, uefi), System.StringComparison.Ordinal);
        Assert.Equal("pxelinux.0", Offered(planner, Firmware(Node1, "x86-bios")));
    }

    [Fact]
    public void BesideAnotherDhcpServerIpxeIsTheUsualUefiProgram()
    {
        // GRUB would ask the server that gave the address for its configuration, and stop at its prompt.
        BootPlanner planner = new(Catalog(Rack with { DhcpMode = DhcpMode.Proxy }));
        Assert.Equal("snponly.efi", Offered(planner, Firmware(Node1, "x64-uefi")));
        Assert.Equal("pxelinux.0", Offered(planner, Firmware(Node1, "x86-bios")));
        Assert.Equal("bootaa64.efi", Offered(planner, Firmware(Node1, "arm64-uefi")));
    }

    [Fact]
    public void AnAnswerThatNamesTheAddressWaitsForIt()
    {
        ImageSetting debian = Rack.Images[0] with { Answer = new(AnswerKind.Preseed, "a.cfg", Utf8("{{ address }}\n")) };
        BootPlanner planner = new(Catalog(Rack with
        {
            Images = [debian],
            Machines = [new() { Name = "late", HardwareAddress = Node1, Image = 0 }],
        }));
        BootOffer offer = planner.Offer(At(0), Firmware(Node1, "x86-bios"), OurAddress);
        Assert.Equal("boots debian-12", Encoding.UTF8.GetString(offer.Reason));
        planner.Bind(Node1, Address9);
        Assert.Equal("10.0.0.109\n", Text(planner, AnswerPath(Node1, "debian-12", "preseed.cfg"), Address9));
    }

    [Fact]
    public void TheOperatorsProgramWins()
    {
        ClientArchitecture bios = ClientArchitecture.ForName("x86-bios")!;
        BootPlanner planner = new(Catalog(Rack with { Programs = [new(bios, "/undionly.kpxe")] }));
        Assert.Equal("undionly.kpxe", Offered(planner, Firmware(Node1, "x86-bios")));
        planner.Replace(Catalog(Rack with { Programs = [new(bios, "other.0")] }));
        BootOffer offer = planner.Offer(At(0), Firmware(Node1, "x86-bios"), OurAddress);
        Assert.Equal(OfferKind.AddressOnly, offer.Kind);
        Assert.Equal(
            "programs.x86-bios names other.0, which is not in the tree", Encoding.UTF8.GetString(offer.Reason));
    }

    [Fact]
    public void AnOfferNamesTheMachineAndWhatItBoots()
    {
        BootOffer offer = new BootPlanner(Catalog()).Offer(At(0), Firmware(Node1, "x86-bios"), OurAddress);
        Assert.Equal(OfferKind.Boot, offer.Kind);
        Assert.Equal("node1", Encoding.UTF8.GetString(offer.MachineName));
        Assert.Equal(Address1, offer.Reservation);
        Assert.Equal("boots debian-12", Encoding.UTF8.GetString(offer.Reason));
    }

    [Fact]
    public void AMachineIsKnownByItsUuid()
    {
        BootOffer offer = new BootPlanner(Catalog()).Offer(At(0), Firmware(Stranger, "x64-uefi", Uuid3), OurAddress);
        Assert.Equal("node3", Encoding.UTF8.GetString(offer.MachineName));
    }

    [Theory]
    [InlineData("Menu", "Boot", "gets the menu")]
    [InlineData("Disk", "Boot", "boots its local disk")]
    [InlineData("Ignore", "Ignore", "gets nothing: it is not in the configuration")]
    [InlineData("Image", "Boot", "boots rocky-9")]
    public void AnUnknownMachineGetsWhatThePolicySays(string policy, string kind, string reason)
    {
        BootPlanner planner = new(Catalog(Rack with { Unknown = Enum.Parse<UnknownPolicy>(policy), UnknownImage = 1 }));
        BootOffer offer = planner.Offer(At(0), Firmware(Stranger, "x64-uefi"), OurAddress);
        Assert.Equal(Enum.Parse<OfferKind>(kind), offer.Kind);
        Assert.Equal(reason, Encoding.UTF8.GetString(offer.Reason));
        bool isServed = policy != "Ignore";
        ContentStatus status = isServed ? ContentStatus.Found : ContentStatus.Missing;
        Assert.Equal(status, Status(planner, "pxelinux.cfg/01-52-54-00-00-00-99", default));
        Assert.Equal(status, Status(planner, "_/grub/52-54-00-00-00-99/grub.cfg", default));
        Assert.Equal(status, Status(planner, "_/ipxe/52-54-00-00-00-99/boot.ipxe", default));
        Assert.Equal(ContentStatus.Found, Status(planner, "pxelinux.cfg/01-52-54-00-00-00-01", default));
    }

    /// <summary>
    /// Two servers on one network: the system of a machine that the other one boots was given a second address by this
    /// one. Where guests are to have addresses, the policy is "disk".
    /// </summary>
    [Fact]
    public void AnIgnoredMachineIsIgnoredAtEveryStage()
    {
        BootPlanner planner = new(Catalog(Rack with { Unknown = UnknownPolicy.Ignore }));
        BootClient system = new(Stranger, default, null, BootStage.System, false, false, false);
        Assert.Equal(OfferKind.Ignore, planner.Offer(At(0), system, OurAddress).Kind);
        BootClient ipxe = Firmware(Stranger, "x64-uefi") with { Stage = BootStage.Ipxe, IpxeHasHttp = true };
        Assert.Equal(OfferKind.Ignore, planner.Offer(At(0), ipxe, OurAddress).Kind);
        planner = new(Catalog(Rack with { Unknown = UnknownPolicy.Disk }));
        Assert.Equal(OfferKind.AddressOnly, planner.Offer(At(0), system, OurAddress).Kind);
    }

    [Theory]
    [InlineData("52:54:00:00:00:99", "", "Boot")]
    [InlineData("52:54:00:00:00:98", "", "Ignore")]
    [InlineData("", "52:54:00:00:00:99", "Ignore")]
    [InlineData("52:54:00:*", "52:54:00:00:00:98", "Boot")]
    [InlineData("52:54:00:*", "52:54:00:00:00:99", "Ignore")]
    public void OnlyAllowedStrangersAreServed(string allow, string deny, string kind)
    {
        BootPlanner planner = new(Catalog(Rack with { Unknown = UnknownPolicy.Menu, Filter = new(Patterns(allow), Patterns(deny)) }));
        BootOffer offer = planner.Offer(At(0), Firmware(Stranger, "x64-uefi"), OurAddress);
        Assert.Equal(kind, offer.Kind.ToString());
        if (kind == "Ignore") Assert.Equal("gets nothing: dhcp.allow and dhcp.deny leave it out", Encoding.UTF8.GetString(offer.Reason));
        ContentStatus status = kind == "Boot" ? ContentStatus.Found : ContentStatus.Missing;
        Assert.Equal(status, Status(planner, "pxelinux.cfg/01-52-54-00-00-00-99", default));
        Assert.Equal(status, Status(planner, "_/ipxe/52-54-00-00-00-99/boot.ipxe", default));

        // A machine of the configuration needs no pattern.
        Assert.Equal(OfferKind.Boot, planner.Offer(At(0), Firmware(Node1, "x64-uefi"), OurAddress).Kind);
    }

    [Fact]
    public void AConfiguredMachineThatIsDeniedGetsNothing()
    {
        BootPlanner planner = new(Catalog(Rack with { Filter = new([], Patterns("52:54:00:00:00:01")) }));
        Assert.Equal(OfferKind.Ignore, planner.Offer(At(0), Firmware(Node1, "x64-uefi"), OurAddress).Kind);
        Assert.Equal(ContentStatus.Missing, Status(planner, "pxelinux.cfg/01-52-54-00-00-00-01", default));
    }

    private static HardwarePattern[] Patterns(string text)
    {
        if (text.Length == 0) return [];
        Assert.True(HardwarePattern.TryParse(Encoding.ASCII.GetBytes(text), out HardwarePattern pattern));
        return [pattern];
    }

    [Fact]
    public void AnInstalledSystemGetsAnAddressOnlyAndItsFirmwareIsNotForgotten()
    {
        BootPlanner planner = new(Catalog());
        planner.Offer(At(0), Firmware(Node1, "x64-uefi"), OurAddress);
        BootClient system = new(Node1, default, null, BootStage.System, false, false, false);
        Assert.Equal(OfferKind.AddressOnly, planner.Offer(At(9), system, OurAddress).Kind);
        Assert.Equal("x64-uefi", planner.Clients[planner.Clients.Find(Node1)].Architecture?.Name);
    }

    [Fact]
    public void IpxeIsGivenAScriptAndNeverItself()
    {
        BootPlanner planner = new(Catalog(Rack with { HttpPort = 8080 }));
        BootClient ipxe = Firmware(Node1, "x64-uefi") with { Stage = BootStage.Ipxe, IpxeHasHttp = true };
        for (int second = 0; second < 100; second++)
            Assert.Equal("http://10.0.0.1:8080/_/ipxe/52-54-00-00-00-01/boot.ipxe", Offered(planner, ipxe, second));
    }

    [Theory]
    [InlineData("x86-bios", "undionly.kpxe")]
    [InlineData("x64-uefi", "snponly.efi")]
    public void IpxeWithoutHttpIsGivenAFullOneOnceAMinute(string architecture, string loader)
    {
        const string script = "tftp://10.0.0.1/_/ipxe/52-54-00-00-00-01/boot.ipxe";
        BootPlanner planner = new(Catalog());
        BootClient ipxe = Firmware(Node1, architecture) with { Stage = BootStage.Ipxe };
        Assert.Equal(loader, Offered(planner, ipxe, 100));
        Assert.Equal(loader, Offered(planner, ipxe, 103)); // the REQUEST of the same boot
        Assert.Equal(script, Offered(planner, ipxe, 111));
        Assert.Equal(script, Offered(planner, ipxe, 159));
        Assert.Equal(loader, Offered(planner, ipxe, 160));
    }

    [Fact]
    public void AFirmwareThatTellsNoArchitectureIsABios()
    {
        BootClient old = new(Node1, default, null, BootStage.Firmware, false, false, false);
        Assert.Equal("pxelinux.0", Offered(new BootPlanner(Catalog()), old));
    }

    [Fact]
    public void UBootIsGivenAFolderForItsConfigurationWhateverItClaimsToBe()
    {
        BootClient uboot = Firmware(Node1, "arm64-uefi") with { Stage = BootStage.UBoot };
        Assert.Equal("boot.scr.uimg", Offered(new BootPlanner(Catalog()), uboot));
    }

    [Fact]
    public void FirmwareThatMixesUpItsNumbersStillGetsTheHttpProgram()
    {
        BootClient mixed = Firmware(Node1, "x64-uefi") with { IsHttpClient = true };
        Assert.Equal("http://10.0.0.1/snponly.efi", Offered(new BootPlanner(Catalog()), mixed));
    }

    [Fact]
    public void ARaspberryPiIsAnsweredWithoutABootFileAndIsNoPc()
    {
        BootPlanner planner = new(Catalog());
        BootOffer offer = planner.Offer(At(0), Firmware(Stranger, "x86-bios") with { IsRaspberryPi = true }, OurAddress);
        Assert.Equal(OfferKind.Boot, offer.Kind);
        Assert.True(offer.BootFile.IsEmpty);
        Assert.Equal(CpuFamily.Arm64, planner.Clients[planner.Clients.Find(Stranger)].Architecture?.Cpu);
    }

    [Fact]
    public void AUrlThatIsTooLongIsNotOffered()
    {
        string file = new string('a', 110) + ".efi";
        ClientArchitecture http = ClientArchitecture.ForName("x64-uefi-http")!;
        BootPlanner planner = new(Catalog(Rack with { Programs = [new(http, file)] }, file));
        BootOffer offer = planner.Offer(At(0), Firmware(Node1, "x64-uefi-http"), OurAddress);
        Assert.Equal(OfferKind.AddressOnly, offer.Kind);
        Assert.Equal(
            "the boot program's path is too long for DHCP (127 bytes)", Encoding.UTF8.GetString(offer.Reason));
    }

    [Fact]
    public void MachinesAreCalledByNameThenByMacThenByAddress()
    {
        BootPlanner planner = new(Catalog());
        planner.Bind(Stranger, Address9);
        planner.Offer(At(0), Firmware(Mac("52:54:00:00:00:33"), "x64-uefi", Uuid3), OurAddress);
        byte[] room = new byte[64];
        Assert.Equal("node1", Encoding.UTF8.GetString(planner.LabelOf(Node1, room)));
        Assert.Equal("node3", Encoding.UTF8.GetString(planner.LabelOf(Mac("52:54:00:00:00:33"), room)));
        Assert.Equal("52:54:00:00:00:99", Encoding.UTF8.GetString(planner.LabelOf(Stranger, room)));
        Assert.Equal("52:54:00:00:00:99", Encoding.UTF8.GetString(planner.LabelOf((IpAddress)Address9, room)));
        Assert.Equal("node1", Encoding.UTF8.GetString(planner.LabelOf((IpAddress)Address1, room)));
        Assert.Equal("10.0.0.77", Encoding.UTF8.GetString(planner.LabelOf((IpAddress)Ip("10.0.0.77"), room)));
    }

    [Fact]
    public void NothingIsAllocatedOnceItRuns()
    {
        BootPlanner planner = new(Catalog());
        byte[] room = new byte[Limits.DocumentBytes];
        long total = 0;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 2000; i++) total += Round(planner, i, room);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (round == 2) Assert.Equal(0, allocated);
        }

        Assert.NotEqual(0, total);
    }

    private static readonly byte[][] _paths =
    [
        Utf8("pxelinux.cfg/01-52-54-00-00-00-01"), Utf8("pxelinux.cfg/default"), Utf8("pxelinux.0"),
        Utf8("_/ipxe/52-54-00-00-00-99/boot.ipxe"), Utf8("grub/grub.cfg"), Utf8("nothing"),
        Utf8(AnswerPath(Node1, "debian-12", "preseed.cfg")), Utf8($"_/done/{Token}"), Utf8("pxelinux.cfg/0A00000B"),
        Utf8("grub.cfg-00112233-4455-6677-8899-aabbccddeeff"),
    ];

    private static readonly BootClient[] _clients =
    [
        Firmware(Node1, "x86-bios"), Firmware(Stranger, "x64-uefi-http"), Firmware(Node1, "riscv64-uefi"),
        Firmware(Node1, "x64-uefi") with { Stage = BootStage.Ipxe },
    ];

    private static long Round(BootPlanner planner, int i, byte[] room)
    {
        BootOffer offer = planner.Offer(At(i), _clients[i % _clients.Length], OurAddress);
        planner.Bind(HardwareAddress.Read([2, 0, 0, 0, (byte)(i >> 8), (byte)(i & 255)]), new((uint)(0x0A010000 + i)));
        planner.Bind(Node1, Address1);
        Asker asker = new(Address1, OurAddress, FileProtocol.Tftp);
        long length = offer.BootFile.Length;
        if (planner.Find(At(i), _paths[i % _paths.Length], asker, out Content content) != ContentStatus.Found)
            return length;
        return length + (content.File is null ? BootPlanner.Render(content.Document, room) : content.Length);
    }
}
