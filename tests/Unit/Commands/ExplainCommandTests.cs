using System;
using System.Linq;
using System.Text.Json;
using Xunit;

namespace Aglet.Tests.Unit.Commands;

public sealed class ExplainCommandTests
{
    private const string Node1 = "52:54:00:00:00:01";

    [Fact]
    public void TheAnswerIsPrintedByteForByte()
    {
        CommandWorld world = new();
        Assert.Equal(0, world.Explain("--mac", Node1, "--answer"));
        Assert.Equal("d-i host node1\nd-i disk /dev/vda", world.Output);
    }

    [Fact]
    public void EverythingThatTheMachineWouldGetIsTold()
    {
        CommandWorld world = new();
        Assert.Equal(0, world.Explain("--mac", Node1, "--arch", "x86-bios"));
        foreach (string expected in new[]
        {
            "node1 (52:54:00:00:00:01) as x86-bios, x86 BIOS, with /e/aglet.json\n",
            "  boot file    pxelinux.0\n",
            "  address      10.0.0.11\n",
            "Image debian\n",
            " quiet\n",
            "  answer file  http://10.0.0.1/",
            "             256  d/linux  (kernel)\n",
            "               1  d/initrd.gz  (initrd)\n",
            "---- pxelinux.cfg/01-52-54-00-00-00-01\n",
            "d-i disk /dev/vda\n",
        })
        {
            Assert.Contains(expected, world.Output, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("--arch", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutAnArchitectureTheOthersAreListed()
    {
        CommandWorld world = new();
        Assert.Equal(0, world.Explain("--mac", Node1));
        Assert.Contains(" as x64-uefi, ", world.Output, StringComparison.Ordinal);
        Assert.Contains("  x86-bios         pxelinux.0\n", world.Output, StringComparison.Ordinal);
        Assert.Contains("  x64-uefi-http    http://10.0.0.1/snponly.efi\n", world.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("arm64", world.Output, StringComparison.Ordinal);
    }

    /// <summary>A machine without a reservation was shown GRUB's question who it is, and not its own menu.</summary>
    [Theory]
    [InlineData("52:54:00:00:00:02", "# Aglet: node2 boots its local disk\n")]
    [InlineData("52:54:00:00:00:99", "# Aglet: 52:54:00:00:00:99 boots its local disk\n")]
    public void EachScriptIsTheMachinesOwn(string mac, string heading)
    {
        CommandWorld world = new();
        Assert.Equal(0, world.Explain("--mac", mac, "--arch", "x64-uefi"));
        Assert.Contains("---- grub/grub.cfg\n" + heading, world.Output, StringComparison.Ordinal);
        Assert.Contains("---- autoexec.ipxe\n#!ipxe\n" + heading, world.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("which machine is this", world.Output, StringComparison.Ordinal);
    }

    /// <summary>An answer that names the address was said to have a hole; at a real boot it has none.</summary>
    [Fact]
    public void AnAddressFromThePoolHasAStandIn()
    {
        CommandWorld world = new(CommandWorld.Rack.Replace("\"address\": \"10.0.0.11\", ", "", StringComparison.Ordinal));
        world.Put("/e/a.cfg", "d-i address {{ address }}\n");
        Assert.Equal(0, world.Explain("--mac", Node1, "--answer"));
        Assert.Equal("d-i address 192.0.2.2\n", world.Output);
        Assert.Contains("192.0.2.2 stands for the machine's address", world.Errors, StringComparison.Ordinal);
        Assert.Equal(0, world.Explain("--mac", Node1, "--arch", "x86-bios"));
        Assert.Contains("192.0.2.2 stands for the machine's address", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void TheServersAddressCanBeGiven()
    {
        CommandWorld world = new();
        world.Explain("--mac", Node1, "--server", "192.168.7.7");
        Assert.Contains("http://192.168.7.7/", world.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("10.0.0.1/", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void TheOfferIsToldOptionByOption()
    {
        CommandWorld world = new();
        Assert.Equal(0, world.Explain("--name", "node1", "--arch", "x64-uefi"));
        foreach (string expected in (string[])
        [
            "The offer to its DISCOVER, option by option\n",
            "  yiaddr                         10.0.0.11\n",
            "  siaddr                         10.0.0.1\n",
            "  file                           bootx64.efi\n",
            "   53 DHCP Msg Type              2 (OFFER)\n",
            "   54 DHCP Server Id             10.0.0.1\n",
            "   51 Address Time               3600 s\n",
            "    1 Subnet Mask                255.255.255.0\n",
            "   60 Class Id                   PXEClient\n",
            "   43 Vendor Specific            060108ff\n",
            "   67 Bootfile-Name              bootx64.efi\n",
        ])
            Assert.Contains(expected, world.Output, StringComparison.Ordinal);
        Assert.Equal(0, world.Explain("--name", "node2", "--arch", "x64-uefi"));
        Assert.Contains("(if it comes first)\n", world.Output, StringComparison.Ordinal);
    }

    /// <summary>The offer was that of a machine of which nothing but its MAC is known.</summary>
    [Fact]
    public void TheOfferKnowsWhatTheMachineIsKnownBy()
    {
        CommandWorld world = new(CommandWorld.Rack
            .Replace("\"disk\": {", "\"shell\": { \"efi\": \"snponly.efi\" }, \"disk\": {", StringComparison.Ordinal)
            .Replace("\"machines\"", "\"groups\": [ { \"name\": \"vms\", \"match\": { \"serial\": \"VM*\" }, \"image\": \"shell\", "
                + "\"once\": true } ],\n \"machines\"", StringComparison.Ordinal));
        string[] who = ["--mac", "52:54:00:00:00:77", "--serial", "VM1", "--arch", "x64-uefi"];
        Assert.Equal(0, world.Explain(who));
        Assert.Contains("   67 Bootfile-Name              snponly.efi\n", world.Output, StringComparison.Ordinal);
        Assert.Equal(0, world.Explain([.. who, "--installed"]));
        Assert.Contains("   67 Bootfile-Name              bootx64.efi\n", world.Output, StringComparison.Ordinal);
    }

    /// <summary>What a program reads is what a person reads; every machine with every firmware that it may have.</summary>
    [Fact]
    public void AllMachinesCanBeToldAsJson()
    {
        CommandWorld world = new();
        Assert.Equal(0, world.Explain("--all", "--json"));
        using JsonDocument json = JsonDocument.Parse(world.Output);
        JsonElement[] all = [.. json.RootElement.EnumerateArray()];
        Assert.Equal(["node1", "node2"], all.Select(one => one.GetProperty("machine").GetString()).Distinct());
        JsonElement uefi = all.First(one => one.GetProperty("arch").GetString() == "x64-uefi");
        Assert.True(uefi.GetProperty("complete").GetBoolean());
        Assert.Equal("bootx64.efi", uefi.GetProperty("offer").GetProperty("file").GetString());
        Assert.Contains(
            uefi.GetProperty("offer").GetProperty("options").EnumerateArray(),
            option => option.GetProperty("code").GetInt32() == 54 && option.GetProperty("value").GetString() == "10.0.0.1");
        Assert.Equal(
            "d-i host node1\nd-i disk /dev/vda",
            uefi.GetProperty("images")[0].GetProperty("answers")[0].GetProperty("text").GetString());
        Assert.Contains(
            uefi.GetProperty("documents").EnumerateArray(), document => document.GetProperty("path").GetString() == "grub/grub.cfg");

        world.Kernel.Files.Remove("/t/d/initrd.gz");
        Assert.Equal(1, world.Explain("--all"));
        Assert.Contains("node1 (52:54:00:00:00:01) as x64-uefi-http", world.Output, StringComparison.Ordinal);
        Assert.Contains("node2 (52:54:00:00:00:02) as x86-bios", world.Output, StringComparison.Ordinal);
        Assert.Contains("MISSING  d/initrd.gz", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AMachineIsFoundByWhateverItIsKnownBy()
    {
        CommandWorld world = new(CommandWorld.Rack
            .Replace("\"machines\": [", "\"machines\": [ { \"name\": \"node3\", \"serial\": \"S3\", \"image\": \"disk\" },",
                StringComparison.Ordinal)
            .Replace("\"machines\"", "\"groups\": [ { \"name\": \"http\", \"match\": { \"vendor\": \"HTTPClient*\" }, "
                + "\"image\": \"arm\" } ],\n \"machines\"", StringComparison.Ordinal));
        Assert.Equal(0, world.Explain("--serial", "S3", "--arch", "x64-uefi"));
        Assert.Contains("node3 boots its local disk\n", world.Output, StringComparison.Ordinal);
        world.Explain("--mac", "52:54:00:00:00:77", "--vendor", "HTTPClient:Arch:00019", "--arch", "arm64-uefi");
        Assert.Contains("  by group http\n", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingFileIsCode1()
    {
        CommandWorld world = new();
        world.Kernel.Files.Remove("/t/d/initrd.gz");
        Assert.Equal(1, world.Explain("--mac", Node1));
        Assert.Contains("MISSING  d/initrd.gz  (initrd)\n", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AMachineWithoutAnAnswerSaysSo()
    {
        CommandWorld world = new();
        Assert.Equal(1, world.Explain("--mac", "52:54:00:00:00:02", "--answer"));
        Assert.Equal("", world.Output);
        Assert.Contains("node2 gets no answer file", world.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void AnAnswerWithAHoleIsNotPrinted()
    {
        CommandWorld world = new();
        world.Put("/e/a.cfg", "{{ nothing }}");
        Assert.Equal(1, world.Explain("--mac", Node1, "--answer"));
        Assert.Equal("", world.Output);
        Assert.Contains("nothing", world.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--mac", "x", "--mac x: a MAC such as")]
    [InlineData("--arch", "x64-uefy", "did you mean x64-uefi?")]
    [InlineData("--server", "10.0.0", "--server 10.0.0: an address")]
    [InlineData("--answer", "", "--mac is needed")]
    [InlineData("--name", "nodeX", "no such machine in /e/aglet.json; did you mean \"node1\"?")]
    [InlineData("--all", "--answer", "--answer prints the file of one machine")]
    [InlineData("--token", "xyz", "--token: 32 hexadecimal digits")]
    public void WrongUsageIsCode2(string option, string value, string expected)
    {
        CommandWorld world = new();
        Assert.Equal(2, value.Length == 0 ? world.Explain(option) : world.Explain(option, value));
        Assert.Contains(expected, world.Errors, StringComparison.Ordinal);
    }
}
