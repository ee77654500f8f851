using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.CompilerServices;
using System.Text;
using Xunit;

namespace Aglet.Tests.Unit.Http;

/// <summary>
/// The conversations of real clients, byte for byte. In the files of tests/Golden/http a line that begins with
/// <c>&gt; </c> is sent, one that begins with <c>&lt; </c> comes back, each with CRLF; <c>= </c> is body, without.
/// With GOLDEN=write in the environment the answers are written anew, and the test still fails.
/// </summary>
public sealed class HttpGoldenTests
{
    private static readonly (string, byte[])[] _files =
    [
        ("boot/shimx64.efi", Encoding.ASCII.GetBytes(new string('S', 64))),
        ("boot/boot.ipxe", "#!ipxe\necho hello\n"u8.ToArray()),
        ("grub/custom.cfg", "set timeout=1\nmenuentry x { true }\n"u8.ToArray()),
        ("Image", Encoding.ASCII.GetBytes("0123456789abcdef")),
        ("ks.cfg", "text\n"u8.ToArray()),
    ];

    public static TheoryData<string> Conversations
    {
        get
        {
            TheoryData<string> names = [];
            string[] paths = Directory.GetFiles(Folder());
            Array.Sort(paths, StringComparer.Ordinal);
            foreach (string path in paths) names.Add(Path.GetFileName(path));
            return names;
        }
    }

    [Theory]
    [MemberData(nameof(Conversations))]
    public void ClientGetsTheseBytes(string name)
    {
        string path = Path.Combine(Folder(), name);
        List<string> comments = [];
        StringBuilder sent = new();
        StringBuilder expected = new();
        StringBuilder requestLines = new();
        foreach (string line in File.ReadAllLines(path))
        {
            if (line.StartsWith('#')) comments.Add(line);
            if (line.StartsWith('>')) requestLines.Append(line).Append('\n');
            if (line.StartsWith('>')) sent.Append(line.Length > 2 ? line[2..] : "").Append("\r\n");
            if (line.StartsWith('<') || line.StartsWith('=')) expected.Append(line).Append('\n');
        }

        HttpWorld world = new(_files);
        string answer = Lines(world.Ask(sent.ToString()).Text);
        if (Environment.GetEnvironmentVariable("GOLDEN") == "write")
            File.WriteAllText(path, $"{string.Join('\n', comments)}\n{requestLines}{answer}");
        Assert.NotEmpty(comments);
        Assert.Equal(expected.ToString(), answer);
        Assert.NotEqual("write", Environment.GetEnvironmentVariable("GOLDEN"));
    }

    /// <summary>Lines of heads end in CRLF, those of our bodies in LF or nothing: so they are told apart.</summary>
    private static string Lines(string text)
    {
        StringBuilder lines = new();
        while (text.Length > 0)
        {
            int next = text.IndexOf("HTTP/1.1 ", 1, StringComparison.Ordinal);
            int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 2;
            foreach (string line in text[..end].Split("\r\n")) lines.Append(line.Length > 0 ? $"< {line}\n" : "<\n");
            string body = next < 0 ? text[(end + 2)..] : text[(end + 2)..next];
            foreach (string line in body.Split('\n', StringSplitOptions.RemoveEmptyEntries)) lines.Append($"= {line}\n");
            text = next < 0 ? "" : text[next..];
        }

        return lines.ToString();
    }

    private static string Folder([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "Golden", "http");
}
