using Aglet.Kernel;
using Aglet.Time;
using Aglet.Tree;

namespace Aglet.Http;

/// <summary>The kernel's side of a connection: its socket, what that is watched for, and the file it reads.</summary>
internal struct HttpSlot
{
    private BootFile? _file;
    private int _fileHandle;

    public int Socket { get; init; }

    public SocketToken Token { get; init; }

    public Readiness Interest { get; set; }

    /// <summary>
    /// The deadline in the heap, which may be earlier than the connection's: most move on before they come.
    /// </summary>
    public Instant Armed { get; set; }

    /// <summary>The handle of the open file, or -1.</summary>
    public readonly int File => _file is null ? -1 : _fileHandle;

    /// <summary>
    /// Opens a file, or keeps it when the request before was for the same: EDK2 asks HEAD then GET, and SAN boot
    /// thousands of ranges. The index is what clients were told (length and tag), so a file that no longer matches
    /// it is not served.
    /// </summary>
    public HttpReject Open(IKernel kernel, BootFile file)
    {
        if (ReferenceEquals(_file, file)) return HttpReject.None;
        CloseFile(kernel);
        SysResult found = kernel.GetStatus(file.HostPath, out FileStatus status);
        if (found.IsError) return RejectFor(found.Errno);
        if (status.Kind != FileKind.Regular) return HttpReject.FileGone;
        if (!file.IsUnchanged(status)) return HttpReject.FileChanged;
        SysResult opened = kernel.OpenFile(file.HostPath);
        if (opened.IsError) return RejectFor(opened.Errno);
        _file = file;
        _fileHandle = opened.Count;
        return HttpReject.None;
    }

    public void CloseFile(IKernel kernel)
    {
        if (_file is not null) kernel.Close(_fileHandle);
        _file = null;
    }

    private static HttpReject RejectFor(Errno errno) => errno switch
    {
        Errno.NoEntry or Errno.NotDirectory or Errno.IsDirectory => HttpReject.FileGone,
        Errno.TooManyFiles or Errno.TableFull or Errno.OutOfMemory => HttpReject.OutOfFiles,
        _ => HttpReject.FileUnreadable,
    };
}
