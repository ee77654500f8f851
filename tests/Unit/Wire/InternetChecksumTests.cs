using System;
using Aglet.Core;
using Aglet.Tests.Simulation;
using Aglet.Wire;
using Xunit;

namespace Aglet.Tests.Unit.Wire;

public sealed class InternetChecksumTests
{
    /// <summary>RFC 1071, section 3: the sum of these eight bytes is DDF2.</summary>
    [Fact]
    public void ExampleOfRfc1071()
    {
        InternetChecksum checksum = default;
        checksum.Add([0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7]);
        Assert.Equal(0xFFFF - 0xDDF2, checksum.Value);
    }

    /// <summary>A header that is printed in many textbooks; its checksum field is B861.</summary>
    [Fact]
    public void Ipv4Header()
    {
        byte[] header = Convert.FromHexString("45000073000040004011" + "0000" + "c0a80001c0a800c7");
        InternetChecksum checksum = default;
        checksum.Add(header);
        Assert.Equal(0xB861, checksum.Value);
    }

    [Fact]
    public void PiecesAndOddEndsSumLikeTheWhole()
    {
        Prng prng = new(3);
        for (int round = 0; round < 1000; round++)
        {
            byte[] bytes = new byte[prng.Below(200)];
            for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)(prng.Next() & 255);
            int cut = bytes.Length / 4 * 2;
            InternetChecksum pieces = default;
            pieces.Add(bytes.AsSpan(0, cut));
            pieces.Add(bytes.AsSpan(cut));
            pieces.Add((ushort)0x1234);
            Assert.Equal(0xFFFF - SimFrame.Sum(bytes, 0x1234), pieces.Value);
        }
    }

    [Fact]
    public void NothingSumsToAllOnes() => Assert.Equal(0xFFFF, default(InternetChecksum).Value);
}
