using System;
using System.Text;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>
/// Where <c>aglet again</c> leaves word for a server that runs: a file for each machine in the state folder, which the server
/// reads when a boot of that machine begins.
/// </summary>
/// <remarks>
/// The folder is locked by the server, and neither a signal nor a socket tells the one which machine the other means, so the
/// request lies in a file that only the command writes. It holds a number by chance. The server compares it with the one
/// that it last took note of, which is written down with the machine's install: so a request counts once, however often it
/// is read, whatever restarts or is lost in between, and neither of the two ever has to delete what the other may be writing.
/// It is read before the boot is decided: what was asked for before the machine's next boot applies to that boot.
/// </remarks>
internal sealed class AgainRequests
{
    private const string Prefix = "again.";

    private readonly IKernel _kernel;
    private readonly byte[] _path;
    private readonly int _nameAt;

    public AgainRequests(IKernel kernel, string folder)
    {
        _kernel = kernel;
        byte[] prefix = Encoding.UTF8.GetBytes($"{folder.TrimEnd('/')}/{Prefix}");
        _nameAt = prefix.Length;
        _path = new byte[prefix.Length + 256];
        prefix.CopyTo(_path, 0);
    }

    /// <summary>The request for a machine; false when there is none.</summary>
    public bool TryRead(in InstallKey key, out UInt128 request)
    {
        request = 0;
        SysResult opened = _kernel.OpenFile(PathOf(key), out _);
        if (opened.IsError) return false;
        Span<byte> bytes = stackalloc byte[16];
        SysResult read = _kernel.ReadAt(opened.Count, bytes, 0);
        _kernel.Close(opened.Count);
        if (read.IsError || read.Count < bytes.Length) return false;
        request = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return request != 0;
    }

    /// <summary>Asks that a machine be installed again; the request is on the disk before it gets its name.</summary>
    public SysResult Write(in InstallKey key)
    {
        Span<byte> bytes = stackalloc byte[16];
        _kernel.FillRandom(bytes);
        bytes[0] |= 1;
        byte[] path = PathOf(key).ToArray();
        byte[] temporary = [.. path, .. ".new"u8];
        SysResult opened = _kernel.OpenForWriting(temporary, isNew: true);
        if (opened.IsError) return opened;
        SysResult result = _kernel.WriteAt(opened.Count, bytes, 0);
        if (!result.IsError) result = _kernel.Sync(opened.Count);
        _kernel.Close(opened.Count);
        return result.IsError ? result : _kernel.Rename(temporary, path);
    }

    private ReadOnlySpan<byte> PathOf(in InstallKey key)
    {
        WireWriter name = new(_path.AsSpan(_nameAt));
        if (key.Name is not null) name.Bytes(key.Name);
        else BootUrl.WriteMac(ref name, key.HardwareAddress, (byte)'-');
        return _path.AsSpan(0, _nameAt + name.Length);
    }
}
