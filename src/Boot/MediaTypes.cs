using System;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>What HTTP calls a file, by the end of its name.</summary>
internal static class MediaTypes
{
    /// <remarks>
    /// EDK2 runs <c>application/efi</c> and makes a RAM disk of the two image types; compressed files stay plain octets
    /// without a Content-Encoding, because iPXE ignores one and kernels unpack initrds themselves.
    /// </remarks>
    public static MediaType Of(ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte> name = key[(key.LastIndexOf((byte)'/') + 1)..];
        int dot = name.LastIndexOf((byte)'.');
        if (dot < 0) return IsNoCloud(name) ? MediaType.Text : MediaType.OctetStream;
        ReadOnlySpan<byte> end = name[(dot + 1)..];
        if (Is(end, "efi"u8)) return MediaType.Efi;
        if (Is(end, "iso"u8)) return MediaType.EfiIso;

        // RHEL's installer calls its initrd initrd.img and its stage two install.img: only EDK2 cares for the type, and
        // it goes by the extension when the type says nothing.
        if (Is(end, "txt"u8) || Is(end, "cfg"u8) || Is(end, "ks"u8) || Is(end, "ipxe"u8) || Is(end, "preseed"u8)
            || Is(end, "seed"u8) || Is(end, "conf"u8) || Is(end, "yaml"u8) || Is(end, "yml"u8) || Is(end, "sh"u8))
            return MediaType.Text;
        if (Is(end, "xml"u8)) return MediaType.Xml;
        if (Is(end, "json"u8) || Is(end, "ign"u8)) return MediaType.Json;
        if (Is(end, "html"u8) || Is(end, "htm"u8)) return MediaType.Html;
        return MediaType.OctetStream;
    }

    private static bool IsNoCloud(ReadOnlySpan<byte> name) =>
        Is(name, "user-data"u8) || Is(name, "meta-data"u8) || Is(name, "vendor-data"u8) || Is(name, "network-config"u8);

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> expected) =>
        AsciiText.EqualsIgnoreCase(text, expected);
}
