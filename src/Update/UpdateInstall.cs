using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Core;
using Aglet.Kernel;

namespace Aglet.Update;

/// <summary>
/// Puts an update into the slot that does not run, and has it started once. All of it is proved before anything is
/// written, and once more from the disk; the slot that runs is never touched.
/// </summary>
/// <param name="kernel">The seam to the outside.</param>
/// <param name="bootFolder">Where the boot partition is mounted.</param>
/// <param name="architecture">Of this machine, as the manifest writes it: x64 or arm64.</param>
/// <param name="key">The public half of the key that updates must be signed with; empty for none.</param>
internal sealed class UpdateInstall(IKernel kernel, string bootFolder, string architecture, byte[] key)
{
    private const string ManifestName = "manifest";
    private const string SignatureName = "manifest.sig";

    private readonly SystemSlots _slots = new(kernel, bootFolder);
    private readonly byte[] _buffer = new byte[256 * 1024];
    private readonly List<UpdateEntry> _entries = [];

    /// <summary>The version that was put into the slot.</summary>
    public string Version { get; private set; } = "";

    /// <summary>The slot that it was put into.</summary>
    public string Slot { get; private set; } = "";

    /// <summary>Installs an update; empty on success, else why not and what to do.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="runningSlot">The slot that this system was started from; it stays as it is.</param>
    public string Run(string path, string runningSlot)
    {
        SysResult opened = kernel.OpenFile(ConfigRules.Bytes(path), out FileStatus status);
        if (opened.IsError) return ConfigFile.Describe(opened.Errno);
        string problem = Run(opened.Count, status.Size, runningSlot);
        kernel.Close(opened.Count);
        return problem;
    }

    private string Run(int archive, long size, string runningSlot)
    {
        if (!UpdateArchive.TryRead(kernel, archive, size, _entries, out string problem)) return problem;
        problem = ReadManifest(archive, out UpdateManifest? manifest);
        if (problem.Length > 0) return problem;
        foreach (UpdateFile file in manifest!.Files)
        {
            if (!TryFind(file.Name, out UpdateEntry entry) || entry.Size != file.Size)
            {
                return $"{file.Name} is not in it as its manifest says: get the update again";
            }

            problem = Prove(archive, entry.Offset, file, "it is damaged: get it again");
            if (problem.Length > 0) return problem;
        }

        Slot = SystemSlots.Other(runningSlot);
        Version = manifest.Version;
        return Fill(archive, manifest);
    }

    /// <summary>Fills the slot, its version last: a slot without one is not whole.</summary>
    private string Fill(int archive, UpdateManifest manifest)
    {
        string problem = _slots.Write(_slots.PathIn(Slot, "version"), default, isNew: true);
        if (problem.Length > 0) return problem;
        foreach (UpdateFile file in manifest.Files)
        {
            _ = TryFind(file.Name, out UpdateEntry entry);
            problem = Copy(archive, entry, file);
            if (problem.Length > 0) return problem;
        }

        problem = _slots.Write(_slots.PathIn(Slot, "version"), Encoding.Latin1.GetBytes(Version + "\n"), isNew: true);
        if (problem.Length > 0) return problem;
        _slots.SyncFolder();
        return _slots.Try(Slot);
    }

    private string ReadManifest(int archive, out UpdateManifest? manifest)
    {
        manifest = null;
        bool isThere = TryFind(ManifestName, out UpdateEntry entry);
        if (!isThere || entry.Size > UpdateManifest.BytesMax) return "it is no update: it has no manifest";
        byte[] text = new byte[entry.Size];
        SysResult read = kernel.ReadAt(archive, text, entry.Offset);
        if (read.IsError || read.Count != text.Length) return "it cannot be read";

        // Nothing is believed before the signature.
        if (key.Length > 0)
        {
            byte[] signature = new byte[Ed25519.SignatureBytes];
            bool isSignatureThere = TryFind(SignatureName, out UpdateEntry signed) && signed.Size == signature.Length
                && kernel.ReadAt(archive, signature, signed.Offset).Value == signature.Length;
            if (!isSignatureThere) return "it is not signed, and this appliance takes only what its update.key signed";
            if (!Ed25519.IsSigned(key, text, signature)) return "its signature is not by this appliance's update.key";
        }

        UpdateManifestReject reject = UpdateManifest.Parse(text, out manifest);
        if (reject != UpdateManifestReject.None) return $"its manifest cannot be read ({reject}): get the update again";
        return manifest!.Architecture == architecture
            ? ""
            : $"it is for {manifest.Architecture}, and this machine is {architecture}: get the update for {architecture}";
    }

    private string Copy(int archive, in UpdateEntry entry, UpdateFile file)
    {
        string path = _slots.PathIn(Slot, file.Name);
        SysResult opened = kernel.OpenForWriting(ConfigRules.Bytes(path), isNew: true);
        if (opened.IsError) return $"{path}: {SystemSlots.DescribeWriting(opened.Errno)}";
        string problem = "";
        for (long done = 0; done < file.Size && problem.Length == 0;)
        {
            Span<byte> piece = _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, file.Size - done));
            SysResult result = kernel.ReadAt(archive, piece, entry.Offset + done);
            if (!result.IsError && result.Count != piece.Length) result = SysResult.Failed(Errno.InputOutput);
            if (!result.IsError) result = kernel.WriteAt(opened.Count, piece, done);
            if (result.IsError) problem = $"{path}: {SystemSlots.DescribeWriting(result.Errno)}";
            done += piece.Length;
        }

        SysResult synced = problem.Length > 0 ? SysResult.Ok() : kernel.Sync(opened.Count);
        if (synced.IsError) problem = $"{path}: {SystemSlots.DescribeWriting(synced.Errno)}";
        if (problem.Length == 0) problem = Prove(opened.Count, 0, file, "the disk did not keep it: it may be worn out");
        kernel.Close(opened.Count);
        return problem;
    }

    private string Prove(int source, long offset, UpdateFile file, string otherwise)
    {
        Sha256 sha = new();
        for (long done = 0; done < file.Size;)
        {
            Span<byte> piece = _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, file.Size - done));
            SysResult read = kernel.ReadAt(source, piece, offset + done);
            if (read.IsError || read.Count != piece.Length) return $"{file.Name}: {otherwise}";
            sha.Append(piece);
            done += piece.Length;
        }

        Span<byte> hash = stackalloc byte[Sha256.HashBytes];
        sha.Finish(hash);
        return hash.SequenceEqual(file.Hash) ? "" : $"{file.Name}: {otherwise}";
    }

    private bool TryFind(string name, out UpdateEntry found)
    {
        foreach (UpdateEntry entry in _entries)
        {
            if (entry.Name != name) continue;
            found = entry;
            return true;
        }

        found = default;
        return false;
    }
}
