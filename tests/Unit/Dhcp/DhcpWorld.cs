using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Dhcp;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Dhcp;

/// <summary>The network that the DHCP tests happen on: 10.0.0.1/24, pool .100 to .200, router .254.</summary>
internal static class DhcpWorld
{
    public static readonly Ipv4Address ServerAddress = Ip("10.0.0.1");

    public static readonly NetworkInterface Link =
        new("eth0", 2, Mac("02:00:00:00:00:01"), new Ipv4Prefix(ServerAddress, 24), IsUp: true, IsLoopback: false);

    public static Settings Settings(
        DhcpMode mode = DhcpMode.Server, string first = "10.0.0.100", string last = "10.0.0.200",
        params MachineSetting[] machines) => new()
        {
            Tree = "/srv/boot",
            DhcpMode = mode,
            IsProbing = false,
            Main = new()
            {
                Pool = mode == DhcpMode.Server ? new Ipv4Range(Ip(first), Ip(last)) : null,
                Lease = Duration.FromSeconds(3600),
                Router = Ip("10.0.0.254"),
                Dns = [Ip("10.0.0.1"), Ip("10.0.0.253")],
                Domain = "lab.example",
            },
            Machines = machines,
        };

    public static DhcpNetworks Networks(DhcpMode mode = DhcpMode.Server) => new(Settings(mode), [Link]);

    /// <summary>Straight from a client on the link.</summary>
    public static DhcpOrigin Origin(DhcpNetworks networks, bool isBroadcast = true) =>
        new(new DhcpLink(Link, 0), networks[0], default, isBroadcast);

    public static MachineSetting Machine(string name, string mac, string address) => new()
    {
        Name = name,
        HardwareAddress = mac.Length == 0 ? default : Mac(mac),
        Address = Ip(address),
        Image = 0,
    };

    public static Instant At(long seconds) => new(seconds * 1_000_000_000);

    public static Ipv4Address Ip(string text)
    {
        Assert.True(Ipv4Address.TryParse(Encoding.ASCII.GetBytes(text), out Ipv4Address address), text);
        return address;
    }

    public static HardwareAddress Mac(string text)
    {
        Assert.True(HardwareAddress.TryParse(Encoding.ASCII.GetBytes(text), out HardwareAddress address), text);
        return address;
    }

    public static LeaseKey Key(string mac, ulong clientId = 0) => new(Mac(mac), clientId);

    public static DhcpMessage Parse(byte[] datagram)
    {
        DhcpReject reject = DhcpMessage.Parse(datagram, out DhcpMessage message);
        Assert.Equal(DhcpReject.None, reject);
        return message;
    }

    /// <summary>The codes of the options field in their order, PADs included as 0, END left out.</summary>
    public static List<byte> CodesOf(byte[] datagram)
    {
        List<byte> codes = [];
        for (int at = DhcpMessage.FixedBytes; datagram[at] != 255;)
        {
            codes.Add(datagram[at]);
            at += datagram[at] == 0 ? 1 : datagram[at + 1] + 2;
        }

        return codes;
    }
}

/// <summary>Packets kept as hexadecimal text with a header of <c>#</c> lines that says where they are from.</summary>
internal static class DhcpGolden
{
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "Golden", "dhcp");

    public static byte[] Read(string name)
    {
        StringBuilder hex = new();
        foreach (string line in File.ReadLines(Path.Combine(Folder, name + ".hex")))
        {
            if (!line.StartsWith('#')) hex.Append(line.Replace(" ", "", StringComparison.Ordinal));
        }

        return Convert.FromHexString(hex.ToString());
    }

    public static TheoryData<string> Names()
    {
        TheoryData<string> names = [];
        foreach (string path in Directory.GetFiles(Folder, "*.hex")) names.Add(Path.GetFileNameWithoutExtension(path));
        return names;
    }

    /// <summary>Compares with the kept bytes; with AGLET_GOLDEN=folder writes new ones there, and fails all the same.</summary>
    public static void Check(string name, string header, byte[] actual)
    {
        string? folder = Environment.GetEnvironmentVariable("AGLET_GOLDEN");
        if (folder is not null)
        {
            StringBuilder text = new($"# {header}\n");
            for (int at = 0; at < actual.Length; at += 16)
            {
                byte[] row = actual[at..Math.Min(at + 16, actual.Length)];
                text.Append(Convert.ToHexString(row).ToLowerInvariant()).Append('\n');
            }

            File.WriteAllText(Path.Combine(folder, name + ".hex"), text.ToString());
            Assert.Fail($"{name} was written anew");
        }

        Assert.Equal(Convert.ToHexString(Read(name)), Convert.ToHexString(actual));
    }
}

/// <summary>Builds a client's message field by field.</summary>
internal sealed class DhcpPacket
{
    private readonly byte[] _fixed = new byte[DhcpMessage.FixedBytes];
    private readonly List<byte> _options = [];

    public DhcpPacket(DhcpMessageType type, string mac = "52:54:00:00:00:01")
    {
        _fixed[0] = 1;
        _fixed[1] = 1;
        _fixed[2] = 6;
        new byte[] { 0xA1, 0xA2, 0xA3, 0xA4 }.CopyTo(_fixed, 4);
        DhcpWorld.Mac(mac).Write(_fixed.AsSpan(28));
        new byte[] { 0x63, 0x82, 0x53, 0x63 }.CopyTo(_fixed, 236);
        if (type != DhcpMessageType.None) Option(53, (byte)type);
    }

    public DhcpPacket Option(byte code, params byte[] data)
    {
        _options.Add(code);
        _options.Add((byte)data.Length);
        _options.AddRange(data);
        return this;
    }

    public DhcpPacket Option(byte code, string text) => Option(code, Encoding.ASCII.GetBytes(text));

    public DhcpPacket Address(byte code, string address)
    {
        byte[] bytes = new byte[4];
        DhcpWorld.Ip(address).Write(bytes);
        return Option(code, bytes);
    }

    public DhcpPacket Field(int at, params byte[] bytes)
    {
        bytes.CopyTo(_fixed, at);
        return this;
    }

    public DhcpPacket ClientAddress(string address) => FieldAddress(12, address);

    public DhcpPacket RelayAddress(string address) => FieldAddress(24, address);

    public DhcpPacket Broadcast() => Field(10, 0x80, 0);

    public byte[] Build() => [.. _fixed, .. _options, 255];

    private DhcpPacket FieldAddress(int at, string address)
    {
        DhcpWorld.Ip(address).Write(_fixed.AsSpan(at));
        return this;
    }
}
