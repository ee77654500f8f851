using System;
using System.Collections.Generic;
using Aglet.Config;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Server;

/// <summary>
/// Follows the addresses of the links that are served: what a running server answers with must be an address that it has.
/// </summary>
internal class LinkUpkeep : Upkeep
{
    private const int DrainsPerTurn = 64;

    private readonly IKernel _kernel;
    private readonly byte[] _buffer = new byte[8192];
    private bool _hasChanged;

    /// <summary>Opens the watch. Where the kernel has none, addresses are taken to stay as they are.</summary>
    public LinkUpkeep(IKernel kernel, Log log) : base(kernel)
    {
        _kernel = kernel;
        Log = log;
        SysResult opened = kernel.OpenLinkWatch();
        if (!opened.IsError) _ = Sockets.Add(opened.Count, SocketOwner.Upkeep, 0, Readiness.Readable, out _);
    }

    /// <summary>What is kept up; null until it serves.</summary>
    public NetbootServer? Server { get; set; }

    /// <summary>It stopped because nothing else was left to do.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>The settings in force.</summary>
    public Settings? Settings { get; set; }

    public override Instant NextDeadline => Instant.Never;

    protected Log Log { get; }

    public override void OnReady(Instant now, in SocketEntry entry)
    {
        if (entry.Owner != SocketOwner.Upkeep || entry.Index != 0) return;
        for (int i = 0; i < DrainsPerTurn; i++)
        {
            SysResult received = _kernel.Receive(entry.Handle, _buffer);
            if (received.WouldBlock) break;
            _hasChanged = true;
        }
    }

    public override void OnTurn(Instant now)
    {
        if (_hasChanged) OnLinkChange(now);
        _hasChanged = false;
    }

    /// <summary>A link or an address of this machine changed; which one is found by looking.</summary>
    protected virtual void OnLinkChange(Instant now) => Follow();

    /// <summary>Goes on at the addresses that the served links have now.</summary>
    protected void Follow()
    {
        if (Server is null || Settings is null || Server.StopSignal != KernelSignal.None) return;
        List<NetworkInterface> all = [];
        List<NetworkInterface> links = [];
        if (_kernel.ListInterfaces(all).IsError) return;
        bool differs = false;
        foreach (NetworkInterface served in Server.Interfaces)
        {
            int index = all.FindIndex(candidate => candidate.Name == served.Name);

            // A link without an address serves nobody for now; what is open waits for it.
            if (index < 0 || all[index].Address.Address.IsAny || !all[index].IsUp) return;
            differs |= all[index].Address != served.Address || all[index].Index != served.Index;
            links.Add(all[index]);
        }

        if (!differs) return;
        foreach (NetworkInterface link in links) Say(LogLevel.Info, $"the address of {link.Name} is {link.Address} now");
        if (NetworkChoice.Misfit(Settings, links) is { Length: > 0 } problem)
        {
            Say(LogLevel.Error, $"{problem}; until that is mended the old address stays in what machines are told");
            return;
        }

        IReadOnlyList<string> problems = Server.Readdress(links);
        foreach (string refused in problems) Say(LogLevel.Error, refused);
        if (problems.Count > 0) OnRefused();
    }

    /// <summary>
    /// Ports could not be opened at the new address: the right to that was given up at the start. Who started us starts us
    /// again, with it.
    /// </summary>
    protected virtual void OnRefused()
    {
        Say(LogLevel.Error, "stopping, so that whoever started this program can start it again with the right to open ports");
        HasFailed = true;
        Server!.OnSignal(_kernel.Now(), KernelSignal.Stop);
    }

    protected void Say(LogLevel level, string text) => Log.Write(level, "link"u8, default(ReadOnlySpan<byte>), $"{text}");
}
