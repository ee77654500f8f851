using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>Slow under emulation, so not part of the usual run: <c>make test-arm64</c>.</summary>
[Trait("Category", "LabArm64")]
public sealed class Arm64Tests
{
    [Fact]
    public void Arm64MachineBoots() => LabSession.Run("arm64", lab =>
    {
        VirtualMachine machine = GuestProof.Boot(lab, Firmware.Arm64, LabConfig.For(LabConfig.Guest("ttyAMA0")));
        GuestProof.Check(lab, machine);
        Assert.StartsWith("aarch64 ", machine.LineAfter("GUEST-UP"), System.StringComparison.Ordinal);
    });

    [Fact]
    public void UBootReadsThePxelinuxConfiguration() => LabSession.Run("uboot", lab =>
    {
        VirtualMachine machine = GuestProof.Boot(lab, Firmware.UBootArm64, LabConfig.For(LabConfig.Guest("ttyAMA0")));
        GuestProof.Check(lab, machine);
        Assert.Contains(lab.Capture.Packets(), packet => packet.IsTftpRequest
            && packet.Text.Contains("pxelinux.cfg/", System.StringComparison.Ordinal));
    });
}
