using System;
using System.Collections.Generic;

namespace Aglet.Config;

/// <summary>One line for the operator: <c>file:line:column: key: what is wrong</c>.</summary>
/// <param name="IsError">False for what is allowed but surely not meant.</param>
/// <param name="Text">The line, without a line feed.</param>
internal readonly record struct ConfigProblem(bool IsError, string Text);

/// <summary>Collects everything that is wrong with one file, so that the operator sees all of it at once.</summary>
/// <param name="file">The file's name as the operator gave it.</param>
/// <param name="text">Its bytes: offsets become lines and columns here.</param>
internal sealed class ConfigReport(string file, byte[] text)
{
    private readonly List<(int Offset, int Order, ConfigProblem Problem)> _found = [];
    private int[]? _lineStarts;

    public bool HasErrors { get; private set; }

    /// <summary>Something is wrong with a value.</summary>
    public void Error(ConfigNode node, string message) => ErrorAt(node.Offset, node.Path, message);

    /// <summary>Something is wrong with a key.</summary>
    public void ErrorAtName(ConfigNode node, string message) => ErrorAt(node.NameOffset, node.Path, message);

    public void ErrorAt(int offset, string path, string message)
    {
        HasErrors = true;
        string place = path.Length == 0 ? "" : path + ": ";
        _found.Add((offset, _found.Count, new(true, $"{Place(offset)}: {place}{message}")));
    }

    /// <summary>Allowed, but it does not do what it seems to do.</summary>
    public void Warn(ConfigNode node, string message) =>
        _found.Add((node.NameOffset, _found.Count, new(false, $"{Place(node.NameOffset)}: {node.Path}: {message}")));

    /// <summary>Where values stand, for those who find later that something is wrong with one.</summary>
    /// <param name="node">What to begin with; all below it is told, too.</param>
    /// <param name="places">Takes <c>file:line:column</c> by the value's path such as <c>images.debian.kernel</c>.</param>
    public void AddPlaces(ConfigNode node, Dictionary<string, string> places)
    {
        places.TryAdd(node.Path, Place(node.Offset));
        foreach (ConfigNode child in node.Children) AddPlaces(child, places);
    }

    /// <summary>Adds what was found to a list, in the order of the file, each line once.</summary>
    public void AddTo(List<ConfigProblem> problems)
    {
        _found.Sort(static (left, right) => left.Offset != right.Offset
            ? left.Offset.CompareTo(right.Offset)
            : left.Order.CompareTo(right.Order));
        HashSet<string> told = [];
        foreach ((_, _, ConfigProblem problem) in _found)
        {
            if (told.Add(problem.Text)) problems.Add(problem);
        }
    }

    /// <summary>The line of an offset, from 1.</summary>
    public int LineOf(int offset)
    {
        _lineStarts ??= FindLineStarts(text);
        int found = Array.BinarySearch(_lineStarts, offset);
        return found >= 0 ? found + 1 : ~found;
    }

    /// <summary>Columns count characters from 1, as editors show them.</summary>
    private string Place(int offset)
    {
        int line = LineOf(offset);
        int column = 1;
        for (int i = _lineStarts![line - 1]; i < offset && i < text.Length; i++)
        {
            bool startsCharacter = (text[i] & 0xC0) != 0x80;
            if (startsCharacter) column++;
        }

        return $"{file}:{line}:{column}";
    }

    private static int[] FindLineStarts(byte[] text)
    {
        // A byte-order mark is no column.
        List<int> starts = [text.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n') starts.Add(i + 1);
        }

        return [.. starts];
    }
}
