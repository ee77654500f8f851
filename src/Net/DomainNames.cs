using System.Collections.Generic;

namespace Aglet.Net;

/// <summary>Domain names as DNS writes them: each label after its length, a zero at the end (RFC 1035 section 3.1).</summary>
internal static class DomainNames
{
    /// <summary>Encodes names of ASCII letters, digits, dashes and dots; nothing is compressed (RFC 3397 allows it).</summary>
    public static byte[] Encode(IReadOnlyList<string> names)
    {
        List<byte> bytes = [];
        foreach (string name in names)
        {
            foreach (string label in name.Split('.'))
            {
                bytes.Add((byte)label.Length);
                foreach (char c in label) bytes.Add((byte)c);
            }

            bytes.Add(0);
        }

        return [.. bytes];
    }
}
