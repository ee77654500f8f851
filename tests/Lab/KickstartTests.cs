using System;
using System.IO;
using Xunit;

namespace Aglet.Tests.Lab;

[Trait("Category", "Lab")]
public sealed class KickstartTests
{
    [Fact]
    public void AnacondaGetsTheKickstartOfItsMachine() => LabSession.Run("kickstart", lab =>
    {
        lab.AddTemplate("guest.ks", LabConfig.KickstartAnswer);
        VirtualMachine machine = GuestProof.Boot(lab, Firmware.Bios, LabConfig.For(LabConfig.KickstartGuest));
        machine.WaitFor("GUEST-DONE", GuestProof.Limit);
        Assert.Equal(lab.Appliance!.AnswerHashFor(LabConfig.MachineMac), machine.LineAfter("KICKSTART"));
        Assert.Contains("# Kickstart of node1\n", machine.Console.Text, StringComparison.Ordinal);
        Assert.Contains("timezone Asia/Seoul --utc\n", machine.Console.Text, StringComparison.Ordinal);
        Assert.Contains(lab.Capture.Packets(), packet => packet.IsHttpRequest && packet.Text.Contains(
            $"X-RHN-Provisioning-MAC-0: eth0 {LabConfig.MachineMac}\r\n", StringComparison.Ordinal));
        Validate(lab);
    });

    /// <summary>Red Hat's own checker, which Debian has no package of: used where it is.</summary>
    private static void Validate(LabSession lab)
    {
        string? checker = Array.Find(Environment.GetEnvironmentVariable("PATH")!.Split(':'),
            folder => File.Exists(Path.Combine(folder, "ksvalidator")));
        if (checker is null)
            return;
        string file = Path.Combine(lab.Folder, "node1.ks");
        File.WriteAllBytes(file, lab.Appliance!.AnswerFor(LabConfig.MachineMac));
        LabProcess.Run(null, TimeSpan.FromMinutes(1), [Path.Combine(checker, "ksvalidator"), "-v", "RHEL9", file])
            .OrThrow("ksvalidator");
    }
}
