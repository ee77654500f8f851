using System;
using Aglet.Boot;
using Aglet.Kernel;
using Aglet.Time;

namespace Aglet.Dhcp;

/// <summary>Which style an answer has: the machine's own, changed when it keeps asking without going on.</summary>
internal sealed class DhcpStyles(Log log, BootPlanner planner)
{
    /// <summary>Chooses the style of an answer, and takes note of what the message says about the last one.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="offer">What it gets.</param>
    /// <param name="verdict">What is answered.</param>
    /// <param name="form">Which reply it is.</param>
    public OfferStyle Choose(
        Instant now, in BootClient client, in BootOffer offer, DhcpVerdict verdict, BootReplyForm form)
    {
        if (form == BootReplyForm.BootServer)
        {
            planner.OnWentOn(client.HardwareAddress);
            return OfferStyles.AtBootServer(client);
        }

        ReadOnlySpan<OfferStyle> styles = OfferStyles.For(client);
        int slot = styles.Length == 1 ? -1 : planner.Clients.Find(client.HardwareAddress);
        if (slot < 0) return styles[0];
        ref StyleMemory memory = ref planner.Clients.StyleOf(slot);
        bool isOffer = verdict is DhcpVerdict.Offered or DhcpVerdict.ProxyOffered;
        if (!isOffer || offer.Kind != OfferKind.Boot) return memory.Current(styles);
        StyleStep step = memory.OnDiscover(now, client.Architecture, styles);
        if (step.IsChange) OnChange(client, step);
        return step.Style;
    }

    private void OnChange(in BootClient client, in StyleStep step)
    {
        Span<byte> room = stackalloc byte[256];
        string times = step.Offers == 1 ? "once" : step.Offers == 2 ? "twice" : "several times";
        string why = step.TookAddress
            ? "and it took an address, but asked for no file"
            : client.IsProxied
                ? "and it asks again; it took no address either: does the network's DHCP server answer it?"
                : "and it asks again";
        log.Write(LogLevel.Info, "dhcp-style"u8, planner.LabelOf(client.HardwareAddress, room),
            $"was offered its boot file {times} in the style {OfferStyles.NameOf(step.Before)}, {why}: "
            + $"the next style is {OfferStyles.NameOf(step.Style)}");
    }
}
