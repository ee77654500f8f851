using System;
using System.Diagnostics;
using System.IO;
using Xunit;

namespace Aglet.Tests.Unit;

/// <summary>The files for those who run Aglet elsewhere: they parse, and say what the product has.</summary>
public sealed class ReadyMadeFilesTests
{
    /// <summary>What a manifest must have for a server of a host's network, asked of the parsed file.</summary>
    private const string KubernetesRules = """
        import json, sys, yaml
        found = {part["kind"]: part for part in yaml.safe_load_all(open(sys.argv[1]))}
        assert set(found) == {"Namespace", "ConfigMap", "Deployment"}, set(found)
        space = found["Namespace"]["metadata"]["name"]
        assert all(found[kind]["metadata"]["namespace"] == space for kind in ("ConfigMap", "Deployment"))
        assert found["Deployment"]["apiVersion"] == "apps/v1"
        spec = found["Deployment"]["spec"]
        assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
        assert spec["replicas"] == 1 and spec["strategy"] == {"type": "Recreate"}
        pod = spec["template"]["spec"]
        assert pod["hostNetwork"] is True
        (container,) = pod["containers"]
        assert container["image"].endswith(":" + sys.argv[2]), container["image"]
        rights = container["securityContext"]
        assert rights["runAsUser"] == 0 and rights["allowPrivilegeEscalation"] is False
        assert rights["capabilities"]["drop"] == ["ALL"]
        assert {"NET_BIND_SERVICE", "NET_RAW", "SETUID", "SETGID"} <= set(rights["capabilities"]["add"])
        assert {m["name"] for m in container["volumeMounts"]} == {v["name"] for v in pod["volumes"]}
        config = json.loads(found["ConfigMap"]["data"]["aglet.json"])
        schema = json.load(open(sys.argv[3]))
        import jsonschema
        jsonschema.validate(config, schema)
        """;

    private const string ComposeRules = """
        import sys, yaml
        service = yaml.safe_load(open(sys.argv[1]))["services"]["aglet"]
        assert service["image"] == "aglet:" + sys.argv[2]
        assert service["network_mode"] == "host" and service["cap_drop"] == ["ALL"]
        assert {"NET_BIND_SERVICE", "NET_RAW", "SETUID", "SETGID"} <= set(service["cap_add"])
        """;

    [Fact]
    public void TheKubernetesManifestIsComplete() => Run(
        "python3", "-c", KubernetesRules, Ready("kubernetes/aglet.yaml"), Aglet.Commands.HelpCommand.VersionText,
        Path.Combine(Tidy.SourceTree.Root, "rootfs/etc/aglet/aglet.schema.json"));

    [Fact]
    public void TheComposeFileIsComplete() => Run(
        "python3", "-c", ComposeRules, Ready("compose/compose.yaml"), Aglet.Commands.HelpCommand.VersionText);

    [Theory]
    [InlineData("rootfs/usr/share/aglet/openwrt/aglet.init")]
    [InlineData("tests/Guest/deb-proof")]
    public void TheScriptIsOneForASmallShell(string path) => Run("dash", "-n", Path.Combine(Tidy.SourceTree.Root, path));

    [Fact]
    public void TheManualNamesTheVersion() => Assert.Contains($"\"aglet {Aglet.Commands.HelpCommand.VersionText}\"",
        File.ReadAllText(Path.Combine(Tidy.SourceTree.Root, "rootfs/usr/share/man/man8/aglet.8")), StringComparison.Ordinal);

    private static string Ready(string path) => Path.Combine(Tidy.SourceTree.Root, "rootfs/usr/share/aglet", path);

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, said);
    }
}
