using System;
using Aglet.Dhcp;
using Aglet.Journal;
using Aglet.Net;
using Xunit;

namespace Aglet.Tests.Unit.Journals;

public sealed class JournalRecordTests
{
    [Fact]
    public void ARecordIsReadAsItWasWritten()
    {
        byte[] bytes = new byte[64];
        int length = JournalRecord.Write(bytes, 4096, JournalKind.Lease, 1_750_000_000, "hello"u8);
        Assert.Equal(24, length);
        Assert.Equal("0005020000000000684EE18068656C6C6F000000", Convert.ToHexString(bytes, 4, 20));
        Assert.True(JournalRecord.TryRead(bytes, 4096, out JournalRecord record));
        Assert.Equal(JournalKind.Lease, record.Kind);
        Assert.Equal(1_750_000_000, record.Time);
        Assert.Equal("hello"u8, record.Body);
        Assert.False(JournalRecord.TryRead(bytes, 4104, out _)); // it belongs to its place
        for (int i = 0; i < length; i++) Assert.False(JournalRecord.TryRead(bytes.AsSpan(0, i), 4096, out _));
    }

    [Fact]
    public void EveryFlippedBitIsSeen()
    {
        byte[] bytes = new byte[56];
        int length = JournalRecord.Write(bytes, 16, JournalKind.Lease, 1_750_000_000, new byte[38]);
        for (int bit = 0; bit < length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(JournalRecord.TryRead(bytes, 16, out _), $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.True(JournalRecord.TryRead(bytes, 16, out _));
    }

    [Fact]
    public void ZerosAreNoRecord()
    {
        byte[] zeros = new byte[64];
        for (long offset = 0; offset < 1 << 24; offset += 8) Assert.False(JournalRecord.TryRead(zeros, offset, out _));
    }

    [Fact]
    public void ALeaseIsReadAsItWasWritten()
    {
        LeaseKey[] owners =
        [
            default, new(default, 12345), new(HardwareAddress.Read([1, 2, 3, 4, 5, 6]), UInt128.MaxValue),
            new(HardwareAddress.Read([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]), 1),
        ];
        foreach (LeaseKey owner in owners)
        {
            foreach (LeaseState state in new[] { LeaseState.Bound, LeaseState.Idle, LeaseState.Declined })
            {
                LeaseRecord lease = new(new(0x0A000064), owner, state, 1_750_003_600);
                byte[] body = new byte[LeaseRecord.BytesMax];
                int length = lease.Write(body);
                Assert.True(LeaseRecord.TryRead(body.AsSpan(0, length), out LeaseRecord read));
                Assert.Equal(lease, read);
                for (int i = 0; i < length; i++) Assert.False(LeaseRecord.TryRead(body.AsSpan(0, i), out _));
            }
        }
    }
}
