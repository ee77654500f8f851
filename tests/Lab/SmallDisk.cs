using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace Aglet.Tests.Lab;

/// <summary>
/// A small file system on a folder, seen only inside a mount namespace of its own on the server's host, which a process that
/// does nothing holds: so it is there after a server that was killed.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(20);

    private readonly LabProcess _holder;
    private readonly string _folder;

    public SmallDisk(LabSession lab, string folder)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        _holder = LabProcess.Start("disk", lab.Network.Server, logFile: null,
            ["sh", "-c", "mount -t tmpfs -o size=128k none \"$0\" && echo mounted && exec sleep 3600", _folder]);
        if (!_holder.WaitFor("mounted", _limit))
            throw new LabException("no disk:\n" + _holder.Output);
    }

    /// <summary>What runs a command where the disk is to be seen.</summary>
    public IReadOnlyList<string> Enter =>
        ["nsenter", "--target", _holder.Id.ToString(CultureInfo.InvariantCulture), "--mount", "--net", "--"];

    private string Filler => Path.Combine(_folder, "filler");

    public void Fill() => Run("sh", "-c", "cat /dev/zero >\"$0\" 2>/dev/null; test -s \"$0\"", Filler);

    public void MakeRoom() => Run("rm", Filler);

    /// <summary>Mounts it again with other options.</summary>
    public void Remount(string options) => Run("mount", "-o", "remount," + options, _folder);

    public void Dispose() => _holder.Dispose();

    private void Run(params IReadOnlyList<string> command) =>
        LabProcess.Run(null, _limit, [.. Enter, .. command]).OrThrow(command[0]);
}
