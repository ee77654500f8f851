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

    /// <summary><c>http://10.0.0.1/_/answer/52-54-00-00-00-01/debian-12/preseed.cfg</c></summary>
    public static void WriteAnswer(ref WireWriter target, in BootSubject subject, CatalogImage image)
    {
        WriteHttp(ref target, subject.Server, subject.Catalog.Settings.HttpPort);
        target.Bytes("/_/answer/"u8);
        WriteMac(ref target, subject.HardwareAddress, (byte)'-');
        target.U8((byte)'/');
        WriteEncoded(ref target, image.Name, keepSlash: false);
        target.U8((byte)'/');
        WriteEncoded(ref target, image.AnswerLeaf, keepSlash: false);
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
