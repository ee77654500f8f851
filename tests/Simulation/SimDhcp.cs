using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Aglet.Net;

namespace Aglet.Tests.Simulation;

/// <summary>A DHCP request as a client builds it; written apart from the server's codec.</summary>
internal sealed class SimDhcpRequest(byte type, uint transactionId, HardwareAddress hardwareAddress)
{
    private readonly MemoryStream _options = new();

    public bool Broadcast { get; init; }

    public ushort Seconds { get; init; }

    /// <summary>The <c>ciaddr</c> field.</summary>
    public Ipv4Address ClientAddress { get; init; }

    public byte[] ToBytes()
    {
        byte[] packet = new byte[Math.Max(300, 244 + _options.Length)];
        packet[0] = 1;
        packet[1] = 1;
        packet[2] = 6;
        WriteU32(packet.AsSpan(4), transactionId);
        packet[8] = (byte)(Seconds >> 8);
        packet[9] = (byte)(Seconds & 255);
        if (Broadcast) packet[10] = 0x80;
        ClientAddress.Write(packet.AsSpan(12));
        hardwareAddress.Write(packet.AsSpan(28));
        WriteU32(packet.AsSpan(236), 0x63825363);
        packet[240] = 53;
        packet[241] = 1;
        packet[242] = type;
        _options.ToArray().CopyTo(packet, 243);
        packet[243 + _options.Length] = 255;
        return packet;
    }

    public SimDhcpRequest With(byte tag, params ReadOnlySpan<byte> value)
    {
        _options.WriteByte(tag);
        _options.WriteByte((byte)value.Length);
        _options.Write(value);
        return this;
    }

    public SimDhcpRequest With(byte tag, Ipv4Address address)
    {
        Span<byte> value = stackalloc byte[4];
        address.Write(value);
        return With(tag, value);
    }

    public SimDhcpRequest With(byte tag, string text) => With(tag, Encoding.ASCII.GetBytes(text));

    private static void WriteU32(Span<byte> target, uint value) =>
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(target, value);
}

/// <summary>A DHCP reply as the strictest client reads it: EDK2 drops a packet for one malformed option.</summary>
internal sealed class SimDhcpReply
{
    private readonly Dictionary<byte, byte[]> _options = [];

    public uint TransactionId { get; private set; }

    public byte Type { get; private set; }

    /// <summary>The <c>yiaddr</c> field.</summary>
    public Ipv4Address YourAddress { get; private set; }

    /// <summary>The <c>siaddr</c> field.</summary>
    public Ipv4Address NextServer { get; private set; }

    public HardwareAddress HardwareAddress { get; private set; }

    /// <summary>The <c>file</c> field.</summary>
    public string File { get; private set; } = "";

    /// <summary>Option 54.</summary>
    public Ipv4Address ServerId => AddressOf(54);

    /// <summary>Option 60 as text.</summary>
    public string VendorClass => Text(60);

    /// <summary>Option 67, else the <c>file</c> field.</summary>
    public string BootFile => _options.ContainsKey(67) ? Text(67) : File;

    /// <summary>Option 43 tells the client to take the boot file without any discovery (sub-option 6, bit 3).</summary>
    public bool IsDirect
    {
        get
        {
            byte[] vendor = Option(43);
            for (int at = 0; at + 1 < vendor.Length && vendor[at] != 255; at += 2 + vendor[at + 1])
            {
                if (vendor[at] == 6 && vendor[at + 1] == 1 && (vendor[at + 2] & 8) != 0) return true;
            }

            return false;
        }
    }

    public bool Has(byte tag) => _options.ContainsKey(tag);

    public byte[] Option(byte tag) => _options.TryGetValue(tag, out byte[]? value) ? value : [];

    public Ipv4Address AddressOf(byte tag) => Option(tag) is { Length: >= 4 } value ? Ipv4Address.Read(value) : default;

    public string Text(byte tag) => Encoding.ASCII.GetString(Option(tag)).TrimEnd('\0');

    /// <summary>Reads a reply; throws <see cref="ServerFault"/> for what a strict client drops.</summary>
    public static SimDhcpReply Parse(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < 300) throw new ServerFault($"a DHCP reply of {packet.Length} bytes: BOOTP relays drop it");
        if (packet.Length > 1472) throw new ServerFault("a DHCP reply of more than 1472 bytes: EDK2 drops it");
        if (packet[0] != 2 || packet[1] != 1 || packet[2] != 6 || packet[3] != 0) throw new ServerFault("op, htype, hlen or hops");
        if (!packet.Slice(236, 4).SequenceEqual((ReadOnlySpan<byte>)[0x63, 0x82, 0x53, 0x63])) throw new ServerFault("no cookie");
        SimDhcpReply reply = new()
        {
            TransactionId = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(packet[4..]),
            YourAddress = Ipv4Address.Read(packet[16..]),
            NextServer = Ipv4Address.Read(packet[20..]),
            HardwareAddress = HardwareAddress.Read(packet.Slice(28, 6)),
            File = ReadText(packet.Slice(108, 128)),
        };
        reply.ParseOptions(packet[240..]);
        if (reply.Option(53) is not [byte type]) throw new ServerFault("no message type");
        reply.Type = type;
        if (reply.ServerId.IsAny) throw new ServerFault("no server identifier");
        return reply;
    }

    private void ParseOptions(ReadOnlySpan<byte> options)
    {
        int at = 0;
        while (true)
        {
            if (at >= options.Length) throw new ServerFault("no END: EDK2 drops the packet");
            byte tag = options[at++];
            if (tag == 255) break;
            if (tag == 0) continue;
            if (at >= options.Length || at + 1 + options[at] > options.Length) throw new ServerFault($"option {tag} is cut");
            byte[] value = options.Slice(at + 1, options[at]).ToArray();
            at += 1 + value.Length;
            bool isLegal = tag switch
            {
                1 or 51 or 54 or 58 or 59 => value.Length == 4,
                3 or 6 => value.Length > 0 && value.Length % 4 == 0,
                52 => false, // shim does not understand overload
                13 => false, // EDK2 trusts it over tsize
                53 => value.Length == 1,
                61 => value.Length >= 2,
                _ => true,
            };
            if (!isLegal) throw new ServerFault($"option {tag} with {value.Length} bytes: EDK2 drops the packet");
            if (tag == 67 && value.Length > 0 && value[^1] != 0 && options[at] != 0)
            {
                throw new ServerFault("option 67 without a NUL and without a PAD: EDK2 overwrites the next tag");
            }

            if (!_options.TryAdd(tag, value)) throw new ServerFault($"option {tag} twice");
        }
    }

    private static string ReadText(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? field : field[..end]);
    }
}
