using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using static Aglet.Tests.Conformance.ConformanceTarget;
using static Aglet.Tests.Conformance.RequirementLevel;

namespace Aglet.Tests.Conformance;

/// <summary>Ranges: RFC 9110 section 14, and If-Range (13.1.5).</summary>
internal static class HttpRangeRequirements
{
    private const string Small = "/f1000";
    private const string Exact = "Thu, 04 Mar 2021 05:06:07 GMT";

    public static IReadOnlyList<Requirement> Rows { get; } =
    [
        Part("http-range", "14.2", "A range is a 206 with those bytes.", "bytes=10-19", 10, 19),
        Part("http-range-one", "14.2", "A range may be one byte.", "bytes=0-0", 0, 0),
        Part("http-range-open", "14.1.2", "Without an end it goes to the last byte.", "bytes=900-", 900, 999),
        Part("http-range-whole", "14.1.2", "All bytes are a range, too.", "bytes=0-", 0, 999),
        Part("http-range-last", "14.1.2", "The last byte can be had.", "bytes=999-999", 999, 999),
        Part("http-range-cut", "14.1.2", "An end behind the last byte is cut.", "bytes=990-5000", 990, 999),
        Part("http-range-huge", "14.1.2", "Also when it fits no number.", "bytes=990-99999999999999999999999", 990, 999),
        Part("http-range-suffix", "14.1.2", "-10 are the last ten bytes.", "bytes=-10", 990, 999),
        Part("http-range-suffix-all", "14.1.2", "A suffix longer than the file is the file.", "bytes=-5000", 0, 999),
        Part("http-range-unit-case", "14.1", "The unit is taken in any case.", "Bytes=5-6", 5, 6),
        None("http-range-behind", "A first byte behind the file", "bytes=1000-"),
        None("http-range-far", "A first byte that fits no number", "bytes=99999999999999999999999-"),
        None("http-range-suffix-0", "The last zero bytes", "bytes=-0"),
        None("http-range-none-of-many", "Ranges that all lie behind the file", "bytes=1000-1001,2000-,-0"),
        new("http-range-empty-file", "RFC 9110 14.1.2", May, "A range of an empty file is a 416 or a 200.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Get("/f0", "Range: bytes=0-");
            Demand.That(reply.Status is 416 or 200, $"{reply}");
        }),
        new("http-range-unit", "RFC 9110 14.2", Must, "An unknown unit is ignored.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Get(Small, "Range: lines=1-2");
            Demand.That(reply.Status == 200 && reply.Body.Length == 1000, $"{reply}");
        }),
        Invalid("http-range-backwards", "A range that ends before it begins", "bytes=20-10"),
        Invalid("http-range-word", "A range that is a word", "bytes=abc"),
        Invalid("http-range-no-numbers", "A range without numbers", "bytes=-"),
        Invalid("http-range-sign", "A number with a sign", "bytes=+1-5"),
        new("http-range-goes-on", "RFC 9112 9.3", Must, "The connection goes on after a 206 and after a 416.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            Demand.That(c.Get(Small, "Range: bytes=0-0").Body.Length == 1, "206");
            Demand.That(c.Get(Small, "Range: bytes=5000-").Status == 416, "416");
            Demand.That(c.Get(Small).Body.Length == 1000, "200");
        }),
        new("http-range-head", "RFC 9110 14.2", Must, "A range is for GET alone.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Ask("HEAD", Small, "Range: bytes=0-9");
            Demand.That(reply.Status == 200 && reply["Content-Length"] is null or "1000", reply.Head);
        }),
        new("http-206-fields", "RFC 9110 15.3.7", Must, "A 206 has Date and the ETag of the 200.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply whole = c.Get(Small);
            HttpReply part = c.Get(Small, "Range: bytes=0-9");
            Demand.That(part["Date"] is not null && part["ETag"] == whole["ETag"], part.Head);
        }),
        new("http-accept-ranges", "RFC 9110 14.3", Should, "A 200 says Accept-Ranges: bytes.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            Demand.That(c.Get(Small)["Accept-Ranges"] == "bytes", "it does not");
        }),
        Many("http-ranges", "Two ranges are a lawful answer: both, or the whole.", "bytes=0-9,500-509", [(0, 9), (500, 509)]),
        Many("http-ranges-three", "Three ranges with spaces and empty elements are a list.", "bytes=0-0 , ,10-19,\t-5",
            [(0, 0), (10, 19), (995, 999)]),
        Many("http-ranges-overlap", "Ranges that overlap may be put together.", "bytes=0-99,50-149", [(0, 99), (50, 149)]),
        Many("http-ranges-touch", "Ranges that touch may be put together.", "bytes=0-99,100-199", [(0, 99), (100, 199)]),
        Many("http-ranges-order", "Ranges may come in any order.", "bytes=500-509,0-9", [(500, 509), (0, 9)]),
        Many("http-ranges-some", "Of several ranges only those that can be had are sent.", "bytes=0-9,5000-6000", [(0, 9)]),
        new("http-ranges-hundreds", "RFC 9110 17.15", Should, "Hundreds of ranges do not cost more than the file.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            string ranges = string.Join(',', Enumerable.Range(0, 400).Select(i => "0-"));
            c.Send(HttpProbe.Text("GET", "/f20000", "Range: bytes=" + ranges));
            int bytes = 0;
            HttpReply reply = c.Read();
            bytes += reply.Body.Length;
            Demand.That(bytes <= 2 * 20_000, $"{bytes} bytes for a file of 20000");
        }),
        IfRange("http-if-range", "With the ETag the range is sent.", tag => tag, 206),
        IfRange("http-if-range-other", "With another tag the whole is sent.", _ => "\"other\"", 200),
        IfRange("http-if-range-weak", "With a weak tag the whole is sent.", tag => "W/" + tag, 200),
        IfRange("http-if-range-date", "With the file's exact date the range is sent.", _ => Exact, 206),
        IfRange("http-if-range-earlier", "With an earlier date the whole is sent.", _ => "Wed, 03 Mar 2021 05:06:07 GMT", 200),
        IfRange("http-if-range-later", "With a later date the whole is sent: dates must be the same.",
            _ => "Fri, 05 Mar 2021 05:06:07 GMT", 200),
        new("http-if-range-alone", "RFC 9110 13.1.5", Must, "If-Range without Range is ignored.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            Demand.That(c.Get(Small, "If-Range: \"other\"").Status == 200, "it was not");
        }),
        new("http-if-range-416", "RFC 9110 13.1.5", Must, "When If-Range does not hold there is no 416 either.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Get(Small, "Range: bytes=5000-", "If-Range: \"other\"");
            Demand.That(reply.Status == 200, $"{reply}");
        }),
        new("http-range-big", "RFC 9110 14.2", Must, "A file that is put together from ranges is the file.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            byte[] content = t.Bytes(Big);
            for (int start = 0; start < content.Length; start += 99_991)
            {
                int end = Math.Min(start + 99_990, content.Length - 1);
                Demand.Same(content.AsSpan(start..(end + 1)), c.Get("/" + Big, $"Range: bytes={start}-{end}").Body);
            }
        }),
    ];

    private static Requirement Part(string id, string section, string says, string range, int first, int last)
        => new(id, "RFC 9110 " + section, Must, says, t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Get(Small, $"Range: {range}");
            Demand.That(reply.Status == 206, $"{reply}");
            Demand.That(reply["Content-Range"] == $"bytes {first}-{last}/1000", reply.Head);
            Demand.Same(t.Bytes(Sized(1000)).AsSpan(first..(last + 1)), reply.Body);
        });

    private static Requirement None(string id, string what, string range)
        => new(id, "RFC 9110 15.5.17", Should, $"{what} is a 416 that tells the size.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Get(Small, $"Range: {range}");
            Demand.That(reply.Status == 416, $"{reply}");
            Demand.That(reply["Content-Range"] == "bytes */1000", $"Content-Range: {reply["Content-Range"]}");
        });

    private static Requirement Invalid(string id, string what, string range)
        => new(id, "RFC 9110 14.2", Must, $"{what} is ignored or refused, never guessed at.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Get(Small, $"Range: {range}");
            Demand.That((reply.Status == 200 && reply.Body.Length == 1000) || reply.Status is 400 or 416, $"{reply}");
        });

    private static Requirement IfRange(string id, string says, Func<string, string> validator, int status)
        => new(id, "RFC 9110 13.1.5", Must, says, t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Get(Small, "Range: bytes=0-9", $"If-Range: {validator(HttpSemanticsRequirements.Tag(t))}");
            Demand.That(reply.Status == status && reply.Body.Length == (status == 206 ? 10 : 1000), $"{reply}");
        });

    private static Requirement Many(string id, string says, string range, (int First, int Last)[] asked)
        => new(id, "RFC 9110 15.3.7.2", Must, says, t =>
        {
            using HttpProbe c = t.OpenHttp();
            byte[] content = t.Bytes(Sized(1000));
            HttpReply reply = c.Get(Small, $"Range: {range}");
            if (reply.Status == 200)
            {
                Demand.Same(content, reply.Body);
                return;
            }

            Demand.That(reply.Status == 206, $"{reply}");
            bool[] has = new bool[content.Length];
            string type = reply["Content-Type"] ?? "";
            if (!type.StartsWith("multipart/byteranges", StringComparison.OrdinalIgnoreCase))
            {
                Mark(content, has, reply["Content-Range"], reply.Body);
            }
            else
            {
                Demand.That(reply["Content-Range"] is null, "a multipart answer with a Content-Range of its own");
                foreach ((string head, byte[] body) in Parts(type, reply.Body)) Mark(content, has, new HttpReply(head, body)["Content-Range"], body);
            }

            foreach ((int first, int last) in asked)
            {
                for (int at = first; at <= last; at++) Demand.That(has[at], $"byte {at} was not sent");
            }
        });

    /// <summary>Checks one part against the file.</summary>
    private static void Mark(byte[] content, bool[] has, string? field, byte[] body)
    {
        string[] words = (field ?? "").Split(' ', '-', '/');
        Demand.That(words is ["bytes", _, _, "1000"], $"Content-Range: {field}");
        int first = int.Parse(words[1], NumberStyles.None, CultureInfo.InvariantCulture);
        int last = int.Parse(words[2], NumberStyles.None, CultureInfo.InvariantCulture);
        Demand.That(first <= last && last < content.Length, $"Content-Range: {field}");
        Demand.Same(content.AsSpan(first..(last + 1)), body);
        has.AsSpan(first..(last + 1)).Fill(true);
    }

    /// <summary>The parts of a multipart body (RFC 2046 section 5.1.1), strictly.</summary>
    private static List<(string Head, byte[] Body)> Parts(string type, byte[] body)
    {
        int at = type.IndexOf("boundary=", StringComparison.OrdinalIgnoreCase);
        Demand.That(at > 0, $"Content-Type: {type}");
        string boundary = type[(at + 9)..].Split(';')[0].Trim().Trim('"');
        string text = "\r\n" + Encoding.Latin1.GetString(body);
        string[] pieces = text.Split("\r\n--" + boundary);
        Demand.That(pieces.Length >= 3 && pieces[0].Trim().Length == 0, "no parts");
        Demand.That(pieces[^1].StartsWith("--", StringComparison.Ordinal), "the last boundary does not end the parts");
        List<(string, byte[])> parts = [];
        foreach (string piece in pieces[1..^1])
        {
            Demand.That(piece.StartsWith("\r\n", StringComparison.Ordinal), "a boundary in the middle of a line");
            int end = piece.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            Demand.That(end > 0, "a part without fields");
            parts.Add((piece[..(end + 4)], Encoding.Latin1.GetBytes(piece[(end + 4)..])));
        }

        return parts;
    }
}
