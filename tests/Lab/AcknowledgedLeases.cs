using System;
using System.Collections.Generic;
using System.Text.Json;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>What machines were acknowledged, which a server that was killed must know again.</summary>
internal sealed class AcknowledgedLeases
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, string> _addresses = [];
    private readonly Dictionary<string, string> _machines = [];

    /// <summary>Machines that have a lease.</summary>
    public int Count => _addresses.Count;

    /// <summary>Acknowledgments, ever.</summary>
    public int Messages { get; private set; }

    /// <summary>A machine was acknowledged an address, which nobody else may have.</summary>
    public void Add(string machine, string address)
    {
        Messages++;
        string owner = _machines.GetValueOrDefault(address, machine);
        Assert.True(owner == machine, $"{address} is {owner}'s, and was given to {machine}");
        Remove(machine, out _);
        _addresses[machine] = address;
        _machines[address] = machine;
    }

    /// <summary>A machine gives its address back, if it has one.</summary>
    public bool Remove(string machine, out string? address)
    {
        if (!_addresses.Remove(machine, out address))
            return false;
        _machines.Remove(address);
        return true;
    }

    /// <summary>What is known now, for later.</summary>
    public AcknowledgedLeases Copy()
    {
        AcknowledgedLeases copy = new();
        foreach ((string machine, string address) in _addresses)
            copy.Add(machine, address);
        return copy;
    }

    /// <summary>Compares with what <c>aglet leases</c> reads from the journal.</summary>
    /// <param name="when">For the message of a failure.</param>
    /// <param name="config">The configuration file.</param>
    /// <param name="enter">A command that runs another one where the journal is to be seen.</param>
    public void CheckAgainstJournal(string when, string config, params IReadOnlyList<string> enter)
    {
        LabResult listed = LabProcess.Run(null, _limit, [.. enter, Repository.Binary, "leases", "--json", "--config", config]);
        Assert.True(listed.ExitCode == 0, listed.Output);
        Dictionary<string, string> bound = [];
        HashSet<string> addresses = [];
        using JsonDocument document = JsonDocument.Parse(listed.Output);
        foreach (JsonElement lease in document.RootElement.EnumerateArray())
        {
            string address = lease.GetProperty("address").GetString()!;
            Assert.True(addresses.Add(address), $"{when}: {address} is listed twice");
            if (lease.GetProperty("state").GetString() != "bound")
                continue;
            string machine = lease.GetProperty("hardwareAddress").GetString()!;
            Assert.True(bound.TryAdd(machine, address), $"{when}: {machine} has {address} and {bound.GetValueOrDefault(machine)}");
        }

        foreach ((string machine, string address) in _addresses)
        {
            string found = bound.GetValueOrDefault(machine, "none");
            Assert.True(found == address, $"{when}: {machine} was acknowledged {address}, and has {found}");
        }
    }
}
