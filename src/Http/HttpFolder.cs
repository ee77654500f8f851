using System;
using Aglet.Boot;
using Aglet.Core;
using Aglet.Tree;

namespace Aglet.Http;

/// <summary>A folder of the tree: a run of its files, which are in the byte order of their keys.</summary>
/// <param name="Tree">The tree, which stays as it is.</param>
/// <param name="Hidden">What is not shown.</param>
/// <param name="First">The first file in it.</param>
/// <param name="KeyBytes">Bytes of its own key with a slash behind it; 0 for the root.</param>
internal readonly record struct HttpFolder(BootTree Tree, HttpHiddenFiles Hidden, int First, int KeyBytes)
{
    /// <summary>False for none.</summary>
    public bool IsThere => Tree is not null;

    /// <summary>Its key with a slash behind it; empty for the root.</summary>
    public ReadOnlySpan<byte> Key => KeyBytes == 0 ? default : Tree[First].Key[..KeyBytes];

    /// <summary>Finds a folder by its key. The root is always there, and below <c>_/</c> there is none.</summary>
    public static bool TryFind(BootTree tree, HttpHiddenFiles hidden, ReadOnlySpan<byte> key, out HttpFolder folder)
    {
        folder = new(tree, hidden, 0, 0);
        if (key.IsEmpty) return true;
        Span<byte> room = stackalloc byte[Limits.PathBytes + 1];
        key.CopyTo(room);
        room[key.Length] = (byte)'/';
        ReadOnlySpan<byte> prefix = room[..(key.Length + 1)];
        int low = 0;
        int high = tree.Count;
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            if (tree[middle].Key.SequenceCompareTo(prefix) < 0) low = middle + 1;
            else high = middle;
        }

        bool isThere = low < tree.Count && tree[low].Key.StartsWith(prefix) && !DocumentName.IsOurs(prefix);
        folder = isThere ? new(tree, hidden, low, prefix.Length) : default;
        return isThere;
    }

    /// <summary>Where the files end that begin with the same bytes as one of them.</summary>
    /// <param name="index">The one.</param>
    /// <param name="bytes">How many bytes.</param>
    public int EndOf(int index, int bytes)
    {
        ReadOnlySpan<byte> prefix = Tree[index].Key[..bytes];
        int low = index + 1;
        int high = Tree.Count;
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            if (Tree[middle].Key.StartsWith(prefix)) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
