using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Kernel;

namespace Aglet.Tests.Simulation;

/// <summary>The power goes off in the middle of a call: whoever runs the server catches it, as no server can.</summary>
internal sealed class PowerCutException() : Exception("the power went off");

/// <summary>
/// What the simulated server writes: what a file holds for who reads it now, and what of it the disk has. A power cut
/// leaves of the rest anything: each write not at all, in part or whole, in no order; of the names a beginning.
/// </summary>
internal sealed class SimDisk(SimFiles files, ulong seed)
{
    private readonly Dictionary<SimFile, Durable> _durable = [];
    private readonly List<(byte[] Path, SimFile File)> _unsyncedNames = [];
    private readonly Dictionary<string, SimFile> _names = new(StringComparer.Ordinal);
    private readonly HashSet<SimFile> _locked = [];
    private Prng _prng = new(seed ^ 0x6469_736B_0000_0000);

    /// <summary>What can still be written before it is full.</summary>
    public long FreeBytes { get; set; } = long.MaxValue;

    public bool IsReadOnly { get; set; }

    /// <summary>Every sync fails, and what it was for is lost.</summary>
    public bool IsFailing { get; set; }

    /// <summary>Calls that write, so far.</summary>
    public int Calls { get; private set; }

    public int Syncs { get; private set; }

    /// <summary>Bytes that were written, so far.</summary>
    public long Written { get; private set; }

    /// <summary>The call that the power goes off in; -1 for none.</summary>
    public int CutAt { get; set; } = -1;

    /// <summary>Somebody else wrote the file, and it is on the disk.</summary>
    public void Forget(SimFile file)
    {
        _durable.Remove(file);
        _names[Encoding.UTF8.GetString(file.Path)] = file;
        _durable[file] = new() { Bytes = [.. file.From(0, file.Size)] };
    }

    public bool TryLock(SimFile folder) => _locked.Add(folder);

    public void Unlock(SimFile folder) => _locked.Remove(folder);

    public SysResult Open(ReadOnlySpan<byte> path, bool isNew, out SimFile? file)
    {
        Count();
        file = files.Find(path);
        if (file is { Kind: FileKind.Directory }) return SysResult.Failed(Errno.IsDirectory);
        if (file is null && !isNew) return SysResult.Failed(Errno.NoEntry);
        if (IsReadOnly) return SysResult.Failed(Errno.ReadOnly);
        if (file is null)
        {
            if (FreeBytes <= 0) return SysResult.Failed(Errno.NoSpace);
            file = files.Add(Encoding.UTF8.GetString(path), []);
            _unsyncedNames.Add((file.Path, file));
        }
        else if (!_durable.ContainsKey(file))
        {
            // It was there before the server.
            _durable[file] = new() { Bytes = [.. file.From(0, file.Size)] };
            _names[Encoding.UTF8.GetString(file.Path)] = file;
        }

        _durable.TryAdd(file, new());
        if (isNew && file.Size > 0) Cut(file, 0);
        return SysResult.Ok();
    }

    public SysResult Write(SimFile file, ReadOnlySpan<byte> bytes, long offset)
    {
        Count();
        if (IsReadOnly) return SysResult.Failed(Errno.ReadOnly);
        long more = Math.Max(0, offset + bytes.Length - file.Size);
        if (more > FreeBytes)
        {
            // A real disk takes what fits.
            bytes = bytes[..(int)Math.Max(0, bytes.Length - (more - FreeBytes))];
            Put(file, bytes, offset);
            return SysResult.Failed(Errno.NoSpace);
        }

        Put(file, bytes, offset);
        return SysResult.Ok(bytes.Length);
    }

    public SysResult Truncate(SimFile file, long length)
    {
        Count();
        if (IsReadOnly) return SysResult.Failed(Errno.ReadOnly);
        Cut(file, length);
        return SysResult.Ok();
    }

    public SysResult Sync(SimFile file)
    {
        Count();
        Syncs++;
        if (IsFailing)
        {
            if (_durable.TryGetValue(file, out Durable? lost)) lost.Unsynced.Clear();
            return SysResult.Failed(Errno.InputOutput);
        }

        if (file.Kind == FileKind.Directory)
        {
            foreach ((byte[] path, SimFile named) in _unsyncedNames) Name(path, named);
            _unsyncedNames.Clear();
            return SysResult.Ok();
        }

        Durable durable = _durable[file];
        foreach ((long offset, byte[]? bytes) in durable.Unsynced) durable.Apply(offset, bytes);
        durable.Unsynced.Clear();
        return SysResult.Ok();
    }

    public SysResult Rename(ReadOnlySpan<byte> path, ReadOnlySpan<byte> newPath)
    {
        Count();
        if (files.Find(path) is not { } file) return SysResult.Failed(Errno.NoEntry);
        if (IsReadOnly) return SysResult.Failed(Errno.ReadOnly);
        files.Remove(Encoding.UTF8.GetString(path));
        files.Link(newPath.ToArray(), file);
        _unsyncedNames.Add((file.Path, file));
        return SysResult.Ok();
    }

    /// <summary>The machine starts again with what the disk has. Close the server's handles first.</summary>
    public void Restart()
    {
        int names = _unsyncedNames.Count == 0 ? 0 : _prng.Below(_unsyncedNames.Count + 1);
        for (int i = 0; i < names; i++) Name(_unsyncedNames[i].Path, _unsyncedNames[i].File);
        foreach ((byte[] path, SimFile _) in _unsyncedNames)
        {
            if (files.Find(path) is not null) files.Remove(Encoding.UTF8.GetString(path));
        }

        _unsyncedNames.Clear();
        foreach ((string path, SimFile file) in _names)
        {
            Durable durable = _durable[file];
            foreach ((long offset, byte[]? bytes) in durable.Unsynced)
            {
                int kept = _prng.Below(3);
                if (kept == 0) continue;
                durable.Apply(offset, kept == 1 && bytes is not null ? bytes[..(bytes.Length == 0 ? 0 : _prng.Below(bytes.Length))] : bytes);
            }

            durable.Unsynced.Clear();
            file.Replace([.. durable.Bytes], file.ModifiedUnixSeconds);
            if (files.Find(Encoding.UTF8.GetBytes(path)) != file) files.Link(Encoding.UTF8.GetBytes(path), file);
        }

        CutAt = -1;
    }

    private void Count()
    {
        if (Calls++ == CutAt) throw new PowerCutException();
    }

    private void Put(SimFile file, ReadOnlySpan<byte> bytes, long offset)
    {
        FreeBytes -= FreeBytes == long.MaxValue ? 0 : Math.Max(0, offset + bytes.Length - file.Size);
        Written += bytes.Length;
        file.Write(bytes, offset);
        _durable[file].Unsynced.Add((offset, bytes.ToArray()));
    }

    private void Cut(SimFile file, long length)
    {
        FreeBytes += FreeBytes == long.MaxValue ? 0 : Math.Max(0, file.Size - length);
        file.Truncate(length);
        _durable[file].Unsynced.Add((length, null));
    }

    /// <summary>The disk has this name now; what had it has none.</summary>
    private void Name(byte[] path, SimFile file)
    {
        foreach ((string old, SimFile named) in _names)
        {
            if (named != file) continue;
            _names.Remove(old);
            break;
        }

        _names[Encoding.UTF8.GetString(path)] = file;
    }

    /// <summary>What the disk has of a file, and what it may have.</summary>
    private sealed class Durable
    {
        public List<byte> Bytes { get; init; } = [];

        /// <summary>In order: a write, or a cut at an offset (no bytes).</summary>
        public List<(long Offset, byte[]? Bytes)> Unsynced { get; } = [];

        public void Apply(long offset, byte[]? bytes)
        {
            if (bytes is null)
            {
                if (Bytes.Count > offset) Bytes.RemoveRange((int)offset, Bytes.Count - (int)offset);
                return;
            }

            int end = (int)offset + bytes.Length;
            if (Bytes.Count < end) System.Runtime.InteropServices.CollectionsMarshal.SetCount(Bytes, end);
            bytes.CopyTo(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Bytes)[(int)offset..]);
        }
    }
}
