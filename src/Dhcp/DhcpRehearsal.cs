using System;
using System.Buffers.Binary;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Dhcp;

/// <summary>
/// What a machine would be offered, found by writing its DISCOVER and answering it as the server does, without a network.
/// For <c>aglet explain</c>; it allocates.
/// </summary>
/// <param name="settings">Mode server or proxy.</param>
/// <param name="link">The interface that the machine is on.</param>
internal sealed class DhcpRehearsal(Settings settings, NetworkInterface link)
{
    private const uint TransactionId = 0x41474C54;

    /// <summary>What EDK2 asks for (<c>PxeBcDhcp4.c</c>); BIOS ROMs ask for no more of what we have.</summary>
    private static readonly byte[] _firmwareAsks =
    [
        1, 2, 3, 4, 5, 6, 12, 13, 15, 17, 18, 22, 23, 28, 40, 41, 42, 43, 50, 51, 54, 58, 59, 60, 66, 67, 97, 128, 129, 130,
        131, 132, 133, 134, 135,
    ];

    private static readonly byte[] _ipxeAsks =
        [1, 3, 6, 7, 12, 15, 17, 26, 42, 43, 60, 66, 67, 119, 121, 128, 129, 130, 131, 132, 133, 134, 135, 175, 203];

    private readonly DhcpNetworks _networks = new(settings, [link]);
    private readonly LeaseTable _leases = new(new(settings, [link]), settings.Machines);

    /// <summary>Writes the DISCOVER that a machine of this kind sends.</summary>
    /// <param name="client">Which machine, and how far it has come.</param>
    /// <param name="target">At least <see cref="Limits.DhcpReplyBytesMax"/>.</param>
    public static int WriteDiscover(in BootClient client, Span<byte> target)
    {
        ClientArchitecture? architecture = client.Architecture;
        WireWriter writer = new(target);
        writer.U8(DhcpMessage.BootRequest);
        writer.U8(1);
        writer.U8(client.HardwareAddress.Length);
        writer.U8(0);
        writer.U32(TransactionId);
        writer.U16(0);
        writer.U16((ushort)(architecture is { Firmware: FirmwareKind.Uefi } ? 0x8000 : 0));
        writer.Zeros(12);
        writer.U32(client.Network.Value);
        Span<byte> hardware = writer.Room(16);
        hardware.Clear();
        client.HardwareAddress.Write(hardware);
        writer.Zeros(192);
        writer.U32(DhcpMessage.Cookie);
        Put(ref writer, DhcpOption.MessageType, [(byte)DhcpMessageType.Discover]);
        Put(ref writer, DhcpOption.MaxMessageSize, [5, 0xC0]);
        Put(ref writer, DhcpOption.ParameterList, client.Stage == BootStage.Ipxe ? _ipxeAsks : _firmwareAsks);
        Put(ref writer, DhcpOption.VendorClass, client.VendorClass.Bytes);

        // A Raspberry Pi says that it is a PC with a BIOS; what tells it is its option 97.
        ushort code = client.IsRaspberryPi ? (ushort)0 : (ushort)(architecture?.Code ?? 0);
        Put(ref writer, DhcpOption.ClientArchitecture, [(byte)(code >> 8), (byte)code]);
        Put(ref writer, DhcpOption.NetworkInterface, client.IsRaspberryPi ? [1, 2, 1] : [1, 3, 0]);
        PutIdentifier(ref writer, client);
        if (client.Stage == BootStage.Ipxe)
        {
            Put(ref writer, DhcpOption.UserClass, "iPXE"u8);
            Put(ref writer, DhcpOption.Ipxe, [0x13, 1, 1, 0x15, 1, 1, 0xEB, 3, 1, 0x15, 1]);
        }

        writer.U8((byte)DhcpOption.End);
        Check.That(!writer.Overflow);
        return writer.Length;
    }

    /// <summary>Answers a machine's DISCOVER; empty when it is not answered, and <paramref name="verdict"/> says why.</summary>
    public ReadOnlySpan<byte> Offer(BootPlanner planner, in BootClient asker, Span<byte> target, out DhcpVerdict verdict)
    {
        byte[] request = new byte[Limits.DhcpReplyBytesMax];
        int requestBytes = WriteDiscover(asker, request);
        Check.That(DhcpMessage.Parse(request.AsSpan(0, requestBytes), out DhcpMessage message) == DhcpReject.None);
        bool isProxy = settings.DhcpMode == DhcpMode.Proxy;
        DhcpLink heardOn = new(link, 0);
        RelayAgent relay = RelayAgent.Of(message);
        DhcpOrigin origin = new(heardOn, _networks.Of(message, relay, 0, isBroadcast: true), relay, IsBroadcast: true);
        BootClient client = DhcpClientReader.Read(message, isProxy);
        BootOffer offer = planner.Offer(default, client, heardOn.Server);
        DhcpDecision decision = isProxy
            ? DhcpProxy.OnMessage(origin.Server, message, client, offer)
            : new DhcpServer(_networks, _leases).OnMessage(default, message, offer, origin);
        verdict = decision.Verdict;

        // The next machine is told what it would get if it came first, too.
        if (origin.Network is not null) _leases.Withdraw(LeaseKey.Of(message, origin.Network.Index));
        if (DhcpVerdicts.ReplyOf(verdict) != DhcpMessageType.Offer || origin.Network is not { } network) return default;
        Span<byte> room = stackalloc byte[PxeVendorOptions.RoomBytes];
        BootReplyForm form = isProxy ? BootReplyForm.ProxyOffer : BootReplyForm.WithAddress;
        OfferStyle style = OfferStyles.For(client)[0];
        DhcpReply reply = DhcpReply.For(message, client, offer, decision, form, style, origin, room);
        return DhcpReplyWriter.TryWrite(message, reply, network, target, out int length) ? target[..length] : default;
    }

    private static void PutIdentifier(ref WireWriter writer, in BootClient client)
    {
        Span<byte> identifier = stackalloc byte[17];
        identifier.Clear();
        if (client.IsRaspberryPi) "RPi4"u8.CopyTo(identifier[1..]);
        else BinaryPrimitives.WriteUInt128BigEndian(identifier[1..], client.Uuid.Value);
        if (!client.IsRaspberryPi)
        {
            // SMBIOS order: the first three fields are little-endian.
            identifier.Slice(1, 4).Reverse();
            identifier.Slice(5, 2).Reverse();
            identifier.Slice(7, 2).Reverse();
        }

        Put(ref writer, DhcpOption.MachineIdentifier, identifier);
    }

    private static void Put(ref WireWriter writer, DhcpOption code, scoped ReadOnlySpan<byte> data)
    {
        writer.U8((byte)code);
        writer.U8((byte)data.Length);
        writer.Bytes(data);
    }
}
