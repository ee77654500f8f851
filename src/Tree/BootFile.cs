using System;
using Aglet.Kernel;

namespace Aglet.Tree;

/// <summary>A file of the boot tree, as it was when the tree was indexed.</summary>
/// <remarks>
/// The key is nearly always the end of the host path, and then shares its bytes: a tree may have a million files.
/// </remarks>
internal sealed class BootFile
{
    private readonly byte[]? _ownKey;
    private readonly int _keyLength;

    /// <summary>Where the kernel finds it.</summary>
    public required byte[] HostPath { get; init; }

    /// <summary>The key: the path below the tree's root in bytes, without a leading slash.</summary>
    public required ReadOnlySpan<byte> Key
    {
        get => _ownKey ?? HostPath.AsSpan(HostPath.Length - _keyLength);

        // HostPath may not be there yet: members are set in the order in which the creator names them.
        init
        {
            _keyLength = value.Length;
            _ownKey = HostPath is { } path && path.AsSpan().EndsWith(value) ? null : value.ToArray();
        }
    }

    /// <summary>Bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Last change, in seconds since 1970.</summary>
    public required long ModifiedUnixSeconds { get; init; }

    /// <summary>
    /// True while the file is still the one that was indexed. Clients are told its size before they get its bytes, so
    /// another file under its name must not be served as this one.
    /// </summary>
    public bool IsUnchanged(in FileStatus status) => status.Size == Size && status.ModifiedUnixSeconds == ModifiedUnixSeconds;
}
