using System;
using System.Diagnostics.CodeAnalysis;
using Aglet.Kernel;

namespace Aglet.Tree;

/// <summary>A file of the boot tree, as it was when the tree was indexed.</summary>
/// <remarks>
/// A value that points into the text of its tree: a tree may have a million files, and an object each would cost more
/// than all that is known of them. The key is nearly always the end of the host path, and then shares its bytes.
/// </remarks>
internal readonly struct BootFile : IEquatable<BootFile>
{
    private readonly byte[] _text;
    private readonly int _pathStart;
    private readonly int _keyStart;
    private readonly ushort _pathLength;
    private readonly ushort _keyLength;

    /// <summary>A file whose key is the end of its host path.</summary>
    /// <param name="text">Holds the host path, and those of other files.</param>
    /// <param name="path">Where the host path stands in it.</param>
    /// <param name="keyLength">Bytes of the key.</param>
    /// <param name="status">Size and time.</param>
    [SetsRequiredMembers]
    public BootFile(byte[] text, Range path, int keyLength, in FileStatus status)
    {
        _text = text;
        (_pathStart, int length) = path.GetOffsetAndLength(text.Length);
        _pathLength = (ushort)length;
        _keyLength = (ushort)keyLength;
        _keyStart = _pathStart + length - keyLength;
        Size = status.Size;
        ModifiedUnixSeconds = status.ModifiedUnixSeconds;
    }

    /// <summary>Where the kernel finds it.</summary>
    public required ReadOnlySpan<byte> HostPath
    {
        get => _text.AsSpan(_pathStart, _pathLength);
        init
        {
            _text = [.. Key, .. value];
            _pathStart = _keyLength;
            _pathLength = (ushort)value.Length;
            _keyStart = 0;
        }
    }

    /// <summary>The key: the path below the tree's root in bytes, without a leading slash.</summary>
    public required ReadOnlySpan<byte> Key
    {
        get => _text.AsSpan(_keyStart, _keyLength);
        init
        {
            _text = [.. HostPath, .. value];
            _pathStart = 0;
            _keyStart = _pathLength;
            _keyLength = (ushort)value.Length;
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

    public bool Equals(BootFile other) =>
        Size == other.Size && ModifiedUnixSeconds == other.ModifiedUnixSeconds && Key.SequenceEqual(other.Key)
        && HostPath.SequenceEqual(other.HostPath);

    public override bool Equals(object? obj) => obj is BootFile other && Equals(other);

    public override int GetHashCode() => unchecked((int)Core.Fnv.Hash(HostPath));
}
