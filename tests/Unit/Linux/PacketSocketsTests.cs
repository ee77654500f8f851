using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Kernel;
using Aglet.Linux;
using Aglet.Net;
using Aglet.Tests.Simulation;
using Xunit;

namespace Aglet.Tests.Unit.Linux;

/// <summary>
/// Frames over the loopback interface. Without the right to raw sockets it is the refusal that is tested.
/// </summary>
public sealed unsafe class PacketSocketsTests : IDisposable
{
    private static readonly HardwareAddress _station = HardwareAddress.Read([2, 0, 0, 0, 0, 7]);

    /// <summary>The loopback interface's own: what is sent to another is not for this host.</summary>
    private static readonly HardwareAddress _nobody = HardwareAddress.Read(new byte[6]);

    private readonly LinuxKernel _kernel = new(takesSignals: false);
    private readonly List<int> _open = [];
    private readonly byte[] _buffer = new byte[2048];

    public void Dispose()
    {
        foreach (int handle in _open) _kernel.Close(handle);
        _kernel.Dispose();
    }

    [Fact]
    public void FrameLeavesAsItIsAndASendingSocketReceivesNothing()
    {
        if (IsRefused(PacketFilter.None)) return;
        int sender = Open(PacketFilter.None);
        int listener = Track(TestSockets.Ok(SocketAddress.Open(LibcConstants.AF_PACKET, LibcConstants.SOCK_RAW)));
        sockaddr_ll link = new()
        {
            sll_family = LibcConstants.AF_PACKET,
            sll_protocol = 0xB588,
            sll_ifindex = TestSockets.LoopbackIndex,
        };
        Assert.Equal(0, Libc.bind(listener, &link, (uint)sizeof(sockaddr_ll)));
        byte[] frame = TestSockets.Pattern(60);
        frame[12] = 0x88; // EtherType 88B5 is for experiments: nothing else on this machine sends it.
        frame[13] = 0xB5;

        Assert.Equal(60, TestSockets.Ok(_kernel.SendFrame(sender, TestSockets.LoopbackIndex, frame)));

        TestSockets.WaitFor(_kernel, listener, Readiness.Readable);
        Assert.Equal(60, TestSockets.Ok(_kernel.Receive(listener, _buffer)));
        Assert.Equal(frame, _buffer.AsSpan(0, 60));
        Assert.True(_kernel.Receive(sender, _buffer).WouldBlock);
        Assert.True(_kernel.OpenPacket(999_999, PacketFilter.None).IsError);
    }

    /// <summary>Of many frames exactly those for a DHCP server pass, in their order.</summary>
    [Fact]
    public void DhcpFilterPassesWhatADhcpServerWants()
    {
        if (IsRefused(PacketFilter.DhcpServer)) return;
        int listener = Open(PacketFilter.DhcpServer);
        int sender = Open(PacketFilter.None);
        string mark = $"{Guid.NewGuid()}"; // other programs may use the loopback interface, too
        Send(sender, Datagram(68, $"{mark} to a client"));
        Send(sender, Datagram(69, $"{mark} tftp"));
        Send(sender, Changed(Datagram(67, $"{mark} more fragments"), 20, 0x20));
        Send(sender, Changed(Datagram(67, $"{mark} last fragment"), 21, 0x10));
        Send(sender, Changed(Datagram(67, $"{mark} tcp"), 23, 6));
        Send(sender, Changed(Datagram(67, $"{mark} ipv6"), 12, 0x86));
        Send(sender, Datagram(67, $"{mark} discover"));
        Send(sender, WithIpOptions(Datagram(67, $"{mark} with options")));
        Send(sender, Changed(Datagram(67, $"{mark} may not be split"), 20, 0x40));
        Send(sender, Datagram(4011, $"{mark} boot server"));
        Assert.Equal(["discover", "with options", "may not be split", "boot server"], Received(listener, mark, "boot server"));
    }

    [Fact]
    public void ClientFilterPassesWhatEveryClientGets()
    {
        if (IsRefused(PacketFilter.DhcpClient)) return;
        int listener = Open(PacketFilter.DhcpClient);
        int sender = Open(PacketFilter.None);
        string mark = $"{Guid.NewGuid()}";
        Send(sender, Datagram(68, $"{mark} for one"));
        Send(sender, ToAll(Datagram(67, $"{mark} discover")));
        Send(sender, ToAll(Datagram(69, $"{mark} tftp")));
        Send(sender, ToAll(Datagram(68, $"{mark} offer")));
        Assert.Equal(["offer"], Received(listener, mark, "offer"));
    }

    [Fact]
    public void ArpFilterPassesRepliesOnly()
    {
        if (IsRefused(PacketFilter.ArpReplies)) return;
        int listener = Open(PacketFilter.ArpReplies);
        int sender = Open(PacketFilter.None);
        byte[] mark = Guid.NewGuid().ToByteArray();
        byte[] frame = new byte[60];
        frame.AsSpan(0, 6).Fill(0xFF);
        frame[12] = 0x08;
        mark.CopyTo(frame.AsSpan(30));
        frame[21] = 2;
        Send(sender, Changed(frame, 13, 0x00));
        frame[13] = 0x06;
        Send(sender, Changed(frame, 21, 1));
        Send(sender, frame);
        do
        {
            TestSockets.WaitFor(_kernel, listener, Readiness.Readable);
            Assert.Equal(60, TestSockets.Ok(_kernel.ReceiveFrame(listener, _buffer, out _)));
            Assert.Equal((0x06, 2), (_buffer[13], _buffer[21]));
        }
        while (!_buffer.AsSpan(30, 16).SequenceEqual(mark));
    }

    /// <summary>A datagram of this machine's own stack has no checksum yet, and that is said.</summary>
    [Fact]
    public void ChecksumThatIsNotMadeYetIsSaid()
    {
        if (IsRefused(PacketFilter.DhcpServer)) return;
        int listener = Open(PacketFilter.DhcpServer);
        int udp = Track(TestSockets.OpenUdp(_kernel));
        byte[] mark = Guid.NewGuid().ToByteArray();
        TestSockets.Ok(_kernel.SendTo(udp, mark, new(TestSockets.Loopback, 4011), default, 0));
        while (true)
        {
            TestSockets.WaitFor(_kernel, listener, Readiness.Readable);
            int count = TestSockets.Ok(_kernel.ReceiveFrame(listener, _buffer, out FrameInfo info));
            if (!_buffer.AsSpan(0, count).EndsWith(mark)) continue;
            Assert.True(info.IsChecksumPending);
            Assert.Equal(UdpFrameReject.BadUdpChecksum, UdpDatagram.Parse(_buffer.AsSpan(0, count), out _));
            UdpFrameReject reject = UdpDatagram.Parse(_buffer.AsSpan(0, count), info.IsChecksumPending, out UdpDatagram datagram);
            Assert.Equal(UdpFrameReject.None, reject);
            Assert.Equal(TestSockets.LocalOf(udp), datagram.Source);
            return;
        }
    }

    [Fact]
    public void LongFrameIsReportedAndGone()
    {
        if (IsRefused(PacketFilter.DhcpServer)) return;
        int listener = Open(PacketFilter.DhcpServer);
        Send(Open(PacketFilter.None), Datagram(67, new string('x', 500)));
        TestSockets.WaitFor(_kernel, listener, Readiness.Readable);
        Assert.Equal(Errno.MessageTooLong, _kernel.ReceiveFrame(listener, _buffer.AsSpan(0, 100), out _).Errno);
        Assert.Equal(TestSockets.BadHandle, _kernel.ReceiveFrame(60_000, _buffer, out _).Errno);
    }

    private bool IsRefused(PacketFilter filter)
    {
        if (Environment.IsPrivilegedProcess) return false;
        Assert.Equal(Errno.NotPermitted, _kernel.OpenPacket(TestSockets.LoopbackIndex, filter).Errno);
        return true;
    }

    /// <summary>To an address of documentation, so that nothing on this machine takes it.</summary>
    private static byte[] Datagram(ushort port, string text)
    {
        byte[] frame = new byte[UdpFrame.HeaderBytes + text.Length];
        Encoding.ASCII.GetBytes(text, frame.AsSpan(UdpFrame.HeaderBytes));
        UdpFrame.WriteHeaders(frame, _nobody, _station, new(0xC000_0201), 68, new(0xC000_0202), port);
        return frame;
    }

    private static byte[] Changed(byte[] frame, int at, byte value)
    {
        byte[] changed = (byte[])frame.Clone();
        changed[at] = value;
        return changed;
    }

    private static byte[] ToAll(byte[] frame)
    {
        frame.AsSpan(0, 6).Fill(0xFF);
        return frame;
    }

    private static byte[] WithIpOptions(byte[] frame)
    {
        byte[] longer = [.. frame[..34], 0x94, 0x04, 0, 0, .. frame[34..]];
        longer[14] = 0x46;
        longer[17] += 4;
        return longer;
    }

    private void Send(int sender, byte[] frame) =>
        Assert.Equal(frame.Length, TestSockets.Ok(_kernel.SendFrame(sender, TestSockets.LoopbackIndex, frame)));

    /// <summary>What came with our mark, up to the last that is sent.</summary>
    private List<string> Received(int listener, string mark, string last)
    {
        List<string> received = [];
        while (received.Count == 0 || received[^1] != last)
        {
            TestSockets.WaitFor(_kernel, listener, Readiness.Readable);
            int count = TestSockets.Ok(_kernel.ReceiveFrame(listener, _buffer, out FrameInfo info));
            Assert.False(info.IsChecksumPending);
            string text = Encoding.Latin1.GetString(_buffer, 0, count);
            int at = text.IndexOf(mark, StringComparison.Ordinal);
            if (at >= 0) received.Add(text[(at + mark.Length + 1)..]);
        }

        return received;
    }

    private int Open(PacketFilter filter) =>
        Track(TestSockets.Ok(_kernel.OpenPacket(TestSockets.LoopbackIndex, filter)));

    private int Track(int handle)
    {
        _open.Add(handle);
        return handle;
    }
}
