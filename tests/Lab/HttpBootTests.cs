using System;
using System.Collections.Generic;
using Xunit;

namespace Aglet.Tests.Lab;

[Trait("Category", "Lab")]
public sealed class HttpBootTests
{
    [Fact]
    public void UefiHttpBootNeedsNoTftp() => LabSession.Run("uefi-http-boot", lab =>
    {
        VirtualMachine machine = GuestProof.Boot(lab, Firmware.UefiHttpBoot,
            LabConfig.For(LabConfig.Guest(), programs: """{ "x64-uefi-http": "snponly.efi" }"""));
        GuestProof.Check(lab, machine);

        // A PXE client falls back to HTTP silently and the other way round: only the firmware's own name is
        // proof.
        List<CapturedPacket> packets = lab.Capture.Packets();
        Assert.Contains(packets, packet => packet.IsHttpRequest
            && packet.Text.Contains("UefiHttpBoot", StringComparison.Ordinal)
            && packet.Text.Contains("/snponly.efi", StringComparison.Ordinal));
        Assert.DoesNotContain(packets, packet => packet.IsTftpRequest);
    });
}
