using System;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Dhcp;

/// <summary>Our own DHCP client on one link: frames while there is no address, and a socket for renewals.</summary>
internal sealed class DhcpClientEndpoint
{
    private const ushort ClientPort = 68;

    private readonly IKernel _kernel;
    private readonly SocketTable _sockets;
    private readonly Log _log;
    private readonly NetworkInterface _link;
    private readonly DhcpClient _client;
    private readonly byte[] _received = new byte[Limits.DhcpDatagramBytes];
    private readonly byte[] _frame = new byte[UdpFrame.HeaderBytes + Limits.DhcpReplyBytesDefault];
    private SocketToken _packets;
    private SocketToken _arp;
    private int _packetSocket = -1;
    private int _arpSocket = -1;
    private bool _hasChanged;

    public DhcpClientEndpoint(IKernel kernel, SocketTable sockets, Log log, NetworkInterface link, string hostName)
    {
        _kernel = kernel;
        _sockets = sockets;
        _log = log;
        _link = link;
        Span<byte> chance = stackalloc byte[8];
        kernel.FillRandom(chance);
        _client = new(link.HardwareAddress, hostName, BitConverter.ToUInt64(chance));
    }

    public Instant NextDeadline => _client.Deadline;

    public DhcpClientState State => _client.State;

    /// <summary>DISCOVERs in a row that nobody answered.</summary>
    public int Unanswered => _client.Unanswered;

    /// <summary>What is ours now; null for nothing.</summary>
    public DhcpClientLease? Lease => _client.IsBound ? _client.Lease : null;

    /// <summary>Opens the sockets and asks for an address.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="remembered">The address of an earlier life; none for none.</param>
    public SysResult Start(Instant now, Ipv4Address remembered)
    {
        SysResult opened = Open(PacketFilter.DhcpOwn, 0, out _packets, out _packetSocket);
        if (!opened.IsError) opened = Open(PacketFilter.ArpReplies, 1, out _arp, out _arpSocket);
        if (opened.IsError) return opened;
        Do(now, _client.Start(now, remembered));
        return opened;
    }

    /// <summary>True once after each change of <see cref="Lease"/>.</summary>
    public bool TakeChange()
    {
        bool changed = _hasChanged;
        _hasChanged = false;
        return changed;
    }

    public void OnLinkUp(Instant now) => Do(now, _client.OnLinkUp(now));

    public void OnDeadline(Instant now)
    {
        if (now >= _client.Deadline) Do(now, _client.OnDeadline(now));
    }

    public void OnReady(Instant now, in SocketEntry entry)
    {
        for (int i = 0; i < Limits.DatagramsPerSocket; i++)
        {
            SysResult received = _kernel.ReceiveFrame(entry.Handle, _received, out FrameInfo info);
            if (received.Errno == Errno.MessageTooLong) continue;
            if (received.IsError) return;
            ReadOnlySpan<byte> frame = _received.AsSpan(0, received.Count);
            if (entry.Index == 0) OnFrame(now, frame, info);
            else OnArp(now, frame);
        }
    }

    /// <summary>Closes the sockets; the lease stays with the server until it ends.</summary>
    public void Close()
    {
        if (_packetSocket >= 0) _sockets.Close(_packets);
        if (_arpSocket >= 0) _sockets.Close(_arp);
        _packetSocket = _arpSocket = -1;
    }

    private SysResult Open(PacketFilter filter, int index, out SocketToken token, out int socket)
    {
        token = default;
        socket = -1;
        SysResult opened = _kernel.OpenPacket(_link.Index, filter);
        if (opened.IsError) return opened;
        SysResult added = _sockets.Add(opened.Count, SocketOwner.DhcpClient, index, Readiness.Readable, out token);
        if (!added.IsError) socket = opened.Count;
        return added;
    }

    private void OnFrame(Instant now, ReadOnlySpan<byte> frame, FrameInfo info)
    {
        bool isGood = UdpDatagram.Parse(frame, info.IsChecksumPending, out UdpDatagram datagram) == UdpFrameReject.None
            && datagram.Destination.Port == ClientPort
            && DhcpMessage.Parse(datagram.Payload, out DhcpMessage message) == DhcpReject.None;
        if (!isGood) return;
        _ = DhcpMessage.Parse(datagram.Payload, out message);
        Do(now, _client.OnMessage(now, message));
    }

    private void OnArp(Instant now, ReadOnlySpan<byte> frame)
    {
        if (ArpPacket.Parse(frame, out ArpPacket packet) != ArpReject.None || !packet.IsReply) return;
        if (packet.SenderHardware == _link.HardwareAddress) return;
        DhcpClientStep step = _client.OnConflict(now, packet.SenderAddress);
        if (step == DhcpClientStep.None) return;
        _log.Write(LogLevel.Warning, "own-address"u8, default(ReadOnlySpan<byte>),
            $"the DHCP server offers {packet.SenderAddress} to this appliance, but {packet.SenderHardware} has it: declined");
        Do(now, step);
    }

    private void Do(Instant now, DhcpClientStep step)
    {
        if ((step & (DhcpClientStep.Broadcast | DhcpClientStep.Unicast)) != 0) Send(now, (step & DhcpClientStep.Unicast) != 0);
        if ((step & DhcpClientStep.Probe) != 0)
        {
            Span<byte> probe = stackalloc byte[ArpPacket.FrameBytes];
            if (ArpPacket.Probe(_link.HardwareAddress, _client.Candidate).TryWrite(probe, out _))
                _ = _kernel.SendFrame(_arpSocket, _link.Index, probe);
        }

        _hasChanged |= (step & (DhcpClientStep.Bind | DhcpClientStep.Unbind)) != 0;
    }

    /// <summary>What cannot be sent is sent again when its time comes.</summary>
    private void Send(Instant now, bool isUnicast)
    {
        if (!_client.TryWrite(now, _frame.AsSpan(UdpFrame.HeaderBytes), out int written)) return;
        Ipv4Address own = _client.IsBound && _client.State is DhcpClientState.Renewing or DhcpClientState.Rebinding
            ? _client.Lease.Address.Address
            : default;
        if (isUnicast && TrySendToServer(own, _frame.AsSpan(UdpFrame.HeaderBytes, written))) return;
        Span<byte> frame = _frame.AsSpan(0, UdpFrame.HeaderBytes + written);
        UdpFrame.WriteHeaders(
            frame,
            HardwareAddress.Broadcast,
            _link.HardwareAddress,
            own,
            ClientPort,
            Ipv4Address.Broadcast,
            DhcpRoute.ServerPort);
        _ = _kernel.SendFrame(_packetSocket, _link.Index, frame);
    }

    /// <summary>A renewal goes through the kernel, which knows the way. Answers are heard as frames.</summary>
    private bool TrySendToServer(Ipv4Address own, ReadOnlySpan<byte> message)
    {
        SysResult opened = _kernel.OpenUdp(new(new(own, ClientPort), _link.Index) { IsShared = true });
        if (opened.IsError) return false;
        SysResult sent = _kernel.SendTo(
            opened.Count, message, new(_client.Lease.Server, DhcpRoute.ServerPort), own, _link.Index);
        _kernel.Close(opened.Count);
        return !sent.IsError;
    }
}
