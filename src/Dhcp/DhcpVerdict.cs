using System;

namespace Aglet.Dhcp;

/// <summary>What became of a message: what is answered, or why nothing is.</summary>
internal enum DhcpVerdict : byte
{
    // Answered.
    Offered,
    Acknowledged,
    Informed,
    BootpAnswered,
    ProxyOffered,
    ProxyAcknowledged,
    RefusedWrongNetwork,
    RefusedOtherAddress,
    RefusedNotAvailable,

    // Taken note of.
    Released,
    Declined,
    Overheard,

    // Ignored.
    NotAMessageForServers,
    NoIdentity,
    NotOurMachine,
    NothingToBoot,
    NoBootClient,
    ForOtherServer,
    UnknownClient,
    NoReservation,
    NoAddressAsked,
    NotTheOwner,
    ForeignAddress,
    NoPoolForRelay,
    NoFreeAddress,
    HeldBack,
    TooOften,
    TooMany,
}

/// <summary>The meaning of verdicts.</summary>
internal static class DhcpVerdicts
{
    /// <summary>The message that answers; <see cref="DhcpMessageType.None"/> for silence and for BOOTP.</summary>
    public static DhcpMessageType ReplyOf(DhcpVerdict verdict) => verdict switch
    {
        DhcpVerdict.Offered or DhcpVerdict.ProxyOffered => DhcpMessageType.Offer,
        DhcpVerdict.Acknowledged or DhcpVerdict.Informed or DhcpVerdict.ProxyAcknowledged => DhcpMessageType.Acknowledgment,
        DhcpVerdict.RefusedWrongNetwork or DhcpVerdict.RefusedOtherAddress or DhcpVerdict.RefusedNotAvailable =>
            DhcpMessageType.NegativeAcknowledgment,
        _ => DhcpMessageType.None,
    };

    /// <summary>True when something is sent.</summary>
    public static bool IsAnswer(DhcpVerdict verdict) =>
        verdict == DhcpVerdict.BootpAnswered || ReplyOf(verdict) != DhcpMessageType.None;

    /// <summary>True when the planner must know that the machine has the address from now on.</summary>
    /// <param name="verdict">What was decided.</param>
    /// <param name="bootsOnOffer">A Raspberry Pi 3 boots on the OFFER and never sends a REQUEST.</param>
    public static bool TellsAddress(DhcpVerdict verdict, bool bootsOnOffer) => verdict switch
    {
        DhcpVerdict.Acknowledged or DhcpVerdict.BootpAnswered or DhcpVerdict.Informed or DhcpVerdict.ProxyAcknowledged
            or DhcpVerdict.Overheard => true,
        DhcpVerdict.Offered => bootsOnOffer,
        _ => false,
    };

    /// <summary>What was done, in words: for a count of lines.</summary>
    public static ReadOnlySpan<byte> NameOf(DhcpVerdict verdict) => verdict switch
    {
        DhcpVerdict.Offered => "offers"u8,
        DhcpVerdict.Acknowledged or DhcpVerdict.Informed => "acks"u8,
        DhcpVerdict.BootpAnswered => "BOOTP replies"u8,
        DhcpVerdict.ProxyOffered => "proxy-offers"u8,
        DhcpVerdict.ProxyAcknowledged => "proxy-acks"u8,
        DhcpVerdict.RefusedWrongNetwork or DhcpVerdict.RefusedOtherAddress or DhcpVerdict.RefusedNotAvailable => "naks"u8,
        DhcpVerdict.Released => "released addresses"u8,
        DhcpVerdict.Declined => "declined addresses"u8,
        DhcpVerdict.Overheard => "addresses from the network's DHCP server"u8,
        DhcpVerdict.NoFreeAddress => "no free address"u8,
        DhcpVerdict.HeldBack => "kept waiting"u8,
        _ => "ignored messages"u8,
    };

    /// <summary>Why, in words: for the log, and for option 56 of a NAK.</summary>
    public static ReadOnlySpan<byte> ReasonOf(DhcpVerdict verdict) => verdict switch
    {
        DhcpVerdict.RefusedWrongNetwork => "this address is of another network"u8,
        DhcpVerdict.RefusedOtherAddress => "this client has another address"u8,
        DhcpVerdict.RefusedNotAvailable => "this address is not available"u8,
        DhcpVerdict.NotAMessageForServers => "no message for a server"u8,
        DhcpVerdict.NoIdentity => "it names neither a hardware address nor a client identifier"u8,
        DhcpVerdict.NotOurMachine => "it is not one of our machines"u8,
        DhcpVerdict.NothingToBoot => "there is nothing to boot for it"u8,
        DhcpVerdict.NoBootClient => "it does not want to boot"u8,
        DhcpVerdict.ForOtherServer => "it chose another server"u8,
        DhcpVerdict.UnknownClient => "it is not known here"u8,
        DhcpVerdict.NoReservation => "BOOTP gives an address for ever, and so only one that the configuration names"u8,
        DhcpVerdict.NoAddressAsked => "it names no address"u8,
        DhcpVerdict.NotTheOwner => "the address is not its own"u8,
        DhcpVerdict.ForeignAddress => "its address is of another network"u8,
        DhcpVerdict.NoPoolForRelay => "there is no pool for the network of its relay"u8,
        DhcpVerdict.NoFreeAddress => "there is no free address"u8,
        DhcpVerdict.HeldBack => "free addresses are few and strangers are many: it is answered when it asks again"u8,
        DhcpVerdict.TooOften => "it sends more than any working client"u8,
        DhcpVerdict.TooMany => "more strangers ask than can be answered"u8,
        _ => default,
    };
}
