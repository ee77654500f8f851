using System;
using System.Text;

namespace Aglet.Update;

/// <summary>
/// GRUB's environment block: a file of 1,024 bytes in which GRUB and the running system leave each other notes. GRUB writes
/// it by the places of its blocks on the disk, so its length never changes.
/// </summary>
internal static class GrubEnvironment
{
    /// <summary>Bytes of the file, whatever it says.</summary>
    public const int ByteCount = 1024;

    private const string Signature = "# GRUB Environment Block\n";

    /// <summary>The value of a variable; empty when it is not set or the block is not one.</summary>
    public static string Get(ReadOnlySpan<byte> block, string name)
    {
        string text = Encoding.Latin1.GetString(block);
        if (!text.StartsWith(Signature, StringComparison.Ordinal)) return "";
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith(name + "=", StringComparison.Ordinal)) return line[(name.Length + 1)..];
        }

        return "";
    }

    /// <summary>
    /// A block with one variable changed and the others as they are; a block that is torn is begun anew. GRUB's escapes are
    /// not needed: what is written here are slots, letters.
    /// </summary>
    public static byte[] With(ReadOnlySpan<byte> block, string name, string value)
    {
        StringBuilder text = new(Signature);
        string old = Encoding.Latin1.GetString(block);
        bool isSet = false;
        if (old.StartsWith(Signature, StringComparison.Ordinal))
        {
            foreach (string line in old[Signature.Length..].Split('\n'))
            {
                bool isVariable = line.Contains('=', StringComparison.Ordinal) && line[0] != '#';
                bool isIt = line.StartsWith(name + "=", StringComparison.Ordinal);

                // Where it was: a torn write then changes a letter or nothing.
                if (isIt && !isSet) text.Append(name).Append('=').Append(value).Append('\n');
                else if (isVariable && !isIt) text.Append(line).Append('\n');
                isSet |= isIt;
            }
        }

        if (!isSet) text.Append(name).Append('=').Append(value).Append('\n');
        byte[] bytes = new byte[ByteCount];
        Array.Fill(bytes, (byte)'#');
        byte[] written = Encoding.Latin1.GetBytes(text.ToString());
        written.AsSpan(0, Math.Min(written.Length, ByteCount)).CopyTo(bytes);
        return bytes;
    }
}
