using System;
using System.Globalization;
using System.IO;
using System.Net;
using System.Text;

namespace Aglet.Tests.Conformance;

/// <summary>The server under test, and what it serves.</summary>
/// <param name="Tree">The folder that it serves, filled by <see cref="FillTree"/>.</param>
/// <param name="Tftp">Where it serves TFTP.</param>
/// <param name="Http">Where it serves HTTP.</param>
/// <param name="OtherAddress">Another address of the server, on the same interface; null when it has none.</param>
internal sealed record ConformanceTarget(string Tree, IPEndPoint Tftp, IPEndPoint Http, IPAddress? OtherAddress)
{
    public const string Text = "text.txt";
    public const string Big = "big.bin";

    /// <summary>Has more blocks of eight bytes than there are block numbers.</summary>
    public const string Rollover = "rollover.bin";

    /// <summary>Lies beside the tree, where nobody may read it.</summary>
    public const string Outside = "outside.txt";

    public const string OutsideContent = "this file is not served\n";

    /// <summary>When all files were changed last: a while ago, so that dates are strong validators.</summary>
    public static readonly DateTime Modified = new(2021, 3, 4, 5, 6, 7, DateTimeKind.Utc);

    private static readonly int[] _sizes = [0, 1, 511, 512, 513, 1000, 1024, 5000, 20_000];

    public TftpProbe OpenTftp() => new(Tftp);

    public HttpProbe OpenHttp() => new(Http);

    /// <summary>The bytes of a served file.</summary>
    public byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(Tree, name));

    /// <summary>The served file of a size.</summary>
    public static string Sized(int bytes) => "f" + bytes.ToString(CultureInfo.InvariantCulture);

    /// <summary>Makes the folder that every server serves.</summary>
    public static void FillTree(string tree)
    {
        Directory.CreateDirectory(tree);
        foreach (int size in _sizes) Write(tree, Sized(size), size);
        Write(tree, Big, 1_000_003);
        Write(tree, Rollover, (65_600 * 8) + 3);
        Write(tree, "boot.efi", 3000);
        Write(tree, "disk.iso", 3000);
        Write(tree, "data.tar.gz", 3000);
        Write(tree, "libc++1_1.2~rc1+b1_amd64.deb", 700);
        Write(tree, "with space.bin", 700);
        Write(tree, "per%20cent.bin", 701);
        Write(tree, Path.Combine("Boot", "Mixed", "BCD.bin"), 900);

        // A CR LF pair lies across the end of the first block, and a lone CR across that of the second.
        StringBuilder text = new();
        while (text.Length < 3000) text.Append(text.Length % 7 == 0 ? "line\n" : "a\rb\r\n\n");
        File.WriteAllText(Path.Combine(tree, Text), text.ToString(), Encoding.ASCII);
        File.WriteAllText(Path.Combine(tree, "..", Outside), OutsideContent);
        foreach (string file in Directory.GetFiles(tree, "*", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(file, Modified);
    }

    private static void Write(string tree, string name, int bytes)
    {
        byte[] content = new byte[bytes];
        new Random(bytes + name.Length).NextBytes(content);
        string path = Path.Combine(tree, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }
}
