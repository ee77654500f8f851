using System;
using System.Collections.Generic;
using System.Linq;
using static Aglet.Tests.Conformance.ConformanceTarget;
using static Aglet.Tests.Conformance.RequirementLevel;

namespace Aglet.Tests.Conformance;

/// <summary>HTTP/1.1 messages and connections: RFC 9112 sections 2, 3, 5 and 9.</summary>
internal static class HttpMessageRequirements
{
    private const string Small = "/f1000";

    public static IReadOnlyList<Requirement> Rows { get; } =
    [
        new("http-get", "RFC 9112 2.1", Must, "GET gives the file as it is, with its length.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Get(Small);
            Demand.That(reply.Status == 200, $"{reply}");
            Demand.Same(t.Bytes(Sized(1000)), reply.Body);
        }),
        new("http-get-big", "RFC 9112 6.2", Must, "A large file arrives whole.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            Demand.Same(t.Bytes(Big), c.Get("/" + Big).Body);
        }),
        new("http-get-empty", "RFC 9112 6.2", Must, "An empty file is a 200 with Content-Length: 0.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Get("/f0");
            Demand.That(reply.Status == 200 && reply["Content-Length"] == "0", $"{reply}");
        }),
        new("http-empty-lines", "RFC 9112 2.2", Should, "Empty lines before the request line are skipped.",
            t => Answers(t, "\r\n\r\n" + HttpProbe.Text("GET", Small), 200)),
        new("http-empty-line-between", "RFC 9112 2.2", Should, "An empty line between requests is skipped.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            Demand.That(c.Raw(HttpProbe.Text("GET", Small) + "\r\n" + HttpProbe.Text("GET", "/f1")).Status == 200, "the first");
            HttpReply second = c.Read();
            Demand.That(second.Status == 200 && second.Body.Length == 1, $"{second}");
        }),
        new("http-method-case", "RFC 9110 9.1", Must, "Methods have a case: 'get' is not GET.",
            t => Answers(t, HttpProbe.Text("get", Small), 400, 405, 501)),
        new("http-0.9", "RFC 9112 3", Should, "A request line without a version is a 400.", t => Rejects(t, "GET " + Small + "\r\n\r\n", 400)),
        new("http-no-target", "RFC 9112 3", Should, "A request line without a target is a 400.",
            t => Rejects(t, "GET HTTP/1.1\r\nHost: a\r\n\r\n", 400)),
        new("http-garbage", "RFC 9112 3", Should, "Garbage is a 400.", t => Rejects(t, "\x16\x03\x01\x02\x00 what\r\n\r\n", 400)),
        new("http-space-in-target", "RFC 9112 3.2", Should, "A space in the target is a 400.",
            t => Rejects(t, "GET /with space.bin HTTP/1.1\r\nHost: a\r\n\r\n", 400)),
        new("http-control-in-target", "RFC 9112 3.2", Should, "A control character in the target is a 400.",
            t => Rejects(t, "GET /f\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400)),
        new("http-space-line", "RFC 9112 2.2", Must, "Whitespace between request line and fields is refused or skipped, never a field.",
            t => NotPartial(t, $"GET {Small} HTTP/1.1\r\n Range: bytes=0-0\r\nHost: a\r\n\r\n")),
        new("http-bare-cr", "RFC 9112 2.2", Must, "A lone CR does not end a line.",
            t => NotPartial(t, $"GET {Small} HTTP/1.1\r\nHost: a\r\nX-A: b\rRange: bytes=0-0\r\n\r\n")),
        new("http-bare-cr-400", "RFC 9112 2.2", Should, "A lone CR is a 400.",
            t => Rejects(t, $"GET {Small} HTTP/1.1\r\nHost: a\r\nX-A: b\rc\r\n\r\n", 400)),
        new("http-bare-lf", "RFC 9112 2.2", May, "A line that ends in LF alone is read or refused, and nothing else.",
            t => Answers(t, $"GET {Small} HTTP/1.1\nHost: a\n\n", 200, 400)),
        new("http-version-2", "RFC 9110 15.6.6", Should, "HTTP/2.0 in a request line is a 505.",
            t => Rejects(t, $"GET {Small} HTTP/2.0\r\nHost: a\r\n\r\n", 505)),
        new("http-version-1.2", "RFC 9110 2.5", Must, "A higher minor version is answered as 1.1.",
            t => Answers(t, $"GET {Small} HTTP/1.2\r\nHost: a\r\n\r\n", 200)),
        new("http-version-case", "RFC 9112 2.3", Must, "'http/1.1' is no version.",
            t => Rejects(t, $"GET {Small} http/1.1\r\nHost: a\r\n\r\n", 400, 505)),
        new("http-version-word", "RFC 9112 2.3", Must, "'HTTP/one' is no version.",
            t => Rejects(t, $"GET {Small} HTTP/one\r\nHost: a\r\n\r\n", 400, 505)),
        new("http-answer-version", "RFC 9110 6.2", Must, "The answer's version is HTTP/1.1 for a request of that.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Get(Small);
            Demand.That(reply.StatusLine.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal), $"{reply}");
        }),

        new("http-absolute", "RFC 9112 3.2.2", Must, "A request target in absolute-form is taken.", t =>
            Answers(t, $"GET http://10.0.0.1{Small} HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n", 200)),
        new("http-absolute-host", "RFC 9112 3.2.2", Must, "The authority of absolute-form stands for the Host field.", t =>
            Answers(t, $"GET http://10.0.0.1{Small} HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n", 200)),
        new("http-absolute-case", "RFC 9110 4.2.3", Must, "The scheme is taken in any case.", t =>
            Answers(t, $"GET HTTP://10.0.0.1{Small} HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n", 200)),
        new("http-no-host", "RFC 9112 3.2", Must, "HTTP/1.1 without Host is a 400.", t => Rejects(t, $"GET {Small} HTTP/1.1\r\n\r\n", 400)),
        new("http-two-hosts", "RFC 9112 3.2", Must, "Two Host fields are a 400.",
            t => Rejects(t, $"GET {Small} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400)),
        new("http-two-same-hosts", "RFC 9112 3.2", Must, "Two Host fields are a 400 also when they are the same.",
            t => Rejects(t, $"GET {Small} HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400)),
        new("http-bad-host", "RFC 9112 3.2", Must, "A Host that is no host is a 400.",
            t => Rejects(t, $"GET {Small} HTTP/1.1\r\nHost: a b/c\r\n\r\n", 400)),
        new("http-host-user", "RFC 9110 4.2.4", Should, "A Host with a user's name is a 400.",
            t => Rejects(t, $"GET {Small} HTTP/1.1\r\nHost: user@a\r\n\r\n", 400)),
        new("http-empty-host", "RFC 9112 3.2", Must, "An empty Host is lawful.",
            t => Answers(t, $"GET {Small} HTTP/1.1\r\nHost:\r\n\r\n", 200)),
        new("http-1.0-no-host", "RFC 9112 3.2", Must, "HTTP/1.0 needs no Host.", t => Answers(t, $"GET {Small} HTTP/1.0\r\n\r\n", 200)),
        new("http-asterisk-get", "RFC 9112 3.2.4", Should, "The target * is for OPTIONS alone.",
            t => Answers(t, HttpProbe.Text("GET", "*"), 400, 404)),
        new("http-connect", "RFC 9110 9.3.6", Must, "CONNECT opens no tunnel.",
            t => Answers(t, "CONNECT 10.0.0.1:80 HTTP/1.1\r\nHost: 10.0.0.1:80\r\n\r\n", 400, 403, 404, 405, 501)),
        new("http-long-line", "RFC 9112 3", Should, "A request line of 8000 bytes is read.",
            t => Answers(t, HttpProbe.Text("GET", Small + "?" + new string('q', 7950)), 200)),
        new("http-414", "RFC 9112 3", Must, "A target that is longer than will be read is a 414.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            c.Send(HttpProbe.Text("GET", "/" + new string('u', 100_000)));
            int status = c.StatusOrClosed();
            Demand.That(status == 414, $"{status}");
        }),

        new("http-obs-fold", "RFC 9112 5.2", Must, "A folded line is refused or part of the value before it, never a field.",
            t => NotPartial(t, $"GET {Small} HTTP/1.1\r\nHost: a\r\nX-A: b\r\n Range: bytes=0-0\r\n\r\n")),
        new("http-space-before-colon", "RFC 9112 5.1", Must, "Whitespace between name and colon is a 400.",
            t => Rejects(t, $"GET {Small} HTTP/1.1\r\nHost: a\r\nX-A : b\r\n\r\n", 400)),
        new("http-host-space-colon", "RFC 9112 5.1", Must, "Also for Host.",
            t => Rejects(t, $"GET {Small} HTTP/1.1\r\nHost : a\r\n\r\n", 400)),
        new("http-no-colon", "RFC 9112 5", Should, "A line without a colon is a 400.",
            t => Rejects(t, $"GET {Small} HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", 400)),
        new("http-no-name", "RFC 9112 5", Should, "A field without a name is a 400.",
            t => Rejects(t, $"GET {Small} HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400)),
        new("http-bad-name", "RFC 9110 5.1", Should, "A field name that is no token is a 400.",
            t => Rejects(t, $"GET {Small} HTTP/1.1\r\nHost: a\r\nX(A): b\r\n\r\n", 400)),
        new("http-nul", "RFC 9110 5.5", Should, "A NUL in a value is a 400.",
            t => Rejects(t, $"GET {Small} HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n", 400)),
        new("http-name-case", "RFC 9110 5.1", Must, "Field names are taken in any case.",
            t => Answers(t, HttpProbe.Text("GET", Small, "rAnGE: bytes=0-0"), 206)),
        new("http-no-whitespace", "RFC 9112 5", Must, "No whitespace is needed before a value.",
            t => Answers(t, HttpProbe.Text("GET", Small, "Range:bytes=0-0"), 206)),
        new("http-whitespace", "RFC 9112 5", Must, "Whitespace around a value is not part of it.",
            t => Answers(t, HttpProbe.Text("GET", Small, "Range: \t bytes=0-0 \t "), 206)),
        new("http-empty-value", "RFC 9110 5.5", Must, "A field may be empty.", t => Answers(t, HttpProbe.Text("GET", Small, "X-A:"), 200)),
        new("http-high-bytes", "RFC 9110 5.5", Should, "Bytes above 127 in a value are opaque.",
            t => Answers(t, HttpProbe.Text("GET", Small, "X-A: \xe9\xff"), 200)),
        new("http-unknown-field", "RFC 9110 5.1", Must, "Unknown fields are ignored.",
            t => Answers(t, HttpProbe.Text("GET", Small, "X-Unknown: 1", "Upgrade: h2c", "Cookie: a=b"), 200)),
        new("http-60-fields", "RFC 9110 5.4", Should, "Sixty fields are read.",
            t => Answers(t, HttpProbe.Text("GET", Small, [.. Enumerable.Range(0, 60).Select(i => $"X-{i}: {i}")]), 200)),
        new("http-431", "RFC 9110 5.4", Must, "A field that is longer than will be read is a 4xx: 431.",
            t => Rejects(t, HttpProbe.Text("GET", Small, "X-A: " + new string('v', 100_000)), 431, 400, 413)),
        new("http-431-many", "RFC 9110 5.4", Must, "More fields than will be read are a 4xx: 431.", t => Rejects(
            t, HttpProbe.Text("GET", Small, [.. Enumerable.Range(0, 5000).Select(i => $"X-{i}: {i} and some more words")]), 431, 400, 413)),

        new("http-persistent", "RFC 9112 9.3", Must, "A connection stays for another request.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            for (int i = 0; i < 5; i++) Demand.That(c.Get(Small).Status == 200, "not served");
        }),
        new("http-close", "RFC 9112 9.6", Must, "After 'Connection: close' the connection is closed.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            Demand.That(c.Get(Small, "Connection: close").Status == 200, "not served");
            c.Closes();
        }),
        new("http-close-said", "RFC 9112 9.6", Should, "The last answer says 'Connection: close'.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Get(Small, "Connection: close");
            Demand.That(!reply.Persists, reply.Head);
        }),
        new("http-close-list", "RFC 9110 7.6.1", Must, "'close' is found in a list, in any case.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            c.Get(Small, "Connection: TE , CLOSE");
            c.Closes();
        }),
        new("http-close-last", "RFC 9112 9.6", Must, "What comes after 'Connection: close' is not answered.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            c.Raw(HttpProbe.Text("GET", Small, "Connection: close") + HttpProbe.Text("GET", "/f1"));
            c.Closes();
        }),
        new("http-1.0-closes", "RFC 9112 9.3", Must, "After an HTTP/1.0 request the connection is closed.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            Demand.That(c.Raw($"GET {Small} HTTP/1.0\r\n\r\n").Status == 200, "not served");
            c.Closes();
        }),
        new("http-1.0-keep-alive", "RFC 9112 9.3", May, "HTTP/1.0 with keep-alive stays, and says so.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Raw($"GET {Small} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            Demand.That((reply["Connection"] ?? "").Contains("keep-alive", StringComparison.OrdinalIgnoreCase), reply.Head);
            Demand.That(c.Raw($"GET {Small} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").Status == 200, "not served again");
        }),
        new("http-1.0-not-chunked", "RFC 9112 6.1", Must, "HTTP/1.0 gets no Transfer-Encoding.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            Demand.That(c.Raw($"GET {Small} HTTP/1.0\r\n\r\n")["Transfer-Encoding"] is null, "it got one");
        }),
        new("http-pipeline", "RFC 9112 9.3.2", Must, "Requests that come together are answered in their order.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            c.Send(string.Concat(((int[])[1, 511, 512, 513, 5000, 1]).Select(size => HttpProbe.Text("GET", $"/f{size}"))));
            foreach (int size in (int[])[1, 511, 512, 513, 5000, 1]) Demand.Same(t.Bytes(Sized(size)), c.Read().Body);
        }),
        new("http-pipeline-mixed", "RFC 9112 9.3.2", Must, "Also when HEAD, a 404 and a large file are among them.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            c.Send(HttpProbe.Text("HEAD", Small) + HttpProbe.Text("GET", "/absent") + HttpProbe.Text("GET", "/" + Big)
                + HttpProbe.Text("GET", "/f1"));
            Demand.That(c.Read("HEAD").Status == 200, "HEAD");
            Demand.That(c.Read().Status == 404, "no 404");
            Demand.Same(t.Bytes(Big), c.Read().Body);
            Demand.Same(t.Bytes(Sized(1)), c.Read().Body);
        }),
        new("http-byte-by-byte", "RFC 9112 2.2", Must, "A request may come byte by byte.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            foreach (char value in HttpProbe.Text("GET", Small)) c.Send(value.ToString());
            Demand.Same(t.Bytes(Sized(1000)), c.Read().Body);
        }),
        new("http-half-closed", "nc, RFC 1122 4.2.2.13", Client, "A client that sends no more still gets its answer whole.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            c.Send(HttpProbe.Text("GET", "/" + Big));
            c.EndSending();
            Demand.Same(t.Bytes(Big), c.Read().Body);
        }),
        new("http-half-closed-pipeline", "nc, RFC 1122 4.2.2.13", Client, "So do all requests that it sent before.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            c.Send(HttpProbe.Text("GET", "/" + Big) + HttpProbe.Text("GET", "/f5000"));
            c.EndSending();
            Demand.Same(t.Bytes(Big), c.Read().Body);
            Demand.Same(t.Bytes(Sized(5000)), c.Read().Body);
        }),
        new("http-bad-closes", "RFC 9112 9.3", Must, "After a request that cannot be framed nothing more is answered.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            c.Raw($"GET {Small} HTTP/1.1\r\nHost: a\r\nContent-Length: five\r\n\r\n" + HttpProbe.Text("GET", "/f1"));
            c.Closes();
        }),
        new("http-two-connections", "RFC 9112 9.4", Must, "Connections do not disturb one another.", t =>
        {
            using HttpProbe one = t.OpenHttp();
            using HttpProbe two = t.OpenHttp();
            one.Send(HttpProbe.Text("GET", "/" + Big));
            two.Send($"GET {Small} HTTP/1.1\r\n");
            Demand.Same(t.Bytes(Big), one.Read().Body);
            Demand.Same(t.Bytes(Sized(1000)), two.Raw("Host: a\r\n\r\n").Body);
        }),
    ];

    /// <summary>The answer has one of the statuses.</summary>
    public static void Answers(ConformanceTarget t, string request, params IReadOnlyList<int> statuses)
    {
        using HttpProbe c = t.OpenHttp();
        HttpReply reply = c.Raw(request);
        Demand.That(statuses.Contains(reply.Status), $"{reply} instead of {string.Join(" or ", statuses)}");
    }

    /// <summary>The same, and the server may not go on as if nothing had been: no 2xx follows on the connection.</summary>
    public static void Rejects(ConformanceTarget t, string request, params IReadOnlyList<int> statuses)
    {
        using HttpProbe c = t.OpenHttp();
        c.Send(request);
        int status = c.StatusOrClosed();
        Demand.That(statuses.Contains(status), status == 0
            ? $"closed without an answer instead of {string.Join(" or ", statuses)}"
            : $"{status} instead of {string.Join(" or ", statuses)}");
    }

    /// <summary>A Range field that is none was not taken for one.</summary>
    private static void NotPartial(ConformanceTarget t, string request)
    {
        using HttpProbe c = t.OpenHttp();
        c.Send(request);
        int status = c.StatusOrClosed();
        Demand.That(status is 0 or 200 or 400, $"{status}");
    }
}
