using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using static Aglet.Tests.Conformance.ConformanceTarget;
using static Aglet.Tests.Conformance.HttpMessageRequirements;
using static Aglet.Tests.Conformance.RequirementLevel;

namespace Aglet.Tests.Conformance;

/// <summary>Methods, fields and conditional requests: RFC 9110 sections 6 to 13.</summary>
internal static class HttpSemanticsRequirements
{
    private const string Small = "/f1000";
    private const string Exact = "Thu, 04 Mar 2021 05:06:07 GMT";
    private const string Earlier = "Wed, 03 Mar 2021 05:06:07 GMT";
    private const string Later = "Fri, 05 Mar 2021 05:06:07 GMT";

    public static IReadOnlyList<Requirement> Rows { get; } =
    [
        new("http-head", "RFC 9110 9.3.2", Must, "HEAD has no body, and the connection goes on.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            Demand.That(c.Ask("HEAD", Small).Status == 200, "not served");
            Demand.Same(t.Bytes(Sized(1)), c.Get("/f1").Body);
        }),
        new("http-head-fields", "RFC 9110 9.3.2", Should, "HEAD has the fields of GET.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply head = c.Ask("HEAD", Small);
            HttpReply get = c.Get(Small);
            foreach (string name in (string[])["Content-Length", "Content-Type", "ETag", "Last-Modified", "Accept-Ranges"])
                Demand.That(head[name] == get[name], $"{name}: {head[name]} instead of {get[name]}");
        }),
        new("http-head-missing", "RFC 9110 9.3.2", Must, "HEAD of what is not there is a 404 without a body.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Ask("HEAD", "/absent");
            Demand.That(reply.Status == 404, $"{reply}");
            if (reply.Persists) Demand.Same(t.Bytes(Sized(1)), c.Get("/f1").Body);
            else c.Closes();
        }),
        new("http-404", "RFC 9110 15.5.5", Must, "What is not there is a 404.", t => Answers(t, HttpProbe.Text("GET", "/absent"), 404)),
        new("http-404-goes-on", "RFC 9112 9.3", Should, "After a 404 the connection goes on.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            c.Get("/absent");
            Demand.That(c.Get(Small).Status == 200, "it did not");
        }),
        new("http-date", "RFC 9110 6.6.1", Must, "An answer has a Date, written as IMF-fixdate.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            DateTime date = DateOf(c.Get(Small)["Date"]);
            Demand.That(Math.Abs((date - DateTime.UtcNow).TotalHours) < 1, $"{date}");
        }),
        new("http-date-404", "RFC 9110 6.6.1", Must, "A 404 has a Date, too.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            _ = DateOf(c.Get("/absent")["Date"]);
        }),
        new("http-last-modified", "RFC 9110 8.8.2", Should, "Last-Modified is the file's time.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            Demand.That(c.Get(Small)["Last-Modified"] == Exact, c.Get(Small).Head);
        }),
        new("http-etag", "RFC 9110 8.8.3", Should, "There is an ETag: strong, quoted.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            string tag = c.Get(Small)["ETag"] ?? "none";
            Demand.That(tag.Length > 2 && tag[0] == '"' && tag[^1] == '"', tag);
        }),
        new("http-etag-same", "RFC 9110 8.8.1", Must, "The ETag of a file stays, and another file has another.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            string tag = Tag(t);
            Demand.That(c.Get(Small)["ETag"] == tag, "it changed");
            Demand.That(c.Get("/f5000")["ETag"] != tag, "the same for another file");
        }),
        new("http-content-type", "RFC 9110 8.3", Should, "A file has a Content-Type.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            Demand.That(c.Get(Small)["Content-Type"] is { Length: > 0 }, "none");
        }),
        new("http-no-encoding", "RFC 9110 8.4", Must, "A file that is compressed is sent as it is, without Content-Encoding.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Get("/data.tar.gz", "Accept-Encoding: gzip, br");
            Demand.That(reply["Content-Encoding"] is null, reply.Head);
            Demand.Same(t.Bytes("data.tar.gz"), reply.Body);
        }),
        new("http-percent", "RFC 3986 6.2.2.2", Must, "%66 is f.", t => Fetches(t, "/%66" + "1000", Sized(1000))),
        new("http-percent-lower", "RFC 3986 2.1", Must, "The digits behind % are taken in any case.",
            t => Fetches(t, "/libc%2b%2B1_1.2%7erc1%2bb1_amd64.deb", "libc++1_1.2~rc1+b1_amd64.deb")),
        new("http-percent-once", "RFC 3986 2.4", Must, "A path is decoded once.", t => Fetches(t, "/per%2520cent.bin", "per%20cent.bin")),
        new("http-space", "RFC 3986 2.1", Must, "A space is %20.", t => Fetches(t, "/with%20space.bin", "with space.bin")),
        new("http-percent-bad", "RFC 3986 2.1", Should, "A % without two digits is a 400.",
            t => Answers(t, HttpProbe.Text("GET", "/f1000%zz"), 400)),
        new("http-percent-nul", "RFC 3986 7.3", Must, "%00 does not end a name.",
            t => Answers(t, HttpProbe.Text("GET", Small + "%00.txt"), 400, 403, 404)),
        new("http-outside", "RFC 9110 17.3", Must, "'..' does not lead out of the tree.", t => Inside(t, "/../" + Outside)),
        new("http-outside-encoded", "RFC 9110 17.3", Must, "Nor does it encoded, or with backslashes.", t =>
        {
            foreach (string path in (string[])["/%2e%2e/", "/Boot/..%2f..%2f", "/..%5c", "/Boot/..\\..\\", "//..//", "/.%2e/"])
                Inside(t, path + Outside);
        }),
        new("http-query", "RFC 3986 3.4", May, "The query of a file is ignored.", t => Fetches(t, Small + "?v=1", Sized(1000))),
        new("http-folder", "RFC 9110 15", Must, "A folder is a listing, a redirect or a 4xx.",
            t => Answers(t, HttpProbe.Text("GET", "/Boot/"), 200, 301, 302, 307, 308, 403, 404)),

        new("http-delete", "RFC 9110 15.5.6", Must, "DELETE is a 405 with Allow, or a 501, and deletes nothing.", t => NoMethod(t, "DELETE")),
        new("http-put", "RFC 9110 15.5.6", Must, "So is PUT.", t => NoMethod(t, "PUT")),
        new("http-post", "RFC 9110 15.5.6", Must, "So is POST to a file.", t => NoMethod(t, "POST")),
        new("http-trace", "RFC 9110 9.3.8", Must, "TRACE is refused: it would reflect secrets.", t => NoMethod(t, "TRACE")),
        new("http-501", "RFC 9110 9.1", Should, "An unknown method is a 501.", t => Answers(t, HttpProbe.Text("BREW", Small), 501)),
        new("http-405", "RFC 9110 9.1", Should, "A known method that a file does not have is a 405.",
            t => Answers(t, HttpProbe.Text("DELETE", Small), 405)),
        new("http-options", "RFC 9110 9.3.7", Should, "OPTIONS of a file tells Allow.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Ask("OPTIONS", Small);
            Demand.That(reply.Status is 200 or 204 && (reply["Allow"] ?? "").Contains("GET", StringComparison.Ordinal), reply.Head);
        }),
        new("http-options-server", "RFC 9112 3.2.4", Must, "OPTIONS * asks the server as a whole.",
            t => Answers(t, HttpProbe.Text("OPTIONS", "*"), 200, 204)),

        Conditional("http-if-none-match", "13.1.2", Must, "If-None-Match with the ETag is a 304.", 304, tag => [$"If-None-Match: {tag}"]),
        Conditional("http-if-none-match-weak", "13.1.2", Must, "It compares weakly.", 304, tag => [$"If-None-Match: W/{tag}"]),
        Conditional("http-if-none-match-list", "13.1.2", Must, "It may be a list.", 304,
            tag => [$"If-None-Match: \"a,b\", W/\"c\" ,{tag}"]),
        Conditional("http-if-none-match-any", "13.1.2", Must, "It may be *.", 304, _ => ["If-None-Match: *"]),
        Conditional("http-if-none-match-other", "13.1.2", Must, "With another tag it is a 200.", 200, _ => ["If-None-Match: \"other\""]),
        Conditional("http-if-modified-since", "13.1.3", Must, "If-Modified-Since with the file's date is a 304.", 304,
            _ => [$"If-Modified-Since: {Exact}"]),
        Conditional("http-if-modified-since-old", "13.1.3", Must, "With an earlier date it is a 200.", 200,
            _ => [$"If-Modified-Since: {Earlier}"]),
        Conditional("http-if-modified-since-later", "13.1.3", Should, "With a later date, a past one, it is a 304.", 304,
            _ => [$"If-Modified-Since: {Later}"]),
        Conditional("http-if-modified-since-bad", "13.1.3", Must, "A date that is none is ignored.", 200,
            _ => ["If-Modified-Since: yesterday"]),
        Conditional("http-date-rfc850", "5.6.7", Must, "A date may be written as RFC 850 has it.", 304,
            _ => ["If-Modified-Since: Thursday, 04-Mar-21 05:06:07 GMT"]),
        Conditional("http-date-asctime", "5.6.7", Must, "A date may be written as asctime does.", 304,
            _ => ["If-Modified-Since: Thu Mar  4 05:06:07 2021"]),
        Conditional("http-none-match-first", "13.2.2", Must, "If-None-Match goes before If-Modified-Since.", 200,
            _ => ["If-None-Match: \"other\"", $"If-Modified-Since: {Later}"]),
        Conditional("http-if-match", "13.1.1", Must, "If-Match with the ETag is a 200.", 200, tag => [$"If-Match: {tag}"]),
        Conditional("http-if-match-any", "13.1.1", Must, "If-Match: * is a 200.", 200, _ => ["If-Match: *"]),
        Conditional("http-if-match-list", "13.1.1", Must, "If-Match may be a list.", 200, tag => [$"If-Match: \"a\", {tag}"]),
        Conditional("http-if-match-other", "13.1.1", Must, "If-Match with another tag is a 412.", 412, _ => ["If-Match: \"other\""]),
        Conditional("http-if-match-weak", "13.1.1", Must, "If-Match compares strongly.", 412, tag => [$"If-Match: W/{tag}"]),
        Conditional("http-if-unmodified-since", "13.1.4", Must, "If-Unmodified-Since with an earlier date is a 412.", 412,
            _ => [$"If-Unmodified-Since: {Earlier}"]),
        Conditional("http-if-unmodified-since-same", "13.1.4", Must, "With the file's date it is a 200.", 200,
            _ => [$"If-Unmodified-Since: {Exact}"]),
        Conditional("http-if-unmodified-since-bad", "13.1.4", Must, "A date that is none is ignored.", 200,
            _ => ["If-Unmodified-Since: tomorrow"]),
        Conditional("http-match-first", "13.2.2", Must, "If-Match goes before If-Unmodified-Since.", 200,
            tag => [$"If-Match: {tag}", $"If-Unmodified-Since: {Earlier}"]),
        Conditional("http-match-then-none-match", "13.2.2", Must, "If-Match that holds is followed by If-None-Match.", 304,
            tag => [$"If-Match: {tag}", $"If-None-Match: {tag}"]),
        Conditional("http-fail-before-none-match", "13.2.2", Must, "If-Match that fails is a 412 whatever If-None-Match says.", 412,
            tag => ["If-Match: \"other\"", $"If-None-Match: {tag}"]),
        Conditional("http-condition-before-range", "13.2.2", Must, "A 304 goes before a range.", 304,
            tag => [$"If-None-Match: {tag}", "Range: bytes=0-9"]),
        Conditional("http-fail-before-range", "13.2.2", Must, "A 412 goes before a range.", 412,
            _ => ["If-Match: \"other\"", "Range: bytes=0-9"]),
        new("http-304-fields", "RFC 9110 15.4.5", Must, "A 304 has Date and the ETag, and no body.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            string tag = Tag(t);
            HttpReply reply = c.Get(Small, $"If-None-Match: {tag}");
            Demand.That(reply.Status == 304 && reply["ETag"] == tag && reply["Date"] is not null, reply.Head);
            Demand.Same(t.Bytes(Sized(1)), c.Get("/f1").Body);
        }),
        new("http-304-head", "RFC 9110 13.1.2", Must, "HEAD may be conditional.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Ask("HEAD", Small, $"If-None-Match: {Tag(t)}");
            Demand.That(reply.Status == 304, $"{reply}");
        }),
        new("http-condition-404", "RFC 9110 13.2.1", Must, "Conditions do not matter where there is nothing.",
            t => Answers(t, HttpProbe.Text("GET", "/absent", "If-None-Match: *"), 404)),
    ];

    /// <summary>The entity tag of the small file.</summary>
    public static string Tag(ConformanceTarget t)
    {
        using HttpProbe c = t.OpenHttp();
        return c.Get(Small)["ETag"] ?? throw new NotApplicable("there is no ETag");
    }

    public static void Fetches(ConformanceTarget t, string target, string file)
    {
        using HttpProbe c = t.OpenHttp();
        HttpReply reply = c.Get(target);
        Demand.That(reply.Status == 200, $"{reply}");
        Demand.Same(t.Bytes(file), reply.Body);
    }

    private static DateTime DateOf(string? value)
    {
        Demand.That(value is not null, "there is no Date");
        bool isDate = DateTime.TryParseExact(value, "ddd, dd MMM yyyy HH:mm:ss 'GMT'", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime date);
        Demand.That(isDate, $"Date: {value}");
        return date;
    }

    private static void Inside(ConformanceTarget t, string target)
    {
        using HttpProbe c = t.OpenHttp();
        c.Send(HttpProbe.Text("GET", target, "Connection: close"));
        string all = c.Remainder();
        Demand.That(!all.Contains(OutsideContent, StringComparison.Ordinal), $"{target} was served");
    }

    private static void NoMethod(ConformanceTarget t, string method)
    {
        using HttpProbe c = t.OpenHttp();
        string body = method == "TRACE" ? "" : "Content-Length: 3\r\n";
        HttpReply reply = c.Raw($"{method} {Small} HTTP/1.1\r\nHost: a\r\n{body}\r\n" + (method == "TRACE" ? "" : "new"));
        Demand.That(reply.Status is 405 or 501 or 400 or 403, $"{reply}");
        Demand.That(reply.Status != 405 || reply["Allow"] is not null, "405 without Allow");
        Fetches(t, Small, Sized(1000));
    }

    private static Requirement Conditional(
        string id, string section, RequirementLevel level, string says, int status, Func<string, string[]> fields)
        => new(id, "RFC 9110 " + section, level, says, t =>
        {
            using HttpProbe c = t.OpenHttp();
            bool usesTag = string.Concat(fields("\u0001")).Contains('\u0001', StringComparison.Ordinal);
            HttpReply reply = c.Get(Small, fields(usesTag ? Tag(t) : ""));
            Demand.That(reply.Status == status, $"{reply} instead of {status}");
            Demand.That(reply.Status != 200 || reply.Body.Length == 1000, $"{reply}");
        });
}
