using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Dhcp;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;
using Aglet.Tree;
using Xunit;
using static Aglet.Tests.Unit.Dhcp.DhcpWorld;

namespace Aglet.Tests.Unit.Dhcp;

/// <summary>Firmware that takes one style and no other, and boots within the four DISCOVERs of one attempt.</summary>
public sealed class DhcpStyleTests
{
    private const string Mac1 = "52:54:00:00:00:01";

    /// <summary>When EDK2 and the ROMs after the PXE specification ask, in seconds.</summary>
    private static readonly int[] _tries = [0, 4, 12, 28];

    private readonly WireKernel _kernel = new();
    private BootPlanner _planner = null!;
    private DhcpEndpoint _endpoint = null!;

    [Theory]
    [InlineData(DhcpMode.Proxy, 0, OfferStyle.VendorOptions, 1)]
    [InlineData(DhcpMode.Proxy, 0, OfferStyle.BootServer, 3)]
    [InlineData(DhcpMode.Proxy, 0, OfferStyle.Menu, 4)]
    [InlineData(DhcpMode.Proxy, 7, OfferStyle.BootServer, 1)]
    [InlineData(DhcpMode.Proxy, 7, OfferStyle.VendorOptions, 3)]
    [InlineData(DhcpMode.Proxy, 7, OfferStyle.Menu, 4)]
    [InlineData(DhcpMode.Server, 7, OfferStyle.VendorOptions, 1)]
    [InlineData(DhcpMode.Server, 7, OfferStyle.FileOnly, 3)]
    [InlineData(DhcpMode.Server, 7, OfferStyle.BootServer, 4)]
    [InlineData(DhcpMode.Server, 0, OfferStyle.FileOnly, 3)]
    public void EachBootsWithinItsRetriesAndIsRememberedForIt(object mode, byte architecture, object style, int tries)
    {
        Start((DhcpMode)mode);
        Assert.Equal(tries, BootAt(0, architecture, (OfferStyle)style));
        Assert.Equal(1, BootAt(1000, architecture, (OfferStyle)style));
    }

    [Fact]
    public void TheLogSaysWhoIsOfferedWhatNextAndWhy()
    {
        Start(DhcpMode.Proxy);
        BootAt(0, 7, OfferStyle.VendorOptions);
        Assert.Contains(
            $"{Mac1}: was offered its boot file twice in the style \"boot server at port 4011\", and it asks again; "
            + "it took no address either: does the network's DHCP server answer it?: the next style is \"file and option 43\"",
            _kernel.LogText, StringComparison.Ordinal);
        Start(DhcpMode.Proxy);
        Discover(0, 7);
        Send(0, 67, Firmware(DhcpMessageType.Request, 7).Address(50, "10.0.0.50").Address(54, "10.0.0.2"));
        Discover(20, 7);
        Assert.Contains(
            "once in the style \"boot server at port 4011\", and it took an address, but asked for no file: the next style",
            _kernel.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public void AskingPort4011IsGoingOn()
    {
        Start(DhcpMode.Proxy);
        for (int second = 0; second < 400; second += 40)
        {
            Assert.Equal(OfferStyle.BootServer, Discover(second, 7));
            Send(second, 4011, Firmware(DhcpMessageType.Request, 7).ClientAddress("10.0.0.50"));
        }
    }

    /// <summary>In mode server the ACK says what the OFFER said: EDK2 compares them.</summary>
    [Fact]
    public void TheAcknowledgmentHasTheStyleOfTheOffer()
    {
        Start(DhcpMode.Server);
        foreach (int second in (int[])[0, 4, 12])
        {
            OfferStyle offered = Discover(second, 7);
            Ipv4Address address = Parse(_kernel.Sent[^1].Datagram).YourAddress;
            byte[] request = Firmware(DhcpMessageType.Request, 7)
                .Address(50, address.ToString()).Address(54, "10.0.0.1").Broadcast().Build();
            if (second < 12) continue;
            Assert.Equal(OfferStyle.FileOnly, offered);
            Send(second, 67, request);
            Assert.Equal(offered, StyleOf(Parse(_kernel.Sent[^1].Datagram)));
        }
    }

    [Theory]
    [InlineData("0050-pi4-discover")]
    [InlineData("0020-ipxe-rom-discover")]
    [InlineData("0040-ovmf-http-discover")]
    public void WhoseStyleIsKnownKeepsIt(string packet)
    {
        Start(DhcpMode.Proxy);
        List<string> replies = [];
        for (int second = 0; second < 300; second += 5)
        {
            Send(second, 67, DhcpGolden.Read(packet));
            string reply = Convert.ToHexString(_kernel.Sent[^1].Datagram);
            if (!replies.Contains(reply)) replies.Add(reply);
        }

        Assert.Single(replies);
    }

    /// <summary>One attempt of firmware; how many DISCOVERs it took, or 0 when it gave up.</summary>
    private int BootAt(int start, byte architecture, OfferStyle accepted)
    {
        for (int i = 0; i < _tries.Length; i++)
        {
            int second = start + _tries[i];
            if (Discover(second, architecture) != accepted) continue;
            _planner.Bind(Mac(Mac1), Ip("10.0.0.50"));
            if (accepted is OfferStyle.BootServer or OfferStyle.Menu)
            {
                Send(second, 4011, Firmware(DhcpMessageType.Request, architecture).ClientAddress("10.0.0.50"));
                DhcpMessage answer = Parse(_kernel.Sent[^1].Datagram);
                Assert.Equal(DhcpMessageType.Acknowledgment, answer.Type);
                Assert.False(answer.File.IsEmpty);
            }
            else
            {
                Asker asker = new(Ip("10.0.0.50"), ServerAddress, FileProtocol.Tftp);
                _planner.Find(At(second), "pxelinux.0"u8, asker, out _);
            }

            return i + 1;
        }

        return 0;
    }

    private OfferStyle Discover(int second, byte architecture)
    {
        Send(second, 67, Firmware(DhcpMessageType.Discover, architecture));
        return StyleOf(Parse(_kernel.Sent[^1].Datagram));
    }

    private static DhcpPacket Firmware(DhcpMessageType type, byte architecture) =>
        new DhcpPacket(type, Mac1).Broadcast().Option(60, "PXEClient").Option(93, 0, architecture);

    /// <summary>How firmware takes a reply, by the PXE specification.</summary>
    private static OfferStyle StyleOf(DhcpMessage reply)
    {
        if (!reply[DhcpOption.VendorClass].StartsWith("PXEClient"u8)) return OfferStyle.FileOnly;
        DhcpOptionWalker walker = new(reply[DhcpOption.VendorOptions]);
        bool hasMenu = false;
        bool takesFile = false;
        while (walker.MoveNext())
        {
            if ((byte)walker.Code == 6) takesFile = (walker.Data[0] & 8) != 0;
            if ((byte)walker.Code == 9) hasMenu = walker.Data.Length > 3;
        }

        return takesFile ? OfferStyle.VendorOptions : hasMenu ? OfferStyle.Menu : OfferStyle.BootServer;
    }

    private void Start(DhcpMode mode)
    {
        Settings settings = Settings(mode);
        List<BootFile> files = [];
        foreach (string name in (string[])["pxelinux.0", "bootx64.efi", "snponly.efi"])
        {
            byte[] key = Encoding.ASCII.GetBytes(name);
            files.Add(new() { Key = key, HostPath = [.. "/srv/boot/"u8, .. key], Size = 1, ModifiedUnixSeconds = 1 });
        }

        Log log = new(_kernel);
        _planner = new(new BootCatalog(settings, new BootTree(files)), log);
        _endpoint = new(_kernel, new SocketTable(_kernel), log, _planner, settings, [Link]);
        _endpoint.Start();
    }

    private void Send(int second, int port, DhcpPacket packet) => Send(second, port, packet.Build());

    private void Send(int second, int port, byte[] datagram)
    {
        IpEndpoint peer = new(port == 4011 ? Ip("10.0.0.50") : Ipv4Address.Any, 68);
        _kernel.Enqueue(datagram, peer, port == 4011 ? ServerAddress : Ipv4Address.Broadcast);
        SocketOwner owner = port == 67 ? SocketOwner.DhcpServer : SocketOwner.DhcpProxy;
        _endpoint.OnReady(At(second), new(_kernel.HandleOf(port), owner, 0), default, Readiness.Readable);
        _endpoint.OnTurnEnd(At(second));
    }
}
