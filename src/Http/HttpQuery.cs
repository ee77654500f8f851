using System;
using Aglet.Boot;
using Aglet.Core;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Http;

/// <summary>What a URL says behind its question mark: only our own iPXE script asks so.</summary>
internal static class HttpQuery
{
    /// <summary>Reads <c>serial</c>, <c>asset</c> and <c>uuid</c>, percent-decoded; the rest says nothing to us.</summary>
    /// <param name="query">Without the question mark.</param>
    /// <param name="serial">From a field line; it stands where the query has none.</param>
    public static MachineTags ReadTags(ReadOnlySpan<byte> query, in ShortText serial)
    {
        MachineTags tags = new(serial);
        Span<byte> room = stackalloc byte[ShortText.BytesMax];
        while (!query.IsEmpty)
        {
            int end = query.IndexOf((byte)'&');
            ReadOnlySpan<byte> pair = end < 0 ? query : query[..end];
            query = end < 0 ? default : query[(end + 1)..];
            int equals = pair.IndexOf((byte)'=');
            if (equals < 0) continue;
            ReadOnlySpan<byte> name = pair[..equals];
            ReadOnlySpan<byte> value = Decode(pair[(equals + 1)..], room);
            if (name.SequenceEqual("serial"u8)) tags = tags with { Serial = new(value), AreTold = true };
            else if (name.SequenceEqual("asset"u8)) tags = tags with { Asset = new(value) };
            else if (name.SequenceEqual("uuid"u8)) tags = tags with { Uuid = UuidOf(value) };
        }

        return tags;
    }

    private static MachineUuid UuidOf(ReadOnlySpan<byte> text) =>
        MachineUuid.TryParse(text, out MachineUuid uuid) ? uuid : default;

    /// <summary>What is too long is cut, as the tables do; what is no hexadecimal stays as it is.</summary>
    private static ReadOnlySpan<byte> Decode(ReadOnlySpan<byte> text, Span<byte> room)
    {
        int length = 0;
        for (int i = 0; i < text.Length && length < room.Length; i++)
        {
            int high = text[i] == '%' && i + 2 < text.Length ? AsciiText.HexValue(text[i + 1]) : -1;
            int low = high >= 0 ? AsciiText.HexValue(text[i + 2]) : -1;
            if (low >= 0) i += 2;
            room[length++] = low >= 0 ? (byte)((high << 4) | low) : text[i];
        }

        return room[..length];
    }
}
