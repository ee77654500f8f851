using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Text;
using static Aglet.Tests.Conformance.ConformanceTarget;
using static Aglet.Tests.Conformance.RequirementLevel;

namespace Aglet.Tests.Conformance;

/// <summary>TFTP without options: RFC 1350, and what RFC 1123 section 4.2 adds.</summary>
internal static class TftpRequirements
{
    public static IReadOnlyList<Requirement> Rows { get; } =
    [
        new("tftp-first-block", "RFC 1350 4", Must, "A read request without options is answered with DATA 1 of 512 bytes.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000));
            TftpReply first = c.NextData(1);
            Demand.Same(t.Bytes(Sized(5000)).AsSpan(0, 512), first.Payload);
        }),
        new("tftp-new-tid", "RFC 1350 4", Should, "The answer comes from a port of its own, not from 69.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000));
            Demand.That(c.NextData(1).From.Port != t.Tftp.Port, "it came from port 69");
        }),
        Whole("tftp-empty-file", 0, "An empty file is one empty DATA 1."),
        Whole("tftp-one-byte", 1, "A file of one byte is one DATA of one byte."),
        Whole("tftp-511", 511, "A file one byte shorter than a block is one block."),
        Whole("tftp-exact-block", 512, "A file of exactly a block ends with an empty block 2."),
        Whole("tftp-513", 513, "A file of a block and a byte ends with a block of one byte."),
        Whole("tftp-exact-blocks", 1024, "A file of exactly two blocks ends with an empty block 3."),
        Whole("tftp-short-last", 5000, "The last block is short, and the file arrives as it is."),
        new("tftp-lock-step", "RFC 1350 2", Must, "The next block is not sent before the last is acknowledged.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000));
            c.NextData(1);
            Demand.That(c.All().All(reply => reply.Number == 1), "DATA 2 came without ACK 1");
        }),
        new("tftp-sorcerer", "RFC 1123 4.2.3.1", Must, "A repeated ACK is not answered with another copy of the next block.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(20_000));
            c.NextData(1);
            c.Acknowledge(1);
            c.NextData(2);
            for (int i = 0; i < 40; i++) c.Acknowledge(1);

            // A server that measures the round trip may send again by its clock a few times while we listen.
            int copies = c.All().Count(reply => reply.Opcode == TftpReply.Data);
            Demand.That(copies <= 10, $"{copies} more DATA for forty repeated ACKs");
        }),
        new("tftp-sorcerer-two", "RFC 1123 4.2.3.1", Must, "Two ACKs of each block do not double the traffic.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000));
            int seen = 0;
            for (int block = 1; block <= 10; block++)
            {
                TftpReply reply = c.Next();
                while (reply.Number < block) (reply, seen) = (c.Next(), seen + 1);
                Demand.That(reply.Number == block, $"{reply} instead of DATA {block}");
                c.Acknowledge(block);
                c.Acknowledge(block);
            }

            Demand.That(seen <= 3, $"{seen} of 10 blocks came twice");
        }),
        new("tftp-old-ack", "RFC 1123 4.2.3.1", Must, "A late ACK of an earlier block changes nothing.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000));
            c.NextData(1);
            c.Acknowledge(1);
            c.NextData(2);
            c.Acknowledge(2);
            c.NextData(3);
            c.Acknowledge(1);
            Demand.That(c.All().All(reply => reply.Opcode == TftpReply.Data && reply.Number == 3), "it went back");
            c.Acknowledge(3);
            TftpReply next = c.Next();
            while (next.Number == 3) next = c.Next();
            Demand.That(next.Number == 4, $"{next} instead of DATA 4");
        }),
        new("tftp-future-ack", "RFC 1350 2", Must, "An ACK of a block that was not sent does not move the transfer on.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(20_000));
            c.NextData(1);
            c.Acknowledge(9);
            Demand.That(c.All().All(reply => reply.Opcode != TftpReply.Data || reply.Number == 1), "it skipped blocks");
        }),
        new("tftp-retransmit", "RFC 1350 2", Must, "After silence the block is sent again, the same, from the same port.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000));
            TftpReply first = c.NextData(1);
            TftpReply again = c.NextData(1);
            Demand.Same(first.Raw, again.Raw);
            Demand.That(first.From.Equals(again.From), $"from {again.From} instead of {first.From}");
        }),
        new("tftp-backoff", "RFC 1123 4.2.3.2", Should, "Copies of a block come slower and slower.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000));
            c.NextData(1);
            double[] waited = new double[3];
            for (int i = 0; i < waited.Length; i++)
            {
                Stopwatch watch = Stopwatch.StartNew();
                c.NextData(1);
                waited[i] = watch.Elapsed.TotalSeconds;
            }

            Demand.That(waited[2] > waited[0] * 1.4, $"after {string.Join(", ", waited.Select(each => $"{each:0.0} s"))}");
        }),
        new("tftp-wrong-tid-error", "RFC 1350 4", Should, "A packet from another port is answered with ERROR 5.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            using TftpProbe stranger = t.OpenTftp();
            c.Request(Sized(5000));
            stranger.Peer = c.NextData(1).From;
            stranger.Acknowledge(1);
            stranger.NextError(5);
        }),
        new("tftp-wrong-tid-harmless", "RFC 1350 4", Must, "A packet from another port does not disturb the transfer.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            using TftpProbe stranger = t.OpenTftp();
            c.Request(Sized(5000));
            TftpReply first = c.NextData(1);
            stranger.Peer = first.From;
            stranger.Acknowledge(1);
            stranger.Refuse(0, "not yours");
            Demand.That(c.All().All(reply => reply.Number == 1), "a stranger's ACK moved it on");
            Demand.Same(t.Bytes(Sized(5000)), c.Rest(first));
        }),
        new("tftp-missing", "RFC 1350 5", Must, "A file that is not there is ERROR 1.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request("absent.bin");
            c.NextError(1);
        }),
        new("tftp-missing-once", "RFC 1350 2", Must, "An ERROR is neither acknowledged nor sent again.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request("absent.bin");
            c.NextError();
            c.Quiet(TftpProbe.LongSilence);
        }),
        new("tftp-error-text", "RFC 1350 5", Must, "The text of an ERROR ends with a NUL.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request("absent.bin");
            Demand.That(c.NextError().Raw is [.., 0], "the text does not end");
        }),
        new("tftp-write", "boot servers", Client, "A write request is refused with an ERROR and changes nothing.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.ToServer(TftpProbe.Strings(2, [Sized(1000), "octet"]));
            c.NextError();
            Demand.Same(t.Bytes(Sized(1000)), t.OpenTftp().Fetch(Sized(1000)));
        }),
        new("tftp-write-new", "boot servers", Client, "A write request for a new name is refused.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.ToServer(TftpProbe.Strings(2, ["new.bin", "octet"]));
            c.NextError();
        }),
        new("tftp-unknown-opcode", "RFC 1350 5", Should, "An unknown operation is ERROR 4.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.ToServer(TftpProbe.Strings(9, [Sized(1000), "octet"]));
            c.NextError(4);
        }),
        new("tftp-opcode-zero", "RFC 1350 5", Must, "Operation 0 starts no transfer.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.ToServer(TftpProbe.Strings(0, [Sized(1000), "octet"]));
            NoData(c);
        }),
        Mode("tftp-mode-upper", "OCTET"),
        Mode("tftp-mode-mixed", "oCtEt"),
        new("tftp-mode-mail", "RFC 1350 1", Should, "Mode mail is refused.", t => Refused(t, TftpProbe.ReadRequest(Sized(1000), "mail"))),
        new("tftp-mode-unknown", "RFC 1350 5", Must, "An unknown mode is refused.", t => Refused(t, TftpProbe.ReadRequest(Sized(1000), "sextet"))),
        new("tftp-netascii", "RFC 1350 1", Must, "As netascii, LF travels as CR LF and CR as CR NUL, also across blocks.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            Demand.Same(Netascii(t.Bytes(Text)), c.Fetch(Text, "netascii"));
        }),
        new("tftp-netascii-upper", "RFC 1350 5", Must, "The name of netascii is taken in any case.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            Demand.Same(Netascii(t.Bytes(Text)), c.Fetch(Text, "NetASCII"));
        }),
        new("tftp-netascii-again", "RFC 1350 2", Must, "A netascii block that is sent again is the same.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Text, "netascii");
            c.NextData(1);
            c.Acknowledge(1);
            TftpReply second = c.NextData(2);
            Demand.Same(second.Raw, c.NextData(2).Raw);
            Demand.Same(Netascii(t.Bytes(Text)).AsSpan(512, 512), second.Payload);
        }),
        new("tftp-error-ends", "RFC 1350 7", Must, "An ERROR from the client ends the transfer without an answer.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000));
            c.NextData(1);
            c.Refuse(0, "enough");
            c.Quiet(TftpProbe.LongSilence);
        }),
        new("tftp-error-to-69", "RFC 1350 2", Must, "An ERROR to port 69 is not answered.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.ToServer([0, 5, 0, 0, .. "nobody asked\0"u8]);
            c.Quiet();
        }),
        new("tftp-ack-to-69", "RFC 1350 4", Must, "An ACK to port 69 starts nothing.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.ToServer([0, 4, 0, 1]);
            NoData(c);
        }),
        new("tftp-data-to-69", "RFC 1350 4", Must, "DATA to port 69 is not acknowledged.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.ToServer([0, 3, 0, 1, 1, 2, 3]);
            TftpReply? reply = c.Within(TftpProbe.Silence);
            Demand.That(reply is null or { Opcode: TftpReply.Error }, $"{reply}");
        }),
        new("tftp-truncated", "RFC 1350 5", Must, "Datagrams that end too soon are survived.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            byte[] whole = TftpProbe.ReadRequest(Sized(1000));
            for (int length = 0; length < whole.Length - 1; length++) c.ToServer(whole[..length]);
            Demand.That(c.All().All(reply => reply.Opcode == TftpReply.Error), "something was served");
            using TftpProbe after = t.OpenTftp();
            Demand.Same(t.Bytes(Sized(1000)), after.Fetch(Sized(1000)));
        }),
        new("tftp-no-mode", "RFC 1350 5", Must, "A request without a mode starts no transfer.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.ToServer(TftpProbe.Strings(1, [Sized(1000)]));
            NoData(c);
        }),
        new("tftp-empty-name", "RFC 1350 5", Should, "An empty file name is refused with an ERROR.", t => Refused(t, TftpProbe.ReadRequest(""))),
        new("tftp-long-name", "RFC 2347 2", Must, "A file name of 400 bytes is refused with an ERROR.",
            t => Refused(t, TftpProbe.ReadRequest(new string('n', 400)))),
        new("tftp-folder", "RFC 1350 5", Should, "A folder is refused with an ERROR.", t => Refused(t, TftpProbe.ReadRequest("Boot"))),
        new("tftp-after-last", "RFC 1350 6", Must, "Nothing comes after the last ACK, also when that comes twice.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Fetch(Sized(1000));
            c.Acknowledge(2);
            Demand.That(c.All(TftpProbe.LongSilence).All(reply => reply.Opcode == TftpReply.Error), "DATA came after the end");
        }),
        new("tftp-last-again", "RFC 1350 6", Must, "The last block is sent again when its ACK is lost.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(1));
            Demand.Same(c.NextData(1).Raw, c.NextData(1).Raw);
        }),
        new("tftp-same-request", "RFC 1350 4", Must, "The same request twice from one port is one transfer.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000));
            c.Request(Sized(5000));
            TftpReply first = c.NextData(1);
            IEnumerable<TftpReply> others = c.All().Append(first);
            int ports = others.Select(reply => reply.From.Port).Distinct().Count();
            Demand.That(ports == 1, $"{ports} transfers");
        }),
        new("tftp-two-clients", "RFC 1350 4", Must, "Two clients that take turns each get their file.", t =>
        {
            using TftpProbe one = t.OpenTftp();
            using TftpProbe two = t.OpenTftp();
            one.Request(Sized(5000));
            two.Request(Sized(1000));
            TftpReply first = one.NextData(1);
            TftpReply other = two.NextData(1);
            Demand.Same(t.Bytes(Sized(5000)), one.Rest(first));
            Demand.Same(t.Bytes(Sized(1000)), two.Rest(other));
        }),
        new("tftp-asked-address", "RFC 1122 4.1.3.5", Must, "The answer comes from the address that was asked.", t =>
        {
            Demand.Applies(t.OtherAddress is not null, "the server has one address");
            using TftpProbe c = new(new IPEndPoint(t.OtherAddress!, t.Tftp.Port));
            c.Request(Sized(5000));
            TftpReply first = c.Within(TftpProbe.LongSilence) ?? throw new NotApplicable("the other address is not served");
            Demand.That(first.From.Address.Equals(t.OtherAddress), $"it came from {first.From.Address}");
            c.Peer = first.From;
            Demand.Same(t.Bytes(Sized(5000)), c.Rest(first));
        }),
        new("tftp-asked-address-error", "RFC 1122 4.1.3.5", Must, "An ERROR comes from the address that was asked.", t =>
        {
            Demand.Applies(t.OtherAddress is not null, "the server has one address");
            using TftpProbe c = new(new IPEndPoint(t.OtherAddress!, t.Tftp.Port));
            c.Request("absent.bin");
            TftpReply error = c.Within(TftpProbe.LongSilence) ?? throw new NotApplicable("the other address is not served");
            Demand.That(error.From.Address.Equals(t.OtherAddress), $"it came from {error.From.Address}");
        }),
        new("tftp-outside", "RFC 1350 7", Must, "A path with '..' does not lead out of the tree.", t =>
        {
            foreach (string path in (string[])["../" + Outside, "/../" + Outside, "Boot/../../" + Outside, "..\\" + Outside])
            {
                using TftpProbe c = t.OpenTftp();
                c.Request(path);
                NoData(c);
            }
        }),
    ];

    /// <summary>The text as the standard has it on the wire.</summary>
    public static byte[] Netascii(byte[] content)
    {
        List<byte> wire = [];
        foreach (byte value in content)
        {
            if (value == '\n') wire.Add((byte)'\r');
            wire.Add(value);
            if (value == '\r') wire.Add(0);
        }

        return [.. wire];
    }

    public static void Refused(ConformanceTarget t, byte[] request)
    {
        using TftpProbe c = t.OpenTftp();
        c.ToServer(request);
        c.NextError();
    }

    public static void NoData(TftpProbe c)
    {
        TftpReply? reply = c.Within(TftpProbe.Silence);
        Demand.That(reply is null or { Opcode: TftpReply.Error }, $"{reply}");
    }

    private static Requirement Whole(string id, int size, string says) => new(id, "RFC 1350 6", Must, says, t =>
    {
        using TftpProbe c = t.OpenTftp();
        Demand.Same(t.Bytes(Sized(size)), c.Fetch(Sized(size)));
    });

    private static Requirement Mode(string id, string mode) => new(id, "RFC 1350 5", Must, $"The mode may be written {mode}.", t =>
    {
        using TftpProbe c = t.OpenTftp();
        Demand.Same(t.Bytes(Sized(1000)), c.Fetch(Sized(1000), mode));
    });
}
