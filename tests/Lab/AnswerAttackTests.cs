using System;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>
/// Others on the network ask for a machine's answer file while it boots. (That a late request is refused, two hours on,
/// is shown where time can be had: AnswerSecrecyTests.)
/// </summary>
[Trait("Category", "Lab")]
public sealed class AnswerAttackTests
{
    /// <summary>Another machine of the configuration.</summary>
    private const string Thief = "10.0.0.12";

    /// <summary>An address that nobody gave out.</summary>
    private const string Stranger = "10.0.0.77";

    private const string Refused = "is refused the answer file of node1: ";

    private const string Config = """
        {
          "network": { "interface": "eth0" },
          "dhcp": { "mode": "server", "pool": "10.0.0.100-10.0.0.200" },
          "tree": "tree",
          "images": {
            "guest": { "kernel": "test/linux", "initrd": "test/initrd.gz", "args": "console=ttyS0 aglet.fetch={{ answer }}",
                       "answer": { "kind": "kickstart", "template": "answers/guest.ks" } }
          },
          "machines": [
            { "name": "node1", "mac": "52:54:00:00:00:01", "address": "10.0.0.11", "image": "guest" },
            { "name": "thief", "mac": "02:a6:1e:00:00:03", "address": "10.0.0.12", "image": "guest" },
          ],
          "unknown": "ignore"
        }
        """;

    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(10);

    [Fact]
    public void NobodyElseGetsTheAnswerFileAndTheEventSaysWhoTried() => LabSession.Run("answer-attack", lab =>
    {
        lab.FillTree("amd64");
        lab.AddTemplate("guest.ks", "rootpw --iscrypted secret-of-{{ name }}\n%post\ncurl {{ done_url }}\n%end\n");
        lab.Serve(Config);
        VirtualMachine machine = lab.Boot(new(Firmware.Bios, LabConfig.MachineMac));
        machine.WaitFor("GUEST-UP", GuestProof.Limit);
        BootSecret secret = BootSecret.Of(machine);

        // The machine is about to bring up its network card; others are quicker.
        AddAddress(lab, Thief);
        AddAddress(lab, Stranger);
        string guess = secret.Url.Replace(secret.Token, new string('5', 32), StringComparison.Ordinal);
        string open = secret.Url.Replace("/" + secret.Token, "", StringComparison.Ordinal);
        Expect(lab, Thief, secret.Url, "the address is another machine's");
        Expect(lab, Thief, secret.Url, "the address is another machine's", "X-RHN-Provisioning-MAC-0: eth0 52:54:00:00:00:01");
        Expect(lab, Stranger, secret.Url, "the address was not given to it");
        Expect(lab, Stranger, secret.Url, "the address was not given to it", "X-RHN-Provisioning-MAC-0: eth0 52:54:00:00:00:01");
        Expect(lab, Stranger, guess, "the token is wrong");
        Expect(lab, Stranger, open, "there is no token in the URL");
        Assert.Contains("thief: 10.0.0.12 ", lab.Appliance!.Log, StringComparison.Ordinal);
        Assert.Contains("10.0.0.12 (says it is 52:54:00:00:00:01) is refused", lab.Appliance.Log, StringComparison.Ordinal);

        // The script is asked for by its path, which anybody can write; it does not tell others the token.
        LabResult script = lab.OnClient(_soon, "curl", "-sS", "--fail", "--interface", Thief,
            "http://10.0.0.1/_/ipxe/52-54-00-00-00-01/boot.ipxe").OrThrow("curl");
        Assert.Contains("/_/answer/", script.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(secret.Token, script.Output, StringComparison.Ordinal);

        // None of this disturbed the machine. What it was told is worth nothing at its next boot.
        machine.WaitFor("GUEST-DONE", GuestProof.Limit);
        Assert.Matches("^[0-9a-f]{64}$", machine.LineAfter("BOOT-OK"));
        machine.Dispose();
        machine = lab.Boot(new(Firmware.Bios, LabConfig.MachineMac));
        machine.WaitFor("GUEST-UP", GuestProof.Limit);
        Assert.NotEqual(secret.Token, BootSecret.Of(machine).Token);
        Expect(lab, Stranger, secret.Url, "the token is of an earlier boot");
        Assert.DoesNotContain(secret.Token, lab.Appliance.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-of-", lab.Appliance.Log, StringComparison.Ordinal);
    });

    private static void AddAddress(LabSession lab, string address)
        => lab.OnClient(_soon, "ip", "address", "add", address + "/24", "dev", "eth0").OrThrow("ip");

    /// <summary>Asks from an address: it is forbidden, and a line of the log says whom and why.</summary>
    private static void Expect(LabSession lab, string address, string url, string why, string header = "X-None: 1")
    {
        Assert.Equal("403", lab.Status(url, "--interface", address, "--header", header));
        lab.Appliance!.WaitFor(Refused + why, _soon);
        Assert.Contains(lab.Appliance.Log.Split('\n'), line => line.Contains($"{address} ", StringComparison.Ordinal)
            && line.Contains(Refused + why, StringComparison.Ordinal));
    }
}
