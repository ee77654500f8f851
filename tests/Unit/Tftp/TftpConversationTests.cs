using System;
using System.Collections.Generic;
using System.IO;
using Aglet.Tests.Simulation;
using Aglet.Tftp;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Tftp;

/// <summary>
/// The conversations of known clients, byte for byte: <c>file NAME LENGTH</c> makes a file, <c>&gt;</c> is what the
/// client sends, <c>&lt;</c> what it must get next, <c>silence</c> that it gets nothing more, <c>ends OUTCOME</c> how
/// the transfer ended.
/// </summary>
public sealed class TftpConversationTests
{
    public static TheoryData<string> Conversations()
    {
        TheoryData<string> names = [];
        string[] files = Directory.GetFiles(Folder(), "*.txt");
        Array.Sort(files, StringComparer.Ordinal);
        foreach (string file in files) names.Add(Path.GetFileNameWithoutExtension(file));
        return names;
    }

    [Theory]
    [MemberData(nameof(Conversations))]
    public void ClientIsAnsweredByteForByte(string name)
    {
        string[] lines = File.ReadAllLines(Path.Combine(Folder(), name + ".txt"));
        Assert.StartsWith("# ", lines[0], StringComparison.Ordinal);
        List<(string, byte[])> files = [];
        foreach (string line in lines)
        {
            string[] words = line.Split(' ');
            if (words[0] == "file") files.Add((words[1], TftpBytes.File(int.Parse(words[2], null))));
        }

        TftpWorld world = new(FaultRates.None with { Jitter = Duration.Zero }, files: [.. files]);
        TftpProbe client = new(world);
        ushort serverPort = 69;
        foreach (string line in lines)
        {
            if (line.Length == 0 || line[0] == '#') continue;
            string rest = line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..];
            switch (line.Split(' ')[0])
            {
                case "file":
                    break;
                case ">":
                    byte[] datagram = TftpBytes.Read(rest);
                    client.Send(datagram[1] <= 2 ? (ushort)69 : serverPort, datagram);
                    world.Run(Duration.FromMilliseconds(20));
                    break;
                case "<":
                    Assert.True(client.Received.TryDequeue(out (ushort From, byte[] Bytes) received), $"nothing came for: {line}");
                    Assert.Equal(Convert.ToHexString(TftpBytes.Read(rest)), Convert.ToHexString(received.Bytes));
                    serverPort = received.From;
                    break;
                case "silence":
                    Assert.Empty(client.Received);
                    break;
                case "ends":
                    Assert.Equal(1UL, world.Endpoint.Outcomes[Enum.Parse<TftpOutcome>(rest)]);
                    Assert.Equal(0, world.Endpoint.ActiveTransfers);
                    break;
                default:
                    Assert.Fail($"unknown line: {line}");
                    break;
            }
        }

        Assert.Empty(client.Received);
        Assert.Empty(world.Kernel.Network.Violations);
    }

    private static string Folder() => Path.Combine(AppContext.BaseDirectory, "Golden", "tftp");
}
