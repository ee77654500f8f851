using System;
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
    public void WrongUsageIsCode2(string option, string value, string expected)
    {
        CommandWorld world = new();
        Assert.Equal(2, value.Length == 0 ? world.Explain(option) : world.Explain(option, value));
        Assert.Contains(expected, world.Errors, StringComparison.Ordinal);
    }
}
