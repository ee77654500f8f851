using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Tests.Simulation;
using Aglet.Tests.Unit.Boot;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Http;

/// <summary>What is generated: it must come whole though it is held nowhere, and an answer only to its machine.</summary>
public sealed class HttpDocumentTests
{
    private const string Script = "GET /_/ipxe/52-54-00-00-00-01/boot.ipxe HTTP/1.1\r\nHost: a\r\n";
    private const string Answer = "GET /_/answer/52-54-00-00-00-01/" + BootFixture.Token + "/debian-12/preseed.cfg HTTP/1.1\r\nHost: a\r\n";

    /// <summary>Beside another DHCP server: the token is enough for an address that was not heard.</summary>
    private static readonly Settings _site = BootFixture.Rack with { DhcpMode = DhcpMode.Proxy };

    [Fact]
    public void ScriptIsSentAsTextWithATag()
    {
        HttpExchange exchange = World().Ask(Script + "\r\n");
        Assert.Equal(200, exchange.Status);
        Assert.StartsWith("#!ipxe\n", Encoding.UTF8.GetString(exchange.Body), StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: text/plain\r\n", exchange.Head, StringComparison.Ordinal);
        Assert.Contains($"\r\nContent-Length: {exchange.Body.Length}\r\n", exchange.Head, StringComparison.Ordinal);
        string tag = exchange.Head.Split("ETag: ")[1].Split("\r\n")[0];
        Assert.Equal(304, World().Ask($"{Script}If-None-Match: {tag}\r\n\r\n").Status);
        Assert.Equal(412, World().Ask($"{Script}If-Match: \"x\"\r\n\r\n").Status);
    }

    [Fact]
    public void RangeOfADocumentIsThatPart()
    {
        byte[] whole = World().Ask(Script + "\r\n").Body;
        HttpExchange part = World().Ask(Script + "Range: bytes=5-24\r\n\r\n");
        Assert.Equal(206, part.Status);
        Assert.Equal(whole.AsSpan(5, 20).ToArray(), part.Body);
    }

    /// <summary>Every write is cut short, so that the rest is rendered again and again.</summary>
    [Fact]
    public void DocumentArrivesWholeInPieces()
    {
        string whole = World(Long()).Ask(Answer + "\r\n").Text;
        Assert.Contains("HTTP/1.1 200", whole, StringComparison.Ordinal);
        FaultRates rates = new() { ShortWrite = 900_000, WouldBlockOnSend = 300_000 };
        for (ulong seed = 1; seed <= 20; seed++)
        {
            HttpWorld world = World(Long(), rates, seed);
            HttpExchange exchange = world.Ask(Answer + "\r\n");
            world.Run(Duration.FromSeconds(5));
            Assert.Equal(whole.Length, exchange.Received.Count);
            Assert.Equal(whole[^60_000..], exchange.Text[^60_000..]);
        }
    }

    [Fact]
    public void AnswerIsForItsMachineOnly()
    {
        HttpWorld world = World();
        HttpClientHost owner = world.Host();
        HttpClientHost other = world.Host();
        world.Planner.Bind(BootFixture.Node1, owner.Address);
        world.Planner.Booted(BootFixture.Stranger, other.Address);
        HttpExchange given = world.Ask(Answer + "\r\n", owner);
        HttpExchange refused = world.Ask(Answer + "\r\n", other);
        Assert.Equal(200, given.Status);
        Assert.Contains("$6$node1", given.Text, StringComparison.Ordinal);
        Assert.Equal(403, refused.Status);
        Assert.Contains("node1: GET /_/answer/52-54-00-00-00-01/.../debian-12/preseed.cfg: read its answer file", world.Kernel.LogText, StringComparison.Ordinal);
        Assert.Contains("warning: 52:54:00:00:00:99: GET /_/answer", world.Kernel.LogText, StringComparison.Ordinal);
        Assert.DoesNotContain("$6$", world.Kernel.LogText, StringComparison.Ordinal);
        Assert.DoesNotContain(BootFixture.Token, world.Kernel.LogText, StringComparison.Ordinal);
    }

    /// <summary>cloud-init asks eleven times for a file of NoCloud that is not there: an empty one is.</summary>
    [Fact]
    public void AnEmptyFileOfNoCloudIsThere()
    {
        List<ImageSetting> images = [.. BootFixture.Rack.Images];
        images[0] = images[0] with { Answer = images[0].Answer! with { Kind = AnswerKind.Autoinstall } };
        HttpWorld world = World(_site with { Images = images });
        HttpExchange exchange = world.Ask(Answer.Replace("preseed.cfg", "vendor-data", StringComparison.Ordinal) + "\r\n");
        Assert.Equal(200, exchange.Status);
        Assert.Contains("\r\nContent-Length: 0\r\n", exchange.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void ProvisioningAddressOfAnotherMachineIsRefused()
    {
        Assert.Equal(200, World().Ask(Answer + "X-RHN-Provisioning-MAC-0: eth0 52:54:00:00:00:01\r\n\r\n").Status);
        Assert.Equal(403, World().Ask(Answer + "X-RHN-Provisioning-MAC-0: eth0 52:54:00:00:00:02\r\n\r\n").Status);
    }

    [Fact]
    public void DocumentsAllocateNothing()
    {
        HttpWorld world = World();
        HttpExchange exchange = world.Ask(Script + "\r\n" + Answer + "\r\n");
        long before = world.AllocatedBytes;
        for (int i = 0; i < 50; i++)
        {
            exchange.Received.Clear();
            exchange.Send(Script + "\r\n" + Answer + "\r\n");
            world.Run(Duration.FromMilliseconds(5));
            Assert.Equal(200, exchange.Status);
        }

        Assert.Equal(before, world.AllocatedBytes);
    }

    /// <summary>busybox wget and curl GET it, cloud-init's phone_home POSTs a form.</summary>
    [Theory]
    [InlineData("GET", "", 200)]
    [InlineData("HEAD", "", 200)]
    [InlineData("POST", "Content-Length: 11\r\n", 200)]
    [InlineData("PUT", "Content-Length: 11\r\n", 405)]
    public void InstallIsReportedByAnyMethodThatInstallersHave(string method, string fields, int status)
    {
        HttpWorld world = World();
        HttpClientHost owner = world.Host();
        world.Planner.Bind(BootFixture.Node1, owner.Address);
        string script = world.Ask(Script + "\r\n", owner).Text;
        Assert.Contains($"/{BootFixture.Token}/", script, StringComparison.Ordinal);
        string body = fields.Length > 0 ? "hostname=a&" : "";
        string report = $"{method} /_/done/{BootFixture.Token} HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}";
        Assert.Equal(status, world.Ask(report, owner).Status);
        if (status != 200) return;
        HttpExchange again = world.Ask(report, owner);
        Assert.Equal(200, again.Status);
        Assert.Equal(method == "HEAD" ? "" : "done\n", Encoding.UTF8.GetString(again.Body));
        Assert.Equal(403, world.Ask(Answer + "\r\n", owner).Status);
        Assert.Contains($"node1: {method} /_/done/...: its install is done, 200", world.Kernel.LogText, StringComparison.Ordinal);
        Assert.DoesNotContain(BootFixture.Token, world.Kernel.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public void OnlyAReportIsPosted()
    {
        HttpWorld world = World();
        Assert.Equal(405, world.Ask(Answer.Replace("GET", "POST", StringComparison.Ordinal) + "\r\n").Status);
        Assert.Equal(405, world.Ask("POST /pxelinux.0 HTTP/1.1\r\nHost: a\r\n\r\n").Status);
    }

    private static Settings Long()
    {
        byte[] template = Encoding.ASCII.GetBytes(new string('#', 100_000) + "\n{{ name }}\n" + new string('x', 60_000) + "\n");
        List<ImageSetting> images = [.. BootFixture.Rack.Images];
        images[0] = images[0] with { Answer = images[0].Answer! with { Template = template } };
        return _site with { Images = images };
    }

    private static HttpWorld World(Settings? settings = null, FaultRates? rates = null, ulong seed = 1)
    {
        List<(string, byte[])> files = [];
        foreach (string file in BootFixture.Files) files.Add((file, [1, 2, 3]));
        HttpWorld world = new(files, rates, seed, settings: settings ?? _site);
        world.Planner.Offer(world.Kernel.Now(), BootFixture.Firmware(BootFixture.Node1, "x64-uefi"), BootFixture.OurAddress);
        return world;
    }
}
