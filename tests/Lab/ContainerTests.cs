using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>The image archive, loaded and run by podman as an operator does.</summary>
[Trait("Category", "Lab")]
public sealed class ContainerTests
{
    private const string Image = "docker.io/library/aglet:test";

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    [Fact]
    public void TheImageIsLoadedRunAndBootsAMachine() => LabSession.Run("container", lab =>
    {
        lab.FillTree("amd64");
        Pack(lab.Folder);
        string etc = Directory.CreateDirectory(Path.Combine(lab.Folder, "etc")).FullName;
        File.WriteAllText(Path.Combine(etc, "aglet.json"), LabConfig.For(LabConfig.Guest())
            .Replace("\"tree\": \"tree\"", "\"tree\": \"/srv/boot\", \"state\": \"/var/lib/aglet\"", StringComparison.Ordinal));
        using Podman podman = new(lab);
        podman.Run("load", "-i", Path.Combine(lab.Folder, "aglet-container.tar"));
        LabProcess server = podman.Start(
            "run", "--rm", "--name", "aglet", "--network", $"ns:/run/netns/{lab.Network.Server}", "--cgroups", "disabled",
            "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", "--read-only",
            "--cap-drop", "ALL", "--cap-add", "NET_BIND_SERVICE,NET_RAW,SETUID,SETGID,SETPCAP",
            "-v", $"{etc}:/etc/aglet:ro", "-v", $"{lab.Tree}:/srv/boot:ro", Image);
        Assert.True(server.WaitFor("ready:", _limit), server.Output);
        Assert.Contains("runs as user 65532, without any capability", server.Output, StringComparison.Ordinal);
        Assert.Contains("eth0 is a container's own network", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("error", server.Output, StringComparison.Ordinal);

        // Nothing is in the container but this: one process, with no capability, and no file but ours.
        string process = LabProcess.Run(null, _limit, ["ip", "netns", "pids", lab.Network.Server]).OrThrow("pids").Output.Trim();
        string status = File.ReadAllText($"/proc/{process}/status");
        foreach (string set in (string[])["Inh", "Prm", "Eff", "Bnd", "Amb"])
            Assert.Contains($"Cap{set}:\t0000000000000000\n", status, StringComparison.Ordinal);
        Assert.Contains("Uid:\t65532\t65532\t65532\t65532\n", status, StringComparison.Ordinal);

        VirtualMachine machine = lab.Boot(new(Firmware.Bios, LabConfig.MachineMac));
        machine.WaitFor("GUEST-DONE", GuestProof.Limit);
        Assert.Equal(lab.ProofHash, machine.LineAfter("BOOT-OK"));
        Assert.True(server.WaitFor($"{LabConfig.MachineName}: GET /test/proof.bin: 200", _limit), server.Output);
        Assert.Equal(0, server.Terminate(_limit));
        Assert.Contains("stopped", server.Output, StringComparison.Ordinal);
    });

    [Fact]
    public void TwoBuildsGiveTheSameBytesForBothArchitectures() => LabSession.Run("container-bytes", lab =>
    {
        string first = Pack(Directory.CreateDirectory(Path.Combine(lab.Folder, "1")).FullName);
        string second = Pack(Directory.CreateDirectory(Path.Combine(lab.Folder, "2")).FullName);
        Assert.Equal(first, second);
        string listed = LabProcess.Run(null, _limit, ["tar", "tf", Path.Combine(lab.Folder, "1", "aglet-container.tar")]).Output;
        Assert.Contains("oci-layout", listed, StringComparison.Ordinal);
        Assert.Contains("index.json", listed, StringComparison.Ordinal);
        foreach (string architecture in (string[])["amd64", "arm64"])
        {
            string inner = Path.Combine(lab.Folder, "1", $"aglet-container-{architecture}.tar");
            string manifest = LabProcess.Run(null, _limit, ["tar", "xOf", inner, "manifest.json"]).OrThrow("tar").Output;
            Assert.Contains("aglet:test", manifest, StringComparison.Ordinal);
        }
    });

    private static string Pack(string folder)
    {
        LabProcess.Run(null, _limit, ["sh", "-c", "cd \"$1\" && exec .ci/container \"$2\"", "sh", Repository.Root, folder],
            new Dictionary<string, string> { ["VERSION"] = "test", ["SOURCE_DATE_EPOCH"] = "1750000000" }).OrThrow("container");
        return Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, "aglet-container.tar"))));
    }

    /// <summary>
    /// Podman with a store of its own, which needs neither overlays nor control groups of its machine: it sees a hierarchy of
    /// the unified kind, in a mount namespace of its own, for crun takes no other.
    /// </summary>
    private sealed class Podman(LabSession lab) : IDisposable
    {
        private readonly string _store = Directory.CreateTempSubdirectory("aglet-podman-").FullName;

        public LabProcess Start(params IReadOnlyList<string> arguments) =>
            lab.Own(LabProcess.Start("podman", null, Path.Combine(lab.Folder, "podman.log"), Command(arguments)));

        public LabResult Run(params IReadOnlyList<string> arguments) =>
            LabProcess.Run(null, _limit, Command(arguments)).OrThrow("podman " + arguments[0]);

        public void Dispose()
        {
            LabProcess.Run(null, _limit, Command(["rm", "--force", "--all", "--volumes", "--time", "1"]));
            Directory.Delete(_store, recursive: true);
        }

        private List<string> Command(IReadOnlyList<string> arguments) =>
        [
            "unshare", "--mount", "--propagation", "private", "sh", "-c",
            "umount -l /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; exec podman \"$@\"", "podman",
            "--root", $"{_store}/root", "--runroot", $"{_store}/run", "--storage-driver", "vfs", "--runtime", "crun",
            "--cgroup-manager", "cgroupfs", "--events-backend", "none", .. arguments,
        ];
    }
}
