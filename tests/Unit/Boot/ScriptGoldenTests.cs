using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Runtime.CompilerServices;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Boot.BootFixture;

namespace Aglet.Tests.Unit.Boot;

/// <summary>The configuration of every boot program for every kind of image, with titles and arguments full of syntax.</summary>
/// <remarks>
/// A golden file is one boot program on one kind of machine: for each image, and for the menu of all, what the machine
/// is given. UPDATE_GOLDEN=1 writes them anew and fails all the same, so that what is new is looked at.
/// </remarks>
public sealed class ScriptGoldenTests
{
    private const string Nasty = "It's a \"test\": $HOME ${ip} %n; ^x | y || z && {{ q }} #c";

    private static readonly string[] _bootPrograms =
        ["pxelinux.0", "undionly.kpxe", "snponly.efi", "bootx64.efi", "grubx64.efi", "k", "i", "x.efi", "cd's $1.iso", "hd.raw"];

    private static readonly string[] _kinds =
        ["kernel", "efi", "iso", "disk", "chain-script", "chain-efi", "chain-nbp", "local", "menu", "lost"];

    [Theory]
    [InlineData("pxelinux", "x86-bios", "pxelinux.cfg/01-{0}", "memdisk menu.c32")]
    [InlineData("pxelinux-bare", "x86-bios", "pxelinux.cfg/01-{0}", "")]
    [InlineData("lpxelinux", "x86-bios", "pxelinux.cfg/01-{0}", "lpxelinux.0 memdisk menu.c32")]
    [InlineData("syslinux-efi", "x64-uefi", "efi64/pxelinux.cfg/01-{0}", "memdisk efi64/menu.c32")]
    [InlineData("uboot", "arm64-uboot", "pxelinux.cfg/01-{0}", "")]
    [InlineData("uboot-script", "arm64-uboot", "boot.scr.uimg", "")]
    [InlineData("grub-bios", "x86-bios", "grub/grub.cfg-01-{0}", "memdisk")]
    [InlineData("grub-efi", "x64-uefi", "grub/grub.cfg-01-{0}", "memdisk")]
    [InlineData("grub-unknown", "", "grub/grub.cfg-01-{0}", "memdisk")]
    [InlineData("ipxe-bios", "x86-bios", "_/ipxe/{0}/boot.ipxe", "memdisk")]
    [InlineData("ipxe-efi", "x64-uefi", "_/ipxe/{0}/boot.ipxe", "memdisk")]
    [InlineData("ipxe-unknown", "", "_/ipxe/{0}/boot.ipxe", "memdisk")]
    [InlineData("ipxe-tftp-bios", "x86-bios+tftp", "_/ipxe/{0}/boot.ipxe", "memdisk")]
    [InlineData("ipxe-tftp-efi", "x64-uefi+tftp", "_/ipxe/{0}/boot.ipxe", "memdisk")]
    public void EveryProgramIsToldEveryImage(string name, string architecture, string path, string more)
    {
        StringBuilder now = new();
        List<string> scripts = [];
        foreach (string kind in _kinds)
        {
            string script = Script(kind, architecture, path, more);
            scripts.Add(script);
            now.Append("==== ").Append(kind).Append('\n').Append(script);
        }

        if (name.StartsWith("grub", StringComparison.Ordinal))
        {
            foreach (string script in scripts) CheckWithGrub(script);
        }

        Compare(name + ".txt", now.ToString());
    }

    /// <summary>What DHCP names, by firmware and kind; the log's words with it.</summary>
    [Theory]
    [InlineData("offers", "", false)]
    [InlineData("offers-bare", "-", false)]
    [InlineData("offers-signed", "", true)]
    public void EveryFirmwareIsNamedAProgramThatCan(string name, string without, bool isSigned)
    {
        List<string> files = [.. _bootPrograms];
        if (without.Length > 0) files.RemoveAll(file => file is "undionly.kpxe" or "snponly.efi");
        StringBuilder now = new();
        foreach (string architecture in (ReadOnlySpan<string>)["x86-bios", "x64-uefi", "x64-uefi-http", "arm64-uboot"])
        {
            foreach (string kind in _kinds)
            {
                BootPlanner planner = new(Catalog(SettingsFor(kind) with { RequiresSecureBoot = isSigned }, [.. files]));
                BootOffer offer = planner.Offer(At(0), Firmware(Node1, architecture), OurAddress);
                now.Append(architecture).Append(' ').Append(kind).Append(": ").Append(Encoding.UTF8.GetString(offer.BootFile))
                    .Append(" (").Append(Encoding.UTF8.GetString(offer.Reason)).Append(")\n");
            }
        }

        Compare(name + ".txt", now.ToString());
    }

    private static Settings SettingsFor(string kind)
    {
        const string Arguments = "a=\"b c\" d=$e f=${g} h=%i j;k l^m n|o p=s' t --- v";
        List<ImageSetting> images =
        [
            new() { Name = "kernel", Title = Nasty, Kernel = "k", Initrds = ["i"], Arguments = Arguments },
            new() { Name = "efi", Title = "efi " + Nasty, Kind = ImageKind.Efi, File = "x.efi" },
            new() { Name = "iso", Title = "iso " + Nasty, Kind = ImageKind.Iso, File = "cd's $1.iso" },
            new() { Name = "disk", Title = "disk " + Nasty, Kind = ImageKind.Disk, File = "hd.raw" },
            Chain("chain-script", "http://boot.example.org:8080/menu.php?x=$1&y=2"),
            Chain("chain-efi", "http://10.9.9.9/a;b/next.efi"),
            Chain("chain-nbp", "http://10.9.9.9/next.0"),
            new() { Name = "local", Title = "local " + Nasty, Kind = ImageKind.Local },
            new() { Name = "lost", Title = "lost " + Nasty, Kernel = "nowhere" },
        ];
        images.Add(new()
        {
            Name = "menu",
            Title = "menu " + Nasty,
            Kind = ImageKind.Menu,
            Items = [0, 1, 2, 3, 4, 5, 6, 7, 8],
            MenuDefault = 7,
            MenuTimeout = Aglet.Time.Duration.FromSeconds(7),
        });
        return new Settings
        {
            Tree = "/srv/boot",
            DhcpMode = DhcpMode.Server,
            Unknown = UnknownPolicy.Disk,
            Images = images,
            Machines =
            [
                new() { Name = "node1", HardwareAddress = Node1, Image = images.FindIndex(image => image.Name == kind) },
            ],
        };
    }

    private static ImageSetting Chain(string name, string url) =>
        new() { Name = name, Title = name + " " + Nasty, Kind = ImageKind.Chain, Url = url };

    private static string Script(string kind, string architecture, string path, string more)
    {
        string[] files = [.. _bootPrograms, .. more.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        if (more.Contains("lpxelinux.0", StringComparison.Ordinal)) files[0] = "other.0";
        BootPlanner planner = new(Catalog(SettingsFor(kind), files));
        if (architecture.Length > 0)
        {
            string[] parts = architecture.Split('+');
            BootClient client = Firmware(Node1, parts[0]);
            if (parts.Length > 1) client = client with { Stage = BootStage.Ipxe };
            planner.Offer(At(0), client, OurAddress);
            planner.Bind(Node1, Address1);
        }

        string key = path.Replace("{0}", "52-54-00-00-00-01", StringComparison.Ordinal);
        string text = Text(planner, key, Address1);

        // Before U-Boot's script there is a header of 72 bytes, with checksums and zeros.
        return path == "boot.scr.uimg" ? text[text.IndexOf("echo", StringComparison.Ordinal)..].Insert(0, Program(text)) : text;
    }

    private static string Program(string image)
    {
        int start = image.IndexOf("tftpboot", StringComparison.Ordinal);
        return start < 0 ? "" : image[start..image.IndexOf("echo", StringComparison.Ordinal)];
    }

    private static void CheckWithGrub(string script)
    {
        using Process checker = new()
        {
            StartInfo = new("grub-script-check") { RedirectStandardInput = true, RedirectStandardError = true },
        };
        checker.Start();
        checker.StandardInput.Write(script);
        checker.StandardInput.Close();
        string said = checker.StandardError.ReadToEnd();
        checker.WaitForExit();
        Assert.True(checker.ExitCode == 0, said + script);
    }

    private static void Compare(string file, string now)
    {
        string golden = System.IO.Path.Combine(AppContext.BaseDirectory, "Golden", "scripts", file);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") is not null) File.WriteAllText(SourceOf(file), now);
        Assert.Equal(File.Exists(golden) ? File.ReadAllText(golden) : "", now);
    }

    private static string SourceOf(string file, [CallerFilePath] string here = "") =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(here)!, "../../Golden/scripts", file);
}
