using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>The static binary under more than a site will ask of it, and without what it would like to have.</summary>
[Trait("Category", "Lab")]
public sealed class StressTests
{
    private const string Config = """
        { "network": { "interface": "eth0" }, "dhcp": { "mode": "off" }, "tree": "tree" }
        """;

    /// <summary>As many as there are HTTP connections; more machines than there are TFTP slots.</summary>
    private const int Connections = 1000;
    private const int Machines = 1100;
    private const int ClientAddresses = 10;

    private static readonly byte[] _get = "GET /small HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray();
    private static readonly byte[] _small = Pattern(1300);
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    [Fact]
    public void ThousandConnectionsAndMoreMachinesThanSlotsFitIntoLittleMemory() => LabSession.Run("stress-crowd", lab =>
    {
        int pid = Serve(lab).Id;
        InClient(lab, () =>
        {
            int before = Handles(pid);
            List<Socket> crowd = Connect(Connections);
            foreach (Socket socket in crowd) socket.Send(_get);
            foreach (Socket socket in crowd) Assert.EndsWith("\r\n\r\n" + Encoding.Latin1.GetString(_small), Read(socket), StringComparison.Ordinal);
            FetchAll(Machines);
            Assert.InRange(ResidentKilobytes(pid), 1000, 16 * 1024);
            foreach (Socket socket in crowd) socket.Close(0); // a storm of resets

            // The file that all of them read may stay open for whoever comes next.
            WaitUntil(() => Handles(pid) <= before + 1, "a descriptor is left");

            // Nothing to do is nothing done: no timer ticks.
            Assert.InRange(TicksInASecond(pid), 0, 1);
        });
    });

    [Fact]
    public void WithFewDescriptorsItRestsAndServesOn() => LabSession.Run("stress-descriptors", lab =>
    {
        int pid = Serve(lab, "prlimit", "--nofile=64:64").Id;
        InClient(lab, () =>
        {
            List<Socket> crowd = Connect(100);
            foreach (Socket socket in crowd) socket.Send("GET /sm"u8);
            Thread.Sleep(TimeSpan.FromSeconds(1));

            // Connections never take what others need: not even a crowd that says nothing more.
            Assert.InRange(TicksInASecond(pid), 0, 20);
            FetchAll(20);
            foreach (Socket socket in crowd) socket.Close(0);
            FetchAll(20);
            foreach (Socket socket in Connect(1))
            {
                socket.Send(_get);
                Assert.StartsWith("HTTP/1.1 200", Read(socket), StringComparison.Ordinal);
            }
        });
    });

    [Fact]
    public void SmallLinkGetsBlocksThatItNeedNotCut() => LabSession.Run("stress-mtu", lab =>
    {
        foreach (string space in (string[])[lab.Network.Server, lab.Network.Client])
            LabProcess.Run(space, _limit, ["ip", "link", "set", "eth0", "mtu", "1280"]).OrThrow("ip");
        Serve(lab);
        string target = Path.Combine(lab.Folder, "fetched.bin");
        lab.OnClient(_limit, "curl", "-sS", "--tftp-blksize", "1468", "-o", target,
            $"tftp://{LabNetwork.ServerAddress}/big").OrThrow("curl");
        CheckBig(lab, target);
        Assert.Contains(lab.Capture.Packets(), packet => packet.IsTftpOptionAcknowledgment
            && packet.Text.Contains("blksize\0" + "1248\0", StringComparison.OrdinalIgnoreCase));
    });

    [Fact]
    public void ReloadsDisturbNoTransfer() => LabSession.Run("stress-reload", lab =>
    {
        LabProcess server = Serve(lab);
        string web = Path.Combine(lab.Folder, "web.bin");
        string tftp = Path.Combine(lab.Folder, "tftp.bin");
        LabProcess first = lab.Own(LabProcess.Start("curl", lab.Network.Client, null,
            ["curl", "-sS", "--limit-rate", "8M", "-o", web, $"http://{LabNetwork.ServerAddress}/big"]));
        LabProcess second = lab.Own(LabProcess.Start("curl", lab.Network.Client, null,
            ["curl", "-sS", "--limit-rate", "8M", "-o", tftp, $"tftp://{LabNetwork.ServerAddress}/big"]));
        for (int i = 0; i < 40; i++)
        {
            server.Signal(1);
            Thread.Sleep(20);
        }
        Assert.Equal(0, first.WaitForExit(_limit));
        Assert.Equal(0, second.WaitForExit(_limit));
        CheckBig(lab, web);
        CheckBig(lab, tftp);
        Assert.Contains("read again", server.Output, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ClientThatTakesNothingCannotHoldUpTheStop(bool isTwice) => LabSession.Run($"stress-stop-{isTwice}", lab =>
    {
        LabProcess server = Serve(lab);
        InClient(lab, () =>
        {
            using Socket stuck = Connect(1)[0];
            stuck.Send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n"u8);
            stuck.Receive(new byte[1]);
            server.Signal(LabNative.SIGTERM);
            Assert.True(server.WaitFor("stopping", _limit));

            // The second signal does not wait for the ten seconds; the first one alone does, and no longer.
            if (isTwice) server.Signal(LabNative.SIGTERM);
            Assert.Equal(0, server.WaitForExit(TimeSpan.FromSeconds(isTwice ? 8 : 30)));
        });
    });

    [Fact]
    public void FirstProcessOfItsNamespaceStopsWhenAsked() => LabSession.Run("stress-first", lab =>
    {
        LabProcess outer = Serve(lab, "unshare", "--pid", "--fork", "--kill-child");
        string children = File.ReadAllText($"/proc/{outer.Id}/task/{outer.Id}/children").Trim();
        Assert.Equal(0, LabNative.kill(int.Parse(children, CultureInfo.InvariantCulture), LabNative.SIGTERM));
        Assert.Equal(0, outer.WaitForExit(_limit));
        Assert.Contains("stopped", outer.Output, StringComparison.Ordinal);
    });

    /// <summary>Starts the binary, itself or by a command that becomes it.</summary>
    private static LabProcess Serve(LabSession lab, params IReadOnlyList<string> prefix)
    {
        Directory.CreateDirectory(lab.Tree);
        File.WriteAllBytes(Path.Combine(lab.Tree, "small"), _small);
        File.WriteAllBytes(Path.Combine(lab.Tree, "big"), Pattern(12_000_000));
        string config = Path.Combine(lab.Folder, "aglet.json");
        File.WriteAllText(config, Config);
        LabProcess server = lab.Own(LabProcess.Start("aglet", lab.Network.Server, Path.Combine(lab.Folder, "aglet.log"),
            [.. prefix, Repository.Binary, "serve", "--config", config]));
        if (!server.WaitFor("ready", _limit)) throw new LabException("not ready:\n" + server.Output);
        lab.GiveClientAddress();
        for (int i = 0; i < ClientAddresses; i++)
            lab.OnClient(_limit, "ip", "address", "add", $"10.0.0.{50 + i}/24", "dev", "eth0").OrThrow("ip");
        lab.OnClient(_limit, "curl", "-sS", "-o", "/dev/null", "--retry", "30", "--retry-connrefused",
            $"http://{LabNetwork.ServerAddress}/small").OrThrow("curl");
        return server;
    }

    /// <summary>Runs on a thread whose sockets are the client's.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "It is thrown again on the thread of the test.")]
    private static void InClient(LabSession lab, Action action)
    {
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                using (SafeFileHandle handle = File.OpenHandle($"/run/netns/{lab.Network.Client}"))
                    LabNative.Checked(LabNative.setns((int)handle.DangerousGetHandle(), LabNative.CLONE_NEWNET), "setns");
                action();
            }
            catch (Exception caught)
            {
                failure = caught;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) throw new LabException(failure.ToString(), failure);
    }

    private static List<Socket> Connect(int count)
    {
        List<Socket> sockets = [];
        for (int i = 0; i < count; i++)
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 10_000 };
            socket.Bind(new IPEndPoint(AddressOf(i), 0));
            socket.Connect(LabNetwork.ServerAddress, 80);
            sockets.Add(socket);
        }
        return sockets;
    }

    private static string Read(Socket socket)
    {
        byte[] buffer = new byte[4096];
        return Encoding.Latin1.GetString(buffer, 0, socket.Receive(buffer));
    }

    /// <summary>
    /// Machines without options that ask in the same moment, each until it has the three blocks of the small file.
    /// </summary>
    private static void FetchAll(int count)
    {
        byte[] request = "\0\u0001small\0octet\0"u8.ToArray();
        IPEndPoint server = new(IPAddress.Parse(LabNetwork.ServerAddress), 69);
        Socket[] machines = new Socket[count];
        int[] received = new int[count];
        for (int i = 0; i < count; i++)
        {
            machines[i] = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            machines[i].Bind(new IPEndPoint(AddressOf(i), 0));
            machines[i].SendTo(request, server);
        }
        byte[] datagram = new byte[1024];
        int done = 0;
        long asked = Environment.TickCount64;
        for (long began = asked; done < count; Thread.Sleep(1))
        {
            if (Environment.TickCount64 - began > _limit.TotalMilliseconds) throw new LabException($"{count - done} machines hang");
            bool asksAgain = Environment.TickCount64 - asked > 1000;
            if (asksAgain) asked = Environment.TickCount64;
            for (int i = 0; i < count; i++)
            {
                if (asksAgain && received[i] == 0) machines[i].SendTo(request, server);
                if (received[i] == _small.Length || machines[i].Available == 0) continue;
                EndPoint from = new IPEndPoint(IPAddress.Any, 0);
                int length = machines[i].ReceiveFrom(datagram, ref from);
                Assert.Equal([0, 3, 0, (byte)((received[i] / 512) + 1)], datagram[..4]);
                Assert.True(datagram.AsSpan(4, length - 4).SequenceEqual(_small.AsSpan(received[i], length - 4)));
                received[i] += length - 4;
                datagram[1] = 4;
                machines[i].SendTo(datagram.AsSpan(0, 4), from);
                if (received[i] == _small.Length) done++;
            }
        }
        foreach (Socket machine in machines) machine.Dispose();
    }

    private static IPAddress AddressOf(int client) => IPAddress.Parse($"10.0.0.{50 + (client % ClientAddresses)}");

    private static void CheckBig(LabSession lab, string target)
        => Assert.True(File.ReadAllBytes(Path.Combine(lab.Tree, "big")).AsSpan().SequenceEqual(File.ReadAllBytes(target)));

    private static int Handles(int pid) => Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length;

    private static int ResidentKilobytes(int pid)
    {
        string line = Array.Find(File.ReadAllLines($"/proc/{pid}/status"), one => one.StartsWith("VmHWM:", StringComparison.Ordinal))!;
        return int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
    }

    /// <summary>Hundredths of a second of processor time that a second costs.</summary>
    private static long TicksInASecond(int pid)
    {
        long before = Ticks(pid);
        Thread.Sleep(1000);
        return Ticks(pid) - before;
    }

    private static long Ticks(int pid)
    {
        string[] words = File.ReadAllText($"/proc/{pid}/stat").Split(' ');
        return long.Parse(words[13], CultureInfo.InvariantCulture) + long.Parse(words[14], CultureInfo.InvariantCulture);
    }

    private static void WaitUntil(Func<bool> condition, string otherwise)
    {
        for (int i = 0; i < 300 && !condition(); i++) Thread.Sleep(50);
        Assert.True(condition(), otherwise);
    }

    private static byte[] Pattern(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
