using System;
using Xunit;

namespace Aglet.Tests.Lab;

/// <remarks>The only boot ROM that QEMU has for its network cards is an iPXE, and says so.</remarks>
[Trait("Category", "Lab")]
public sealed class BiosTests
{
    [Fact]
    public void BiosMachineStartsTheDebianInstallerWhichReadsItsOwnPreseed() => LabSession.Run("bios-installer", lab =>
    {
        VirtualMachine machine = InstallerProof.Boot(lab, Firmware.Bios);
        InstallerProof.Check(lab, machine);
        Assert.Contains(lab.Capture.Packets(), packet => packet.IsTftpRequest
            && packet.Text.Contains("pxelinux.0\0", StringComparison.Ordinal));
        Assert.Contains(lab.Capture.Packets(), packet => packet.IsTftpRequest
            && packet.Text.Contains("debian/amd64/initrd.gz\0", StringComparison.Ordinal));
    });

    [Fact]
    public void IpxeRomGetsItsScript() => LabSession.Run("bios-ipxe", lab =>
    {
        VirtualMachine machine = GuestProof.Boot(lab, Firmware.Bios, LabConfig.For(LabConfig.Guest(), programs: "{}"));
        GuestProof.Check(lab, machine);
        Assert.DoesNotContain(lab.Capture.Packets(), packet => packet.IsTftpRequest);
    });
}
