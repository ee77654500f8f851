using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;
using Aglet.Tree;
using Xunit;

namespace Aglet.Tests.Unit.Boot;

/// <summary>A small rack: two configured machines, a menu for the rest, the files that <c>make tree</c> gives.</summary>
internal static class BootFixture
{
    public static readonly HardwareAddress Node1 = Mac("52:54:00:00:00:01");
    public static readonly HardwareAddress Node2 = Mac("52:54:00:00:00:02");
    public static readonly HardwareAddress Stranger = Mac("52:54:00:00:00:99");
    public static readonly Ipv4Address OurAddress = Ip("10.0.0.1");
    public static readonly Ipv4Address Address1 = Ip("10.0.0.11");
    public static readonly Ipv4Address Address9 = Ip("10.0.0.109");
    public static readonly MachineUuid Uuid3 = Uuid("00112233-4455-6677-8899-aabbccddeeff");

    public const string Preseed = "d-i passwd/root-password-crypted password {{ root_hash }}\n# {{name}} {{ http }}\n";

    public static readonly string[] Files =
    [
        "pxelinux.0", "ldlinux.c32", "menu.c32", "libutil.c32", "undionly.kpxe", "ipxe.efi", "snponly.efi",
        "bootx64.efi", "grubx64.efi", "mmx64.efi", "bootaa64.efi", "grubaa64.efi", "efi32/syslinux.efi",
        "debian/amd64/linux", "debian/amd64/initrd.gz", "debian/arm64/linux", "debian/arm64/initrd.gz",
        "rocky/vmlinuz", "rocky/initrd.img",
    ];

    /// <summary>The token of each boot where chance is not asked.</summary>
    public const string Token = "ffffffffffffffffffffffffffffffff";

    public static Settings Rack { get; } = new()
    {
        Tree = "/srv/boot",
        DhcpMode = DhcpMode.Server,
        Main = new() { Domain = "lab.example", Router = OurAddress, Dns = [Ip("10.0.0.1"), Ip("10.0.0.2")] },
        Variables = [new("root_hash", "$6$all"), new("timezone", "UTC")],
        Images =
        [
            new()
            {
                Name = "debian-12", Title = "Debian 12", Cpu = CpuFamily.X64, Kernel = "debian/amd64/linux",
                Initrds = ["debian/amd64/initrd.gz"], Arguments = "vga=off --- console=ttyS0",
                Answer = new(AnswerKind.Preseed, "answers/debian.cfg", Utf8(Preseed)),
            },
            new()
            {
                Name = "rocky-9", Title = "Rocky Linux 9", Cpu = CpuFamily.X64, Kernel = "rocky/vmlinuz",
                Initrds = ["rocky/initrd.img"], Arguments = "inst.repo=http://mirror/rocky ip=eth0:dhcp",
                Answer = new(AnswerKind.Kickstart, "answers/server.ks", Utf8("timezone {{ timezone }}\n")),
            },
            new() { Name = "disk", Title = "The local disk", Kind = ImageKind.Local },
            new()
            {
                Name = "debian-arm", Title = "Debian 12 (arm64)", Cpu = CpuFamily.Arm64, Kernel = "debian/arm64/linux",
                Initrds = ["debian/arm64/initrd.gz"],
            },
        ],
        Machines =
        [
            new()
            {
                Name = "node1", HardwareAddress = Node1, Address = Address1, Image = 0,
                Variables = [new("root_hash", "$6$node1")],
            },
            new() { Name = "node2", HardwareAddress = Node2, Image = 2 },
            new() { Name = "node3", Uuid = Uuid3, Image = 1 },
        ],
        Unknown = UnknownPolicy.Menu,
    };

    public static BootCatalog Catalog(Settings? settings = null, params string[] files) =>
        new(settings ?? Rack, TreeOf(files.Length == 0 ? Files : files), 1_700_000_000);

    public static BootTree TreeOf(params string[] files)
    {
        List<BootFile> list = [];
        foreach (string file in files)
        {
            list.Add(new()
            {
                Key = Utf8(file),
                HostPath = Utf8("/srv/boot/" + file),
                Size = 1000 + list.Count,
                ModifiedUnixSeconds = 1,
            });
        }

        return new BootTree(list);
    }

    public static BootClient Firmware(HardwareAddress mac, string architecture, MachineUuid uuid = default)
    {
        ClientArchitecture type = ClientArchitecture.ForName(architecture)!;
        BootStage stage = type.Firmware == FirmwareKind.UBoot ? BootStage.UBoot : BootStage.Firmware;
        return new(mac, uuid, type, stage, type.IsHttp, false, false);
    }

    /// <summary>A machine boots from the network and has an address.</summary>
    public static BootPlanner Booted(this BootPlanner planner, HardwareAddress mac, Ipv4Address address, int second = 0)
    {
        planner.Offer(At(second), Firmware(mac, "x64-uefi"), OurAddress);
        planner.Bind(mac, address);
        return planner;
    }

    /// <summary>Where a machine that has booted finds its answer file.</summary>
    public static string AnswerPath(HardwareAddress mac, string image, string leaf, string token = Token) =>
        $"_/answer/{mac.ToString().Replace(':', '-')}/{token}/{image}/{leaf}";

    public static string Offered(BootPlanner planner, in BootClient client, int second = 0) =>
        Encoding.UTF8.GetString(planner.Offer(At(second), client, OurAddress).BootFile);

    public static ContentStatus Status(BootPlanner planner, string path, Ipv4Address asker, HardwareAddress says = default) =>
        planner.Find(At(1), Utf8(path), new Asker(asker, OurAddress, FileProtocol.Tftp, says), out _);

    /// <summary>The text of a document that must be found; its length and tag must agree with its bytes.</summary>
    public static string Text(BootPlanner planner, string path, Ipv4Address asker)
    {
        Asker who = new(asker, OurAddress, FileProtocol.Tftp);
        Assert.Equal(ContentStatus.Found, planner.Find(At(1), Utf8(path), who, out Content content));
        Assert.Null(content.File);
        byte[] room = new byte[Limits.DocumentBytes];
        int length = BootPlanner.Render(content.Document, room);
        Assert.Equal(content.Length, length);
        Assert.Equal(content.Tag, Fnv.Hash(room.AsSpan(0, length)));
        return Encoding.UTF8.GetString(room, 0, length);
    }

    public static Instant At(int second) => new(second * 1_000_000_000L);

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static HardwareAddress Mac(string text)
    {
        Assert.True(HardwareAddress.TryParse(Utf8(text), out HardwareAddress address));
        return address;
    }

    public static Ipv4Address Ip(string text)
    {
        Assert.True(Ipv4Address.TryParse(Utf8(text), out Ipv4Address address));
        return address;
    }

    public static MachineUuid Uuid(string text)
    {
        Assert.True(MachineUuid.TryParse(Utf8(text), out MachineUuid uuid));
        return uuid;
    }
}
