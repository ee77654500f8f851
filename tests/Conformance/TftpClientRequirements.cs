using System.Collections.Generic;
using System.Linq;
using System.Text;
using static Aglet.Tests.Conformance.ConformanceTarget;
using static Aglet.Tests.Conformance.RequirementLevel;

namespace Aglet.Tests.Conformance;

/// <summary>What boot clients do that no RFC says, and what they need.</summary>
internal static class TftpClientRequirements
{
    public static IReadOnlyList<Requirement> Rows { get; } =
    [
        new("tftp-edk2-probe", "EDK2", Client, "A probe (OACK, then ERROR 8) is over with that, and the read after it works.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(20_000), "octet", "tsize", "0", "blksize", "1468", "windowsize", "4");
            TftpReply oack = c.NextOptions();
            Demand.That(oack.Agreed.All(pair => pair.Name is "tsize" or "blksize" or "windowsize"), $"{oack}");
            Demand.That(oack.Value("tsize") == 20_000, $"{oack}");
            c.Refuse(8, "User aborted the transfer");
            c.Quiet(TftpProbe.LongSilence);
            using TftpProbe read = t.OpenTftp();
            Demand.Same(t.Bytes(Sized(20_000)), read.Fetch(Sized(20_000), "octet", "blksize", "1468", "windowsize", "4"));
        }),
        new("tftp-grub", "GRUB", Client, "blksize 1024 and tsize are granted, in lower case.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request("/" + Sized(20_000), "octet", "blksize", "1024", "tsize", "0");
            TftpReply oack = c.NextOptions();
            Demand.That(oack.Agreed.Order().SequenceEqual([("blksize", "1024"), ("tsize", "20000")]), $"{oack}");
            Demand.Same(t.Bytes(Sized(20_000)), c.Rest(oack));
        }),
        new("tftp-grub-slashes", "GRUB", Client, "'//' in a path is one slash.", t => Fetches(t, "/Boot//Mixed//BCD.bin")),
        new("tftp-pxelinux", "PXELINUX", Client, "tsize and blksize 1408 are granted, and nothing else.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(20_000), "octet", "tsize", "0", "blksize", "1408");
            TftpReply oack = c.NextOptions();
            Demand.That(oack.Agreed.Count == 2 && oack.Value("blksize") == 1408, $"{oack}");
            Demand.Same(t.Bytes(Sized(20_000)), c.Rest(oack));
        }),
        new("tftp-u-boot", "U-Boot", Client, "timeout 5 is echoed exactly; blksize 1468 and tsize beside it.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(20_000), "octet", "timeout", "5", "tsize", "0", "blksize", "1468");
            TftpReply oack = c.NextOptions();
            Demand.That(oack.Value("timeout") is null or 5 && oack.Value("blksize") <= 1468, $"{oack}");
            Demand.Same(t.Bytes(Sized(20_000)), c.Rest(oack));
        }),
        new("tftp-ipxe", "iPXE", Client, "blksize 1432 and tsize are granted for a path without slash.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(20_000), "octet", "blksize", "1432", "tsize", "0");
            TftpReply oack = c.NextOptions();
            Demand.That(oack.Value("blksize") == 1432, $"{oack}");
            Demand.Same(t.Bytes(Sized(20_000)), c.Rest(oack));
        }),
        new("tftp-pi-blksize", "Raspberry Pi", Client, "The whole blksize is granted, or large files do not fit its block numbers.", t =>
        {
            foreach (string size in (string[])["1024", "1468"])
            {
                using TftpProbe c = t.OpenTftp();
                c.Request(Sized(20_000), "octet", "tsize", "0", "blksize", size);
                TftpReply oack = c.NextOptions();
                Demand.That($"{oack.Value("blksize")}" == size, $"{oack}");
                c.Refuse(0, "Early terminate");
            }
        }),
        new("tftp-pi-probe", "Raspberry Pi", Client, "ERROR 0 after the OACK ends the transfer without an answer.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000), "octet", "tsize", "0", "blksize", "1024");
            c.NextOptions();
            c.Refuse(0, "Early terminate");
            c.Quiet(TftpProbe.LongSilence);
        }),
        new("tftp-frame", "NIC firmware", Client, "A block never needs IP fragments, whatever was asked.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000), "octet", "blksize", "8192");
            TftpReply oack = c.NextOptions();
            c.Refuse(0, "that is all");
            Demand.That(oack.Value("blksize") <= 1472, $"{oack}");
        }),
        new("tftp-long-ack", "Windows", Client, "An ACK with a fifth byte is an ACK.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000), "octet", "tsize", "0", "blksize", "1456");
            c.NextOptions();
            c.ToPeer([0, 4, 0, 0, 8]);
            c.NextData(1);
        }),
        new("tftp-msftwindow", "Windows", Client, "msftwindow is not answered.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.Request(Sized(5000), "octet", "tsize", "0", "blksize", "1456", "windowsize", "4", "msftwindow", "31416");
            TftpReply oack = c.NextOptions();
            Demand.That(oack.Agreed.All(pair => pair.Name != "msftwindow"), $"{oack}");
            c.Refuse(0, "that is all");
        }),
        new("tftp-backslash", "Windows", Client, "A path may be written with backslashes.", t => Fetches(t, "\\Boot\\Mixed\\BCD.bin")),
        new("tftp-mixed-slashes", "Windows", Client, "Both slashes may be mixed.", t => Fetches(t, "/Boot\\Mixed/BCD.bin")),
        new("tftp-other-case", "Windows", Client, "A path is found although its case differs.", t => Fetches(t, "\\boot\\mixed\\bcd.BIN")),
        new("tftp-leading-slash", "EDK2", Client, "A leading slash is the tree's root.", t => Fetches(t, "/Boot/Mixed/BCD.bin")),
        new("tftp-percent", "all", Client, "A percent sign in a name is itself.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            Demand.Same(t.Bytes("per%20cent.bin"), c.Fetch("per%20cent.bin"));
        }),
        new("tftp-space", "all", Client, "A name may have a space.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            Demand.Same(t.Bytes("with space.bin"), c.Fetch("with space.bin"));
        }),
        new("tftp-padding", "boot ROMs", Client, "NULs behind the options are padding.", t =>
        {
            using TftpProbe c = t.OpenTftp();
            c.ToServer([.. TftpProbe.ReadRequest(Sized(5000), "octet", "blksize", "1024"), .. new byte[60]]);
            Demand.Same(t.Bytes(Sized(5000)), c.Rest(c.NextOptions()));
        }),
        new("tftp-prompt-missing", "PXELINUX, shim, GRUB", Client, "A missing file is told at once: silence costs the client minutes.", t =>
        {
            foreach (string name in (string[])["bootsig.bin", "revocations_sbat.efi", "x86_64-efi/command.lst"])
            {
                using TftpProbe c = t.OpenTftp();
                c.Request(name, "octet", "tsize", "0", "blksize", "1408");
                c.NextError(1);
            }
        }),
    ];

    private static void Fetches(ConformanceTarget t, string path)
    {
        using TftpProbe c = t.OpenTftp();
        Demand.Same(t.Bytes("Boot/Mixed/BCD.bin"), c.Fetch(path));
    }
}
