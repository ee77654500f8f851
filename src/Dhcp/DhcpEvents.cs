using System;
using System.Runtime.CompilerServices;
using Aglet.Boot;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Dhcp;

/// <summary>The lines that DHCP writes into the log: one an event, in the operator's words.</summary>
internal sealed class DhcpEvents(Log log, BootPlanner planner)
{
    private const int StrangersLinesPerSecond = 20;
    private const int MachinesLinesPerSecond = 500;

    private static readonly Duration _quietTime = Duration.FromSeconds(1);

    // Each has its own, so that a flood of made-up addresses does not hide what the operator's machines do.
    private readonly LogBudget _strangers = BudgetOf(log, "machines that are not configured", StrangersLinesPerSecond);
    private readonly LogBudget _machines = BudgetOf(log, "configured machines", MachinesLinesPerSecond);
    private Instant _nextReject;
    private Instant _nextNoAddress;
    private Instant _nextSendFailed;
    private Instant _nextTooLong;

    /// <summary>When <see cref="OnDeadline"/> has something to tell.</summary>
    public Instant NextDeadline => Instant.Min(_strangers.NextDeadline, _machines.NextDeadline);

    /// <summary>Tells how many lines were left out.</summary>
    public void OnDeadline(Instant now)
    {
        _strangers.OnDeadline(now);
        _machines.OnDeadline(now);
    }

    private static LogBudget BudgetOf(Log log, string who, int linesPerSecond) => new(
        log, "dhcp-left-out"u8.ToArray(), who, Enum.GetValues<DhcpVerdict>().Length,
        static kind => DhcpVerdicts.NameOf((DhcpVerdict)kind), linesPerSecond);

    /// <summary>What was decided about a message; called before the planner is asked again.</summary>
    [SkipLocalsInit]
    public void OnDecision(
        Instant now,
        in DhcpMessage message,
        in BootClient client,
        in BootOffer offer,
        in DhcpDecision decision,
        DhcpNetwork? network)
    {
        bool isLine = log.IsOn(LevelOf(message, client, offer, decision.Verdict));
        LogBudget budget = offer.MachineName.IsEmpty ? _strangers : _machines;
        if (!isLine || !budget.TryTake(now, (int)decision.Verdict)) return;
        Span<byte> room = stackalloc byte[256];
        ReadOnlySpan<byte> label = planner.LabelOf(client.HardwareAddress, room);
        switch (decision.Verdict)
        {
            case DhcpVerdict.Offered or DhcpVerdict.ProxyOffered:
                OnOffer(label, client, offer, decision);
                break;
            case DhcpVerdict.Acknowledged:
                log.Write(LogLevel.Info, "dhcp-ack"u8, label,
                    $"request from {KindOf(client)}{CpuOf(client)}: acks {decision.Address}{AndFile(offer)}{offer.BootFile}");
                break;
            case DhcpVerdict.BootpAnswered:
                log.Write(LogLevel.Info, "dhcp-bootp"u8, label,
                    $"BOOTP request: gives {decision.Address}{AndFile(offer)}{offer.BootFile}");
                break;
            case DhcpVerdict.Informed:
                log.Write(LogLevel.Info, "dhcp-inform"u8, label,
                    $"inform from {KindOf(client)}{CpuOf(client)} at {decision.Address}: acks");
                break;
            case DhcpVerdict.ProxyAcknowledged:
                log.Write(LogLevel.Info, "dhcp-proxy-ack"u8, label,
                    $"boot server request from {KindOf(client)}{CpuOf(client)}: proxy-acks {offer.BootFile}");
                break;
            case DhcpVerdict.RefusedWrongNetwork or DhcpVerdict.RefusedOtherAddress or DhcpVerdict.RefusedNotAvailable:
                log.Write(LogLevel.Info, "dhcp-nak"u8, label,
                    $"request from {KindOf(client)}{CpuOf(client)}: naks {decision.Address}, "
                    + $"because {DhcpVerdicts.ReasonOf(decision.Verdict)}");
                break;
            case DhcpVerdict.Released:
                log.Write(LogLevel.Info, "dhcp-release"u8, label, $"gives back {decision.Address}");
                break;
            case DhcpVerdict.Declined:
                log.Write(LogLevel.Warning, "dhcp-decline"u8, label,
                    $"found another machine at {decision.Address}: "
                    + $"the address is left alone for {LeaseTable.QuarantineTime.WholeSeconds} s");
                break;
            case DhcpVerdict.Overheard:
                log.Write(LevelOf(message, client, offer, decision.Verdict), "dhcp-overheard"u8, label,
                    $"has {decision.Address} from the network's DHCP server");
                break;
            case DhcpVerdict.NoFreeAddress:
                OnNoFreeAddress(now, label, network);
                break;
            default:
                OnIgnored(label, message, client, offer, decision);
                break;
        }
    }

    /// <summary>A datagram that is no DHCP message: at most one line a second.</summary>
    public void OnReject(Instant now, DhcpReject reject, in IpEndpoint peer, ulong count)
    {
        if (now < _nextReject) return;
        _nextReject = now + _quietTime;
        log.Write(LogLevel.Debug, "dhcp-reject"u8, ReadOnlySpan<byte>.Empty,
            $"datagram from {peer} dropped: {NameOf(reject)} ({count} so far)");
    }

    /// <summary>The kernel refused to send: at most one line a second.</summary>
    public void OnSendFailed(Instant now, in DhcpRoute route, Errno errno)
    {
        if (now < _nextSendFailed) return;
        _nextSendFailed = now + _quietTime;
        log.Write(LogLevel.Warning, "dhcp-send-failed"u8, ReadOnlySpan<byte>.Empty,
            $"cannot send to {route.Peer}: errno {(int)errno}");
    }

    /// <summary>A reply that does not fit into what the client takes: at most one line a second.</summary>
    public void OnReplyTooLong(Instant now, HardwareAddress machine)
    {
        if (now < _nextTooLong) return;
        _nextTooLong = now + _quietTime;
        Span<byte> room = stackalloc byte[256];
        log.Write(LogLevel.Warning, "dhcp-too-long"u8, planner.LabelOf(machine, room),
            $"the reply does not fit into what this client takes: nothing is sent");
    }

    /// <summary>Another program of this host holds a port, or the operator wants it so.</summary>
    public void OnPacketIntake(DhcpLink link, bool isWanted)
    {
        string ports = link.BootServerSocket >= 0 ? "port 67" : link.ServerSocket >= 0 ? "port 4011" : "ports 67 and 4011";
        string why = isWanted ? "dhcp.listen says \"packet\"" : "another program of this host holds it";
        log.Write(LogLevel.Info, "dhcp-frames"u8, ReadOnlySpan<byte>.Empty,
            $"{link.Interface.Name}: {ports} is heard and answered beside the sockets, by raw frames: {why}");
    }

    /// <summary>Clients without an address are answered by broadcast from now on.</summary>
    public void OnNoPacketSocket(string link, Errno errno) =>
        log.Write(LogLevel.Warning, "dhcp-no-frames"u8, ReadOnlySpan<byte>.Empty,
            $"cannot send raw frames on {link} (errno {(int)errno}): "
            + $"clients without an address are answered by broadcast");

    private void OnOffer(
        scoped ReadOnlySpan<byte> label, in BootClient client, in BootOffer offer, in DhcpDecision decision)
    {
        // The hardware address stands beside a name only: without one it is the label already.
        bool isNamed = !offer.MachineName.IsEmpty;
        string open = isNamed ? " (" : "";
        string close = isNamed ? ")" : "";
        HardwareAddress address = isNamed ? client.HardwareAddress : default;
        if (decision.Verdict == DhcpVerdict.ProxyOffered)
        {
            log.Write(LogLevel.Info, "dhcp-proxy-offer"u8, label,
                $"discover from {KindOf(client)}{CpuOf(client)}{open}{address}{close}: proxy-offers {offer.BootFile}");
            return;
        }

        if (offer.Kind == OfferKind.AddressOnly && client.Stage != BootStage.System)
        {
            log.Write(LogLevel.Info, "dhcp-offer"u8, label,
                $"discover from {KindOf(client)}{CpuOf(client)}{open}{address}{close}: offers {decision.Address} "
                + $"and nothing to boot: {offer.Reason}");
            return;
        }

        log.Write(LogLevel.Info, "dhcp-offer"u8, label,
            $"discover from {KindOf(client)}{CpuOf(client)}{open}{address}{close}: "
            + $"offers {decision.Address}{AndFile(offer)}{offer.BootFile}");
    }

    /// <summary>A boot client that gets nothing is worth a line; everybody else's traffic is not.</summary>
    private static LogLevel LevelOf(
        in DhcpMessage message, in BootClient client, in BootOffer offer, DhcpVerdict verdict) => verdict switch
        {
            DhcpVerdict.Declined or DhcpVerdict.NoFreeAddress => LogLevel.Warning,
            DhcpVerdict.Overheard =>
                client.Stage == BootStage.System && offer.MachineName.IsEmpty ? LogLevel.Debug : LogLevel.Info,
            <= DhcpVerdict.Released => LogLevel.Info,
            _ => message.Type == DhcpMessageType.Discover && client.Stage != BootStage.System
                ? LogLevel.Info : LogLevel.Debug,
        };

    private void OnIgnored(
        scoped ReadOnlySpan<byte> label,
        in DhcpMessage message,
        in BootClient client,
        in BootOffer offer,
        in DhcpDecision decision)
    {
        DhcpVerdict verdict = decision.Verdict;
        bool hasReason = (verdict is DhcpVerdict.NothingToBoot or DhcpVerdict.NotOurMachine) && !offer.Reason.IsEmpty;
        log.Write(LevelOf(message, client, offer, verdict), "dhcp-ignored"u8, label,
            $"ignored {NameOf(message.Type)} from {KindOf(client)}{CpuOf(client)}, "
            + $"because {DhcpVerdicts.ReasonOf(verdict)}{(hasReason ? ": " : "")}{(hasReason ? offer.Reason : default)}");
    }

    private void OnNoFreeAddress(Instant now, scoped ReadOnlySpan<byte> label, DhcpNetwork? network)
    {
        if (now < _nextNoAddress) return;
        _nextNoAddress = now + _quietTime;
        if (network?.Pool is { } pool)
        {
            log.Write(LogLevel.Warning, "dhcp-pool-full"u8, label,
                $"no free address in the pool {pool.First}-{pool.Last}: make the pool larger");
            return;
        }

        log.Write(LogLevel.Warning, "dhcp-pool-full"u8, label,
            $"no address for it: there is no pool, and it has no address in the configuration");
    }

    private static string KindOf(in BootClient client) => client.Stage switch
    {
        BootStage.Ipxe => "iPXE on ",
        BootStage.UBoot => "U-Boot on ",
        BootStage.System => "a system",
        _ => client.IsRaspberryPi ? "Raspberry Pi" : "",
    };

    private static string CpuOf(in BootClient client) =>
        client.Stage == BootStage.System || client.IsRaspberryPi
            ? ""
            : client.Architecture?.Description ?? "an unknown architecture";

    private static string AndFile(in BootOffer offer) => offer.BootFile.IsEmpty ? "" : " and ";

    private static string NameOf(DhcpMessageType type) => type switch
    {
        DhcpMessageType.Discover => "discover",
        DhcpMessageType.Request => "request",
        DhcpMessageType.Decline => "decline",
        DhcpMessageType.Release => "release",
        DhcpMessageType.Inform => "inform",
        DhcpMessageType.None => "BOOTP message",
        _ => "message",
    };

    private static string NameOf(DhcpReject reject) => reject switch
    {
        DhcpReject.Truncated => "shorter than 240 bytes",
        DhcpReject.TooLong => "too long",
        DhcpReject.BadOperation => "neither request nor reply",
        DhcpReject.BadHardwareLength => "a hardware address of more than 16 bytes",
        DhcpReject.BadCookie => "not DHCP's cookie",
        DhcpReject.OptionOverrun => "an option runs past the end",
        DhcpReject.BadMessageType => "an unknown message type",
        DhcpReject.BadOverload => "a wrong option 52",
        _ => "no reason",
    };
}
