using System;
using Aglet.Commands;
using Aglet.Tests.Simulation;
using Xunit;

namespace Aglet.Tests.Unit.Commands;

public sealed class ContainerNoteTests
{
    private const string Veth = "INTERFACE=eth0\nIFINDEX=5\n";
    private const string Macvlan = "DEVTYPE=macvlan\nINTERFACE=eth0\nIFINDEX=5\n";

    [Theory]
    [InlineData(nameof(ContainerRuntime.Docker), "--network host")]
    [InlineData(nameof(ContainerRuntime.Podman), "as root with --network host")]
    [InlineData(nameof(ContainerRuntime.Kubernetes), "hostNetwork: true")]
    public void AContainersOwnNetworkIsSaidWithWhatToSet(string runtime, string remedy)
    {
        string? text = ContainerNote.TextFor(Enum.Parse<ContainerRuntime>(runtime), "eth0", isHardware: false, Veth);
        Assert.NotNull(text);
        Assert.Contains("eth0 is a container's own network", text, StringComparison.Ordinal);
        Assert.Contains("DHCP broadcasts do not get in", text, StringComparison.Ordinal);
        Assert.Contains(remedy, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(ContainerRuntime.None), false, Veth)]
    [InlineData(nameof(ContainerRuntime.Docker), true, Veth)]
    [InlineData(nameof(ContainerRuntime.Docker), false, Macvlan)]
    [InlineData(nameof(ContainerRuntime.Docker), false, "")]
    public void AnythingElseIsNot(string runtime, bool isHardware, string uevent) =>
        Assert.Null(ContainerNote.TextFor(Enum.Parse<ContainerRuntime>(runtime), "eth0", isHardware, uevent));

    [Theory]
    [InlineData("/.dockerenv", "", 1)]
    [InlineData("/run/.containerenv", "", 1)]
    [InlineData("/etc/hosts", "# Kubernetes-managed hosts file.\n127.0.0.1 localhost\n", 1)]
    [InlineData("/etc/hosts", "# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n", 0)]
    [InlineData("/etc/hosts", "127.0.0.1 localhost\n", 0)]
    public void TheRuntimeIsKnownByItsFiles(string path, string content, int notes)
    {
        CommandWorld world = new();
        world.Put("/sys/class/net/eth0/uevent", Veth);
        world.Put(path, content);
        Assert.Equal(notes, ContainerNote.For(world.Kernel, [world.Kernel.Interface()]).Count);
    }

    [Fact]
    public void ABridgeIsTheHosts()
    {
        CommandWorld world = new();
        world.Put("/.dockerenv", "");
        world.Put("/sys/class/net/eth0/uevent", Veth);
        world.Put("/sys/class/net/eth0/bridge/bridge_id", "8000");
        Assert.Empty(ContainerNote.For(world.Kernel, [world.Kernel.Interface(SimKernel.FirstInterface)]));
    }
}
