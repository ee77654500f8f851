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

/// <summary>Walks a folder and indexes every regular file in it, a bounded piece of work at a time.</summary>
/// <remarks>
/// Links are followed. Names that begin with a dot are files like others: Anaconda asks for <c>.treeinfo</c>, Debian's
/// media hold <c>.disk/info</c>. What is neither file nor folder (devices, pipes, links to nothing) is noted and left
/// out. A folder is not entered from within itself; where the kernel tells no identity, depth and count are the bounds.
/// </remarks>
internal sealed class BootTreeScanner
{
    private const int NotesMax = 100;

    /// <summary>What one reading of a folder gets: about 150 names, each of which costs a look at its file.</summary>
    private const int ReadingBytes = 8 * 1024;

    /// <summary>Entries sorted, taken or placed by one step, about as much work as a reading.</summary>
    private const int EntriesPerStep = 1024;

    private readonly IKernel _kernel;
    private readonly List<ScanNote> _notes;
    private readonly string _root;
    private readonly BootTreeBuilder _files = new();
    private readonly ScannedFolder?[] _folders = new ScannedFolder?[Limits.TreeDepth + 1];
    private readonly byte[] _names = new byte[ReadingBytes];
    private readonly FolderEntry[] _entries = new FolderEntry[ReadingBytes / FolderEntry.BytesMin];
    private readonly byte[] _path;
    private readonly int _rootLength;
    private BootTree? _placing;
    private int _handle = -1;
    private int _depth = -1;
    private int _folderCount;
    private int _notesLeftOut;
    private bool _isRefused;

    /// <summary>Begins at a folder; whether it can be read, the first step says.</summary>
    public BootTreeScanner(IKernel kernel, string root, List<ScanNote> notes)
    {
        (_kernel, _root, _notes) = (kernel, root, notes);
        byte[] path = Encoding.UTF8.GetBytes(root.Length > 1 ? root.TrimEnd('/') : root);
        _path = new byte[path.Length + Limits.PathBytes + 512];
        path.CopyTo(_path, 0);
        _rootLength = path is [(byte)'/'] ? 1 : path.Length + 1;
        SysResult found = kernel.GetStatus(path, out FileStatus status);
        string? problem = found.IsError
            ? found.Errno == Errno.NoEntry ? "no such folder" : Describe(found.Errno)
            : status.Kind != FileKind.Directory ? "it is not a folder" : null;
        if (problem is null)
        {
            EnterFolder(path.Length, 0, status);
            return;
        }

        notes.Add(new(true, $"{root}: the boot tree cannot be read: {problem}"));
        _isRefused = true;
    }

    /// <summary>
    /// The tree, when the last step is done; null when its folder cannot be read or holds too much, and the last note
    /// says why.
    /// </summary>
    public BootTree? Tree { get; private set; }

    /// <summary>Indexes a tree in one go; null as <see cref="Tree"/> is.</summary>
    public static BootTree? Scan(IKernel kernel, string root, List<ScanNote> notes)
    {
        BootTreeScanner scanner = new(kernel, root, notes);
        while (scanner.Step())
        {
            // Nobody waits for anything else.
        }

        return scanner.Tree;
    }

    /// <summary>A bounded piece of the work; false when there is no more.</summary>
    public bool Step()
    {
        if (_isRefused || Tree is not null) return false;
        if (_handle >= 0) ReadSome();
        else if (_depth >= 0) TakeSome();
        else PlaceSome();
        return !_isRefused && Tree is null;
    }

    /// <summary>Leaves a scan that is not finished.</summary>
    public void Abandon()
    {
        CloseFolder();
        _isRefused = true;
    }

    private void ReadSome()
    {
        ScannedFolder folder = _folders[_depth]!;
        SysResult read = _kernel.ReadFolder(_handle, _names, _entries);
        if (read.IsError)
        {
            CloseFolder();
            _depth--;
            OnUnreadable(folder.PathLength, read.Errno);
            return;
        }

        foreach (FolderEntry entry in _entries.AsSpan(0, read.Count))
            folder.Add(_names.AsSpan(entry.NameStart, entry.NameLength), entry.Status);
        if (read.Count == 0) CloseFolder();
    }

    /// <summary>Takes files of the folder until one of its folders must be read first.</summary>
    private void TakeSome()
    {
        ScannedFolder folder = _folders[_depth]!;
        if (folder.Sort(EntriesPerStep)) return;
        int depth = _depth;
        for (int i = 0; i < EntriesPerStep && _depth == depth && !_isRefused; i++)
        {
            if (!folder.TryTake(out ReadOnlySpan<byte> name, out FileStatus status))
            {
                _depth--;
                return;
            }

            Take(Join(folder.PathLength, name), depth, status);
        }
    }

    private void Take(int pathLength, int depth, in FileStatus status)
    {
        if (pathLength - _rootLength > Limits.PathBytes)
            Note(true, pathLength, $"its path below the tree is longer than {Limits.PathBytes} bytes, so it is not served");
        else if (status.Kind == FileKind.Directory)
            EnterFolder(pathLength, depth + 1, status);
        else if (status.Kind != FileKind.Regular)
            Note(false, pathLength, "it is neither a file nor a folder, so it is not served");
        else if (_files.Count >= Limits.TreeFiles)
            Refuse(pathLength, $"the boot tree has more than {Limits.TreeFiles} files");
        else
            _files.Add(_path.AsSpan(0, pathLength), pathLength - _rootLength, status);
    }

    private void EnterFolder(int pathLength, int depth, in FileStatus status)
    {
        if (depth > Limits.TreeDepth)
        {
            Note(true, pathLength, $"it is deeper than {Limits.TreeDepth} folders, so it is not served");
            return;
        }

        for (int above = 0; above < depth && status.Identity != 0; above++)
        {
            if (_folders[above]!.Identity != status.Identity) continue;
            Note(false, pathLength, "it is a link to a folder that it stands in, so it is not entered");
            return;
        }

        SysResult opened = _kernel.OpenFolder(_path.AsSpan(0, pathLength));
        if (opened.IsError)
        {
            OnUnreadable(pathLength, opened.Errno);
            return;
        }

        _handle = opened.Count;
        _depth = depth;
        (_folders[depth] ??= new()).Begin(pathLength, status.Identity);
        if (++_folderCount <= Limits.TreeFolders) return;
        CloseFolder();
        Refuse(
            pathLength, $"the boot tree has more than {Limits.TreeFolders} folders; do links in it lead in a circle?");
    }

    private void PlaceSome()
    {
        _placing ??= _files.Make();
        if (_placing.Place(EntriesPerStep)) return;
        Tree = _placing;
        CountNotesLeftOut();
    }

    private void CloseFolder()
    {
        if (_handle >= 0) _kernel.Close(_handle);
        _handle = -1;
    }

    /// <summary>A folder of the tree is noted, the tree itself is refused.</summary>
    private void OnUnreadable(int pathLength, Errno errno)
    {
        if (pathLength > _rootLength) Note(true, pathLength, Describe(errno));
        else Refuse(pathLength, Describe(errno));
    }

    private void Note(bool isError, int pathLength, string text)
    {
        if (_notes.Count < NotesMax) _notes.Add(new(isError, $"{Show(pathLength)}: {text}"));
        else _notesLeftOut++;
    }

    private void Refuse(int pathLength, string text)
    {
        _isRefused = true;
        _notes.Add(new(true, $"{Show(pathLength)}: {text}"));
        CountNotesLeftOut();
    }

    private void CountNotesLeftOut()
    {
        if (_notesLeftOut > 0) _notes.Add(new(false, $"{_root}: and {_notesLeftOut} more like these"));
    }

    /// <summary>A path on one line: names may hold any byte but a slash and a NUL.</summary>
    private string Show(int pathLength)
    {
        StringBuilder shown = new();
        foreach (char c in Encoding.UTF8.GetString(_path, 0, pathLength)) shown.Append(char.IsControl(c) ? '?' : c);
        return shown.ToString();
    }

    /// <summary>Puts a name behind the path of its folder and gives the length of both.</summary>
    private int Join(int folderLength, ReadOnlySpan<byte> name)
    {
        int slash = folderLength == 1 && _path[0] == (byte)'/' ? 0 : 1;
        _path[folderLength + slash - 1] = (byte)'/';
        name.CopyTo(_path.AsSpan(folderLength + slash));
        return folderLength + slash + name.Length;
    }

    private static string Describe(Errno errno) => errno switch
    {
        Errno.AccessDenied or Errno.NotPermitted => "permission denied",
        Errno.NotDirectory => "a part of its path is not a folder",
        Errno.TooManyLinks => "its links lead in a circle",
        _ => $"error {(int)errno} of the kernel",
    };
}
