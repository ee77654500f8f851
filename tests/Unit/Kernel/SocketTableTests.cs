using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Tests.Simulation;
using Xunit;

namespace Aglet.Tests.Unit.Kernel;

public sealed class SocketTableTests
{
    private readonly SimKernel _kernel = new(1, FaultRates.None);

    [Fact]
    public void EventForAClosedSocketIsStaleEvenWhenTheSlotIsUsedAgain()
    {
        SocketTable table = new(_kernel, 4);
        SocketToken first = Add(table, 10);
        table.Close(first);
        Assert.False(table.TryGet(first, out _));
        SocketToken second = Add(table, 11);
        Assert.Equal(first.Slot, second.Slot);
        Assert.NotEqual(first, second);
        Assert.False(table.TryGet(first, out _));
        Assert.True(table.TryGet(second, out SocketEntry entry));
        Assert.Equal(11, entry.Index);
        Assert.Equal(SocketOwner.TftpTransfer, entry.Owner);
        Assert.Equal(1, table.Count);
    }

    /// <summary>A field that was never set must not name the first socket that the server opens.</summary>
    [Fact]
    public void TokenOfNothingNamesNoSocket()
    {
        SocketTable table = new(_kernel, 4);
        Add(table, 1);
        Assert.False(table.TryGet(default, out _));
    }

    [Fact]
    public void TokenFromOutsideTheTableIsStale()
    {
        SocketTable table = new(_kernel, 4);
        Assert.False(table.TryGet(new(4, 0), out _));
        Assert.False(table.TryGet(new(int.MaxValue, 0), out _));
        Assert.False(table.TryGet(new(0, 0), out _));
    }

    [Fact]
    public void FullTableClosesTheHandle()
    {
        SocketTable table = new(_kernel, 2);
        Add(table, 0);
        SocketToken second = Add(table, 1);
        int open = _kernel.Open(SimHandleKind.Udp);
        SysResult refused = table.Add(OpenUdp(), SocketOwner.TftpTransfer, 2, Readiness.Readable, out _);
        Assert.Equal(Errno.TooManyFiles, refused.Errno);
        Assert.Equal(open, _kernel.Open(SimHandleKind.Udp));
        table.Close(second);
        Assert.Equal(open - 1, _kernel.Open(SimHandleKind.Udp));
        Add(table, 3);
        Assert.Equal(2, table.Count);
    }

    [Fact]
    public void TokensTravelThroughEpoll()
    {
        Prng prng = new(4);
        for (int i = 0; i < 1000; i++)
        {
            SocketToken token = new((int)(prng.Next() & 0x7FFF_FFFF), (uint)(prng.Next() & uint.MaxValue));
            Assert.Equal(token, SocketToken.FromDatum(token.Datum));
        }

        // No datum that the kernel could give back is more than a token.
        Assert.Equal(new SocketToken(int.MaxValue, uint.MaxValue), SocketToken.FromDatum(ulong.MaxValue));
    }

    [Fact]
    public void ReadinessComesWithTheToken()
    {
        SocketTable table = new(_kernel, 4);
        SysResult opened = _kernel.OpenUdp(new UdpOptions(new IpEndpoint(Ipv4Address.Any, 69)));
        Assert.False(table.Add(opened.Count, SocketOwner.TftpListener, 0, Readiness.None, out SocketToken token).IsError);
        ReadyEvent[] ready = new ReadyEvent[4];
        Assert.Equal(0, _kernel.Wait(ready, _kernel.Now()));
        table.Watch(token, Readiness.Writable | Readiness.Readable);
        Assert.Equal(1, _kernel.Wait(ready, _kernel.Now()));
        Assert.Equal(new ReadyEvent(token, Readiness.Writable), ready[0]);
        table.Close(token);
        Assert.Equal(0, _kernel.Wait(ready, _kernel.Now()));
    }

    private SocketToken Add(SocketTable table, int index)
    {
        SysResult added = table.Add(OpenUdp(), SocketOwner.TftpTransfer, index, Readiness.Readable, out SocketToken token);
        Assert.False(added.IsError);
        return token;
    }

    private int OpenUdp() => _kernel.OpenUdp(new UdpOptions(new IpEndpoint(Ipv4Address.Any, 0))).Count;
}
