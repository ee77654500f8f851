using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Threading;
using Aglet.Config;
using Aglet.Journal;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Server;
using Aglet.Time;

namespace Aglet.Tests.Simulation.Scenarios;

/// <summary>What a storm is made of; one of these and nothing else decides how it goes.</summary>
internal sealed record BootStormPlan
{
    public required ulong Seed { get; init; }

    public int Clients { get; init; } = 2000;

    /// <summary>Machines that boot before anything is measured.</summary>
    public int WarmUp { get; init; } = 50;

    /// <summary>All machines are switched on within this time.</summary>
    public Duration PowerOnWithin { get; init; } = Duration.FromSeconds(60);

    public FaultRates Rates { get; init; } = FaultRates.Lossy;

    public DhcpMode Mode { get; init; } = DhcpMode.Server;

    /// <summary>Another program of the server's host holds port 67.</summary>
    public bool IsPortTaken { get; init; }

    /// <summary>Whole lines of the log, and every packet, to standard error.</summary>
    public bool Trace { get; init; }
}

/// <summary>What a storm did.</summary>
internal sealed record BootStormReport(
    int Clients, int Boots, long VerifiedBytes, long Datagrams, long Turns, Duration Length, long ServerBytes)
{
    public override string ToString() =>
        $"{Clients} machines in {Boots} boots verified {VerifiedBytes >> 20} MB; {Datagrams} datagrams in {Turns} turns over "
        + $"{Length.WholeSeconds} s of their time; the server allocated {ServerBytes} bytes";
}

/// <summary>
/// Many machines boot at once from the whole server over a bad network. Each checks every byte that it is given; in the
/// end nothing may be open that was not open before.
/// </summary>
internal sealed class BootStorm
{
    /// <summary>Nobody waits longer for a machine room.</summary>
    private static readonly Duration _patience = Duration.FromSeconds(4 * 3600);

    private const string StateFolder = "/var/lib/aglet";

    private readonly BootStormPlan _plan;
    private readonly SimKernel _kernel;
    private readonly BootWorld _world;
    private readonly NetbootServer _server;
    private readonly AllocationMeter _meter;
    private readonly List<SimClient> _machines = [];
    private long _turns;
    private bool _isMeasured;

    private BootStorm(BootStormPlan plan)
    {
        _plan = plan;
        _kernel = new SimKernel(new SimNetwork(plan.Seed, FaultRates.None), "10.0.0.1/20");
        _world = new BootWorld(_kernel, plan.Mode, plan.Clients);
        _meter = new AllocationMeter(_kernel);
        Log log = new(_kernel, json: false, LogLevel.Debug);
        _kernel.Files.Add($"{StateFolder}/keep", []);
        StateJournal? state = StateJournal.Open(_kernel, log, StateFolder, out string problem);
        _server = new NetbootServer(_kernel, BootWorld.Read(_kernel), log, [_kernel.Interface()], state ?? throw new SimulationException(problem));
        SimTicker ticker = new(_kernel);
        _kernel.Network.Attach(ticker);
        ticker.Begin();
        if (plan.Mode == DhcpMode.Proxy) AddForeignServer();
        if (plan.IsPortTaken) _kernel.TakenPorts.Add(67);
        if (plan.Trace) _kernel.Network.OnSent = (packet, fromServer) => Console.Error.WriteLine(
            $"{_kernel.Network.Now.Nanoseconds / 1000,12} {(fromServer ? "<" : ">")} {packet.Source} {packet.Destination} {packet.Length} {Convert.ToHexString(packet.Payload[..Math.Min(32, packet.Length)])}");
    }

    /// <summary>Runs a storm to its end; throws with everything that helps to understand it when it goes wrong.</summary>
    /// <remarks>
    /// On a thread of its own: the machines' scripts resume at once and in order only where no scheduler and no
    /// synchronization context of a test framework comes between.
    /// </remarks>
    public static BootStormReport Run(BootStormPlan plan)
    {
        BootStormReport? report = null;
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                report = RunHere(plan);
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        return report ?? throw new SimulationException(failure!.Message);
    }

    private static BootStormReport RunHere(BootStormPlan plan)
    {
        BootStorm storm = new(plan);
        try
        {
            return storm.Run();
        }
        catch (Exception exception)
        {
            throw new SimulationException(
                $"seed {plan.Seed}: {exception.Message}\nagain with: make sim SEED={plan.Seed}\n{storm.Describe()}\n{exception.StackTrace}");
        }
    }

    private BootStormReport Run()
    {
        IReadOnlyList<string> refused = _server.Start();
        if (refused.Count > 0) throw new SimulationException(string.Join('\n', refused));
        int sockets = _server.OpenSockets;
        int files = _kernel.Open(SimHandleKind.File);
        _kernel.Network.Rates = _plan.Rates;
        Instant start = _kernel.Now();
        PowerOn(0, Math.Min(_plan.WarmUp, _plan.Clients));
        TurnUntilAllAreFinished();
        _isMeasured = true;
        PowerOn(_machines.Count, _plan.Clients - _machines.Count);
        TurnUntilAllAreFinished();
        Duration length = _kernel.Now() - start;

        // Idle connections and transfers whose client is gone end by their own time limits.
        _kernel.Network.Rates = FaultRates.None;
        TurnFor(Duration.FromSeconds(180));
        _isMeasured = false;
        Expect(_plan.Mode == DhcpMode.Proxy || _kernel.Disk.Syncs > 10, "no lease was written");
        Expect(_server.OpenSockets == sockets, $"{_server.OpenSockets - sockets} sockets are left open");
        Expect(_kernel.Open(SimHandleKind.Stream) == 0, $"{_kernel.Open(SimHandleKind.Stream)} connections are left open");
        Expect(_kernel.Open(SimHandleKind.File) == files, $"{_kernel.Open(SimHandleKind.File) - files} files are left open");
        Expect(_meter.ServerBytes == 0, $"the server allocated {_meter.ServerBytes} bytes in steady state");
        _kernel.Raise(KernelSignal.Stop);
        TurnFor(Duration.FromSeconds(15));
        Expect(_server.IsStopped, "the server does not stop");
        Expect(_kernel.Network.Violations.Count == 0, "the network saw what may not be");
        int boots = 0;
        long verified = 0;
        foreach (SimClient machine in _machines)
        {
            boots += machine.Boots;
            verified += machine.VerifiedBytes;
        }

        return new(_machines.Count, boots, verified, _kernel.Network.Delivered, _turns, length, _meter.ServerBytes);
    }

    private void AddForeignServer()
    {
        SimDhcpServer foreign = new(HardwareAddress.Read([2, 0, 0, 0, 0, 2]), new(0x0A00_0400));
        _kernel.Network.Attach(foreign);
        _kernel.Network.Claim(foreign, new(0x0A00_0002));
    }

    private void PowerOn(int first, int count)
    {
        Prng prng = new(_plan.Seed ^ (ulong)first);
        long within = _plan.PowerOnWithin.WholeMilliseconds;
        for (int i = 0; i < count; i++)
        {
            SimClient machine = _world.Machine(first + i, _plan.Seed);
            _kernel.Network.Attach(machine);
            _machines.Add(machine);
            machine.PowerOn(Duration.FromMilliseconds(prng.Below((int)within + 1)));
        }
    }

    private void TurnUntilAllAreFinished()
    {
        Instant until = _kernel.Now() + _patience;
        while (!AreAllFinished())
        {
            Expect(_kernel.Now() < until, "not all machines are finished in time");
            for (int i = 0; i < 64; i++) Turn();
        }
    }

    private void TurnFor(Duration length)
    {
        Instant until = _kernel.Now() + length;
        while (_kernel.Now() < until && !_server.IsStopped) Turn();
    }

    private void Turn()
    {
        _turns++;
        if (!_isMeasured)
        {
            _server.Turn();
            return;
        }

        _meter.Start();
        _server.Turn();
        long bytes = _meter.Stop();
        Expect(bytes == 0, $"the server allocated {bytes} bytes in turn {_turns}");
    }

    private bool AreAllFinished()
    {
        bool areAll = true;
        foreach (SimClient machine in _machines)
        {
            if (machine.Script.Exception is { } fault) throw new SimulationException($"{fault.InnerException}");
            areAll &= machine.IsFinished;
        }

        return areAll;
    }

    private string Describe()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"at {_kernel.Now().Nanoseconds} ns, turn {_turns}\n");
        foreach (string violation in _kernel.Network.Violations) text.Append("violation: ").Append(violation).Append('\n');
        int unfinished = 0;
        foreach (SimClient machine in _machines)
        {
            if (machine.IsFinished || unfinished++ > 10) continue;
            text.Append(CultureInfo.InvariantCulture, $"unfinished: {machine}, boots {machine.Boots}, last: {machine.LastFailure}\n");
        }

        string log = _kernel.LogText;
        return text.Append(log.Length > 6000 ? log[^6000..] : log).ToString();
    }

    private static void Expect(bool isTrue, string otherwise)
    {
        if (!isTrue) throw new SimulationException(otherwise);
    }
}
