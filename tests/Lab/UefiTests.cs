using System;
using Xunit;

namespace Aglet.Tests.Lab;

[Trait("Category", "Lab")]
public sealed class UefiTests
{
    [Fact]
    public void UefiMachineStartsTheDebianInstallerWhichReadsItsOwnPreseed() => LabSession.Run("uefi-installer", lab =>
    {
        VirtualMachine machine = InstallerProof.Boot(lab, Firmware.Uefi, LabConfig.ServerModeWithoutDns);
        InstallerProof.Check(lab, machine);
        Assert.Contains(lab.Capture.Packets(), packet => packet.IsTftpRequest
            && packet.Text.Contains("grubx64.efi\0", StringComparison.Ordinal));
    });

    [Fact]
    public void SecureBootMachineStartsASignedKernel() => LabSession.Run("secure-boot", lab =>
    {
        VirtualMachine machine = GuestProof.Boot(lab, Firmware.SecureBoot, LabConfig.For(LabConfig.Guest()));
        GuestProof.Check(lab, machine);
        Assert.Contains("secureboot: Secure boot enabled", machine.Console.Text, StringComparison.Ordinal);
    });
}
