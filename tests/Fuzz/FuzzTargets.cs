using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Core;
using Aglet.Dhcp;
using Aglet.Http;
using Aglet.Net;
using Aglet.Tests.Simulation;
using Aglet.Tftp;
using Aglet.Tree;

namespace Aglet.Tests.Fuzz;

/// <summary>Everything that reads bytes which we did not write.</summary>
internal static class FuzzTargets
{
    private static readonly string[] _paths =
    [
        "pxelinux.0", "/boot\\BCD", "//grubx64.efi", "::pxelinux.cfg/default", "pxelinux.cfg/01-52-54-00-12-34-56",
        "pxelinux.cfg/4c4c4544-0042-3510-8051-b4c04f4a5931", "pxelinux.cfg/0A00002A", "debian-installer/amd64/grub/grub.cfg",
        "grub.cfg-01-52-54-00-12-34-56", "_/ipxe/52-54-00-12-34-56/boot.ipxe", "_/grub/52:54:00:12:34:56/grub.cfg",
        "_/answer/52-54-00-12-34-56/debian/preseed.cfg", "_/done/0123456789abcdef0123456789abcdef",
        "_/answer/52-54-00-12-34-56/0123456789abcdef0123456789abcdef/debian/preseed.cfg", "a/./b//c", "autoexec.ipxe", "x/C:/y", "pxelinux.cfg/default-arm-x",
    ];

    /// <summary>A probe; an answer with the padding of the shortest frame.</summary>
    private static readonly byte[][] _arp =
    [
        Convert.FromHexString("ffffffffffff0200000000010806" + "0001080006040001" + "020000000001" + "00000000" + "000000000000" + "0a000064"),
        Convert.FromHexString("0200000000015254000000420806" + "0001080006040002" + "525400000042" + "0a000064" + "020000000001" + "00000000" + "000000000000000000000000000000000000"),
    ];

    /// <summary>Makes them anew: each holds buffers of its own.</summary>
    public static IReadOnlyList<FuzzTarget> All() =>
    [
        new WireFuzzTarget<SampleMessage, SampleReject>("sample", [[2, (byte)'a', (byte)'b'], [0], [3, 1, 2, 3, 1, 9]]),
        new WireFuzzTarget<DhcpMessage, DhcpReject>("dhcp", GoldenPackets.Read("dhcp")),
        new WireFuzzTarget<UdpDatagram, UdpFrameReject>("udp-frame", GoldenPackets.Read("frame")),
        new ReaderFuzzTarget("dhcp-client", GoldenPackets.Read("dhcp"), ReadDhcpClient),
        new WireFuzzTarget<ArpPacket, ArpReject>("arp", _arp),
        new ReaderFuzzTarget("own-client", GoldenPackets.Read("dhcp"), ReadAsClient),
        new ReaderFuzzTarget("ntp", [Convert.FromHexString("24020620" + new string('0', 72) + "E93C780080000000")], ReadTime),
        new ReaderFuzzTarget("modules", Ascii(["a/b.ko: c.ko d.ko\nc.ko:\nalias a[!b-d]b?k* b\n", "alias *[!q] x-y\nx-y.ko:"]), ReadModules),
        new ReaderFuzzTarget("command-line", Ascii(["aglet.disk=1a2b3c4d aglet.slot=b", "x=y aglet.disk=00000000"]), ReadCommandLine),
        new WireFuzzTarget<TftpRequest, TftpReject>("tftp-request", GoldenPackets.Tftp(isRequest: true)),
        new WireFuzzTarget<TftpPacket, TftpReject>("tftp-packet", GoldenPackets.Tftp(isRequest: false)),
        new TftpNegotiationTarget(GoldenPackets.Tftp(isRequest: true)),
        new TftpTransferTarget(),
        new TftpNetasciiTarget(),
        new HttpFuzzTarget(GoldenPackets.Http()),
        new HttpConnectionTarget(GoldenPackets.Http()),
        new ReaderFuzzTarget("path", Ascii(_paths), ReadPath),
        new ConfigFuzzTarget(),
        new TemplateFuzzTarget(),
        JournalFuzz.Record,
        JournalFuzz.LeaseBody,
        JournalFuzz.InstallBody,
        new ImportFuzzTarget("dnsmasq"),
        new ImportFuzzTarget("isc"),
        new ImportFuzzTarget("kea"),
        new ServerFuzzTarget("server-dhcp", GoldenPackets.Read("dhcp", "0*.hex"), 67, DhcpMode.Server),
        new ServerFuzzTarget("server-proxy", GoldenPackets.Read("dhcp", "0*.hex"), 4011, DhcpMode.Proxy),
        new ServerFuzzTarget("server-tftp", GoldenPackets.Tftp(isRequest: true), 69, DhcpMode.Server),
        new ServerFuzzTarget("server-http", GoldenPackets.Http(), ServerFuzzTarget.Http, DhcpMode.Server),
    ];

    /// <summary>Only their names, which cost nothing to make.</summary>
    public static IReadOnlyList<string> Names =>
    [
        "sample", "dhcp", "udp-frame", "dhcp-client", "arp", "own-client", "ntp", "modules", "command-line", "tftp-request",
        "tftp-packet", "tftp-negotiation", "tftp-transfer", "tftp-netascii", "http", "http-connection", "path", "config", "template",
        "journal-record", "journal-lease", "journal-install",
        "import dnsmasq", "import isc", "import kea",
        "server-dhcp", "server-proxy", "server-tftp", "server-http",
    ];

    public static FuzzTarget ForName(string name)
    {
        foreach (FuzzTarget target in All())
        {
            if (target.Name == name) return target;
        }

        throw new KeyNotFoundException(name);
    }

    /// <summary>Everything that the server reads of a message which was accepted.</summary>
    private static bool ReadDhcpClient(ReadOnlySpan<byte> input)
    {
        if (DhcpMessage.Parse(input, out DhcpMessage message) != DhcpReject.None) return false;
        BootClient client = DhcpClientReader.Read(message, isProxied: false);
        LeaseKey key = LeaseKey.Of(message, 0);
        _ = key.IsNone ? 0 : key.Hash;
        return client.HardwareAddress == message.HardwareAddress
            ? message.ServerName.Length <= 64 && message.File.Length <= 128
            : throw new FuzzException("another machine");
    }

    /// <summary>Whatever a server says, our own client stays in one of its states and asks again some time.</summary>
    private static bool ReadAsClient(ReadOnlySpan<byte> input)
    {
        if (DhcpMessage.Parse(input, out DhcpMessage message) != DhcpReject.None) return false;
        if (DhcpClientLease.TryRead(message, new(0), out DhcpClientLease lease) && !(lease.RenewAt <= lease.RebindAt && lease.RebindAt <= lease.ExpiresAt))
        {
            throw new FuzzException("a lease that ends before it is renewed");
        }

        if (message.HardwareAddress.Length != 6) return true;
        DhcpClient client = new(message.HardwareAddress, "x", 1);
        client.Start(new(0), default);
        _ = client.OnMessage(new(1), message);
        return client.Deadline > new Time.Instant(1) ? true : throw new FuzzException("nothing comes next");
    }

    private static bool ReadTime(ReadOnlySpan<byte> input) =>
        NtpPacket.Parse(input, 0, out long time) == NtpReject.None && time > 0;

    /// <summary>Lists are the image's own, devices say what they like.</summary>
    private static bool ReadModules(ReadOnlySpan<byte> input)
    {
        Linux.ModuleIndex index = new(input, input.ToArray());
        List<string> drivers = [];
        index.AddDriversOf(input, drivers);
        foreach (string driver in drivers) _ = index.PathsOf(driver);
        return drivers.Count > 0;
    }

    private static bool ReadCommandLine(ReadOnlySpan<byte> input)
    {
        Linux.BootArguments arguments = new(Encoding.UTF8.GetString(input));
        return arguments.Disk is not null && arguments.Problems.Count == 0;
    }

    /// <summary>A key says nothing else when it is read again, and cannot leave the tree.</summary>
    private static bool ReadPath(ReadOnlySpan<byte> input)
    {
        Span<byte> room = stackalloc byte[Limits.PathBytes];
        Span<byte> again = stackalloc byte[Limits.PathBytes];
        if (BootPath.Normalize(input, room, out int length) != BootPathReject.None) return false;
        ReadOnlySpan<byte> key = room[..length];
        if (key[0] == '/' || key[^1] == '/' || key.Contains((byte)0) || key.Contains((byte)'\\')) throw new FuzzException("not a key");
        foreach (Range part in key.Split((byte)'/'))
        {
            if (key[part] is [] or [(byte)'.'] or [(byte)'.', (byte)'.']) throw new FuzzException("a segment that is none");
        }

        // "x:/y" as a key is a name like any other, but asked for it would be refused as a drive.
        BootPathReject reject = BootPath.Normalize(key, again, out int lengthAgain);
        bool isSame = reject == BootPathReject.None && key.SequenceEqual(again[..lengthAgain]);
        bool isDriveOrRoot = key.Length > 1 && key[1] == ':';
        if (!isSame && !isDriveOrRoot) throw new FuzzException($"read again: {reject}, {Convert.ToHexString(again[..lengthAgain])}");
        _ = DocumentName.Parse(key).Kind;
        return true;
    }

    private static List<byte[]> Ascii(string[] texts)
    {
        List<byte[]> bytes = [];
        foreach (string text in texts) bytes.Add(Encoding.ASCII.GetBytes(text));
        return bytes;
    }
}
