using System.Collections.Generic;
using System.Text;
using Aglet.Linux;
using Xunit;

namespace Aglet.Tests.Unit.Linux;

public sealed class ModuleIndexTests
{
    private const string Dependencies =
        """
        kernel/drivers/net/virtio_net.ko: kernel/drivers/net/net_failover.ko kernel/net/core/failover.ko
        kernel/drivers/net/net_failover.ko: kernel/net/core/failover.ko
        kernel/net/core/failover.ko:
        kernel/drivers/usb/storage/usb-storage.ko:

        """;

    private const string Aliases =
        """
        # Aliases extracted from modules themselves.
        alias virtio:d00000001v* virtio_net
        alias pci:v00008086d0000100Esv*sd*bc*sc*i* e1000
        alias usb:v*p*d*dc*dsc*dp*ic08isc06ip50in* usb-storage
        alias acpi*:PNP0C0C:* button

        """;

    private readonly ModuleIndex _index = new(Encoding.ASCII.GetBytes(Dependencies), Encoding.ASCII.GetBytes(Aliases));

    [Theory]
    [InlineData("virtio_net", "kernel/net/core/failover.ko kernel/drivers/net/net_failover.ko kernel/drivers/net/virtio_net.ko")]
    [InlineData("usb-storage", "kernel/drivers/usb/storage/usb-storage.ko")]
    [InlineData("usb_storage", "kernel/drivers/usb/storage/usb-storage.ko")]
    [InlineData("nothing", "")]
    public void WhatIsNeededComesFirst(string module, string paths) =>
        Assert.Equal(paths, string.Join(' ', _index.PathsOf(module)));

    [Theory]
    [InlineData("virtio:d00000001v00001AF4", "virtio_net")]
    [InlineData("pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00", "e1000")]
    [InlineData("usb:v46F4p0001d0000dc00dsc00dp00ic08isc06ip50in00", "usb_storage")]
    [InlineData("acpi:PNP0C0C:", "button")]
    [InlineData("acpi:LNXSYBUS:PNP0C0C:", "button")]
    [InlineData("pci:v00008086d0000100F", "")]
    [InlineData("", "")]
    public void ADeviceHasItsDriver(string modalias, string driver)
    {
        List<string> drivers = [];
        _index.AddDriversOf(Encoding.ASCII.GetBytes(modalias), drivers);
        Assert.Equal(driver, string.Join(' ', drivers));
    }

    [Theory]
    [InlineData("a*c", "abc", true)]
    [InlineData("a*c", "ac", true)]
    [InlineData("a*c", "abcd", false)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "ac", false)]
    [InlineData("a[0-9A-F]c", "aBc", true)]
    [InlineData("a[0-9A-F]c", "aGc", false)]
    [InlineData("a[!b]c", "abc", false)]
    [InlineData("a[!b]c", "axc", true)]
    [InlineData("a[]]c", "a]c", true)]
    [InlineData("a[-b]c", "a-c", true)]
    [InlineData("a[b", "a[b", true)]
    [InlineData("*a*b*", "xxaxxb", true)]
    [InlineData("*ab*ab", "abab", true)]
    [InlineData("", "", true)]
    [InlineData("*", "", true)]
    [InlineData("A", "a", false)]
    public void PatternsAreThoseOfTheShell(string pattern, string text, bool matches) =>
        Assert.Equal(matches, ModuleIndex.Matches(Encoding.ASCII.GetBytes(pattern), Encoding.ASCII.GetBytes(text)));
}
