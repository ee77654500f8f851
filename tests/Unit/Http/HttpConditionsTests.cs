using System.Text;
using Aglet.Boot;
using Aglet.Http;
using Aglet.Tree;
using Aglet.Wire;
using Xunit;

namespace Aglet.Tests.Unit.Http;

/// <summary>RFC 9110 section 13, for a file of 1,000 bytes that was changed on Sun, 06 Nov 1994 08:49:37 GMT.</summary>
public sealed class HttpConditionsTests
{
    private const string Tag = "\"3e8-2ebc98a1\"";
    private const string Date = "Sun, 06 Nov 1994 08:49:37 GMT";
    private const string Earlier = "Sun, 06 Nov 1994 08:49:36 GMT";
    private const string Later = "Sun, 06 Nov 1994 08:49:38 GMT";

    private static readonly BootFile _file = new() { Key = [1], HostPath = [1], Size = 1000, ModifiedUnixSeconds = 784_111_777 };
    private static readonly Content _content = new(_file, default, 1000, 7, 784_111_777, MediaType.OctetStream);

    [Theory]
    [InlineData("", nameof(HttpCondition.Proceed))]
    [InlineData("If-Match: *", nameof(HttpCondition.Proceed))] // 13.1.1
    [InlineData("If-Match: " + Tag, nameof(HttpCondition.Proceed))]
    [InlineData("If-Match: \"x\", " + Tag, nameof(HttpCondition.Proceed))]
    [InlineData("If-Match: \"x\"\r\nIf-Match: " + Tag, nameof(HttpCondition.Proceed))]
    [InlineData("If-Match: \"x\"", nameof(HttpCondition.Failed))]
    [InlineData("If-Match: W/" + Tag, nameof(HttpCondition.Failed))] // strong comparison
    [InlineData("If-Match: 3e8-2ebc98a1", nameof(HttpCondition.Failed))]
    [InlineData("If-Match:", nameof(HttpCondition.Failed))]
    [InlineData("If-Unmodified-Since: " + Date, nameof(HttpCondition.Proceed))] // 13.1.4
    [InlineData("If-Unmodified-Since: " + Later, nameof(HttpCondition.Proceed))]
    [InlineData("If-Unmodified-Since: " + Earlier, nameof(HttpCondition.Failed))]
    [InlineData("If-Unmodified-Since: W/" + Tag, nameof(HttpCondition.Proceed))] // no date: ignored
    [InlineData("If-Match: " + Tag + "\r\nIf-Unmodified-Since: " + Earlier, nameof(HttpCondition.Proceed))] // 13.2.2 step 2
    [InlineData("If-None-Match: *", nameof(HttpCondition.NotModified))] // 13.1.2
    [InlineData("If-None-Match: " + Tag, nameof(HttpCondition.NotModified))]
    [InlineData("If-None-Match: W/" + Tag, nameof(HttpCondition.NotModified))] // weak comparison
    [InlineData("If-None-Match: \"a,b\" ,, " + Tag, nameof(HttpCondition.NotModified))]
    [InlineData("If-None-Match: \"x\"", nameof(HttpCondition.Proceed))]
    [InlineData("If-None-Match: \"x", nameof(HttpCondition.Proceed))]
    [InlineData("If-Modified-Since: " + Date, nameof(HttpCondition.NotModified))] // 13.1.3
    [InlineData("If-Modified-Since: " + Later, nameof(HttpCondition.NotModified))]
    [InlineData("If-Modified-Since: " + Earlier, nameof(HttpCondition.Proceed))]
    [InlineData("If-Modified-Since: yesterday", nameof(HttpCondition.Proceed))]
    [InlineData("If-None-Match: \"x\"\r\nIf-Modified-Since: " + Date, nameof(HttpCondition.Proceed))] // 13.2.2 step 4
    [InlineData("If-Match: \"x\"\r\nIf-None-Match: " + Tag, nameof(HttpCondition.Failed))] // 13.2.2 step 1
    public void PreconditionsAreWeighedInOrder(string fields, string expected)
    {
        int scanned = 0;
        HttpReject reject = HttpRequest.Parse(Head(fields), ref scanned, out HttpRequest request);
        Assert.Equal(HttpReject.None, reject);
        Assert.Equal(expected, HttpConditions.Weigh(request, _content, 1_700_000_000).ToString());
    }

    /// <summary>Section 13.1.5.</summary>
    [Theory]
    [InlineData("", true)]
    [InlineData("If-Range: " + Tag, true)]
    [InlineData("If-Range: W/" + Tag, false)]
    [InlineData("If-Range: \"x\"", false)]
    [InlineData("If-Range: " + Date, true)]
    [InlineData("If-Range: " + Later, false)]
    [InlineData("If-Range: " + Earlier, false)]
    [InlineData("If-Range: junk", false)]
    public void RangeIsForExactlyThisContent(string fields, bool allowed)
    {
        int scanned = 0;
        Assert.Equal(HttpReject.None, HttpRequest.Parse(Head(fields), ref scanned, out HttpRequest request));
        Assert.Equal(allowed, HttpConditions.AllowsRange(request, _content, 1_700_000_000));
    }

    [Fact]
    public void DocumentHasItsOwnTag()
    {
        byte[] room = new byte[EntityTag.BytesMax];
        WireWriter writer = new(room);
        new EntityTag(_content with { File = null, Tag = 0xFEED }).Write(ref writer);
        Assert.Equal("\"feed\"", Encoding.ASCII.GetString(writer.Written));
        writer = new(room);
        new EntityTag(_content with { Length = long.MaxValue, ModifiedUnixSeconds = -1 }).Write(ref writer);
        Assert.Equal(EntityTag.BytesMax, writer.Length);
        Assert.False(writer.Overflow);
    }

    private static byte[] Head(string fields) =>
        Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: a\r\n{fields}{(fields.Length > 0 ? "\r\n" : "")}\r\n");
}
