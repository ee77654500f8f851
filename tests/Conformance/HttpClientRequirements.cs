using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using static Aglet.Tests.Conformance.ConformanceTarget;
using static Aglet.Tests.Conformance.HttpSemanticsRequirements;
using static Aglet.Tests.Conformance.RequirementLevel;

namespace Aglet.Tests.Conformance;

/// <summary>What boot clients need of HTTP beyond the standard.</summary>
internal static class HttpClientRequirements
{
    public static IReadOnlyList<Requirement> Rows { get; } =
    [
        new("http-grub-spelling", "GRUB", Client, "'HTTP/1.1 ' and 'Content-Length: ' are spelled exactly so.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Raw("GET /f1000 HTTP/1.1\r\nHost: 10.0.0.1\r\nUser-Agent: GRUB 2.06\r\n\r\n");
            Demand.That(reply.Head.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)
                && reply.Head.Contains("\r\nContent-Length: 1000\r\n", StringComparison.Ordinal), reply.Head);
        }),
        new("http-grub-seek", "GRUB", Client, "A seek (bytes=N-) is a 206, or its data would be corrupted.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Raw("GET /f5000 HTTP/1.1\r\nHost: 10.0.0.1\r\nUser-Agent: GRUB 2.06\r\nRange: bytes=4096-\r\n\r\n");
            Demand.That(reply.Status == 206, $"{reply}");
            Demand.Same(t.Bytes(Sized(5000)).AsSpan(4096), reply.Body);
        }),
        new("http-edk2-head", "EDK2", Client, "HEAD tells the length.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Raw("HEAD /boot.efi HTTP/1.1\r\nHost: 10.0.0.1\r\nAccept: */*\r\nUser-Agent: UefiHttpBoot/1.0\r\n\r\n");
            Demand.That(reply.Status == 200 && reply["Content-Length"] == "3000", reply.Head);
        }),
        new("http-edk2-type", "EDK2", Client, "A Content-Type without parameters, which decides what is done with the file.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            string? type = c.Get("/boot.efi")["Content-Type"];
            Demand.That(type is "application/efi" or "application/octet-stream", $"{type}");
        }),
        new("http-edk2-efi", "EDK2", Client, ".efi is application/efi, so that other names work, too.", t => Typed(t, "/boot.efi", "application/efi")),
        new("http-edk2-iso", "EDK2", Client, ".iso is application/vnd.efi-iso.", t => Typed(t, "/disk.iso", "application/vnd.efi-iso")),
        new("http-edk2-resume", "EDK2", Client, "A range with If-Match goes on where it broke, and tells the total.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Get("/f1000", "Range: bytes=400-999", $"If-Match: {Tag(t)}");
            Demand.That(reply.Status == 206 && reply["Content-Range"] == "bytes 400-999/1000", reply.Head);
        }),
        new("http-edk2-host", "EDK2", Client, "Host without a port is enough on any port.",
            t => HttpMessageRequirements.Answers(t, "GET /f1000 HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n", 200)),
        new("http-ipxe-reason", "iPXE", Client, "The status line has a space and a reason behind its code.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            Demand.That(c.Get("/f1000").StatusLine is { Length: > 13 } line && line[12] == ' ', "it has not");
            Demand.That(c.Get("/absent").StatusLine is { Length: > 13 } other && other[12] == ' ', "it has not for a 404");
        }),
        new("http-ipxe-san", "iPXE", Client, "Hundreds of ranges of 512 bytes over one connection.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            byte[] content = t.Bytes(Big);
            for (int i = 0; i < 300; i++)
            {
                int at = i * 3 * 512;
                HttpReply reply = c.Get("/" + Big, "User-Agent: iPXE/1.21.1", "Connection: keep-alive", $"Range: bytes={at}-{at + 511}");
                Demand.Same(content.AsSpan(at, 512), reply.Body);
            }
        }),
        new("http-ipxe-idle", "iPXE", Client, "A connection that waits three seconds is still there.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            c.Get("/f1");
            Thread.Sleep(3000);
            Demand.That(c.Get("/f1000").Status == 200, "it is not");
        }),
        new("http-u-boot", "U-Boot", Client, "HTTP/1.0 gets a 200 with a head below 2 KiB.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Raw("GET /f5000 HTTP/1.0\r\n\r\n");
            Demand.That(reply.Status == 200 && reply.Head.Length < 2048, $"{reply}");
            Demand.Same(t.Bytes(Sized(5000)), reply.Body);
            c.Closes();
        }),
        new("http-head-short", "U-Boot, GRUB", Client, "Heads stay below 1 KiB.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            int bytes = c.Get("/f1000").Head.Length;
            Demand.That(bytes < 1024, $"{bytes} bytes");
        }),
        new("http-syslinux", "syslinux", Client, "HTTP/1.0 with 'Connection: close' and a Host.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Raw("GET /f5000 HTTP/1.0\r\nHost: 10.0.0.1\r\nConnection: close\r\nUser-Agent: Syslinux/6.04\r\n\r\n");
            Demand.Same(t.Bytes(Sized(5000)), reply.Body);
            c.Closes();
        }),
        new("http-arch-probe", "Arch (curl -r 0-0)", Client, "The first byte alone tells the size.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Get("/f5000", "Range: bytes=0-0");
            Demand.That(reply.Status == 206 && reply["Content-Range"] == "bytes 0-0/5000", reply.Head);
        }),
        new("http-pi", "Raspberry Pi", Client, "'Connection: close' with a range for the rest.", t =>
        {
            using HttpProbe c = t.OpenHttp();
            HttpReply reply = c.Get("/f5000", "Connection: close", "Range: bytes=1000-");
            Demand.That(reply.Status == 206 && reply.Body.Length == 4000, $"{reply}");
            c.Closes();
        }),
        new("http-slashes", "GRUB, iPXE", Client, "'//' in a path is one slash.", t => Fetches(t, "//Boot//Mixed//BCD.bin", "Boot/Mixed/BCD.bin")),
        new("http-other-case", "Windows", Client, "A path is found although its case differs.",
            t => Fetches(t, "/boot/MIXED/bcd.bin", "Boot/Mixed/BCD.bin")),
        new("http-debian-names", "apt", Client, "'+' and '~' in a path are themselves.",
            t => Fetches(t, "/libc++1_1.2~rc1+b1_amd64.deb", "libc++1_1.2~rc1+b1_amd64.deb")),
        new("http-no-redirect", "EDK2, GRUB", Client, "A file is never redirected.", t =>
        {
            foreach (string target in (string[])["/boot.efi", "//boot.efi", "/boot.efi?x", "http://10.0.0.1/boot.efi"])
            {
                using HttpProbe c = t.OpenHttp();
                HttpReply reply = c.Get(target);
                Demand.That(reply.Status == 200, $"{target}: {reply}");
            }
        }),
        new("http-many-connections", "Anaconda, dnf", Client, "Thirty-two connections of one client at once.", t =>
        {
            List<HttpProbe> all = [];
            try
            {
                for (int i = 0; i < 32; i++) all.Add(t.OpenHttp());
                foreach (HttpProbe c in all) Demand.That(c.Get("/f1000").Status == 200, "one was refused");
            }
            finally
            {
                all.ForEach(c => c.Dispose());
            }
        }),
    ];

    private static void Typed(ConformanceTarget t, string target, string type)
    {
        using HttpProbe c = t.OpenHttp();
        string? seen = c.Get(target)["Content-Type"];
        Demand.That(seen == type, $"{seen}");
    }
}
