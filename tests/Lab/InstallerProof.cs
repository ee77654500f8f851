using System;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>
/// Boots a machine into the Debian installer and proves, on its console, that it has its own answers.
/// </summary>
internal static class InstallerProof
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(8);

    public static VirtualMachine Boot(LabSession lab, Firmware firmware, string dhcp = LabConfig.ServerMode)
    {
        lab.FillTree();
        lab.AddTemplate("debian.cfg", LabConfig.InstallerAnswer);
        lab.Serve(LabConfig.For(LabConfig.Installer, dhcp));
        return lab.Boot(new(firmware, LabConfig.MachineMac) { MemoryMegabytes = 1024 });
    }

    public static void Check(LabSession lab, VirtualMachine machine)
    {
        machine.WaitFor("AGLET-HASH ", _limit);
        Assert.Equal($"{LabConfig.MachineName} {LabConfig.MachineAddress} Asia/Seoul", machine.LineAfter("AGLET-PRESEED"));
        Assert.Equal(lab.Appliance!.AnswerHashFor(LabConfig.MachineMac), machine.LineAfter("AGLET-HASH").Split(' ')[0]);
        lab.Appliance.WaitFor($"{LabConfig.MachineName}: GET /_/answer/", TimeSpan.FromSeconds(5));
        lab.Appliance.WaitFor("read its answer file, 200", TimeSpan.FromSeconds(5));
    }
}
