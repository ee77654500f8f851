using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>
/// The Debian package in a Debian of its own that systemd boots, in a container without any network but its own.
/// </summary>
[Trait("Category", "Lab")]
public sealed class DebianPackageTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);

    [Fact]
    public void ThePackageInstallsStartsReloadsStopsAndPurges() => LabSession.Run("deb", lab =>
    {
        // Not below the repository: MSBuild looks for files in every folder of it, and follows a system's links for ever.
        string system = Directory.CreateTempSubdirectory("aglet-debian-").FullName;
        try
        {
            LabProcess.Run(null, _limit, ["tar", "-C", system, "--numeric-owner", "-xpf", Debian()]).OrThrow("tar");

            // A temporary folder is its owner's alone; as the root of a system that keeps everybody out.
            LabProcess.Run(null, _limit, ["chmod", "755", system]).OrThrow("chmod");
            File.Copy(Pack(lab.Folder, "x64"), Path.Combine(system, "aglet.deb"));
            File.Copy(Path.Combine(Repository.GuestFiles, "deb-proof"), Path.Combine(system, "deb-proof"));
            string unit = Path.Combine(system, "etc/systemd/system/deb-proof.service");
            File.WriteAllText(unit, "[Unit]\nAfter=basic.target\n[Service]\nType=oneshot\nExecStart=/deb-proof\n");
            File.CreateSymbolicLink(Path.Combine(system, "etc/systemd/system/multi-user.target.wants/deb-proof.service"),
                "/etc/systemd/system/deb-proof.service");

            // What no service here needs, and what waits for a bus for minutes where control groups are of the old kind.
            foreach (string other in (string[])["dbus.service", "dbus.socket", "systemd-logind.service", "console-getty.service"])
                File.CreateSymbolicLink(Path.Combine(system, "etc/systemd/system", other), "/dev/null");

            // It needs no machined, no bus and no scope of the machine's own systemd, which may not run at all.
            LabProcess.Run(null, _limit,
                ["systemd-nspawn", "--quiet", "-D", system, "-b", "--register=no", "--keep-unit", "--private-network"]);
            string proof = File.ReadAllText(Path.Combine(system, "proof"));
            File.WriteAllText(Path.Combine(lab.Folder, "proof"), proof);
            Check(proof);
        }
        finally
        {
            Directory.Delete(system, recursive: true);
        }
    });

    [Fact]
    public void TwoBuildsGiveTheSameBytesAndLintianIsContent() => LabSession.Run("deb-bytes", lab =>
    {
        foreach (string architecture in (string[])["x64", "arm64"])
        {
            string first = Pack(Directory.CreateDirectory(Path.Combine(lab.Folder, "1")).FullName, architecture);
            string second = Pack(Directory.CreateDirectory(Path.Combine(lab.Folder, "2")).FullName, architecture);
            Assert.Equal(Hash(first), Hash(second));
            Assert.Equal("", LabProcess.Run(null, _limit, ["lintian", "--no-cfg", "--allow-root", first]).OrThrow("lintian").Output);
        }
    });

    /// <summary>2.0 of 10, the less the better; what is left is what a server of networks needs.</summary>
    [Fact]
    public void TheUnitIsSoundAndHardened() => LabSession.Run("unit", lab =>
    {
        string unit = Path.Combine(lab.Folder, "aglet.service");
        string text = File.ReadAllText(Path.Combine(Repository.Root, "rootfs/usr/lib/systemd/system/aglet.service"));
        File.WriteAllText(unit, text.Replace("/usr/bin/aglet", Repository.Binary, StringComparison.Ordinal));
        LabProcess.Run(null, _limit, ["systemd-analyze", "verify", "--man=no", unit]).OrThrow("systemd-analyze verify");
        LabProcess.Run(null, _limit, ["systemd-analyze", "security", "--offline=true", "--threshold=20", unit])
            .OrThrow("systemd-analyze security");
    });

    /// <summary>What is there already was somebody's work.</summary>
    [Fact]
    public void MakeInstallOverwritesNothingThatAPersonEdits() => LabSession.Run("install", lab =>
    {
        string root = Path.Combine(lab.Folder, "root");
        Make("install", root);
        string[] mine = [Path.Combine(root, "etc/aglet/aglet.json"), Path.Combine(root, "etc/aglet/answers/debian.cfg")];
        foreach (string file in mine) File.WriteAllText(file, "mine");
        Make("install", root);
        Assert.All(mine, file => Assert.Equal("mine", File.ReadAllText(file)));
        Assert.Contains("ExecStart=/usr/local/bin/aglet serve", File.ReadAllText(
            Path.Combine(root, "usr/local/lib/systemd/system/aglet.service")), StringComparison.Ordinal);
        LabProcess.Run(null, _limit, [Path.Combine(root, "usr/local/bin/aglet"), "version"]).OrThrow("aglet version");
        Make("uninstall", root);
        Assert.All(mine, file => Assert.Equal("mine", File.ReadAllText(file)));
        Assert.Empty(Directory.GetFiles(Path.Combine(root, "usr"), "*", SearchOption.AllDirectories));
    });

    private static void Check(string proof)
    {
        string[] expected =
        [
            "enabled: disabled",
            "without configuration: inactive no",
            "started: active running, 1 file of 1 MB, 4 images, 1 machine; others get the menu",
            "user: aglet 4 sets empty",
            "fetched: hello",
            "watched: active 0 restarts",
            "reloaded: again active",
            "hung: active 1 restart",
            "updated: active",
            "stopped: inactive success 0",
            "removed: inactive ",
            "purged: ",
            "DONE",
        ];
        foreach (string line in expected) Assert.Contains($"DEB {line}\n", proof, StringComparison.Ordinal);
        Assert.DoesNotContain("DEB never", proof, StringComparison.Ordinal);
    }

    /// <summary>A small Debian with systemd as an archive, made once.</summary>
    private static string Debian()
    {
        string archive = Path.Combine(Repository.CacheFolder, "debian-12.tar");
        if (File.Exists(archive)) return archive;
        string system = Directory.CreateTempSubdirectory("aglet-debootstrap-").FullName;
        try
        {
            LabProcess.Run(null, TimeSpan.FromMinutes(15), ["debootstrap", "--variant=minbase",
                "--include=adduser,systemd,systemd-sysv,dbus,iproute2,curl", "bookworm", system]).OrThrow("debootstrap");
            LabProcess.Run(null, _limit, ["tar", "-C", system, "--numeric-owner", "-cf", archive + ".new", "."]).OrThrow("tar");
            File.Move(archive + ".new", archive);
            return archive;
        }
        finally
        {
            Directory.Delete(system, recursive: true);
        }
    }

    private static string Pack(string folder, string architecture)
    {
        LabProcess.Run(null, _limit,
            ["sh", "-c", "cd \"$1\" && exec .ci/deb \"$2\" 9.9.9 \"$3\"", "sh", Repository.Root, architecture, folder],
            new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = "1750000000" }).OrThrow("deb");
        return Directory.GetFiles(folder, $"*_{(architecture == "x64" ? "amd64" : architecture)}.deb")[0];
    }

    private static void Make(string target, string root) => LabProcess.Run(null, _limit,
        ["make", "-C", Repository.Root, target, "BUILT=1", $"DESTDIR={root}"]).OrThrow("make " + target);

    private static string Hash(string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));
}
