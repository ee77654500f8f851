namespace Aglet.Net;

/// <summary>
/// A prefix of addresses: 10.0.0.0/24. Host bits of <paramref name="Address"/> may be set (an interface's own
/// address).
/// </summary>
internal readonly record struct Ipv4Prefix(Ipv4Address Address, int Length)
{
    /// <summary>255.255.255.0 for /24.</summary>
    public Ipv4Address Mask => new(Length == 0 ? 0 : unchecked(uint.MaxValue << (32 - Length)));

    /// <summary>The first address: host bits all zero.</summary>
    public Ipv4Address Network => new(Address.Value & Mask.Value);

    /// <summary>The last address: host bits all one.</summary>
    public Ipv4Address BroadcastAddress => new(Address.Value | ~Mask.Value);

    public bool Contains(Ipv4Address address) => (address.Value & Mask.Value) == Network.Value;

    /// <summary>True when some address is in both.</summary>
    public bool Overlaps(Ipv4Prefix other) => Contains(other.Network) || other.Contains(Network);

    public override string ToString() => $"{Address}/{Length}";
}

/// <summary>A run of addresses, both ends included: a pool.</summary>
internal readonly record struct Ipv4Range(Ipv4Address First, Ipv4Address Last)
{
    /// <summary>How many addresses; 0 when the ends are in the wrong order.</summary>
    public long Count => Last.Value < First.Value ? 0 : (long)Last.Value - First.Value + 1;

    public bool Contains(Ipv4Address address) => address.Value >= First.Value && address.Value <= Last.Value;

    /// <summary>The address at an index from 0.</summary>
    public Ipv4Address At(long index) => new((uint)(First.Value + index));

    public override string ToString() => $"{First}-{Last}";
}
