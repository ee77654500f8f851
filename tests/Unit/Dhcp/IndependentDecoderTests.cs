using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using Aglet.Config;
using Aglet.Dhcp;
using Aglet.Net;
using Aglet.Time;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Dhcp;

/// <summary>What our codec says that a message says, Wireshark's dissector says too, and finds nothing wrong with.</summary>
public sealed class IndependentDecoderTests
{
    private const int RandomReplies = 400;

    private static readonly string[] _fields =
    [
        "dhcp.type", "dhcp.hw.type", "dhcp.hw.len", "dhcp.hops", "dhcp.id", "dhcp.flags", "dhcp.ip.client", "dhcp.ip.your",
        "dhcp.ip.server", "dhcp.ip.relay", "dhcp.hw.mac_addr", "dhcp.server", "dhcp.file", "dhcp.cookie", "dhcp.option.type",
        "dhcp.option.length", "dhcp.option.value", "dhcp.option.dhcp", "dhcp.option.dhcp_server_id", "dhcp.option.subnet_mask",
        "dhcp.option.router", "dhcp.option.domain_name_server", "dhcp.option.domain_name", "dhcp.option.ip_address_lease_time",
        "dhcp.option.renewal_time_value", "dhcp.option.rebinding_time_value", "dhcp.option.broadcast_address",
        "dhcp.option.vendor_class_id", "_ws.malformed", "_ws.expert.message",
    ];

    [Fact]
    public void EveryGoldenPacketSaysTheSameToBoth()
    {
        string[] paths = Directory.GetFiles(DhcpGolden.Folder, "*.hex");
        Array.Sort(paths, StringComparer.Ordinal);
        List<byte[]> packets = [];
        foreach (string path in paths) packets.Add(DhcpGolden.Read(Path.GetFileNameWithoutExtension(path)));
        Assert.NotEmpty(packets);
        CheckAll(packets, index => Path.GetFileNameWithoutExtension(paths[index]));
    }

    [Fact]
    public void EveryReplyWithAnySettingsSaysTheSameToBoth()
    {
        Prng prng = new(20260301);
        List<byte[]> replies = [];
        byte[] target = new byte[1472];
        for (int tries = 0; replies.Count < RandomReplies; tries++)
        {
            Assert.True(tries < 2 * RandomReplies, "most random replies do not fit");
            DhcpMessage request = Parse(RandomRequest(ref prng));
            DhcpNetwork network = RandomNetwork(ref prng);
            DhcpReply reply = RandomReply(ref prng, network);
            if (DhcpReplyWriter.TryWrite(request, reply, network, target, out int length)) replies.Add(target[..length]);
        }

        CheckAll(replies, index => $"reply {index}: {Convert.ToHexString(replies[index])}");
    }

    /// <summary>The comparison itself: a byte that is changed behind our codec's back is noticed.</summary>
    [Fact]
    public void ADifferenceIsFound()
    {
        byte[] packet = DhcpGolden.Read("1030-ovmf-pxe-offer");
        Dictionary<string, string> ours = Describe(packet);
        packet[^20]++;
        Assert.NotEqual(ours["dhcp.option.value"], TsharkDecoder.Decode([packet], _fields)[0]["dhcp.option.value"]);
    }

    private static void CheckAll(List<byte[]> packets, Func<int, string> nameOf)
    {
        List<Dictionary<string, string>> decoded = TsharkDecoder.Decode(packets, _fields);
        Assert.Equal(packets.Count, decoded.Count);
        for (int i = 0; i < packets.Count; i++)
        {
            Dictionary<string, string> theirs = decoded[i];
            Normalize(theirs);
            foreach ((string field, string value) in Describe(packets[i]))
            {
                Assert.True(value == theirs[field], $"{nameOf(i)}: {field}: we say '{value}', Wireshark '{theirs[field]}'");
            }

            Assert.True(theirs["_ws.malformed"].Length == 0, $"{nameOf(i)}: Wireshark calls it malformed");

            // Real clients break rules, and those are their bytes; ours break none.
            bool isOurs = packets[i][0] == DhcpMessage.BootReply;
            Assert.True(!isOurs || theirs["_ws.expert.message"].Length == 0, $"{nameOf(i)}: {theirs["_ws.expert.message"]}");
        }
    }

    /// <summary>Wireshark shows PAD and END as options of number 0, and option 61's type and address beside the header's.</summary>
    private static void Normalize(Dictionary<string, string> theirs)
    {
        theirs["dhcp.option.type"] = string.Join(' ', Array.FindAll(theirs["dhcp.option.type"].Split(' '), static code => code != "0"));
        foreach (string field in new[] { "dhcp.hw.type", "dhcp.hw.mac_addr" }) theirs[field] = theirs[field].Split(' ')[0];
    }

    /// <summary>What our own reader finds, in Wireshark's words.</summary>
    private static Dictionary<string, string> Describe(byte[] packet)
    {
        DhcpMessage message = Parse(packet);
        Dictionary<string, string> said = new()
        {
            ["dhcp.type"] = Number(message.Operation),
            ["dhcp.hw.type"] = $"0x{message.HardwareType:x2}",
            ["dhcp.hw.len"] = Number(message.HardwareLength),
            ["dhcp.hops"] = Number(message.Hops),
            ["dhcp.id"] = $"0x{message.TransactionId:x8}",
            ["dhcp.flags"] = $"0x{message.Flags:x4}",
            ["dhcp.ip.client"] = message.ClientAddress.ToString(),
            ["dhcp.ip.your"] = message.YourAddress.ToString(),
            ["dhcp.ip.relay"] = message.RelayAddress.ToString(),
            ["dhcp.server"] = TextOf(message.ServerName),
            ["dhcp.file"] = TextOf(message.File),
            ["dhcp.cookie"] = "99.130.83.99",
            ["dhcp.option.dhcp"] = Number((int)message.Type),
        };
        if (message is { HardwareType: 1, HardwareLength: 6 }) said["dhcp.hw.mac_addr"] = message.HardwareAddress.ToString();
        List<string> codes = [];
        List<string> lengths = [];
        List<string> values = [];
        DhcpOptionWalker walker = new(packet.AsSpan(DhcpMessage.FixedBytes));
        while (walker.MoveNext())
        {
            codes.Add(Number((int)walker.Code));
            lengths.Add(Number(walker.Data.Length));
            if (walker.Data.Length > 0) values.Add(Convert.ToHexString(walker.Data).ToLowerInvariant());
        }

        said["dhcp.option.type"] = string.Join(' ', codes);
        said["dhcp.option.length"] = string.Join(' ', lengths);
        said["dhcp.option.value"] = string.Join(' ', values);
        if (message.Operation == DhcpMessage.BootReply) DescribeNetwork(message, said);
        return said;
    }

    /// <summary>What clients configure themselves with, by name.</summary>
    private static void DescribeNetwork(in DhcpMessage message, Dictionary<string, string> said)
    {
        said["dhcp.option.dhcp_server_id"] = Addresses(message[DhcpOption.ServerIdentifier]);
        said["dhcp.option.subnet_mask"] = Addresses(message[DhcpOption.SubnetMask]);
        said["dhcp.option.router"] = Addresses(message[DhcpOption.Router]);
        said["dhcp.option.domain_name_server"] = Addresses(message[DhcpOption.DnsServers]);
        said["dhcp.option.broadcast_address"] = Addresses(message[DhcpOption.BroadcastAddress]);
        said["dhcp.option.domain_name"] = TextOf(message[DhcpOption.DomainName]);
        said["dhcp.option.vendor_class_id"] = TextOf(message[DhcpOption.VendorClass]);
        said["dhcp.option.ip_address_lease_time"] = Seconds(message, DhcpOption.LeaseTime);
        said["dhcp.option.renewal_time_value"] = Seconds(message, DhcpOption.RenewalTime);
        said["dhcp.option.rebinding_time_value"] = Seconds(message, DhcpOption.RebindingTime);
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(in DhcpMessage message, DhcpOption code) =>
        message.Has(code) ? DhcpOptions.U32(message[code]).ToString(CultureInfo.InvariantCulture) : "";

    private static string TextOf(ReadOnlySpan<byte> text) => Encoding.ASCII.GetString(text).TrimEnd('\0');

    private static string Addresses(ReadOnlySpan<byte> data)
    {
        List<string> addresses = [];
        for (int i = 0; i + 4 <= data.Length; i += 4) addresses.Add(Ipv4Address.Read(data[i..]).ToString());
        return string.Join(' ', addresses);
    }

    private static byte[] RandomRequest(ref Prng prng)
    {
        DhcpPacket packet = new(prng.Below(2) == 0 ? DhcpMessageType.Discover : DhcpMessageType.Request, $"52:54:00:{prng.Below(90) + 10}:00:01");
        if (prng.Below(2) == 0) packet.Broadcast();
        byte[] asked = new byte[1 + prng.Below(40)];
        for (int i = 0; i < asked.Length; i++) asked[i] = (byte)(1 + prng.Below(254));
        packet.Option(55, asked);
        if (prng.Below(2) == 0) packet.Option(57, 5, (byte)prng.Below(256));
        if (prng.Below(2) == 0) packet.Option(60, "PXEClient:Arch:00007:UNDI:003016");
        if (prng.Below(2) == 0) packet.Option(61, [1, .. RandomBytes(ref prng, 6)]);
        if (prng.Below(2) == 0) packet.Option(97, [0, .. RandomBytes(ref prng, 16)]);
        if (prng.Below(2) == 0) packet.Option(12, "asked\0");
        if (prng.Below(3) != 0) return packet.Build();
        byte[] circuit = RandomBytes(ref prng, 1 + prng.Below(60));
        return packet.RelayAddress("10.9.0.1").Option(82, [1, (byte)circuit.Length, .. circuit]).Build();
    }

    private static DhcpNetwork RandomNetwork(ref Prng prng)
    {
        Ipv4Prefix prefix = new(new Ipv4Address(0x0A00_0000u | ((uint)prng.Below(1 << 16) << 8)), 8 + prng.Below(23));
        List<DhcpOptionSetting> options = [];
        for (int count = prng.Below(4); count > 0; count--)
        {
            byte code = (byte)(224 + (2 * count));
            options.Add(new(code, RandomBytes(ref prng, 1 + prng.Below(20)), prng.Below(2) == 0));
        }

        return new(0, DhcpMode.Server, prefix, new()
        {
            Lease = prng.Below(8) == 0 ? ConfigRules.Infinite : Duration.FromSeconds(10 + prng.Below(1_000_000)),
            Router = prng.Below(4) == 0 ? default : new(prefix.Network.Value + 1),
            Dns = RandomAddresses(ref prng, 16),
            Domain = prng.Below(4) == 0 ? "" : "lab.example",
            Search = prng.Below(2) == 0 ? [] : ["lab.example", "a.lab.example", "example.org"],
            Ntp = RandomAddresses(ref prng, 3),
            MtuBytes = (ushort)(prng.Below(2) == 0 ? 0 : 1400),
            Routes = prng.Below(2) == 0 ? [] : [new(new(Ip("10.9.0.0"), 16), new(prefix.Network.Value + 2))],
            Options = options,
        });
    }

    private static DhcpReply RandomReply(ref Prng prng, DhcpNetwork network)
    {
        Ipv4Address server = new(network.Prefix.Network.Value + 3);
        if (prng.Below(8) == 0)
        {
            return new()
            {
                Type = DhcpMessageType.NegativeAcknowledgment,
                ServerIdentifier = server,
                Message = DhcpVerdicts.ReasonOf(DhcpVerdict.RefusedWrongNetwork),
            };
        }

        bool isProxy = prng.Below(4) == 0;
        bool boots = prng.Below(3) != 0;
        return new()
        {
            Type = prng.Below(2) == 0 ? DhcpMessageType.Offer : DhcpMessageType.Acknowledgment,
            ServerIdentifier = server,
            YourAddress = isProxy ? default : new(network.Prefix.Network.Value + 4),
            ClientAddress = prng.Below(4) == 0 ? new(network.Prefix.Network.Value + 4) : default,
            LeaseSeconds = isProxy ? 0 : network.LeaseSeconds,
            TellsNetwork = !isProxy,
            HostName = prng.Below(2) == 0 ? "node1"u8 : default,
            VendorClass = boots ? "PXEClient"u8 : default,
            VendorOptions = !boots ? default : prng.Below(2) == 0 ? PxeVendorOptions.RaspberryPi : PxeVendorOptions.BootFileGiven,
            IpxeOptions = prng.Below(3) == 0 ? PxeVendorOptions.NoIpxeProxy : default,
            BootServer = boots ? server : default,
            BootServerText = boots ? Encoding.ASCII.GetBytes(server.ToString()) : default,
            BootFile = boots ? Encoding.ASCII.GetBytes(new string('b', 1 + prng.Below(126))) : default,
            EndsFileWithNul = prng.Below(2) == 0,
        };
    }

    private static byte[] RandomBytes(ref Prng prng, int count)
    {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) bytes[i] = (byte)prng.Below(256);
        return bytes;
    }

    private static List<Ipv4Address> RandomAddresses(ref Prng prng, int countMax)
    {
        List<Ipv4Address> addresses = [];
        for (int count = prng.Below(countMax + 1); count > 0; count--) addresses.Add(new(0x0A01_0000u + (uint)prng.Below(1 << 16)));
        return addresses;
    }
}
