using System;
using System.Text;
using Aglet.Net;
using Xunit;

namespace Aglet.Tests.Unit.Net;

public sealed class MachineUuidTests
{
    /// <summary>The first three fields travel with their low byte first (SMBIOS 2.6, 7.2.1); the rest as written.</summary>
    [Fact]
    public void SmbiosOrderIsTurnedRound()
    {
        byte[] wire = Convert.FromHexString("33221100" + "5544" + "7766" + "8899" + "aabbccddeeff");
        MachineUuid uuid = MachineUuid.ReadSmbios(wire);
        Assert.Equal("00112233-4455-6677-8899-aabbccddeeff", uuid.ToString());
        Assert.Equal(new Guid(wire).ToString(), uuid.ToString());
    }

    [Theory]
    [InlineData("00112233-4455-6677-8899-aabbccddeeff")]
    [InlineData("00112233-4455-6677-8899-AABBCCDDEEFF")]
    public void TextRoundTrips(string text)
    {
        Assert.True(MachineUuid.TryParse(Encoding.ASCII.GetBytes(text), out MachineUuid uuid));
        Assert.Equal(text.ToLowerInvariant(), uuid.ToString());
        Assert.False(uuid.TryFormat(stackalloc byte[35], out _, default, null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00112233445566778899aabbccddeeff")]
    [InlineData("00112233-4455-6677-8899-aabbccddeef")]
    [InlineData("00112233-4455-6677-8899-aabbccddeefg")]
    [InlineData("0011223-34455-6677-8899-aabbccddeeff")]
    [InlineData("00112233_4455_6677_8899_aabbccddeeff")]
    public void TextRejects(string text) => Assert.False(MachineUuid.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void AllZerosAndAllOnesIdentifyNobody()
    {
        Span<byte> wire = stackalloc byte[16];
        wire.Clear();
        Assert.True(MachineUuid.ReadSmbios(wire).IsNone);
        wire.Fill(0xFF);
        Assert.True(MachineUuid.ReadSmbios(wire).IsNone);
        wire[15] = 0xFE;
        Assert.False(MachineUuid.ReadSmbios(wire).IsNone);
    }
}
