using System;
using System.Collections.Generic;
using System.Text.Json;

namespace Aglet.Config;

/// <summary>
/// Reads JSON into nodes with positions. A mistake of the syntax is told in words; after a missing comma, the
/// commonest one, reading goes on, so that the operator sees what else is wrong.
/// </summary>
/// <remarks>
/// <see cref="Utf8JsonReader"/> and not a <c>JsonSerializerContext</c>: the serializer stops at the first mistake, knows
/// no position of a key, and costs 0.7 MB of the binary (measured; the reader alone costs 0.1 MB).
/// </remarks>
internal static class ConfigParser
{
    private const int RepairsMax = 20;

    private static readonly JsonReaderOptions _options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = ConfigSyntax.DepthMax,
    };

    /// <summary>Reads a whole file; null after a mistake that hides what follows it.</summary>
    public static ConfigNode? Parse(byte[] text, ConfigReport report)
    {
        if (ConfigSyntax.IsUtf16(text))
        {
            report.ErrorAt(0, "", "expected text in UTF-8, found UTF-16; save the file as UTF-8");
            return null;
        }

        byte[] working = (byte[])text.Clone();
        if (working.AsSpan().StartsWith("\uFEFF"u8)) working.AsSpan(0, 3).Fill((byte)' ');
        for (int repairs = 0; repairs <= RepairsMax; repairs++)
        {
            ConfigNode? root = ParseOnce(working, report, out int missingComma);
            if (root is not null) return root;
            if (missingComma < 0) return null;

            // Offsets stay as they are: the comma takes the place of the blank after the value.
            working[missingComma] = (byte)',';
        }

        return null;
    }

    private static ConfigNode? ParseOnce(byte[] text, ConfigReport report, out int missingComma)
    {
        missingComma = -1;
        Utf8JsonReader reader = new(text, _options);
        Stack<ConfigNode> open = new();
        ConfigNode? root = null;
        string name = "";
        int nameOffset = 0;
        int lastEnd = 0;
        try
        {
            while (reader.Read())
            {
                lastEnd = (int)reader.BytesConsumed;
                int offset = (int)reader.TokenStartIndex;
                if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                {
                    open.Pop();
                    continue;
                }

                if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    name = TextOf(ref reader, offset, report);
                    nameOffset = offset;
                    continue;
                }

                ConfigNode? parent = open.Count == 0 ? null : open.Peek();
                int begin = parent is { IsObject: true } ? nameOffset : offset;
                ConfigNode node = MakeNode(ref reader, report, parent, name, begin);
                parent?.Children.Add(node);
                root ??= node;
                if (node.Kind is ConfigNodeKind.Object or ConfigNodeKind.List) open.Push(node);
            }

            return root;
        }
        catch (JsonException failure)
        {
            ConfigSyntax syntax = new(text, report, open, lastEnd, (int)reader.TokenStartIndex);
            int offset = syntax.OffsetOf(failure.LineNumber ?? 0, failure.BytePositionInLine ?? 0);

            // A key whose colon is missing was read as a text already.
            bool afterKey = reader.TokenType == JsonTokenType.String && reader.TokenStartIndex >= lastEnd
                && reader.BytesConsumed > reader.TokenStartIndex;
            bool afterColon = reader.TokenType == JsonTokenType.PropertyName;
            missingComma = syntax.Report(offset, afterKey, afterColon ? name : null);
            return null;
        }
    }

    private static ConfigNode MakeNode(
        ref Utf8JsonReader reader, ConfigReport report, ConfigNode? parent, string name, int nameOffset)
    {
        int offset = (int)reader.TokenStartIndex;
        ConfigNodeKind kind = reader.TokenType switch
        {
            JsonTokenType.StartObject => ConfigNodeKind.Object,
            JsonTokenType.StartArray => ConfigNodeKind.List,
            JsonTokenType.String => ConfigNodeKind.Text,
            JsonTokenType.Number => ConfigNodeKind.Number,
            JsonTokenType.True => ConfigNodeKind.True,
            JsonTokenType.False => ConfigNodeKind.False,
            _ => ConfigNodeKind.Null,
        };
        return new()
        {
            Kind = kind,
            Offset = offset,
            Parent = parent,
            Name = parent is { IsObject: true } ? name : "",
            NameOffset = nameOffset,
            Index = parent?.Children.Count ?? 0,
            Text = kind is ConfigNodeKind.Text or ConfigNodeKind.Number ? TextOf(ref reader, offset, report) : "",
        };
    }

    /// <summary>The text of a token; what is no UTF-8 or half a surrogate pair is an error at the token.</summary>
    private static string TextOf(ref Utf8JsonReader reader, int offset, ConfigReport report)
    {
        if (reader.TokenType == JsonTokenType.Number) return System.Text.Encoding.ASCII.GetString(reader.ValueSpan);
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            report.ErrorAt(offset, "", "expected text in UTF-8, found bytes or a \\u escape that are none");
            return "\uFFFD";
        }
    }
}
