using System;
using System.Security.Cryptography;
using Aglet.Core;
using Xunit;

namespace Aglet.Tests.Unit.Core;

/// <summary>Our hashes beside the platform's, at every length around a block and in every cut.</summary>
public sealed class Sha2Tests
{
    [Fact]
    public void EveryLengthHashesAsThePlatformDoes()
    {
        byte[] bytes = new byte[600];
        new Random(7).NextBytes(bytes);
        Span<byte> hash = stackalloc byte[64];
        for (int length = 0; length <= bytes.Length; length++)
        {
            Sha256.Hash(bytes.AsSpan(0, length), hash);
            Assert.Equal(SHA256.HashData(bytes.AsSpan(0, length)), hash[..32]);
            Sha512.Hash(bytes.AsSpan(0, length), hash);
            Assert.Equal(SHA512.HashData(bytes.AsSpan(0, length)), hash);
        }
    }

    [Fact]
    public void PiecesHashAsTheWhole()
    {
        Random random = new(11);
        byte[] bytes = new byte[10_000];
        random.NextBytes(bytes);
        Span<byte> hash = stackalloc byte[64];
        for (int round = 0; round < 100; round++)
        {
            Aglet.Core.Sha256 small = new();
            Aglet.Core.Sha512 large = new();
            for (int at = 0; at < bytes.Length;)
            {
                int count = Math.Min(random.Next(0, 300), bytes.Length - at);
                small.Append(bytes.AsSpan(at, count));
                large.Append(bytes.AsSpan(at, count));
                at += count;
            }

            small.Finish(hash);
            Assert.Equal(SHA256.HashData(bytes), hash[..32]);
            large.Finish(hash);
            Assert.Equal(SHA512.HashData(bytes), hash);
        }
    }
}
