using System;
using System.Buffers.Binary;
using System.IO;
using System.Text;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace Aglet.Tests.Lab;

/// <summary>
/// Answers router solicitations with an advertisement that offers nothing. iPXE asks for IPv6 beside DHCP and
/// waits 13 s for an answer; told at once that there is none to be had, it goes on.
/// </summary>
/// <remarks>
/// A thread of this process that has moved into the bridge's namespace; RFC 4861 §4.1 and §4.2.
/// </remarks>
internal sealed unsafe class RouterAdvertiser : IDisposable
{
    private const int EthernetBytes = 14;
    private const int Ipv6Bytes = 40;
    private const int AdvertisementBytes = 16;
    private const byte Icmp6 = 58;
    private const byte Solicitation = 133;
    private const byte Advertisement = 134;

    private readonly Thread _thread;
    private readonly ManualResetEventSlim _ready = new();
    private volatile bool _isStopping;
    private Exception? _failure;

    public RouterAdvertiser(string space, string link)
    {
        _thread = new Thread(() => Run(space, link)) { IsBackground = true, Name = "router advertiser" };
        _thread.Start();
        _ready.Wait();
        if (_failure is not null)
            throw new LabException("the router advertiser could not start", _failure);
    }

    public void Dispose()
    {
        _isStopping = true;
        _thread.Join();
        _ready.Dispose();
    }

    private void Run(string space, string link)
    {
        int descriptor = -1;
        try
        {
            descriptor = Open(space, link);
        }
        catch (Exception failure) when (failure is LabException or IOException)
        {
            _failure = failure;
        }
        _ready.Set();
        if (descriptor < 0)
            return;
        byte[] buffer = new byte[2048];
        fixed (byte* bytes = buffer)
        {
            while (!_isStopping)
            {
                nint length = LabNative.recv(descriptor, bytes, buffer.Length, 0); // gives up every 200 ms
                if (length > EthernetBytes + Ipv6Bytes && bytes[EthernetBytes + 6] == Icmp6
                    && bytes[EthernetBytes + Ipv6Bytes] == Solicitation)
                {
                    Answer(descriptor);
                }
            }
        }
        _ = LabNative.close(descriptor);
    }

    private static int Open(string space, string link)
    {
        using (SafeFileHandle handle = File.OpenHandle($"/run/netns/{space}"))
            LabNative.Checked(LabNative.setns((int)handle.DangerousGetHandle(), LabNative.CLONE_NEWNET), "setns");
        ushort protocol = BinaryPrimitives.ReverseEndianness((ushort)0x86DD);
        int descriptor = LabNative.Checked(
            LabNative.socket(LabNative.AF_PACKET, LabNative.SOCK_RAW, protocol), "socket");
        byte* address = stackalloc byte[20]; // struct sockaddr_ll
        new Span<byte>(address, 20).Clear();
        *(ushort*)address = LabNative.AF_PACKET;
        *(ushort*)(address + 2) = protocol;
        fixed (byte* name = Encoding.ASCII.GetBytes(link + "\0"))
            *(uint*)(address + 4) = LabNative.if_nametoindex(name);
        LabNative.Checked(LabNative.bind(descriptor, address, 20), "bind");
        long* patience = stackalloc long[2] { 0, 200_000 }; // struct timeval
        LabNative.Checked(LabNative.setsockopt(descriptor, 1, 20, patience, 16), "SO_RCVTIMEO");
        return descriptor;
    }

    private static void Answer(int descriptor)
    {
        Span<byte> frame = stackalloc byte[EthernetBytes + Ipv6Bytes + AdvertisementBytes];
        frame.Clear();
        Span<byte> allNodes = [0x33, 0x33, 0, 0, 0, 1];
        Span<byte> ourselves = [0x02, 0xA6, 0x1E, 0, 0, 0xFE];
        allNodes.CopyTo(frame);
        ourselves.CopyTo(frame[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], 0x86DD);

        Span<byte> ip = frame[EthernetBytes..];
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], AdvertisementBytes);
        ip[6] = Icmp6;
        ip[7] = 255; // a hop limit below this would be forged
        (ip[8], ip[9], ip[23]) = (0xFE, 0x80, 0x01); // fe80::1
        (ip[24], ip[25], ip[39]) = (0xFF, 0x02, 0x01); // ff02::1

        Span<byte> message = ip[Ipv6Bytes..];
        message[0] = Advertisement;
        message[4] = 64; // hop limit; flags, lifetime and timers stay 0: no router, no addresses, no DHCPv6
        uint sum = AdvertisementBytes + (uint)Icmp6;
        for (int at = 8; at < Ipv6Bytes + AdvertisementBytes; at += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(ip[at..]);
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], (ushort)(~sum & 0xFFFF));
        fixed (byte* bytes = frame)
            _ = LabNative.send(descriptor, bytes, frame.Length, 0);
    }
}
