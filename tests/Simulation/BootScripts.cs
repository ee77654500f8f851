using System;
using System.Collections.Generic;
using System.Text;

namespace Aglet.Tests.Simulation;

/// <summary>What a boot program found in its configuration.</summary>
/// <param name="Kernel">As the configuration names it.</param>
/// <param name="Initrds">As the configuration names them.</param>
/// <param name="CommandLine">The kernel's, as the boot program hands it on.</param>
internal sealed record BootEntry(string Kernel, IReadOnlyList<string> Initrds, string CommandLine);

/// <summary>Reads generated configurations as PXELINUX, GRUB and iPXE do; only what a default entry needs.</summary>
internal static class BootScripts
{
    /// <summary>The entry that <c>DEFAULT</c> names; null when it boots the local disk.</summary>
    public static BootEntry? ReadPxelinux(string text)
    {
        string? wanted = null;
        bool isIn = false;
        string kernel = "";
        string append = "";
        List<string> initrds = [];
        foreach (string line in text.Split('\n'))
        {
            (string key, string rest) = Cut(line.Trim());
            switch (key.ToUpperInvariant())
            {
                case "DEFAULT":
                    wanted = rest;
                    break;
                case "LABEL":
                    isIn = rest == wanted;
                    break;
                case "KERNEL" or "LINUX" when isIn:
                    kernel = rest;
                    break;
                case "INITRD" when isIn:
                    initrds.AddRange(rest.Split(','));
                    break;
                case "APPEND" when isIn:
                    append = rest;
                    break;
                default:
                    break;
            }
        }

        if (wanted is null) throw new ServerFault($"no DEFAULT in:\n{text}");
        return kernel.Length == 0 ? null : new(kernel, initrds, append);
    }

    /// <summary>The entry that <c>default</c> numbers, or the file that <c>configfile</c> goes on with.</summary>
    public static (BootEntry? Entry, string Next) ReadGrub(string text, string mac)
    {
        int wanted = 0;
        int entry = -1;
        BootEntry? found = null;
        string kernel = "";
        string commandLine = "";
        foreach (string line in text.Split('\n'))
        {
            List<string> words = GrubWords(line);
            if (words.Count == 0) continue;
            switch (words[0])
            {
                case "set" when words.Count > 1 && words[1].StartsWith("default=", StringComparison.Ordinal):
                    wanted = int.Parse(words[1][8..], null);
                    break;
                case "configfile":
                    return (null, words[1].Replace("$net_default_mac", mac, StringComparison.Ordinal));
                case "menuentry":
                    entry++;
                    break;
                case "linux" when entry == wanted:
                    kernel = words[1];
                    commandLine = string.Join(' ', words[2..]);
                    found = new(kernel, [], commandLine);
                    break;
                case "initrd" when entry == wanted:
                    found = new(kernel, words[1..], commandLine);
                    break;
                default:
                    break;
            }
        }

        return (found, "");
    }

    /// <summary>The kernel that a script boots, or the URL that it chains to; menus take their default.</summary>
    public static (BootEntry? Entry, string Next) ReadIpxe(string text, string mac)
    {
        if (!text.StartsWith("#!ipxe\n", StringComparison.Ordinal)) throw new ServerFault($"not an iPXE script:\n{text}");
        string kernel = "";
        string commandLine = "";
        string? skipTo = null;
        List<string> initrds = [];
        foreach (string raw in text.Split('\n'))
        {
            string line = raw.Replace("${netX/mac:hexhyp}", mac.Replace(':', '-'), StringComparison.Ordinal);
            int alternative = line.IndexOf(" ||", StringComparison.Ordinal);
            if (alternative >= 0) line = line[..alternative];
            if (skipTo is not null && line != skipTo) continue;
            skipTo = null;
            (string key, string rest) = Cut(line.Trim());
            List<string> words = [.. rest.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
            switch (key)
            {
                case "choose":
                    skipTo = ":" + words[words.IndexOf("--default") + 1];
                    break;
                case "kernel":
                    kernel = words[0];
                    commandLine = string.Join(' ', words[1..]);
                    break;
                case "initrd":
                    initrds.Add(words[^1]);
                    break;
                case "chain":
                    return (null, words[^1]);
                case "boot":
                    return (new(kernel, initrds, commandLine), "");
                default:
                    break;
            }
        }

        return (null, "");
    }

    /// <summary>The answer file's URL on a kernel's command line; empty for none.</summary>
    public static string AnswerUrl(string commandLine)
    {
        foreach (string word in commandLine.Split(' '))
        {
            foreach (string key in (ReadOnlySpan<string>)["inst.ks=", "url=", "preseed/url=", "autoinstall="])
            {
                if (word.StartsWith(key, StringComparison.Ordinal)) return word[key.Length..];
            }
        }

        return "";
    }

    private static (string Key, string Value) Cut(string line)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? (line, "") : (line[..space], line[(space + 1)..].Trim());
    }

    /// <summary>Words of GRUB's shell: single quotes keep everything, the rest ends at a space.</summary>
    private static List<string> GrubWords(string line)
    {
        List<string> words = [];
        StringBuilder word = new();
        bool isQuoted = false;
        bool isWord = false;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (isQuoted)
            {
                if (c == '\'') isQuoted = false;
                else word.Append(c);
                continue;
            }

            if (c == '#' && !isWord) break;
            if (c == ' ')
            {
                if (isWord) words.Add(word.ToString());
                word.Clear();
                isWord = false;
                continue;
            }

            isWord = true;
            if (c == '\'') isQuoted = true;
            else if (c == '\\' && i + 1 < line.Length) word.Append(line[++i]);
            else word.Append(c);
        }

        if (isWord) words.Add(word.ToString());
        return words;
    }
}
