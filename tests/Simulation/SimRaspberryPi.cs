using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Threading.Tasks;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tests.Simulation;

/// <summary>Which Raspberry Pi.</summary>
internal enum RaspberryPiBoard : byte
{
    /// <summary>3B: its boot ROM takes the OFFER for an ACK and asks without TFTP options.</summary>
    Pi3,
    Pi4,
    Pi5,
}

/// <summary>What a simulated Raspberry Pi is, by its EEPROM's settings.</summary>
/// <param name="Board">Which one.</param>
/// <param name="Serial">Eight lower-case hexadecimal digits.</param>
/// <param name="UsesMacPrefix">TFTP_PREFIX=2 in its EEPROM: the MAC stands before its paths.</param>
/// <param name="BlockSize">1468, or 1024 before November 2022.</param>
internal sealed record RaspberryPiModel(RaspberryPiBoard Board, string Serial, bool UsesMacPrefix = false, int BlockSize = 1468);

/// <summary>
/// A Raspberry Pi from its boot ROM to its kernel: the packets and the requests, in their order, that the boot ROM, bootcode.bin
/// and the EEPROMs were seen to send. It notes what it was given for each path.
/// </summary>
internal sealed class SimRaspberryPi(RaspberryPiModel model, HardwareAddress hardwareAddress, ulong seed)
    : SimMachine(hardwareAddress, seed)
{
    private static readonly byte[] _optionsAsked = [43, 60, 66, 67, 128, 129, 130, 131, 132, 133, 134, 135];

    private static readonly byte[] _vendorOptions =
        Convert.FromHexString("0601030A0400505845091700001452617370626572727920506920426F6F74202020FF");

    private readonly SimTftpStyle _style = new(model.BlockSize, 1, Duration.FromSeconds(2), 8);
    private Ipv4Address _server;
    private string _prefix = "";

    /// <summary>What came for each path, in the order of the requests; null for ERROR 1.</summary>
    public List<(string Path, byte[]? Bytes)> Requests { get; } = [];

    /// <summary>The last that came for a name, without its prefix; null when nothing did.</summary>
    public byte[]? this[string name]
    {
        get
        {
            byte[]? last = null;
            foreach ((string path, byte[]? bytes) in Requests)
            {
                if (path == _prefix + name) last = bytes;
            }

            return last;
        }
    }

    /// <summary>It has all that it needs; else it went on to its next boot device.</summary>
    public bool HasBooted { get; private set; }

    /// <summary>What stood before its paths in the end.</summary>
    public string Prefix => _prefix;

    protected override async Task Run()
    {
        await AskDhcp();
        _prefix = model.UsesMacPrefix ? HardwareAddress.ToString().Replace(':', '-') + "/" : model.Serial + "/";
        HasBooted = model.Board switch
        {
            RaspberryPiBoard.Pi3 => await BootPi3(),
            RaspberryPiBoard.Pi4 => await BootPi4(),
            _ => await BootPi5(),
        };
    }

    private async Task<bool> BootPi3()
    {
        if (await Get("bootcode.bin", SimTftpStyle.Plain, isBare: true) is null) return false;
        await Get("bootsig.bin", SimTftpStyle.Plain, isBare: true);
        if (!await Exists("start.elf")) _prefix = "";
        await Want("autoboot.txt", "config.txt", "recovery.elf");
        if (!await Need("start.elf", "fixup.dat")) return false;
        await Want("config.txt", "dt-blob.bin", "bootcfg.txt");
        return await Need("bcm2710-rpi-3-b.dtb") && await Finish("kernel8.img", "recovery7.img", "armstub8-32.bin");
    }

    private async Task<bool> BootPi4()
    {
        if (!await Exists("start4.elf") && !await Exists("start.elf")) _prefix = "";
        await Want("config.txt", "pieeprom.sig", "recover4.elf", "recovery.elf");
        if (!await Need("start4.elf", "fixup4.dat")) return false;
        await Want("config.txt", "config.txt");
        return await Need("bcm2711-rpi-4-b.dtb") && await Finish("kernel8.img");
    }

    private async Task<bool> BootPi5()
    {
        if (!await Exists("config.txt")) _prefix = "";
        if (await Get("config.txt", _style) is null) return false;
        await Want("pieeprom.sig");
        return await Need("bcm2712-rpi-5-b.dtb") && await Finish("kernel_2712.img", "armstub8-2712.bin");
    }

    /// <summary>What all do alike: the overlays' map, the command line, and what config.txt names.</summary>
    private async Task<bool> Finish(string usualKernel, params string[] wanted)
    {
        await Want("overlays/overlay_map.dtb", "cmdline.txt");
        await Want(wanted);
        string kernel = usualKernel;
        foreach (string line in Encoding.UTF8.GetString(this["config.txt"] ?? []).Split('\n'))
        {
            if (line.StartsWith("kernel=", StringComparison.Ordinal)) kernel = line[7..];
            if (line.StartsWith("include ", StringComparison.Ordinal)) await Want(line[8..]);
            if (!line.StartsWith("initramfs ", StringComparison.Ordinal)) continue;
            if (!await Need(line.Split(' ')[1].Split(','))) return false;
        }

        return await Need(kernel);
    }

    private async Task Want(params string[] names)
    {
        foreach (string name in names) await Get(name, _style);
    }

    private async Task<bool> Need(params string[] names)
    {
        foreach (string name in names)
        {
            if (await Get(name, _style) is null) return false;
        }

        return true;
    }

    private async Task<bool> Exists(string name)
    {
        bool exists = await SimTftpClient.Exists(this, _server, _prefix + name, _style);
        if (!exists) Requests.Add((_prefix + name, null));
        return exists;
    }

    private async Task<byte[]?> Get(string name, SimTftpStyle style, bool isBare = false)
    {
        string path = isBare ? name : _prefix + name;
        byte[]? bytes = await SimTftpClient.Fetch(this, _server, path, style);
        Requests.Add((path, bytes));
        return bytes;
    }

    private async Task AskDhcp()
    {
        SimPort port = Open(68);
        uint transactionId = model.Board == RaspberryPiBoard.Pi3 ? 0x26F3_0339 : Random();
        SimDhcpReply offer = await Exchange(port, Message(1, transactionId), transactionId, 2);
        _server = offer.NextServer;

        // The boot ROM of the 3B never sends a REQUEST.
        if (model.Board != RaspberryPiBoard.Pi3)
        {
            SimDhcpRequest request = Message(3, transactionId).With(50, offer.YourAddress).With(54, offer.ServerId);
            await Exchange(port, request, transactionId, 5);
        }

        Network.Claim(this, offer.YourAddress);
        Close(port);
    }

    private SimDhcpRequest Message(byte type, uint transactionId) => new SimDhcpRequest(type, transactionId, HardwareAddress)
        .With(55, _optionsAsked)
        .With(93, [0, 0])
        .With(94, [1, 2, 1])
        .With(97, MachineId())
        .With(60, "PXEClient:Arch:00000:UNDI:002001");

    private byte[] MachineId()
    {
        byte[] id = new byte[17];
        if (model.Board == RaspberryPiBoard.Pi3)
        {
            id.AsSpan(1).Fill(0x44);
            return id;
        }

        Encoding.ASCII.GetBytes(model.Board == RaspberryPiBoard.Pi4 ? "RPi4" : "RPi5").CopyTo(id, 1);
        id[5] = 0x11;
        byte[] card = new byte[6];
        HardwareAddress.Write(card);
        card.AsSpan(2).CopyTo(id.AsSpan(9));
        BitConverter.GetBytes(uint.Parse(model.Serial, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).CopyTo(id, 13);
        return id;
    }

    private async Task<SimDhcpReply> Exchange(SimPort port, SimDhcpRequest request, uint transactionId, byte type)
    {
        for (int attempt = 0; attempt < 5; attempt++)
        {
            Send(port, new(Ipv4Address.Broadcast, 67), request.ToBytes());
            Instant deadline = Now + Duration.FromSeconds(5);
            while (await Receive(port, deadline) is { } datagram)
            {
                SimDhcpReply reply = SimDhcpReply.Parse(datagram.Payload);
                if (reply.TransactionId != transactionId || reply.HardwareAddress != HardwareAddress) continue;
                if (reply.Type != type) continue;
                if (!reply.Option(43).AsSpan().SequenceEqual(_vendorOptions)) throw new ServerFault("option 43 is not the Pi's");
                if (reply.VendorClass != "PXEClient" || !reply.Option(97).AsSpan().SequenceEqual(MachineId()))
                    throw new ServerFault("option 60 or 97");
                if (reply.NextServer.IsAny) throw new ServerFault("no server");
                return reply;
            }
        }

        throw new BootFailure("no DHCP answer");
    }
}
