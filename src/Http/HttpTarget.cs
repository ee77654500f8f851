using System;
using System.Buffers;
using Aglet.Core;
using Aglet.Tree;
using Aglet.Wire;

namespace Aglet.Http;

/// <summary>What a request target names.</summary>
internal enum HttpTargetKind : byte
{
    File,

    /// <summary>The root, or a path that ends in a slash.</summary>
    Folder,

    /// <summary><c>*</c>: the server as a whole.</summary>
    Server,
}

/// <summary>A request target (RFC 9112 section 3.2) as a key of the tree.</summary>
/// <remarks>
/// The path is percent-decoded once and never again; <c>+</c> is itself, as Debian's file names need. What follows
/// <c>?</c> names nothing.
/// </remarks>
internal readonly ref struct HttpTarget
{
    private static readonly SearchValues<byte> _authorityBytes = SearchValues.Create(
        "-._~!$&'()*+,;=%:[]0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    public HttpTargetKind Kind { get; private init; }

    /// <summary>The normalised path, in the caller's room.</summary>
    public ReadOnlySpan<byte> Key { get; private init; }

    /// <summary>As it was written, without the question mark.</summary>
    public ReadOnlySpan<byte> Query { get; private init; }

    /// <summary>
    /// A host with or without a port, also an empty one; never with a user's name (RFC 9110 section 4.2.4).
    /// </summary>
    public static bool IsAuthority(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(_authorityBytes) < 0;

    /// <summary>Reads a target.</summary>
    /// <param name="raw">As it stands in the request line.</param>
    /// <param name="method">Only OPTIONS may ask for <c>*</c>.</param>
    /// <param name="room">Room for the key.</param>
    /// <param name="target">What it names.</param>
    public static HttpReject Parse(ReadOnlySpan<byte> raw, HttpMethod method, Span<byte> room, out HttpTarget target)
    {
        target = default;
        if (raw is [(byte)'*'])
        {
            target = new HttpTarget { Kind = HttpTargetKind.Server };
            return method == HttpMethod.Options ? HttpReject.None : HttpReject.AsteriskWithoutOptions;
        }

        if (!TryGetPath(raw, out ReadOnlySpan<byte> path)) return HttpReject.BadTarget;
        int question = path.IndexOf((byte)'?');
        ReadOnlySpan<byte> query = question < 0 ? default : path[(question + 1)..];
        if (question >= 0) path = path[..question];
        if (path.Contains((byte)'#') || query.Contains((byte)'#')) return HttpReject.BadTarget;
        Span<byte> decodeRoom = stackalloc byte[Limits.PathBytes];
        HttpReject reject = Decode(path, decodeRoom, out int decodedBytes);
        if (reject != HttpReject.None) return reject;
        ReadOnlySpan<byte> decoded = decodeRoom[..decodedBytes];
        bool isFolder = decoded is [] or [.., (byte)'/' or (byte)'\\'];
        BootPathReject pathReject = BootPath.Normalize(decoded, room, out int length);
        if (pathReject is not BootPathReject.None and not BootPathReject.Empty) return RejectFor(pathReject);
        target = new HttpTarget
        {
            Kind = isFolder || length == 0 ? HttpTargetKind.Folder : HttpTargetKind.File,
            Key = room[..length],
            Query = query,
        };
        return HttpReject.None;
    }

    /// <summary>The path of origin-form, or of absolute-form, whose authority then stands for Host.</summary>
    private static bool TryGetPath(ReadOnlySpan<byte> raw, out ReadOnlySpan<byte> path)
    {
        path = raw;
        if (raw.StartsWith("/"u8)) return true;
        if (raw.Length <= 7 || !AsciiText.EqualsIgnoreCase(raw[..7], "http://"u8)) return false;
        ReadOnlySpan<byte> rest = raw[7..];
        int end = rest.IndexOfAny((byte)'/', (byte)'?', (byte)'#');
        ReadOnlySpan<byte> authority = end < 0 ? rest : rest[..end];
        path = end < 0 ? default : rest[end..];
        return !authority.IsEmpty && IsAuthority(authority);
    }

    private static HttpReject Decode(ReadOnlySpan<byte> path, Span<byte> room, out int length)
    {
        length = 0;
        for (int i = 0; i < path.Length; i++)
        {
            byte value = path[i];
            if (value == '%')
            {
                int high = i + 2 < path.Length ? AsciiText.HexValue(path[i + 1]) : -1;
                int low = i + 2 < path.Length ? AsciiText.HexValue(path[i + 2]) : -1;
                if (high < 0 || low < 0) return HttpReject.BadPercentEncoding;
                value = (byte)((high << 4) | low);
                i += 2;
            }

            if (length == room.Length) return HttpReject.PathTooLong;
            room[length++] = value;
        }

        return HttpReject.None;
    }

    private static HttpReject RejectFor(BootPathReject reject) => reject switch
    {
        BootPathReject.TooLong => HttpReject.PathTooLong,
        BootPathReject.NulByte => HttpReject.NulInPath,
        BootPathReject.ParentSegment => HttpReject.ParentSegment,
        BootPathReject.DriveLetter => HttpReject.DriveLetter,
        _ => HttpReject.BadTarget,
    };
}
