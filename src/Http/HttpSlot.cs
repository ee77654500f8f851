using Aglet.Kernel;
using Aglet.Time;
using Aglet.Tree;

namespace Aglet.Http;

/// <summary>The kernel's side of a connection: its socket, what that is watched for, and the file it reads.</summary>
internal struct HttpSlot
{
    private int _fileHandle;
    private bool _hasFile;

    public int Socket { get; init; }

    public SocketToken Token { get; init; }

    public Readiness Interest { get; set; }

    /// <summary>
    /// The deadline in the heap, which may be earlier than the connection's: most move on before they come.
    /// </summary>
    public Instant Armed { get; set; }

    /// <summary>The handle of the open file, or -1.</summary>
    public readonly int File => _hasFile ? _fileHandle : -1;

    /// <summary>
    /// Opens the file of an answer. The index is what clients were told (length and tag), so a file that no longer
    /// matches it is not served.
    /// </summary>
    public HttpReject Open(Instant now, OpenFiles files, BootFile file)
    {
        CloseFile(files);
        FileFault fault = files.Open(now, file, out int handle);
        if (fault != FileFault.None) return RejectFor(fault);
        _fileHandle = handle;
        _hasFile = true;
        return HttpReject.None;
    }

    public void CloseFile(OpenFiles files)
    {
        if (_hasFile) files.Release(_fileHandle);
        _hasFile = false;
    }

    /// <summary>Reading the file failed: nobody else shall get this handle.</summary>
    public readonly void DistrustFile(OpenFiles files)
    {
        if (_hasFile) files.Distrust(_fileHandle);
    }

    private static HttpReject RejectFor(FileFault fault) => fault switch
    {
        FileFault.Gone => HttpReject.FileGone,
        FileFault.Changed => HttpReject.FileChanged,
        FileFault.OutOfHandles => HttpReject.OutOfFiles,
        _ => HttpReject.FileUnreadable,
    };
}
