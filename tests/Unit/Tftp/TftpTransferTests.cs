using System;
using Aglet.Tftp;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Tftp;

/// <summary>Scripts of time and event, with the step that must follow.</summary>
public sealed class TftpTransferTests
{
    private TftpTransfer _transfer;
    private Instant _now = new(1_000_000_000);

    [Fact]
    public void LockStepDeliversBlockAfterBlock()
    {
        Begin(3);
        Send(1, 1);
        Acknowledge(1, TransferStep.SendBlocks);
        Send(2, 1);
        Acknowledge(2, TransferStep.SendBlocks);
        Send(3, 1);
        Assert.True(_transfer.IsAllSent);
        Acknowledge(3, TransferStep.Finish);
        Assert.Equal(Instant.Never, _transfer.Deadline);
    }

    [Fact]
    public void OptionsWaitForAcknowledgmentZero()
    {
        Begin(3, hasOptions: true);
        Assert.Equal(TransferStep.SendOptions, _transfer.FirstStep);
        _transfer.OnSent(_now, 0);
        Assert.Equal(0, _transfer.BlocksToSend);
        Acknowledge(1, TransferStep.Ignore);
        Acknowledge(0, TransferStep.SendBlocks);
        Send(1, 1);
    }

    [Fact]
    public void DuplicateAcknowledgmentIsIgnored()
    {
        Begin(10);
        Send(1, 1);
        Acknowledge(1, TransferStep.SendBlocks);
        Send(2, 1);
        for (int i = 0; i < 5; i++) Acknowledge(1, TransferStep.Ignore);
        Acknowledge(0, TransferStep.Ignore);
        Acknowledge(3, TransferStep.Ignore);
        Acknowledge(2, TransferStep.SendBlocks);
    }

    [Fact]
    public void WindowLeavesAtOnceAndMovesByItsEnd()
    {
        Begin(10, window: 4, hasOptions: true);
        _transfer.OnSent(_now, 0);
        Acknowledge(0, TransferStep.SendBlocks);
        Send(1, 4);
        Acknowledge(4, TransferStep.SendBlocks);
        Send(5, 4);
        Acknowledge(8, TransferStep.SendBlocks);
        Send(9, 2);
        Acknowledge(10, TransferStep.Finish);
    }

    [Fact]
    public void GapRewindsTheWindowOnce()
    {
        Begin(20, window: 4);
        Send(1, 4);
        Acknowledge(4, TransferStep.SendBlocks);
        Send(5, 4);

        // Block 7 was lost: EDK2 says so again for each block behind it.
        Acknowledge(6, TransferStep.SendBlocks);
        Send(7, 4);
        Acknowledge(6, TransferStep.Ignore);
        Acknowledge(6, TransferStep.Ignore);
        Acknowledge(10, TransferStep.SendBlocks);
        Send(11, 4);
    }

    [Fact]
    public void LossOfTheFirstBlockRewindsOnce()
    {
        Begin(20, window: 4);
        Send(1, 4);
        Acknowledge(4, TransferStep.SendBlocks);
        Send(5, 4);
        Acknowledge(4, TransferStep.SendBlocks);
        Send(5, 4);
        Acknowledge(4, TransferStep.Ignore);
        Acknowledge(8, TransferStep.SendBlocks);
        Send(9, 4);

        // The copies of 5 to 8 make the client repeat itself: that is not a new loss.
        Acknowledge(8, TransferStep.Ignore);
        Acknowledge(12, TransferStep.SendBlocks);
        Send(13, 4);
        Acknowledge(12, TransferStep.SendBlocks);
    }

    [Fact]
    public void AcknowledgmentQueuedBeforeTheFlightIsNoGap()
    {
        Begin(20, window: 4);
        Send(1, 4);
        Acknowledge(4, TransferStep.SendBlocks);
        Send(5, 4);
        Assert.Equal(TransferStep.Ignore, _transfer.OnAcknowledgment(_now, 4));
    }

    [Fact]
    public void AcknowledgmentsThatWaitTogetherGiveOneFlight()
    {
        Begin(20, window: 4);
        Send(1, 4);
        Acknowledge(1, TransferStep.SendBlocks);
        Acknowledge(3, TransferStep.SendBlocks);
        Assert.False(_transfer.IsCaughtUp);
        Acknowledge(4, TransferStep.SendBlocks);
        Assert.True(_transfer.IsCaughtUp);
        Send(5, 4);
    }

    [Fact]
    public void BlockNumberWrapsFrom65535ToZero()
    {
        const long last = 140_000;
        Begin(last);
        for (long block = 1; block < last; block++)
        {
            Assert.Equal(block, _transfer.NextBlock);
            _transfer.OnSent(_now, 1);
            _now += Duration.FromMicroseconds(10);
            Assert.Equal(TransferStep.SendBlocks, _transfer.OnAcknowledgment(_now, unchecked((ushort)block)));
            if (block is not (65535 or 65536 or 131072)) continue;
            Assert.Equal(TransferStep.Ignore, _transfer.OnAcknowledgment(_now, unchecked((ushort)(block - 1))));
        }

        Send(last, 1);
        Acknowledge(last, TransferStep.Finish);
    }

    [Fact]
    public void WindowRewindsAcrossTheWrap()
    {
        Begin(70_000, window: 16);
        long acknowledged = 0;
        while (acknowledged < 65_528)
        {
            _transfer.OnSent(_now, 16);
            _now += Duration.FromMicroseconds(10);
            acknowledged += 16;
            _transfer.OnAcknowledgment(_now, unchecked((ushort)acknowledged));
        }

        Send(65_537, 16);
        Assert.Equal(TransferStep.Ignore, _transfer.OnAcknowledgment(_now, 65_535));
        Acknowledge(65_538, TransferStep.SendBlocks);
        Send(65_539, 16);
    }

    [Fact]
    public void TimeoutsDoubleUntilTheClientIsGivenUp()
    {
        Begin(3);
        Send(1, 1);
        int tries = 0;
        int[] seconds = [1, 2, 4, 8, 8, 8, 8, 8, 8];
        foreach (int wait in seconds)
        {
            Assert.Equal(_now + Duration.FromSeconds(wait), _transfer.Deadline);
            Assert.Equal(TransferStep.Ignore, _transfer.OnTimeout(_transfer.Deadline + Duration.FromNanoseconds(-1)));
            _now = _transfer.Deadline;
            Assert.Equal(TransferStep.SendBlocks, _transfer.OnTimeout(_now));
            Send(1, 1);
            tries++;
        }

        _now = _transfer.Deadline;
        Assert.Equal(TransferStep.GiveUp, _transfer.OnTimeout(_now));
        Assert.Equal(9, tries);
        Assert.Equal(Instant.Never, _transfer.Deadline);
    }

    [Fact]
    public void MeasuredRoundTripShortensTheTimeout()
    {
        Begin(100);
        for (int block = 1; block <= 20; block++)
        {
            Send(block, 1);
            _now += Duration.FromMilliseconds(30);
            Acknowledge(block, TransferStep.SendBlocks);
        }

        Send(21, 1);
        Assert.InRange((_transfer.Deadline - _now).WholeMilliseconds, 50, 100);

        // A resend doubles it, and what was sent twice is not measured.
        _now = _transfer.Deadline;
        Assert.Equal(TransferStep.SendBlocks, _transfer.OnTimeout(_now));
        Send(21, 1);
        long doubled = (_transfer.Deadline - _now).WholeMilliseconds;
        Assert.InRange(doubled, 100, 200);
        Acknowledge(21, TransferStep.SendBlocks);
        Send(22, 1);
        Assert.Equal(doubled, (_transfer.Deadline - _now).WholeMilliseconds);
    }

    [Fact]
    public void TheOptionsRoundTripIsTheFirstMeasure()
    {
        Begin(10, hasOptions: true);
        _transfer.OnSent(_now, 0);
        Acknowledge(0, TransferStep.SendBlocks);
        Send(1, 1);
        Assert.InRange((_transfer.Deadline - _now).WholeMilliseconds, 10, 30);
    }

    [Fact]
    public void EvenRoundTripsLeaveAMargin()
    {
        Begin(1000);
        for (int block = 1; block <= 200; block++)
        {
            Send(block, 1);
            _now += Duration.FromMilliseconds(20);
            Acknowledge(block, TransferStep.SendBlocks);
        }

        Send(201, 1);
        Assert.InRange((_transfer.Deadline - _now).WholeMilliseconds, 38, 45);
    }

    [Fact]
    public void TailOfAWindowIsSentAgainLongBeforeTheClientsOwnTimer()
    {
        Begin(40, window: 16, hasOptions: true);
        _transfer.OnSent(_now, 0);
        Acknowledge(0, TransferStep.SendBlocks);
        Send(1, 16);
        _now = _transfer.Deadline;
        Assert.Equal(TransferStep.SendBlocks, _transfer.OnTimeout(_now));
        Send(1, 16);
        Acknowledge(16, TransferStep.SendBlocks);
        Send(17, 16);
        Assert.InRange((_transfer.Deadline - _now).WholeMilliseconds, 10, 60);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void GapThatIsToldAgainATimeoutLaterIsAnsweredAgain(int seconds)
    {
        _transfer = TftpTransfer.Begin(_now, new(512, 4, Duration.FromSeconds(seconds)), hasOptions: true, 40);
        _transfer.OnSent(_now, 0);
        Acknowledge(0, TransferStep.SendBlocks);
        Send(1, 4);
        Acknowledge(2, TransferStep.SendBlocks);
        Send(3, 4);
        Acknowledge(2, TransferStep.Ignore);

        // Block 3 was lost once more, and the client's own timer says so.
        _now += Duration.FromMilliseconds(500);
        Acknowledge(2, TransferStep.SendBlocks);
        Send(3, 4);
        Acknowledge(2, TransferStep.Ignore);
        Acknowledge(6, TransferStep.SendBlocks);
    }

    [Fact]
    public void LossOfTheFirstBlockAfterATimeoutRewindsOnce()
    {
        Begin(40, window: 4, hasOptions: true);
        _transfer.OnSent(_now, 0);
        Acknowledge(0, TransferStep.SendBlocks);
        Send(1, 4);
        Acknowledge(2, TransferStep.SendBlocks);
        Send(3, 4);
        _now = _transfer.Deadline;
        Assert.Equal(TransferStep.SendBlocks, _transfer.OnTimeout(_now));
        Send(3, 4);
        Acknowledge(2, TransferStep.SendBlocks);
        Send(3, 4);
        Acknowledge(2, TransferStep.Ignore);
        Acknowledge(6, TransferStep.SendBlocks);
    }

    [Fact]
    public void RepeatedAcknowledgmentIsNeverAnsweredInLockStepHoweverLate()
    {
        _transfer = TftpTransfer.Begin(_now, new(512, 1, Duration.FromSeconds(5)), hasOptions: true, 40);
        _transfer.OnSent(_now, 0);
        Acknowledge(0, TransferStep.SendBlocks);
        Send(1, 1);
        Acknowledge(1, TransferStep.SendBlocks);
        Send(2, 1);
        for (int i = 0; i < 4; i++)
        {
            _now += Duration.FromSeconds(1);
            Acknowledge(1, TransferStep.Ignore);
        }
    }

    [Fact]
    public void TimeoutOfTheClientIsKept()
    {
        _transfer = TftpTransfer.Begin(_now, new(512, 1, Duration.FromSeconds(5)), true, 9);
        _transfer.OnSent(_now, 0);
        for (int i = 0; i < 12; i++)
        {
            Assert.Equal(_now + Duration.FromSeconds(5), _transfer.Deadline);
            _now = _transfer.Deadline;
            Assert.Equal(TransferStep.SendOptions, _transfer.OnTimeout(_now));
            _transfer.OnSent(_now, 0);
        }

        _now = _transfer.Deadline;
        Assert.Equal(TransferStep.GiveUp, _transfer.OnTimeout(_now));
    }

    [Fact]
    public void LastAcknowledgmentIsNotWaitedForLong()
    {
        Begin(1);
        Send(1, 1);
        Instant began = _now;
        TransferStep step;
        int resends = -1;
        do
        {
            resends++;
            _now = _transfer.Deadline;
            step = _transfer.OnTimeout(_now);
            if (step == TransferStep.SendBlocks) Send(1, 1);
        }
        while (step == TransferStep.SendBlocks);
        Assert.Equal(TransferStep.Finish, step);
        Assert.Equal(2, resends);
        Assert.Equal(7, (_now - began).WholeSeconds);
    }

    [Fact]
    public void LastBlocksAreSentAgainHoweverLongTheTimeoutIs()
    {
        Begin(20, window: 16);
        Send(1, 16);
        for (int i = 0; i < 3; i++)
        {
            _now = _transfer.Deadline;
            Assert.Equal(TransferStep.SendBlocks, _transfer.OnTimeout(_now));
            Send(1, 16);
        }

        Acknowledge(16, TransferStep.SendBlocks);
        Send(17, 4);
        Assert.True(_transfer.Deadline - _now > Duration.FromSeconds(7));
        _now = _transfer.Deadline;
        Assert.Equal(TransferStep.SendBlocks, _transfer.OnTimeout(_now));
        Send(17, 4);
        _now = _transfer.Deadline;
        Assert.Equal(TransferStep.SendBlocks, _transfer.OnTimeout(_now));
        Send(17, 4);
        _now = _transfer.Deadline;
        Assert.Equal(TransferStep.Finish, _transfer.OnTimeout(_now));
    }

    [Fact]
    public void BlockedSocketGoesOnWhereItStopped()
    {
        Begin(20, window: 8);
        Send(1, 3, of: 8);
        _transfer.OnBlocked(_now);
        Instant soon = _transfer.Deadline;
        Assert.InRange((soon - _now).WholeMilliseconds, 1, 10);
        _now = soon;
        Assert.Equal(TransferStep.SendBlocks, _transfer.OnTimeout(_now));
        Send(4, 5);
        Acknowledge(8, TransferStep.SendBlocks);
        Send(9, 8);
    }

    [Fact]
    public void SocketBlockedForEverIsGivenUp()
    {
        Begin(20);
        Instant began = _now;
        TransferStep step;
        do
        {
            _transfer.OnBlocked(_now);
            _now = _transfer.Deadline;
            step = _transfer.OnTimeout(_now);
        }
        while (step == TransferStep.SendBlocks);
        Assert.Equal(TransferStep.GiveUp, step);
        Assert.Equal(63, (_now - began).WholeSeconds);
    }

    [Theory]
    [InlineData(0, TransferStep.EndProbe)]
    [InlineData(8, TransferStep.EndProbe)]
    [InlineData(3, TransferStep.Abort)]
    public void ErrorAfterTheOptionsIsAProbe(ushort code, object expected)
    {
        Begin(100, hasOptions: true);
        _transfer.OnSent(_now, 0);
        Assert.Equal((TransferStep)expected, _transfer.OnError(code));
    }

    [Fact]
    public void ErrorInTheMiddleIsAnAbort()
    {
        Begin(100);
        Send(1, 1);
        Acknowledge(1, TransferStep.SendBlocks);
        Assert.Equal(TransferStep.Abort, _transfer.OnError(0));
        Acknowledge(2, TransferStep.Ignore);
    }

    [Fact]
    public void RepeatedRequestIsAnsweredAgainUntilSomethingWasHeard()
    {
        Begin(100, hasOptions: true);
        _transfer.OnSent(_now, 0);
        Assert.Equal(RequestAgain.Ignore, _transfer.OnRequest(_now, isSame: true));
        _now += Duration.FromMilliseconds(500);
        Assert.Equal(RequestAgain.AnswerAgain, _transfer.OnRequest(_now, isSame: true));
        _transfer.OnSent(_now, 0);
        Acknowledge(0, TransferStep.SendBlocks);
        Send(1, 1);
        Assert.Equal(RequestAgain.Ignore, _transfer.OnRequest(_now, isSame: true));
        Assert.Equal(RequestAgain.Ignore, _transfer.OnRequest(_now, isSame: false));
        _now += Duration.FromSeconds(2);
        Assert.Equal(RequestAgain.Replace, _transfer.OnRequest(_now, isSame: true));
    }

    [Fact]
    public void AnotherRequestReplacesWhatIsDeliveredOrNotBegun()
    {
        Begin(1);
        Send(1, 1);
        Assert.Equal(RequestAgain.Replace, _transfer.OnRequest(_now, isSame: false));
        Begin(100, hasOptions: true);
        Assert.Equal(RequestAgain.Replace, _transfer.OnRequest(_now, isSame: false));
    }

    private void Begin(long lastBlock, int window = 1, bool hasOptions = false) =>
        _transfer = TftpTransfer.Begin(_now, TftpParameters.Plain with { WindowBlocks = window }, hasOptions, lastBlock);

    /// <summary>The machine wants these blocks sent, and they are.</summary>
    private void Send(long first, int count, int of = 0)
    {
        Assert.Equal(first, _transfer.NextBlock);
        Assert.Equal(of == 0 ? count : of, _transfer.BlocksToSend);
        _transfer.OnSent(_now, count);
    }

    private void Acknowledge(long block, object expected)
    {
        _now += Duration.FromMicroseconds(100);
        Assert.Equal((TransferStep)expected, _transfer.OnAcknowledgment(_now, unchecked((ushort)block)));
    }
}
