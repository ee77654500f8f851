using Aglet.Net;
using Aglet.Tree;

namespace Aglet.Boot;

/// <summary>How a file is asked for.</summary>
internal enum FileProtocol : byte
{
    Tftp,
    Http,
}

/// <summary>Who asks for a file, as far as the transport knows.</summary>
/// <param name="Address">The peer.</param>
/// <param name="Server">Our address that was asked: what generated URLs name.</param>
/// <param name="Protocol">How it asks.</param>
/// <param name="HardwareAddress">What Anaconda says of itself (<c>X-RHN-Provisioning-MAC-0</c>); none otherwise.</param>
/// <param name="Tags">What it says of its serial number and the like.</param>
internal readonly record struct Asker(
    IpAddress Address,
    IpAddress Server,
    FileProtocol Protocol,
    HardwareAddress HardwareAddress = default,
    MachineTags Tags = default);

/// <summary>The outcome of asking for a path.</summary>
internal enum ContentStatus : byte
{
    Found,
    Missing,

    /// <summary>It exists, but not for this asker.</summary>
    Forbidden,

    /// <summary>It was taken note of, and cannot be made durable: the asker is to try again.</summary>
    Unavailable,
}

/// <summary>
/// What a path names for one asker: a file of the tree, or a document that is generated. A document is not held
/// anywhere: it is a pure function of the plan behind it and is rendered again for each window that is sent.
/// </summary>
/// <param name="File">The file, or null for a document.</param>
/// <param name="Document">Which document; meaningless with a file.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Tag">Changes whenever the bytes do: the strong entity tag is made of it.</param>
/// <param name="ModifiedUnixSeconds">Last change; for a document, when its plan was made.</param>
/// <param name="Media">What HTTP calls it.</param>
internal readonly record struct Content(
    BootFile? File, BootDocument Document, long Length, ulong Tag, long ModifiedUnixSeconds, MediaType Media);

/// <summary>The media types that boot clients care for; EDK2 compares them exactly, without parameters.</summary>
internal enum MediaType : byte
{
    OctetStream,
    Efi,
    EfiIso,
    EfiImage,
    Text,
    Xml,
    Json,
    Html,
}
