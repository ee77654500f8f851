using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using Aglet.Boot;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Linux;
using Aglet.Net;
using Aglet.Tftp;
using Aglet.Time;
using Aglet.Tree;
using Xunit;

namespace Aglet.Tests.Unit.Tftp;

/// <summary>Clients that others wrote fetch over loopback from the endpoint on the real kernel. Needs curl and atftp.</summary>
public sealed class TftpRealClientTests
{
    /// <summary>Past block 65535 at a block of 1024, and no multiple of it.</summary>
    private const int BigBytes = 70_000_123;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    public void AtftpFetchesPastTheRollover(int window) => Fetch(
        BigBytes, (port, target) =>
            ["atftp", "--option", "blksize 1024", "--option", $"windowsize {window}", "-g", "-r", "big", "-l", target, "127.0.0.1", $"{port}"]);

    [Theory]
    [InlineData(BigBytes, 1024)]
    [InlineData(1468 * 100, 1468)]
    public void CurlFetches(int length, int blockBytes) => Fetch(
        length, (port, target) =>
            ["curl", "-sS", "--tftp-blksize", $"{blockBytes}", "-o", target, $"tftp://127.0.0.1:{port}//big"]);

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public void CurlFetchesWithoutOptions(int length) => Fetch(
        length, (port, target) =>
            ["curl", "-sS", "--tftp-no-options", "-o", target, $"tftp://127.0.0.1:{port}//big"]);

    private static void Fetch(int length, Func<int, string, string[]> command)
    {
        string folder = Directory.CreateTempSubdirectory("aglet-tftp-").FullName;
        try
        {
            byte[] file = TftpBytes.File(length);
            string source = Path.Combine(folder, "big");
            string target = Path.Combine(folder, "copy");
            File.WriteAllBytes(source, file);

            // A client that writes nothing for an empty file leaves this one. (With options curl refuses an empty file:
            // it takes tsize 0 for a mistake.)
            File.WriteAllBytes(target, []);
            using LinuxKernel kernel = new(takesSignals: false);
            SocketTable sockets = new(kernel);
            int port = 20_000 + (Environment.ProcessId % 10_000);
            TftpEndpoint endpoint;
            do endpoint = NewEndpoint(kernel, sockets, source, length, (ushort)++port);
            while (endpoint.Start(new Ipv4Address(0x7F000001), 0).IsError);

            string[] words = command(port, target);
            ProcessStartInfo start = new(words[0], words[1..]) { RedirectStandardError = true, RedirectStandardOutput = true };
            using Process client = Process.Start(start)!;
            ReadyEvent[] ready = new ReadyEvent[16];
            while (!client.HasExited || endpoint.ActiveTransfers > 0) Turn(kernel, sockets, endpoint, ready);
            string said = client.StandardError.ReadToEnd() + client.StandardOutput.ReadToEnd();
            Assert.True(client.ExitCode == 0, said);
            Assert.True(File.ReadAllBytes(target).AsSpan().SequenceEqual(file), said);
            Assert.Equal(1UL, endpoint.Outcomes[TftpOutcome.Finished]);
            endpoint.BeginDrain();
            Assert.Equal(0, sockets.Count);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static TftpEndpoint NewEndpoint(LinuxKernel kernel, SocketTable sockets, string path, int length, ushort port)
    {
        long modified = new DateTimeOffset(File.GetLastWriteTimeUtc(path)).ToUnixTimeSeconds();
        List<BootFile> files =
        [
            new() { Key = "big"u8.ToArray(), HostPath = Encoding.UTF8.GetBytes(path), Size = length, ModifiedUnixSeconds = modified },
        ];
        Log log = new(kernel, least: LogLevel.Error);
        return new(kernel, sockets, log, new(new BootCatalog(new BootTree(files))), new OpenFiles(kernel), port: port);
    }

    private static void Turn(LinuxKernel kernel, SocketTable sockets, TftpEndpoint endpoint, ReadyEvent[] ready)
    {
        Instant soon = kernel.Now() + Duration.FromMilliseconds(20);
        int count = kernel.Wait(ready, Instant.Min(soon, endpoint.NextDeadline));
        Instant now = kernel.Now();
        for (int i = 0; i < count; i++)
        {
            if (!sockets.TryGet(ready[i].Token, out SocketEntry entry)) continue;
            endpoint.OnReady(now, entry, ready[i].Token, ready[i].Readiness);
        }

        endpoint.OnDeadline(now);
    }
}
