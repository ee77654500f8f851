using System;
using Aglet.Boot;
using Aglet.Wire;

namespace Aglet.Http;

/// <summary>What the preconditions of a request come to.</summary>
internal enum HttpCondition : byte
{
    Proceed,

    /// <summary>304: the client has it already.</summary>
    NotModified,

    /// <summary>412: it is not what the client thinks.</summary>
    Failed,
}

/// <summary>Conditional requests (RFC 9110 section 13), weighed in the order of section 13.2.2.</summary>
internal static class HttpConditions
{
    /// <summary>Weighs If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since for a GET or HEAD.</summary>
    public static HttpCondition Weigh(in HttpRequest request, in Content content, long nowUnixSeconds)
    {
        long modified = content.ModifiedUnixSeconds;
        EntityTag tag = new(content);
        if (request.HasIfMatch)
        {
            if (!AnyMatches(request, "If-Match"u8, tag, allowWeak: false)) return HttpCondition.Failed;
        }
        else if (HttpDate.TryParse(request.IfUnmodifiedSince, nowUnixSeconds, out long unmodifiedSince)
            && modified > unmodifiedSince)
        {
            return HttpCondition.Failed;
        }

        if (request.HasIfNoneMatch)
        {
            bool isKnown = AnyMatches(request, "If-None-Match"u8, tag, allowWeak: true);
            return isKnown ? HttpCondition.NotModified : HttpCondition.Proceed;
        }

        return HttpDate.TryParse(request.IfModifiedSince, nowUnixSeconds, out long since) && modified <= since
            ? HttpCondition.NotModified
            : HttpCondition.Proceed;
    }

    /// <summary>
    /// True when a Range may be used: there is no If-Range, or it names exactly what we have (section 13.1.5), by a
    /// strong tag or by the exact date.
    /// </summary>
    public static bool AllowsRange(in HttpRequest request, in Content content, long nowUnixSeconds)
    {
        ReadOnlySpan<byte> value = request.IfRange;
        if (value.IsEmpty) return true;
        if (value[0] == '"' || value.StartsWith("W/"u8)) return new EntityTag(content).Matches(value);
        return HttpDate.TryParse(value, nowUnixSeconds, out long date) && date == content.ModifiedUnixSeconds;
    }

    /// <summary>Looks for the tag in every field line of the name, each of which is a list or <c>*</c>.</summary>
    private static bool AnyMatches(in HttpRequest request, ReadOnlySpan<byte> name, in EntityTag tag, bool allowWeak)
    {
        HttpFieldLines lines = request.Fields;
        while (lines.MoveNext())
        {
            if (AsciiText.EqualsIgnoreCase(lines.Name, name) && ListHas(lines.Value, tag, allowWeak)) return true;
        }

        return false;
    }

    private static bool ListHas(ReadOnlySpan<byte> list, in EntityTag tag, bool allowWeak)
    {
        if (list is [(byte)'*']) return true;
        while (true)
        {
            list = list.TrimStart(" \t,"u8);
            bool isWeak = list.StartsWith("W/"u8);
            if (isWeak) list = list[2..];
            if (list.IsEmpty || list[0] != '"') return false;
            int end = list[1..].IndexOf((byte)'"');
            if (end < 0) return false;
            if ((allowWeak || !isWeak) && tag.Matches(list[..(end + 2)])) return true;
            list = list[(end + 2)..];
        }
    }
}
