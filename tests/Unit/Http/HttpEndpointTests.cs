using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Core;
using Aglet.Http;
using Aglet.Tests.Simulation;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Http;

public sealed class HttpEndpointTests
{
    private const string Get = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

    private static readonly byte[] _large = HttpWorld.Pattern(3_000_000);

    private static readonly (string, byte[])[] _files =
    [
        ("hello", "Hello, machine.\n"u8.ToArray()),
        ("empty", []),
        ("small", HttpWorld.Pattern(HttpFileMemory.FileBytesMax)),
        ("large", _large),
        ("boot/grub/grub.cfg", "set timeout=1\n"u8.ToArray()),
    ];

    [Fact]
    public void FileIsSentWhole()
    {
        HttpWorld world = new(_files);
        HttpExchange exchange = world.Ask(Get);
        Assert.Equal(200, exchange.Status);
        Assert.Contains("\r\nContent-Length: 16\r\n", exchange.Head, StringComparison.Ordinal);
        Assert.Equal("Hello, machine.\n"u8.ToArray(), exchange.Body);
        Assert.False(exchange.IsEnded);
        Assert.Contains("GET /hello: 200, 16 bytes", world.Kernel.LogText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("small")]
    [InlineData("large")]
    public void EverySizeArrivesWholeFromARoughKernel(string name)
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            HttpWorld world = new(_files, FaultRates.Rough with { TooManyFiles = 0 }, seed);
            HttpExchange exchange = world.Host().Connect(Encoding.ASCII.GetBytes($"GET /{name} HTTP/1.0\r\n\r\n"));
            for (int i = 0; i < 600 && !exchange.IsEnded; i++) world.Run(Duration.FromMilliseconds(100));
            Assert.True(exchange.IsEnded, $"seed {seed}");
            Assert.Equal(Array.Find(_files, file => file.Item1 == name).Item2, exchange.Body);
            world.Run(Duration.FromSeconds(3));
            AssertNothingLeft(world);
        }
    }

    [Fact]
    public void HeadHasTheHeadOfGetAndNoBody()
    {
        HttpWorld world = new(_files);
        HttpExchange get = world.Ask("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
        world.Run(Duration.FromSeconds(2));
        HttpExchange head = world.Ask("HEAD /large HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(_large, get.Body);
        Assert.Empty(head.Body);
        Assert.Equal(WithoutDate(get.Head), WithoutDate(head.Head));
    }

    [Fact]
    public void PipelinedRequestsAreAnsweredInOrder()
    {
        HttpWorld world = new(_files);
        StringBuilder requests = new();
        for (int i = 0; i < 150; i++)
        {
            string path = (i % 3) switch { 0 => "hello", 1 => "nothing", _ => "boot/grub/grub.cfg" };
            requests.Append($"GET /{path} HTTP/1.1\r\nHost: a\r\n\r\n");
        }

        requests.Append("HEAD /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        HttpExchange exchange = world.Ask(requests.ToString());
        world.Run(Duration.FromSeconds(1));
        string[] answers = exchange.Text.Split("HTTP/1.1 ", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(151, answers.Length);
        for (int i = 0; i < 150; i++)
        {
            Assert.StartsWith(i % 3 == 1 ? "404" : "200", answers[i], StringComparison.Ordinal);
            if (i % 3 == 0) Assert.EndsWith("Hello, machine.\n", answers[i], StringComparison.Ordinal);
        }

        Assert.EndsWith("Connection: close\r\n\r\n", answers[150], StringComparison.Ordinal);
        Assert.True(exchange.IsEnded);
    }

    /// <summary>
    /// Each connection had a whole turn's bytes for itself, and a small answer costs hardly any: a crowd that
    /// pipelines held a turn, and with it DHCP, for tens of thousands of answers.
    /// </summary>
    [Fact]
    public void CrowdSharesATurn()
    {
        HttpWorld world = new(_files);
        List<HttpExchange> crowd = [];
        byte[] requests = Encoding.ASCII.GetBytes(string.Concat(System.Linq.Enumerable.Repeat(Get, 200)));
        for (int i = 0; i < 60; i++) crowd.Add(world.Host().Connect(requests));
        world.Run(Duration.FromSeconds(1));
        int most = Limits.HttpShareBytesMin / Limits.HttpAnswerCostBytes * 60;
        Assert.InRange(world.MostAnswersOfATurn, 200, most);
        foreach (HttpExchange exchange in crowd) Assert.Equal(200, exchange.Text.Split("Hello, machine.\n").Length - 1);
    }

    /// <summary>The line said <c> : 408</c>, of nobody knew what.</summary>
    [Fact]
    public void LogHasWordsForARequestThatNeverCameWhole()
    {
        HttpWorld world = new(_files);
        HttpExchange exchange = world.Ask("GET /hel");
        world.Run(Duration.FromSeconds(11));
        Assert.Equal(408, exchange.Status);
        Assert.Contains(": a request: 408, the request did not come whole in time\n", world.Kernel.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public void RequestSplitAtEveryByteIsAnsweredTheSame()
    {
        string request = "POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12345\r\n" + Get;
        string whole = new HttpWorld(_files).Ask(request).Text;
        Assert.Contains("HTTP/1.1 405", whole, StringComparison.Ordinal);
        Assert.EndsWith("Hello, machine.\n", whole, StringComparison.Ordinal);
        HttpWorld world = new(_files);
        for (int cut = 1; cut < request.Length; cut++)
        {
            HttpExchange exchange = world.Ask(request[..cut]);
            exchange.Send(request[cut..]);
            world.Run(Duration.FromMilliseconds(5));
            Assert.Equal(WithoutDate(whole), WithoutDate(exchange.Text));
            exchange.Stream.Reset();
        }
    }

    [Theory]
    [InlineData("POST /hello HTTP/1.1\r\nHost: a\r\n\r\n", 405)]
    [InlineData("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", 404)]
    [InlineData("GET /boot/ HTTP/1.1\r\nHost: a\r\n\r\n", 200)]
    [InlineData("GET /boot HTTP/1.1\r\nHost: a\r\n\r\n", 301)]
    [InlineData("GET /nothing/ HTTP/1.1\r\nHost: a\r\n\r\n", 404)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200)]
    [InlineData("GET /hello HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1,5-6\r\n\r\n", 206)]
    [InlineData("DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n", 405)]
    [InlineData("TRACE /hello HTTP/1.1\r\nHost: a\r\n\r\n", 405)]
    [InlineData("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 405)]
    [InlineData("BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n", 501)]
    [InlineData("GET /%2e%2e/x HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET /hello HTTP/1.1\r\nHost: a\r\nRange: bytes=99-\r\n\r\n", 416)]
    [InlineData("GET /hello HTTP/1.1\r\nHost: a\r\nIf-Match: \"x\"\r\n\r\n", 412)]
    [InlineData("GET /hello HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n", 304)]
    [InlineData("GET /hello HTTP/1.1\r\nHost: a\r\nExpect: a miracle\r\n\r\n", 417)]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 204)]
    [InlineData("OPTIONS /hello HTTP/1.1\r\nHost: a\r\n\r\n", 204)]
    public void RefusalOfAWellFramedRequestKeepsTheConnection(string request, int status)
    {
        HttpWorld world = new(_files);
        HttpExchange exchange = world.Ask(request + Get);
        Assert.Equal(status, exchange.Status);
        Assert.EndsWith("Hello, machine.\n", exchange.Text, StringComparison.Ordinal);
        Assert.False(exchange.IsEnded);
        Assert.InRange(exchange.Head.Length, 20, HttpResponse.HeadBytesMax);
    }

    [Theory]
    [InlineData("GET /hello HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400)]
    [InlineData("GET /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501)]
    [InlineData("GET /hello HTTP/3.0\r\nHost: a\r\n\r\n", 505)]
    [InlineData("GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n", 413)]
    [InlineData("GET /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200)]
    [InlineData("GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n", 200)]
    public void DoubtfulFramingClosesTheConnection(string request, int status)
    {
        HttpWorld world = new(_files);
        HttpExchange exchange = world.Ask(request + Get);
        Assert.Equal(status, exchange.Status);
        Assert.Contains("\r\nConnection: close\r\n", exchange.Head, StringComparison.Ordinal);
        Assert.True(exchange.IsEnded);
        Assert.False(exchange.IsReset);
        Assert.Equal(2, exchange.Text.Split("\r\nDate: ").Length);
        Assert.Equal(0, world.Endpoint.ConnectionCount);
    }

    [Fact]
    public void NotFoundNamesThePathEscaped()
    {
        HttpWorld world = new(_files);
        HttpExchange exchange = world.Ask("GET /a\u00e9%20<b> HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal("404 Not Found: /a\\xe9%20<b> is not in the tree.\n", Encoding.ASCII.GetString(exchange.Body));
        Assert.Equal(1ul, world.Endpoint.Rejects[HttpReject.NotInTree]);
    }

    [Fact]
    public void LongHeadIsRefusedWithTheRightStatus()
    {
        HttpWorld world = new(_files);
        Assert.Equal(414, world.Ask("GET /" + new string('a', 9000)).Status);
        Assert.Equal(431, world.Ask("GET / HTTP/1.1\r\nX: " + new string('a', 9000)).Status);
    }

    [Fact]
    public void BodyIsDroppedBeforeTheNextRequest()
    {
        HttpWorld world = new(_files);
        string body = new('x', HttpRequest.BodyBytesMax);
        HttpExchange exchange = world.Ask($"GET /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: {body.Length}\r\n\r\n{body}{Get}");
        world.Run(Duration.FromSeconds(1));
        Assert.Equal(404, exchange.Status);
        Assert.EndsWith("Hello, machine.\n", exchange.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bytes=1000-", 1000, 2_999_000)]
    [InlineData("bytes=-100", 2_999_900, 100)]
    [InlineData("bytes=5-20004", 5, 20_000)]
    public void RangeIsThatPartOfTheFile(string range, int start, int length)
    {
        HttpWorld world = new(_files);
        HttpExchange exchange = world.Ask($"GET /large HTTP/1.1\r\nHost: a\r\nRange: {range}\r\n\r\n");
        world.Run(Duration.FromSeconds(2));
        Assert.Equal(206, exchange.Status);
        Assert.Contains($"\r\nContent-Range: bytes {start}-{start + length - 1}/3000000\r\n", exchange.Head, StringComparison.Ordinal);
        Assert.Equal(_large.AsSpan(start, length).ToArray(), exchange.Body);
    }

    [Fact]
    public void SlowHeadIs408AndIdleConnectionIsClosedSilently()
    {
        HttpWorld world = new(_files);
        HttpExchange slow = world.Ask("GET /hel");
        HttpExchange idle = world.Ask("");
        world.Run(Duration.FromSeconds(9));
        Assert.Equal(0, slow.Status);
        world.Run(Duration.FromSeconds(2));
        Assert.Equal(408, slow.Status);
        Assert.False(idle.IsEnded);
        world.Run(Duration.FromSeconds(25));
        Assert.True(idle.IsEnded);
        Assert.Empty(idle.Received);
        AssertNothingLeft(world);
    }

    [Fact]
    public void ClientThatReadsSlowlyIsKeptAndOneThatStopsIsNot()
    {
        HttpWorld world = new(_files);
        HttpExchange slow = world.Host().Connect("GET /large HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        HttpExchange stopped = world.Host().Connect("GET /large HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        stopped.Stream.Pause();
        for (int i = 0; i < 14; i++)
        {
            slow.Stream.Pause();
            world.Run(Duration.FromSeconds(20));
            slow.Stream.Resume();
            world.Run(Duration.FromMicroseconds(150));
        }

        Assert.InRange(slow.Received.Count, 100_000, 2_900_000);
        Assert.Equal(1, world.Endpoint.ConnectionCount);
        world.Run(Duration.FromSeconds(5));
        Assert.Equal(_large, slow.Body);
        Assert.Contains("stopped after", world.Kernel.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public void OldestIdleConnectionGivesWayAndBusyOnesDoNot()
    {
        HttpWorld world = new(_files, connections: 2);
        HttpExchange oldest = world.Ask(Get);
        HttpExchange newer = world.Ask(Get);
        HttpExchange newest = world.Ask(Get);
        Assert.True(oldest.IsEnded);
        Assert.False(newer.IsEnded);
        Assert.Equal(200, newest.Status);
        newer.Send("GET /hel");
        newest.Send("GET /hel");
        world.Run(Duration.FromMilliseconds(10));
        HttpExchange refused = world.Ask("");
        Assert.Equal(503, refused.Status);
        Assert.Contains("\r\nRetry-After: 2\r\n", refused.Head, StringComparison.Ordinal);
        Assert.True(refused.IsEnded);
        Assert.Equal(1ul, world.Endpoint.Rejects[HttpReject.TooManyConnections]);
    }

    [Fact]
    public void OneAddressCannotTakeEverySlot()
    {
        HttpWorld world = new(_files);
        HttpClientHost greedy = world.Host();
        for (int i = 0; i < HttpAcceptor.ConnectionsPerAddress; i++) greedy.Connect("GET /hel"u8.ToArray());
        world.Run(Duration.FromMilliseconds(50));
        Assert.Equal(HttpAcceptor.ConnectionsPerAddress, world.Endpoint.ConnectionCount);
        Assert.Equal(503, world.Ask(Get, greedy).Status);
        Assert.Equal(200, world.Ask(Get).Status);
    }

    [Fact]
    public void ListenerRestsWhenThereAreNoDescriptors()
    {
        HttpWorld world = new(_files, new FaultRates { TooManyFiles = 1_000_000 });
        HttpExchange exchange = world.Ask(Get);
        int before = world.Turns;
        world.Run(Duration.FromSeconds(1));
        Assert.InRange(world.Turns - before, 1, 50);
        world.Kernel.Network.Rates = FaultRates.None;
        world.Run(Duration.FromSeconds(1));
        Assert.Equal(200, exchange.Status);
    }

    [Fact]
    public void FileThatVanishedIs404AndOneThatChangedIs500()
    {
        HttpWorld world = new(_files);
        world.Kernel.Files.Remove("/srv/hello");
        Assert.Equal(404, world.Ask(Get).Status);
        world.Kernel.Files.Find("/srv/small"u8)!.Truncate(10);
        Assert.Equal(500, world.Ask("GET /small HTTP/1.1\r\nHost: a\r\n\r\n").Status);
        world.Kernel.Files.Find("/srv/empty"u8)!.IsReadable = false;
        Assert.Equal(500, world.Ask("GET /empty HTTP/1.1\r\nHost: a\r\n\r\n").Status);
        Assert.Contains("warning: 10.0.0.101: GET /hello: 404, was in the tree", world.Kernel.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public void FileThatShrinksUnderWayEndsTheConnection()
    {
        HttpWorld world = new(_files);
        HttpExchange exchange = world.Host().Connect("GET /large HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        world.Run(Duration.FromMilliseconds(2));
        world.Kernel.Files.Find("/srv/large"u8)!.Truncate(100_000);
        world.Run(Duration.FromSeconds(2));
        Assert.Equal(200, exchange.Status);
        Assert.InRange(exchange.Body.Length, 1, 2_999_999);
        Assert.True(exchange.IsEnded);
        Assert.Contains("the file ended", world.Kernel.LogText, StringComparison.Ordinal);
        AssertNothingLeft(world);
    }

    [Fact]
    public void SmallFileThatShrankSinceItWasOpenedIs500()
    {
        HttpWorld world = new(_files);
        HttpExchange exchange = world.Ask("HEAD /small HTTP/1.1\r\nHost: a\r\n\r\n");
        world.Kernel.Files.Find("/srv/small"u8)!.Truncate(10);
        exchange.Received.Clear();
        exchange.Send("GET /small HTTP/1.1\r\nHost: a\r\n\r\n");
        world.Run(Duration.FromMilliseconds(10));
        Assert.Equal(500, exchange.Status);
    }

    [Fact]
    public void DrainFinishesWhatRunsAndTakesNothingNew()
    {
        HttpWorld world = new(_files);
        HttpExchange idle = world.Ask(Get);
        HttpExchange running = world.Host().Connect("GET /large HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        world.Run(Duration.FromMilliseconds(2));
        world.Endpoint.BeginDrain();
        Assert.False(world.Endpoint.IsDrained);
        HttpExchange late = world.Ask(Get);
        world.Run(Duration.FromSeconds(3));
        Assert.True(idle.IsEnded);
        Assert.Equal(_large, running.Body);
        Assert.True(running.IsEnded);
        Assert.Equal(0, late.Status);
        Assert.True(world.Endpoint.IsDrained);
        Assert.Equal(0, world.Kernel.Open(SimHandleKind.Stream));
        Assert.Equal(0, world.Kernel.Open(SimHandleKind.Listener));
    }

    [Fact]
    public void FastClientDoesNotHoldTheLoop()
    {
        HttpWorld world = new(_files);
        HttpExchange fast = world.Host().Connect("GET /large HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        HttpExchange other = world.Host().Connect(Encoding.ASCII.GetBytes(Get));
        while (other.Received.Count == 0) world.Run(Duration.FromMicroseconds(50));
        Assert.InRange(fast.Received.Count, 0, 2_000_000);
    }

    [Fact]
    public void RefusalsDoNotFloodTheLog()
    {
        HttpWorld world = new(_files);
        StringBuilder requests = new();
        for (int i = 0; i < 200; i++) requests.Append("GET /no HTTP/1.1\r\nHost: a\r\n\r\n");
        world.Ask(requests.ToString());
        world.Run(Duration.FromSeconds(2));
        world.Ask("GET /no HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.InRange(world.Kernel.LogLines, 20, 50);
        Assert.Contains("more lines of HTTP refusals left out", world.Kernel.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public void SteadyStateAllocatesNothing()
    {
        HttpWorld world = new(_files);
        HttpClientHost host = world.Host();
        List<HttpExchange> exchanges = [];
        for (int i = 0; i < 8; i++) exchanges.Add(host.Connect(Encoding.ASCII.GetBytes(Get)));
        Round(world, exchanges);
        long before = world.AllocatedBytes;
        for (int i = 0; i < 50; i++) Round(world, exchanges);
        Assert.Equal(before, world.AllocatedBytes);
    }

    /// <summary>Damaged conversations against the whole endpoint: it always ends, and nothing is left.</summary>
    [Fact]
    public void MutatedConversationsLeaveNothing()
    {
        Prng prng = new(99);
        byte[] golden = Encoding.ASCII.GetBytes(
            "GET /hello HTTP/1.1\r\nHost: a\r\nRange: bytes=0-5\r\nContent-Length: 4\r\n\r\n1234HEAD /large HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + Get
            + "GET /large HTTP/1.1\r\nHost: a\r\nRange: bytes=0-5,9-99,-4\r\nIf-Range: \"2dc6c0-6553f100\"\r\n\r\n"
            + "GET /boot/ HTTP/1.1\r\nHost: a\r\n\r\nGET /boot HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n" + Get);
        HttpWorld world = new(_files, FaultRates.Rough);
        for (int round = 0; round < 3000; round++)
        {
            byte[] bytes = [.. golden];
            for (int i = prng.Below(5); i >= 0; i--) bytes[prng.Below(bytes.Length)] = (byte)prng.Below(256);
            HttpClientHost host = round % 200 == 0 ? world.Host() : _hosts[^1];
            _hosts.Add(host);
            HttpExchange exchange = host.Connect(bytes[..(prng.Below(bytes.Length) + 1)]);
            world.Run(Duration.FromMilliseconds(1));
            if (prng.Below(3) == 0) exchange.Stream.Reset();
            if (prng.Below(3) == 0) exchange.Stream.Finish();
        }

        world.Run(Duration.FromSeconds(100));
        AssertNothingLeft(world);
        Assert.Empty(world.Kernel.Network.Violations);
    }

    private readonly List<HttpClientHost> _hosts = [];

    private static void Round(HttpWorld world, List<HttpExchange> exchanges)
    {
        foreach (HttpExchange exchange in exchanges)
        {
            exchange.Send(Get + "GET /no HTTP/1.1\r\nHost: a\r\n\r\nGET /large HTTP/1.1\r\nHost: a\r\nRange: bytes=7-99999\r\n\r\n");
            exchange.Received.Clear();
        }

        world.Run(Duration.FromMilliseconds(40));
    }

    private static void AssertNothingLeft(HttpWorld world)
    {
        Assert.Equal(0, world.Endpoint.ConnectionCount);
        Assert.Equal(0, world.Kernel.Open(SimHandleKind.Stream));
        Assert.Equal(world.Files.IdleCount, world.Kernel.Open(SimHandleKind.File));
        Assert.Equal(Instant.Never, world.Endpoint.NextDeadline);
    }

    private static string WithoutDate(string text)
    {
        StringBuilder rest = new();
        foreach (string line in text.Split("\r\n"))
        {
            if (!line.StartsWith("Date: ", StringComparison.Ordinal)) rest.Append(line).Append('\n');
        }

        return rest.ToString();
    }
}
