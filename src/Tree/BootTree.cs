using System;
using System.Collections.Generic;
using Aglet.Core;
using Aglet.Wire;

namespace Aglet.Tree;

/// <summary>
/// The immutable index of what is served: path bytes to file. A request is a key looked up here, so no byte from a
/// peer ever reaches the file system. A reload makes a new index and swaps it in whole.
/// </summary>
/// <remarks>
/// Open addressing over a power of two at most half full: a look-up costs the same at any size. The hash is blind to
/// case, so that one walk along the table finds the exact name and, failing that, the same name in another case.
/// </remarks>
internal sealed class BootTree
{
    private readonly BootFile[] _files;

    /// <summary>
    /// In the low half the index into the files plus one, 0 to end the walk; in the high half that of the hash, so that
    /// hardly ever another file's memory is touched.
    /// </summary>
    private readonly ulong[] _slots;

    /// <summary>Indexes files; no key may be there twice.</summary>
    public BootTree(IReadOnlyList<BootFile> files)
    {
        _files = [.. files];
        Array.Sort(_files, static (left, right) => left.Key.SequenceCompareTo(right.Key));
        int size = 16;
        while (size < _files.Length * 2) size *= 2;
        _slots = new ulong[size];
        for (int i = 0; i < _files.Length; i++)
        {
            Place(i);
            TotalBytes += _files[i].Size;
        }
    }

    /// <summary>Files in the tree.</summary>
    public int Count => _files.Length;

    /// <summary>Bytes of all files together.</summary>
    public long TotalBytes { get; }

    /// <summary>Every file, in the byte order of the keys.</summary>
    public ReadOnlySpan<BootFile> Files => _files;

    /// <summary>
    /// Finds a file by its exact key, else by the same key in another case (Windows loaders mix cases). Of two that
    /// differ in case only, the first in byte order answers for a third way to write it.
    /// </summary>
    public bool TryGet(ReadOnlySpan<byte> key, out BootFile file)
    {
        BootFile? folded = null;
        ulong hash = FoldedHash(key);
        int mask = _slots.Length - 1;
        for (int at = (int)(hash & (ulong)mask); _slots[at] != 0; at = (at + 1) & mask)
        {
            if (_slots[at] >> 32 != hash >> 32) continue;
            BootFile candidate = _files[(int)(_slots[at] & uint.MaxValue) - 1];
            if (key.SequenceEqual(candidate.Key))
            {
                file = candidate;
                return true;
            }

            // Files were placed in byte order, so the first that is met is the first in byte order.
            if (folded is null && AsciiText.EqualsIgnoreCase(key, candidate.Key)) folded = candidate;
        }

        file = folded!;
        return folded is not null;
    }

    private void Place(int index)
    {
        ulong hash = FoldedHash(_files[index].Key);
        int mask = _slots.Length - 1;
        int at = (int)(hash & (ulong)mask);
        while (_slots[at] != 0) at = (at + 1) & mask;
        _slots[at] = (hash & ~(ulong)uint.MaxValue) | (uint)(index + 1);
    }

    private static ulong FoldedHash(ReadOnlySpan<byte> key)
    {
        unchecked
        {
            ulong hash = 14695981039346656037UL;
            foreach (byte b in key) hash = (hash ^ AsciiText.ToLower(b)) * 1099511628211UL;
            return Fnv.Mix(hash);
        }
    }
}
