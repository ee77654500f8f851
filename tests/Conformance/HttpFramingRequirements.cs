using System;
using System.Collections.Generic;
using System.Linq;
using static Aglet.Tests.Conformance.RequirementLevel;

namespace Aglet.Tests.Conformance;

/// <summary>Where a request ends: RFC 9112 sections 6, 7 and 11.2. What differs here between two servers is how requests are smuggled.</summary>
internal static class HttpFramingRequirements
{
    private const string Head = "GET /f1000 HTTP/1.1\r\nHost: a\r\n";

    /// <summary>A request that is answered only if it is taken out of a body.</summary>
    private const string Smuggled = "GET /f1 HTTP/1.1\r\nHost: a\r\n\r\n";

    public static IReadOnlyList<Requirement> Rows { get; } =
    [
        Refused("http-cl-word", "Content-Length: five"),
        Refused("http-cl-plus", "Content-Length: +5"),
        Refused("http-cl-minus", "Content-Length: -5"),
        Refused("http-cl-hex", "Content-Length: 0x5"),
        Refused("http-cl-space", "Content-Length: 1 5"),
        Refused("http-cl-trailing", "Content-Length: 5x"),
        Refused("http-cl-empty", "Content-Length:"),
        Refused("http-cl-differing", "Content-Length: 5\r\nContent-Length: 6"),
        Refused("http-cl-differing-list", "Content-Length: 5, 6"),
        new("http-cl-overflow", "RFC 9110 8.6", Must, "A length that fits no number is refused.",
            t => HttpMessageRequirements.Rejects(t, Head + "Content-Length: 99999999999999999999\r\n\r\n", 400, 413)),
        new("http-cl-wraps", "RFC 9110 8.6", Must, "A length of 2^64 + 5 is not 5.",
            t => HttpMessageRequirements.Rejects(t, Head + "Content-Length: 18446744073709551621\r\n\r\nhello", 400, 413)),
        new("http-cl-and-te", "RFC 9112 6.1", Must, "Both lengths: refused, or closed after one answer.", t => OneAnswer(
            t, "POST /f1000 HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Smuggled)),
        new("http-te-and-cl", "RFC 9112 6.1", Must, "In the other order, too.", t => OneAnswer(
            t, "POST /f1000 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n"
            + $"{Smuggled.Length:x}\r\n{Smuggled}\r\n0\r\n\r\n")),
        new("http-te-unknown", "RFC 9112 6.1", Should, "An unknown transfer coding is a 501.",
            t => HttpMessageRequirements.Rejects(t, Head + "Transfer-Encoding: gzip\r\n\r\n", 501, 400)),
        new("http-te-not-last", "RFC 9112 6.3", Must, "A coding behind chunked is refused.",
            t => HttpMessageRequirements.Rejects(t, Head + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400, 501)),
        new("http-te-twice", "RFC 9112 6.1", Must, "chunked twice is refused.",
            t => HttpMessageRequirements.Rejects(t, Head + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400, 501)),
        new("http-te-hidden", "RFC 9112 6.1", Must, "Disguised names of chunked hide no request.",
            t => OneAnswer(t, "POST /f1000 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b" + "chunked\r\n\r\n0\r\n\r\n" + Smuggled)),
        new("http-te-case", "RFC 9112 7", Must, "'Chunked' is chunked in any case.", t => BodyIsNoRequest(
            t, $"GET /f1000 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: cHuNkEd\r\n\r\n{Smuggled.Length:x}\r\n{Smuggled}\r\n0\r\n\r\n")),
        new("http-te-1.0", "RFC 9112 6.1", Must, "HTTP/1.0 with Transfer-Encoding: one answer and no more.", t => OneAnswer(
            t, "GET /f1000 HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Smuggled)),
        new("http-body", "RFC 9112 6.3", Must, "The body of a GET is not the next request.", t => BodyIsNoRequest(
            t, $"GET /f1000 HTTP/1.1\r\nHost: a\r\nContent-Length: {Smuggled.Length}\r\n\r\n{Smuggled}")),
        new("http-body-next", "RFC 9112 9.3", Should, "The request behind a body is answered, or the connection closes.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Raw($"GET /f1000 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello{HttpProbe.Text("GET", "/f511")}");
            Demand.That(reply.Status == 200, $"{reply}");
            if (reply.Persists) Demand.That(c.Read().Body.Length == 511, "another answer than that of the second request");
            else c.Closes();
        }),
        new("http-body-same-twice", "RFC 9110 8.6", May, "The same length twice is one length or a 400.", t => Either(
            t, Head + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 200, 400)),
        new("http-chunked", "RFC 9112 7.1", Must, "A chunked body is read or the connection closed; it is not the next request.",
            t => BodyIsNoRequest(t, Chunked($"{Smuggled.Length:x}\r\n{Smuggled}\r\n0\r\n\r\n"))),
        new("http-chunked-extension", "RFC 9112 7.1.1", Must, "Chunk extensions and trailers are not the next request.",
            t => BodyIsNoRequest(t, Chunked($"{Smuggled.Length:x};name=\"value\"\r\n{Smuggled}\r\n0\r\nX-Trailer: 1\r\n\r\n"))),
        new("http-chunked-next", "RFC 9112 7.1", Should, "The request behind a chunked body is answered, or the connection closes.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Raw(Chunked("5\r\nhello\r\n0\r\n\r\n") + HttpProbe.Text("GET", "/f511"));
            Demand.That(reply.Status is 200 or 400 or 411 or 413, $"{reply}");
            if (reply.Persists) Demand.That(c.Read().Body.Length == 511, "another answer than that of the second request");
            else c.Closes();
        }),
        new("http-chunk-size-word", "RFC 9112 7.1", Must, "A chunk size that is none hides no request.",
            t => OneAnswer(t, Chunked("xyz\r\nhello\r\n0\r\n\r\n") + Smuggled)),
        new("http-chunk-size-huge", "RFC 9112 7.1", Must, "A chunk size that fits no number hides no request.",
            t => OneAnswer(t, Chunked("10000000000000005\r\nhello\r\n0\r\n\r\n") + Smuggled)),
        new("http-body-large", "RFC 9110 15.5.14", Must, "A body that is announced as huge is not waited for.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            c.Send("POST /f1000 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n");
            int status = c.StatusOrClosed();
            Demand.That(status is 0 or (>= 400 and < 500), $"{status}");
        }),
        new("http-answer-framed", "RFC 9112 6.3", Must, "Each answer has one length, and never two kinds of it.", t =>
        {
            foreach (string target in (string[])["/f1000", "/absent", "/f0", "/"])
            {
                using HttpProbe c = t.OpenHttp();
                HttpReply reply = c.Get(target);
                int lengths = reply.Values("Content-Length").Count;
                bool isChunked = reply["Transfer-Encoding"] is not null;
                Demand.That(isChunked ? lengths == 0 : lengths == 1 || !reply.Persists, reply.Head);
            }
        }),
        new("http-continue", "RFC 9110 10.1.1", Must, "Expect: 100-continue gets 100 or the final answer at once.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Raw("POST /f1000 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            Demand.That(reply.Status is 100 or >= 200, $"{reply}");
        }),
        new("http-continue-1.0", "RFC 9110 10.1.1", Must, "HTTP/1.0 never gets a 100.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Raw("GET /f1000 HTTP/1.0\r\nExpect: 100-continue\r\n\r\n");
            Demand.That(reply.Status == 200, $"{reply}");
        }),
        new("http-continue-no-body", "RFC 9110 10.1.1", May, "Without a body there need be no 100.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Get("/f1000", "Expect: 100-continue");
            if (reply.Status == 100) reply = c.Read();
            Demand.That(reply.Status == 200, $"{reply}");
        }),
        new("http-expect-unknown", "RFC 9110 10.1.1", May, "An unknown expectation is a 417 or ignored.",
            t => HttpMessageRequirements.Answers(t, HttpProbe.Text("GET", "/f1000", "Expect: miracles"), 417, 200)),
        new("http-continue-smuggle", "RFC 9110 10.1.1", Must, "A body that was announced with Expect is not the next request.", t => BodyIsNoRequest(
            t, $"GET /f1000 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {Smuggled.Length}\r\n\r\n{Smuggled}")),
    ];

    private static string Chunked(string body) => "GET /f1000 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body;

    private static Requirement Refused(string id, string fields)
        => new(id, "RFC 9112 6.3", Must, $"'{fields.Replace("\r\n", "|", StringComparison.Ordinal)}' is a 400.",
            t => HttpMessageRequirements.Rejects(t, Head + fields + "\r\n\r\nhello", 400));

    private static void Either(ConformanceTarget t, string request, params IReadOnlyList<int> statuses)
        => HttpMessageRequirements.Rejects(t, request, statuses);

    /// <summary>There is one answer of any status, and no other follows.</summary>
    private static void OneAnswer(ConformanceTarget t, string request)
    {
        using HttpProbe c = t.OpenHttp();
        c.Send(request);
        _ = c.StatusOrClosed();
        string more = c.Remainder();
        Demand.That(!more.Contains("HTTP/1.", StringComparison.Ordinal), $"another answer: '{more.Split("\r\n")[0]}'");
    }

    /// <summary>Whatever is answered, the request that lies in the body is not.</summary>
    private static void BodyIsNoRequest(ConformanceTarget t, string request)
    {
        using HttpProbe c = t.OpenHttp();
        HttpReply reply = c.Raw(request);
        if (reply.Status == 100) reply = c.Read();
        string more = c.Remainder();
        Demand.That(reply.Body.Length != 1 && !more.Contains("Content-Length: 1\r\n", StringComparison.OrdinalIgnoreCase),
            "the request in the body was answered");
    }
}
