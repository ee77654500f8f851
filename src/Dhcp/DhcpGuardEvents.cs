using System;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Kernel;
using Aglet.Net;

namespace Aglet.Dhcp;

/// <summary>What is wrong on the network, in lines: broken clients, foreign servers, addresses that somebody took.</summary>
internal sealed class DhcpGuardEvents(Log log, BootPlanner planner)
{
    /// <summary>A client sends without end; once a minute for each.</summary>
    public void OnStorm(HardwareAddress machine, uint dropped)
    {
        Span<byte> room = stackalloc byte[256];
        log.Write(LogLevel.Warning, "dhcp-storm"u8, planner.LabelOf(machine, room),
            $"asks more than {RateGuard.MessagesPerSecond} times a second, and {dropped} of its messages were dropped: "
            + $"it is broken, or its packets go round in a loop of the network");
    }

    /// <summary>A probe was answered.</summary>
    public void OnConflict(Ipv4Address address, HardwareAddress holder)
    {
        Span<byte> room = stackalloc byte[256];
        log.Write(LogLevel.Warning, "dhcp-in-use"u8, planner.LabelOf(holder, room),
            $"({holder}) uses {address}, which it has not from here: nobody is offered it for "
            + $"{LeaseTable.QuarantineTime.WholeSeconds} s; take it out of the pool, or make it that machine's address");
    }

    /// <summary>Another server was heard of.</summary>
    /// <param name="server">What is known of it.</param>
    /// <param name="file">The boot file that it names.</param>
    /// <param name="settings">Say what it means that it is there.</param>
    public void OnOtherServer(in OtherServer server, scoped ReadOnlySpan<byte> file, Settings settings)
    {
        ReadOnlySpan<byte> nobody = default;
        bool givesAddresses = (server.Role & OtherServerRole.GivesAddresses) != 0;
        bool offersBoot = (server.Role & OtherServerRole.OffersBoot) != 0;
        bool isServer = settings.DhcpMode == DhcpMode.Server;

        // Who names his machines means to share the network.
        bool isShared = settings.Filter.IsSelective || settings.Unknown == UnknownPolicy.Ignore;
        bool isConflict = offersBoot || (givesAddresses && isServer);
        string advice = !isConflict ? "" : isShared ? "; see that each machine is answered by one of us only"
            : isServer && givesAddresses
                ? ": machines take whichever offer they like; switch one of us off, give each its machines (dhcp.allow), "
                    + "or use mode \"proxy\""
            : ": firmware may take its file and not ours; remove that there, or give each of us its machines (dhcp.allow)";
        string open = server.HardwareAddress.IsNone ? "" : " (";
        string close = server.HardwareAddress.IsNone ? "" : ")";
        string what = !givesAddresses ? "is another boot server"
            : isServer ? "is another DHCP server and gives addresses such as "
            : "gives this network's addresses, such as ";
        string boots = !offersBoot ? "" : file.IsEmpty ? "; it answers boot clients" : "; it tells clients to boot ";
        string from = offersBoot && !file.IsEmpty && !server.BootServer.IsAny ? " from " : "";
        OptionalAddress given = new(givesAddresses ? server.Given : default);
        OptionalAddress bootServer = new(from.Length > 0 ? server.BootServer : default);
        log.Write(isConflict && !isShared ? LogLevel.Warning : LogLevel.Info, "dhcp-other-server"u8, nobody,
            $"{server.Address}{open}{server.HardwareAddress}{close} {what}{given}{boots}{file}{from}{bootServer}{advice}");
    }

    /// <summary>An address, or nothing.</summary>
    private readonly struct OptionalAddress(Ipv4Address address) : IUtf8SpanFormattable
    {
        public bool TryFormat(
            Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
        {
            bytesWritten = 0;
            return address.IsAny || address.TryFormat(utf8Destination, out bytesWritten, format, provider);
        }
    }
}
