using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Aglet.Core;

namespace Aglet.Update;

/// <summary>Why a text is no manifest.</summary>
internal enum UpdateManifestReject : byte
{
    None,

    /// <summary>It does not begin as one of this version does.</summary>
    NoManifest,
    BadLine,

    /// <summary>A name that is not one of a file in a slot.</summary>
    BadName,
    BadSize,
    BadHash,
    NameTwice,
    TooManyFiles,

    /// <summary>No architecture, no version, or neither kernel nor initial file system.</summary>
    Incomplete,
}

/// <summary>One file of an update.</summary>
/// <param name="Name">Its name in the slot's folder.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Hash">SHA-256.</param>
internal sealed record UpdateFile(string Name, long Size, byte[] Hash);

/// <summary>
/// What an update consists of: its first entry, and what is signed. Lines of words: <c>aglet-update 1</c>, <c>arch x64</c>,
/// <c>version 0.2.0</c>, then <c>file NAME BYTES SHA256</c> for each file.
/// </summary>
internal sealed record UpdateManifest(string Architecture, string Version, IReadOnlyList<UpdateFile> Files)
{
    /// <summary>Longest text that is read.</summary>
    public const int BytesMax = 16 * 1024;

    private const int FilesMax = 64;
    private const int NameMax = 64;

    /// <summary>A kernel with its initial file system fits many times; a number beyond is a mistake.</summary>
    private const long FileBytesMax = 1L << 30;

    public static UpdateManifestReject Parse(ReadOnlySpan<byte> bytes, out UpdateManifest? manifest)
    {
        manifest = null;
        string[] lines = Encoding.Latin1.GetString(bytes).Split('\n');
        if (lines[0] != "aglet-update 1") return UpdateManifestReject.NoManifest;
        string architecture = "";
        string version = "";
        List<UpdateFile> files = [];
        for (int i = 1; i < lines.Length; i++)
        {
            if (lines[i].Length == 0) continue;
            string[] words = lines[i].Split(' ');
            if (words is ["arch", { Length: > 0 } arch]) architecture = arch;
            else if (words is ["version", { Length: > 0 and <= NameMax } text] && IsName(text)) version = text;
            else if (words is ["file", string name, string size, string hash])
            {
                UpdateManifestReject reject = ReadFile(files, name, size, hash);
                if (reject != UpdateManifestReject.None) return reject;
            }
            else return UpdateManifestReject.BadLine;
        }

        bool isWhole = architecture.Length > 0 && version.Length > 0
            && files.Exists(static file => file.Name == "linux") && files.Exists(static file => file.Name == "initrd");
        if (!isWhole) return UpdateManifestReject.Incomplete;
        manifest = new(architecture, version, files);
        return UpdateManifestReject.None;
    }

    private static UpdateManifestReject ReadFile(List<UpdateFile> files, string name, string size, string hash)
    {
        if (files.Count == FilesMax) return UpdateManifestReject.TooManyFiles;

        // The version of a slot is written last, by us: it says that the slot is whole.
        if (!IsName(name) || name == "version") return UpdateManifestReject.BadName;
        if (files.Exists(file => file.Name == name)) return UpdateManifestReject.NameTwice;
        bool isSize = long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes);
        if (!isSize || bytes is 0 or > FileBytesMax) return UpdateManifestReject.BadSize;
        byte[] value = new byte[Sha256.HashBytes];
        if (!TryReadHash(hash, value)) return UpdateManifestReject.BadHash;
        files.Add(new(name, bytes, value));
        return UpdateManifestReject.None;
    }

    private static bool TryReadHash(string text, Span<byte> hash)
    {
        if (text.Length != hash.Length * 2) return false;
        for (int i = 0; i < hash.Length; i++)
        {
            bool isByte = byte.TryParse(
                text.AsSpan(2 * i, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out hash[i]);
            if (!isByte) return false;
        }

        return true;
    }

    /// <summary>A name that every file system takes, and that leads nowhere else.</summary>
    private static bool IsName(string text)
    {
        if (text.Length is 0 or > NameMax || text[0] is '.' or '-') return false;
        foreach (char letter in text)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('.' or '_' or '-' or '+')) return false;
        }

        return true;
    }
}
