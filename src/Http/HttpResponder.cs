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
            Persists = KeepsFraming(reject, request),
        };
        if (reject != HttpReject.None) return response.Refused(reject);

        // In HTTP/1.0 there is no Expect (RFC 9110 section 10.1.1).
        if (request.ExpectsUnknown && !request.IsHttp10) return response.Refused(HttpReject.UnknownExpectation);
        if (request.Method == HttpMethod.Other) return response.Refused(HttpReject.MethodNotAllowed);
        Span<byte> room = stackalloc byte[Limits.PathBytes];
        reject = HttpTarget.Parse(request.Target, request.Method, room, out HttpTarget target);
        if (reject != HttpReject.None) return response.Refused(reject);
        if (request.Method == HttpMethod.Options) return response with { Status = HttpStatus.NoContent };
        if (request.Method == HttpMethod.Post && !DocumentName.IsReport(target.Key))
            return response.Refused(HttpReject.MethodNotAllowed);
        if (target.Kind != HttpTargetKind.File) return response.Refused(HttpReject.NotInTree);

        MachineTags tags = HttpQuery.ReadTags(target.Query, request.Serial);
        Asker asker = new(peer, local, FileProtocol.Http, request.ProvisioningAddress, tags);
        return planner.Find(now, target.Key, asker, out Content content) switch
        {
            ContentStatus.Found => ForContent(response with { Content = content }, request, nowUnixSeconds),
            ContentStatus.Forbidden => response.Refused(HttpReject.NotForThisClient),
            ContentStatus.Unavailable => response.Refused(HttpReject.NotDurable),
            _ => response.Refused(HttpReject.NotInTree),
        };
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
        HttpRange range = default;
        bool takesRange = request.Method == HttpMethod.Get && !request.Range.IsEmpty
            && HttpConditions.AllowsRange(request, content, nowUnixSeconds);
        HttpRangeOutcome outcome = takesRange
            ? HttpRange.Parse(request.Range, content.Length, out range)
            : HttpRangeOutcome.Whole;
        return outcome switch
        {
            HttpRangeOutcome.Partial => found with
            {
                Status = HttpStatus.PartialContent,
                BodyStart = range.Start,
                BodyLength = range.Length,
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
