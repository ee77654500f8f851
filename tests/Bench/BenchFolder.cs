using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using Aglet.Tests.Lab;

namespace Aglet.Tests.Bench;

/// <summary>The files of a measurement below <c>out/bench</c>: trees, configurations, logs, unpacked peers.</summary>
internal sealed class BenchFolder
{
    public const string Small = "small.bin";
    public const long SmallBytes = 4096;
    public const string LockStep = "lockstep.bin";
    public const long LockStepBytes = 16_000_000;
    public const string Shared = "shared.bin";
    public const long SharedBytes = 4_000_000;
    public const string Big = "big.bin";
    public const long BigBytes = 64 << 20;

    /// <summary>Clients of the DHCP measurement, all with a lease before it begins.</summary>
    public const int Machines = 20_000;

    /// <summary>Files of the large tree.</summary>
    public const int ManyFiles = 100_000;

    /// <param name="root">Where all of it lies; null: <c>out/bench</c>.</param>
    public BenchFolder(string? root = null)
    {
        Root = Directory.CreateDirectory(root ?? Path.Combine(Repository.Root, "out", "bench")).FullName;
        Tree = Directory.CreateDirectory(Path.Combine(Root, "tree")).FullName;
        Work = Path.Combine(Root, "work");
        if (Directory.Exists(Work))
            Directory.Delete(Work, recursive: true);
        Directory.CreateDirectory(Work);
        BenchContent.Write(Path.Combine(Tree, Small), SmallBytes);
    }

    /// <summary>The files of all workloads.</summary>
    public void Fill()
    {
        BenchContent.Write(Path.Combine(Tree, LockStep), LockStepBytes);
        BenchContent.Write(Path.Combine(Tree, Shared), SharedBytes);
        BenchContent.Write(Path.Combine(Tree, Big), BigBytes);
        StringBuilder machines = new();
        for (int i = 0; i < Machines; i++)
            machines.Append(Mac(i)).Append('\n');
        File.WriteAllText(MachineList, machines.ToString());
    }

    public string Root { get; }

    /// <summary>What all servers serve.</summary>
    public string Tree { get; }

    /// <summary>Configurations, state and logs of the servers; emptied at the beginning.</summary>
    public string Work { get; }

    public string MachineList => Path.Combine(Work, "machines.txt");

    /// <summary>A file of the tree of so many bytes, made when it is asked for; its name.</summary>
    public string Sized(long bytes)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"sized-{bytes}.bin");
        string path = Path.Combine(Tree, name);
        if (!File.Exists(path) || new FileInfo(path).Length != bytes)
            BenchContent.Write(path, bytes);
        return name;
    }

    public string Peers => Path.Combine(Root, "peers");

    /// <summary>A tree of 100,000 files in 1,000 folders, made once; empty, so that they need no room, and one beside.</summary>
    public string LargeTree()
    {
        string tree = Path.Combine(Root, "large-tree");
        string finished = Path.Combine(Root, "large-tree.made");
        if (File.Exists(finished) && File.Exists(Path.Combine(tree, Small)))
            return tree;
        for (int folder = 0; folder < ManyFiles / 100; folder++)
        {
            string path = Directory.CreateDirectory(Path.Combine(tree, $"pool-{folder}")).FullName;
            for (int file = 0; file < 100; file++)
                File.WriteAllBytes(Path.Combine(path, $"package-{folder}-{file}.deb"), []);
        }
        BenchContent.Write(Path.Combine(tree, Small), SmallBytes);
        File.WriteAllText(finished, "");
        return tree;
    }

    public static string Mac(int machine)
        => string.Create(CultureInfo.InvariantCulture, $"02:be:00:{machine >> 16:x2}:{(machine >> 8) & 255:x2}:{machine & 255:x2}");

    /// <summary>
    /// The address of a machine's lease that is there from the start: anywhere in the pool, as a server that hashes would
    /// have chosen. Side by side they would make dnsmasq's search for a free one take seconds.
    /// </summary>
    public static string Address(int machine)
    {
        int place = (int)(machine * 7919L % 65_000);
        return string.Create(CultureInfo.InvariantCulture, $"10.0.{1 + (place / 255)}.{place % 255}");
    }

    /// <summary>A program of an unpacked peer, else the installed one; null when there is none.</summary>
    public string? Program(string name)
    {
        List<string> folders = [Path.Combine(Peers, "root", "usr", "sbin"), Path.Combine(Peers, "root", "usr", "bin")];
        folders.AddRange((Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin").Split(':'));
        foreach (string folder in folders)
        {
            if (folder.Length > 0 && File.Exists(Path.Combine(folder, name)))
                return Path.Combine(folder, name);
        }
        return null;
    }

    /// <summary>Where unpacked peers find their libraries.</summary>
    public string Libraries()
    {
        SortedSet<string> folders = [];
        string root = Path.Combine(Peers, "root");
        if (Directory.Exists(root))
        {
            foreach (string file in Directory.EnumerateFiles(root, "*.so*", SearchOption.AllDirectories))
                folders.Add(Path.GetDirectoryName(file)!);
        }
        return string.Join(':', folders);
    }
}
