namespace Aglet.Http;

/// <summary>What became of a request.</summary>
internal enum HttpOutcome : byte
{
    /// <summary>A whole file was sent.</summary>
    Whole,

    /// <summary>One range of a file or several.</summary>
    Part,

    /// <summary>A script, a menu or an answer file.</summary>
    Generated,

    /// <summary>The list of a folder.</summary>
    Listed,

    /// <summary>HEAD or OPTIONS: a head alone.</summary>
    Described,
    NotModified,
    Redirected,

    /// <summary>An error status; <see cref="HttpReject"/> says which.</summary>
    Refused,

    /// <summary>The client left, or took nothing for too long, in the middle of an answer.</summary>
    Stopped,

    /// <summary>The file failed in the middle of an answer.</summary>
    Broken,
}
