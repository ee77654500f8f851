using System;
using Xunit;

namespace Aglet.Tests.Unit.Commands;

public sealed class CheckCommandTests
{
    [Fact]
    public void WhatIsRightIsOneLine()
    {
        CommandWorld world = new();
        Assert.Equal(0, world.Check());
        Assert.Equal("2 machines, 3 images, 10 files, 1 MB: all good\n", world.Output);
    }

    [Fact]
    public void MistakesOfTheConfigurationAreToldAllAtOnceWithCode2()
    {
        CommandWorld world = new("{ \"tre\": 1,\n \"unknown\": \"men\" }");
        Assert.Equal(2, world.Check());
        Assert.Equal(
            """
            /e/aglet.json:1:3: tre: unknown key; did you mean "tree"?
            /e/aglet.json:2:13: unknown: expected the name of an image or "menu" or "disk" or "ignore", found "men"; did you mean "menu"?
            2 errors: the configuration cannot be used

            """,
            world.Output);
    }

    [Fact]
    public void AMissingTreeIsCode2()
    {
        CommandWorld world = new();
        Assert.Equal(2, world.Check("--tree", "/none"));
        Assert.Equal(
            "/none: the boot tree cannot be read: no such folder\n1 error: the configuration cannot be used\n", world.Output);
    }

    [Fact]
    public void AMissingTreeIsToldWithItsPlaceOrWhereToNameIt()
    {
        CommandWorld world = new(CommandWorld.Rack.Replace("\"/t\"", "\"/tt\"", StringComparison.Ordinal));
        Assert.Equal(2, world.Check());
        Assert.StartsWith(
            "/e/aglet.json:4:11: tree: /tt: the boot tree cannot be read: no such folder\n", world.Output, StringComparison.Ordinal);
        world = new("{}");
        Assert.Equal(2, world.Check());
        Assert.StartsWith(
            "/srv/boot: the boot tree cannot be read: no such folder; name another one with \"tree\" in the configuration "
            + "or with --tree\n", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingFilesAreCode2WithTheirPlaceAndTheNearest()
    {
        CommandWorld world = new(CommandWorld.Rack
            .Replace("d/initrd.gz", "d/initrd.gzz", StringComparison.Ordinal)
            .Replace("\"a/linux\"", "\"arm/linux\"", StringComparison.Ordinal));
        Assert.Equal(2, world.Check());
        Assert.Contains(
            "/e/aglet.json:7:53: images.debian.initrd: d/initrd.gzz is not in the tree /t; did you mean d/initrd.gz?\n", world.Output, StringComparison.Ordinal);
        Assert.Contains(
            "/e/aglet.json:10:41: images.arm.kernel: arm/linux is not in the tree /t; did you mean a/linux?\n", world.Output, StringComparison.Ordinal);
        Assert.EndsWith(": 2 errors\n", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AnotherCaseIsNotTheSameName()
    {
        CommandWorld world = new(CommandWorld.Rack.Replace("\"d/linux\"", "\"D/Linux\"", StringComparison.Ordinal));
        Assert.Equal(2, world.Check());
        Assert.StartsWith(
            "/e/aglet.json:7:32: images.debian.kernel: D/Linux is d/linux in the tree: write it in the same case\n", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AKernelForAnotherProcessorIsAnError()
    {
        CommandWorld world = new();
        world.Put("/t/a/linux", CommandWorld.MakePe(0x8664));
        Assert.Equal(2, world.Check());
        Assert.StartsWith("/e/aglet.json:10:41: images.arm.kernel: a/linux is built for x64, expected arm64\n", world.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x64-uefi", "bootaa64.efi", "programs.x64-uefi: bootaa64.efi is built for arm64, expected x64\n")]
    [InlineData("x64-uefi", "pxelinux.0", "programs.x64-uefi: pxelinux.0 is no UEFI program, so x64 UEFI cannot run it\n")]
    [InlineData("x86-bios", "bootx64.efi", "programs.x86-bios: bootx64.efi is a UEFI program, which x86 BIOS cannot run\n")]
    [InlineData("x64-uefi", "bootx64.ef", "programs.x64-uefi: bootx64.ef is not in the tree /t; did you mean bootx64.efi?\n")]
    public void AProgramThatTheFirmwareCannotRunIsAnError(string architecture, string program, string expected)
    {
        CommandWorld world = new(CommandWorld.Rack.Replace(
            "\"tree\"", $"\"programs\": {{ \"{architecture}\": \"{program}\" }}, \"tree\"", StringComparison.Ordinal));
        Assert.Equal(2, world.Check());
        Assert.Contains(expected, world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void ADefaultProgramForAnotherProcessorIsAnError()
    {
        CommandWorld world = new();
        world.Put("/t/bootx64.efi", CommandWorld.MakePe(0x014C));
        Assert.Equal(2, world.Check());
        Assert.Contains("x64-uefi: bootx64.efi is built for x86, expected x64\n", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatABootProgramLoadsMustBeThereToo()
    {
        CommandWorld world = new();
        world.Kernel.Files.Remove("/t/ldlinux.c32");
        Assert.Equal(2, world.Check());
        Assert.Contains("x86-bios: ldlinux.c32 (PXELINUX's core) is not in the tree\n", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void ANameWithoutAValueHasItsPlaceInTheTemplate()
    {
        CommandWorld world = new();
        world.Put("/e/a.cfg", "d-i host {{ name }}\nd-i disk {{ dsk }}\n");
        Assert.Equal(2, world.Check());
        Assert.StartsWith("/e/a.cfg:2:13: 'dsk' is not a known name; did you mean 'disk'?\n", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void ATemplateThatEveryMachineCanReadIsAWarning()
    {
        CommandWorld world = new(CommandWorld.Rack.Replace("\"a.cfg\"", "\"/t/a.cfg\"", StringComparison.Ordinal));
        world.Put("/t/a.cfg", "x");
        Assert.Equal(0, world.Check());
        Assert.StartsWith("warning: /e/aglet.json:8:50: images.debian.answer.template: /t/a.cfg is below the boot tree", world.Output, StringComparison.Ordinal);
        Assert.EndsWith(": good, with 1 warning\n", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void NoBootProgramAtAllIsAnErrorAndOneKindLackingAWarning()
    {
        CommandWorld world = new();
        world.Kernel.Files.Remove("/t/pxelinux.0");
        Assert.Equal(0, world.Check());
        Assert.Contains("warning: /e/aglet.json:6:15: images.debian: no boot program for x86 BIOS", world.Output, StringComparison.Ordinal);
        foreach (string program in new[] { "bootx64.efi", "grubx64.efi", "snponly.efi" }) world.Kernel.Files.Remove("/t/" + program);
        Assert.Equal(2, world.Check());
        Assert.Contains("\n/e/aglet.json:6:15: images.debian: no boot program for x64 UEFI", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AnInterfaceThatThisMachineDoesNotHaveIsAWarning()
    {
        CommandWorld world = new();
        Assert.Equal(0, world.Check("--interface", "eth9"));
        Assert.StartsWith(
            "warning: on this machine network.interface: there is no eth9 with the address 10.0.0.1; there is eth0",
            world.Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AReservationOutsideTheInterfacesNetworkIsAnError()
    {
        CommandWorld world = new(CommandWorld.Rack
            .Replace(", \"address\": \"10.0.0.1/24\"", "", StringComparison.Ordinal)
            .Replace("10.0.0.11", "10.9.0.11", StringComparison.Ordinal));
        Assert.Equal(2, world.Check());
        Assert.StartsWith(
            "the address 10.9.0.11 of machine node1 is not within 10.0.0.1/24, the network of interface eth0\n", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatDoesNothingIsAWarning()
    {
        CommandWorld world = new(CommandWorld.Rack.Replace("\"server\"", "\"proxy\"", StringComparison.Ordinal));
        Assert.Equal(0, world.Check());
        Assert.Contains("warning: /e/aglet.json:3:30: dhcp.pool: it does nothing in mode \"proxy\"", world.Output, StringComparison.Ordinal);
        Assert.EndsWith(": good, with 2 warnings\n", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnknownOptionIsCode2()
    {
        CommandWorld world = new();
        Assert.Equal(2, world.Check("--confg", "x"));
        Assert.Equal("", world.Output);
        Assert.StartsWith("aglet: --confg: no such option; did you mean --config?\n", world.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryHandleIsClosed()
    {
        CommandWorld world = new();
        world.Check();
        Assert.Equal(0, world.Kernel.Open(Aglet.Tests.Simulation.SimHandleKind.File));
    }

    /// <summary>A machine that has its image from its group was not looked at.</summary>
    [Fact]
    public void WhatAGroupBootsIsProvedToo()
    {
        CommandWorld world = new(CommandWorld.Rack.Replace("\"machines\"", "\"groups\": [ { \"name\": \"g\", \"match\": "
            + "{ \"mac\": \"aa:*\" }, \"image\": \"debian\", \"programs\": { \"x64-uefi\": \"none.efi\" } } ],\n \"machines\"",
            StringComparison.Ordinal));
        Assert.Equal(2, world.Check());
        Assert.Contains("g.programs.x64-uefi: none.efi is not in the tree", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void EachKindOfImageIsProved()
    {
        CommandWorld world = new(CommandWorld.Rack.Replace("\"disk\": {", "\"shell\": { \"efi\": \"d/initrd.gz\" }, "
            + "\"cd\": { \"iso\": \"x.iso\" }, \"disk\": {", StringComparison.Ordinal));
        Assert.Equal(2, world.Check());
        Assert.Contains("images.shell.efi: d/initrd.gz is no UEFI program\n", world.Output, StringComparison.Ordinal);
        Assert.Contains("images.cd.iso: x.iso is not in the tree /t\n", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void WithSecureBootAKernelThatIsNotSignedIsWarnedOf()
    {
        CommandWorld world = new(CommandWorld.Rack.Replace("\"tree\"", "\"secure-boot\": true, \"tree\"", StringComparison.Ordinal));
        Assert.Equal(0, world.Check());
        Assert.Contains("images.debian.kernel: d/linux is not signed", world.Output, StringComparison.Ordinal);
        byte[] signed = new byte[0x200];
        CommandWorld.MakePe(0x8664).CopyTo(signed, 0);
        (signed[0x98], signed[0x99]) = (0x0B, 0x02);
        signed[0x80 + 24 + 144 + 4] = 8;
        world.Put("/t/d/linux", signed);
        world.Check();
        Assert.DoesNotContain("d/linux is not signed", world.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("d-i passwd/root-password-crypted password $6$salt$hash", "a password hash")]
    [InlineData("key {{ admin_token }}", "the value of vars.admin_token")]
    [InlineData("d-i host {{ name }}", "")]
    public void SecretsInOpenAnswersAreWarnedOf(string template, string expected)
    {
        CommandWorld world = new(CommandWorld.Rack
            .Replace("\"args\": \"quiet\"", "\"open\": true, \"args\": \"quiet\"", StringComparison.Ordinal)
            .Replace("\"unknown\"", "\"vars\": { \"admin_token\": \"x\" }, \"unknown\"", StringComparison.Ordinal));
        world.Put("/e/a.cfg", template + "\n");
        Assert.Equal(0, world.Check());
        if (expected.Length == 0) Assert.DoesNotContain("images.debian.open", world.Output, StringComparison.Ordinal);
        else Assert.Contains($"images.debian.open: /e/a.cfg has {expected}, and every machine", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void InProxyModeGrubIsWarnedOf()
    {
        CommandWorld world = new(CommandWorld.Rack.Replace(
            "\"mode\": \"server\", \"pool\": \"10.0.0.100-10.0.0.200\"", "\"mode\": \"proxy\"", StringComparison.Ordinal)
            .Replace("\"image\": \"disk\"", "\"image\": \"arm\"", StringComparison.Ordinal));
        Assert.Equal(0, world.Check());
        Assert.Contains("arm64-uefi: bootaa64.efi leads to GRUB, which asks", world.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("x64-uefi: ", world.Output, StringComparison.Ordinal);
    }
}
