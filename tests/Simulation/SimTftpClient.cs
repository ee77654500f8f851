using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tests.Simulation;

/// <summary>How a client asks by TFTP.</summary>
/// <param name="BlockSize">Option blksize; 0 to send no options at all.</param>
/// <param name="Window">Option windowsize; 1 is not sent.</param>
/// <param name="Timeout">The client's own patience for a packet.</param>
/// <param name="Tries">How often it tries before it gives up.</param>
internal sealed record SimTftpStyle(int BlockSize, int Window, Duration Timeout, int Tries)
{
    public static readonly SimTftpStyle Pxelinux = new(1408, 1, Duration.FromSeconds(2), 8);
    public static readonly SimTftpStyle BiosRom = new(1456, 1, Duration.FromSeconds(1), 8);
    public static readonly SimTftpStyle Edk2 = new(1468, 4, Duration.FromSeconds(4), 6);
    public static readonly SimTftpStyle Shim = new(512, 1, Duration.FromSeconds(4), 6);
    public static readonly SimTftpStyle Grub = new(1024, 1, Duration.FromMilliseconds(400), 40);
    public static readonly SimTftpStyle Plain = new(0, 1, Duration.FromSeconds(2), 8);
}

/// <summary>A TFTP client (RFC 1350, 2347-2349, 7440) as boot firmware has it; written apart from the server's codec.</summary>
internal static class SimTftpClient
{
    /// <summary>Fetches a file; null when the server says that there is none.</summary>
    public static async Task<byte[]?> Fetch(SimMachine machine, Ipv4Address server, string path, SimTftpStyle style)
    {
        SimPort port = machine.Open();
        try
        {
            Dictionary<string, string> asked = OptionsOf(style);
            byte[] request = Request(path, asked);
            (SimDatagram? first, IpEndpoint peer) = await AskFirst(machine, port, server, request, style);
            if (first is null) throw new BootFailure($"TFTP {path}: no answer");
            return await Read(new Transfer(machine, port, peer, style, asked, path), first);
        }
        finally
        {
            machine.Close(port);
        }
    }

    /// <summary>EDK2 and Intel's ROM first ask for the size and break off with ERROR 8.</summary>
    public static async Task<long> Probe(SimMachine machine, Ipv4Address server, string path, SimTftpStyle style)
    {
        SimPort port = machine.Open();
        try
        {
            Dictionary<string, string> asked = OptionsOf(style);
            (SimDatagram? first, IpEndpoint peer) = await AskFirst(machine, port, server, Request(path, asked), style);
            if (first is null) throw new BootFailure($"TFTP {path}: no answer");
            if (first.Payload[1] == 5) throw new BootFailure($"TFTP {path}: error {first.Payload[3]} instead of its size");
            if (first.Payload[1] != 6) throw new ServerFault($"TFTP {path}: options were not acknowledged");
            Dictionary<string, string> options = ReadOptions(first.Payload, asked);
            machine.Send(port, peer, [0, 5, 0, 8, .. "User aborted the transfer\0"u8]);
            return options.TryGetValue("tsize", out string? size) ? long.Parse(size, CultureInfo.InvariantCulture) : 0;
        }
        finally
        {
            machine.Close(port);
        }
    }

    /// <summary>A Raspberry Pi's EEPROM looks whether a file is there and breaks off with ERROR 0.</summary>
    public static async Task<bool> Exists(SimMachine machine, Ipv4Address server, string path, SimTftpStyle style)
    {
        SimPort port = machine.Open();
        try
        {
            Dictionary<string, string> asked = OptionsOf(style);
            (SimDatagram? first, IpEndpoint peer) = await AskFirst(machine, port, server, Request(path, asked), style);
            if (first is null) throw new BootFailure($"TFTP {path}: no answer");
            if (first.Payload[1] == 5) return first.Payload[3] == 1 ? false : throw new ServerFault($"TFTP {path}: no ERROR 1");
            if (first.Payload[1] != 6) throw new ServerFault($"TFTP {path}: options were not acknowledged");
            Dictionary<string, string> options = ReadOptions(first.Payload, asked);
            if (options["blksize"] != $"{style.BlockSize}") throw new ServerFault($"TFTP {path}: blksize {options["blksize"]}");
            machine.Send(port, peer, [0, 5, 0, 0, .. "Early terminate\0"u8]);
            return true;
        }
        finally
        {
            machine.Close(port);
        }
    }

    private static async Task<(SimDatagram?, IpEndpoint)> AskFirst(
        SimMachine machine, SimPort port, Ipv4Address server, byte[] request, SimTftpStyle style)
    {
        for (int attempt = 0; attempt < style.Tries; attempt++)
        {
            machine.Send(port, new(server, 69), request);
            SimDatagram? answer = await machine.Receive(port, machine.Now + style.Timeout);
            if (answer is not null) return (answer, answer.Source);
        }

        return (null, default);
    }

    private static async Task<byte[]?> Read(Transfer transfer, SimDatagram? datagram)
    {
        while (true)
        {
            if (datagram is null)
            {
                if (transfer.Silence++ == transfer.Style.Tries) throw new BootFailure($"TFTP {transfer.Path}: stalled");
                transfer.Acknowledge();
            }
            else if (datagram.Source != transfer.Peer)
            {
                // A second answer to a request that was doubled: RFC 1350 wants an error to there, and no more.
                if (datagram.Payload[1] != 5) transfer.Refuse(datagram.Source);
            }
            else
            {
                transfer.Silence = 0;
                switch (datagram.Payload[1])
                {
                    case 3:
                        if (transfer.OnData(datagram.Payload)) return transfer.Bytes.ToArray();
                        break;
                    case 5:
                        if (datagram.Payload[3] == 1) return null;
                        if (!transfer.Machine.Network.Rates.RefusesResources) throw new ServerFault($"TFTP {transfer.Path}: {Encoding.Latin1.GetString(datagram.Payload)}");
                        throw new BootFailure($"TFTP {transfer.Path}: error {datagram.Payload[3]}");
                    case 6:
                        transfer.OnOptions(datagram.Payload);
                        break;
                    default:
                        throw new ServerFault($"TFTP {transfer.Path}: opcode {datagram.Payload[1]}");
                }
            }

            datagram = await transfer.Machine.Receive(transfer.Port, transfer.Machine.Now + transfer.Style.Timeout);
        }
    }

    private static Dictionary<string, string> OptionsOf(SimTftpStyle style)
    {
        Dictionary<string, string> options = [];
        if (style.BlockSize == 0) return options;
        options.Add("tsize", "0");
        options.Add("blksize", $"{style.BlockSize}");
        if (style.Window > 1) options.Add("windowsize", $"{style.Window}");
        return options;
    }

    private static byte[] Request(string path, Dictionary<string, string> options)
    {
        StringBuilder text = new($"\0\u0001{path}\0octet\0");
        foreach (string name in (ReadOnlySpan<string>)["tsize", "blksize", "windowsize"])
        {
            if (options.TryGetValue(name, out string? value)) text.Append(name).Append('\0').Append(value).Append('\0');
        }

        return Encoding.Latin1.GetBytes(text.ToString());
    }

    /// <summary>Reads an OACK as EDK2 does: anything unasked, larger or unterminated ends the transfer.</summary>
    private static Dictionary<string, string> ReadOptions(byte[] packet, Dictionary<string, string> asked)
    {
        if (packet[^1] != 0) throw new ServerFault("an OACK without its last NUL");
        string[] parts = Encoding.Latin1.GetString(packet.AsSpan(2, packet.Length - 3)).Split('\0');
        Dictionary<string, string> options = [];
        for (int i = 0; i + 1 < parts.Length; i += 2)
        {
            if (!asked.TryGetValue(parts[i], out string? wanted)) throw new ServerFault($"OACK of {parts[i]}, which was not asked");
            long value = long.Parse(parts[i + 1], CultureInfo.InvariantCulture);
            if (parts[i] != "tsize" && (value < 1 || value > long.Parse(wanted, CultureInfo.InvariantCulture)))
            {
                throw new ServerFault($"OACK of {parts[i]} {value}, asked {wanted}");
            }

            options.Add(parts[i], parts[i + 1]);
        }

        return options;
    }

    private sealed class Transfer(
        SimMachine machine, SimPort port, IpEndpoint peer, SimTftpStyle style, Dictionary<string, string> asked, string path)
    {
        private int _blockSize = 512;
        private int _window = 1;
        private int _sinceAcknowledgment;
        private ushort _last;
        private long _size = -1;
        private bool _gapTold;

        public SimMachine Machine { get; } = machine;

        public SimPort Port { get; } = port;

        public IpEndpoint Peer { get; } = peer;

        public SimTftpStyle Style { get; } = style;

        public string Path { get; } = path;

        public MemoryStream Bytes { get; } = new();

        public int Silence { get; set; }

        public void OnOptions(byte[] packet)
        {
            if (_last != 0) return;
            Dictionary<string, string> options = ReadOptions(packet, asked);
            if (options.TryGetValue("blksize", out string? size)) _blockSize = int.Parse(size, CultureInfo.InvariantCulture);
            if (options.TryGetValue("windowsize", out string? window)) _window = int.Parse(window, CultureInfo.InvariantCulture);
            if (options.TryGetValue("tsize", out string? total)) _size = long.Parse(total, CultureInfo.InvariantCulture);
            Acknowledge();
        }

        /// <summary>True after the last block.</summary>
        public bool OnData(byte[] packet)
        {
            ushort block = (ushort)((packet[2] << 8) | packet[3]);
            int length = packet.Length - 4;
            if (length > _blockSize) throw new ServerFault($"TFTP {Path}: a block of {length} bytes, agreed {_blockSize}");
            if (block != unchecked((ushort)(_last + 1)))
            {
                // A gap, or a block again: say once per gap where to go on from, as RFC 7440 asks; lock step answers each.
                if (_window == 1 || !_gapTold) Acknowledge();
                _gapTold = true;
                return false;
            }

            _gapTold = false;
            _last = block;
            Bytes.Write(packet, 4, length);
            bool isLast = length < _blockSize;
            if (isLast || ++_sinceAcknowledgment == _window) Acknowledge();
            if (isLast && _size >= 0 && Bytes.Length != _size)
            {
                throw new ServerFault($"TFTP {Path}: {Bytes.Length} bytes came, tsize said {_size}");
            }

            return isLast;
        }

        public void Acknowledge()
        {
            _sinceAcknowledgment = 0;
            Machine.Send(Port, Peer, [0, 4, (byte)(_last >> 8), (byte)(_last & 255)]);
        }

        public void Refuse(IpEndpoint stranger) => Machine.Send(Port, stranger, [0, 5, 0, 5, .. "Unknown transfer ID\0"u8]);
    }
}
