using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;

namespace Aglet.Tests.Lab;

/// <summary>
/// A copy of the image that <c>make image</c> made, prepared as a person does on a PC: another aglet.json, more files in the
/// boot tree.
/// </summary>
internal sealed class ImageDisk : IDisposable
{
    public const string Mac = "02:a6:1e:00:00:0a";

    private const int TableAt = 446;
    private const int EntryBytes = 16;
    private const int SectorBytes = 512;

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    /// <param name="folder">Where the copy is made, and what is taken out of it.</param>
    /// <param name="architecture"><c>x64</c> or <c>arm64</c>.</param>
    public ImageDisk(string folder, string architecture)
    {
        string image = ImageOf(architecture);
        Folder = folder;
        File = Path.Combine(folder, "appliance.img");
        Run("cp", "--sparse=always", image, File);
    }

    public string Folder { get; }

    public string File { get; }

    public static string ImageOf(string architecture)
    {
        string image = Path.Combine(Repository.Root, "out", $"aglet-{architecture}.img");
        if (!System.IO.File.Exists(image))
            throw new LabException($"{image} is missing: run 'make image ARCH={architecture}'");
        return image;
    }

    /// <summary>Replaces the configuration.</summary>
    public void Configure(string config)
    {
        string file = Path.Combine(Folder, "aglet.json");
        System.IO.File.WriteAllText(file, config);
        Put(1, file, "aglet.json");
    }

    /// <summary>Copies a file to a FAT partition, as mtools address it within the disk.</summary>
    public void Put(int partition, string file, string target) => Run("mcopy", "-D", "o", "-i", Offset(partition), file, "::" + target);

    public void MakeFolder(int partition, string target) => Run("mmd", "-i", Offset(partition), "::" + target);

    public byte[] Get(int partition, string file)
        => LabProcess.RunForBytes(null, _limit, ["mtype", "-i", Offset(partition), "::" + file]);

    /// <summary>Copies all of a FAT partition into a folder.</summary>
    public void GetAll(int partition, string folder) => Run("mcopy", "-s", "-n", "-i", Offset(partition), "::*", folder);

    /// <summary>The paths of all files and folders on a FAT partition.</summary>
    public IReadOnlyList<string> Paths(int partition)
    {
        var paths = new List<string>();
        string listed = LabProcess.Run(null, _limit, ["mdir", "-/", "-b", "-i", Offset(partition), "::"]).OrThrow("mdir").Output;
        foreach (string line in listed.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            paths.Add(line.Replace("::/", "", StringComparison.Ordinal).TrimEnd('/'));
        return paths;
    }

    /// <summary>
    /// What the state partition holds, after its file system's own journal was replayed as the next mount does it; the disk
    /// itself is not touched.
    /// </summary>
    /// <returns>A folder.</returns>
    public string TakeState()
    {
        string copy = CopyOf(2, "state.ext4");
        string folder = Path.Combine(Folder, "state");
        LabResult repaired = LabProcess.Run(null, _limit, ["e2fsck", "-fy", copy]);
        if (repaired.ExitCode > 1)
            throw new LabException($"e2fsck: {repaired.ExitCode}\n{repaired.Output}");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        Run("debugfs", "-R", $"rdump / {folder}", copy);
        return folder;
    }

    /// <summary>What is wrong with the file systems that are written to, for who expects that they were unmounted; empty if nothing.</summary>
    public string Faults()
    {
        // Without -f a clean mark would be enough, without -n what it finds would be mended.
        LabResult state = LabProcess.Run(null, _limit, ["e2fsck", "-fn", CopyOf(2, "state.ext4")]);
        LabResult boot = LabProcess.Run(null, _limit, ["fsck.vfat", "-n", CopyOf(1, "boot.fat")]);
        System.IO.File.Delete(Path.Combine(Folder, "boot.fat"));
        bool isWhole = state.ExitCode == 0 && !state.Output.Contains("recovery", StringComparison.Ordinal);
        bool isUnmounted = boot.ExitCode == 0 && !boot.Output.Contains("Dirty bit", StringComparison.Ordinal);
        return (isWhole ? "" : state.Output) + (isUnmounted ? "" : boot.Output);
    }

    /// <summary>Where a partition begins in the disk and how long it is, in bytes, from the master boot record.</summary>
    public (long Start, long Bytes) Partition(int number)
    {
        ReadOnlySpan<byte> entry = Sector().AsSpan(TableAt + ((number - 1) * EntryBytes), EntryBytes);
        return (BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]) * (long)SectorBytes,
            BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]) * (long)SectorBytes);
    }

    public byte[] Sector()
    {
        byte[] sector = new byte[SectorBytes];
        using FileStream stream = System.IO.File.OpenRead(File);
        stream.ReadExactly(sector);
        return sector;
    }

    public void Dispose()
    {
        System.IO.File.Delete(File);
        System.IO.File.Delete(Path.Combine(Folder, "state.ext4"));
    }

    private string CopyOf(int partition, string name)
    {
        (long start, long bytes) = Partition(partition);
        string copy = Path.Combine(Folder, name);
        Run("dd", $"if={File}", $"of={copy}", "bs=1M", "iflag=skip_bytes,count_bytes", $"skip={start}", $"count={bytes}", "status=none");
        return copy;
    }

    private static void Run(params IReadOnlyList<string> command) => LabProcess.Run(null, _limit, command).OrThrow(command[0]);

    private string Offset(int partition) => $"{File}@@{Partition(partition).Start}";
}
