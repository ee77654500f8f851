using System;
using Aglet.Kernel;

namespace Aglet.Tree;

/// <summary>The entries of one folder while the tree is scanned: read in pieces, sorted in pieces, taken in order.</summary>
internal sealed class ScannedFolder
{
    /// <summary>What a folder may leave allocated for the next one.</summary>
    private const int EntriesKept = 1024;

    private byte[] _names = [];
    private Entry[] _entries = [];
    private int[] _order = [];
    private int[] _merged = [];
    private int _namesLength;
    private int _next;
    private int _runLength;
    private int _mergedTo;

    /// <summary>Bytes of its path.</summary>
    public int PathLength { get; private set; }

    /// <summary>Whom it is, as far as the kernel says; see <see cref="FileStatus.Identity"/>.</summary>
    public ulong Identity { get; private set; }

    /// <summary>Entries so far.</summary>
    public int Count { get; private set; }

    /// <summary>Empties it for another folder.</summary>
    public void Begin(int pathLength, ulong identity)
    {
        PathLength = pathLength;
        Identity = identity;
        if (_entries.Length > EntriesKept) (_names, _entries, _order, _merged) = ([], [], [], []);
        Count = _namesLength = _next = _mergedTo = 0;
        _runLength = 1;
    }

    public void Add(ReadOnlySpan<byte> name, in FileStatus status)
    {
        if (Count == _entries.Length) Array.Resize(ref _entries, Math.Max(64, Count * 2));
        if (_names.Length - _namesLength < name.Length)
            Array.Resize(ref _names, Math.Max(2048, (_namesLength + name.Length) * 2));
        name.CopyTo(_names.AsSpan(_namesLength));
        _entries[Count++] = new() { NameStart = _namesLength, NameLength = name.Length, Status = status };
        _namesLength += name.Length;
    }

    /// <summary>One piece of a merge sort; false when there was nothing left to sort.</summary>
    /// <remarks>
    /// A folder's name counts with the slash that its files have behind it: so the paths of a tree come in byte order
    /// when its folders are entered in theirs.
    /// </remarks>
    public bool Sort(int atLeast)
    {
        if (_runLength >= Count) return false;
        if (_order.Length < Count) (_order, _merged) = (new int[_entries.Length], new int[_entries.Length]);
        for (int i = 0; i < Count && _runLength == 1 && _mergedTo == 0; i++) _order[i] = i;

        int until = Math.Min(Count, _mergedTo + atLeast);
        while (_mergedTo < until)
        {
            int middle = Math.Min(Count, _mergedTo + _runLength);
            int end = Math.Min(Count, middle + _runLength);
            Merge(_mergedTo, middle, end);
            _mergedTo = end;
        }

        if (_mergedTo < Count) return true;
        (_order, _merged) = (_merged, _order);
        _mergedTo = 0;
        _runLength *= 2;
        return true;
    }

    /// <summary>The next entry in byte order; false when all were taken.</summary>
    public bool TryTake(out ReadOnlySpan<byte> name, out FileStatus status)
    {
        if (_next == Count)
        {
            name = default;
            status = default;
            return false;
        }

        int index = Count > 1 ? _order[_next] : 0;
        _next++;
        name = NameOf(index);
        status = _entries[index].Status;
        return true;
    }

    private void Merge(int start, int middle, int end)
    {
        int left = start;
        int right = middle;
        for (int at = start; at < end; at++)
        {
            bool takesLeft = left < middle && (right == end || Compare(_order[left], _order[right]) <= 0);
            _merged[at] = takesLeft ? _order[left++] : _order[right++];
        }
    }

    private int Compare(int left, int right)
    {
        ReadOnlySpan<byte> leftName = NameOf(left);
        ReadOnlySpan<byte> rightName = NameOf(right);
        int common = Math.Min(leftName.Length, rightName.Length);
        int order = leftName[..common].SequenceCompareTo(rightName[..common]);
        return order != 0 ? order : After(left, leftName, common) - After(right, rightName, common);
    }

    /// <summary>What follows in the path: a byte of the name, a folder's slash, or nothing.</summary>
    private int After(int index, ReadOnlySpan<byte> name, int at)
    {
        if (at < name.Length) return name[at];
        return _entries[index].Status.Kind == FileKind.Directory ? '/' : -1;
    }

    private ReadOnlySpan<byte> NameOf(int index) => _names.AsSpan(_entries[index].NameStart, _entries[index].NameLength);

    private struct Entry
    {
        public int NameStart;
        public int NameLength;
        public FileStatus Status;
    }
}
