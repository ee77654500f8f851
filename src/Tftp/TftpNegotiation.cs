using System;
using Aglet.Core;
using Aglet.Time;
using Aglet.Wire;

namespace Aglet.Tftp;

/// <summary>What a transfer was agreed to be.</summary>
/// <param name="BlockBytes">File bytes in a whole block.</param>
/// <param name="WindowBlocks">Blocks sent before an acknowledgment is waited for; 1 is lock-step.</param>
/// <param name="Timeout">The retransmission time that the client chose; zero: ours, from the measured round trip.</param>
/// <param name="RollsOverToOne">After block 65535 comes 1; not negotiated, but configured.</param>
internal readonly record struct TftpParameters(
    int BlockBytes, int WindowBlocks, Duration Timeout, bool RollsOverToOne = false)
{
    /// <summary>RFC 1350 without options.</summary>
    public static readonly TftpParameters Plain = new(512, 1, Duration.Zero);

    /// <summary>Nothing larger than RFC 1350 has it.</summary>
    public bool IsPlain => BlockBytes <= Plain.BlockBytes && WindowBlocks <= Plain.WindowBlocks;
}

/// <summary>Answers the options of a request.</summary>
/// <remarks>
/// RFC 2347, 2348, 2349 and 7440. Only what was asked is answered, once, in the order of the request and in the
/// client's spelling: PXELINUX and EDK2 abort on an option that they did not send, GRUB and EDK2 compare names by
/// their case. What is unknown (<c>msftwindow</c>, <c>multicast</c>, <c>rollover</c>) or malformed is left out.
/// </remarks>
internal static class TftpNegotiation
{
    /// <summary>The longest OACK: four names with the largest values that we answer.</summary>
    public const int OptionAcknowledgmentBytesMax = 96;

    private const int Ipv4HeaderBytes = 20;
    private const int UdpHeaderBytes = 8;

    /// <summary>The smallest block that may be asked for (RFC 2348).</summary>
    private const int BlockBytesMin = 8;

    /// <summary>
    /// The largest block for a link: headers of IPv4, UDP and DATA come before it. Never below 512, which is what a
    /// client without options gets and no link that boots a machine is too small for.
    /// </summary>
    /// <param name="mtuBytes">The link's longest packet; 0 when not known.</param>
    public static int BlockBytesFor(int mtuBytes) => mtuBytes == 0
        ? Limits.TftpBlockBytesMax
        : Math.Clamp(mtuBytes - Ipv4HeaderBytes - UdpHeaderBytes - TftpPacket.HeaderBytes, 512, Limits.TftpBlockBytesMax);

    /// <summary>Writes the OACK for a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="blockBytesMax">The largest block that fits the link without fragments: firmware drops those.</param>
    /// <param name="windowBlocksMax">The largest window.</param>
    /// <param name="size">Bytes of the file.</param>
    /// <param name="target">At least <see cref="OptionAcknowledgmentBytesMax"/>.</param>
    /// <param name="parameters">What was agreed.</param>
    /// <returns>The OACK's exact length; 0 when no option was recognised, and then DATA 1 is the first answer.</returns>
    public static int Answer(
        in TftpRequest request,
        int blockBytesMax,
        int windowBlocksMax,
        long size,
        Span<byte> target,
        out TftpParameters parameters)
    {
        parameters = TftpParameters.Plain;
        Answered answered = Answered.None;
        WireWriter writer = new(target);
        writer.U16((ushort)TftpOpcode.OptionAcknowledgment);
        TftpOptions options = request.Options;
        while (options.TryTake(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value))
        {
            Answered option = Recognise(name);
            if (option == Answered.None || (answered & option) != 0) continue;
            if (option == Answered.Size)
            {
                // The length as netascii is known only once it was sent.
                if (request.Mode == TftpMode.Netascii) continue;
                WriteOption(ref writer, name, (ulong)size);
            }
            else
            {
                if (!AsciiText.TryParseDecimal(value, int.MaxValue, out ulong asked)) continue;
                if (!TryAgree(option, (int)asked, blockBytesMax, windowBlocksMax, ref parameters, out int agreed)) continue;
                WriteOption(ref writer, name, (ulong)agreed);
            }

            answered |= option;
        }

        Check.That(!writer.Overflow);
        return answered == Answered.None ? 0 : writer.Length;
    }

    /// <summary>Decides on a number, never larger than the one asked for.</summary>
    private static bool TryAgree(
        Answered option, int asked, int blockBytesMax, int windowBlocksMax, ref TftpParameters parameters, out int agreed)
    {
        agreed = 0;
        switch (option)
        {
            case Answered.BlockSize when asked >= BlockBytesMin:
                agreed = Math.Min(asked, blockBytesMax);
                parameters = parameters with { BlockBytes = agreed };
                return true;
            case Answered.WindowSize when asked is >= 1 and <= ushort.MaxValue:
                agreed = Math.Min(asked, windowBlocksMax);
                parameters = parameters with { WindowBlocks = agreed };
                return true;

            // U-Boot aborts unless it reads its own number again.
            case Answered.Timeout when asked is >= 1 and <= 255:
                agreed = asked;
                parameters = parameters with { Timeout = Duration.FromSeconds(asked) };
                return true;
            default:
                return false;
        }
    }

    private static Answered Recognise(ReadOnlySpan<byte> name) => name.Length switch
    {
        5 when AsciiText.EqualsIgnoreCase(name, "tsize"u8) => Answered.Size,
        7 when AsciiText.EqualsIgnoreCase(name, "blksize"u8) => Answered.BlockSize,
        7 when AsciiText.EqualsIgnoreCase(name, "timeout"u8) => Answered.Timeout,
        10 when AsciiText.EqualsIgnoreCase(name, "windowsize"u8) => Answered.WindowSize,
        _ => Answered.None,
    };

    private static void WriteOption(ref WireWriter writer, ReadOnlySpan<byte> name, ulong value)
    {
        writer.Bytes(name);
        writer.U8(0);
        writer.Decimal(value);
        writer.U8(0);
    }

    /// <summary>The options that were answered: a second one of the same name is not (RFC 2347).</summary>
    [Flags]
    private enum Answered : byte
    {
        None = 0,
        BlockSize = 1,
        Size = 2,
        Timeout = 4,
        WindowSize = 8,
    }
}
