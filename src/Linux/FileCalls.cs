using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Aglet.Core;
using Aglet.Kernel;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>Files and folders, by path and by handle.</summary>
[SkipLocalsInit]
internal sealed unsafe class FileCalls
{
    /// <summary>The kernel's PATH_MAX, the NUL included.</summary>
    private const int PathBytesMax = 4096;

    /// <summary>Stripes of one call: a whole TFTP window, and on the stack.</summary>
    private const int StripesPerCall = 128;

    /// <summary>
    /// No O_DIRECTORY: its number differs between our architectures, and getdents64 refuses by itself.
    /// </summary>
    private const int OpenFlags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

    /// <summary>A new state file is for its owner's eyes: it says which machine was where, and when.</summary>
    private const uint NewFileMode = 0x180;

    private readonly byte[] _path = GC.AllocateArray<byte>(PathBytesMax, pinned: true);
    private readonly byte[] _newPath = GC.AllocateArray<byte>(PathBytesMax, pinned: true);

    /// <summary>O_NONBLOCK so that a pipe in the tree cannot stop the server before it is seen to be one.</summary>
    public SysResult Open(ReadOnlySpan<byte> path, out FileStatus status) => OpenRegular(path, OpenFlags, out status);

    public SysResult OpenForWriting(ReadOnlySpan<byte> path, bool isNew) =>
        OpenRegular(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (isNew ? O_CREAT | O_TRUNC : 0), out _);

    /// <summary>The lock is on the folder itself: no file is needed, which a full or read-only disk would not take.</summary>
    public SysResult LockFolder(ReadOnlySpan<byte> path)
    {
        SysResult opened = OpenAny(path, OpenFlags);
        if (opened.IsError) return opened;
        SysResult locked = StatusOf(opened.Count, out FileStatus status);
        if (!locked.IsError && status.Kind != FileKind.Directory) locked = SysResult.Failed(Errno.NotDirectory);
        if (!locked.IsError) locked = SystemCall.Result(Libc.flock(opened.Count, LOCK_EX | LOCK_NB));
        if (!locked.IsError) return opened;
        _ = Libc.close(opened.Count);
        return locked;
    }

    public static SysResult WriteAt(int file, ReadOnlySpan<byte> bytes, long offset)
    {
        int done = 0;
        fixed (byte* start = bytes)
        {
            while (done < bytes.Length)
            {
                SysResult result = SystemCall.Result(
                    Libc.pwrite(file, start + done, (nuint)(bytes.Length - done), offset + done));
                if (result.Errno == Errno.Interrupted) continue;
                if (result.IsError) return result;
                done += result.Count;
            }
        }

        return SysResult.Ok(done);
    }

    public static SysResult Truncate(int file, long length)
    {
        while (true)
        {
            SysResult result = SystemCall.Result(Libc.ftruncate(file, length));
            if (result.Errno != Errno.Interrupted) return result;
        }
    }

    public static SysResult Sync(int handle)
    {
        while (true)
        {
            SysResult result = SystemCall.Result(Libc.fdatasync(handle));
            if (result.Errno != Errno.Interrupted) return result;
        }
    }

    public SysResult Rename(ReadOnlySpan<byte> path, ReadOnlySpan<byte> newPath)
    {
        SysResult terminated = Terminate(path, _path);
        if (!terminated.IsError) terminated = Terminate(newPath, _newPath);
        if (terminated.IsError) return terminated;
        fixed (byte* from = _path, to = _newPath) return SystemCall.Result(Libc.rename(from, to));
    }

    public static SysResult ReadAt(int file, Span<byte> target, long offset)
    {
        int done = 0;
        fixed (byte* start = target)
        {
            while (done < target.Length)
            {
                SysResult result = SystemCall.Result(
                    Libc.pread(file, start + done, (nuint)(target.Length - done), offset + done));
                if (result.Errno == Errno.Interrupted) continue;
                if (result.IsError) return result;
                if (result.Count == 0) break;
                done += result.Count;
            }
        }

        return SysResult.Ok(done);
    }

    public static SysResult ReadStripes(int file, Span<byte> target, int gapBytes, int dataBytes, long offset)
    {
        Check.That(gapBytes >= 0 && dataBytes > 0);
        int stripeBytes = gapBytes + dataBytes;
        int lastBytes = Math.Max(0, (target.Length % stripeBytes) - gapBytes);
        int wanted = (target.Length / stripeBytes * dataBytes) + lastBytes;
        iovec* pieces = stackalloc iovec[StripesPerCall];
        int done = 0;
        fixed (byte* start = target)
        {
            while (done < wanted)
            {
                int count = 0;
                for (int at = done; at < wanted && count < StripesPerCall; count++)
                {
                    // A call may have ended within a stripe: the first piece begins where it did.
                    int within = at % dataBytes;
                    int length = Math.Min(dataBytes - within, wanted - at);
                    byte* data = start + (at / dataBytes * stripeBytes) + gapBytes + within;
                    pieces[count] = new() { iov_base = data, iov_len = (nuint)length };
                    at += length;
                }

                SysResult result = SystemCall.Result(Libc.preadv(file, pieces, count, offset + done));
                if (result.Errno == Errno.Interrupted) continue;
                if (result.IsError) return result;
                if (result.Count == 0) break;
                done += result.Count;
            }
        }

        return SysResult.Ok(done);
    }

    public SysResult GetStatus(ReadOnlySpan<byte> path, out FileStatus status)
    {
        status = default;
        SysResult terminated = Terminate(path, _path);
        if (terminated.IsError) return terminated;
        fixed (byte* name = _path) return Status(AT_FDCWD, name, 0, out status);
    }

    /// <summary>What is no folder is refused when it is read.</summary>
    public SysResult OpenFolder(ReadOnlySpan<byte> path) => OpenAny(path, OpenFlags);

    public static SysResult ReadFolder(int folder, Span<byte> room, Span<FolderEntry> entries)
    {
        Check.That(entries.Length >= room.Length / FolderEntry.BytesMin);
        fixed (byte* start = room)
        {
            while (true)
            {
                SysResult read = SystemCall.Result(Libc.getdents64(folder, start, (nuint)room.Length));
                if (read.Errno == Errno.Interrupted) continue;
                if (read.IsError || read.Count == 0) return read;
                int count = 0;
                dirent64* entry = (dirent64*)start;
                for (; (byte*)entry < start + read.Count; entry = (dirent64*)((byte*)entry + entry->d_reclen))
                {
                    byte* name = entry->d_name;
                    ReadOnlySpan<byte> text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
                    if (text.SequenceEqual("."u8) || text.SequenceEqual(".."u8)) continue;

                    // A link to nowhere, or a file removed since: a name with nothing that can be served.
                    if (Status(folder, name, 0, out FileStatus status).IsError) status = new(FileKind.Other, 0, 0);
                    entries[count++] = new((int)(name - start), text.Length, status);
                }

                if (count > 0) return SysResult.Ok(count);
            }
        }
    }

    private SysResult OpenRegular(ReadOnlySpan<byte> path, int flags, out FileStatus status)
    {
        status = default;
        SysResult opened = OpenAny(path, flags);
        if (opened.IsError) return opened;
        SysResult asked = StatusOf(opened.Count, out status);
        if (!asked.IsError && status.Kind == FileKind.Regular) return opened;
        _ = Libc.close(opened.Count);
        if (asked.IsError) return asked;
        return SysResult.Failed(status.Kind == FileKind.Directory ? Errno.IsDirectory : Errno.NotSupported);
    }

    private static SysResult StatusOf(int handle, out FileStatus status)
    {
        byte nothing = 0;
        return Status(handle, &nothing, AT_EMPTY_PATH, out status);
    }

    private SysResult OpenAny(ReadOnlySpan<byte> path, int flags)
    {
        SysResult terminated = Terminate(path, _path);
        if (terminated.IsError) return terminated;
        fixed (byte* name = _path)
        {
            while (true)
            {
                SysResult opened = SystemCall.Result(Libc.open(name, flags, NewFileMode));
                if (opened.Errno != Errno.Interrupted) return opened;
            }
        }
    }

    private static SysResult Status(int folder, byte* name, int flags, out FileStatus status)
    {
        const uint Asked = STATX_TYPE | STATX_SIZE | STATX_MTIME | STATX_INO | STATX_UID | STATX_GID;
        statx found;
        SysResult result = SystemCall.Result(
            Libc.statx(folder, name, flags, Asked, &found));
        if (result.IsError)
        {
            status = default;
            return result;
        }

        FileKind kind = (found.stx_mode & S_IFMT) switch
        {
            S_IFREG => FileKind.Regular,
            S_IFDIR => FileKind.Directory,
            _ => FileKind.Other,
        };
        ulong device = ((ulong)found.stx_dev_major << 32) | found.stx_dev_minor;
        ulong identity = Fnv.Mix(found.stx_ino ^ Fnv.Mix(device));
        status = new(kind, (long)found.stx_size, found.stx_mtime.tv_sec, identity, found.stx_uid, found.stx_gid);
        return result;
    }

    /// <summary>Copies a path to where C can read it.</summary>
    private static SysResult Terminate(ReadOnlySpan<byte> path, byte[] room)
    {
        if (path.Length >= PathBytesMax) return SysResult.Failed(Errno.NameTooLong);
        if (path.Contains((byte)0)) return SysResult.Failed(Errno.NoEntry); // no file has such a name
        path.CopyTo(room);
        room[path.Length] = 0;
        return SysResult.Ok();
    }
}
