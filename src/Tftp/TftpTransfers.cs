using System;
using Aglet.Boot;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tftp;

/// <summary>
/// The running transfers: fixed slots, each with a socket of its own. It moves bytes between the sockets, the codec and
/// the machines, and knows no more of the protocol than that.
/// </summary>
internal sealed class TftpTransfers
{
    /// <summary>
    /// Longest datagram that a client may send: requests are a few hundred bytes, acknowledgments four.
    /// </summary>
    private const int DatagramBytes = 2048;

    /// <summary>A last acknowledgment that has not come by then is not worth a slot that somebody else needs.</summary>
    private static readonly Duration _deliveredWait = Duration.FromSeconds(1);

    private readonly IKernel _kernel;
    private readonly SocketTable _sockets;
    private readonly TftpReport _report;
    private readonly TftpWindow _window;
    private readonly Slot[] _slots;
    private readonly int[] _free;
    private readonly DeadlineHeap _deadlines;
    private readonly TftpPeers _peers;
    private readonly byte[] _paths;
    private readonly byte[] _optionAcknowledgments;
    private readonly byte[] _datagram = new byte[DatagramBytes];
    private readonly byte[] _error = new byte[128];
    private int _freeCount;

    public TftpTransfers(IKernel kernel, SocketTable sockets, TftpReport report, int slots)
    {
        _kernel = kernel;
        _sockets = sockets;
        _report = report;
        _window = new(kernel);
        _slots = new Slot[slots];
        _free = new int[slots];
        for (int slot = slots - 1; slot >= 0; slot--) _free[_freeCount++] = slot;
        _deadlines = new(slots);
        _peers = new(slots);
        _paths = new byte[slots * Limits.PathBytes];
        _optionAcknowledgments = new byte[slots * TftpNegotiation.OptionAcknowledgmentBytesMax];
    }

    /// <summary>Transfers running now.</summary>
    public int Count => _slots.Length - _freeCount;

    /// <summary>The earliest deadline of all.</summary>
    public Instant NextDeadline => _deadlines.Next;

    /// <summary>Bytes of DATA sent since the start, headers and resends included.</summary>
    public ulong BytesSent { get; private set; }

    /// <summary>
    /// Hands a request to the transfer that its peer has already; false: there is none, or it ended for this.
    /// </summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="peer">Who asks.</param>
    /// <param name="hash">Of the whole datagram.</param>
    public bool TryOnRequest(Instant now, in IpEndpoint peer, ulong hash)
    {
        if (!_peers.TryFind(peer, out int index)) return false;
        ref Slot slot = ref _slots[index];
        RequestAgain again = slot.Transfer.OnRequest(now, slot.RequestHash == hash);
        if (again == RequestAgain.Replace)
        {
            bool isDelivered = slot.Transfer.IsAllSent;
            End(index, isDelivered ? TftpOutcome.FinishedUnacknowledged : TftpOutcome.Replaced, "asked anew"u8);
            return false;
        }

        _report.Count(TftpOutcome.RepeatedRequest);
        if (again == RequestAgain.AnswerAgain) Execute(now, index, slot.Transfer.FirstStep);
        return true;
    }

    /// <summary>Begins a transfer and sends its first datagrams; false when no slot or socket is free.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="info">Who asked, and which of our addresses: the socket is bound to it, since clients compare it.</param>
    /// <param name="request">What was asked.</param>
    /// <param name="hash">Of the whole request.</param>
    /// <param name="content">What was found; its file is closed at the end of the transfer, and only then.</param>
    /// <param name="file">The open file, or -1.</param>
    /// <param name="path">For the log.</param>
    /// <param name="blockBytesMax">Largest block that fits the link.</param>
    public bool TryBegin(
        Instant now,
        in DatagramInfo info,
        in TftpRequest request,
        ulong hash,
        in Content content,
        int file,
        ReadOnlySpan<byte> path,
        int blockBytesMax)
    {
        if (!TryTakeSlot(now, info, out int index)) return false;
        ref Slot slot = ref _slots[index];
        slot.OptionBytes = TftpNegotiation.Answer(
            request, blockBytesMax, content.Length, OptionRoom(index), out TftpParameters parameters);
        slot.RequestHash = hash;
        slot.PathBytes = path.Length;
        path.CopyTo(_paths.AsSpan(index * Limits.PathBytes));
        slot.Body = new TftpBody
        {
            Content = content,
            File = file,
            Mode = request.Mode,
            BlockBytes = parameters.BlockBytes,
        };
        long lastBlock = request.Mode == TftpMode.Netascii
            ? TftpTransfer.LastBlockUnknown
            : TftpTransfer.LastBlockOf(content.Length, parameters.BlockBytes);
        slot.Transfer = TftpTransfer.Begin(now, parameters, slot.OptionBytes > 0, lastBlock);
        Execute(now, index, slot.Transfer.FirstStep);
        return true;
    }

    /// <summary>
    /// A transfer's socket is ready: a bounded number of its datagrams is handled, and at most one flight
    /// leaves.
    /// </summary>
    public void OnReady(Instant now, int index, SocketToken token)
    {
        ref Slot slot = ref _slots[index];
        Check.That(slot.Token == token);
        TransferStep step = TransferStep.Ignore;
        for (int i = 0; i < Limits.DatagramsPerSocket; i++)
        {
            SysResult received = _kernel.ReceiveFrom(slot.Socket, _datagram, out DatagramInfo info);
            if (received.Errno == Errno.MessageTooLong) continue;
            if (received.IsPeerGone)
            {
                End(index, TftpOutcome.Aborted, "the client's port is closed"u8);
                return;
            }

            if (received.IsError) break;
            TransferStep next = OnDatagram(now, ref slot, _datagram.AsSpan(0, received.Count), info, out TftpPacket packet);
            if (next is TransferStep.Abort or TransferStep.EndProbe)
            {
                End(index, next == TransferStep.EndProbe ? TftpOutcome.Probe : TftpOutcome.Aborted, packet.Payload);
                return;
            }

            // Acknowledgments that wait together get one answer; behind a whole flight there is no other to look for.
            if (next != TransferStep.Ignore) step = next;
            if (step == TransferStep.Finish || (step != TransferStep.Ignore && slot.Transfer.IsCaughtUp)) break;
        }

        Execute(now, index, step);
    }

    /// <summary>
    /// Handles deadlines up to now, a bounded number: each may send a whole flight. The rest stay due.
    /// </summary>
    public void OnDeadline(Instant now)
    {
        for (int i = 0; i < Limits.EventsPerTurn && _deadlines.TryPopDue(now, out int index); i++)
        {
            Execute(now, index, _slots[index].Transfer.OnTimeout(now));
        }
    }

    /// <summary>
    /// Sends an ERROR, once: it is never acknowledged. A socket that cannot take it loses it, as the network
    /// may.
    /// </summary>
    public void SendError(int socket, in DatagramInfo to, TftpErrorCode code, scoped ReadOnlySpan<byte> text)
    {
        bool fits = TftpPacket.Error(code, text).TryWrite(_error, out int written);
        Check.That(fits);
        _ = _kernel.SendTo(socket, _error.AsSpan(0, written), to.Peer, to.Local, to.InterfaceIndex);
    }

    private TransferStep OnDatagram(
        Instant now, ref Slot slot, ReadOnlySpan<byte> datagram, in DatagramInfo info, out TftpPacket packet)
    {
        TftpReject reject = TftpPacket.Parse(datagram, out packet);
        if (info.Peer != slot.Peer)
        {
            _report.Count(TftpOutcome.Stranger);
            bool isError = reject == TftpReject.None && packet.Opcode == TftpOpcode.Error;
            if (!isError) SendError(slot.Socket, info, TftpErrorCode.UnknownTransferId, "not your transfer"u8);
            return TransferStep.Ignore;
        }

        if (reject == TftpReject.None)
        {
            switch (packet.Opcode)
            {
                case TftpOpcode.Acknowledgment: return slot.Transfer.OnAcknowledgment(now, packet.Number);
                case TftpOpcode.Error: return slot.Transfer.OnError(packet.Number);
            }

            reject = TftpReject.UnexpectedOpcode;
        }

        _report.OnReject(now, info.Peer, reject, TftpRefusal.ReasonOf(reject));
        return TransferStep.Ignore;
    }

    private bool TryTakeSlot(Instant now, in DatagramInfo info, out int slot)
    {
        slot = -1;
        if (_freeCount == 0) EndDelivered(now);
        if (_freeCount == 0) return false;
        SysResult socket = _kernel.OpenUdp(new UdpOptions(new IpEndpoint(info.Local, 0)));
        if (socket.IsError) return false;
        int candidate = _free[_freeCount - 1];
        SysResult added = _sockets.Add(
            socket.Count, SocketOwner.TftpTransfer, candidate, Readiness.Readable, out SocketToken token);
        if (added.IsError) return false;
        _freeCount--;
        slot = candidate;
        _slots[slot] = new Slot { Token = token, Socket = socket.Count, Peer = info.Peer, Began = now };
        _peers.Add(info.Peer, slot);
        return true;
    }

    /// <summary>
    /// Frees the slot that has waited longest for a last acknowledgment, which many clients never send: long enough
    /// that the last blocks are with the client, or were sent again.
    /// </summary>
    private void EndDelivered(Instant now)
    {
        int oldest = -1;
        Instant before = now + (Duration.Zero - _deliveredWait);
        for (int slot = 0; slot < _slots.Length; slot++)
        {
            ref TftpTransfer transfer = ref _slots[slot].Transfer;
            if (!transfer.IsAllSent || transfer.LastProgress > before) continue;
            before = transfer.LastProgress;
            oldest = slot;
        }

        if (oldest >= 0) End(oldest, TftpOutcome.FinishedUnacknowledged, default);
    }

    private void Execute(Instant now, int index, TransferStep step)
    {
        ref Slot slot = ref _slots[index];
        switch (step)
        {
            case TransferStep.SendOptions:
                ReadOnlySpan<byte> options = OptionRoom(index)[..slot.OptionBytes];
                HandleSent(now, index, _kernel.SendTo(slot.Socket, options, slot.Peer, default, 0), 0);
                break;
            case TransferStep.SendBlocks:
                SendBlocks(now, index);
                break;
            case TransferStep.Finish:
                bool isWhole = slot.Transfer.Acknowledged == slot.Transfer.LastBlock;
                End(index, isWhole ? TftpOutcome.Finished : TftpOutcome.FinishedUnacknowledged, default);
                break;
            case TransferStep.GiveUp:
                Fail(index, TftpOutcome.TimedOut, "the client fell silent"u8);
                break;
        }

        // A transfer that has ended has no deadline.
        _deadlines.Set(index, _slots[index].Transfer.Deadline);
    }

    private void SendBlocks(Instant now, int index)
    {
        ref Slot slot = ref _slots[index];
        ref TftpTransfer transfer = ref slot.Transfer;
        if (transfer.BlocksToSend == 0) return;
        TftpBodyFault fault = _window.Make(
            ref slot.Body, transfer.Acknowledged, transfer.NextBlock, transfer.BlocksToSend, out long lastBlock);
        if (fault != TftpBodyFault.None)
        {
            Fail(index, TftpOutcome.FileFailed, ReasonOf(fault));
            return;
        }

        if (lastBlock != TftpTransfer.LastBlockUnknown) transfer.EndsAt(lastBlock);
        int stride = TftpPacket.HeaderBytes + slot.Body.BlockBytes;
        ReadOnlySpan<byte> rest = _window.Datagrams;
        while (!rest.IsEmpty)
        {
            SysResult sent = _kernel.SendSegments(slot.Socket, rest, stride, slot.Peer);
            int blocks = sent.IsError ? 0 : (sent.Count + stride - 1) / stride;
            if (!HandleSent(now, index, sent, blocks) || blocks == 0) return;
            BytesSent = unchecked(BytesSent + (ulong)sent.Count);
            rest = rest[sent.Count..];
        }
    }

    /// <summary>Tells the machine what left; false when the rest must wait or the transfer has ended.</summary>
    private bool HandleSent(Instant now, int index, SysResult sent, int blocks)
    {
        ref TftpTransfer transfer = ref _slots[index].Transfer;
        if (!sent.IsError && (blocks > 0 || transfer.BlocksToSend == 0))
        {
            transfer.OnSent(now, blocks);
            return true;
        }

        if (!sent.IsError || sent.WouldBlock || sent.IsOutOfResources) transfer.OnBlocked(now);
        else if (sent.IsPeerGone) End(index, TftpOutcome.Aborted, "the client is unreachable"u8);
        else End(index, TftpOutcome.SendFailed, "the kernel refused to send"u8);
        return false;
    }

    /// <summary>Ends a transfer and tells the client.</summary>
    private void Fail(int index, TftpOutcome outcome, scoped ReadOnlySpan<byte> reason)
    {
        ref Slot slot = ref _slots[index];
        SendError(slot.Socket, new DatagramInfo(slot.Peer, default, 0), TftpErrorCode.Undefined, reason);
        End(index, outcome, reason);
    }

    private void End(int index, TftpOutcome outcome, scoped ReadOnlySpan<byte> reason)
    {
        ref Slot slot = ref _slots[index];
        bool isDelivered = outcome is TftpOutcome.Finished or TftpOutcome.FinishedUnacknowledged;
        long length = slot.Body.Content.Length;
        long bytes = isDelivered ? length : Math.Min(length, slot.Transfer.Acknowledged * slot.Body.BlockBytes);
        ReadOnlySpan<byte> path = _paths.AsSpan(index * Limits.PathBytes, slot.PathBytes);
        _report.OnEnd(outcome, slot.Peer, path, bytes, slot.Transfer.LastProgress - slot.Began, reason);

        if (slot.Body.File >= 0) _kernel.Close(slot.Body.File);
        _sockets.Close(slot.Token);
        _peers.Remove(index);
        _deadlines.Clear(index);
        slot = default;
        _free[_freeCount++] = index;
    }

    private Span<byte> OptionRoom(int index) => _optionAcknowledgments.AsSpan(
        index * TftpNegotiation.OptionAcknowledgmentBytesMax, TftpNegotiation.OptionAcknowledgmentBytesMax);

    private static ReadOnlySpan<byte> ReasonOf(TftpBodyFault fault) => fault switch
    {
        TftpBodyFault.FileShrank => "the file became shorter"u8,
        TftpBodyFault.FileUnreadable => "the file cannot be read"u8,
        _ => "the document changed"u8,
    };

    /// <summary>One transfer. A slot that is free is all zeros.</summary>
    private struct Slot
    {
        public TftpTransfer Transfer;
        public TftpBody Body;
        public IpEndpoint Peer;
        public SocketToken Token;
        public int Socket;

        /// <summary>Recognises a repeated request.</summary>
        public ulong RequestHash;
        public Instant Began;

        /// <summary>Length of the OACK; 0 for none.</summary>
        public int OptionBytes;
        public int PathBytes;
    }
}
