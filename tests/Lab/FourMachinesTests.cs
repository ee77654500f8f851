using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>One configuration for four machines with four kinds of firmware, served by one appliance.</summary>
[Trait("Category", "Lab")]
public sealed class FourMachinesTests
{
    private const string Config = """
        {
          "network": { "interface": "eth0" },
          "dhcp": { "mode": "server", "pool": "10.0.0.100-10.0.0.200", "router": "10.0.0.1", "dns": ["10.0.0.1"] },
          "tree": "tree",
          "vars": { "site": "Seoul", "role": "none" },
          "groups": [
            { "name": "safes", "match": { "mac": "52:54:00:5b:*" }, "image": "preseeded", "vars": { "role": "safe" } },
            { "name": "desks", "match": { "arch": "x86-bios" }, "image": "kickstarted", "vars": { "role": "desk" },
              "programs": { "x86-bios-ipxe": "pxelinux.0" } },
            { "name": "racks", "match": { "mac": "52:54:00:02:*", "arch": "x64-uefi" }, "image": "autoinstalled",
              "vars": { "role": "rack" } },
            { "name": "clouds", "match": { "mac": "52:54:00:03:*" }, "image": "ignited",
              "vars": { "role": "cloud" }, "programs": { "x64-uefi-http": "snponly.efi" } },
          ],
          "images": {
            "kickstarted": { "kernel": "test/linux", "initrd": "test/initrd.gz", "args": "console=ttyS0 aglet.fetch={{ answer }}",
                             "answer": { "kind": "kickstart", "template": "answers/a.ks" } },
            "autoinstalled": { "kernel": "test/linux", "initrd": "test/initrd.gz", "args": "console=ttyS0 aglet.fetch={{ answer }}",
                               "answer": { "kind": "autoinstall", "template": "answers/b.yaml" } },
            "ignited": { "kernel": "test/linux", "initrd": "test/initrd.gz", "args": "console=ttyS0 aglet.fetch={{ answer }}",
                         "answer": { "kind": "ignition", "template": "answers/c.ign" } },
            "preseeded": { "kernel": "test/linux", "initrd": "test/initrd.gz", "args": "console=ttyS0 aglet.fetch={{ answer }}",
                           "answer": { "kind": "preseed", "template": "answers/d.cfg" } },
          },
          "machines": [
            { "name": "bios", "mac": "52:54:00:01:00:01", "address": "10.0.0.21", "vars": { "disk": "sda" } },
            { "name": "uefi", "mac": "52:54:00:02:00:02", "address": "10.0.0.22", "vars": { "disk": "sdb" } },
            { "name": "http", "mac": "52:54:00:03:00:03", "address": "10.0.0.23", "vars": { "disk": "nvme0n1" } },
            { "name": "safe", "mac": "52:54:00:5b:00:04", "address": "10.0.0.24", "vars": { "disk": "vda" } },
          ],
          "unknown": "ignore"
        }
        """;

    private static readonly Machine[] _machines =
    [
        new("bios", Firmware.Bios, "52:54:00:01:00:01", "10.0.0.21", "x86-bios", "inst.ks=", "# bios is a desk in Seoul on sda"),
        new("uefi", Firmware.Uefi, "52:54:00:02:00:02", "10.0.0.22", "x64-uefi", "ds=nocloud;s=", "# uefi is a rack in Seoul on sdb"),
        new("http", Firmware.UefiHttpBoot, "52:54:00:03:00:03", "10.0.0.23", "x64-uefi-http", "ignition.config.url=",
            "# http is a cloud in Seoul on nvme0n1"),
        new("safe", Firmware.SecureBoot, "52:54:00:5b:00:04", "10.0.0.24", "x64-uefi", "url=", "# safe is a safe in Seoul on vda"),
    ];

    /// <summary>
    /// Each boots its own image with its own answer file, as the guest's console proves; and what is explained of it
    /// is, byte for byte, what it is given.
    /// </summary>
    [Fact]
    public void EachBootsItsImageWithItsAnswerFile() => LabSession.Run("four-machines", lab =>
    {
        lab.FillTree("amd64");
        foreach (string name in (string[])["a.ks", "b.yaml", "c.ign", "d.cfg"])
            lab.AddTemplate(name, "# {{ name }} is a {{ role }} in {{ site }} on {{ disk }}\n# {{ mac }} {{ answer }} {{ done_url }}\n");
        lab.Serve(Config);

        // Two at a time, and each gives its place to the next as soon as it is done.
        Parallel.For(0, _machines.Length, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            using VirtualMachine machine = lab.Boot(new(_machines[i].Firmware, _machines[i].Mac)
            {
                Uuid = $"a61e0000-0000-4000-8000-00000000000{i + 1}",
            });
            machine.WaitFor("GUEST-DONE", GuestProof.Limit);
            _machines[i].Check(lab, machine);
        });
        foreach (Machine machine in _machines)
            machine.CompareScripts(lab);
    });

    private sealed record Machine(
        string Name, Firmware Firmware, string Mac, string Address, string Architecture, string Word, string FirstLine)
    {
        private readonly TimeSpan _limit = TimeSpan.FromSeconds(20);
        private Explanation _explained = null!;

        /// <summary>The console against what is explained with the token that the machine's kernel was told.</summary>
        public void Check(LabSession lab, VirtualMachine machine)
        {
            string line = machine.LineAfter("GUEST-UP");
            string token = BootSecret.Of(machine).Token;
            _explained = Explanation.Of(lab, Mac, Architecture, token);

            // PXELINUX has a word behind ours, and iPXE and GRUB before.
            Assert.Contains($" {_explained.CommandLine} ", line + " ", StringComparison.Ordinal);
            Assert.Contains(" " + Word, " " + _explained.CommandLine, StringComparison.Ordinal);
            Assert.Contains(token, _explained.CommandLine, StringComparison.Ordinal);
            Assert.StartsWith(FirstLine + "\n", Encoding.UTF8.GetString(_explained.Answer), StringComparison.Ordinal);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(_explained.Answer)), machine.LineAfter("BOOT-OK"));
            if (Firmware == Firmware.SecureBoot)
                Assert.Contains("secureboot: Secure boot enabled", machine.Console.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(token, lab.Appliance!.Log, StringComparison.Ordinal);
        }

        /// <summary>Asks again, from the machine's address, for each script that the machine asked for.</summary>
        public void CompareScripts(LabSession lab)
        {
            lab.OnClient(_limit, "ip", "address", "add", Address + "/24", "dev", "eth0").OrThrow("ip");
            lab.InServer("ip", "neighbour", "flush", "all").OrThrow("ip");
            int compared = 0;
            foreach (string url in ScriptsOf(lab))
            {
                string target = Path.Combine(lab.Folder, "script");
                File.Delete(target);
                LabResult result = lab.OnClient(
                    _limit, "curl", "-sS", "--fail", "--interface", Address, "--max-time", "10", "-o", target, url);
                if (result.ExitCode != 0)
                    continue; // a name that boot programs try, and that does not exist
                Assert.Contains(File.ReadAllBytes(target), _explained.Documents);
                compared++;
            }
            Assert.True(compared > 0, $"{Name} asked for no script");
        }

        private HashSet<string> ScriptsOf(LabSession lab)
        {
            HashSet<string> urls = [];
            foreach (CapturedPacket packet in lab.Capture.Packets())
            {
                if (packet.Source != Address || !(packet.IsTftpRequest || packet.IsHttpRequest))
                    continue;
                string path = packet.IsTftpRequest ? packet.Text[2..packet.Text.IndexOf('\0', 2)] : packet.Text.Split(' ')[1];
                bool isScript = path.Contains("pxelinux.cfg/", StringComparison.Ordinal)
                    || path.Contains("grub.cfg", StringComparison.Ordinal) || path.EndsWith(".ipxe", StringComparison.Ordinal);
                if (isScript)
                    urls.Add($"{(packet.IsTftpRequest ? "tftp" : "http")}://{LabNetwork.ServerAddress}/{path.TrimStart('/')}");
            }
            return urls;
        }
    }
}
