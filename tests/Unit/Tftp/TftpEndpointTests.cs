using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Boot;
using Aglet.Core;
using Aglet.Net;
using Aglet.Tests.Simulation;
using Aglet.Tests.Unit.Boot;
using Aglet.Tftp;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Tftp;

public sealed class TftpEndpointTests
{
    private static readonly Duration _moment = Duration.FromMilliseconds(10);
    private static readonly FaultRates _calm = FaultRates.None with { Jitter = Duration.Zero };

    [Fact]
    public void StrangerIsToldAndTheTransferGoesOn()
    {
        TftpWorld world = new(_calm, files: ("a", TftpBytes.File(2000)));
        TftpProbe client = new(world);
        TftpProbe stranger = new(world, 3);
        client.Send(69, TftpBytes.Request("a"));
        world.Run(_moment);
        ushort port = client.Received.Dequeue().From;
        Assert.NotEqual(69, port);
        stranger.Send(port, TftpBytes.Acknowledgment(1));
        client.Send(port, TftpBytes.Acknowledgment(1), from: 2001);
        world.Run(_moment);
        Assert.Equal<byte>([0, 5, 0, 5], stranger.Received.Dequeue().Bytes[..4]);
        Assert.Equal<byte>([0, 5, 0, 5], client.Received.Dequeue().Bytes[..4]);

        // An ERROR is never answered, or two servers would talk for ever.
        stranger.Send(port, [0, 5, 0, 5, 0]);
        client.Send(port, TftpBytes.Acknowledgment(1));
        world.Run(_moment);
        Assert.Empty(stranger.Received);
        Assert.Equal<byte>([0, 3, 0, 2], client.Received.Dequeue().Bytes[..4]);
        Assert.Equal(3UL, world.Endpoint.Outcomes[TftpOutcome.Stranger]);
    }

    [Fact]
    public void RepeatedRequestNeverMakesTwoTransfers()
    {
        TftpWorld world = new(_calm, files: ("a", TftpBytes.File(2000)));
        TftpProbe client = new(world);
        for (int i = 0; i < 3; i++)
        {
            client.Send(69, TftpBytes.Request("a", "blksize=1024"));
            world.Run(_moment);
        }

        Assert.Equal(1, world.Endpoint.ActiveTransfers);
        Assert.Equal(3, client.Received.Count);
        ushort port = client.Received.Peek().From;
        foreach ((ushort from, byte[] _) in client.Received) Assert.Equal(port, from);
        client.Received.Clear();
        client.Send(port, TftpBytes.Acknowledgment(0));
        world.Run(_moment);
        client.Send(69, TftpBytes.Request("a", "blksize=1024"));
        world.Run(_moment);
        Assert.Single(client.Received);
        Assert.Equal(1, world.Endpoint.ActiveTransfers);

        // A second later it is a client that was restarted.
        client.Received.Clear();
        world.Run(Duration.FromSeconds(2));
        client.Received.Clear();
        client.Send(69, TftpBytes.Request("a", "blksize=1024"));
        world.Run(_moment);
        Assert.Equal(1, world.Endpoint.ActiveTransfers);
        Assert.NotEqual(port, client.Received.Dequeue().From);
        Assert.Equal(1UL, world.Endpoint.Outcomes[TftpOutcome.Replaced]);
    }

    /// <summary>
    /// Of 1,100 machines that asked at once, 76 were told "server busy", and firmware that reads an ERROR boots no
    /// more. It asks again when it hears nothing, and by then there is room.
    /// </summary>
    [Fact]
    public void FullServerIsSilentUntilThereIsRoom()
    {
        TftpWorld world = new(_calm, transfers: 2, files: ("a", TftpBytes.File(2000)));
        List<TftpProbe> clients = [];
        for (byte i = 2; i < 5; i++)
        {
            TftpProbe client = new(world, i);
            client.Send(69, TftpBytes.Request("a"));
            world.Run(_moment);
            clients.Add(client);
        }

        Assert.Equal<byte>([0, 3, 0, 1], clients[1].Received.Dequeue().Bytes[..4]);
        Assert.Empty(clients[2].Received);
        Assert.Equal(1UL, world.Endpoint.Outcomes[TftpOutcome.Busy]);
        Assert.Equal(1, world.Kernel.Open(SimHandleKind.File)); // shared

        // Somebody who said nothing for a while gives way before he is given up.
        world.Run(Duration.FromSeconds(21));
        Assert.Equal(0UL, world.Endpoint.Outcomes[TftpOutcome.TimedOut]);
        clients[2].Send(69, TftpBytes.Request("a"));
        world.Run(_moment);
        Assert.Equal<byte>([0, 3, 0, 1], clients[2].Received.Dequeue().Bytes[..4]);
        Assert.Equal(1UL, world.Endpoint.Outcomes[TftpOutcome.TimedOut]);
        world.Run(Duration.FromSeconds(70));
        Assert.Equal(3UL, world.Endpoint.Outcomes[TftpOutcome.TimedOut]);
        Assert.Equal(0, world.Endpoint.ActiveTransfers);
        Assert.Equal(world.Files.IdleCount, world.Kernel.Open(SimHandleKind.File));

        // The listener and the socket that all transfers share.
        Assert.Equal(2, world.Kernel.Open(SimHandleKind.Udp));
    }

    [Fact]
    public void SlotThatWaitsForALastAcknowledgmentMakesRoom()
    {
        TftpWorld world = new(_calm, transfers: 1, files: ("a", TftpBytes.File(20)));
        TftpProbe client = new(world);
        client.Send(69, TftpBytes.Request("a"), from: 3000);
        world.Run(_moment);

        // At first its last block may have been lost, and it must be able to ask for it.
        client.Send(69, TftpBytes.Request("a"), from: 3001);
        world.Run(_moment);
        Assert.Single(client.Received);
        Assert.Equal(0UL, world.Endpoint.Outcomes[TftpOutcome.FinishedUnacknowledged]);
        world.Run(Duration.FromSeconds(1));
        client.Received.Clear();
        client.Send(69, TftpBytes.Request("a"), from: 3001);
        world.Run(_moment);
        Assert.Single(client.Received);
        Assert.Equal(1UL, world.Endpoint.Outcomes[TftpOutcome.FinishedUnacknowledged]);
        Assert.Equal(1UL, world.Endpoint.Outcomes[TftpOutcome.Busy]);
    }

    /// <summary>
    /// A kernel that was replaced by a longer one without a reload arrived as the new one's beginning, and the
    /// transfer was called complete.
    /// </summary>
    [Theory]
    [InlineData(3000, 1_700_000_000)]
    [InlineData(2000, 1_700_000_001)]
    public void FileThatChangedSinceItWasIndexedIsRefused(int length, long modified)
    {
        TftpWorld world = new(_calm, files: ("a", TftpBytes.File(2000)));
        TftpProbe client = new(world);
        world.Kernel.Files.Find("/boot/a"u8)!.Replace(TftpBytes.File(length), modified);
        client.Send(69, TftpBytes.Request("a", "tsize=0"));
        world.Run(_moment);
        Assert.Equal<byte>([0, 5, 0, 0], client.Received.Dequeue().Bytes[..4]);
        Assert.Equal(1UL, world.Endpoint.Outcomes[TftpOutcome.FileFailed]);
        Assert.Contains("reload the tree", world.Kernel.LogText, StringComparison.Ordinal);
    }

    /// <summary>Files that nobody reads are closed before a machine goes without a socket.</summary>
    [Fact]
    public void IdleFilesMakeRoomForSockets()
    {
        TftpWorld world = new(_calm, files: [("a", TftpBytes.File(100)), ("b", TftpBytes.File(100)), ("c", TftpBytes.File(100))]);
        world.Kernel.HandleLimit = 4; // port 69, a socket and its file, and one more
        TftpProbe client = new(world);
        ushort port = 3000;
        foreach (string name in (ReadOnlySpan<string>)["a", "b", "c", "a"])
        {
            client.Send(69, TftpBytes.Request(name), from: ++port);
            world.Run(_moment);
            (ushort from, byte[] bytes) = client.Received.Dequeue();
            Assert.Equal<byte>([0, 3, 0, 1], bytes[..4]);
            client.Send(from, TftpBytes.Acknowledgment(1), from: port);
            world.Run(_moment);
        }

        Assert.Equal(4UL, world.Endpoint.Outcomes[TftpOutcome.Finished]);
        Assert.Equal(0UL, world.Endpoint.Outcomes[TftpOutcome.Busy]);
        Assert.Equal(world.Files.IdleCount, world.Kernel.Open(SimHandleKind.File));
    }

    [Fact]
    public void ShrunkFileEndsItsTransferOnly()
    {
        TftpWorld world = new(_calm, files: [("a", TftpBytes.File(20_000)), ("b", TftpBytes.File(600))]);
        TftpProbe client = new(world);
        client.Send(69, TftpBytes.Request("a", "blksize=1000", "windowsize=17"), from: 3000);
        client.Send(69, TftpBytes.Request("b"), from: 3001);
        world.Run(_moment);
        world.Kernel.Files.Find("/boot/a"u8)!.Truncate(600);
        client.Send(client.Received.Dequeue().From, TftpBytes.Acknowledgment(0), from: 3000);
        client.Send(client.Received.Dequeue().From, TftpBytes.Acknowledgment(1), from: 3001);
        world.Run(_moment);
        Assert.Equal<byte>([0, 5, 0, 0], client.Received.Dequeue().Bytes[..4]);
        Assert.Equal<byte>([0, 3, 0, 2], client.Received.Dequeue().Bytes[..4]);
        Assert.Equal(1UL, world.Endpoint.Outcomes[TftpOutcome.FileFailed]);
        Assert.Contains("became shorter", world.Kernel.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public void VanishedFileIsAnError()
    {
        TftpWorld world = new(_calm, files: ("a", TftpBytes.File(2000)));
        TftpProbe client = new(world);
        world.Kernel.Files.Remove("/boot/a");
        client.Send(69, TftpBytes.Request("a"));
        world.Run(_moment);
        Assert.Equal<byte>([0, 5, 0, 1], client.Received.Dequeue().Bytes[..4]);
        Assert.Equal(0, world.Endpoint.ActiveTransfers);
        Assert.Contains("warning: 10.0.0.2: tftp a: file vanished", world.Kernel.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public void LogTellsWhatWasFetchedAndNotWhatWasTried()
    {
        TftpWorld world = new(_calm, files: ("a", TftpBytes.File(100_000)));
        TftpFetcher client = new(world, 1, TftpBytes.Request("a", "blksize=1000"), 100_000, 1, 1000);
        client.Begin();
        world.Run(Duration.FromSeconds(1));
        Assert.True(client.IsDone);
        Assert.Contains("10.0.0.11: tftp a: 100000 bytes, 4.", world.Kernel.LogText, StringComparison.Ordinal);
        Assert.Equal(1, world.Kernel.LogLines);
    }

    [Fact]
    public void DrainFinishesWhatRuns()
    {
        TftpWorld world = new(_calm, files: ("a", TftpBytes.File(700)));
        TftpProbe client = new(world);
        client.Send(69, TftpBytes.Request("a"));
        world.Run(_moment);
        world.Endpoint.BeginDrain();
        client.Send(69, TftpBytes.Request("a"), from: 3001);
        world.Run(_moment);
        Assert.False(world.Endpoint.IsDrained);
        ushort port = client.Received.Dequeue().From;
        client.Send(port, TftpBytes.Acknowledgment(1));
        world.Run(_moment);
        client.Send(port, TftpBytes.Acknowledgment(2));
        world.Run(_moment);
        Assert.True(world.Endpoint.IsDrained);
        Assert.Equal(0, world.Sockets.Count);
    }

    [Theory]
    [InlineData(1, 1024, 70_000_000)]
    [InlineData(16, 1024, 70_000_000)]
    [InlineData(64, 1468, 9_000_001)]
    [InlineData(1, 8, 600_000)]
    public void BigFileArrivesWhole(int window, int blockBytes, int length)
    {
        byte[] file = TftpBytes.File(length);
        TftpWorld world = new(_calm, files: ("big", file));
        byte[] request = TftpBytes.Request("big", $"blksize={blockBytes}", $"windowsize={window}");
        TftpFetcher client = new(world, 1, request, length, window, blockBytes);
        client.Begin();
        world.Run(Duration.FromSeconds(100));
        Assert.True(client.IsDone);
        Assert.True(client.File.SequenceEqual(file));
        Assert.Equal(1UL, world.Endpoint.Outcomes[TftpOutcome.Finished]);

        // Nothing was lost, so nothing was sent twice.
        Assert.Equal((ulong)length + ((ulong)(length / blockBytes) + 1) * 4, world.Endpoint.BytesSent);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 2)]
    [InlineData(16, 3)]
    [InlineData(16, 77)]
    public void EverybodyFinishesOnABadNetwork(int window, ulong seed)
    {
        const int clients = 100;
        byte[] file = TftpBytes.File(200_000);
        TftpWorld world = new(FaultRates.Rough, seed: seed, transfers: 128, files: ("a", file));
        byte[] request = TftpBytes.Request("a", "blksize=1024", $"windowsize={window}");
        List<TftpFetcher> fetchers = [];
        for (int i = 0; i < clients; i++) fetchers.Add(new(world, i, request, file.Length + 2000, window, 1024, i % 3 > 0));

        // Warm: every path has run once before allocation is measured.
        Fetch(world, fetchers);
        long warm = world.Meter.ServerBytes;
        Fetch(world, fetchers);
        Assert.Equal(warm, world.Meter.ServerBytes);
        world.Run(Duration.FromSeconds(60));
        foreach (TftpFetcher fetcher in fetchers) Assert.True(fetcher.File.SequenceEqual(file));
        Assert.Equal(0, world.Endpoint.ActiveTransfers);
        Assert.Equal(world.Files.IdleCount, world.Kernel.Open(SimHandleKind.File));
        Assert.Equal(2, world.Kernel.Open(SimHandleKind.Udp));
        Assert.Empty(world.Kernel.Network.Violations);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void NetasciiIsExactThroughLoss(int window)
    {
        byte[] file = TftpBytes.File(40_000);
        for (int i = 0; i < file.Length; i += 3) file[i] = (byte)(i % 2 == 0 ? '\n' : '\r');
        byte[] wire = new byte[file.Length * 2];
        TftpNetascii place = default;
        int length = place.Translate(file, wire);
        TftpWorld world = new(FaultRates.Lossy, seed: 9, files: ("a", file));
        byte[] request = TftpBytes.RequestIn("netascii", "a", "blksize=500", $"windowsize={window}", "tsize=0");
        TftpFetcher client = new(world, 1, request, wire.Length + 1000, window, 500);
        client.Begin();
        world.Run(Duration.FromSeconds(60));
        Assert.True(client.IsDone);
        Assert.True(client.File.SequenceEqual(wire.AsSpan(0, length)));
        Assert.Equal(0, world.Endpoint.ActiveTransfers);
    }

    [Theory]
    [InlineData("octet")]
    [InlineData("netascii")]
    public void DocumentsAreMadeAgainForEveryFlight(string mode)
    {
        BootPlanner planner = new(BootFixture.Catalog());
        TftpWorld world = new(FaultRates.Lossy, 4, 8, planner);

        // Two documents in turn, so that neither finds its bytes from the last time.
        string[] paths = ["pxelinux.cfg/01-52-54-00-00-00-01", "grub/grub.cfg"];
        List<TftpFetcher> clients = [];
        for (int i = 0; i < paths.Length; i++)
        {
            byte[] request = TftpBytes.RequestIn(mode, paths[i], "blksize=16", "windowsize=4");
            clients.Add(new(world, i, request, 20_000, 4, 16));
            clients[i].Begin();
        }

        world.Run(Duration.FromSeconds(300));
        for (int i = 0; i < paths.Length; i++)
        {
            Asker asker = new(clients[i].Address, BootFixture.OurAddress, FileProtocol.Tftp);
            byte[] key = Encoding.ASCII.GetBytes(paths[i]);
            Assert.Equal(ContentStatus.Found, planner.Find(world.Kernel.Now(), key, asker, out Content content));
            byte[] document = new byte[content.Length];
            Assert.Equal(document.Length, BootPlanner.Render(content.Document, document));
            if (mode == "netascii") document = AsText(document);
            Assert.True(document.Length > 64);
            Assert.True(clients[i].IsDone);
            Assert.Equal(Encoding.ASCII.GetString(document), Encoding.ASCII.GetString(clients[i].File));
        }
    }

    private static byte[] AsText(byte[] document)
    {
        byte[] text = new byte[document.Length * 2];
        TftpNetascii place = default;
        return text[..place.Translate(document, text)];
    }

    private static void Fetch(TftpWorld world, List<TftpFetcher> fetchers)
    {
        foreach (TftpFetcher fetcher in fetchers) fetcher.Begin();
        for (int i = 0; i < 1200; i++)
        {
            world.Run(Duration.FromSeconds(1));
            bool isDone = true;
            foreach (TftpFetcher fetcher in fetchers)
            {
                isDone &= fetcher.IsDone;
                if (fetcher.ErrorCode is not null) fetcher.Restart();
            }

            if (isDone) return;
        }

        Assert.Fail("not everybody finished in twenty minutes");
    }
}
