using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Core;
using Aglet.Http;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Tests.Conformance;
using Aglet.Tests.Simulation;
using Aglet.Tftp;
using Aglet.Time;
using Aglet.Tree;
using Aglet.Wire;

namespace Aglet.Tests.Fuzz;

/// <summary>
/// Whatever is asked: only what was asked is answered, once, never more than asked, and the answer can be read again.
/// </summary>
internal sealed class TftpNegotiationTarget(IReadOnlyList<byte[]> corpus) : FuzzTarget("tftp-negotiation", corpus)
{
    private readonly byte[] _answer = new byte[TftpNegotiation.OptionAcknowledgmentBytesMax];
    private Prng _prng = new(23);

    public override bool Try(ReadOnlySpan<byte> input)
    {
        if (TftpRequest.Parse(input, out TftpRequest request) != TftpReject.None) return false;
        int most = 512 + _prng.Below(Limits.TftpBlockBytesMax - 511);
        long size = (long)(_prng.Next() >> (1 + _prng.Below(62)));
        int window = 1 + _prng.Below(Limits.TftpWindowBlocksMax);
        int length = TftpNegotiation.Answer(request, most, window, size, _answer, out TftpParameters parameters);
        bool isSane = parameters.BlockBytes is >= 8 && parameters.BlockBytes <= most
            && parameters.WindowBlocks >= 1 && parameters.WindowBlocks <= window;
        if (!isSane) throw new FuzzException($"{parameters}");
        if (length == 0) return parameters == TftpParameters.Plain ? true : throw new FuzzException($"unsaid: {parameters}");
        if (TftpOptions.Measure(_answer.AsSpan(2, length - 2), out int measured) != TftpReject.None || measured != length - 2)
        {
            throw new FuzzException($"not options: {Convert.ToHexString(_answer.AsSpan(0, length))}");
        }

        HashSet<string> names = [];
        TftpOptions options = new(_answer.AsSpan(2, length - 2));
        while (options.TryTake(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value))
        {
            if (!names.Add(Encoding.Latin1.GetString(name).ToUpperInvariant())) throw new FuzzException("an option twice");
            CheckAsked(request.Options, name, value);
        }

        return true;
    }

    private static void CheckAsked(TftpOptions asked, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        while (asked.TryTake(out ReadOnlySpan<byte> each, out ReadOnlySpan<byte> number))
        {
            if (!each.SequenceEqual(name)) continue;
            if (AsciiText.EqualsIgnoreCase(name, "tsize"u8)) return;
            bool isMost = AsciiText.TryParseDecimal(number, long.MaxValue, out ulong wanted)
                && AsciiText.TryParseDecimal(value, long.MaxValue, out ulong granted) && granted <= wanted && granted > 0;
            if (isMost) return;
        }

        throw new FuzzException($"{Encoding.Latin1.GetString(name)}={Encoding.Latin1.GetString(value)} was not asked");
    }
}

/// <summary>
/// A transfer as a script: each byte pair is an event and how long it took. Blocks are counted upwards only, a flight stays within
/// the window, and once it has ended nothing starts it again.
/// </summary>
internal sealed class TftpTransferTarget() : FuzzTarget("tftp-transfer", [_lossless, _timeouts, _repeats])
{
    private static readonly byte[] _lossless = [4, 10, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1];
    private static readonly byte[] _timeouts = [1, 3, 2, 200, 2, 200, 0, 1, 2, 255, 2, 255, 2, 255, 2, 255, 2, 255];
    private static readonly byte[] _repeats = [16, 40, 0, 1, 1, 1, 1, 1, 3, 2, 4, 1, 5, 1, 6, 1];

    public override bool Try(ReadOnlySpan<byte> input)
    {
        if (input.Length < 4) return false;
        Instant now = new(1_000_000_000);
        int window = 1 + (input[0] & 63);
        long last = 1 + input[1];
        bool hasOptions = (input[0] & 64) != 0;
        Duration timeout = (input[0] & 128) != 0 ? Duration.FromSeconds(1 + (input[1] & 3)) : Duration.Zero;
        TftpTransfer transfer = TftpTransfer.Begin(now, new(512, window, timeout), hasOptions, last);
        transfer = Sent(transfer, transfer.FirstStep, now, window, 0);
        for (int at = 2; at + 1 < input.Length; at += 2)
        {
            long before = transfer.Acknowledged;
            now += Duration.FromMilliseconds(input[at + 1] * input[at + 1] / 4);
            ushort acknowledged = (ushort)(before & 0xFFFF);
            TransferStep step = (input[at] & 7) switch
            {
                0 => transfer.OnAcknowledgment(now, unchecked((ushort)(acknowledged + window))),
                1 => transfer.OnAcknowledgment(now, acknowledged),
                2 => transfer.OnTimeout(now),
                3 => transfer.OnAcknowledgment(now, unchecked((ushort)(acknowledged + 1 + (input[at] >> 3)))),
                4 => transfer.OnAcknowledgment(now, (ushort)(input[at] * 257)),
                5 => transfer.OnAcknowledgment(now, unchecked((ushort)(acknowledged - (input[at] >> 3)))),
                6 => Again(ref transfer, now, (input[at] & 8) != 0),
                _ => Blocked(ref transfer, now, input[at]),
            };
            if (transfer.Acknowledged < before || transfer.Acknowledged > last) throw new FuzzException($"{before} to {transfer.Acknowledged} of {last}");
            if (step is TransferStep.Finish or TransferStep.GiveUp or TransferStep.Abort or TransferStep.EndProbe)
            {
                if (transfer.Deadline != Instant.Never) throw new FuzzException("it ended and still has a deadline");
                if (transfer.OnAcknowledgment(now, acknowledged) != TransferStep.Ignore) throw new FuzzException("it goes on after its end");
                return true;
            }

            transfer = Sent(transfer, step, now, window, input[at + 1]);
            if (transfer.Deadline == Instant.Never) throw new FuzzException("it runs without a deadline");
        }

        return true;
    }

    /// <summary>As the endpoint does: the OACK, or as many blocks as may leave; at times the socket takes only some, or none.</summary>
    private static TftpTransfer Sent(TftpTransfer transfer, TransferStep step, Instant now, int window, int takes)
    {
        if (step is not (TransferStep.SendOptions or TransferStep.SendBlocks)) return transfer;
        int blocks = transfer.BlocksToSend;
        if (blocks < 0 || blocks > window) throw new FuzzException($"{blocks} blocks in a window of {window}");
        if (blocks > 0 && transfer.NextBlock + blocks - 1 > transfer.LastBlock) throw new FuzzException("blocks behind the last");
        if (takes % 5 == 4) blocks = takes % (blocks + 1);
        if (blocks == 0 && transfer.BlocksToSend > 0) transfer.OnBlocked(now);
        else transfer.OnSent(now, blocks);
        return transfer;
    }

    private static TransferStep Again(ref TftpTransfer transfer, Instant now, bool isSame)
        => transfer.OnRequest(now, isSame) == RequestAgain.AnswerAgain ? transfer.FirstStep : TransferStep.Ignore;

    private static TransferStep Blocked(ref TftpTransfer transfer, Instant now, byte value)
    {
        if ((value & 8) == 0) return transfer.OnError((ushort)(value >> 4));
        transfer.OnBlocked(now);
        return TransferStep.Ignore;
    }
}

/// <summary>A text as netascii is the same in whatever pieces it is read and in whatever blocks it leaves.</summary>
internal sealed class TftpNetasciiTarget() : FuzzTarget("tftp-netascii", [_lines, _returns])
{
    private static readonly byte[] _lines = [.. "one\ntwo\r\nthree\r\r\n\n\0end"u8];
    private static readonly byte[] _returns = [.. "\r\n\r\r\r\n\n\n\r"u8];
    private Prng _prng = new(29);

    public override bool Try(ReadOnlySpan<byte> input)
    {
        byte[] expected = TftpRequirements.Netascii(input.ToArray());
        byte[] seen = new byte[expected.Length + 64];
        int written = 0;
        TftpNetascii translation = default;
        while (true)
        {
            ReadOnlySpan<byte> rest = input[(int)translation.Offset..];
            if (rest.Length > 1) rest = rest[..(1 + _prng.Below(rest.Length))];
            int room = 1 + _prng.Below(40);
            int count = translation.Translate(rest, seen.AsSpan(written, Math.Min(room, seen.Length - written)));
            written += count;
            if (count == 0) break;
        }

        if (!seen.AsSpan(0, written).SequenceEqual(expected)) throw new FuzzException($"{Convert.ToHexString(seen.AsSpan(0, written))} of {Convert.ToHexString(input)}");
        return input.IndexOfAny((byte)'\r', (byte)'\n') >= 0;
    }
}

/// <summary>
/// A connection that gets its requests in pieces, however they are cut, takes the same requests as one that gets them at once.
/// </summary>
internal sealed class HttpConnectionTarget : FuzzTarget
{
    private readonly SimKernel _kernel = new(1, FaultRates.None);
    private readonly HttpConnectionTable _table;
    private readonly List<string> _whole = [];
    private readonly List<string> _pieces = [];
    private Prng _prng = new(31);

    public HttpConnectionTarget(IReadOnlyList<byte[]> corpus)
        : base("http-connection", Pipelines(corpus))
    {
        AcceptsCorpus = false;
        Share = 4;
        _table = new(new SocketTable(_kernel), new OpenFiles(_kernel), new HttpOutboxes(), 2);
    }

    public override bool Try(ReadOnlySpan<byte> input)
    {
        Feed(input, input.Length, _whole);
        Feed(input, 1 + _prng.Below(40), _pieces);
        if (string.Join('\n', _whole) != string.Join('\n', _pieces))
        {
            throw new FuzzException($"at once {string.Join(", ", _whole)}; in pieces {string.Join(", ", _pieces)}");
        }

        return _whole.Count > 0;
    }

    private static List<byte[]> Pipelines(IReadOnlyList<byte[]> corpus)
    {
        List<byte[]> all = [.. corpus];
        for (int i = 0; i + 1 < corpus.Count; i++) all.Add([.. corpus[i], .. corpus[i + 1]]);
        all.Add([.. "GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\nHost: a\r\n\r\n"u8]);
        all.Add([.. "\r\n\r\nHEAD /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"u8]);
        return all;
    }

    /// <summary>What the connection takes until it closes or the bytes are used up; every answer is empty.</summary>
    private void Feed(ReadOnlySpan<byte> input, int most, List<string> taken)
    {
        taken.Clear();
        Instant now = new(1_000_000_000);
        IpEndpoint peer = new(new Ipv4Address(0x0A00_0002), 1234);

        // Any handle will do: nothing is sent.
        int socket = _kernel.OpenUdp(new UdpOptions(new IpEndpoint(Ipv4Address.Any, 0))).Count;
        if (_table.Open(now, socket, peer, peer, out int slot).IsError) throw new FuzzException("no slot");
        HttpConnection connection = _table[slot];
        while (connection.Phase is HttpPhase.Idle or HttpPhase.Receiving)
        {
            HttpReject reject = connection.Take(now, out HttpRequest request);
            if (reject != HttpReject.Incomplete)
            {
                taken.Add($"{reject} {request.Method} {Encoding.Latin1.GetString(request.Target)} {Encoding.Latin1.GetString(connection.Target)}");
                bool persists = request.Persists && !HttpRejects.BreaksFraming(reject) && !request.IsChunked;
                connection.Begin(now, new HttpResponse { Status = HttpStatus.NoContent, Persists = persists });
                connection.OnSent(now, mayPersist: true);
                continue;
            }

            if (input.IsEmpty) break;
            Span<byte> room = connection.ReceiveRoom();
            if (room.IsEmpty) throw new FuzzException("no room and no request");
            int count = Math.Min(Math.Min(most, input.Length), room.Length);
            input[..count].CopyTo(room);
            connection.OnReceived(count);
            input = input[count..];
        }

        _table.Close(slot);
    }
}
