using System;
using System.Collections.Generic;
using System.Text;

namespace Aglet.Tests.Unit.Tftp;

/// <summary>Datagrams as text: hexadecimal bytes, words in quotes (~ is a space), and <c>data OFFSET COUNT</c> for bytes of the test file.</summary>
internal static class TftpBytes
{
    /// <summary>The byte of every test file at an offset: a file that is shifted, repeated or cut differs.</summary>
    public static byte FileByte(long offset) => unchecked((byte)((offset * 7) ^ (offset >> 8) ^ (offset >> 16)));

    /// <summary>A test file.</summary>
    public static byte[] File(int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = FileByte(i);
        return bytes;
    }

    public static byte[] Read(string text)
    {
        List<byte> bytes = [];
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < words.Length; i++)
        {
            if (words[i][0] == '"')
            {
                bytes.AddRange(Encoding.Latin1.GetBytes(words[i].Trim('"').Replace('~', ' ')));
            }
            else if (words[i] == "data")
            {
                int offset = int.Parse(words[i + 1], null);
                int count = int.Parse(words[i + 2], null);
                for (int at = 0; at < count; at++) bytes.Add(FileByte(offset + at));
                i += 2;
            }
            else
            {
                bytes.Add(Convert.ToByte(words[i], 16));
            }
        }

        return [.. bytes];
    }

    /// <summary>A request in octet mode; each option is <c>name=value</c>.</summary>
    public static byte[] Request(string filename, params string[] options) => RequestIn("octet", filename, options);

    public static byte[] RequestIn(string mode, string filename, params string[] options)
    {
        StringBuilder text = new($"\0\u0001{filename}\0{mode}\0");
        foreach (string option in options) text.Append(option.Replace('=', '\0')).Append('\0');
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    public static byte[] Acknowledgment(long block) => [0, 4, unchecked((byte)(block >> 8)), unchecked((byte)block)];
}
