using System;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;
using Aglet.Tree;

namespace Aglet.Tftp;

/// <summary>
/// The running transfers: fixed slots, found by their peer. It moves bytes between the shared sockets, the codec and the
/// machines, and knows no more of the protocol than that.
/// </summary>
/// <remarks>
/// What is to be sent is not sent where it is found out, but at the end of the turn: then the blocks of many clients in
/// lock-step leave with one call, each transfer has its flight in its turn, and the turn has a bound in bytes. What is
/// left goes first in the next one.
/// </remarks>
internal sealed class TftpTransfers
{
    private const int None = -1;

    /// <summary>A last acknowledgment that has not come by then is not worth a slot that somebody else needs.</summary>
    private static readonly Duration _deliveredWait = Duration.FromSeconds(1);

    /// <summary>Nor is a client that said nothing for so long.</summary>
    private static readonly Duration _silentWait = Duration.FromSeconds(20);

    private static readonly Duration _waitingPause = Duration.FromMilliseconds(100);

    private readonly IKernel _kernel;
    private readonly TftpPorts _ports;
    private readonly TftpReport _report;
    private readonly OpenFiles _files;
    private readonly TftpSilence _silence;
    private readonly TftpWindow _window;
    private readonly TftpBatch _batch = new();
    private readonly TftpTurns _turns = new();
    private readonly Slot[] _slots;
    private readonly int[] _free;
    private readonly DeadlineHeap _deadlines;
    private readonly SlotIndex _peers;
    private readonly byte[] _flight = new byte[TftpWindow.BytesMax];
    private readonly byte[] _paths;
    private readonly byte[] _optionAcknowledgments;
    private readonly byte[] _error = new byte[128];
    private int _freeCount;
    private int _firstPort;

    public TftpTransfers(
        IKernel kernel, TftpPorts ports, TftpReport report, TftpSilence silence, OpenFiles files, int slots)
    {
        _kernel = kernel;
        _ports = ports;
        _report = report;
        _files = files;
        _silence = silence;
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

    /// <summary>The earliest deadline of all; in the past while something could be sent at once.</summary>
    public Instant NextDeadline
    {
        get
        {
            for (int i = 0; i < _ports.Count; i++)
            {
                if (!_ports[i].IsBlocked && _ports[i].FirstWaiting != None) return default;
            }

            return _deadlines.Next;
        }
    }

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
        if (!TryFind(peer, out int index)) return false;
        ref Slot slot = ref _slots[index];
        RequestAgain again = slot.Transfer.OnRequest(now, slot.RequestHash == hash);
        if (again == RequestAgain.Replace)
        {
            bool isDelivered = slot.Transfer.IsAllSent;
            End(now, index, isDelivered ? TftpOutcome.FinishedUnacknowledged : TftpOutcome.Replaced, "asked anew"u8);
            return false;
        }

        _report.Count(TftpOutcome.RepeatedRequest);
        if (again == RequestAgain.AnswerAgain) Execute(now, index, slot.Transfer.FirstStep);
        return true;
    }

    /// <summary>Begins a transfer; false when no slot or socket is free.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="info">Who asked, and which of our addresses: the answer comes from it, since clients compare it.</param>
    /// <param name="request">What was asked.</param>
    /// <param name="hash">Of the whole request.</param>
    /// <param name="content">What was found; its file is closed at the end of the transfer, and only then.</param>
    /// <param name="file">The open file, or -1.</param>
    /// <param name="path">For the log.</param>
    /// <param name="blockBytesMax">Largest block that fits the link.</param>
    /// <param name="grant">What the machine is granted; nothing in it is open.</param>
    public bool TryBegin(
        Instant now,
        in DatagramInfo info,
        in TftpRequest request,
        ulong hash,
        in Content content,
        int file,
        ReadOnlySpan<byte> path,
        int blockBytesMax,
        in TftpGrant grant)
    {
        if (!TryTakeSlot(now, info, blockBytesMax, out int index)) return false;
        ref Slot slot = ref _slots[index];
        slot.OptionBytes = TftpNegotiation.Answer(
            request,
            Math.Min(blockBytesMax, grant.BlockBytes.GetValueOrDefault()),
            grant.WindowBlocks.GetValueOrDefault(),
            content.Length,
            OptionRoom(index),
            out TftpParameters parameters);
        parameters = parameters with { RollsOverToOne = grant.RollsOverToOne.GetValueOrDefault() };
        slot.RequestHash = hash;
        slot.PathBytes = path.Length;
        path.CopyTo(_paths.AsSpan(index * Limits.PathBytes));
        slot.Body = new TftpBody
        {
            Content = content,
            File = file,
            Mode = request.Mode,
            BlockBytes = parameters.BlockBytes,
            RollsOverToOne = parameters.RollsOverToOne,
        };
        long lastBlock = request.Mode == TftpMode.Netascii
            ? TftpTransfer.LastBlockUnknown
            : TftpTransfer.LastBlockOf(content.Length, parameters.BlockBytes);
        slot.Transfer = TftpTransfer.Begin(now, parameters, slot.OptionBytes > 0, lastBlock);
        Execute(now, index, slot.Transfer.FirstStep);
        return true;
    }

    /// <summary>A datagram that is no request came to a shared port.</summary>
    public void OnDatagram(Instant now, int port, ReadOnlySpan<byte> datagram, in DatagramInfo info)
    {
        TftpReject reject = TftpPacket.Parse(datagram, out TftpPacket packet);
        if (!TryFind(info.Peer, out int index) || _slots[index].Port != port)
        {
            OnStranger(port, info.Peer, reject == TftpReject.None && packet.Opcode == TftpOpcode.Error);
            return;
        }

        if (reject == TftpReject.None && packet.Opcode == TftpOpcode.Acknowledgment)
        {
            Execute(now, index, _slots[index].Transfer.OnAcknowledgment(now, packet.Number));
        }
        else if (reject == TftpReject.None && packet.Opcode == TftpOpcode.Error)
        {
            TransferStep step = _slots[index].Transfer.OnError(packet.Number);
            End(now, index, step == TransferStep.EndProbe ? TftpOutcome.Probe : TftpOutcome.Aborted, packet.Payload);
        }
        else
        {
            if (reject == TftpReject.None) reject = TftpReject.UnexpectedOpcode;
            _report.OnReject(now, info.Peer, reject, TftpRefusal.ReasonOf(reject));
        }
    }

    /// <summary>
    /// The network says of some peers that they did not get a datagram. One whose port is closed is gone; all else may
    /// pass, and time tells: a Raspberry Pi 3 answers no ARP while it reads.
    /// </summary>
    public void TakeErrors(Instant now, int port)
    {
        for (int i = 0; i < Limits.TftpDatagramsPerTurn; i++)
        {
            SysResult error = _kernel.ReceiveError(_ports[port].Handle, out IpEndpoint peer);
            if (error.IsError) return;
            if (error.Value != (long)Errno.ConnectionRefused) continue;
            if (!TryFind(peer, out int index) || _slots[index].Port != port) continue;
            bool isDelivered = _slots[index].Transfer.IsAllSent;
            End(
                now,
                index,
                isDelivered ? TftpOutcome.FinishedUnacknowledged : TftpOutcome.Aborted,
                "the client's port is closed"u8);
        }
    }

    /// <summary>Handles deadlines up to now, a bounded number; the rest stay due. Then sends, up to the turn's bound.</summary>
    public void OnDeadline(Instant now)
    {
        for (int i = 0; i < Limits.EventsPerTurn && _deadlines.TryPopDue(now, out int index); i++)
        {
            ref Slot slot = ref _slots[index];
            TransferStep step = slot.Transfer.OnTimeout(now);
            if (step != TransferStep.Ignore) _silence.OnTimeout(now, slot.Peer.Address, slot.Transfer);
            Execute(now, index, step);
        }

        int bytes = Limits.TftpBytesPerTurn;
        for (int i = 0; i < _ports.Count && bytes > 0; i++) SendWaiting(now, (_firstPort + i) % _ports.Count, ref bytes);
        if (bytes <= 0) _firstPort = (_firstPort + 1) % _ports.Count;
    }

    /// <summary>
    /// Sends an ERROR, once: it is never acknowledged. A socket that cannot take it loses it, as the network may.
    /// </summary>
    public void SendError(int socket, in DatagramInfo to, TftpErrorCode code, scoped ReadOnlySpan<byte> text)
    {
        bool fits = TftpPacket.Error(code, text).TryWrite(_error, out int written);
        Check.That(fits);
        _ = _kernel.SendTo(socket, _error.AsSpan(0, written), to.Peer, to.Local, to.InterfaceIndex);
    }

    /// <summary>
    /// Neither an ERROR is answered, or two servers would talk for ever, nor what is left of an old transfer: its client
    /// might take the answer for one to its next request.
    /// </summary>
    private void OnStranger(int port, in IpEndpoint peer, bool isError)
    {
        _report.Count(TftpOutcome.Stranger);
        if (isError || _turns.Knows(HashOf(peer))) return;
        SendError(
            _ports[port].Handle, new DatagramInfo(peer, default, 0), TftpErrorCode.UnknownTransferId, "not your transfer"u8);
    }

    private bool TryTakeSlot(Instant now, in DatagramInfo info, int blockBytesMax, out int slot)
    {
        slot = None;
        if (_freeCount == 0) EndIdle(now);
        if (_freeCount == 0) return false;
        ulong hash = HashOf(info.Peer);
        if (!_ports.TryTake(info.Local, _turns.Take(hash), blockBytesMax, out int port)) return false;
        slot = _free[--_freeCount];
        _slots[slot] = new Slot { Port = port, Peer = info.Peer, Began = now, Previous = None, Next = None };
        _peers.Add(hash, slot);
        return true;
    }

    /// <summary>
    /// Frees the slot that has waited longest for a last acknowledgment, which many clients never send: long enough
    /// that the last blocks are with the client, or were sent again. Else that of the client that is silent longest.
    /// </summary>
    private void EndIdle(Instant now)
    {
        int oldest = None;
        bool isDelivered = false;
        Instant before = now + (Duration.Zero - _silentWait);
        for (int slot = 0; slot < _slots.Length; slot++)
        {
            ref TftpTransfer transfer = ref _slots[slot].Transfer;
            if (transfer.IsAllSent && !isDelivered && now - transfer.LastProgress >= _deliveredWait)
            {
                isDelivered = true;
                before = now + (Duration.Zero - _deliveredWait);
            }

            if (transfer.IsAllSent != isDelivered || transfer.LastProgress > before) continue;
            before = transfer.LastProgress;
            oldest = slot;
        }

        if (oldest == None) return;
        if (isDelivered) End(now, oldest, TftpOutcome.FinishedUnacknowledged, default);
        else Fail(now, oldest, TftpOutcome.TimedOut, "the client fell silent"u8);
    }

    private void Execute(Instant now, int index, TransferStep step)
    {
        ref Slot slot = ref _slots[index];
        switch (step)
        {
            case TransferStep.SendOptions:
            case TransferStep.SendBlocks:
                if (!slot.IsWaiting) Enqueue(index);
                break;
            case TransferStep.Finish:
                bool isWhole = slot.Transfer.Acknowledged == slot.Transfer.LastBlock;
                End(now, index, isWhole ? TftpOutcome.Finished : TftpOutcome.FinishedUnacknowledged, default);
                return;
            case TransferStep.GiveUp:
                if (slot.IsRefused) End(now, index, TftpOutcome.SendFailed, "the kernel refused to send"u8);
                else Fail(now, index, TftpOutcome.TimedOut, "the client fell silent"u8);
                return;
        }

        SetDeadline(now, index);
    }

    /// <summary>What waits for the socket is looked at now and then: its time-out begins when it has left.</summary>
    private void SetDeadline(Instant now, int index)
    {
        Instant deadline = _slots[index].Transfer.Deadline;
        Instant look = now + _waitingPause;
        _deadlines.Set(index, _slots[index].IsWaiting && deadline < look ? look : deadline);
    }

    /// <summary>Sends for the transfers that wait at a port, first come, first served, each at most one flight.</summary>
    private void SendWaiting(Instant now, int port, ref int bytes)
    {
        while (bytes > 0 && !_ports[port].IsBlocked && _ports[port].FirstWaiting is not None and int index)
        {
            Dequeue(index);
            ref Slot slot = ref _slots[index];
            if (slot.Transfer.IsAtOptions)
            {
                OptionRoom(index)[..slot.OptionBytes].CopyTo(_batch.Room);
                _batch.Add(index, slot.OptionBytes, slot.Peer);
                bytes -= slot.OptionBytes;
            }
            else if (slot.Transfer.BlocksToSend == 1)
            {
                if (!TryMake(now, index, _batch.Room, out int length)) continue;
                _batch.Add(index, length, slot.Peer);
                bytes -= length;
            }
            else if (slot.Transfer.BlocksToSend > 1)
            {
                bytes -= SendFlight(now, port, index);
            }

            if (_batch.IsFull) SendBatch(now, port);
        }

        SendBatch(now, port);
    }

    /// <summary>Makes what the transfer may send now; false when the file failed, and the transfer has ended.</summary>
    private bool TryMake(Instant now, int index, Span<byte> target, out int length)
    {
        ref Slot slot = ref _slots[index];
        ref TftpTransfer transfer = ref slot.Transfer;
        TftpBodyFault fault = _window.Make(
            now,
            ref slot.Body,
            transfer.Acknowledged,
            transfer.NextBlock,
            transfer.BlocksToSend,
            target,
            out length,
            out long lastBlock);
        if (fault != TftpBodyFault.None)
        {
            if (slot.Body.File >= 0) _files.Distrust(slot.Body.File);
            Fail(now, index, TftpOutcome.FileFailed, ReasonOf(fault));
            return false;
        }

        if (lastBlock != TftpTransfer.LastBlockUnknown) transfer.EndsAt(lastBlock);
        return true;
    }

    private int SendFlight(Instant now, int port, int index)
    {
        if (!TryMake(now, index, _flight, out int length)) return 0;
        int stride = TftpPacket.HeaderBytes + _slots[index].Body.BlockBytes;
        ReadOnlySpan<byte> rest = _flight.AsSpan(0, length);
        bool isAgain = false;
        while (!rest.IsEmpty)
        {
            SysResult sent = _kernel.SendSegments(_ports[port].Handle, rest, stride, _slots[index].Peer);
            if (sent.IsPeerGone && !isAgain)
            {
                // What the network said of any peer comes with whatever call is next; then the call works.
                isAgain = true;
                TakeErrors(now, port);
                if (!_slots[index].IsUsed) return 0;
                continue;
            }

            int blocks = ((sent.IsError ? rest.Length : sent.Count) + stride - 1) / stride;
            if (!HandleSent(now, port, index, sent, blocks)) break;
            BytesSent = unchecked(BytesSent + (ulong)sent.Count);
            rest = rest[sent.Count..];
        }

        return length - rest.Length;
    }

    private void SendBatch(Instant now, int port)
    {
        int next = 0;
        int errors = 0;
        while (next < _batch.Count && !_ports[port].IsBlocked)
        {
            SysResult sent = _kernel.SendMany(_ports[port].Handle, _batch.Bytes, _batch.From(next), default, 0);
            if (sent.IsPeerGone && errors++ < Limits.DatagramsPerCall)
            {
                TakeErrors(now, port);
                continue;
            }

            if (sent.WouldBlock)
            {
                _ports.SetBlocked(port, true);
                break;
            }

            int count = sent.IsError ? 1 : sent.Count;
            for (int i = 0; i < count; i++)
            {
                int index = _batch.SlotOf(next);
                if (_slots[index].IsUsed)
                {
                    bool isData = !_slots[index].Transfer.IsAtOptions;
                    if (!sent.IsError && isData) BytesSent = unchecked(BytesSent + (ulong)_batch.LengthOf(next));
                    _ = HandleSent(now, port, index, sent, isData ? 1 : 0);
                }

                next++;
            }
        }

        // In their order, before whoever waits: they were first.
        for (int i = _batch.Count - 1; i >= next; i--)
        {
            int index = _batch.SlotOf(i);
            if (_slots[index].IsUsed && !_slots[index].IsWaiting) Enqueue(index, isFirst: true);
        }

        _batch.Clear();
    }

    /// <summary>Tells the machine what left; false when the rest must wait.</summary>
    private bool HandleSent(Instant now, int port, int index, SysResult sent, int blocks)
    {
        ref Slot slot = ref _slots[index];
        if (sent.WouldBlock)
        {
            _ports.SetBlocked(port, true);
            Enqueue(index, isFirst: true);
            return false;
        }

        if (sent.IsOutOfResources)
        {
            slot.Transfer.OnBlocked(now);
        }
        else
        {
            // A refusal (a route that is gone, a packet filter) counts as a loss: it may pass as one does.
            slot.IsRefused = sent.IsError;
            slot.Transfer.OnSent(now, blocks);
        }

        _deadlines.Set(index, slot.Transfer.Deadline);
        return !sent.IsOutOfResources && !sent.IsError;
    }

    /// <summary>Ends a transfer and tells the client.</summary>
    private void Fail(Instant now, int index, TftpOutcome outcome, scoped ReadOnlySpan<byte> reason)
    {
        ref Slot slot = ref _slots[index];
        SendError(_ports[slot.Port].Handle, new DatagramInfo(slot.Peer, default, 0), TftpErrorCode.Undefined, reason);
        End(now, index, outcome, reason);
    }

    private void End(Instant now, int index, TftpOutcome outcome, scoped ReadOnlySpan<byte> reason)
    {
        ref Slot slot = ref _slots[index];
        bool isDelivered = outcome is TftpOutcome.Finished or TftpOutcome.FinishedUnacknowledged;
        long length = slot.Body.Content.Length;
        long bytes = isDelivered ? length : Math.Min(length, slot.Transfer.Acknowledged * slot.Body.BlockBytes);
        ReadOnlySpan<byte> path = _paths.AsSpan(index * Limits.PathBytes, slot.PathBytes);
        _report.OnEnd(now, outcome, slot.Peer, path, bytes, slot.Transfer.LastProgress - slot.Began, reason);
        if (isDelivered) _silence.OnDelivered(now, slot.Peer.Address, slot.Transfer);

        if (slot.Body.File >= 0) _files.Release(slot.Body.File);
        if (slot.IsWaiting) Dequeue(index);
        _peers.Remove(HashOf(slot.Peer), index);
        _deadlines.Clear(index);
        slot = default;
        _free[_freeCount++] = index;
    }

    private bool TryFind(in IpEndpoint peer, out int slot)
    {
        slot = _peers.First(HashOf(peer));
        while (slot != None && _slots[slot].Peer != peer) slot = _peers.Next(slot);
        return slot != None;
    }

    private void Enqueue(int index, bool isFirst = false)
    {
        ref Slot slot = ref _slots[index];
        ref TftpPort port = ref _ports[slot.Port];
        Check.That(!slot.IsWaiting);
        slot.IsWaiting = true;
        slot.Previous = isFirst ? None : port.LastWaiting;
        slot.Next = isFirst ? port.FirstWaiting : None;
        if (slot.Previous == None) port.FirstWaiting = index;
        else _slots[slot.Previous].Next = index;
        if (slot.Next == None) port.LastWaiting = index;
        else _slots[slot.Next].Previous = index;
    }

    private void Dequeue(int index)
    {
        ref Slot slot = ref _slots[index];
        ref TftpPort port = ref _ports[slot.Port];
        Check.That(slot.IsWaiting);
        slot.IsWaiting = false;
        if (slot.Previous == None) port.FirstWaiting = slot.Next;
        else _slots[slot.Previous].Next = slot.Next;
        if (slot.Next == None) port.LastWaiting = slot.Previous;
        else _slots[slot.Next].Previous = slot.Previous;
    }

    private Span<byte> OptionRoom(int index) => _optionAcknowledgments.AsSpan(
        index * TftpNegotiation.OptionAcknowledgmentBytesMax, TftpNegotiation.OptionAcknowledgmentBytesMax);

    private static ulong HashOf(in IpEndpoint peer)
    {
        ulong low = unchecked((ulong)peer.Address.Value);
        ulong high = (ulong)(peer.Address.Value >> 64);
        return Fnv.Mix(low ^ Fnv.Mix(unchecked(high + peer.Port)));
    }

    private static ReadOnlySpan<byte> ReasonOf(TftpBodyFault fault) => fault switch
    {
        TftpBodyFault.FileShrank => "the file became shorter; reload the tree (SIGHUP)"u8,
        TftpBodyFault.FileUnreadable => "the file cannot be read; see its disk"u8,
        _ => "the document changed"u8,
    };

    /// <summary>One transfer. A slot that is free is all zeros.</summary>
    private struct Slot
    {
        public TftpTransfer Transfer;
        public TftpBody Body;
        public IpEndpoint Peer;

        /// <summary>Recognises a repeated request.</summary>
        public ulong RequestHash;
        public Instant Began;

        /// <summary>The shared port that it is served from.</summary>
        public int Port;

        /// <summary>Its neighbours in the list of those that wait to be sent for.</summary>
        public int Previous;
        public int Next;
        public bool IsWaiting;

        /// <summary>The kernel refused to send what was to leave last.</summary>
        public bool IsRefused;

        /// <summary>Length of the OACK; 0 for none.</summary>
        public int OptionBytes;
        public int PathBytes;

        public readonly bool IsUsed => Peer.Port != 0;
    }
}
