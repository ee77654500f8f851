using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Server;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Simulation.Scenarios;

/// <summary>Raspberry Pis at the whole server: every file of their sequences, byte for byte.</summary>
public sealed class RaspberryPiTests
{
    private static readonly string[] _firmware =
    [
        "bootcode.bin", "start.elf", "fixup.dat", "start4.elf", "fixup4.dat", "bcm2710-rpi-3-b.dtb", "bcm2711-rpi-4-b.dtb",
        "bcm2712-rpi-5-b.dtb", "overlays/overlay_map.dtb", "usercfg.txt",
    ];

    [Theory]
    [InlineData(0, "b8:27:eb:34:56:78", "12345678", "raspi/", false)]
    [InlineData(1, "dc:a6:32:00:00:01", "0a0b0c0d", "raspi/", false)]
    [InlineData(1, "dc:a6:32:00:00:01", "0a0b0c0d", "", false)]
    [InlineData(1, "dc:a6:32:00:00:01", "0a0b0c0d", "firmware/", true)]
    [InlineData(2, "2c:cf:67:00:00:01", "deadbeef", "rpi/", false)]
    [InlineData(2, "2c:cf:67:00:00:01", "deadbeef", "", true)]
    public void EachGetsEveryFileOfItsSequence(int board, string mac, string serial, string folder, bool usesMacPrefix)
    {
        RaspberryPiModel model = new((RaspberryPiBoard)board, serial, usesMacPrefix);
        foreach (string known in (ReadOnlySpan<string>)[$"\"mac\": \"{mac}\"", $"\"serial\": \"10000000{serial}\""])
        {
            // The serial number is only told before the paths.
            if (usesMacPrefix && known.Contains("serial", StringComparison.Ordinal)) continue;
            Dictionary<string, byte[]> tree = TreeOf(folder);
            SimRaspberryPi pi = Boot(model, mac, tree, $$"""{ "name": "pi", {{known}}, "image": "debian" }""", out string log);
            Assert.True(pi.HasBooted, log);
            Assert.Equal((usesMacPrefix ? mac.Replace(':', '-') : serial) + "/", pi.Prefix);
            foreach ((string path, byte[]? bytes) in pi.Requests) CheckFile(pi, tree, folder, path, bytes);
            Assert.Equal(
                "# Aglet: pi boots debian\narm_64bit=1\nkernel=debian/linux\ninitramfs debian/initrd.gz,debian/more.gz "
                + "followkernel\ninclude usercfg.txt\n",
                Encoding.UTF8.GetString(pi["config.txt"]!));
            string words = Encoding.UTF8.GetString(pi["cmdline.txt"]!);
            Assert.StartsWith("inst.ks=http://10.0.0.1/_/answer/", words, StringComparison.Ordinal);
            Assert.EndsWith($" BOOTIF=01-{mac.Replace(':', '-')} console=serial0,115200\n", words, StringComparison.Ordinal);
            Assert.NotNull(pi["debian/linux"]);
            Assert.NotNull(pi["debian/more.gz"]);
            Assert.NotNull(pi["usercfg.txt"]);
        }
    }

    [Theory]
    [InlineData(0, "b8:27:eb:34:56:78", "12345678", "raspi/")]
    [InlineData(0, "b8:27:eb:34:56:78", "12345678", "")]
    [InlineData(1, "dc:a6:32:00:00:01", "0a0b0c0d", "")]
    [InlineData(2, "2c:cf:67:00:00:01", "deadbeef", "")]
    public void OneThatBootsItsDiskFindsNothingAndGoesOn(int board, string mac, string serial, string folder)
    {
        RaspberryPiModel model = new((RaspberryPiBoard)board, serial, BlockSize: 1024);
        SimRaspberryPi pi = Boot(
            model, mac, TreeOf(folder), $$"""{ "name": "pi", "mac": "{{mac}}", "image": "disk" }""", out string log);
        Assert.False(pi.HasBooted, log);
        Assert.All(pi.Requests, request => Assert.Null(request.Bytes));
    }

    [Fact]
    public void WhatItCannotStartIsSaidAndItGoesOn()
    {
        SimRaspberryPi pi = Boot(
            new(RaspberryPiBoard.Pi4, "0a0b0c0d"), "dc:a6:32:00:00:01", TreeOf(""),
            """{ "name": "pi", "mac": "dc:a6:32:00:00:01", "image": "cd" }""", out string log);
        Assert.False(pi.HasBooted);
        Assert.Contains("is not given cd: a Raspberry Pi's firmware cannot boot a CD image here", log, StringComparison.Ordinal);
    }

    /// <summary>A tree that somebody made by hand serves one that the configuration does not name as it always did.</summary>
    [Fact]
    public void OneThatIsNotNamedDropsItsPrefixAndTakesWhatLiesInTheTree()
    {
        Dictionary<string, byte[]> tree = TreeOf("");
        tree.Add("config.txt", "arm_64bit=1\n"u8.ToArray());
        tree.Add("cmdline.txt", "console=tty1\n"u8.ToArray());
        tree.Add("kernel8.img", [1, 2, 3]);
        SimRaspberryPi pi = Boot(
            new(RaspberryPiBoard.Pi4, "0a0b0c0d"), "dc:a6:32:00:00:01", tree,
            """{ "name": "other", "mac": "dc:a6:32:00:00:02", "image": "debian" }""", out string log);
        Assert.True(pi.HasBooted, log);
        Assert.Equal("", pi.Prefix);
        Assert.Equal(("0a0b0c0d/start4.elf", null), pi.Requests[0]);
        Assert.Equal(("0a0b0c0d/start.elf", null), pi.Requests[1]);
        Assert.Equal(tree["config.txt"], pi["config.txt"]);
        Assert.Equal(tree["kernel8.img"], pi["kernel8.img"]);
    }

    private static void CheckFile(
        SimRaspberryPi pi, Dictionary<string, byte[]> tree, string folder, string path, byte[]? bytes)
    {
        string name = path.StartsWith(pi.Prefix, StringComparison.Ordinal) ? path[pi.Prefix.Length..] : path;
        if (name is "config.txt" or "cmdline.txt") return;
        byte[]? expected = tree.GetValueOrDefault(folder + name) ?? tree.GetValueOrDefault(name);
        Assert.True(expected is null == bytes is null, path);
        Assert.Equal(expected, bytes);
    }

    private static Dictionary<string, byte[]> TreeOf(string folder)
    {
        Prng prng = new(7);
        Dictionary<string, byte[]> tree = [];
        foreach (string name in _firmware) Add(folder + name, 3000 + prng.Below(90_000));
        Add("debian/linux", 1468 * 40);
        Add("debian/initrd.gz", 123_456);
        Add("debian/more.gz", 1);
        Add("cd.iso", 100);
        return tree;

        void Add(string key, int length)
        {
            byte[] content = new byte[length];
            for (int i = 0; i < length; i++) content[i] = (byte)(prng.Next() & 255);
            tree.Add(key, content);
        }
    }

    private static SimRaspberryPi Boot(
        RaspberryPiModel model, string mac, Dictionary<string, byte[]> tree, string machine, out string log)
    {
        SimKernel kernel = new(new SimNetwork(1, FaultRates.None), "10.0.0.1/24");
        foreach ((string key, byte[] content) in tree) kernel.Files.Add($"/srv/boot/{key}", content);
        kernel.Files.Add("/etc/aglet/answers/server.ks", "timezone UTC\n"u8.ToArray());
        string config = $$"""
            {
              "network": { "interface": "eth0" }, "tree": "/srv/boot", "unknown": "disk",
              "dhcp": { "mode": "server", "pool": "10.0.0.100-10.0.0.200" },
              "images": {
                "debian": { "kernel": "debian/linux", "initrd": ["debian/initrd.gz", "debian/more.gz"],
                            "args": "console=serial0,115200", "arch": "arm64",
                            "answer": { "kind": "kickstart", "template": "answers/server.ks" } },
                "cd": { "iso": "cd.iso" },
                "disk": { "local": true }
              },
              "machines": [ {{machine}} ]
            }
            """;
        kernel.Files.Add("/etc/aglet/aglet.json", Encoding.UTF8.GetBytes(config));
        Assert.True(HardwareAddress.TryParse(Encoding.ASCII.GetBytes(mac), out HardwareAddress address));
        SimRaspberryPi pi = new(model, address, 1);
        Exception? failure = null;

        // The machine's script resumes at once only where no synchronization context of a test framework comes between.
        Thread thread = new(() =>
        {
            try
            {
                Serve(kernel, pi);
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        log = kernel.LogText;
        Assert.True(failure is null, $"{failure}\n{log}");
        return pi;
    }

    private static void Serve(SimKernel kernel, SimRaspberryPi pi)
    {
        Log log = new(kernel, json: false, LogLevel.Debug);
        NetbootServer server = new(kernel, BootWorld.Read(kernel), log, [kernel.Interface()]);
        SimTicker ticker = new(kernel);
        kernel.Network.Attach(ticker);
        ticker.Begin();
        if (server.Start() is { Count: > 0 } refused) throw new SimulationException(string.Join('\n', refused));
        kernel.Network.Attach(pi);
        pi.PowerOn(Duration.FromSeconds(1));
        Instant until = kernel.Now() + Duration.FromSeconds(600);
        while (pi.Requests.Count == 0 || !pi.Script.IsCompleted)
        {
            if (pi.Script.Exception is { } fault) throw new SimulationException($"{fault.InnerException}");
            if (kernel.Now() > until) throw new SimulationException("it does not end");
            server.Turn();
        }

        if (pi.Script.Exception is { } late) throw new SimulationException($"{late.InnerException}");
    }
}
