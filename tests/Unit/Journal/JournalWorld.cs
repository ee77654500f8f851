using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Dhcp;
using Aglet.Journal;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Tests.Simulation;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Journals;

/// <summary>A lease table with its journal on a simulated disk, through crashes and restarts.</summary>
internal sealed class JournalWorld
{
    public const string Folder = "/var/lib/aglet";
    public const string Path = Folder + "/journal";

    private readonly Settings _settings;
    private readonly NetworkInterface _link;

    public JournalWorld(ulong seed = 1, string first = "10.0.0.100", string last = "10.0.0.200", int prefix = 24)
    {
        Kernel = new(seed, FaultRates.None);
        Kernel.Files.Add(Folder + "/keep", []);
        _settings = Dhcp.DhcpWorld.Settings(DhcpMode.Server, first, last);
        _link = Dhcp.DhcpWorld.Link with { Address = new(Dhcp.DhcpWorld.ServerAddress, prefix) };
        Table = null!;
        Journal = null!;
    }

    public SimKernel Kernel { get; }

    public LeaseTable Table { get; private set; }

    public StateJournal Journal { get; private set; }

    public string Log => Kernel.LogText;

    public SimFile File => Kernel.Files.Find(Encoding.UTF8.GetBytes(Path))!;

    public byte[] Bytes => File.From(0, File.Size).ToArray();

    public Instant Now => Kernel.Now();

    /// <summary>Opens the journal as a server does that starts.</summary>
    public JournalWorld Start(Settings? settings = null)
    {
        Assert.Equal("", TryStart(settings));
        return this;
    }

    public string TryStart(Settings? settings = null)
    {
        StateJournal? journal = StateJournal.Open(Kernel, new Log(Kernel), Folder, out string problem);
        if (journal is null) return problem;
        Journal = journal;
        Table = new(new DhcpNetworks(settings ?? _settings, [_link]), (settings ?? _settings).Machines);
        new LeaseJournal(journal).Use(Table);
        return Journal.TryReplay(Now, out problem) ? "" : problem;
    }

    /// <summary>The process is killed, and another one starts.</summary>
    public JournalWorld Crash()
    {
        Kernel.Kill();
        return Start();
    }

    /// <summary>The power goes off and on.</summary>
    public JournalWorld PowerCut()
    {
        Kernel.Kill();
        Kernel.Disk.Restart();
        return Start();
    }

    /// <summary>Puts other bytes into the file of a server that does not run.</summary>
    public void Put(byte[] content)
    {
        Kernel.Kill();
        Kernel.Disk.Forget(Kernel.Files.Add(Path, content));
    }

    public void Pass(long seconds) => Kernel.Network.AdvanceTo(Now + Duration.FromSeconds(seconds));

    public void BeginTurn() => Journal.OnTurnStart(Now);

    /// <summary>One turn of the loop with nothing but this in it.</summary>
    public void Turn(Action? work = null)
    {
        BeginTurn();
        Table.Expire(Now);
        work?.Invoke();
        Journal.Commit(Now);
    }

    /// <summary>Offers and binds as a whole exchange does, in one turn.</summary>
    public Ipv4Address Bind(int machine, long leaseSeconds = 3600)
    {
        Ipv4Address address = default;
        Turn(() => address = BindInTurn(machine, leaseSeconds));
        return address;
    }

    public Ipv4Address BindInTurn(int machine, long leaseSeconds = 3600)
    {
        LeaseKey key = KeyOf(machine);
        Assert.True(Table.TryOffer(Now, key, default, default, out Ipv4Address address));
        Table.Bind(Now, key, address, Duration.FromSeconds(leaseSeconds));
        return address;
    }

    public static LeaseKey KeyOf(int machine) =>
        new(HardwareAddress.Read([0x52, 0x54, 0, (byte)(machine >> 16), (byte)((machine >> 8) & 255), (byte)(machine & 255)]), 0);

    /// <summary>Every slot in words, but for what need not be durable.</summary>
    public List<LeaseBinding> Bindings()
    {
        List<LeaseBinding> bindings = [];
        for (int slot = 0; slot < Table.Count; slot++)
        {
            LeaseBinding binding = Table.DurableBinding(slot);
            bool isKept = binding.State is LeaseState.Bound or LeaseState.Declined
                || (binding.State == LeaseState.Idle && !binding.Owner.IsNone);
            if (isKept) bindings.Add(binding);
        }

        return bindings;
    }

    public void RunRewrite()
    {
        for (int i = 0; i < 100_000 && Journal.IsRewriting; i++)
        {
            Kernel.Network.AdvanceTo(Now + Duration.FromMilliseconds(10));
            Turn();
        }

        Assert.False(Journal.IsRewriting);
    }
}
