using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Aglet.Tests.Unit.Tftp;
using Aglet.Tftp;

namespace Aglet.Tests.Fuzz;

/// <summary>The golden files of a folder below tests/Golden, in the order of their names.</summary>
internal static class GoldenPackets
{
    /// <summary>Pairs of hexadecimal digits; what follows a <c>#</c> is a comment.</summary>
    public static IReadOnlyList<byte[]> Read(string folder, string pattern = "*.hex")
    {
        List<byte[]> packets = [];
        foreach (string file in Files(folder, pattern)) packets.Add(ParseHex(File.ReadAllText(file)));
        return packets;
    }

    /// <summary>The datagrams of the TFTP conversations that the parser accepts: requests, or everything else.</summary>
    public static IReadOnlyList<byte[]> Tftp(bool isRequest)
    {
        List<byte[]> packets = [];
        foreach (string file in Files("tftp", "*.txt"))
        {
            foreach (string line in File.ReadAllLines(file))
            {
                if (line.Length < 2 || line[0] is not '>' and not '<') continue;
                byte[] packet = TftpBytes.Read(line[2..]);
                bool isAccepted = isRequest
                    ? TftpRequest.Parse(packet, out _) == TftpReject.None
                    : TftpPacket.Parse(packet, out _) == TftpReject.None;
                if (isAccepted) packets.Add(packet);
            }
        }

        return packets;
    }

    /// <summary>The request heads of the HTTP conversations.</summary>
    public static IReadOnlyList<byte[]> Http()
    {
        List<byte[]> packets = [];
        foreach (string file in Files("http", "*.txt"))
        {
            StringBuilder head = new();
            foreach (string line in File.ReadAllLines(file))
            {
                if (!line.StartsWith('>')) continue;
                head.Append(line.Length > 2 ? line[2..] : "").Append("\r\n");
                if (line.Length > 2) continue;
                packets.Add(Encoding.Latin1.GetBytes(head.ToString()));
                head.Clear();
            }
        }

        return packets;
    }

    private static string[] Files(string folder, string pattern)
    {
        string[] files = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Golden", folder), pattern);
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    private static byte[] ParseHex(string text)
    {
        StringBuilder digits = new();
        foreach (string line in text.Split('\n'))
        {
            int comment = line.AsSpan().IndexOf('#');
            foreach (char c in comment < 0 ? line : line[..comment])
            {
                if (char.IsAsciiHexDigit(c)) digits.Append(c);
                else if (!char.IsWhiteSpace(c)) throw new InvalidDataException($"not hexadecimal: {line}");
            }
        }

        return Convert.FromHexString(digits.ToString());
    }
}
