using System;
using System.Diagnostics;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using Xunit;
using Xunit.Abstractions;

namespace Aglet.Tests.Lab;

/// <summary>An appliance in one virtual machine boots another one, up to the answer file of that one.</summary>
internal static class ImageProof
{
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(6);

    private const string Answer = "# {{ name }} at {{ address }} in {{ timezone }}, from {{ server }}\n";
    private const string Rendered = $"# {LabConfig.MachineName} at {LabConfig.MachineAddress} in Asia/Seoul, from {LabNetwork.ServerAddress}\n";

    /// <summary>The appliance has the address that the lab's own server has elsewhere.</summary>
    public static void MakeRoom(LabSession lab)
        => lab.InServer("ip", "address", "flush", "dev", "eth0").OrThrow("ip");

    /// <summary>A configuration of the lab, with the folders and the address of an appliance.</summary>
    public static string OnDisk(string config) => config
        .Replace("\"interface\": \"eth0\"", $"\"address\": \"{LabNetwork.ServerAddress}/24\"", StringComparison.Ordinal)
        .Replace("\"tree\": \"tree\"", "\"tree\": \"/srv/boot\", \"state\": \"/var/lib/aglet\"", StringComparison.Ordinal);

    public static VirtualMachine Start(LabSession lab, ImageDisk disk, Firmware firmware, int megabytes)
        => lab.Boot(new(firmware, ImageDisk.Mac)
        {
            IsAppliance = true,
            Disk = disk.File,
            MemoryMegabytes = megabytes,
            StuckTexts = ["Kernel panic", "Aglet does not start"],
        });

    public static void Check(
        LabSession lab, ITestOutputHelper output, Firmware firmware, int megabytes, Firmware client)
    {
        bool isArm = firmware == Firmware.Arm64;
        MakeRoom(lab);
        lab.FillTree(isArm ? "arm64" : "amd64");
        using ImageDisk disk = new(lab.Folder, isArm ? "arm64" : "x64");
        string console = isArm ? "ttyAMA0" : "ttyS0";
        disk.Configure(OnDisk(LabConfig.For($$"""
            { "kernel": "test/linux", "initrd": ["test/initrd.gz"],
              "args": "console={{console}} aglet.fetch=http://10.0.0.1/test/proof.bin",
              "answer": { "kind": "kickstart", "template": "answers/guest.ks" } }
            """)));
        string template = Path.Combine(lab.Folder, "guest.ks");
        File.WriteAllText(template, Answer);
        disk.Put(1, template, "answers/guest.ks");
        disk.MakeFolder(3, "test");
        foreach (string name in (string[])["linux", "initrd.gz", "proof.bin"])
            disk.Put(3, Path.Combine(lab.Tree, "test", name), "test/" + name);

        var watch = Stopwatch.StartNew();
        VirtualMachine appliance = Start(lab, disk, firmware, megabytes);
        appliance.WaitFor("ready", Limit);
        output.WriteLine($"{firmware}, {megabytes} MB: power-on to serving {watch.Elapsed.TotalSeconds:F1} s");
        output.WriteLine(appliance.Console.Text);

        VirtualMachine machine = lab.Boot(new(client, LabConfig.MachineMac));
        machine.WaitFor("GUEST-DONE", GuestProof.Limit);
        Assert.Equal(lab.ProofHash, machine.LineAfter("BOOT-OK"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Rendered))), machine.LineAfter("KICKSTART"));
        output.WriteLine($"a second machine ({client}) has its answer file {watch.Elapsed.TotalSeconds:F1} s after power-on");
    }
}
