using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Net;

namespace Aglet.Tests.Simulation.Scenarios;

/// <summary>A tree of files that stay as they are and of files that somebody cuts, removes and writes anew all the time.</summary>
internal sealed class ConversationWorld
{
    public const int FickleFiles = 12;

    /// <summary>Sizes around blocks and buffers.</summary>
    private static readonly int[] _sizes = [0, 1, 511, 512, 513, 1408, 4096, 16_384, 16_385, 40_000, 150_000, 400_000];

    private readonly SimKernel _kernel;
    private readonly SimFile?[] _fickle = new SimFile?[FickleFiles];
    private readonly byte[] _content = new byte[200_000];
    private Prng _prng;

    public ConversationWorld(SimKernel kernel)
    {
        _kernel = kernel;
        _prng = new(kernel.Network.Seed ^ 0x7461_6C6B);
        for (int i = 0; i < _content.Length; i++) _content[i] = (byte)(_prng.Next() & 255);
        foreach (int size in _sizes)
        {
            byte[] content = new byte[size];
            for (int i = 0; i < size; i++) content[i] = (byte)(_prng.Next() & 255);
            Files.Add(content);
            kernel.Files.Add($"/srv/boot/{NameOf(Files.Count - 1)}", content);
        }

        for (int i = 0; i < FickleFiles; i++) _fickle[i] = kernel.Files.Add($"/srv/boot/{FickleName(i)}", [.. _content]);
        kernel.Files.Add("/etc/aglet/aglet.json", Encoding.UTF8.GetBytes("""
            {
              "network": { "interface": "eth0" },
              "dhcp": { "mode": "server", "pool": "10.0.4.0-10.0.15.200" },
              "tree": "/srv/boot",
              "images": { "disk": { "local": true } },
              "unknown": "disk",
            }
            """));
    }

    public static Ipv4Address Server { get; } = new(0x0A00_0001);

    /// <summary>What stays, by number.</summary>
    public List<byte[]> Files { get; } = [];

    public static string NameOf(int file) => $"kept/f{file}.bin";

    public static string FickleName(int file) => $"fickle/f{file}.bin";

    /// <summary>Somebody works on the tree.</summary>
    public void Meddle()
    {
        int number = _prng.Below(FickleFiles);
        string path = $"/srv/boot/{FickleName(number)}";
        switch (_fickle[number])
        {
            case null:
                _fickle[number] = _kernel.Files.Add(path, [.. _content]);
                break;
            case { } file when _prng.Below(4) == 0:
                _kernel.Files.Remove(path);
                if (_prng.Below(2) == 0) file.Truncate(_prng.Below(1000));
                _fickle[number] = null;
                break;
            case { } file when _prng.Below(3) == 0:
                file.IsReadable = !file.IsReadable;
                break;
            case { } file when _prng.Below(2) == 0:
                file.Truncate(_prng.Below((int)file.Size + 1));
                break;
            case { } file:
                file.Replace(_content[.._prng.Below(_content.Length)], file.ModifiedUnixSeconds + _prng.Below(2));
                break;
        }
    }
}
