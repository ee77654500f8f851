using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Threading;
using Aglet.Commands;
using Aglet.Config;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Server;
using Aglet.Time;

namespace Aglet.Tests.Simulation.Scenarios;

/// <summary>What a storm of conversations is made of; one of these and nothing else decides how it goes.</summary>
internal sealed record ConversationPlan
{
    public required ulong Seed { get; init; }

    /// <summary>Clients that keep to the protocols, however oddly they do it. Each must get exactly what it asks for.</summary>
    public int Honest { get; init; } = 120;

    /// <summary>Clients that keep to nothing.</summary>
    public int Vandals { get; init; } = 120;

    /// <summary>Conversations of each, one after another.</summary>
    public int Rounds { get; init; } = 12;

    public FaultRates Rates { get; init; } = FaultRates.Lossy;

    /// <summary>The server is told to read its configuration anew, and the tree is worked on.</summary>
    public bool Meddles { get; init; } = true;

    /// <summary>In the end the server is stopped in the middle of it all instead of when all is quiet.</summary>
    public bool StopsEarly { get; init; }
}

/// <summary>
/// Whole conversations in random interleavings: requests in pieces, pipelines, half-closed connections, resets at any byte, windows
/// that stay closed, datagrams twice, late and in no order, clients that vanish, files that change below the server, reloads.
/// </summary>
internal sealed class ConversationStorm
{
    private static readonly Duration _patience = Duration.FromSeconds(3 * 3600);

    private readonly ConversationPlan _plan;
    private readonly SimKernel _kernel;
    private readonly ConversationWorld _world;
    private readonly NetbootServer _server;
    private readonly AllocationMeter _meter;
    private readonly List<SimTalker> _talkers = [];
    private Prng _prng;
    private Instant _meddleAt;
    private long _turns;
    private long _reloads;

    private ConversationStorm(ConversationPlan plan)
    {
        _plan = plan;
        _prng = new(plan.Seed ^ 0x73_746F_726D);
        _kernel = new SimKernel(new SimNetwork(plan.Seed, FaultRates.None), "10.0.0.1/20");
        _world = new ConversationWorld(_kernel);
        _meter = new AllocationMeter(_kernel);
        Log log = new(_kernel, json: false, LogLevel.Debug);
        _server = new NetbootServer(_kernel, BootWorld.Read(_kernel), log, [_kernel.Interface()]);
        SimTicker ticker = new(_kernel);
        _kernel.Network.Attach(ticker);
        ticker.Begin();
    }

    /// <summary>Runs a storm to its end, on a thread of its own as <see cref="BootStorm.Run"/> does, and says what happened in it.</summary>
    public static string Run(ConversationPlan plan)
    {
        string? report = null;
        Exception? failure = null;
        Thread thread = new(() =>
        {
            ConversationStorm storm = new(plan);
            try
            {
                report = storm.Run();
            }
            catch (Exception exception)
            {
                failure = new SimulationException(
                    $"seed {plan.Seed}: {exception.Message}\nagain with: make sim SEED={plan.Seed}\n{storm.Describe()}\n{exception}");
            }
        });
        thread.Start();
        thread.Join();
        return report ?? throw failure!;
    }

    private string Run()
    {
        IReadOnlyList<string> refused = _server.Start();
        Expect(refused.Count == 0, string.Join('\n', refused));
        int sockets = _server.OpenSockets;
        int files = _kernel.Open(SimHandleKind.File);
        PowerOn();

        // The first of each kind of conversation makes what is made once.
        TurnFor(Duration.FromSeconds(5), isMeasured: false);
        _kernel.Network.Rates = _plan.Rates;
        if (_plan.StopsEarly) return StopEarly();
        Instant until = _kernel.Now() + _patience;
        while (!_talkers.TrueForAll(talker => talker.IsDone))
        {
            Expect(_kernel.Now() < until, "not all are finished in time");
            Turn(isMeasured: true);
        }

        // Whoever vanished is let go by the time limits.
        _kernel.Network.Rates = FaultRates.None;
        TurnFor(Duration.FromSeconds(240), isMeasured: true);
        Expect(_server.OpenSockets == sockets, $"{_server.OpenSockets - sockets} sockets are left open");
        Expect(_kernel.Open(SimHandleKind.Stream) == 0, $"{_kernel.Open(SimHandleKind.Stream)} connections are left open");
        Expect(_kernel.Open(SimHandleKind.File) == files, $"{_kernel.Open(SimHandleKind.File) - files} files are left open");
        return Stop();
    }

    private string StopEarly()
    {
        TurnFor(Duration.FromSeconds(20), isMeasured: true);
        foreach (SimTalker talker in _talkers) talker.MayFail = true;
        return Stop();
    }

    private string Stop()
    {
        _kernel.Raise(KernelSignal.Stop);
        TurnFor(Duration.FromSeconds(60), isMeasured: false);
        Expect(_server.IsStopped, "the server does not stop");
        Expect(_kernel.Network.Violations.Count == 0, "the network saw what may not be");
        ThrowFaults();
        long answers = 0;
        long bytes = 0;
        long given = 0;
        foreach (SimTalker talker in _talkers)
        {
            answers += talker.Answers;
            bytes += talker.VerifiedBytes;
            given += talker.GivenUp;
        }

        if (!_plan.StopsEarly) Expect(answers > _plan.Honest * _plan.Rounds / 2, $"only {answers} answers were verified");
        return $"{_talkers.Count} clients, {answers} answers of {bytes >> 10} KB verified, {given} conversations given up; {_turns} turns, "
            + $"{_reloads} reloads";
    }

    private void PowerOn()
    {
        for (int i = 0; i < _plan.Honest + _plan.Vandals; i++)
        {
            HardwareAddress hardware = HardwareAddress.Read([0x52, 0x54, 1, 0, (byte)(i >> 8), (byte)(i & 255)]);
            Ipv4Address address = new(0x0A00_0200 + (uint)i);
            SimTalker talker = i < _plan.Honest
                ? new HonestTalker(hardware, address, _world, _plan)
                : new VandalTalker(hardware, address, _world, _plan);
            _kernel.Network.Attach(talker);
            _kernel.Network.Claim(talker, address);
            _talkers.Add(talker);
            talker.PowerOn(Duration.FromMilliseconds(_prng.Below(4000)));
        }
    }

    private void TurnFor(Duration length, bool isMeasured)
    {
        Instant until = _kernel.Now() + length;
        while (_kernel.Now() < until && !_server.IsStopped) Turn(isMeasured);
    }

    private void Turn(bool isMeasured)
    {
        _turns++;
        if (_plan.Meddles && _kernel.Now() >= _meddleAt) Meddle();
        _meter.Start();
        _server.Turn();
        long bytes = _meter.Stop();
        Expect(!isMeasured || bytes == 0, $"the server allocated {bytes} bytes in turn {_turns}");
        if (_server.TakeReloadRequest()) Reload();
        if (_turns % 256 == 0) ThrowFaults();
    }

    private void Meddle()
    {
        _meddleAt = _kernel.Now() + Duration.FromMilliseconds(1 + _prng.Below(400));
        _world.Meddle();
        if (_prng.Below(12) == 0) _kernel.Raise(KernelSignal.Reload);
        if (_prng.Below(4) == 0) _kernel.Interrupt();
    }

    /// <summary>As the command does: what cannot be read leaves the old configuration.</summary>
    private void Reload()
    {
        List<string> problems = [];
        if (Configuration.Read(new Arguments([], [], []), _kernel, problems) is { } configuration)
        {
            _reloads++;
            _server.Replace(configuration.Catalog);
            return;
        }

        Expect(_kernel.Network.Rates.RefusesResources, string.Join('\n', problems));
    }

    private void ThrowFaults()
    {
        foreach (SimTalker talker in _talkers)
        {
            if (talker.Script.Exception is { } fault && !talker.MayFail) throw new SimulationException($"{talker}: {fault.InnerException}");
        }
    }

    private string Describe()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"at {_kernel.Now().Nanoseconds} ns, turn {_turns}\n");
        foreach (string violation in _kernel.Network.Violations) text.Append("violation: ").Append(violation).Append('\n');
        int unfinished = 0;
        foreach (SimTalker talker in _talkers)
        {
            if (!talker.IsDone && unfinished++ < 10) text.Append("unfinished: ").Append(talker).Append('\n');
        }

        string log = _kernel.LogText;
        return text.Append(log.Length > 3000 ? log[^3000..] : log).ToString();
    }

    private static void Expect(bool isTrue, string otherwise)
    {
        if (!isTrue) throw new SimulationException(otherwise);
    }
}
