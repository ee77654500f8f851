using System;
using System.Buffers.Binary;
using Aglet.Wire;

namespace Aglet.Tftp;

/// <summary>What a TFTP datagram is (RFC 1350 §5, RFC 2347).</summary>
internal enum TftpOpcode : ushort
{
    ReadRequest = 1,
    WriteRequest = 2,
    Data = 3,
    Acknowledgment = 4,
    Error = 5,
    OptionAcknowledgment = 6,
}

/// <summary>Error codes (RFC 1350, appendix; 8 from RFC 2347).</summary>
internal enum TftpErrorCode : ushort
{
    Undefined = 0,
    FileNotFound = 1,
    AccessViolation = 2,
    DiskFull = 3,
    IllegalOperation = 4,
    UnknownTransferId = 5,
    FileExists = 6,
    NoSuchUser = 7,
    OptionRefused = 8,
}

/// <summary>
/// A datagram of a running transfer: everything but a request. A view over the bytes it was read from.
/// </summary>
/// <remarks>
/// RFC 1350 §5 and RFC 2347; numbers are big-endian.
/// <code>
///  DATA   | 00 03 | block 2 | 0..blksize bytes |     shorter than blksize: the last one
///  ACK    | 00 04 | block 2 |                        longer ones are taken too: Windows adds a byte (msftwindow)
///  ERROR  | 00 05 | code 2  | text | 00 |            a text that is not terminated is taken to its end
///  OACK   | 00 06 | name | 00 | value | 00 | ...
/// </code>
/// </remarks>
internal readonly ref struct TftpPacket : IWireMessage<TftpPacket, TftpReject>
{
    /// <summary>Bytes in front of the file's bytes in DATA; the whole of an ACK.</summary>
    public const int HeaderBytes = 4;

    private TftpPacket(TftpOpcode opcode, ushort number, ReadOnlySpan<byte> payload)
    {
        Opcode = opcode;
        Number = number;
        Payload = payload;
    }

    public TftpOpcode Opcode { get; }

    /// <summary>The block number of DATA and ACK, the code of ERROR; 0 in an OACK.</summary>
    public ushort Number { get; }

    /// <summary>DATA: the file's bytes. ERROR: the text without its NUL. OACK: the options. ACK: nothing.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    public static TftpPacket Data(ushort block, ReadOnlySpan<byte> bytes) => new(TftpOpcode.Data, block, bytes);

    public static TftpPacket Acknowledgment(ushort block) => new(TftpOpcode.Acknowledgment, block, default);

    public static TftpPacket Error(TftpErrorCode code, ReadOnlySpan<byte> text) =>
        new(TftpOpcode.Error, (ushort)code, text);

    /// <summary>True for what asks for a file, or to write one.</summary>
    public static bool IsRequest(ReadOnlySpan<byte> datagram) =>
        datagram.Length >= 2 && datagram[0] == 0
        && datagram[1] is (byte)TftpOpcode.ReadRequest or (byte)TftpOpcode.WriteRequest;

    public static TftpReject Parse(ReadOnlySpan<byte> datagram, out TftpPacket message)
    {
        message = default;
        WireReader reader = new(datagram);
        ushort opcode = reader.U16();
        if (reader.Overrun) return TftpReject.Truncated;
        if (opcode is (ushort)TftpOpcode.ReadRequest or (ushort)TftpOpcode.WriteRequest)
        {
            return TftpReject.UnexpectedOpcode;
        }

        if (opcode is < (ushort)TftpOpcode.Data or > (ushort)TftpOpcode.OptionAcknowledgment)
        {
            return TftpReject.UnknownOpcode;
        }

        if (opcode == (ushort)TftpOpcode.OptionAcknowledgment)
        {
            TftpReject reject = TftpOptions.Measure(reader.Rest, out int length);
            if (reject == TftpReject.None) message = new((TftpOpcode)opcode, 0, reader.Rest[..length]);
            return reject;
        }

        ushort number = reader.U16();
        if (reader.Overrun) return TftpReject.Truncated;
        ReadOnlySpan<byte> payload = reader.Rest;
        if (opcode == (ushort)TftpOpcode.Acknowledgment) payload = default;
        if (opcode == (ushort)TftpOpcode.Error && payload.IndexOf((byte)0) is >= 0 and int end) payload = payload[..end];
        message = new((TftpOpcode)opcode, number, payload);
        return TftpReject.None;
    }

    public bool TryWrite(Span<byte> target, out int written)
    {
        WireWriter writer = new(target);
        writer.U16((ushort)Opcode);
        if (Opcode != TftpOpcode.OptionAcknowledgment) writer.U16(Number);
        writer.Bytes(Payload);
        if (Opcode == TftpOpcode.Error) writer.U8(0);
        written = writer.Overflow ? 0 : writer.Length;
        return !writer.Overflow;
    }

    /// <summary>
    /// Writes the four bytes in front of a block's data.
    /// </summary>
    public static void WriteDataHeader(Span<byte> target, long block, bool rollsOverToOne = false)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target, ((uint)TftpOpcode.Data << 16) | NumberOf(block, rollsOverToOne));
    }

    /// <summary>The number of a block on the wire.</summary>
    /// <remarks>
    /// After 65535 comes 0: EDK2, iPXE, GRUB, U-Boot and the Raspberry Pi all count so, though no RFC says it. A client
    /// that goes on with 1 must be configured, for nothing tells it before.
    /// </remarks>
    public static ushort NumberOf(long block, bool rollsOverToOne) => rollsOverToOne && block > 0
        ? (ushort)(((block - 1) % ushort.MaxValue) + 1)
        : unchecked((ushort)block);
}
