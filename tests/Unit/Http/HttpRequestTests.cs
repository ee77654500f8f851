using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Core;
using Aglet.Http;
using Aglet.Net;
using Xunit;

namespace Aglet.Tests.Unit.Http;

public sealed class HttpRequestTests
{
    private const string Full =
        "GET /boot/x?y=1 HTTP/1.1\r\nHost: 10.0.0.1:8080\r\nUser-Agent: curl/8\r\nConnection: close, x\r\n"
        + "Range: bytes=0-1\r\nIf-Range: \"a\"\r\nIf-Match: \"b\"\r\nIf-None-Match: \"c\"\r\nIf-Modified-Since: d\r\n"
        + "If-Unmodified-Since: e\r\nContent-Length: 5\r\nExpect: 100-continue\r\n"
        + "X-RHN-Provisioning-MAC-0: eth0 52:54:00:12:34:56\r\n\r\n";

    /// <summary>One head for every refusal of the parser.</summary>
    public static TheoryData<string, string> Refused => new()
    {
        { nameof(HttpReject.BareCarriageReturn), "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n" },
        { nameof(HttpReject.BareCarriageReturn), "GET /\rx HTTP/1.1\r\nHost: a\r\n\r\n" },
        { nameof(HttpReject.BareLineFeed), "GET / HTTP/1.1\nHost: a\n\n" },
        { nameof(HttpReject.BareLineFeed), "GET / HTTP/1.1\r\nHost: a\n" },
        { nameof(HttpReject.BadRequestLine), "GET /\r\n\r\n" },
        { nameof(HttpReject.BadRequestLine), "GET  / HTTP/1.1\r\nHost: a\r\n\r\n" },
        { nameof(HttpReject.BadRequestLine), "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n" },
        { nameof(HttpReject.BadRequestLine), " GET / HTTP/1.1\r\nHost: a\r\n\r\n" },
        { nameof(HttpReject.BadRequestLine), "GET / http/1.1\r\nHost: a\r\n\r\n" },
        { nameof(HttpReject.BadRequestLine), "GET / HTTP/1.10\r\nHost: a\r\n\r\n" },
        { nameof(HttpReject.BadRequestLine), "G(T / HTTP/1.1\r\nHost: a\r\n\r\n" },
        { nameof(HttpReject.BadRequestLine), "GET /\t HTTP/1.1\r\nHost: a\r\n\r\n" },
        { nameof(HttpReject.BadRequestLine), "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n" },
        { nameof(HttpReject.UnsupportedVersion), "PRI * HTTP/2.0\r\n\r\n" },
        { nameof(HttpReject.UnsupportedVersion), "GET / HTTP/0.9\r\n\r\n" },
        { nameof(HttpReject.BadFieldName), "GET / HTTP/1.1\r\nHost: a\r\nNoColon\r\n\r\n" },
        { nameof(HttpReject.BadFieldName), "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n" },
        { nameof(HttpReject.BadFieldName), "GET / HTTP/1.1\r\nHost: a\r\nA B: x\r\n\r\n" },
        { nameof(HttpReject.WhitespaceBeforeColon), "GET / HTTP/1.1\r\nHost : a\r\n\r\n" },
        { nameof(HttpReject.WhitespaceBeforeColon), "GET / HTTP/1.1\r\nHost: a\r\nContent-Length\t: 5\r\n\r\n" },
        { nameof(HttpReject.FoldedFieldLine), "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n" },
        { nameof(HttpReject.FoldedFieldLine), "GET / HTTP/1.1\r\n Host: a\r\n\r\n" },
        { nameof(HttpReject.BadFieldValue), "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n" },
        { nameof(HttpReject.BadFieldValue), "GET / HTTP/1.1\r\nHost: a\r\nX: a\u007fb\r\n\r\n" },
        { nameof(HttpReject.MissingHost), "GET / HTTP/1.1\r\n\r\n" },
        { nameof(HttpReject.RepeatedHost), "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n" },
        { nameof(HttpReject.RepeatedHost), "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n" },
        { nameof(HttpReject.BadHost), "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n" },
        { nameof(HttpReject.BadHost), "GET / HTTP/1.1\r\nHost: user@a\r\n\r\n" },
        { nameof(HttpReject.BadContentLength), "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n" },
        { nameof(HttpReject.BadContentLength), "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n" },
        { nameof(HttpReject.BadContentLength), "GET / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n" },
        { nameof(HttpReject.BadContentLength), "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n" },
        { nameof(HttpReject.DifferingContentLengths), "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n" },
        { nameof(HttpReject.LengthAndTransferEncoding), "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" },
        { nameof(HttpReject.TransferEncodingBeforeHttp11), "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" },
        { nameof(HttpReject.UnknownTransferEncoding), "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n" },
        { nameof(HttpReject.UnknownTransferEncoding), "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" },
        { nameof(HttpReject.UnknownTransferEncoding), "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" },
        { nameof(HttpReject.BodyTooLarge), "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n" },
    };

    [Fact]
    public void EveryFieldIsRead()
    {
        Assert.Equal(HttpReject.None, Parse(Full, out HttpRequest request));
        Assert.Equal(HttpMethod.Get, request.Method);
        Assert.Equal("GET", Text(request.MethodText));
        Assert.Equal("/boot/x?y=1", Text(request.Target));
        Assert.False(request.IsHttp10);
        Assert.False(request.Persists);
        Assert.Equal(Full.Length, request.HeadBytes);
        Assert.Equal("curl/8", Text(request.UserAgent));
        Assert.Equal("bytes=0-1", Text(request.Range));
        Assert.Equal("\"a\"", Text(request.IfRange));
        Assert.True(request.HasIfMatch);
        Assert.True(request.HasIfNoneMatch);
        Assert.Equal("d", Text(request.IfModifiedSince));
        Assert.Equal("e", Text(request.IfUnmodifiedSince));
        Assert.Equal(5, request.ContentLength);
        Assert.True(request.ExpectsContinue);
        Assert.Equal(HardwareAddress.Read([0x52, 0x54, 0, 0x12, 0x34, 0x56]), request.ProvisioningAddress);
    }

    [Fact]
    public void EveryPrefixIsIncompleteAndConsumesNothing()
    {
        byte[] head = Encoding.Latin1.GetBytes(Full);
        for (int length = 0; length < head.Length; length++)
        {
            int scanned = 0;
            Assert.Equal(HttpReject.Incomplete, HttpRequest.Parse(head.AsSpan(0, length), ref scanned, out HttpRequest request));
            Assert.Equal(0, request.HeadBytes);

            // Scanning may go on where it stopped and must come to the same end.
            Assert.Equal(HttpReject.None, HttpRequest.Parse(head, ref scanned, out request));
            Assert.Equal(head.Length, request.HeadBytes);
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void AmbiguousHeadIsRefusedByName(string reject, string head) =>
        Assert.Equal(reject, Parse(head, out _).ToString());

    [Fact]
    public void EveryFramingRejectHasItsOwnHead()
    {
        HashSet<string> named = ["RequestLineTooLong", "HeadTooLarge", "TooManyFieldLines", "HeadTimeout", "TooManyConnections"];
        foreach (object[] row in Refused) named.Add((string)row[0]);
        foreach (HttpReject reject in Enum.GetValues<HttpReject>())
        {
            if (HttpRejects.BreaksFraming(reject)) Assert.Contains(reject.ToString(), named);
        }
    }

    [Fact]
    public void LongRequestLineIs414AndLongHeadIs431()
    {
        string line = "GET /" + new string('a', Limits.HttpHeadBytes);
        Assert.Equal(HttpReject.RequestLineTooLong, Parse(line, out _));
        string head = "GET / HTTP/1.1\r\nHost: a\r\nX: " + new string('a', Limits.HttpHeadBytes);
        Assert.Equal(HttpReject.HeadTooLarge, Parse(head, out _));
        Assert.Equal(HttpStatus.UriTooLong, HttpRejects.StatusOf(HttpReject.RequestLineTooLong));
        Assert.Equal(HttpStatus.RequestHeaderFieldsTooLarge, HttpRejects.StatusOf(HttpReject.HeadTooLarge));
    }

    [Fact]
    public void FieldLinesAreLimited()
    {
        StringBuilder head = new("GET / HTTP/1.1\r\nHost: a\r\n");
        for (int i = 1; i < Limits.HttpFieldLines; i++) head.Append("X: y\r\n");
        Assert.Equal(HttpReject.None, Parse(head + "\r\n", out _));
        Assert.Equal(HttpReject.TooManyFieldLines, Parse(head + "X: y\r\n\r\n", out _));
    }

    [Theory]
    [InlineData("GET", nameof(HttpMethod.Get))]
    [InlineData("HEAD", nameof(HttpMethod.Head))]
    [InlineData("OPTIONS", nameof(HttpMethod.Options))]
    [InlineData("get", nameof(HttpMethod.Unknown))]
    [InlineData("POST", nameof(HttpMethod.Post))]
    [InlineData("GETX", nameof(HttpMethod.Unknown))]
    [InlineData("DELETE", nameof(HttpMethod.Other))]
    public void MethodsAreCaseSensitive(string method, string expected)
    {
        foreach (string target in (string[])["/", "/a%20b", "*", "http://h/x", "/\u00e9"])
        {
            foreach (string version in (string[])["HTTP/1.0", "HTTP/1.1", "HTTP/1.2"])
            {
                Assert.Equal(HttpReject.None, Parse($"{method} {target} {version}\r\nHost: a\r\n\r\n", out HttpRequest request));
                Assert.Equal(expected, request.Method.ToString());
                Assert.Equal(target, Text(request.Target));
                Assert.Equal(version == "HTTP/1.0", request.IsHttp10);
            }
        }
    }

    /// <summary>RFC 9112 section 9.3.</summary>
    [Theory]
    [InlineData("HTTP/1.1", "", true)]
    [InlineData("HTTP/1.1", "Connection: Close\r\n", false)]
    [InlineData("HTTP/1.1", "Connection: a\r\nConnection: b , close\r\n", false)]
    [InlineData("HTTP/1.0", "", false)]
    [InlineData("HTTP/1.0", "Connection: Keep-Alive\r\n", true)]
    [InlineData("HTTP/1.0", "Connection: keep-alive, close\r\n", false)]
    public void ConnectionPersistsAsAsked(string version, string fields, bool persists)
    {
        Assert.Equal(HttpReject.None, Parse($"GET / {version}\r\nHost: a\r\n{fields}\r\n", out HttpRequest request));
        Assert.Equal(persists, request.Persists);
    }

    [Fact]
    public void EqualContentLengthsAreOne()
    {
        string head = "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 05\r\n\r\n";
        Assert.Equal(HttpReject.None, Parse(head, out HttpRequest request));
        Assert.Equal(5, request.ContentLength);
    }

    [Fact]
    public void TwoRangesFieldsMeanNothing()
    {
        Assert.Equal(HttpReject.None, Parse("GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\nRange: bytes=2-3\r\n\r\n", out HttpRequest request));
        Assert.True(request.Range.IsEmpty);
    }

    /// <summary>A quarter of a million damaged heads: none may do anything but be refused, be whole, or wait for more.</summary>
    [Fact]
    public void MutatedHeadsNeverEscape()
    {
        Prng prng = new(20261122);
        byte[] golden = Encoding.Latin1.GetBytes(Full);
        byte[] bytes = new byte[golden.Length];
        byte[] room = new byte[Limits.PathBytes];
        ReadOnlySpan<byte> tokens = "\r\n: \t,%\0\"*/?-=HTTP1."u8;
        HttpRange[] ranges = new HttpRange[HttpRange.CountMax];
        for (int round = 0; round < 250_000; round++)
        {
            golden.CopyTo(bytes.AsSpan());
            int length = prng.Below(8) == 0 ? prng.Below(golden.Length) : golden.Length;
            for (int i = prng.Below(4); i >= 0; i--)
                bytes[prng.Below(golden.Length)] = prng.Below(2) == 0 ? (byte)prng.Below(256) : tokens[prng.Below(tokens.Length)];
            int scanned = 0;
            HttpReject reject = HttpRequest.Parse(bytes.AsSpan(0, length), ref scanned, out HttpRequest request);
            if (reject != HttpReject.None) continue;
            Assert.InRange(request.HeadBytes, 1, length);
            Assert.False(request.Target.IsEmpty);
            Assert.InRange(request.ContentLength, 0, HttpRequest.BodyBytesMax);
            if (HttpTarget.Parse(request.Target, request.Method, room, out HttpTarget target) == HttpReject.None)
                Assert.False(Text(target.Key).Split('/').AsSpan().Contains(".."));
            if (HttpRange.Parse(request.Range, 1000, ranges, out int count) != HttpRangeOutcome.Partial) continue;
            foreach (HttpRange range in ranges.AsSpan(0, count)) Assert.InRange(range.Start + range.Length, 1, 1000);
        }
    }

    private static HttpReject Parse(string head, out HttpRequest request)
    {
        int scanned = 0;
        return HttpRequest.Parse(Encoding.Latin1.GetBytes(head), ref scanned, out request);
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
