using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Tasks;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tests.Simulation.Scenarios;

/// <summary>
/// A client that keeps to the protocols in the oddest ways that they allow, and must get exactly what it asked for.
/// </summary>
internal sealed class HonestTalker(HardwareAddress hardware, Ipv4Address address, ConversationWorld world, ConversationPlan plan)
    : SimTalker(hardware, plan)
{
    private static readonly SimTftpStyle[] _styles =
    [
        SimTftpStyle.Pxelinux, SimTftpStyle.BiosRom, SimTftpStyle.Edk2, SimTftpStyle.Shim, SimTftpStyle.Grub, SimTftpStyle.Plain,
        new(8, 16, Duration.FromSeconds(1), 10), new(1468, 64, Duration.FromSeconds(1), 10), new(1000, 3, Duration.FromSeconds(2), 10),
    ];

    public Ipv4Address Own { get; } = address;

    protected override async Task Converse()
    {
        for (int attempt = 0; attempt < 8; attempt++)
        {
            if (RandomBelow(2) == 0 ? await Pipeline() : await Transfer()) return;
            GivenUp++;
            await Sleep(Duration.FromSeconds(1 + RandomBelow(5)));
        }

        throw new ServerFault($"{Doing}: eight conversations in a row came to nothing");
    }

    /// <summary>A fetch by TFTP; false when the network did not let it finish.</summary>
    private async Task<bool> Transfer()
    {
        SimTftpStyle style = _styles[RandomBelow(_styles.Length)];
        int file = RandomBelow(style.BlockSize == 8 ? 9 : world.Files.Count);
        string path = ConversationWorld.NameOf(file);
        Doing = $"TFTP {path}, blksize {style.BlockSize}, windowsize {style.Window}";
        byte[]? content;
        try
        {
            content = RandomBelow(3) > 0
                ? await SimTftpClient.Fetch(this, ConversationWorld.Server, path, style)
                : await FetchOddly(path);
        }
        catch (BootFailure)
        {
            return false;
        }

        if (content is null) throw new ServerFault($"{Doing}: not found");
        Verify(world.Files[file], content);
        return true;
    }

    /// <summary>Lock-step with repeated, early and late ACKs, strangers, pauses and repeated requests.</summary>
    private async Task<byte[]?> FetchOddly(string path)
    {
        Doing = $"TFTP {path}, oddly";
        SimPort port = Open();
        SimPort other = Open();
        try
        {
            byte[] request = Encoding.Latin1.GetBytes($"\0\u0001{path}\0octet\0");
            using MemoryStream content = new();
            IpEndpoint server = new(ConversationWorld.Server, 69);
            IpEndpoint peer = server;
            int expected = 1;
            bool hasAskedAgain = false;
            for (int silence = 0; silence < 12;)
            {
                if (peer == server) Send(port, server, request);
                SimDatagram? datagram = await Receive(port, Now + Duration.FromMilliseconds(200 + RandomBelow(2000)));
                if (datagram is null)
                {
                    silence++;
                    if (peer != server) Acknowledge(port, peer, expected - 1);
                    continue;
                }

                if (peer == server) peer = datagram.Source;
                if (datagram.Source != peer) continue; // the other answer to a repeated request
                if (datagram.Payload[1] == 5)
                {
                    if (hasAskedAgain && datagram.Payload[3] == 5)
                    {
                        // Who asks again after a pause begins anew, and what was before is unknown then: RFC 1350 section 4.
                        peer = server;
                        expected = 1;
                        content.SetLength(0);
                        continue;
                    }

                    if (Network.Rates.RefusesResources || MayFail) throw new BootFailure("refused");
                    throw new ServerFault($"{Doing}: ERROR {datagram.Payload[3]}");
                }

                int block = (datagram.Payload[2] << 8) | datagram.Payload[3];
                if (block == (expected & 0xFFFF))
                {
                    silence = 0;
                    content.Write(datagram.Payload.AsSpan(4));
                    expected++;
                    if (datagram.Payload.Length < 516)
                    {
                        Acknowledge(port, peer, expected - 1);
                        return content.ToArray();
                    }
                }

                if (RandomBelow(20) == 0) await Sleep(Duration.FromMilliseconds(RandomBelow(2500)));
                for (int copies = 1 + (RandomBelow(4) == 0 ? RandomBelow(4) : 0); copies > 0; copies--) Acknowledge(port, peer, expected - 1);
                if (RandomBelow(10) == 0) Acknowledge(port, peer, Math.Max(0, expected - 1 - RandomBelow(5)));
                if (RandomBelow(20) == 0) Acknowledge(port, peer, expected + 5 + RandomBelow(1000));
                if (RandomBelow(20) == 0) Acknowledge(other, peer, expected);
                if (RandomBelow(40) == 0)
                {
                    hasAskedAgain = true;
                    Send(port, server, request);
                }
            }

            throw new BootFailure("silence");
        }
        finally
        {
            Close(port);
            Close(other);
        }
    }

    private void Acknowledge(SimPort port, IpEndpoint peer, int block)
        => Send(port, peer, [0, 4, (byte)((block >> 8) & 0xFF), (byte)(block & 0xFF)]);

    /// <summary>Several requests on one connection, in pieces, with windows that close for a while; false when it was turned away.</summary>
    private async Task<bool> Pipeline()
    {
        List<Question> questions = [];
        StringBuilder text = new();
        for (int i = 1 + RandomBelow(6); i > 0; i--) Ask(questions, text);
        bool endsEarly = RandomBelow(3) == 0;
        bool isClosed = RandomBelow(3) == 0;
        if (isClosed) text.Insert(text.Length - 2, "Connection: close\r\n");
        Doing = $"HTTP {text.ToString().Replace("\r\n", "|", StringComparison.Ordinal)}";
        if (await Connect() is not { } connection) return Refused("no connection");
        byte[] bytes = Encoding.Latin1.GetBytes(text.ToString());
        bool isSent = await SendInPieces(connection, bytes, RandomBelow(4) == 0 ? 40 : RandomBelow(6), Duration.FromMilliseconds(100));
        if (!isSent) return Refused("broken while asking");
        if (endsEarly) connection.Stream.Finish();
        foreach (Question question in questions)
        {
            if (!await Answer(connection, question)) return Refused($"broken before the answer to {question.What}");
        }

        if (endsEarly || isClosed)
        {
            Instant deadline = Now + Duration.FromSeconds(40);
            while (!connection.IsEnded && !connection.IsReset)
            {
                if (!await Happening(deadline)) throw new ServerFault($"{Doing}: the connection does not end");
            }
        }

        if (connection.Received.Count > 0) throw new ServerFault($"{Doing}: {connection.Received.Count} bytes too many");
        connection.Stream.Finish();
        Connection = null;
        return true;
    }

    /// <summary>A server that is short of files may turn a client away; any other has no reason to.</summary>
    private bool Refused(string how)
    {
        if (Network.Rates.RefusesResources || MayFail) return false;
        throw new ServerFault($"{Doing}: {how}");
    }

    private void Ask(List<Question> questions, StringBuilder text)
    {
        int file = RandomBelow(world.Files.Count);
        byte[] content = world.Files[file];
        string path = "/" + ConversationWorld.NameOf(file);
        string fields = "Host: 10.0.0.1\r\n" + (RandomBelow(6) == 0 ? $"X-Padding: {new string('p', RandomBelow(3000))}\r\n" : "");
        switch (RandomBelow(8))
        {
            case 0:
                questions.Add(new(path, "HEAD", 200, content));
                break;
            case 1:
                questions.Add(new("/absent", "GET", 404, null));
                path = "/absent";
                break;
            case 2 when content.Length > 0:
                int first = RandomBelow(content.Length);
                int last = first + RandomBelow(content.Length - first);
                fields += $"Range: bytes={first}-{last}\r\n";
                questions.Add(new(path, "GET", 206, content[first..(last + 1)]));
                break;
            case 3:
                fields += $"Range: bytes={content.Length + RandomBelow(100)}-\r\n";
                questions.Add(new(path, "GET", 416, null));
                break;
            case 4:
                string body = new('b', RandomBelow(5000));
                text.Append(CultureInfo.InvariantCulture, $"GET {path} HTTP/1.1\r\n{fields}Content-Length: {body.Length}\r\n\r\n{body}");
                questions.Add(new(path, "GET", 200, content));

                // Whoever asks to close does so in the head of the last request, which ends the text.
                Ask(questions, text);
                return;
            default:
                questions.Add(new(path, "GET", 200, content));
                break;
        }

        text.Append(CultureInfo.InvariantCulture, $"{questions[^1].Method} {path} HTTP/1.1\r\n{fields}\r\n");
    }

    /// <summary>Reads one answer, at times with a closed window; false when the connection broke or a 503 came.</summary>
    private async Task<bool> Answer(SimConnection connection, Question question)
    {
        int head = -1;
        int needed = int.MaxValue;
        int length = 0;
        Instant deadline = Now + Duration.FromSeconds(60);
        while (connection.Received.Count < needed)
        {
            if (head < 0 && (head = CollectionsMarshal.AsSpan(connection.Received).IndexOf("\r\n\r\n"u8)) >= 0)
            {
                string text = Encoding.Latin1.GetString(CollectionsMarshal.AsSpan(connection.Received)[..(head + 2)]);
                SimHttpReply reply = new(int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture), text, []);
                if (reply.Status == 503 && Network.Rates.RefusesResources) return false;
                if (reply.Status != question.Status) throw new ServerFault($"{Doing}: {question.What}: {text}");
                length = int.Parse(reply.Field("Content-Length") ?? throw new ServerFault(text), CultureInfo.InvariantCulture);
                if (question.Content is { } whole && whole.Length != length) throw new ServerFault($"{Doing}: {question.What}: {text}");
                if (question.Method == "HEAD") length = 0;
                needed = head + 4 + length;
                continue;
            }

            if (connection.IsReset || connection.IsEnded) return false;
            if (RandomBelow(40) == 0) await CloseWindow(connection);
            else if (!await Happening(deadline)) throw new ServerFault($"{Doing}: no more of {question.What} after {connection.Received.Count} bytes");
            if (RandomBelow(4) == 0) deadline = Now + Duration.FromSeconds(60);
        }

        Span<byte> body = CollectionsMarshal.AsSpan(connection.Received).Slice(head + 4, length);
        if (question.Content is { } content && question.Method != "HEAD") Verify(content, body);
        connection.Received.RemoveRange(0, needed);
        Answers++;
        return true;
    }

    private async Task CloseWindow(SimConnection connection)
    {
        connection.Stream.Pause();
        await Sleep(Duration.FromMilliseconds(RandomBelow(6000)));
        connection.Stream.Resume();
    }

    private void Verify(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> seen)
    {
        int common = expected.CommonPrefixLength(seen);
        if (common != expected.Length || common != seen.Length)
        {
            throw new ServerFault($"{Doing}: {seen.Length} bytes instead of {expected.Length}, the same up to {common}");
        }

        Answers++;
        VerifiedBytes += seen.Length;
    }

    /// <summary>A request and what must come.</summary>
    private sealed record Question(string Target, string Method, int Status, byte[]? Content)
    {
        public string What => $"{Method} {Target}";
    }
}
