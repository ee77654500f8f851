using System;
using System.Collections.Generic;
using System.Security.Cryptography;
using System.Text;
using Aglet.Tests.Simulation;
using Aglet.Update;
using Xunit;

namespace Aglet.Tests.Unit.Update;

/// <summary>The boot partition of an appliance on a simulated disk, and updates for it.</summary>
internal sealed class UpdateWorld
{
    public const string Boot = "/boot";
    public const string Package = "/usb/aglet.update";

    public UpdateWorld(ulong seed = 1)
    {
        Kernel = new(seed, FaultRates.None);
        Put("b/keep", []);
        Put("grub/grubenv", GrubEnvironment.With([], "slot", "a"));
        Put("config.txt", "arm_64bit=1\nos_prefix=a/\nkernel=linux\n"u8.ToArray());
        Put("a/cmdline.txt", "console=tty0 aglet.slot=a\n"u8.ToArray());
        Put("a/linux", Old);
        Put("a/initrd", Old);
        Put("a/version", "0.1.0\n"u8.ToArray());
    }

    public SimKernel Kernel { get; }

    public static byte[] Old { get; } = Encoding.ASCII.GetBytes("the old system");

    public static byte[] Linux { get; } = Bytes(700_001, 1);

    public static byte[] Initrd { get; } = Bytes(300_000, 2);

    public SystemSlots Slots => new(Kernel, Boot);

    public static byte[] Manifest(string architecture = "x64", string version = "0.2.0") =>
        ManifestOf(version, [("linux", Linux), ("initrd", Initrd)], architecture);

    public static byte[] ManifestOf(string version, (string Name, byte[] Content)[] files, string architecture = "x64")
    {
        StringBuilder text = new($"aglet-update 1\narch {architecture}\nversion {version}\n");
        foreach ((string name, byte[] content) in files)
            text.Append($"file {name} {content.Length} {Convert.ToHexStringLower(SHA256.HashData(content))}\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>A tar archive of plain files.</summary>
    public static byte[] Archive(params (string Name, byte[] Content)[] files)
    {
        List<byte> bytes = [];
        foreach ((string name, byte[] content) in files)
        {
            byte[] header = new byte[512];
            Encoding.ASCII.GetBytes(name).CopyTo(header, 0);
            Encoding.ASCII.GetBytes("0000644\0").CopyTo(header, 100);
            Encoding.ASCII.GetBytes(Convert.ToString(content.Length, 8).PadLeft(11, '0')).CopyTo(header, 124);
            header[156] = (byte)'0';
            Encoding.ASCII.GetBytes("ustar\000").CopyTo(header, 257);
            header.AsSpan(148, 8).Fill((byte)' ');
            int sum = 0;
            foreach (byte value in header) sum += value;
            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
            bytes.AddRange(header);
            bytes.AddRange(content);
            bytes.AddRange(new byte[(512 - (content.Length % 512)) % 512]);
        }

        bytes.AddRange(new byte[1024]);
        return [.. bytes];
    }

    public static byte[] Good(byte[]? manifest = null, byte[]? linux = null) =>
        Archive(("manifest", manifest ?? Manifest()), ("linux", linux ?? Linux), ("initrd", Initrd));

    /// <summary>Installs an archive from the slot that runs; what was said, empty when it went well.</summary>
    public string Install(byte[] archive, string running = "a", byte[]? key = null)
    {
        Kernel.Files.Add(Package, archive);
        return new UpdateInstall(Kernel, Boot, "x64", key ?? []).Run(Package, running);
    }

    public byte[] Read(string name)
    {
        SimFile? file = Kernel.Files.Find(Encoding.UTF8.GetBytes($"{Boot}/{name}"));
        return file is null ? [] : [.. file.From(0, file.Size)];
    }

    public string Variable(string name) => GrubEnvironment.Get(Read("grub/grubenv"), name);

    /// <summary>What GRUB does: the slot that is tried is tried once.</summary>
    public string Start()
    {
        string tried = Variable("try");
        string slot = tried.Length > 0 ? tried : Variable("slot");
        if (tried.Length > 0) Put("grub/grubenv", GrubEnvironment.With(Read("grub/grubenv"), "try", ""));
        return slot;
    }

    public void Put(string name, byte[] content) => Kernel.Disk.Forget(Kernel.Files.Add($"{Boot}/{name}", content));

    private static byte[] Bytes(int count, int seed)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
