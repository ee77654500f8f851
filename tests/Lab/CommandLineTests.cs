using System;
using System.IO;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>The binary as an operator meets it: what it says when it cannot start, what a signal does, how it exits.</summary>
[Trait("Category", "Lab")]
public sealed class CommandLineTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("", 0, "aglet serve")]
    [InlineData("help", 0, "Exit codes")]
    [InlineData("version", 0, "aglet 0.")]
    [InlineData("serv", 2, "aglet: serv: no such command")]
    [InlineData("serve --confg x.json", 2, "aglet: --confg: no such option")]
    [InlineData("serve --config", 2, "aglet: --config needs a value")]
    [InlineData("serve --log xml", 2, "--log xml: text or json is expected")]
    [InlineData("serve --config /nowhere/aglet.json", 2, "/nowhere/aglet.json: the configuration cannot be read: no such file")]
    [InlineData("check --config /nowhere/aglet.json", 2, "/nowhere/aglet.json")]
    [InlineData("serve --interface eth0 --tree /nowhere/boot", 2, "/nowhere/boot: the boot tree cannot be read: no such folder")]
    [InlineData("explain --config /nowhere/aglet.json", 2, "--mac")]
    public void UsageIsAnsweredWithWords(string arguments, int exitCode, string words)
    {
        string[] command = [Repository.Binary, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        LabResult result = LabProcess.Run(null, _limit, command);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(words, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void APortInUseIsNamedWithWhatToDo() => LabSession.Run("port-in-use", lab =>
    {
        lab.FillTree();
        lab.Serve(Config(lab));
        lab.Appliance!.WaitFor("ready", _limit);
        LabResult second = Serve(lab);
        Assert.Equal(1, second.ExitCode);
        Assert.Contains("DHCP (UDP ports 67 and 4011): another program has the port", second.Output, StringComparison.Ordinal);
        Assert.Contains("TFTP (UDP port 69): another program has the port", second.Output, StringComparison.Ordinal);
        Assert.Contains("HTTP (TCP port 80): another program has the port", second.Output, StringComparison.Ordinal);
    });

    [Fact]
    public void WithoutPermissionItSaysWhichIsNeeded() => LabSession.Run("no-permission", lab =>
    {
        lab.FillTree();
        File.WriteAllText(Path.Combine(lab.Folder, "aglet.json"), Config(lab));
        string copy = Path.Combine(Path.GetTempPath(), $"aglet-{Environment.ProcessId}");
        File.Copy(Repository.Binary, copy, overwrite: true);
        try
        {
            // The namespace's own rule would let anybody bind low ports where the host allows it.
            lab.InServer("sh", "-c", "echo 1024 >/proc/sys/net/ipv4/ip_unprivileged_port_start").OrThrow("sysctl");
            LabResult result = lab.InServer(
                "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set", "-all",
                copy, "serve", "--interface", "eth0", "--tree", "/etc/default");
            Assert.Equal(1, result.ExitCode);
            Assert.Contains("not permitted; run as root, or give the binary CAP_NET_BIND_SERVICE", result.Output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(copy);
        }
    });

    [Fact]
    public void AWrongInterfaceIsAnsweredWithThoseThatExist() => LabSession.Run("wrong-interface", lab =>
    {
        lab.FillTree();
        File.WriteAllText(Path.Combine(lab.Folder, "aglet.json"), Config(lab));
        LabResult result = Serve(lab, "--interface", "eth7");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("there is no eth7; there is eth0 (10.0.0.1/24)", result.Output, StringComparison.Ordinal);
    });

    [Fact]
    public void APoolOfAnotherNetworkIsRefused() => LabSession.Run("wrong-pool", lab =>
    {
        lab.FillTree();
        File.WriteAllText(Path.Combine(lab.Folder, "aglet.json"), Config(lab).Replace("10.0.0.", "10.7.0.", StringComparison.Ordinal));
        LabResult result = Serve(lab);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("is not within 10.0.0.1/24, the network of interface eth0", result.Output, StringComparison.Ordinal);
    });

    [Fact]
    public void AReloadTakesWhatIsValidAndKeepsTheOldWhenItIsNot() => LabSession.Run("reload", lab =>
    {
        lab.FillTree();
        lab.Serve(Config(lab));
        lab.Appliance!.WaitFor("ready", _limit);
        lab.GiveClientAddress();
        string url = $"http://{LabNetwork.ServerAddress}/new.txt";
        Assert.Contains("404", Status(lab, url), StringComparison.Ordinal);

        File.WriteAllText(Path.Combine(lab.Tree, "new.txt"), "new");
        LabNative.kill(lab.Appliance.ProcessId, 1);
        lab.Appliance.WaitFor("configuration and tree read again", _limit);
        Assert.Contains("200", Status(lab, url), StringComparison.Ordinal);

        File.WriteAllText(Path.Combine(lab.Folder, "aglet.json"), """{ "dhcp": { "moed": "server" } }""");
        LabNative.kill(lab.Appliance.ProcessId, 1);
        lab.Appliance.WaitFor("the new configuration is refused: the old one stays in force", _limit);
        Assert.Contains("did you mean \"mode\"", lab.Appliance.Log, StringComparison.Ordinal);
        Assert.Contains("200", Status(lab, url), StringComparison.Ordinal);
    });

    [Fact]
    public void AStopLetsARunningTransferEnd() => LabSession.Run("drain", lab =>
    {
        lab.FillTree();
        byte[] big = new byte[64 << 20];
        new Random(1).NextBytes(big);
        File.WriteAllBytes(Path.Combine(lab.Tree, "big.bin"), big);
        lab.Serve(Config(lab));
        lab.Appliance!.WaitFor("ready", _limit);
        lab.GiveClientAddress();
        string copy = Path.Combine(lab.Folder, "big.bin");
        LabResult fetched = lab.OnClient(
            TimeSpan.FromSeconds(60), "sh", "-c",
            $"curl -sS --limit-rate 16M -o {copy} http://{LabNetwork.ServerAddress}/big.bin & sleep 1; "
            + $"kill -TERM {lab.Appliance.ProcessId}; wait $!");
        fetched.OrThrow("curl");
        Assert.True(File.ReadAllBytes(copy).AsSpan().SequenceEqual(big));
        lab.Appliance.WaitFor("stopped", _limit);
    });

    private static string Config(LabSession lab) =>
        $$"""
        {
          "network": { "interface": "eth0" },
          "dhcp": { "mode": "server", "pool": "10.0.0.100-10.0.0.200" },
          "tree": "{{lab.Tree}}",
          "images": { "disk": { "local": true } },
          "unknown": "disk"
        }
        """;

    private static LabResult Serve(LabSession lab, params string[] more) =>
        lab.InServer([Repository.Binary, "serve", "--config", Path.Combine(lab.Folder, "aglet.json"), .. more]);

    private static string Status(LabSession lab, string url) =>
        lab.OnClient(_limit, "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", url).OrThrow("curl").Output;
}
