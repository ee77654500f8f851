using System;
using System.Runtime.CompilerServices;
using Aglet.Core;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Dhcp;

/// <summary>Why a datagram is no DHCP message.</summary>
internal enum DhcpReject : byte
{
    None,

    /// <summary>Shorter than the fixed fields and the cookie: 240 bytes.</summary>
    Truncated,

    /// <summary>Longer than <see cref="Limits.DhcpDatagramBytes"/>.</summary>
    TooLong,

    /// <summary>The <c>op</c> field is neither 1 nor 2.</summary>
    BadOperation,

    /// <summary>The <c>hlen</c> field is over 16.</summary>
    BadHardwareLength,

    /// <summary>Not 63 82 53 63: BOOTP with other vendor information.</summary>
    BadCookie,

    /// <summary>An option runs past the end of its area.</summary>
    OptionOverrun,

    /// <summary>Option 53 is not one byte from 1 to 8.</summary>
    BadMessageType,

    /// <summary>Option 52 is not one byte from 1 to 3.</summary>
    BadOverload,
}

/// <summary>A DHCP message as a view over its datagram: nothing is copied, every option is found in one step.</summary>
/// <remarks>
/// RFC 2131, Figure 1:
/// <code>
///   0 op 1 | 1 htype 1 | 2 hlen 1 | 3 hops 1
///   4 xid 4
///   8 secs 2 | 10 flags 2 (0x8000: broadcast)
///  12 ciaddr 4   16 yiaddr 4   20 siaddr 4   24 giaddr 4
///  28 chaddr 16
///  44 sname 64   108 file 128
/// 236 cookie 63 82 53 63
/// 240 options: code 1 | length 1 | data … ; 0 PAD; 255 END
/// </code>
/// </remarks>
internal readonly ref struct DhcpMessage : IWireMessage<DhcpMessage, DhcpReject>
{
    /// <summary>Bytes of the fixed fields and the cookie: the shortest message.</summary>
    public const int FixedBytes = 240;

    /// <summary>The four bytes before the options (RFC 2131 §3).</summary>
    public const uint Cookie = 0x63825363;

    public const byte BootRequest = 1;
    public const byte BootReply = 2;

    private const int ServerNameAt = 44;
    private const int FileAt = 108;
    private const int CookieAt = 236;
    private const ushort BroadcastBit = 0x8000;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly OptionPlaces _places;
    private readonly int _optionsEnd;

    private DhcpMessage(ReadOnlySpan<byte> bytes, scoped in OptionPlaces places, int optionsEnd, byte overload)
    {
        _bytes = bytes;
        _places = places;
        _optionsEnd = optionsEnd;
        Overload = overload;
    }

    /// <summary>The whole message as it came.</summary>
    public ReadOnlySpan<byte> Datagram => _bytes;

    /// <summary><c>op</c>: <see cref="BootRequest"/> or <see cref="BootReply"/>.</summary>
    public byte Operation => _bytes[0];

    /// <summary><c>htype</c>: 1 for Ethernet.</summary>
    public byte HardwareType => _bytes[1];

    /// <summary><c>hlen</c>: bytes of <c>chaddr</c> in use; 0 for InfiniBand.</summary>
    public byte HardwareLength => _bytes[2];

    /// <summary><c>hops</c>: relays on the way.</summary>
    public byte Hops => _bytes[3];

    /// <summary><c>xid</c>.</summary>
    public uint TransactionId => DhcpOptions.U32(_bytes.Slice(4, 4));

    /// <summary><c>secs</c>; iPXE keeps its own flags in it, so it is no time.</summary>
    public ushort Seconds => DhcpOptions.U16(_bytes.Slice(8, 2));

    /// <summary><c>flags</c>, all 16 bits: a reply copies them.</summary>
    public ushort Flags => DhcpOptions.U16(_bytes.Slice(10, 2));

    /// <summary>The client cannot receive unicast before it has an address.</summary>
    public bool BroadcastFlag => (Flags & BroadcastBit) != 0;

    /// <summary><c>ciaddr</c>: the address that the client uses already.</summary>
    public Ipv4Address ClientAddress => Ipv4Address.Read(_bytes.Slice(12, 4));

    /// <summary><c>yiaddr</c>: the address that the client is given.</summary>
    public Ipv4Address YourAddress => Ipv4Address.Read(_bytes.Slice(16, 4));

    /// <summary><c>siaddr</c>: where the boot file is.</summary>
    public Ipv4Address NextServer => Ipv4Address.Read(_bytes.Slice(20, 4));

    /// <summary><c>giaddr</c>: the relay's address on the client's network.</summary>
    public Ipv4Address RelayAddress => Ipv4Address.Read(_bytes.Slice(24, 4));

    /// <summary><c>chaddr</c>, as many bytes as <c>hlen</c> says.</summary>
    public HardwareAddress HardwareAddress => HardwareAddress.Read(_bytes.Slice(28, HardwareLength));

    /// <summary><c>chaddr</c>, all 16 bytes: a reply copies them.</summary>
    public ReadOnlySpan<byte> HardwareAddressField => _bytes.Slice(28, 16);

    /// <summary><c>sname</c> up to its NUL; empty when it holds options.</summary>
    public ReadOnlySpan<byte> ServerName => (Overload & 2) != 0 ? default : UpToNul(_bytes.Slice(ServerNameAt, 64));

    /// <summary><c>file</c> up to its NUL; empty when it holds options.</summary>
    public ReadOnlySpan<byte> File => (Overload & 1) != 0 ? default : UpToNul(_bytes.Slice(FileAt, 128));

    /// <summary>Option 52: 1 when <c>file</c> holds options, 2 when <c>sname</c> does, 3 when both; 0 when none.</summary>
    public byte Overload { get; }

    /// <summary>Option 53, or <see cref="DhcpMessageType.None"/> for BOOTP.</summary>
    public DhcpMessageType Type =>
        this[DhcpOption.MessageType] is [byte type] ? (DhcpMessageType)type : DhcpMessageType.None;

    /// <summary>The data of an option, empty when absent; of a split one (RFC 3396) its first part.</summary>
    public ReadOnlySpan<byte> this[DhcpOption code]
    {
        get
        {
            int at = _places[(int)code] & OptionPlaces.IndexMask;
            return at == 0 ? default : _bytes.Slice(at, _bytes[at - 1]);
        }
    }

    /// <summary>An option that is an address; none when it is absent or not four bytes.</summary>
    public Ipv4Address AddressOf(DhcpOption code) => new(DhcpOptions.U32(this[code]));

    /// <summary>True also for an option without data.</summary>
    public bool Has(DhcpOption code) => _places[(int)code] != 0;

    /// <summary>The data of an option; the parts of a split one are joined in <paramref name="room"/> (RFC 3396).</summary>
    /// <param name="code">Which option.</param>
    /// <param name="room">Used only when the option is split; what does not fit is cut.</param>
    public ReadOnlySpan<byte> Joined(DhcpOption code, Span<byte> room)
    {
        if ((_places[(int)code] & OptionPlaces.SplitBit) == 0) return this[code];
        int length = 0;

        // RFC 3396 §5: the options field first, then file, then sname.
        Join(_bytes[FixedBytes.._optionsEnd], code, room, ref length);
        if ((Overload & 1) != 0) Join(_bytes.Slice(FileAt, 128), code, room, ref length);
        if ((Overload & 2) != 0) Join(_bytes.Slice(ServerNameAt, 64), code, room, ref length);
        return room[..length];
    }

    /// <summary>True when the client asks for an option, or asks for nothing in particular.</summary>
    public bool Asks(DhcpOption code) =>
        !Has(DhcpOption.ParameterList) || this[DhcpOption.ParameterList].Contains((byte)code);

    public static DhcpReject Parse(ReadOnlySpan<byte> datagram, out DhcpMessage message)
    {
        message = default;
        if (datagram.Length < FixedBytes) return DhcpReject.Truncated;
        if (datagram.Length > Limits.DhcpDatagramBytes) return DhcpReject.TooLong;
        if (datagram[0] is not BootRequest and not BootReply) return DhcpReject.BadOperation;
        if (datagram[2] > 16) return DhcpReject.BadHardwareLength;
        if (DhcpOptions.U32(datagram.Slice(CookieAt, 4)) != Cookie) return DhcpReject.BadCookie;

        OptionPlaces places = default;
        if (!Collect(datagram[FixedBytes..], FixedBytes, ref places, out int end)) return DhcpReject.OptionOverrun;
        byte overload = 0;
        int overloadAt = places[(int)DhcpOption.Overload] & OptionPlaces.IndexMask;
        if (overloadAt != 0)
        {
            if (datagram[overloadAt - 1] != 1 || datagram[overloadAt] is < 1 or > 3) return DhcpReject.BadOverload;
            overload = datagram[overloadAt];
        }

        if (((overload & 1) != 0 && !Collect(datagram.Slice(FileAt, 128), FileAt, ref places, out _))
            || ((overload & 2) != 0 && !Collect(datagram.Slice(ServerNameAt, 64), ServerNameAt, ref places, out _)))
        {
            return DhcpReject.OptionOverrun;
        }

        int typeAt = places[(int)DhcpOption.MessageType] & OptionPlaces.IndexMask;
        if (typeAt != 0 && (datagram[typeAt - 1] != 1 || datagram[typeAt] is < 1 or > 8)) return DhcpReject.BadMessageType;
        message = new(datagram, places, FixedBytes + end, overload);
        return DhcpReject.None;
    }

    /// <summary>Writes the message field by field, with END, without what stood after it.</summary>
    public bool TryWrite(Span<byte> target, out int written)
    {
        WireWriter writer = new(target);
        writer.U8(Operation);
        writer.U8(HardwareType);
        writer.U8(HardwareLength);
        writer.U8(Hops);
        writer.U32(TransactionId);
        writer.U16(Seconds);
        writer.U16(Flags);
        writer.U32(ClientAddress.Value);
        writer.U32(YourAddress.Value);
        writer.U32(NextServer.Value);
        writer.U32(RelayAddress.Value);
        writer.Bytes(HardwareAddressField);
        writer.Bytes(_bytes.Slice(ServerNameAt, 64));
        writer.Bytes(_bytes.Slice(FileAt, 128));
        writer.U32(Cookie);
        DhcpOptionWalker walker = new(_bytes[FixedBytes.._optionsEnd]);
        while (walker.MoveNext())
        {
            writer.U8((byte)walker.Code);
            writer.U8((byte)walker.Data.Length);
            writer.Bytes(walker.Data);
        }

        writer.U8((byte)DhcpOption.End);
        written = writer.Overflow ? 0 : writer.Length;
        return !writer.Overflow;
    }

    private static bool Collect(ReadOnlySpan<byte> area, int areaAt, ref OptionPlaces places, out int end)
    {
        DhcpOptionWalker walker = new(area);
        while (walker.MoveNext())
        {
            ref ushort place = ref places[(int)walker.Code];
            place = place == 0 ? (ushort)(areaAt + walker.DataIndex) : (ushort)(place | OptionPlaces.SplitBit);
        }

        end = walker.Position;
        return !walker.Overrun;
    }

    private static void Join(ReadOnlySpan<byte> area, DhcpOption code, Span<byte> room, ref int length)
    {
        DhcpOptionWalker walker = new(area);
        while (walker.MoveNext())
        {
            if (walker.Code != code) continue;
            int fits = Math.Min(walker.Data.Length, room.Length - length);
            walker.Data[..fits].CopyTo(room[length..]);
            length += fits;
        }
    }

    private static ReadOnlySpan<byte> UpToNul(ReadOnlySpan<byte> field)
    {
        int length = field.IndexOf((byte)0);
        return length < 0 ? field : field[..length];
    }

    /// <summary>Where the data of each option begins in the datagram; 0 when it is absent.</summary>
    [InlineArray(256)]
    private struct OptionPlaces
    {
        /// <summary>Set when the same option occurs again.</summary>
        public const int SplitBit = 0x8000;

        public const int IndexMask = 0x7FFF;

        private ushort _first;
    }
}
