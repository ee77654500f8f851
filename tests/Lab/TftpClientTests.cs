using System;
using System.IO;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>Real TFTP clients, through a file with more blocks than there are block numbers.</summary>
[Trait("Category", "Lab")]
public sealed class TftpClientTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    public void AtftpFetchesPastTheRollover(int windowSize) => LabSession.Run($"atftp-{windowSize}", lab =>
    {
        byte[] content = Serve(lab);
        string target = Path.Combine(lab.Folder, "fetched.bin");
        lab.OnClient(_limit, "atftp", "--option", "blksize 1024", "--option", $"windowsize {windowSize}",
            "--get", "--remote-file", "test/big.bin", "--local-file", target, LabNetwork.ServerAddress, "69")
            .OrThrow("atftp");
        CheckSame(content, target);
        // Without this in the answer the transfer would have fallen back to one block at a time.
        Assert.Contains(lab.Capture.Packets(), packet => packet.IsTftpOptionAcknowledgment
            && packet.Text.Contains($"windowsize\0{windowSize}\0", StringComparison.OrdinalIgnoreCase));
    });

    [Fact]
    public void CurlFetchesPastTheRollover() => LabSession.Run("curl-tftp", lab =>
    {
        byte[] content = Serve(lab);
        string target = Path.Combine(lab.Folder, "fetched.bin");
        lab.OnClient(_limit, "curl", "-sS", "--tftp-blksize", "1024", "-o", target,
            $"tftp://{LabNetwork.ServerAddress}/test/big.bin").OrThrow("curl");
        CheckSame(content, target);
    });

    private static byte[] Serve(LabSession lab)
    {
        lab.FillTree();
        byte[] content = new byte[70 * 1024 * 1024 + 17];
        new Random(70).NextBytes(content);
        File.WriteAllBytes(Path.Combine(lab.Tree, "test", "big.bin"), content);
        lab.AddTemplate("debian.cfg", LabConfig.InstallerAnswer);
        lab.Serve(LabConfig.For(LabConfig.Installer));
        lab.GiveClientAddress();
        lab.WaitUntilServed();
        return content;
    }

    private static void CheckSame(byte[] content, string target)
    {
        Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(target)), "the file that arrived is another one");
        File.Delete(target);
    }
}
