using System;
using System.Collections.Generic;
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

    /// <summary>Room for about 2,000 names a call.</summary>
    private const int FolderBufferBytes = 64 * 1024;

    /// <summary>
    /// No O_DIRECTORY: its number differs between our architectures, and getdents64 refuses by itself.
    /// </summary>
    private const int OpenFlags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

    private readonly byte[] _path = GC.AllocateArray<byte>(PathBytesMax, pinned: true);

    /// <summary>O_NONBLOCK so that a pipe in the tree cannot stop the server before it is seen to be one.</summary>
    public SysResult Open(ReadOnlySpan<byte> path)
    {
        SysResult opened = OpenAny(path);
        if (opened.IsError) return opened;
        byte nothing = 0;
        SysResult asked = Status(opened.Count, &nothing, AT_EMPTY_PATH, out FileStatus status);
        if (!asked.IsError && status.Kind == FileKind.Regular) return opened;
        _ = Libc.close(opened.Count);
        if (asked.IsError) return asked;
        return SysResult.Failed(status.Kind == FileKind.Directory ? Errno.IsDirectory : Errno.NotSupported);
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
        SysResult terminated = Terminate(path);
        if (terminated.IsError) return terminated;
        fixed (byte* name = _path) return Status(AT_FDCWD, name, 0, out status);
    }

    public SysResult ListFolder(ReadOnlySpan<byte> path, List<DirectoryEntry> entries)
    {
        SysResult opened = OpenAny(path);
        if (opened.IsError) return opened;
        SysResult listed = ListFolder(opened.Count, entries);
        _ = Libc.close(opened.Count);
        return listed;
    }

    private static SysResult ListFolder(int folder, List<DirectoryEntry> entries)
    {
        byte[] buffer = new byte[FolderBufferBytes];
        fixed (byte* start = buffer)
        {
            while (true)
            {
                SysResult read = SystemCall.Result(Libc.getdents64(folder, start, FolderBufferBytes));
                if (read.Errno == Errno.Interrupted) continue;
                if (read.IsError || read.Count == 0) return read;
                dirent64* entry = (dirent64*)start;
                for (; (byte*)entry < start + read.Count; entry = (dirent64*)((byte*)entry + entry->d_reclen))
                {
                    byte* name = entry->d_name;
                    ReadOnlySpan<byte> text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
                    if (text.SequenceEqual("."u8) || text.SequenceEqual(".."u8)) continue;

                    // A link to nowhere, or a file removed since: a name with nothing that can be served.
                    if (Status(folder, name, 0, out FileStatus status).IsError) status = new(FileKind.Other, 0, 0);
                    entries.Add(new(text.ToArray(), status));
                }
            }
        }
    }

    private SysResult OpenAny(ReadOnlySpan<byte> path)
    {
        SysResult terminated = Terminate(path);
        if (terminated.IsError) return terminated;
        fixed (byte* name = _path)
        {
            while (true)
            {
                SysResult opened = SystemCall.Result(Libc.open(name, OpenFlags, 0));
                if (opened.Errno != Errno.Interrupted) return opened;
            }
        }
    }

    private static SysResult Status(int folder, byte* name, int flags, out FileStatus status)
    {
        statx found;
        SysResult result = SystemCall.Result(
            Libc.statx(folder, name, flags, STATX_TYPE | STATX_SIZE | STATX_MTIME | STATX_INO, &found));
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
        status = new(kind, (long)found.stx_size, found.stx_mtime.tv_sec, Fnv.Mix(found.stx_ino ^ Fnv.Mix(device)));
        return result;
    }

    /// <summary>Copies a path to where C can read it.</summary>
    private SysResult Terminate(ReadOnlySpan<byte> path)
    {
        if (path.Length >= PathBytesMax) return SysResult.Failed(Errno.NameTooLong);
        if (path.Contains((byte)0)) return SysResult.Failed(Errno.NoEntry); // no file has such a name
        path.CopyTo(_path);
        _path[path.Length] = 0;
        return SysResult.Ok();
    }
}
