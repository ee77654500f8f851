using System;
using System.Text;
using Aglet.Core;
using Aglet.Tftp;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Tftp;

public sealed class TftpNegotiationTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("msftwindow=31416", "")]
    [InlineData("multicast= rollover=0", "")]
    [InlineData("tsize=0", "tsize=3000")]
    [InlineData("TSize=0 BLKSIZE=1024", "TSize=3000 BLKSIZE=1024")]
    [InlineData("blksize=1024 tsize=0", "blksize=1024 tsize=3000")]
    [InlineData("blksize=8", "blksize=8")]
    [InlineData("blksize=7", "")]
    [InlineData("blksize=1469", "blksize=1468")]
    [InlineData("blksize=65464", "blksize=1468")]
    [InlineData("blksize=1e3", "")]
    [InlineData("blksize=-8", "")]
    [InlineData("blksize=99999999999999999999", "")]
    [InlineData("blksize=512 blksize=1024", "blksize=512")]
    [InlineData("timeout=5", "timeout=5")]
    [InlineData("timeout=255", "timeout=255")]
    [InlineData("timeout=0", "")]
    [InlineData("timeout=256", "")]
    [InlineData("windowsize=4", "windowsize=4")]
    [InlineData("windowsize=65535", "windowsize=64")]
    [InlineData("windowsize=65536", "")]
    [InlineData("windowsize=0", "")]
    [InlineData("tsize=0 blksize=1456 windowsize=4 msftwindow=31416", "tsize=3000 blksize=1456 windowsize=4")]
    public void AnswersWhatWasAskedAndNothingElse(string asked, string expected)
    {
        string answer = Answer("octet", asked, out _);
        Assert.Equal(expected, answer);
    }

    [Fact]
    public void SizeIsNotAnsweredInNetascii()
    {
        Assert.Equal("blksize=512", Answer("netascii", "tsize=0 blksize=512", out _));
        Assert.Equal("", Answer("netascii", "tsize=0", out _));
    }

    [Fact]
    public void ParametersAreWhatWasAnswered()
    {
        Answer("octet", "blksize=9000 windowsize=100 timeout=3", out TftpParameters parameters);
        Assert.Equal(
            new TftpParameters(Limits.TftpBlockBytesMax, Limits.TftpWindowBlocksMax, Duration.FromSeconds(3)), parameters);
        Answer("octet", "blksize=4 windowsize=x timeout=-", out parameters);
        Assert.Equal(TftpParameters.Plain, parameters);
    }

    [Fact]
    public void LongestAnswerFitsItsRoom()
    {
        byte[] request = TftpBytes.Request("a", "blksize=65464", "tsize=0", "timeout=255", "windowsize=65535");
        TftpRequest.Parse(request, out TftpRequest parsed);
        byte[] target = new byte[TftpNegotiation.OptionAcknowledgmentBytesMax];
        int length = TftpNegotiation.Answer(parsed, 1468, 64, long.MaxValue, target, out _);
        Assert.InRange(length, 60, target.Length);
    }

    /// <summary>Over a PPPoE line, a tunnel or a small link: firmware drops a block that comes in fragments.</summary>
    [Theory]
    [InlineData(0, 1468)]
    [InlineData(9000, 1468)]
    [InlineData(1500, 1468)]
    [InlineData(1492, 1460)]
    [InlineData(1280, 1248)]
    [InlineData(576, 544)]
    [InlineData(300, 512)]
    public void BlockFitsTheLink(int mtuBytes, int blockBytes) =>
        Assert.Equal(blockBytes, TftpNegotiation.BlockBytesFor(mtuBytes));

    private static string Answer(string mode, string asked, out TftpParameters parameters)
    {
        byte[] request = TftpBytes.RequestIn(mode, "a", asked.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(TftpReject.None, TftpRequest.Parse(request, out TftpRequest parsed));
        byte[] target = new byte[TftpNegotiation.OptionAcknowledgmentBytesMax];
        int length = TftpNegotiation.Answer(parsed, Limits.TftpBlockBytesMax, Limits.TftpWindowBlocksMax, 3000, target, out parameters);
        if (length == 0) return "";
        Assert.Equal(TftpReject.None, TftpPacket.Parse(target.AsSpan(0, length), out TftpPacket packet));
        Assert.Equal(length, packet.Payload.Length + 2);
        StringBuilder text = new();
        TftpOptions options = new(packet.Payload);
        while (options.TryTake(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value))
        {
            text.Append($"{Encoding.ASCII.GetString(name)}={Encoding.ASCII.GetString(value)} ");
        }

        return text.ToString().TrimEnd();
    }
}
