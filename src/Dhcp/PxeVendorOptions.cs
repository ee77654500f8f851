using System;
using Aglet.Boot;
using Aglet.Net;

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
/// 09 .. boot menu: type 2, length 1, text
/// 0A .. prompt: timeout 1 (0 = take the first entry at once), text
/// 47 04 boot item: type 2, layer 2
/// FF    END
/// </code>
/// </remarks>
internal static class PxeVendorOptions
{
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

    /// <summary>Option 60 of the reply; empty for none.</summary>
    public static ReadOnlySpan<byte> ClassFor(in BootClient client, bool isPxeClient, BootReplyForm form)
    {
        // EDK2 HTTP Boot takes no offer for an HTTP offer without this, and knows no port 4011.
        if (client.IsHttpClient) return "HTTPClient"u8;

        // iPXE reads the header alone; U-Boot and whoever sends no class want a plain reply.
        if (form == BootReplyForm.WithAddress && client.Stage != BootStage.Firmware) return default;
        return isPxeClient ? "PXEClient"u8 : default;
    }

    /// <summary>Option 43 of the reply; empty for none.</summary>
    public static ReadOnlySpan<byte> For(in BootClient client, bool isPxeClient, BootReplyForm form)
    {
        if (client.IsHttpClient || !isPxeClient || client.Stage != BootStage.Firmware) return default;
        if (client.IsRaspberryPi) return RaspberryPi;

        // UEFI beside another server: without option 43 it asks port 4011, the form that most firmware lives with.
        // A BIOS ROM boots from the proxy offer itself.
        bool isUefi = client.Architecture is { Firmware: FirmwareKind.Uefi };
        return form != BootReplyForm.WithAddress && isUefi ? default : BootFileGiven;
    }

    /// <summary>The boot item (sub-option 71) that a client asks port 4011 for, copied with its code; empty for none.</summary>
    /// <param name="vendorOptions">The client's option 43.</param>
    /// <param name="room">Seven bytes: the sub-option and END.</param>
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
