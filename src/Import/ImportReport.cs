using System.Collections.Generic;
using System.Text;
using Aglet.Config;

namespace Aglet.Import;

/// <summary>What an import says beside its result: what it left out, and what it changed, each with its place.</summary>
/// <param name="file">The file's name as the operator gave it.</param>
internal sealed class ImportReport(string file)
{
    /// <summary>Nobody reads more, and a file of nothing but mistakes must not fill the memory.</summary>
    private const int NotesMax = 5000;

    private readonly List<(int Line, int Order, string Text)> _notes = [];

    /// <summary>How many directives of the source are not in the result.</summary>
    public int LeftOutCount { get; private set; }

    /// <summary>How many came over in another form.</summary>
    public int ChangedCount { get; private set; }

    /// <summary>Why the file cannot be read at all; null as long as it can.</summary>
    public string? Failure { get; private set; }

    /// <summary>A directive is not in the result.</summary>
    /// <param name="line">Its line, from 1.</param>
    /// <param name="what">The directive, as the file calls it.</param>
    /// <param name="why">Why, and what to do instead.</param>
    public void LeftOut(int line, string what, string why)
    {
        LeftOutCount++;
        Add(line, what, "left out: " + why);
    }

    /// <summary>A directive is in the result, and is not quite what it was.</summary>
    public void Changed(int line, string what, string how)
    {
        ChangedCount++;
        Add(line, what, how);
    }

    /// <summary>The file is not what it should be; the first reason counts.</summary>
    public void Fail(int line, string why) => Failure ??= $"{file}:{line}: {why}";

    /// <summary>The lines for the operator, in the order of the file.</summary>
    public List<string> Lines()
    {
        _notes.Sort(static (left, right) =>
            left.Line != right.Line ? left.Line.CompareTo(right.Line) : left.Order.CompareTo(right.Order));
        List<string> lines = new(_notes.Count);
        foreach ((_, _, string text) in _notes) lines.Add(text);
        int more = LeftOutCount + ChangedCount - _notes.Count;
        if (more > 0) lines.Add($"{file}: {more} more of the kind");
        return lines;
    }

    private void Add(int line, string what, string text)
    {
        if (_notes.Count >= NotesMax) return;
        StringBuilder note = new();
        note.Append(file).Append(':').Append(line).Append(": ").Append(ConfigNode.Shorten(what)).Append(": ").Append(text);
        _notes.Add((line, _notes.Count, note.ToString()));
    }
}
