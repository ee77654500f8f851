using System;
using Aglet.Boot;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Time;
using Aglet.Tree;
using Aglet.Wire;

namespace Aglet.Http;

/// <summary>
/// Small files in memory, each right behind the head that it is nearly always sent with, so that an answer is one call and
/// nothing is copied. Filled on first use; when it is full it begins anew.
/// </summary>
/// <remarks>
/// A file is compared with the index again when it was not for a second, as when it is opened: what is gone or has changed
/// is not served.
/// </remarks>
internal sealed class HttpFileMemory
{
    /// <summary>Larger files cost more to copy than another call costs.</summary>
    public const int FileBytesMax = 16 * 1024;

    private const int FilesMax = 4096;

    private static readonly Duration _trust = Duration.FromSeconds(1);

    private readonly IKernel _kernel;

    // Not cleared: what is never used is never touched.
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Limits.HttpMemoryBytes);
    private readonly Entry[] _entries = new Entry[FilesMax];
    private readonly int[] _heads = new int[FilesMax * 2];
    private int _count;
    private int _end;

    public HttpFileMemory(IKernel kernel) => _kernel = kernel;

    /// <summary>Files in memory.</summary>
    public int Count => _count;

    /// <summary>True for a file that may be kept.</summary>
    public static bool Takes(in BootFile file) => file.Size is > 0 and <= FileBytesMax;

    /// <summary>Finds a file that is in memory and is still the one of the index.</summary>
    public bool TryFind(Instant now, in BootFile file, out int place)
    {
        place = Find(file);
        if (place < 0) return false;
        ref Entry found = ref _entries[place];
        if (now - found.Checked < _trust) return true;
        SysResult asked = _kernel.GetStatus(file.HostPath, out FileStatus status);
        if (!asked.IsError && status.Kind == FileKind.Regular && file.IsUnchanged(status))
        {
            found.Checked = now;
            return true;
        }

        // Its place is lost until all begins anew; whoever opens it next hears why it is not served.
        found.IsServed = false;
        place = -1;
        return false;
    }

    /// <summary>Reads a file into memory. False when it cannot be read whole.</summary>
    /// <param name="now">This turn's time, at which the file was compared with the index.</param>
    /// <param name="content">The file and what its head says of it.</param>
    /// <param name="handle">The open file.</param>
    /// <param name="place">Where it is.</param>
    public bool TryLoad(Instant now, in Content content, int handle, out int place)
    {
        place = -1;
        BootFile file = content.File!.Value;
        int length = (int)content.Length;
        if (_count == FilesMax || _bytes.Length - _end < HttpResponse.HeadBytesMax + length) Clear();
        WireWriter head = new(_bytes.AsSpan(_end, HttpResponse.HeadBytesMax));
        HttpResponse response = new()
        {
            Status = HttpStatus.Ok,
            Content = content,
            BodyLength = length,
            Persists = true,
        };
        response.WriteHead(ref head, "Thu, 01 Jan 1970 00:00:00 GMT"u8, 0);
        Check.That(!head.Overflow);
        SysResult read = _kernel.ReadAt(handle, _bytes.AsSpan(_end + head.Length, length), 0);
        if (read.IsError || read.Count != length) return false;
        place = _count++;
        ref int first = ref _heads[BucketOf(file)];
        _entries[place] = new()
        {
            File = file,
            IsServed = true,
            Start = _end,
            HeadLength = head.Length,
            Length = length,
            Checked = now,
            Next = first,
        };
        first = place + 1;
        _end += head.Length + length;
        return true;
    }

    /// <summary>A file's bytes.</summary>
    public ReadOnlySpan<byte> BodyOf(int place) =>
        _bytes.AsSpan(_entries[place].Start + _entries[place].HeadLength, _entries[place].Length);

    /// <summary>The whole answer to an HTTP/1.1 GET on a connection that stays: head and file.</summary>
    /// <param name="place">Which file.</param>
    /// <param name="date">This second as an IMF-fixdate.</param>
    /// <param name="headLength">Bytes of the head.</param>
    public ReadOnlySpan<byte> AnswerOf(int place, ReadOnlySpan<byte> date, out int headLength)
    {
        ref Entry found = ref _entries[place];
        date.CopyTo(_bytes.AsSpan(found.Start + HttpResponse.DateOffset));
        headLength = found.HeadLength;
        return _bytes.AsSpan(found.Start, found.HeadLength + found.Length);
    }

    /// <summary>Forgets everything, as after a reload.</summary>
    public void Clear()
    {
        Array.Clear(_heads);
        _entries.AsSpan(0, _count).Clear();
        _count = _end = 0;
    }

    private int Find(in BootFile file)
    {
        for (int next = _heads[BucketOf(file)]; next > 0; next = _entries[next - 1].Next)
        {
            if (_entries[next - 1].IsServed && file.Equals(_entries[next - 1].File)) return next - 1;
        }

        return -1;
    }

    private int BucketOf(in BootFile file) =>
        (int)(Fnv.Mix(unchecked((uint)file.GetHashCode())) & (ulong)(_heads.Length - 1));

    /// <summary>One file.</summary>
    private struct Entry
    {
        public BootFile File;

        /// <summary>False when it was found to be gone or changed.</summary>
        public bool IsServed;
        public int Start;
        public int HeadLength;
        public int Length;

        /// <summary>When it was last the file of the index.</summary>
        public Instant Checked;

        /// <summary>The next entry of the bucket plus one; 0 for none.</summary>
        public int Next;
    }
}
