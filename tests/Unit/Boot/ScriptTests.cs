using System;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Net;
using Aglet.Time;
using Xunit;
using static Aglet.Tests.Unit.Boot.BootFixture;

namespace Aglet.Tests.Unit.Boot;

/// <summary>The exact words that each boot program is given for each kind of plan.</summary>
public sealed class ScriptTests
{
    private const string DebianArguments =
        "auto=true priority=critical url=http://10.0.0.1/_/answer/52-54-00-00-00-01/debian-12/preseed.cfg "
        + "hostname=node1 domain=lab.example interface=auto BOOTIF=01-52-54-00-00-00-01 vga=off --- console=ttyS0";

    private const string StrangerDebianArguments =
        "auto=true priority=critical url=http://10.0.0.1/_/answer/52-54-00-00-00-99/debian-12/preseed.cfg "
        + "hostname=52-54-00-00-00-99 domain=lab.example interface=auto BOOTIF=01-52-54-00-00-00-99 "
        + "vga=off --- console=ttyS0";

    private const string StrangerRockyArguments =
        "inst.ks=http://10.0.0.1/_/answer/52-54-00-00-00-99/rocky-9/ks.cfg inst.ks.sendmac "
        + "BOOTIF=01-52-54-00-00-00-99 inst.repo=http://mirror/rocky ip=eth0:dhcp";

    [Fact]
    public void PxelinuxBootsTheMachinesImage() => Assert.Equal(
        "# Aglet: node1 boots debian-12\n"
        + "DEFAULT debian-12\n"
        + "PROMPT 0\n"
        + "LABEL debian-12\n"
        + "  LINUX ::debian/amd64/linux\n"
        + "  INITRD ::debian/amd64/initrd.gz\n"
        + "  APPEND " + DebianArguments + "\n",
        Text(Seen(Node1, "x86-bios"), "pxelinux.cfg/01-52-54-00-00-00-01", default));

    [Fact]
    public void WithoutNameServersDebiansInstallerIsToldSo()
    {
        BootPlanner planner = new(Catalog(Rack with { Main = Rack.Main with { Dns = [] } }));
        planner.Offer(default, Firmware(Node1, "x86-bios"), OurAddress);
        Assert.Contains(
            " netcfg/get_nameservers= interface=auto ",
            Text(planner, "pxelinux.cfg/01-52-54-00-00-00-01", default),
            System.StringComparison.Ordinal);
    }

    [Fact]
    public void PxelinuxShowsTheMenuToOthers() => Assert.Equal(
        "# Aglet: 52:54:00:00:00:99 gets the menu\n"
        + "UI menu.c32\n"
        + "MENU TITLE Aglet network boot\n"
        + "DEFAULT disk\n"
        + "TIMEOUT 100\n"
        + "LABEL debian-12\n"
        + "  MENU LABEL Debian 12\n"
        + "  LINUX ::debian/amd64/linux\n"
        + "  INITRD ::debian/amd64/initrd.gz\n"
        + "  APPEND " + StrangerDebianArguments + "\n"
        + "LABEL rocky-9\n"
        + "  MENU LABEL Rocky Linux 9\n"
        + "  LINUX ::rocky/vmlinuz\n"
        + "  INITRD ::rocky/initrd.img\n"
        + "  APPEND " + StrangerRockyArguments + "\n"
        + "LABEL disk\n"
        + "  MENU LABEL The local disk\n"
        + "  LOCALBOOT -1\n",
        Text(Seen(Stranger, "x86-bios"), "pxelinux.cfg/01-52-54-00-00-00-99", default));

    [Fact]
    public void PxelinuxWithoutItsMenuModulePrompts()
    {
        BootPlanner planner = new(Catalog(OneImage("menu.c32 is not here"), "linux"));
        planner.Offer(At(0), Firmware(Stranger, "x86-bios"), OurAddress);
        Assert.Equal(
            "# Aglet: 52:54:00:00:00:99 gets the menu\n"
            + "PROMPT 1\n"
            + "MENU TITLE Aglet network boot\n"
            + "DEFAULT disk\n"
            + "TIMEOUT 100\n"
            + "SAY Aglet network boot: type a name and press Enter\n"
            + "SAY   rescue  menu.c32 is not here\n"
            + "SAY   disk  Boot from the local disk\n"
            + "LABEL rescue\n"
            + "  MENU LABEL menu.c32 is not here\n"
            + "  LINUX ::linux\n"
            + "  APPEND BOOTIF=01-52-54-00-00-00-99\n"
            + "LABEL disk\n"
            + "  MENU LABEL Boot from the local disk\n"
            + "  LOCALBOOT -1\n",
            Text(planner, "pxelinux.cfg/01-52-54-00-00-00-99", default));
    }

    [Fact]
    public void PxelinuxBootsTheLocalDisk() => Assert.Equal(
        "# Aglet: node2 boots its local disk\n"
        + "DEFAULT disk\n"
        + "PROMPT 0\n"
        + "LABEL disk\n"
        + "  LOCALBOOT -1\n",
        Text(Seen(Node2, "x86-bios"), "pxelinux.cfg/01-52-54-00-00-00-02", default));

    [Fact]
    public void SharedPxelinuxSaysWhatIsMissedAndLeavesOutOtherProcessors() => Assert.Equal(
        "# Aglet: any machine gets the menu\n"
        + "UI menu.c32\n"
        + "MENU TITLE Aglet network boot\n"
        + "DEFAULT disk\n"
        + "TIMEOUT 100\n"
        + "LABEL debian-12\n"
        + "  MENU LABEL Debian 12: not here, because it has an answer file and this machine's MAC is not known\n"
        + "  MENU DISABLE\n"
        + "LABEL rocky-9\n"
        + "  MENU LABEL Rocky Linux 9: not here, because it has an answer file and this machine's MAC is not known\n"
        + "  MENU DISABLE\n"
        + "LABEL disk\n"
        + "  MENU LABEL The local disk\n"
        + "  LOCALBOOT -1\n",
        Text(new BootPlanner(Catalog()), "pxelinux.cfg/default", default));

    [Fact]
    public void UBootIsGivenPathsFromTheRoot()
    {
        BootPlanner planner = new(Catalog());
        planner.Offer(At(0), Firmware(Stranger, "arm64-uboot"), OurAddress);
        Assert.Equal(
            "# Aglet: 52:54:00:00:00:99 gets the menu\n"
            + "PROMPT 1\n"
            + "MENU TITLE Aglet network boot\n"
            + "DEFAULT disk\n"
            + "TIMEOUT 100\n"
            + "LABEL disk\n"
            + "  MENU LABEL The local disk\n"
            + "  LOCALBOOT 1\n"
            + "LABEL debian-arm\n"
            + "  MENU LABEL Debian 12 (arm64)\n"
            + "  LINUX /debian/arm64/linux\n"
            + "  INITRD /debian/arm64/initrd.gz\n"
            + "  APPEND BOOTIF=01-52-54-00-00-00-99\n",
            Text(planner, "pxelinux.cfg/01-52-54-00-00-00-99", default));
    }

    [Fact]
    public void GrubBootsTheMachinesImage() => Assert.Equal(
        "# Aglet: node1 boots debian-12\n"
        + "set default=0\n"
        + "set timeout=0\n"
        + "menuentry 'Debian 12' --id image-0 {\n"
        + "  linux /debian/amd64/linux " + DebianArguments + "\n"
        + "  initrd /debian/amd64/initrd.gz\n"
        + "}\n",
        Text(Seen(Node1, "x64-uefi"), "debian-installer/amd64/grub/grub.cfg", Address1).Replace($"/{Token}/", "/", StringComparison.Ordinal));

    [Fact]
    public void GrubShowsTheMenuToOthers()
    {
        string text = Text(Seen(Stranger, "x64-uefi", Address9), "grub/grub.cfg", Address9);
        Assert.Contains($"/{Token}/", text, StringComparison.Ordinal);
        text = text.Replace($"/{Token}/", "/", StringComparison.Ordinal);
        Assert.StartsWith(
            "# Aglet: 52:54:00:00:00:99 gets the menu\n"
            + "set default=image-2\n"
            + "set timeout=10\n"
            + "menuentry 'Aglet network boot' --id title {\n"
            + "  true\n"
            + "}\n"
            + "menuentry 'Debian 12' --id image-0 {\n"
            + "  linux /debian/amd64/linux " + StrangerDebianArguments + "\n"
            + "  initrd /debian/amd64/initrd.gz\n"
            + "}\n"
            + "menuentry 'Rocky Linux 9' --id image-1 {\n"
            + "  linux /rocky/vmlinuz " + StrangerRockyArguments + "\n"
            + "  initrd /rocky/initrd.img\n"
            + "}\n"
            + "menuentry 'The local disk' --id image-2 {\n"
            + "  if [ \"$grub_platform\" = efi ]; then\n",
            text);
        Assert.DoesNotContain("arm64/linux", text);
    }

    [Fact]
    public void GrubBootsTheLocalDisk() => Assert.Equal(
        "# Aglet: node2 boots its local disk\n"
        + "set default=0\n"
        + "set timeout=0\n"
        + "menuentry 'The local disk' --id image-2 {\n"
        + "  if [ \"$grub_platform\" = efi ]; then\n"
        + "    set suffix=$grub_cpu\n"
        + "    if [ \"$grub_cpu\" = x86_64 ]; then set suffix=x64; fi\n"
        + "    if [ \"$grub_cpu\" = i386 ]; then set suffix=ia32; fi\n"
        + "    if [ \"$grub_cpu\" = arm64 ]; then set suffix=aa64; fi\n"
        + "    for loader in debian/shim$suffix.efi debian/grub$suffix.efi ubuntu/shim$suffix.efi "
        + "ubuntu/grub$suffix.efi redhat/shim$suffix.efi rocky/shim$suffix.efi almalinux/shim$suffix.efi "
        + "centos/shim$suffix.efi fedora/shim$suffix.efi opensuse/shim.efi sles/shim.efi "
        + "Microsoft/Boot/bootmgfw.efi Boot/boot$suffix.efi; do\n"
        + "      if search --no-floppy --file --set=root /EFI/$loader; then\n"
        + "        chainloader /EFI/$loader\n"
        + "        boot\n"
        + "      fi\n"
        + "    done\n"
        + "    exit 1\n"
        + "  fi\n"
        + "  set root=(hd0)\n"
        + "  chainloader +1\n"
        + "}\n",
        Text(Seen(Node2, "x64-uefi"), "grub.cfg-01-52-54-00-00-00-02", default));

    [Fact]
    public void SharedGrubFindsOutItsMachine() => Assert.StartsWith(
        "# Aglet: which machine is this?\n"
        + "if [ -n \"$net_default_mac\" ]; then\n"
        + "  configfile /_/grub/$net_default_mac/grub.cfg\n"
        + "fi\n"
        + "# Aglet: any machine gets the menu\n"
        + "set default=image-2\n",
        Text(new BootPlanner(Catalog()), "grub/grub.cfg", Address9));

    /// <summary>An x64 machine that nobody knew was offered the arm64 installer.</summary>
    [Fact]
    public void WhereTheProcessorIsNotKnownGrubAsksForIt()
    {
        Settings settings = Rack with
        {
            Images = [Rack.Images[0] with { Answer = null }, Rack.Images[2], Rack.Images[3]],
            Machines = [],
        };
        string text = Text(new BootPlanner(Catalog(settings)), "grub/grub.cfg", Address9);
        Assert.Contains(
            "set timeout=10\n"
            + "menuentry 'Aglet network boot' --id title {\n"
            + "  true\n"
            + "}\n"
            + "if [ \"$grub_cpu\" = x86_64 -o \"$grub_platform\" = pc ]; then\n"
            + "menuentry 'Debian 12' --id image-0 {\n"
            + "  linux /debian/amd64/linux vga=off --- console=ttyS0\n"
            + "  initrd /debian/amd64/initrd.gz\n"
            + "}\n"
            + "fi\n"
            + "menuentry 'The local disk' --id image-1 {\n",
            text);
        Assert.Contains(
            "}\nif [ \"$grub_cpu\" = arm64 ]; then\nmenuentry 'Debian 12 (arm64)' --id image-2 {\n", text);
        Assert.DoesNotContain("grub_cpu\" = arm64 ]; then\nmenuentry", Text(Seen(Stranger, "x64-uefi"), "_/grub/52-54-00-00-00-99/grub.cfg", default));
    }

    [Fact]
    public void AMachineOfAnUnknownProcessorIsGivenItsDiskInsteadOfAnothersKernel()
    {
        string text = Text(new BootPlanner(Catalog()), "grub.cfg-01-52-54-00-00-00-01", default);
        Assert.StartsWith(
            "# Aglet: node1 boots debian-12\nset default=0\nset timeout=0\n"
            + "if [ \"$grub_cpu\" = x86_64 -o \"$grub_platform\" = pc ]; then\nmenuentry 'Debian 12' --id image-0 {\n",
            text);
        Assert.Contains("}\nelse\nmenuentry 'The local disk' --id image-2 {\n", text);
        Assert.EndsWith("}\nfi\n", text);
    }

    [Fact]
    public void WhereTheProcessorIsNotKnownIpxeAsksForIt()
    {
        string text = Text(new BootPlanner(Catalog()), "_/ipxe/52-54-00-00-00-99/boot.ipxe", default);
        Assert.Contains(
            "iseq ${buildarch} x86_64 || iseq ${platform} pcbios && item image-0 Debian 12 ||\n", text);
        Assert.Contains(
            "item image-2 The local disk\niseq ${buildarch} arm64 && item image-3 Debian 12 (arm64) ||\n", text);
    }

    [Fact]
    public void GrubsMacHasColons() => Assert.StartsWith(
        "# Aglet: node1 boots debian-12\n",
        Text(new BootPlanner(Catalog()), "_/grub/52:54:00:00:00:01/grub.cfg", Address9));

    [Fact]
    public void IpxeBootsTheMachinesImage() => Assert.Equal(
        "#!ipxe\n"
        + "# Aglet: node1 boots debian-12\n"
        + "isset ${ip} || dhcp || goto failed\n"
        + "kernel http://10.0.0.1/debian/amd64/linux initrd=initrd.gz " + DebianArguments + " || goto failed\n"
        + "initrd --name initrd.gz http://10.0.0.1/debian/amd64/initrd.gz || goto failed\n"
        + "boot || goto failed\n"
        + ":failed\n"
        + "echo Aglet: node1 could not do this; the next boot device follows\n"
        + "sleep 10\n"
        + "exit 1\n",
        Text(Seen(Node1, "x64-uefi"), "_/ipxe/52-54-00-00-00-01/boot.ipxe", default));

    [Fact]
    public void IpxeShowsTheMenuToOthers() => Assert.Equal(
        "#!ipxe\n"
        + "# Aglet: 52:54:00:00:00:99 gets the menu\n"
        + "isset ${ip} || dhcp || goto failed\n"
        + ":menu\n"
        + "menu Aglet network boot\n"
        + "item image-0 Debian 12\n"
        + "item image-1 Rocky Linux 9\n"
        + "item image-2 The local disk\n"
        + "choose --timeout 10000 --default image-2 target || set target image-2\n"
        + "goto ${target}\n"
        + ":image-0\n"
        + "kernel http://10.0.0.1/debian/amd64/linux initrd=initrd.gz " + StrangerDebianArguments + " || goto failed\n"
        + "initrd --name initrd.gz http://10.0.0.1/debian/amd64/initrd.gz || goto failed\n"
        + "boot || goto failed\n"
        + ":image-1\n"
        + "kernel http://10.0.0.1/rocky/vmlinuz initrd=initrd.img " + StrangerRockyArguments + " || goto failed\n"
        + "initrd --name initrd.img http://10.0.0.1/rocky/initrd.img || goto failed\n"
        + "boot || goto failed\n"
        + ":image-2\n"
        + "iseq ${platform} efi && exit 1 ||\n"
        + "sanboot --no-describe --drive 0x80 || exit 1\n"
        + ":failed\n"
        + "echo Aglet: this did not start; the menu comes back\n"
        + "sleep 10\n"
        + "goto menu\n",
        Text(Seen(Stranger, "x64-uefi"), "_/ipxe/52-54-00-00-00-99/boot.ipxe", default));

    [Fact]
    public void IpxeBootsTheLocalDisk() => Assert.Equal(
        "#!ipxe\n"
        + "# Aglet: node2 boots its local disk\n"
        + "isset ${ip} || dhcp || goto failed\n"
        + "iseq ${platform} efi && exit 1 ||\n"
        + "sanboot --no-describe --drive 0x80 || exit 1\n"
        + ":failed\n"
        + "echo Aglet: node2 could not do this; the next boot device follows\n"
        + "sleep 10\n"
        + "exit 1\n",
        Text(Seen(Node2, "x86-bios"), "_/ipxe/52-54-00-00-00-02/boot.ipxe", default));

    [Theory]
    [InlineData("boot.ipxe")]
    [InlineData("autoexec.ipxe")]
    [InlineData("some/folder/autoexec.ipxe")]
    public void SharedIpxeFindsOutItsMachine(string path) => Assert.Equal(
        "#!ipxe\n"
        + "# Aglet: which machine is this?\n"
        + "isset ${ip} || dhcp ||\n"
        + "chain --replace --autofree http://10.0.0.1/_/ipxe/${netX/mac:hexhyp}/boot.ipxe || exit 1\n",
        Text(new BootPlanner(Catalog()), path, Address9));

    [Fact]
    public void IpxeWithoutHttpIsGivenTftpUrlsAndTheInstallerHttp()
    {
        BootPlanner planner = new(Catalog());
        planner.Offer(At(0), Firmware(Node1, "x86-bios") with { Stage = BootStage.Ipxe }, OurAddress);
        string text = Text(planner, "_/ipxe/52-54-00-00-00-01/boot.ipxe", default);
        Assert.Contains("kernel tftp://10.0.0.1/debian/amd64/linux initrd=", text);
        Assert.Contains(" url=http://10.0.0.1/_/answer/", text);
    }

    [Fact]
    public void APortOtherThan80IsPartOfEveryUrl()
    {
        BootPlanner planner = new(Catalog(Rack with { HttpPort = 8080 }));
        string text = Text(planner, "_/ipxe/52-54-00-00-00-01/boot.ipxe", default);
        Assert.Contains("kernel http://10.0.0.1:8080/debian/amd64/linux ", text);
        Assert.Contains(" url=http://10.0.0.1:8080/_/answer/", text);
    }

    [Fact]
    public void TextFromTheConfigurationStaysInItsPlace()
    {
        Settings settings = OneImage("It's ${net0/mac}^ || $(reboot) \n LABEL x") with
        {
            Images =
            [
                new()
                {
                    Name = "a b;c", Title = "It's ${net0/mac}^ || $(reboot) \n LABEL x", Kernel = "linux",
                    Arguments = "x=\"a b\" y=$z;halt w='q",
                },
            ],
        };
        BootPlanner planner = new(Catalog(settings, "linux"));
        string pxelinux = Text(planner, "pxelinux.cfg/01-52-54-00-00-00-99", default);
        string grub = Text(planner, "_/grub/52-54-00-00-00-99/grub.cfg", default);
        string ipxe = Text(planner, "_/ipxe/52-54-00-00-00-99/boot.ipxe", default);
        Assert.Contains("LABEL a_b_c\n  MENU LABEL It's ${net0/mac} || $(reboot)   LABEL x\n", pxelinux);
        Assert.Contains("menuentry 'It'\\''s ${net0/mac}^ || $(reboot)   LABEL x' --id image-0 {\n", grub);
        Assert.Contains(" 'x=a b' 'y=$z;halt' 'w='\\''q'\n", grub);
        Assert.Contains("item image-0 It's $ {net0/mac}^ | | $(reboot)   LABEL x\n", ipxe);
    }

    /// <summary>iPXE took a title that begins with dashes for an option, and a lone mark for the command's end.</summary>
    [Theory]
    [InlineData("-- Install --", "Install --")]
    [InlineData("Room # 4 ; rack", "Room \"#\" 4 \";\" rack")]
    [InlineData("#1 in room #42", "\"#1\" in room \"#42\"")]
    [InlineData("C# ; x;y", "C# \";\" x;y")]
    [InlineData("Ünï", "Ünï")]
    public void IpxeTitlesAreText(string title, string expected)
    {
        BootPlanner planner = new(Catalog(OneImage(title) with { MenuTitle = title }, "linux"));
        string text = Text(planner, "_/ipxe/52-54-00-00-00-99/boot.ipxe", default);
        Assert.Contains($"menu {expected}\nitem image-0 {expected}\n", text);
    }

    [Fact]
    public void AnInitrdsNameIsOneWord()
    {
        Settings settings = Rack with
        {
            Images = [new() { Name = "x", Title = "X", Kernel = "linux", Initrds = ["my initrd=1.gz"] }],
            Machines = [new() { Name = "n", HardwareAddress = Node1, Image = 0 }],
        };
        string ipxe = Text(
            new BootPlanner(Catalog(settings, "linux", "my initrd=1.gz")), "_/ipxe/52-54-00-00-00-01/boot.ipxe", default);
        Assert.Contains(" initrd=0-my_initrd_1.gz ", ipxe);
        Assert.Contains("initrd --name 0-my_initrd_1.gz http://10.0.0.1/my%20initrd%3D1.gz ||", ipxe);
    }

    [Fact]
    public void TwoInitrdsOfOneNameAreToldApart()
    {
        Settings settings = Rack with
        {
            Images =
            [
                new() { Name = "x", Title = "X", Kernel = "linux", Initrds = ["a/initrd", "b/initrd"] },
            ],
            Machines = [new() { Name = "n", HardwareAddress = Node1, Image = 0 }],
        };
        BootPlanner planner = new(Catalog(settings, "linux", "a/initrd", "b/initrd"));
        string ipxe = Text(planner, "_/ipxe/52-54-00-00-00-01/boot.ipxe", default);
        Assert.Contains("initrd=initrd initrd=1-initrd BOOTIF=", ipxe);
        Assert.Contains("initrd --name 1-initrd http://10.0.0.1/b/initrd ", ipxe);
        Assert.Contains("  INITRD ::a/initrd,::b/initrd\n", Text(planner, "pxelinux.cfg/01-52-54-00-00-00-01", default));
        Assert.Contains("  initrd /a/initrd /b/initrd\n", Text(planner, "grub.cfg-01-52-54-00-00-00-01", default));
    }

    [Fact]
    public void AMenuThatWaitsForEverSaysSoInEachLanguage()
    {
        BootPlanner planner = new(Catalog(Rack with { MenuTimeout = Duration.Zero, MenuDefault = 1 }));
        string ipxe = Text(planner, "_/ipxe/52-54-00-00-00-99/boot.ipxe", default);
        Assert.Contains("choose --default image-1 target || set target image-2\n", ipxe);
        Assert.Contains("set default=image-1\nset timeout=-1\n", Text(planner, "grub.cfg-01-52-54-00-00-00-99", default));
        Assert.Contains("DEFAULT rocky-9\nTIMEOUT 0\n", Text(planner, "pxelinux.cfg/01-52-54-00-00-00-99", default));
    }

    [Fact]
    public void AnImageThatCannotBeGivenBecomesTheLocalDisk()
    {
        BootPlanner planner = Seen(Node1, "arm64-uefi");
        Assert.StartsWith(
            "# Aglet: node1 boots its local disk; not debian-12, because it is built for another processor\n",
            Text(planner, "grub.cfg-01-52-54-00-00-00-01", default));
    }

    private static BootPlanner Seen(HardwareAddress mac, string architecture, Ipv4Address address = default)
    {
        BootPlanner planner = new(Catalog());
        planner.Offer(At(0), Firmware(mac, architecture), OurAddress);
        planner.Bind(mac, address);
        return planner;
    }

    private static Settings OneImage(string title) => new()
    {
        Tree = "",
        Images = [new() { Name = "rescue", Title = title, Kernel = "linux" }],
        Unknown = UnknownPolicy.Menu,
    };
}
