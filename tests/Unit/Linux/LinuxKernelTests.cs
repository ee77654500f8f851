using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.NetworkInformation;
using System.Runtime.InteropServices;
using System.Threading;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Linux;
using Aglet.Net;
using Aglet.Time;
using Xunit;
using NetworkInterface = Aglet.Kernel.NetworkInterface;
using SystemInterface = System.Net.NetworkInformation.NetworkInterface;

namespace Aglet.Tests.Unit.Linux;

public sealed unsafe partial class LinuxKernelTests : IDisposable
{
    private readonly LinuxKernel _kernel = new(takesSignals: false);
    private readonly ReadyEvent[] _ready = new ReadyEvent[8];

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void DeadlineThatPassedIsNotWaitedFor()
    {
        Assert.Equal(0, _kernel.Wait(_ready, default));
        Assert.Equal(0, _kernel.Wait(_ready, _kernel.Now()));
    }

    [Fact]
    public void WaitLastsUntilItsDeadlineAndNotLess()
    {
        foreach (int microseconds in (int[])[1, 700, 3000])
        {
            Instant until = _kernel.Now() + Duration.FromMicroseconds(microseconds);
            Assert.Equal(0, _kernel.Wait(_ready, until));
            Assert.True(_kernel.Now() >= until);
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(1_000_000, 1)]
    [InlineData(1_000_001, 2)]
    [InlineData(long.MaxValue, int.MaxValue)]
    public void MillisecondsAreRoundedUp(long nanoseconds, int expected) =>
        Assert.Equal(expected, EpollSet.Milliseconds(new Duration(nanoseconds)));

    [Fact]
    public void EventCarriesTheTokenAndIsReportedUntilItIsDealtWith()
    {
        int socket = TestSockets.OpenUdp(_kernel);
        SocketToken token = new(0x7FFF_FFFF, uint.MaxValue);
        TestSockets.Ok(_kernel.Watch(socket, token, Readiness.Readable));
        Assert.Equal(0, _kernel.Wait(_ready, default));

        TestSockets.Ok(_kernel.SendTo(socket, "x"u8, TestSockets.LocalOf(socket), default, 0));
        for (int turn = 0; turn < 2; turn++)
        {
            Assert.Equal(1, _kernel.Wait(_ready, Instant.Never));
            Assert.Equal(new ReadyEvent(token, Readiness.Readable), _ready[0]);
        }

        TestSockets.Ok(_kernel.ReceiveFrom(socket, new byte[8], out _));
        Assert.Equal(0, _kernel.Wait(_ready, default));
        _kernel.Close(socket);
    }

    [Fact]
    public void WatchIsChangedAndEndsWithTheHandle()
    {
        int socket = TestSockets.OpenUdp(_kernel);
        TestSockets.Ok(_kernel.Watch(socket, new SocketToken(5, 1), Readiness.Readable));
        TestSockets.Ok(_kernel.Watch(socket, new SocketToken(6, 2), Readiness.Readable | Readiness.Writable));
        Assert.Equal(1, _kernel.Wait(_ready, default));
        Assert.Equal(new ReadyEvent(new SocketToken(6, 2), Readiness.Writable), _ready[0]);

        TestSockets.Ok(_kernel.Watch(socket, new SocketToken(6, 2), Readiness.None));
        Assert.Equal(0, _kernel.Wait(_ready, default));
        TestSockets.Ok(_kernel.Watch(socket, new SocketToken(6, 2), Readiness.Writable));
        _kernel.Close(socket);
        Assert.Equal(0, _kernel.Wait(_ready, default));
    }

    [Fact]
    public void NoMoreEventsThanThereIsRoomForAndNoneIsLost()
    {
        int[] sockets = [.. Enumerable.Range(0, 300).Select(_ => TestSockets.OpenUdp(_kernel))];
        HashSet<int> slots = [];
        for (int i = 0; i < sockets.Length; i++)
        {
            TestSockets.Ok(_kernel.Watch(sockets[i], new SocketToken(i, 0), Readiness.Writable));
        }

        Assert.Equal(3, _kernel.Wait(_ready.AsSpan(0, 3), default));

        ReadyEvent[] many = new ReadyEvent[1000];
        for (int turn = 0; turn < 3; turn++)
        {
            int count = _kernel.Wait(many, default);
            Assert.Equal(Limits.EventsPerTurn, count);
            foreach (ReadyEvent ready in many.AsSpan(0, count)) slots.Add(ready.Token.Slot);
        }

        Assert.Equal(300, slots.Count);
        foreach (int socket in sockets) _kernel.Close(socket);
    }

    [Fact]
    public void EventOfASocketClosedInTheSameTurnIsStale()
    {
        SocketTable table = new(_kernel, 4);
        int first = TestSockets.OpenUdp(_kernel);
        int second = TestSockets.OpenUdp(_kernel);
        TestSockets.Ok(table.Add(first, SocketOwner.TftpTransfer, 0, Readiness.Writable, out SocketToken one));
        TestSockets.Ok(table.Add(second, SocketOwner.TftpTransfer, 1, Readiness.Writable, out SocketToken two));
        Assert.Equal(2, _kernel.Wait(_ready, default));

        table.Close(two);
        int third = TestSockets.OpenUdp(_kernel); // the kernel gives the same handle, the table the same slot
        TestSockets.Ok(table.Add(third, SocketOwner.TftpTransfer, 2, Readiness.Writable, out SocketToken again));

        Assert.Equal(two.Slot, again.Slot);
        ReadyEvent stale = _ready.AsSpan(0, 2).ToArray().Single(ready => ready.Token.Slot == two.Slot);
        Assert.False(table.TryGet(stale.Token, out _));
        Assert.True(table.TryGet(again, out _));
        table.Close(one);
        table.Close(again);
    }

    /// <summary>Signals sent to this thread alone: the others of the test process know nothing of it.</summary>
    [Fact]
    public void SignalsWakeTheLoopAndWaitToBeTaken()
    {
        List<KernelSignal> taken = [];
        int found = -1;
        string finalizerBlocks = "";
        Thread thread = new(() =>
        {
            using LinuxKernel kernel = new();
            finalizerBlocks = SignalsBlockedByTheFinalizerThread();
            taken.Add(kernel.TakeSignal());
            _ = raise(LibcConstants.SIGHUP);
            _ = raise(LibcConstants.SIGTERM);
            _ = raise(LibcConstants.SIGHUP);
            found = kernel.Wait(_ready, Instant.Never);
            for (int i = 0; i < 3; i++) taken.Add(kernel.TakeSignal());
            _ = raise(LibcConstants.SIGINT);
            found += kernel.Wait(_ready, Instant.Never);
            for (int i = 0; i < 2; i++) taken.Add(kernel.TakeSignal());
        });
        thread.Start();
        thread.Join();
        Assert.Equal(0, found);
        Assert.Equal("0000000000004003", finalizerBlocks); // bits 1, 2 and 15, from 1: SIGHUP, SIGINT, SIGTERM
        Assert.Equal(
            [
                KernelSignal.None,
                KernelSignal.Stop, KernelSignal.Reload, KernelSignal.None,
                KernelSignal.Stop, KernelSignal.None,
            ],
            taken);
    }

    [Fact]
    public void RandomBytesAreManyAndNeverTheSame()
    {
        byte[] first = new byte[1000];
        byte[] second = new byte[1000];
        _kernel.FillRandom(first);
        _kernel.FillRandom(second);
        Assert.NotEqual(first, second);
        Assert.True(first.Distinct().Count() > 200);
        _kernel.FillRandom([]);
    }

    [Fact]
    public void ClockOnlyAdvances()
    {
        Instant last = _kernel.Now();
        for (int i = 0; i < 1000; i++)
        {
            Instant now = _kernel.Now();
            Assert.True(now >= last);
            last = now;
        }

        Assert.True(_kernel.UnixTimeSeconds() > 1_700_000_000);
    }

    [Fact]
    public void InterfacesAreThoseThatTheSystemHas()
    {
        List<NetworkInterface> interfaces = [];
        TestSockets.Ok(_kernel.ListInterfaces(interfaces));

        NetworkInterface loopback = interfaces.Single(one => one.IsLoopback);
        Assert.Equal("lo", loopback.Name);
        Assert.Equal(TestSockets.LoopbackIndex, loopback.Index);
        Assert.Equal(new Ipv4Prefix(new Ipv4Address(0x7F00_0001), 8), loopback.Address);
        Assert.True(loopback.IsUp);
        Assert.True(loopback.HardwareAddress.IsNone);
        foreach (SystemInterface expected in SystemInterface.GetAllNetworkInterfaces())
        {
            NetworkInterface actual = interfaces.Single(one => one.Name == expected.Name);
            UnicastIPAddressInformation? address = expected.GetIPProperties().UnicastAddresses
                .FirstOrDefault(one => one.Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork);
            Assert.Equal(expected.GetPhysicalAddress().GetAddressBytes(), Bytes(actual.HardwareAddress));
            Assert.Equal(
                address is null ? "0.0.0.0/0" : $"{address.Address}/{address.PrefixLength}", actual.Address.ToString());
            string mtu = File.ReadAllText($"/sys/class/net/{actual.Name}/mtu").TrimEnd();
            Assert.Equal(mtu, actual.MtuBytes.ToString(CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public void LimitOfHandlesIsTheHardOne()
    {
        rlimit limit = default;
        Assert.Equal(0, Libc.prlimit(0, LibcConstants.RLIMIT_NOFILE, null, &limit));
        Assert.Equal(limit.rlim_max, limit.rlim_cur);
    }

    /// <summary>A round of everything that happens while serving.</summary>
    [Fact]
    public void NothingIsAllocatedWhileServing()
    {
        int server = TestSockets.OpenUdp(_kernel);
        int client = TestSockets.OpenUdp(_kernel);
        IpEndpoint to = TestSockets.LocalOf(server);
        int file = TestSockets.Ok(_kernel.OpenFile("/etc/passwd"u8, out _));
        byte[] buffer = new byte[8192];
        TestSockets.Ok(_kernel.Watch(server, new SocketToken(1, 1), Readiness.Readable));
        for (int round = 0; round < 200; round++) Round(server, client, to, file, buffer);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 1000; round++) Round(server, client, to, file, buffer);
        long after = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(0, after - before);
        foreach (int handle in (int[])[server, client, file]) _kernel.Close(handle);
    }

    private void Round(int server, int client, in IpEndpoint to, int file, byte[] buffer)
    {
        Check.That(_kernel.ReadStripes(file, buffer.AsSpan(0, 2064), 4, 512, 0).Value > 0);
        Check.That(_kernel.SendTo(client, buffer.AsSpan(0, 300), to, TestSockets.Loopback, 1).Value == 300);
        Check.That(_kernel.SendSegments(client, buffer.AsSpan(0, 1000), 516, to).Value == 1000);
        Check.That(_kernel.Wait(_ready, _kernel.Now() + Duration.FromSeconds(30)) == 1);
        for (int i = 0; i < 3; i++) Check.That(!_kernel.ReceiveFrom(server, buffer, out _).IsError);
        Check.That(_kernel.ReceiveFrom(server, buffer, out _).WouldBlock);
        Check.That(!_kernel.Watch(server, new SocketToken(1, 1), Readiness.Readable).IsError);
        Check.That(_kernel.TakeSignal() == KernelSignal.None && _kernel.UnixTimeSeconds() > 0);
        Check.That(!_kernel.GetStatus("/etc/passwd"u8, out _).IsError);
        int opened = _kernel.OpenUdp(new(new(TestSockets.Loopback, 0))).Count;
        _kernel.Close(opened);
    }

    /// <summary>A signal to the whole process would end it there, or be lost, if that thread did not block it.</summary>
    private static string SignalsBlockedByTheFinalizerThread()
    {
        string task = Directory.GetDirectories("/proc/self/task")
            .Single(one => File.ReadAllText(one + "/comm") == ".NET Finalizer\n");
        string[] status = File.ReadAllLines(task + "/status");
        return status.Single(line => line.StartsWith("SigBlk:", StringComparison.Ordinal))["SigBlk:\t".Length..];
    }

    private static byte[] Bytes(HardwareAddress address)
    {
        byte[] bytes = new byte[address.Length];
        address.Write(bytes);
        return bytes;
    }

    /// <summary>To the calling thread only, as glibc does it.</summary>
    [LibraryImport("libc")]
    private static partial int raise(int signal);
}
