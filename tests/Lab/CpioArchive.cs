using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace Aglet.Tests.Lab;

/// <summary>
/// One file of a cpio archive in the "newc" form, which is what Linux takes as an initial root.
/// </summary>
internal sealed record CpioEntry(string Name, int Mode, byte[] Content)
{
    public const int Executable = 0x81ED; // S_IFREG | 0755
    public const int Folder = 0x41ED; // S_IFDIR | 0755
    public const int Link = 0xA1FF; // S_IFLNK | 0777

    public bool IsLink => (Mode & 0xF000) == 0xA000;
}

/// <summary>
/// Reads and writes cpio archives: a header of fourteen hexadecimal numbers, the name, the content.
/// </summary>
internal static class CpioArchive
{
    private const int HeaderBytes = 110;
    private const string Magic = "070701";
    private const string Trailer = "TRAILER!!!";

    /// <summary>Goes through an archive and hands on the entries that are wanted.</summary>
    public static List<CpioEntry> Read(Stream archive, Func<string, bool> isWanted)
    {
        var entries = new List<CpioEntry>();
        byte[] header = new byte[HeaderBytes];
        while (true)
        {
            archive.ReadExactly(header);
            string text = Encoding.ASCII.GetString(header);
            if (!text.StartsWith(Magic, StringComparison.Ordinal))
                throw new LabException("not a cpio archive of the newc form");
            int contentBytes = Field(text, 6);
            int nameBytes = Field(text, 11);
            string name = Encoding.UTF8.GetString(ReadPadded(archive, nameBytes, HeaderBytes))[..^1];
            if (name == Trailer)
                return entries;
            byte[] content = ReadPadded(archive, contentBytes, 0);
            name = name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
            if (isWanted(name))
                entries.Add(new CpioEntry(name, Field(text, 1), content));
        }
    }

    public static void Write(Stream archive, IEnumerable<CpioEntry> entries)
    {
        int number = 1;
        foreach (CpioEntry entry in entries)
            WriteEntry(archive, entry, number++);
        WriteEntry(archive, new CpioEntry(Trailer, 0, []), 0);
    }

    private static int Field(string header, int index)
        => int.Parse(header.AsSpan(6 + index * 8, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static byte[] ReadPadded(Stream archive, int length, int before)
    {
        byte[] bytes = new byte[length];
        archive.ReadExactly(bytes);
        archive.ReadExactly(new byte[Padding(before + length)]);
        return bytes;
    }

    private static int Padding(int length) => (4 - length % 4) % 4;

    private static void WriteEntry(Stream archive, CpioEntry entry, int number)
    {
        byte[] name = Encoding.UTF8.GetBytes(entry.Name + "\0");
        int[] fields = [number, entry.Mode, 0, 0, 1, 0, entry.Content.Length, 0, 0, 0, 0, name.Length, 0];
        var header = new StringBuilder(Magic);
        foreach (int field in fields)
            header.Append(field.ToString("X8", CultureInfo.InvariantCulture));
        archive.Write(Encoding.ASCII.GetBytes(header.ToString()));
        archive.Write(name);
        archive.Write(new byte[Padding(HeaderBytes + name.Length)]);
        archive.Write(entry.Content);
        archive.Write(new byte[Padding(entry.Content.Length)]);
    }
}
