using System;

namespace Aglet.Config;

/// <summary>Reads <c>update</c>: whose updates an appliance takes.</summary>
internal sealed class UpdateSection(ConfigReport report)
{
    private const int KeyBytes = 32;

    /// <summary>What stands before an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410, section 4).</summary>
    private static ReadOnlySpan<byte> KeyPrefix => [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

    /// <summary>What was read; no key when there is none or it is wrong.</summary>
    public Settings Read(Settings settings, ConfigSection top)
    {
        if (!top.TryGetObject("update", out ConfigNode? update)) return settings;
        ConfigSection section = new(update, report, ConfigKeys.Update);
        const string Expected = "the text that `openssl pkey -pubout` prints of an Ed25519 key, between its first and last line";
        if (!section.TryGetText("key", Expected, out ConfigNode? node)) return settings;
        if (TryParseKey(node.Text, out byte[] key)) return settings with { UpdateKey = key };
        report.Error(node, $"expected {Expected}, found {node.Describe()}");
        return settings;
    }

    /// <summary>Reads the base64 of a SubjectPublicKeyInfo, or of the bare 32 bytes.</summary>
    public static bool TryParseKey(string text, out byte[] key)
    {
        key = [];
        Span<byte> bytes = stackalloc byte[64];
        if (!Convert.TryFromBase64String(text, bytes, out int count)) return false;
        ReadOnlySpan<byte> read = bytes[..count];
        if (read.StartsWith(KeyPrefix)) read = read[KeyPrefix.Length..];
        if (read.Length != KeyBytes) return false;
        key = read.ToArray();
        return true;
    }
}
