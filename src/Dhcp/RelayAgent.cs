using System;
using System.Runtime.CompilerServices;
using Aglet.Net;

namespace Aglet.Dhcp;

/// <summary>What a relay says of its client in option 82, as far as it changes what we do.</summary>
/// <param name="LinkSelection">The network to take the address from, where it is not the relay's (RFC 3527); or none.</param>
/// <param name="ServerOverride">What we are to call ourselves, so that renewals pass the relay (RFC 5107); or none.</param>
/// <param name="IsUnicast">Its client spoke to it alone, and did not broadcast (RFC 5010).</param>
internal readonly record struct RelayAgent(Ipv4Address LinkSelection, Ipv4Address ServerOverride, bool IsUnicast)
{
    private const DhcpOption LinkSelectionCode = (DhcpOption)5;
    private const DhcpOption FlagsCode = (DhcpOption)10;
    private const DhcpOption ServerOverrideCode = (DhcpOption)11;
    private const byte UnicastFlag = 0x80;

    /// <summary>Reads option 82; what is malformed in it is as good as absent, and is sent back all the same.</summary>
    [SkipLocalsInit]
    public static RelayAgent Of(in DhcpMessage message)
    {
        if (!message.Has(DhcpOption.RelayAgentInformation)) return default;
        Span<byte> room = stackalloc byte[512];
        RelayAgent relay = default;
        DhcpOptionWalker walker = new(message.Joined(DhcpOption.RelayAgentInformation, room));
        while (walker.MoveNext())
        {
            relay = walker.Code switch
            {
                LinkSelectionCode => relay with { LinkSelection = new(DhcpOptions.U32(walker.Data)) },
                ServerOverrideCode => relay with { ServerOverride = new(DhcpOptions.U32(walker.Data)) },
                FlagsCode => relay with { IsUnicast = walker.Data is [var flags] && (flags & UnicastFlag) != 0 },
                _ => relay,
            };
        }

        return relay;
    }
}
