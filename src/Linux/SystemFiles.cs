using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using Aglet.Kernel;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>
/// The files by which a kernel tells of itself (/proc, /sys) and its devices: their sizes mean nothing, so they are read
/// to their end. For the boot, not for the loop: every call allocates.
/// </summary>
internal static unsafe class SystemFiles
{
    private const int NamesBytes = 32 * 1024;

    /// <summary>Opens anything there is; devices do not block.</summary>
    public static SysResult Open(string path, int flags)
    {
        fixed (byte* name = Terminated(path))
        {
            return SystemCall.Result(Libc.open(name, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0x1A4));
        }
    }

    /// <summary>A file's bytes, or null when it cannot be read or has more than <paramref name="bytesMax"/>.</summary>
    public static byte[]? Read(string path, int bytesMax = 16 * 1024 * 1024)
    {
        SysResult opened = Open(path, O_RDONLY);
        if (opened.IsError) return null;
        byte[] content = new byte[4096];
        int length = 0;
        while (true)
        {
            if (length == content.Length) Array.Resize(ref content, content.Length * 2);
            SysResult read;
            fixed (byte* start = content)
            {
                read = SystemCall.Result(Libc.read(opened.Count, start + length, (nuint)(content.Length - length)));
            }

            if (read.Errno == Errno.Interrupted) continue;
            if (read.IsError || read.Count == 0 || length > bytesMax)
            {
                _ = Libc.close(opened.Count);
                return read.IsError || length > bytesMax ? null : content[..length];
            }

            length += read.Count;
        }
    }

    /// <summary>A file of one line, without its line feed; empty when it cannot be read.</summary>
    public static string ReadLine(string path) => Read(path, 65536) is { } bytes ? Encoding.UTF8.GetString(bytes).TrimEnd() : "";

    /// <summary>The first bytes of a device; fewer when it is smaller, null when it cannot be read.</summary>
    public static byte[]? ReadStart(string device, int bytes)
    {
        SysResult opened = Open(device, O_RDONLY);
        if (opened.IsError) return null;
        byte[] content = new byte[bytes];
        SysResult read = FileCalls.ReadAt(opened.Count, content, 0);
        _ = Libc.close(opened.Count);
        return read.IsError ? null : content[..read.Count];
    }

    public static SysResult Write(string path, ReadOnlySpan<byte> text)
    {
        SysResult opened = Open(path, O_RDWR);
        if (opened.IsError) return opened;
        fixed (byte* bytes = text)
        {
            SysResult written = SystemCall.Result(Libc.write(opened.Count, bytes, (nuint)text.Length));
            _ = Libc.close(opened.Count);
            return written;
        }
    }

    /// <summary>True when there is something of that name.</summary>
    public static bool Exists(string path)
    {
        SysResult opened = Open(path, O_RDONLY);
        if (opened.IsError) return opened.Errno is not Errno.NoEntry and not Errno.NotDirectory;
        _ = Libc.close(opened.Count);
        return true;
    }

    /// <summary>The names in a folder, sorted; none when it is not there.</summary>
    public static List<string> Names(string folder)
    {
        List<string> names = [];
        SysResult opened = Open(folder, O_RDONLY);
        if (opened.IsError) return names;
        byte[] buffer = new byte[NamesBytes];
        fixed (byte* start = buffer)
        {
            while (true)
            {
                SysResult read = SystemCall.Result(Libc.getdents64(opened.Count, start, NamesBytes));
                if (read.Errno == Errno.Interrupted) continue;
                if (read.IsError || read.Count == 0) break;
                dirent64* entry = (dirent64*)start;
                for (; (byte*)entry < start + read.Count; entry = (dirent64*)((byte*)entry + entry->d_reclen))
                {
                    string name = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry->d_name));
                    if (name is not "." and not "..") names.Add(name);
                }
            }
        }

        _ = Libc.close(opened.Count);
        names.Sort(string.CompareOrdinal);
        return names;
    }

    /// <summary>The last name of what a link points to; empty when it is no link.</summary>
    public static string LinkName(string path)
    {
        byte[] target = new byte[1024];
        fixed (byte* name = Terminated(path), room = target)
        {
            SysResult read = SystemCall.Result(Libc.readlink(name, room, (nuint)target.Length));
            if (read.IsError) return "";
            string text = Encoding.UTF8.GetString(target, 0, read.Count);
            return text[(text.LastIndexOf('/') + 1)..];
        }
    }

    /// <summary>Makes a folder with those above it; what is there already is fine.</summary>
    public static void MakeFolder(string path)
    {
        for (int at = path.IndexOf('/', 1); ; at = path.IndexOf('/', at + 1))
        {
            fixed (byte* name = Terminated(at < 0 ? path : path[..at])) _ = Libc.mkdir(name, 0x1ED);
            if (at < 0) return;
        }
    }

    /// <summary>A path as C wants it.</summary>
    public static byte[] Terminated(string path) => Encoding.UTF8.GetBytes(path + '\0');
}
