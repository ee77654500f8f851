using Aglet.Net;
using Aglet.Time;

namespace Aglet.Dhcp;

/// <summary>What a DHCP server gave to us.</summary>
internal readonly record struct DhcpClientLease
{
    /// <summary>The address with its network.</summary>
    public Ipv4Prefix Address { get; init; }

    /// <summary>Who gave it: renewals go there.</summary>
    public Ipv4Address Server { get; init; }

    /// <summary>The way out (option 3); none when there is none.</summary>
    public Ipv4Address Router { get; init; }

    /// <summary>A clock to ask (option 42); none when none was named.</summary>
    public Ipv4Address TimeServer { get; init; }

    /// <summary>How long it is ours; zero for ever.</summary>
    public Duration Length { get; init; }

    /// <summary>T1: ask the server again (RFC 2131 §4.4.5).</summary>
    public Instant RenewAt { get; init; }

    /// <summary>T2: ask everybody.</summary>
    public Instant RebindAt { get; init; }

    public Instant ExpiresAt { get; init; }

    /// <summary>True when both mean the same to the link.</summary>
    public bool IsSameAddressAs(in DhcpClientLease other) => Address == other.Address && Router == other.Router;

    /// <summary>Reads an acknowledgment.</summary>
    /// <param name="message">Of type ACK or OFFER.</param>
    /// <param name="since">When it was asked for: the lease counts from then.</param>
    /// <param name="lease">What it gives.</param>
    /// <returns>False for an address or a mask that no host has.</returns>
    public static bool TryRead(in DhcpMessage message, Instant since, out DhcpClientLease lease)
    {
        lease = default;
        Ipv4Address address = message.YourAddress;
        uint mask = message.Has(DhcpOption.SubnetMask) ? DhcpOptions.U32(message[DhcpOption.SubnetMask]) : ClassMaskOf(address);
        int length = System.Numerics.BitOperations.PopCount(mask);
        if (!address.IsUnicast || length is < 1 or > 32 || new Ipv4Prefix(address, length).Mask.Value != mask) return false;
        uint seconds = DhcpOptions.U32(message[DhcpOption.LeaseTime]);
        bool isForEver = seconds == uint.MaxValue;
        if (seconds == 0) seconds = 3600; // the server forgot to say
        Duration whole = Duration.FromSeconds(seconds);
        Duration renew = TimeOf(message, DhcpOption.RenewalTime, whole / 2);
        Duration rebind = TimeOf(message, DhcpOption.RebindingTime, whole / 8 * 7);
        if (renew >= rebind || rebind >= whole) (renew, rebind) = (whole / 2, whole / 8 * 7);
        lease = new()
        {
            Address = new(address, length),
            Server = message.AddressOf(DhcpOption.ServerIdentifier),
            Router = FirstOf(message, DhcpOption.Router),
            TimeServer = FirstOf(message, DhcpOption.NtpServers),
            Length = isForEver ? Duration.Zero : whole,
            RenewAt = isForEver ? Instant.Never : since + renew,
            RebindAt = isForEver ? Instant.Never : since + rebind,
            ExpiresAt = isForEver ? Instant.Never : since + whole,
        };
        return true;
    }

    private static Duration TimeOf(in DhcpMessage message, DhcpOption option, Duration otherwise) =>
        message.Has(option) ? Duration.FromSeconds(DhcpOptions.U32(message[option])) : otherwise;

    private static Ipv4Address FirstOf(in DhcpMessage message, DhcpOption option) =>
        message[option] is { Length: >= 4 } data ? Ipv4Address.Read(data[..4]) : default;

    /// <summary>The mask of an address's class, for servers of an earlier age.</summary>
    private static uint ClassMaskOf(Ipv4Address address) => (address.Value >> 24) switch
    {
        < 128 => 0xFF00_0000,
        < 192 => 0xFFFF_0000,
        _ => 0xFFFF_FF00,
    };
}
