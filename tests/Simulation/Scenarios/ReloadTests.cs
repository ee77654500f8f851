using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Commands;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Server;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Simulation.Scenarios;

/// <summary>A tree of 100,000 files is read again while machines ask.</summary>
public sealed class ReloadTests
{
    private const int Folders = 500;
    private const int FilesOfAFolder = 180;
    private const int FilesOfTheLargest = 10_000;

    private const string Config =
        """
        { "network": { "interface": "eth0", "address": "10.0.0.1/24" }, "dhcp": { "mode": "proxy" }, "tree": "/t" }
        """;

    private readonly SimKernel _kernel = new(1, FaultRates.None);

    [Fact]
    public void MachinesAreAnsweredWhileALargeTreeIsReadAgain()
    {
        NetbootServer server = Start(out Reload reload, out Asker asker);
        Turn(server, reload, Duration.FromMilliseconds(20));
        Assert.True(asker.Offers > 5, _kernel.LogText);
        _kernel.Files.Add("/t/later", [1, 2, 3]);
        _kernel.Raise(KernelSignal.Reload);
        Turn(server, reload, Duration.FromMilliseconds(1));
        Assert.True(reload.IsRunning);
        int offers = asker.Offers;
        int turns = 0;
        long most = 0;
        while (reload.IsRunning)
        {
            long before = _kernel.FolderEntriesRead;
            Turn(server, reload);
            most = Math.Max(most, _kernel.FolderEntriesRead - before);
            turns++;
        }

        Assert.InRange(most, 1, 350);
        Assert.True(turns > 2000, $"{turns} turns");
        Assert.True(asker.Offers - offers >= 10, $"{asker.Offers - offers} offers in {turns} turns");
        Assert.InRange(asker.Asked - asker.Offers, 0, 1);
        Assert.Contains("configuration and tree read again: 100007 files", _kernel.LogText, StringComparison.Ordinal);
        Assert.Equal(0, _kernel.Open(SimHandleKind.Listing));
        Assert.Empty(_kernel.Network.Violations);
    }

    [Fact]
    public void ASecondSignalBeginsAnewAndAStopLeavesNothingOpen()
    {
        NetbootServer server = Start(out Reload reload, out _);
        _kernel.Raise(KernelSignal.Reload);
        Turn(server, reload, Duration.FromMilliseconds(1));
        _kernel.Files.Add("/t/aaa-first", []); // where the first reading was already
        _kernel.Raise(KernelSignal.Reload);
        Turn(server, reload);
        while (reload.IsRunning) Turn(server, reload);
        Assert.Contains("configuration and tree read again: 100007 files", _kernel.LogText, StringComparison.Ordinal);
        Assert.Equal(1, Count("read again"));
        _kernel.Raise(KernelSignal.Reload);
        Turn(server, reload, Duration.FromMilliseconds(1));
        Assert.True(reload.IsRunning);
        reload.Abandon();
        Assert.Equal(0, _kernel.Open(SimHandleKind.Listing));
    }

    [Fact]
    public void AnErrorKeepsTheOldOnes()
    {
        NetbootServer server = Start(out Reload reload, out Asker asker);
        _kernel.Files.Find("/e/aglet.json"u8)!.Replace(Encoding.UTF8.GetBytes(Config.Replace("/t", "/none", StringComparison.Ordinal)), 1);
        _kernel.Raise(KernelSignal.Reload);
        Turn(server, reload, Duration.FromMilliseconds(2));
        Assert.False(reload.IsRunning);
        Assert.Contains("the boot tree cannot be read: no such folder", _kernel.LogText, StringComparison.Ordinal);
        Assert.Contains("the old one stays in force", _kernel.LogText, StringComparison.Ordinal);
        int offers = asker.Offers;
        Turn(server, reload, Duration.FromMilliseconds(10));
        Assert.True(asker.Offers > offers + 5);
    }

    private NetbootServer Start(out Reload reload, out Asker asker)
    {
        _kernel.Files.Add("/e/aglet.json", Encoding.UTF8.GetBytes(Config));
        foreach (string name in (ReadOnlySpan<string>)["bootx64.efi", "grubx64.efi", "snponly.efi", "pxelinux.0", "ldlinux.c32", "memdisk"])
            _kernel.Files.Add("/t/" + name, [1]);
        for (int i = 0; i < Folders * FilesOfAFolder; i++) _kernel.Files.Add($"/t/pool/{i % Folders}/{i}", []);
        for (int i = 0; i < FilesOfTheLargest; i++) _kernel.Files.Add($"/t/flat/{i * 7919 % FilesOfTheLargest}", []);
        Arguments options = new(["--config", "/e/aglet.json"], ["--config", "--tree", "--interface"], [Configuration.BuiltIn]);
        List<string> problems = [];
        Configuration configuration = Configuration.Read(options, _kernel, problems)!;
        Assert.Empty(problems);
        Log log = new(_kernel);
        NetworkInterface[] links = [_kernel.Interface()];
        LinkUpkeep upkeep = new(_kernel, log);
        NetbootServer server = new(_kernel, configuration.Catalog, log, links, upkeep: upkeep);
        upkeep.Server = server;
        Assert.Empty(server.Start());
        reload = new(options, _kernel, log, server, upkeep, configuration);
        asker = new(_kernel);
        _kernel.Network.Attach(asker);
        asker.Begin();
        return server;
    }

    /// <summary>As the command does it.</summary>
    private static void Turn(NetbootServer server, Reload reload)
    {
        server.Turn(mayWait: !reload.IsRunning);
        if (server.TakeReloadRequest()) reload.Begin();
        reload.Step();
    }

    private void Turn(NetbootServer server, Reload reload, Duration length)
    {
        Instant until = _kernel.Now() + length;
        while (_kernel.Now() < until) Turn(server, reload);
    }

    private int Count(string text) => _kernel.LogText.Split(text).Length - 1;

    /// <summary>A machine every millisecond, each with another hardware address.</summary>
    private sealed class Asker(SimKernel kernel) : SimHost(HardwareAddress.Read([2, 0, 0, 0, 0, 8]))
    {
        public int Asked { get; private set; }

        public int Offers { get; private set; }

        public override bool IsListening(ushort port) => port == 68;

        public override void OnDatagram(in IpEndpoint source, in IpEndpoint destination, ReadOnlySpan<byte> payload)
        {
            if (payload.Length > 240 && payload[0] == 2) Offers++;
        }

        public override void OnTimer()
        {
            Asked++;
            HardwareAddress own = HardwareAddress.Read([2, 1, 0, 0, (byte)(Asked >> 8), unchecked((byte)Asked)]);
            SimDhcpRequest discover = new SimDhcpRequest(1, (uint)Asked, own) { Broadcast = true }
                .With(60, "PXEClient:Arch:00007:UNDI:003001"u8).With(93, [0, 7]).With(94, [1, 3, 1]);
            kernel.Network.Send(this, 68, new(Ipv4Address.Broadcast, 67), discover.ToBytes());
            Begin();
        }

        public void Begin() => SetTimer(Duration.FromMilliseconds(1));
    }
}
