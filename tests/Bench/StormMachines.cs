using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Diagnostics;
using System.Net;
using System.Text;
using Aglet.Kernel;
using Aglet.Linux;
using Aglet.Net;
using Aglet.Tests.Lab;
using Aglet.Time;

namespace Aglet.Tests.Bench;

/// <summary>
/// Machines that boot, all at once, in the calling thread: DISCOVER as a UEFI firmware, the boot program by TFTP, DISCOVER as
/// iPXE, the script, kernel and initrd by HTTP, and the answer file at the URL that the script names. Runs inside the client's
/// namespace, which has all their addresses.
/// </summary>
/// <remarks>
/// Every byte of boot program, kernel and initrd of every machine is compared with what the file holds; of the answer file
/// its status, its length and the machine's name in it.
/// </remarks>
internal sealed unsafe class StormMachines : IDisposable
{
    private const int Bystanders = 1000;
    private const int BystanderBit = 1 << 24;

    private static readonly long _bystanderPause = Stopwatch.Frequency / 50;
    private static readonly long _lookPause = Stopwatch.Frequency / 50;

    private readonly StormDemand _demand;
    private readonly StormMachine[] _machines;
    private readonly EpollSet _ready = new();
    private readonly ReceiveBatch _datagrams = new(16, 65536);
    private readonly byte[] _stream = new byte[256 * 1024];
    private readonly byte[] _message = new byte[512];
    private readonly long[] _bystanderAsked = new long[Bystanders];
    private readonly List<double> _offers = [];
    private readonly List<double> _machineOffers = [];
    private readonly int _dhcp;
    private int _bystander;
    private int _offersMissed;
    private int _left;
    private int _repeats;

    private StormMachines(StormDemand demand)
    {
        _demand = demand;
        _machines = new StormMachine[demand.Machines];
        for (int i = 0; i < _machines.Length; i++)
            _machines[i] = new(i, demand, _ready, _datagrams);
        List<NetworkInterface> links = [];
        using LinuxKernel kernel = new(takesSignals: false);
        kernel.ListInterfaces(links);
        SysResult opened = kernel.OpenUdp(
            new(new(Ipv4Address.Any, 68), links.Find(link => link.Name == "eth0").Index, Broadcast: true, 8 << 20));
        if (opened.IsError)
            throw new LabException($"the machines' DHCP socket cannot be opened: {opened.Errno}");
        _dhcp = opened.Count;
        _ready.Watch(_dhcp, ulong.MaxValue, Readiness.Readable);
    }

    public static StormOutcome Run(StormDemand demand)
    {
        using StormMachines machines = new(demand);
        return machines.Run();
    }

    public void Dispose()
    {
        foreach (StormMachine machine in _machines)
            machine.Dispose();
        _ready.Close();
        _ = Libc.close(_dhcp);
        _datagrams.Dispose();
    }

    private StormOutcome Run()
    {
        double processor = BenchNative.ThreadSeconds();
        long begin = Stopwatch.GetTimestamp();
        long end = begin + (long)(_demand.LimitSeconds * Stopwatch.Frequency);
        long now = begin;
        long nextLook = begin;
        long nextBystander = begin + _bystanderPause;
        _left = _machines.Length;
        foreach (StormMachine machine in _machines)
        {
            machine.Begun = now;
            Discover(machine, isIpxe: false, now);
        }
        while (_left > 0 && now < end)
        {
            int count = _ready.Wait(128, Duration.FromMilliseconds(10));
            now = Stopwatch.GetTimestamp();
            for (int i = 0; i < count; i++)
                OnReady(_ready.Event(i, out Readiness readiness), readiness, now);
            if (now >= nextBystander)
            {
                nextBystander = now + _bystanderPause;
                AskAsBystander(now);
            }
            if (now < nextLook)
                continue;
            nextLook = now + _lookPause;
            foreach (StormMachine machine in _machines)
                OnTime(machine, now);
        }
        return Outcome(begin, now, BenchNative.ThreadSeconds() - processor);
    }

    private StormOutcome Outcome(long begin, long now, double processorSeconds)
    {
        List<double> times = [];
        List<string> failures = [];
        int timeouts = 0;
        foreach (StormMachine machine in _machines)
        {
            timeouts += machine.TftpTimeouts;
            if (machine.Stage == StormStage.Done)
                times.Add(Stopwatch.GetElapsedTime(machine.Begun, machine.Finished).TotalSeconds);
            else
                failures.Add($"{machine.Mac}: {machine.Failure ?? $"not done in time, in stage {machine.Stage} {machine.Progress}"}");
        }
        times.Sort();
        _offers.Sort();
        _machineOffers.Sort();
        return new(times.Count, failures, Stopwatch.GetElapsedTime(begin, now).TotalSeconds, processorSeconds, times,
            _offers, _machineOffers, _repeats, timeouts, _offersMissed);
    }

    private void OnReady(ulong datum, Readiness readiness, long now)
    {
        if (datum == ulong.MaxValue)
        {
            ReceiveDhcp(now);
            return;
        }
        StormMachine machine = _machines[(int)(datum >> 1)];
        try
        {
            if ((datum & 1) == 0 ? machine.OnTftp(now) : machine.OnHttp(now, readiness, _stream))
                Next(machine, now);
        }
        catch (LabException failure)
        {
            Fail(machine, failure.Message);
        }
    }

    /// <summary>A machine has what it asked for.</summary>
    private void Next(StormMachine machine, long now)
    {
        switch (machine.Stage)
        {
            case StormStage.BootProgram:
                Discover(machine, isIpxe: true, now);
                break;
            case StormStage.Done:
                machine.Finished = now;
                _left--;
                break;
            default:
                break;
        }
    }

    private void Fail(StormMachine machine, string why)
    {
        if (machine.Stage is StormStage.Failed or StormStage.Done)
            return;
        machine.Fail(why);
        _left--;
    }

    private void OnTime(StormMachine machine, long now)
    {
        try
        {
            if (machine.Stage is StormStage.Discover or StormStage.Request && now >= machine.Deadline)
            {
                _repeats++;
                if (++machine.Tries > 20)
                    throw new LabException("no answer by DHCP");
                SendDhcp(machine, now);
            }
            else
            {
                machine.OnTime(now);
            }
        }
        catch (LabException failure)
        {
            Fail(machine, failure.Message);
        }
    }

    private void Discover(StormMachine machine, bool isIpxe, long now)
    {
        machine.BeginDhcp(isIpxe);
        machine.Asked = now;
        SendDhcp(machine, now);
    }

    /// <summary>After one second, two and four, as iPXE does; all alike, for that is the worst.</summary>
    private void SendDhcp(StormMachine machine, long now)
    {
        machine.Deadline = now + (Stopwatch.Frequency << Math.Min(machine.Tries, 2));
        Send(machine.WriteDhcp(_message));
    }

    private void AskAsBystander(long now)
    {
        int number = _bystander++ % Bystanders;
        if (_bystanderAsked[number] != 0)
            _offersMissed++;
        _bystanderAsked[number] = now;
        Send(StormMachine.WriteBystander(_message, number, BystanderBit | number));
    }

    private void Send(int length)
    {
        sockaddr_in everybody = StormMachine.Address("255.255.255.255", 67);
        fixed (byte* bytes = _message)
            _ = Libc.sendto(_dhcp, bytes, (nuint)length, 0, &everybody, (uint)sizeof(sockaddr_in));
    }

    private void ReceiveDhcp(long now)
    {
        SysResult received = _datagrams.Receive(_dhcp, BenchNative.MSG_DONTWAIT);
        for (int i = 0; !received.IsError && i < received.Count; i++)
        {
            ReadOnlySpan<byte> reply = _datagrams.Message(i, out _, out _);
            if (reply.Length < 244 || reply[0] != 2)
                continue;
            int transaction = BinaryPrimitives.ReadInt32BigEndian(reply[4..]);
            if ((transaction & BystanderBit) != 0)
            {
                ref long asked = ref _bystanderAsked[(transaction & 0xFFFF) % Bystanders];
                if (asked != 0)
                    _offers.Add(Stopwatch.GetElapsedTime(asked, now).TotalMilliseconds);
                asked = 0;
                continue;
            }
            int index = transaction & 0xFFFF;
            if (index < _machines.Length)
                OnReply(_machines[index], transaction, reply, now);
        }
    }

    private void OnReply(StormMachine machine, int transaction, ReadOnlySpan<byte> reply, long now)
    {
        if (transaction != machine.Transaction)
            return;
        ReadOnlySpan<byte> kind = StormMachine.Option(reply, 53);
        try
        {
            if (kind is [2] && machine.Stage == StormStage.Discover)
            {
                if (machine.Tries == 0)
                    _machineOffers.Add(Stopwatch.GetElapsedTime(machine.Asked, now).TotalMilliseconds);
                machine.TakeOffer(reply);
                SendDhcp(machine, now);
            }
            else if (kind is [5] && machine.Stage == StormStage.Request)
            {
                machine.TakeAcknowledgment(reply, now);
            }
            else if (kind is [6])
            {
                // Somebody else was quicker: dnsmasq offers an address to more than one.
                _repeats++;
                if (++machine.Refusals > 20)
                    throw new LabException("its REQUESTs are refused");
                machine.BeginAgain();
                SendDhcp(machine, now);
            }
        }
        catch (LabException failure)
        {
            Fail(machine, failure.Message);
        }
    }
}
