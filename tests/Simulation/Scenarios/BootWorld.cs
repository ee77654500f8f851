using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Aglet.Boot;
using Aglet.Commands;
using Aglet.Config;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;

namespace Aglet.Tests.Simulation.Scenarios;

/// <summary>
/// A configuration with its tree, as files of the simulated server, and the machines that boot from it with what each must
/// get. Machines by turns have each profile; every seventh is not in the configuration, every fifth has a reserved address.
/// </summary>
internal sealed class BootWorld
{
    private const string Template =
        """
        # {{ title }} for {{ name }}
        host {{ hostname }} at {{ address }} of {{ mac }} ({{ mac_dashes }}, {{ uuid }})
        role {{ role }}, from {{ http }} or {{ server }}
        {{{{ literal }}

        """;

    private static readonly Ipv4Address _server = new(0x0A00_0001);

    private readonly Dictionary<string, byte[]> _tree = [];
    private readonly DhcpMode _mode;

    public BootWorld(SimKernel kernel, DhcpMode mode, int count)
    {
        _mode = mode;
        Prng prng = new(kernel.Network.Seed ^ 0x7472_6565);
        AddFile("pxelinux.0", 42_430, ref prng);
        AddFile("bootx64.efi", 50_001, ref prng);
        AddFile("grubx64.efi", 40_960, ref prng);
        AddFile("snponly.efi", 70_000, ref prng);
        AddFile("debian/linux", 98_765, ref prng);

        // A multiple of every block size that is used: the last block is empty.
        AddFile("debian/initrd.gz", 1408 * 1024 / 16, ref prng);
        AddFile("rocky/vmlinuz", 123_456, ref prng);
        AddFile("rocky/initrd.img", 200_000, ref prng);
        AddFile("rocky/updates.img", 1, ref prng);
        foreach ((string key, byte[] content) in _tree) kernel.Files.Add($"/srv/boot/{key}", content);
        kernel.Files.Add("/etc/aglet/answers/debian.cfg", Encoding.UTF8.GetBytes(Template));
        kernel.Files.Add("/etc/aglet/answers/server.ks", Encoding.UTF8.GetBytes(Template));
        kernel.Files.Add("/etc/aglet/aglet.json", Encoding.UTF8.GetBytes(ConfigText(mode, count)));
    }

    /// <summary>A configuration with every section in it, for whoever wants to damage it.</summary>
    public static string SmallConfig => ConfigText(DhcpMode.Server, 3);

    /// <summary>Reads the configuration as the command does.</summary>
    public static BootCatalog Read(SimKernel kernel)
    {
        List<string> problems = [];
        Configuration? configuration = Configuration.Read(new Arguments([], [], []), kernel, problems);
        if (configuration is null) throw new SimulationException(string.Join('\n', problems));
        return configuration.Catalog;
    }

    /// <summary>The machine with a number; the same number is always the same machine.</summary>
    public SimClient Machine(int number, ulong seed)
    {
        BootProfile profile = ProfileOf(number);
        bool isDebian = profile is BootProfile.Bios or BootProfile.Uefi || !IsConfigured(number);
        return new(profile, HardwareOf(number), seed, new()
        {
            Tree = _tree,
            Kernel = isDebian ? "debian/linux" : "rocky/vmlinuz",
            Initrds = isDebian ? ["debian/initrd.gz"] : ["rocky/initrd.img", "rocky/updates.img"],
            Answer = client => AnswerOf(client, number, isDebian),
            Server = _server,
        });
    }

    private static BootProfile ProfileOf(int number) => (BootProfile)(number % 4);

    private static bool IsConfigured(int number) => number % 7 != 6;

    private static bool IsReserved(int number) => number % 5 == 0 && IsConfigured(number);

    private static HardwareAddress HardwareOf(int number) =>
        HardwareAddress.Read([0x52, 0x54, 0, 0, (byte)(number >> 8), (byte)(number & 255)]);

    private static Ipv4Address ReservationOf(int number) => new(0x0A00_0100 + (uint)(number / 5));

    private byte[] AnswerOf(SimClient client, int number, bool isDebian)
    {
        string dashes = client.HardwareAddress.ToString().Replace(':', '-');
        string name = IsConfigured(number) ? $"node{number}" : dashes;
        Ipv4Address address = _mode == DhcpMode.Server && IsReserved(number) ? ReservationOf(number) : client.Address;
        return Encoding.UTF8.GetBytes(
            $"# {(isDebian ? "Debian" : "Rocky")} for {name}\n"
            + $"host {name} at {address} of {client.HardwareAddress} ({dashes}, {new Guid(client.Uuid)})\n"
            + $"role {(IsConfigured(number) ? $"r{number}" : "none")}, from http://10.0.0.1 or 10.0.0.1\n"
            + "{{ literal }}\n");
    }

    private void AddFile(string key, int length, ref Prng prng)
    {
        byte[] content = new byte[length];
        for (int i = 0; i < length; i++) content[i] = (byte)(prng.Next() & 255);
        _tree.Add(key, content);
    }

    private static string ConfigText(DhcpMode mode, int count)
    {
        StringBuilder machines = new();
        for (int number = 0; number < count; number++)
        {
            if (!IsConfigured(number)) continue;
            string image = ProfileOf(number) is BootProfile.Bios or BootProfile.Uefi ? "debian" : "rocky";
            machines.Append(CultureInfo.InvariantCulture, $"    {{ \"name\": \"node{number}\", \"mac\": \"{HardwareOf(number)}\", ");
            if (IsReserved(number) && mode == DhcpMode.Server) machines.Append(CultureInfo.InvariantCulture, $"\"address\": \"{ReservationOf(number)}\", ");
            machines.Append(CultureInfo.InvariantCulture, $"\"image\": \"{image}\", \"vars\": {{ \"role\": \"r{number}\" }} }},\n");
        }

        string dhcp = mode == DhcpMode.Server
            ? """{ "mode": "server", "pool": "10.0.4.0-10.0.15.200", "lease": "1h", "router": "10.0.0.1", "dns": ["10.0.0.1"] }"""
            : """{ "mode": "proxy" }""";
        return $$"""
            {
              "network": { "interface": "eth0" },
              "dhcp": {{dhcp}},
              "tree": "/srv/boot",
              "vars": { "role": "none" },
              "images": {
                "debian": { "title": "Debian", "kernel": "debian/linux", "initrd": ["debian/initrd.gz"], "args": "--- quiet",
                            "answer": { "kind": "preseed", "template": "answers/debian.cfg" } },
                "rocky": { "title": "Rocky", "kernel": "rocky/vmlinuz", "initrd": ["rocky/initrd.img", "rocky/updates.img"],
                           "answer": { "kind": "kickstart", "template": "answers/server.ks" } },
              },
              "machines": [
            {{machines}}  ],
              "unknown": "debian",
            }
            """;
    }
}
