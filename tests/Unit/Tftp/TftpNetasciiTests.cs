using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Core;
using Aglet.Tftp;
using Xunit;

namespace Aglet.Tests.Unit.Tftp;

public sealed class TftpNetasciiTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("a\nb", "a\r\nb")]
    [InlineData("a\rb", "a\r\0b")]
    [InlineData("a\r\n", "a\r\0\r\n")]
    [InlineData("\n\n", "\r\n\r\n")]
    public void LinesEndAsTheNetworkWants(string source, string expected)
    {
        byte[] target = new byte[64];
        TftpNetascii place = default;
        int written = place.Translate(Encoding.ASCII.GetBytes(source), target);
        Assert.Equal(expected, Encoding.ASCII.GetString(target, 0, written));
        Assert.Equal(source.Length, place.Offset);
    }

    [Fact]
    public void PairIsCutByAnyBlockEnd()
    {
        byte[] source = "one\ntwo\r\rthree\r\n\n"u8.ToArray();
        byte[] whole = new byte[64];
        TftpNetascii atOnce = default;
        int length = atOnce.Translate(source, whole);
        for (int block = 1; block <= length; block++)
        {
            List<byte> pieces = [];
            TftpNetascii place = default;
            byte[] target = new byte[block];
            int written;
            do
            {
                written = place.Translate(source.AsSpan((int)place.Offset), target);
                pieces.AddRange(target.AsSpan(0, written));
            }
            while (written == block);
            Assert.Equal(whole.AsSpan(0, length).ToArray(), pieces);
        }
    }

    [Fact]
    public void CopyOfAPlaceBeginsThereAgain()
    {
        Prng prng = new(5);
        byte[] source = new byte[4000];
        for (int i = 0; i < source.Length; i++) source[i] = "ab\r\n"u8[prng.Below(4)];
        TftpNetascii place = default;
        byte[] first = new byte[100];
        byte[] again = new byte[100];
        while (place.Offset < source.Length)
        {
            TftpNetascii copy = place;
            int written = place.Translate(source.AsSpan((int)place.Offset), first);
            int repeated = copy.Translate(source.AsSpan((int)copy.Offset), again);
            Assert.Equal(first.AsSpan(0, written).ToArray(), again.AsSpan(0, repeated).ToArray());
            Assert.Equal(place, copy);
        }
    }
}
