using System;
using System.Collections.Generic;
using Aglet.Config;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>How a boot program reads the words of a command line.</summary>
internal enum WordQuoting : byte
{
    /// <summary>As they are: PXELINUX, U-Boot and iPXE hand on the rest of the line.</summary>
    None,

    /// <summary>GRUB's shell: what is not plain goes between single quotes.</summary>
    Grub,
}

/// <summary>The kernel's command line: what the answer file's kind needs, then the operator's own arguments.</summary>
/// <remarks>
/// The operator's come last and whole, so that what he writes after Debian's <c>---</c> (arguments for the installed
/// system) stays after it, and nothing of ours comes to be there. A key that he sets himself is not set by us.
/// </remarks>
internal static class KernelArguments
{
    private const int WordBytes = 1024;

    /// <summary>Writes every word with a space before it.</summary>
    public static void Write(
        ref WireWriter target, in BootSubject subject, CatalogImage image, WordQuoting quoting)
    {
        if (image.Answer is not null) WriteAnswerWords(ref target, subject, image, quoting);
        WriteBootInterface(ref target, subject, image, quoting);
        foreach (byte[] word in image.Words) WriteWord(ref target, word, quoting);
    }

    /// <summary>Cuts text at spaces outside double quotes, as the kernel does.</summary>
    public static byte[][] Split(ReadOnlySpan<byte> text)
    {
        List<byte[]> words = [];
        int at = 0;
        while (at < text.Length)
        {
            if (text[at] == ' ')
            {
                at++;
                continue;
            }

            int start = at;
            bool isQuoted = false;
            while (at < text.Length && (isQuoted || text[at] != ' '))
            {
                if (text[at] == '"') isQuoted = !isQuoted;
                at++;
            }

            words.Add(text[start..at].ToArray());
        }

        return [.. words];
    }

    /// <summary>The part of a word before its equals sign.</summary>
    public static ReadOnlySpan<byte> KeyOf(ReadOnlySpan<byte> word)
    {
        int equals = word.IndexOf((byte)'=');
        return equals < 0 ? word : word[..equals];
    }

    /// <summary>Writes one word so that the boot program hands it on as it is.</summary>
    public static void WriteWord(ref WireWriter target, scoped ReadOnlySpan<byte> word, WordQuoting quoting)
    {
        target.U8((byte)' ');
        if (quoting == WordQuoting.None) target.Bytes(word);
        else GrubScript.WriteQuoted(ref target, word, dropDoubleQuotes: true);
    }

    private static void WriteAnswerWords(
        ref WireWriter target, in BootSubject subject, CatalogImage image, WordQuoting quoting)
    {
        Span<byte> room = stackalloc byte[WordBytes];
        if (image.AnswerKind == AnswerKind.Kickstart)
        {
            WriteUrl(ref target, subject, image, quoting, "inst.ks="u8);
            WriteUnlessSet(ref target, image, quoting, "inst.ks.sendmac"u8, default);
            WriteUnlessSet(ref target, image, quoting, "ip=dhcp"u8, default);
        }
        else if (image.AnswerKind == AnswerKind.Preseed)
        {
            // netcfg runs before the preseed file is there: what it asks must be answered here.
            WriteUnlessSet(ref target, image, quoting, "auto=true"u8, "auto-install/enable"u8);
            WriteUnlessSet(ref target, image, quoting, "priority=critical"u8, "debconf/priority"u8);
            if (!image.Sets("preseed/url"u8)) WriteUrl(ref target, subject, image, quoting, "url="u8);
            WireWriter host = new(room);
            host.Bytes("hostname="u8);
            subject.WriteValue(ref host, (int)BuiltInValue.Hostname, image);
            SpoilWhen(ref target, host.Overflow);
            WriteUnlessSet(ref target, image, quoting, host.Written, "netcfg/get_hostname"u8);
            if (subject.Catalog.Domain.Length > 0)
            {
                WireWriter domain = new(room);
                domain.Bytes("domain="u8);
                domain.Bytes(subject.Catalog.Domain);
                SpoilWhen(ref target, domain.Overflow);
                WriteUnlessSet(ref target, image, quoting, domain.Written, "netcfg/get_domain"u8);
            }

            // Without a name server in its lease Debian's installer stops and asks for one, priority or not.
            if (subject.Catalog.Settings.Dns.Count == 0)
            {
                WriteUnlessSet(ref target, image, quoting, "netcfg/get_nameservers="u8, default);
            }

            WriteUnlessSet(ref target, image, quoting, "interface=auto"u8, "netcfg/choose_interface"u8);
        }
    }

    private static void WriteUrl(
        ref WireWriter target,
        in BootSubject subject,
        CatalogImage image,
        WordQuoting quoting,
        scoped ReadOnlySpan<byte> key)
    {
        Span<byte> room = stackalloc byte[WordBytes];
        WireWriter word = new(room);
        word.Bytes(key);
        BootUrl.WriteAnswer(ref word, subject, image);
        SpoilWhen(ref target, word.Overflow);
        WriteUnlessSet(ref target, image, quoting, word.Written, default);
    }

    /// <summary>Which of several network cards booted; dracut and Debian's installer take that one.</summary>
    /// <remarks>PXELINUX could add it itself (IPAPPEND 2), but at the end: behind Debian's <c>---</c>.</remarks>
    private static void WriteBootInterface(
        ref WireWriter target, in BootSubject subject, CatalogImage image, WordQuoting quoting)
    {
        if (!subject.HasMac) return;
        Span<byte> room = stackalloc byte[32];
        WireWriter word = new(room);
        word.Bytes("BOOTIF=01-"u8);
        BootUrl.WriteMac(ref word, subject.HardwareAddress, (byte)'-');
        WriteUnlessSet(ref target, image, quoting, word.Written, default);
    }

    /// <summary>A word that was too long spoils the whole document: half of one is never served.</summary>
    private static void SpoilWhen(ref WireWriter target, bool overflow)
    {
        if (overflow) target.Room(int.MaxValue);
    }

    private static void WriteUnlessSet(
        ref WireWriter target,
        CatalogImage image,
        WordQuoting quoting,
        scoped ReadOnlySpan<byte> word,
        scoped ReadOnlySpan<byte> alias)
    {
        if (image.Sets(KeyOf(word)) || (!alias.IsEmpty && image.Sets(alias))) return;
        WriteWord(ref target, word, quoting);
    }
}
