using System;
using Aglet.Boot;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Dhcp;

/// <summary>Which of our replies carries the boot data: each kind of firmware wants it in another form.</summary>
internal enum BootReplyForm : byte
{
    /// <summary>An OFFER or ACK with an address.</summary>
    WithAddress,

    /// <summary>A proxy OFFER beside somebody else's address.</summary>
    ProxyOffer,

    /// <summary>An ACK from port 4011, the boot server's port.</summary>
    BootServer,
}

/// <summary>Options 60 and 43 of a reply that carries boot data: the PXE specification's sub-options.</summary>
/// <remarks>
/// <code>
/// 06 01 discovery control: 08 = a boot file is given, download it without prompt, menu or discovery
/// 08 .. boot servers: type 2, count 1, addresses 4 each
/// 09 .. boot menu: type 2, length 1, text
/// 0A .. prompt: timeout 1 (0 = take the first entry at once), text
/// 47 04 boot item: type 2, layer 2
/// FF    END
/// </code>
/// </remarks>
internal static class PxeVendorOptions
{
    /// <summary>The first type of boot server that is nobody's.</summary>
    public const int OurBootServerType = 0x8000;

    private const DhcpOption BootItem = (DhcpOption)71;

    /// <summary>"Just boot the file": with it EDK2 prefers our offer and never goes to port 4011.</summary>
    public static ReadOnlySpan<byte> BootFileGiven => [0x06, 0x01, 0x08, 0xFF];

    /// <summary>
    /// A menu of the one entry <c>Raspberry Pi Boot</c>: what a Raspberry Pi looks for to know its server. The three
    /// trailing spaces are what the Pi 3 B needs; later boards accept them.
    /// </summary>
    public static ReadOnlySpan<byte> RaspberryPi =>
    [
        0x06, 0x01, 0x03,
        0x0A, 0x04, 0x00, (byte)'P', (byte)'X', (byte)'E',
        0x09, 0x17, 0x00, 0x00, 0x14,
        (byte)'R', (byte)'a', (byte)'s', (byte)'p', (byte)'b', (byte)'e', (byte)'r', (byte)'r', (byte)'y', (byte)' ',
        (byte)'P', (byte)'i', (byte)' ', (byte)'B', (byte)'o', (byte)'o', (byte)'t', (byte)' ', (byte)' ', (byte)' ',
        0xFF,
    ];

    /// <summary>
    /// iPXE's option 175 saying that no proxy will come: without it iPXE waits two seconds for one at every boot.
    /// </summary>
    public static ReadOnlySpan<byte> NoIpxeProxy => [0xB0, 0x01, 0x01];

    /// <summary>The room that <see cref="For"/> and <see cref="BootItemEcho"/> need.</summary>
    public const int RoomBytes = 32;

    /// <summary>Option 60 of the reply; empty for none.</summary>
    public static ReadOnlySpan<byte> ClassFor(OfferStyle style, bool isPxeClient) => style switch
    {
        OfferStyle.FileOnly => default,
        OfferStyle.HttpBoot => "HTTPClient"u8,
        _ => isPxeClient ? "PXEClient"u8 : default,
    };

    /// <summary>Option 43 of the reply; empty for none.</summary>
    /// <param name="style">How it is offered.</param>
    /// <param name="isPxeClient">The client understands it: 43 means what 60 says.</param>
    /// <param name="server">Our address, for a menu.</param>
    /// <param name="room">Holds what is not constant: <see cref="RoomBytes"/>.</param>
    public static ReadOnlySpan<byte> For(OfferStyle style, bool isPxeClient, Ipv4Address server, Span<byte> room)
    {
        if (!isPxeClient) return default;
        return style switch
        {
            OfferStyle.VendorOptions => BootFileGiven,
            OfferStyle.Menu => WriteMenu(server, room),
            OfferStyle.RaspberryPi => RaspberryPi,
            _ => default,
        };
    }

    /// <summary>
    /// A menu whose one entry is taken at once and leads to our port 4011: control 3 (no broadcast, no multicast), in
    /// the order that dnsmasq has.
    /// </summary>
    private static ReadOnlySpan<byte> WriteMenu(Ipv4Address server, Span<byte> room)
    {
        WireWriter menu = new(room);
        menu.Bytes([0x06, 0x01, 0x03]);
        menu.Bytes([0x0A, 0x04, 0x00, (byte)'P', (byte)'X', (byte)'E']);
        menu.Bytes([0x08, 0x07, 0x80, 0x00, 0x01]);
        menu.U32(server.Value);
        menu.Bytes([0x09, 0x08, 0x80, 0x00, 0x05]);
        menu.Bytes("Aglet"u8);
        menu.U8((byte)DhcpOption.End);
        Core.Check.That(!menu.Overflow);
        return room[..menu.Length];
    }

    /// <summary>The type of the boot item that a client asks for; -1 when it asks for none.</summary>
    public static int BootItemTypeOf(ReadOnlySpan<byte> vendorOptions)
    {
        DhcpOptionWalker walker = new(vendorOptions);
        while (walker.MoveNext())
        {
            if (walker.Code == BootItem && walker.Data.Length == 4) return (walker.Data[0] << 8) | walker.Data[1];
        }

        return -1;
    }

    /// <summary>The boot item (sub-option 71) that a client asks port 4011 for, copied with its code; empty for none.</summary>
    /// <param name="vendorOptions">The client's option 43.</param>
    /// <param name="room">Holds the sub-option and END: <see cref="RoomBytes"/>.</param>
    public static ReadOnlySpan<byte> BootItemEcho(ReadOnlySpan<byte> vendorOptions, Span<byte> room)
    {
        DhcpOptionWalker walker = new(vendorOptions);
        while (walker.MoveNext())
        {
            if (walker.Code != BootItem || walker.Data.Length != 4) continue;
            room[0] = (byte)BootItem;
            room[1] = 4;
            walker.Data.CopyTo(room[2..]);
            room[6] = (byte)DhcpOption.End;
            return room[..7];
        }

        return default;
    }
}
