using System;
using Aglet.Boot;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Http;

/// <summary>
/// Decides the answer to a request. It asks the planner and nobody else: no socket, no file, no clock.
/// </summary>
internal sealed class HttpResponder(BootPlanner planner)
{
    /// <summary>Bytes of a path that fit a head when all of them are percent-encoded.</summary>
    private const int RedirectBytesMax = 200;

    // Not cleared: what is never used is never touched.
    private readonly byte[] _list = GC.AllocateUninitializedArray<byte>(Limits.DocumentBytes);
    private BootCatalog _catalog = planner.Catalog;
    private HttpHiddenFiles _hidden = HttpHiddenFiles.Of(planner.Catalog.Settings);

    /// <summary>The configuration and the tree are new.</summary>
    public void Take(BootCatalog catalog)
    {
        _catalog = catalog;
        _hidden = HttpHiddenFiles.Of(catalog.Settings);
    }

    /// <summary>The answer to what <see cref="HttpRequest.Parse"/> gave.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="nowUnixSeconds">The time of day, which gives two-digit years their century.</param>
    /// <param name="reject">What the parser said.</param>
    /// <param name="request">The request, as far as it was read.</param>
    /// <param name="peer">Who asks.</param>
    /// <param name="local">Our address that was asked.</param>
    public HttpResponse Respond(
        Instant now, long nowUnixSeconds, HttpReject reject, in HttpRequest request, IpAddress peer, IpAddress local)
    {
        HttpResponse response = new()
        {
            Status = HttpStatus.Ok,
            IsHead = request.Method == HttpMethod.Head,
            IsHttp10 = request.IsHttp10,
            IsForBrowser = request.AcceptsHtml,
            Persists = KeepsFraming(reject, request),
        };
        if (reject != HttpReject.None) return response.Refused(reject);

        // In HTTP/1.0 there is no Expect (RFC 9110 section 10.1.1).
        if (request.ExpectsUnknown && !request.IsHttp10) return response.Refused(HttpReject.UnknownExpectation);
        if (request.Method == HttpMethod.Unknown) return response.Refused(HttpReject.UnknownMethod);
        if (request.Method == HttpMethod.Other) return response.Refused(HttpReject.MethodNotAllowed);
        Span<byte> room = stackalloc byte[Limits.PathBytes];
        reject = HttpTarget.Parse(request.Target, request.Method, room, out HttpTarget target);
        if (reject != HttpReject.None) return response.Refused(reject);
        if (request.Method == HttpMethod.Options) return response with { Status = HttpStatus.NoContent };
        if (request.Method == HttpMethod.Post && !DocumentName.IsReport(target.Key))
            return response.Refused(HttpReject.MethodNotAllowed);
        if (target.Kind == HttpTargetKind.Folder)
        {
            return TryFindFolder(target.Key, out HttpFolder folder)
                ? ForContent(response with { Content = List(folder), Folder = folder }, request, nowUnixSeconds)
                : response.Refused(HttpReject.NotInTree);
        }

        MachineTags tags = HttpQuery.ReadTags(target.Query, request.Serial);
        Asker asker = new(peer, local, FileProtocol.Http, request.ProvisioningAddress, tags);
        return planner.Find(now, target.Key, asker, out Content content) switch
        {
            ContentStatus.Found => ForContent(response with { Content = content }, request, nowUnixSeconds),
            ContentStatus.Forbidden => response.Refused(HttpReject.NotForThisClient),
            ContentStatus.Unavailable => response.Refused(HttpReject.NotDurable),
            _ => ForMissing(response, target.Key),
        };
    }

    /// <summary>A folder that was asked for without its slash, as people do, or nothing.</summary>
    private HttpResponse ForMissing(in HttpResponse response, ReadOnlySpan<byte> key) =>
        key.Length <= RedirectBytesMax && TryFindFolder(key, out HttpFolder folder)
            ? response with { Status = HttpStatus.MovedPermanently, Folder = folder }
            : response.Refused(HttpReject.NotInTree);

    private bool TryFindFolder(ReadOnlySpan<byte> key, out HttpFolder folder) =>
        HttpFolder.TryFind(_catalog.Tree, _hidden, key, out folder);

    private Content List(in HttpFolder folder)
    {
        int length = HttpListing.Write(folder, _list);
        ulong tag = Fnv.Hash(_list.AsSpan(0, length));
        return new(null, default, length, tag, planner.Catalog.MadeUnixSeconds, MediaType.Html);
    }

    /// <summary>Preconditions first, then Range, as RFC 9110 section 13.2.2 orders them.</summary>
    private static HttpResponse ForContent(in HttpResponse found, in HttpRequest request, long nowUnixSeconds)
    {
        Content content = found.Content;
        switch (HttpConditions.Weigh(request, content, nowUnixSeconds))
        {
            case HttpCondition.Failed:
                return found.Refused(HttpReject.PreconditionFailed);
            case HttpCondition.NotModified:
                return found with { Status = HttpStatus.NotModified };
            default:
                break;
        }

        // Range is defined for GET alone (section 14.2).
        Span<HttpRange> ranges = stackalloc HttpRange[HttpRange.CountMax];
        int count = 0;
        bool takesRange = request.Method == HttpMethod.Get && !request.Range.IsEmpty
            && HttpConditions.AllowsRange(request, content, nowUnixSeconds);
        HttpRangeOutcome outcome = takesRange
            ? HttpRange.Parse(request.Range, content.Length, ranges, out count)
            : HttpRangeOutcome.Whole;
        return outcome switch
        {
            HttpRangeOutcome.Partial when count == 1 => found with
            {
                Status = HttpStatus.PartialContent,
                BodyStart = ranges[0].Start,
                BodyLength = ranges[0].Length,
            },
            HttpRangeOutcome.Partial => found with
            {
                Status = HttpStatus.PartialContent,
                Parts = count,
                BodyLength = HttpMultipart.LengthOf(content, ranges[..count]),
            },
            HttpRangeOutcome.Unsatisfiable => found.Refused(HttpReject.RangeNotSatisfiable) with { Content = content },
            _ => found with { BodyLength = content.Length },
        };
    }

    /// <summary>
    /// True when it is known where the next request begins. It is not after a chunked body, which is not read, nor
    /// after a body that the client may or may not send now that it got its answer without a 100.
    /// </summary>
    private static bool KeepsFraming(HttpReject reject, in HttpRequest request) =>
        request.Persists && !HttpRejects.BreaksFraming(reject) && !request.IsChunked
        && !(request.ExpectsContinue && request.ContentLength > 0);
}
