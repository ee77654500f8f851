using System;
using System.Text;
using Aglet.Core;
using Aglet.Tftp;
using Aglet.Wire;
using Xunit;

namespace Aglet.Tests.Unit.Tftp;

public sealed class TftpCodecTests
{
    private static readonly byte[] _fullRequest =
        TftpBytes.Request("Boot/x64\\wdsnbp.com", "tsize=0", "blksize=1456", "timeout=5", "windowsize=4", "msftwindow=31416");

    private readonly byte[] _first = new byte[2048];
    private readonly byte[] _second = new byte[2048];

    [Fact]
    public void RequestIsReadInFull()
    {
        Assert.Equal(TftpReject.None, TftpRequest.Parse(_fullRequest, out TftpRequest request));
        Assert.Equal("Boot/x64\\wdsnbp.com", Encoding.ASCII.GetString(request.Filename));
        Assert.Equal(TftpMode.Octet, request.Mode);
        TftpOptions options = request.Options;
        StringBuilder seen = new();
        while (options.TryTake(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value))
        {
            seen.Append($"{Encoding.ASCII.GetString(name)}={Encoding.ASCII.GetString(value)} ");
        }

        Assert.Equal("tsize=0 blksize=1456 timeout=5 windowsize=4 msftwindow=31416 ", seen.ToString());
        Law<TftpRequest>(_fullRequest);
    }

    [Theory]
    [InlineData("00", TftpReject.Truncated)]
    [InlineData("00 09 \"a\" 00 \"octet\" 00", TftpReject.UnknownOpcode)]
    [InlineData("00 00 \"a\" 00 \"octet\" 00", TftpReject.UnknownOpcode)]
    [InlineData("00 04 00 01", TftpReject.UnexpectedOpcode)]
    [InlineData("00 02 \"a\" 00 \"octet\" 00", TftpReject.WriteRequest)]
    [InlineData("00 01 \"a\"", TftpReject.UnterminatedFilename)]
    [InlineData("00 01 00 \"octet\" 00", TftpReject.EmptyFilename)]
    [InlineData("00 01 \"a\" 00 \"octet\"", TftpReject.UnterminatedMode)]
    [InlineData("00 01 \"a\" 00 \"MAIL\" 00", TftpReject.MailMode)]
    [InlineData("00 01 \"a\" 00 \"binary\" 00", TftpReject.UnknownMode)]
    [InlineData("00 01 \"a\" 00 \"octet\" 00 \"tsize\"", TftpReject.UnterminatedOption)]
    [InlineData("00 01 \"a\" 00 \"octet\" 00 \"tsize\" 00 \"0\"", TftpReject.UnterminatedOption)]
    [InlineData("00 01 \"a\" 00 \"octet\" 00 \"tsize\" 00", TftpReject.OptionWithoutValue)]
    [InlineData("00 01 \"a\" 00 \"OcTeT\" 00", TftpReject.None)]
    [InlineData("00 01 \"a\" 00 \"NETASCII\" 00", TftpReject.None)]
    [InlineData("00 01 \"a\" 00 \"octet\" 00 00 00 00 00", TftpReject.None)]
    public void RequestIsRefusedByName(string text, object expected)
    {
        TftpReject reject = TftpRequest.Parse(TftpBytes.Read(text), out _);
        Assert.Equal((TftpReject)expected, reject);
    }

    [Fact]
    public void FilenameHasALimit()
    {
        Assert.Equal(TftpReject.None, TftpRequest.Parse(TftpBytes.Request(new string('a', Limits.PathBytes)), out _));
        byte[] longer = TftpBytes.Request(new string('a', Limits.PathBytes + 1));
        Assert.Equal(TftpReject.FilenameTooLong, TftpRequest.Parse(longer, out _));
    }

    [Theory]
    [InlineData("", TftpReject.Truncated)]
    [InlineData("00 04 01", TftpReject.Truncated)]
    [InlineData("00 03 01", TftpReject.Truncated)]
    [InlineData("00 01 \"a\" 00 \"octet\" 00", TftpReject.UnexpectedOpcode)]
    [InlineData("00 07 00 00", TftpReject.UnknownOpcode)]
    [InlineData("00 06 \"tsize\" 00 \"1\"", TftpReject.UnterminatedOption)]
    [InlineData("00 06 \"tsize\" 00", TftpReject.OptionWithoutValue)]
    public void PacketIsRefusedByName(string text, object expected)
    {
        Assert.Equal((TftpReject)expected, TftpPacket.Parse(TftpBytes.Read(text), out _));
    }

    [Theory]
    [InlineData("00 04 01 02", 0x102, "")]
    [InlineData("00 04 01 02 40", 0x102, "")]
    [InlineData("00 03 ff fe \"abc\"", 0xFFFE, "abc")]
    [InlineData("00 05 00 08 \"stop\" 00", 8, "stop")]
    [InlineData("00 05 00 00 \"stop\"", 0, "stop")]
    [InlineData("00 05 00 00", 0, "")]
    public void PacketIsRead(string text, int number, string payload)
    {
        Assert.Equal(TftpReject.None, TftpPacket.Parse(TftpBytes.Read(text), out TftpPacket packet));
        Assert.Equal(number, packet.Number);
        Assert.Equal(payload, Encoding.ASCII.GetString(packet.Payload));
        Law<TftpPacket>(TftpBytes.Read(text));
    }

    [Fact]
    public void DataHeaderWrapsAfter65535()
    {
        byte[] header = new byte[4];
        TftpPacket.WriteDataHeader(header, 65535);
        Assert.Equal<byte>([0, 3, 255, 255], header);
        TftpPacket.WriteDataHeader(header, 65536);
        Assert.Equal<byte>([0, 3, 0, 0], header);
        TftpPacket.WriteDataHeader(header, 65537);
        Assert.Equal<byte>([0, 3, 0, 1], header);
    }

    [Fact]
    public void EveryPrefixIsReadOrRefused()
    {
        for (int length = 0; length <= _fullRequest.Length; length++) Law<TftpRequest>(_fullRequest.AsSpan(0, length));
        byte[] options = TftpBytes.Read("00 06 \"tsize\" 00 \"3000\" 00 \"blksize\" 00 \"1408\" 00");
        for (int length = 0; length <= options.Length; length++) Law<TftpPacket>(options.AsSpan(0, length));
    }

    [Fact]
    public void DamagedDatagramsKeepTheLaw()
    {
        Prng prng = new(20260101);
        byte[][] seeds =
        [
            _fullRequest,
            TftpBytes.RequestIn("netascii", "a"),
            TftpBytes.Read("00 06 \"tsize\" 00 \"3000\" 00"),
            TftpBytes.Read("00 05 00 08 \"stop\" 00"),
            TftpBytes.Read("00 03 00 01 data 0 40"),
            TftpBytes.Acknowledgment(70000),
        ];
        for (int round = 0; round < 100_000; round++)
        {
            byte[] bytes = (byte[])seeds[prng.Below(seeds.Length)].Clone();
            for (int change = prng.Below(4); change >= 0; change--) bytes[prng.Below(bytes.Length)] = (byte)prng.Below(256);
            Law<TftpRequest>(bytes.AsSpan(0, prng.Below(bytes.Length + 1)));
            Law<TftpPacket>(bytes);
        }
    }

    /// <summary>What is accepted is written so that it reads the same, into exactly the room that it says.</summary>
    private void Law<T>(ReadOnlySpan<byte> datagram)
        where T : IWireMessage<T, TftpReject>, allows ref struct
    {
        if (T.Parse(datagram, out T message) != TftpReject.None) return;
        Span<byte> first = _first;
        Assert.True(message.TryWrite(first, out int written));
        Assert.False(message.TryWrite(first[..(written - 1)], out _));
        Assert.Equal(TftpReject.None, T.Parse(first[..written], out T again));
        Span<byte> second = _second;
        Assert.True(again.TryWrite(second, out int length));
        Assert.True(first[..written].SequenceEqual(second[..length]));
    }
}
