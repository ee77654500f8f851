using System;
using Aglet.Kernel;
using Aglet.Linux;
using Xunit;

namespace Aglet.Tests.Unit.Linux;

public sealed class SegmentSenderTests : IDisposable
{
    private readonly LinuxKernel _kernel = new(takesSignals: false);
    private readonly int _server;
    private readonly int _client;

    public SegmentSenderTests()
    {
        _server = TestSockets.Ok(_kernel.OpenUdp(new(new(TestSockets.Loopback, 0), ReceiveBufferBytes: 8 << 20)));
        _client = TestSockets.OpenUdp(_kernel);
    }

    public void Dispose()
    {
        _kernel.Close(_server);
        _kernel.Close(_client);
        _kernel.Dispose();
    }

    [Theory]
    [InlineData(516, 516)] // one
    [InlineData(516, 4)] // one that is shorter
    [InlineData(516, (516 * 9) + 4)] // TFTP's empty last block
    [InlineData(516, 516 * 64)]
    [InlineData(516, (516 * 64) + 1)] // one more than a call takes
    [InlineData(16, (16 * 200) + 5)] // several calls
    [InlineData(1472, 1472 * 64)] // more than one IPv4 packet holds
    [InlineData(32_753, 65_506)]
    [InlineData(40_000, 90_000)] // two would not fit a call
    public void SegmentsArriveAsDatagrams(int segmentBytes, int length)
    {
        byte[] sent = TestSockets.Pattern(length);
        foreach (bool allowCutting in (bool[])[true, false])
        {
            SegmentSender sender = new() { AllowCutting = allowCutting };
            SysResult result = sender.Send(_client, sent, segmentBytes, TestSockets.LocalOf(_server));
            Assert.Equal(length, TestSockets.Ok(result));
            ExpectDatagrams(sent, segmentBytes);
        }
    }

    [Fact]
    public void KernelSendsTheSame()
    {
        byte[] sent = TestSockets.Pattern(5000);
        Assert.Equal(5000, TestSockets.Ok(_kernel.SendSegments(_client, sent, 1432, TestSockets.LocalOf(_server))));
        ExpectDatagrams(sent, 1432);
    }

    [Fact]
    public void NothingIsNoDatagram()
    {
        Assert.Equal(0, TestSockets.Ok(_kernel.SendSegments(_client, [], 512, TestSockets.LocalOf(_server))));
        Assert.True(_kernel.ReceiveFrom(_server, new byte[16], out _).WouldBlock);
    }

    [Fact]
    public void SegmentThatNoDatagramHoldsIsRefused()
    {
        SysResult result = _kernel.SendSegments(_client, new byte[140_000], 66_000, TestSockets.LocalOf(_server));
        Assert.Equal(Errno.MessageTooLong, result.Errno);
    }

    private void ExpectDatagrams(byte[] sent, int segmentBytes)
    {
        byte[] buffer = new byte[65_536];
        for (int at = 0; at < sent.Length; at += segmentBytes)
        {
            int length = TestSockets.Ok(_kernel.ReceiveFrom(_server, buffer, out DatagramInfo info));
            Assert.Equal(TestSockets.LocalOf(_client), info.Peer);
            Assert.Equal(sent.AsSpan(at, Math.Min(segmentBytes, sent.Length - at)), buffer.AsSpan(0, length));
        }

        Assert.True(_kernel.ReceiveFrom(_server, buffer, out _).WouldBlock);
    }
}
