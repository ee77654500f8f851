using System;
using System.Collections.Generic;
using System.Text;

namespace Aglet.Linux;

/// <summary>
/// The kernel's modules as depmod lists them: <c>modules.dep</c> says what a module needs, <c>modules.alias</c> which one
/// drives a device. Pure: the texts come in as bytes.
/// </summary>
/// <remarks>
/// modules.dep: <c>kernel/a/x.ko: kernel/b/y.ko kernel/c/z.ko</c>, the last to be loaded first. modules.alias:
/// <c>alias pci:v00008086d0000100E* e1000</c>, a shell pattern. In names '-' and '_' are the same.
/// </remarks>
internal sealed class ModuleIndex
{
    private readonly Dictionary<string, string> _lines = [];
    private readonly byte[] _aliases;

    public ModuleIndex(ReadOnlySpan<byte> dependencies, byte[] aliases)
    {
        _aliases = aliases;
        foreach (Range range in dependencies.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = dependencies[range];
            int colon = line.IndexOf((byte)':');
            if (colon > 0) _lines[NameOf(Encoding.UTF8.GetString(line[..colon]))] = Encoding.UTF8.GetString(line);
        }
    }

    /// <summary>How many modules there are.</summary>
    public int Count => _lines.Count;

    /// <summary>A module's name by its path: without folders and suffix, with '_' for '-'.</summary>
    public static string NameOf(string path)
    {
        string file = path[(path.LastIndexOf('/') + 1)..];
        int dot = file.IndexOf(".ko", StringComparison.Ordinal);
        return (dot < 0 ? file : file[..dot]).Replace('-', '_');
    }

    /// <summary>The files to load for a module, in order, itself last; empty when there is no such module.</summary>
    public List<string> PathsOf(string module)
    {
        List<string> paths = [];
        if (!_lines.TryGetValue(NameOf(module), out string? line)) return paths;
        string[] words = line.Split([' ', ':', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries);
        for (int i = words.Length - 1; i >= 0; i--) paths.Add(words[i]);
        return paths;
    }

    /// <summary>Adds the modules that drive a device, each once.</summary>
    /// <param name="modalias">What the kernel says of the device.</param>
    /// <param name="modules">Takes the names.</param>
    public void AddDriversOf(ReadOnlySpan<byte> modalias, List<string> modules)
    {
        if (modalias.IsEmpty) return;
        ReadOnlySpan<byte> rest = _aliases;
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            if (!line.StartsWith("alias "u8)) continue;
            line = line["alias ".Length..];
            int space = line.LastIndexOf((byte)' ');
            if (space <= 0 || !MayMatch(line[0], modalias[0]) || !Matches(line[..space], modalias)) continue;
            string name = NameOf(Encoding.UTF8.GetString(line[(space + 1)..]));
            if (!modules.Contains(name)) modules.Add(name);
        }
    }

    /// <summary>Most aliases are of another bus, which the first letter tells.</summary>
    private static bool MayMatch(byte pattern, byte text) => pattern == text || pattern is (byte)'*' or (byte)'?' or (byte)'[';

    /// <summary>
    /// A shell pattern (fnmatch): <c>*</c>, <c>?</c>, <c>[a-f]</c>, <c>[!a]</c>. Time grows with the product of the lengths
    /// at the worst.
    /// </summary>
    public static bool Matches(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text)
    {
        int at = 0;
        int star = -1;
        int resume = 0;
        for (int i = 0; i < text.Length;)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                star = at++;
                resume = i;
            }
            else if (at < pattern.Length && MatchesOne(pattern[at..], text[i], out int used))
            {
                at += used;
                i++;
            }
            else if (star >= 0)
            {
                at = star + 1;
                i = ++resume;
            }
            else
            {
                return false;
            }
        }

        return pattern[at..].IndexOfAnyExcept((byte)'*') < 0;
    }

    /// <summary>One character against what the pattern begins with, which has <paramref name="used"/> bytes.</summary>
    private static bool MatchesOne(ReadOnlySpan<byte> pattern, byte value, out int used)
    {
        used = 1;
        if (pattern[0] == '?') return true;
        int close = pattern[0] == '[' && pattern.Length > 2 ? pattern[2..].IndexOf((byte)']') + 2 : 0;
        if (close < 2) return pattern[0] == value; // also a bracket that nobody closes
        used = close + 1;
        bool isNegated = pattern[1] is (byte)'!' or (byte)'^' && close > 2;
        ReadOnlySpan<byte> set = pattern[(isNegated ? 2 : 1)..close];
        bool found = false;
        for (int i = 0; i < set.Length; i++)
        {
            bool isRange = i + 2 < set.Length && set[i + 1] == '-';
            found |= isRange ? value >= set[i] && value <= set[i + 2] : value == set[i];
            if (isRange) i += 2;
        }

        return found != isNegated;
    }
}
