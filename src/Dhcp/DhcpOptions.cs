using System;
using System.Buffers.Binary;

namespace Aglet.Dhcp;

/// <summary>What a message is: option 53 (RFC 2132 §9.6).</summary>
internal enum DhcpMessageType : byte
{
    /// <summary>No option 53: plain BOOTP.</summary>
    None = 0,
    Discover = 1,
    Offer = 2,
    Request = 3,
    Decline = 4,
    Acknowledgment = 5,
    NegativeAcknowledgment = 6,
    Release = 7,
    Inform = 8,
}

/// <summary>Option codes (RFC 2132, RFC 4578 and the PXE specification), as far as we read or write them.</summary>
internal enum DhcpOption : byte
{
    Pad = 0,
    SubnetMask = 1,
    Router = 3,
    DnsServers = 6,
    HostName = 12,
    DomainName = 15,
    InterfaceMtu = 26,
    BroadcastAddress = 28,
    NtpServers = 42,
    VendorOptions = 43,
    RequestedAddress = 50,
    LeaseTime = 51,
    Overload = 52,
    MessageType = 53,
    ServerIdentifier = 54,
    ParameterList = 55,
    Message = 56,
    MaxMessageSize = 57,
    RenewalTime = 58,
    RebindingTime = 59,
    VendorClass = 60,
    ClientIdentifier = 61,
    TftpServerName = 66,
    BootFileName = 67,
    UserClass = 77,
    RelayAgentInformation = 82,
    ClientArchitecture = 93,
    NetworkInterface = 94,
    MachineIdentifier = 97,
    SubnetSelection = 118,
    DomainSearch = 119,
    ClasslessRoutes = 121,
    Ipxe = 175,
    PxelinuxConfig = 209,
    PxelinuxPrefix = 210,

    /// <summary>Microsoft's number for <see cref="ClasslessRoutes"/>, from before RFC 3442.</summary>
    MicrosoftRoutes = 249,
    End = 255,
}

/// <summary>
/// Walks a run of options, or of sub-options of the same form (43, 175): code, length, data; 0 is PAD, 255 is END.
/// </summary>
/// <remarks>A missing END is accepted (RFC 2131 asks for it, clients forget it); data past the end is an overrun.</remarks>
internal ref struct DhcpOptionWalker(ReadOnlySpan<byte> area)
{
    private readonly ReadOnlySpan<byte> _area = area;

    /// <summary>The next byte to read.</summary>
    public int Position { get; private set; }

    public DhcpOption Code { get; private set; }

    /// <summary>The data of the option at hand.</summary>
    public ReadOnlySpan<byte> Data { get; private set; }

    /// <summary>Index of the first byte of <see cref="Data"/>.</summary>
    public int DataIndex { get; private set; }

    /// <summary>An option said that it is longer than what is left.</summary>
    public bool Overrun { get; private set; }

    public bool MoveNext()
    {
        while (Position < _area.Length && _area[Position] == (byte)DhcpOption.Pad) Position++;
        if (Position >= _area.Length || _area[Position] == (byte)DhcpOption.End) return false;
        Code = (DhcpOption)_area[Position];
        DataIndex = Position + 2;
        if (DataIndex > _area.Length || DataIndex + _area[Position + 1] > _area.Length)
        {
            Overrun = true;
            return false;
        }

        Data = _area.Slice(DataIndex, _area[Position + 1]);
        Position = DataIndex + Data.Length;
        return true;
    }
}

/// <summary>What an option's data may look like.</summary>
internal static class DhcpOptions
{
    /// <summary>A number of two bytes, or 0 when the option is absent or of another length.</summary>
    public static ushort U16(ReadOnlySpan<byte> data) =>
        data.Length == 2 ? BinaryPrimitives.ReadUInt16BigEndian(data) : (ushort)0;

    /// <summary>A number of four bytes, or 0 when the option is absent or of another length.</summary>
    public static uint U32(ReadOnlySpan<byte> data) =>
        data.Length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(data) : 0;
}
