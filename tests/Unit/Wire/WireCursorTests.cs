using System;
using Aglet.Wire;
using Xunit;

namespace Aglet.Tests.Unit.Wire;

public sealed class WireCursorTests
{
    private static readonly byte[] _bytes = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, (byte)'a', (byte)'b', 0, 0xFF];

    [Fact]
    public void ReadsBigEndianInOrder()
    {
        WireReader reader = new(_bytes);
        Assert.Equal(0x01, reader.U8());
        Assert.Equal(0x0203, reader.U16());
        Assert.Equal(0x04050607u, reader.U32());
        Assert.Equal("ab"u8.ToArray(), reader.TakeUntil(0).ToArray());
        Assert.Equal(1, reader.Remaining);
        Assert.Equal([0xFF], reader.Rest.ToArray());
        Assert.Equal([0xFF], reader.Take(1).ToArray());
        Assert.True(reader.Take(0).IsEmpty);
        Assert.False(reader.Overrun);
    }

    [Fact]
    public void OverrunSticksAndYieldsZeros()
    {
        WireReader reader = new([1, 2, 3]);
        Assert.Equal(0u, reader.U32());
        Assert.True(reader.Overrun);
        Assert.Equal(0, reader.U8());
        Assert.Equal(0, reader.U16());
        Assert.Equal(0, reader.Remaining);
        Assert.True(reader.Overrun);
    }

    [Fact]
    public void MissingTerminatorIsAnOverrun()
    {
        WireReader reader = new("abc"u8);
        Assert.True(reader.TakeUntil(0).IsEmpty);
        Assert.True(reader.Overrun);
    }

    /// <summary>A length that a peer made negative by an underflow must not throw: it is an overrun like any other.</summary>
    [Fact]
    public void NegativeCountIsAnOverrun()
    {
        WireReader reader = new("abc"u8);
        Assert.True(reader.Take(-1).IsEmpty);
        Assert.True(reader.Overrun);
        WireWriter writer = new(new byte[4]);
        Assert.True(writer.Room(-1).IsEmpty);
        Assert.True(writer.Overflow);
    }

    [Fact]
    public void WritesBigEndianInOrder()
    {
        byte[] target = new byte[20];
        Array.Fill(target, (byte)0xEE);
        WireWriter writer = new(target);
        writer.U8(0x01);
        writer.U16(0x0203);
        writer.U32(0x04050607);
        writer.Bytes("ab"u8);
        writer.Zeros(2);
        writer.Decimal(1234567);
        Assert.Equal(18, writer.Length);
        Assert.Equal(2, writer.Remaining);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, (byte)'a', (byte)'b', 0, 0, .. "1234567"u8], writer.Written.ToArray());
        Assert.Equal(0xEE, target[18]);
        Assert.False(writer.Overflow);
    }

    [Fact]
    public void OverflowSticksAndWritesNothingMore()
    {
        byte[] target = new byte[3];
        WireWriter writer = new(target);
        writer.U8(1);
        writer.U32(0xFFFF_FFFF);
        Assert.True(writer.Overflow);
        writer.U8(2);
        Assert.Equal([1, 0, 0], target);
        Assert.Equal(1, writer.Length);
        Assert.True(writer.Room(1).IsEmpty);
    }
}
