using System;
using System.Collections.Generic;
using Aglet.Config;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Tests.Simulation;
using Aglet.Tftp;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Tftp;

/// <summary>The sockets that transfers share: which they are, what they cost, and what the network says of their peers.</summary>
public sealed class TftpPortsTests
{
    private static readonly Duration _moment = Duration.FromMilliseconds(10);
    private static readonly FaultRates _calm = FaultRates.None with { Jitter = Duration.Zero };
    private static readonly Ipv4Address _server = new(0x0A000001);

    [Fact]
    public void TransfersShareOneSocket()
    {
        TftpWorld world = new(_calm, files: ("a", TftpBytes.File(2000)));
        HashSet<ushort> ports = [];
        for (byte i = 2; i < 200; i++)
        {
            TftpProbe client = new(world, i);
            client.Send(69, TftpBytes.Request("a"));
            world.Run(_moment);
            ports.Add(client.Received.Dequeue().From);
        }

        Assert.Equal(198, world.Endpoint.ActiveTransfers);
        Assert.Single(ports);
        Assert.Equal(2, world.Kernel.Open(SimHandleKind.Udp));
    }

    /// <summary>What is still on its way for the old transfer must not be taken for the new one's.</summary>
    [Fact]
    public void PeerThatComesAgainIsServedFromAnotherPort()
    {
        TftpWorld world = new(_calm, files: ("a", TftpBytes.File(20)));
        TftpProbe client = new(world);
        List<ushort> ports = [];
        for (int i = 0; i < 6; i++)
        {
            client.Send(69, TftpBytes.Request("a"));
            world.Run(_moment);
            ports.Add(client.Received.Dequeue().From);
            client.Send(ports[^1], TftpBytes.Acknowledgment(1));
            world.Run(_moment);

            // The last acknowledgment once more is no stranger's, and no part of what comes next.
            client.Send(ports[^1], TftpBytes.Acknowledgment(1));
            world.Run(_moment);
            Assert.Empty(client.Received);
        }

        Assert.Equal(4, new HashSet<ushort>(ports).Count);
        Assert.Equal(ports[0], ports[4]);
        Assert.Equal(6UL, world.Endpoint.Outcomes[TftpOutcome.Finished]);
        Assert.Equal(5, world.Kernel.Open(SimHandleKind.Udp));
    }

    [Fact]
    public void SinglePortModeUsesNoOtherPort()
    {
        byte[] file = TftpBytes.File(30_000);
        TftpWorld world = TftpWorld.With(new() { IsSinglePort = true }, "a", file, FaultRates.Lossy);
        List<TftpFetcher> fetchers = [];
        for (int i = 0; i < 20; i++)
        {
            fetchers.Add(new(world, i, TftpBytes.Request("a", "blksize=1024", "windowsize=4"), 40_000, 4, 1024));
            fetchers[i].Begin();
        }

        TftpProbe client = new(world, 9);
        client.Send(69, TftpBytes.Request("a"));
        world.Run(Duration.FromSeconds(60));
        foreach (TftpFetcher fetcher in fetchers) Assert.True(fetcher.IsDone && fetcher.File.SequenceEqual(file));
        while (client.Received.TryDequeue(out (ushort From, byte[] Bytes) received)) Assert.Equal(69, received.From);
        Assert.Equal(2, world.Kernel.Open(SimHandleKind.Udp));
    }

    [Fact]
    public void TransfersStayInTheRangeThatIsConfigured()
    {
        TftpWorld world = TftpWorld.With(new() { FirstPort = 30_000, LastPort = 30_001 }, "a", TftpBytes.File(20));
        world.Kernel.TakenPorts.Add(30_000);
        TftpProbe client = new(world);
        for (int i = 0; i < 3; i++)
        {
            client.Send(69, TftpBytes.Request("a", "tsize=0"), from: (ushort)(3000 + (i % 2)));
            world.Run(_moment);
        }

        // One of the two is another program's.
        Assert.Equal(3, client.Received.Count);
        foreach ((ushort from, byte[] _) in client.Received) Assert.Equal(30_001, from);
    }

    /// <summary>A client that was switched off by its program, or has all and is gone, holds no slot for a minute.</summary>
    [Fact]
    public void ClosedPortOfAClientEndsItsTransferAtOnce()
    {
        TftpWorld world = new(_calm, files: ("a", TftpBytes.File(2000)));
        TftpProbe gone = new(world);
        TftpProbe other = new(world, 3);
        gone.Send(69, TftpBytes.Request("a"));
        other.Send(69, TftpBytes.Request("a"));
        world.Run(_moment);
        ushort port = gone.Received.Dequeue().From;
        world.Kernel.OnUndelivered(new(_server, port), new(gone.Address, 2000), Errno.ConnectionRefused);
        world.Kernel.OnUndelivered(new(_server, port), new(other.Address, 2000), Errno.HostUnreachable);
        world.Run(_moment);
        Assert.Equal(1, world.Endpoint.ActiveTransfers);
        Assert.Equal(1UL, world.Endpoint.Outcomes[TftpOutcome.Aborted]);

        // Another's error is told to whatever call comes next: nothing of it is lost.
        other.Received.Clear();
        world.Kernel.OnUndelivered(new(_server, port), new(gone.Address, 2000), Errno.ConnectionRefused);
        other.Send(port, TftpBytes.Acknowledgment(1));
        world.Run(_moment);
        Assert.Equal<byte>([0, 3, 0, 2], other.Received.Dequeue().Bytes[..4]);
    }

    [Fact]
    public void BroadcastRequestIsIgnored()
    {
        TftpWorld world = new(_calm, files: ("a", TftpBytes.File(20)));
        TftpProbe client = new(world);
        world.Kernel.Network.Send(client, 2000, new(Ipv4Address.Broadcast, 69), TftpBytes.Request("a"));
        world.Run(_moment);
        Assert.Empty(client.Received);
        Assert.Equal(0, world.Endpoint.ActiveTransfers);
    }

    /// <summary>The number behind 65535 is configured; the bytes are the same.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void NumbersRollOverAsConfigured(bool toOne)
    {
        TftpTransfer transfer = TftpTransfer.Begin(
            default, TftpParameters.Plain with { WindowBlocks = 4, RollsOverToOne = toOne }, false, 200_000);
        Instant now = default;
        for (long block = 0; block < 200_000; block += 4)
        {
            transfer.OnSent(now, (int)Math.Min(4, 200_000 - block));
            now += Duration.FromMicroseconds(100);
            ushort number = TftpPacket.NumberOf(Math.Min(block + 4, 200_000), toOne);
            if (toOne) Assert.NotEqual(0, number);
            TransferStep step = transfer.OnAcknowledgment(now, number);
            Assert.Equal(block + 4 >= 200_000 ? TransferStep.Finish : TransferStep.SendBlocks, step);
            Assert.Equal(block + 4, transfer.Acknowledged);
        }

        Assert.Equal(toOne ? 1 : 0, TftpPacket.NumberOf(65_536, toOne));
        Assert.Equal(toOne ? 1 : 65_535, TftpPacket.NumberOf(131_071, toOne));
    }

    /// <summary>Some boot ROMs fall silent when options are granted: the next time they get the plain protocol.</summary>
    [Fact]
    public void MachineThatFellSilentGetsThePlainProtocol()
    {
        TftpWorld world = new(_calm, files: ("a", TftpBytes.File(2000)));
        TftpProbe client = new(world);
        client.Send(69, TftpBytes.Request("a", "blksize=1468", "windowsize=4"));
        world.Run(Duration.FromSeconds(20));
        client.Received.Clear();
        client.Send(69, TftpBytes.Request("a", "blksize=1468", "windowsize=4"), from: 2001);
        world.Run(_moment);
        Assert.Equal(TftpBytes.Read("00 06 \"blksize\" 00 \"512\" 00 \"windowsize\" 00 \"1\" 00"), client.Received.Dequeue().Bytes);
        Assert.Contains("blocks of 512 and no windows", world.Kernel.LogText, StringComparison.Ordinal);
        world.Run(Duration.FromSeconds(700));
        client.Received.Clear();
        client.Send(69, TftpBytes.Request("a", "blksize=1468"), from: 2002);
        world.Run(_moment);
        Assert.Equal(TftpBytes.Read("00 06 \"blksize\" 00 \"1468\" 00"), client.Received.Dequeue().Bytes);
    }

    [Fact]
    public void GrantOfTheSiteLimitsWhatIsAnswered()
    {
        TftpSetting setting = new() { Grant = new(1024, 8, false) };
        TftpWorld world = TftpWorld.With(setting, "a", TftpBytes.File(2000));
        TftpProbe client = new(world);
        client.Send(69, TftpBytes.Request("a", "blksize=1468", "windowsize=64"));
        world.Run(_moment);
        Assert.Equal(TftpBytes.Read("00 06 \"blksize\" 00 \"1024\" 00 \"windowsize\" 00 \"8\" 00"), client.Received.Dequeue().Bytes);
    }

    /// <summary>One client with the largest window and many in lock-step: each turn serves them all.</summary>
    [Fact]
    public void NobodyStarvesBesideAFastClient()
    {
        byte[] file = TftpBytes.File(3_000_000);
        TftpWorld world = new(_calm, files: ("a", file));
        TftpFetcher fast = new(world, 99, TftpBytes.Request("a", "blksize=1468", "windowsize=64"), file.Length, 64, 1468);
        List<TftpFetcher> slow = [];
        for (int i = 0; i < 50; i++) slow.Add(new(world, i, TftpBytes.Request("a", "blksize=1468"), file.Length, 1, 1468));
        fast.Begin();
        foreach (TftpFetcher client in slow) client.Begin();
        world.Run(Duration.FromMilliseconds(400));
        int least = int.MaxValue;
        int most = 0;
        foreach (TftpFetcher client in slow)
        {
            least = Math.Min(least, client.Length);
            most = Math.Max(most, client.Length);
        }

        Assert.True(least > 0 && least * 10L >= most * 9L, $"{least} to {most}");
        Assert.Empty(world.Kernel.Network.Violations);
    }

    /// <summary>What one machine asks for over and over, and floods of many, are told once in a while.</summary>
    [Fact]
    public void LogBearsRepetitionsAndFloods()
    {
        TftpWorld world = new(_calm, files: ("a", TftpBytes.File(20)));
        TftpProbe client = new(world);
        for (int i = 0; i < 100; i++)
        {
            client.Send(69, TftpBytes.Request("missing"));
            world.Run(_moment);
        }

        Assert.Equal(1, world.Kernel.LogLines);
        for (int i = 0; i < 100; i++) client.Send(69, TftpBytes.Request($"missing-{i}"));
        world.Run(Duration.FromSeconds(3));
        Assert.InRange(world.Kernel.LogLines, 5, 25);
        Assert.Contains("more lines about tftp requests were left out", world.Kernel.LogText, StringComparison.Ordinal);
        Assert.Equal(200UL, world.Endpoint.Outcomes[TftpOutcome.Missing]);
    }

    /// <summary>atftp ignores a block that comes again, and repeats itself only after 5 s without any block.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void ClientThatIgnoresResendsIsNotGivenUp(int lostInARow)
    {
        TftpTransfer transfer = TftpTransfer.Begin(default, TftpParameters.Plain, false, 1000);
        Instant now = new(1);
        for (int block = 1; block < 20; block++)
        {
            transfer.OnSent(now, 1);
            now += Duration.FromMilliseconds(1);
            Assert.Equal(TransferStep.SendBlocks, transfer.OnAcknowledgment(now, (ushort)block));
        }

        // Block 20 arrives and its acknowledgment does not; nor do the next ones, a time-out of the client apart each.
        transfer.OnSent(now, 1);
        Instant patience = now + Duration.FromSeconds(5);
        while (true)
        {
            if (transfer.Deadline <= patience)
            {
                now = transfer.Deadline;
                Assert.Equal(TransferStep.SendBlocks, transfer.OnTimeout(now));
                transfer.OnSent(now, 1);
                patience = now + Duration.FromSeconds(5);
                continue;
            }

            now = patience;
            patience = now + Duration.FromSeconds(5);
            if (lostInARow-- == 0) break;
        }

        Assert.Equal(TransferStep.SendBlocks, transfer.OnAcknowledgment(now, 20));
    }
}
