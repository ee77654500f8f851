using System;
using System.Collections.Generic;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Core;
using Aglet.Dhcp;
using Aglet.Http;
using Aglet.Journal;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Tftp;
using Aglet.Time;
using Aglet.Tree;

namespace Aglet.Server;

/// <summary>
/// The whole server: the endpoints, the socket table and one loop turn. The only type that knows them all; the
/// binary runs it over Linux, the tests over a simulated network.
/// </summary>
internal sealed class NetbootServer
{
    /// <summary>How long running transfers may take to end after SIGTERM.</summary>
    private static readonly Duration _drainLimit = Duration.FromSeconds(10);

    private const ushort TftpPort = 69;

    private readonly IKernel _kernel;
    private readonly Log _log;
    private readonly SocketTable _sockets;
    private readonly BootPlanner _planner;
    private readonly OpenFiles _files;
    private readonly DhcpEndpoint? _dhcp;
    private readonly TftpEndpoint _tftp;
    private readonly HttpEndpoint _http;
    private readonly StateJournal? _state;
    private readonly ServiceWatch _watch;
    private readonly Upkeep? _upkeep;
    private IReadOnlyList<NetworkInterface> _interfaces;
    private readonly ushort _httpPort;
    private readonly ReadyEvent[] _ready = new ReadyEvent[Limits.EventsPerTurn];
    private Instant _drainUntil = Instant.Never;
    private bool _reloadRequested;

    /// <param name="kernel">The seam to the outside.</param>
    /// <param name="catalog">A valid configuration with its tree.</param>
    /// <param name="log">Where events go.</param>
    /// <param name="interfaces">The interfaces that are served, with their addresses.</param>
    /// <param name="state">What outlives us; null for nothing.</param>
    /// <param name="upkeep">What else the loop does; its sockets are in its own table, which becomes ours.</param>
    public NetbootServer(
        IKernel kernel,
        BootCatalog catalog,
        Log log,
        IReadOnlyList<NetworkInterface> interfaces,
        StateJournal? state = null,
        Upkeep? upkeep = null)
    {
        Settings settings = catalog.Settings;
        _kernel = kernel;
        _log = log;
        _upkeep = upkeep;
        _sockets = upkeep?.Sockets ?? new SocketTable(kernel);
        _planner = new BootPlanner(catalog, log, tokens: new TokenSource(kernel));
        if (settings.DhcpMode != DhcpMode.Off)
        {
            _dhcp = new DhcpEndpoint(kernel, _sockets, log, _planner, settings, interfaces);
        }

        _files = new OpenFiles(kernel);
        _tftp = new TftpEndpoint(kernel, _sockets, log, _planner, _files, settings.Tftp);
        _http = new HttpEndpoint(kernel, _sockets, log, _planner, _files);
        _state = state;
        _watch = new(kernel);

        // Also where no addresses are given out: what is in the journal stays in it.
        if (state is not null && new LeaseJournal(state) is { } leases) _dhcp?.Keep(leases);
        if (state is not null)
        {
            _ = new InstallJournal(state, _planner.Installs.Table);
            _planner.Installs.Again = new AgainRequests(kernel, settings.State);
        }

        _interfaces = interfaces;
        _httpPort = settings.HttpPort;
    }

    /// <summary>
    /// Sockets that are open now, listeners included, but not those that TFTP's transfers share: they stay once made.
    /// </summary>
    public int OpenSockets => _sockets.Count - _tftp.SharedSockets;

    /// <summary>True once everything is finished after a stop signal.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>The signal that it stops or has stopped for; none while it serves.</summary>
    public KernelSignal StopSignal { get; private set; }

    /// <summary>Downloads running now.</summary>
    public int ActiveTransfers => _tftp.ActiveTransfers + _http.ConnectionCount;

    /// <summary>The interfaces that are served, with their addresses.</summary>
    public IReadOnlyList<NetworkInterface> Interfaces => _interfaces;

    /// <summary>True once after each SIGHUP, unless it is stopping; reading it takes it.</summary>
    public bool TakeReloadRequest()
    {
        bool requested = _reloadRequested && _drainUntil == Instant.Never;
        _reloadRequested = false;
        return requested;
    }

    /// <summary>Remembers what was before, then opens the ports.</summary>
    /// <returns>What could not be opened and what to do about it, a line each; empty when all is well.</returns>
    public IReadOnlyList<string> Start()
    {
        List<string> problems = [];
        if (_state is not null && !_state.TryReplay(_kernel.Now(), out string problem)) return [problem];
        if (_dhcp is not null) Explain(problems, "DHCP (UDP ports 67 and 4011)", _dhcp.Start());
        StartFiles(problems);
        return problems;
    }

    /// <summary>
    /// Goes on at other addresses of the same links. Transfers that run over the old ones may end. The settings must fit
    /// (<see cref="NetworkChoice.Misfit"/>).
    /// </summary>
    /// <returns>What could not be opened and what to do about it, a line each.</returns>
    public IReadOnlyList<string> Readdress(IReadOnlyList<NetworkInterface> interfaces)
    {
        List<string> problems = [];
        _interfaces = interfaces;
        _tftp.CloseListeners();
        _http.CloseListeners();
        if (_dhcp is not null)
        {
            Explain(problems, "DHCP (UDP ports 67 and 4011)", _dhcp.Readdress(_planner.Catalog.Settings, interfaces));
        }

        StartFiles(problems);
        return problems;
    }

    private void StartFiles(List<string> problems)
    {
        foreach (NetworkInterface link in _interfaces)
        {
            string where = _interfaces.Count == 1 ? "" : $" on {link.Name}";
            IpAddress address = link.Address.Address;
            int blockBytesMax = TftpNegotiation.BlockBytesFor(link.MtuBytes);
            SysResult started = _tftp.Start(address, link.Index, blockBytesMax);
            Explain(problems, $"TFTP (UDP port {TftpPort}){where}", started);
            Explain(problems, $"HTTP (TCP port {_httpPort}){where}", _http.Start(new(address, _httpPort), link.Index));
        }
    }

    /// <summary>
    /// Swaps in a new configuration and tree. Transfers that run go on with the old ones, leases live on. What is
    /// fixed at start (interface, mode, ports) must be the same.
    /// </summary>
    public void Replace(BootCatalog catalog)
    {
        _planner.Replace(catalog);
        _dhcp?.Replace(catalog.Settings);
        _http.OnReload();
        _files.CloseIdle();
    }

    /// <summary>
    /// One turn: let go of the log of the turn before, wait, take signals, handle what is ready, then what is due, write
    /// down what happened, then flush. The clock is read once.
    /// </summary>
    /// <param name="mayWait">False when there is other work: what is ready is handled, and nothing waited for.</param>
    public void Turn(bool mayWait = true)
    {
        _log.Flush();
        int count = _kernel.Wait(_ready, mayWait ? NextDeadline : default);
        Instant now = _kernel.Now();
        _state?.OnTurnStart(now);
        _files.OnTurnStart(now);
        for (KernelSignal signal = _kernel.TakeSignal(); signal != KernelSignal.None; signal = _kernel.TakeSignal())
        {
            OnSignal(now, signal);
        }

        _http.OnTurnStart(count);
        for (int i = 0; i < count; i++) Dispatch(now, _ready[i]);
        _dhcp?.OnDeadline(now);
        _tftp.OnDeadline(now);
        _http.OnDeadline(now);
        _watch.OnDeadline(now);

        // What a machine is told must be true after a power cut, too.
        _state?.Commit(now);
        _dhcp?.OnTurnEnd(now);
        _http.OnTurnEnd(now);
        _upkeep?.OnTurn(now);
        if (_drainUntil != Instant.Never && (IsDrained || now >= _drainUntil)) IsStopped = true;
    }

    private bool IsDrained => _tftp.IsDrained && _http.IsDrained && (_dhcp?.IsDrained ?? true);

    private Instant NextDeadline
    {
        get
        {
            Instant next = Instant.Min(_tftp.NextDeadline, _http.NextDeadline);
            if (_dhcp is not null) next = Instant.Min(next, _dhcp.NextDeadline);
            if (_state is not null) next = Instant.Min(next, _state.NextDeadline);
            next = Instant.Min(next, _files.NextDeadline);
            next = Instant.Min(next, _watch.NextDeadline);
            if (_upkeep is not null) next = Instant.Min(next, _upkeep.NextDeadline);
            return Instant.Min(next, _drainUntil);
        }
    }

    /// <summary>What a signal does; the power button is one, too.</summary>
    public void OnSignal(Instant now, KernelSignal signal)
    {
        if (signal == KernelSignal.Reload)
        {
            _reloadRequested = true;
            return;
        }

        // A second stop signal means that the operator does not want to wait.
        if (_drainUntil != Instant.Never)
        {
            IsStopped = true;
            return;
        }

        StopSignal = signal;
        _drainUntil = now + _drainLimit;
        _kernel.NotifyService("STOPPING=1"u8);
        _dhcp?.BeginDrain();
        _tftp.BeginDrain();
        _http.BeginDrain();
        ReadOnlySpan<byte> nobody = default;
        _log.Write(LogLevel.Info, "stop"u8, nobody, $"stopping: no new machine is answered, running transfers end first");
    }

    /// <summary>The wiring of the whole server: who handles the events of which socket.</summary>
    private void Dispatch(Instant now, in ReadyEvent ready)
    {
        // Closed earlier in this turn, or its slot is in use again: the event is not for us.
        if (!_sockets.TryGet(ready.Token, out SocketEntry entry)) return;
        switch (entry.Owner)
        {
            case SocketOwner.DhcpServer:
            case SocketOwner.DhcpProxy:
            case SocketOwner.DhcpWatch:
            case SocketOwner.DhcpPackets:
                _dhcp!.OnReady(now, entry, ready.Token, ready.Readiness);
                break;
            case SocketOwner.TftpListener:
            case SocketOwner.TftpTransfer:
                _tftp.OnReady(now, entry, ready.Token, ready.Readiness);
                break;
            case SocketOwner.HttpListener:
            case SocketOwner.HttpConnection:
                _http.OnReady(now, entry, ready.Token, ready.Readiness);
                break;
            case SocketOwner.DhcpClient:
            case SocketOwner.Upkeep:
                _upkeep!.OnReady(now, entry);
                break;
            default:
                Check.That(false);
                break;
        }
    }

    private static void Explain(List<string> problems, string service, SysResult result)
    {
        if (!result.IsError) return;
        problems.Add(result.Errno switch
        {
            Errno.AddressInUse =>
                $"{service}: another program has the port; stop it (find it with: ss -lnptu), or run beside it on another host",
            Errno.NotPermitted or Errno.AccessDenied =>
                $"{service}: not permitted; run as root, or give the binary CAP_NET_BIND_SERVICE and CAP_NET_RAW",
            Errno.AddressNotAvailable => $"{service}: the address is not on this interface",
            _ => $"{service}: the kernel refused it (errno {(int)result.Errno}, {result.Errno})",
        });
    }
}
