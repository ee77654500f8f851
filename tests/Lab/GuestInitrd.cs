using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Text;
using System.Threading;

namespace Aglet.Tests.Lab;

/// <summary>
/// The initial root of the test guest: the Debian installer's own shell tools and network drivers, taken out
/// of its initrd, with our init in front. It boots with the installer's kernel in seconds, on each
/// architecture.
/// </summary>
internal static class GuestInitrd
{
    /// <summary>
    /// The drivers that the guest loads; what they depend on is found in the modules themselves.
    /// </summary>
    private static readonly string[] _drivers = ["virtio_pci", "virtio_net", "e1000"];

    /// <summary>The drivers of a disk, loaded only to install: the netboot initrd has those of USB alone.</summary>
    private static readonly string[] _diskDrivers = ["xhci_pci", "usb_storage", "sd_mod"];

    /// <summary>
    /// The shell and the libraries it needs, by the end of their names in the installer's initrd.
    /// </summary>
    private static readonly string[] _tools =
        ["bin/busybox", "/libc.so.6", "/libresolv.so.2", "/ld-linux-x86-64.so.2", "/ld-linux-aarch64.so.1"];

    private static readonly Lock _building = new();

    /// <summary>The path of the initrd for <c>amd64</c> or <c>arm64</c>; built once and kept.</summary>
    public static string For(string architecture)
    {
        string installer = Path.Combine(Repository.BootTree, "debian", architecture, "initrd.gz");
        if (!File.Exists(installer))
            throw new LabException($"{installer} is missing: run 'make tree'");
        string built = Path.Combine(Repository.CacheFolder, $"guest-{architecture}.gz");
        lock (_building)
        {
            DateTime newest = File.GetLastWriteTimeUtc(installer);
            foreach (string file in Directory.GetFiles(Repository.GuestFiles))
                newest = File.GetLastWriteTimeUtc(file) > newest ? File.GetLastWriteTimeUtc(file) : newest;
            if (!File.Exists(built) || File.GetLastWriteTimeUtc(built) < newest)
                Build(installer, built);
        }
        return built;
    }

    private static void Build(string installer, string target)
    {
        List<CpioEntry> taken;
        using (FileStream file = File.OpenRead(installer))
        using (var archive = new GZipStream(file, CompressionMode.Decompress))
            taken = CpioArchive.Read(archive, IsWanted);

        var modules = new Dictionary<string, CpioEntry>();
        var entries = new List<CpioEntry>();
        foreach (string folder in (string[])["dev", "proc", "sys", "tmp", "etc", "bin", "lib", "lib64", "modules"])
            entries.Add(new CpioEntry(folder, CpioEntry.Folder, []));
        var folders = new HashSet<string>();
        foreach (CpioEntry entry in taken)
        {
            if (entry.Name.EndsWith(".ko", StringComparison.Ordinal))
            {
                modules[Path.GetFileNameWithoutExtension(entry.Name).Replace('-', '_')] = entry;
                continue;
            }
            string folder = Path.GetDirectoryName(entry.Name)!;
            if (folder.Contains('/', StringComparison.Ordinal) && folders.Add(folder))
                entries.Add(new CpioEntry(folder, CpioEntry.Folder, []));
            entries.Add(entry);
        }
        var added = new List<string>();
        AddDrivers("order", _drivers, modules, added, entries);
        AddDrivers("disk", _diskDrivers, modules, added, entries);
        foreach (string file in (string[])["init", "udhcpc"])
        {
            entries.Add(new CpioEntry(file, CpioEntry.Executable,
                File.ReadAllBytes(Path.Combine(Repository.GuestFiles, file))));
        }

        using (FileStream file = File.Create(target + ".part"))
        using (var compressed = new GZipStream(file, CompressionLevel.Optimal))
            CpioArchive.Write(compressed, entries);
        File.Move(target + ".part", target, overwrite: true);
    }

    /// <summary>Adds drivers that are not there yet, and the list in whose order they are loaded.</summary>
    private static void AddDrivers(
        string list, string[] drivers, Dictionary<string, CpioEntry> modules, List<string> added, List<CpioEntry> entries)
    {
        int first = added.Count;
        foreach (string driver in drivers)
            AddModule(driver, modules, added);
        List<string> order = added[first..];
        foreach (string module in order)
            entries.Add(new CpioEntry($"modules/{module}", CpioEntry.Executable, modules[module].Content));
        string lines = string.Join('\n', order) + "\n";
        entries.Add(new CpioEntry("modules/" + list, CpioEntry.Executable, Encoding.ASCII.GetBytes(lines)));
    }

    private static bool IsWanted(string name)
    {
        if (name.EndsWith(".ko", StringComparison.Ordinal))
            return true;
        foreach (string tool in _tools)
        {
            if (name.EndsWith(tool, StringComparison.Ordinal))
                return true;
        }
        return false;
    }

    /// <summary>
    /// Adds a module behind those it depends on; a driver that the kernel has built in is no file.
    /// </summary>
    private static void AddModule(string name, Dictionary<string, CpioEntry> modules, List<string> order)
    {
        name = name.Replace('-', '_');
        if (order.Contains(name) || !modules.TryGetValue(name, out CpioEntry? module))
            return;
        foreach (string needed in Dependencies(module.Content))
            AddModule(needed, modules, order);
        order.Add(name);
    }

    /// <summary>
    /// Modules name what they need in a text of their own: <c>depends=a,b</c> and a zero byte.
    /// </summary>
    internal static string[] Dependencies(ReadOnlySpan<byte> module)
    {
        ReadOnlySpan<byte> key = "\0depends="u8;
        int at = module.IndexOf(key);
        if (at < 0)
            return [];
        ReadOnlySpan<byte> value = module[(at + key.Length)..];
        return Encoding.ASCII.GetString(value[..value.IndexOf((byte)0)])
            .Split(',', StringSplitOptions.RemoveEmptyEntries);
    }
}
