using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using static Aglet.Tests.Conformance.ConformanceTarget;
using static Aglet.Tests.Conformance.RequirementLevel;

namespace Aglet.Tests.Conformance;

/// <summary>TFTP options: RFC 2347 to 2349 and RFC 7440.</summary>
internal static class TftpOptionRequirements
{
    public static IReadOnlyList<Requirement> Rows { get; } =
    [
        new("tftp-unknown-option", "RFC 2347 3", Must, "When no option is accepted there is no OACK but DATA 1.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(1000), "octet", "flavour", "vanilla");
            Demand.Same(t.Bytes(Sized(1000)), c.Rest(c.NextData(1)));
        }),
        new("tftp-unknown-beside-known", "RFC 2347 3", Must, "Only what was asked and is known is in the OACK.", t =>
        {
            TftpReply oack = Oack(t, Sized(5000), "flavour", "vanilla", "blksize", "1024", "depth", "3");
            Demand.That(oack.Agreed.Count == 1 && oack.Value("blksize") is not null, $"{oack}");
        }),
        new("tftp-no-options", "RFC 2347 3", Must, "Nothing is offered to a client that asked for nothing.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000));
            c.NextData(1);
        }),
        new("tftp-option-case", "RFC 2347 2", Must, "Option names are taken in any case.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000), "octet", "BlkSize", "1024");
            TftpReply oack = c.NextOptions();
            Demand.That(oack.Value("blksize") is not null, $"{oack}");
            Demand.Same(t.Bytes(Sized(5000)), c.Rest(oack));
        }),
        new("tftp-oack-first", "RFC 2347 3", Must, "DATA 1 waits for the ACK 0 of the OACK.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000), "octet", "blksize", "1024");
            c.NextOptions();
            Demand.That(c.All().All(reply => reply.Opcode == TftpReply.Options), "DATA came without ACK 0");
            c.Acknowledge(0);
            TftpReply next = c.Next();
            while (next.Opcode == TftpReply.Options) next = c.Next();
            Demand.That(next is { Opcode: TftpReply.Data, Number: 1 }, $"{next}");
        }),
        new("tftp-oack-again", "RFC 2347 4", Must, "An OACK that gets no answer is sent again.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000), "octet", "blksize", "1024");
            Demand.Same(c.NextOptions().Raw, c.NextOptions().Raw);
        }),
        new("tftp-oack-ack-again", "RFC 1123 4.2.3.1", Must, "A repeated ACK 0 is not answered with another DATA 1.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000), "octet", "blksize", "1024");
            c.NextOptions();
            for (int i = 0; i < 40; i++) c.Acknowledge(0);
            c.NextData(1);
            int copies = c.All().Count;
            Demand.That(copies <= 10, $"{copies} more datagrams for forty ACKs");
        }),
        new("tftp-option-refused", "RFC 2347 4", Must, "ERROR 8 from the client ends the transfer.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000), "octet", "blksize", "1024");
            c.NextOptions();
            c.Refuse(8, "not that");
            c.Quiet(TftpProbe.LongSilence);
        }),
        new("tftp-option-twice", "RFC 2347 2", Must, "An option that is given twice is answered at most once.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000), "octet", "blksize", "1024", "blksize", "600");
            TftpReply reply = c.Next();
            if (reply.Opcode == TftpReply.Error) return;
            Demand.That(reply.Opcode != TftpReply.Options || reply.Agreed.Count == 1, $"{reply}");
            Demand.Same(t.Bytes(Sized(5000)), c.Rest(reply));
        }),
        new("tftp-four-options", "RFC 2347 2", Must, "Options are answered together, each once.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(20_000), "octet", "tsize", "0", "blksize", "1000", "timeout", "4", "windowsize", "2");
            TftpReply oack = c.NextOptions();
            Demand.That(oack.Agreed.DistinctBy(pair => pair.Name.ToUpperInvariant()).Count() == oack.Agreed.Count, $"{oack}");
            Demand.Same(t.Bytes(Sized(20_000)), c.Rest(oack));
        }),

        Block("tftp-blksize-1024", 1024, "A block of 1024 bytes is granted, or a smaller one, and used."),
        Block("tftp-blksize-8", 8, "A block of 8 bytes, the smallest, is granted and used."),
        Block("tftp-blksize-513", 513, "An odd block is granted and never a larger one."),
        Block("tftp-blksize-1468", 1468, "A block that fills an Ethernet frame is granted, or a smaller one."),
        Block("tftp-blksize-65464", 65464, "The largest block may be asked for."),
        new("tftp-blksize-exact", "RFC 2348 2", Must, "A file of whole large blocks ends with an empty one.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000), "octet", "blksize", "1000");
            TftpReply oack = c.NextOptions();
            Demand.Applies(oack.Value("blksize") == 1000, $"{oack}");
            Demand.Same(t.Bytes(Sized(5000)), c.Rest(oack));
        }),
        Out("tftp-blksize-7", "RFC 2348 2", "blksize", "7", 8, 65464),
        Out("tftp-blksize-0", "RFC 2348 2", "blksize", "0", 8, 65464),
        Out("tftp-blksize-65465", "RFC 2348 2", "blksize", "65465", 8, 65464),
        Out("tftp-blksize-huge", "RFC 2348 2", "blksize", "99999999999999999999", 8, 65464),
        Out("tftp-blksize-negative", "RFC 2348 2", "blksize", "-1", 8, 65464),
        Out("tftp-blksize-word", "RFC 2348 2", "blksize", "large", 8, 65464),
        Out("tftp-blksize-empty", "RFC 2348 2", "blksize", "", 8, 65464),

        new("tftp-tsize", "RFC 2349 3", Must, "A tsize of 0 is answered with the file's size.", t =>
            Demand.That(Oack(t, Sized(5000), "tsize", "0").Value("tsize") == 5000, "another size")),
        new("tftp-tsize-empty", "RFC 2349 3", Must, "The size of an empty file is 0.", t =>
            Demand.That(Oack(t, Sized(0), "tsize", "0").Value("tsize") == 0, "another size")),
        new("tftp-tsize-large", "RFC 2349 3", Must, "A size is exact for a large file.", t =>
            Demand.That(Oack(t, Big, "tsize", "0").Value("tsize") == 1_000_003, "another size")),
        new("tftp-tsize-missing", "RFC 1350 5", Must, "Asking for the size of a file that is not there is ERROR 1.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request("absent.bin", "octet", "tsize", "0", "blksize", "1024");
            c.NextError(1);
        }),
        new("tftp-tsize-netascii", "RFC 2349 3", Should, "A size that is told for netascii is that of what is sent.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Text, "netascii", "tsize", "0", "blksize", "1024");
            TftpReply oack = c.NextOptions();
            int? size = oack.Value("tsize");
            byte[] sent = c.Rest(oack);
            Demand.That(size is null || size == sent.Length, $"{size} instead of {sent.Length}");
        }),
        new("tftp-tsize-only", "RFC 2349 3", Must, "A size alone leaves blocks of 512 bytes.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            Demand.Same(t.Bytes(Sized(1024)), c.Fetch(Sized(1024), "octet", "tsize", "0"));
        }),
        Echo("tftp-timeout-1", 1),
        Echo("tftp-timeout-255", 255),
        Out("tftp-timeout-0", "RFC 2349 2", "timeout", "0", 1, 255),
        Out("tftp-timeout-256", "RFC 2349 2", "timeout", "256", 1, 255),
        new("tftp-timeout-kept", "RFC 2349 2", Must, "The agreed time passes before anything is sent again.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000), "octet", "timeout", "4");
            Demand.Applies(c.Next() is { Opcode: TftpReply.Options } oack && oack.Value("timeout") == 4, "it was not agreed");
            c.Quiet(2500);
            c.Next();
        }),

        new("tftp-window", "RFC 7440 3", Must, "A window is granted, never larger than asked, and exactly so many blocks are sent.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            int window = Window(c, Sized(20_000), 4);
            for (int block = 1; block <= window; block++) c.NextData(block);
            Demand.That(c.All().All(reply => reply.Number <= window), "more than a window came");
            Demand.That(window <= 4, $"{window} blocks instead of 4");
        }),
        new("tftp-window-whole", "RFC 7440 4", Must, "A file arrives whole through windows of 16.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Big, "octet", "blksize", "1024", "windowsize", "16");
            Demand.Same(t.Bytes(Big), c.Rest(c.NextOptions()));
        }),
        new("tftp-window-1", "RFC 7440 3", Must, "A window of 1 is lock-step.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            int window = Window(c, Sized(5000), 1);
            c.NextData(1);
            Demand.That(window == 1 && c.All().All(reply => reply.Number == 1), "more than a block came");
        }),
        new("tftp-window-65535", "RFC 7440 3", Must, "The largest window may be asked for.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            int window = Window(c, Sized(20_000), 65535);
            Demand.That(window is >= 1 and <= 65535, $"{window}");
        }),
        Out("tftp-window-0", "RFC 7440 3", "windowsize", "0", 1, 65535),
        Out("tftp-window-65536", "RFC 7440 3", "windowsize", "65536", 1, 65535),
        new("tftp-window-next", "RFC 7440 4", Must, "The ACK of a window's end brings the next window.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            int window = Window(c, Sized(20_000), 4);
            for (int block = 1; block <= window; block++) c.NextData(block);
            c.Acknowledge(window);
            for (int block = window + 1; block <= 2 * window; block++) c.NextData(block);
        }),
        new("tftp-window-gap", "RFC 7440 4", Must, "An ACK inside the window is followed by the block behind it.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            int window = Window(c, Sized(20_000), 8);
            Demand.Applies(window >= 4, "the window is too small for a gap");
            for (int block = 1; block <= window; block++) c.NextData(block);
            c.Acknowledge(3);
            for (int block = 4; block <= window; block++) c.NextData(block);
        }),
        new("tftp-window-gap-once", "RFC 7440 4", Should, "Many ACKs of one gap rewind once: EDK2 sends one for each block behind it.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            int window = Window(c, Sized(20_000), 8);
            Demand.Applies(window >= 4, "the window is too small for a gap");
            for (int block = 1; block <= window; block++) c.NextData(block);
            for (int i = 0; i < 40; i++) c.Acknowledge(3);
            int copies = c.All().Count(reply => reply.Number == 4);
            Demand.That(copies is >= 1 and <= 10, $"DATA 4 came {copies} times for forty ACKs");
        }),
        new("tftp-window-again", "RFC 7440 4", Must, "After silence the window is sent again from its first block.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            int window = Window(c, Sized(20_000), 4);
            for (int block = 1; block <= window; block++) c.NextData(block);
            c.NextData(1);
        }),
        new("tftp-window-last", "RFC 7440 4", Must, "The last window ends with the file.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(1024), "octet", "windowsize", "8");
            Demand.Applies(c.Next().Opcode == TftpReply.Options, "windowsize is not known");
            c.Acknowledge(0);
            c.NextData(1);
            c.NextData(2);
            Demand.That(c.NextData(3).Payload.Length == 0, "the last block is not empty");
            c.Acknowledge(3);
            c.Quiet(TftpProbe.LongSilence);
        }),
        new("tftp-window-loss", "RFC 7440 4", Must, "A client that loses a block of each window gets the file whole.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            byte[] content = t.Bytes(Sized(20_000));
            int window = Window(c, Sized(20_000), 4);
            Demand.Applies(window == 4, "no window of 4");
            Demand.Same(content, WithLoss(c));
        }),

        new("tftp-rollover", "RFC 1350, all clients", Client, "Behind block 65535 comes block 0, and the file is whole.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Rollover, "octet", "blksize", "8", "windowsize", "32");
            TftpReply oack = c.Next();
            Demand.Applies(oack.Opcode == TftpReply.Options && oack.Value("blksize") == 8, $"{oack}");
            Demand.Same(t.Bytes(Rollover), c.Rest(oack));
        }),
        new("tftp-rollover-lock-step", "RFC 1350, all clients", Client, "It does so without windows, too.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Rollover, "octet", "blksize", "8");
            TftpReply oack = c.NextOptions();
            Demand.Applies(oack.Value("blksize") == 8, $"{oack}");
            Demand.Same(t.Bytes(Rollover), c.Rest(oack));
        }),
    ];

    private static TftpReply Oack(ConformanceTarget t, string file, params IReadOnlyList<string> options)
    {
        using TftpProbe c = t.OpenTftp();
        c.Request(file, "octet", options);
        TftpReply oack = c.NextOptions();
        c.Refuse(0, "that is all");
        return oack;
    }

    /// <summary>Asks for a window, and gives the one that was granted; the first blocks are on their way.</summary>
    private static int Window(TftpProbe c, string file, int blocks)
    {
        c.Request(file, "octet", "windowsize", $"{blocks}");
        TftpReply reply = c.Next();
        Demand.Applies(reply.Opcode == TftpReply.Options && reply.Value("windowsize") is not null, $"windowsize is not known: {reply}");
        c.Acknowledge(0);
        return (int)reply.Value("windowsize")!;
    }

    /// <summary>Drops the first copy of every third block, and acknowledges what is before the gap.</summary>
    private static byte[] WithLoss(TftpProbe c)
    {
        using MemoryStream content = new();
        HashSet<int> dropped = [];
        int expected = 1;
        int sinceAcknowledged = 0;
        while (true)
        {
            TftpReply reply = c.Next();
            Demand.That(reply.Opcode == TftpReply.Data, $"{reply}");
            if (reply.Number % 3 == 0 && dropped.Add(reply.Number)) continue;
            if (reply.Number > expected)
            {
                c.Acknowledge(expected - 1);
                continue;
            }

            if (reply.Number < expected) continue;
            content.Write(reply.Payload);
            expected++;
            bool isLast = reply.Payload.Length < 512;
            if (isLast || ++sinceAcknowledged == 4 || reply.Number % 4 == 0)
            {
                c.Acknowledge(reply.Number);
                sinceAcknowledged = 0;
            }

            if (isLast) return content.ToArray();
        }
    }

    private static Requirement Block(string id, int asked, string says) => new(id, "RFC 2348 2", Must, says, t =>
    {
        using TftpProbe c = t.OpenTftp();
        c.Request(Sized(5000), "octet", "blksize", $"{asked}");
        TftpReply oack = c.NextOptions();
        int granted = oack.Value("blksize") ?? throw new NotApplicable("blksize is not known");
        Demand.That(granted >= 8 && granted <= asked, $"{oack}");
        Demand.Same(t.Bytes(Sized(5000)), c.Rest(oack));
    });

    private static Requirement Echo(string id, int seconds)
        => new(id, "RFC 2349 2", Must, $"A timeout of {seconds} s is echoed as it is.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000), "octet", "timeout", $"{seconds}");
            TftpReply reply = c.Next();
            Demand.Applies(reply.Opcode == TftpReply.Options, "timeout is not known");
            Demand.That(reply.Value("timeout") == seconds, $"{reply}");
            c.Refuse(0, "that is all");
        });

    /// <summary>A value out of range: left out, or answered with one in range, or refused; never granted.</summary>
    private static Requirement Out(string id, string section, string option, string value, int least, int most)
        => new(id, section, Must, $"A {option} of '{value}' is not granted.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(1000), "octet", option, value);
            TftpReply reply = c.Next();
            if (reply.Opcode == TftpReply.Error) return;
            if (reply.Opcode == TftpReply.Options)
            {
                string granted = reply.Agreed.Single().Value;
                Demand.That(int.TryParse(granted, out int number) && number >= least && number <= most, $"{reply}");
                c.Refuse(0, "that is all");
                return;
            }

            Demand.Same(t.Bytes(Sized(1000)), c.Rest(reply));
        });
}
