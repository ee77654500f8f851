using System;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>Boots a machine into the test guest and proves, on its console, what it fetched.</summary>
internal static class GuestProof
{
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(6);

    public static VirtualMachine Boot(LabSession lab, Firmware firmware, string config)
    {
        lab.FillTree(firmware is Firmware.Arm64 or Firmware.UBootArm64 ? "arm64" : "amd64");
        lab.Serve(config);
        return lab.Boot(new(firmware, LabConfig.MachineMac));
    }

    public static void Check(LabSession lab, VirtualMachine machine)
    {
        machine.WaitFor("GUEST-DONE", Limit);
        Assert.Equal(lab.ProofHash, machine.LineAfter("BOOT-OK"));
        lab.Appliance!.WaitFor($"{LabConfig.MachineName}: GET /test/proof.bin: 200", TimeSpan.FromSeconds(5));
    }
}
