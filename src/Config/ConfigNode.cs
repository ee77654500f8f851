using System.Collections.Generic;

namespace Aglet.Config;

/// <summary>What kind of JSON value a node is.</summary>
internal enum ConfigNodeKind : byte
{
    Object,
    List,
    Text,
    Number,
    True,
    False,
    Null,
}

/// <summary>A JSON value that knows where it stands, so that every message about it can say so.</summary>
internal sealed class ConfigNode
{
    public required ConfigNodeKind Kind { get; init; }

    /// <summary>Where the value begins, in bytes.</summary>
    public required int Offset { get; init; }

    /// <summary>The object or list that it stands in; null for the whole file.</summary>
    public ConfigNode? Parent { get; init; }

    /// <summary>Its key, when it stands in an object; else empty.</summary>
    public string Name { get; init; } = "";

    /// <summary>Where its key begins, in bytes; where it begins itself, when it has none.</summary>
    public int NameOffset { get; init; }

    /// <summary>Its place from 0 among the values of its parent.</summary>
    public int Index { get; init; }

    /// <summary>The text without quotes and escapes, or the number as it is written.</summary>
    public string Text { get; init; } = "";

    /// <summary>The values of an object or a list, in the order of the file.</summary>
    public List<ConfigNode> Children { get; } = [];

    public bool IsObject => Kind == ConfigNodeKind.Object;

    /// <summary>How to reach it from the top: <c>machines[3].mac</c>; empty for the whole file.</summary>
    public string Path
    {
        get
        {
            if (Parent is null) return "";
            string parent = Parent.Path;
            if (!Parent.IsObject) return $"{parent}[{Index}]";
            return parent.Length == 0 ? Shorten(Name) : $"{parent}.{Shorten(Name)}";
        }
    }

    /// <summary>The first value with a key; a second one is an error of its own.</summary>
    public ConfigNode? Find(string name)
    {
        foreach (ConfigNode child in Children)
        {
            if (child.Name == name) return child;
        }

        return null;
    }

    /// <summary>What was found here, in words, short enough for a message.</summary>
    public string Describe() => Kind switch
    {
        ConfigNodeKind.Object => "an object { }",
        ConfigNodeKind.List => "a list [ ]",
        ConfigNodeKind.Text => Quote(Text),
        ConfigNodeKind.Number => $"the number {Shorten(Text)}",
        ConfigNodeKind.True => "true",
        ConfigNodeKind.False => "false",
        _ => "null",
    };

    /// <summary>A text in quotes, on one line and not longer than a message can bear.</summary>
    public static string Quote(string text) => $"\"{Shorten(text)}\"";

    /// <summary>A text on one line and not longer than a message can bear, without quotes.</summary>
    public static string Shorten(string text, int lengthMax = 80)
    {
        System.Text.StringBuilder shown = new();
        foreach (char c in text)
        {
            if (shown.Length >= lengthMax) return shown.Append('…').ToString();
            if (char.IsControl(c)) shown.Append("\\u").Append(((int)c).ToString("x4"));
            else shown.Append(c);
        }

        return shown.ToString();
    }
}
