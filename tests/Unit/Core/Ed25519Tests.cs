using System;
using System.Diagnostics;
using System.IO;
using System.Text;
using Aglet.Core;
using Xunit;

namespace Aglet.Tests.Unit.Core;

/// <summary>Signatures of RFC 8032 and of OpenSSL are taken; whatever differs in one bit is not.</summary>
public sealed class Ed25519Tests
{
    // RFC 8032, section 7.1: tests 1, 2 and 3.
    public static TheoryData<string, string, string> Vectors => new()
    {
        {
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
                + "d25bf5f0595bbe24655141438e7a100b"
        },
        {
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
                + "387b2eaeb4302aeeb00d291612bb0c00"
        },
        {
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
                + "4a7c15e9716ed28dc027beceea1ec40a"
        },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void TheStandardsSignaturesAreTaken(string key, string message, string signature)
    {
        byte[] keyBytes = Convert.FromHexString(key);
        byte[] messageBytes = Convert.FromHexString(message);
        byte[] signatureBytes = Convert.FromHexString(signature);
        Assert.True(Ed25519.IsSigned(keyBytes, messageBytes, signatureBytes));
        Assert.False(Ed25519.IsSigned(keyBytes, [.. messageBytes, 0], signatureBytes));
        Assert.False(Ed25519.IsSigned(keyBytes, messageBytes, signatureBytes.AsSpan(1)));
        for (int bit = 0; bit < 512; bit += 5)
        {
            byte[] changed = [.. signatureBytes];
            changed[bit >> 3] ^= (byte)(1 << (bit & 7));
            Assert.False(Ed25519.IsSigned(keyBytes, messageBytes, changed));
        }
    }

    [Fact]
    public void ANumberNotBelowTheOrderIsRefused()
    {
        // The same signature with the order added to its number: the equation holds, but it is another text for it.
        byte[] signature = Convert.FromHexString(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
                + "d25bf5f0595bbe24655141438e7a100b");
        byte[] order = Convert.FromHexString("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        int carry = 0;
        for (int i = 0; i < 32; i++)
        {
            carry += signature[32 + i] + order[i];
            signature[32 + i] = (byte)(carry & 0xFF);
            carry >>= 8;
        }

        byte[] key = Convert.FromHexString("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        Assert.False(Ed25519.IsSigned(key, [], signature));
    }

    [Fact]
    public void KeysThatAreNoPointsAreRefused()
    {
        byte[] key = new byte[32];
        Random random = new(3);
        int points = 0;
        for (int round = 0; round < 64; round++)
        {
            random.NextBytes(key);
            points += Ed25519.IsSigned(key, [], new byte[64]) ? 1 : 0;
        }

        Assert.Equal(0, points);
        Array.Fill(key, (byte)0xFF);
        Assert.False(Ed25519.IsSigned(key, [], new byte[64]));
    }

    [Fact]
    public void OpenSslsSignaturesAreTaken()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("aglet-ed25519-");
        try
        {
            string Path(string name) => System.IO.Path.Combine(folder.FullName, name);
            Run("genpkey", "-algorithm", "ed25519", "-out", Path("key.pem"));
            Run("pkey", "-in", Path("key.pem"), "-pubout", "-outform", "DER", "-out", Path("public.der"));
            byte[] der = File.ReadAllBytes(Path("public.der"));
            for (int length = 0; length < 300; length += 37)
            {
                byte[] message = Encoding.ASCII.GetBytes(new string('m', length + 1));
                File.WriteAllBytes(Path("message"), message);
                Run("pkeyutl", "-sign", "-rawin", "-inkey", Path("key.pem"), "-in", Path("message"), "-out", Path("signature"));
                Assert.True(Ed25519.IsSigned(der.AsSpan(der.Length - 32), message, File.ReadAllBytes(Path("signature"))));
                message[0] ^= 1;
                Assert.False(Ed25519.IsSigned(der.AsSpan(der.Length - 32), message, File.ReadAllBytes(Path("signature"))));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Run(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("openssl", arguments))!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
