using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading;

namespace Aglet.Tests.Lab;

/// <summary>One captured frame that carries IPv4, taken apart as far as the tests ask.</summary>
internal sealed record CapturedPacket(
    string SourceMac, string Source, string Destination, byte Protocol, int SourcePort, int DestinationPort,
    byte[] Payload)
{
    public bool IsDhcpReply => Protocol == 17 && SourcePort is 67 or 4011 && Payload.Length >= 240 && Payload[0] == 2;

    /// <summary>The address that a DHCP message gives to the client (yiaddr).</summary>
    public uint YourAddress => BinaryPrimitives.ReadUInt32BigEndian(Payload.AsSpan(16));

    public string YourAddressText => $"{Payload[16]}.{Payload[17]}.{Payload[18]}.{Payload[19]}";

    /// <summary>Whom a DHCP message is from or for (chaddr).</summary>
    public string ClientMac => BitConverter.ToString(Payload, 28, 6).Replace('-', ':').ToLowerInvariant();

    /// <summary>The boot file of a DHCP message's header.</summary>
    public string BootFile => Encoding.Latin1.GetString(Payload, 108, 128).Split('\0')[0];

    public bool IsTftpRequest => Protocol == 17 && DestinationPort == 69;

    /// <summary>An OACK, which names the options that a transfer has.</summary>
    public bool IsTftpOptionAcknowledgment
        => Protocol == 17 && SourcePort > 1023 && Payload.Length > 2 && Payload[0] == 0 && Payload[1] == 6;

    public bool IsHttpRequest => Protocol == 6 && DestinationPort == 80;

    public string Text => Encoding.Latin1.GetString(Payload);

    /// <summary>An option of a DHCP message; empty when it is not there.</summary>
    public ReadOnlySpan<byte> DhcpOption(byte code)
    {
        for (int at = 240; at + 1 < Payload.Length && Payload[at] != 255; at += Payload[at] == 0 ? 1 : Payload[at + 1] + 2)
        {
            if (Payload[at] == code)
                return Payload.AsSpan(at + 2, Payload[at + 1]);
        }
        return default;
    }

    public override string ToString()
    {
        string what = IsDhcpReply ? $" DHCP reply, yiaddr {YourAddressText}"
            : IsTftpRequest || IsTftpOptionAcknowledgment ? " TFTP " + Text[2..].Replace('\0', ' ')
            : Protocol == 6 ? " " + Text.Split('\r')[0]
            : "";
        return $"{Source}:{SourcePort} > {Destination}:{DestinationPort}{what}";
    }
}

/// <summary>
/// What went over the bridge: all DHCP, TFTP requests and their options, HTTP request heads and ICMP. File
/// contents are left out, so that a capture stays small enough to keep.
/// </summary>
internal sealed class Capture : IDisposable
{
    private const string Filter =
        "udp port 67 or udp port 68 or udp port 69 or udp port 4011 or icmp or icmp6 or arp "
        + "or (udp and udp[8:2] = 6) or (tcp dst port 80 and ("
        + "tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420 or tcp[((tcp[12] & 0xf0) >> 2):4] = 0x48454144))";

    private readonly LabProcess _tcpdump;
    private readonly string _file;

    public Capture(LabNetwork network, string folder)
    {
        _file = Path.Combine(folder, "network.pcap");
        _tcpdump = LabProcess.Start("tcpdump", network.Bridge, Path.Combine(folder, "tcpdump.log"),
            ["tcpdump", "-i", "br0", "-U", "--immediate-mode", "-B", "16384", "-n", "-Z", "root", "-w", _file, Filter]);
        if (!_tcpdump.WaitFor("listening on", TimeSpan.FromSeconds(20)))
            throw new LabException("tcpdump did not start:\n" + _tcpdump.Output);
    }

    /// <summary>Everything up to now.</summary>
    public List<CapturedPacket> Packets()
    {
        long position = 0;
        return PacketsFrom(ref position);
    }

    /// <summary>Everything from a position of the file (0 at first) up to now; gives the next position.</summary>
    public List<CapturedPacket> PacketsFrom(ref long position)
    {
        var packets = new List<CapturedPacket>();
        // A file header of 24 bytes, then records: seconds, microseconds, captured length, length on the
        // wire.
        position = Math.Max(position, 24);
        byte[] bytes;
        using (var file = new FileStream(_file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            file.Position = position;
            bytes = new byte[Math.Max(0, file.Length - position)];
            file.ReadExactly(bytes);
        }
        for (int at = 0; at + 16 <= bytes.Length;)
        {
            int captured = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 8));
            if (at + 16 + captured > bytes.Length)
                break;
            if (Parse(bytes.AsSpan(at + 16, captured)) is { } packet)
                packets.Add(packet);
            at += 16 + captured;
            position += 16 + captured;
        }
        return packets;
    }

    public string Tail(int count)
    {
        List<CapturedPacket> packets = Packets();
        var text = new StringBuilder();
        foreach (CapturedPacket packet in packets[Math.Max(0, packets.Count - count)..])
            text.Append(packet).Append('\n');
        return text.ToString();
    }

    public void Dispose()
    {
        Thread.Sleep(100); // the last packets reach the file
        _tcpdump.Terminate(TimeSpan.FromSeconds(5));
        _tcpdump.Dispose();
    }

    private static CapturedPacket? Parse(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < 34 || BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) != 0x0800)
            return null;
        ReadOnlySpan<byte> ip = frame[14..];
        int headBytes = (ip[0] & 0x0F) * 4;
        int totalBytes = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(ip[2..]), ip.Length);
        byte protocol = ip[9];
        int skip = protocol switch { 17 => 8, 6 => 20, _ => 0 };
        if (skip == 0 || headBytes + skip > totalBytes)
            return null;
        ReadOnlySpan<byte> segment = ip[headBytes..totalBytes];
        if (protocol == 6)
            skip = Math.Min((segment[12] >> 4) * 4, segment.Length);
        return new CapturedPacket(
            Mac(frame.Slice(6, 6)), Address(ip[12..16]), Address(ip[16..20]), protocol,
            BinaryPrimitives.ReadUInt16BigEndian(segment), BinaryPrimitives.ReadUInt16BigEndian(segment[2..]),
            segment[skip..].ToArray());
    }

    private static string Mac(ReadOnlySpan<byte> bytes)
        => BitConverter.ToString(bytes.ToArray()).Replace('-', ':').ToLowerInvariant();

    private static string Address(ReadOnlySpan<byte> bytes) => $"{bytes[0]}.{bytes[1]}.{bytes[2]}.{bytes[3]}";
}
