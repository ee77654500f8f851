using System;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Net;

namespace Aglet.Dhcp;

/// <summary>What a reply says, beside what it copies from the request.</summary>
internal readonly ref struct DhcpReply
{
    /// <summary><see cref="DhcpMessageType.None"/> answers BOOTP.</summary>
    public required DhcpMessageType Type { get; init; }

    /// <summary>Option 54.</summary>
    public required Ipv4Address ServerIdentifier { get; init; }

    /// <summary><c>yiaddr</c>; none in proxy, INFORM and NAK replies.</summary>
    public Ipv4Address YourAddress { get; init; }

    /// <summary><c>ciaddr</c>: repeated to a client that renews or asks port 4011.</summary>
    public Ipv4Address ClientAddress { get; init; }

    /// <summary>Options 51, 58 and 59; 0 for none of them.</summary>
    public uint LeaseSeconds { get; init; }

    /// <summary>Mask, router, name servers and domain too: not in proxy replies.</summary>
    public bool TellsNetwork { get; init; }

    /// <summary>
    /// The client joins the parts of an option that is longer than 255 bytes (RFC 3396): systems do, while GRUB reads them
    /// as two options.
    /// </summary>
    public bool JoinsOptions { get; init; }

    /// <summary>Option 12; empty for none.</summary>
    public ReadOnlySpan<byte> HostName { get; init; }

    /// <summary>Option 56, in a NAK.</summary>
    public ReadOnlySpan<byte> Message { get; init; }

    /// <summary>Option 60; empty for none.</summary>
    public ReadOnlySpan<byte> VendorClass { get; init; }

    /// <summary>Option 43; empty for none.</summary>
    public ReadOnlySpan<byte> VendorOptions { get; init; }

    /// <summary>Option 175; empty for none.</summary>
    public ReadOnlySpan<byte> IpxeOptions { get; init; }

    /// <summary>Options 209 and 210, for who asks for them; empty for none.</summary>
    public ReadOnlySpan<byte> PxelinuxConfig { get; init; }

    public ReadOnlySpan<byte> PxelinuxPrefix { get; init; }

    /// <summary>We are the boot server: <c>siaddr</c>; none when there is nothing to boot.</summary>
    public Ipv4Address BootServer { get; init; }

    /// <summary><see cref="BootServer"/> as text: <c>sname</c> and option 66.</summary>
    public ReadOnlySpan<byte> BootServerText { get; init; }

    /// <summary><c>file</c> and option 67; empty for none.</summary>
    public ReadOnlySpan<byte> BootFile { get; init; }

    /// <summary>
    /// Ends option 67 with a NUL inside, as old PXE ROMs want it, and not with a PAD after it, as Linux clients like it
    /// better (and early Raspberry Pi 4 ROMs misread).
    /// </summary>
    public bool EndsFileWithNul { get; init; }

    /// <summary>Says what was decided in the form that this client understands.</summary>
    /// <param name="request">What is answered.</param>
    /// <param name="client">Who asked.</param>
    /// <param name="offer">What the planner gives it.</param>
    /// <param name="decision">What the machine decided; it must be an answer.</param>
    /// <param name="form">Which of our replies this is.</param>
    /// <param name="style">How boot data are said.</param>
    /// <param name="origin">Where it came from; its network must be known.</param>
    /// <param name="room">For option 43 (<see cref="PxeVendorOptions.RoomBytes"/>); it belongs to the reply.</param>
    public static DhcpReply For(
        in DhcpMessage request,
        in BootClient client,
        in BootOffer offer,
        in DhcpDecision decision,
        BootReplyForm form,
        OfferStyle style,
        in DhcpOrigin origin,
        Span<byte> room)
    {
        DhcpMessageType type = DhcpVerdicts.ReplyOf(decision.Verdict);
        if (type == DhcpMessageType.NegativeAcknowledgment)
        {
            return new DhcpReply
            {
                Type = type,
                ServerIdentifier = origin.Server,
                Message = DhcpVerdicts.ReasonOf(decision.Verdict),
            };
        }

        bool isLease = decision.Verdict is DhcpVerdict.Offered or DhcpVerdict.Acknowledged;
        bool givesAddress = isLease || decision.Verdict == DhcpVerdict.BootpAnswered;
        bool boots = offer.Kind == OfferKind.Boot;
        bool isPxe = boots && (client.IsRaspberryPi || DhcpProxy.IsPxeClient(request));
        ReadOnlySpan<byte> bootItem = form == BootReplyForm.BootServer
            ? PxeVendorOptions.BootItemEcho(request[DhcpOption.VendorOptions], room)
            : default;
        return new DhcpReply
        {
            Type = type,
            ServerIdentifier = origin.Server,
            YourAddress = givesAddress ? decision.Address : default,
            ClientAddress = decision.ClientAddress,
            LeaseSeconds = isLease ? origin.Network!.LeaseSeconds : 0,
            TellsNetwork = form == BootReplyForm.WithAddress,
            JoinsOptions = client.Stage == BootStage.System,
            HostName = offer.MachineName,
            VendorClass = boots ? PxeVendorOptions.ClassFor(style, isPxe) : default,
            VendorOptions = bootItem.IsEmpty ? PxeVendorOptions.For(style, isPxe, origin.Link.Server, room) : bootItem,
            IpxeOptions = client.Stage == BootStage.Ipxe && origin.Network!.Mode == DhcpMode.Server
                ? PxeVendorOptions.NoIpxeProxy : default,
            PxelinuxConfig = boots ? offer.PxelinuxConfig : default,
            PxelinuxPrefix = boots ? offer.PxelinuxPrefix : default,
            BootServer = boots ? origin.Link.Server : default,
            BootServerText = boots ? origin.Link.ServerText : default,
            BootFile = boots ? offer.BootFile : default,
            EndsFileWithNul = client.Stage == BootStage.Firmware,
        };
    }
}
