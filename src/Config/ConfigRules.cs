using System;
using System.Text;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;
using Aglet.Tree;
using Aglet.Wire;

namespace Aglet.Config;

/// <summary>What single values of the configuration must look like.</summary>
internal static class ConfigRules
{
    /// <summary>The lease time that never ends: all ones on the wire (RFC 2131 section 3.3).</summary>
    public static readonly Duration Infinite = Duration.FromSeconds(uint.MaxValue);

    private static readonly (string Word, CpuFamily Cpu)[] _processors =
    [
        ("x86", CpuFamily.X86), ("x64", CpuFamily.X64), ("arm", CpuFamily.Arm), ("arm64", CpuFamily.Arm64),
        ("riscv32", CpuFamily.RiscV32), ("riscv64", CpuFamily.RiscV64), ("loongarch64", CpuFamily.LoongArch64),
    ];

    /// <summary>How other systems call the same processors.</summary>
    private static readonly (string Word, string Ours)[] _otherProcessorNames =
    [
        ("i386", "x86"), ("i486", "x86"), ("i586", "x86"), ("i686", "x86"), ("ia32", "x86"), ("amd64", "x64"),
        ("x86_64", "x64"), ("x86-64", "x64"), ("aarch64", "arm64"), ("armv8", "arm64"), ("armhf", "arm"),
        ("armv7", "arm"), ("armv7l", "arm"), ("loong64", "loongarch64"),
    ];

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Reads <c>90s</c>, <c>30m</c>, <c>1h</c> or <c>2d</c>.</summary>
    public static bool TryParseDuration(string text, out Duration length)
    {
        length = default;
        if (text.Length < 2) return false;
        int unit = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 0 };
        if (unit == 0 || !AsciiText.TryParseDecimal(Bytes(text[..^1]), 1_000_000, out ulong count)) return false;
        length = Duration.FromSeconds((long)count * unit);
        return true;
    }

    /// <summary>Reads <c>10.0.0.1/24</c>, host bits kept.</summary>
    public static bool TryParsePrefix(string text, out Ipv4Prefix prefix)
    {
        prefix = default;
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !Ipv4Address.TryParse(Bytes(text[..slash]), out Ipv4Address address)) return false;
        if (!AsciiText.TryParseDecimal(Bytes(text[(slash + 1)..]), 32, out ulong length)) return false;
        prefix = new(address, (int)length);
        return true;
    }

    /// <summary>
    /// Reads <c>10.0.0.100-10.0.0.200</c>, blanks around the dash allowed; the order is not looked at.
    /// </summary>
    public static bool TryParseRange(string text, out Ipv4Range range)
    {
        range = default;
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0) return false;
        if (!Ipv4Address.TryParse(Bytes(text[..dash].Trim(' ')), out Ipv4Address first)) return false;
        if (!Ipv4Address.TryParse(Bytes(text[(dash + 1)..].Trim(' ')), out Ipv4Address last)) return false;
        range = new(first, last);
        return true;
    }

    /// <summary>A host name or domain: labels of letters, digits and inner dashes (RFC 1123 section 2.1).</summary>
    public static bool IsHostName(string name)
    {
        if (name.Length is 0 or > 253) return false;
        int labelLength = 0;
        for (int i = 0; i <= name.Length; i++)
        {
            bool ends = i == name.Length || name[i] == '.';
            if (ends && (labelLength == 0 || name[i - 1] == '-')) return false;
            if (ends)
            {
                labelLength = 0;
                continue;
            }

            bool allowed = char.IsAsciiLetterOrDigit(name[i]) || (name[i] == '-' && labelLength > 0);
            if (!allowed || ++labelLength > 63) return false;
        }

        return true;
    }

    /// <summary>An image's name stands in paths and boot menus: letters, digits, dash, dot and underscore.</summary>
    public static bool IsImageName(string name)
    {
        if (name.Length is 0 or > 64 || !char.IsAsciiLetterOrDigit(name[0])) return false;
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not '-' and not '.' and not '_') return false;
        }

        return true;
    }

    /// <summary>A value's name, as templates say it: letters, digits, '_', '-', '.', first a letter or '_'.</summary>
    public static bool IsVariableName(string name)
    {
        if (name.Length is 0 or > 64 || !(char.IsAsciiLetter(name[0]) || name[0] == '_')) return false;
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not '_' and not '-' and not '.') return false;
        }

        return true;
    }

    /// <summary>True for text that stays on one line of a generated script.</summary>
    public static bool IsOneLine(string text)
    {
        foreach (char c in text)
        {
            if (char.IsControl(c)) return false;
        }

        return true;
    }

    /// <summary>Reads a processor's name; <paramref name="hint"/> ends the message when it is none.</summary>
    public static bool TryParseProcessor(string text, out CpuFamily cpu, out string hint)
    {
        cpu = CpuFamily.Unknown;
        hint = "";
        string[] words = new string[_processors.Length];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = _processors[i].Word;
            if (words[i] == text) cpu = _processors[i].Cpu;
        }

        if (cpu != CpuFamily.Unknown) return true;
        foreach ((string word, string ours) in _otherProcessorNames)
        {
            bool isSame = string.Equals(word, text, StringComparison.OrdinalIgnoreCase);
            if (isSame) hint = $"; that is {ConfigNode.Quote(ours)} here";
        }

        if (hint.Length == 0) hint = NearestName.Hint(text, words, "known");
        return false;
    }

    /// <summary>How the configuration calls a processor.</summary>
    public static string NameOf(CpuFamily cpu)
    {
        foreach ((string word, CpuFamily known) in _processors)
        {
            if (known == cpu) return word;
        }

        return "any";
    }

    /// <summary>Makes a key of the tree of a path; <paramref name="problem"/> says why it cannot be one.</summary>
    public static bool TryMakeKey(string path, out string key, out string problem)
    {
        key = "";
        if (path.Contains("://", StringComparison.Ordinal))
        {
            problem = "expected a path below the boot tree, found a URL; URLs are not supported yet";
            return false;
        }

        byte[] room = new byte[Limits.PathBytes];
        BootPathReject reject = BootPath.Normalize(Bytes(path), room, out int length);
        problem = reject switch
        {
            BootPathReject.None => "",
            BootPathReject.Empty => "expected a path below the boot tree, found an empty one",
            BootPathReject.TooLong => $"expected a path of at most {Limits.PathBytes} bytes, found a longer one",
            BootPathReject.ParentSegment => "expected a path below the boot tree, found one with \"..\"",
            BootPathReject.NulByte => "expected a path, found a NUL character in it",
            _ => "expected a path below the boot tree, found a drive letter",
        };
        if (reject == BootPathReject.None) key = Encoding.UTF8.GetString(room.AsSpan(0, length));
        return reject == BootPathReject.None;
    }
}
