using System;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>URLs of ours: always absolute and with an IP literal, because iPXE's <c>next-server</c> may be a router and
/// EDK2 may have no name server.</summary>
internal static class BootUrl
{
    /// <summary><c>http://10.0.0.1</c>, with the port when it is not 80.</summary>
    public static void WriteHttp(ref WireWriter target, IpAddress server, ushort port)
    {
        target.Bytes("http://"u8);
        WriteHost(ref target, server);
        if (port == 80) return;
        target.U8((byte)':');
        target.Decimal(port);
    }

    /// <summary>The URL of a file of the tree, by HTTP or, for an iPXE without it, by TFTP.</summary>
    public static void WriteFile(ref WireWriter target, in BootSubject subject, scoped ReadOnlySpan<byte> key)
    {
        WriteRoot(ref target, subject);
        target.U8((byte)'/');
        WriteEncoded(ref target, key, keepSlash: true);
    }

    /// <summary>The scheme and host that files and scripts are fetched from.</summary>
    public static void WriteRoot(ref WireWriter target, in BootSubject subject)
    {
        if ((subject.Traits & DocumentTraits.TftpUrls) == 0)
        {
            WriteHttp(ref target, subject.Server, subject.Catalog.Settings.HttpPort);
            return;
        }

        target.Bytes("tftp://"u8);
        WriteHost(ref target, subject.Server);
    }

    /// <summary>The longest URL of an answer file: an image's name and a leaf, all of it in percent-encoding.</summary>
    public const int AnswerBytesMax = 1152;

    /// <summary>
    /// <c>http://10.0.0.1/_/answer/52-54-00-00-00-01/TOKEN/debian-12/preseed.cfg</c>. The token is a folder, so that
    /// names beside the leaf work; an open image's URL has none, and is the same in each boot.
    /// </summary>
    public static void WriteAnswer(ref WireWriter target, in BootSubject subject, CatalogImage image)
    {
        WriteAnswerFolder(ref target, subject, image);
        WriteEncoded(ref target, image.AnswerLeaf, keepSlash: false);
    }

    /// <summary>The same without the last part: what NoCloud puts <c>user-data</c> and its other names behind.</summary>
    public static void WriteAnswerFolder(ref WireWriter target, in BootSubject subject, CatalogImage image)
    {
        WriteHttp(ref target, subject.Server, subject.Catalog.Settings.HttpPort);
        target.Bytes("/_/answer/"u8);
        WriteMac(ref target, subject.HardwareAddress, (byte)'-');
        target.U8((byte)'/');
        if (!image.IsOpen && !subject.Token.IsNone)
        {
            subject.Token.Write(ref target);
            target.U8((byte)'/');
        }

        WriteEncoded(ref target, image.Name, keepSlash: false);
        target.U8((byte)'/');
    }

    /// <summary>The part of a URL from the first slash after the host, without query; empty for none.</summary>
    public static ReadOnlySpan<byte> PathOf(ReadOnlySpan<byte> url)
    {
        ReadOnlySpan<byte> rest = url[(url.IndexOf("//"u8) + 2)..];
        int slash = rest.IndexOf((byte)'/');
        if (slash < 0) return default;
        int end = rest.IndexOfAny((byte)'?', (byte)'#');
        return end < slash ? rest[slash..] : rest[slash..end];
    }

    /// <summary>The host of a URL, without its port.</summary>
    public static ReadOnlySpan<byte> HostOf(ReadOnlySpan<byte> url, out ReadOnlySpan<byte> port)
    {
        ReadOnlySpan<byte> rest = url[(url.IndexOf("//"u8) + 2)..];
        int slash = rest.IndexOfAny((byte)'/', (byte)'?', (byte)'#');
        if (slash >= 0) rest = rest[..slash];
        int colon = rest.LastIndexOf((byte)':');
        port = colon < 0 ? default : rest[(colon + 1)..];
        return colon < 0 ? rest : rest[..colon];
    }

    /// <summary>True when a URL's host is an IPv4 address.</summary>
    public static bool HasIpLiteral(ReadOnlySpan<byte> url) => Ipv4Address.TryParse(HostOf(url, out _), out _);

    /// <summary><c>http://10.0.0.1/_/done/TOKEN</c>; a word that is no token where nobody may know it.</summary>
    public static void WriteDone(ref WireWriter target, in BootSubject subject)
    {
        WriteHttp(ref target, subject.Server, subject.Catalog.Settings.HttpPort);
        target.Bytes("/_/done/"u8);
        if (subject.Token.IsNone) target.Bytes("unknown"u8);
        else subject.Token.Write(ref target);
    }

    public static void WriteMac(ref WireWriter target, HardwareAddress address, byte separator)
    {
        Span<byte> text = stackalloc byte[48];
        address.TryFormat(text, out int written, separator);
        target.Bytes(text[..written]);
    }

    public static void WriteAddress(ref WireWriter target, IpAddress address)
    {
        Span<byte> text = stackalloc byte[40];
        address.TryFormat(text, out int written, default, null);
        target.Bytes(text[..written]);
    }

    private static void WriteHost(ref WireWriter target, IpAddress server)
    {
        if (!server.IsIpv4) target.U8((byte)'[');
        WriteAddress(ref target, server);
        if (!server.IsIpv4) target.U8((byte)']');
    }

    /// <summary>
    /// Percent-encodes everything but RFC 3986's unreserved characters and what package names use (<c>+</c>).
    /// </summary>
    private static void WriteEncoded(ref WireWriter target, scoped ReadOnlySpan<byte> text, bool keepSlash)
    {
        foreach (byte b in text)
        {
            bool isPlain = char.IsAsciiLetterOrDigit((char)b)
                || b is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~' or (byte)'+' or (byte)','
                || (b == '/' && keepSlash);
            if (isPlain)
            {
                target.U8(b);
                continue;
            }

            target.U8((byte)'%');
            target.U8("0123456789ABCDEF"u8[b >> 4]);
            target.U8("0123456789ABCDEF"u8[b & 15]);
        }
    }
}
