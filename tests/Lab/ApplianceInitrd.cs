using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Text;

namespace Aglet.Tests.Lab;

/// <summary>
/// An initial root as an appliance image has it: the binary as <c>/init</c>, the drivers of the Debian installer's initrd
/// with the lists that depmod would make, and a configuration. No other program is in it.
/// </summary>
internal static class ApplianceInitrd
{
    private static readonly string[] _drivers = ["virtio_pci", "virtio_net", "e1000"];

    /// <summary>Writes it.</summary>
    /// <param name="target">The file.</param>
    /// <param name="config">The text of /etc/aglet/aglet.json.</param>
    /// <param name="tree">Files below /srv/boot.</param>
    public static void Write(string target, string config, IReadOnlyDictionary<string, byte[]> tree)
    {
        Dictionary<string, CpioEntry> modules = [];
        string folder = "";
        using (FileStream file = File.OpenRead(Path.Combine(Repository.BootTree, "debian", "amd64", "initrd.gz")))
        using (GZipStream archive = new(file, CompressionMode.Decompress))
        {
            foreach (CpioEntry entry in CpioArchive.Read(archive, name => name.EndsWith(".ko", StringComparison.Ordinal)))
            {
                modules[Path.GetFileNameWithoutExtension(entry.Name).Replace('-', '_')] = entry;
                folder = string.Join('/', entry.Name.Split('/')[..3]); // lib/modules/RELEASE
            }
        }

        List<CpioEntry> entries = [];
        foreach (string made in (string[])["dev", "etc", "etc/aglet", "srv", "srv/boot", "lib", "lib/modules", folder])
            entries.Add(new(made, CpioEntry.Folder, []));
        StringBuilder dependencies = new();
        StringBuilder aliases = new();
        HashSet<string> added = [];
        foreach (string driver in _drivers)
            Add(driver, folder, modules, added, entries, dependencies, aliases);
        entries.Add(File_($"{folder}/modules.dep", Encoding.ASCII.GetBytes(dependencies.ToString())));
        entries.Add(File_($"{folder}/modules.alias", Encoding.ASCII.GetBytes(aliases.ToString())));
        entries.Add(File_("etc/aglet/aglet.json", Encoding.UTF8.GetBytes(config)));
        foreach ((string path, byte[] content) in tree)
            entries.Add(File_("srv/boot/" + path, content));
        entries.Add(new("init", CpioEntry.Executable, File.ReadAllBytes(Repository.Binary)));
        using FileStream written = File.Create(target);
        using GZipStream compressed = new(written, CompressionLevel.Fastest);
        CpioArchive.Write(compressed, entries);
    }

    private static CpioEntry File_(string name, byte[] content) => new(name, CpioEntry.Executable, content);

    private static void Add(
        string module,
        string folder,
        Dictionary<string, CpioEntry> modules,
        HashSet<string> added,
        List<CpioEntry> entries,
        StringBuilder dependencies,
        StringBuilder aliases)
    {
        module = module.Replace('-', '_');
        if (!modules.TryGetValue(module, out CpioEntry? entry) || !added.Add(module))
            return;
        entries.Add(File_($"{folder}/{module}.ko", entry.Content));
        List<string> needed = Needs(module, modules, []);
        dependencies.Append(module).Append(".ko:");
        foreach (string other in needed)
            dependencies.Append(' ').Append(other).Append(".ko");
        dependencies.Append('\n');
        foreach (string alias in Texts(entry.Content, "alias="))
            aliases.Append("alias ").Append(alias).Append(' ').Append(module).Append('\n');
        foreach (string other in needed)
            Add(other, folder, modules, added, entries, dependencies, aliases);
    }

    /// <summary>What a module needs, what is needed by that behind it: depmod's order.</summary>
    private static List<string> Needs(string module, Dictionary<string, CpioEntry> modules, List<string> found)
    {
        foreach (string name in GuestInitrd.Dependencies(modules[module].Content))
        {
            string other = name.Replace('-', '_');
            if (!modules.ContainsKey(other))
                continue;
            found.Remove(other);
            found.Add(other);
            Needs(other, modules, found);
        }
        return found;
    }

    /// <summary>The module's own texts of one kind: between zero bytes.</summary>
    private static List<string> Texts(byte[] module, string key)
    {
        List<string> texts = [];
        ReadOnlySpan<byte> rest = module;
        byte[] mark = Encoding.ASCII.GetBytes("\0" + key);
        for (int at = rest.IndexOf(mark); at >= 0; at = rest.IndexOf(mark))
        {
            rest = rest[(at + mark.Length)..];
            texts.Add(Encoding.ASCII.GetString(rest[..rest.IndexOf((byte)0)]));
        }
        return texts;
    }
}
