using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>The real binary gives up what it was started with, and serves on without.</summary>
[Trait("Category", "Lab")]
public sealed class PrivilegeTests
{
    private const string User = "65534";

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(40);

    [Fact]
    public void AServerThatBecameAnotherUserHasNothingLeftAndServesAllTheSame() => LabSession.Run("privileges", lab =>
    {
        lab.FillTree();
        string state = Directory.CreateDirectory(Path.Combine(lab.Folder, "state")).FullName;
        LabProcess.Run(null, _limit, ["chown", $"{User}:{User}", state]).OrThrow("chown");
        lab.Serve(Config, "--user", $"{User}:{User}");
        lab.Appliance!.WaitFor("ready:", _limit);
        Assert.Contains($"runs as user {User}, without any capability", lab.Appliance.Log, StringComparison.Ordinal);
        CheckThatNothingIsLeft(lab.Appliance.ProcessId);
        CheckThatItIsOneFile(lab.Appliance.ProcessId, state);
        CheckThatItServes(lab);

        // What it opens later it opens as the user: the tree and configuration again, and a request of root's.
        LabNative.kill(lab.Appliance.ProcessId, 1);
        lab.Appliance.WaitFor("configuration and tree read again", _limit);
        Assert.Contains("is installed at its next", Encoding.UTF8.GetString(lab.Appliance.Run("again", LabConfig.MachineName)),
            StringComparison.Ordinal);
        string request = LabProcess.Run(null, _limit, ["stat", "-c", "%u %g", $"{state}/again.{LabConfig.MachineName}"]).Output;
        Assert.Equal($"{User} {User}\n", request);

        // The lease was durable.
        lab.Restart();
        lab.Appliance.WaitFor("records read", _limit);
        Assert.Contains("10.0.0.1", Encoding.UTF8.GetString(lab.Appliance.Run("leases")), StringComparison.Ordinal);
    });

    /// <summary>As the unit does it: no root at any time.</summary>
    [Fact]
    public void AnOrdinaryUserWithTwoCapabilitiesOpensThePortsAndGivesThemUp() => LabSession.Run("ambient", lab =>
    {
        lab.FillTree();
        string config = Written(lab, Config.Replace("\"state\": \"state\",", "", StringComparison.Ordinal));
        lab.InServer("sh", "-c", "echo 1024 >/proc/sys/net/ipv4/ip_unprivileged_port_start").OrThrow("sysctl");
        string binary = Path.Combine(lab.Folder, "aglet");
        File.Copy(Repository.Binary, binary);
        const string Both = "+net_bind_service,+net_raw";
        LabProcess server = lab.Own(LabProcess.Start("aglet", lab.Network.Server, Path.Combine(lab.Folder, "aglet.log"), [
            "setpriv", "--reuid", User, "--regid", User, "--clear-groups", "--inh-caps", Both, "--ambient-caps", Both,
            binary, "serve", "--config", config]));
        Assert.True(server.WaitFor("ready:", _limit), server.Output);
        Assert.DoesNotContain("error", server.Output, StringComparison.Ordinal);
        Dictionary<string, string> status = StatusOf($"/proc/{server.Id}");
        foreach (string set in (string[])["CapInh", "CapPrm", "CapEff", "CapAmb"]) Assert.Equal(0UL, Convert.ToUInt64(status[set], 16));
        Assert.Equal("1", status["NoNewPrivs"]);
        CheckThatItServes(lab);
        Assert.Equal(0, server.Terminate(_limit));
    });

    /// <summary>Trees in anybody's home were served before.</summary>
    [Fact]
    public void ARootThatNamesNobodyKeepsTheRightToFilesOnly() => LabSession.Run("root", lab =>
    {
        lab.FillTree();
        string hidden = Directory.CreateDirectory(Path.Combine(lab.Tree, "hidden")).FullName;
        File.WriteAllText(Path.Combine(hidden, "file.txt"), "hidden");
        LabProcess.Run(null, _limit, ["sh", "-c", $"chown -R {User} {hidden} && chmod 700 {hidden} && chmod 600 {hidden}/*"])
            .OrThrow("chown");
        Directory.CreateDirectory(Path.Combine(lab.Folder, "state"));
        lab.Serve(Config);
        lab.Appliance!.WaitFor("ready:", _limit);
        Assert.Contains("with --user NAME it gives up that, too", lab.Appliance.Log, StringComparison.Ordinal);
        Dictionary<string, string> status = StatusOf($"/proc/{lab.Appliance.ProcessId}");
        Assert.Equal(2UL, Convert.ToUInt64(status["CapPrm"], 16)); // CAP_DAC_OVERRIDE
        Assert.Equal(0UL, Convert.ToUInt64(status["CapBnd"], 16));
        CheckThatItServes(lab);
        Assert.Equal("200", lab.Status($"http://{LabNetwork.ServerAddress}/hidden/file.txt"));
    });

    [Fact]
    public void AStateFolderOfRootsIsRefusedWithWhatToDo() => LabSession.Run("state-of-root", lab =>
    {
        lab.FillTree();
        string state = Directory.CreateDirectory(Path.Combine(lab.Folder, "state")).FullName;
        LabResult result = lab.InServer(Repository.Binary, "serve", "--config", Written(lab, Config), "--user", User);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"chown -R USER {state}", result.Output, StringComparison.Ordinal);
        Assert.Equal("0\n", LabProcess.Run(null, _limit, ["stat", "-c", "%u", state]).Output);
    });

    private const string Config = """
        {
          "network": { "interface": "eth0" },
          "dhcp": { "mode": "server", "pool": "10.0.0.100-10.0.0.200" },
          "tree": "tree",
          "state": "state",
          "images": { "installer": { "kernel": "debian/amd64/linux" }, "disk": { "local": true } },
          "machines": [{ "name": "node1", "mac": "52:54:00:00:00:01", "image": "installer", "once": true }],
          "unknown": "disk"
        }
        """;

    private static string Written(LabSession lab, string config)
    {
        string file = Path.Combine(lab.Folder, "aglet.json");
        File.WriteAllText(file, config);
        return file;
    }

    /// <summary>Of every thread, for each has its own. The second one is the runtime's and runs finalizers: never.</summary>
    private static void CheckThatNothingIsLeft(int process)
    {
        string[] threads = [.. Directory.GetDirectories($"/proc/{process}/task")
            .Select(folder => File.ReadAllText($"{folder}/comm").Trim()).Order(StringComparer.Ordinal)];
        Assert.Equal([".NET Finalizer", "aglet"], threads);
        foreach (string thread in Directory.GetDirectories($"/proc/{process}/task"))
        {
            Dictionary<string, string> status = StatusOf(thread);
            foreach (string set in (string[])["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
                Assert.Equal(0UL, Convert.ToUInt64(status[set], 16));
            Assert.Equal("1", status["NoNewPrivs"]);
            Assert.Equal(string.Join('\t', Enumerable.Repeat(User, 4)), status["Uid"]);
            Assert.Equal(string.Join('\t', Enumerable.Repeat(User, 4)), status["Gid"]);
            Assert.Equal("", status["Groups"].Trim());
        }
    }

    /// <summary>Nothing is loaded and nothing open but sockets, the loop's own handles, its log and its state.</summary>
    private static void CheckThatItIsOneFile(int process, string state)
    {
        LabResult ldd = LabProcess.Run(null, _limit, ["ldd", Repository.Binary]);
        Assert.Matches("statically linked|not a dynamic executable", ldd.Output);
        LabResult open = LabProcess.Run(null, _limit, ["sh", "-c", $"for f in /proc/{process}/fd/*; do readlink $f; done"]).OrThrow("fd");
        Assert.All(open.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), file => Assert.True(
            file.StartsWith("socket:", StringComparison.Ordinal) || file.StartsWith("pipe:", StringComparison.Ordinal)
            || file is "anon_inode:[eventpoll]" or "anon_inode:[signalfd]" or "/dev/null" or "/dev/urandom"
            || file == state || file == state + "/journal", file));
    }

    /// <summary>A lease, a file by TFTP, a file by HTTP.</summary>
    internal static void CheckThatItServes(LabSession lab, string file = "pxelinux.0")
    {
        lab.OnClient(_limit, "busybox", "udhcpc", "-n", "-q", "-t", "8", "-T", "3", "-i", "eth0", "-s", "/bin/true").OrThrow("udhcpc");
        lab.GiveClientAddress();
        string copy = Path.Combine(lab.Folder, "fetched");
        lab.OnClient(_limit, "atftp", "-g", "-r", file, "-l", copy, LabNetwork.ServerAddress).OrThrow("atftp");
        Assert.Equal(File.ReadAllBytes(Path.Combine(Repository.BootTree, file)), File.ReadAllBytes(copy));
        Assert.Equal("200", lab.Status($"http://{LabNetwork.ServerAddress}/{file}"));
    }

    private static Dictionary<string, string> StatusOf(string folder) => File.ReadAllLines($"{folder}/status")
        .Select(line => line.Split(':', 2)).ToDictionary(part => part[0], part => part[1].TrimStart('\t'), StringComparer.Ordinal);
}
