using System;
using System.Text;
using System.Threading.Tasks;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tests.Simulation.Scenarios;

/// <summary>A client that breaks off, hangs up, vanishes, floods and lies; nothing that it gets matters.</summary>
internal sealed class VandalTalker(HardwareAddress hardware, Ipv4Address address, ConversationWorld world, ConversationPlan plan)
    : SimTalker(hardware, plan)
{
    public Ipv4Address Own { get; } = address;

    protected override async Task Converse()
    {
        int kind = RandomBelow(12);
        Doing = $"vandalism {kind}";
        if (kind >= 7)
        {
            await Datagrams(kind);
            return;
        }

        if (await Connect() is not { } connection) return;
        byte[] request = Encoding.Latin1.GetBytes(Request());
        switch (kind)
        {
            case 0: // It asks, reads some, and resets at any byte.
                await SendInPieces(connection, request, RandomBelow(4), Duration.FromMilliseconds(20));
                await Sleep(Duration.FromMicroseconds(RandomBelow(20_000)));
                connection.Stream.Reset();
                break;
            case 1: // It asks and never reads.
                connection.Stream.Pause();
                await SendInPieces(connection, request, 1, Duration.FromMilliseconds(20));
                await Sleep(Duration.FromSeconds(RandomBelow(100)));
                break;
            case 2: // It says a part and nothing more.
                await SendInPieces(connection, request[..RandomBelow(request.Length)], 3, Duration.FromMilliseconds(20));
                await Sleep(Duration.FromSeconds(RandomBelow(20)));
                break;
            case 3: // It ends in the middle.
                await SendInPieces(connection, request[..RandomBelow(request.Length)], 3, Duration.FromMilliseconds(20));
                connection.Stream.Finish();
                await Sleep(Duration.FromSeconds(RandomBelow(10)));
                break;
            case 4: // A byte a second.
                for (int i = 0; i < request.Length && !connection.IsReset && !connection.IsEnded && i < 30; i++)
                {
                    connection.Stream.Send(request.AsSpan(i, 1));
                    await Sleep(Duration.FromSeconds(1));
                }

                break;
            case 5: // Noise.
                for (int i = RandomBelow(60); i > 0; i--) request[RandomBelow(request.Length)] = (byte)RandomBelow(256);
                await SendInPieces(connection, request, 8, Duration.FromMilliseconds(20));
                await Sleep(Duration.FromSeconds(RandomBelow(4)));
                break;
            default: // The window opens for a moment at a time.
                connection.Stream.Pause();
                await SendInPieces(connection, request, 1, Duration.FromMilliseconds(20));
                for (int i = RandomBelow(12); i > 0; i--)
                {
                    await Sleep(Duration.FromSeconds(RandomBelow(12)));
                    connection.Stream.Resume();
                    connection.Stream.Pause();
                }

                break;
        }

        // One in three vanishes with everything open.
        if (RandomBelow(3) > 0) connection.Stream.Reset();
        else connection.Stream.Pause();
        Connection = null;
    }

    private string Request()
    {
        StringBuilder text = new();
        for (int i = RandomBelow(5); i >= 0; i--)
        {
            string path = RandomBelow(2) == 0
                ? ConversationWorld.FickleName(RandomBelow(ConversationWorld.FickleFiles))
                : ConversationWorld.NameOf(RandomBelow(world.Files.Count));
            string fields = RandomBelow(10) switch
            {
                0 => "Transfer-Encoding: chunked\r\n",
                1 => $"Content-Length: {RandomBelow(80_000)}\r\n",
                2 => "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                3 => "Expect: 100-continue\r\nContent-Length: 10\r\n",
                4 => "Range: bytes=1-5,100-200,5000-\r\n",
                5 => "Range: bytes=-1\r\nIf-Range: \"x\"\r\n",
                6 => "Connection: close\r\n",
                7 => $"X: {new string('x', RandomBelow(9000))}\r\n",
                _ => "",
            };
            string method = RandomBelow(8) switch { 0 => "POST", 1 => "OPTIONS", 2 => "HEAD", 3 => "DELETE", _ => "GET" };
            text.Append($"{method} /{path} HTTP/1.{RandomBelow(2)}\r\nHost: a\r\n{fields}\r\n");
        }

        return text.ToString();
    }

    private async Task Datagrams(int kind)
    {
        SimPort port = Open();
        IpEndpoint server = new(ConversationWorld.Server, 69);
        string path = kind == 7
            ? ConversationWorld.FickleName(RandomBelow(ConversationWorld.FickleFiles))
            : ConversationWorld.NameOf(RandomBelow(world.Files.Count));
        string options = RandomBelow(2) == 0 ? "" : $"blksize\0{8 + RandomBelow(2000)}\0windowsize\0{1 + RandomBelow(70)}\0timeout\0{1 + RandomBelow(4)}\0";
        byte[] request = Encoding.Latin1.GetBytes($"\0\u0001{path}\0{(RandomBelow(3) == 0 ? "netascii" : "octet")}\0{options}");
        Send(port, server, request);
        IpEndpoint peer = server;
        int block = 0;
        for (int i = RandomBelow(200); i > 0; i--)
        {
            if (await Receive(port, Now + Duration.FromMilliseconds(500)) is not { } datagram) continue;
            peer = datagram.Source;
            byte[] payload = datagram.Payload;
            if (payload[1] == 5) break;
            if (payload[1] == 3) block = (payload[2] << 8) | payload[3];
            if (kind == 8) continue; // It never answers.
            int told = kind == 9 ? RandomBelow(65_536) : block;
            Send(port, peer, [0, 4, (byte)(told >> 8), (byte)(told & 0xFF)]);
            if (kind == 10 && RandomBelow(10) == 0)
            {
                byte[] noise = new byte[RandomBelow(600)];
                for (int at = 0; at < noise.Length; at++) noise[at] = (byte)(at == 0 ? 0 : at == 1 ? RandomBelow(8) : RandomBelow(256));
                Send(port, RandomBelow(2) == 0 ? peer : server, noise);
            }

            if (kind == 10 && RandomBelow(15) == 0) Send(port, server, request);
            if (kind == 11 && RandomBelow(10) == 0)
            {
                Send(port, peer, [0, 5, 0, (byte)RandomBelow(9), 0]);
                break;
            }
        }

        Close(port);
    }
}
