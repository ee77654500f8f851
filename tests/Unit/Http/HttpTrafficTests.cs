using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Core;
using Aglet.Http;
using Aglet.Kernel;
using Aglet.Tests.Simulation;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Http;

/// <summary>Several ranges, requests that come together, files in memory, and what TCP does to a server.</summary>
public sealed class HttpTrafficTests
{
    private const string Get = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string Hello = "Hello, machine.\n";

    private static readonly byte[] _large = HttpWorld.Pattern(3_000_000);

    private static readonly (string, byte[])[] _files =
    [
        ("hello", Encoding.ASCII.GetBytes(Hello)),
        ("small", HttpWorld.Pattern(HttpFileMemory.FileBytesMax)),
        ("large", _large),
    ];

    [Theory]
    [InlineData("large", "bytes=0-9,1000000-1999999,-5", "0-9 1000000-1999999 2999995-2999999")]
    [InlineData("large", "bytes=100-199,0-9", "100-199 0-9")]
    [InlineData("small", "bytes=16000-,0-0", "16000-16383 0-0")]
    public void SeveralRangesAreParts(string name, string range, string expected)
    {
        byte[] content = Array.Find(_files, file => file.Item1 == name).Item2;
        string request = $"GET /{name} HTTP/1.1\r\nHost: a\r\nRange: {range}\r\n\r\n{Get}";
        for (ulong seed = 0; seed < 15; seed++)
        {
            HttpWorld world = new(_files, seed == 0 ? FaultRates.None : FaultRates.Rough with { TooManyFiles = 0, Stall = 0 }, seed + 1);
            HttpExchange exchange = world.Host().Connect(Encoding.ASCII.GetBytes(request));
            for (int i = 0; i < 200 && !exchange.Text.EndsWith(Hello, StringComparison.Ordinal); i++)
                world.Run(Duration.FromMilliseconds(100));
            Assert.Equal(206, exchange.Status);
            Assert.EndsWith(Hello, exchange.Text, StringComparison.Ordinal);
            string boundary = exchange.Head.Split("Content-Type: multipart/byteranges; boundary=")[1].Split("\r\n")[0];
            int length = int.Parse(exchange.Head.Split("Content-Length: ")[1].Split("\r\n")[0], null);
            string body = Encoding.Latin1.GetString(exchange.Body)[..length];
            StringBuilder wanted = new();
            foreach (string part in expected.Split(' '))
            {
                int first = int.Parse(part.Split('-')[0], null);
                int last = int.Parse(part.Split('-')[1], null);
                wanted.Append($"\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes {part}/{content.Length}\r\n\r\n");
                wanted.Append(Encoding.Latin1.GetString(content, first, last - first + 1));
            }

            wanted.Append($"\r\n--{boundary}--\r\n");
            Assert.Equal(wanted.ToString(), body);
            Assert.DoesNotContain("\r\nContent-Range:", exchange.Head, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ThousandPipelinedRequestsAreAnsweredInFewCalls()
    {
        HttpWorld world = new(_files);
        StringBuilder requests = new();
        for (int i = 0; i < 1000; i++) requests.Append(i % 10 == 9 ? "GET /no HTTP/1.1\r\nHost: a\r\n\r\n" : Get);
        HttpExchange exchange = world.Ask(requests.ToString());
        world.Run(Duration.FromSeconds(1));
        Assert.Equal(901, exchange.Text.Split(Hello).Length);
        Assert.Equal(900ul, world.Endpoint.Outcomes[HttpOutcome.Whole]);
        Assert.Equal(100ul, world.Endpoint.Outcomes[HttpOutcome.Refused]);
        Assert.InRange(world.Kernel.StreamSends, 1, 200);
    }

    /// <summary>Answers that wait together are cut anywhere by a socket that takes little, and arrive in order.</summary>
    [Fact]
    public void GatheredAnswersArriveWholeFromARoughKernel()
    {
        StringBuilder requests = new();
        for (int i = 0; i < 60; i++)
            requests.Append($"{Get}GET /small HTTP/1.1\r\nHost: a\r\nRange: bytes={i}-{i + 3000}\r\n\r\nGET /none-{i} HTTP/1.1\r\nHost: a\r\n\r\n");
        requests.Append("GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        string whole = Without(Fetch(FaultRates.None, 1));
        Assert.Equal(181, whole.Split("HTTP/1.1 ").Length - 1);
        for (ulong seed = 1; seed <= 30; seed++)
        {
            FaultRates rates = new() { ShortWrite = 600_000, WouldBlockOnSend = 200_000, ShortRead = 100_000 };
            Assert.Equal(whole, Without(Fetch(rates, seed)));
        }

        string Fetch(FaultRates rates, ulong seed)
        {
            HttpWorld world = new(_files, rates, seed);
            HttpExchange exchange = world.Host().Connect(Encoding.ASCII.GetBytes(requests.ToString()));
            for (int i = 0; i < 300 && !exchange.IsEnded; i++) world.Run(Duration.FromMilliseconds(100));
            Assert.True(exchange.IsEnded, $"seed {seed}");
            Assert.Equal(_large, exchange.Received.ToArray()[^_large.Length..]);
            world.Run(Duration.FromSeconds(3));
            Assert.Equal(0, world.Endpoint.ConnectionCount);
            return exchange.Text[..^_large.Length];
        }

        static string Without(string text) => string.Join("\r\n", Array.FindAll(text.Split("\r\n"), line => !line.StartsWith("Date: ", StringComparison.Ordinal)));
    }

    /// <summary>More connections than there are outboxes gather answers, and stop reading: each still gets all of its own.</summary>
    [Fact]
    public void CrowdThatDoesNotReadGetsItsAnswersLater()
    {
        HttpWorld world = new(_files);
        List<HttpExchange> crowd = [];
        string requests = string.Concat(System.Linq.Enumerable.Repeat("GET /small HTTP/1.1\r\nHost: a\r\nRange: bytes=1-\r\n\r\n" + Get, 40));
        for (int i = 0; i < 60; i++)
        {
            crowd.Add(world.Host().Connect(Encoding.ASCII.GetBytes(requests)));
            crowd[^1].Stream.Pause();
        }

        world.Run(Duration.FromSeconds(2));
        foreach (HttpExchange exchange in crowd) exchange.Stream.Resume();
        world.Run(Duration.FromSeconds(5));
        foreach (HttpExchange exchange in crowd) Assert.Equal(41, exchange.Text.Split(Hello).Length);
    }

    [Fact]
    public void RequestThatComesWithTheConnectionIsAnsweredInTheTurnOfItsAccept()
    {
        HttpWorld world = new(_files);
        HttpExchange first = world.Ask(Get);
        int before = world.Turns;
        HttpExchange second = world.Host().Connect(Encoding.ASCII.GetBytes(Get));
        world.Run(Duration.FromMilliseconds(20));
        Assert.Equal(200, first.Status);
        Assert.Equal(200, second.Status);
        Assert.InRange(world.Turns - before, 1, 3);
    }

    [Fact]
    public void FileInMemoryIsReadOnceAndComparedEachSecond()
    {
        HttpWorld world = new(_files);
        HttpExchange exchange = world.Ask(Get);
        world.Kernel.Files.Find("/srv/hello"u8)!.Replace("Salut, machine.\n"u8.ToArray(), 1_700_000_001);
        exchange.Received.Clear();
        exchange.Send(Get);
        world.Run(Duration.FromMilliseconds(10));
        Assert.EndsWith(Hello, exchange.Text, StringComparison.Ordinal);
        world.Run(Duration.FromSeconds(2));
        exchange.Received.Clear();
        exchange.Send(Get);
        world.Run(Duration.FromMilliseconds(10));
        Assert.Equal(500, exchange.Status);
        world.Kernel.Files.Remove("/srv/hello");
        exchange.Received.Clear();
        exchange.Send(Get);
        world.Run(Duration.FromMilliseconds(10));
        Assert.Equal(404, exchange.Status);
        Assert.Equal(0, world.Kernel.Open(SimHandleKind.File));
    }

    [Fact]
    public void MemoryThatIsFullBeginsAnew()
    {
        List<(string, byte[])> files = [];
        for (int i = 0; i < 400; i++) files.Add(($"f{i}", HttpWorld.Pattern(HttpFileMemory.FileBytesMax - i)));
        HttpWorld world = new(files);
        HttpClientHost host = world.Host();
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < 400; i++)
            {
                HttpExchange exchange = host.Connect(Encoding.ASCII.GetBytes($"GET /f{i} HTTP/1.0\r\n\r\n"));
                world.Run(Duration.FromMilliseconds(20));
                Assert.Equal(files[i].Item2, exchange.Body);
            }
        }
    }

    /// <summary>The kernel gives few handles: HTTP leaves half of them to the others.</summary>
    [Theory]
    [InlineData(1024, 1024, 256)]
    [InlineData(1024, 65_536, 1024)]
    [InlineData(1024, 64, 16)]
    [InlineData(1024, 1, 1)]
    public void ConnectionsAreBoundedByTheHandles(int wanted, int handles, int capacity) =>
        Assert.Equal(capacity, HttpAcceptor.CapacityFor(wanted, handles));

    [Fact]
    public void HalfClosedClientGetsItsAnswer()
    {
        HttpWorld world = new(_files);
        HttpExchange exchange = world.Host().Connect("GET /large HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        world.Run(Duration.FromMicroseconds(400));
        exchange.Stream.Finish();
        world.Run(Duration.FromSeconds(3));
        Assert.Equal(_large, exchange.Body);
        Assert.True(exchange.IsEnded);
        Assert.Equal(0, world.Endpoint.ConnectionCount);
    }

    [Fact]
    public void ResetsInTheMiddleLeaveNothing()
    {
        HttpWorld world = new(_files);
        HttpClientHost host = world.Host();
        string requests = $"{Get}GET /large HTTP/1.1\r\nHost: a\r\nRange: bytes=0-999999,1500000-2500000\r\n\r\n{Get}GET /large HTTP/1.1\r\nHost: a\r\n\r\n";
        for (int i = 0; i < 100; i++)
        {
            HttpExchange exchange = host.Connect(Encoding.ASCII.GetBytes(requests));
            world.Run(Duration.FromMicroseconds(100 + (i * 97)));
            exchange.Stream.Reset();
            world.Run(Duration.FromMicroseconds(50));
        }

        world.Run(Duration.FromSeconds(40));
        Assert.Equal(0, world.Endpoint.ConnectionCount);
        Assert.Equal(world.Files.IdleCount, world.Kernel.Open(SimHandleKind.File));
        Assert.Equal(0, world.Kernel.Open(SimHandleKind.Stream));
    }

    [Fact]
    public void AnswersOfAFloodAreCountedAndNotAllLogged()
    {
        HttpWorld world = new(_files);
        HttpExchange exchange = world.Ask(string.Concat(System.Linq.Enumerable.Repeat(Get, 2000)));
        world.Run(Duration.FromMilliseconds(800));
        Assert.Equal(2001, exchange.Text.Split(Hello).Length);
        world.Run(Duration.FromSeconds(2));
        exchange.Send(Get);
        world.Run(Duration.FromMilliseconds(10));
        Assert.InRange(world.Kernel.LogLines, HttpLog.AnswerLinesPerSecond, HttpLog.AnswerLinesPerSecond + 20);
        Assert.Contains("1500 more lines of HTTP answers left out", world.Kernel.LogText, StringComparison.Ordinal);
        Assert.Equal(2001ul, world.Endpoint.Outcomes[HttpOutcome.Whole]);
        Assert.Equal(2001L * Hello.Length, world.Endpoint.BytesSent);
    }

    [Fact]
    public void NewTrafficAllocatesNothing()
    {
        HttpWorld world = new(_files);
        HttpExchange exchange = world.Ask(Get);
        Round();
        long before = world.AllocatedBytes;
        for (int i = 0; i < 30; i++) Round();
        Assert.Equal(before, world.AllocatedBytes);

        void Round()
        {
            exchange.Received.Clear();
            exchange.Send(string.Concat(System.Linq.Enumerable.Repeat(Get, 50))
                + "GET /large HTTP/1.1\r\nHost: a\r\nRange: bytes=0-9,100000-299999,-5\r\n\r\n"
                + "GET /small HTTP/1.1\r\nHost: a\r\nRange: bytes=5-\r\n\r\nBREW /x HTTP/1.1\r\nHost: a\r\n\r\n");
            world.Run(Duration.FromMilliseconds(60));
        }
    }
}
