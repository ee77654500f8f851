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
    /// <summary>Files of one block: arrays that grow by copying would need the memory twice.</summary>
    internal const int BlockFiles = 1024;

    private readonly BootFile[][] _blocks;

    /// <summary>
    /// In the low half the index into the files plus one, 0 to end the walk; in the high half that of the hash, so that
    /// hardly ever another file's memory is touched.
    /// </summary>
    private readonly ulong[] _slots;

    /// <summary>Files that can be found; all of them, when the tree is given away.</summary>
    private int _placed;

    /// <summary>Indexes files; no key may be there twice.</summary>
    public BootTree(IReadOnlyList<BootFile> files)
    {
        BootFile[] sorted = [.. files];
        Array.Sort(sorted, static (left, right) => left.Key.SequenceCompareTo(right.Key));
        _blocks = new BootFile[(sorted.Length + BlockFiles - 1) / BlockFiles][];
        for (int i = 0; i < _blocks.Length; i++)
        {
            int start = i * BlockFiles;
            _blocks[i] = sorted[start..Math.Min(start + BlockFiles, sorted.Length)];
        }

        Count = sorted.Length;
        _slots = new ulong[SlotsFor(Count)];
        Place(Count);
    }

    /// <summary>Takes files in the byte order of their keys; they are found after <see cref="Place"/>.</summary>
    internal BootTree(BootFile[][] blocks, int count)
    {
        _blocks = blocks;
        Count = count;
        _slots = new ulong[SlotsFor(count)];
    }

    /// <summary>Files in the tree.</summary>
    public int Count { get; }

    /// <summary>Bytes of all files together.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>Slots that the longest walk to a file looks at.</summary>
    public int LongestWalk { get; private set; }

    /// <summary>A file, by its rank in the byte order of the keys.</summary>
    public ref readonly BootFile this[int index] => ref _blocks[index / BlockFiles][index % BlockFiles];

    /// <summary>
    /// Finds a file by its exact key, else by the same key in another case (Windows loaders mix cases). Of two that
    /// differ in case only, the first in byte order answers for a third way to write it.
    /// </summary>
    public bool TryGet(ReadOnlySpan<byte> key, out BootFile file)
    {
        int folded = -1;
        ulong hash = FoldedHash(key);
        int mask = _slots.Length - 1;
        for (int at = (int)(hash & (ulong)mask); _slots[at] != 0; at = (at + 1) & mask)
        {
            if (_slots[at] >> 32 != hash >> 32) continue;
            int index = (int)(_slots[at] & uint.MaxValue) - 1;
            ref readonly BootFile candidate = ref this[index];
            if (key.SequenceEqual(candidate.Key))
            {
                file = candidate;
                return true;
            }

            // Files were placed in byte order, so the first that is met is the first in byte order.
            if (folded < 0 && AsciiText.EqualsIgnoreCase(key, candidate.Key)) folded = index;
        }

        file = folded < 0 ? default : this[folded];
        return folded >= 0;
    }

    /// <summary>Makes so many more files known to <see cref="TryGet"/>; false when there were none left.</summary>
    internal bool Place(int count)
    {
        int until = Math.Min(Count, _placed + count);
        if (_placed == until) return false;
        int mask = _slots.Length - 1;
        for (; _placed < until; _placed++)
        {
            ref readonly BootFile file = ref this[_placed];
            ulong hash = FoldedHash(file.Key);
            int at = (int)(hash & (ulong)mask);
            int walk = 1;
            for (; _slots[at] != 0; walk++) at = (at + 1) & mask;
            _slots[at] = (hash & ~(ulong)uint.MaxValue) | (uint)(_placed + 1);
            LongestWalk = Math.Max(LongestWalk, walk);
            TotalBytes += file.Size;
        }

        return true;
    }

    private static int SlotsFor(int count)
    {
        int size = 16;
        while (size < count * 2) size *= 2;
        return size;
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
