using Aglet.Boot;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Boot.BootFixture;

namespace Aglet.Tests.Unit.Boot;

/// <summary>Who a machine is and what it inherits: its own word, its group's, the site's.</summary>
public sealed class GroupTests
{
    private static readonly Settings _site = Rack with
    {
        Groups =
        [
            new()
            {
                Name = "pi", HardwareAddresses = [Pattern("dc:a6:32:*")], Architectures = [ClientArchitecture.All[41]],
                Image = 3,
            },
            new()
            {
                Name = "rack-a", HardwareAddresses = [Pattern("52:54:00:*"), Pattern("02:00:00:00:00:01")], Image = 1,
                IsOnce = true, Variables = [new("timezone", "Asia/Seoul"), new("root_hash", "$6$rack")],
                Programs = [new(ClientArchitecture.All[7], "snponly.efi")],
            },
            new() { Name = "vendor", VendorClasses = ["HTTPClient*"], Subnets = [Prefix("10.0.0.0/24")], Image = 3 },
            new() { Name = "serial", Serials = ["VM*7"], Image = 0 },
        ],
        Machines =
        [
            new() { Name = "node1", HardwareAddress = Node1, Variables = [new("root_hash", "$6$node1")] },
            new() { Name = "node2", HardwareAddress = Node2, Image = 2, IsOnce = false },
            new() { Name = "by-serial", Serial = "S-1", Image = 0 },
            new() { Name = "by-asset", Asset = "A-1", OtherHardwareAddresses = [Mac("aa:00:00:00:00:02")], Image = 1 },
        ],
    };

    [Theory]
    [InlineData("52:54:00:00:00:99", "x64-uefi", "", "", "rack-a")]
    [InlineData("02:00:00:00:00:01", "x64-uefi", "", "", "rack-a")]
    [InlineData("dc:a6:32:00:00:01", "rpiboot", "", "", "pi")]
    [InlineData("dc:a6:32:00:00:01", "x64-uefi", "", "", "")]
    [InlineData("aa:00:00:00:00:01", "x64-uefi-http", "HTTPClient:Arch:00016:UNDI:003000", "10.0.0.7", "vendor")]
    [InlineData("aa:00:00:00:00:01", "x64-uefi-http", "HTTPClient:Arch:00016:UNDI:003000", "10.0.1.7", "")]
    [InlineData("aa:00:00:00:00:01", "x64-uefi", "PXEClient", "10.0.0.7", "")]
    public void TheFirstGroupThatMatchesInEveryKindCounts(
        string mac, string architecture, string vendor, string address, string expected)
    {
        BootCatalog catalog = Catalog(_site);
        MachineIdentity identity = new(
            Mac(mac), default, ClientArchitecture.ForName(architecture), address.Length == 0 ? default : Ip(address),
            new ShortText(Utf8(vendor)));
        CatalogGroup? group = catalog.FindGroup(identity);
        Assert.Equal(Utf8(expected), group?.Name ?? []);
    }

    [Fact]
    public void AMachineIsKnownByEachOfItsMarks()
    {
        BootCatalog catalog = Catalog(_site);
        Assert.Equal("node1"u8, Found(new(Node1)));
        Assert.Equal("by-serial"u8, Found(new(Stranger, Serial: new("S-1"u8))));
        Assert.Equal("by-asset"u8, Found(new(Stranger, Asset: new("A-1"u8))));
        Assert.Equal("by-asset"u8, Found(new(Mac("aa:00:00:00:00:02"))));
        Assert.Equal("node1"u8, Found(new(Node1, Serial: new("S-1"u8))));
        Assert.Null(catalog.FindMachine(new MachineIdentity(Stranger, Serial: new("S-2"u8))));

        byte[] Found(in MachineIdentity identity) => catalog.FindMachine(identity)!.Name;
    }

    [Fact]
    public void AMachineInheritsFromItsGroupAndTheGroupFromTheSite()
    {
        BootPlanner planner = new(Catalog(_site));
        Assert.Equal("snponly.efi", Offered(planner, Firmware(Node1, "x64-uefi")));
        Assert.Equal("pxelinux.0", Offered(planner, Firmware(Node1, "x86-bios")));
        planner.Bind(Node1, Address1);
        string script = Text(planner, "_/ipxe/52-54-00-00-00-01/boot.ipxe", Address1);
        Assert.Contains("node1 boots rocky-9", script);
        Assert.Contains("timezone Asia/Seoul", Text(planner, AnswerPath(Node1, "rocky-9", "ks.cfg"), Address1));
        Assert.True(new BootSubject(new BootDocument(DocumentKind.None, planner.Catalog, default, OurAddress)
            .About(new(Node1))).IsOnce);
        Assert.False(new BootSubject(new BootDocument(DocumentKind.None, planner.Catalog, default, OurAddress)
            .About(new(Node2))).IsOnce);
    }

    /// <summary>A value that is missing was not found when the image came from the machine's group, or from its menu.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ReviewLooksAtWhatTheGroupGives(bool byMenu)
    {
        AnswerSetting answer = new(AnswerKind.Plain, "t.cfg", Utf8("{{ theirs }} {{ mine }}"));
        Settings settings = Rack with
        {
            Images =
            [
                new() { Name = "x", Title = "X", Kernel = "rocky/vmlinuz", Answer = answer },
                new() { Name = "m", Title = "M", Kind = ImageKind.Menu, Items = [0], MenuDefault = 0 },
            ],
            Groups = [new() { Name = "g", HardwareAddresses = [Pattern("52:54:00:*")], Image = byMenu ? 1 : 0, Variables = [new("theirs", "1")] }],
            Machines =
            [
                new() { Name = "node1", HardwareAddress = Node1, Variables = [new("mine", "2")] },
                new() { Name = "node2", HardwareAddress = Node2 },
            ],
            Unknown = UnknownPolicy.Disk,
        };
        Assert.Equal(
            "t.cfg:1:17: 'mine' has no value for node2: set vars.mine for it or for all",
            Assert.Single(CatalogReview.Validate(Catalog(settings))).ToString());
    }

    [Fact]
    public void IpxeIsAskedForItsSerialNumberOnceAndThenKnownByIt()
    {
        BootPlanner planner = new(Catalog(_site with { Groups = [] }));
        HardwareAddress mac = Mac("aa:00:00:00:00:77");
        BootClient client = new(mac, default, ClientArchitecture.ForName("x64-uefi"), BootStage.Ipxe, false, true, false);
        Offered(planner, client);
        planner.Bind(mac, Address9);
        const string Path = "_/ipxe/aa-00-00-00-00-77/boot.ipxe";
        Assert.Contains("boot.ipxe?serial=${serial:uristring}", Text(planner, Path, Address9));

        // Another machine cannot say it in its place.
        Asker thief = new(Ip("10.0.0.66"), OurAddress, FileProtocol.Http, default, new(new("S-1"u8), AreTold: true));
        Assert.Equal(ContentStatus.Found, planner.Find(At(2), Utf8(Path), thief, out _));
        Assert.True(planner.Clients[planner.Clients.Find(mac)].Serial.IsEmpty);

        Asker asker = thief with { Address = Address9 };
        Assert.Equal(ContentStatus.Found, planner.Find(At(3), Utf8(Path), asker, out Content content));
        byte[] room = new byte[Limits.DocumentBytes];
        string script = System.Text.Encoding.UTF8.GetString(room, 0, BootPlanner.Render(content.Document, room));
        Assert.Contains("by-serial boots debian-12", script);
        Assert.Contains("by-serial boots debian-12", Text(planner, Path, Address9));
    }

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("a*c", "abbc", true)]
    [InlineData("A*C", "abbcd", false)]
    [InlineData("*b*", "abc", true)]
    [InlineData("ab", "abc", false)]
    [InlineData("a**", "a", true)]
    public void StarsStandForAnything(string pattern, string text, bool expected) =>
        Assert.Equal(expected, Wildcard.Matches(Utf8(pattern), Utf8(text)));

    private static HardwarePattern Pattern(string text)
    {
        Assert.True(HardwarePattern.TryParse(Utf8(text), out HardwarePattern pattern));
        return pattern;
    }

    private static Ipv4Prefix Prefix(string text)
    {
        Assert.True(ConfigRules.TryParsePrefix(text, out Ipv4Prefix prefix));
        return prefix;
    }
}
