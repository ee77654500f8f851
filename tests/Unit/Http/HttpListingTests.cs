using System;
using System.Collections.Generic;
using System.Security.Cryptography;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Core;
using Aglet.Http;
using Aglet.Tests.Simulation;
using Aglet.Tests.Unit.Boot;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Http;

/// <summary>Lists of folders and the pages of refusals: for people, so that nothing in a name is more than text.</summary>
public sealed class HttpListingTests
{
    private static readonly (string, byte[])[] _files =
    [
        ("zebra.txt", HttpWorld.Pattern(1)),
        ("Image", HttpWorld.Pattern(1_500_000)),
        ("a-b/file", HttpWorld.Pattern(3)),
        ("a/deep/er/file", HttpWorld.Pattern(2048)),
        ("a/x", HttpWorld.Pattern(1023)),
        ("a.txt", HttpWorld.Pattern(10)),
        ("_/secret", HttpWorld.Pattern(10)),
        ("odd/<b>\"&'\u0001 name:1#?%.efi", HttpWorld.Pattern(10)),
        ("odd/ünï", HttpWorld.Pattern(10)),
    ];

    [Fact]
    public void FoldersComeFirstThenFilesInOrder()
    {
        HttpExchange exchange = new HttpWorld(_files).Ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(200, exchange.Status);
        Assert.Contains("\r\nContent-Type: text/html\r\n", exchange.Head, StringComparison.Ordinal);
        Assert.Equal(["a-b/", "a/", "odd/", "Image", "a.txt", "zebra.txt"], Links(exchange));
        string page = Encoding.UTF8.GetString(exchange.Body);
        Assert.Contains("<td class=\"n\">1.4 MiB</td><td class=\"n\">2023-11-14 22:13</td>", page, StringComparison.Ordinal);
        Assert.Contains("<td class=\"n\">1 byte</td>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Parent folder", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void FolderWithinLinksToItsParent()
    {
        HttpExchange exchange = new HttpWorld(_files).Ask("GET //a/ HTTP/1.0\r\n\r\n");
        Assert.Equal(["../", "deep/", "x"], Links(exchange));
        Assert.Contains("<h1>/a/</h1>", exchange.Text, StringComparison.Ordinal);
        Assert.Contains("<td class=\"n\">1023 bytes</td>", exchange.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void NamesAreTextInThePageAndEncodedInLinks()
    {
        HttpWorld world = new(_files);
        HttpExchange exchange = world.Ask("GET /odd/ HTTP/1.1\r\nHost: a\r\n\r\n");
        string page = Encoding.UTF8.GetString(exchange.Body);
        Assert.Contains(
            "<a href=\"%3Cb%3E%22%26%27%01%20name%3A1%23%3F%25.efi\">&lt;b&gt;&quot;&amp;&#39;? name:1#?%.efi</a>", page, StringComparison.Ordinal);
        Assert.Contains("<a href=\"%C3%BCn%C3%AF\">ünï</a>", page, StringComparison.Ordinal);
        foreach (string link in Links(exchange)[1..])
            Assert.Equal(200, world.Ask($"GET /odd/{link} HTTP/1.1\r\nHost: a\r\n\r\n").Status);
    }

    [Theory]
    [InlineData("/a", "/a/")]
    [InlineData("//a//deep?x=1", "/a/deep/")]
    [InlineData("/odd", "/odd/")]
    public void FolderWithoutItsSlashIsRedirected(string target, string location)
    {
        HttpExchange exchange = new HttpWorld(_files).Ask($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(301, exchange.Status);
        Assert.Contains($"\r\nContent-Length: 0\r\nLocation: {location}\r\n", exchange.Head, StringComparison.Ordinal);
        Assert.Empty(exchange.Body);
    }

    [Theory]
    [InlineData("/_/")]
    [InlineData("/_")]
    [InlineData("/A/")]
    [InlineData("/zebra.txt/")]
    [InlineData("/a/deep/er/file/")]
    public void WhatIsNoFolderHasNoList(string target) =>
        Assert.Equal(404, new HttpWorld(_files).Ask($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n").Status);

    /// <summary>A path of many odd bytes would make a head that no client takes: it is not redirected.</summary>
    [Fact]
    public void LongFolderIsListedAndNotRedirected()
    {
        string name = string.Concat(System.Linq.Enumerable.Repeat("%FF", 240));
        byte[] raw = new byte[240];
        raw.AsSpan().Fill(0xFF);
        HttpWorld world = new([(new string('y', 240) + "/f", [1]), (string.Concat(System.Linq.Enumerable.Repeat("ü", 120)) + "/f", [1])]);
        string folder = string.Concat(System.Linq.Enumerable.Repeat("%C3%BC", 120));
        Assert.Equal(404, world.Ask($"GET /{folder} HTTP/1.1\r\nHost: a\r\n\r\n").Status);
        Assert.Equal(200, world.Ask($"GET /{folder}/ HTTP/1.1\r\nHost: a\r\n\r\n").Status);
        Assert.Equal(404, world.Ask($"GET /{name} HTTP/1.1\r\nHost: a\r\n\r\n").Status);
    }

    [Fact]
    public void HeadConditionsAndRangesHoldForListsToo()
    {
        HttpWorld world = new(_files);
        HttpExchange get = world.Ask("GET /a/ HTTP/1.1\r\nHost: a\r\n\r\n");
        HttpExchange head = world.Ask("HEAD /a/ HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Empty(head.Body);
        Assert.Equal(get.Head, head.Head);
        string tag = get.Head.Split("ETag: ")[1].Split("\r\n")[0];
        Assert.Equal(304, world.Ask($"GET /a/ HTTP/1.1\r\nHost: a\r\nIf-None-Match: {tag}\r\n\r\n").Status);
        HttpExchange part = world.Ask("GET /a/ HTTP/1.1\r\nHost: a\r\nRange: bytes=10-19\r\n\r\n");
        Assert.Equal(get.Body[10..20], part.Body);
    }

    [Fact]
    public void LongListIsCutAndSaysSo()
    {
        List<(string, byte[])> files = [];
        for (int i = 0; i < Limits.HttpListEntries + 5; i++) files.Add(($"many/{i:D5}", [1]));
        for (int i = 0; i < 400; i++) files.Add(($"long/{i:D5}{new string('"', 250)}", [1]));
        HttpWorld world = new(files);
        HttpExchange many = world.Ask("GET /many/ HTTP/1.0\r\n\r\n");
        world.Run(Duration.FromSeconds(1));
        Assert.Contains("There is more: the list ends after ", many.Text, StringComparison.Ordinal);
        Assert.InRange(Links(many).Count, 1000, Limits.HttpListEntries + 1);
        HttpExchange wide = world.Ask("GET /long/ HTTP/1.0\r\n\r\n");
        world.Run(Duration.FromSeconds(1));
        Assert.Contains("There is more: the list ends after ", wide.Text, StringComparison.Ordinal);
        Assert.EndsWith("</html>\n", wide.Text, StringComparison.Ordinal);
    }

    /// <summary>Every write is cut short, so that the rest is rendered again and again.</summary>
    [Fact]
    public void ListArrivesWholeInPieces()
    {
        byte[] whole = new HttpWorld(_files).Ask("GET / HTTP/1.0\r\n\r\n").Body;
        for (ulong seed = 1; seed <= 20; seed++)
        {
            HttpWorld world = new(_files, new FaultRates { ShortWrite = 900_000, WouldBlockOnSend = 300_000 }, seed);
            HttpExchange exchange = world.Ask("GET / HTTP/1.0\r\n\r\n");
            world.Run(Duration.FromSeconds(5));
            Assert.Equal(whole, exchange.Body);
        }
    }

    [Fact]
    public void TemplatesAndStateAreNotListed()
    {
        List<ImageSetting> images = [.. BootFixture.Rack.Images];
        images[0] = images[0] with { Answer = images[0].Answer! with { TemplatePath = "/srv/answers/preseed.cfg" } };
        Settings settings = BootFixture.Rack with { Images = images, State = "/srv/state" };
        List<(string, byte[])> files = [("answers/preseed.cfg", [1]), ("state/journal", [1]), ("shown", [1])];
        foreach (string file in BootFixture.Files) files.Add((file, [1, 2, 3]));
        HttpExchange exchange = new HttpWorld(files, settings: settings).Ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Contains("shown", Links(exchange));
        Assert.DoesNotContain("answers/", Links(exchange));
        Assert.DoesNotContain("state/", Links(exchange));
    }

    [Fact]
    public void RefusalForABrowserIsAPageAndForAProgramALine()
    {
        HttpWorld world = new(_files);
        HttpExchange page = world.Ask("GET /<i>&x HTTP/1.1\r\nHost: a\r\nAccept: text/html,*/*;q=0.8\r\n\r\n");
        Assert.Equal(404, page.Status);
        Assert.Contains("\r\nContent-Type: text/html\r\n", page.Head, StringComparison.Ordinal);
        Assert.Contains($"\r\nContent-Length: {page.Body.Length}\r\n", page.Head, StringComparison.Ordinal);
        Assert.Contains("<p>/&lt;i&gt;&amp;x is not in the tree.</p>", page.Text, StringComparison.Ordinal);
        Assert.Contains("<a href=\"/\">all files</a>", page.Text, StringComparison.Ordinal);
        HttpExchange line = world.Ask("GET /nothing HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n");
        Assert.Equal("404 Not Found: /nothing is not in the tree.\n", Encoding.ASCII.GetString(line.Body));
        string longest = new('"', 7000);
        HttpExchange wide = world.Ask($"GET /{longest} HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n");
        Assert.Equal(414, wide.Status);
        Assert.Equal(404, world.Ask($"GET /{longest[..500]} HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n").Status);
    }

    /// <summary>The policy lets the page's own style sheet apply, and nothing else.</summary>
    [Fact]
    public void PolicyNamesTheStyleSheet()
    {
        string text = new HttpWorld(_files).Ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").Text;
        string style = text.Split("<style>")[1].Split("</style>")[0];
        string hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        Assert.Contains($"style-src 'sha256-{hash}'", text, StringComparison.Ordinal);
    }

    [Fact]
    public void ListsAllocateNothing()
    {
        HttpWorld world = new(_files);
        HttpExchange exchange = world.Ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        long before = world.AllocatedBytes;
        for (int i = 0; i < 50; i++)
        {
            exchange.Received.Clear();
            exchange.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /x/ HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n");
            world.Run(Duration.FromMilliseconds(5));
            Assert.Equal(200, exchange.Status);
        }

        Assert.Equal(before, world.AllocatedBytes);
    }

    private static List<string> Links(HttpExchange exchange)
    {
        List<string> links = [];
        foreach (string piece in Encoding.UTF8.GetString(exchange.Body).Split("href=\"")[1..]) links.Add(piece.Split('"')[0]);
        return links;
    }
}
