using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Core;
using Aglet.Kernel;

namespace Aglet.Config;

/// <summary>A file that a template includes.</summary>
/// <param name="Text">Its bytes; empty when it could not be read.</param>
/// <param name="Problem">Why it could not be read; empty when it could.</param>
internal sealed record IncludedTemplate(byte[] Text, string Problem);

/// <summary>
/// Reads templates and all that they include: <c>{% include "network.yaml" %}</c>, relative to the folder of the file that
/// includes it. Each file is read once, however many templates need it.
/// </summary>
/// <remarks>
/// A file that cannot be read is not told here but where it is included, by <c>aglet check</c> and at the start, with the
/// place of the tag. At most <see cref="Limits.TemplateFiles"/> are read in all.
/// </remarks>
internal sealed class TemplateFiles(IKernel kernel)
{
    private readonly Dictionary<string, IncludedTemplate> _files = [];

    /// <summary>Every included file by its path.</summary>
    public IReadOnlyDictionary<string, IncludedTemplate> Files => _files;

    /// <summary>The path that an include means.</summary>
    public static string PathOf(string includingFile, string path) => ConfigFile.Below(ConfigFile.FolderOf(includingFile), path);

    /// <summary>Reads the path of <c>include "path"</c>; false when the tag is another one or has a mistake.</summary>
    public static bool TryReadInclude(ReadOnlySpan<byte> tag, out string path)
    {
        path = "";
        TemplateScanner words = new(tag, 0);
        if (!words.TryTakeWord("include") || !words.TryTakeText(out byte[]? text)) return false;
        if (text is null || !words.AtEnd) return false;
        path = Encoding.UTF8.GetString(text);
        return path.Length > 0;
    }

    /// <summary>Reads everything that a template includes, and what those include.</summary>
    public void ReadIncludes(string file, byte[] text)
    {
        List<(string File, byte[] Text)> waiting = [(file, text)];
        while (waiting.Count > 0)
        {
            (string from, byte[] bytes) = waiting[^1];
            waiting.RemoveAt(waiting.Count - 1);
            TemplateLexer lexer = new(bytes);
            while (lexer.Next(out TemplateToken token))
            {
                if (token.Kind != TemplateTokenKind.Tag) continue;
                if (!TryReadInclude(bytes.AsSpan(token.Offset, token.Length), out string name)) continue;
                string path = PathOf(from, name);
                if (_files.ContainsKey(path) || _files.Count >= Limits.TemplateFiles) continue;
                bool isRead = ConfigFile.TryRead(kernel, path, Limits.DocumentBytes, out byte[]? included, out string problem);
                _files.Add(path, new(included ?? [], problem));
                if (isRead) waiting.Add((path, included!));
            }
        }
    }
}
