using System;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Time;

namespace Aglet.Tree;

/// <summary>Why a file of the tree cannot be had any more as it was indexed.</summary>
internal enum FileFault : byte
{
    None,

    /// <summary>Nothing, or no file, has its name now.</summary>
    Gone,

    /// <summary>Another size or time than in the index, which is what clients were told: the tree must be reloaded.</summary>
    Changed,

    /// <summary>Permission or disk.</summary>
    Unreadable,

    /// <summary>The limit of open files is reached, the process's or the system's.</summary>
    OutOfHandles,
}

/// <summary>
/// The open files of the tree: opened on use, one handle for all transfers of a file, and kept for a while after the last
/// one, since machines come in crowds.
/// </summary>
/// <remarks>
/// A handle is the kernel's and is read by offset only, so that any number of transfers share it. The tree is promised not
/// to change without a reload; so that a broken promise harms nobody, a handle is compared with what its path names when
/// a transfer begins, at most once a second. A transfer under way keeps the handle that it has: a file that was replaced
/// by a rename ends as it began.
/// </remarks>
internal sealed class OpenFiles
{
    /// <summary>How long a comparison with the path is good for.</summary>
    private static readonly Duration _trust = Duration.FromSeconds(1);

    /// <summary>How long a file stays open unused. After that a removed one gives its room on the disk back.</summary>
    private static readonly Duration _idleLimit = Duration.FromSeconds(60);

    private readonly IKernel _kernel;
    private readonly Entry[] _entries;
    private readonly SlotIndex _byPath;
    private readonly SlotIndex _byHandle;
    private readonly int _idleMax;

    /// <summary>Heads of two lists of entries, 0 for the end: the free ones, and behind them those never used.</summary>
    private int _free;
    private int _used;

    /// <summary>Ends of the list of files that nobody uses; 0 for none, for the first entry stands for nothing.</summary>
    private int _oldestIdle;
    private int _newestIdle;
    private Instant _now;

    /// <param name="kernel">Opens and closes.</param>
    /// <param name="capacity">Files open at once, in use or not.</param>
    public OpenFiles(IKernel kernel, int capacity = Limits.OpenFiles)
    {
        _kernel = kernel;
        _entries = new Entry[capacity + 1];
        _byPath = new(capacity + 1);
        _byHandle = new(capacity + 1);

        // Sockets come first: idle files get an eighth of what the process may have.
        _idleMax = Math.Clamp(kernel.HandleLimit / 8, 1, Math.Min(capacity, Limits.IdleFiles));
    }

    /// <summary>Files open now.</summary>
    public int Count { get; private set; }

    /// <summary>Of these, files that nobody uses.</summary>
    public int IdleCount { get; private set; }

    /// <summary>When an idle file is to be closed.</summary>
    public Instant NextDeadline => _oldestIdle == 0 ? Instant.Never : _entries[_oldestIdle].IdleSince + _idleLimit;

    /// <summary>A turn begins: closes what has been idle for long.</summary>
    public void OnTurnStart(Instant now)
    {
        _now = now;
        while (NextDeadline <= now) CloseOldest();
    }

    /// <summary>
    /// Gives the handle of a file that is still the one of the index. Each success must be followed by one
    /// <see cref="Release"/>.
    /// </summary>
    public FileFault Open(Instant now, BootFile file, out int handle)
    {
        _now = now;
        handle = -1;
        ReadOnlySpan<byte> path = file.HostPath;
        ulong hash = Fnv.Hash(path);
        int entry = Find(hash, path);
        if (entry != 0 && !IsTrusted(now, entry, file)) entry = Compare(now, entry, path);
        if (entry == 0)
        {
            FileFault fault = Add(now, hash, file, out entry);
            if (fault != FileFault.None) return fault;
        }

        // Compared just now, or known since: the path names what is open. Only the index may be of another time.
        if (!file.IsUnchanged(_entries[entry].Status)) return FileFault.Changed;
        if (_entries[entry].Users++ == 0) LeaveIdle(entry);
        handle = _entries[entry].Handle;
        return FileFault.None;
    }

    /// <summary>A transfer needs its handle no more.</summary>
    public void Release(int handle)
    {
        int entry = FindHandle(handle);
        ref Entry released = ref _entries[entry];
        Check.That(released.Users > 0);
        if (--released.Users > 0) return;
        EnterIdle(entry);
        if (released.IsRetired) Close(entry);
        else if (IdleCount > _idleMax) CloseOldest();
    }

    /// <summary>Reading failed or ended early: whoever comes next gets a file that is opened anew, or hears why not.</summary>
    public void Distrust(int handle) => Retire(FindHandle(handle));

    /// <summary>Closes the file that was not used for longest; false when all are in use.</summary>
    public bool TryCloseOne()
    {
        if (_oldestIdle == 0) return false;
        CloseOldest();
        return true;
    }

    /// <summary>Closes every file that nobody uses, as after a reload.</summary>
    public void CloseIdle()
    {
        while (_oldestIdle != 0) CloseOldest();
    }

    private bool IsTrusted(Instant now, int entry, BootFile file)
    {
        ref Entry open = ref _entries[entry];
        return now - open.Compared < _trust && file.IsUnchanged(open.Status);
    }

    /// <summary>The entry when its path still names what is open; else 0, and the entry is nobody's any more.</summary>
    private int Compare(Instant now, int entry, ReadOnlySpan<byte> path)
    {
        ref Entry open = ref _entries[entry];
        SysResult found = _kernel.GetStatus(path, out FileStatus status);
        if (!found.IsError && status == open.Status)
        {
            open.Compared = now;
            return entry;
        }

        Retire(entry);
        return 0;
    }

    private FileFault Add(Instant now, ulong hash, BootFile file, out int entry)
    {
        entry = 0;
        SysResult opened = _kernel.OpenFile(file.HostPath, out FileStatus status);
        while (opened.Errno is Errno.TooManyFiles or Errno.TableFull && TryCloseOne())
        {
            opened = _kernel.OpenFile(file.HostPath, out status);
        }

        if (opened.IsError) return FaultOf(opened);
        FileFault fault = file.IsUnchanged(status) ? FileFault.None : FileFault.Changed;
        if (fault == FileFault.None && !TryTake(out entry)) fault = FileFault.OutOfHandles;
        if (fault != FileFault.None)
        {
            _kernel.Close(opened.Count);
            return fault;
        }

        _entries[entry] = new() { File = file, Hash = hash, Handle = opened.Count, Status = status, Compared = now };
        _byPath.Add(hash, entry);
        _byHandle.Add(Fnv.Mix((ulong)opened.Count), entry);
        Count++;
        EnterIdle(entry);
        return FileFault.None;
    }

    private bool TryTake(out int entry)
    {
        entry = _free;
        if (entry == 0 && _used == _entries.Length - 1 && TryCloseOne()) entry = _free;
        if (entry != 0) _free = _entries[entry].Newer;
        else if (_used < _entries.Length - 1) entry = ++_used;
        return entry != 0;
    }

    /// <summary>Nobody gets this handle any more; it is closed when the last that has it is done.</summary>
    private void Retire(int entry)
    {
        ref Entry old = ref _entries[entry];
        if (old.IsRetired) return;
        old.IsRetired = true;
        _byPath.Remove(old.Hash, entry);
        if (old.Users == 0) Close(entry);
    }

    private void CloseOldest() => Close(_oldestIdle);

    /// <summary>Closes a file that nobody uses.</summary>
    private void Close(int entry)
    {
        ref Entry closed = ref _entries[entry];
        Check.That(closed.Users == 0);
        LeaveIdle(entry);
        if (!closed.IsRetired) _byPath.Remove(closed.Hash, entry);
        _byHandle.Remove(Fnv.Mix((ulong)closed.Handle), entry);
        _kernel.Close(closed.Handle);
        closed = new() { Newer = _free };
        _free = entry;
        Count--;
    }

    private void EnterIdle(int entry)
    {
        ref Entry idle = ref _entries[entry];
        idle.IdleSince = _now;
        idle.Older = _newestIdle;
        idle.Newer = 0;
        if (_newestIdle != 0) _entries[_newestIdle].Newer = entry;
        else _oldestIdle = entry;
        _newestIdle = entry;
        IdleCount++;
    }

    private void LeaveIdle(int entry)
    {
        ref Entry used = ref _entries[entry];
        if (used.Older != 0) _entries[used.Older].Newer = used.Newer;
        else _oldestIdle = used.Newer;
        if (used.Newer != 0) _entries[used.Newer].Older = used.Older;
        else _newestIdle = used.Older;
        IdleCount--;
    }

    private int Find(ulong hash, ReadOnlySpan<byte> path)
    {
        for (int entry = _byPath.First(hash); entry > 0; entry = _byPath.Next(entry))
        {
            if (_entries[entry].Hash == hash && path.SequenceEqual(_entries[entry].File.HostPath)) return entry;
        }

        return 0;
    }

    private int FindHandle(int handle)
    {
        int entry = _byHandle.First(Fnv.Mix((ulong)handle));
        while (entry > 0 && _entries[entry].Handle != handle) entry = _byHandle.Next(entry);
        Check.That(entry > 0);
        return entry;
    }

    private static FileFault FaultOf(SysResult failed) => failed switch
    {
        { IsOutOfResources: true } => FileFault.OutOfHandles,
        { Errno: Errno.NoEntry or Errno.NotDirectory or Errno.IsDirectory or Errno.NotSupported } => FileFault.Gone,
        _ => FileFault.Unreadable,
    };

    /// <summary>One open file.</summary>
    private struct Entry
    {
        public BootFile File;
        public ulong Hash;
        public int Handle;

        /// <summary>Transfers that read it; at 0 it is in the list of the idle.</summary>
        public int Users;

        /// <summary>What was opened.</summary>
        public FileStatus Status;

        /// <summary>When the path last named what is open.</summary>
        public Instant Compared;
        public Instant IdleSince;

        /// <summary>Neighbours in the list of the idle; of a free entry, the next free one.</summary>
        public int Newer;
        public int Older;

        /// <summary>Its path names something else, or reading it failed.</summary>
        public bool IsRetired;
    }
}
