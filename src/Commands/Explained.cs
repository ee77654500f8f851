using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Boot;
using Aglet.Core;
using Aglet.Dhcp;
using Aglet.Net;

namespace Aglet.Commands;

/// <summary>An option of the offer, in words.</summary>
internal readonly record struct ExplainedOption(int Code, string Name, string Value);

/// <summary>One machine with one firmware: everything that it would get.</summary>
internal sealed class Explained
{
    private readonly List<ExplainedOption> _options = [];

    /// <param name="configuration">What is served.</param>
    /// <param name="rehearsal">Answers its DISCOVER; null where DHCP is off.</param>
    /// <param name="question">Which machine.</param>
    public Explained(Configuration configuration, DhcpRehearsal? rehearsal, in BootQuestion question)
    {
        Hardware = question.Identity.HardwareAddress;
        Architecture = question.Architecture;
        Boot = BootExplanation.Of(configuration.Catalog, question);
        Gives = configuration.Settings.DhcpMode;
        if (rehearsal is null) return;
        byte[] room = new byte[Limits.DhcpReplyBytesMax];
        ReadOnlySpan<byte> offer = rehearsal.Offer(Boot.Planner, question.Firmware, room, out DhcpVerdict verdict);
        if (offer.IsEmpty) Silence = Encoding.UTF8.GetString(DhcpVerdicts.ReasonOf(verdict));
        else Read(offer);
    }

    public HardwareAddress Hardware { get; }

    public ClientArchitecture Architecture { get; }

    public BootExplanation Boot { get; }

    public Config.DhcpMode Gives { get; }

    /// <summary>Why no offer is sent; empty when one is.</summary>
    public string Silence { get; private set; } = "";

    /// <summary><c>yiaddr</c>: its reservation, or what it would be given if it came first.</summary>
    public Ipv4Address YourAddress { get; private set; }

    /// <summary><c>siaddr</c></summary>
    public Ipv4Address NextServer { get; private set; }

    /// <summary><c>file</c></summary>
    public string File { get; private set; } = "";

    /// <summary>The options in the order in which they are sent.</summary>
    public IReadOnlyList<ExplainedOption> Options => _options;

    /// <summary>True when an offer leaves.</summary>
    public bool HasOffer => _options.Count > 0;

    private void Read(ReadOnlySpan<byte> offer)
    {
        Check.That(DhcpMessage.Parse(offer, out DhcpMessage message) == DhcpReject.None);
        YourAddress = message.YourAddress;
        NextServer = message.NextServer;
        File = Encoding.UTF8.GetString(message.File);
        DhcpOptionWalker walker = new(offer[DhcpMessage.FixedBytes..]);
        while (walker.MoveNext())
        {
            string name = DhcpOptionText.NameOf(walker.Code);
            _options.Add(new((int)walker.Code, name, DhcpOptionText.ValueOf(walker.Code, walker.Data)));
        }
    }
}
