using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Core;
using Aglet.Kernel;

namespace Aglet.Tests.Simulation;

/// <summary>A file or folder in memory.</summary>
internal sealed class SimFile(byte[] path, byte[] content, FileKind kind)
{
    public byte[] Path { get; set; } = path;

    public byte[] Content { get; private set; } = content;

    public FileKind Kind { get; } = kind;

    /// <summary>Bytes that can be read now.</summary>
    public long Size { get; private set; } = content.Length;

    public long ModifiedUnixSeconds { get; set; } = 1_700_000_000;

    /// <summary>What is in it, when it is a folder.</summary>
    public List<SimFile> Children { get; } = [];

    /// <summary>May be opened.</summary>
    public bool IsReadable { get; set; } = true;

    /// <summary>As an inode's number: no other file has it.</summary>
    public ulong Identity { get; init; }

    public FileStatus Status => new(Kind, Size, ModifiedUnixSeconds, Identity);

    /// <summary>Somebody cuts the file while it is being served.</summary>
    public void Truncate(long size) => Size = Math.Min(size, Size);

    /// <summary>Somebody writes the file anew in place.</summary>
    public void Replace(byte[] content, long modifiedUnixSeconds)
    {
        Content = content;
        Size = content.Length;
        ModifiedUnixSeconds = modifiedUnixSeconds;
    }

    /// <summary>Writes at an offset, with zeros before it where the file ends earlier.</summary>
    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        long end = offset + bytes.Length;
        if (end > Content.Length)
        {
            byte[] larger = new byte[Math.Max(end, Content.Length * 2L)];
            Content.AsSpan(0, (int)Size).CopyTo(larger);
            Content = larger;
        }

        if (offset > Size) Content.AsSpan((int)Size, (int)(offset - Size)).Clear();
        bytes.CopyTo(Content.AsSpan((int)offset));
        Size = Math.Max(Size, end);
    }

    /// <summary>Bytes from an offset; fewer at the end.</summary>
    public ReadOnlySpan<byte> From(long offset, long count)
    {
        long available = Math.Clamp(Size - offset, 0, count);
        return available == 0 ? default : Content.AsSpan((int)offset, (int)available);
    }
}

/// <summary>The file system of the simulated server: paths are bytes, folders exist because files are in them.</summary>
internal sealed class SimFiles
{
    private readonly Dictionary<byte[], SimFile> _byPath = new(PathComparer.Instance);
    private readonly Dictionary<byte[], SimFile>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private ulong _identities;

    public SimFiles() => _lookup = _byPath.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>Adds a file and the folders above it.</summary>
    public SimFile Add(string path, byte[] content)
    {
        for (int slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            if (Find(Encoding.UTF8.GetBytes(path[..slash])) is null) Put(path[..slash], [], FileKind.Directory);
        }

        return Put(path, content, FileKind.Regular);
    }

    /// <summary>The name is gone; whoever has the file open still reads it, as with unlink(2).</summary>
    public void Remove(string path)
    {
        byte[] key = Encoding.UTF8.GetBytes(path);
        if (!_byPath.Remove(key, out SimFile? file)) throw new ArgumentException($"no file {path}");
        Leave(file);
    }

    /// <summary>Gives a file one more name, or another one's.</summary>
    public void Link(byte[] path, SimFile file)
    {
        if (_byPath.Remove(path, out SimFile? old)) Leave(old);
        file.Path = path;
        _byPath.Add(path, file);
        Enter(file);
    }

    public SimFile? Find(ReadOnlySpan<byte> path)
    {
        while (path.Length > 1 && path[^1] == '/') path = path[..^1];
        return _lookup.TryGetValue(path, out SimFile? file) ? file : null;
    }

    /// <summary>What is in a folder, shuffled: a real folder has no order either.</summary>
    public SysResult List(ReadOnlySpan<byte> path, Queue<SimFile> listing, ref Prng prng)
    {
        SimFile? folder = Find(path);
        if (folder is null) return SysResult.Failed(Errno.NoEntry);
        if (folder.Kind != FileKind.Directory) return SysResult.Failed(Errno.NotDirectory);
        SimFile[] entries = [.. folder.Children];
        for (int i = entries.Length - 1; i > 0; i--)
        {
            int other = prng.Below(i + 1);
            (entries[i], entries[other]) = (entries[other], entries[i]);
        }

        foreach (SimFile entry in entries) listing.Enqueue(entry);
        return SysResult.Ok();
    }

    private SimFile Put(string path, byte[] content, FileKind kind)
    {
        SimFile file = new(Encoding.UTF8.GetBytes(path), content, kind) { Identity = ++_identities };
        if (_byPath.Remove(file.Path, out SimFile? old)) Leave(old);
        _byPath.Add(file.Path, file);
        Enter(file);
        return file;
    }

    private void Enter(SimFile file) => FolderOf(file)?.Children.Add(file);

    private void Leave(SimFile file) => FolderOf(file)?.Children.Remove(file);

    private SimFile? FolderOf(SimFile file)
    {
        int slash = file.Path.AsSpan().LastIndexOf((byte)'/');
        return slash > 0 ? Find(file.Path.AsSpan(0, slash)) : null;
    }

    private sealed class PathComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly PathComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode((ReadOnlySpan<byte>)obj);

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => unchecked((int)Fnv.Hash(alternate));
    }
}
