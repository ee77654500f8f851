using System;
using Aglet.Net;

namespace Aglet.Boot;

/// <summary>
/// The form in which boot data are offered. What one firmware needs another one fails on, and none says what it needs.
/// </summary>
internal enum OfferStyle : byte
{
    /// <summary>The file in the header and in option 67, neither 60 nor 43: the plainest reply.</summary>
    FileOnly,

    /// <summary>60 with 43 that says "take this file" (06 01 08 FF): no menu, no discovery, no port 4011.</summary>
    VendorOptions,

    /// <summary>60 without 43: firmware asks port 4011 for the file, iPXE takes the file of the offer.</summary>
    BootServer,

    /// <summary>60 with 43 that holds a menu of one entry and our address, as dnsmasq does: then port 4011.</summary>
    Menu,

    /// <summary>60 <c>HTTPClient</c> and a URL: the only form that UEFI HTTP Boot takes.</summary>
    HttpBoot,

    /// <summary>60 with 43 that names <c>Raspberry Pi Boot</c>: the only form that its boot ROM takes.</summary>
    RaspberryPi,
}

/// <summary>Which styles each kind of client is offered, the most promising first.</summary>
internal static class OfferStyles
{
    private static readonly OfferStyle[] _fileOnly = [OfferStyle.FileOnly];
    private static readonly OfferStyle[] _bootServer = [OfferStyle.BootServer];
    private static readonly OfferStyle[] _httpBoot = [OfferStyle.HttpBoot];
    private static readonly OfferStyle[] _raspberryPi = [OfferStyle.RaspberryPi];

    // Three at most, and the first one twice: firmware sends four DISCOVERs before it gives up (StyleMemory).
    private static readonly OfferStyle[] _withAddress = [OfferStyle.VendorOptions, OfferStyle.FileOnly, OfferStyle.BootServer];
    private static readonly OfferStyle[] _proxiedBios = [OfferStyle.VendorOptions, OfferStyle.BootServer, OfferStyle.Menu];
    private static readonly OfferStyle[] _proxiedUefi = [OfferStyle.BootServer, OfferStyle.VendorOptions, OfferStyle.Menu];

    /// <summary>The styles for a client, never none.</summary>
    /// <remarks>
    /// A proxy offer without option 60 is dropped by every PXE client, so <see cref="OfferStyle.FileOnly"/> is no
    /// choice there. UEFI begins with port 4011, the form that most of it lives with beside another server; a BIOS ROM
    /// boots from the proxy offer itself. With an address of ours option 43 makes EDK2 prefer our offer to others.
    /// </remarks>
    public static ReadOnlySpan<OfferStyle> For(in BootClient client)
    {
        if (client.IsHttpClient) return _httpBoot;
        if (client.IsRaspberryPi) return _raspberryPi;

        // iPXE reads the header alone and U-Boot wants a plain reply; but a proxy must call itself one.
        if (client.Stage != BootStage.Firmware) return client.IsProxied ? _bootServer : _fileOnly;
        if (!client.IsProxied) return _withAddress;
        return client.Architecture is { Firmware: FirmwareKind.Uefi } ? _proxiedUefi : _proxiedBios;
    }

    /// <summary>The style of the reply from port 4011, where nothing is left to choose.</summary>
    public static OfferStyle AtBootServer(in BootClient client)
    {
        ReadOnlySpan<OfferStyle> styles = For(client);
        if (client.Stage != BootStage.Firmware) return OfferStyle.BootServer;
        if (styles.Length == 1) return styles[0];
        return client.Architecture is { Firmware: FirmwareKind.Uefi } ? OfferStyle.BootServer : OfferStyle.VendorOptions;
    }

    /// <summary>What the log calls a style.</summary>
    public static string NameOf(OfferStyle style) => style switch
    {
        OfferStyle.FileOnly => "\"file name only\"",
        OfferStyle.VendorOptions => "\"file and option 43\"",
        OfferStyle.BootServer => "\"boot server at port 4011\"",
        OfferStyle.Menu => "\"menu and port 4011\"",
        OfferStyle.HttpBoot => "\"HTTP Boot\"",
        _ => "\"Raspberry Pi\"",
    };
}
