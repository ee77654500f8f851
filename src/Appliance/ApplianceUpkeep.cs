using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Core;
using Aglet.Dhcp;
using Aglet.Kernel;
using Aglet.Linux;
using Aglet.Net;
using Aglet.Server;
using Aglet.Time;

namespace Aglet.Appliance;

/// <summary>
/// What the first process does in the loop beside serving: it finds a network card, gets an address for it and follows its
/// changes, feeds the watchdog, listens to the power button, sets the clock and draws the screen.
/// </summary>
internal sealed class ApplianceUpkeep : LinkUpkeep
{
    private const int PowerIndex = 1;
    private const int ClockIndex = 2;

    /// <summary>Between looks for a network card.</summary>
    private static readonly Duration _lookInterval = Duration.FromSeconds(1);

    /// <summary>Unanswered DISCOVERs after which a page is worth an address of the link itself.</summary>
    private const int UnansweredMost = 2;

    private readonly IKernel _kernel;
    private readonly KernelModules _modules;
    private readonly Watchdog? _watchdog;
    private readonly ConsoleEvents _console;
    private readonly Settings _settings;
    private readonly ReadyEvent[] _ready = new ReadyEvent[Limits.EventsPerTurn];
    private readonly byte[] _screen = new byte[StatusScreen.BytesMax];
    private readonly List<(int Handle, SocketToken Token)> _buttons = [];
    private readonly ClockSetting _clock;
    private DhcpClientEndpoint? _client;
    private NetworkInterface _link;
    private Instant _feedAt;
    private Instant _lookAt;
    private Instant _drawAt;
    private bool _hadCarrier;
    private bool _toldNoCard;
    private bool _hasNewAddress;
    private Instant _carrierUntil;

    public ApplianceUpkeep(
        IKernel kernel, Log log, Settings settings, KernelModules modules, Watchdog? watchdog, ConsoleEvents console)
        : base(kernel, log)
    {
        _kernel = kernel;
        _settings = settings;
        _modules = modules;
        _watchdog = watchdog;
        _console = console;
        _clock = new(kernel, log, Sockets, ClockIndex);
        foreach (int handle in PowerButton.Open())
        {
            SysResult added = Sockets.Add(handle, SocketOwner.Upkeep, PowerIndex, Readiness.Readable, out SocketToken token);
            if (!added.IsError) _buttons.Add((handle, token));
        }
    }

    /// <summary>What safe mode serves; null when the configuration is good.</summary>
    public SafePage? Page { get; set; }

    /// <summary>The trial of a new version; null where there are no slots.</summary>
    public SystemUpdate? Update { get; init; }

    /// <summary>What the screen tells.</summary>
    public StatusView View { get; set; } = new();

    /// <summary>Input devices, one of which may be the power button.</summary>
    public int Buttons => _buttons.Count;

    /// <summary>The card that is used; empty while there is none.</summary>
    public string Card { get; private set; } = "";

    /// <summary>The signal that came while nothing was served.</summary>
    public KernelSignal Signal { get; private set; }

    public override Instant NextDeadline
    {
        get
        {
            Instant next = Instant.Min(_feedAt, Card.Length == 0 ? _lookAt : Instant.Never);
            if (_client is not null) next = Instant.Min(next, _client.NextDeadline);
            if (_console.HasScreen) next = Instant.Min(next, _drawAt);
            if (Update is not null) next = Instant.Min(next, Update.NextDeadline);
            return Instant.Min(next, _clock.NextDeadline);
        }
    }

    /// <summary>True once after each change of the address to one that can be served from.</summary>
    public bool TakeNewAddress()
    {
        bool isNew = _hasNewAddress;
        _hasNewAddress = false;
        return isNew;
    }

    /// <summary>A turn of the loop while there is no server yet.</summary>
    public void TurnAlone()
    {
        Log.Flush();
        int count = _kernel.Wait(_ready, NextDeadline);
        Instant now = _kernel.Now();
        for (KernelSignal signal = _kernel.TakeSignal(); signal != KernelSignal.None; signal = _kernel.TakeSignal())
        {
            if (signal != KernelSignal.Reload) Signal = signal;
        }

        for (int i = 0; i < count; i++)
        {
            if (Sockets.TryGet(_ready[i].Token, out SocketEntry entry)) OnReady(now, entry);
        }

        OnTurn(now);
    }

    public override void OnReady(Instant now, in SocketEntry entry)
    {
        if (entry.Owner == SocketOwner.DhcpClient) _client!.OnReady(now, entry);
        else if (entry.Index == PowerIndex) OnButton(now, entry.Handle);
        else if (entry.Index == ClockIndex) _clock.OnReady(now, entry.Handle);
        else if (entry.Index >= SafePage.FirstIndex) Page!.OnReady(entry);
        else base.OnReady(now, entry);
    }

    public override void OnTurn(Instant now)
    {
        if (now >= _feedAt) Feed(now);
        if (Card.Length == 0 && now >= _lookAt) Look(now);
        if (_client is not null)
        {
            _client.OnDeadline(now);
            if (_client.TakeChange()) OnLease(now);
            else if (_client.Unanswered >= UnansweredMost) UseLinkLocal();
        }

        _clock.OnDeadline(now);
        Update?.OnTurn(now);
        base.OnTurn(now);
        if (_console.HasScreen && now >= _drawAt) Draw(now);
    }

    /// <summary>Looks for a card, now: at the start, before the loop.</summary>
    public void Look(Instant now)
    {
        _lookAt = now + _lookInterval;
        List<string> cards = LinkSetup.Cards();
        string wanted = _settings.Interfaces.Count > 0 ? _settings.Interfaces[0] : "";
        if (wanted.Length > 0 ? !cards.Contains(wanted) : cards.Count == 0)
        {
            _modules.LoadForDevices();
            if (_toldNoCard) return;
            _toldNoCard = true;
            string which = wanted.Length == 0 ? "no network card" : $"no network card {wanted}";
            string others = cards.Count == 0 ? "" : $" (there is {string.Join(", ", cards)})";
            Say(
                LogLevel.Warning,
                $"{which}{others}: waiting for one; its driver must be among the {_modules.Available} modules here");
            View = View with { Link = $"{which} yet: waiting for one" };
            return;
        }

        foreach (string card in cards) _ = LinkSetup.BringUp(card);
        foreach (string other in _settings.Interfaces) _ = LinkSetup.BringUp(other);
        if (wanted.Length == 0) wanted = cards.Find(LinkSetup.HasCarrier) ?? "";
        if (wanted.Length == 0 && cards.Count > 1 && now < _carrierUntil)
        {
            // Which of them has a cable shows in a few seconds.
            _lookAt = now + (_lookInterval / 4);
            return;
        }

        Use(now, wanted.Length == 0 ? cards[0] : wanted);
    }

    /// <summary>Until when a card with a cable is preferred to the first one.</summary>
    public void PreferCarrierUntil(Instant until) => _carrierUntil = until;

    protected override void OnLinkChange(Instant now)
    {
        if (Card.Length == 0) return;
        bool hasCarrier = LinkSetup.HasCarrier(Card);
        if (hasCarrier != _hadCarrier)
        {
            _hadCarrier = hasCarrier;
            Say(LogLevel.Info, hasCarrier ? $"{Card}: the link is up" : $"{Card}: the link is down: is the cable plugged in?");
            Describe();
            if (hasCarrier) _client?.OnLinkUp(now);
        }

        if (_client is null) Follow();
    }

    /// <summary>The first process has all rights, and nobody starts it again: the next address may be better.</summary>
    protected override void OnRefused() => View = View with { Problem = "ports could not be opened: see the last events" };

    private void Use(Instant now, string card)
    {
        List<NetworkInterface> all = [];
        _ = _kernel.ListInterfaces(all);
        int index = all.FindIndex(candidate => candidate.Name == card);
        if (index < 0) return;
        Card = card;
        _link = all[index];
        _hadCarrier = LinkSetup.HasCarrier(card);
        string driver = LinkSetup.DriverOf(card);
        Say(LogLevel.Info, $"network card {card} ({_link.HardwareAddress}), driver {(driver.Length == 0 ? "built in" : driver)}"
            + (_hadCarrier ? "" : "; no cable yet, going on when there is one"));
        Describe();
        if (_settings.Address is { } address)
        {
            Apply(address, _settings.Router ?? default);
            return;
        }

        _client = new(_kernel, Sockets, Log, _link, _settings.HostName);
        SysResult started = _client.Start(now, OwnAddressFile.Read());
        Say(
            started.IsError ? LogLevel.Error : LogLevel.Info,
            started.IsError
                ? $"{card}: no DHCP client ({started.Errno}); give network.address in aglet.json"
                : $"{card}: asking for an address by DHCP");
    }

    private void OnLease(Instant now)
    {
        if (_client!.Lease is not { } lease)
        {
            Say(LogLevel.Warning, $"{Card}: the address is no longer ours; asking for another one");
            _ = LinkSetup.SetAddress(Card, default);
            Update?.OnInterrupted();
            View = View with { Address = "none: asking for one by DHCP" };
            return;
        }

        Say(LogLevel.Info, $"{Card}: {lease.Address} from the DHCP server {lease.Server}, for {lease.Length.WholeSeconds} s");
        Apply(lease.Address, lease.Router);
        OwnAddressFile.Write(_kernel, lease.Address.Address);
        Ipv4Address clock = _settings.TimeServer ?? lease.TimeServer;
        if (!clock.IsAny) _clock.Ask(now, clock, lease.Address.Address);
    }

    private void Apply(Ipv4Prefix address, Ipv4Address router)
    {
        SysResult set = LinkSetup.SetAddress(Card, address);
        if (!set.IsError && !router.IsAny) set = LinkSetup.AddDefaultRoute(router);
        if (set.IsError) Say(LogLevel.Error, $"{Card}: the kernel refuses {address} or the router {router} ({set.Errno})");
        if (_client is null)
        {
            Say(LogLevel.Info, $"{Card}: {address}, as the configuration says");
            if (_settings.TimeServer is { } clock) _clock.Ask(_kernel.Now(), clock, address.Address);
        }

        _link = _link with { Address = address };
        _hasNewAddress = true;
        View = View with { Address = $"{address}   http://{address.Address}/" };
        Follow();
        if (Server is not null) Update?.OnServing(_kernel.Now());
        if (Page is null) return;
        SysResult opened = Page.Open(address.Address, _link.Index);
        if (opened.IsError) Say(LogLevel.Error, $"HTTP (TCP port 80): {opened.Errno}");
        else Say(LogLevel.Info, $"safe mode: http://{address.Address}/ says what is wrong");
    }

    /// <summary>Nobody gives addresses here: for a page that tells of an error any address is good (RFC 3927).</summary>
    private void UseLinkLocal()
    {
        bool isWanted = (Page is not null || _settings.DhcpMode == DhcpMode.Off) && _link.Address.Address.IsAny;
        if (!isWanted) return;
        uint host = (uint)(_link.HardwareAddress.Hash % (254 * 256)) + 256;
        Say(LogLevel.Warning, $"{Card}: no DHCP server answers: taking an address of the link itself");
        Apply(new(new(0xA9FE_0000 | host), 16), default);
    }

    private void OnButton(Instant now, int handle)
    {
        bool pressed = PowerButton.WasPressed(handle, out bool isGone);
        if (isGone)
        {
            int index = _buttons.FindIndex(button => button.Handle == handle);
            if (index >= 0) Sockets.Close(_buttons[index].Token);
        }

        if (!pressed) return;
        Say(LogLevel.Info, "the power button was pressed");
        if (Server is not null) Server.OnSignal(now, KernelSignal.Stop);
        else Signal = KernelSignal.Stop;
    }

    private void Feed(Instant now)
    {
        if (_watchdog is null)
        {
            _feedAt = Instant.Never;
            return;
        }

        _watchdog.Feed();
        _feedAt = now + (Duration.FromSeconds(_watchdog.Seconds) / 4);
    }

    private void Describe()
    {
        string state = _hadCarrier ? "link up" : "no link: is the cable plugged in?";
        View = View with { Link = $"{Card}, {_link.HardwareAddress}, {state}" };
    }

    private void Draw(Instant now)
    {
        _drawAt = now + Duration.FromSeconds(_console.HasChanged ? 1 : 5);
        _console.HasChanged = false;
        int written = StatusScreen.Render(
            View, _console, now.Nanoseconds / 1_000_000_000, Server?.ActiveTransfers ?? 0, _screen);
        _console.Show(_screen.AsSpan(0, written));
    }
}

/// <summary>The address that we had by DHCP, for the next start: a server likes to give the same one.</summary>
internal static class OwnAddressFile
{
    private const string Path = "/var/lib/aglet/own-address";

    public static Ipv4Address Read() =>
        Ipv4Address.TryParse(Encoding.ASCII.GetBytes(SystemFiles.ReadLine(Path)), out Ipv4Address address) ? address : default;

    /// <summary>Not worth a word when it fails: the address is only asked for a little later then.</summary>
    public static void Write(IKernel kernel, Ipv4Address address)
    {
        if (Read() == address) return;
        SysResult opened = kernel.OpenForWriting(Encoding.ASCII.GetBytes(Path), isNew: true);
        if (opened.IsError) return;
        _ = kernel.WriteAt(opened.Count, Encoding.ASCII.GetBytes(address.ToString()), 0);
        _ = kernel.Sync(opened.Count);
        kernel.Close(opened.Count);
    }
}
