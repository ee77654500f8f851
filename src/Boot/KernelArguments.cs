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
    private const int WordBytes = 1280;

    /// <summary>Writes every word with a space before it.</summary>
    public static void Write(
        ref WireWriter target, in BootSubject subject, CatalogImage image, WordQuoting quoting)
    {
        if (image.Answer is not null && subject.HasMac) WriteAnswerWords(ref target, subject, image, quoting);
        if (image.AnswerKind != AnswerKind.Unattend) WriteBootInterface(ref target, subject, image, quoting);
        foreach (CatalogWord word in image.Words)
        {
            if (word.Template is null) WriteWord(ref target, word.Text, quoting);
            else WriteTemplate(ref target, subject, image, word.Template, quoting);
        }
    }

    /// <summary>
    /// Cuts text at spaces outside double quotes, as the kernel does, and outside of <c>{{ }}</c> and <c>{% %}</c>.
    /// </summary>
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
                ReadOnlySpan<byte> rest = text[at..];
                int end = rest.StartsWith("{{"u8) ? rest.IndexOf("}}"u8) : rest.StartsWith("{%"u8) ? rest.IndexOf("%}"u8) : -1;
                if (end > 0)
                {
                    at += end + 2;
                    continue;
                }

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

    /// <summary>
    /// A word with values in it. It stays one word: what brings spaces is put into double quotes, and a double quote, which
    /// the kernel has no other way to write, is left out. A list alone gives a word for each text.
    /// </summary>
    private static void WriteTemplate(
        ref WireWriter target, in BootSubject subject, CatalogImage image, Template template, WordQuoting quoting)
    {
        Span<byte> room = stackalloc byte[WordBytes];
        WireWriter word = new(room);
        ReadOnlySpan<TemplatePiece> pieces = template.Pieces;
        if (pieces.Length == 1 && pieces[0].Name >= 0 && subject.HasValue(pieces[0].Name, image)
            && subject.KindOf(pieces[0].Name) == VariableKind.List)
        {
            Span<byte> item = stackalloc byte[BootUrl.AnswerBytesMax];
            for (int i = 0; i < subject.CountOf(pieces[0].Name); i++)
            {
                word = new(room);
                pieces[0].Filters.WriteItem(ref word, subject.ItemOf(pieces[0].Name, i, image, item), VariableKind.Text, 0);
                SpoilWhen(ref target, word.Overflow);
                WriteWhole(ref target, word.Written, quoting);
            }

            return;
        }

        template.Write(ref word, subject, image);
        SpoilWhen(ref target, word.Overflow);
        WriteWhole(ref target, word.Written, quoting);
    }

    private static void WriteWhole(ref WireWriter target, scoped ReadOnlySpan<byte> word, WordQuoting quoting)
    {
        if (word.IsEmpty) return;
        bool isQuoted = false;
        bool isBroken = false;
        foreach (byte b in word)
        {
            isQuoted ^= b == '"';
            isBroken |= b == ' ' && !isQuoted;
        }

        if (!isBroken)
        {
            WriteWord(ref target, word, quoting);
            return;
        }

        // key="a b": not every program that reads the kernel's line knows quotes around the key, too.
        Span<byte> room = stackalloc byte[WordBytes + 2];
        WireWriter quoted = new(room);
        ReadOnlySpan<byte> key = KeyOf(word);
        bool hasKey = key.Length < word.Length && !key.Contains((byte)' ');
        ReadOnlySpan<byte> value = hasKey ? word[(key.Length + 1)..] : word;
        if (hasKey) quoted.Bytes(word[..(key.Length + 1)]);
        quoted.U8((byte)'"');
        foreach (byte b in value)
        {
            if (b != '"') quoted.U8(b);
        }

        quoted.U8((byte)'"');
        WriteWord(ref target, quoted.Written, quoting);
    }

    private static void WriteAnswerWords(
        ref WireWriter target, in BootSubject subject, CatalogImage image, WordQuoting quoting)
    {
        switch (image.AnswerKind)
        {
            case AnswerKind.Kickstart:
                WriteUrl(ref target, subject, image, quoting, "inst.ks="u8);
                WriteUnlessSet(ref target, image, quoting, "inst.ks.sendmac"u8, default);
                WriteUnlessSet(ref target, image, quoting, "ip=dhcp"u8, default);
                break;
            case AnswerKind.Preseed:
                WritePreseedWords(ref target, subject, image, quoting);
                break;
            case AnswerKind.Autoinstall or AnswerKind.CloudInit:
                WriteNoCloudWords(ref target, subject, image, quoting);
                break;
            case AnswerKind.Ignition:
                // Flatcar has names of its own for the first two; CoreOS's installer for where the file goes.
                WriteUnlessSet(ref target, image, quoting, "ignition.firstboot"u8, "flatcar.first_boot"u8);
                WriteUnlessSet(ref target, image, quoting, "ignition.platform.id=metal"u8, "flatcar.oem.id"u8);
                if (!image.Sets("coreos.inst.ignition_url"u8))
                    WriteUrl(ref target, subject, image, quoting, "ignition.config.url="u8);
                WriteUnlessSet(ref target, image, quoting, "ip=dhcp"u8, default);
                WriteUnlessSet(ref target, image, quoting, "rd.neednet=1"u8, default);
                break;
            case AnswerKind.AutoYast:
                WriteUrl(ref target, subject, image, quoting, "autoyast="u8);
                WriteUnlessSet(ref target, image, quoting, "netsetup=dhcp"u8, "ifcfg"u8);
                break;
            default:
                break;
        }
    }

    /// <remarks>
    /// The semicolon is a part of the word: GRUB gets it between quotes; PXELINUX, U-Boot and iPXE take it as it is. To
    /// cloud-init <c>url=</c>, which casper needs for its ISO, is a configuration to be fetched, unless it has another.
    /// </remarks>
    private static void WriteNoCloudWords(
        ref WireWriter target, in BootSubject subject, CatalogImage image, WordQuoting quoting)
    {
        if (image.AnswerKind == AnswerKind.Autoinstall) WriteUnlessSet(ref target, image, quoting, "autoinstall"u8, default);
        Span<byte> room = stackalloc byte[WordBytes];
        WireWriter word = new(room);
        word.Bytes("ds=nocloud;s="u8);
        BootUrl.WriteAnswerFolder(ref word, subject, image);
        SpoilWhen(ref target, word.Overflow);
        WriteUnlessSet(ref target, image, quoting, word.Written, default);
        WriteUnlessSet(ref target, image, quoting, "cloud-config-url=/dev/null"u8, default);
        WriteUnlessSet(ref target, image, quoting, "ip=dhcp"u8, default);
    }

    private static void WritePreseedWords(
        ref WireWriter target, in BootSubject subject, CatalogImage image, WordQuoting quoting)
    {
        // netcfg runs before the preseed file is there: what it asks must be answered here.
        Span<byte> room = stackalloc byte[WordBytes];
        WriteUnlessSet(ref target, image, quoting, "auto=true"u8, "auto-install/enable"u8);
        WriteUnlessSet(ref target, image, quoting, "priority=critical"u8, "debconf/priority"u8);
        if (!image.Sets("preseed/url"u8)) WriteUrl(ref target, subject, image, quoting, "url="u8);
        WireWriter host = new(room);
        host.Bytes("hostname="u8);
        Span<byte> name = stackalloc byte[BootUrl.AnswerBytesMax];
        int hostname = (int)BuiltInValue.Hostname;
        TemplateFilters asWord = new((uint)TemplateFilter.Word);
        if (subject.CountOf(hostname) == 1)
            asWord.WriteItem(ref host, subject.ItemOf(hostname, 0, image, name), VariableKind.Text, 0);
        SpoilWhen(ref target, host.Overflow);
        bool isSet = image.Sets("hostname"u8) || image.Sets("netcfg/get_hostname"u8);
        if (!isSet) WriteWhole(ref target, host.Written, quoting);
        if (subject.Subnet.Domain.Length > 0)
        {
            WireWriter domain = new(room);
            domain.Bytes("domain="u8);
            domain.Ascii(subject.Subnet.Domain);
            SpoilWhen(ref target, domain.Overflow);
            WriteUnlessSet(ref target, image, quoting, domain.Written, "netcfg/get_domain"u8);
        }

        // Without a name server in its lease Debian's installer stops and asks for one, priority or not.
        if (subject.Subnet.Dns.Count == 0)
        {
            WriteUnlessSet(ref target, image, quoting, "netcfg/get_nameservers="u8, default);
        }

        WriteUnlessSet(ref target, image, quoting, "interface=auto"u8, "netcfg/choose_interface"u8);
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
