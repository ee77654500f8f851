using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Core;
using Aglet.Kernel;

namespace Aglet.Tree;

/// <summary>Something that the scan did not take, in words.</summary>
/// <param name="IsError">A file that somebody will miss; else something that is no file at all.</param>
/// <param name="Text">One line: the path and why.</param>
internal readonly record struct ScanNote(bool IsError, string Text);

/// <summary>Walks a folder and indexes every regular file in it.</summary>
/// <remarks>
/// Links are followed. Names that begin with a dot are files like others: Anaconda asks for <c>.treeinfo</c>, Debian's
/// media hold <c>.disk/info</c>. What is neither file nor folder (devices, pipes, links to nothing) is noted and left
/// out. A folder is not entered from within itself; where the kernel tells no identity, depth and count are the bounds.
/// </remarks>
internal sealed class BootTreeScanner
{
    private const int NotesMax = 100;

    private readonly IKernel _kernel;
    private readonly List<ScanNote> _notes;
    private readonly List<BootFile> _files = [];
    private readonly ulong[] _entered = new ulong[Limits.TreeDepth + 1];
    private int _folders;
    private int _notesLeftOut;

    private BootTreeScanner(IKernel kernel, List<ScanNote> notes) => (_kernel, _notes) = (kernel, notes);

    /// <summary>
    /// Indexes a tree; null when its folder cannot be read or holds too much, and the last note says why.
    /// </summary>
    public static BootTree? Scan(IKernel kernel, string root, List<ScanNote> notes)
    {
        BootTreeScanner scanner = new(kernel, notes);
        byte[] rootPath = Encoding.UTF8.GetBytes(root.Length > 1 ? root.TrimEnd('/') : root);
        SysResult found = kernel.GetStatus(rootPath, out FileStatus status);
        string? problem = found.IsError
            ? found.Errno == Errno.NoEntry ? "no such folder" : Describe(found.Errno)
            : status.Kind != FileKind.Directory ? "it is not a folder" : null;
        if (problem is not null)
        {
            notes.Add(new(true, $"{root}: the boot tree cannot be read: {problem}"));
            return null;
        }

        scanner._entered[0] = status.Identity;
        int rootLength = rootPath is [(byte)'/'] ? 1 : rootPath.Length + 1;
        bool complete = scanner.ScanFolder(rootPath, rootLength, 0);
        if (scanner._notesLeftOut > 0) notes.Add(new(false, $"{root}: and {scanner._notesLeftOut} more like these"));
        return complete ? new BootTree(scanner._files) : null;
    }

    /// <summary>Takes the files of one folder and enters its folders; false when it is too much.</summary>
    private bool ScanFolder(byte[] folder, int rootLength, int depth)
    {
        List<DirectoryEntry> entries = [];
        SysResult listed = _kernel.ListDirectory(folder, entries);
        if (listed.IsError)
        {
            Note(true, folder, Describe(listed.Errno));
            return depth > 0;
        }

        if (++_folders > Limits.TreeFolders)
        {
            Refuse(folder, $"the boot tree has more than {Limits.TreeFolders} folders; do links in it lead in a circle?");
            return false;
        }

        foreach (DirectoryEntry entry in entries)
        {
            byte[] path = Join(folder, entry.Name);
            if (path.Length - rootLength > Limits.PathBytes)
            {
                Note(true, path, $"its path below the tree is longer than {Limits.PathBytes} bytes, so it is not served");
                continue;
            }

            bool goesOn = entry.Status.Kind switch
            {
                FileKind.Regular => AddFile(path, rootLength, entry.Status),
                FileKind.Directory => EnterFolder(path, rootLength, depth + 1, entry.Status),
                _ => Skip(path),
            };
            if (!goesOn) return false;
        }

        return true;
    }

    private bool AddFile(byte[] path, int rootLength, in FileStatus status)
    {
        if (_files.Count >= Limits.TreeFiles)
        {
            Refuse(path, $"the boot tree has more than {Limits.TreeFiles} files");
            return false;
        }

        _files.Add(new()
        {
            HostPath = path,
            Key = path.AsSpan(rootLength),
            Size = status.Size,
            ModifiedUnixSeconds = status.ModifiedUnixSeconds,
        });
        return true;
    }

    private bool EnterFolder(byte[] path, int rootLength, int depth, in FileStatus status)
    {
        if (depth > Limits.TreeDepth)
        {
            Note(true, path, $"it is deeper than {Limits.TreeDepth} folders, so it is not served");
            return true;
        }

        bool isWithinItself = status.Identity != 0 && _entered.AsSpan(0, depth).Contains(status.Identity);
        if (isWithinItself)
        {
            Note(false, path, "it is a link to a folder that it stands in, so it is not entered");
            return true;
        }

        _entered[depth] = status.Identity;
        return ScanFolder(path, rootLength, depth);
    }

    private bool Skip(byte[] path)
    {
        Note(false, path, "it is neither a file nor a folder, so it is not served");
        return true;
    }

    private void Note(bool isError, byte[] path, string text)
    {
        if (_notes.Count < NotesMax) Refuse(path, text, isError);
        else _notesLeftOut++;
    }

    private void Refuse(byte[] path, string text, bool isError = true) =>
        _notes.Add(new(isError, $"{Show(path)}: {text}"));

    /// <summary>A path on one line: names may hold any byte but a slash and a NUL.</summary>
    private static string Show(byte[] path)
    {
        StringBuilder shown = new();
        foreach (char c in Encoding.UTF8.GetString(path)) shown.Append(char.IsControl(c) ? '?' : c);
        return shown.ToString();
    }

    private static byte[] Join(byte[] folder, byte[] name)
    {
        int slash = folder is [(byte)'/'] ? 0 : 1;
        byte[] path = new byte[folder.Length + slash + name.Length];
        folder.CopyTo(path, 0);
        path[folder.Length + slash - 1] = (byte)'/';
        name.CopyTo(path, folder.Length + slash);
        return path;
    }

    private static string Describe(Errno errno) => errno switch
    {
        Errno.AccessDenied or Errno.NotPermitted => "permission denied",
        Errno.NotDirectory => "a part of its path is not a folder",
        Errno.TooManyLinks => "its links lead in a circle",
        _ => $"error {(int)errno} of the kernel",
    };
}
