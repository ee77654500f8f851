using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Threading.Tasks;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tests.Simulation;

/// <summary>Which firmware and boot program a simulated machine has.</summary>
internal enum BootProfile : byte
{
    /// <summary>Intel's BIOS ROM, then PXELINUX; Debian's installer.</summary>
    Bios,

    /// <summary>EDK2, then shim and GRUB by TFTP; Debian's installer.</summary>
    Uefi,

    /// <summary>iPXE in the network card; Anaconda.</summary>
    Ipxe,

    /// <summary>UEFI HTTP Boot, then iPXE by HTTP; no TFTP at all; Anaconda.</summary>
    HttpBoot,
}

/// <summary>What a simulated machine must be given.</summary>
internal sealed record BootExpectation
{
    /// <summary>Files of the tree by their keys.</summary>
    public required IReadOnlyDictionary<string, byte[]> Tree { get; init; }

    public required string Kernel { get; init; }

    public required IReadOnlyList<string> Initrds { get; init; }

    /// <summary>The answer file as it must be for this machine, which has this address.</summary>
    public required Func<SimClient, byte[]> Answer { get; init; }

    /// <summary>The server's own address.</summary>
    public required Ipv4Address Server { get; init; }
}

/// <summary>
/// A machine that boots from its firmware to its installer's answer file, and starts again from the firmware when a step
/// fails, as people make real ones do. It checks every byte that it gets.
/// </summary>
internal sealed class SimClient(BootProfile profile, HardwareAddress hardwareAddress, ulong seed, BootExpectation expected)
    : SimMachine(hardwareAddress, seed)
{
    /// <summary>A real operator gives up sooner; more than this is the server's fault.</summary>
    private const int BootsMax = 40;

    private Ipv4Address _heldBefore;

    public BootProfile Profile { get; } = profile;

    /// <summary>It has its answer file, and everything before it was right.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>How often it started from its firmware.</summary>
    public int Boots { get; private set; }

    /// <summary>Why the last boot failed.</summary>
    public string LastFailure { get; private set; } = "";

    /// <summary>Bytes of files that it fetched and compared.</summary>
    public long VerifiedBytes { get; private set; }

    /// <summary>The machine's name for a failed test's message.</summary>
    public override string ToString() => $"{HardwareAddress} ({Profile})";

    protected override async Task Run()
    {
        while (true)
        {
            Boots++;
            try
            {
                string commandLine = await BootOnce();
                await Install(commandLine);
                IsFinished = true;
                return;
            }
            catch (BootFailure failure) when (Boots < BootsMax)
            {
                LastFailure = failure.Message;
            }

            Reset();
            await Sleep(Duration.FromMilliseconds(1000 + RandomBelow(4000)));
        }
    }

    private string Mac => HardwareAddress.ToString();

    private Task<string> BootOnce() => Profile switch
    {
        BootProfile.Bios => BootBios(),
        BootProfile.Uefi => BootUefi(),
        BootProfile.Ipxe => BootIpxe(architecture: 0),
        _ => BootHttp(),
    };

    /// <summary>Its SMBIOS UUID as it travels.</summary>
    public byte[] Uuid
    {
        get
        {
            byte[] uuid = new byte[16];
            HardwareAddress.Write(uuid.AsSpan(8));
            uuid[0] = 0x4C;
            return uuid;
        }
    }

    /// <summary>The ROM asks without the broadcast flag every other time: both forms are met.</summary>
    private async Task<string> BootBios()
    {
        SimBinding binding = await Configure(new()
        {
            VendorClass = "PXEClient:Arch:00000:UNDI:002001",
            Architecture = 0,
            Uuid = Uuid,
            Broadcast = (Random() & 1) == 0,
        });
        Ipv4Address server = ServerOf(binding.Boot);
        string program = binding.Boot.BootFile;
        await FetchFile(server, program, SimTftpStyle.BiosRom);
        string folder = program[..(program.LastIndexOf('/') + 1)];
        string config = await FindConfig(server, PxelinuxNames(folder), SimTftpStyle.Pxelinux);
        BootEntry entry = BootScripts.ReadPxelinux(config) ?? throw new ServerFault($"{this} boots its disk:\n{config}");
        CheckEntry(entry, PxelinuxPath(folder, entry.Kernel), [.. PxelinuxPaths(folder, entry.Initrds)]);
        await FetchFile(server, expected.Kernel, SimTftpStyle.Pxelinux);
        foreach (string initrd in expected.Initrds) await FetchFile(server, initrd, SimTftpStyle.Pxelinux);
        return entry.CommandLine;
    }

    private async Task<string> BootUefi()
    {
        SimBinding binding = await Configure(new()
        {
            VendorClass = "PXEClient:Arch:00007:UNDI:003000",
            Architecture = 7,
            Uuid = Uuid,
            Broadcast = true,
            ProxyPort = 4011,
        });
        Ipv4Address server = ServerOf(binding.Boot);
        string program = binding.Boot.BootFile;
        long size = await SimTftpClient.Probe(this, server, program, SimTftpStyle.Edk2);
        if (size != expected.Tree[program].Length) throw new ServerFault($"{program}: tsize {size}");
        await FetchFile(server, program, SimTftpStyle.Edk2);

        // shim: its revocations, which nobody has, then GRUB beside it.
        string folder = program[..(program.LastIndexOf('/') + 1)];
        await MissFile(server, folder + "revocations_sku.efi", SimTftpStyle.Shim);
        await FetchFile(server, folder + "grubx64.efi", SimTftpStyle.Shim);
        string prefix = "debian-installer/amd64/grub/";
        await MissFile(server, prefix + "x86_64-efi/command.lst", SimTftpStyle.Grub);
        string config = await FindConfig(server, GrubNames(prefix), SimTftpStyle.Grub);
        (BootEntry? entry, string next) = BootScripts.ReadGrub(config, Mac);
        if (next.Length > 0)
        {
            config = await FindConfig(server, [next], SimTftpStyle.Grub);
            (entry, _) = BootScripts.ReadGrub(config, Mac);
        }

        if (entry is null) throw new ServerFault($"{this} boots its disk:\n{config}");
        CheckEntry(entry, entry.Kernel.TrimStart('/'), [.. Trimmed(entry.Initrds)]);
        await FetchFile(server, entry.Kernel, SimTftpStyle.Grub);
        foreach (string initrd in entry.Initrds) await FetchFile(server, initrd, SimTftpStyle.Grub);
        return entry.CommandLine;
    }

    private async Task<string> BootIpxe(int architecture)
    {
        SimBinding binding = await Configure(new()
        {
            VendorClass = $"PXEClient:Arch:{architecture:D5}:UNDI:002001",
            Architecture = architecture,
            UserClass = "iPXE",
            ClientId = [1, .. Bytes(HardwareAddress)],
            IpxeFeatures =
            [
                0xB1, 5, 1, 0x80, 0x86, 0x10, 0x0E, 0x13, 1, 1, 0x18, 1, 1, 0x21, 1, 1, 0x24, 1, 1, 0x27, 1, 1, 0xEB, 3, 1, 21, 1,
            ],
            Uuid = Uuid,
        });
        SimHttpClient http = new(this, "iPXE/1.21.1") { ExtraFields = "Connection: keep-alive\r\n" };
        string next = binding.Boot.BootFile;
        for (int links = 0; links < 4; links++)
        {
            string script = Encoding.UTF8.GetString(await Get(http, next));
            (BootEntry? entry, string chained) = BootScripts.ReadIpxe(script, Mac);
            if (entry is not null)
            {
                CheckEntry(entry, KeyOf(entry.Kernel), [.. Keys(entry.Initrds)]);
                await GetFile(http, entry.Kernel, KeyOf(entry.Kernel));
                foreach (string initrd in entry.Initrds) await GetFile(http, initrd, KeyOf(initrd));
                http.Hangup();
                return entry.CommandLine;
            }

            if (chained.Length == 0) throw new ServerFault($"{this} boots its disk:\n{script}");
            next = chained;
        }

        throw new ServerFault($"{this}: iPXE is chained for ever");
    }

    private async Task<string> BootHttp()
    {
        SimBinding binding = await Configure(new()
        {
            VendorClass = "HTTPClient:Arch:00016:UNDI:003000",
            Architecture = 16,
            Uuid = Uuid,
            Broadcast = true,
        });
        if (!binding.Boot.VendorClass.StartsWith("HTTPClient", StringComparison.Ordinal))
        {
            throw new ServerFault("an HTTP Boot client must be answered as HTTPClient");
        }

        SimHttpClient http = new(this, "UefiHttpBoot/1.0") { ExtraFields = "Accept: */*\r\n" };
        string url = binding.Boot.BootFile;
        SimHttpReply head = await http.Fetch(url, "HEAD");
        byte[] program = expected.Tree[KeyOf(url)];
        if (head.Status != 200 || head.Field("Content-Length") != program.Length.ToString(CultureInfo.InvariantCulture))
        {
            throw new ServerFault($"HEAD {url}: {head.Head}");
        }

        if (head.Field("Content-Type") is not "application/efi") throw new ServerFault($"HEAD {url}: not run by EDK2: {head.Head}");
        await GetFile(http, url, KeyOf(url));
        http.Hangup();

        // The program is iPXE, which asks DHCP again as itself.
        Network.Release(this);
        return await BootIpxe(architecture: 7);
    }

    /// <summary>The kernel has started: the network begins anew with the installer's own DHCP client.</summary>
    private async Task Install(string commandLine)
    {
        string url = BootScripts.AnswerUrl(commandLine);
        if (url.Length == 0) throw new ServerFault($"{this}: no answer file in: {commandLine}");
        Reset();
        await Sleep(Duration.FromSeconds(3));
        await Configure(new() { ClientId = [0xFF, 0, 0, 0, 1, 0, 1, .. Bytes(HardwareAddress)] });
        SimHttpClient http = new(this, "installer")
        {
            ExtraFields = commandLine.Contains("inst.ks.sendmac", StringComparison.Ordinal)
                ? $"X-RHN-Provisioning-MAC-0: eth0 {Mac}\r\nConnection: close\r\n"
                : "Connection: close\r\n",
        };
        SimHttpReply reply = await http.Fetch(url);
        http.Hangup();
        if (reply.Status != 200) throw new ServerFault($"{this}: {url}: {reply.Head}");
        byte[] answer = expected.Answer(this);
        if (!reply.Body.AsSpan().SequenceEqual(answer))
        {
            throw new ServerFault($"{this}: {url} is\n{Encoding.UTF8.GetString(reply.Body)}instead of\n{Encoding.UTF8.GetString(answer)}");
        }

        VerifiedBytes += reply.Body.Length;
    }

    private async Task<SimBinding> Configure(SimDhcpIdentity identity)
    {
        SimBinding binding = await SimDhcpClient.Configure(this, identity);
        if (!_heldBefore.IsAny && binding.Address != _heldBefore)
        {
            throw new ServerFault($"{this}: had {_heldBefore}, now gets {binding.Address}: one machine takes two addresses");
        }

        _heldBefore = binding.Address;
        return binding;
    }

    private Ipv4Address ServerOf(SimDhcpReply boot)
    {
        Ipv4Address server = boot.NextServer.IsAny ? boot.ServerId : boot.NextServer;
        return server == expected.Server ? server : throw new ServerFault($"{this} is sent to {server}");
    }

    private async Task FetchFile(Ipv4Address server, string path, SimTftpStyle style)
    {
        byte[] bytes = await SimTftpClient.Fetch(this, server, path, style) ?? throw new ServerFault($"{this}: there is no {path}");
        Verify(path.TrimStart('/'), bytes);
    }

    private async Task MissFile(Ipv4Address server, string path, SimTftpStyle style)
    {
        if (await SimTftpClient.Fetch(this, server, path, style) is not null) throw new ServerFault($"{this}: {path} exists");
    }

    private async Task<string> FindConfig(Ipv4Address server, IReadOnlyList<string> names, SimTftpStyle style)
    {
        foreach (string name in names)
        {
            byte[]? found = await SimTftpClient.Fetch(this, server, name, style);
            if (found is { Length: > 0 }) return Encoding.UTF8.GetString(found);
        }

        throw new ServerFault($"{this}: no configuration, tried {string.Join(' ', names)}");
    }

    private static async Task<byte[]> Get(SimHttpClient http, string url)
    {
        SimHttpReply reply = await http.Fetch(url);
        return reply.Status == 200 ? reply.Body : throw new ServerFault($"{url}: {reply.Head}");
    }

    private async Task GetFile(SimHttpClient http, string url, string key) => Verify(key, await Get(http, url));

    private void Verify(string key, byte[] bytes)
    {
        if (!expected.Tree.TryGetValue(key, out byte[]? whole)) throw new ServerFault($"{this}: {key} is not in the tree");
        if (!bytes.AsSpan().SequenceEqual(whole))
        {
            int at = bytes.AsSpan().CommonPrefixLength(whole);
            throw new ServerFault($"{this}: {key} differs at byte {at} ({bytes.Length} bytes instead of {whole.Length})");
        }

        VerifiedBytes += bytes.Length;
    }

    private void CheckEntry(BootEntry entry, string kernel, IReadOnlyList<string> initrds)
    {
        bool isRight = kernel == expected.Kernel && string.Join(' ', initrds) == string.Join(' ', expected.Initrds);
        if (!isRight) throw new ServerFault($"{this} is to boot {entry}, not {expected.Kernel}");
    }

    private List<string> PxelinuxNames(string folder)
    {
        List<string> names =
        [
            $"{folder}pxelinux.cfg/{new Guid(Uuid)}",
            $"{folder}pxelinux.cfg/01-{Mac.Replace(':', '-')}",
        ];
        string digits = $"{Address.Value:X8}";
        for (int length = 8; length > 0; length--) names.Add($"{folder}pxelinux.cfg/{digits[..length]}");
        names.Add($"{folder}pxelinux.cfg/default");
        return names;
    }

    private List<string> GrubNames(string prefix)
    {
        List<string> names = [$"{prefix}grub.cfg-01-{Mac.Replace(':', '-')}"];
        string digits = $"{Address.Value:X8}";
        for (int length = 8; length > 0; length--) names.Add($"{prefix}grub.cfg-{digits[..length]}");
        names.Add($"{prefix}grub.cfg");
        return names;
    }

    private static string PxelinuxPath(string folder, string name) =>
        name.StartsWith("::", StringComparison.Ordinal) ? name[2..] : folder + name;

    private static IEnumerable<string> PxelinuxPaths(string folder, IEnumerable<string> names)
    {
        foreach (string name in names) yield return PxelinuxPath(folder, name);
    }

    private static IEnumerable<string> Trimmed(IEnumerable<string> paths)
    {
        foreach (string path in paths) yield return path.TrimStart('/');
    }

    private static IEnumerable<string> Keys(IEnumerable<string> urls)
    {
        foreach (string url in urls) yield return KeyOf(url);
    }

    private static string KeyOf(string url) => url[(url.IndexOf('/', 7) + 1)..];

    private static byte[] Bytes(HardwareAddress address)
    {
        byte[] bytes = new byte[6];
        address.Write(bytes);
        return bytes;
    }
}
